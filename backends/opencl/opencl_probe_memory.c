/* opencl_probe_memory.c: passes over memory by each pattern, the chain of dependent loads, and the launch of nothing.
 *
 * On processors the working set is shared out among the cores while a share stays small: each core goes round and round its own, as it does in
 * a cache that is its own. Larger sets, and all sets of other devices, are cut into parts that groups take in turns (probe_memory.cl). Bytes are those
 * that the kernel asks for: what a cache reads before it writes is not among them, as in STREAM. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opencl/opencl_probe.h"
#include "bench/base/random.h"

extern const char dlb_opencl_source_probe_memory[];

/* Largest share of a core that it goes round alone: a group is then one pass or more, and a launch has enough groups for the cores to end
 * together (SLOT_GROUPS each) without taking long. Not for groups of many work-items, which do not hold a part as one. */
#define SLOT_BYTES  (INT64_C(16) << 20)
#define SLOT_GROUPS 60

/* Smallest part where groups take turns: a processor's dispatch is then a per cent of it, and so are the sums that a GPU's work-items write. */
#define CPU_PART_BYTES (INT64_C(128) << 10)
#define GPU_PART_BYTES (INT64_C(64) << 10)
/* More parts than this for each compute unit bring nothing. */
#define MAX_PARTS 128

#define BLOCK_BYTES (size_t)1048576 /* of random data, repeated */

struct way {
    bool cpu;
    int width, items, unroll;
    enum { FOLLOWING, STREAMS, NON_TEMPORAL } how;
};
static const struct way ways[] = {
    {true, 16, 1, 8, FOLLOWING},   {true, 16, 1, 8, NON_TEMPORAL}, {true, 16, 1, 8, STREAMS},
    {true, 8, 1, 8, FOLLOWING},    {true, 1, 64, 4, FOLLOWING},    {false, 4, 256, 4, FOLLOWING},
    {false, 1, 256, 4, FOLLOWING},
};

static const struct pattern {
    const char *kernel;
    int arrays;
    bool writes;
} patterns[] = {
    [DLB_PATTERN_READ] = {"probe_read", 1, false},
    [DLB_PATTERN_WRITE] = {"probe_write", 1, true},
    [DLB_PATTERN_COPY] = {"probe_copy", 2, true},
    [DLB_PATTERN_TRIAD] = {"probe_triad", 3, true},
};

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ---- bandwidth ---- */

/* Cuts `bytes` of each array. Parts are whole steps of a group, at least one. */
static enum dlb_status cut(struct dlb_opencl_probe *probe, const struct way *way,
                           struct dlb_why *why)
{
    const struct dlb_cl_device *const device = probe->context->cl.device;
    const int64_t units = device->compute_units > 0 ? device->compute_units : 1;
    const int64_t bytes = probe->what.bytes / patterns[probe->what.pattern].arrays;
    const int64_t vector = 4 * (int64_t)probe->width;
    const int64_t step = vector * probe->items * way->unroll;
    probe->slots = way->items == 1 && (device->type & CL_DEVICE_TYPE_CPU) != 0 &&
                   probe->what.bytes / units <= SLOT_BYTES;
    int64_t parts = units;
    if (!probe->slots)
        parts = max64(
            1, min64(bytes / (way->cpu ? CPU_PART_BYTES : GPU_PART_BYTES), units * MAX_PARTS));
    const int64_t part = max64(1, bytes / parts / step) * step / vector;
    if (part > INT32_MAX || parts > INT32_MAX / SLOT_GROUPS)
        return dlb_fail(why, DLB_UNSUPPORTED, "%lld bytes are more than a probe cuts into parts",
                        (long long)probe->what.bytes);
    probe->parts = (cl_uint)parts;
    probe->part_vectors = (cl_uint)part;
    probe->groups = (size_t)(probe->slots ? units * SLOT_GROUPS : parts);
    return DLB_OK;
}

static enum dlb_status build(struct dlb_opencl_probe *probe, const struct way *way,
                             struct dlb_why *why)
{
    static const char *const macros[] = {
        [FOLLOWING] = "", [STREAMS] = " -DSTREAMS", [NON_TEMPORAL] = " -DNON_TEMPORAL"};
    char options[96];
    snprintf(options, sizeof options, "-DW=%d -DITEMS=%d -DUNROLL=%d%s%s", probe->width,
             probe->items, way->unroll, macros[way->how], probe->slots ? " -DSLOTS" : "");
    return dlb_opencl_kernel(probe->context, "probe_memory", dlb_opencl_source_probe_memory,
                             options, patterns[probe->what.pattern].kernel, &probe->kernel, why);
}

