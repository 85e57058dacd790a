/* test_opencl_probe.c: the kernels that show the ceilings of an OpenCL device: do they do what they say they count?
 *
 * Every variant of every probe, in both shapes of kernels, runs a few rounds on every device here, and what it left in memory is compared with the
 * same rounds computed on the host: whole numbers to the bit. A round too few or too many must be seen, else the counts are worth
 * nothing. DLBENCH_TEST_SEED=N repeats a run. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "backends/opencl/opencl_probe.h"
#include "bench/run/roofline.h"

extern const struct dlb_backend dlb_backend;

#define MAX_TRIALS   (2 * DLB_CL_MAX_DEVICES)
#define MAX_VARIANTS 16
#define ROUNDS       3

/* One device in one shape: a cmocka test. */
struct trial {
    char name[64];
    const char *shape; /* the option */
    int device;
    struct dlb_context *context;
};

static struct trial trials[MAX_TRIALS];
static int64_t seed;

static struct dlb_context *open_device(int device, const char *shape)
{
    static const char *options[2];
    struct dlb_context *context;
    struct dlb_why why;
    options[0] = "cache=off";
    options[1] = shape;
    const struct dlb_backend_config config = {.threads = 2, .option_count = 2, .options = options};
    if (dlb_backend.open(device, &config, &context, &why) != DLB_OK)
        fail_msg("opencl:%d does not open: %s", device, why.text);
    return context;
}

static void *download(const struct dlb_opencl_probe *probe, int place, size_t *bytes)
{
    assert_non_null(probe->buffers[place]);
    assert_int_equal(
        clGetMemObjectInfo(probe->buffers[place], CL_MEM_SIZE, sizeof *bytes, bytes, NULL),
        CL_SUCCESS);
    void *host = malloc(*bytes);
    assert_non_null(host);
    assert_int_equal(clEnqueueReadBuffer(probe->context->cl.queue, probe->buffers[place], CL_TRUE,
                                         0, *bytes, host, 0, NULL, NULL),
                     CL_SUCCESS);
    return host;
}

static void execute(struct dlb_opencl_probe *probe, int rounds)
{
    struct dlb_why why = {""};
    if (dlb_opencl_probe_rounds(probe, rounds, &why) != DLB_OK ||
        dlb_opencl_probe_run(probe, &why) != DLB_OK ||
        dlb_opencl_drain(probe->context, NULL, &why) != DLB_OK)
        fail_msg("%s: %s", probe->name, why.text);
}

/* The probe of a variant, or NULL behind the last one. */
static struct dlb_opencl_probe *open_probe(struct dlb_context *context,
                                           const struct dlb_probe *wanted)
{
    struct dlb_opencl_probe *probe = NULL;
    struct dlb_why why = {""};
    const enum dlb_status status = dlb_opencl_probe_open(context, wanted, &probe, &why);
    if (status == DLB_UNSUPPORTED && wanted->variant > 0)
        return NULL;
    if (status != DLB_OK)
        fail_msg("kind %d, %s, variant %d: %s: %s (seed %lld)", (int)wanted->kind,
                 dlb_dtype_name(wanted->dtype), wanted->variant, dlb_status_name(status), why.text,
                 (long long)wanted->seed);
    assert_true(strlen(probe->name) > 0 && strlen(probe->name) < sizeof probe->name - 1);
    return probe;
}

/* ---- multiply-adds ---- */

/* The four products of packed bytes, all numbers modulo 2^32. */
static uint32_t bytes_product(uint32_t a, uint32_t b, bool a_unsigned)
{
    int32_t sum = 0;
    for (int i = 0; i < 32; i += 8) {
        const int32_t first = a_unsigned ? (int32_t)(a >> i & 255) : (int8_t)(a >> i & 255);
        sum += first * (int8_t)(b >> i & 255);
    }
    return (uint32_t)sum;
}

/* Rounded to a type, as each of its operations is. */
static double rounded(enum dlb_dtype dtype, double value)
{
    uint32_t place;
    dlb_dtype_store(dtype, &place, 0, value);
    return dlb_dtype_load(dtype, &place, 0);
}

