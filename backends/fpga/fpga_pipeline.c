/* fpga_pipeline.c: the kernels of kernels/fpga on an OpenCL device: one program per grid, type and form, one execution at a time.
 *
 * Where kernels run at once (channels; a board's own pipes) the feeders and the grid have queues of their own and the drain stands in the backend's
 * queue, so that whoever comes behind it there comes behind the whole pipeline. OpenCL's own pipes are run in turn instead, each pipe as
 * large as what it will carry, and made anew: a CPU runtime may have fewer threads than the pipeline has kernels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/fpga/fpga_internal.h"
#include "backends/fpga/fpga_plan.h"

/* OpenCL 2.0; the house compiles for 1.2. The signature is the standard's. */
extern cl_mem clCreatePipe(cl_context context, cl_mem_flags flags, cl_uint packet_bytes,
                           cl_uint packets, const void *properties, cl_int *code);
#define DEVICE_PIPE_MAX_PACKET_BYTES 0x1057 /* CL_DEVICE_PIPE_MAX_PACKET_SIZE */

#define MAX_PIPE_BYTES (INT64_C(256) << 20) /* of all pipes that hold a whole problem */
#define PACKET_BYTES   16                   /* DLB_PACKET of dialect.cl */
#define POINT_BYTES    16                   /* struct dlb_point of address.cl */
#define LOAD_BYTES     16                   /* struct dlb_load of dialect.cl */
#define TOLD_BYTES     24                   /* struct dlb_told of dialect.cl */

extern const char dlb_fpga_source_plan[], dlb_fpga_source_dialect[], dlb_fpga_source_address[],
    dlb_fpga_source_grid[], dlb_fpga_source_clock[], dlb_fpga_source_feed[],
    dlb_fpga_source_drain[], dlb_fpga_source_fused[];

enum {
    FEED_A,
    FEED_B,
    GRID,
    DRAIN,
    KERNELS
}; /* the fused kernel stands at DRAIN: it has its arguments */
#define FUSED_NAME "dlb_pipeline"
static const char *const kernel_names[KERNELS] = {"dlb_feed_a", "dlb_feed_b", "dlb_grid",
                                                  "dlb_drain"};

enum { WIRE_A, WIRE_B, WIRE_LOAD_A, WIRE_LOAD_B, WIRE_TOLD, WIRE_D, WIRES };
enum { CHIP_A, CHIP_B, CHIP_SUMS, CHIP_LINES, CHIPS };

struct dlb_fpga_pipeline {
    struct dlb_cl *cl;
    enum dlb_fpga_form form;
    bool at_once; /* the kernels run at the same time, in queues of their own */
    struct dlb_fpga_grid grid;
    struct dlb_fpga_problem problem;
    cl_kernel kernels[KERNELS];
    cl_command_queue queues[DRAIN];
    cl_mem plan, counts;
    cl_mem chip[CHIPS];  /* fused: the memories of the chip */
    cl_mem wires[WIRES]; /* pipes made by the host, for one execution */
};

const char *dlb_fpga_form_name(enum dlb_fpga_form form)
{
    static const char *const names[] = {"fused", "channels", "pipes", "auto"};
    return names[form];
}

enum dlb_fpga_form dlb_fpga_pipeline_form(const struct dlb_cl_device *device, cl_program binary)
{
    cl_int code;
    const cl_kernel fused = clCreateKernel(binary, FUSED_NAME, &code);
    if (code != CL_SUCCESS)
        return device->intel_channels ? DLB_FPGA_CHANNELS : DLB_FPGA_PIPES;
    clReleaseKernel(fused);
    return DLB_FPGA_FUSED;
}

/* ---- building ------------------------------------------------------------------------------------- */

