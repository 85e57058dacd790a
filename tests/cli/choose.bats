#!/usr/bin/env bats
# shellcheck disable=SC2154 # bats sets stderr
# choose.bats: which processor, from a run of the fake backend; prices; what others published.

load helpers

# want 'EXPRESSION': the document on stdout, `d`, makes it true.
want() {
    command -v python3 >/dev/null || skip "no python3"
    python3 -c 'import json, sys; d = json.load(sys.stdin); sys.exit(0 if eval(sys.argv[1]) else 1)' "$1" <<<"$output" ||
        { echo "not so: $1"; echo "$output" | head -c 4000; return 1; }
}

# A run of two problems of the fake backend, priced or not.
measure() { # FILE OPTION...
    local file=$1
    shift
    dlb 0 run -d fake -w gemm:m=8,n=8,k=8 -w gemm:m=16,n=8,k=8 "${TINY[@]}" --roofs off -o "$file" "$@"
}

@test "what was measured is taken, with a sentence and what is missing" {
    measure r.json
    dlb 0 choose -w gemm --results r.json --published no
    said "Take fake:0 in f32"
    said "To be sure, this is missing:"
    said "a rival: only one candidate was measured"
    said "ease of use"
    said "2 of 2"
    [[ $output != *published* ]]
}

@test "measured and published are never one list" {
    measure r.json
    dlb 0 choose -w gemm r.json --format json
    want '[c["evidence"] for c in d["classes"]] == ["measured", "published"]'
    want 'len(d["classes"][0]["candidates"]) == 1'
    want 'all(c["device"].startswith("published:") for c in d["classes"][1]["candidates"])'
    want 'd["advice"][0].startswith("Take fake:0")'
    want 'd["advice"][1].startswith("Of what is published, not to be compared")'
}

@test "resnet50 by cost: published rows with the catalogue's prices, their age and what is missing" {
    dlb 0 choose -w resnet50 --by cost
    said "Nothing that was measured can be ranked; of what is published, take"
    said "USD for a million items"
    said "this dlbench has no workload 'resnet50'"
    said "a price that is sure: "
    dlb 0 choose -w resnet50 --by speed --format md
    said "### dlbench choose, by speed"
}

@test "limits: latency of single calls, power" {
    dlb 0 choose -w resnet50 --by speed --max-latency 10ms --format json
    want 'd["classes"][0]["candidates"][0]["latency_single"] and d["classes"][0]["candidates"][0]["latency_ns"] <= 1e7'
    want 'all(c["latency_ns"] <= 1e7 for c in d["classes"][0]["candidates"] if c["standing"] == "ranked")'
    dlb 0 choose -w resnet50 --max-power 75W --format json
    want 'd["classes"][0]["candidates"][0]["power_w"] <= 75'
    refused 2 "--max-power wants watts" choose -w resnet50 --max-power 75kg
    refused 2 "--max-power wants watts" choose -w resnet50 --max-power -1
    refused 2 "--max-power wants watts" choose -w resnet50 --max-power nanW
    refused 2 "max-latency" choose -w resnet50 --max-latency 10
}

@test "a latency is told with what it is, and with its threads where there was a choice" {
    dlb 0 run -d fake -w gemm:m=8,n=8,k=8 "${TINY[@]}" -t 1,2 --mode throughput,latency --roofs off -o r.json
    dlb 0 choose -w gemm --by latency --max-latency 10s --results r.json --published no
    said "a call (nine of ten take no longer)"
    said "latency: what nine single calls of ten stay below, in the worst process"
    dlb 0 choose -w gemm --max-latency 10s --results r.json --published no --format json
    want 'd["classes"][0]["candidates"][0]["latency_p90"] and d["classes"][0]["candidates"][0]["standing"] == "ranked"'
    want 'd["classes"][0]["candidates"][0]["threads"] in (1, 2)'
    dlb 0 choose --help
    said "nine single calls of ten"
}

@test "published rows: --price-hour is none of theirs, and an unsure one is told as such" {
    dlb 0 choose -w resnet50 --by cost --price-hour 2
    said "dlbench catalog add"
    [[ $output != *--price-hour* ]]
    dlb 0 choose -w resnet50 --by latency --max-latency 10ms --max-power 75W
    flat=$(tr '\n' ' ' <<<"$output")
    [[ $flat == *"times as quick as that, but whether it is within the limits is not known: its power"* ]]
    [[ $flat == *"candidates are within the limits: an entry of the catalogue tells the power"* ]]
}

@test "by energy, what has none is told with its reason" {
    measure r.json --energy off
    dlb 0 choose -w gemm --by energy --results r.json --published no
    said "Nothing can be recommended by energy"
    said "--energy auto"
}

