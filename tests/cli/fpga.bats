#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2034,SC2054 # bats sets status and stderr; keys hold commas
# fpga.bats: boards by name, grids that fit and do not, programs for another board, and what modelled and emulated rows say.
load opencl

setup() { setup_opencl fpga; }

# measured_only: the verdict names measured devices, and no other.
measured_only() {
    local verdict
    verdict=$(grep -E '^(fastest|overall) ' <<<"$output")
    [[ $verdict == *reference:0* && $verdict != *fpga* ]]
}

@test "an unknown board: the nearest is suggested" {
    fake_runtime idle
    refused 5 "fpga has no board 'arria10-gx1105': did you mean fpga:arria10-gx1150?" run -d fpga:arria10-gx1105 "${SMALL[@]}"
    refused 5 "did you mean fpga:u280?" run -d fpga:u28 "${SMALL[@]}"
    refused 5 "did you mean fpga:arria10-gx1150?" run -d fpga:aria10 "${SMALL[@]}"
}

@test "a board of one's own can be listed and described" {
    fake_runtime idle
    sed 's/^name = .*/name = My very own board/' "$ROOT/backends/fpga/boards/u280.board" >mine.board
    dlb 0 describe fpga:mine --opt fpga.board-file=mine.board
    said "My very own board"
    said "f32: RAM blocks: "
    dlb 0 list devices --opt fpga.board-file=mine.board
    [[ $(grep '^fpga:mine ' <<<"$output") == *"ok, modelled, on request"* ]]
    refused 5 "fpga has no board 'mine'" describe fpga:mine
    refused 2 "fpga.board-file: 'none.board' cannot be opened" describe fpga:mine --opt fpga.board-file=none.board
}

@test "a board that is like no other: where to look" {
    fake_runtime idle
    refused 5 "dlbench list devices shows them all" run -d fpga:xyzzy "${SMALL[@]}"
}

@test "one unknown board among known ones" {
    fake_runtime idle
    refused 5 "fpga has no board 'nonesuch'" run -d fpga:arria10-gx1150,fpga:nonesuch "${SMALL[@]}"
}

@test "a grid that does not fit: what it wants, what the board has" {
    fake_runtime idle
    refused 5 "a grid of 64 x 64 x 64 wants 262144 multiply-accumulators of f32; the 1518 DSPs" \
        run -d fpga:arria10-gx1150 "${SMALL[@]}" --opt fpga.grid=64x64x64
    refused 5 "fpga:de1-soc is unsupported: a grid of 64 x 64 x 64 wants 262144 multiply-accumulators of f32; the 87 DSPs" \
        run -d fpga:de1-soc "${SMALL[@]}" --opt fpga.grid=64x64x64
}

@test "a grid that fits for one type alone: the other is unsupported, in the same words" {
    fake_runtime idle
    local GRID=(--opt fpga.grid=12x14x16,4x4,64)
    dlb 0 describe fpga:arria10-gx1150 "${GRID[@]}"
    said "f32: a grid of 12 x 14 x 16 wants 2688 multiply-accumulators of f32; the 1518 DSPs of Intel Arria 10 GX 1150 (PAC) make 1518"
    said "s8: grid 12x14x16, block 48x56x64"
    refused 5 "a grid of 12 x 14 x 16 wants 2688 multiply-accumulators of f32" run -q -d fpga:arria10-gx1150 "${SMALL[@]}" "${GRID[@]}" -o r.json
    [ "$(cell status)" = unsupported ]
    dlb 0 run -n -d fpga:arria10-gx1150 -w gemm:m=16,n=16,k=16,dtype=s8 "${TINY[@]}" "${GRID[@]}"
    said "1 case"
}

@test "a grid that is no grid" {
    fake_runtime idle
    for grid in 4 4x4 0x4x4 axbxc "4x4x4," -1x4x4; do
        refused 2 "RxCxV" run -d fpga:arria10-gx1150 "${SMALL[@]}" --opt fpga.grid="$grid"
    done
}

@test "a board without its program: how to give it" {
    fake_runtime board
    refused 5 "--opt fpga.binary=FILE" run -d fpga "${SMALL[@]}"
}

@test "a program built for another board" {
    fake_runtime board
    echo "not for this one" >other.aocx
    refused 2 "other.aocx was not built for Fake device: CL_INVALID_BINARY" \
        run -d fpga "${SMALL[@]}" --opt fpga.binary=other.aocx --opt fpga.grid=4x4x4
}

@test "a program without its grid: whose cycles would be compared with what?" {
    fake_runtime board
    echo "not for this one" >other.aocx
    refused 2 "fpga.grid is wanted beside fpga.binary" run -d fpga "${SMALL[@]}" --opt fpga.binary=other.aocx
}

