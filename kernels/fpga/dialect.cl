/* dialect.cl: three ways to write the same pipeline.
 *
 *   channels   Intel, formerly Altera (cl_intel_channels): four kernels at once, joined by channels
 *   pipes      OpenCL 2.0: the same four kernels, joined by pipes that the host makes; with DLB_XILINX by pipes of the program
 *   fused      one kernel that feeds, multiplies and drains in turn, for devices that have neither
 *
 * The parts, in this order: plan (the problem in numbers), dialect, address (which element lies where), grid (processing elements), clock
 * (cycles), feed, drain, fused. The host joins the texts, and so does who compiles them for a board:
 *   cat plan.cl dialect.cl address.cl grid.cl clock.cl feed.cl drain.cl fused.cl >pipeline.cl
 * Macros: DLB_FORM (0 fused, 1 channels, 2 pipes); DLB_ROWS x DLB_COLS processing elements of DLB_VECTOR multiply-accumulates, each with
 * DLB_IM x DLB_IN interleaved results; slices of DLB_DEPTH elements of K; DLB_LATENCY cycles between two additions to one sum;
 * DLB_INTEGER for s8 x s8, with DLB_UNSIGNED_A u8 x s8. */

#define DLB_FUSED    0
#define DLB_CHANNELS 1
#define DLB_PIPES    2

#define DLB_BLOCK_M   (DLB_ROWS * DLB_IM)
#define DLB_BLOCK_N   (DLB_COLS * DLB_IN)
#define DLB_SLICE     (DLB_DEPTH / DLB_VECTOR) /* words of one line block in a slice */
#define DLB_POSITIONS (DLB_IM * DLB_IN)

#ifdef DLB_INTEGER
typedef char dlb_element;
typedef int dlb_sum;
#else
typedef float dlb_element;
typedef float dlb_sum;
#endif
#ifdef DLB_UNSIGNED_A
#define DLB_VALUE_A(x) ((dlb_sum)as_uchar(x))
#else
#define DLB_VALUE_A(x) ((dlb_sum)(x))
#endif

/* What passes from kernel to kernel in a cycle. Packets of OpenCL's pipes have a size that is a multiple of DLB_PACKET. */
#if DLB_FORM == DLB_PIPES
#define DLB_PACKET 16
#define DLB_WORD   __attribute__((aligned(DLB_PACKET)))
#else
#define DLB_WORD
#endif
struct dlb_word_a {
    dlb_element at[DLB_ROWS * DLB_VECTOR]; /* row by row */
} DLB_WORD;
struct dlb_word_b {
    dlb_element at[DLB_VECTOR * DLB_COLS]; /* tap by tap */
} DLB_WORD;
struct dlb_word_d {
    dlb_sum at[DLB_COLS]; /* results of a row of processing elements */
} DLB_WORD;
/* What loading a slice took a feeder: bytes from the memory, passes of its loops. */
struct dlb_load {
    long bytes, passes;
} DLB_WORD;
/* What a slice took: told along the pipeline, to the clock at its end. */
struct dlb_told {
    long bytes;  /* both feeders' */
    long passes; /* of the feeder that had more */
    long cycles; /* of the grid */
} DLB_WORD;

/* ---- wires: declared here or as arguments (WRITES, READS), written and read by blocking calls ---- */

#define DLB_WIRE 64 /* words between two kernels: enough to hide the distance, few enough for small memories */
/* The grid may run ahead of the drain by the slices that fit beside the draining of one block: a cycle at least each. */
#define DLB_WIRE_TOLD (DLB_POSITIONS * DLB_ROWS + 16)

