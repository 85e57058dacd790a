#!/usr/bin/env bats
# shellcheck disable=SC2154 # bats sets stderr
# history.bats: `dlbench history`: what is added stays, whatever ends the writer; what cannot be used is said in one line.
load helpers

# One run as r.json; copies with other ids stand for later runs.
setup_file() {
    load helpers
    setup
    command -v "$DLBENCH" >/dev/null || return 0
    dlb 0 run -q "${ONE[@]}" -o "$BATS_FILE_TMPDIR/r.json"
}

teardown() {
    if mountpoint -q "$BATS_TEST_TMPDIR/full" 2>/dev/null; then umount "$BATS_TEST_TMPDIR/full"; fi
}

needs_history() {
    run --separate-stderr "$DLBENCH" history list --db none.db
    [ "$status" -ne 5 ] || skip "built without SQLite"
}

# copy NAME NUMBER [FACTOR]: the run as another one, NUMBER days later and FACTOR times as slow.
copy() {
    awk -v id="run-$2" -v day="$(printf '2026-%02d-%02d' $((1 + $2 / 28)) $((1 + $2 % 28)))" -v rev="rev$2" -v factor="${3:-1}" '
        /^"run_id"/ { $0 = "\"run_id\": \"" id "\"," }
        /^"created_utc"/ { $0 = "\"created_utc\": \"" day "T10:00:00Z\"," }
        /^"tool"/ { sub(/"git":"[^"]*"/, "\"git\":\"" rev "\"") }
        match($0, /"summary":\{"median_ns":[0-9.e+-]+/) {
            split(substr($0, RSTART, RLENGTH), parts, "median_ns\":")
            $0 = substr($0, 1, RSTART - 1) parts[1] "median_ns\":" sprintf("%.6f", 1000 * factor) substr($0, RSTART + RLENGTH)
        }
        { print }' "${SOURCE:-$BATS_FILE_TMPDIR/r.json}" >"$1"
}

runs() { "$DLBENCH" history sql "SELECT count(*) FROM run" --db "${1:-h.db}" --format csv | tail -n 1; }

@test "without SQLite every action says what to install; everything else works" {
    run --separate-stderr "$DLBENCH" history list --db none.db
    [ "$status" -eq 5 ] || skip "built with SQLite"
    for action in "add $BATS_FILE_TMPDIR/r.json" list trend "sql SELECT" export rebuild; do
        # shellcheck disable=SC2086 # words
        refused 5 "libsqlite3-dev" history $action --db h.db
    done
    dlb 0 export "$BATS_FILE_TMPDIR/r.json" --format csv
}

@test "add, list, sql, export" {
    needs_history
    copy a.json 1
    copy b.json 2
    dlb 0 history add a.json b.json --db h.db --branch main
    said "a.json: added run run-1, 1 case, 1 ok"
    [ "$(runs)" = 2 ]
    dlb 0 history list --db h.db
    said "2026-01-02T10:00:00Z"
    said "rev2"
    said "$PWD/b.json"
    dlb 0 history list --db h.db --format json
    said '"exit_code": 0'
    dlb 0 history sql "SELECT id, branch, git_rev FROM run ORDER BY id" --db h.db --format csv
    [ "$output" = $'id,branch,git_rev\nrun-1,main,rev1\nrun-2,main,rev2' ]
    dlb 0 history export --db h.db --format csv -o all.csv
    [ "$(wc -l <all.csv)" -eq 3 ]
    dlb 0 history export --db h.db
    [ "${#lines[@]}" -eq 2 ]
    [ "$output" = "$(cat h.jsonl)" ]
    dlb 0 history export --db h.db --format sql
    said "CREATE TABLE IF NOT EXISTS run("
    said "INSERT OR IGNORE INTO run"
}

@test "--quiet: what was done is not told, what was asked for is" {
    needs_history
    copy a.json 1
    dlb 0 history add -q a.json --db h.db
    [ -z "$output$stderr" ]
    dlb 0 history rebuild -q --db h.db
    [ -z "$output$stderr" ]
    dlb 0 history add -q a.json --db h.db -o told.txt
    grep -q "is there already" told.txt
    dlb 0 history list -q --db h.db
    said "run-1"
}