static enum dlb_status check_grid(const struct dlb_fpga_grid *g, struct dlb_why *why)
{
    if (g->rows < 1 || g->cols < 1 || g->vector < 1 || g->interleave_m < 1 || g->interleave_n < 1 ||
        g->depth < 1 || g->depth % g->vector != 0)
        return dlb_fail(why, DLB_INVALID,
                        "fpga grid: sizes of at least 1 and a depth that is a multiple of the "
                        "vector are wanted, found %dx%dx%d, interleaved %dx%d, depth %d",
                        g->rows, g->cols, g->vector, g->interleave_m, g->interleave_n, g->depth);
    return DLB_OK;
}

static char *join_source(void)
{
    const char *const parts[] = {
        dlb_fpga_source_plan,  dlb_fpga_source_dialect, dlb_fpga_source_address,
        dlb_fpga_source_grid,  dlb_fpga_source_clock,   dlb_fpga_source_feed,
        dlb_fpga_source_drain, dlb_fpga_source_fused,
    };
    size_t size = 1;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(parts); i++)
        size += strlen(parts[i]);
    char *source = malloc(size);
    if (source == NULL)
        return NULL;
    char *end = source;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(parts); i++) {
        const size_t length = strlen(parts[i]);
        memcpy(end, parts[i], length);
        end += length;
    }
    *end = '\0';
    return source;
}

