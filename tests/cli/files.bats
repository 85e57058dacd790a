#!/usr/bin/env bats
# shellcheck disable=SC2154 # bats sets stderr
# files.bats: result files that cannot be read: one line, exit code 7, the file untouched.
load helpers

@test "missing, folder, empty, no JSON, another schema, newer major" {
    refused 7 "cannot read no.json" export no.json
    refused 7 "it is a folder" export .
    : >empty.json
    refused 7 "empty.json" export empty.json
    echo 'results' >text.json
    refused 7 "text.json" export text.json
    echo '{"schema": "else/1"}' >else.json
    refused 7 "else/1" export else.json
    echo '{"schema": "dlbench-result/2"}' >major.json
    refused 7 "dlbench-result/2" export major.json
}

@test "truncated, byte-order mark, CRLF, duplicate keys, bad UTF-8, NaN, deep" {
    dlb 0 run -q "${ONE[@]}" -o r.json
    head -c 700 r.json >cut.json
    refused 7 "cut.json" export cut.json
    sed 's/$/\r/' r.json >crlf.json
    dlb 0 export crlf.json
    sed '1s/{/{"suite":"a","suite":"b",/' r.json >twice.json
    refused 7 "twice.json" export twice.json
    sed 's/Fake/F\xffke/' r.json >bytes.json
    refused 7 "bytes.json" export bytes.json
    sed 's/"duration_s":[^,]*/"duration_s":NaN/' r.json >nan.json
    refused 7 "nan.json" export nan.json
    { printf '{"schema":"dlbench-result/1","x":'; head -c 5000 /dev/zero | tr '\0' '['; } >deep.json
    refused 7 "deep.json" export deep.json
}

@test "no permission" {
    without_rights
    dlb 0 run -q "${ONE[@]}" -o r.json
    chmod 0 r.json
    refused 7 "Permission denied" export r.json
}

@test "a read-only root: one line, and a place that can be written is enough" {
    without_rights
    mkdir locked place
    chmod 555 locked
    (
        cd locked
        export HOME=$PWD
        refused 7 "results" run "${ONE[@]}"
        refused 7 "results" check --a "$DLBENCH" -d fake -w gemm:m=8,n=8,k=8
        dlb 0 run -q "${ONE[@]}" -o ../place/r.json
        dlb 0 export ../place/r.json --format csv
    )
    chmod 755 locked
    [ -z "$(ls locked)" ]
}

@test "a file system without locks: a warning, and nothing is lost" {
    without_locks
    dlb 0 run "${ONE[@]}" -o r.json
    [ "$(grep -c 'this file system has no locks' <<<"$stderr")" -eq 1 ]
    dlb 0 export r.json --format csv
    [ "${#lines[@]}" -eq 2 ]
}

@test "a FIFO does not hang" {
    mkfifo pipe
    run --separate-stderr timeout 5 "$DLBENCH" export pipe
    [ "$status" -eq 7 ]
}

@test "input and output the same, also through a link" {
    dlb 0 run -q "${ONE[@]}" -o r.json
    cp r.json before.json
    refused 2 "both the input and the output" export r.json --format csv -o r.json
    ln -s r.json link.json
    refused 2 "both the input and the output" export r.json --format csv -o link.json
    cmp r.json before.json
}

@test "run: the suite or the configuration as the output, also through a link" {
    printf 'gemm m=8 n=8 k=8\n' >s.suite
    echo '{"precision": "5%"}' >c.json
    cp s.suite s.before
    cp c.json c.before
    ln -s s.suite link.json
    refused 2 "'s.suite' is both the input and the output" run -d fake --suite ./s.suite -o s.suite
    refused 2 "'link.json' is both the input and the output" run -d fake --suite ./s.suite -o link.json
    refused 2 "'c.json' is both the input and the output" run "${ONE[@]}" --config c.json -o c.json
    cmp s.suite s.before
    cmp c.json c.before
}

@test "run: a file that is no result is left as it is; an empty one and a result are taken" {
    echo "things to buy" >notes.txt
    echo '{"schema": "else/1"}' >else.json
    cp notes.txt notes.before
    refused 7 "'notes.txt' exists and is no result of dlbench" run "${ONE[@]}" -o notes.txt
    refused 7 "'else.json' exists and is no result of dlbench" run "${ONE[@]}" -o else.json
    cmp notes.txt notes.before
    : >r.json
    dlb 0 run -q "${ONE[@]}" -o r.json --seed 1
    dlb 0 run -q "${ONE[@]}" -o r.json --seed 2
    holds r.json '"seed":2'
}

@test "an output that cannot be written" {
    dlb 0 run -q "${ONE[@]}" -o r.json
    refused 7 "no/r.csv" export r.json --format csv -o no/r.csv
}

@test "control characters of names and texts do not reach the terminal or a new file's name" {
    local name=$'a\033[31mb c'
    printf '@title x\033[31mred\n@source y\033[2J\ngemm m=8 n=8 k=8 | o\033]0;t\007\n' >"$name.suite"
    dlb 0 run -d fake --suite "./$name.suite" "${TINY[@]}"
    [[ $output$stderr != *$'\033'* ]]
    [[ $stderr == *"suite=a?[31mb c"* ]]
    [[ $(ls results) == *-a__31mb_c.json ]]
    dlb 0 run "${ONE[@]}" -o $'q\033[31m.json'
    [[ $output$stderr != *$'\033'* ]]
    said "results: q?[31m.json"
    dlb 0 describe "./$name.suite"
    [[ $output != *$'\033'* ]]
    said "x?[31mred"
    DLBENCH_SUITES=$PWD dlb 0 list suites
    [[ $output != *$'\033'* ]]
}

@test "names that a spreadsheet takes for formulas" {
    printf 'gemm m=8 n=8 k=8 | =1+1\n' >s.suite
    dlb 0 run -q -d fake --suite ./s.suite "${TINY[@]}" -o r.json
    dlb 0 export r.json --format csv --csv-apostrophe
    said "'=1+1"
}

@test "/dev/stdout of a log: its beginning stays; a pipe and a descriptor are written to" {
    dlb 0 run -q "${ONE[@]}" -o r.json
    {
        echo before
        "$DLBENCH" export r.json --format md -o /dev/stdout
        echo after
    } >log
    [ "$(head -n 1 log)" = before ]
    [ "$(tail -n 1 log)" = after ]
    grep -q "fake:0" log
    "$DLBENCH" export r.json --format csv -o /dev/stdout | grep -q "fake:0"
    "$DLBENCH" export r.json --format csv -o /dev/fd/7 7>direct
    grep -q "fake:0" direct
    "$DLBENCH" check --a "$DLBENCH" -d fake -w gemm:m=8,n=8,k=8 --max-time 30ms --pairs 7 --on-inconclusive pass --md >(cat >comment.md) -o c.json
    wait
    grep -q "dlbench" comment.md
}
