#!/usr/bin/env bats
# shellcheck disable=SC2154 # bats sets stderr
# compare.bats: result files beside each other, from the command line: labels, metrics, formats, and what cannot be compared.
load helpers

RECORDED=$ROOT/tests/recordings/results/valid.json

# faster FILE: the recorded run again, every time a tenth of what it was, of another version and host.
faster() {
    sed -e 's/3f0c2a52-8a3e-4c5e-9a55-0123456789ab/run-b/; s/"git": "d1c9899"/"git": "feed123"/' \
        -e 's/"id_hash": "0123456789abcdef"/"id_hash": "ffff"/' \
        -e 's/\("median_ns": [0-9]*\)[0-9]\./\1./g' "$RECORDED" >"$1"
}

@test "two files: a ratio a case, the means, what is not compared" {
    cp "$RECORDED" a.json
    faster b.json
    dlb 0 compare old=a.json new=b.json --columns 100
    said "old  a.json: dlbench 0.1.0 (d1c9899), AMD EPYC 9R14"
    said "ratio: how many times as good as old"
    said "10.0"
    said "all: 10.0"
    [ -z "$stderr" ]
}

@test "labels: the file's name, its path where names are equal, a number for the same file twice" {
    mkdir x y
    cp "$RECORDED" x/r.json
    faster y/r.json
    dlb 0 compare x/r.json y/r.json
    said "x/r.json  dlbench"
    dlb 0 compare x/r.json x/r.json
    said "x/r.json (2)"
    said "; the same run as"
    cp x/r.json a=b.json # a file of that whole name comes first
    dlb 0 compare a=b.json y/r.json
    said "a=b.json"
    refused 2 "two files are called 'a'" compare a=x/r.json a=y/r.json
    refused 2 "LABEL=FILE" compare =x/r.json y/r.json
    refused 2 "LABEL=FILE" compare a= y/r.json
    local long
    long=$(printf 'x%.0s' $(seq 300))
    dlb 0 compare "$long=x/r.json" y/r.json --columns 60
    [ "$(awk '{ if (length($0) > most) most = length($0) } END { print most }' <<<"$output")" -le 60 ]
}

@test "twelve files" {
    local i files=()
    for i in $(seq 12); do
        sed "s/3f0c2a52-8a3e-4c5e-9a55-0123456789ab/run-$i/" "$RECORDED" >"$i.json"
        files+=("$i.json")
    done
    dlb 0 compare "${files[@]}" --format csv --base 7.json
    [ "$(wc -l <<<"$output")" -eq 25 ]
    said ",7.json,"
}

@test "one file does with --by device alone" {
    cp "$RECORDED" a.json
    refused 2 "wants two files; --by device does with one" compare a.json
    dlb 0 compare a.json --by device --base onednn:0
    said "reference:0"
    refused 2 "there is no device 'onednn:7' to compare with; there are: 'reference:0', 'onednn:0'" \
        compare a.json --by device --base onednn:7
}

@test "by version and by host" {
    cp "$RECORDED" a.json
    faster b.json
    dlb 0 compare a.json b.json --by version
    said "0.1.0 (feed123)"
    dlb 0 compare a.json b.json --by host
    said "AMD EPYC 9R14 in b.json"
    dlb 5 compare a.json a.json --by version
    last_error "nothing to compare by version: all is of '0.1.0 (d1c9899)'"
}

@test "metrics: each that has a better end; others are refused by name" {
    cp "$RECORDED" a.json
    faster b.json
    local metric
    for metric in median_ns ops_per_s bytes_per_s items_per_s first_call_ns prepare_ns load_ns peak_mem_bytes; do
        dlb 0 compare a.json b.json --metric "$metric"
        said "$metric ("
    done
    for metric in j_per_item items_per_j roof_fraction; do
        dlb 0 compare a="$ROOT/tests/recordings/results/beside.json" b="$ROOT/tests/recordings/results/beside.json" --metric "$metric"
        said "$metric ("
    done
    said "onednn:0"
    refused 2 "'ci_lo_ns' cannot be compared" compare a.json b.json --metric ci_lo_ns
    refused 2 "did you mean ops_per_s?" compare a.json b.json --metric ops_per_
}

@test "formats: a document with its exit code on every path" {
    cp "$RECORDED" a.json
    faster b.json
    dlb 0 compare a.json b.json --format json
    python3 -c '
import json, sys
d = json.load(sys.stdin)
assert d["exit_code"] == 0 and d["base"] == "a.json" and d["metric"]["better"] == "lower", d
assert all(abs(r["cells"][1]["ratio"] - 10) < 0.1 for r in d["rows"]), d["rows"]
' <<<"$output"
    dlb 7 compare a.json none.json --format json
    said '"exit_code": 7'
    dlb 5 compare a.json a.json --by host --format json
    said '"exit_code": 5'
    dlb 0 compare a.json b.json --format md -o c.md
    holds c.md "| workload | device |"
    refused 2 "both the input and the output" compare a.json b.json -o b.json
    refused 7 "none/c.txt" compare a.json b.json -o none/c.txt
}

@test "nothing comparable: exit 5, and why" {
    cp "$RECORDED" a.json
    sed 's/"version_hash": "00c0ffee00c0ffee"/"version_hash": "feed"/' "$RECORDED" >b.json
    dlb 5 compare a.json b.json
    said "problem version feed, a.json has 00c0ffee00c0ffee"
    last_error "nothing is comparable"
    sed 's/"evidence": "measured", "threads"/"evidence": "modelled", "threads"/' "$RECORDED" >c.json
    dlb 5 compare a.json c.json
    said "evidence modelled, a.json has measured"
}

@test "bad files: exit 7, one line" {
    cp "$RECORDED" a.json
    refused 7 "cannot read none.json" compare a.json none.json
    : >empty.json
    refused 7 "empty.json" compare a.json empty.json
    refused 7 "it is a folder" compare a.json .
    local bad
    for bad in truncated nan newer-major duplicate-keys invalid-utf8 other-schema; do
        refused 7 "$bad.json" compare a.json "$ROOT/tests/recordings/results/$bad.json"
    done
}

@test "a run that was killed and one of a real program; nobody reads on" {
    dlb 0 run -q "${THREE[@]}" -o a.json
    dlb 0 run -q "${THREE[@]}" -o b.json
    dlb 0 compare a.json b.json
    said "gemm m8 n8 k8"
    sed 's/"complete":true/"complete":false/; s/"complete": true/"complete": false/' b.json >cut.json
    dlb 0 compare a.json cut.json
    said ", incomplete"
    bash -o pipefail -c "'$DLBENCH' compare a.json b.json | head -1" >/dev/null
}
