/* onednn.c: the onednn backend: oneDNN's primitives in the layouts that they ask for.
 *
 * The op table is onednn_recipe.c (what) and onednn_program.c (how); opwise joins it to whole graphs. Only the CPU engine, and only
 * oneDNN 3, whose C API this is. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/onednn/onednn_internal.h"
#include "backends/opwise_host.h"

enum dlb_status dlb_onednn_check(dnnl_status_t status, const char *what, struct dlb_why *why)
{
    if (status == dnnl_success)
        return DLB_OK;
    return dlb_fail(why, status == dnnl_out_of_memory ? DLB_NO_MEMORY : DLB_FAILED,
                    "oneDNN failed at %s: %s", what, dnnl_status2str(status));
}

static enum dlb_status ops_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                    const struct dlb_group *group, struct dlb_why *why)
{
    struct onednn_recipe recipe;
    const enum dlb_status status = dlb_onednn_recipe(context, graph, group, NULL, &recipe, why);
    dlb_onednn_recipe_release(&recipe);
    return status;
}

static const struct dlb_opwise_ops ops = {
    .supports = ops_supports,
    .prepare = dlb_onednn_prepare,
    .run = dlb_onednn_run,
    .repeat = dlb_onednn_repeat,
    .discard = dlb_onednn_discard,
    .import = dlb_onednn_import,
    .export = dlb_onednn_export,
    .release_layout = dlb_onednn_release_layout,
};

/* A function of the OpenMP runtime that libdnnl itself was linked with, whichever that is; *library gets its file name.
 * NULL when libdnnl runs on something else. */
static void *openmp_function(const char *name, char *library, size_t size)
{
    Dl_info info;
    void *symbol = NULL;
    const dnnl_version_t *(*version)(void) = dnnl_version;
    void *address;
    memcpy(&address, &version, sizeof address);
    if (!dladdr(address, &info) || !info.dli_fname)
        return NULL;
    void *handle = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
    if (!handle)
        return NULL;
    symbol = dlsym(handle, name);
    dlclose(handle); /* one reference less; the library stays, as this plugin needs it */
    if (symbol && dladdr(symbol, &info) && info.dli_fname) {
        const char *slash = strrchr(info.dli_fname, '/');
        const char *file = slash ? slash + 1 : info.dli_fname;
        snprintf(library, size, "%.*s", (int)strcspn(file, "."), file);
    }
    return symbol;
}

static enum dlb_status onednn_probe(const struct dlb_backend_config *config, struct dlb_why *why)
{
    const dnnl_version_t *version = dnnl_version();
    (void)config;
    if (version->major != DNNL_VERSION_MAJOR)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "wanted the oneDNN %d library this was built for, found %d.%d.%d",
                        DNNL_VERSION_MAJOR, version->major, version->minor, version->patch);
    if (dnnl_engine_get_count(dnnl_cpu) == 0)
        return dlb_fail(why, DLB_UNAVAILABLE, "this oneDNN %d.%d.%d has no CPU engine",
                        version->major, version->minor, version->patch);
    return DLB_OK;
}

static int onednn_device_count(void)
{
    return 1;
}

static void onednn_close(struct dlb_context *context)
{
    if (!context)
        return;
    dnnl_stream_destroy(context->stream);
    dnnl_engine_destroy(context->engine);
    free(context);
}

static enum dlb_status set_threads(int threads, struct dlb_why *why)
{
    char library[32] = "";
    void (*set)(int);
    void *symbol = openmp_function("omp_set_num_threads", library, sizeof library);
    if (!symbol)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "this oneDNN runs on %s; wanted one built for OpenMP, whose threads "
                        "dlbench can count and pin",
                        dnnl_runtime2str(dnnl_version()->cpu_runtime));
    memcpy(&set, &symbol, sizeof set);
    set(threads);
    return DLB_OK;
}

static enum dlb_status onednn_open(int device, const struct dlb_backend_config *config,
                                   struct dlb_context **context, struct dlb_why *why)
{
    if (device != 0)
        return dlb_fail(why, DLB_UNAVAILABLE, "onednn has one device, 0; found %d", device);
    enum dlb_status status = set_threads(config->threads, why);
    if (status != DLB_OK)
        return status;
    struct dlb_context *opened = calloc(1, sizeof *opened);
    if (!opened)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a context");
    opened->threads = config->threads;
    status = dlb_onednn_check(dnnl_engine_create(&opened->engine, dnnl_cpu, 0),
                              "creating the CPU engine", why);
    if (status == DLB_OK)
        status = dlb_onednn_check(
            dnnl_stream_create(&opened->stream, opened->engine, dnnl_stream_default_flags),
            "creating a stream", why);
    if (status == DLB_OK)
        *context = opened;
    else
        onednn_close(opened);
    return status;
}

static void onednn_describe(struct dlb_context *context, struct dlb_device_info *info)
{
    const dnnl_version_t *version = dnnl_version();
    const char *isa = dnnl_cpu_isa2str(dnnl_get_effective_cpu_isa());
    char library[32] = "no OpenMP";
    (void)context;
    (void)openmp_function("omp_set_num_threads", library, sizeof library);
    dlb_opwise_host(info);
    isa = strncmp(isa, "cpu_isa_", 8) == 0 ? isa + 8 : isa;
    snprintf(info->runtime, sizeof info->runtime, "oneDNN %d.%d.%d (%s, %.40s)", version->major,
             version->minor, version->patch, library, isa);
}

static enum dlb_status onednn_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                       struct dlb_why *why)
{
    return dlb_opwise_supports(&ops, context, graph, why);
}

static enum dlb_status onednn_prepare(struct dlb_context *context, const struct dlb_graph *graph,
                                      int sets, struct dlb_work **work, struct dlb_why *why)
{
    return dlb_opwise_prepare(&ops, context, graph, sets, work, why);
}

static enum dlb_status onednn_wait(struct dlb_context *context, struct dlb_why *why)
{
    return dlb_onednn_check(dnnl_stream_wait(context->stream), "waiting for the stream", why);
}

DLB_EXPORT extern const struct dlb_backend dlb_backend;
const struct dlb_backend dlb_backend = {
    .abi = DLB_BACKEND_ABI,
    .name = "onednn",
    .summary = "CPU: oneDNN primitives in the layouts that they ask for, with fused epilogues",
    .kind = DLB_KIND_CPU,
    .evidence = DLB_EVIDENCE_MEASURED,
    .probe = onednn_probe,
    .device_count = onednn_device_count,
    .open = onednn_open,
    .close = onednn_close,
    .describe = onednn_describe,
    .supports = onednn_supports,
    .prepare = onednn_prepare,
    .discard = dlb_opwise_discard,
    .info = dlb_opwise_info,
    .write = dlb_opwise_write,
    .read = dlb_opwise_read,
    .submit = dlb_opwise_submit,
    .wait = onednn_wait,
};
