/* opencl_probe.c: any kernel that shows a ceiling: prepared, made long enough to be timed, launched, counted.
 *
 * An execution takes a few milliseconds, so that what a launch costs (10 to 50 us on the runtimes known) and a group too many on one core are
 * below a per cent of it; a launch is of course only itself. What is launched and what it counts is in opencl_probe_compute.c and
 * opencl_probe_memory.c. */
#include "backends/opencl/opencl_probe.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define EXECUTION_NS 5e6
#define MAX_GROWTH   100 /* times the rounds, from one calibration to the next */
#define MAX_ROUNDS   (1 << 28)

bool dlb_opencl_probe_on_cpu(const struct dlb_context *context)
{
    if (context->shape != DLB_SHAPE_AUTO)
        return context->shape == DLB_SHAPE_CPU;
    return (context->cl.device->type & CL_DEVICE_TYPE_CPU) != 0;
}

/* ---- buffers ---- */

enum dlb_status dlb_opencl_probe_buffer(struct dlb_opencl_probe *probe, int place, size_t bytes,
                                        struct dlb_why *why)
{
    const struct dlb_cl *const cl = &probe->context->cl;
    const cl_mem_flags shared = cl->device->unified_memory ? CL_MEM_ALLOC_HOST_PTR : 0;
    void *made;
    assert(place < DLB_OPENCL_PROBE_BUFFERS && probe->buffers[place] == NULL);
    const enum dlb_status status = dlb_cl_buffer(cl, CL_MEM_READ_WRITE | shared, bytes, &made, why);
    if (status == DLB_OK)
        probe->buffers[place] = made;
    return status;
}

enum dlb_status dlb_opencl_probe_upload(struct dlb_opencl_probe *probe, int place, size_t offset,
                                        const void *host, size_t bytes, struct dlb_why *why)
{
    const cl_int code = clEnqueueWriteBuffer(probe->context->cl.queue, probe->buffers[place],
                                             CL_TRUE, offset, bytes, host, 0, NULL, NULL);
    return code == CL_SUCCESS ? DLB_OK : dlb_cl_fail(why, code, "data of a probe");
}

/* ---- executions ---- */

enum dlb_status dlb_opencl_probe_run(struct dlb_opencl_probe *probe, struct dlb_why *why)
{
    const size_t local = (size_t)probe->items;
    const size_t global = probe->groups * local;
    return dlb_opencl_launch(probe->context, probe->kernel, 1, &global, &local, why);
}

/* Where the rounds stand among a kernel's arguments; -1: an execution of BANDWIDTH that is several launches' worth of groups, or LAUNCH. */
static int place_of_rounds(const struct dlb_opencl_probe *probe)
{
    switch (probe->what.kind) {
    case DLB_PROBE_COMPUTE:
    case DLB_PROBE_LATENCY:
        return 2;
    case DLB_PROBE_BANDWIDTH:
        return probe->slots ? 3 : -1;
    case DLB_PROBE_LAUNCH:
        break;
    }
    return -1;
}

enum dlb_status dlb_opencl_probe_rounds(struct dlb_opencl_probe *probe, int rounds,
                                        struct dlb_why *why)
{
    const int place = place_of_rounds(probe);
    const cl_int argument = rounds;
    if (place >= 0) {
        const cl_int code =
            clSetKernelArg(probe->kernel, (cl_uint)place, sizeof argument, &argument);
        if (code != CL_SUCCESS)
            return dlb_cl_fail(why, code, "argument %d of a probe", place);
    } else if (probe->what.kind == DLB_PROBE_BANDWIDTH) {
        probe->groups = (size_t)probe->parts * (size_t)rounds;
    }
    probe->rounds = rounds;
    return DLB_OK;
}

static enum dlb_status run(void *self, struct dlb_why *why)
{
    return dlb_opencl_probe_run(self, why);
}

/* The least number of rounds seen to take long enough. */
static enum dlb_status calibrate(struct dlb_opencl_probe *probe, struct dlb_why *why)
{
    double ns = 0;
    enum dlb_status status = dlb_opencl_probe_rounds(probe, 1, why);
    if (status == DLB_OK)
        status = dlb_opencl_time(probe->context, run, probe, &ns, why);
    while (status == DLB_OK && ns < EXECUTION_NS / 2 && probe->rounds < MAX_ROUNDS &&
           probe->what.kind != DLB_PROBE_LAUNCH) {
        const double growth = ns > 0 ? EXECUTION_NS / ns : MAX_GROWTH;
        const double rounds = probe->rounds * (growth < MAX_GROWTH ? growth : MAX_GROWTH) + 1;
        status =
            dlb_opencl_probe_rounds(probe, rounds < MAX_ROUNDS ? (int)rounds : MAX_ROUNDS, why);
        if (status == DLB_OK)
            status = dlb_opencl_time(probe->context, run, probe, &ns, why);
    }
    return status;
}