static enum dlb_status take_way(struct dlb_opencl_probe *probe, const struct way *way,
                                struct dlb_why *why)
{
    probe->width = way->width;
    probe->items = way->items;
    while (probe->items > 1 && (size_t)probe->items > probe->context->cl.device->max_work_group)
        probe->items /= 2;
    const enum dlb_status status = cut(probe, way, why);
    return status == DLB_OK ? build(probe, way, why) : status;
}

/* The wanted variant's way, with its kernel. Stores past the caches are no part of OpenCL: clang's word for them, where that is the compiler. */
static enum dlb_status choose_way(struct dlb_opencl_probe *probe, struct dlb_why *why)
{
    static const char *const endings[] = {
        [FOLLOWING] = "", [STREAMS] = ", streams", [NON_TEMPORAL] = ", non-temporal"};
    int variant = 0;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(ways); i++) {
        const bool optional = ways[i].how == NON_TEMPORAL;
        if (ways[i].cpu != dlb_opencl_probe_on_cpu(probe->context) ||
            (optional && !patterns[probe->what.pattern].writes) ||
            (!optional && variant++ < probe->what.variant))
            continue;
        const enum dlb_status status = take_way(probe, &ways[i], why);
        if (!optional || (status == DLB_OK && variant++ == probe->what.variant)) {
            snprintf(probe->name, sizeof probe->name, "%d bytes x %d%s", 4 * probe->width,
                     probe->items, endings[ways[i].how]);
            return status;
        }
        if (probe->kernel != NULL)
            (void)clReleaseKernel(probe->kernel);
        probe->kernel = NULL;
    }
    return dlb_fail(why, DLB_UNSUPPORTED, "bandwidth: %d ways on %.90s, number %d is wanted",
                    variant, probe->context->cl.device->name, probe->what.variant);
}

