#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own: that is meant
# shellcheck disable=SC2154 # bats sets stderr
# roofline.bats: `dlbench roofline`, and the roofs of a run: measured, kept, used again, measured again where they cannot be.
load helpers

KEPT=.cache/dlbench/roofs-cpu.json

# number 'NAME' FILE: the value of a member that stands on a line of its own.
number() { sed -n "s/^ *\"$1\": \([0-9.e+-]*\),*\$/\1/p" "$2" | head -n 1; }

# One kept file of made roofs, for this machine: the identity is that of a file that was measured here.
keep_made() { # IDENTITY AS_OF
    mkdir -p .cache/dlbench
    cat >"$KEPT" <<END
{"schema": "dlbench-roofs/1", "device": "cpu", "identity": "$1", "as_of": "$2", "evidence": "measured",
 "level_bytes": {"L1": 32768, "L2": 1048576, "L3": 33554432, "memory": 8000000000},
 "roofs": [
  {"kind": "compute", "name": "f32 made", "dtype": "f32", "level": "", "pattern": "", "data": "random", "ceiling": true,
   "threads": 1, "size_bytes": 0, "value": 1e15, "lo": 1e15, "hi": 1e15, "datasheet": null},
  {"kind": "bandwidth", "name": "L1 made", "dtype": "", "level": "L1", "pattern": "read", "data": "", "ceiling": true,
   "threads": 1, "size_bytes": 20000, "value": 1e15, "lo": 1e15, "hi": 1e15, "datasheet": null}]}
END
}

today() { date -u +%Y-%m-%dT%H:%M:%SZ; }

@test "roofline: a table, a file of JSON, and what is kept; a run takes it from there" {
    dlb 0 roofline -d fake --quick -t 1
    said "cpu: "
    said "f32 "
    said "L1 read"
    said "memory triad"
    said "measured quickly"
    said "kept in"
    holds "$KEPT" '"quick":true'
    [[ $stderr == *"measuring the roofs of cpu, 1 thread (without --quick all of them, "* ]]
    holds "$KEPT" '"schema":"dlbench-roofs/1"'
    holds "$KEPT" '"threads":1'
    # what it found is of this world: 100 Mop/s to 100 Top/s a thread
    awk -v v="$(number value "$KEPT")" 'BEGIN { exit !(v > 1e8 && v < 1e14) }'

    cp "$KEPT" before.json
    export DLBENCH_ROOFS=auto
    dlb 0 run "${ONE[@]}" -t 1 -o r.json
    [[ $stderr != *"measuring the roofs"* ]]
    cmp "$KEPT" before.json
    holds r.json '"measured":{'
    holds r.json '"roof_binds":"compute f32"' || holds r.json '"roof_binds":"L1"'
    lacks r.json '"roof_fraction":null'

    # the identity of this machine stands in the file: made roofs of it are taken as they are
    keep_made "$(sed -n 's/^ *"identity": "\(.*\)",*$/\1/p' before.json)" "$(today)"
    dlb 0 run "${ONE[@]}" -t 1 -o made.json
    holds made.json '"f32 made"'
    # too old, or of another processor: measured again, without a word more than that
    keep_made "another processor" "$(today)"
    dlb 0 run "${ONE[@]}" -t 1 -o other.json
    [[ $stderr == *"measuring the roofs of cpu"* ]]
    lacks other.json '"f32 made"'
    lacks "$KEPT" 'another processor'
}

@test "roofline: a damaged file is a line, and measured again" {
    mkdir -p .cache/dlbench
    echo '{"schema": "dlbench-roofs/1", "device"' >"$KEPT"
    export DLBENCH_ROOFS=auto
    dlb 0 run "${ONE[@]}" -t 1 -o r.json
    [[ $stderr == *"warning:"*"roofs-cpu.json"*"measured again"* ]]
    holds "$KEPT" '"f32 '
    holds r.json '"measured":{'
}

@test "roofline: JSON on stdout and in a file, and what has no roofs" {
    dlb 0 roofline -d fake --quick -t 1 --format json -o roofs.json
    [ -z "$output" ]
    if command -v python3 >/dev/null; then
        python3 - roofs.json <<'END'
import json, sys
found = json.load(open(sys.argv[1]))
roofs = found["devices"][0]["roofs"]
assert len({(r["name"], r["threads"]) for r in roofs}) == len(roofs), "names are unique"
for roof in roofs:
    assert roof["value"] > 0 and roof["lo"] <= roof["value"] <= roof["hi"], roof
    assert roof["ceiling"] and roof["threads"] in (0, 1), roof
level = lambda name: max(r["value"] for r in roofs if r["level"] == name)
assert level("L1") > level("memory"), "the first level is faster than memory"
END
    fi
}

@test "roofline: off, and a run without a home to keep them in" {
    dlb 0 run "${ONE[@]}" -t 1 -o off.json
    lacks off.json '"measured":{'
    [ ! -e "$KEPT" ]
    DLBENCH_ROOFS=sometimes refused 2 "DLBENCH_ROOFS wants auto, new or off, found 'sometimes'" run "${ONE[@]}" -o x.json
    DLBENCH_ROOFS=sometimes dlb 0 run "${ONE[@]}" -t 1 --roofs off -o given.json
}

@test "roofline: bad options" {
    refused 5 "no device matches 'nonsense'" roofline -d nonsense
    refused 2 "--threads" roofline -d fake -t 0
    refused 2 "--threads" roofline -d fake -t 1000
    refused 2 "--threads" roofline -d fake -t two
    refused 2 "did you mean --quick" roofline --quik
    refused 2 "--format" roofline --format yaml
    refused 2 "argument" roofline cpu
    refused 2 "--opt" roofline -d fake --opt fake
}

@test "roofline: a file that cannot be written is refused before anything is measured" {
    refused 7 "no/such/folder" roofline -d fake -t 1 -o "$PWD/no/such/folder/roofs.txt"
}

@test "roofline: stopped by Ctrl-C, nothing is kept" {
    env --default-signal=INT "$DLBENCH" roofline -d fake -t 1 >out 2>err &
    local pid=$!
    for _ in $(seq 100); do
        if grep -q measuring err; then break; fi
        sleep 0.1
    done
    kill -INT "$pid"
    local code=0
    wait "$pid" || code=$?
    [ "$code" -eq 130 ]
    [ ! -e "$KEPT" ]
    [ ! -s out ]
}
