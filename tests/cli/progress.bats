#!/usr/bin/env bats
# shellcheck disable=SC2154 # bats sets stderr
# progress.bats: what a run shows while it goes on: on stderr, redrawn on terminals only, never by colour alone.
load helpers

MANY=(-d fake -w gemm -p m=1-3 -p n=8 -p k=8 "${TINY[@]}" --opt fake.delay=20ms -o r.json)

# on_terminal COMMAND [COLUMNS]: in a pseudo terminal of 60 columns; what it shows goes to `shown`.
on_terminal() {
    command -v script >/dev/null || skip "script (util-linux) not found"
    script -qec "stty cols ${2:-60} rows 24; $1" /dev/null </dev/null >shown
}

@test "off a terminal: one line per finished case, no control characters" {
    dlb 0 run "${MANY[@]}"
    [ "$(grep -c '^\[ [123]/3\] fake:0  gemm' <<<"$stderr")" -eq 3 ]
    [[ $stderr == "dlbench run  suite=-  seed="* ]]
    [[ $stderr != *$'\033'* ]]
    [[ $output != *$'\033'* ]]
}

@test "on a terminal: drawn in place, within the width" {
    on_terminal "LC_ALL=C.UTF-8 $DLBENCH run ${MANY[*]}"
    holds shown $'\033['
    holds shown "block 1/1"
    holds shown "elapsed 00:0"
    holds shown "process 1/3  fake:0"
    holds shown "cases over 0/3"
    # Lines that are drawn in place begin after the clearing; none is wider than the terminal.
    [ "$(tr -d '\r' <shown | sed 's/\x1b\[[0-9;]*[A-Za-z]//g' | grep -E '^process|block|cases over|  gates|  last' |
        LC_ALL=C.UTF-8 wc -L)" -le 60 ]
}

@test "at 80 columns: each redraw goes up by as many lines as it drew, none of which wraps" {
    on_terminal "LC_ALL=C.UTF-8 $DLBENCH run -d fake -w gemm -p m=1-3 -p n=8 -p k=8 ${BRIEF[*]} --invocations 2 --opt fake.delay=20ms -o r.json" 80
    holds shown "  gates  "
    grep -qE '  gates  .*ctx [0-9]+' shown
    grep -qE 'cases over [0-3]/3  retried 0  noisy 0  failed 0' shown
    grep -qE '  last  fake:0  gemm m[1-3] n8 k8  [0-9.]+ ms' shown
    # "LINES UP": drawn since the last time, and how far the cursor goes back. The first one has the announcement above it.
    tr -d '\r' <shown | awk '{
        while (match($0, /\033\[[0-9]+F\033\[J/)) {
            print lines, substr($0, RSTART + 2, RLENGTH - 6)
            lines = 0
            $0 = substr($0, RSTART + RLENGTH)
        }
        lines++
    }' >redraws
    [ "$(wc -l <redraws)" -ge 4 ]
    awk 'NR > 1 && $1 != $2 { print; bad = 1 } END { exit bad }' redraws
    [ "$(tr -d '\r' <shown | sed 's/\x1b\[[0-9;]*[A-Za-z]//g' | grep -E '^process|block|cases over|  gates|  last' |
        LC_ALL=C.UTF-8 wc -L)" -le 79 ]
}

@test "TERM=dumb, or none: no control characters, plain lines" {
    on_terminal "TERM=dumb $DLBENCH run ${MANY[*]} -q --columns 0; TERM=dumb $DLBENCH run ${MANY[*]}"
    lacks shown $'\033'
    holds shown "[ 3/3] fake:0"
}

@test "NO_COLOR and --color never: drawn in place, without colours" {
    on_terminal "NO_COLOR=1 $DLBENCH run ${MANY[*]}"
    holds shown $'\033[J'
    run ! grep -qE $'\033\\[[0-9;]*m' shown
    on_terminal "$DLBENCH run ${MANY[*]} --color never"
    run ! grep -qE $'\033\\[[0-9;]*m' shown
}

@test "--color always colours pipes; NO_COLOR does not overrule it" {
    dlb 0 run "${MANY[@]}" --color always
    [[ $output == *$'\033['* ]]
}

@test "a failure stays on the screen" {
    on_terminal "$DLBENCH run ${ONE[*]} --opt fake.do=abort -o r.json || true"
    holds shown "failed: "
    holds shown "SIGABRT"
}

@test "a terminal that tells no width" {
    command -v script >/dev/null || skip "script (util-linux) not found"
    script -qec "stty cols 0 rows 0; $DLBENCH run ${MANY[*]}" /dev/null </dev/null >shown
    holds shown "block 1/1"
}

@test "a background job on a terminal does not redraw" {
    on_terminal "bash -c 'set -m; $DLBENCH run ${MANY[*]} & wait'"
    lacks shown $'\033[J'
    holds shown "[ 3/3] fake:0"
}

@test "-v tells more, -vv everything" {
    dlb 0 run "${ONE[@]}" -v
    [[ $stderr == *"info: probing fake"* ]]
    dlb 0 run "${ONE[@]}"
    [[ $stderr != *"info:"* ]]
}
