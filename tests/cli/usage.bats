#!/usr/bin/env bats
# shellcheck disable=SC2154 # bats sets stderr
# usage.bats: what is wrong with a command line is said in one line, with exit code 2 (nonsense), 5 (nothing matches) or 7
# (files); nothing is measured and no file is made.
load helpers

teardown() {
    [ ! -e results ] || { echo "a result was written"; return 1; }
}

@test "no arguments: an overview, exit 0" {
    dlb 0
    said "Usage: dlbench <command>"
    said "dlbench run"
}

@test "misspelt command, option, list, help topic: the nearest is named" {
    refused 2 "did you mean run?" rnu
    refused 2 "did you mean --precision?" run --precisoin 1%
    refused 2 "did you mean --max-time?" run --max-tme=1s
    refused 2 "did you mean --device?" run --dev fake
    refused 2 "did you mean --resume?" run --res r.json
    refused 2 "did you mean devices?" list devcies
    refused 2 "did you mean doctor?" help docter
    refused 2 "unknown option '-Z'" run -Z
    refused 2 "unknown command 'frobnicate'; dlbench help lists the commands" frobnicate
}

@test "missing value, value where none belongs, empty value" {
    refused 2 "--precision wants a value" run --precision
    refused 2 "--precision wants a value" run --precision --max-time 1s
    refused 2 "--workload wants a value" run -w
    refused 2 "--dry-run takes no value" run --dry-run=yes
    refused 2 "--suite wants a value (NAME), found an empty text" run --suite ""
}

@test "numbers: junk behind, comma, sign, nan, inf, overflow, zero, out of range" {
    refused 2 "found '1%x'" run --precision 1%x
    refused 2 "found '0,5%'" run --precision 0,5%
    refused 2 "found '-1%'" run --precision -1%
    refused 2 "found 'nan'" run --precision nan
    refused 2 "found 'inf'" run --precision inf
    refused 2 "found '0'" run --precision 0
    refused 2 "--precision wants a value from 0.001% to 100%, found '200%'" run --precision 200%
    refused 2 "'99999999999999999999' is too large" run --invocations 99999999999999999999
    refused 2 "--invocations wants a value from 1 to 1000, found '0'" run --invocations 0
    refused 2 "found '-3'" run --invocations=-3
    refused 2 "found '18446744073709551616'" run --seed 18446744073709551616
    refused 2 "found '-1'" run --seed -1
}

@test "times want a unit and stay in range" {
    refused 2 "found '5'" run --max-time 5
    refused 2 "found '5parsec'" run --max-time 5parsec
    refused 2 "--max-time wants a value from" run --max-time 0s
    refused 2 "--max-time wants a value from" run --max-time 9999999s
    refused 2 "found '-1s'" run --gap -1s
}

@test "choices name what there is" {
    refused 2 "--format wants one of: text json jsonl csv md openmetrics html; found 'xml'" run --format xml
    refused 2 "did you mean cold?" run --cache cold,colt
    refused 2 "--mode wants one of: throughput latency" run --mode fast
    refused 2 "--data wants one of: random zeros ones" run --data nines
}

@test "contradictions and repetitions" {
    refused 2 "--quiet and --verbose contradict each other" run -q -v
    refused 2 "--precision is given twice, as '1%' and '2%'" run --precision 1% --precision 2%
    refused 2 "parameter m is given twice" run -w gemm -p m=1 -p m=2
    refused 2 "parameter m is given twice, in -w gemm:m=64 and in -p m=32" run -w gemm:m=64 -p m=32
    refused 2 "parameter k is given twice" run -w gemm:m=64,k=8 -p k=1-9
    dlb 0 run -n -d fake -w gemm:m=64 -p n=32
    said "gemm:m=64,n=32"
}

@test "arguments that do not belong; -- ends the options" {
    refused 2 "dlbench run takes no arguments, found 'gemm'" run gemm
    refused 2 "dlbench run takes no arguments, found '-w'" run -- -w gemm
    refused 2 "dlbench list wants" list
    refused 2 "found 'more'" list devices more
}

