# ci_outputs.bats: what CI systems read of a check, asked of real parsers: from a check as it was made, and from one with hostile
# names; and docs/ci: every shell line of the three workflows is run here.
# shellcheck shell=bash disable=SC2154,SC2030,SC2031 # bats sets status and output anew in each test

load helpers

FORMATS="junit codequality sarif openmetrics github md"

# Two checks serve all tests: one of a program against itself, one of a program that takes twice as long. Executions take a fixed
# time by the clock (fake.delay), which other work on the machine hardly changes.
setup_file() {
    [ -x "$DLBENCH" ] && [ -e "$FAKES/fake.so" ] || return 0
    export DLBENCH_BACKENDS=$FAKES LC_ALL=C
    cd "$BATS_FILE_TMPDIR" || return
    printf '#!/bin/sh\nDLBENCH_SLOWDOWN=100%% exec "%s" "$@"\n' "$DLBENCH" >slow
    chmod +x slow
    made same --tolerance 50% --rated 90%
    made slower --b ./slow
}

# made FOLDER [ARGUMENT...]: a check of one small case with every output at once, and its exit code.
made() {
    local code=0
    mkdir "$1" && echo "what another command wrote" >"$1/summary.md"
    GITHUB_STEP_SUMMARY=$1/summary.md "$DLBENCH" check --a "$DLBENCH" -d fake -w gemm:m=8,n=8,k=8 --no-gates \
        --warmup 1ms --batch-time 1ms --max-time 60ms --opt fake.delay=2ms --pairs 7 --github --junit "$1/junit.xml" --gitlab "$1/codequality.json" \
        --sarif "$1/perf.sarif" --openmetrics "$1/metrics.txt" --md "$1/comment.md" --json "$1/check.json" \
        -o "$1/result.json" "${@:2}" >"$1/stdout" 2>"$1/stderr" || code=$?
    echo "$code" >"$1/code"
    sed '/^::stop-commands::/,/^::dlb[0-9a-f]*::$/d' "$1/stdout" >"$1/github.txt"
}

