#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2034,SC2054 # bats sets status and stderr; keys hold commas
# opencl.bats: what a user sees of runtimes that are missing, empty, broken or at their limits, and of damaged caches.
load opencl

setup() { setup_opencl opencl; }

@test "no ICD: unavailable, with what to install" {
    OCL_ICD_VENDORS=$PWD/empty dlb 0 list devices
    said "no .icd file in $PWD/empty: install an OpenCL runtime"
    OCL_ICD_VENDORS=$PWD/empty refused 5 "opencl:0 is unavailable: no .icd file in" run -d opencl "${SMALL[@]}"
}

@test "no ICD does not disturb the others" {
    OCL_ICD_VENDORS=$PWD/empty dlb 0 run -d all "${SMALL[@]}" -o r.json
    holds r.json '"key":"opencl:0"'
    holds r.json "no .icd file in $PWD/empty"
    [ "$(cell device | grep -c '^reference:0$')" -eq 1 ]
}

@test "an ICD whose library is not there" {
    echo "$PWD/nowhere.so" >vendors/gone.icd
    OCL_ICD_VENDORS=$PWD/vendors refused 5 "1 of 1 runtimes do not load" run -d opencl "${SMALL[@]}"
    # The variable may also name the file itself.
    OCL_ICD_VENDORS=$PWD/vendors/gone.icd refused 5 "1 of 1 runtimes do not load" run -d opencl "${SMALL[@]}"
}

@test "an ICD with no device" {
    fake_runtime no-device
    refused 5 "load but offer no device" run -d opencl "${SMALL[@]}"
}

@test "an ICD that crashes on load: the worker dies, the row says so" {
    fake_runtime crash-load
    dlb 0 list devices
    [[ $(grep '^opencl:0' <<<"$output") == *crashed*SIGSEGV* ]]
    refused 5 "SIGSEGV" run -d opencl "${SMALL[@]}"
    dlb 0 run -d all "${SMALL[@]}" -o r.json
    holds r.json '"status":"crashed"'
    [ "$(cell device | grep -c '^reference:0$')" -eq 1 ]
}

@test "an ICD that aborts on load" {
    fake_runtime abort-load
    refused 5 "SIGABRT" run -d opencl "${SMALL[@]}"
}

@test "a runtime of opencl.vendors: seen beside the system's, and nothing is left behind when it crashes on load" {
    fake_runtime idle
    export OCL_ICD_VENDORS=$PWD/empty TMPDIR=$PWD/temporary
    mkdir temporary
    dlb 0 describe opencl:0 --opt opencl.vendors="$PWD/vendors"
    said "Fake platform 1.0"
    for behaviour in crash-load abort-load; do
        DLB_FAKE_ICD=$behaviour dlb 0 list devices --opt opencl.vendors="$PWD/vendors"
        [[ $(grep '^opencl:0' <<<"$output") == *crashed* ]]
    done
    [ -z "$(ls -A temporary)" ]
}

@test "a runtime named by both folders is one" {
    fake_runtime idle
    dlb 0 list devices --names -d opencl --opt opencl.vendors="$PWD/vendors"
    [ "$output" = opencl:0 ]
}

@test "a program that does not build: the log is in the row" {
    fake_runtime fail-build
    refused 3 "error: use of undeclared identifier 'undeclared'" run -q -d opencl "${SMALL[@]}" -o r.json
    [ "$(cell status)" = failed ]
    [[ $(cell status_reason) == *"use of undeclared identifier"*" | "*"expected ';'"* ]]
    [[ $(cell status_reason) != *"undeclared = 1"* ]]
}

@test "no memory for buffers" {
    fake_runtime no-memory
    refused 3 "out of memory" run -q -d opencl "${SMALL[@]}" -o r.json
    [[ $(cell status_reason) == *CL_MEM_OBJECT_ALLOCATION_FAILURE* ]]
}

@test "out of resources at launch: what was wanted and what the device has" {
    fake_runtime no-resources
    refused 3 "CL_OUT_OF_RESOURCES" run -q -d opencl "${SMALL[@]}" -o r.json
    [[ $(cell status_reason) == *"the device has room for 256"* ]]
}

