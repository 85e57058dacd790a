#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a subshell of its own; bats sets stderr
# kill.bats: kill -9 at random moments, 200 in all: no finished case is lost, and what is on the disk can be read.
#
# What the screen has said (a line per finished case) is what must be there afterwards.
load helpers

# kill_after MOST_MS COMMAND...: starts it in the background, kills it with SIGKILL after 0 to MOST_MS milliseconds. True when it was still running.
kill_after() {
    local most=$1
    shift
    "$@" >out 2>err &
    local pid=$! ms=$((RANDOM % most))
    sleep "$((ms / 1000)).$(printf '%03d' $((ms % 1000)))"
    kill -KILL "$pid" 2>/dev/null
    ! wait "$pid" 2>/dev/null
}

# rows FILE: keys of the cases that have a time.
rows() {
    "$DLBENCH" export "$1" --format csv >rows.csv 2>export.err || { echo "cannot be read: $(cat export.err)"; return 1; }
    awk -v columns=key,status,invocation.median_ns -f "$ROOT/scripts/csv-columns.awk" rows.csv | awk -F '\t' '$2 == "ok" && $3 > 0 { print $1 }' |
        sort -u
}

@test "run: killed at 100 moments" {
    local killed=0 finished found
    for i in $(seq 100); do
        rm -f r.json*
        if kill_after 700 "$DLBENCH" run -d fake -w gemm -p m=1-12 -p n=8 -p k=8 "${TINY[@]}" -o r.json; then
            killed=$((killed + 1))
        fi
        finished=$(grep -c '^\[.*/12\]' err || true)
        if [ "$finished" -gt 0 ] || [ -e r.json ]; then
            found=$(rows r.json) || { echo "round $i: $found"; return 1; }
            found=$(echo "$found" | grep -c . || true)
            [ "$found" -ge "$finished" ] || { echo "round $i: $finished cases were told, $found are in the file: $(cat err)"; return 1; }
        fi
        # The file is whole without its journal, too.
        rm -f r.json.journal
        [ ! -e r.json ] || rows r.json >/dev/null
    done
    echo "# $killed of 100 were killed in time" >&3
    [ "$killed" -ge 50 ]
}

@test "run: what was killed is resumed, and every case is there once" {
    for i in $(seq 5); do
        rm -f r.json*
        kill_after 500 "$DLBENCH" run -d fake -w gemm -p m=1-12 -p n=8 -p k=8 "${TINY[@]}" -o r.json || true
        [ -e r.json ] || continue
        dlb 0 run --resume r.json
        [ "$(rows r.json | wc -l)" -eq 12 ]
        [ ! -e r.json.journal ]
    done
}