@test "the database of an export is the same history" {
    needs_history
    command -v sqlite3 >/dev/null || skip "no sqlite3"
    copy a.json 1
    dlb 0 history add a.json --db h.db
    "$DLBENCH" history export --db h.db --format sql | sqlite3 copy.db
    dlb 0 export a.json --format sql -o a.sql
    sqlite3 copy.db <a.sql
    sqlite3 fresh.db <a.sql
    [ "$(runs fresh.db)" = 1 ]
    [ "$(runs copy.db)" = 1 ]
    for table in run result invocation bench device host env; do
        [ "$(sqlite3 copy.db "SELECT count(*) FROM $table")" = "$(sqlite3 h.db "SELECT count(*) FROM $table")" ]
    done
}

@test "a run that is there already is left out, and told" {
    needs_history
    copy a.json 1
    dlb 0 history add a.json --db h.db
    cp h.jsonl before.jsonl
    dlb 0 history add a.json a.json --db h.db
    said "a.json: run run-1 is there already; left out"
    cmp h.jsonl before.jsonl
    dlb 0 history add a.json --db h.db --format json
    said '"outcome": "known"'
}

@test "the default place, and its folder" {
    needs_history
    copy a.json 1
    refused 7 "there is no history" history list
    [ ! -e .local ]
    dlb 0 history add a.json
    [ -s "$HOME/.local/share/dlbench/history.db" ]
    [ -s "$HOME/.local/share/dlbench/history.jsonl" ]
    XDG_DATA_HOME=$PWD/data dlb 0 history add a.json
    [ -s data/dlbench/history.db ]
    run --separate-stderr env -u HOME -u XDG_DATA_HOME "$DLBENCH" history list
    [ "$status" -eq 2 ]
    one_error "--db"
}

@test "trend: a step, the check that confirms it, and a note" {
    needs_history
    for i in $(seq 0 11); do copy "r$i.json" "$i" "1.00$((i * 7 % 10))"; done
    for i in $(seq 12 23); do copy "r$i.json" "$i" "1.10$((i * 7 % 10))"; done
    dlb 0 history add r?.json r??.json --db h.db
    dlb 0 history trend --db h.db -w 'gemm*' -d fake
    said "slower by"
    said "since rev12"
    said "dlbench check --a rev11/dlbench --b rev12/dlbench -d fake:0 -w 'gemm:m=8,n=8,k=8"
    dlb 0 history trend --db h.db --format json
    said '"state": "steps"'
    said '"before": "rev11"'
    dlb 0 history trend --db h.db --format csv
    [ "${#lines[@]}" -eq 25 ]
    dlb 0 history sql "SELECT run_id FROM changepoint" --db h.db --format csv
    [ "${lines[1]}" = run-12 ]
    USER=ann dlb 0 history trend --db h.db --acknowledge "wanted"
    said "acknowledged by ann: wanted"
    [[ $output != *"dlbench check"* ]]
    dlb 0 history rebuild --db h.db
    dlb 0 history trend --db h.db
    said "acknowledged by ann: wanted"
    dlb 0 history trend --db h.db --since 2026-01-20
    said "too few runs: 5, a step needs 14 to be told"
    refused 5 "matches" history trend --db h.db -w 'lstm*'
    refused 5 "no run of revision 'v9'" history trend --db h.db --since v9
    refused 2 "no metric 'colour'" history trend --db h.db --metric colour
    refused 2 "--acknowledge wants a value" history trend --db h.db --acknowledge ""
    refused 2 "found 'fake,,'" history trend --db h.db -d fake,,
}

# steps FILE OPTION...: in a history of its own, 16 runs of FILE's case, the second half slower.
steps() {
    local SOURCE=$1 i
    shift
    rm -f h.db* h.jsonl
    for i in $(seq 0 7); do copy "r$i.json" "$i" "1.00$((i * 7 % 10))"; done
    for i in $(seq 8 15); do copy "r$i.json" "$i" "1.10$((i * 7 % 10))"; done
    dlb 0 history add r?.json r??.json --db h.db "$@"
    dlb 0 history trend --db h.db
    said "slower by"
}

