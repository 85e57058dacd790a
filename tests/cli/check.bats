#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own: that is meant
# shellcheck disable=SC2154,SC2054,SC2016 # bats sets stderr; keys hold commas; scripts are written with their own dollars
# check.bats: two programs against each other: verdicts, exit codes, outputs, and all that can be wrong with what is asked for.
load helpers

# One case of known time, in as few pairs as are allowed. A machine that does other things besides must not matter here: slow is four
# times as slow, and whatever is less than ten times as slow may pass.
BRISK=(--pairs 7 --max-time 30ms --warmup 1ms --batch-time 1ms --no-gates --opt fake.delay=1ms)
FEW=("${BRISK[@]}" --rated 1000%)
ONE_CASE=(-d fake -w gemm:m=8,n=8,k=8 "${FEW[@]}")
CASE=("${ONE_CASE[@]}" -o r.json)

# program NAME LINE...: a program of its own, that ends in dlbench.
program() {
    local name=$1
    shift
    printf '%s\n' '#!/bin/sh' "$@" >"$name"
    chmod +x "$name"
}
slower() { program slower "DLBENCH_SLOWDOWN='$1' exec '$DLBENCH' \"\$@\""; }

# takes NAME NS [PART NS]: a program whose processes all tell this time, whatever else the machine does; another one for cases
# with PART in their keys.
takes() {
    program "$1" "[ \"\$1\" = worker ] || exec '$DLBENCH' \"\$@\"" 'read -r request' "ns=$2" \
        "case \$request in *${3:-no-part}*) ns=${4:-} ;; esac" \
        "echo \"\$request\" | '$DLBENCH' worker | sed -u \"s/\\\"median_ns\\\":[^,}]*/\\\"median_ns\\\":\$ns.0/\""
}

# A side that does something else than the other with the same request.
misbehaves() { program "$1" "[ \"\$1\" = worker ] || exec '$DLBENCH' \"\$@\"" "sed -u 's/fake.delay=1ms/$2/' | '$DLBENCH' worker"; }

verdict() { # FILE KEY-PART WORD: the case has this verdict
    python3 - "$@" <<'END'
import json, sys
rows = json.load(open(sys.argv[1]))["verdicts"]
found = [r["verdict"] for r in rows if sys.argv[2] in r["key"]]
assert found == [sys.argv[3]], found
END
}

@test "the same program twice passes: exit code 0, a table, a file" {
    dlb 0 check --a "$DLBENCH" "${CASE[@]}"
    said "no regression found: 1 pass of 1 case"
    said "results: r.json"
    [[ $stderr == *"A and B are the same program"* ]]
    verdict r.json gemm pass
    holds r.json '"complete":true'
    holds r.json '"exit_code":0'
    [ ! -e r.json.journal ]
}

@test "a slower program is found: exit code 1, with the change and who" {
    slower 300%
    dlb 1 check --a "$DLBENCH" --b ./slower "${CASE[@]}"
    said "REGRESSED: 1 regressed of 1 case"
    grep -qE '^regressed +gemm m8 n8 k8 +fake:0 +\+[1-9][0-9]{2,4}\.[0-9] % ' <<<"$output"
    said "slowed down on purpose"
    last_error "1 of 1 case regressed; the first: gemm m8 n8 k8 on fake:0: +"
    verdict r.json gemm regressed
    holds r.json '"exit_code":1'
    dlb 0 check --a ./slower --b "$DLBENCH" "${CASE[@]}"
    said "improved"
    verdict r.json gemm improved
}

@test "--slowdown stretches the new side alone; DLBENCH_SLOWDOWN around the check both, which is said" {
    local BOTH=(-d fake -w gemm -p m=8,9 -p n=8 -p k=8 "${FEW[@]}" -o r.json)
    dlb 1 check --a "$DLBENCH" "${BOTH[@]}" --slowdown '900%:*m=9,*'
    verdict r.json m=9, regressed
    said "ATTENTION: 1 case was slowed down on purpose"
    [[ $output != *"A and B down alike"* ]]
    python3 -c '
import json
for row in json.load(open("r.json"))["verdicts"]:
    assert row["slowdown"] == ("m=9," in row["key"]), row["key"]'
    DLBENCH_SLOWDOWN=900% dlb 0 check --a "$DLBENCH" "${CASE[@]}" --rated 1000%
    said "A and B down alike"
    refused 2 "--slowdown: a slowdown is PCT[:GLOB]" check --a "$DLBENCH" "${CASE[@]}" --slowdown fast
}