@test "a price that is given, with electricity, in another currency" {
    measure r.json
    dlb 0 choose -w gemm --by cost --results r.json --price-hour 3.6 --currency EUR --format json --published no
    want '[d["classes"][0]["candidates"][0][k] for k in ("currency", "price_basis")] == ["EUR", "--price-hour"]'
    want 'abs(d["classes"][0]["candidates"][0]["per_mitem"] * d["classes"][0]["candidates"][0]["items_per_s"] * 3600e-6 - 3.6) < 1e-6'
    refused 2 "--currency wants three capital letters" choose -w gemm --by cost --results r.json --price-hour 1 --currency euro
    dlb 0 choose -w gemm --by cost --results r.json --price-hour 0 --published no
    said "0 USD for a million items"
}

@test "the price of the catalogue, its age, and a currency that clashes" {
    mkdir -p .config/dlbench
    name=$("$DLBENCH" list devices -d fake --format json | sed -n 's/^ *"name": "\(.*\)",*$/\1/p' | head -n 1)
    printf '{"schema": "dlbench-catalogue/1", "processors": [{"id": "mine", "name": "%s", "also": "%s", "kind": "cpu", "f32_tflops": 1, "price_hour": 2, "currency": "EUR", "price_as_of": "2020-05", "source": "price is a guess; dense"}]}' "$name" "$name" >.config/dlbench/catalogue.json
    dlb 0 catalog match
    if [[ $output != *mine* ]]; then skip "the fake device has no name that an entry could have"; fi
    measure r.json
    dlb 0 choose -w gemm --by cost --results r.json --published no --format json
    want '[d["classes"][0]["candidates"][0][k] for k in ("currency", "catalog_id")] == ["EUR", "mine"]'
    want '"months old" in d["classes"][0]["candidates"][0]["price_doubt"]'
    want '"a guess" in d["classes"][0]["candidates"][0]["price_basis"]'
    dlb 0 choose -w gemm --by cost --results r.json --published no --currency USD
    said "none is converted"
}

@test "two files, each its own candidate" {
    measure a.json
    measure b.json
    dlb 0 choose -w gemm --published no old=a.json new=b.json --format json
    want 'sorted(c["device"] for c in d["classes"][0]["candidates"]) == ["new/fake:0", "old/fake:0"]'
    want 'd["classes"][0]["common"] == 2'
}

@test "without --results the newest of results/ is taken" {
    measure r.json
    mkdir results
    cp r.json results/
    dlb 0 -v choose -w gemm --published no
    [[ $stderr == *"results/r.json"* ]]
    said "Take fake:0"
}

@test "nothing to choose from is said with what there is" {
    refused 2 "wants --workload" choose
    refused 5 "there are:" choose -w frobnicate
    refused 5 "dlbench run -w 'lenet'" choose -w lenet --published no
    refused 7 "none.json" choose -w gemm --results none.json
    measure r.json
    refused 2 "both the input and the output" choose -w gemm r.json -o r.json
    dlb 0 choose -w gemm r.json -o choice.md --format md
    holds choice.md "Ease of use"
}

@test "sizes of libraries are measured here, and unknown for another machine" {
    measure r.json
    dlb 0 choose -w gemm r.json --published no --format json
    want 'd["classes"][0]["candidates"][0]["facts"]["install_bytes"] > 10000'
    sed -E 's/"id_hash": ?"[^"]*"/"id_hash": "0123456789abcdef"/' r.json >other.json
    dlb 0 choose -w gemm other.json --published no --format json
    want 'd["classes"][0]["candidates"][0]["facts"]["install_bytes"] is None'
    refused 5 "cannot be loaded" choose --install-size nothing
}

@test "list published tells what there is, also what dlbench cannot run" {
    dlb 0 list published
    said DeepBench
    said resnet50
    said fc_training
    dlb 0 list published -w 'rnn*' --format json
    want '[[p["workload"], p["here"], p["rows"]] for p in d["published"]] == [["rnn", "no", 1240]]'
    refused 5 "no published result" list published -w nothing
}

@test "--overlay published: marked beside the own row, never ranked" {
    dlb 0 run -d fake -w gemm:m=16,n=1760,k=1760,beta=1 "${TINY[@]}" --roofs off -o r.json
    dlb 0 export r.json --overlay published
    said "published:v100"
    said "fake:0"
    dlb 0 export r.json --overlay published --format json
    want 'sum(r["evidence"] == "published" for r in d["results"]) == 11'
    dlb 0 compare r.json --by device --overlay published --format json
    want 'any(c["column"].startswith("published:") for r in d["rows"] for c in r["cells"])'
    dlb 0 compare r.json --by device --overlay published
    said "published: told by others"
    refused 2 "did you mean published?" export r.json --overlay publishd
    dlb 0 run "${ONE[@]}" --roofs off -o small.json
    dlb 0 export small.json --overlay published
    [[ $stderr == *"no published row"* ]]
}
