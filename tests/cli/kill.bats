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
    local pid=$! ms=$((RANDOM % most)) code=0
    sleep "$((ms / 1000)).$(printf '%03d' $((ms % 1000)))"
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null || code=$?
    [ "$code" -eq 137 ]
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
    [ "$killed" -ge 20 ] # the faster the machine, the more are done before
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

# The new side of a check: stretches m=3, dies on m=2, and notes each of its processes before it measures.
make_new_side() {
    cat >new <<END
#!/bin/sh
[ "\$1" = worker ] && read -r request || exec '$DLBENCH' "\$@"
echo begun >>begun
case \$request in *m=2,*) request=\$(echo "\$request" | sed s/fake.delay=1ms/fake.do=crash-submit/) ;; esac
echo "\$request" | DLBENCH_SLOWDOWN='300%:*m=3,*' '$DLBENCH' worker
END
    chmod +x new
}
CHECKED=(check --a "$DLBENCH" --b ./new -d fake -w gemm -p m=1-3 -p n=8 -p k=8 --pairs 7 --rated 1000% "${BRIEF[@]}"
    --opt fake.delay=1ms -o r.json)

# whole: what r.json says, with its journal, is no less than what the screen and the new side said. Prints the pairs that it has.
whole() {
    "$DLBENCH" export r.json --format json >read.json 2>export.err || { echo "cannot be read: $(cat export.err)"; return 1; }
    python3 - <<'END'
import json
rows = json.load(open("read.json"))["verdicts"]
screen = open("err").read()
begun = len(open("begun").readlines())
failed = [r for r in rows if r["verdict"] == "failed"]
pairs = sum(len(r["pairs"]) for r in rows)
# A process of the new side begins when the pair before it is finished and saved.
assert pairs + len(failed) >= begun - 1, f"{begun} begun, {pairs} pairs and {len(failed)} failures are in the file"
assert "failed" not in screen or failed, "the screen told of a failure"
if "stage 2" in screen:
    short = [r["key"] for r in rows if r["verdict"] != "failed" and sum(p["stage"] == 1 for p in r["pairs"]) < 7]
    assert len(rows) == 3 and not short, f"stage 2 had begun, and of stage 1 pairs lack: {short}"
print(pairs)
END
}

@test "check: killed at 50 moments" {
    local killed=0 all=0 begin most found
    make_new_side
    touch begun
    begin=$(date +%s%N)
    dlb 3 "${CHECKED[@]}"
    most=$((($(date +%s%N) - begin) / 1000000))
    for i in $(seq 50); do
        rm -f r.json* begun
        touch begun
        if kill_after "$most" "$DLBENCH" "${CHECKED[@]}"; then
            killed=$((killed + 1))
        fi
        if [ -s begun ] || [ -e r.json ]; then
            found=$(whole 2>&1) || { echo "round $i: $found; $(cat err)"; return 1; }
            all=$((all + found))
        fi
        # The file is whole without its journal, too; and every tenth time the same check again ends as it would have.
        [ $((i % 10)) -ne 0 ] || {
            dlb 3 "${CHECKED[@]}"
            holds r.json '"complete":true'
            holds r.json '"verdict":"regressed"'
            [ ! -e r.json.journal ]
        }
        rm -f r.json.journal
        [ ! -e r.json ] || "$DLBENCH" export r.json >/dev/null
    done
    echo "# $killed of 50 were killed in time, with $all pairs" >&3
    [ "$killed" -ge 10 ]
    [ "$all" -gt 50 ]
}

# told and there: what `history add` said it has added, and what the log has.
@test "history add: killed at 50 moments" {
    run --separate-stderr "$DLBENCH" history list --db none.db
    [ "$status" -ne 5 ] || skip "built without SQLite"
    local killed=0 all=0 begin most told files=20
    dlb 0 run -q "${ONE[@]}" -o r.json
    for i in $(seq $files); do
        sed -E "s/^\"run_id\": *\"[^\"]*\"/\"run_id\": \"run-$i\"/" r.json >"s$i.json"
        holds "s$i.json" "\"run_id\":\"run-$i\""
    done
    begin=$(date +%s%N)
    dlb 0 history add s*.json --db h.db
    most=$((($(date +%s%N) - begin) / 1000000))
    for i in $(seq 50); do
        rm -f h.db* h.jsonl
        if kill_after "$most" "$DLBENCH" history add s*.json --db h.db; then
            killed=$((killed + 1))
        fi
        # What was told is in the log, and in the database for whoever opens it next.
        while read -r told; do
            all=$((all + 1))
            has h.jsonl "\"run_id\":\"$told\"" || { echo "round $i: $told was told and is not in the log"; return 1; }
            [ "$("$DLBENCH" history sql "SELECT count(*) FROM run WHERE id='$told'" --db h.db --format csv 2>>err | tail -n 1)" = 1 ] ||
                { echo "round $i: $told is not in the database: $(cat err)"; return 1; }
        done < <(sed -nE 's/.*: added run ([^,]*),.*/\1/p' out)
        # The next writer goes on: every run is there once, in both.
        dlb 0 history add s*.json --db h.db
        dlb 0 history list --db h.db --verify
        [ "$(wc -l <h.jsonl)" -eq $files ]
        [ "$("$DLBENCH" history sql "SELECT count(*), count(DISTINCT run_id) FROM result" --db h.db --format csv | tail -n 1)" = "$files,$files" ]
    done
    echo "# $killed of 50 were killed in time, after $all runs had been told" >&3
    [ "$killed" -ge 10 ]
    [ "$all" -gt 50 ]
}