@test "a program for a model, by name or by the number of a board that is not there" {
    fake_runtime idle
    for device in fpga:u280 fpga:0 fpga:fused; do
        refused 2 "fpga.binary is the program of a real board" run -d "$device" "${SMALL[@]}" --opt fpga.binary=other.aocx
    done
}

@test "a wrong value ends a run of all devices; what suits no device of the backend, too" {
    fake_runtime idle
    refused 2 "--opt: fpga.form: auto" run -d all "${SMALL[@]}" --opt fpga.form=round
    refused 2 "--opt: fpga.grid: RxCxV" run -d all "${SMALL[@]}" --opt fpga.grid=4
    refused 2 "--opt: no device of fpga takes it; fpga:0: fpga.binary is" run -d all "${SMALL[@]}" --opt fpga.binary=other.aocx
    # A grid too large for some board is no mistake: others may hold it.
    dlb 0 run -n -d 'all,!opencl' "${SMALL[@]}" --opt fpga.grid=64x64x64
}

@test "executors are numbered as the opencl backend's devices, accelerators among them" {
    fake_runtime accelerator
    dlb 0 list devices -d opencl --names
    [ "$output" = "opencl:0"$'\n'"opencl:1" ]
    dlb 0 describe opencl:0
    said "Fake device"
    dlb 0 describe fpga:fused --opt fpga.executor=0
    said "Fake device"
    for option in fpga.executor=1 fpga.executor=; do # a CPU is called like the host
        dlb 0 describe fpga:fused --opt "$option"
        [[ $output != *"Fake device"* ]]
    done
    refused 2 "fpga.executor: the number of an OpenCL device that compiles kernels is wanted, below 2; found '2'" \
        describe fpga:fused --opt fpga.executor=2
}

@test "options with wrong values are refused whether they would have been used or not" {
    fake_runtime idle
    refused 2 "fpga.form: auto, fused, channels or pipes is wanted, found 'round'" run -d fpga:u280 "${SMALL[@]}" --opt fpga.form=round
    refused 2 "fpga.binary-type: f32, s8 or u8 is wanted, found 'bf16'" run -d fpga:u280 "${SMALL[@]}" --opt fpga.binary-type=bf16
    refused 2 "fpga.executor: the number of an OpenCL device" run -d fpga:u280 "${SMALL[@]}" --opt fpga.executor=7
}

@test "board files that are none" {
    fake_runtime idle
    mkfifo fifo.board
    mkdir folder.board
    cp "$ROOT/backends/fpga/boards/u280.board" .
    cp u280.board fused.board
    cp u280.board Large.board
    grep -v '^dsps.source' u280.board >bare.board
    refused 2 "'fifo.board' is something else" run -d fpga:fifo "${SMALL[@]}" --opt fpga.board-file=fifo.board
    refused 2 "'folder.board' is a folder" run -d fpga:folder "${SMALL[@]}" --opt fpga.board-file=folder.board
    refused 2 "'none.board' cannot be opened" run -d fpga:none "${SMALL[@]}" --opt fpga.board-file=none.board
    refused 2 "there is an fpga:u280 already" run -d fpga:u280 "${SMALL[@]}" --opt fpga.board-file=u280.board
    refused 2 "there is an fpga:fused already" run -d fpga:fused "${SMALL[@]}" --opt fpga.board-file=fused.board
    refused 2 "found 'Large.board'" run -d fpga:Large "${SMALL[@]}" --opt fpga.board-file=Large.board
    refused 2 "bare.board: 'dsps' has no source" run -d fpga:bare "${SMALL[@]}" --opt fpga.board-file=bare.board
}

@test "a program that is not there, or empty" {
    fake_runtime board
    refused 2 "none.aocx cannot be opened" run -d fpga "${SMALL[@]}" --opt fpga.binary=none.aocx --opt fpga.grid=4x4x4
    : >empty.aocx
    refused 2 "empty.aocx cannot be read, or is empty" run -d fpga "${SMALL[@]}" --opt fpga.binary=empty.aocx --opt fpga.grid=4x4x4
}

@test "no ICD: unavailable" {
    OCL_ICD_VENDORS=$PWD/empty refused 5 "no .icd file in" run -d fpga "${SMALL[@]}"
}

@test "an ICD with no device, one that crashes on load" {
    fake_runtime no-device
    refused 5 "fpga:u280 is unavailable: 1 OpenCL runtime(s)" run -d fpga:u280 "${SMALL[@]}"
    fake_runtime crash-load
    refused 5 "SIGSEGV" run -d fpga "${SMALL[@]}"
    dlb 0 run -d reference,all "${SMALL[@]}" -o r.json
    holds r.json '"status":"crashed"'
    [ "$(cell device | grep -c '^reference:0$')" -eq 1 ]
}