# in_check FOLDER CODE: the files of a check that ended like that.
in_check() {
    cp "$BATS_FILE_TMPDIR/$1"/* .
    [ "$(cat code)" -eq "$2" ] || { cat stdout stderr; return 1; }
}

needs() { command -v "$1" >/dev/null || skip "$1 is not installed: nothing here reads $2"; }
reads() { python3 "$ROOT/tests/cli/ci_formats.py" "$@"; }

@test "a regression is told in every format" {
    needs python3 JSON
    in_check slower 1
    reads junit junit.xml check.json
    reads codequality codequality.json check.json
    reads sarif perf.sarif check.json
    reads openmetrics metrics.txt check.json
    reads github github.txt check.json
    reads md comment.md check.json
    [ "$(tail -n +4 summary.md)" = "$(cat comment.md)" ]
    holds junit.xml '<failure type="regressed" message="regressed: a trial with an injected slowdown: '
    holds check.json '"exit_code":1'
    holds github.txt '::error title=dlbench%3A regressed%3A gemm m8 n8 k8::'
    [ "$(wc -l <github.txt)" -eq 1 ]
}

@test "a check without a finding is told, too" {
    needs python3 JSON
    in_check same 0
    # Said so here: on a busy machine it may have been inconclusive.
    sed 's/"verdict": *"[a-z_]*"/"verdict":"pass"/' check.json >pass.json
    for format in $FORMATS; do
        "$DLBENCH" export pass.json --format "$format" >"$format.out"
        reads "$format" "$format.out" pass.json
    done
    [ "$(cat codequality.out)" = "[]" ]
    [ ! -s github.out ]
    holds md.out '### dlbench check: no regression found'
    lacks junit.out '<skipped'
}

@test "JUnit XML fits the schema" {
    needs xmllint "XML schemas"
    needs python3 JSON
    in_check slower 1
    xmllint --noout --schema "$ROOT/tests/recordings/reports/junit.xsd" junit.xml
    reads hostile check.json hostile.json
    "$DLBENCH" export hostile.json --format junit >hostile.xml
    xmllint --noout --schema "$ROOT/tests/recordings/reports/junit.xsd" hostile.xml
}

@test "hostile names come through every format whole and harmless" {
    needs python3 JSON
    in_check same 0
    reads hostile check.json hostile.json
    for format in $FORMATS; do
        "$DLBENCH" export hostile.json --format "$format" >out
        reads "$format" out hostile.json || { echo "$format"; head -c 2000 out; return 1; }
        lacks out $'\x1b'
    done
}

@test "a parser of ours would notice" {
    needs python3 JSON
    in_check slower 1
    sed 's/failures="1"/failures="0"/' junit.xml >broken
    run reads junit broken check.json
    [ "$status" -ne 0 ]
    sed 's/"begin": 1/"begin": 0/' codequality.json >broken
    run reads codequality broken check.json
    [ "$status" -ne 0 ]
    sed 's/"ruleIndex": 1/"ruleIndex": 0/' perf.sarif >broken
    run reads sarif broken check.json
    [ "$status" -ne 0 ]
    sed 's/^# EOF//' metrics.txt >broken
    run reads openmetrics broken check.json
    [ "$status" -ne 0 ]
    sed 's/gemm/conv/' github.txt >broken
    run reads github broken check.json
    [ "$status" -ne 0 ]
    sed 's/gemm/conv/' comment.md >broken
    run reads md broken check.json
    [ "$status" -ne 0 ]
}

@test "fingerprints do not follow from times" {
    needs python3 JSON
    in_check slower 1
    python3 -c 'import json
check = json.load(open("check.json"))
check["run_id"], check["seed"] = "another", 7
check["verdicts"][0].update(effect=0.5, p_holm=0.001, mde90=0.04, median_b_ns=1.0, r2=20)
json.dump(check, open("later.json", "w"))'
    "$DLBENCH" export later.json --format codequality >later
    run cmp later codequality.json
    [ "$status" -eq 1 ]
    [ "$(grep fingerprint later)" = "$(grep fingerprint codequality.json)" ]
}

@test "the step summary is appended to, and a full one is left alone" {
    in_check same 0
    [ "$(head -n 1 summary.md)" = "what another command wrote" ]
    holds summary.md '### dlbench check: no regression found'
    head -c 1048576 /dev/zero | tr '\0' 'x' >summary.md
    GITHUB_STEP_SUMMARY=summary.md dlb 0 check --a "$DLBENCH" -d fake -w gemm:m=8,n=8,k=8 "${BRIEF[@]}" --pairs 7 --github \
        --tolerance 50% --rated 90% --on-inconclusive pass
    [ "$(wc -c <summary.md)" -eq 1048576 ]
    [[ $stderr == *"full"* ]]
}

@test "a stored check is shown again by export" {
    in_check same 0
    dlb 0 export check.json --format junit -o again.xml
    cmp again.xml junit.xml
    dlb 0 export check.json --format sarif
    [ "$output" = "$(cat perf.sarif)" ]
    dlb 0 export check.json --format md
    [ "$output" = "$(cat comment.md)" ]
    dlb 0 export check.json
    said "no regression found"
    dlb 0 export check.json --format jsonl
    [[ ${lines[1]} == '{"type":"verdict",'* ]]
    [ "${#lines[@]}" -eq 3 ]
    dlb 0 run "${ONE[@]}" -o run.json
    refused 2 "--format junit wants the file of a check, 'run.json' is that of a run" export run.json --format junit
}

@test "a check is not resumed as a run" {
    in_check same 0
    refused 2 "'result.json' is the file of a check, not of a run; dlbench check begins anew" run --resume result.json
    cmp result.json "$BATS_FILE_TMPDIR/same/result.json"
}

# ---- docs/ci -------------------------------------------------------------------------------------

# The shell of a workflow: the blocks behind "run: |" and "- |" of YAML, and between ''' in a Jenkinsfile.
shell_of() {
    awk '
        function indent(s) { match(s, /^ */); return RLENGTH }
        block && /[^ ]/ && indent($0) <= outer { block = 0 }
        block { print; next }
        /(run:|-) \|$/ { outer = indent($0); block = 1 }' "$1"
    awk -v q="'''" 'index($0, q) { inside = !inside; next } inside' "$1"
}

# A repository with two commits, whose make gives programs that stand in for two builds: they measure one small case of the fake
# backend, and the newer one is slowed down by what is in the file "slowdown" of its commit.
checkout() { # SLOWDOWN
    export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b REAL=$DLBENCH
    git init -q repo && cd repo || return
    mkdir scripts bin
    printf '#!/bin/sh\nmkdir -p .deps && echo done >.deps/setup\n' >scripts/setup
    cat >build-program <<'PROGRAM'
#!/bin/sh
# check is cut short and measures what is there; all else, the worker among it, is the real one.
case $1 in
check)
    shift
    exec "$REAL" check --b "$0" -w resblock --no-gates --warmup 1ms --batch-time 1ms --max-time 60ms \
        --opt fake.delay=2ms --pairs 7 --rated 90% "$@"
    ;;