static double float_sum(const struct dlb_opencl_probe *probe, const void *seeds, size_t lane,
                        size_t lanes, int rounds)
{
    const enum dlb_dtype dtype = probe->mac == DLB_MAC_HALF ? DLB_DTYPE_F16 : DLB_DTYPE_F32;
    const int first = probe->first_factors, second = probe->second_factors;
    double total = 0;
    for (int chain = 0; chain < probe->chains; chain++) {
        double sum = dlb_dtype_load(dtype, seeds, (size_t)(first + second + chain) * lanes + lane);
        for (int step = 0; step < rounds * second; step++) {
            const int a = step % first, b = first + (step + chain) % second;
            sum += dlb_dtype_load(dtype, seeds, (size_t)a * lanes + lane) *
                   dlb_dtype_load(dtype, seeds, (size_t)b * lanes + lane);
            sum = rounded(dtype, sum);
        }
        total = rounded(dtype, total + sum);
    }
    return total;
}

static uint32_t packed_sum(const struct dlb_opencl_probe *probe, const uint32_t *seeds, size_t lane,
                           size_t lanes, int rounds)
{
    const int first = probe->first_factors, second = probe->second_factors;
    const bool vnni = probe->mac == DLB_MAC_VNNI;
    uint32_t total = 0;
    for (int chain = 0; chain < probe->chains; chain++) {
        uint32_t sum = seeds[(size_t)(first + second + chain) * lanes + lane];
        for (int step = 0; step < rounds * second; step++) {
            const uint32_t a = seeds[(size_t)(step % first) * lanes + lane];
            const uint32_t b = seeds[(size_t)(first + (step + chain) % second) * lanes + lane];
            sum += bytes_product(vnni ? a : sum, b, vnni || probe->what.dtype == DLB_DTYPE_U8);
        }
        total += sum;
    }
    return total;
}

/* Is this what so many rounds leave in a lane? */
static bool is_sum(const struct dlb_opencl_probe *probe, const void *seeds, const void *sums,
                   size_t lane, int rounds)
{
    const size_t lanes = (size_t)probe->items * (size_t)probe->width;
    if (probe->mac != DLB_MAC_F32 && probe->mac != DLB_MAC_HALF)
        return ((const uint32_t *)sums)[lane] == packed_sum(probe, seeds, lane, lanes, rounds);
    const bool half = probe->mac == DLB_MAC_HALF;
    const double wanted = float_sum(probe, seeds, lane, lanes, rounds);
    const double found = dlb_dtype_load(half ? DLB_DTYPE_F16 : DLB_DTYPE_F32, sums, lane);
    return fabs(found - wanted) <= (half ? 4e-3 : 1e-5) * (1 + fabs(wanted));
}

static void check_sums(struct dlb_opencl_probe *probe)
{
    size_t seed_bytes, sum_bytes;
    execute(probe, ROUNDS);
    unsigned char *const seeds = download(probe, 0, &seed_bytes);
    unsigned char *const sums = download(probe, 1, &sum_bytes);
    const size_t lanes = (size_t)probe->items * (size_t)probe->width;
    const size_t group_bytes = lanes * (probe->mac == DLB_MAC_HALF ? 2 : 4);
    size_t seen = 0;
    assert_int_equal(sum_bytes, probe->groups * group_bytes);
    for (size_t lane = 0; lane < lanes; lane++) {
        if (!is_sum(probe, seeds, sums, lane, ROUNDS))
            fail_msg("%s of %s: lane %zu is not the sum (seed %lld)", probe->name,
                     dlb_dtype_name(probe->what.dtype), lane, (long long)seed);
        seen += !is_sum(probe, seeds, sums, lane, ROUNDS - 1) &&
                !is_sum(probe, seeds, sums, lane, ROUNDS + 1);
    }
    if (probe->what.zeros)
        assert_int_equal(seen, 0);
    else if (seen < lanes * 3 / 4) /* in some lanes the products may happen to cancel */
        fail_msg("%s: a round more is seen in %zu of %zu lanes", probe->name, seen, lanes);
    for (size_t group = 1; group < probe->groups; group++)
        assert_memory_equal(sums, sums + group * group_bytes, group_bytes);
    free(seeds);
    free(sums);
}

