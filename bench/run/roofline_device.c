/* roofline_device.c: a device's ceilings, through its backend: the probe kernels that it has, and transfers by its ordinary calls.
 *
 * A transfer is the `write` or `read` of a tensor: what a user of the backend pays, with its conversions, not what the bus could do. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/base/memory.h"
#include "bench/models/workload.h"
#include "bench/run/device_json.h"
#include "bench/run/execute_device.h"
#include "bench/run/roofline_subject.h"

struct device {
    const struct dlb_backend *backend;
    struct dlb_backend_config config;
    const char *options[DLB_MAX_BACKEND_OPTIONS];
    struct dlb_context *context;
    struct dlb_work *work;
    struct dlb_graph graph; /* of a transfer */
    enum dlb_roofline_transfer transfer;
    int tensor;
    void *host; /* of a transfer, owned */
};

static enum dlb_status run_kernel(void *self, int64_t k, struct dlb_why *why)
{
    const struct device *device = self;
    const enum dlb_status status = device->backend->submit(device->work, 0, k, why);
    return status == DLB_OK ? device->backend->wait(device->context, why) : status;
}

/* Each of them is waited for: it is the way there and back that counts. */
static enum dlb_status run_launches(void *self, int64_t k, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (int64_t i = 0; i < k && status == DLB_OK; i++)
        status = run_kernel(self, 1, why);
    return status;
}

static enum dlb_status run_transfer(void *self, int64_t k, struct dlb_why *why)
{
    const struct device *device = self;
    enum dlb_status status = DLB_OK;
    for (int64_t i = 0; i < k && status == DLB_OK; i++)
        status = device->transfer == DLB_ROOFLINE_TO_DEVICE
                     ? device->backend->write(device->work, 0, device->tensor, device->host, why)
                     : device->backend->read(device->work, 0, device->tensor, device->host, why);
    return status;
}

static enum dlb_status device_elapsed(void *self, double *ns, struct dlb_why *why)
{
    const struct device *device = self;
    return device->backend->elapsed(device->context, ns, why);
}

static void close_device(void *self)
{
    struct device *device = self;
    if (device->work != NULL)
        device->backend->discard(device->work);
    if (device->context != NULL)
        device->backend->close(device->context);
    dlb_graph_free(&device->graph);
    dlb_aligned_free(device->host);
    free(device);
}

static enum dlb_status open_context(const struct dlb_registry *registry,
                                    const struct dlb_request *request, struct device *device,
                                    struct dlb_device_info *info, struct dlb_answer *answer)
{
    struct dlb_why *why = &answer->why;
    int index = 0;
    enum dlb_status status = dlb_execute_backend(registry, request->backend, &device->backend, why);
    if (status != DLB_OK)
        return status;
    dlb_execute_options(request, request->backend, device->options, &device->config);
    device->config.threads = request->roof.threads;
    status = device->backend->probe(&device->config, why);
    if (status == DLB_OK)
        status = dlb_execute_device(device->backend, request->device, &index, why);
    if (status == DLB_OK)
        status = device->backend->open(index, &device->config, &device->context, why);
    if (status != DLB_OK)
        return status;
    dlb_device_read(device->backend, device->context, info);
    snprintf(answer->evidence, sizeof answer->evidence, "%s", dlb_evidence_name(info->evidence));
    answer->devices = json_array();
    json_array_append_new(answer->devices, dlb_device_to_json(device->backend, info, index));
    return DLB_OK;
}

static enum dlb_status prepare_kernel(struct device *device, const struct dlb_roofline_probe *probe,
                                      struct dlb_answer *answer)
{
    struct dlb_probe what = probe->what;
    if (device->backend->probe_kernel == NULL)
        return dlb_fail(&answer->why, DLB_UNSUPPORTED, "%s has no kernels that show its ceilings",
                        device->backend->name);
    if (what.kind == DLB_PROBE_COMPUTE && !dlb_dtype_from_name(probe->type, &what.dtype))
        return dlb_fail(&answer->why, DLB_UNSUPPORTED, "no tensor has the type %s", probe->type);
    return device->backend->probe_kernel(device->context, &what, &device->work, &answer->roof,
                                         &answer->why);
}

/* A tensor as large as wanted, among those of a product that does little else: one with an inner dimension of 1 writes a matrix, one of a
 * matrix and a column reads one. */
