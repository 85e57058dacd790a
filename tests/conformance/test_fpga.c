/* test_fpga.c: the FPGA-style pipeline on every OpenCL device here, in every form that the device can run.
 *
 * On every product and forward convolution of problems.c, alone and with its epilogue, the answer must be the oracle's and the cycles that the kernels
 * counted must be, to the last one, those that fpga_model.c predicts from the shapes. Grids are small and odd, memories slow and fast. What is too large
 * for a form (an emulator makes a million operations a second) is passed over and counted. DLBENCH_TEST_SEED=N repeats a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "backends/fpga/fpga_internal.h"
#include "bench/run/verify.h"
#include "tests/conformance/problems.h"

#define MAX_TRIALS  96
#define MAX_REPORTS 8 /* of a trial */

/* One device, one form, one grid. */
struct trial {
    char name[160];
    const struct dlb_cl_device *device;
    enum dlb_fpga_form form;
    struct dlb_fpga_grid grid;
    double max_macs; /* of the padded problem */
    struct dlb_cl cl;
    int problems, passed, too_large, refused, failed;
};

static const struct dlb_fpga_grid grids[] = {
    {.rows = 8, .cols = 16, .vector = 4, .interleave_m = 4, .interleave_n = 2, .depth = 16},
    {.rows = 3, .cols = 5, .vector = 2, .interleave_m = 2, .interleave_n = 3, .depth = 6},
    {.rows = 4, .cols = 1, .vector = 1, .interleave_m = 1, .interleave_n = 1, .depth = 7},
};

static uint64_t seed;
static struct trial trials[MAX_TRIALS];
static int trial_count;

/* ---- from a graph to a problem -------------------------------------------------------------------- */

/* A product or a forward convolution with bias, add and relu behind it, in this order, and nothing else. */
struct subject {
    const struct dlb_graph *graph;
    struct dlb_fpga_problem problem;
    int a, b, c, d, bias, add; /* tensors; -1 for none */
};

static bool take_root(struct subject *s)
{
    const struct dlb_op *op = &s->graph->ops[0];
    const struct dlb_gemm_attrs *g = &op->attrs.gemm;
    const struct dlb_conv_attrs *a = &op->attrs.conv;
    struct dlb_fpga_problem *p = &s->problem;
    const enum dlb_dtype dtype = s->graph->tensors[op->inputs[0]].dtype;
    *p = (struct dlb_fpga_problem){.dtype = dtype, .u8_a = dtype == DLB_DTYPE_U8, .alpha = 1};
    s->a = op->inputs[0];
    s->b = op->inputs[1];
    s->c = op->kind == DLB_OP_GEMM && op->input_count > 2 ? op->inputs[2] : -1;
    s->d = op->output;
    s->bias = s->add = -1;
    if (dtype != DLB_DTYPE_F32 && dtype != DLB_DTYPE_S8 && dtype != DLB_DTYPE_U8)
        return false;
    if (op->kind == DLB_OP_GEMM) {
        p->batch = g->batch;
        p->m = g->m;
        p->n = g->n;
        p->k = g->k;
        p->ta = g->ta;
        p->tb = g->tb;
        p->alpha = g->alpha;
        p->beta = g->beta;
        return true;
    }
    p->is_conv = true;
    p->conv = *a;
    p->batch = a->groups;
    p->m = a->n * a->out_h * a->out_w;
    p->n = a->k / a->groups;
    p->k = a->c / a->groups * a->r * a->s;
    return op->kind == DLB_OP_CONV;
}

static bool take_epilogue(struct subject *s)
{
    struct dlb_fpga_problem *p = &s->problem;
    for (int i = 1; i < s->graph->op_count; i++) {
        const struct dlb_op *op = &s->graph->ops[i];
        if (op->inputs[0] != s->d || p->relu)
            return false;
        if (op->kind == DLB_OP_BIAS && !p->bias && !p->add) {
            p->bias = true;
            s->bias = op->inputs[1];
        } else if (op->kind == DLB_OP_ADD && !p->add) {
            p->add = true;
            s->add = op->inputs[1];
        } else if (op->kind == DLB_OP_RELU) {
            p->relu = true;
        } else {
            return false;
        }
        s->d = op->output;
    }
    return true;
}

/* Memories from starving to plentiful, a fixed one for each problem. */
static int64_t choose_bandwidth(const char *name)
{
    static const int64_t choices[] = {1, 77, 1024, 5000, 40000, INT64_C(1) << 40};
    return choices[dlb_hash_text(name) % DLB_ARRAY_COUNT(choices)];
}

