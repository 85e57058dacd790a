#!/usr/bin/env bats
# failures.bats: a backend that misbehaves is a row with its reason and exit code 3; the run goes on and loses nothing.
load helpers

# misbehaves BEHAVIOUR 'REASON' [ARGUMENT...]: two cases, both fail with the reason, the file says so.
misbehaves() {
    local behaviour=$1 reason=$2
    shift 2
    dlb 3 run -d fake -w gemm -p m=4,8 -p n=8 -p k=8 "${TINY[@]}" --opt "fake.do=$behaviour" -o r.json "$@"
    last_error "2 of 2 cases failed"
    last_error "$reason"
    [ "$(grep -o '"status":"failed"' r.json | wc -l)" -eq 2 ]
    holds r.json '"exit_code":3'
    holds r.json '"complete":true'
}

@test "a wrong answer has no speed" {
    misbehaves wrong "wrong answer"
    run ! grep -qE '"median_ns":[0-9]' r.json
}

@test "an answer that goes wrong later" { misbehaves wrong-late "wrong answer"; }
@test "an answer that is never written" { misbehaves unwritten "wrong answer"; }
@test "an answer that is written once and never again" { misbehaves stops-writing "wrong answer"; }
@test "a crash in prepare" { misbehaves crash-prepare "SIGSEGV in prepare"; }
@test "a crash in submit" { misbehaves crash-submit "SIGSEGV"; }
@test "an abort, with its last words" { misbehaves abort "SIGABRT"; }
@test "an exit in the middle" { misbehaves exit "exit code 3"; }
@test "a hang, ended by the watchdog" { misbehaves hang "timeout" --timeout 300ms; }
@test "a SIGKILL out of nowhere" { misbehaves kill "SIGKILL"; }

@test "a hang that chats on stderr is ended too" {
    run --separate-stderr timeout 20 "$DLBENCH" run "${ONE[@]}" --opt fake.do=hang-chatty --timeout 300ms -o r.json
    [ "$status" -eq 3 ]
    last_error "timeout"
    last_error "still at it"
    holds r.json '"status_detail":"timeout"'
}

@test "right in the first process, wrong in the second: no speed anywhere" {
    dlb 3 run "${THREE[@]}" --opt fake.do=wrong-second --opt fake.counter=count -o r.json
    last_error "wrong answer"
    [ "$(stat -c %s count)" -eq 2 ] # a wrong case is not measured further
    holds r.json '"status":"failed"'
    grep -o '"summary": *{[^}]*}' r.json >summary
    holds summary '"median_ns":null'
    holds summary '"ops_per_s":null'
    holds summary '"ci_lo_ns":null'
    run ! grep -qE '"(median_ns|ci_lo_ns|ci_hi_ns|ops_per_s|bytes_per_s|items_per_s)": ?[0-9]' summary
    run ! grep -qE '[0-9] ?(ns|us|ms|.?OP/s|.?FLOP/s)' <<<"$(grep 'fake:0' <<<"$output")"
    dlb 0 export r.json --format csv
    [ "${#lines[@]}" -ge 2 ]
}

@test "right in the first process, a crash in the second" {
    dlb 3 run "${THREE[@]}" --opt fake.do=crash-second --opt fake.counter=count -o r.json
    last_error "SIGSEGV"
    grep -o '"summary": *{[^}]*}' r.json >summary
    holds summary '"median_ns":null'
}
@test "no memory in prepare" { misbehaves oom "out of memory"; }
@test "a library call that fails" { misbehaves fail-submit "fake"; }

@test "one bad device does not take the others along" {
    dlb 3 run -d fake,reference -w gemm:m=8,n=8,k=8 "${TINY[@]}" --opt fake.do=abort -o r.json
    last_error "1 of 2 cases failed"
    holds r.json '"status":"ok"'
    holds r.json '"status":"failed"'
    said "reference:0"
}

@test "chatter on stdout does not reach the report" {
    dlb 0 run "${ONE[@]}" --opt fake.do=print --format csv -o r.json
    [ "${#lines[@]}" -eq 2 ]
}

@test "unsupported is no failure, but nothing measured is exit 5" {
    dlb 5 run "${ONE[@]}" --opt fake.do=unsupported -o r.json
    last_error "nothing was measured: unsupported"
    holds r.json '"status":"unsupported"'
    holds r.json '"exit_code":5'
    dlb 0 run -d fake,reference -w gemm:m=8,n=8,k=8 "${TINY[@]}" --opt fake.do=unsupported -o r.json
}

@test "over budget is skipped with that reason" {
    dlb 5 run -d reference -w gemm -p m=2Ki -p n=2Ki -p k=2Ki "${TINY[@]}" -o r.json
    last_error "over budget"
    holds r.json '"status":"skipped"'
}

@test "a working set beyond the memory is skipped before it is tried" {
    dlb 5 run -d fake -w gemm -p m=1Mi -p n=1Mi -p k=1 "${TINY[@]}" -o r.json
    last_error "memory"
    holds r.json '"status":"skipped"'
}

@test "a slow reference kernel of the library is flagged" {
    dlb 0 run "${ONE[@]}" --opt fake.do=reference-kernel -o r.json
    holds r.json '"reference_kernel"'
}

@test "a failure stands before nothing measured: exit 3" {
    dlb 3 run -d fake,reference -w gemm -p m=2Ki -p n=2Ki -p k=2Ki "${TINY[@]}" --opt fake.do=crash-prepare -o r.json
}

@test "a failing run with --format json ends in a document" {
    dlb 3 run "${ONE[@]}" --opt fake.do=crash-submit --format json -o r.json
    said '"exit_code": 3'
    said "SIGSEGV"
}

@test "a backend file that is none is a row, not an end" {
    mkdir extra
    echo "not an object" >extra/broken.so
    DLBENCH_BACKENDS=$PWD/extra:$FAKES dlb 0 list devices
    said "broken:0"
    said "cannot load"
    DLBENCH_BACKENDS=$PWD/extra:$FAKES dlb 0 run "${ONE[@]}"
}
