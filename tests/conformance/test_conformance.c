/* test_conformance.c: every device of every backend on every problem of problems.c, each element compared with the oracle.
 *
 * Three argument sets with different random inputs, executed twice from different starts; results read between guard
 * bytes. Products are compared a second time with the worst-case bound of summation, which shares nothing with the
 * oracle's rule. A backend may refuse a problem: that is counted, and its reasons are printed. The seed is new each
 * time and printed; DLBENCH_TEST_SEED=N repeats a run, DLBENCH_TEST_BACKEND=NAME limits it, and DLBENCH_TEST_DEVICE=opencl:1 to one
 * device; those on request are tried only then. DLBENCH_TEST_OPTIONS="opencl.shape=gpu opencl.tune=quick" sets options
 * of backends; what is tested is what a tuner may choose, so without it nothing is searched. */
#include <float.h>
#include <math.h>
#include <sched.h>
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

#include "backends/registry.h"
#include "bench/run/device_json.h"
#include "bench/run/verify.h"
#include "kernels/reference/reference.h"
#include "tests/conformance/problems.h"

#define SETS        3
#define GUARD_BYTES 64
#define GUARD       0x5c
#define MAX_REASONS 48
#define MAX_DEVICES 128 /* of all backends */
#define MAX_OPTIONS 16

struct tally {
    int passed, unsupported, failed;
    int reason_count;
    struct {
        char text[160];
        int count;
    } reasons[MAX_REASONS];
};

/* A device, or a backend that has none. */
struct device {
    char key[DLB_DEVICE_KEY_SIZE];
    const struct dlb_loaded_backend *backend;
    int index; /* -1: there is none, or it does not open */
    struct dlb_why why;
};

/* One device on one family: a cmocka test. */
struct trial {
    char name[96];
    const struct dlb_loaded_backend *backend;
    const struct device *device;
    enum dlb_family family;
    struct dlb_context *context;
    struct tally tally;
};

static struct dlb_registry registry;
static uint64_t seed;
static int threads;
static struct dlb_backend_config configs[DLB_MAX_BACKENDS]; /* by backend, as in the registry */
static struct device devices[MAX_DEVICES];
static int device_count;

/* ---- One problem ---------------------------------------------------------------------------------- */

/* A prepared problem with the oracle of each set. */
struct problem {
    struct trial *trial;
    const char *name;
    const struct dlb_graph *graph;
    struct dlb_work *work;
    struct dlb_oracle *oracles[SETS];
    struct dlb_why why;
};

static bool failed(struct problem *p, const char *when, enum dlb_status status)
{
    print_message("FAILED %s: %s: %s: %s: %s (seed %llu)\n", p->trial->device->key, p->name, when,
                  dlb_status_name(status), p->why.text, (unsigned long long)seed);
    p->trial->tally.failed++;
    return false;
}

static void count_reason(struct tally *tally, const char *text)
{
    tally->unsupported++;
    for (int i = 0; i < tally->reason_count; i++) {
        if (strncmp(tally->reasons[i].text, text, sizeof tally->reasons[i].text - 1) == 0) {
            tally->reasons[i].count++;
            return;
        }
    }
    if (tally->reason_count == MAX_REASONS)
        return;
    snprintf(tally->reasons[tally->reason_count].text, sizeof tally->reasons[0].text, "%.159s",
             text);
    tally->reasons[tally->reason_count++].count = 1;
}

/* The worst case of any order of summation (Higham 2002, section 4.2), with room for Winograd's transforms. */
static double worst_case(const struct dlb_graph *graph, const struct dlb_op *op, double value,
                         double magnitude)
{
    const struct dlb_tensor *y = &graph->tensors[op->output];
    const struct dlb_conv_attrs *a = &op->attrs.conv;
    if (dlb_dtype_is_integer(y->dtype))
        return 0;
    double terms = (double)op->attrs.gemm.k, factor = 1;
    if (op->kind != DLB_OP_GEMM) {
        terms = op->kind == DLB_OP_CONV            ? (double)(a->c * a->r * a->s)
                : op->kind == DLB_OP_CONV_BWD_DATA ? (double)(a->k * a->r * a->s)
                                                   : (double)(a->n * a->out_h * a->out_w);
        factor = a->r * a->s > 1 && y->dtype == DLB_DTYPE_F32 ? 16 : 1;
    }
    return factor * (terms + 3) * 0x1p-24 * magnitude + dlb_dtype_roundoff(y->dtype) * fabs(value) +
           (y->dtype == DLB_DTYPE_F16 ? 0x1p-25 : (double)FLT_MIN);
}