/* ---- one execution -------------------------------------------------------------------------------- */

static size_t bytes_of(const struct subject *s, int tensor)
{
    return (size_t)dlb_tensor_bytes(&s->graph->tensors[tensor]);
}

static cl_mem upload(struct trial *trial, const struct subject *s, const struct dlb_oracle *oracle,
                     int tensor)
{
    cl_int code;
    if (tensor < 0)
        return NULL;
    void *host = malloc(bytes_of(s, tensor));
    assert_non_null(host);
    const void *filled = dlb_oracle_input(oracle, tensor);
    if (filled != NULL)
        memcpy(host, filled, bytes_of(s, tensor));
    else
        dlb_oracle_poison(&s->graph->tensors[tensor], host);
    const cl_mem memory =
        clCreateBuffer(trial->cl.context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                       bytes_of(s, tensor), host, &code);
    free(host);
    assert_int_equal(code, CL_SUCCESS);
    return memory;
}

static enum dlb_status check_answer(struct trial *trial, const struct subject *s,
                                    struct dlb_oracle *oracle, cl_mem d, struct dlb_why *why)
{
    struct dlb_check check;
    void *host = malloc(bytes_of(s, s->d));
    assert_non_null(host);
    assert_int_equal(
        clEnqueueReadBuffer(trial->cl.queue, d, CL_TRUE, 0, bytes_of(s, s->d), host, 0, NULL, NULL),
        CL_SUCCESS);
    const enum dlb_status status = dlb_oracle_check(oracle, s->d, host, &check, why);
    free(host);
    return status;
}

static enum dlb_status check_cycles(struct trial *trial, const struct subject *s,
                                    struct dlb_fpga_pipeline *pipeline, int64_t bandwidth,
                                    struct dlb_why *why)
{
    struct dlb_fpga_cycles counted, modelled;
    const enum dlb_status status = dlb_fpga_pipeline_cycles(pipeline, &counted, why);
    if (status != DLB_OK)
        return status;
    dlb_fpga_model(&trial->grid, &s->problem, bandwidth, &modelled);
    if (memcmp(&counted, &modelled, sizeof counted) == 0)
        return DLB_OK;
    return dlb_fail(
        why, DLB_WRONG,
        "cycles total %lld compute %lld stall %lld fill %lld drain %lld bytes %lld counted, but "
        "%lld %lld %lld %lld %lld %lld modelled, bandwidth %lld/256",
        (long long)counted.total, (long long)counted.compute, (long long)counted.stall,
        (long long)counted.fill, (long long)counted.drain, (long long)counted.bytes,
        (long long)modelled.total, (long long)modelled.compute, (long long)modelled.stall,
        (long long)modelled.fill, (long long)modelled.drain, (long long)modelled.bytes,
        (long long)bandwidth);
}

static enum dlb_status execute(struct trial *trial, const struct subject *s,
                               struct dlb_fpga_pipeline *pipeline, int64_t bandwidth,
                               struct dlb_why *why)
{
    struct dlb_oracle *oracle;
    enum dlb_status status = dlb_oracle_open(s->graph, DLB_FILL_RANDOM, seed, NULL, &oracle, why);
    assert_int_equal(status, DLB_OK);
    const struct dlb_fpga_operands operands = {
        .a = upload(trial, s, oracle, s->a),
        .b = upload(trial, s, oracle, s->b),
        .d = upload(trial, s, oracle, s->d),
        .bias = upload(trial, s, oracle, s->bias),
        .add = upload(trial, s, oracle, s->add),
    };
    status = dlb_fpga_pipeline_run(pipeline, &operands, why);
    if (status == DLB_OK)
        status = dlb_fpga_pipeline_wait(pipeline, why);
    if (status == DLB_OK)
        status = check_answer(trial, s, oracle, operands.d, why);
    if (status == DLB_OK)
        status = check_cycles(trial, s, pipeline, bandwidth, why);
    const cl_mem all[] = {operands.a, operands.b, operands.d, operands.bias, operands.add};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(all); i++)
        if (all[i] != NULL)
            clReleaseMemObject(all[i]);
    dlb_oracle_close(oracle);
    return status;
}

/* Multiply-accumulates that the grid issues, useful or not. */
static double issued_macs(const struct trial *trial, const struct dlb_fpga_problem *problem)
{
    struct dlb_fpga_cycles cycles;
    dlb_fpga_model(&trial->grid, problem, INT64_C(1) << 40, &cycles);
    return (double)cycles.compute * trial->grid.rows * trial->grid.cols * trial->grid.vector;
}

