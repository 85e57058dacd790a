# ci_outputs.bats: what CI systems read of a check, asked of real parsers: from a check as it was made, and from one with hostile
# names; and docs/ci: every shell line of the three workflows is run here.
# shellcheck shell=bash disable=SC2154

load helpers

FORMATS="junit codequality sarif openmetrics github md"

# made CODE [ARGUMENT...]: a check of one small case with every output at once.
made() {
    local code=$1
    shift
    GITHUB_STEP_SUMMARY=$PWD/summary.md dlb "$code" check --a "$DLBENCH" -d fake -w gemm:m=8,n=8,k=8 "${BRIEF[@]}" --pairs 7 \
        --github --junit junit.xml --gitlab codequality.json --sarif perf.sarif --openmetrics metrics.txt \
        --md comment.md --json check.json -o result.json "$@"
}

# A program that takes twice as long: far enough for a busy machine.
slow() {
    printf '#!/bin/sh\nDLBENCH_SLOWDOWN=100%% exec "%s" "$@"\n' "$DLBENCH" >slow
    chmod +x slow
}

needs() { command -v "$1" >/dev/null || skip "$1 is not installed: nothing here reads $2"; }
reads() { python3 "$ROOT/tests/cli/ci_formats.py" "$@"; }

@test "a regression is told in every format" {
    needs python3 JSON
    slow
    made 1 --b ./slow
    printf '%s\n' "${lines[@]}" | grep '^::' >github.txt
    reads junit junit.xml check.json
    reads codequality codequality.json check.json
    reads sarif perf.sarif check.json
    reads openmetrics metrics.txt check.json
    reads github github.txt check.json
    reads md comment.md check.json
    cmp comment.md summary.md
    holds junit.xml '<failure type="regressed" message="regressed: a trial with an injected slowdown: '
    holds check.json '"exit_code":1'
    holds github.txt '::error title=dlbench%3A regressed%3A gemm m8 n8 k8::'
    [ "$(wc -l <github.txt)" -eq 1 ]
}

@test "a check without a finding is told, too" {
    needs python3 JSON
    made 0 --tolerance 50% --rated 90%
    reads junit junit.xml check.json
    reads sarif perf.sarif check.json
    reads openmetrics metrics.txt check.json
    [ "$(cat codequality.json)" = "[]" ]
    holds comment.md '### dlbench check: no regression found'
    lacks junit.xml '<failure'
}

@test "JUnit XML fits the schema" {
    needs xmllint "XML schemas"
    needs python3 JSON
    slow
    made 1 --b ./slow
    xmllint --noout --schema "$ROOT/tests/recordings/reports/junit.xsd" junit.xml
    reads hostile check.json hostile.json
    "$DLBENCH" export hostile.json --format junit >hostile.xml
    xmllint --noout --schema "$ROOT/tests/recordings/reports/junit.xsd" hostile.xml
}

@test "hostile names come through every format whole and harmless" {
    needs python3 JSON
    made 0 --tolerance 50% --rated 90%
    reads hostile check.json hostile.json
    for format in $FORMATS; do
        "$DLBENCH" export hostile.json --format "$format" >out
        reads "$format" out hostile.json || { echo "$format"; head -c 2000 out; return 1; }
        lacks out $'\x1b'
    done
}

@test "a parser of ours would notice" {
    needs python3 JSON
    slow
    made 1 --b ./slow
    printf '%s\n' "${lines[@]}" | grep '^::' >github.txt
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

@test "fingerprints are the same in the next check" {
    needs python3 JSON
    slow
    made 1 --b ./slow
    grep fingerprint codequality.json >first
    made 1 --b ./slow
    grep fingerprint codequality.json >second
    cmp first second
}

@test "the step summary is appended to, and a full one is left alone" {
    echo "what another command wrote" >summary.md
    made 0 --tolerance 50% --rated 90%
    [ "$(head -n 1 summary.md)" = "what another command wrote" ]
    holds summary.md '### dlbench check: no regression found'
    head -c 1048576 /dev/zero | tr '\0' 'x' >summary.md
    made 0 --tolerance 50% --rated 90%
    [ "$(wc -c <summary.md)" -eq 1048576 ]
    [[ $stderr == *"full"* ]]
}

@test "a stored check is shown again by export" {
    made 0 --tolerance 50% --rated 90%
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
