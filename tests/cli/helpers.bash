# shellcheck shell=bash disable=SC2154,SC2034,SC2054 # bats sets status and stderr, tests use the lists; keys hold commas
# helpers.bash: what every command-line test shares: a folder of its own, the fake backend, tiny settings, assertions.
#
# DLBENCH names the program (scripts/run-tests sets it; else build/dlbench), DLBENCH_FAKES the folder of the fake.

bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
DLBENCH=${DLBENCH:-$ROOT/build/dlbench}
FAKES=${DLBENCH_FAKES:-$ROOT/build/tests/backends}

# Next to no time; and in one process: enough to go all the way.
BRIEF=(--max-time 30ms --warmup 1ms --batch-time 1ms --no-gates)
TINY=("${BRIEF[@]}" --invocations 1)
# The same on one small product of the fake backend.
ONE=(-d fake -w gemm:m=8,n=8,k=8 "${TINY[@]}")
# The same in three processes.
THREE=(-d fake -w gemm:m=8,n=8,k=8 "${BRIEF[@]}" --invocations 3)

setup() {
    [ -x "$DLBENCH" ] || skip "no $DLBENCH: make builds it"
    [ -e "$FAKES/fake.so" ] || skip "no fake backend: make cli-test builds it"
    export DLBENCH_BACKENDS=$FAKES
    unset NO_COLOR COLUMNS
    export LC_ALL=C TERM=xterm
    cd "$BATS_TEST_TMPDIR" || return
    export HOME=$BATS_TEST_TMPDIR
    unset XDG_CACHE_HOME XDG_CONFIG_HOME
    export DLBENCH_ROOFS=off # measuring them takes seconds: tests that are about them turn it on
}

# without_rights: from here on the program has no rights but those that the files give, also where the tests run as root.
without_rights() {
    [ "$(id -u)" -eq 0 ] || return 0
    local setpriv=(setpriv --bounding-set=-all --inh-caps=-all)
    "${setpriv[@]}" true 2>/dev/null || skip "no setpriv to give up root's rights with"
    printf '#!/bin/sh\nexec %s "%s" "$@"\n' "${setpriv[*]}" "$DLBENCH" >"$BATS_TEST_TMPDIR/dlbench-without-rights"
    chmod +x "$BATS_TEST_TMPDIR/dlbench-without-rights"
    DLBENCH=$BATS_TEST_TMPDIR/dlbench-without-rights
}

# without_locks: from here on no file can be locked, as on some NFS mounts.
without_locks() {
    command -v cc >/dev/null || skip "no C compiler"
    printf '#include <errno.h>\nint flock(int file, int how) { return (void)file, (void)how, errno = ENOLCK, -1; }\n' |
        cc -shared -fPIC -x c - -o "$BATS_TEST_TMPDIR/no-locks.so"
    export LD_PRELOAD=$BATS_TEST_TMPDIR/no-locks.so
}

# dlb CODE ARGUMENT...: runs the program and wants this exit code; output and stderr are kept apart.
dlb() {
    local code=$1
    shift
    run --separate-stderr "$DLBENCH" "$@"
    if [ "$status" -ne "$code" ]; then
        echo "dlbench $*: exit code $status, wanted $code"
        echo "stdout: $output"
        echo "stderr: $stderr"
        return 1
    fi
}

# refused CODE 'TEXT' ARGUMENT...: exactly one line on stderr, an error that holds TEXT; nothing on stdout.
refused() {
    local code=$1 text=$2
    shift 2
    dlb "$code" "$@"
    one_error "$text"
    [ -z "$output" ] || { echo "dlbench $*: stdout is not empty: $output"; return 1; }
}

one_error() {
    if [ "${#stderr_lines[@]}" -ne 1 ] || [[ ${stderr_lines[0]} != "dlbench: error: "* ]] ||
        [[ ${stderr_lines[0]} != *"$1"* ]]; then
        echo "wanted one error line with '$1', found: $stderr"
        return 1
    fi
}

# last_error 'TEXT': the last line on stderr is an error that holds TEXT.
last_error() {
    local last=${stderr_lines[-1]}
    if [[ $last != "dlbench: error: "* ]] || [[ $last != *"$1"* ]]; then
        echo "wanted '$1' in the last line of: $stderr"
        return 1
    fi
}

# holds FILE 'TEXT' / lacks FILE 'TEXT': without regard to the blank behind a member's name in JSON.
has() { sed 's/": /":/g' "$1" | grep -qF -- "$2"; }
holds() { has "$@" || { echo "$1 does not hold: $2"; tail -c 600 "$1"; return 1; }; }
lacks() { ! has "$@" || { echo "$1 holds: $2"; return 1; }; }

# said 'TEXT': stdout holds it.
said() { [[ $output == *"$1"* ]] || { echo "stdout lacks '$1': $output"; return 1; }; }

# fake_gnuplot 'BODY': a gnuplot of our own, first on the PATH, that answers --version and then does BODY.
fake_gnuplot() {
    mkdir -p bin
    # shellcheck disable=SC2016 # for other shells
    printf '#!/bin/sh\n[ "$1" = --version ] && { echo "gnuplot 5.4 patchlevel 4"; exit 0; }\n%s\n' "$1" >bin/gnuplot
    chmod +x bin/gnuplot
    PATH=$PWD/bin:$PATH
}

# What a gnuplot says that is asked for its terminals, and only then.
# shellcheck disable=SC2016,SC2034 # for other shells, in other files
TERMINALS='script=$(cat); case $script in *GPVAL_TERMINALS*) echo " dumb pdfcairo pngcairo svg " >&2; exit 0 ;; esac'
