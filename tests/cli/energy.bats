#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2016 # each test is a subshell of its own; scripts are written with their own dollars
# energy.bats: run --energy and --power-command: joules of a command that follows the clock, idle power, what is no meter, and what is refused.

load helpers.bash

# One case of known time, in one process, with a window of 0.3 s.
# shellcheck disable=SC2054 # keys hold commas
CASE=("${ONE[@]}" --opt fake.delay=4ms --energy-window 300ms)

# meter IDLE LOAD: a script that prints joules: so many watts while the machine is idle, so many while a worker asks. It is run by exec, so that
# who asks is its parent.
meter() {
    cat >meter.sh <<END
#!/bin/sh
now=\$(date +%s%N)
grep -qa worker /proc/\$PPID/cmdline && watts=$2 || watts=$1
[ -e state ] && read -r then joules <state || { then=\$now; joules=1000; }
joules=\$(awk -v w=\$watts -v a=\$then -v b=\$now -v j=\$joules 'BEGIN { printf "%.9f", j + w * (b - a) * 1e-9 }')
echo "\$now \$joules" >state
echo "\$joules"
END
    chmod +x meter.sh
    rm -f state
}

# tell FILE 'EXPRESSION': the expression over e, the energy of the first row, and r, the row, is true.
tell() {
    python3 - "$@" <<'END'
import json, math, sys
r = json.load(open(sys.argv[1]))["results"][0]
e = r.get("energy")
if not eval(sys.argv[2]):
    sys.exit("not %s: %s" % (sys.argv[2], json.dumps(e)))
END
}

@test "an external meter: joules per item are power x time" {
    meter 20 50
    dlb 0 run "${CASE[@]}" --power-command 'exec ./meter.sh' -o r.json
    tell r.json 'r["status"] == "ok" and e["method"] == "external" and e["scope"] == "wall"'
    tell r.json 'e["window_s"] >= 0.3 and abs(e["avg_power_w"] / 50 - 1) < 0.02'
    # an execution takes 4 ms at least; how much more is a matter of who else is at work
    tell r.json 'e["j_per_item"] * r["items"] > 50 * 0.004'
    tell r.json 'abs(e["j_per_item"] * r["items"] * e["executions"] / (50 * e["window_s"]) - 1) < 0.02'
    tell r.json 'abs(e["items_per_j"] * e["j_per_item"] - 1) < 1e-9'
    tell r.json '0 < e["uncertainty_rel"] < 0.2'
}

@test "idle power is measured before the run, and both figures are kept" {
    meter 20 50
    dlb 0 run "${CASE[@]}" --power-command 'exec ./meter.sh' -o r.json
    [[ $stderr == *"measuring the idle machine for"*"external command"* ]]
    tell r.json 'abs(e["idle_power_w"] / 20 - 1) < 0.02'
    tell r.json 'abs(e["j_per_item_above_idle"] / e["j_per_item"] - 0.6) < 0.03'
}

@test "an idle power above the load's is told, not subtracted" {
    meter 90 50
    dlb 0 run "${CASE[@]}" --energy external --power-command 'exec ./meter.sh' -o r.json
    tell r.json 'e["j_per_item"] > 0 and e["j_per_item_above_idle"] is None and "idle" in e["reason"]'
}

@test "every process has its own window" {
    meter 20 50
    dlb 0 run "${THREE[@]}" --energy-window 100ms --power-command 'exec ./meter.sh' -o r.json
    tell r.json 'sorted(i["energy"]["method"] for i in r["invocations"]) == ["external"] * 3'
}

@test "a power command that is no meter: rows keep their times, and it is said once" {
    local command
    for command in 'echo abc' 'echo -5' 'echo 1 2' true 'exit 3' /no/such/meter; do
        dlb 0 run "${THREE[@]}" --power-command "$command" -o r.json
        tell r.json 'r["status"] == "ok" and r["summary"]["median_ns"] > 0'
        tell r.json 'e["method"] == "none" and e["energy_j"] is None and "power command" in e["reason"]'
        [ "$(grep -c 'no energy is measured: the power command' <<<"$stderr")" -eq 1 ]
        said 'energy was not measured: the power command'
        rm r.json
    done
}

@test "a meter that goes back is no number" {
    dlb 0 run "${CASE[@]}" --power-command 'n=$(cat n 2>/dev/null || echo 900); echo $((n - 1)) | tee n' -o r.json
    tell r.json 'r["status"] == "ok" and e["method"] == "none" and "went back" in e["reason"]'
    tell r.json 'e["j_per_item"] is None and e["idle_power_w"] is None'
    [[ $stderr == *"the power of the idle machine is not known"*"went back"* ]]
}

@test "a power command that hangs is ended, and costs seconds, not the run" {
    dlb 0 run "${ONE[@]}" --power-command 'sleep 60' -o r.json
    tell r.json 'r["status"] == "ok" and e["method"] == "none" and "was killed" in e["reason"]'
}

