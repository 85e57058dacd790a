#!/usr/bin/env bats
# shellcheck disable=SC2154 # bats sets stderr
# inform.bats: list, describe, doctor, selftest, schema, version, help, completion.
load helpers

@test "list: every list, as table, names and JSON" {
    for what in devices workloads suites metrics formats counters; do
        dlb 0 list "$what"
        [ "${#lines[@]}" -ge 2 ]
        dlb 0 list "$what" --names
        [[ ${lines[0]} != *" "* ]]
        dlb 0 list "$what" --format json
        said "\"$what\": ["
        said '"exit_code": 0'
    done
}

@test "list narrows by pattern and device" {
    dlb 0 list workloads -w 'con*' --names
    [ "$output" = conv ]
    dlb 0 list devices -d fake --names
    [ "$output" = fake:0 ]
    refused 5 "no workload matches 'x*'" list workloads -w 'x*'
}

@test "list devices shows absent backends with their reason, and asks no one to be there" {
    DLBENCH_BACKENDS="" dlb 0 list devices
    said "reference:0"
    [[ $output != *fake* ]]
}

@test "describe a workload: formula with source, parameters, meaning, example" {
    dlb 0 describe gemm
    said "2 M N K batch"
    said "dtype"
    said "f32 bf16 f16 s8 u8"
    said "compulsory traffic"
    said "268435456 operations"
    dlb 0 describe conv
    said "conv_bwd_weights"
    said "padding taps"
    [[ $(grep '^  stride ' <<<"$output") != *TxLxBxR* ]]
    [[ $(grep '^  pad ' <<<"$output") == *TxLxBxR* ]]
}

@test "describe every workload, suite and metric that is listed" {
    for what in workloads suites metrics; do
        for name in $("$DLBENCH" list "$what" --names); do
            dlb 0 describe "$name"
            said "$name"
        done
    done
}

@test "describe in JSON: the same of a workload, a suite, a metric, a device" {
    dlb 0 describe conv --format json
    said '"kind": "workload"'
    said '"name": "pad"'
    said '"op": "conv_bwd_weights"'
    said '"working_set_bytes"'
    said '"exit_code": 0'
    dlb 0 describe quick --format json
    said '"kind": "suite"'
    said '"key": "gemm:m='
    dlb 0 describe median_ns --format json
    said '"unit": "ns"'
    dlb 0 describe fake:0 --format json
    said '"name": "counter"'
    said '"key": "fake:0"'
    dlb 5 describe gemn --format json
    said '"exit_code": 5'
    [[ $stderr == "dlbench: error"* && $stderr != *$'\n'* ]]
    if command -v python3 >/dev/null; then
        "$DLBENCH" describe lenet --format json | python3 -c 'import json, sys; d = json.load(sys.stdin); assert d["example"]["ops"] > 0 and len(d["work"]) > 3'
    fi
}

@test "describe a device and its backend's options" {
    dlb 0 describe fake:0
    said "--opt fake.do=ok"
    said "Fake processor"
    refused 5 "there is no fake:9" describe fake:9
}

@test "doctor: every check has a state; JSON; --strict is 0 or 6" {
    dlb 0 doctor
    said "clock"
    said "governor"
    said "gnuplot"
    said "backend fake"
    said "last-level cache"
    said "perf_event_paranoid"
    dlb 0 doctor --format json
    said '"checks": ['
    dlb 0 doctor --json
    said '"checks": ['
    said '"hint"'
    run --separate-stderr "$DLBENCH" doctor --strict
    [ "$status" -eq 0 ] || [ "$status" -eq 6 ]
}

@test "doctor tells whether energy can be measured, and what to do where it cannot" {
    dlb 0 doctor
    [[ $output == *"energy"*"RAPL, "*" package"* || $output == *"energy"*"no meter -> "*RAPL* ]]
}

@test "doctor without gnuplot says how to get it" {
    run --separate-stderr env PATH=/nonexistent "$DLBENCH" doctor
    [ "$status" -eq 0 ]
    said "apt-get install gnuplot"
}

@test "selftest timer holds; unknown ones are named" {
    dlb 0 selftest timer
    said "never runs backwards"
    refused 2 "there are: timer, stats" selftest everything
}

# A tenth of the runs, and limits that allow for it; the whole takes half a minute of CPU time.
@test "selftest stats holds every row of the table of targets" {
    dlb 0 selftest stats --runs 200 --format json
    [[ $output != *'"ok": false'* ]]
    [ "$(grep -c '"limit_low"' <<<"$output")" -eq 37 ]
    for noise in quiet typical bimodal "heavy tail" spikes noisy; do
        said "false regressed, $noise"
        said "+5 % called regressed, $noise"
    done
    said "stop rule coverage, iid"
    said "false step, sd 3 %"
    refused 2 "--full and --runs" selftest stats --full --runs 200
    refused 2 "not for timer" selftest timer --full
    refused 2 "--runs wants a value from 100" selftest stats --runs 0
}

@test "selftest stats as a table" {
    dlb 0 selftest stats --runs 100
    said "measured  target"
    said "ok  false regressed, noisy"
    [[ $output =~ ([0-9]+)" of "([0-9]+)" hold." ]]
    [ "${BASH_REMATCH[1]}" -eq "$(grep -c '^ok ' <<<"$output")" ]
    said "Seed 4711: the same again"
}

@test "selftest gates notices rivals" {
    dlb 0 selftest gates
    said "rivals are noticed"
}

@test "schema result prints the schema" {
    dlb 0 schema result
    said "dlbench-result/1"
    said '"type": "object"'
    dlb 0 schema
    refused 2 "there is: result" schema record
}