/* Random floats, which as whole numbers do as well: a block of them, again and again. */
static enum dlb_status fill_array(struct dlb_opencl_probe *probe, int place, size_t bytes,
                                  struct dlb_why *why)
{
    const size_t block_bytes = bytes < BLOCK_BYTES ? bytes : BLOCK_BYTES;
    void *block = malloc(block_bytes);
    enum dlb_status status = DLB_OK;
    if (block == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no %zu bytes for the data of a probe", block_bytes);
    dlb_fill_array(DLB_FILL_RANDOM, (uint64_t)probe->what.seed + (uint64_t)place, 1, DLB_DTYPE_F32,
                   block, (int64_t)(block_bytes / 4));
    for (size_t at = 0; at < bytes && status == DLB_OK; at += block_bytes)
        status = dlb_opencl_probe_upload(probe, place, at, block,
                                         bytes - at < block_bytes ? bytes - at : block_bytes, why);
    free(block);
    return status;
}

/* Holders of the parts, the arrays, and sums of READ; all arrays but the one that is written to, which is the last, are filled. */
static enum dlb_status make_arrays(struct dlb_opencl_probe *probe, struct dlb_why *why)
{
    const struct pattern *const pattern = &patterns[probe->what.pattern];
    const size_t bytes = 4 * (size_t)probe->width * probe->part_vectors * probe->parts;
    enum dlb_status status = dlb_opencl_probe_buffer(probe, 0, 4 * (size_t)probe->parts, why);
    for (int i = 1; i <= pattern->arrays && status == DLB_OK; i++) {
        status = dlb_opencl_probe_buffer(probe, i, bytes, why);
        if (status == DLB_OK && !(pattern->writes && i == pattern->arrays))
            status = fill_array(probe, i, bytes, why);
    }
    if (status == DLB_OK && !pattern->writes)
        status = dlb_opencl_probe_buffer(probe, 1 + pattern->arrays,
                                         4 * (size_t)probe->parts * (size_t)probe->items, why);
    return status;
}

enum dlb_status dlb_opencl_probe_bandwidth(struct dlb_opencl_probe *probe, struct dlb_why *why)
{
    if ((size_t)probe->what.pattern >= DLB_ARRAY_COUNT(patterns))
        return dlb_fail(why, DLB_UNSUPPORTED, "bandwidth of an unknown pattern (%d)",
                        (int)probe->what.pattern);
    enum dlb_status status = choose_way(probe, why);
    if (status == DLB_OK)
        status = make_arrays(probe, why);
    if (status != DLB_OK)
        return status;
    const cl_int passes = 1;
    const cl_uint value = (cl_uint)probe->what.seed;
    const cl_float factor = 0.5F;
    struct dlb_opencl_argument arguments[4 + DLB_OPENCL_PROBE_BUFFERS] = {
        {sizeof(cl_mem), &probe->buffers[0]},
        {sizeof probe->parts, &probe->parts},
        {sizeof probe->part_vectors, &probe->part_vectors},
        {sizeof passes, &passes},
    };
    int count = 4;
    for (int i = 1; i < DLB_OPENCL_PROBE_BUFFERS && probe->buffers[i] != NULL; i++)
        arguments[count++] = (struct dlb_opencl_argument){sizeof(cl_mem), &probe->buffers[i]};
    if (probe->what.pattern == DLB_PATTERN_WRITE)
        arguments[count++] = (struct dlb_opencl_argument){sizeof value, &value};
    if (probe->what.pattern == DLB_PATTERN_TRIAD)
        arguments[count++] = (struct dlb_opencl_argument){sizeof factor, &factor};
    return dlb_opencl_arguments(probe->kernel, count, arguments, why);
}

/* ---- latency ---- */

/* One cycle through all nodes in random order, which no prefetcher foresees (S. Sattolo, "An algorithm to generate a random cyclic
 * permutation", Information Processing Letters 22(6), 1986). */
static void make_cycle(cl_uint *next, cl_uint nodes, cl_uint node_words, uint64_t seed)
{
    struct dlb_random random;
    dlb_random_seed(&random, seed);
    for (cl_uint i = 0; i < nodes; i++)
        next[(size_t)i * node_words] = i * node_words;
    for (cl_uint i = nodes - 1; i > 0; i--) {
        const size_t a = (size_t)i * node_words;
        const size_t b = (size_t)dlb_random_below(&random, i) * node_words;
        const cl_uint other = next[a];
        next[a] = next[b];
        next[b] = other;
    }
}

static enum dlb_status make_chain(struct dlb_opencl_probe *probe, struct dlb_why *why)
{
    const size_t bytes = 4 * (size_t)probe->nodes * probe->node_words;
    cl_uint *next = calloc(1, bytes);
    if (next == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no %zu bytes for a chain of loads", bytes);
    make_cycle(next, probe->nodes, probe->node_words, (uint64_t)probe->what.seed);
    enum dlb_status status = dlb_opencl_probe_buffer(probe, 0, bytes, why);
    if (status == DLB_OK)
        status = dlb_opencl_probe_upload(probe, 0, 0, next, bytes, why);
    if (status == DLB_OK)
        status = dlb_opencl_probe_buffer(probe, 1, sizeof *next, why);
    free(next);
    return status;
}

enum dlb_status dlb_opencl_probe_latency(struct dlb_opencl_probe *probe, struct dlb_why *why)
{
    /* A line of a processor's cache; GPUs have lines of 128 bytes. */
    const int64_t line = (probe->context->cl.device->type & CL_DEVICE_TYPE_CPU) != 0 ? 64 : 128;
    const int64_t nodes = max64(2, probe->what.bytes / line);
    if (probe->what.variant > 0)
        return dlb_fail(why, DLB_UNSUPPORTED, "a chain of loads has one variant");
    if (nodes * line / 4 > UINT32_MAX)
        return dlb_fail(why, DLB_UNSUPPORTED, "%lld bytes are more than a chain of loads numbers",
                        (long long)probe->what.bytes);
    probe->width = probe->items = 1;
    probe->groups = 1;
    probe->nodes = (cl_uint)nodes;
    probe->node_words = (cl_uint)(line / 4);
    snprintf(probe->name, sizeof probe->name, "one work-item, lines of %lld bytes",
             (long long)line);
    enum dlb_status status = make_chain(probe, why);
    if (status == DLB_OK)
        status =
            dlb_opencl_kernel(probe->context, "probe_memory", dlb_opencl_source_probe_memory,
                              "-DW=1 -DITEMS=1 -DUNROLL=1", "probe_chase", &probe->kernel, why);
    if (status != DLB_OK)
        return status;
    const cl_int rounds = 1;
    const struct dlb_opencl_argument arguments[] = {
        {sizeof(cl_mem), &probe->buffers[0]},
        {sizeof(cl_mem), &probe->buffers[1]},
        {sizeof rounds, &rounds},
    };
    return dlb_opencl_arguments(probe->kernel, DLB_ARRAY_COUNT(arguments), arguments, why);
}

/* ---- launch ---- */

enum dlb_status dlb_opencl_probe_launch(struct dlb_opencl_probe *probe, struct dlb_why *why)
{
    if (probe->what.variant > 0)
        return dlb_fail(why, DLB_UNSUPPORTED, "a launch of nothing has one variant");
    probe->width = probe->items = 1;
    probe->groups = 1;
    snprintf(probe->name, sizeof probe->name, "a kernel that does nothing");
    return dlb_opencl_kernel(probe->context, "probe_memory", dlb_opencl_source_probe_memory,
                             "-DW=1 -DITEMS=1 -DUNROLL=1", "probe_empty", &probe->kernel, why);
}
