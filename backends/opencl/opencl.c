/* opencl.c: the opencl backend: kernels of our own on every device of every OpenCL runtime.
 *
 * Nothing here knows a vendor: what a device can do decides what may run, and the tuner's clock what does. FPGA emulators and boards, which
 * have no compiler, are the fpga backend's. Read opencl_internal.h next, then opencl_gemm.c and kernels/opencl. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opencl/opencl_internal.h"
#include "backends/opencl/opencl_probe.h"
#include "bench/base/clock.h"
#include "bench/base/memory.h"
#include "bench/base/text.h"

#define QUICK_NS 3e9
#define FULL_NS  60e9

static const struct dlb_backend_option options[] = {
    {"tune", "quick", "search for the kernels' parameters: off, quick or full"},
    {"tune-time", "", "seconds that a search may take per op and type; empty: quick 3, full 60"},
    {"shape", "auto", "kernels to take: auto, cpu (packed panels) or gpu (tiles in local memory)"},
    {"winograd", "auto", "Winograd's algorithm where it exists (f32, 3x3): auto, no or yes"},
    {"cache", "", "folder of tuned parameters and programs, or off; empty: ~/.cache/dlbench"},
    {"vendors", "", "folder of .icd files to see beside the system's"},
    {NULL, NULL, NULL},
};

/* The loaded API table: filled once, by probe. */
static const struct dlb_cl_device *usable[DLB_CL_MAX_DEVICES];
static int usable_count;

/* ---- options ---- */

struct settings {
    enum dlb_opencl_tuning tuning;
    enum dlb_opencl_shape shape;
    enum dlb_opencl_winograd winograd;
    double tune_budget_ns;
    const char *cache, *vendors;
};

/* The index of an option's value in a list that ends with NULL. */
static enum dlb_status read_choice(const struct dlb_backend_config *config, const char *name,
                                   const char *const *choices, int *choice, struct dlb_why *why)
{
    const char *const value = dlb_backend_option_value(options, config, name);
    for (int i = 0; choices[i] != NULL; i++)
        if (strcmp(choices[i], value) == 0) {
            *choice = i;
            return DLB_OK;
        }
    return dlb_fail(why, DLB_INVALID, "opencl.%s: wanted %s, %s or %s, found \"%.100s\"", name,
                    choices[0], choices[1], choices[2], value);
}

static enum dlb_status read_budget(const struct dlb_backend_config *config,
                                   struct settings *settings, struct dlb_why *why)
{
    const char *const value = dlb_backend_option_value(options, config, "tune-time");
    double seconds;
    settings->tune_budget_ns = settings->tuning == DLB_TUNE_FULL ? FULL_NS : QUICK_NS;
    if (value[0] == '\0')
        return DLB_OK;
    if (dlb_parse_real(value, &seconds, NULL) != DLB_OK || seconds < 0 || seconds > 1e6)
        return dlb_fail(why, DLB_INVALID,
                        "opencl.tune-time: wanted seconds from 0 to 1e6, found \"%.100s\"", value);
    settings->tune_budget_ns = 1e9 * seconds;
    return DLB_OK;
}

static enum dlb_status read_settings(const struct dlb_backend_config *config,
                                     struct settings *settings, struct dlb_why *why)
{
    static const char *const tunings[] = {"off", "quick", "full", NULL};
    static const char *const shapes[] = {"auto", "cpu", "gpu", NULL};
    static const char *const winograds[] = {"auto", "no", "yes", NULL};
    int tuning = 0, shape = 0, winograd = 0;
    enum dlb_status status = read_choice(config, "tune", tunings, &tuning, why);
    if (status == DLB_OK)
        status = read_choice(config, "shape", shapes, &shape, why);
    if (status == DLB_OK)
        status = read_choice(config, "winograd", winograds, &winograd, why);
    settings->tuning = (enum dlb_opencl_tuning)tuning;
    settings->shape = (enum dlb_opencl_shape)shape;
    settings->winograd = (enum dlb_opencl_winograd)winograd;
    settings->cache = dlb_backend_option_value(options, config, "cache");
    settings->vendors = dlb_backend_option_value(options, config, "vendors");
    if (status == DLB_OK)
        status = read_budget(config, settings, why);
    return status;
}

/* ---- the op table ---- */

