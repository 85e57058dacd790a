#!/usr/bin/env bats
# shellcheck disable=SC2154 # bats sets stderr
# catalog.bats: dlbench catalog, and the user's own entries.

load helpers

entry() { # ID [MEMBERS]: a catalogue of one entry
    printf '{"schema": "dlbench-catalogue/1", "processors": [{"id": "%s", "name": "Mill 9000", "kind": "cpu", "f32_tflops": 2, "tdp_w": 100, "source": "me, dense"%s}]}' "$1" "${2:+, $2}"
}

@test "list: kinds and order" {
    dlb 0 catalog list
    said gpu-h100-sxm
    said cpu-8480p
    dlb 0 catalog list -k tpu,fpga --sort int8
    [[ $output != *gpu-* && $output != *cpu-* ]]
    [[ ${lines[1]} == tpu-v6e* ]]
    dlb 0 catalog list -k soc --format json
    [ "$(grep -c '"id"' <<<"$output")" -eq 2 ]
    said soc-m2ultra
    refused 2 "--kind" catalog list -k toaster
    refused 2 "for catalog list" catalog show gpu-t4 -k gpu
}

@test "show: figures with their source; an id that is none" {
    dlb 0 catalog show gpu-t4
    said "NVIDIA datasheet"
    said "0.526 USD"
    said "price as of   not known"
    dlb 0 catalog show gpu-t4 --format json
    said '"tdp_w": 70'
    refused 5 "did you mean gpu-t4?" catalog show gpu-t44
    refused 2 "wants the id of an entry" catalog show
    refused 2 "did you mean show?" catalog shwo
}

@test "match: a name, several, none, and the devices here" {
    dlb 0 catalog match NVIDIA H100 80GB HBM3
    [ "$output" = gpu-h100-sxm ]
    refused 2 "gpu-a100-40, gpu-a100-80" catalog match NVIDIA A100
    refused 5 "no entry of the catalogue" catalog match "Frobnicator 3000"
    dlb 0 catalog match
    said "fake:0"
}

@test "add: the user's entries win and are told with their file" {
    entry cpu-mine '"price_hour": 3, "currency": "EUR", "price_as_of": "2025-01", "note": "kept"' >mine.json
    dlb 0 catalog add mine.json
    said ".config/dlbench/catalogue.json"
    entry late '"price_hour": 3, "currency": "EUR", "price_as_of": "9999-01"' >late.json
    dlb 0 catalog validate late.json
    said "late: doubt: price_as_of: 9999-01 is to come"
    dlb 0 catalog add late.json
    [[ $stderr == *"late: price_as_of: 9999-01 is to come"* ]]
    dlb 0 catalog show cpu-mine
    said "3 EUR"
    said "$HOME/.config/dlbench/catalogue.json"
    holds .config/dlbench/catalogue.json '"note":"kept"'
    entry gpu-t4 >t4.json
    dlb 0 catalog add t4.json
    dlb 0 catalog show gpu-t4
    said "Mill 9000"
    export XDG_CONFIG_HOME=$PWD/elsewhere
    dlb 0 catalog show gpu-t4
    said "Tesla T4"
    dlb 0 catalog add t4.json
    [ -s elsewhere/dlbench/catalogue.json ]
}

@test "add: wrong entries and places are refused" {
    entry BAD >bad.json
    refused 7 "nothing was added: BAD: id: wanted letters" catalog add bad.json
    [ ! -e .config/dlbench/catalogue.json ]
    refused 7 "cannot read" catalog add none.json
    entry good >good.json
    env -u HOME -u XDG_CONFIG_HOME "$DLBENCH" catalog add good.json 2>err && return 1
    grep -q "no place" err
    mkdir -p .config/dlbench
    echo '{' >.config/dlbench/catalogue.json
    refused 7 "catalogue.json: line" catalog add good.json
    [ "$(cat .config/dlbench/catalogue.json)" = '{' ]
    refused 7 "catalogue.json: line" catalog list
}

@test "validate: slips are doubts, nonsense is wrong, each a line" {
    entry gpu-x '"mem_gb": 17.18, "mem_gb_s": 4000, "price_hour": 1, "currency": "USD"' >doubt.json
    dlb 0 catalog validate doubt.json
    said "16 GiB"
    said "gigabits"
    said "without a date"
    said "1 entry, 0 wrong, 3 doubts"
    entry gpu-x '"year": 3000, "currency": "dollars"' >wrong.json
    dlb 7 catalog validate wrong.json
    said "gpu-x: wrong: year"
    one_error "1 thing is wrong; the first: gpu-x: year"
    dlb 7 catalog validate wrong.json --format json
    said '"wrong": 1'
    said '"exit_code": 7'
    # beside the catalogue's own entry: a sparse peak
    printf '{"schema": "dlbench-catalogue/1", "processors": [{"id": "a", "name": "NVIDIA H200", "kind": "gpu", "vendor": "NVIDIA", "bf16_f16_tflops": 1979, "tdp_w": 700, "source": "dense"}]}' >sparse.json
    dlb 0 catalog validate sparse.json
    said "a sparse peak against a dense one"
    dlb 0 catalog validate "$ROOT/bench/store/data/catalogue.json"
    said "70 entries, 0 wrong"
}

@test "validate: what is no catalogue" {
    : >empty.json
    refused 7 "the file is empty; wanted a catalogue" catalog validate empty.json
    echo '{"schema": "dlbench-result/1"}' >result.json
    refused 7 "wanted dlbench-catalogue/1" catalog validate result.json
    entry a '"mem_gb": "many"' >type.json
    refused 7 "processors[0] (a): mem_gb: wanted a number, found a text" catalog validate type.json
    mkdir folder
    refused 7 "folder" catalog validate folder
}

@test "hostile texts never reach the terminal as they are" {
    entry 'x\u001b[2J' '"vendor": "\u202eevil"' >hostile.json
    dlb 7 catalog validate hostile.json
    [[ $output$stderr != *$'\033'* && $output$stderr != *$'\xe2\x80\xae'* ]]
    dlb 7 catalog add hostile.json
    [[ $output$stderr != *$'\033'* ]]
    [ ! -e .config/dlbench/catalogue.json ]
}

@test "without its data file the program says where it looked" {
    export DLBENCH_SHARE=$PWD/nowhere
    refused 7 "DLBENCH_SHARE must name a folder with catalogue.json" catalog list
}
