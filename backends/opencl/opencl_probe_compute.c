/* opencl_probe_compute.c: multiply-adds in registers: which ways there are on a device, and their data.
 *
 * A way is a variant: vectors of one work-item for processors, many work-items of one lane or a few for GPUs and for runtimes that make vectors of
 * work-items. Types are computed as the ops of this backend compute them: f16 and bf16 are widened to f32 once and then cost what f32
 * costs, unless the device computes in f16; bytes by whatever multiplies four at once, or as f32. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "backends/opencl/opencl_probe.h"
#include "bench/base/random.h"

extern const char dlb_opencl_source_probe_compute[];

/* Groups for each compute unit. Processors: the core that does the last one works alone, and runtimes deal them out in unequal shares. GPUs:
 * a number with many divisors, so that as many as fit at a time come out in whole rounds. */
#define CPU_GROUPS 240
#define GPU_GROUPS 48

/* The second half of the second factors is the first one times this: sums grow slowly, so that they stay finite and keep changing. */
#define TURN (-0.875)

/* Sums and factors of a vector work-item fill the registers of AVX-512 (32), of AVX2 and SSE (16). Ten chains are five cycles of latency on
 * two units: Haswell's, the longest of those that have multiply-add. */
struct way {
    bool cpu; /* by which shape of kernels; else the other */
    enum dlb_opencl_mac mac;
    int width, items, chains, first_factors, second_factors;
};
static const struct way ways[] = {
    {true, DLB_MAC_VNNI, 16, 1, 16, 2, 4},  {true, DLB_MAC_DOT, 16, 1, 16, 2, 4},
    {true, DLB_MAC_DOT, 1, 64, 8, 2, 4},    {true, DLB_MAC_HALF, 16, 1, 16, 2, 4},
    {true, DLB_MAC_HALF, 1, 64, 8, 2, 4},   {true, DLB_MAC_F32, 16, 1, 16, 2, 4},
    {true, DLB_MAC_F32, 8, 1, 10, 1, 2},    {true, DLB_MAC_F32, 1, 64, 8, 2, 4},
    {false, DLB_MAC_DOT, 1, 256, 8, 2, 4},  {false, DLB_MAC_FIELD, 1, 256, 8, 2, 4},
    {false, DLB_MAC_HALF, 2, 256, 8, 2, 4}, {false, DLB_MAC_HALF, 1, 256, 8, 2, 4},
    {false, DLB_MAC_F32, 1, 256, 8, 2, 4},  {false, DLB_MAC_F32, 2, 256, 8, 2, 4},
    {false, DLB_MAC_F32, 4, 256, 4, 2, 4},
};

static bool has_vnni(const struct dlb_cl_device *device)
{
#if defined(__x86_64__)
    return (device->type & CL_DEVICE_TYPE_CPU) != 0 && __builtin_cpu_supports("avx512vnni");
#else
    (void)device;
    return false;
#endif
}

/* Does the device compute this type in this way? */
static bool fits(const struct dlb_opencl_probe *probe, const struct way *way)
{
    const struct dlb_cl_device *const device = probe->context->cl.device;
    const bool bytes = dlb_dtype_is_integer(probe->what.dtype);
    if (way->cpu != dlb_opencl_probe_on_cpu(probe->context))
        return false;
    switch (way->mac) {
    case DLB_MAC_F32:
        return true;
    case DLB_MAC_HALF:
        return probe->what.dtype == DLB_DTYPE_F16 && device->fp16;
    case DLB_MAC_DOT:
        return bytes && device->dot_product;
    case DLB_MAC_FIELD:
        return bytes && !device->dot_product;
    case DLB_MAC_VNNI:
        return bytes && has_vnni(device);
    case DLB_MAC_COUNT:
        break;
    }
    return false;
}

/* ---- kernel ---- */