@test "not UTF-8, control characters, very long: one clean line" {
    refused 2 "argument 3 is not valid UTF-8" run -w $'\xff\xfe'
    refused 5 "; there are: gemm" run -w $'a\nb'
    refused 5 "no workload matches" run -w "$(head -c 100000 /dev/zero | tr '\0' x)"
    [ "${#stderr}" -lt 600 ]
}

@test "a selector that matches nothing is exit 5 and names what exists" {
    refused 5 "did you mean gemm?; there are: gemm, conv" run -w gem
    refused 5 "no workload matches 'zzz*'; there are: gemm" run -w 'zzz*'
    refused 5 "did you mean fake?; the backends are: fake, " run -d fak -w gemm
    refused 5 "no device matches 'tpu'" run -d tpu -w gemm
    refused 5 "no device matches 'fake:7'; did you mean fake?; there are: fake:0" run -d fake:7 -w gemm
    refused 5 "no available device is selected" run -d 'fake,!fake' -w gemm
    refused 5 "nothing in the suite 'ci' matches 'gemm:m=7777'" run --suite ci -w gemm:m=7777
    refused 5 "nothing is called 'gemn'; did you mean gemm?" describe gemn
}

@test "lists with a name missing" {
    refused 2 "--device: a name is missing" run -d all,,fake -w gemm
    refused 2 "--device: a name is missing" run -d fake, -w gemm
    refused 2 "--device: a name is missing" run -d 'fake,!' -w gemm
}

@test "list refuses options that do not narrow it" {
    refused 2 "--workload narrows only the list of workloads, not of suites" list suites -w gemm
    refused 2 "--device narrows only the list of devices, not of workloads" list workloads -d cpu
    echo '{"device": ["fake"]}' >c.json
    dlb 0 list suites --config c.json
}

@test "parameters: unknown, zero, negative, junk, overflow" {
    refused 2 "gemm has no parameter 'mm'" run -w gemm -p mm=4
    refused 2 "did you mean 'dtype'" run -w gemm -p dtyp=f32
    refused 2 "gemm has no parameter 'mm'" run -w gemm:mm=4
    refused 2 "m must be at least 1, found 0" run -w gemm -p m=0
    refused 2 "m has no value; it wants a list" run -w gemm -p m=
    refused 2 "m has no value beside a comma" run -w gemm -p m=1,,2
    refused 2 "m has no value beside a comma" run -w gemm -p m=1,
    refused 2 "m" run -w gemm -p m=-4
    refused 2 "12x" run -w gemm -p m=12x
    refused 2 "f33" run -w gemm -p dtype=f33
    refused 2 "must fit 63 bits" run -w gemm -p m=99999999 -p n=99999999 -p k=99999999
}

@test "ranges: reversed, without step, too many values or cases" {
    refused 2 "backwards" run -w gemm -p m=10-1
    refused 2 "never ends" run -w gemm -p m=1-10+0
    refused 2 "never ends" run -w gemm -p m=1-10*1
    refused 2 "more than 1000000 values" run -w gemm -p m=1-1000001
    refused 2 "at least 200000 problems, more than 100000; narrow them, or say --yes" run -w gemm -p m=1-200000
    refused 2 "at least 1000000 problems, more than 100000" run -w gemm -p m=1-10000 -p n=1-100
    refused 2 "at least 110000 problems" run --suite quick -w gemm -p m=1-22000 -p n=1 -p k=1
    refused 2 "the selection makes 120000 cases, more than 100000; narrow it, or say --yes" \
        run -n -d fake -w gemm -p m=1-60000 --data random,zeros
}

@test "--yes lifts the cap" {
    dlb 0 run -n -y -d fake -w gemm -p m=1-60000 --data random,zeros
    said "120000 cases"
    dlb 0 run -n -y -d fake -w gemm -p m=1-200000+1
    said "200000 cases"
}

@test "threads beyond affinity or quota, and in no sense" {
    refused 2 "--threads 1000: this process may use" run -w gemm --threads 1000
    refused 2 "--threads" run -w gemm --threads 0
    refused 2 "--threads" run -w gemm --threads 2-1
    run --separate-stderr taskset -c 0 "$DLBENCH" run -w gemm --threads 2
    [ "$status" -eq 2 ]
    one_error "this process may use 1 (affinity mask: 1 CPU, "
    [[ $stderr != *"quota: 0"* ]]
}

