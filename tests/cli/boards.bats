#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2154,SC2034,SC2054 # see helpers.bash
# boards.bats: devices with names, on request, predicted and emulated, and one that does not open (tests/fake, boards).

load helpers

BOARDS=(-w gemm:m=8,n=8,k=8 "${BRIEF[@]}" --invocations 3 --opt fake.boards=yes -o r.json)

@test "a backend's name means its boards but those on request, and the broken one is told" {
    dlb 0 run -d fake "${BOARDS[@]}"
    said "fake:alpha-10"
    said "fake:2 "
    [[ $output != *"beta-20"* ]]
    said "fake:3  unavailable: board 3 is broken: take it out"
    said "2 cases: 2 ok"
    holds r.json '"device":"fake:alpha-10"'
    lacks r.json beta-20
}

@test "boards by name and by number, several at once" {
    dlb 0 run -d fake:alpha-10,fake:beta-20 "${BOARDS[@]}"
    said "2 cases: 2 ok"
    [[ $output != *"fake:3"* ]]
    dlb 0 run -d fake:1 "${BOARDS[@]}"
    said "fake:beta-20"
    dlb 0 run -d 'fake:beta-20,fake,!fake:0' "${BOARDS[@]}"
    said "fake:beta-20"
    said "fake:2 "
    [[ $output != *"alpha-10"* ]]
}

@test "unknown and broken boards: the backend says what it has" {
    refused 5 "there is no board 'alpha'; the boards are: alpha-10, beta-20" run -d fake:alpha "${BOARDS[@]}"
    refused 5 "no device matches 'fake:7'; did you mean fake?; there are: fake:alpha-10, fake:beta-20 (on request), fake:2, fake:3 (unavailable)" \
        run -d fake:7 "${BOARDS[@]}"
    refused 5 "fake:3 is unavailable: board 3 is broken" run -d fake:3 "${BOARDS[@]}"
    refused 5 "there is no board 'alpha-10'; the boards are: none" run -d fake:alpha-10 "${ONE[@]:2}"
}

@test "a prediction: one process, one sample, its evidence, cycles and parameters" {
    dlb 0 run -d fake:alpha-10 "${BOARDS[@]}"
    said "~1.00 us"
    said "modelled  the time is predicted"
    [[ $stderr == *"1 case, each in 1 fresh process"* ]]
    holds r.json '"evidence":"modelled"'
    holds r.json '"time_source":"modelled"'
    holds r.json '"cycles":1000.0'
    holds r.json '"parameters":"grid rows=2 cols=3"'
    holds r.json '"build_ns":3000000.0'
    holds r.json '"tune_ns":2000000.0'
    holds r.json '"stop_reason":"modelled"'
    holds r.json '"flags":["modelled"]'
    holds r.json '"median_ns":1000.0'
    lacks r.json '"host_median_ns":1000.0'
    holds r.json '"unavailable":[]'
    [ "$(grep -o '"t_start_utc"' r.json | wc -l)" -eq 1 ]
    dlb 0 run --resume r.json
    said "1 case: 1 ok"
    [ "$(grep -o '"t_start_utc"' r.json | wc -l)" -eq 1 ]
}

@test "an emulator's time is never ranked" {
    dlb 0 run -d fake:2,fake:alpha-10 "${BOARDS[@]}"
    said "emulated  the answer is an emulator's"
    [[ $output != *fastest* && $output != *100%* ]]
    holds r.json '"evidence":"emulated"'
    holds r.json '"n":3,'
}

@test "cold caches: refused for a board that is named, a row with its reason among all" {
    refused 2 "--cache cold contradicts fake:alpha-10: its times are modelled" \
        run -d fake:alpha-10 "${BOARDS[@]}" --cache cold
    dlb 0 run -d 'cpu,!onednn,!openblas,!opencl,!fpga' "${BOARDS[@]}" --cache warm,cold
    said "skipped on fake:alpha-10"
    said "its times are modelled: it has no cache that could be cold"
}

@test "a prediction needs three calls where a measurement needs eleven" {
    dlb 0 run -d fake:alpha-10 "${BOARDS[@]}" --opt fake.estimate=9ms
    said "1 case: 1 ok"
    dlb 5 run -d fake:alpha-10 "${BOARDS[@]}" --opt fake.estimate=11ms
    said "over budget: one call would take about 0.011 s, 3 calls are needed"
    dlb 5 run "${ONE[@]}" --opt fake.estimate=9ms
    said "over budget: one call would take about 0.009 s, 11 calls are needed"
}

@test "list and describe tell the marks and the arithmetic" {
    DLBENCH_FAKE_BOARDS=1 dlb 0 list devices
    said "ok, modelled, on request"
    said "ok, emulated"
    DLBENCH_FAKE_BOARDS=1 dlb 0 describe fake:beta-20
    said "detail               grid: 2 x 3 = 6 cells"
    said "                     of 7 there are"
    said "on_request           yes"
    DLBENCH_FAKE_BOARDS=1 dlb 0 describe fake:1
    said "fake:beta-20"
    DLBENCH_FAKE_BOARDS=1 refused 5 "there is no board 'gamma'" describe fake:gamma
    DLBENCH_FAKE_BOARDS=1 refused 5 "fake:3 is unavailable: board 3 is broken" describe fake:3
    DLBENCH_FAKE_BOARDS=1 dlb 0 list devices --names -d fake:beta-20
    [ "$output" = fake:beta-20 ]
}

@test "list and describe take the options of backends; a value that makes no sense is a usage error" {
    dlb 0 describe fake:beta-20 --opt fake.boards=yes
    said "detail               grid: 2 x 3 = 6 cells"
    dlb 0 list devices --names -d fake:beta-20 --opt fake.boards=yes
    [ "$output" = fake:beta-20 ]
    for command in "list devices" "describe fake" "run -n -w gemm" "run -n -d all -w gemm"; do
        # shellcheck disable=SC2086 # words on purpose
        refused 2 "--opt: " $command --opt fake.devices=many # probe refuses it
        # shellcheck disable=SC2086
        refused 2 "--opt: no device of fake takes it; fake:0: " $command --opt fake.estimate=9parsec # open does
        # shellcheck disable=SC2086
        refused 2 "fake has no option 'bords'; did you mean boards?" $command --opt fake.bords=yes
    done
    refused 2 "--opt is for the list of devices, not of suites" list suites --opt fake.boards=yes
    refused 2 "--opt is for backends and devices, not for gemm" describe gemm --opt fake.boards=yes
    echo '{"opt": ["fake.boards=yes"]}' >c.json # serves all commands
    dlb 0 list suites --config c.json
    dlb 0 describe gemm --config c.json
    dlb 0 describe fake:alpha-10 --config c.json
}

@test "the compiler's log is in the record, and short on the screen" {
    dlb 3 run -d fake -w gemm:m=8,n=8,k=8 "${TINY[@]}" --opt fake.do=build-fails -o r.json
    said "the kernels do not build: error: use of undeclared identifier 'spam'"
    said "..."
    [ "${#output}" -lt 1600 ]
    [ "$(grep -o 'more errors follow' r.json | wc -l)" -gt 50 ]
    [ "${#stderr_lines[-1]}" -lt 600 ]
}