@test "a slowdown below the tolerance is told, and is no regression" {
    takes old 1000000
    takes new 1020000
    dlb 0 check --a ./old --b ./new -d fake -w gemm:m=8,n=8,k=8 "${BRISK[@]}" -o r.json
    said "slower within tolerance"
    verdict r.json gemm slower_within_tolerance
    dlb 1 check --a ./old --b ./new -d fake -w gemm:m=8,n=8,k=8 "${BRISK[@]}" -o r.json --tolerance 1%
    verdict r.json gemm regressed
    dlb 0 check --a ./new --b ./old -d fake -w gemm:m=8,n=8,k=8 "${BRISK[@]}" -o r.json
    verdict r.json gemm faster_within_tolerance
}

@test "only the case that got slower is named" {
    takes old 1000000
    takes new 1000000 m=9, 1100000
    dlb 1 check --a ./old --b ./new -d fake -w gemm -p m=8,9 -p n=8 -p k=8 "${BRISK[@]}" -o r.json
    verdict r.json m=8, pass
    verdict r.json m=9, regressed
    [[ ${lines[5]} == "regressed "*"gemm m9 n8 k8"* ]] # the worst is the first row
}

@test "a folder stands for the program in it" {
    mkdir -p built/build installed/bin plain empty
    ln -s "$DLBENCH" built/build/dlbench
    ln -s "$DLBENCH" installed/bin/dlbench
    dlb 0 check --a built --b installed "${CASE[@]}"
    said "built/build/dlbench"
    said "installed/bin/dlbench"
    refused 3 "--a: no bin/dlbench, build/dlbench or dlbench in the folder 'empty'" check --a empty "${CASE[@]}"
}

@test "programs that are none: one line, exit code 3" {
    touch nothing
    refused 3 "--a: " check --a missing "${CASE[@]}"
    refused 3 "--a: " check --a ./nothing "${CASE[@]}"
    refused 3 "--b: " check --a "$DLBENCH" --b /bin/true "${CASE[@]}"
    [ ! -e r.json ]
}

@test "plugins of a folder of their own" {
    mkdir old new
    cp "$FAKES/fake.so" old
    cp "$FAKES/fake.so" new
    unset DLBENCH_BACKENDS
    dlb 0 check --a-lib old --b-lib new "${CASE[@]}"
    said "with old"
    verdict r.json gemm pass
    # Only the new side has it.
    dlb 5 check --b-lib new "${CASE[@]}"
    verdict r.json gemm new
    refused 3 "there is no folder of plugins gone" check --a-lib gone "${CASE[@]}"
}

@test "a crash on one side is a failure and no improvement: exit code 3" {
    misbehaves bad fake.do=crash-submit
    dlb 3 check --a "$DLBENCH" --b ./bad "${CASE[@]}"
    said "FAILED"
    last_error "1 of 1 case failed"
    verdict r.json gemm failed
    dlb 3 check --a ./bad --b "$DLBENCH" "${CASE[@]}"
    verdict r.json gemm failed
}

@test "a wrong answer is a failure" {
    misbehaves bad fake.do=wrong
    dlb 3 check --a "$DLBENCH" --b ./bad "${CASE[@]}"
    verdict r.json gemm failed
    last_error "wrong"
}

@test "what one side does not know is listed, not failed; nothing to compare is exit code 5" {
    misbehaves old fake.do=unsupported
    dlb 5 check --a ./old --b "$DLBENCH" "${CASE[@]}"
    verdict r.json gemm new
    said "nothing was compared"
    dlb 5 check --a "$DLBENCH" --b ./old "${CASE[@]}"
    verdict r.json gemm missing
}

@test "a device that only one side has is a row: missing, new" {
    unset DLBENCH_BACKENDS
    takes without 1000000
    takes with 1000000
    sed -i "2i export DLBENCH_BACKENDS='$FAKES'" with
    local SMALL=(-w gemm:m=8,n=8,k=8 "${BRISK[@]:0:9}" -o r.json)
    dlb 0 check --a ./with --b ./without -d reference,fake "${SMALL[@]}"
    verdict r.json @reference:0 pass
    verdict r.json @fake:0 missing
    said "missing on fake:0"
    [[ $stderr == *"warning: 1 of 2 cases missing; the first: gemm m8 n8 k8 on fake:0: a: ok; b: unavailable"* ]]
    dlb 5 check --a ./with --b ./without -d fake "${SMALL[@]}"
    verdict r.json @fake:0 missing
    dlb 0 check --a ./without --b ./with -d reference,fake "${SMALL[@]}"
    verdict r.json @fake:0 new
    # Without -d, and as a folder of plugins; what only one side has does not stand for what both have.
    mkdir plugins empty
    cp "$FAKES/fake.so" plugins
    dlb 0 check --a-lib plugins --b-lib empty -d '!onednn,!openblas,!opencl,!fpga' "${SMALL[@]}" --dry-run
    said "@fake:0/"
    said "@reference:0/"
    # A program that cannot list them says so.
    dlb 0 check --a "$ROOT/tests/recordings/workers/protocol-1" -d reference "${SMALL[@]}" --dry-run
    [[ $stderr == *"warning: --a: "*"devices that only it has are not known"* ]]
}