static enum dlb_status build(struct dlb_opencl_probe *probe, struct dlb_why *why)
{
    static const char *const macros[DLB_MAC_COUNT] = {
        [DLB_MAC_F32] = "",
        [DLB_MAC_HALF] = " -DHALF",
        [DLB_MAC_DOT] = " -DDOT -cl-std=CL3.0",
        [DLB_MAC_VNNI] = " -DVNNI",
        [DLB_MAC_FIELD] = " -DFIELD",
    };
    char options[160];
    snprintf(options, sizeof options, "-DW=%d -DITEMS=%d -DCHAINS=%d -DNA=%d -DNB=%d%s%s",
             probe->width, probe->items, probe->chains, probe->first_factors, probe->second_factors,
             macros[probe->mac], probe->what.dtype == DLB_DTYPE_U8 ? " -DA_UNSIGNED" : "");
    return dlb_opencl_kernel(probe->context, "probe_compute", dlb_opencl_source_probe_compute,
                             options, "probe_compute", &probe->kernel, why);
}

static void take_way(struct dlb_opencl_probe *probe, const struct way *way)
{
    const struct dlb_cl_device *const device = probe->context->cl.device;
    const size_t units = device->compute_units > 0 ? device->compute_units : 1;
    probe->mac = way->mac;
    probe->width = way->width;
    probe->items = way->items;
    while (probe->items > 1 && (size_t)probe->items > device->max_work_group)
        probe->items /= 2;
    probe->chains = way->chains;
    probe->first_factors = way->first_factors;
    probe->second_factors = way->second_factors;
    probe->groups = units * (way->cpu ? CPU_GROUPS : GPU_GROUPS);
}

/* The wanted variant's way, with its kernel. No compiler needs to know VNNI: one that does not has a variant less. */
static enum dlb_status choose_way(struct dlb_opencl_probe *probe, struct dlb_why *why)
{
    int variant = 0;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(ways); i++) {
        if (!fits(probe, &ways[i]) ||
            (ways[i].mac != DLB_MAC_VNNI && variant++ < probe->what.variant))
            continue;
        take_way(probe, &ways[i]);
        const enum dlb_status status = build(probe, why);
        if (ways[i].mac != DLB_MAC_VNNI)
            return status;
        if (status == DLB_OK && variant++ == probe->what.variant)
            return DLB_OK;
        if (probe->kernel != NULL)
            (void)clReleaseKernel(probe->kernel);
        probe->kernel = NULL;
    }
    return dlb_fail(why, DLB_UNSUPPORTED, "%s: %d ways to compute it on %.90s, number %d is wanted",
                    dlb_dtype_name(probe->what.dtype), variant, probe->context->cl.device->name,
                    probe->what.variant);
}

/* ---- data ---- */

/* Packed bytes: four in a lane, all bits random; sums wrap. */
static void fill_bytes(const struct dlb_opencl_probe *probe, enum dlb_fill how, size_t bytes,
                       void *seeds)
{
    dlb_fill_array(how, (uint64_t)probe->what.seed, 1, DLB_DTYPE_U8, seeds, (int64_t)bytes);
}

/* A row of `count` values of a type, in the type that is computed in. */
static void fill_row(enum dlb_fill how, uint64_t seed, enum dlb_dtype dtype,
                     enum dlb_dtype computed, void *row, int count)
{
    for (int i = 0; i < count; i++) {
        uint32_t value; /* of any of the types */
        dlb_fill_array(how, seed + (uint64_t)i, 1, dtype, &value, 1);
        dlb_dtype_store(computed, row, (size_t)i, dlb_dtype_load(dtype, &value, 0));
    }
}

/* From one row to another: TURN times each value, rounded to the type. */
static void turn_row(enum dlb_dtype dtype, enum dlb_dtype computed, const void *from, void *to,
                     int count)
{
    for (int i = 0; i < count; i++) {
        uint32_t value;
        dlb_dtype_store(dtype, &value, 0, TURN * dlb_dtype_load(computed, from, (size_t)i));
        dlb_dtype_store(computed, to, (size_t)i, dlb_dtype_load(dtype, &value, 0));
    }
}