@test "work-groups and local memory too small for any tile: what was wanted and what the device has" {
    fake_runtime small
    refused 5 "64 bytes of local memory hold no tile" run -q -d opencl "${SMALL[@]}" -o gemm.json
    [ "$(cell status gemm.json)" = unsupported ]
    refused 5 "groups of 4 work-items are too small for a tile" run -q -d opencl -w conv:n=1,c=3,h=5,w=5,k=3 "${TINY[@]}" \
        --opt opencl.shape=gpu -o conv.json
    [ "$(cell status conv.json)" = unsupported ]
}

@test "a device that is lost while it works" {
    fake_runtime lost
    refused 5 "the device is lost" run -q -d opencl "${SMALL[@]}" -o r.json
    [[ $(cell status_reason) == *CL_DEVICE_NOT_AVAILABLE* ]]
}

@test "a device that runs nothing has a wrong answer, not a speed" {
    fake_runtime idle
    refused 3 "wrong answer" run -q -d opencl "${SMALL[@]}" -o r.json
    [ -z "$(cell summary.median_ns)" ]
}

@test "a device without a compiler is no opencl device" {
    fake_runtime board
    refused 5 "none compiles kernels" run -d opencl "${SMALL[@]}"
}

@test "describe tells the limits that decide what can run" {
    fake_runtime idle
    dlb 0 describe opencl:0
    said "groups of up to 256 work-items"
    said "32.0 KiB of local memory (a piece of global memory), buffers of up to 1.00 GiB"
    said "cl_khr_integer_dot_product: no"
}

@test "the place on the PCI bus, by whatever extension tells it" {
    local pair
    for pair in pci-khr=ffff:3b:02.1 pci-nv=0000:3b:02.1 pci-amd=0000:9b:02.1; do
        fake_runtime "${pair%%=*}"
        dlb 0 describe opencl:0 --format json
        said "\"pci_id\": \"${pair#*=}\""
    done
    for behaviour in idle pci-broken; do
        fake_runtime "$behaviour"
        dlb 0 describe opencl:0 --format json
        said '"pci_id": null'
    done
    fake_runtime pci-khr # of a board's model the executor's place tells nothing
    dlb 0 describe fpga:u280 --format json
    said '"pci_id": null'
}

@test "options with wrong values: a usage error, whatever else there is to measure" {
    fake_runtime idle
    for devices in opencl all cpu opencl:0; do
        refused 2 '--opt: opencl.tune: wanted off, quick or full, found "maybe"' run -d $devices "${SMALL[@]}" --opt opencl.tune=maybe
    done
    refused 2 'opencl.shape: wanted auto, cpu or gpu, found "round"' run -d opencl "${SMALL[@]}" --opt opencl.shape=round
    refused 2 'opencl.winograd: wanted auto, no or yes, found "maybe"' run -d opencl "${SMALL[@]}" --opt opencl.winograd=maybe
    refused 2 "opencl.tune-time: wanted seconds" run -d opencl "${SMALL[@]}" --opt opencl.tune-time=-1
    refused 2 'opencl.vendors: wanted a folder that holds .icd files, found "empty"' run -d opencl "${SMALL[@]}" --opt opencl.vendors=empty
    refused 2 "opencl.tune: wanted off" list devices --opt opencl.tune=maybe
    refused 2 "opencl.tune: wanted off" describe opencl:0 --opt opencl.tune=maybe
    # Nobody asks the backend when another is meant.
    dlb 0 run -n -d fpga:u280 "${SMALL[@]}" --opt opencl.tune=maybe
}

# ---- a real runtime ----

TUNED=(-d opencl:0 -w gemm:m=200,n=200,k=200 "${TINY[@]}")

@test "tuned parameters and programs are kept, and found again" {
    real_device opencl:0
    dlb 0 run -q "${TUNED[@]}" --opt opencl.cache="$PWD/cache" -o first.json
    [ "$(find cache -name 'tuning-*.txt' | wc -l)" -eq 1 ]
    [ "$(find cache -name 'program-*.bin' | wc -l)" -ge 1 ]
    [[ $(cell parameters first.json) == "gemm f32 "*"mt="* ]]
    [ -n "$(cell invocation.tune_ns first.json)" ]
    dlb 0 run -q "${TUNED[@]}" --opt opencl.cache="$PWD/cache" -o second.json
    [ "$(cell parameters first.json)" = "$(cell parameters second.json)" ]
    [ -z "$(cell invocation.tune_ns second.json)" ]
}