static void try_problem(void *user, const char *name, const struct dlb_graph *graph)
{
    struct trial *trial = user;
    struct subject s = {.graph = graph};
    struct dlb_fpga_pipeline *pipeline = NULL;
    struct dlb_why why = {""};
    if (!take_root(&s) || !take_epilogue(&s))
        return;
    trial->problems++;
    if (issued_macs(trial, &s.problem) > trial->max_macs) {
        trial->too_large++;
        return;
    }
    const int64_t bandwidth = choose_bandwidth(name);
    enum dlb_status status = dlb_fpga_pipeline_open(&trial->cl, trial->form, &trial->grid,
                                                    &s.problem, bandwidth, NULL, &pipeline, &why);
    if (status == DLB_UNSUPPORTED) {
        trial->refused++;
        return;
    }
    /* Twice: counters and channels must be as new the second time. */
    for (int i = 0; status == DLB_OK && i < 2; i++)
        status = execute(trial, &s, pipeline, bandwidth, &why);
    dlb_fpga_pipeline_close(pipeline);
    if (status == DLB_OK) {
        trial->passed++;
        return;
    }
    if (trial->failed++ < MAX_REPORTS)
        print_message("FAILED %s: %s: %s: %s (seed %llu)\n", trial->name, name,
                      dlb_status_name(status), why.text, (unsigned long long)seed);
}

/* ---- chains that problems.c has only inside of networks -------------------------------------------- */

static void try_chain(struct trial *trial, bool conv, bool relu)
{
    static const struct dlb_gemm_attrs gemm = {.m = 19, .n = 23, .k = 29, .batch = 1, .alpha = 1};
    static const struct dlb_conv_attrs attrs = {.n = 2,
                                                .c = 6,
                                                .h = 7,
                                                .w = 5,
                                                .k = 8,
                                                .r = 3,
                                                .s = 3,
                                                .stride_h = 1,
                                                .stride_w = 2,
                                                .pad_top = 1,
                                                .pad_left = 1,
                                                .pad_bottom = 1,
                                                .pad_right = 1,
                                                .dilation_h = 1,
                                                .dilation_w = 1,
                                                .groups = 2};
    const enum dlb_dtype f32 = DLB_DTYPE_F32;
    const int64_t channels = conv ? 8 : 23;
    struct dlb_graph graph;
    struct dlb_why why = {""};
    dlb_graph_init(&graph, "chain", 1);
    const int a =
        conv ? dlb_graph_tensor(&graph, "a", DLB_ROLE_INPUT, f32, 4, (const int64_t[]){2, 6, 7, 5})
             : dlb_graph_tensor(&graph, "a", DLB_ROLE_INPUT, f32, 2, (const int64_t[]){19, 29});
    const int b =
        conv ? dlb_graph_tensor(&graph, "b", DLB_ROLE_WEIGHT, f32, 4, (const int64_t[]){8, 3, 3, 3})
             : dlb_graph_tensor(&graph, "b", DLB_ROLE_WEIGHT, f32, 2, (const int64_t[]){29, 23});
    const int bias = dlb_graph_tensor(&graph, "bias", DLB_ROLE_WEIGHT, f32, 1, &channels);
    const int side =
        conv ? dlb_graph_tensor(&graph, "side", DLB_ROLE_INPUT, f32, 4,
                                (const int64_t[]){2, 8, 7, 3})
             : dlb_graph_tensor(&graph, "side", DLB_ROLE_INPUT, f32, 2, (const int64_t[]){19, 23});
    int y = conv ? dlb_graph_conv(&graph, DLB_OP_CONV, a, b, &attrs)
                 : dlb_graph_gemm(&graph, a, b, -1, &gemm);
    y = dlb_graph_add(&graph, dlb_graph_bias(&graph, y, bias, 1), side);
    dlb_graph_output(&graph, relu ? dlb_graph_relu(&graph, y) : y);
    assert_int_equal(dlb_graph_finish(&graph, &why), DLB_OK);
    try_problem(trial, conv ? "conv bias add" : "gemm bias add", &graph);
    dlb_graph_free(&graph);
}

/* ---- trials --------------------------------------------------------------------------------------- */