@test "trend: the check that confirms a step measures what the runs measured" {
    needs_history
    dlb 0 run -q "${ONE[@]}" -t 1 --mode latency --cache cold --data ones -o cold.json
    steps cold.json
    said "-w 'gemm:m=8,n=8,k=8,"
    said "' -t 1 --timing latency --cache cold --data ones"
    local command
    command=$(grep -o "dlbench check .*" <<<"$output" | sed "s|^dlbench|'$DLBENCH'|; s|rev[0-9]*/dlbench|'$DLBENCH'|g")
    run bash -c "$command --dry-run"
    [ "$status" -eq 0 ]
    [[ $output == *"1 case"* ]]
}

@test "trend: a step inside one revision is not the program's" {
    needs_history
    steps "$BATS_FILE_TMPDIR/r.json" --rev v7
    said "both sides are v7: not the program"
    [[ $output != *"dlbench check"* ]]
    dlb 0 history trend --db h.db --format json
    said '"same_revision": true'
    said '"confirm": null'
}

@test "sql only reads" {
    needs_history
    copy a.json 1
    dlb 0 history add a.json --db h.db
    refused 2 "only reads" history sql "DELETE FROM run" --db h.db
    refused 2 "only reads" history sql "PRAGMA writable_schema=1" --db h.db
    refused 2 "one statement" history sql "SELECT 1; DROP TABLE run" --db h.db
    refused 2 "syntax error" history sql "SELEC" --db h.db
    [ "$(runs)" = 1 ]
}

@test "usage" {
    refused 2 "did you mean add?" history ad
    refused 2 "add wants result files" history add --db h.db
    refused 2 "sql wants one SELECT" history sql --db h.db
    refused 2 "found 'x'" history list x --db h.db
    refused 2 "--since is for dlbench history trend" history list --since 2026-01-01
    refused 2 "--rev has no meaning" history trend --rev x
    refused 2 "list cannot write sql" history list --format sql --db h.db
    [ ! -e h.db ]
}

@test "files that are no history: one line, exit 7, untouched" {
    needs_history
    copy a.json 1
    echo "things to buy" >notes.db
    cp notes.db before
    refused 7 "this is no database" history add a.json --db notes.db
    cmp notes.db before
    refused 7 "it is a folder" history list --db .
    refused 7 "there is no folder no" history add a.json --db no/h.db
    mkfifo pipe.db
    refused 7 "it is a FIFO" history list --db pipe.db
    dlb 0 history add a.json --db h.db
    refused 7 "cannot read no.json" history add no.json --db h.db
    echo '{}' >empty.json
    refused 7 "empty.json" history add empty.json --db h.db
    dlb 7 history add no.json a.json empty.json --db h.db
    last_error "2 of 3 files could not be added"
}

@test "random bytes in the database: refused, kept, made again" {
    needs_history
    for i in 1 2 3; do copy "r$i.json" "$i"; done
    dlb 0 history add r?.json --db h.db
    head -c 40000 /dev/urandom >h.db
    cp h.db before
    for action in list trend export "add r1.json"; do
        # shellcheck disable=SC2086 # words
        refused 7 "history rebuild --db h.db" history $action --db h.db
    done
    cmp h.db before
    dlb 0 history rebuild --db h.db
    said "made again from its log: 3 runs"
    said "kept as h.db.old"
    cmp h.db.old before
    [ "$(runs)" = 3 ]
}

@test "a newer version is refused" {
    needs_history
    command -v sqlite3 >/dev/null || skip "no sqlite3"
    copy a.json 1
    dlb 0 history add a.json --db h.db
    sqlite3 h.db "PRAGMA user_version=7"
    refused 7 "version 7, this dlbench knows up to 2" history list --db h.db
}

@test "two writers, twenty runs each: nothing is lost" {
    needs_history
    for i in $(seq 1 40); do copy "r$i.json" "$i"; done
    for i in $(seq 1 20); do "$DLBENCH" history add "r$i.json" --db h.db; done >a.log 2>&1 &
    local other=$!
    for i in $(seq 21 40); do "$DLBENCH" history add "r$i.json" --db h.db; done >b.log 2>&1
    wait "$other" || true
    grep -hv "added run" a.log b.log || true # what went wrong, if anything did
    [ "$(grep -c "added run" a.log)" -eq 20 ]
    [ "$(grep -c "added run" b.log)" -eq 20 ]
    [ "$(runs)" = 40 ]
    [ "$(wc -l <h.jsonl)" -eq 40 ]
    dlb 0 history rebuild --db h.db
    said "40 runs"
    [[ $output != *"left out"* ]]
}