@test "a corrupt tuning cache is ignored with a warning, and replaced" {
    real_device opencl:0
    dlb 0 run -q "${TUNED[@]}" --opt opencl.cache="$PWD/cache" -o first.json
    local file
    file=$(echo cache/tuning-*.txt)
    printf 'dlbench tuning 2\n\0\377 rubbish' >"$file"
    dlb 0 run -q "${TUNED[@]}" --opt opencl.cache="$PWD/cache" -o second.json
    [[ $(cell parameters second.json) == "tuning cache ignored: "* ]]
    [ "$(cell status second.json)" = ok ]
    dlb 0 run -q "${TUNED[@]}" --opt opencl.cache="$PWD/cache" -o third.json
    [[ $(cell parameters third.json) == "gemm f32 "* ]]
}

@test "a hasty search does not stand for a longer one" {
    real_device opencl:0
    dlb 0 run -q "${TUNED[@]}" --opt opencl.cache="$PWD/cache" --opt opencl.tune-time=0 -o hasty.json
    dlb 0 run -q "${TUNED[@]}" --opt opencl.cache="$PWD/cache" --opt opencl.tune-time=0 -o again.json
    [ -z "$(cell invocation.tune_ns again.json)" ]
    dlb 0 run -q "${TUNED[@]}" --opt opencl.cache="$PWD/cache" -o longer.json
    [ -n "$(cell invocation.tune_ns longer.json)" ]
    dlb 0 run -q "${TUNED[@]}" --opt opencl.cache="$PWD/cache" -o last.json
    [ -z "$(cell invocation.tune_ns last.json)" ]
}

@test "a damaged program is built anew" {
    real_device opencl:0
    dlb 0 run -q "${TUNED[@]}" --opt opencl.cache="$PWD/cache" -o first.json
    for file in cache/program-*.bin; do
        head -c 300 "$file" >part
        mv part "$file"
    done
    dlb 0 run -q "${TUNED[@]}" --opt opencl.cache="$PWD/cache" -o second.json
    [ "$(cell status second.json)" = ok ]
    [ "$(find cache -name 'program-*.bin' -size +1k | wc -l)" -ge 1 ]
}

@test "a cache folder that cannot be made: the row says so, the run goes on" {
    real_device opencl:0
    dlb 0 run -q "${TUNED[@]}" --opt opencl.cache=/proc/nowhere -o r.json
    [[ $(cell parameters) == *"cache is off: /proc/nowhere: "* ]]
    [ "$(cell status)" = ok ]
}

@test "a warning is told before the many parameters of a network" {
    real_device opencl:0
    dlb 0 run -q -d opencl:0 -w lenet:batch=64 "${TINY[@]}" --opt opencl.cache=/proc/nowhere --opt opencl.tune-time=0 -o r.json
    [[ $(cell parameters) == "cache is off: /proc/nowhere: "*"; "*"..." ]]
    [ "$(cell status)" = ok ]
}

@test "a cache folder that is a file" {
    real_device opencl:0
    echo "not a folder" >file
    dlb 0 run -q "${TUNED[@]}" --opt opencl.cache="$PWD/file" -o r.json
    [[ $(cell parameters) == *"cache is off: "* ]]
    [ "$(cat file)" = "not a folder" ]
}

@test "no search, no cache: off means off" {
    real_device opencl:0
    dlb 0 run -q "${TUNED[@]}" --opt opencl.cache=off --opt opencl.tune=off -o r.json
    [ -z "$(cell invocation.tune_ns)" ]
    [ -z "$(find . -name 'tuning-*' -o -name 'program-*.bin')" ]
}

@test "both shapes of kernel give verified answers" {
    real_device opencl:0
    for shape in cpu gpu; do
        dlb 0 run -q -d opencl:0 -w gemm:m=65,n=47,k=33 -w conv:n=1,c=5,h=9,w=9,k=7,r=3,s=3,pad=1 "${TINY[@]}" \
            --opt opencl.shape=$shape --opt opencl.tune=off --opt opencl.cache=off -o "$shape.json"
        [ "$(cell status "$shape.json" | sort -u)" = ok ]
        [ "$(cell implementation "$shape.json" | grep -c " $shape ")" -ge 1 ]
    done
}
