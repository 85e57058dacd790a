# ci_outputs.bats: what CI systems read of a check, asked of real parsers: from a check as it was made, and from one with hostile
# names; and docs/ci: every shell line of the three workflows is run here.
# shellcheck shell=bash disable=SC2154

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
    grep '^::' "$1/stdout" >"$1/github.txt" || true
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