@test "what cannot be decided: warn, pass, fail" {
    # Two workers of each side at 1 ms, the next two at 2 ms: the pairs differ by a lot.
    program jumpy "[ \"\$1\" = worker ] || exec '$DLBENCH' \"\$@\"" \
        'n=$(cat turns 2>/dev/null || echo 0)' 'echo $(((n + 1) % 5)) >turns' \
        "[ \"\$n\" -lt 2 ] && exec '$DLBENCH' worker" "sed -u s/fake.delay=1ms/fake.delay=2ms/ | '$DLBENCH' worker"
    local JUMPY=(-d fake -w gemm:m=8,n=8,k=8 "${BRISK[@]}" -o r.json)
    dlb 0 check --a ./jumpy --b ./jumpy "${JUMPY[@]}"
    said "1 inconclusive"
    said "no number of pairs shows 5 % here"
    [[ $stderr == *"warning: 1 of 1 case inconclusive"* ]]
    verdict r.json gemm inconclusive
    dlb 0 export r.json --format github
    said "::warning title=dlbench%3A inconclusive"
    dlb 0 check --a ./jumpy --b ./jumpy "${JUMPY[@]}" --on-inconclusive pass --sarif s.sarif --gitlab g.json --github
    [[ $stderr != *"warning: 1 of 1 case inconclusive"* ]]
    [[ $output != *"::warning"* ]]
    python3 -c 'import json; assert json.load(open("s.sarif"))["runs"][0]["results"] == [] == json.load(open("g.json"))'
    dlb 0 export r.json --format github
    [ -z "$output" ]
    dlb 4 check --a ./jumpy --b ./jumpy "${JUMPY[@]}" --on-inconclusive fail
    last_error "inconclusive (--on-inconclusive fail)"
    holds r.json '"exit_code":4'
    dlb 0 export r.json --format junit
    said '<failure type="inconclusive"'
}

@test "a failure stands before a regression, and both are told" {
    program both "[ \"\$1\" = worker ] || exec '$DLBENCH' \"\$@\"" 'read -r request' \
        "case \$request in *m=9*) request=\$(echo \"\$request\" | sed s/fake.delay=1ms/fake.do=crash-submit/) ;; esac" \
        "echo \"\$request\" | DLBENCH_SLOWDOWN=300% '$DLBENCH' worker"
    dlb 3 check --a "$DLBENCH" --b ./both -d fake -w gemm -p m=8,9 -p n=8 -p k=8 "${FEW[@]}" -o r.json
    said "FAILED: 1 failed, 1 regressed of 2 cases"
}

@test "every output at once, and the table besides" {
    takes quick 1000000
    takes slower 5000000
    GITHUB_STEP_SUMMARY=$PWD/summary.md dlb 1 check --a ./quick --b ./slower "${CASE[@]}" --junit j.xml \
        --gitlab g.json --sarif s.sarif --openmetrics o.txt --md c.md --json c.json --github
    said "::error "
    said "REGRESSED"
    for file in j.xml g.json s.sarif o.txt c.md c.json summary.md; do
        [ -s "$file" ] || { echo "$file is empty"; return 1; }
    done
    python3 -c 'import xml.etree.ElementTree as e; assert e.parse("j.xml").getroot().find(".//failure") is not None'
    cmp c.json r.json
    holds c.json '"exit_code":1'
}

@test "--github: no line but an annotation is a command" {
    takes quick 1000000
    takes slower 5000000
    mkdir '##[error]x'
    mv quick '##[error]x/dlbench'
    dlb 1 check --a '##[error]x' --b ./slower "${CASE[@]}" --github
    [[ ${lines[0]} =~ ^::stop-commands::dlb[0-9a-f]{32}$ ]]
    awk '
        !muted && sub(/^::stop-commands::/, "") { word = $0; muted = 1; next }
        $0 == "::" word "::" { muted = 0; next }
        muted && /::error/ { print "muted: " $0; bad = 1 }
        !muted && !/^::error / { print "obeyed: " $0; bad = 1 }
        /##\[error\]x/ && muted { seen++ }
        /^::error / && !muted { told++ }
        END { exit bad || muted || !seen || told != 1 }' <<<"$output"
    [[ $stderr != *"##["* ]]
}