#if DLB_FORM == DLB_CHANNELS
#pragma OPENCL EXTENSION cl_intel_channels : enable
channel struct dlb_word_a dlb_wire_a __attribute__((depth(DLB_WIRE)));
channel struct dlb_word_b dlb_wire_b __attribute__((depth(DLB_WIRE)));
channel struct dlb_word_d dlb_wire_d __attribute__((depth(DLB_WIRE)));
channel struct dlb_load dlb_wire_load_a __attribute__((depth(DLB_WIRE)));
channel struct dlb_load dlb_wire_load_b __attribute__((depth(DLB_WIRE)));
channel struct dlb_told dlb_wire_told __attribute__((depth(DLB_WIRE_TOLD)));
#define DLB_WRITES(type, wire)
#define DLB_READS(type, wire)
#define DLB_SEND(wire, value)    write_channel_intel(wire, value)
#define DLB_RECEIVE(wire, value) value = read_channel_intel(wire)

#elif DLB_FORM == DLB_PIPES && defined(DLB_XILINX)
/* Depths of the vendor's pipes are powers of two from 16 to 32768. */
pipe struct dlb_word_a dlb_wire_a __attribute__((xcl_reqd_pipe_depth(64)));
pipe struct dlb_word_b dlb_wire_b __attribute__((xcl_reqd_pipe_depth(64)));
pipe struct dlb_word_d dlb_wire_d __attribute__((xcl_reqd_pipe_depth(64)));
pipe struct dlb_load dlb_wire_load_a __attribute__((xcl_reqd_pipe_depth(64)));
pipe struct dlb_load dlb_wire_load_b __attribute__((xcl_reqd_pipe_depth(64)));
pipe struct dlb_told dlb_wire_told __attribute__((xcl_reqd_pipe_depth(32768)));
#define DLB_WRITES(type, wire)
#define DLB_READS(type, wire)
#define DLB_SEND(wire, value)    write_pipe_block(wire, &(value))
#define DLB_RECEIVE(wire, value) read_pipe_block(wire, &(value))

#elif DLB_FORM == DLB_PIPES
#define DLB_WRITES(type, wire) , __write_only pipe type wire
#define DLB_READS(type, wire)  , __read_only pipe type wire
#define DLB_SEND(wire, value) \
    do {                      \
    } while (write_pipe(wire, &(value)) != 0)
#define DLB_RECEIVE(wire, value) \
    do {                         \
    } while (read_pipe(wire, &(value)) != 0)
#endif

/* ---- wishes to the compiler ---- */

/* CHIP: where memories of the chip stand. The fused form lays them into the device's memory: a CPU's stack is no place for them.
 * PIPELINE: a new pass of the loop begins each cycle. APART: passes that touch the same element of an array lie DLB_LATENCY apart.
 * UNROLL: all passes at once. GRID: likewise, over processing elements; there the fused form leaves it to the
 * vectoriser. PASS: a register between two neighbours, so that operands travel through the grid instead of fanning out. */
#if DLB_FORM == DLB_FUSED
#define DLB_CHIP __global
#define DLB_TASK __kernel __attribute__((reqd_work_group_size(1, 1, 1)))
#define DLB_PIPELINE
#define DLB_APART
#define DLB_UNROLL _Pragma("unroll")
#define DLB_GRID
#define DLB_PASS(x) (x)
#elif DLB_FORM == DLB_CHANNELS
#define DLB_CHIP __private
#define DLB_TASK __attribute__((max_global_work_dim(0))) __kernel
#define DLB_PIPELINE _Pragma("ii 1")
#define DLB_PRAGMA(text)  _Pragma(#text)
#define DLB_SAFELEN(x)    DLB_PRAGMA(ivdep safelen(x))
#define DLB_APART         DLB_SAFELEN(DLB_LATENCY)
#define DLB_UNROLL _Pragma("unroll")
#define DLB_GRID   _Pragma("unroll")
#define DLB_PASS(x) __fpga_reg(x)
#else
#define DLB_CHIP __private
#define DLB_TASK __kernel __attribute__((reqd_work_group_size(1, 1, 1)))
#ifdef DLB_XILINX
#define DLB_PIPELINE __attribute__((xcl_pipeline_loop(1)))
#define DLB_UNROLL   __attribute__((opencl_unroll_hint))
#else
#define DLB_PIPELINE
#define DLB_UNROLL _Pragma("unroll")
#endif
#define DLB_APART
#define DLB_GRID DLB_UNROLL
#define DLB_PASS(x) (x)
#endif