/* Every element of a graph that is one product. */
static bool check_product(struct problem *p, int set, const void *host)
{
    const struct dlb_op *op = &p->graph->ops[0];
    const struct dlb_tensor *y = &p->graph->tensors[op->output];
    void *inputs[16] = {0};
    for (int i = 0; i < p->graph->tensor_count; i++)
        inputs[i] = (void *)(uintptr_t)dlb_oracle_input(p->oracles[set], i);
    const int64_t count = dlb_tensor_elements(y);
    for (int64_t i = 0; i < count; i++) {
        double magnitude;
        const double value = dlb_reference_element(p->graph, op, inputs, i, &magnitude);
        const double found = dlb_dtype_load(y->dtype, host, (size_t)i);
        if (!(fabs(found - value) <= worst_case(p->graph, op, value, magnitude))) {
            (void)dlb_fail(&p->why, DLB_WRONG, "set %d element %lld should be %.9g, found %.9g",
                           set, (long long)i, value, found);
            return failed(p, "worst case", DLB_WRONG);
        }
    }
    return true;
}

/* The oracle must have looked at every element: the problems are small. */
static bool check_oracle(struct problem *p, int set, int tensor, const void *host)
{
    struct dlb_check check;
    const enum dlb_status status = dlb_oracle_check(p->oracles[set], tensor, host, &check, &p->why);
    if (status != DLB_OK)
        return failed(p, "oracle", status);
    if (strcmp(check.method, "all elements") != 0 && strcmp(check.method, "full pass") != 0)
        return failed(p, check.method, DLB_FAILED);
    return true;
}

static bool check_tensor(struct problem *p, int set, int tensor)
{
    const size_t bytes = (size_t)dlb_tensor_bytes(&p->graph->tensors[tensor]);
    unsigned char *block = malloc(bytes + 2 * GUARD_BYTES);
    assert_non_null(block);
    memset(block, GUARD, bytes + 2 * GUARD_BYTES);
    unsigned char *host = block + GUARD_BYTES;
    const struct dlb_backend *backend = p->trial->backend->table;
    const enum dlb_status status = backend->read(p->work, set, tensor, host, &p->why);
    bool ok = status == DLB_OK ? true : failed(p, "read", status);
    for (size_t i = 0; ok && i < GUARD_BYTES; i++)
        if (block[i] != GUARD || host[bytes + i] != GUARD)
            ok = failed(p, "read wrote outside the host buffer", DLB_FAILED);
    const bool is_product =
        p->graph->op_count == 1 && p->graph->ops[0].kind <= DLB_OP_CONV_BWD_WEIGHTS;
    ok = ok && check_oracle(p, set, tensor, host) && (!is_product || check_product(p, set, host));
    free(block);
    return ok;
}

static bool check_sets(struct problem *p)
{
    for (int set = 0; set < SETS; set++)
        for (int i = 0; i < p->graph->tensor_count; i++)
            if (dlb_graph_is_result(p->graph, i) && !check_tensor(p, set, i))
                return false;
    return true;
}

/* Poisons the outputs of a set and fills its states; with `inputs`, those too. */
static bool write_set(struct problem *p, int set, bool inputs)
{
    const struct dlb_backend *backend = p->trial->backend->table;
    for (int i = 0; i < p->graph->tensor_count; i++) {
        const struct dlb_tensor *tensor = &p->graph->tensors[i];
        const void *filled = dlb_oracle_input(p->oracles[set], i);
        if (tensor->role == DLB_ROLE_TEMP ||
            (!inputs && tensor->role != DLB_ROLE_STATE && tensor->role != DLB_ROLE_OUTPUT))
            continue;
        /* A copy that dies at once: a backend keeps no pointer to host data. */
        void *host = malloc((size_t)dlb_tensor_bytes(tensor));
        assert_non_null(host);
        if (tensor->role == DLB_ROLE_OUTPUT)
            dlb_oracle_poison(tensor, host);
        else
            memcpy(host, filled, (size_t)dlb_tensor_bytes(tensor));
        const enum dlb_status status = backend->write(p->work, set, i, host, &p->why);
        free(host);
        if (status != DLB_OK)
            return failed(p, "write", status);
    }
    return true;
}

static bool execute(struct problem *p, int first_set, bool inputs, const char *when)
{
    const struct dlb_backend *backend = p->trial->backend->table;
    for (int set = 0; set < SETS; set++)
        if (!write_set(p, set, inputs))
            return false;
    enum dlb_status status = backend->submit(p->work, first_set, SETS, &p->why);
    if (status == DLB_OK)
        status = backend->wait(p->trial->context, &p->why);
    if (status != DLB_OK)
        return failed(p, when, status);
    return check_sets(p);
}