@test "--location: the file that findings point at" {
    takes quick 1000000
    takes slower 5000000
    dlb 1 check --a ./quick --b ./slower "${CASE[@]}" --github --sarif s.sarif --gitlab g.json --location kernels/gemm.c
    said "::error file=kernels/gemm.c,line=1,title="
    python3 - <<'END'
import json
found = json.load(open("s.sarif"))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
assert found == "kernels/gemm.c", found
assert json.load(open("g.json"))[0]["location"]["path"] == "kernels/gemm.c"
END
    dlb 0 export r.json --format codequality --location suites/x.suite
    said '"suites/x.suite"'
    local codequality=$output
    dlb 0 export r.json --format gitlab --location suites/x.suite
    [ "$output" = "$codequality" ]
    for bad in /etc/passwd ../x a/../b; do
        refused 2 "--location wants a path inside of the repository" check --a "$DLBENCH" "${CASE[@]}" --location "$bad"
        refused 2 "--location wants a path inside of the repository" export r.json --format sarif --location "$bad"
    done
}

@test "--format json and md; --json FILE leaves the screen alone" {
    dlb 0 check --a "$DLBENCH" "${CASE[@]}" --format json
    [ "$output" = "$(cat r.json)" ]
    [[ $stderr == *"results: r.json"* ]]
    dlb 0 check --a "$DLBENCH" "${CASE[@]}" --format md
    said "### dlbench check"
    takes quick 1000000
    takes slower 5000000
    dlb 1 check -q --a ./quick --b ./slower "${CASE[@]}" --json c.json
    [ -z "$output" ]
    dlb 3 check --a missing "${CASE[@]}" --format json
    said '"exit_code": 3'
    dlb 3 check --a missing "${CASE[@]}" --json c.json
    [ -z "$output" ]
}

@test "an output that cannot be written is refused before anything is measured: exit code 7" {
    mkdir folder
    for option in junit gitlab sarif openmetrics md json; do
        refused 7 "--$option: " check --a "$DLBENCH" "${CASE[@]}" "--$option" gone/out
        refused 7 "--$option: " check --a "$DLBENCH" "${CASE[@]}" "--$option" folder
        refused 2 "--$option wants a file" check --a "$DLBENCH" "${CASE[@]}" "--$option" -
    done
    refused 7 "gone" check --a "$DLBENCH" "${ONE_CASE[@]}" -o gone/r.json
    [ ! -e r.json ]
}

@test "an output that goes away meanwhile: exit code 7, the result is there with its verdict" {
    mkdir out
    # Its folder goes when the file is there and the second side is started.
    program gone '[ -e r.json ] && rm -rf out' "DLBENCH_SLOWDOWN=300% exec '$DLBENCH' \"\$@\""
    dlb 7 check --a "$DLBENCH" --b ./gone "${CASE[@]}" --junit out/j.xml --md c.md
    last_error "out/j.xml"
    verdict r.json gemm regressed
    holds r.json '"exit_code":7'
    [ -s c.md ]
    said "REGRESSED"
}

@test "a read-only place for the result: exit code 7, nothing is lost" {
    without_rights
    mkdir locked
    chmod 555 locked
    refused 7 "locked" check --a "$DLBENCH" "${ONE_CASE[@]}" -o locked/r.json
}

@test "a disk that is full at the end: exit code 7, what was saved can be read" {
    takes quick 1000000
    takes slower 5000000
    # Blocks of 1024 bytes: room for the file as it begins, and for no verdict with all its pairs.
    run --separate-stderr bash -c 'ulimit -f 5; exec "$@"' - "$DLBENCH" check --a ./quick --b ./slower "${CASE[@]}"
    [ "$status" -eq 7 ]
    last_error "r.json: cannot write: File too large"
    [[ $stderr == *"as much of it as could be saved is in r.json.journal"* ]]
    said "REGRESSED"
    dlb 0 export r.json --format json
    python3 -c '
import json, sys
j = json.loads(sys.argv[1])
assert not j["complete"] and j["verdicts"][0]["pairs"], j' "$output"
}

