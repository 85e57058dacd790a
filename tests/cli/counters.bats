#!/usr/bin/env bats
# counters.bats: run --counters: what every machine counts, what this one lacks and says so, names that are refused, and that times stay as they are.

load helpers.bash

# tell FILE 'EXPRESSION': the expression over c, the counting of the first row, v, its values, and r, the row, is true.
tell() {
    python3 - "$@" <<'END'
import json, sys
r = json.load(open(sys.argv[1]))["results"][0]
c = r.get("counting") or {}
v = c.get("values", {})
if not eval(sys.argv[2]):
    sys.exit("not %s: %s" % (sys.argv[2], json.dumps(c)))
END
}

@test "software counters are there on every machine, for one execution, from the first process alone" {
    dlb 0 run "${THREE[@]}" --opt fake.delay=2ms --counters software -o r.json
    said "counted in one execution, all threads together"
    said "task_clock"
    tell r.json 'r["status"] == "ok" and len(r["invocations"]) == 3'
    tell r.json 'list(v) == ["context_switches", "migrations", "page_faults_minor", "page_faults_major", "task_clock"]'
    # The delay is spent spinning or asleep; whichever, it is less than twice the time that passed.
    tell r.json '0 < v["task_clock"]["value"] < 2 * c["pass_ns"] and c["pass_ns"] >= 1.9e6'
    tell r.json 'c["executions"] >= 2 and c["passes"] == 1 and c["multiplexed"] is False and "kernel accounting" in c["source"]'
    tell r.json 'all(x["event"] and x["value"] >= 0 for n, x in v.items() if n != "migrations")'
    lacks r.json '"multiplexed":true'
}

@test "a hardware counter has a value or a reason, which the table says once" {
    dlb 0 run "${ONE[@]}" --counters cache,flops -o r.json
    tell r.json 'all((x["value"] is None) == bool(x["reason"]) for x in v.values())'
    tell r.json 'list(v)[:2] == ["cycles", "instructions"] and v["task_clock"]["value"] > 0'
    tell r.json 'c["ipc"] is None or 0 < c["ipc"] < 20'
    if python3 -c 'import json, sys; sys.exit(json.load(open("r.json"))["results"][0]["counting"]["values"]["cycles"]["value"] is not None)'; then
        said "not counted: cycles, instructions"
        [ "$(grep -c "not counted: cycles" <<<"$output")" -eq 1 ]
    fi
}

# cpu_ns THREADS: time on CPUs of one execution.
cpu_ns() {
    DLBENCH_BACKENDS="" dlb 0 run -d openblas -w gemm:m=512,n=512,k=512 -t "$1" --wait-policy active "${TINY[@]}" --counters task_clock -o r.json
    tell r.json 'v["task_clock"]["value"] > 0'
    cpu=$(python3 -c 'import json; print(json.load(open("r.json"))["results"][0]["counting"]["values"]["task_clock"]["value"])')
}

@test "all threads are counted: two of them take together what one takes alone" {
    [ "$(nproc)" -ge 2 ] || skip "one CPU"
    DLBENCH_BACKENDS="" run "$DLBENCH" list devices --names -d openblas
    [ "$status" -eq 0 ] || skip "no openblas"
    # Of two threads the first would show half. Where the machine is busy time on CPUs varies, too: the best of three.
    local most=0 alone
    for _ in 1 2 3; do
        cpu_ns 1
        alone=$cpu
        cpu_ns 2
        most=$(python3 -c 'import sys; print(max(float(sys.argv[1]), float(sys.argv[2]) / float(sys.argv[3])))' "$most" "$cpu" "$alone")
    done
    echo "two threads: $most times the time on CPUs of one"
    python3 -c 'import sys; sys.exit(not 0.75 < float(sys.argv[1]))' "$most"
}

@test "names are refused before anything is measured" {
    refused 2 "--counters: there is no counter 'cylces'; did you mean cycles?" run "${ONE[@]}" --counters cylces -o r.json
    refused 2 "between commas" run "${ONE[@]}" --counters cycles,, -o r.json
    refused 2 "--counters wants a value" run "${ONE[@]}" --counters '' -o r.json
    refused 2 "there is no counter 'nonsense'" run "${ONE[@]}" --dry-run --counters software,nonsense
    many=$(seq -s , -f 'a::%g' 40)
    refused 2 "at most 32 counters" run "${ONE[@]}" --counters "$many" -o r.json
    [ ! -e r.json ]
}

@test "a counter that is named twice is counted once; unknown events of a machine are empty cells" {
    dlb 0 run "${ONE[@]}" --counters task_clock,software,task_clock,nonsense::EVENT -o r.json
    tell r.json 'list(v)[0] == "task_clock" and len(v) == 6'
    tell r.json 'v["nonsense::EVENT"]["value"] is None and v["nonsense::EVENT"]["reason"]'
    dlb 0 run "${ONE[@]}" --counters nonsense::EVENT -o s.json
    tell s.json 'r["status"] == "ok" and c["passes"] == 0 and c["executions"] == 0'
    said "not counted: nonsense::EVENT"
}

@test "nothing is counted unless asked, and a check never asks" {
    dlb 0 run "${ONE[@]}" -o r.json
    tell r.json 'c == {}'
    [[ $output != *"counted in"* ]]
    refused 2 "--counters" check --a "$DLBENCH" --b "$DLBENCH" --counters software
}

@test "a suite may ask for counters, the command line has the last word" {
    printf '@title T\n@source test\n@set counters=software\ngemm m=8 n=8 k=8\n' >own.suite
    dlb 0 run -d fake --suite ./own.suite "${TINY[@]}" -o r.json
    tell r.json 'len(v) == 5'
    dlb 0 run -d fake --suite ./own.suite "${TINY[@]}" --counters task_clock -o s.json
    tell s.json 'list(v) == ["task_clock"]'
}

@test "counters as Markdown: a table of its own" {
    dlb 0 run "${ONE[@]}" --counters software,cycles --format md -o r.json
    said "| counted in one execution | device |"
    said 'task\_clock'
}

@test "list counters and doctor say what can be counted here" {
    dlb 0 list counters
    said "context_switches   yes"
    said "cache flops memory"
    dlb 0 list counters --format json
    said '"event": "CLOCK_PROCESS_CPUTIME_ID"'
    dlb 0 doctor --json
    said '"hardware":'
    said '"papi":'
    # Who has none is told what to do.
    if grep -q '"hardware": 0' <<<"$output"; then
        [[ $output != *'"remedy": ""'* ]]
    fi
}