esac
DLBENCH_SLOWDOWN=$(cat "$(dirname "$0")/../slowdown") exec "$REAL" "$@"
PROGRAM
    printf 'program:\n\tmkdir -p build && cp build-program build/dlbench\n' >Makefile
    chmod +x scripts/setup build-program
    : >slowdown
    git add . && git commit -qm base
    git branch -q target
    echo "$1" >slowdown
    git commit -qam head --allow-empty
    git remote add origin .
    CI_MERGE_REQUEST_DIFF_BASE_SHA=$(git rev-parse HEAD^)
    export CI_MERGE_REQUEST_DIFF_BASE_SHA CHANGE_TARGET=target DEVICES=fake
    # What stands in for the services: a package manager with nothing to do, a GitHub that writes down what it is asked.
    printf '#!/bin/sh\n' >bin/apt-get
    printf '#!/bin/sh\necho "$*" >>asked\ncase $* in *--paginate*) cat comments 2>/dev/null ;; esac\n' >bin/gh
    chmod +x bin/*
    PATH=$PWD/bin:$PATH
}

# tried FILE CODES SLOWDOWN: every shell line of a workflow, as its service runs it; the exit code is that of the check.
tried() {
    needs git "a checkout"
    checkout "$3"
    shell_of "$ROOT/docs/ci/$1" >job
    [ "$(grep -c 'dlbench check' job)" -eq 1 ]
    sh -n job
    # What comes behind the check runs after one that has failed, too: the page, and a step of another job of GitHub's.
    awk '/dlbench report/ { exit } { print }' job >first
    grep 'dlbench report' job >page
    # No token: a pull request from a fork has none.
    GITHUB_STEP_SUMMARY=$PWD/summary.md run --separate-stderr env -u GH_TOKEN -u GITHUB_TOKEN sh -e first
    [[ $status == [$2] ]] || { echo "exit code $status: $output $stderr"; return 1; }
    [ -s check.json ] && [ -s junit.xml ] && [ -s comment.md ]
    [ "$(git -C .base rev-parse HEAD)" = "$CI_MERGE_REQUEST_DIFF_BASE_SHA" ]
    [ -e .base/.deps/setup ] && [ -x .base/build/dlbench ]
    [ ! -e asked ] && [ ! -e perf.html ]
    sh -e page
    [ "$(head -c 15 perf.html)" = "<!DOCTYPE html>" ]
    holds perf.html resblock
    [ "$(grep -c 'perf\.html' "$ROOT/docs/ci/$1")" -eq 2 ] # made, and kept
    rm check.json perf.html && sh -e page # a check that was never made leaves no page, and hides no other fault
    [ ! -e perf.html ]
}

@test "docs/ci.md holds the three workflows as they are" {
    for file in github.yml gitlab.yml Jenkinsfile; do
        awk -v name="ci/$file" '
            index($0, "(" name ")") { found = 1 }
            found && /^```/ { if (inside) exit; inside = 1; next }
            inside' "$ROOT/docs/ci.md" >shown
        cmp shown "$ROOT/docs/ci/$file"
    done
}

@test "the GitHub workflow, step by step" {
    tried github.yml 1 100%
    [[ $output == *"::error title=dlbench%3A regressed%3A "* ]]
    holds summary.md '### dlbench check: 1 slower'
    [ -s perf.sarif ]
    # The comment: a new one first, then the same one again.
    sed -n '/^ *mine=/,$p' job >second
    export GH_REPO=o/r NUMBER=7 GH_TOKEN=none
    bash -e second
    [ "$(tail -n 1 asked)" = "api --method POST repos/o/r/issues/7/comments -F body=@comment.md" ]
    echo 4711 >comments
    bash -e second
    [ "$(tail -n 1 asked)" = "api --method PATCH repos/o/r/issues/comments/4711 -F body=@comment.md" ]
}

@test "the GitLab job, step by step" {
    tried gitlab.yml 1 100%
    [ -s codequality.json ] && [ -s metrics.txt ]
}

@test "the Jenkins pipeline, step by step" { tried Jenkinsfile 1 100%; }

@test "an unchanged program does not fail the job, and the job can be repeated" {
    tried gitlab.yml 04 "" # 4: a machine so busy that it cannot be said
    run sh -e first
    [[ $status == [04] ]]
}

@test "the workflows are YAML" {
    python3 -c 'import yaml' 2>/dev/null || skip "no PyYAML: nothing here reads YAML"
    for file in github.yml gitlab.yml; do
        python3 -c 'import sys, yaml; yaml.safe_load(open(sys.argv[1]))' "$ROOT/docs/ci/$file"
    done
}
