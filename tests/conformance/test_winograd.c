/* test_winograd.c: Winograd's algorithm of the opencl backend on shapes that no tile fits, with the search forced to it, on every device.
 *
 * Every element is compared with the oracle, and the implementation must say that it is that algorithm: otherwise another
 * method would be tested. A NaN must come out wherever the definition has one; it may spread in its tile. What a graph is fused with is
 * test_conformance.c's matter too, where the same points are guessed. */
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
#include "bench/models/workload.h"
#include "bench/run/verify.h"
#include "kernels/reference/reference.h"

#define SEED        UINT64_C(23)
#define MAX_TENSORS 8

/* Sizes off the tile of 4 x 4, the block of 16 channels and the register tiles; every padding that it takes; tiles that end one image and begin the
 * next; few tiles and many filters, and the other way round. */
static const char *const keys[] = {
    "conv:n=1,c=16,h=4,w=4,k=16",
    "conv:n=1,c=16,h=3,w=3,k=16,pad=0",
    "conv:n=1,c=17,h=9,w=9,k=33",
    "conv:n=2,c=31,h=13,w=11,k=47",
    "conv:n=3,c=16,h=7,w=5,k=64",
    "conv:n=5,c=19,h=7,w=7,k=128",
    "conv:n=1,c=16,h=29,w=31,k=16",
    "conv:n=1,c=64,h=14,w=14,k=64,pad=0",
    "conv:n=2,c=16,h=6,w=10,k=80,pad=2",
    "conv:n=1,c=20,h=11,w=7,k=24,pad=0x1x2x1",
    "conv:n=1,c=16,h=1,w=1,k=32,pad=1",
    "conv:n=1,c=16,h=2,w=3,k=16,pad=2",
    "conv:n=2,c=16,h=1,w=1,k=16,pad=2",
    "conv:n=1,c=16,h=1,w=67,k=16",
    "conv:n=1,c=48,h=17,w=19,k=65,bias=yes",
    "conv:n=2,c=16,h=9,w=10,k=32,act=relu",
    "conv:n=1,c=33,h=5,w=23,k=64,bias=yes,act=relu",
    "conv:n=1,c=512,h=7,w=7,k=32",
    "conv:n=4,c=128,h=15,w=13,k=16,bias=yes",
};

/* What does not suit the algorithm is answered by another. */
static const char *const refused[] = {
    "conv:n=1,c=16,h=9,w=9,k=16,stride=2",
    "conv:n=1,c=16,h=9,w=9,k=16,dilation=2,pad=2",
    "conv:n=1,c=32,h=9,w=9,k=32,groups=2",
    "conv:n=1,c=16,h=9,w=9,k=16,r=1,s=1,pad=0",
    "conv:n=1,c=16,h=9,w=9,k=16,dtype=bf16",
    "conv:n=1,c=16,h=9,w=9,k=16,pass=bwd_data",
    "conv:n=1,c=16,h=9,w=9,k=16,pad=0x1x2x3",
    "conv:n=1,c=15,h=9,w=9,k=16",
    "conv:n=1,c=16,h=9,w=9,k=15",
};

static struct dlb_registry registry;
static const struct dlb_backend *backend;
static struct dlb_context *context;
static int device;

/* A problem, prepared, with what its tensors hold. */
struct subject {
    const char *key;
    struct dlb_graph graph;
    struct dlb_work *work;
    struct dlb_work_info info;
    void *tensors[MAX_TENSORS];
};

static void prepare(struct subject *subject, const char *key)
{
    struct dlb_problem problem;
    struct dlb_why why = {""};
    *subject = (struct subject){.key = key};
    if (dlb_problem_parse(key, &problem, &why) != DLB_OK ||
        dlb_problem_build(&problem, &subject->graph, &why) != DLB_OK ||
        backend->prepare(context, &subject->graph, 1, &subject->work, &why) != DLB_OK)
        fail_msg("opencl:%d: %s: %s", device, key, why.text);
    backend->info(subject->work, &subject->info);
    assert_true(subject->graph.tensor_count <= MAX_TENSORS);
    for (int i = 0; i < subject->graph.tensor_count; i++) {
        subject->tensors[i] = malloc((size_t)dlb_tensor_bytes(&subject->graph.tensors[i]));
        assert_non_null(subject->tensors[i]);
    }
}

static void discard(struct subject *subject)
{
    for (int i = 0; i < subject->graph.tensor_count; i++)
        free(subject->tensors[i]);
    backend->discard(subject->work);
    dlb_graph_free(&subject->graph);
}

static bool is_given(const struct dlb_tensor *tensor)
{
    return tensor->role == DLB_ROLE_INPUT || tensor->role == DLB_ROLE_WEIGHT;
}

/* Writes what the tensors hold, executes, and reads the one output into `result`; its number is the answer. */
static int execute(struct subject *subject, void **result)
{
    struct dlb_why why = {""};
    enum dlb_status status = DLB_OK;
    int output = -1;
    for (int i = 0; i < subject->graph.tensor_count && status == DLB_OK; i++) {
        const struct dlb_tensor *tensor = &subject->graph.tensors[i];
        if (tensor->role == DLB_ROLE_OUTPUT) {
            output = i;
            dlb_oracle_poison(tensor, subject->tensors[i]);
        }
        if (is_given(tensor) || i == output)
            status = backend->write(subject->work, 0, i, subject->tensors[i], &why);
    }
    assert_true(output >= 0);
    *result = malloc((size_t)dlb_tensor_bytes(&subject->graph.tensors[output]));
    assert_non_null(*result);
    if (status == DLB_OK)
        status = backend->submit(subject->work, 0, 1, &why);
    if (status == DLB_OK)
        status = backend->wait(context, &why);
    if (status == DLB_OK)
        status = backend->read(subject->work, 0, output, *result, &why);
    if (status != DLB_OK)
        fail_msg("opencl:%d: %s: %s", device, subject->key, why.text);
    return output;
}