@test "a file system that runs full: the check goes on, the end is exit code 7" {
    [ "$(id -u)" -eq 0 ] || skip "only root may mount a small file system"
    mkdir small
    mount -t tmpfs -o size=16k none small 2>/dev/null || skip "cannot mount a tmpfs here"
    run --separate-stderr "$DLBENCH" check --a "$DLBENCH" "${ONE_CASE[@]}" -o small/r.json
    local code=$status read=0
    "$DLBENCH" export small/r.json >/dev/null 2>export.err || read=$?
    umount small
    [ "$code" -eq 7 ] || { echo "exit code $code: $stderr"; return 1; }
    [ "$read" -eq 0 ] || { echo "cannot be read: $(cat export.err)"; return 1; }
    [[ $stderr == *"No space left"* ]]
    said "1 pass of 1 case"
}

@test "a damaged result: refused as what it is, replaced only when it is one of ours" {
    echo rubbish >r.json
    refused 7 "is no result of dlbench" check --a "$DLBENCH" "${CASE[@]}"
    [ "$(cat r.json)" = rubbish ]
    rm r.json
    # What another run left of its journal is kept, whatever it is.
    printf 'rubbish\nand more\n' >r.json.journal
    dlb 0 check --a "$DLBENCH" "${CASE[@]}"
    [ "$(head -n 1 r.json.journal.old)" = rubbish ]
    sed 's/"verdict": *"pass"/"verdict": "splendid"/' r.json >odd.json
    refused 7 "verdicts[0].verdict: wanted pass, regressed" export odd.json
    head -c 1500 r.json >half.json
    refused 7 "half.json: " export half.json
}

@test "no file is input and output, or two outputs" {
    cp "$DLBENCH" program
    refused 7 "is no result of dlbench" check --a ./program "${ONE_CASE[@]}" -o ./program
    refused 2 "--junit 'program' is the old program, too" check --a ./program "${CASE[@]}" --junit program
    refused 2 "--md 'r.json' is the result, too" check --a "$DLBENCH" "${CASE[@]}" --md r.json
    refused 2 "--junit and --md are the same file" check --a "$DLBENCH" "${CASE[@]}" --junit x --md ./x
    cmp program "$DLBENCH"
}

@test "options that make no sense" {
    refused 2 "check wants the old program: --a OLD" check "${CASE[@]}"
    refused 2 "--b NEW wants the old program, too" check --b "$DLBENCH" "${CASE[@]}"
    refused 2 "--tolerance" check --a "$DLBENCH" "${CASE[@]}" --tolerance -3%
    refused 2 "--tolerance" check --a "$DLBENCH" "${CASE[@]}" --tolerance 3,5%
    refused 2 "--rated" check --a "$DLBENCH" -d fake -w mlp "${BRISK[@]}" --rated 0%
    refused 2 "--pairs" check --a "$DLBENCH" -d fake -w mlp --pairs 6
    refused 2 "--pairs" check --a "$DLBENCH" -d fake -w mlp --pairs 65
    refused 2 "--on-inconclusive" check --a "$DLBENCH" "${CASE[@]}" --on-inconclusive maybe
    refused 2 "shorter than one pair of processes" check --a "$DLBENCH" "${CASE[@]}" --budget 1ms
    refused 2 "--github and --format both want" check --a "$DLBENCH" "${CASE[@]}" --github --format md
    refused 2 "takes no arguments" check "$DLBENCH" "${CASE[@]}"
    refused 2 "--invocations" check --a "$DLBENCH" "${CASE[@]}" --invocations 3
    DLBENCH_SLOWDOWN=fast refused 2 "DLBENCH_SLOWDOWN" check --a "$DLBENCH" "${CASE[@]}"
    [ ! -e r.json ]
}

@test "suites, workloads and devices that are not there" {
    refused 5 "no suite 'gone'" check --a "$DLBENCH" -d fake --suite gone "${FEW[@]}"
    refused 5 "no workload" check --a "$DLBENCH" -d fake -w 'nothing*' "${FEW[@]}"
    refused 5 "no device matches 'gone'" check --a "$DLBENCH" -d gone -w mlp "${FEW[@]}"
}

@test "a suite's settings count, but for those of run alone" {
    printf '@title T\n@source test\n@set invocations=50\n@set max-time=30ms\n@set mode=latency\ngemm m=8 n=8 k=8\n' >s.suite
    dlb 0 check --a "$DLBENCH" -d fake --suite s.suite --pairs 7 --warmup 1ms --no-gates --rated 1000% --opt fake.delay=1ms -o r.json
    verdict r.json /latency/ pass
    dlb 0 check --a "$DLBENCH" -d fake --suite s.suite "${FEW[@]}" --timing throughput -o r.json
    verdict r.json /throughput/ pass
}