static const struct dlb_opencl_op *op_of(enum dlb_op_kind kind)
{
    switch (kind) {
    case DLB_OP_GEMM:
        return &dlb_opencl_gemm;
    case DLB_OP_CONV:
        return &dlb_opencl_conv;
    case DLB_OP_CONV_BWD_DATA:
        return &dlb_opencl_conv_bwd_data;
    case DLB_OP_CONV_BWD_WEIGHTS:
        return &dlb_opencl_conv_bwd_weights;
    case DLB_OP_BIAS:
    case DLB_OP_ADD:
    case DLB_OP_RELU:
    case DLB_OP_BATCHNORM:
        return &dlb_opencl_elementwise;
    case DLB_OP_MAXPOOL:
    case DLB_OP_AVGPOOL:
        return &dlb_opencl_pool;
    case DLB_OP_SOFTMAX:
        return &dlb_opencl_softmax;
    case DLB_OP_FLATTEN:
        return &dlb_opencl_flatten;
    case DLB_OP_COUNT:
        break;
    }
    return NULL;
}

static enum dlb_status ops_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                    const struct dlb_group *group, struct dlb_why *why)
{
    const enum dlb_op_kind kind = graph->ops[group->root].kind;
    const struct dlb_opencl_op *const op = op_of(kind);
    if (op == NULL)
        return dlb_fail(why, DLB_UNSUPPORTED, "%s: unknown to this backend", dlb_op_name(kind));
    return op->supports(context, graph, group, why);
}

/* What a step's `state` points to. */
struct opencl_step {
    const struct dlb_opencl_op *op;
    void *state;
};

static enum dlb_status ops_prepare(struct dlb_context *context, const struct dlb_opwise_args *args,
                                   struct dlb_opwise_step *step, struct dlb_why *why)
{
    struct opencl_step *own = calloc(1, sizeof *own);
    if (own == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a step");
    own->op = op_of(args->graph->ops[args->group->root].kind);
    const enum dlb_status status = own->op->prepare(context, args, step, why);
    if (status != DLB_OK) {
        free(own);
        return status;
    }
    own->state = step->state;
    step->state = own;
    return DLB_OK;
}

static enum dlb_status ops_run(struct dlb_context *context, const struct dlb_opwise_step *step,
                               void *const *buffers, void *scratch, struct dlb_why *why)
{
    const struct opencl_step *own = step->state;
    return own->op->run(context, own->state, (const cl_mem *)buffers, scratch, why);
}

static void ops_discard(struct dlb_context *context, struct dlb_opwise_step *step)
{
    struct opencl_step *own = step->state;
    (void)context;
    if (own != NULL)
        own->op->discard(own->state);
    free(own);
    step->state = NULL;
}

static const struct dlb_opwise_ops ops = {
    .memory = &dlb_opencl_memory,
    .supports = ops_supports,
    .prepare = ops_prepare,
    .run = ops_run,
    .discard = ops_discard,
    .import = dlb_opencl_import,
    .export = dlb_opencl_export,
    .release_layout = dlb_opencl_release_layout,
};

/* ---- devices ---- */

static enum dlb_status opencl_probe(const struct dlb_backend_config *config, struct dlb_why *why)
{
    struct settings settings;
    const struct dlb_cl_device *devices;
    int count;
    enum dlb_status status = read_settings(config, &settings, why);
    if (status == DLB_OK)
        status = dlb_cl_devices(&(struct dlb_cl_search){.threads = config->threads,
                                                        .vendors = settings.vendors,
                                                        .option = "opencl.vendors",
                                                        .extra = "opencl-vendors"},
                                &devices, &count, why);
    if (status != DLB_OK)
        return status;
    usable_count = 0;
    for (int i = 0; i < count; i++)
        if (dlb_cl_compiles(&devices[i]))
            usable[usable_count++] = &devices[i];
    if (usable_count == 0)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "%d OpenCL device(s), the first %.90s, but none compiles kernels for a CPU "
                        "or GPU: install a runtime for one (Debian: pocl-opencl-icd)",
                        count, devices[0].name);
    return DLB_OK;
}

static int opencl_device_count(void)
{
    return usable_count;
}

static void opencl_close(struct dlb_context *context)
{
    if (context == NULL)
        return;
    if (context->first != NULL)
        (void)clReleaseEvent(context->first);
    if (context->last != NULL)
        (void)clReleaseEvent(context->last);
    dlb_cl_close(&context->cl);
    dlb_tuning_free(&context->tuned);
    free(context);
}

