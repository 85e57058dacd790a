#!/usr/bin/env bats
# slowdown.bats: --slowdown and DLBENCH_SLOWDOWN: which rows they touch, what wins, and what is refused before anything is measured.

load helpers.bash

# Two cases of known time: 2 ms each.
# shellcheck disable=SC2054 # keys hold commas
BOTH=(-d fake -w gemm:m=8,n=8,k=8 -w mlp "${TINY[@]}" --opt fake.delay=2ms)

# flagged FILE: the workloads of the rows that carry the flag, in their order. A row is a line.
flagged() {
    sed -n '/^{"key":/{/"flags":\[[^]]*"slowdown"/s/.*"workload":"\([a-z]*\)".*/\1/p}' "$1" | paste -sd ' '
}

# slower FILE WORKLOAD MS: the median of its row is at least so long.
slower() {
    sed -n "/^{\"key\":/{/\"workload\":\"$2\"/s/.*\"summary\":{\"median_ns\":\([0-9.e+]*\).*/\1/p}" "$1" |
        awk -v least="$3" '{ print; found = $1 >= least * 1e6 } END { exit !found }'
}

@test "--slowdown takes a pattern of keys or workloads" {
    dlb 0 run "${BOTH[@]}" --slowdown '400%:gemm' -o r.json
    [ "$(flagged r.json)" = gemm ]
    slower r.json gemm 10
    dlb 0 run "${BOTH[@]}" --slowdown '400%:*m=8*' -o key.json
    [ "$(flagged key.json)" = gemm ]
    dlb 0 run "${BOTH[@]}" --slowdown '400%' -o all.json
    [ "$(flagged all.json)" = "gemm mlp" ]
    slower all.json mlp 10
    dlb 0 run "${BOTH[@]}" --slowdown '400%:conv*' -o none.json
    [ -z "$(flagged none.json)" ]
}

@test "DLBENCH_SLOWDOWN does the same, also behind a script of two lines" {
    DLBENCH_SLOWDOWN='400%:gemm*' dlb 0 run "${BOTH[@]}" -o r.json
    [ "$(flagged r.json)" = gemm ]
    slower r.json gemm 10
    holds r.json '"DLBENCH_SLOWDOWN":"400%:gemm*"'
    printf '#!/bin/sh\nDLBENCH_SLOWDOWN=400%%:mlp exec "%s" "$@"\n' "$DLBENCH" >slower
    chmod +x slower
    DLBENCH=$PWD/slower dlb 0 run "${BOTH[@]}" -o wrapped.json
    [ "$(flagged wrapped.json)" = mlp ]
}

@test "the larger of the two counts" {
    DLBENCH_SLOWDOWN=10% dlb 0 run "${ONE[@]}" --opt fake.delay=2ms --slowdown 900% -o option.json
    slower option.json gemm 20
    DLBENCH_SLOWDOWN=900% dlb 0 run "${ONE[@]}" --opt fake.delay=2ms --slowdown 10% -o variable.json
    slower variable.json gemm 20
}

@test "it is a setting: a suite may have it, the file keeps it, --resume takes it up" {
    printf '@title T\n@source test\n@set slowdown=400%%:gemm\n@set invocations=2\ngemm m=8 n=8 k=8\n' >s.suite
    dlb 0 run -d fake --suite s.suite "${BRIEF[@]}" --opt fake.delay=2ms -o r.json
    [ "$(flagged r.json)" = gemm ]
    holds r.json '"slowdown":"400%:gemm"'
    dlb 0 run --resume r.json
    refused 2 "--slowdown cannot be given with --resume" run --resume r.json --slowdown 5%
}

@test "nonsense is refused at once, wherever it stands" {
    for text in fast 10%: -5% 1001% 10%x :gemm; do
        refused 2 "--slowdown: a slowdown is PCT[:GLOB]" run "${ONE[@]}" "--slowdown=$text" -o r.json
    done
    DLBENCH_SLOWDOWN=fast refused 2 "DLBENCH_SLOWDOWN: a slowdown is PCT[:GLOB]" run "${ONE[@]}" -o r.json
    [ ! -e r.json ]
}

@test "the report ranks no row that was stretched" {
    dlb 0 run "${ONE[@]}" --slowdown 50% -o r.json
    said "slowdown"
}
