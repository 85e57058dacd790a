#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154,SC2016 # each test is a subshell of its own: that is meant; bats sets stderr; make has dollars of its own
# perf_check.bats: scripts/perf-check: the old commit is built aside and checked against; each thing that can be wrong is one line.
#
# The trees are made up: their Makefile "builds" the dlbench under test, behind a slowdown where a commit says so.
load helpers

FEW=(-d fake --pairs 7 --max-time 30ms --warmup 1ms --batch-time 1ms --no-gates --rated 1000% --opt fake.delay=1ms -w gemm:m=16 -o r.json)

commit() { # MAKEFILE-LINE...: the tree's next commit
    printf '.PHONY: program\nprogram:\n' >tree/Makefile
    printf '\t%s\n' "$@" >>tree/Makefile
    git -C tree add -A
    git -C tree -c user.name=t -c user.email=t@example.org commit -q -m "$1"
}
make_tree() {
    mkdir -p tree/scripts tree/bench/cli
    cp "$ROOT/scripts/perf-check" tree/scripts
    git init -q tree
    commit 'true'
    git -C tree tag ancient
    touch tree/bench/cli/command_worker.c
    commit 'echo no compiler here; false'
    git -C tree tag broken
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$DLBENCH" >tree/program
    chmod +x tree/program
    commit '@mkdir -p $(BUILD) && cp program $(BUILD)/dlbench' "@echo built >>$BATS_TEST_TMPDIR/built"
    git -C tree tag good
    mkdir -p tree/build
    ln -s "$DLBENCH" tree/build/dlbench
}

# checked CODE BASE [OPTION...]
checked() {
    local code=$1
    shift
    run --separate-stderr tree/scripts/perf-check tree/build "$@"
    [ "$status" -eq "$code" ] || { echo "exit code $status, wanted $code: $output $stderr"; return 1; }
}

@test "the old commit is built once, aside, and compared" {
    make_tree
    checked 0 good "${FEW[@]}"
    said "no regression found: 1 pass of 1 case"
    [[ $output == *"tree/build/base-$(git -C tree rev-parse --short=12 good)/build/dlbench"* ]]
    [[ $stderr == *"perf-check: building"* ]]
    checked 0 good "${FEW[@]}"
    [[ $stderr != *"perf-check: building"* ]]
    [ "$(wc -l <built)" -eq 1 ]
    CFLAGS=-O3 checked 0 good "${FEW[@]}"
    [ "$(wc -l <built)" -eq 2 ]
    [ "$(git -C tree status --porcelain)" = "?? build/" ]
}

@test "a slower program is a regression: exit code 1" {
    make_tree
    rm tree/build/dlbench
    # Only as a worker: what the check itself is told would reach both sides.
    printf '#!/bin/sh\n[ "$1" != worker ] || export DLBENCH_SLOWDOWN=300%%\nexec "%s" "$@"\n' "$DLBENCH" >tree/build/dlbench
    chmod +x tree/build/dlbench
    checked 1 good "${FEW[@]}"
    said "REGRESSED: 1 regressed of 1 case"
}

@test "what is wrong with the commit" {
    make_tree
    checked 2 ""
    [[ $stderr == "perf-check: which commit is the old one?"* ]]
    checked 2 gone
    [[ $stderr == "perf-check: there is no commit 'gone' here"* ]]
    checked 3 ancient
    [[ $stderr == *"is older than 'dlbench worker'"* ]]
    checked 3 broken
    [[ $stderr == *"no compiler here"*"perf-check: the commit "*" (broken) cannot be built here"* ]]
    checked 3 broken # and is tried again
    rm tree/build/dlbench
    checked 2 good
    [[ $stderr == *"run make first" ]]
}

@test "no git, no tree" {
    make_tree
    mkdir bin
    for tool in sh dirname cat env; do ln -s "$(command -v "$tool")" bin; done
    run --separate-stderr env "PATH=$PWD/bin" tree/scripts/perf-check tree/build good
    [ "$status" -eq 2 ]
    [[ $stderr == "perf-check: git is not installed"* ]]
    rm -rf tree/.git
    GIT_CEILING_DIRECTORIES=$PWD checked 2 good
    [[ $stderr == *"is no git tree"* ]]
}
