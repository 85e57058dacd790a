/* test_nan.c: a NaN that goes into a graph comes out where the oracle's does, and nowhere else: an error before a ReLU must not be
 * hidden by it, fused or not.
 *
 * Of the problems of problems.c those with a relu, on the backends whose kernels are ours, in each of their shapes; one element of the first op's
 * first input is NaN. Values are test_conformance.c's matter. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backends/registry.h"
#include "kernels/reference/reference.h"
#include "tests/conformance/problems.h"

#define SEED        UINT64_C(20)
#define MAX_TENSORS 32

static struct dlb_registry registry;

/* A backend with options: its first device that opens is tried. */
struct trial {
    const char *name, *backend;
    int option_count;
    const char *options[4];
    struct dlb_context *context;
    const struct dlb_backend *table;
    int passed, with_nan, failed;
};

/* What a graph's tensors hold: the inputs, and what the oracle makes of them. */
struct values {
    int count;
    void *tensors[MAX_TENSORS];
};

static bool has_relu(const struct dlb_graph *graph)
{
    for (int i = 0; i < graph->op_count; i++)
        if (graph->ops[i].kind == DLB_OP_RELU)
            return true;
    return false;
}

static bool is_given(const struct dlb_tensor *tensor)
{
    return tensor->role == DLB_ROLE_INPUT || tensor->role == DLB_ROLE_WEIGHT ||
           tensor->role == DLB_ROLE_STATE;
}

static void make_values(const struct dlb_graph *graph, struct values *values)
{
    values->count = graph->tensor_count;
    assert_true(values->count <= MAX_TENSORS);
    for (int i = 0; i < values->count; i++) {
        const struct dlb_tensor *tensor = &graph->tensors[i];
        values->tensors[i] = malloc((size_t)dlb_tensor_bytes(tensor));
        assert_non_null(values->tensors[i]);
        if (is_given(tensor))
            dlb_graph_fill(graph, i, DLB_FILL_RANDOM, SEED, values->tensors[i]);
    }
    const int first = graph->ops[0].inputs[0];
    const int64_t middle = dlb_tensor_elements(&graph->tensors[first]) / 2;
    dlb_dtype_store(graph->tensors[first].dtype, values->tensors[first], (size_t)middle, NAN);
}

static void free_values(struct values *values)
{
    for (int i = 0; i < values->count; i++)
        free(values->tensors[i]);
}

static enum dlb_status execute(const struct trial *trial, const struct dlb_graph *graph,
                               struct dlb_work *work, const struct values *values,
                               struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < graph->tensor_count && status == DLB_OK; i++)
        if (is_given(&graph->tensors[i]))
            status = trial->table->write(work, 0, i, values->tensors[i], why);
    if (status == DLB_OK)
        status = trial->table->submit(work, 0, 1, why);
    return status == DLB_OK ? trial->table->wait(trial->context, why) : status;
}

/* Compares where the results are NaN; counts those that the oracle has. */
static enum dlb_status compare(const struct trial *trial, const struct dlb_graph *graph,
                               struct dlb_work *work, const struct values *values, int64_t *nans,
                               struct dlb_why *why)
{
    for (int i = 0; i < graph->tensor_count; i++) {
        const struct dlb_tensor *tensor = &graph->tensors[i];
        if (!dlb_graph_is_result(graph, i))
            continue;
        void *found = malloc((size_t)dlb_tensor_bytes(tensor));
        assert_non_null(found);
        enum dlb_status status = trial->table->read(work, 0, i, found, why);
        const int64_t count = status == DLB_OK ? dlb_tensor_elements(tensor) : 0;
        for (int64_t j = 0; j < count && status == DLB_OK; j++) {
            const double wanted = dlb_dtype_load(tensor->dtype, values->tensors[i], (size_t)j);
            const double got = dlb_dtype_load(tensor->dtype, found, (size_t)j);
            *nans += isnan(wanted) != 0;
            if ((isnan(wanted) != 0) != (isnan(got) != 0))
                status = dlb_fail(why, DLB_WRONG, "element %lld of %s should be %g, found %g",
                                  (long long)j, tensor->name, wanted, got);
        }
        free(found);
        if (status != DLB_OK)
            return status;
    }
    return DLB_OK;
}