@test "--dry-run prints the plan and measures nothing" {
    dlb 0 check --a "$DLBENCH" "${CASE[@]}" --dry-run
    said "gemm:m=8,n=8,k=8"
    said "1 case x 14 invocations"
    [[ $stderr == *"1 case, each in 7 pairs of fresh processes; candidates for a change go through 12 to 30 more"* ]]
    [ ! -e r.json ]
}

@test "without -d: each backend once per processor, no oracle; what is left out and how long it takes is said" {
    dlb 0 check --a "$DLBENCH" -w gemm:m=8,n=8,k=8 --opt fake.devices=2 --dry-run
    said "@fake:0/"
    [[ $output != *"@fake:1/"* && $output != *"@reference:0/"* ]]
    [[ $stderr == *"left out fake:1: another runtime for a processor that is measured; -d all measures it, too"* ]]
    [[ $stderr == *"left out reference:0: the oracle, slow on purpose"* ]]
    [[ $stderr =~ [0-9]+" s to "[0-9]+" "(s|min)" on a quiet machine; --budget TIME ends it sooner" ]]
    [[ $stderr =~ [0-9]+" cases, each in 10 pairs of fresh processes" ]]
    dlb 0 check --a "$DLBENCH" -w gemm:m=8,n=8,k=8 --opt fake.devices=2 --dry-run -d all
    said "@fake:1/"
    said "@reference:0/"
    [[ $stderr != *"left out"* ]]
    dlb 0 check --a "$DLBENCH" -w gemm:m=8,n=8,k=8 -d '!fake' -q --dry-run
    said "@reference:0/"
    [ -z "$stderr" ]
}

@test "what a budget will do is said before" {
    dlb 0 check --a "$DLBENCH" "${CASE[@]}" --dry-run --budget 10m
    [[ $stderr == *"the budget of 10 min is enough"* ]]
    dlb 0 check --a "$DLBENCH" -d fake -w gemm -p m=1-40 -p n=8 -p k=8 "${FEW[@]}" --dry-run --budget 3s
    [[ $stderr == *"the budget of 3 s is too short for all"* ]]
}

@test "what neither side can run is told once, with its reason, and is no finding" {
    dlb 5 check --a "$DLBENCH" -d fake -w gemm -p m=1-6 -p n=8 -p k=8 "${BRISK[@]:0:8}" --opt fake.do=unsupported -o r.json --sarif s.sarif
    [ "$(grep -c '^unsupported on fake:0: ' <<<"$output")" -eq 1 ]
    said "and 2 more: "
    [[ $output != *"a: "* ]]
    said "6 unsupported of 6 cases"
    holds r.json '"neither":true'
    python3 -c 'import json; assert json.load(open("s.sarif"))["runs"][0]["results"] == []'
}

@test "a budget drops pairs, then cases, and says so" {
    dlb 0 check --a "$DLBENCH" -d fake -w gemm -p m=1-40 -p n=8 -p k=8 "${FEW[@]}" --budget 3s -o r.json
    said "not measured on fake:0"
    [[ $stderr =~ "warning: "[0-9]+" of 40 cases not measured; the first: gemm" ]]
    said "dropped by the seed"
    holds r.json '"verdict":"not_measured"'
    holds r.json '"verdict":"pass"'
}

@test "emulated devices are left out, and refused by name" {
    export DLBENCH_FAKE_BOARDS=yes
    dlb 0 list devices
    [[ $output == *emulated* ]] || skip "the fake has no emulated board"
    local board
    board=$(echo "$output" | awk '/emulated/ { print $1; exit }')
    refused 2 "is emulated" check --a "$DLBENCH" -d "$board" -w mlp "${FEW[@]}" --opt fake.boards=yes
}

@test "a stdout that is closed ends quietly; the result is there" {
    (set +o pipefail; "$DLBENCH" check --a "$DLBENCH" "${CASE[@]}" 2>err | true)
    verdict r.json gemm pass
    lacks err "error"
}

# start ARGUMENT...: in the background with signals as in a foreground shell; waits for the first pairs.
start() {
    env --default-signal=INT,HUP,TERM "$DLBENCH" check --a "$DLBENCH" "$@" >out 2>err &
    pid=$!
    for _ in $(seq 200); do
        grep -qs '"pairs"' r.json.journal && return
        sleep 0.05
    done
    echo "nothing was measured: $(cat err)"
    return 1
}
finish() { # CODE
    local code=0
    wait "$pid" || code=$?
    [ "$code" -eq "$1" ] || { echo "exit code $code, wanted $1: $(cat err)"; return 1; }
}

