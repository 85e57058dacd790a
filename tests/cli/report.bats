#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2016 # bats sets stderr; what stands in single quotes is for other shells
# report.bats: the page of a result and its other formats, from the command line: real runs, hostile files, several files, and places that cannot be written.
load helpers

RECORDED=$ROOT/tests/recordings/results/valid.json
PAGE=$BATS_TEST_DIRNAME/html_page.py

# bare CODE ARGUMENT...: like dlb, where no gnuplot is found.
bare() {
    local code=$1
    shift
    mkdir -p empty
    run --separate-stderr env "PATH=$BATS_TEST_TMPDIR/empty" "$DLBENCH" "$@"
    [ "$status" -eq "$code" ] || { echo "dlbench $*: exit code $status: $stderr"; return 1; }
}

@test "a run, and its page: the sections, with links that lead somewhere" {
    command -v python3 >/dev/null || skip "no python3"
    dlb 0 run "${THREE[@]}" -o r.json -q
    dlb 0 report r.json -o r.html
    [ -z "$output$stderr" ]
    python3 "$PAGE" check r.html answer warnings ranking cases environment samples method data
    [ "$(python3 "$PAGE" text r.html | grep -c 'fake:0')" -eq 1 ]
}

@test "run --report: page and plots are written and named, next to the results" {
    command -v python3 >/dev/null || skip "no python3"
    dlb 0 run "${ONE[@]}" -o r.json --report deep/er/folder
    said "results: r.json"
    said "report:  deep/er/folder/report.html"
    said "plots:   "
    python3 "$PAGE" check deep/er/folder/report.html answer cases
    grep -q 'r\.json' deep/er/folder/report.html
    if command -v gnuplot >/dev/null; then
        said "deep/er/folder/plots/ ("
        local svg
        for svg in deep/er/folder/plots/*.svg; do
            grep -q '</svg>' "$svg"
        done
    fi
    dlb 0 run "${ONE[@]}" -o r.json --report again -q
    [ -z "$output" ]
    [ -s again/report.html ]
}

@test "run --report: names go to stderr where another format goes to stdout" {
    dlb 0 run "${ONE[@]}" -o r.json --report out --format json
    [[ $output == "{"* ]]
    [[ $stderr == *"report:  out/report.html"* ]]
}

@test "run --report: a place that cannot be is refused before anything is measured" {
    touch file
    refused 7 "--report wants a folder, 'file' is none" run "${ONE[@]}" -o r.json --report file
    refused 7 "cannot make the folder 'file/x' of --report" run "${ONE[@]}" -o r.json --report file/x
    refused 2 "--report wants a value" run "${ONE[@]}" -o r.json --report ""
    [ ! -e r.json ]
}

@test "run --report: a page that cannot be written is exit code 7, and the results stay" {
    mkdir -p out/report.html
    dlb 7 run "${ONE[@]}" -o r.json --report out
    last_error "out/report.html"
    dlb 0 export r.json
    said "fake:0"
}

@test "without gnuplot a page says so in a line and is whole" {
    command -v python3 >/dev/null || skip "no python3"
    bare 0 report "$RECORDED" -o r.html
    [[ "$stderr" == "dlbench: warning: the page has no pictures: gnuplot is not on the PATH: "* ]]
    bare 0 report "$RECORDED" -o r.md
    [ -z "$stderr" ]
    bare 0 run "${ONE[@]}" -o r.json --report out
    said "plots:   none; "
    python3 "$PAGE" check r.html answer ranking cases samples data
    python3 "$PAGE" check out/report.html answer cases samples data
    [[ $(python3 "$PAGE" text r.html) == *"no pictures: "*gnuplot* ]]
}

@test "a gnuplot without SVG, and one that writes nothing: the same line as without any" {
    local line="dlbench: warning: the page has no pictures: "
    fake_gnuplot 'cat >/dev/null; echo " dumb png " >&2'
    dlb 0 report "$RECORDED" -o r.html
    [[ $stderr == "$line"*"without SVG"* ]]
    [ "$(wc -l <<<"$stderr")" -eq 1 ]
    fake_gnuplot "$TERMINALS; exit 0"
    dlb 0 report "$RECORDED" -o r.html
    [[ $stderr == "$line"*"wrote no picture"* ]]
    [ "$(wc -l <<<"$stderr")" -eq 1 ]
    dlb 0 run "${ONE[@]}" -o r.json --report out
    said "plots:   none; gnuplot ended well but wrote no picture"
    fake_gnuplot 'script=$(cat); case $script in *GPVAL_TERMINALS*) echo " dumb svg " >&2 ;; *Distribution*) ;; *) echo "<svg></svg>" ;; esac'
    dlb 0 report "$RECORDED" -o r.html
    [[ $stderr == "dlbench: warning: the page has "*" of "*" pictures: gnuplot ended well but wrote no picture" ]]
}

@test "the format follows the name of the output, or --format" {
    dlb 0 report "$RECORDED"
    said "fastest"
    local name
    for name in a.html a.md a.csv a.txt a.json a.jsonl a.prom a.htm; do
        dlb 0 report "$RECORDED" -o "$name"
        [ -s "$name" ]
    done
    cmp a.html a.htm
    [ "$(head -c 15 a.html)" = "<!DOCTYPE html>" ]
    [ "$(tail -n 1 a.prom)" = "# EOF" ]
    dlb 0 report "$RECORDED" --format md -o a.txt
    grep -q '^| --- |' a.txt
    dlb 0 report "$RECORDED" --format html
    [[ $output == "<!DOCTYPE html>"* ]]
    refused 2 "does not say which format is wanted" report "$RECORDED" -o a.xyz
    refused 2 "does not say which format is wanted" report "$RECORDED" -o ./noname
    refused 2 "--format wants one of" report "$RECORDED" --format pdf
}

@test "numbers that cannot be are short: the table keeps its shape" {
    sed -E 's/"(ops_per_s|roof_fraction)": *[-+.0-9e]+/"\1": 1e300/; s/"roof_fraction": *null/"roof_fraction": 1e300/' \
        "$RECORDED" >huge.json
    dlb 0 report huge.json
    said "1e+300 FLOP/s"
    said "1e+302%"
    for format in text md html csv; do
        dlb 0 report huge.json --format "$format"
        [[ ! $output =~ [0-9]{40} ]] || { echo "$format: ${BASH_REMATCH[0]}"; return 1; }
    done
}

@test "a title of one's own, as text" {
    dlb 0 report "$RECORDED" -o r.html --title 'A & <b>'
    grep -qF '<title>A &amp; &lt;b&gt;</title>' r.html
}

@test "hostile names in every place stay names" {
    command -v python3 >/dev/null || skip "no python3"
    python3 "$PAGE" hostile "$RECORDED" "h.json"
    dlb 0 report h.json -o h.html
    python3 "$PAGE" check h.html answer warnings cases samples
    [[ $(python3 "$PAGE" text h.html) == *"<script>alert(1)</script>"* ]]
    local name="<img src=x onerror=alert(1)>'\"&.json"
    cp h.json "$name"
    dlb 0 report "$name" -o one.html
    python3 "$PAGE" check one.html answer
    dlb 0 report "</script><script>alert(3)</script>=h.json" "$name" -o two.html
    python3 "$PAGE" check two.html answer
    [[ $(python3 "$PAGE" text two.html) == *"<img src=x onerror=alert(1)>'\"&"* ]]
    dlb 0 report h.json --format openmetrics -o h.prom
    python3 "$BATS_TEST_DIRNAME/ci_formats.py" openmetrics h.prom h.json
}

@test "a hostile catalogue stays text, in the page and in the plots" {
    command -v python3 >/dev/null || skip "no python3"
    local evil="<img src=x onerror=alert(5)>'\\\"; system('touch pwned') \`touch pwned\`"
    printf '{"schema": "dlbench-catalogue/1", "processors": [{"id": "evil", "kind": "cpu", "vendor": "dlbench",
        "name": "Fake processor 0 (<script>alert(4)</script>)", "price_hour": 1.5, "currency": "USD", "price_as_of": "2026-01",
        "f32_tflops": 2, "tdp_w": 100, "source": "price is %s; dense"}]}' "$evil" >evil.json
    dlb 0 catalog add evil.json
    dlb 0 run "${ONE[@]}" --energy tdp -o r.json -q
    holds r.json onerror
    dlb 0 report r.json -o r.html
    python3 "$PAGE" check r.html answer energy cases
    [[ $(python3 "$PAGE" text r.html) == *"<img src=x onerror=alert(5)>"* ]]
    dlb 0 choose -w gemm --results r.json --by cost --format md -o choice.md
    if command -v gnuplot >/dev/null; then
        dlb 0 plot all r.json -o plots
        dlb 0 plot energy-cost r.json -o cost.svg --emit-gp
        python3 -c 'import sys, xml.dom.minidom as m; [m.parse(f) for f in sys.argv[1:]]' plots/*.svg cost.svg
    fi
    [ ! -e pwned ]
}

@test "OpenMetrics of a run is what the grammar says" {
    command -v python3 >/dev/null || skip "no python3"
    dlb 0 run "${THREE[@]}" -o r.json -q
    dlb 0 report r.json --format openmetrics -o r.prom
    python3 "$BATS_TEST_DIRNAME/ci_formats.py" openmetrics r.prom r.json
    dlb 0 export r.json --format openmetrics
    [ "$output" = "$(cat r.prom)" ]
}

@test "several files: one page, each device with the label of its file" {
    cp "$RECORDED" a.json
    sed 's/3f0c2a52-8a3e-4c5e-9a55-0123456789ab/run-b/' "$RECORDED" >b.json
    dlb 0 report before=a.json b.json
    said "before/onednn:0"
    said "b/onednn:0"
    dlb 0 report a.json a.json b.json -o r.html
    grep -q 'a.json (2)' r.html
    dlb 0 report a.json b.json --format json -o joined.json
    dlb 0 report joined.json
    said "a/onednn:0"
    refused 2 "two files are called 'x'" report x=a.json x=b.json
}

@test "the file of a check tells its verdicts" {
    command -v python3 >/dev/null || skip "no python3"
    run "$DLBENCH" check --a "$DLBENCH" --b "$DLBENCH" -d fake -w gemm:m=8,n=8,k=8 "${BRIEF[@]}" \
        --json c.json -q
    [ "$status" -le 4 ] # what a busy machine makes of it is not the point
    dlb 0 report c.json -o c.html
    python3 "$PAGE" check c.html answer check
    [[ $(python3 "$PAGE" text c.html) == *"Did it get slower?"* ]]
}

@test "files that cannot be read, places that cannot be written" {
    cp "$RECORDED" a.json
    refused 7 "missing.json" report missing.json -o r.html
    refused 7 "." report . -o r.html
    refused 7 "empty.json" report "$ROOT/tests/recordings/results/empty.json" -o r.html
    refused 7 "nowhere/r.html" report a.json -o nowhere/r.html
    refused 2 "'a.json' is both the input and the output" report a.json -o a.json
    refused 2 "'a.json' is both the input and the output" report a.json -o ./a.json --format html
    ln -s a.json link.html
    refused 2 "'a.json' is both the input and the output" report a.json -o link.html
    refused 2 "wants [LABEL=]FILE" report -o r.html
    [ ! -e r.html ]
}

@test "nobody reads: no complaint" {
    run --separate-stderr bash -c '"$0" report "$1" --format html | head -c 100 >/dev/null; exit "${PIPESTATUS[0]}"' "$DLBENCH" "$RECORDED"
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    run --separate-stderr bash -c '"$0" report "$1" >&-' "$DLBENCH" "$RECORDED"
    [ "$status" -eq 0 ] || [ "$status" -eq 7 ]
    refused 7 "No space left on device" report "$RECORDED" -o /dev/full --format md
}

@test "a price makes a cost, and --overlay is refused by name" {
    dlb 0 report "$RECORDED" --price-hour 3.6 --currency EUR -o r.html
    grep -q 'EUR' r.html
    refused 2 "--overlay wants one of" report "$RECORDED" --overlay publishd -o r.html
}