static void check_ops(const struct dlb_opencl_probe *probe)
{
    struct dlb_probe_info info;
    const double per_lane = probe->mac == DLB_MAC_F32 || probe->mac == DLB_MAC_HALF ? 2 : 8;
    dlb_opencl_probe_info(probe, &info);
    const double lanes = (double)(probe->groups * (size_t)probe->items * (size_t)probe->width);
    const double wanted = per_lane * lanes * probe->chains * probe->second_factors * probe->rounds;
    assert_true(info.ops == wanted && info.bytes == 0 && info.loads == 0);
    assert_string_equal(info.name, probe->name);
}

static int check_type(struct dlb_context *context, enum dlb_dtype dtype)
{
    int variant = 0;
    for (; variant < MAX_VARIANTS; variant++) {
        struct dlb_probe wanted = {
            .kind = DLB_PROBE_COMPUTE, .dtype = dtype, .variant = variant, .seed = seed};
        struct dlb_opencl_probe *probe = open_probe(context, &wanted);
        if (probe == NULL)
            break;
        check_ops(probe);
        check_sums(probe);
        dlb_opencl_probe_close(probe);
        wanted.zeros = true;
        probe = open_probe(context, &wanted);
        assert_non_null(probe);
        check_sums(probe);
        dlb_opencl_probe_close(probe);
    }
    assert_in_range(variant, 1, DLB_ROOFLINE_WAYS); /* all of them are tried */
    return variant;
}

static void check_compute(struct dlb_context *context)
{
    const struct dlb_probe whole = {.kind = DLB_PROBE_COMPUTE, .dtype = DLB_DTYPE_S32};
    struct dlb_opencl_probe *probe;
    struct dlb_why why;
    int variants = 0;
    for (int i = 0; i < DLB_DTYPE_S32; i++)
        variants += check_type(context, (enum dlb_dtype)i);
    assert_int_equal(dlb_opencl_probe_open(context, &whole, &probe, &why), DLB_UNSUPPORTED);
    print_message("    multiply-adds: %d variants\n", variants);
}

/* ---- bandwidth ---- */

#define POISON 0xa5a5a5a5u

/* A core that comes late finds no group left to do: then its part is as it was before. */
struct parts {
    cl_uint done, untouched;
};

static void expect_parts(const struct dlb_opencl_probe *probe, const struct parts *parts)
{
    assert_int_equal(parts->done + parts->untouched, probe->parts);
    assert_true(parts->done > 0);
    if (!probe->slots)
        assert_int_equal(parts->done, probe->parts);
}

static void poison(struct dlb_opencl_probe *probe, int place)
{
    size_t bytes;
    struct dlb_why why = {""};
    uint32_t *const host = download(probe, place, &bytes);
    for (size_t i = 0; i < bytes / 4; i++)
        host[i] = POISON;
    assert_int_equal(dlb_opencl_probe_upload(probe, place, 0, host, bytes, &why), DLB_OK);
    free(host);
}

static uint32_t sum_of(const struct dlb_opencl_probe *probe, const uint32_t *part, size_t item)
{
    const size_t items = (size_t)probe->items, width = (size_t)probe->width;
    uint32_t sum = 0;
    for (size_t at = item * width; at < probe->part_vectors * width; at += items * width)
        for (size_t lane = 0; lane < width; lane++)
            sum += part[at + lane];
    return sum;
}

static void check_read(const struct dlb_opencl_probe *probe, int passes)
{
    size_t bytes, sum_bytes;
    uint32_t *const from = download(probe, 1, &bytes);
    uint32_t *const sums = download(probe, 2, &sum_bytes);
    const size_t items = (size_t)probe->items;
    struct parts parts = {0, 0};
    for (size_t i = 0; i < probe->parts * items; i++) {
        const uint32_t *const part = from + i / items * probe->part_vectors * (size_t)probe->width;
        const uint32_t once = sum_of(probe, part, i % items);
        const bool done = sums[i] == once * (uint32_t)passes;
        if (!done && sums[i] != POISON)
            fail_msg("%s: sum %zu is not %d times that of its part", probe->name, i, passes);
        assert_true(once != 0);
        parts.done += i % items == 0 && done;
        parts.untouched += i % items == 0 && !done;
    }
    expect_parts(probe, &parts);
    free(from);
    free(sums);
}