static enum dlb_status build_graph(struct device *device, int64_t bytes, struct dlb_why *why)
{
    char key[96];
    struct dlb_problem problem;
    int64_t side = 64;
    while (side * side * 4 < bytes)
        side *= 2;
    const bool to_device = device->transfer == DLB_ROOFLINE_TO_DEVICE;
    snprintf(key, sizeof key, "gemm:m=%lld,n=%lld,k=%lld,dtype=f32", (long long)side,
             (long long)(to_device ? 1 : side), (long long)(to_device ? side : 1));
    enum dlb_status status = dlb_problem_parse(key, &problem, why);
    if (status == DLB_OK)
        status = dlb_problem_build(&problem, &device->graph, why);
    const enum dlb_role wanted = to_device ? DLB_ROLE_INPUT : DLB_ROLE_OUTPUT;
    for (int i = 0; i < device->graph.tensor_count && status == DLB_OK; i++)
        if (device->graph.tensors[i].role == wanted)
            device->tensor = i;
    return status;
}

static enum dlb_status prepare_transfer(struct device *device,
                                        const struct dlb_roofline_probe *probe,
                                        struct dlb_answer *answer)
{
    struct dlb_why *why = &answer->why;
    device->transfer = probe->transfer;
    if (probe->what.variant > 0)
        return dlb_fail(why, DLB_UNSUPPORTED, "there is one way to transfer");
    enum dlb_status status = build_graph(device, probe->what.bytes, why);
    if (status == DLB_OK)
        status = device->backend->supports(device->context, &device->graph, why);
    if (status == DLB_OK)
        status = device->backend->prepare(device->context, &device->graph, 1, &device->work, why);
    if (status != DLB_OK)
        return status;
    /* once: a result may have no memory before there is one */
    status = run_kernel(device, 1, why);
    if (status != DLB_OK)
        return status;
    const struct dlb_tensor *tensor = &device->graph.tensors[device->tensor];
    const int64_t bytes = dlb_tensor_bytes(tensor);
    device->host = dlb_aligned_alloc((size_t)bytes);
    if (device->host == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a tensor of %lld bytes",
                        (long long)bytes);
    dlb_fill_array(DLB_FILL_RANDOM, (uint64_t)probe->what.seed, 1, DLB_DTYPE_F32, device->host,
                   bytes / (int64_t)sizeof(float));
    snprintf(answer->roof.name, sizeof answer->roof.name, "%s",
             probe->transfer == DLB_ROOFLINE_TO_DEVICE ? "host to device" : "device to host");
    answer->roof.bytes = (double)bytes;
    answer->roof.working_set_bytes = bytes;
    return DLB_OK;
}

/* What the device's clock says of a launch is how long it was busy: only a prediction has no other clock. */
static void choose_calls(struct dlb_roofline_subject *subject,
                         const struct dlb_roofline_probe *probe, bool has_clock)
{
    const bool transfer = probe->transfer != DLB_ROOFLINE_NO_TRANSFER;
    const bool launch =
        !transfer && probe->what.kind == DLB_PROBE_LAUNCH && subject->worth == DLB_CLOCK_MEASURES;
    subject->subject.run = transfer ? run_transfer : launch ? run_launches : run_kernel;
    if (has_clock && !transfer && !launch)
        subject->subject.elapsed = device_elapsed;
}

enum dlb_status dlb_roofline_open_device(const struct dlb_registry *registry,
                                         const struct dlb_request *request,
                                         struct dlb_roofline_subject *subject,
                                         struct dlb_answer *answer)
{
    const struct dlb_roofline_probe *probe = &request->roof;
    struct dlb_device_info info = {0};
    struct device *device = calloc(1, sizeof *device);
    if (device == NULL)
        return dlb_fail(&answer->why, DLB_NO_MEMORY, "no memory for a probe");
    *subject = (struct dlb_roofline_subject){.subject = {.self = device}, .close = close_device};
    enum dlb_status status = open_context(registry, request, device, &info, answer);
    if (status != DLB_OK)
        return status;
    const bool transfer = probe->transfer != DLB_ROOFLINE_NO_TRANSFER;
    if (transfer && info.evidence != DLB_EVIDENCE_MEASURED)
        return dlb_fail(&answer->why, DLB_UNSUPPORTED, "its times are %s: nothing is transferred",
                        answer->evidence);
    subject->worth = info.evidence == DLB_EVIDENCE_MEASURED   ? DLB_CLOCK_MEASURES
                     : info.evidence == DLB_EVIDENCE_EMULATED ? DLB_CLOCK_EMULATES
                                                              : DLB_CLOCK_PREDICTS;
    choose_calls(subject, probe, device->backend->elapsed != NULL);
    return transfer ? prepare_transfer(device, probe, answer)
                    : prepare_kernel(device, probe, answer);
}
