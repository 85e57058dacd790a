#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own: that is meant
# shellcheck disable=SC2154 # bats sets stderr
# interrupt.bats: signals, resuming, and outputs that go away: whatever was measured is in a valid file.
load helpers

LONG=(-d fake -w gemm -p m=1-20 -p n=8 -p k=8 "${TINY[@]}" --opt fake.delay=30ms -o r.json)

# start ARGUMENT...: in the background with signals as in a foreground shell; waits for the first finished case.
start() {
    env --default-signal=INT,HUP,TERM "$DLBENCH" run "$@" >out 2>err &
    pid=$!
    for _ in $(seq 200); do
        grep -q '^\[ 1/' err && return
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

measured() { grep -o '"status":"ok"' r.json | wc -l; }

@test "Ctrl-C once finishes the case, saves, exits 130" {
    start "${LONG[@]}"
    kill -INT "$pid"
    finish 130
    holds err "finishing this case, then saving; once more stops at once"
    holds r.json '"exit_code":130'
    holds r.json '"complete":false'
    [ "$(measured)" -ge 2 ] # the device and at least one row
    holds out "results: r.json"
    dlb 0 export r.json --format csv
}

@test "Ctrl-C once: the case at hand gets all its invocations" {
    env --default-signal=INT "$DLBENCH" run -d fake -w gemm -p m=1-20 -p n=8 -p k=8 --max-time 60ms --warmup 1ms \
        --batch-time 1ms --no-gates --invocations 4 --opt fake.delay=20ms -o r.json >out 2>err &
    pid=$!
    sleep 0.7 # in the first block: no case is over
    kill -INT "$pid"
    finish 130
    holds err "finishing this case"
    holds err "[ 1/20]"
    lacks err "[ 2/20]"
    # The finished row holds 4 invocations, all others at most the one of the first block.
    "$DLBENCH" export r.json --format csv | grep -o ',gemm m[0-9]* n8 k8,' | sort | uniq -c | sort -rn >counts
    [ "$(head -1 counts | awk '{ print $1 }')" -eq 4 ]
    [ "$(sed -n 2p counts | awk '{ print $1 }')" -eq 1 ]
}

@test "Ctrl-C twice stops in the middle of a hanging case" {
    env --default-signal=INT "$DLBENCH" run "${ONE[@]}" --opt fake.do=hang --timeout 60s -o r.json >out 2>err &
    pid=$!
    sleep 0.7
    kill -INT "$pid"
    sleep 0.3
    kill -0 "$pid" # still finishing the case
    kill -INT "$pid"
    finish 130
    holds err "stopping now"
    holds r.json '"exit_code":130'
}

@test "SIGTERM stops now and saves: 143" {
    start "${LONG[@]}"
    kill -TERM "$pid"
    finish 143
    holds r.json '"exit_code":143'
    [ "$(measured)" -ge 2 ]
}

@test "SIGHUP stops now and saves: 129" {
    start "${LONG[@]}"
    kill -HUP "$pid"
    finish 129
    [ "$(measured)" -ge 2 ]
}

@test "under nohup SIGHUP is ignored" {
    local arguments=(-d fake -w gemm -p m=1-5 -p n=8 -p k=8 "${TINY[@]}" --opt fake.delay=30ms -o r.json)
    nohup "$DLBENCH" run "${arguments[@]}" >out 2>err &
    pid=$!
    sleep 0.5
    kill -HUP "$pid"
    finish 0
    holds r.json '"complete":true'
}

@test "--resume measures what is missing, in the same file, with the same settings" {
    start "${LONG[@]}" --seed 99 --precision 50%
    kill -INT "$pid"
    finish 130
    local before
    before=$(grep -o '"t_start_utc":"[^"]*"' r.json | sort | head -1)
    dlb 0 run --resume r.json
    holds r.json '"complete":true'
    holds r.json '"seed":99'
    holds r.json '"precision":0.5'
    holds r.json '"fake.delay=30ms"'
    [ "$(grep -o '"stop_reason":' r.json | wc -l)" -eq 20 ]
    grep -qF "$before" r.json
    lacks r.json "interrupted before it was measured"
}

# tell FILE 'EXPRESSION': of the rows it is true.
tell() {
    python3 - "$@" <<'END'
import json, sys
result = json.load(open(sys.argv[1]))
rows, settings = result["results"], result["settings"]
if not eval(sys.argv[2]):
    sys.exit("not %s: %s %s" % (sys.argv[2], settings["options"], [(r["energy"], r["cost"]) for r in rows]))
END
}

@test "--resume keeps prices, and wants the power command again" {
    start "${LONG[@]}" --energy-window 100ms --price-hour 3 --price-kwh 0.5 --pue 2 --currency EUR --power-command 'cut -d" " -f1 /proc/uptime'
    kill -INT "$pid"
    finish 130
    lacks r.json '"power-command":'
    refused 2 "give --power-command again" run --resume r.json
    dlb 0 run --resume r.json --power-command 'cut -d" " -f1 /proc/uptime'
    tell r.json 'len(rows) == 20 and all(r["energy"]["method"] == "external" for r in rows)'
    tell r.json 'all(r["cost"]["price_hour"] == 3 and r["cost"]["price_kwh"] == 0.5 for r in rows)'
    tell r.json 'all(r["cost"]["pue"] == 2 and r["cost"]["currency"] == "EUR" for r in rows)'
    # another price is for all rows, and stays
    dlb 0 run --resume r.json --power-command 'cut -d" " -f1 /proc/uptime' --price-hour 4
    tell r.json 'all(r["cost"]["price_hour"] == 4 and r["cost"]["price_kwh"] == 0.5 for r in rows)'
    tell r.json 'settings["options"]["price-hour"] == "4"'
}

@test "--resume runs no command out of a file, writes nowhere that it says, and mixes no meters" {
    dlb 0 run "${ONE[@]}" -o r.json
    tell r.json '"price-hour" not in settings["options"] and "currency" not in settings["options"]'
    refused 2 "was measured without --power-command" run --resume r.json --power-command 'echo 1'
    python3 - <<'END'
import json
result = json.load(open("r.json"))
result["settings"]["options"].update({"power-command": "touch pwned; echo 1", "report": "elsewhere"})
result["results"][0]["status"] = result["results"][0]["status_detail"] = "failed"
json.dump(result, open("sent.json", "w"))
END
    dlb 0 run --resume sent.json
    [ ! -e pwned ]
    [ ! -e elsewhere ]
}

@test "--resume after a kill -9: the journal has it" {
    start "${LONG[@]}"
    kill -KILL "$pid"
    finish 137
    [ -s r.json ]
    [ -s r.json.journal ]
    dlb 0 export r.json --format csv
    [ "${#lines[@]}" -ge 2 ]
    dlb 0 run --resume r.json -o s.json
    [ "$(grep -o '"stop_reason":' s.json | wc -l)" -eq 20 ]
}

@test "--resume refuses other settings, other machines, no file, no result" {
    dlb 0 run "${ONE[@]}" -o r.json
    refused 2 "--precision cannot be given with --resume" run --resume r.json --precision 2%
    refused 2 "--workload cannot be given with --resume" run --resume r.json -w gemm
    refused 7 "no.json" run --resume no.json
    echo '{}' >empty.json
    refused 7 "empty.json" run --resume empty.json
    sed 's/"id_hash":"[^"]*"/"id_hash":"0123456789abcdef"/' r.json >other.json
    refused 5 "was measured on another machine" run --resume other.json
}

@test "a complete file resumes to itself" {
    dlb 0 run "${ONE[@]}" -o r.json
    local before
    before=$(grep -o '"samples_ns":\[[^]]*\]' r.json)
    dlb 0 run --resume r.json
    [[ $stderr == *"nothing left to do: every case has its result"* ]]
    [ "$before" = "$(grep -o '"samples_ns":\[[^]]*\]' r.json)" ]
    dlb 0 run --resume r.json -n
    [ "$output" = "nothing left to do: every case has its result" ]
}

@test "--resume -n shows what is left" {
    start "${LONG[@]}"
    kill -INT "$pid"
    finish 130
    local over left
    over=$(grep -c '^\[' err)
    left=$((20 - over))
    dlb 0 run --resume r.json -n
    said "$left cases left x 1 invocation at most; between"
    [ "$(grep -c '^gemm:' <<<"$output")" -eq "$left" ]
    dlb 0 run --resume r.json -n --format json
    [ "$(grep -c 'gemm:' <<<"$output")" -eq "$left" ]
    dlb 0 run --resume r.json
    [[ $stderr == *"$left cases left, each in 1 fresh process"* ]]
    [[ $stderr == *"[$(printf %2d "$left")/$left] fake:0"* ]]
}

@test "the reader of stdout goes away: quiet, exit code of the run, results saved" {
    "$DLBENCH" run "${ONE[@]}" -o r.json --format csv 2>err | true
    [ "${PIPESTATUS[0]}" -eq 0 ]
    lacks err "error"
    holds r.json '"complete":true'
    "$DLBENCH" list workloads --format json 2>err | true
    [ ! -s err ]
}

@test "stdout and stderr closed from the start" {
    "$DLBENCH" run "${ONE[@]}" -o r.json >&- 2>&-
    holds r.json '"complete":true'
}

@test "stdout is a full disk: exit 7, one line, results saved" {
    local code=0
    "$DLBENCH" run "${ONE[@]}" -o r.json >/dev/full 2>err || code=$?
    [ "$code" -eq 7 ]
    [ "$(grep -c 'dlbench: error' err)" -eq 1 ]
    holds r.json '"complete":true'
    code=0
    "$DLBENCH" list metrics >/dev/full 2>err || code=$?
    [ "$code" -eq 7 ]
}

@test "places that cannot be written are refused before anything is measured" {
    refused 7 "there is no folder" run "${ONE[@]}" -o no/r.json
    refused 7 "it is a folder" run "${ONE[@]}" -o .
    refused 7 "not a regular file" run "${ONE[@]}" -o /dev/null
    mkfifo pipe
    refused 7 "not a regular file" run "${ONE[@]}" -o pipe
    [ -c /dev/null ]
    refused 2 "-o wants a file" run "${ONE[@]}" -o -
    refused 7 "at most" run "${ONE[@]}" -o "$(head -c 3000 /dev/zero | tr '\0' x)"
    touch results
    refused 7 "results" run "${ONE[@]}"
}

@test "two runs into one file: the second is refused, the first loses nothing" {
    start "${LONG[@]}"
    cp r.json before.json
    refused 7 "another dlbench" run "${ONE[@]}" -o r.json
    refused 7 "another dlbench" run --resume r.json
    cmp r.json before.json
    [ -s r.json.journal ]
    [ ! -e r.json.old ]
    kill -TERM "$pid"
    finish 143
    [ "$(measured)" -ge 2 ]
}

@test "-o on a file that exists: the old one is kept until the new run has ended well" {
    dlb 0 run -q "${ONE[@]}" -o r.json
    cp r.json first.json
    start "${LONG[@]}"
    cmp r.json.old first.json
    kill -KILL "$pid"
    finish 137
    cmp r.json.old first.json
    dlb 3 run "${ONE[@]}" -o r.json --opt fake.do=abort
    [[ $stderr == *"are kept as "*"r.json.old2"* ]]
    cmp r.json.old first.json
    ln -s first.json link.json
    dlb 0 run "${ONE[@]}" -o link.json
    [ -L link.json ]
    [ ! -e first.json.old ]
    [ ! -e link.json.old ]
    run ! cmp -s first.json r.json.old
}

@test "-o that cannot be written at once leaves the old file alone" {
    dlb 0 run -q "${ONE[@]}" -o r.json
    cp r.json before.json
    mkdir r.json.journal
    refused 7 "r.json.journal" run "${ONE[@]}" -o r.json
    cmp r.json before.json
    [ ! -e r.json.old ]
}

@test "--resume tries failed cases again, and keeps the others" {
    dlb 3 run -d fake,reference -w gemm:m=8,n=8,k=8 "${BRIEF[@]}" --invocations 2 -o r.json \
        --opt fake.do=crash-second --opt fake.counter=count
    holds r.json '"status_detail":"crashed"'
    local kept
    kept=$(grep 'reference:0' r.json | grep -o '"samples_ns":\[[^]]*\]')
    rm count
    dlb 3 run --resume r.json
    holds r.json '"status_detail":"crashed"'
    rm count
    mkdir count # no process is counted: prepare fails, with another reason
    dlb 3 run --resume r.json
    holds r.json "cannot count in fake.counter"
    lacks r.json '"status_detail":"crashed"'
    rmdir count
    ln -s /dev/null count # each process is the first
    dlb 0 run --resume r.json
    lacks r.json '"status":"failed"'
    [ "$(grep -o '"stop_reason":' r.json | wc -l)" -eq 4 ]
    [ "$kept" = "$(grep 'reference:0' r.json | grep -o '"samples_ns":\[[^]]*\]')" ]
}

@test "--resume keeps what is unsupported or over budget" {
    dlb 5 run -d fake,reference -w gemm -p m=2Ki -p n=2Ki -p k=2Ki "${TINY[@]}" -o r.json --opt fake.do=unsupported
    dlb 5 run --resume r.json
    holds r.json '"status":"unsupported"'
    holds r.json "over budget"
}

@test "--resume refuses another dlbench, another library, another environment" {
    OMP_STACKSIZE=8M dlb 0 run "${ONE[@]}" -o r.json
    holds r.json '"OMP_STACKSIZE":"8M"'
    refused 2 "was measured with OMP_STACKSIZE='8M', now it is ''" run --resume r.json
    export OMP_STACKSIZE=8M
    dlb 0 run --resume r.json
    sed 's/"git":"[^"]*"/"git":"0123abc"/' r.json >other.json
    refused 2 "was measured by dlbench $("$DLBENCH" version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -1) (0123abc), this is" run --resume other.json
    cp r.json before.json
    sed 's/"runtime":"fake 1.0"/"runtime":"fake 0.9"/' r.json >library.json
    refused 2 "on fake:0 with the runtime 'fake 0.9', now it is 'fake 1.0'" run --resume library.json
    cmp r.json before.json
    [ ! -e library.json.journal ]
}

@test "a full disk during the run: the rest is measured, the end is exit 7" {
    [ "$(id -u)" -eq 0 ] || skip "only root may mount a small file system"
    mkdir small
    mount -t tmpfs -o size=64k none small 2>/dev/null || skip "cannot mount a tmpfs here"
    local code=0
    "$DLBENCH" run -d fake -w gemm -p m=1-30 -p n=8 -p k=8 "${TINY[@]}" -o small/r.json >out 2>err || code=$?
    umount small
    [ "$code" -eq 7 ] || { echo "exit code $code: $(cat err)"; return 1; }
    holds err "[30/30]"
    holds err "warning"
    holds err "No space left"
    [ "$(grep -c 'fake:0' out)" -ge 30 ]
}