static enum dlb_status build(struct dlb_fpga_pipeline *p, cl_program *program, struct dlb_why *why)
{
    static const int form_numbers[DLB_FPGA_FORM_COUNT] = {0, 1, 2};
    const struct dlb_fpga_grid *g = &p->grid;
    const bool is_float = p->problem.dtype == DLB_DTYPE_F32;
    char options[320];
    snprintf(options, sizeof options,
             "%s-DDLB_FORM=%d -DDLB_ROWS=%d -DDLB_COLS=%d -DDLB_VECTOR=%d -DDLB_IM=%d -DDLB_IN=%d "
             "-DDLB_DEPTH=%d -DDLB_LATENCY=%d%s%s",
             p->form == DLB_FPGA_PIPES ? "-cl-std=CL2.0 " : "", form_numbers[p->form], g->rows,
             g->cols, g->vector, g->interleave_m, g->interleave_n, g->depth,
             is_float ? DLB_FPGA_LATENCY_F32 : DLB_FPGA_LATENCY_INT,
             is_float ? "" : " -DDLB_INTEGER", p->problem.u8_a ? " -DDLB_UNSIGNED_A" : "");
    char *source = join_source();
    if (source == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the source of the fpga kernels");
    const enum dlb_status status =
        dlb_cl_build(p->cl, "fpga pipeline", source, options, program, why);
    free(source);
    return status;
}

static enum dlb_status make_kernels(struct dlb_fpga_pipeline *p, cl_program program,
                                    struct dlb_why *why)
{
    for (int i = p->form == DLB_FPGA_FUSED ? DRAIN : FEED_A; i < KERNELS; i++) {
        const char *name = p->form == DLB_FPGA_FUSED ? FUSED_NAME : kernel_names[i];
        cl_int code;
        p->kernels[i] = clCreateKernel(program, name, &code);
        if (code != CL_SUCCESS)
            return dlb_cl_fail(why, code, "the program has no kernel %s", name);
    }
    return DLB_OK;
}

/* ---- memory --------------------------------------------------------------------------------------- */

static enum dlb_status make_buffer(struct dlb_fpga_pipeline *p, int64_t bytes, const void *content,
                                   cl_mem *buffer, struct dlb_why *why)
{
    cl_int code;
    const cl_mem_flags flags = CL_MEM_READ_WRITE | (content != NULL ? CL_MEM_COPY_HOST_PTR : 0);
    *buffer =
        clCreateBuffer(p->cl->context, flags, (size_t)bytes, (void *)(uintptr_t)content, &code);
    if (code != CL_SUCCESS)
        return dlb_cl_fail(why, code, "fpga pipeline: a buffer of %lld bytes", (long long)bytes);
    return DLB_OK;
}

/* What a block needs on the chip: a slice of A and of B, the sums, the tables of lines. */
static enum dlb_status make_chip(struct dlb_fpga_pipeline *p, struct dlb_why *why)
{
    const struct dlb_fpga_grid *g = &p->grid;
    const int64_t rows = (int64_t)g->rows * g->interleave_m;
    const int64_t cols = (int64_t)g->cols * g->interleave_n;
    const int64_t element = (int64_t)dlb_dtype_size(p->problem.dtype);
    const int64_t bytes[CHIPS] = {
        [CHIP_A] = rows * g->depth * element,
        [CHIP_B] = cols * g->depth * element,
        [CHIP_SUMS] = rows * cols * 4,
        [CHIP_LINES] = (rows + cols) * POINT_BYTES,
    };
    enum dlb_status status = DLB_OK;
    for (int i = 0; status == DLB_OK && i < CHIPS; i++)
        status = make_buffer(p, bytes[i], NULL, &p->chip[i], why);
    return status;
}

/* DLB_WORD of dialect.cl. */
static int64_t packet_bytes(int64_t bytes)
{
    return (bytes + PACKET_BYTES - 1) / PACKET_BYTES * PACKET_BYTES;
}

/* How many packets of which size each pipe carries in one execution. */
static void count_packets(const struct dlb_fpga_pipeline *p, int64_t packets[WIRES],
                          int64_t bytes[WIRES])
{
    const struct dlb_fpga_grid *g = &p->grid;
    const struct dlb_fpga_problem *q = &p->problem;
    const int64_t element = (int64_t)dlb_dtype_size(q->dtype);
    const int64_t height = (int64_t)g->rows * g->interleave_m;
    const int64_t width = (int64_t)g->cols * g->interleave_n;
    const int64_t down = (q->m + height - 1) / height, across = (q->n + width - 1) / width;
    const int64_t slices = (q->k + g->depth - 1) / g->depth;
    const int64_t words = (slices - 1) * (g->depth / g->vector) +
                          (q->k - (slices - 1) * g->depth + g->vector - 1) / g->vector;
    const int64_t row_groups = (q->m + g->rows - 1) / g->rows;
    const int64_t col_groups = (q->n + g->cols - 1) / g->cols;
    packets[WIRE_A] = q->batch * row_groups * across * words;
    packets[WIRE_B] = q->batch * col_groups * down * words;
    packets[WIRE_D] = q->batch * row_groups * col_groups * g->rows;
    packets[WIRE_LOAD_A] = packets[WIRE_LOAD_B] = packets[WIRE_TOLD] =
        q->batch * down * across * slices;
    bytes[WIRE_A] = packet_bytes(element * g->rows * g->vector);
    bytes[WIRE_B] = packet_bytes(element * g->cols * g->vector);
    bytes[WIRE_D] = packet_bytes((int64_t)4 * g->cols);
    bytes[WIRE_LOAD_A] = bytes[WIRE_LOAD_B] = packet_bytes(LOAD_BYTES);
    bytes[WIRE_TOLD] = packet_bytes(TOLD_BYTES);
}

static enum dlb_status check_wires(const struct dlb_fpga_pipeline *p, struct dlb_why *why)
{
    int64_t packets[WIRES], bytes[WIRES], sum = 0;
    cl_uint most = 0;
    count_packets(p, packets, bytes);
    (void)clGetDeviceInfo(p->cl->device->id, DEVICE_PIPE_MAX_PACKET_BYTES, sizeof most, &most,
                          NULL);
    for (int i = 0; i < WIRES; i++) {
        sum += packets[i] * bytes[i];
        if (bytes[i] > most)
            return dlb_fail(why, DLB_UNSUPPORTED,
                            "fpga pipes: the grid wants packets of %lld bytes, the device carries "
                            "at most %u; take a smaller grid or the fused form",
                            (long long)bytes[i], most);
    }
    if (sum > MAX_PIPE_BYTES)
        return dlb_fail(why, DLB_UNSUPPORTED,
                        "fpga pipes: run in turn, this problem fills %lld MiB of pipes, at most "
                        "%lld are allowed; take the fused form",
                        (long long)(sum >> 20), (long long)(MAX_PIPE_BYTES >> 20));
    return DLB_OK;
}

static void release(cl_mem memory)
{
    if (memory != NULL)
        clReleaseMemObject(memory);
}

/* New pipes for each execution: Intel's CPU runtime (2026.2) gives a pipe memory for the packets asked for, but its ring one place more, and so writes
 * past the end once a pipe wraps around. */
static enum dlb_status renew_wires(struct dlb_fpga_pipeline *p, struct dlb_why *why)
{
    int64_t packets[WIRES], bytes[WIRES];
    count_packets(p, packets, bytes);
    for (int i = 0; i < WIRES; i++) {
        cl_int code;
        release(p->wires[i]);
        p->wires[i] =
            clCreatePipe(p->cl->context, 0, (cl_uint)bytes[i], (cl_uint)packets[i], NULL, &code);
        if (code != CL_SUCCESS)
            return dlb_cl_fail(why, code, "a pipe of %lld packets of %lld bytes",
                               (long long)packets[i], (long long)bytes[i]);
    }
    return DLB_OK;
}

static enum dlb_status make_memory(struct dlb_fpga_pipeline *p, int64_t bandwidth,
                                   struct dlb_why *why)
{
    int64_t plan[DLB_PLAN_COUNT];
    dlb_fpga_plan_make(&p->problem, bandwidth, plan);
    enum dlb_status status = make_buffer(p, sizeof plan, plan, &p->plan, why);
    if (status == DLB_OK)
        status = make_buffer(p, DLB_COUNT_COUNT * (int64_t)sizeof(int64_t), NULL, &p->counts, why);
    if (status == DLB_OK && p->form == DLB_FPGA_FUSED)
        status = make_chip(p, why);
    if (status == DLB_OK && p->form == DLB_FPGA_PIPES && !p->at_once)
        status = check_wires(p, why);
    return status;
}

static enum dlb_status make_queues(struct dlb_fpga_pipeline *p, struct dlb_why *why)
{
    for (int i = 0; p->at_once && i < DRAIN; i++) {
        cl_int code;
        p->queues[i] = clCreateCommandQueue(p->cl->context, p->cl->device->id, 0, &code);
        if (code != CL_SUCCESS)
            return dlb_cl_fail(why, code, "a queue for %s", kernel_names[i]);
    }
    return DLB_OK;
}

/* ---- arguments ------------------------------------------------------------------------------------ */

/* A kernel's arguments one after the other; the first failure stays. */
struct filler {
    cl_kernel kernel;
    cl_uint index;
    cl_int code;
};

static void fill(struct filler *filler, size_t size, const void *value)
{
    if (filler->code == CL_SUCCESS)
        filler->code = clSetKernelArg(filler->kernel, filler->index++, size, value);
}

static void fill_memory(struct filler *filler, const cl_mem *memory)
{
    fill(filler, sizeof *memory, memory);
}

static void fill_wire(const struct dlb_fpga_pipeline *p, struct filler *filler, int wire)
{
    if (p->wires[wire] != NULL)
        fill_memory(filler, &p->wires[wire]);
}

/* What the feeders and the grid take. */
static cl_int fill_front(const struct dlb_fpga_pipeline *p,
                         const struct dlb_fpga_operands *operands)
{
    struct filler a = {.kernel = p->kernels[FEED_A]}, b = {.kernel = p->kernels[FEED_B]};
    struct filler grid = {.kernel = p->kernels[GRID]};
    fill_memory(&a, &p->plan);
    fill_memory(&a, &operands->a);
    fill_wire(p, &a, WIRE_A);
    fill_wire(p, &a, WIRE_LOAD_A);
    fill_memory(&b, &p->plan);
    fill_memory(&b, &operands->b);
    fill_wire(p, &b, WIRE_B);
    fill_wire(p, &b, WIRE_LOAD_B);
    fill_memory(&grid, &p->plan);
    fill_wire(p, &grid, WIRE_A);
    fill_wire(p, &grid, WIRE_B);
    fill_wire(p, &grid, WIRE_LOAD_A);
    fill_wire(p, &grid, WIRE_LOAD_B);
    fill_wire(p, &grid, WIRE_TOLD);
    fill_wire(p, &grid, WIRE_D);
    return a.code != CL_SUCCESS ? a.code : b.code != CL_SUCCESS ? b.code : grid.code;
}

/* The drain's arguments, or the fused kernel's. An operand that the problem does not have is never touched: D stands for it. */
static cl_int fill_back(const struct dlb_fpga_pipeline *p, const struct dlb_fpga_operands *operands)
{
    struct filler drain = {.kernel = p->kernels[DRAIN]};
    const bool fused = p->form == DLB_FPGA_FUSED;
    const cl_float alpha = p->problem.is_conv ? 1 : (cl_float)p->problem.alpha;
    const cl_float beta = (cl_float)p->problem.beta;
    fill_memory(&drain, &p->plan);
    if (fused) {
        fill_memory(&drain, &operands->a);
        fill_memory(&drain, &operands->b);
    }
    fill_memory(&drain, &operands->d);
    fill_memory(&drain, p->problem.bias ? &operands->bias : &operands->d);
    fill_memory(&drain, p->problem.add ? &operands->add : &operands->d);
    fill(&drain, sizeof alpha, &alpha);
    fill(&drain, sizeof beta, &beta);
    fill_memory(&drain, &p->counts);
    for (int i = 0; fused && i < CHIPS; i++)
        fill_memory(&drain, &p->chip[i]);
    fill_wire(p, &drain, WIRE_TOLD);
    fill_wire(p, &drain, WIRE_D);
    return drain.code;
}

/* ---- running -------------------------------------------------------------------------------------- */

/* Feeders and grid begin when all that stands in the backend's queue before them is done. */
static cl_int launch(struct dlb_fpga_pipeline *p)
{
    const size_t one = 1;
    cl_event before = NULL;
    cl_int code = CL_SUCCESS;
    if (p->at_once)
        code = clEnqueueMarkerWithWaitList(p->cl->queue, 0, NULL, &before);
    for (int i = 0; code == CL_SUCCESS && i < KERNELS; i++) {
        const bool aside = p->at_once && i < DRAIN;
        if (p->kernels[i] == NULL)
            continue;
        code = clEnqueueNDRangeKernel(aside ? p->queues[i] : p->cl->queue, p->kernels[i], 1, NULL,
                                      &one, &one, aside ? 1 : 0, aside ? &before : NULL, NULL);
    }
    for (int i = 0; code == CL_SUCCESS && p->at_once && i < DRAIN; i++)
        code = clFlush(p->queues[i]);
    if (code == CL_SUCCESS && p->at_once)
        code = clFlush(p->cl->queue);
    if (before != NULL)
        clReleaseEvent(before);
    return code;
}

enum dlb_status dlb_fpga_pipeline_run(struct dlb_fpga_pipeline *pipeline,
                                      const struct dlb_fpga_operands *operands, struct dlb_why *why)
{
    if (pipeline->form == DLB_FPGA_PIPES && !pipeline->at_once) {
        const enum dlb_status status = renew_wires(pipeline, why);
        if (status != DLB_OK)
            return status;
    }
    cl_int code = pipeline->form == DLB_FPGA_FUSED ? CL_SUCCESS : fill_front(pipeline, operands);
    if (code == CL_SUCCESS)
        code = fill_back(pipeline, operands);
    if (code != CL_SUCCESS)
        return dlb_cl_fail(why, code, "an argument of the fpga pipeline");
    code = launch(pipeline);
    if (code != CL_SUCCESS)
        return dlb_cl_fail(why, code, "starting the fpga pipeline");
    return DLB_OK;
}

enum dlb_status dlb_fpga_pipeline_wait(struct dlb_fpga_pipeline *pipeline, struct dlb_why *why)
{
    cl_int code = CL_SUCCESS;
    for (int i = 0; code == CL_SUCCESS && pipeline->at_once && i < DRAIN; i++)
        code = clFinish(pipeline->queues[i]);
    if (code == CL_SUCCESS)
        code = clFinish(pipeline->cl->queue);
    return code == CL_SUCCESS ? DLB_OK : dlb_cl_fail(why, code, "waiting for the fpga pipeline");
}

enum dlb_status dlb_fpga_pipeline_cycles(struct dlb_fpga_pipeline *pipeline,
                                         struct dlb_fpga_cycles *cycles, struct dlb_why *why)
{
    int64_t counts[DLB_COUNT_COUNT];
    const cl_int code = clEnqueueReadBuffer(pipeline->cl->queue, pipeline->counts, CL_TRUE, 0,
                                            sizeof counts, counts, 0, NULL, NULL);
    if (code != CL_SUCCESS)
        return dlb_cl_fail(why, code, "reading the fpga pipeline's counters");
    *cycles = (struct dlb_fpga_cycles){
        .total = counts[DLB_COUNT_TOTAL],
        .compute = counts[DLB_COUNT_COMPUTE],
        .stall = counts[DLB_COUNT_STALL],
        .fill = counts[DLB_COUNT_FILL],
        .drain = counts[DLB_COUNT_DRAIN],
        .bytes = counts[DLB_COUNT_BYTES],
    };
    return DLB_OK;
}

/* ---- life ----------------------------------------------------------------------------------------- */

void dlb_fpga_pipeline_close(struct dlb_fpga_pipeline *pipeline)
{
    if (pipeline == NULL)
        return;
    for (int i = 0; i < DRAIN; i++)
        if (pipeline->queues[i] != NULL)
            clReleaseCommandQueue(pipeline->queues[i]);
    for (int i = 0; i < KERNELS; i++)
        if (pipeline->kernels[i] != NULL)
            clReleaseKernel(pipeline->kernels[i]);
    for (int i = 0; i < CHIPS; i++)
        release(pipeline->chip[i]);
    for (int i = 0; i < WIRES; i++)
        release(pipeline->wires[i]);
    release(pipeline->plan);
    release(pipeline->counts);
    free(pipeline);
}

enum dlb_status dlb_fpga_pipeline_open(struct dlb_cl *cl, enum dlb_fpga_form form,
                                       const struct dlb_fpga_grid *grid,
                                       const struct dlb_fpga_problem *problem, int64_t bandwidth,
                                       cl_program binary, struct dlb_fpga_pipeline **pipeline,
                                       struct dlb_why *why)
{
    enum dlb_status status = check_grid(grid, why);
    if (status != DLB_OK)
        return status;
    struct dlb_fpga_pipeline *p = calloc(1, sizeof *p);
    if (p == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for an fpga pipeline");
    p->cl = cl;
    p->form = form;
    p->at_once = form == DLB_FPGA_CHANNELS || (form == DLB_FPGA_PIPES && binary != NULL);
    p->grid = *grid;
    p->problem = *problem;
    cl_program program = binary;
    if (program == NULL)
        status = build(p, &program, why);
    if (status == DLB_OK)
        status = make_kernels(p, program, why);
    if (status == DLB_OK)
        status = make_memory(p, bandwidth, why);
    if (status == DLB_OK)
        status = make_queues(p, why);
    if (status != DLB_OK) {
        dlb_fpga_pipeline_close(p);
        return status;
    }
    *pipeline = p;
    return DLB_OK;
}