@test "a thread list is cut to what a device can use, and told as duplicates" {
    [ "$(nproc)" -ge 2 ] || skip "one CPU"
    dlb 0 run -n -d reference -w gemm --threads 1,2
    said "@reference:0/t1/"
    [[ $output != *"@reference:0/t2/"* ]]
    said "1 duplicate left out"
    dlb 0 run -n -d fake -w gemm --threads 1,2
    said "@fake:0/t2/"
}

@test "options of backends are checked" {
    refused 2 "--opt wants BACKEND.NAME=VALUE" run --opt x -w gemm
    refused 2 "there is no backend 'fak'; did you mean fake?" run --opt fak.do=ok -w gemm
    refused 2 "fake has no option 'dp'; did you mean do?; it has: do, delay, estimate, devices, boards, runtime, counter" \
        run --opt fake.dp=ok -w gemm
}

@test "suites: unknown, unreadable, a bad line, a setting that is none" {
    refused 5 "did you mean 'quick'?" run --suite quik
    refused 5 "deepbench_gemm_server" run --suite nosuch
    refused 7 "./no.suite" run --suite ./no.suite
    printf 'gemm m=4\ngemm mm=4\n' >bad.suite
    refused 2 "bad.suite:2" run --suite ./bad.suite
    printf '@set output=x.json\ngemm m=4\n' >bad.suite
    refused 2 "cannot set --output" run --suite ./bad.suite
    printf '@set precision=banana\ngemm m=4\n' >bad.suite
    refused 2 "found 'banana'" run --suite ./bad.suite
}

@test "configuration: missing, no JSON, no object, unknown name, wrong type, folder" {
    refused 7 "cannot read the configuration 'no.json'" run --config no.json
    refused 7 "not a regular file" run --config .
    echo '{"precision": }' >c.json
    refused 2 "c.json:1" run --config c.json
    echo '[1]' >c.json
    refused 2 "wants one JSON object" run --config c.json
    echo '{"precisoin": "1%"}' >c.json
    refused 2 "did you mean --precision?" run --config c.json
    echo '{"precision": true}' >c.json
    refused 2 "c.json: --precision wants a value" run --config c.json
    echo '{"no-gates": "x"}' >c.json
    refused 2 "--no-gates takes no value" run --config c.json
}

@test "with --format json an error is a document too" {
    dlb 2 run --format json --bad
    one_error "unknown option '--bad'"
    said '"exit_code": 2'
    said "\"reason\": \"unknown option '--bad'"
    dlb 5 run --format=json -w gem
    said '"exit_code": 5'
    dlb 2 list nothing --format json
    said '"exit_code": 2'
    dlb 7 export nofile --format json
    said '"exit_code": 7'
}

@test "options may stand before the command" {
    dlb 0 --format json list workloads
    said '"workloads": ['
    dlb 0 --format=json -q --seed 3 --color never doctor
    said '"checks": ['
    dlb 0 --seed 7 -o r.json --format csv run "${ONE[@]}"
    holds r.json '"seed":7'
    [[ ${lines[0]} == run_id,* ]]
    rm r.json
    dlb 2 --format json list suites --format text
    one_error "--format is given twice, as 'json' and 'text'"
    refused 2 "dlbench schema has no option --output" -o x.json schema
    refused 2 "did you mean --format?" --fromat json list suites
    dlb 2 --format json list nothing
    said '"exit_code": 2'
}

@test "the format may stand in the configuration; JSON lines get an error line" {
    echo '{"format": "json"}' >c.json
    dlb 5 run --config c.json -w gem
    said '"exit_code": 5'
    dlb 2 run --config c.json --bad
    said '"exit_code": 2'
    refused 5 "no workload matches 'gem'" run --config c.json --format text -w gem
    dlb 5 run --format jsonl -w gem
    [ "${#lines[@]}" -eq 1 ]
    [[ ${lines[0]} == '{"type":"error","exit_code":5,"reason":"no workload matches'* ]]
    dlb 2 run --format=jsonl --bad
    [[ ${lines[0]} == '{"type":"error","exit_code":2,'* ]]
    refused 5 "no workload matches 'gem'" run --format csv -w gem
}
