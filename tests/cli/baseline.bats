#!/usr/bin/env bats
# shellcheck disable=SC2154 # bats sets stderr
# baseline.bats: what enters a baseline, what is refused and why, and that nothing is lost on the way.
load helpers

# result FILE RUN DAY [JQ-LIKE SED...]: a complete run of a released program, made of the recorded one.
result() {
    local file=$1 run=$2 day=$3
    shift 3
    sed -e "s/3f0c2a52-8a3e-4c5e-9a55-0123456789ab/$run/" -e "s/2026-11-23T06:25:01Z\",\$/2026-11-${day}T06:25:01Z\",/" \
        -e '/SIGSEGV/d' -e 's/^\(.*no bf16 GEMM.*\),$/\1/' "$@" \
        "$ROOT/tests/recordings/results/valid.json" >"$file"
}

@test "save, accept, show, prune" {
    result a.json run-a 01
    result b.json run-b 02
    dlb 0 baseline save main.json a.json
    said "1 session, 2 cases; it takes 8 sessions"
    dlb 0 baseline accept main.json b.json
    said "b.json: 2 cases; against the sessions before: 2 inconclusive"
    said "2 sessions, 2 cases"
    dlb 0 baseline show main.json
    said "2026-11-01T06:25:01Z  d1c9899"
    said "gemm m512 n512 k512"
    dlb 0 baseline prune main.json --keep 1
    said "1 session removed"
    lacks main.json run-a
    holds main.json run-b
    dlb 0 baseline prune main.json --keep 1
    said "0 sessions removed"
    [ "$(ls ./*.json*)" = "$(printf './a.json\n./b.json\n./main.json')" ]
}

@test "--quiet: what was done is not told, what was asked for is" {
    result a.json run-a 01
    result b.json run-b 02
    dlb 0 baseline save -q main.json a.json
    [ -z "$output$stderr" ]
    dlb 0 baseline accept -q main.json b.json
    [ -z "$output$stderr" ]
    dlb 0 baseline show -q main.json
    said "2 sessions, 2 cases"
    dlb 0 baseline prune -q main.json --keep 1
    [ -z "$output$stderr" ]
    dlb 0 baseline prune -q main.json --keep 1 --format json
    said '"sessions": 1'
}

@test "the documents: every action, and the file by its schema" {
    result a.json run-a 01
    dlb 0 baseline save main.json a.json --format json
    said '"exit_code": 0'
    said '"new_cases": 2'
    dlb 0 baseline show main.json --format json
    said '"schema": "dlbench-baseline/1"'
    "$DLBENCH" schema baseline >schema.json
    python3 -c 'import jsonschema' 2>/dev/null || skip "python3 with jsonschema not found; test_baseline.c checks without it"
    python3 -c 'import json, jsonschema; jsonschema.validate(json.load(open("main.json")), json.load(open("schema.json")))'
}

@test "what is no finding is refused, and taken by force with a warning" {
    result a.json run-a 01
    dlb 0 baseline save main.json a.json
    cp main.json before.json
    result cut.json run-b 02 -e 's/"complete": true/"complete": false/'
    result dirty.json run-c 03 -e 's/"git": "d1c9899"/"git": "d1c9899-dirty"/'
    result code.json run-d 04 -e 's/"exit_code": 0/"exit_code": 3/'
    refused 7 "cut.json is not accepted: the run is not complete" baseline accept main.json cut.json
    refused 7 "changed sources (d1c9899-dirty); --force takes it all the same" baseline accept main.json dirty.json
    refused 7 "exit code 3" baseline accept main.json code.json
    refused 7 "failed (crashed: SIGSEGV in prepare)" baseline accept main.json "$ROOT/tests/recordings/results/valid.json"
    cmp main.json before.json
    dlb 0 baseline accept main.json dirty.json --force
    [[ $stderr == *"warning: dirty.json is taken by force"* ]]
    dlb 0 baseline show main.json
    said "by force"
}

@test "of several runs all enter or none" {
    result a.json run-a 01
    result b.json run-b 02
    result c.json run-c 03 -e 's/"complete": true/"complete": false/'
    dlb 0 baseline save main.json a.json
    cp main.json before.json
    refused 7 "c.json is not accepted" baseline accept main.json b.json c.json
    cmp main.json before.json
    dlb 0 baseline accept main.json b.json c.json --force
    said "3 sessions"
}

@test "a run enters once; an older baseline is not begun anew by accident" {
    result a.json run-a 01
    dlb 0 baseline save main.json a.json
    cp main.json before.json
    refused 7 "the baseline has this run already" baseline accept main.json a.json
    refused 7 "is a baseline of 1 session already" baseline save main.json a.json
    cmp main.json before.json
    dlb 0 baseline save --force main.json a.json
}

@test "what is no baseline is not written over, by force neither" {
    result a.json run-a 01
    result b.json run-b 02
    cp b.json keep.json
    refused 7 "exists and is no baseline that can be read" baseline save --force b.json a.json
    cmp b.json keep.json
    mkdir folder
    refused 7 "it is a folder" baseline save folder a.json
    mkfifo pipe
    run --separate-stderr timeout 5 "$DLBENCH" baseline show pipe
    [ "$status" -eq 7 ]
    : >empty.json
    dlb 0 baseline save empty.json a.json
}