@test "Ctrl-C once judges and saves what is there: 130" {
    start -d fake -w gemm -p m=1-30 -p n=8 -p k=8 "${FEW[@]}" -o r.json
    kill -INT "$pid"
    finish 130
    holds err "finishing this pair, then judging and saving what is there"
    holds r.json '"exit_code":130'
    holds r.json '"complete":false'
    holds out "incomplete: interrupted: 0 of 30 cases were decided"
    holds out "nothing was decided: "
    lacks out "no regression found"
    dlb 0 export r.json
}

@test "SIGTERM: 143; SIGHUP: 129; what was measured is saved" {
    start -d fake -w gemm -p m=1-30 -p n=8 -p k=8 "${FEW[@]}" -o r.json
    kill -TERM "$pid"
    finish 143
    holds r.json '"exit_code":143'
    rm r.json
    start -d fake -w gemm -p m=1-30 -p n=8 -p k=8 "${FEW[@]}" -o r.json
    kill -HUP "$pid"
    finish 129
    holds r.json '"exit_code":129'
}

@test "killed outright: the file can be read, with the pairs so far" {
    start -d fake -w gemm -p m=1-30 -p n=8 -p k=8 "${FEW[@]}" -o r.json
    kill -KILL "$pid"
    finish 137
    dlb 0 export r.json --format json
    python3 -c '
import json, sys
rows = json.loads(sys.argv[1])["verdicts"]
assert any(r["pairs"] for r in rows) and all(r["verdict"] == "not_measured" for r in rows)' "$output"
}

@test "programs of another protocol, and programs that are no dlbench, are told in one line" {
    refused 3 "speaks protocol 90 to 99" check --a "$ROOT/tests/recordings/workers/protocol-99" "${CASE[@]}"
    refused 3 "--a: " check --a "$ROOT/tests/recordings/workers/not-a-worker" "${CASE[@]}"
    refused 3 "--b: " check --a "$DLBENCH" --b "$ROOT/tests/recordings/workers/not-a-worker" "${CASE[@]}"
}

# Eight sessions of the past, and what one more is worth against them.
sessions() { # COUNT
    local PAST=(-d fake -w gemm:m=8,n=8,k=8 "${BRIEF[@]}" --opt fake.delay=1ms)
    for i in $(seq "$1"); do
        "$DLBENCH" run -q "${PAST[@]}" -o "past$i.json" || return 1
        if [ "$i" -eq 1 ]; then
            "$DLBENCH" baseline save --force base.json past1.json >/dev/null || return 1
        else
            "$DLBENCH" baseline accept --force base.json "past$i.json" >/dev/null || return 1
        fi
    done
}

@test "mode history: a session against eight of the past" {
    sessions 8
    dlb 0 check --mode history --baseline base.json "${CASE[@]}" --tolerance 30%
    said "sessions"
    holds r.json '"mode":"history"'
    takes slower 20000000
    dlb 1 check --mode history --baseline base.json --b ./slower "${CASE[@]}"
    verdict r.json gemm regressed
}

@test "mode history: too few sessions warn only" {
    sessions 2
    slower 1000%
    dlb 0 check --mode history --baseline base.json --b ./slower "${CASE[@]}"
    said "2 of 8 sessions"
    verdict r.json gemm inconclusive
}

@test "mode history: without -w and --suite the cases of the baseline are measured, as they were" {
    "$DLBENCH" run -q -d fake -w gemm:m=8,n=8,k=8 -w mlp --cache warm --mode latency "${BRIEF[@]}" -o past.json
    "$DLBENCH" baseline save --force base.json past.json >/dev/null
    dlb 0 check --mode history --baseline base.json "${FEW[@]}" --dry-run
    said "2 cases"
    said "gemm:m=8,n=8,k=8"
    said "/latency/warm"
    dlb 0 check --mode history --baseline base.json "${FEW[@]}" -o r.json
    verdict r.json gemm inconclusive # one session is no past
    said "1 of 8 sessions"
    rm r.json
    refused 2 "--threads wants -w or --suite" check --mode history --baseline base.json "${FEW[@]}" --threads 1
    refused 5 "no planned case is in the baseline" check --mode history --baseline base.json -d fake -w gemm:m=9,n=8,k=8 "${FEW[@]}" -o r.json
    refused 5 "none of the 2 cases of 'base.json' can be measured here" check --mode history --baseline base.json -d reference "${FEW[@]}" -o r.json
    [ ! -e r.json ]
}