@test "killed at any moment: what was said to be added is there" {
    needs_history
    copy r.json 0
    local begin=${EPOCHREALTIME/./} whole added=0
    dlb 0 history add r.json --db h.db
    whole=$((${EPOCHREALTIME/./} - begin)) # us
    : >added.txt
    for i in $(seq 1 100); do
        copy r.json "$i"
        "$DLBENCH" history add r.json --db h.db >out.log 2>/dev/null &
        local pid=$!
        sleep "$(printf '0.%06d' $((RANDOM * RANDOM % (whole + whole / 2))))"
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        if grep -q "added run" out.log; then
            added=$((added + 1))
            echo "run-$i" >>added.txt
        fi
    done
    echo "$added of 100 were added"
    [ "$added" -gt 0 ]
    [ "$added" -lt 100 ]
    copy r.json 101
    dlb 0 history add r.json --db h.db
    dlb 0 history list --db h.db --verify
    "$DLBENCH" history sql "SELECT id FROM run" --db h.db --format csv | sort >there.txt
    sort added.txt | comm -23 - there.txt >lost.txt
    [ ! -s lost.txt ]
    local before
    before=$(runs)
    dlb 0 history rebuild --db h.db
    [ "$(runs)" = "$before" ]
}

# fat NAME NUMBER: a run whose line is some 200 kB long.
fat() {
    copy thin.json "$2"
    awk '/^"command":/ { long = "x"; while (length(long) < 200000) long = long long; $0 = "\"command\": [\"" substr(long, 1, 200000) "\"]," }
        { print }' thin.json >"$1"
}

@test "a full disk: exit 7, and the old data whole" {
    needs_history
    for i in $(seq 1 9); do fat "r$i.json" "$i"; done
    dlb 0 history add r1.json --db h.db
    # Blocks of 1024 bytes: the log has room for five lines.
    run --separate-stderr bash -c "ulimit -f 1030; exec '$DLBENCH' history add r?.json --db h.db"
    [ "$status" -eq 7 ]
    [[ $stderr == *"cannot write h.jsonl: File too large"* ]]
    [ "$(runs)" = 5 ]
    dlb 0 history list --db h.db --verify
    dlb 0 history add r?.json --db h.db
    [ "$(runs)" = 9 ]
    [ "$(wc -l <h.jsonl)" -eq 9 ]
}

@test "a file system that runs full" {
    needs_history
    [ "$(id -u)" -eq 0 ] || skip "mounting takes root"
    mkdir full
    mount -t tmpfs -o size=1500k tmpfs full 2>/dev/null || skip "no right to mount"
    for i in $(seq 1 9); do fat "r$i.json" "$i"; done
    run --separate-stderr "$DLBENCH" history add r?.json --db full/h.db
    local code=$status said=$stderr there
    there=$("$DLBENCH" history export --db full/h.db 2>/dev/null | wc -l)
    cp full/h.jsonl saved.jsonl
    umount full
    [ "$code" -eq 7 ]
    [[ $said == *"cannot write full/h."* ]]
    [ "$there" -ge 2 ]
    [ "$there" -lt 9 ]
    dlb 0 history rebuild --db saved.db
    [ "$(runs saved.db)" = "$there" ]
}

@test "a file system without locks: a warning, and the runs are stored" {
    needs_history
    copy a.json 1
    copy b.json 2
    without_locks
    dlb 0 history add a.json b.json --db h.db
    [[ $stderr == *"this file system has no locks"* ]]
    [ "$(runs h.db)" -eq 2 ]
}