@test "what contradicts itself is refused before anything is measured" {
    refused 2 'wants --power-command COMMAND' run "${ONE[@]}" --energy external
    refused 2 '--power-command contradicts --energy off' run "${ONE[@]}" --energy off --power-command 'echo 1'
    refused 2 '--power-command contradicts --energy rapl' run "${ONE[@]}" --energy rapl --power-command 'echo 1'
    refused 2 '--power-command contradicts --energy tdp' run "${ONE[@]}" --energy tdp --power-command 'echo 1'
    refused 2 'wants a command, found nothing' run "${ONE[@]}" --power-command ' '
    refused 2 'put the command into a script' run "${ONE[@]}" --power-command "echo $(printf '%0600d' 1)"
    refused 2 'energy-window' run "${ONE[@]}" --energy-window 0s
    refused 2 'energy-window' run "${ONE[@]}" --energy-window 3
    refused 2 'rapl' run "${ONE[@]}" --energy rappl
}

@test "--energy off leaves no trace, and auto costs nothing without a meter" {
    dlb 0 run "${ONE[@]}" --energy off -o off.json
    tell off.json 'e is None'
    [ ! -e /sys/class/powercap/intel-rapl:0 ] || skip "this machine has RAPL"
    dlb 0 run "${ONE[@]}" -o auto.json
    tell auto.json 'e["method"] == "none" and "RAPL" in e["reason"]'
    [[ $stderr != *energy* && $stderr != *idle* ]]
}

@test "--energy rapl without RAPL says so once, and what to do" {
    [ ! -e /sys/class/powercap/intel-rapl:0 ] || skip "this machine has RAPL"
    dlb 0 run "${THREE[@]}" --energy rapl -o r.json
    [ "$(grep -c 'no energy is measured: no RAPL counter' <<<"$stderr")" -eq 1 ]
    [[ $stderr == *"--power-command"* ]]
    tell r.json 'r["status"] == "ok" and e["method"] == "none"'
    dlb 0 run "${THREE[@]}" -q --energy rapl -o q.json
    [ -z "$stderr" ]
}

@test "--energy tdp is an upper bound with the catalogue's power, and refused where that is not known" {
    dlb 0 run "${ONE[@]}" --energy tdp -o none.json # the fake device is in no catalogue
    tell none.json 'e["method"] == "none" and "datasheet" in e["reason"]'
    [[ $stderr == *"no energy is measured: fake:0: "* ]]
    mkdir -p .config/dlbench
    cat >.config/dlbench/catalogue.json <<'END'
{"schema": "dlbench-catalogue/1", "processors": [{"id": "cpu-fake", "name": "Fake processor 0", "kind": "cpu", "vendor": "dlbench",
  "year": 2026, "tdp_w": 80, "evidence": "stored", "confidence": "high", "source": "this test"}]}
END
    dlb 0 run "${THREE[@]}" --energy tdp -o r.json
    [[ $stderr != *"no energy"* ]]
    tell r.json 'e["method"] == "tdp_bound" and "an upper bound, not measured: 80 W" in e["reason"]'
    tell r.json 'abs(e["avg_power_w"] - 80) < 1e-9 and e["idle_power_w"] is None'
    # it is arithmetic: whatever else went on, it cannot contradict the time of its row
    tell r.json 'abs(e["j_per_item"] * r["items"] / (80e-9 * r["summary"]["median_ns"]) - 1) < 1e-9'
}

@test "a modelled device has no energy here" {
    dlb 0 run -d fake:alpha-10 -w gemm:m=8,n=8,k=8 "${TINY[@]}" --opt fake.boards=yes --power-command 'date +%s.%N' -o r.json
    tell r.json 'e["method"] == "none" and "modelled" in e["reason"]'
}

# plan_adds SECONDS OPTION...: so much longer is the plan of three processes than without energy, and twice that at most: windows are repeated.
plan_adds() {
    local wanted=$1 off
    shift
    dlb 0 run "${THREE[@]}" --dry-run --format json --energy off
    off=$output
    dlb 0 run "${THREE[@]}" --dry-run --format json "$@"
    python3 - "$off" "$output" "$wanted" <<'END'
import json, sys
off, on = (json.loads(text) for text in sys.argv[1:3])
for name, windows in ("estimate_least_s", 1), ("estimate_most_s", 2):
    assert abs(on[name] - off[name] - windows * float(sys.argv[3])) < 1e-6, (name, off[name], on[name])
END
}

@test "the plan knows how long the windows take" {
    plan_adds 300 --power-command 'touch was-run; echo 1' --energy-window 100s
    [ ! -e was-run ]
    plan_adds 3 --power-command 'echo 1' # what is usual for a command
    plan_adds 0 --energy tdp             # arithmetic
    [ ! -e /sys/class/powercap/intel-rapl:0 ] || skip "this machine has RAPL"
    plan_adds 0 # no meter, no windows
}