static void try_problem(void *user, const char *name, const struct dlb_graph *graph)
{
    struct trial *trial = user;
    struct dlb_why why = {""};
    struct dlb_work *work = NULL;
    struct values values = {.count = 0};
    int64_t nans = 0;
    if (!has_relu(graph) || trial->table->supports(trial->context, graph, &why) != DLB_OK)
        return;
    make_values(graph, &values);
    enum dlb_status status = trial->table->prepare(trial->context, graph, 1, &work, &why);
    if (status == DLB_OK)
        status = execute(trial, graph, work, &values, &why);
    for (int i = 0; i < graph->op_count; i++)
        dlb_reference_run(graph, &graph->ops[i], values.tensors);
    if (status == DLB_OK)
        status = compare(trial, graph, work, &values, &nans, &why);
    if (status != DLB_OK)
        print_message("FAILED %s: %s: %s\n", trial->name, name, why.text);
    trial->failed += status != DLB_OK;
    trial->passed += status == DLB_OK;
    trial->with_nan += nans > 0;
    if (work != NULL)
        trial->table->discard(work);
    free_values(&values);
}

static enum dlb_status open_first(struct trial *trial, struct dlb_why *why)
{
    const struct dlb_loaded_backend *backend = dlb_registry_find(&registry, trial->backend);
    const struct dlb_backend_config config = {
        .threads = 1, .option_count = trial->option_count, .options = trial->options};
    if (backend == NULL || backend->table == NULL)
        return dlb_fail(why, DLB_UNAVAILABLE, "%s",
                        backend != NULL ? backend->why.text : "it is not built");
    trial->table = backend->table;
    enum dlb_status status = trial->table->probe(&config, why);
    const int count = status == DLB_OK ? trial->table->device_count() : 0;
    for (int i = 0; i < count; i++) {
        status = trial->table->open(i, &config, &trial->context, why);
        if (status == DLB_OK)
            break;
    }
    return status;
}

static void run_trial(void **state)
{
    struct trial *trial = *state;
    struct dlb_why why = {""};
    if (open_first(trial, &why) != DLB_OK) {
        print_message("%s is not tried: %s\n", trial->name, why.text);
        skip();
    }
    dlb_problems_visit(DLB_FAMILY_CONV, SEED, try_problem, trial);
    dlb_problems_visit(DLB_FAMILY_OPS, SEED, try_problem, trial);
    trial->table->close(trial->context);
    print_message("%s: %d passed, %d failed, %d with NaN behind the relu\n", trial->name,
                  trial->passed, trial->failed, trial->with_nan);
    assert_int_equal(trial->failed, 0);
    assert_true(trial->with_nan > 0);
}

int main(void)
{
    static struct trial trials[] = {
        {.name = "opencl, for CPUs",
         .backend = "opencl",
         .option_count = 4,
         .options = {"shape=cpu", "winograd=no", "tune=off",
                     "cache=off"}}, /* see test_winograd.c */
        {.name = "opencl, for GPUs",
         .backend = "opencl",
         .option_count = 3,
         .options = {"shape=gpu", "tune=off", "cache=off"}},
        {.name = "fpga", .backend = "fpga", .option_count = 1, .options = {"cache=off"}},
    };
    static struct CMUnitTest tests[DLB_ARRAY_COUNT(trials)];
    char program[512], folder[600];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = '\0';
        *strrchr(program, '/') = '\0';
        snprintf(folder, sizeof folder, "%s/../../lib/dlbench", program);
        setenv("DLBENCH_BACKENDS", folder, 0);
    }
    dlb_registry_load(&registry);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(trials); i++)
        tests[i] = (struct CMUnitTest){trials[i].name, run_trial, NULL, NULL, &trials[i]};
    return _cmocka_run_group_tests("nan", tests, DLB_ARRAY_COUNT(trials), NULL, NULL);
}