static enum dlb_status opencl_open(int device, const struct dlb_backend_config *config,
                                   struct dlb_context **context, struct dlb_why *why)
{
    struct settings settings;
    enum dlb_status status = read_settings(config, &settings, why);
    if (status != DLB_OK)
        return status;
    if (device < 0 || device >= usable_count)
        return dlb_fail(why, DLB_UNAVAILABLE, "opencl has the devices 0..%d; found %d",
                        usable_count - 1, device);
    if (usable[device]->base_align_bytes > DLB_ALIGNMENT)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "%.90s wants buffers aligned to %u bytes, tensors are to %d",
                        usable[device]->name, usable[device]->base_align_bytes, DLB_ALIGNMENT);
    struct dlb_context *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a context");
    opened->tuning = settings.tuning;
    opened->shape = settings.shape;
    opened->winograd = settings.winograd;
    opened->tune_budget_ns = settings.tune_budget_ns;
    dlb_cl_cache_open(&opened->cache, settings.cache);
    status = dlb_cl_open(&opened->cl, usable[device], &opened->cache, why);
    if (status == DLB_OK)
        *context = opened;
    else
        opencl_close(opened);
    return status;
}

/* What decides which kernels can run, and which parameters are tried. */
static void tell_limits(const struct dlb_cl_device *device, struct dlb_device_info *info)
{
    char memory[24], buffer[24];
    dlb_format_bytes(memory, sizeof memory, (double)device->local_mem_bytes);
    dlb_format_bytes(buffer, sizeof buffer, (double)device->max_alloc_bytes);
    snprintf(info->detail, sizeof info->detail,
             "vectors of %u f32, groups of up to %zu work-items\n"
             "%s of local memory%s, buffers of up to %s\n"
             "cl_khr_integer_dot_product: %s; cl_khr_fp16: %s, not needed: f16 is computed in f32",
             device->vector_float, device->max_work_group, memory,
             device->local_mem_dedicated ? "" : " (a piece of global memory)", buffer,
             device->dot_product ? "yes" : "no", device->fp16 ? "yes" : "no");
}

static void opencl_describe(struct dlb_context *context, struct dlb_device_info *info)
{
    dlb_cl_describe(context->cl.device, info);
    tell_limits(context->cl.device, info);
}

static enum dlb_status opencl_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                       struct dlb_why *why)
{
    return dlb_opwise_supports(&ops, context, graph, why);
}

/* ---- works ---- */

/* opwise's work, and what this backend tells beside it; or a probe. The contract's opaque work is this one. */
struct opencl_work {
    struct dlb_work *inner;
    struct dlb_opencl_probe *probe; /* NULL: a graph's */
    struct dlb_context *context;
    double build_ns, tune_ns;
    char parameters[256];
};

static struct opencl_work *own_of(struct dlb_work *work)
{
    return (struct opencl_work *)(void *)work;
}

static enum dlb_status execute_once(struct opencl_work *work, double *ns, struct dlb_why *why)
{
    const int64_t begin = dlb_clock_ns();
    enum dlb_status status = dlb_opwise_submit(work->inner, 0, 1, why);
    if (status == DLB_OK)
        status = dlb_opencl_drain(work->context, NULL, why);
    *ns = (double)(dlb_clock_ns() - begin);
    return status;
}

/* Some runtimes (PoCL) compile a kernel at its first launch: that belongs to prepare. What the first execution takes longer than a
 * second one is building. */
static enum dlb_status warm_up(struct opencl_work *work, struct dlb_why *why)
{
    double first = 0, second = 0;
    enum dlb_status status = execute_once(work, &first, why);
    if (status == DLB_OK && work->context->cl.built > 0) {
        status = execute_once(work, &second, why);
        if (status == DLB_OK && first > second)
            work->context->cl.build_ns += first - second;
    }
    return status;
}

/* Warnings first: of a network's parameters the end may be cut. */
static void tell_parameters(const struct dlb_context *context, char *text, size_t size)
{
    char whole[sizeof context->warnings + sizeof context->parameters + 4];
    const bool both = context->warnings[0] != '\0' && context->parameters[0] != '\0';
    snprintf(whole, sizeof whole, "%s%s%s", context->warnings, both ? "; " : "",
             context->parameters);
    (void)dlb_text_shorten(text, size, whole);
}

static void opencl_discard(struct dlb_work *work)
{
    struct opencl_work *own = own_of(work);
    if (own == NULL)
        return;
    (void)dlb_opencl_drain(own->context, NULL, NULL); /* nothing may run on memory that goes */
    if (own->probe != NULL)
        dlb_opencl_probe_close(own->probe);
    else
        dlb_opwise_discard(own->inner);
    free(own);
}