static int arrays_of(const struct dlb_opencl_probe *probe)
{
    static const int arrays[] = {[DLB_PATTERN_READ] = 1,
                                 [DLB_PATTERN_WRITE] = 1,
                                 [DLB_PATTERN_COPY] = 2,
                                 [DLB_PATTERN_TRIAD] = 3};
    return arrays[probe->what.pattern];
}

/* What is written where, after so many passes. */
static bool is_written(const struct dlb_opencl_probe *probe, uint32_t *const *arrays, size_t at,
                       int passes)
{
    float a, b, found;
    switch (probe->what.pattern) {
    case DLB_PATTERN_WRITE:
        return arrays[1] != NULL &&
               arrays[1][at] == (uint32_t)probe->what.seed + (uint32_t)passes - 1;
    case DLB_PATTERN_COPY:
        return arrays[2] != NULL && arrays[2][at] == arrays[1][at] + (uint32_t)passes - 1;
    default:
        if (arrays[2] == NULL || arrays[3] == NULL)
            return false;
        memcpy(&a, &arrays[1][at], sizeof a);
        memcpy(&b, &arrays[2][at], sizeof b);
        memcpy(&found, &arrays[3][at], sizeof found);
        return fabs(found - (a + 0.5 * passes * b)) <= 1e-6 * passes;
    }
}

static void check_written(const struct dlb_opencl_probe *probe, int passes)
{
    const int count = arrays_of(probe);
    uint32_t *arrays[4] = {NULL};
    size_t bytes = 0;
    struct parts parts = {0, 0};
    size_t fits_more = 0; /* floats that are nearly zero */
    for (int i = 1; i <= count; i++)
        arrays[i] = download(probe, i, &bytes);
    const size_t part = probe->part_vectors * (size_t)probe->width;
    assert_true(bytes >= 4 * part * probe->parts);
    for (size_t at = 0; at < part * probe->parts; at++) {
        const uint32_t *const to = arrays[count];
        const bool untouched = to[at / part * part] == POISON;
        if (untouched ? to[at] != POISON : !is_written(probe, arrays, at, passes))
            fail_msg("%s, pattern %d: word %zu is not as %d passes leave it", probe->name,
                     (int)probe->what.pattern, at, passes);
        fits_more += is_written(probe, arrays, at, passes + 1);
        parts.done += at % part == 0 && !untouched;
        parts.untouched += at % part == 0 && untouched;
    }
    expect_parts(probe, &parts);
    assert_true(fits_more * 100 <= part * probe->parts);
    for (int i = 1; i <= count; i++)
        free(arrays[i]);
}

static void check_bytes(const struct dlb_opencl_probe *probe, int64_t wanted)
{
    struct dlb_probe_info info;
    const double part = 4.0 * probe->width * probe->part_vectors * arrays_of(probe);
    dlb_opencl_probe_info(probe, &info);
    assert_true(info.ops == 0 && info.loads == 0);
    assert_true((double)info.working_set_bytes == part * probe->parts);
    assert_true(info.bytes ==
                part * (double)probe->groups * (probe->slots ? (double)probe->rounds : 1));
    if (!probe->slots)
        assert_true(info.bytes == (double)info.working_set_bytes * probe->rounds);
    /* Never more than asked for, save that a step of each group is the least; never less than half of it. */
    if (info.working_set_bytes > wanted)
        assert_true(probe->part_vectors <= 8 * (cl_uint)probe->items);
    else
        assert_true(2 * info.working_set_bytes >= wanted);
}

