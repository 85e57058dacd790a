# shellcheck shell=bash disable=SC2154,SC2034,SC2054 # as helpers.bash
# opencl.bash: what the tests of the opencl and fpga backends share: the real plugins, a runtime that misbehaves (tests/fake/icd_fake.c),
# caches that no other test sees.

load helpers
# A file's own setup takes the place of the one of helpers.bash, and calls it by another name.
eval "basic_$(declare -f setup)"

BUILD=$(dirname "$DLBENCH")
PLUGINS=$BUILD/lib/dlbench
FAKE_ICD=$BUILD/tests/icd/icd_fake.so
SMALL=(-w gemm:m=16,n=16,k=16 "${TINY[@]}")

setup_opencl() { # PLUGIN
    basic_setup
    [ -e "$PLUGINS/$1.so" ] || skip "no $1 backend: built where an OpenCL loader is"
    export DLBENCH_BACKENDS=$PLUGINS
    # PoCL keeps what it compiled: once for all tests of a file.
    export POCL_CACHE_DIR=$BATS_FILE_TMPDIR/pocl
    mkdir -p "$POCL_CACHE_DIR" empty vendors
    unset OCL_ICD_VENDORS OCL_ICD_FILENAMES
}

# fake_runtime BEHAVIOUR: the only runtime there is is the fake.
fake_runtime() {
    [ -e "$FAKE_ICD" ] || skip "no fake OpenCL runtime: make cli-test builds it"
    echo "$FAKE_ICD" >vendors/fake.icd
    export OCL_ICD_VENDORS=$PWD/vendors DLB_FAKE_ICD=$1
}

# real_device KEY: skips where the machine has no such device that works.
real_device() {
    "$DLBENCH" list devices | grep -q "^$1 .* ok" || skip "no device $1 here"
}

# cell COLUMN [FILE]: of the only row of a result.
cell() {
    "$DLBENCH" export "${2:-r.json}" --format csv | awk -v columns="$1" -f "$ROOT/scripts/csv-columns.awk"
}