/* Rows of first factors, of second ones, and of what sums begin with, which are of the second's type. */
static void fill_floats(const struct dlb_opencl_probe *probe, enum dlb_fill how, void *seeds)
{
    const enum dlb_dtype computed = probe->mac == DLB_MAC_HALF ? DLB_DTYPE_F16 : DLB_DTYPE_F32;
    const enum dlb_dtype first = probe->what.dtype;
    const enum dlb_dtype second = first == DLB_DTYPE_U8 ? DLB_DTYPE_S8 : first;
    const int count = probe->items * probe->width;
    const size_t row_bytes = (size_t)count * dlb_dtype_size(computed);
    const int half = probe->second_factors / 2, turned = probe->first_factors + half;
    unsigned char *row = seeds;
    for (int i = 0; i < probe->first_factors + probe->second_factors + probe->chains; i++) {
        const uint64_t seed = (uint64_t)probe->what.seed + (uint64_t)i * (uint64_t)count;
        if (i >= turned && i < turned + half)
            turn_row(second, computed, row - (size_t)half * row_bytes, row, count);
        else
            fill_row(how, seed, i < probe->first_factors ? first : second, computed, row, count);
        row += row_bytes;
    }
}

static enum dlb_status fill_seeds(struct dlb_opencl_probe *probe, struct dlb_why *why)
{
    const size_t row_bytes =
        (size_t)probe->items * (size_t)probe->width * (probe->mac == DLB_MAC_HALF ? 2 : 4);
    const int rows = probe->first_factors + probe->second_factors + probe->chains;
    const size_t bytes = (size_t)rows * row_bytes;
    const enum dlb_fill how = probe->what.zeros ? DLB_FILL_ZEROS : DLB_FILL_RANDOM;
    void *seeds = malloc(bytes);
    if (seeds == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no %zu bytes for the data of a probe", bytes);
    if (probe->mac == DLB_MAC_F32 || probe->mac == DLB_MAC_HALF)
        fill_floats(probe, how, seeds);
    else
        fill_bytes(probe, how, bytes, seeds);
    enum dlb_status status = dlb_opencl_probe_buffer(probe, 0, bytes, why);
    if (status == DLB_OK)
        status = dlb_opencl_probe_upload(probe, 0, 0, seeds, bytes, why);
    if (status == DLB_OK)
        status = dlb_opencl_probe_buffer(probe, 1, probe->groups * row_bytes, why);
    free(seeds);
    return status;
}

static void write_name(struct dlb_opencl_probe *probe)
{
    static const char *const names[DLB_MAC_COUNT] = {
        [DLB_MAC_F32] = "FMA in f32",        [DLB_MAC_HALF] = "FMA",
        [DLB_MAC_DOT] = "dot product",       [DLB_MAC_VNNI] = "VNNI",
        [DLB_MAC_FIELD] = "bytes by shifts",
    };
    const char *name = probe->what.dtype == DLB_DTYPE_F32 ? "FMA" : names[probe->mac];
    snprintf(probe->name, sizeof probe->name, "%s, %d lane%s x %d", name, probe->width,
             probe->width == 1 ? "" : "s", probe->items);
}

enum dlb_status dlb_opencl_probe_compute(struct dlb_opencl_probe *probe, struct dlb_why *why)
{
    if (probe->what.dtype >= DLB_DTYPE_S32)
        return dlb_fail(why, DLB_UNSUPPORTED, "%s: no factors of this type are multiplied",
                        dlb_dtype_name(probe->what.dtype));
    enum dlb_status status = choose_way(probe, why);
    if (status == DLB_OK)
        status = fill_seeds(probe, why);
    if (status != DLB_OK)
        return status;
    write_name(probe);
    const cl_int rounds = probe->rounds;
    const struct dlb_opencl_argument arguments[] = {
        {sizeof(cl_mem), &probe->buffers[0]},
        {sizeof(cl_mem), &probe->buffers[1]},
        {sizeof rounds, &rounds},
    };
    return dlb_opencl_arguments(probe->kernel, DLB_ARRAY_COUNT(arguments), arguments, why);
}