static void check_nobody_holds(const struct dlb_opencl_probe *probe)
{
    size_t bytes;
    cl_int *const held = download(probe, 0, &bytes);
    for (cl_uint i = 0; i < probe->parts; i++)
        assert_int_equal(held[i], 0);
    free(held);
}

static int check_pattern(struct dlb_context *context, enum dlb_probe_pattern pattern, int64_t bytes)
{
    int variant = 0;
    for (; variant < MAX_VARIANTS; variant++) {
        struct dlb_opencl_probe *probe =
            open_probe(context, &(struct dlb_probe){.kind = DLB_PROBE_BANDWIDTH,
                                                    .pattern = pattern,
                                                    .variant = variant,
                                                    .bytes = bytes,
                                                    .seed = seed});
        if (probe == NULL)
            break;
        check_bytes(probe, bytes);
        /* Sums, or what is written to. */
        poison(probe, pattern == DLB_PATTERN_READ ? 2 : arrays_of(probe));
        execute(probe, ROUNDS);
        const int passes = probe->slots ? ROUNDS : 1;
        if (pattern == DLB_PATTERN_READ)
            check_read(probe, passes);
        else
            check_written(probe, passes);
        check_nobody_holds(probe);
        dlb_opencl_probe_close(probe);
    }
    assert_in_range(variant, 1, DLB_ROOFLINE_WAYS); /* all of them are tried */
    return variant;
}

static void check_bandwidth(struct dlb_context *context)
{
    static const int64_t sizes[] = {1000, 300007, 20000003};
    int probes = 0;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(sizes); i++)
        for (int j = DLB_PATTERN_READ; j <= DLB_PATTERN_TRIAD; j++)
            probes += check_pattern(context, (enum dlb_probe_pattern)j, sizes[i]);
    print_message("    bandwidth: %d variants and sizes\n", probes);
}

/* ---- latency, launch ---- */

static uint32_t chain_at(const struct dlb_opencl_probe *probe)
{
    size_t bytes;
    uint32_t *const last = download(probe, 1, &bytes);
    const uint32_t at = last[0];
    free(last);
    return at;
}

static void check_chain(struct dlb_context *context, int64_t bytes)
{
    struct dlb_probe_info info;
    size_t size;
    struct dlb_opencl_probe *probe = open_probe(
        context, &(struct dlb_probe){.kind = DLB_PROBE_LATENCY, .bytes = bytes, .seed = seed});
    const uint32_t begin = chain_at(probe);
    execute(probe, ROUNDS);
    const uint32_t end = chain_at(probe);
    uint32_t *const next = download(probe, 0, &size);
    dlb_opencl_probe_info(probe, &info);
    assert_true(info.loads == ROUNDS * (double)DLB_CHASE_STEPS);
    assert_true(info.working_set_bytes <= bytes || probe->nodes == 2);
    uint32_t at = begin;
    for (int i = 0; i < (int)info.loads; i++)
        at = next[at];
    assert_int_equal(at, end);
    cl_uint visited = 0;
    do {
        assert_int_equal(at % probe->node_words, 0);
        at = next[at];
        visited++;
    } while (at != end && visited <= probe->nodes);
    assert_int_equal(visited, probe->nodes);
    free(next);
    dlb_opencl_probe_close(probe);
}

static void check_latency(struct dlb_context *context)
{
    static const int64_t sizes[] = {0, 5 * 64, 48 * 1024 + 7, 3000000};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(sizes); i++)
        check_chain(context, sizes[i]);
}

static double elapsed_ns(struct dlb_context *context, struct dlb_work *work, int64_t count)
{
    struct dlb_why why = {""};
    double ns = 0;
    assert_int_equal(dlb_backend.submit(work, 0, count, &why), DLB_OK);
    assert_int_equal(dlb_backend.wait(context, &why), DLB_OK);
    assert_int_equal(dlb_backend.elapsed(context, &ns, &why), DLB_OK);
    return ns;
}

/* The shortest of several: others may disturb some. */
static double shortest_ns(struct dlb_context *context, struct dlb_work *work)
{
    double least = INFINITY;
    for (int i = 0; i < 10; i++)
        least = fmin(least, elapsed_ns(context, work, 1));
    return least;
}