@test "a runtime that runs nothing counts nothing: no row with a speed" {
    fake_runtime idle
    refused 3 "the kernels counted 0 cycles, the model says" run -q -d fpga "${SMALL[@]}" -o r.json
    [ -z "$(cell summary.median_ns)" ]
}

@test "a broken kernel is a failed row" {
    fake_runtime fail-build
    refused 3 "use of undeclared identifier" run -q -d fpga "${SMALL[@]}" -o r.json
    [ "$(cell status)" = failed ]
}

@test "describe shows the arithmetic of the grid" {
    fake_runtime idle
    dlb 0 describe fpga:arria10-gx1150
    said "1518 DSPs"
    said "evidence             modelled"
    said "f32: 0.9 x 1518 DSPs x 1 = 1366 MACs; grid 10 x 16 of 8 = 1280, peak 625 GFLOP/s"
    said "f32: RAM blocks: A 70 + B 112 + results 320 + tables 8 = 510 of 0.8 x 2713"
}

# ---- a real runtime ----

@test "boards side by side are modelled: cycles, a predicted time, a verified answer" {
    real_device fpga:arria10-gx1150
    dlb 0 run -q -d fpga:arria10-gx1150,fpga:de1-soc "${SMALL[@]}" -o r.json
    [ "$(cell status | sort | uniq -c | awk '{ print $1, $2 }')" = "2 ok" ]
    [ "$(cell evidence | sort -u)" = modelled ]
    [ "$(cell verified.ok | sort -u)" = true ]
    [[ $(cell cycles) =~ ^[0-9.]+$'\n'[0-9.]+$ ]]
}

@test "the manual's example is what a run says" {
    real_device fpga:u280
    local rows row
    rows=$(grep -E '^ +(gemm .*)?fpga:[a-z0-9-]+ +~' "$ROOT/docs/fpga.md" | sed 's/×/x/' | tr -s ' ') # tests run in the C locale
    [ "$(wc -l <<<"$rows")" -eq 4 ]
    dlb 0 run -d fpga:arria10-gx1150,fpga:stratix10-gx2800,fpga:agilex7,fpga:u280 -w gemm:m=512,n=512,k=512 -o r.json
    while read -r row; do
        [[ $(tr -s ' ' <<<"$output") == *"$row"* ]]
    done <<<"$rows"
}

@test "the same problem takes the same cycles each time" {
    real_device fpga:arria10-gx1150
    dlb 0 run -q -d fpga:arria10-gx1150 "${SMALL[@]}" -o first.json
    dlb 0 run -q -d fpga:arria10-gx1150 "${SMALL[@]}" -o second.json
    [ -n "$(cell cycles first.json)" ]
    [ "$(cell cycles first.json)" = "$(cell cycles second.json)" ]
    [ "$(cell summary.median_ns first.json)" = "$(cell summary.median_ns second.json)" ]
}

@test "boards are never ranked beside measured devices unmarked" {
    real_device fpga:arria10-gx1150
    dlb 0 run -d reference,fpga:arria10-gx1150 "${SMALL[@]}" -o r.json
    [[ $(grep 'fpga:arria10-gx1150 .*FLOP/s' <<<"$output") =~ ~[0-9.]+\ .s.*modelled$ ]]
    said "not measured on a device, therefore not ranked"
    measured_only
}

@test "what a model's executor took to compile is not told as the board's" {
    real_device fpga:arria10-gx1150
    dlb 0 run -d fpga:arria10-gx1150 "${SMALL[@]}" -o r.json
    [[ $output != *"to compile"* ]]
    said "answers by"
}

@test "a board of one's own, and its name" {
    real_device fpga:u280
    cp "$ROOT/backends/fpga/boards/u280.board" mine.board
    dlb 0 run -q -d fpga:mine,fpga:u280 "${SMALL[@]}" --opt fpga.board-file=mine.board -o r.json
    [ "$(cell device | sort | paste -sd ' ')" = "fpga:mine fpga:u280" ]
    [ "$(cell cycles | sort -u | wc -l)" -eq 1 ]
    [ "$(cell verified.ok | sort -u)" = true ]
}

@test "an emulator's time is labelled and never ranked" {
    real_device fpga:fused
    dlb 0 run -d reference,fpga:fused "${SMALL[@]}" -o r.json
    said "emulated"
    [ "$(cell evidence | sort | paste -sd ' ')" = "emulated measured" ]
    measured_only
}

@test "channels on Intel's emulator: verified" {
    real_device fpga:emulator
    dlb 0 run -q -d fpga:emulator -w gemm:m=5,n=7,k=9 "${TINY[@]}" -o r.json
    [ "$(cell evidence)" = emulated ]
    [ "$(cell verified.ok)" = true ]
}