static bool run_problem(struct problem *p)
{
    const struct dlb_backend *backend = p->trial->backend->table;
    enum dlb_status status = backend->prepare(p->trial->context, p->graph, SETS, &p->work, &p->why);
    if (status != DLB_OK)
        return failed(p, "supported, but prepare", status);
    for (int set = 0; set < SETS; set++) {
        status = dlb_oracle_open(p->graph, DLB_FILL_RANDOM, seed + (uint64_t)set, NULL,
                                 &p->oracles[set], &p->why);
        if (status != DLB_OK)
            return failed(p, "oracle", status);
    }
    struct dlb_work_info info = {0};
    backend->info(p->work, &info);
    if (info.implementation[0] == '\0' || info.memory_bytes <= 0)
        return failed(p, "info tells no implementation or memory", DLB_FAILED);
    return execute(p, 0, true, "first execution") && execute(p, 1, false, "second execution");
}

static void try_problem(void *user, const char *name, const struct dlb_graph *graph)
{
    struct problem p = {.trial = user, .name = name, .graph = graph};
    const struct dlb_backend *backend = p.trial->backend->table;
    const enum dlb_status status = backend->supports(p.trial->context, graph, &p.why);
    if (status == DLB_UNSUPPORTED && p.why.text[0] != '\0') {
        count_reason(&p.trial->tally, p.why.text);
        return;
    }
    if (status != DLB_OK)
        (void)failed(&p, "supports", status);
    else if (run_problem(&p))
        p.trial->tally.passed++;
    if (p.work != NULL)
        backend->discard(p.work);
    for (int set = 0; set < SETS; set++)
        dlb_oracle_close(p.oracles[set]);
}

/* ---- Trials --------------------------------------------------------------------------------------- */

/* The options meant for a backend, without its name in front; they live as long as the process. */
static void choose_options(const char *backend, struct dlb_backend_config *config)
{
    static const char *options[DLB_MAX_BACKENDS][MAX_OPTIONS];
    static char texts[DLB_MAX_BACKENDS][512];
    static int used;
    const char *given = getenv("DLBENCH_TEST_OPTIONS");
    const size_t length = strlen(backend);
    *config = (struct dlb_backend_config){.threads = threads, .options = options[used]};
    snprintf(texts[used], sizeof texts[used], "%s", given != NULL ? given : "opencl.tune=off");
    char *rest = NULL;
    for (char *word = strtok_r(texts[used], " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        if (strncmp(word, backend, length) == 0 && word[length] == '.' &&
            config->option_count < MAX_OPTIONS)
            options[used][config->option_count++] = word + length + 1;
    used++;
}

static void run_trial(void **state)
{
    struct trial *trial = *state;
    const struct device *device = trial->device;
    const struct dlb_backend *backend = device->backend->table;
    struct dlb_why why = device->why;
    if (device->index < 0) {
        print_message("%s is not tried: %s\n", device->key, why.text);
        skip();
    }
    const enum dlb_status status = backend->open(
        device->index, &configs[device->backend - registry.items], &trial->context, &why);
    if (status != DLB_OK)
        fail_msg("%s opened once, but not again: %s", device->key, why.text);
    dlb_problems_visit(trial->family, seed, try_problem, trial);
    backend->close(trial->context);
    const struct tally *tally = &trial->tally;
    print_message("%s, %s: %d passed, %d unsupported, %d failed\n", device->key,
                  dlb_family_name(trial->family), tally->passed, tally->unsupported, tally->failed);
    for (int i = 0; i < tally->reason_count; i++)
        print_message("    %4d x %s\n", tally->reasons[i].count, tally->reasons[i].text);
    assert_int_equal(tally->failed, 0);
    /* A pipeline for products does no networks, but products are what every backend is for. */
    assert_true(tally->passed > 0 || trial->family != DLB_FAMILY_GEMM);
    assert_true(tally->passed + tally->unsupported > 0);
}

/* ---- What there is to try ------------------------------------------------------------------------- */

static struct device *add_device(const struct dlb_loaded_backend *backend, int index)
{
    if (device_count == MAX_DEVICES) {
        print_error("more than %d devices: name one with DLBENCH_TEST_DEVICE\n", MAX_DEVICES);
        exit(1);
    }
    struct device *device = &devices[device_count++];
    device->backend = backend;
    device->index = index;
    snprintf(device->key, sizeof device->key, "%s:%d", backend->name, index < 0 ? 0 : index);
    return device;
}

/* Opens a device to learn its key; it is meant by DLBENCH_TEST_DEVICE, or when that is unset and it is not on request. */
static void look_at(const struct dlb_loaded_backend *backend, int index,
                    const struct dlb_backend_config *config)
{
    const char *only = getenv("DLBENCH_TEST_DEVICE");
    struct dlb_context *context = NULL;
    struct dlb_device_info info = {.on_request = false};
    struct device *device = add_device(backend, index);
    bool named = only != NULL && strcmp(only, device->key) == 0;
    if (backend->table->open(index, config, &context, &device->why) != DLB_OK) {
        device->index = -1;
    } else {
        dlb_device_read(backend->table, context, &info);
        backend->table->close(context);
        dlb_device_key(backend->table, &info, index, device->key);
        named = named || (only != NULL && strcmp(only, device->key) == 0);
        if (info.id[0] != '\0' && strstr(device->key, info.id) == NULL) {
            print_error("%s: '%s' is no name that a key can hold\n", device->key, info.id);
            exit(1);
        }
    }
    if (only != NULL ? !named : info.on_request) {
        device_count--;
        memset(device, 0, sizeof *device);
    }
}

/* Does the environment leave this backend in? */
static bool is_wanted(const char *backend)
{
    const char *only = getenv("DLBENCH_TEST_BACKEND");
    const char *device = getenv("DLBENCH_TEST_DEVICE");
    const size_t length = strlen(backend);
    return (only == NULL || strcmp(only, backend) == 0) &&
           (device == NULL || (strncmp(device, backend, length) == 0 && device[length] == ':'));
}

static void find_devices(void)
{
    for (int i = 0; i < registry.count; i++) {
        const struct dlb_loaded_backend *backend = &registry.items[i];
        if (!is_wanted(backend->name))
            continue;
        struct dlb_why why = backend->why;
        choose_options(backend->name, &configs[i]);
        if (backend->table == NULL || backend->table->probe(&configs[i], &why) != DLB_OK) {
            add_device(backend, -1)->why = why;
            continue;
        }
        for (int j = 0; j < backend->table->device_count(); j++)
            look_at(backend, j, &configs[i]);
    }
}

/* The backends built beside the tests, unless the caller names others. */
static void find_backends(void)
{
    char program[512], folder[600];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = '\0';
        *strrchr(program, '/') = '\0';
        snprintf(folder, sizeof folder, "%s/../../lib/dlbench", program);
        setenv("DLBENCH_BACKENDS", folder, 0);
    }
    dlb_registry_load(&registry);
}

