#!/usr/bin/env bats
# run.bats: runs that go well: what is measured, what is written, what is printed.
load helpers

@test "a run prints a table and names a new file under results/" {
    dlb 0 run "${ONE[@]}"
    said "fake:0"
    said "results: results/"
    [ "$(find results -name "*.json" | wc -l)" -eq 1 ]
    [[ $(ls results) =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z-selection\.json$ ]]
    holds results/*.json '"status":"ok"'
    holds results/*.json '"complete":true'
}

@test "two runs in one second get two names" {
    "$DLBENCH" run "${ONE[@]}" >/dev/null 2>&1 &
    local first=$!
    dlb 0 run "${ONE[@]}"
    wait "$first"
    [ "$(find results -name "*.json" | wc -l)" -eq 2 ]
}

@test "-o names the file; no journal is left" {
    dlb 0 run "${ONE[@]}" -o r.json
    said "results: r.json"
    [ -s r.json ]
    [ ! -e r.json.journal ]
    [ ! -e results ]
}

@test "-q prints nothing; the file is there" {
    dlb 0 run -q "${ONE[@]}" -o r.json
    [ -z "$output" ]
    [ -z "$stderr" ]
    [ -s r.json ]
}

@test "every format goes to stdout alone; JSON is the file's content" {
    dlb 0 run "${ONE[@]}" -o r.json --format json
    [ "$output" = "$(cat r.json)" ]
    said '"exit_code": 0'
    dlb 0 run "${ONE[@]}" -o r.json --format csv
    [[ ${lines[0]} == *median_ns* ]]
    [ "${#lines[@]}" -eq 2 ]
    dlb 0 run "${ONE[@]}" -o r.json --format md
    said "| "
    dlb 0 run "${ONE[@]}" -o r.json --format jsonl
    [[ ${lines[0]} == "{"* ]]
}

@test "export writes what run prints, and files" {
    "$DLBENCH" run "${ONE[@]}" -q -o r.json --format csv >printed.csv
    dlb 0 export r.json --format csv -o exported.csv
    cmp printed.csv exported.csv
    dlb 0 export r.json --format json
    [ "$output" = "$(cat r.json)" ]
    dlb 0 export r.json
    said "fake:0"
}

@test "export keeps within --columns and COLUMNS; --columns stands above" {
    dlb 0 run -q "${ONE[@]}" -o r.json
    dlb 0 export r.json --columns 60
    local narrow=$output
    [ "$(LC_ALL=C.UTF-8 wc -L <<<"$narrow")" -le 60 ]
    dlb 0 export r.json
    [ "$(LC_ALL=C.UTF-8 wc -L <<<"$output")" -gt 60 ]
    COLUMNS=60 dlb 0 export r.json
    [ "$output" = "$narrow" ]
    COLUMNS=200 dlb 0 export r.json --columns 60
    [ "$output" = "$narrow" ]
    dlb 0 export r.json --columns 60 -o r.txt
    [ "$(LC_ALL=C.UTF-8 wc -L <r.txt)" -le 60 ]
}

@test "the file tells seed, settings, devices, command; the host's name only on request" {
    dlb 0 run "${ONE[@]}" -o r.json --seed 77 --precision 25% --opt fake.delay=1us
    holds r.json '"seed":77'
    holds r.json '"precision":0.25'
    holds r.json '"fake.delay=1us"'
    holds r.json '"max_time_ns":30000000.0'
    holds r.json '"key":"fake:0"'
    holds r.json '"--seed"'
    lacks r.json '"name":"'"$(hostname)"'"'
    dlb 0 run "${ONE[@]}" -o r.json --with-hostname
    holds r.json '"name":"'"$(hostname)"'"'
}

@test "the command line stands above --config, that above a suite's @set, that above defaults" {
    printf '@set precision=5%%\n@set max-samples=7\n@set max-time=30ms\n@set invocations=2\ngemm m=8 n=8 k=8\n' >s.suite
    echo '{"precision": "4%", "max-samples": 8, "device": ["fake"], "warmup": "1ms", "color": "never"}' >c.json
    dlb 0 run --suite ./s.suite --config c.json --precision 25% -o r.json
    holds r.json '"precision":0.25'
    holds r.json '"max_samples":8'
    holds r.json '"invocations":2'
    holds r.json '"batch_ns":5000000.0'
    holds r.json '"suite":"s"'
}

@test "all is the default; an unavailable device is passed over with its reason, and stored" {
    dlb 0 run -w gemm:m=8,n=8,k=8 "${TINY[@]}" --opt fake.do=unavailable -o r.json
    [[ $stderr == *"skipped fake:0: unavailable"* ]]
    said "reference:0"
    holds r.json '"status":"unavailable"'
}

@test "under its own name an unavailable device is exit 5" {
    refused 5 "fake:0 is unavailable" run "${ONE[@]}" --opt fake.do=unavailable
    [ ! -e results ]
}

@test "devices: indices, lists, kinds, exclusions" {
    dlb 0 run -n -d fake:1 -w gemm --opt fake.devices=3
    said "@fake:1/"
    [[ $output != *"@fake:0/"* ]]
    dlb 0 run -n -d 'fake,!fake:1' -w gemm --opt fake.devices=3
    said "2 cases"
    dlb 0 run -n -d 'cpu,!fake' -w gemm
    [[ $output != *fake* ]]
    dlb 0 run -n -d '!reference' -w gemm
    said "@fake:0/"
    [[ $output != *reference* ]]
}

@test "axes multiply; duplicates are left out" {
    dlb 0 run -n -d fake -w gemm -p m=8,16 -p dtype=f32,bf16 --threads 1 --mode throughput,latency --cache warm,cold --data random,zeros
    said "32 cases"
    dlb 0 run -n -d fake -w gemm,gemm -p m=8,8
    said "1 case x 3 invocations"
    said "3 duplicates left out"
    dlb 0 run -n -d fake -w gemm:m=4 -w gemm:m=5,n=6
    said "gemm:m=4,n=512"
    said "gemm:m=5,n=6"
}

@test "-w narrows a suite, -p overrides its parameters" {
    dlb 0 run -n -d fake --suite ci -w gemm:m=64 -p dtype=f32
    said "gemm:m=64"
    [[ $output != *"gemm:m=31"* ]]
    [[ $output != *bf16* ]]
    [[ $output != *conv:* ]]
}

@test "--dry-run measures nothing, writes nothing, estimates; JSON too" {
    dlb 0 run -n "${ONE[@]}"
    said "1 case x 1 invocation; between"
    [ ! -e results ]
    dlb 0 run -n "${ONE[@]}" --format json
    said '"estimate_most_s"'
    said '"gemm:m=8,n=8,k=8'
}

# estimate ARGUMENT...: the upper estimate of a plan in whole seconds.
estimate() {
    "$DLBENCH" run -n --format json "$@" | sed -n 's/.*"estimate_most_s": \([0-9]*\).*/\1/p'
}