static enum dlb_status opencl_prepare(struct dlb_context *context, const struct dlb_graph *graph,
                                      int sets, struct dlb_work **work, struct dlb_why *why)
{
    struct opencl_work *own = calloc(1, sizeof *own);
    if (own == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a work");
    own->context = context;
    context->tune_ns = 0;
    context->cl.build_ns = 0;
    context->cl.built = context->cl.loaded = 0;
    context->parameters[0] = context->warnings[0] = '\0';
    enum dlb_status status = dlb_opwise_prepare(&ops, context, graph, sets, &own->inner, why);
    if (status == DLB_OK)
        status = warm_up(own, why);
    if (status != DLB_OK) {
        opencl_discard((struct dlb_work *)(void *)own);
        return status;
    }
    dlb_cl_keep_binaries(&context->cl);
    if (context->cache.warning.text[0] != '\0')
        dlb_opencl_warn(context, "%s", context->cache.warning.text);
    own->build_ns = context->cl.build_ns;
    own->tune_ns = context->tune_ns;
    tell_parameters(context, own->parameters, sizeof own->parameters);
    *work = (struct dlb_work *)(void *)own;
    return DLB_OK;
}

static enum dlb_status opencl_probe_kernel(struct dlb_context *context,
                                           const struct dlb_probe *wanted, struct dlb_work **work,
                                           struct dlb_probe_info *info, struct dlb_why *why)
{
    struct opencl_work *own = calloc(1, sizeof *own);
    if (own == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a work");
    own->context = context;
    const enum dlb_status status = dlb_opencl_probe_open(context, wanted, &own->probe, why);
    if (status != DLB_OK) {
        free(own);
        return status;
    }
    dlb_opencl_probe_info(own->probe, info);
    *work = (struct dlb_work *)(void *)own;
    return DLB_OK;
}

static void opencl_info(struct dlb_work *work, struct dlb_work_info *info)
{
    const struct opencl_work *own = own_of(work);
    dlb_opwise_info(own->inner, info);
    info->build_ns = own->build_ns;
    info->tune_ns = own->tune_ns;
    snprintf(info->parameters, sizeof info->parameters, "%s", own->parameters);
}

static enum dlb_status opencl_write(struct dlb_work *work, int set, int tensor, const void *host,
                                    struct dlb_why *why)
{
    return dlb_opwise_write(own_of(work)->inner, set, tensor, host, why);
}

static enum dlb_status opencl_read(struct dlb_work *work, int set, int tensor, void *host,
                                   struct dlb_why *why)
{
    return dlb_opwise_read(own_of(work)->inner, set, tensor, host, why);
}

static enum dlb_status submit_probe(struct dlb_opencl_probe *probe, int64_t count,
                                    struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (int64_t i = 0; i < count && status == DLB_OK; i++)
        status = dlb_opencl_probe_run(probe, why);
    return status;
}

static enum dlb_status opencl_submit(struct dlb_work *work, int set, int64_t count,
                                     struct dlb_why *why)
{
    struct opencl_work *own = own_of(work);
    enum dlb_status status = own->probe != NULL ? submit_probe(own->probe, count, why)
                                                : dlb_opwise_submit(own->inner, set, count, why);
    if (status != DLB_OK)
        return status;
    const cl_int code = clFlush(own->context->cl.queue); /* begin: wait may come late */
    return code == CL_SUCCESS ? DLB_OK : dlb_cl_fail(why, code, "the queue takes no commands");
}

static enum dlb_status opencl_wait(struct dlb_context *context, struct dlb_why *why)
{
    return dlb_opencl_drain(context, NULL, why);
}

/* Once drained the queue gives its times again without waiting. */
static enum dlb_status opencl_elapsed(struct dlb_context *context, double *ns, struct dlb_why *why)
{
    return dlb_opencl_drain(context, ns, why);
}

DLB_EXPORT extern const struct dlb_backend dlb_backend;
const struct dlb_backend dlb_backend = {
    .abi = DLB_BACKEND_ABI,
    .name = "opencl",
    .summary = "any OpenCL device: own kernels, their parameters found by search",
    .kind = DLB_KIND_GPU,
    .evidence = DLB_EVIDENCE_MEASURED,
    .options = options,
    .probe = opencl_probe,
    .device_count = opencl_device_count,
    .open = opencl_open,
    .close = opencl_close,
    .describe = opencl_describe,
    .supports = opencl_supports,
    .prepare = opencl_prepare,
    .discard = opencl_discard,
    .info = opencl_info,
    .write = opencl_write,
    .read = opencl_read,
    .submit = opencl_submit,
    .wait = opencl_wait,
    .elapsed = opencl_elapsed,
    .probe_kernel = opencl_probe_kernel,
};