static void run_trial(void **state)
{
    struct trial *trial = *state;
    struct dlb_why why = {""};
    if (dlb_cl_open(&trial->cl, trial->device, NULL, &why) != DLB_OK)
        fail_msg("%s: %s", trial->name, why.text);
    dlb_problems_visit(DLB_FAMILY_GEMM, seed, try_problem, trial);
    dlb_problems_visit(DLB_FAMILY_CONV, seed, try_problem, trial);
    for (int i = 0; i < 4; i++)
        try_chain(trial, i % 2 != 0, i / 2 != 0);
    dlb_cl_close(&trial->cl);
    print_message("%s: of %d problems %d passed, %d are too large for this form, %d refused, %d "
                  "failed\n",
                  trial->name, trial->problems, trial->passed, trial->too_large, trial->refused,
                  trial->failed);
    assert_int_equal(trial->failed, 0);
    assert_true(trial->passed > 0);
}

/* A grid that asks for the impossible is refused in words. */
static void test_bad_grid(void **state)
{
    struct trial *trial = *state;
    struct dlb_fpga_pipeline *pipeline = NULL;
    struct dlb_fpga_grid grid = trial->grid;
    const struct dlb_fpga_problem problem = {.batch = 1, .m = 1, .n = 1, .k = 1, .alpha = 1};
    struct dlb_why why = {""};
    grid.vector = 3;
    grid.depth = 4;
    assert_int_equal(dlb_fpga_pipeline_open(&trial->cl, DLB_FPGA_FUSED, &grid, &problem, 1, NULL,
                                            &pipeline, &why),
                     DLB_INVALID);
    assert_non_null(strstr(why.text, "multiple of the vector"));
    assert_null(pipeline);
}

static void add_trials(const struct dlb_cl_device *device, enum dlb_fpga_form form, double max_macs)
{
    /* A channel's message costs the emulator milliseconds of polling: one grid is enough there. */
    const size_t count = form == DLB_FPGA_CHANNELS ? 2 : DLB_ARRAY_COUNT(grids);
    for (size_t i = form == DLB_FPGA_CHANNELS ? 1 : 0; i < count && trial_count < MAX_TRIALS; i++) {
        struct trial *trial = &trials[trial_count++];
        trial->device = device;
        trial->form = form;
        trial->grid = grids[i];
        trial->max_macs = max_macs;
        snprintf(trial->name, sizeof trial->name, "%.60s, %s, %dx%dx%d", device->name,
                 dlb_fpga_form_name(form), grids[i].rows, grids[i].cols, grids[i].vector);
    }
}

static void find_devices(void)
{
    const struct dlb_cl_device *devices;
    int count = 0;
    struct dlb_why why = {""};
    char vendors[600];
    const char *build = getenv("DLBENCH_BUILD");
    snprintf(vendors, sizeof vendors, "%s/lib/dlbench/fpga-vendors", build != NULL ? build : ".");
    if (access(vendors, R_OK) != 0)
        vendors[0] = '\0';
    const struct dlb_cl_search search = {
        .threads = DLB_FPGA_THREADS, .vendors = vendors, .option = "vendors", .extra = ""};
    if (dlb_cl_devices(&search, &devices, &count, &why) != DLB_OK)
        print_message("no OpenCL device: %s\n", why.text);
    for (int i = 0; i < count; i++) {
        const struct dlb_cl_device *device = &devices[i];
        if (!device->fpga_emulation && device->type != CL_DEVICE_TYPE_ACCELERATOR)
            add_trials(device, DLB_FPGA_FUSED, 3e7);
        if (device->intel_channels)
            add_trials(device, DLB_FPGA_CHANNELS, 1e5);
        if (device->pipes && !device->fpga_emulation)
            add_trials(device, DLB_FPGA_PIPES, 3e6);
    }
}

static void test_no_device(void **state)
{
    (void)state;
    skip();
}

int main(void)
{
    static struct CMUnitTest tests[MAX_TRIALS + 1];
    const char *wanted = getenv("DLBENCH_TEST_SEED");
    size_t count = 0;
    seed = wanted != NULL ? strtoull(wanted, NULL, 10) : (uint64_t)time(NULL);
    print_message("fpga: seed %llu (DLBENCH_TEST_SEED=%llu repeats it)\n", (unsigned long long)seed,
                  (unsigned long long)seed);
    find_devices();
    for (int i = 0; i < trial_count; i++)
        tests[count++] = (struct CMUnitTest){trials[i].name, run_trial, NULL, NULL, &trials[i]};
    if (trial_count == 0)
        tests[count++] = (struct CMUnitTest){"no OpenCL device", test_no_device, NULL, NULL, NULL};
    else
        tests[count++] = (struct CMUnitTest){"bad grid", test_bad_grid, NULL, NULL, &trials[0]};
    return _cmocka_run_group_tests("fpga", tests, count, NULL, NULL);
}