@test "the estimate is near the truth: quick takes less than two minutes on two cores and three libraries" {
    local one
    one=$(estimate -d reference -w gemm:m=8,n=8,k=8 --max-time 1s --warmup 0s --invocations 10)
    [ "$one" -ge 10 ] && [ "$one" -le 15 ]
    one=$(estimate -d reference -w gemm:m=4096,n=4096,k=4096 --max-time 1s --invocations 10)
    [ "$one" -le 1 ]
    [ "$(estimate --suite quick -d 'cpu,!fake,!opencl,!fpga')" -lt 120 ]
}

@test "long estimates are told in days" {
    dlb 0 run -n -d fake -w gemm -p m=1-1000 --max-time 1h --invocations 10
    said " days"
}

@test "the same seed gives the same order" {
    local arguments=(-d fake -w gemm -p m=1-9 -p n=8 -p k=8 "${TINY[@]}" --seed 5)
    "$DLBENCH" run "${arguments[@]}" -o a.json 2>&1 >/dev/null | grep '^\[' | sed 's/^[^:]*:0//; s/k8.*//' >a
    "$DLBENCH" run "${arguments[@]}" -o b.json 2>&1 >/dev/null | grep '^\[' | sed 's/^[^:]*:0//; s/k8.*//' >b
    [ "$(wc -l <a)" -eq 9 ]
    cmp a b
    sort a >sorted
    run ! cmp -s a sorted
}

@test "--slowdown stretches the time and flags the row" {
    dlb 0 run "${ONE[@]}" --opt fake.delay=2ms --slowdown 400% -o r.json
    holds r.json '"slowdown"'
    local ns
    ns=$(grep -o '"median_ns":[0-9.e+]*' r.json | head -1 | cut -d: -f2)
    awk -v ns="$ns" 'BEGIN { exit !(ns > 8e6 && ns < 60e6) }'
}

@test "--keep-samples no stores summaries alone" {
    dlb 0 run "${ONE[@]}" --keep-samples no -o r.json
    lacks r.json '"samples_ns":['
    dlb 0 run "${ONE[@]}" -o r.json
    holds r.json '"samples_ns":['
}