@test "real output is valid by the schema" {
    python3 -c 'import jsonschema' 2>/dev/null || skip "python3 with jsonschema not found; test_result.c checks without it"
    "$DLBENCH" schema result >schema.json
    dlb 0 run -q "${ONE[@]}" -o ok.json
    dlb 3 run -q "${ONE[@]}" --opt fake.do=crash-submit -o failed.json
    dlb 0 run -q -w gemm:m=8,n=8,k=8 --max-time 30ms --warmup 1ms --invocations 2 --opt fake.do=unavailable -o partly.json
    python3 - <<'END'
import json, jsonschema
schema = json.load(open("schema.json"))
for name in "ok failed partly".split():
    jsonschema.validate(json.load(open(name + ".json")), schema)
END
}

@test "version: text, --version, JSON with the backends" {
    dlb 0 version
    said "dlbench "
    said "backends: "
    dlb 0 --version
    said "dlbench "
    dlb 0 version --json
    said '"backends": ['
    said '"fake"'
    dlb 0 version --format json
    said '"exit_code": 0'
}

@test "help: overview, each command, --help and -h alike" {
    dlb 0 help
    [[ $output != *"  worker"* ]]
    for command in run list describe doctor export selftest schema version completion help; do
        said "  $command"
    done
    for command in run list describe doctor export selftest schema version completion help; do
        dlb 0 help "$command"
        said "Usage: dlbench $command"
        local text=$output
        dlb 0 "$command" --help
        [ "$text" = "$output" ]
    done
    dlb 0 run -h
    said "--precision PCT"
}

@test "the overview tells the options of every command and the exit codes" {
    dlb 0 help
    for option in --quiet --verbose --color --config --seed --help; do
        said "$option"
    done
    for code in 0 2 3 5 6 7 130 143; do
        grep -qE "^ +$code  [a-z-]" <<<"$output" || { echo "no exit code $code"; return 1; }
    done
    said "a file could not be read or written"
    [ "$(awk 'length > 100' <<<"$output" | wc -l)" -eq 0 ]
}

@test "no help line is longer than 100 columns" {
    for command in $("$DLBENCH" help | awk '/^  [a-z]+ /{ print $1 } /^$/ { if (++blank == 3) exit }'); do
        dlb 0 help "$command"
        [ -z "$(awk 'length > 100' <<<"$output")" ] || { echo "help $command"; awk 'length > 100' <<<"$output"; return 1; }
    done
}

@test "the man page holds every command and every option, and reads clean" {
    "$DLBENCH" help --man >dlbench.1
    for command in run list describe doctor export selftest schema version completion; do
        holds dlbench.1 ".SS dlbench $command"
        "$DLBENCH" help "$command" | grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | while read -r option; do
            holds dlbench.1 "${option//-/\\-}"
        done
    done
    holds dlbench.1 ".B 143"
    head -1 dlbench.1 | grep -qE '^\.TH DLBENCH 1 "[0-9]{4}-[0-9]{2}-[0-9]{2}" "dlbench '
    if command -v man >/dev/null; then
        LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z dlbench.1 2>warnings >/dev/null
        [ ! -s warnings ] || { cat warnings; return 1; }
    fi
}

@test "completion: bash offers commands, options, values" {
    "$DLBENCH" completion bash >c.bash
    bash -n c.bash
    cat >ask.bash <<'END'
source ./c.bash
export PATH=$1:$PATH
shift
COMP_WORDS=("$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_dlbench
printf '%s\n' "${COMPREPLY[@]}"
END
    local folder
    folder=$(dirname "$DLBENCH")
    [ "$(bash ask.bash "$folder" dlbench doc)" = doctor ]
    [ "$(bash ask.bash "$folder" dlbench run --preci)" = --precision ]
    [ "$(bash ask.bash "$folder" dlbench run --cache co)" = cold ]
    [ "$(bash ask.bash "$folder" dlbench run -w le)" = lenet ]
    [ "$(bash ask.bash "$folder" dlbench run --suite qu)" = quick ]
    [ "$(bash ask.bash "$folder" dlbench list wo)" = workloads ]
    [ "$(bash ask.bash "$folder" dlbench run -d reference:0,fak)" = reference:0,fake:0 ]
    [ "$(bash ask.bash "$folder" dlbench run --cache warm,co)" = warm,cold ]
    [ "$(bash ask.bash "$folder" dlbench run --suite = qu)" = quick ] # as bash cuts --suite=qu
    [ "$(bash ask.bash "$folder" dlbench run --suite=qu)" = --suite=quick ]
    [ "$(bash ask.bash "$folder" dlbench run --mode = | sort | head -1)" = latency ]
}

@test "completion: zsh and fish scripts; other shells are refused" {
    dlb 0 completion zsh
    said "#compdef dlbench"
    dlb 0 completion fish
    said "complete -c dlbench"
    said "-l precision"
    refused 2 "there are: bash, zsh, fish" completion tcsh
    if command -v fish >/dev/null; then "$DLBENCH" completion fish | fish -n; fi
    if command -v zsh >/dev/null; then "$DLBENCH" completion zsh | zsh -n; fi
}

@test "no HOME, no locale, an empty environment" {
    run --separate-stderr env -i "$DLBENCH" run -d reference -w gemm:m=8,n=8,k=8 "${TINY[@]}" -o r.json
    [ "$status" -eq 0 ]
    holds r.json '"status":"ok"'
}

@test "a HOME that is no UTF-8 keeps nothing, and harms nothing" {
    HOME=$PWD/$'\xff' run --separate-stderr "$DLBENCH" run -d reference -w gemm:m=8,n=8,k=8 "${TINY[@]}" -o r.json
    [ "$status" -eq 0 ]
    holds r.json '"status":"ok"'
}