static void choose_seed(void)
{
    const char *wanted = getenv("DLBENCH_TEST_SEED");
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    seed = wanted != NULL ? strtoull(wanted, NULL, 10)
                          : (uint64_t)now.tv_sec * 1000003u + (uint64_t)now.tv_nsec;
    print_message("conformance: seed %llu (DLBENCH_TEST_SEED=%llu repeats it)\n",
                  (unsigned long long)seed, (unsigned long long)seed);
}

/* Two threads where there are two: enough for what goes wrong between threads. */
static void choose_threads(void)
{
    cpu_set_t mask;
    threads = sched_getaffinity(0, sizeof mask, &mask) == 0 && CPU_COUNT(&mask) > 1 ? 2 : 1;
}

int main(void)
{
    static struct trial trials[MAX_DEVICES * DLB_FAMILY_COUNT];
    static struct CMUnitTest tests[MAX_DEVICES * DLB_FAMILY_COUNT];
    size_t count = 0;
    setenv("OMP_WAIT_POLICY", "passive",
           0); /* read when the OpenMP library is loaded; thousands of tiny calls */
    choose_seed();
    choose_threads();
    find_backends();
    find_devices();
    for (int i = 0; i < device_count; i++) {
        for (int j = 0; j < DLB_FAMILY_COUNT; j++) {
            struct trial *trial = &trials[count];
            trial->backend = devices[i].backend;
            trial->device = &devices[i];
            trial->family = (enum dlb_family)j;
            snprintf(trial->name, sizeof trial->name, "%.67s_%s", devices[i].key,
                     dlb_family_name(trial->family));
            tests[count++] = (struct CMUnitTest){trial->name, run_trial, NULL, NULL, trial};
        }
    }
    if (count == 0) {
        print_error("no device is called as DLBENCH_TEST_BACKEND or DLBENCH_TEST_DEVICE says\n");
        return 1;
    }
    return _cmocka_run_group_tests("conformance", tests, count, NULL, NULL);
}