/* ---- life ---- */

static enum dlb_status fill(struct dlb_opencl_probe *probe, struct dlb_why *why)
{
    switch (probe->what.kind) {
    case DLB_PROBE_COMPUTE:
        return dlb_opencl_probe_compute(probe, why);
    case DLB_PROBE_BANDWIDTH:
        return dlb_opencl_probe_bandwidth(probe, why);
    case DLB_PROBE_LATENCY:
        return dlb_opencl_probe_latency(probe, why);
    case DLB_PROBE_LAUNCH:
        return dlb_opencl_probe_launch(probe, why);
    }
    return dlb_fail(why, DLB_UNSUPPORTED, "a probe of an unknown kind (%d)", (int)probe->what.kind);
}

enum dlb_status dlb_opencl_probe_open(struct dlb_context *context, const struct dlb_probe *wanted,
                                      struct dlb_opencl_probe **probe, struct dlb_why *why)
{
    if (wanted->bytes < 0 || wanted->variant < 0)
        return dlb_fail(why, DLB_INVALID,
                        "a probe: a size and a variant of at least 0 are wanted, found %lld and %d",
                        (long long)wanted->bytes, wanted->variant);
    struct dlb_opencl_probe *made = calloc(1, sizeof *made);
    if (made == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a probe");
    made->context = context;
    made->what = *wanted;
    made->rounds = 1;
    enum dlb_status status = fill(made, why);
    if (status == DLB_OK)
        status = calibrate(made, why);
    if (status != DLB_OK) {
        dlb_opencl_probe_close(made);
        return status;
    }
    dlb_cl_keep_binaries(&context->cl);
    *probe = made;
    return DLB_OK;
}

void dlb_opencl_probe_close(struct dlb_opencl_probe *probe)
{
    if (probe == NULL)
        return;
    (void)dlb_opencl_drain(probe->context, NULL, NULL); /* nothing may run on memory that goes */
    for (int i = 0; i < DLB_OPENCL_PROBE_BUFFERS; i++)
        if (probe->buffers[i] != NULL)
            (void)clReleaseMemObject(probe->buffers[i]);
    if (probe->kernel != NULL)
        (void)clReleaseKernel(probe->kernel);
    free(probe);
}

/* ---- counts ---- */

/* A multiplication and an addition each; four bytes at once where they are packed. */
static double ops_of(const struct dlb_opencl_probe *probe)
{
    const bool packed = probe->mac != DLB_MAC_F32 && probe->mac != DLB_MAC_HALF;
    const double lanes = (double)probe->groups * probe->items * probe->width;
    return 2.0 * (packed ? 4 : 1) * lanes * probe->chains * probe->second_factors * probe->rounds;
}

static int arrays_of(enum dlb_probe_pattern pattern)
{
    return pattern == DLB_PATTERN_TRIAD ? 3 : pattern == DLB_PATTERN_COPY ? 2 : 1;
}

void dlb_opencl_probe_info(const struct dlb_opencl_probe *probe, struct dlb_probe_info *info)
{
    *info = (struct dlb_probe_info){.ops = 0};
    snprintf(info->name, sizeof info->name, "%s", probe->name);
    const int64_t part_bytes =
        (int64_t)probe->part_vectors * probe->width * 4 * arrays_of(probe->what.pattern);
    switch (probe->what.kind) {
    case DLB_PROBE_COMPUTE:
        info->ops = ops_of(probe);
        break;
    case DLB_PROBE_BANDWIDTH:
        info->bytes =
            (double)part_bytes * (double)probe->groups * (probe->slots ? probe->rounds : 1);
        info->working_set_bytes = part_bytes * probe->parts;
        break;
    case DLB_PROBE_LATENCY:
        info->loads = (double)probe->rounds * DLB_CHASE_STEPS;
        info->working_set_bytes = (int64_t)probe->nodes * probe->node_words * 4;
        break;
    case DLB_PROBE_LAUNCH:
        break;
    }
}