@test "files that cannot be read: one line each, exit 7" {
    result a.json run-a 01
    dlb 0 baseline save main.json a.json
    refused 7 "cannot read none.json" baseline accept main.json none.json
    refused 7 "cannot read none.json" baseline show none.json
    refused 7 "no baseline: wanted the schema dlbench-baseline/1, found 'dlbench-result/1'" baseline show a.json
    head -c 300 main.json >cut.json
    refused 7 "cut.json" baseline show cut.json
    sed 's/dlbench-baseline\/1/dlbench-baseline\/2/' main.json >major.json
    refused 7 "use a dlbench of that version" baseline show major.json
    sed 's/"median_ns":[0-9.]*/"median_ns":-1/' main.json >negative.json
    refused 7 "wanted a time above 0" baseline show negative.json
    sed 's/"median_ns":/"median_us":/' main.json >unit.json
    refused 7 "times[0].median_ns: wanted a time above 0, found none" baseline show unit.json
    result b.json run-b 02
    refused 7 "times[0].median_ns: wanted" baseline accept unit.json b.json
    sed 's/dlbench-baseline\/1/dlbench-baseline\/1.4/; 2s/$/\n"x_more": 1,/' main.json >minor.json
    dlb 0 baseline show minor.json
    [[ $stderr == *"newer format"* ]]
    dlb 0 baseline accept minor.json b.json
    holds minor.json '"x_more":1'
}

@test "usage" {
    result a.json run-a 01
    refused 2 "did you mean accept" baseline acept main.json a.json
    refused 2 "wants save|show|accept|prune FILE" baseline
    refused 2 "baseline save wants results" baseline save main.json
    refused 2 "takes one FILE" baseline show main.json a.json
    refused 2 "--force belongs to" baseline show --force a.json
    refused 2 "--keep belongs to" baseline save main.json a.json --keep 3
    refused 2 "wants --keep N" baseline prune main.json
    refused 2 "--keep" baseline prune main.json --keep 0
    refused 2 "both the input and the output" baseline save a.json a.json
}

@test "nothing to keep: exit 5" {
    result a.json run-a 01 -e 's/"status": "ok"/"status": "skipped"/; s/"status_detail": "ok"/"status_detail": "skipped"/'
    refused 5 "has a time that can be kept" baseline save main.json a.json
    [ ! -e main.json ]
}

@test "read-only: the old baseline stays, and nothing is left beside it" {
    result a.json run-a 01
    result b.json run-b 02
    mkdir fixed
    dlb 0 baseline save fixed/main.json a.json
    cp fixed/main.json before.json
    chmod 555 fixed
    without_rights
    refused 7 "Permission denied" baseline accept fixed/main.json b.json
    chmod 755 fixed
    cmp fixed/main.json before.json
    [ "$(ls fixed)" = main.json ]
}

@test "a full disk: exit 7, the old baseline stays" {
    result a.json run-a 01
    result b.json run-b 02
    dlb 0 baseline save main.json a.json
    cp main.json before.json
    run --separate-stderr bash -c "ulimit -f 1; trap '' XFSZ; '$DLBENCH' baseline accept main.json b.json"
    [ "$status" -eq 7 ]
    cmp main.json before.json
}

@test "two at once lose nothing" {
    result a.json run-a 01
    dlb 0 baseline save main.json a.json
    local pids=() i
    for i in 02 03 04 05 06 07; do
        result "r$i.json" "run-$i" "$i"
        "$DLBENCH" baseline accept main.json "r$i.json" >/dev/null 2>"err$i" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    dlb 0 baseline show main.json
    said "7 sessions, 2 cases"
}

@test "killed at any moment: the file is the old one or the new one" {
    result a.json run-a 01
    dlb 0 baseline save main.json a.json
    local i
    for i in $(seq 10 40); do
        result b.json "run-$i" 02
        "$DLBENCH" baseline accept main.json b.json >/dev/null 2>&1 &
        sleep "0.00$((i % 9))"
        kill -9 $! 2>/dev/null || true
        wait $! 2>/dev/null || true
        "$DLBENCH" baseline show main.json >/dev/null
    done
}

@test "eight sessions make a check fail by them; a slowdown on purpose is never accepted" {
    local i
    for i in 1 2 3 4 5 6 7 8; do
        dlb 0 run -q "${ONE[@]}" --opt fake.delay=2ms -o "r$i.json"
    done
    dlb 0 baseline save main.json r[1-7].json --force
    local history=(check --mode history --baseline main.json "${ONE[@]:0:4}" "${BRIEF[@]}" --pairs 7 --opt fake.delay=2ms)
    DLBENCH_SLOWDOWN=1000% dlb 0 "${history[@]}" -o few.json
    said "7 of 8 sessions"
    for how in fail pass; do # too few sessions warn, whatever is asked for
        DLBENCH_SLOWDOWN=1000% dlb 0 "${history[@]}" --on-inconclusive "$how"
        [[ $stderr == *"warning: 1 of 1 case cannot be decided by so few past sessions"* ]]
    done
    dlb 0 baseline accept main.json r8.json --force
    DLBENCH_SLOWDOWN=1000% dlb 1 "${history[@]}" -o slow.json
    said "regressed"
    cp main.json before.json
    refused 7 "was stretched by --slowdown: a trial" baseline accept main.json slow.json
    dlb 5 baseline accept main.json slow.json --force
    cmp main.json before.json
}