@test "--no-gates, --strict and --wait-policy are recorded" {
    dlb 0 run "${ONE[@]}" --wait-policy passive -o r.json
    holds r.json '"wait_policy":"passive"'
    holds r.json '"gates":false'
    holds r.json '"strict":false'
}

@test "the shipped suites all plan" {
    for suite in $("$DLBENCH" list suites --names); do
        dlb 0 run -n -d fake --suite "$suite"
        said " invocation"
    done
}

@test "10,000 cases plan in under a second" {
    local begin end
    begin=$(date +%s%N)
    dlb 0 run -n -d fake -w gemm -p m=1-100 -p n=1-100
    end=$(date +%s%N)
    said "10000 cases"
    [ $(((end - begin) / 1000000)) -lt 1000 ]
}

@test "list workloads takes under 50 ms" {
    local best=1000000 begin end
    for _ in 1 2 3 4 5; do
        begin=$(date +%s%N)
        "$DLBENCH" list workloads >/dev/null
        end=$(date +%s%N)
        [ $((end - begin)) -lt $((best * 1000)) ] && best=$(((end - begin) / 1000))
    done
    echo "best: $best us"
    [ "$best" -lt 50000 ]
}

@test "--strict: a case that stays noisy is exit 6; without it, a flag" {
    local arguments=(-d fake -w "gemm:m=8,n=8,k=8" --opt fake.delay=1ms --max-time 200ms --warmup 1ms --invocations 1)
    local rivals=() code=0
    for _ in $(seq $((2 * $(nproc)))); do
        timeout 20 sh -c 'while :; do :; done' &
        rivals+=($!)
    done
    "$DLBENCH" run "${arguments[@]}" --strict -o r.json >out 2>err || code=$?
    local plain=0
    "$DLBENCH" run "${arguments[@]}" -o s.json >/dev/null 2>&1 || plain=$?
    kill "${rivals[@]}"
    [ "$code" -eq 6 ] || { echo "exit code $code: $(cat err)"; return 1; }
    holds err "stayed noisy (--strict)"
    holds r.json '"exit_code":6'
    holds r.json '"noisy"'
    [ "$plain" -eq 0 ]
    holds s.json '"noisy"'
}

@test "cold: the cache is measured, the decision is stored" {
    dlb 0 run -d fake -w gemm:m=64,n=64,k=64 "${TINY[@]}" --cache warm,cold -o r.json
    holds r.json '"cache_state":"cold"'
    holds r.json '"llc_decision":"'
    [[ $stderr == *"measuring the last-level cache"* ]]
}

@test "cold: what is rotated over is twice the last-level cache" {
    dlb 0 run -d fake -w gemm:m=256,n=256,k=256 --max-time 2s --warmup 1ms --batch-time 1ms --no-gates --invocations 1 --cache cold -o r.json
    local llc sets bytes
    llc=$(grep -oE '"llc_effective_bytes": ?[0-9]+' r.json | grep -oE '[0-9]+$')
    sets=$(grep -oE '"cache_sets": ?[0-9]+' r.json | grep -oE '[0-9]+$')
    bytes=$(grep -oE '"working_set_bytes": ?[0-9]+' r.json | grep -oE '[0-9]+$')
    echo "$sets sets of $bytes bytes, cache $llc"
    [ "$llc" -gt 0 ]
    [ $((sets * bytes)) -ge $((2 * llc)) ]
}

@test "settings tell what the processor and the environment were set to" {
    MKL_CBWR=AVX2 DNNL_VERBOSE=0 UNRELATED=1 dlb 0 run "${ONE[@]}" -o r.json
    holds r.json '"MKL_CBWR":"AVX2"'
    holds r.json '"DNNL_VERBOSE":"0"'
    lacks r.json UNRELATED
    case $(uname -m) in
    x86_64 | aarch64) holds r.json '"denormals":"flushed to zero"' ;;
    *) holds r.json '"denormals":' ;;
    esac
}

@test "reference answers of networks are kept for the next run of the same seed" {
    local cache=$HOME/.cache/dlbench/oracle
    dlb 0 run -d fake -w lenet:batch=2 "${TINY[@]}" --seed 5 -o r.json
    [ "$(find "$cache" -type f | wc -l)" -eq 1 ]
    local before # a file that is written again is another inode
    before=$(find "$cache" -type f -printf '%i %s %p\n')
    dlb 0 run -d fake -w lenet:batch=2 "${TINY[@]}" --seed 5 -o r.json
    [ "$before" = "$(find "$cache" -type f -printf '%i %s %p\n')" ]
    dlb 0 run -d fake -w lenet:batch=2 "${TINY[@]}" --seed 6 -o r.json
    [ "$(find "$cache" -type f | wc -l)" -eq 2 ]
}