static void check_values(struct subject *subject)
{
    struct dlb_oracle *oracle;
    struct dlb_check check;
    struct dlb_why why = {""};
    void *result;
    assert_int_equal(dlb_oracle_open(&subject->graph, DLB_FILL_RANDOM, SEED, NULL, &oracle, &why),
                     DLB_OK);
    for (int i = 0; i < subject->graph.tensor_count; i++)
        if (is_given(&subject->graph.tensors[i]))
            memcpy(subject->tensors[i], dlb_oracle_input(oracle, i),
                   (size_t)dlb_tensor_bytes(&subject->graph.tensors[i]));
    const int output = execute(subject, &result);
    if (dlb_oracle_check(oracle, output, result, &check, &why) != DLB_OK)
        fail_msg("opencl:%d: %s: %s", device, subject->key, why.text);
    assert_string_equal(check.method, "all elements");
    free(result);
    dlb_oracle_close(oracle);
}

/* One NaN in the middle of the image. */
static void check_nan(struct subject *subject)
{
    const struct dlb_graph *graph = &subject->graph;
    const int image = graph->ops[0].inputs[0];
    void *result;
    for (int i = 0; i < graph->tensor_count; i++)
        if (is_given(&graph->tensors[i]))
            dlb_graph_fill(graph, i, DLB_FILL_RANDOM, SEED, subject->tensors[i]);
    ((float *)subject->tensors[image])[dlb_tensor_elements(&graph->tensors[image]) / 2] = NAN;
    const int output = execute(subject, &result);
    for (int i = 0; i < graph->op_count; i++)
        dlb_reference_run(graph, &graph->ops[i], subject->tensors);
    const float *wanted = subject->tensors[output], *found = result;
    int64_t nans = 0;
    for (int64_t i = 0; i < dlb_tensor_elements(&graph->tensors[output]); i++) {
        nans += isnan(wanted[i]) != 0;
        if (isnan(wanted[i]) && !isnan(found[i]))
            fail_msg("opencl:%d: %s: element %lld should be NaN, found %g", device, subject->key,
                     (long long)i, (double)found[i]);
    }
    free(result);
    assert_true(nans > 0);
}

static bool is_winograd(const struct subject *subject)
{
    return strstr(subject->info.implementation, "winograd") != NULL;
}

static void try_all(void)
{
    struct subject subject;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(keys); i++) {
        prepare(&subject, keys[i]);
        if (!is_winograd(&subject))
            fail_msg("opencl:%d: %s: answered by %s", device, keys[i], subject.info.implementation);
        check_values(&subject);
        check_nan(&subject);
        discard(&subject);
    }
    for (size_t i = 0; i < DLB_ARRAY_COUNT(refused); i++) {
        prepare(&subject, refused[i]);
        if (is_winograd(&subject))
            fail_msg("opencl:%d: %s: answered by %s", device, refused[i],
                     subject.info.implementation);
        check_values(&subject);
        discard(&subject);
    }
}

/* With `winograd=no` nothing is answered by it. */
static void test_no(void **state)
{
    const char *const options[] = {"winograd=no", "tune=off", "cache=off"};
    const struct dlb_backend_config config = {.threads = 1, .option_count = 3, .options = options};
    struct subject subject;
    struct dlb_why why = {""};
    (void)state;
    if (backend == NULL || backend->probe(&config, &why) != DLB_OK ||
        backend->open(0, &config, &context, &why) != DLB_OK)
        skip();
    prepare(&subject, keys[7]);
    assert_false(is_winograd(&subject));
    discard(&subject);
    backend->close(context);
}

static void test_yes(void **state)
{
    const char *const options[] = {"winograd=yes", "tune=off", "cache=off"};
    const struct dlb_backend_config config = {.threads = 2, .option_count = 3, .options = options};
    struct dlb_why why = {"it is not built"};
    (void)state;
    if (backend == NULL || backend->probe(&config, &why) != DLB_OK) {
        print_message("opencl is not tried: %s\n", why.text);
        skip();
        return;
    }
    int tried = 0;
    for (device = 0; device < backend->device_count(); device++) {
        if (backend->open(device, &config, &context, &why) != DLB_OK) {
            print_message("opencl:%d is not tried: %s\n", device, why.text);
            continue;
        }
        try_all();
        backend->close(context);
        tried++;
    }
    print_message("%d devices, %zu problems each\n", tried, DLB_ARRAY_COUNT(keys));
    assert_true(tried > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yes),
        cmocka_unit_test(test_no),
    };
    char program[512], folder[600];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = '\0';
        *strrchr(program, '/') = '\0';
        snprintf(folder, sizeof folder, "%s/../../lib/dlbench", program);
        setenv("DLBENCH_BACKENDS", folder, 0);
    }
    dlb_registry_load(&registry);
    const struct dlb_loaded_backend *loaded = dlb_registry_find(&registry, "opencl");
    backend = loaded != NULL ? loaded->table : NULL;
    return cmocka_run_group_tests_name("winograd", tests, NULL, NULL);
}