@test "mode history: what is wrong with it" {
    refused 2 "--mode history wants --baseline" check --mode history "${CASE[@]}"
    refused 2 "--baseline is for --mode history" check --a "$DLBENCH" --baseline base.json "${CASE[@]}"
    refused 7 "gone.json" check --mode history --baseline gone.json "${CASE[@]}"
    echo '{"schema":"dlbench-result/1"}' >other.json
    refused 7 "other.json" check --mode history --baseline other.json "${CASE[@]}"
    refused 2 "not with --a" check --mode history --a "$DLBENCH" --baseline other.json "${CASE[@]}"
    refused 2 "has no --budget" check --mode history --baseline other.json "${CASE[@]}" --budget 1m
    [ ! -e r.json ]
}

@test "selftest aa: this program against itself" {
    dlb 0 selftest aa --repeat 2 --pairs 7 -d fake -w gemm:m=8,n=8,k=8 --seed 3
    said "2 checks of 1 case, this program against itself: 0 of 2 answers called a change"
    said "pair spread"
    [[ $stderr == *"seed=3"*"seed=4"* ]]
    [ ! -e results ]
    dlb 0 selftest aa --repeat 1 --pairs 7 -d fake -w gemm:m=8,n=8,k=8 --format json
    python3 -c '
import json, sys
j = json.loads(sys.argv[1])
assert j["checks"] == 1 and j["checks_called_changed"] == 0 and j["exit_code"] == 0 and j["advice"], j
assert len(j["cases"]) == 1 and j["cases"][0]["sd_pair"] >= 0 and j["cases"][0]["processes"] >= 14, j' "$output"
    refused 5 "no device matches" selftest aa -d gone
    refused 2 "--repeat is for \`selftest aa\`" selftest timer --repeat 2
    refused 2 "--full is for \`selftest stats\`" selftest aa --full
    refused 2 "--pairs" selftest aa --pairs 6
}

@test "a machine that stays noisy: inconclusive; --strict refuses it with exit code 6" {
    # Every process says that half of its time was stolen.
    program noisy "[ \"\$1\" = worker ] || exec '$DLBENCH' \"\$@\"" \
        "'$DLBENCH' worker | sed -u 's/\"steal\":[0-9.e+-]*/\"steal\":0.5/'"
    local NOISY=(-d fake -w gemm:m=8,n=8,k=8 --pairs 7 --max-time 30ms --warmup 1ms --batch-time 1ms --opt fake.delay=1ms -o r.json)
    dlb 6 check --a ./noisy --b ./noisy "${NOISY[@]}" --strict
    last_error "1 of 1 case stayed noisy (--strict)"
    said "only 0 of 21 pairs were quiet"
    dlb 0 check --a ./noisy --b ./noisy "${NOISY[@]}"
    verdict r.json gemm inconclusive
    # One side alone: what the gates left says nothing.
    dlb 0 check --a "$DLBENCH" --b ./noisy "${NOISY[@]}"
    verdict r.json gemm inconclusive
}

@test "on a terminal: drawn in place, within the width" {
    command -v script >/dev/null || skip "script (util-linux) not found"
    script -qec "stty cols 60 rows 24; LC_ALL=C.UTF-8 $DLBENCH check --a $DLBENCH -d fake -w gemm -p m=1-3 -p n=8 -p k=8 ${FEW[*]} -o r.json" \
        /dev/null </dev/null >shown
    holds shown $'\033['
    holds shown "stage 1: 3 cases"
    grep -qE 'pair [0-9]+/21  fake:0  gemm m[1-3] n8 k8' shown
    holds shown "replaced 0  failed 0"
    [ "$(tr -d '\r' <shown | sed 's/\x1b\[[0-9;]*[A-Za-z]//g' | grep -E '^pair|  stage|  replaced|  last' | LC_ALL=C.UTF-8 wc -L)" -le 60 ]
}

@test "off a terminal: a line per stage, no control characters" {
    takes quick 1000000
    takes slower 5000000
    dlb 1 check --a ./quick --b ./slower "${CASE[@]}"
    [[ $stderr == *"stage 1: 1 case, 7 pairs"*"stage 2: 1 candidate for a change, in fresh pairs, 12 pairs"* ]]
    [[ $stderr != *$'\033'* ]]
}