@test "a folder that cannot be written: reading works, adding says why" {
    needs_history
    local as=()
    if [ "$(id -u)" -eq 0 ]; then
        command -v setpriv >/dev/null || skip "no setpriv to stop being root with"
        as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    fi
    # The test's own folders may be closed to others: one that is open.
    local place
    place=$(mktemp -d /tmp/dlbench-history-XXXXXX)
    copy a.json 1
    copy b.json 2
    cp a.json b.json "$place"
    cp "$DLBENCH" "$place/dlbench"
    dlb 0 history add a.json --db "$place/h.db"
    chmod 644 "$place"/*
    chmod 755 "$place/dlbench"
    chmod 555 "$place"
    cd "$place"
    run --separate-stderr "${as[@]}" ./dlbench history sql "SELECT count(*) FROM run" --db h.db --format csv
    local read_code=$status read_out=$output
    run --separate-stderr "${as[@]}" ./dlbench history trend --db h.db
    local trend_code=$status
    run --separate-stderr "${as[@]}" ./dlbench history add b.json --db h.db
    local add_code=$status add_said=$stderr
    run --separate-stderr "${as[@]}" ./dlbench history add b.json --db new.db
    local new_code=$status new_said=$stderr
    cd "$BATS_TEST_TMPDIR"
    chmod 755 "$place"
    rm -rf "$place"
    [ "$read_code" -eq 0 ]
    [ "$read_out" = $'count(*)\n1' ]
    [ "$trend_code" -eq 0 ]
    [ "$add_code" -eq 7 ]
    [[ $add_said == *"cannot write"* ]]
    [ "$new_code" -eq 7 ]
    [[ $new_said == *"cannot write"* ]]
}

@test "a reader who goes early, and a screen that is full" {
    needs_history
    for i in 1 2 3; do copy "r$i.json" "$i"; done
    dlb 0 history add r?.json --db h.db
    run --separate-stderr bash -c "'$DLBENCH' history export --db h.db | head -c 10; exit \${PIPESTATUS[0]}"
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [ -e /dev/full ] || skip "no /dev/full"
    run --separate-stderr bash -c "'$DLBENCH' history export --db h.db >/dev/full"
    [ "$status" -eq 7 ]
}

@test "an interrupted run is stored as one, and completed later" {
    needs_history
    copy a.json 1
    sed 's/^"complete": *true/"complete": false/' a.json >half.json
    holds half.json '"complete":false'
    dlb 0 history add half.json --db h.db
    said "incomplete"
    dlb 0 history add a.json --db h.db
    said "completed run run-1"
    dlb 0 history sql "SELECT complete FROM run" --db h.db --format csv
    [ "${lines[1]}" = 1 ]
}

# session NAME NUMBER UTC HOST: the run as that of another host, begun at that moment by its clock.
session() {
    copy session.json "$2"
    awk -v utc="$3" -v host="$4" '
        /^"created_utc"/ { $0 = "\"created_utc\": \"" utc "\"," }
        /^"host"/ { sub(/"id_hash":"[^"]*"/, "\"id_hash\":\"" host "\"") }
        { print }' session.json >"$1"
}

@test "hosts whose clocks are an hour ahead and behind: nothing is lost, no series is mixed" {
    needs_history
    session a1.json 1 2026-03-01T10:00:00Z aaaaaaaaaaaaaaaa
    session b1.json 2 2026-03-01T11:05:00Z bbbbbbbbbbbbbbbb # at 10:05, an hour ahead
    session a2.json 3 2026-03-01T10:10:00Z aaaaaaaaaaaaaaaa
    session c1.json 4 2026-03-01T09:15:00Z cccccccccccccccc # at 10:15, an hour behind
    session b2.json 5 2026-03-01T10:20:00Z bbbbbbbbbbbbbbbb # its clock has been set right: before its first run
    session a3.json 6 2026-03-01T10:20:00Z aaaaaaaaaaaaaaaa # the same moment, another host
    dlb 0 history add a1.json b1.json a2.json c1.json b2.json a3.json --db h.db
    dlb 0 history rebuild --db h.db
    said "6 runs"
    [ "$(wc -l <h.jsonl)" -eq 6 ]
    dlb 0 history sql "SELECT id FROM run ORDER BY created_utc, rowid" --db h.db --format csv
    [ "$output" = $'id\nrun-4\nrun-1\nrun-3\nrun-5\nrun-6\nrun-2' ]
    dlb 0 history trend --db h.db --format csv
    [ "$(tail -n +2 <<<"$output" | sed 's/^\(.\)[^,]*,.*,\(run-.\),.*/\1 \2/' | tr '\n' ' ')" = \
        "a run-1 a run-3 a run-6 b run-5 b run-2 c run-4 " ]
}