/* As the harness drives them: by the table of the backend alone. */
static void check_contract(struct dlb_context *context)
{
    static const struct dlb_probe probes[] = {
        {.kind = DLB_PROBE_COMPUTE, .dtype = DLB_DTYPE_F32},
        {.kind = DLB_PROBE_BANDWIDTH, .pattern = DLB_PATTERN_COPY, .bytes = 65536},
        {.kind = DLB_PROBE_LATENCY, .bytes = 65536},
        {.kind = DLB_PROBE_LAUNCH},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(probes); i++) {
        struct dlb_why why = {""};
        struct dlb_probe_info info;
        struct dlb_work *work = NULL;
        assert_int_equal(dlb_backend.probe_kernel(context, &probes[i], &work, &info, &why), DLB_OK);
        assert_true(info.name[0] != '\0');
        const double one = shortest_ns(context, work);
        /* So many more that what a launch takes cannot hide them. What a launch of nothing takes is below what the device's clock
         * tells reliably. */
        if (probes[i].kind != DLB_PROBE_LAUNCH)
            assert_true(one > 0 && elapsed_ns(context, work, 100) > one);
        assert_true(isfinite(one) && one >= 0);
        dlb_backend.discard(work);
    }
}

static void check_refusals(struct dlb_context *context)
{
    static const struct dlb_probe refused[] = {
        {.kind = DLB_PROBE_BANDWIDTH, .bytes = -1},
        {.kind = DLB_PROBE_COMPUTE, .variant = -1},
        {.kind = DLB_PROBE_LATENCY, .variant = 1},
        {.kind = DLB_PROBE_LAUNCH, .variant = 1},
        {.kind = DLB_PROBE_BANDWIDTH, .bytes = INT64_MAX},
        {.kind = DLB_PROBE_LATENCY, .bytes = INT64_MAX},
        {.kind = DLB_PROBE_BANDWIDTH, .pattern = (enum dlb_probe_pattern)4},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(refused); i++) {
        struct dlb_why why = {""};
        struct dlb_work *work = NULL;
        struct dlb_probe_info info;
        const enum dlb_status status =
            dlb_backend.probe_kernel(context, &refused[i], &work, &info, &why);
        if (status == DLB_OK || why.text[0] == '\0' || work != NULL)
            fail_msg("refusal %zu: %s '%s'", i, dlb_status_name(status), why.text);
    }
}

static void run_trial(void **state)
{
    struct trial *trial = *state;
    trial->context = open_device(trial->device, trial->shape);
    print_message("%s on %s\n", trial->name, trial->context->cl.device->name);
    check_compute(trial->context);
    check_bandwidth(trial->context);
    check_latency(trial->context);
    check_contract(trial->context);
    check_refusals(trial->context);
    dlb_backend.close(trial->context);
}

int main(void)
{
    static struct CMUnitTest tests[MAX_TRIALS];
    static const char *const shapes[] = {"shape=cpu", "shape=gpu"};
    static const struct dlb_backend_config config = {.threads = 2};
    const char *wanted = getenv("DLBENCH_TEST_SEED");
    struct dlb_why why = {""};
    size_t count = 0;
    seed = wanted != NULL ? (int64_t)strtoll(wanted, NULL, 10) : (int64_t)time(NULL);
    print_message("opencl probes: seed %lld\n", (long long)seed);
    if (dlb_backend.probe(&config, &why) != DLB_OK) {
        print_message("not tried: %s\n", why.text);
        return 0;
    }
    for (int device = 0; device < dlb_backend.device_count(); device++) {
        for (size_t i = 0; i < DLB_ARRAY_COUNT(shapes); i++) {
            struct trial *trial = &trials[count];
            trial->shape = shapes[i];
            trial->device = device;
            snprintf(trial->name, sizeof trial->name, "opencl:%d %s", device, shapes[i]);
            tests[count++] = (struct CMUnitTest){trial->name, run_trial, NULL, NULL, trial};
        }
    }
    return _cmocka_run_group_tests("opencl probes", tests, count, NULL, NULL);
}
