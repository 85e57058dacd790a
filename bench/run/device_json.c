/* device_json.c: what a backend says of a device, in the words of the result schema. Unknown numbers are null. */
#include "bench/run/device_json.h"

#include <stdio.h>

#include "bench/run/case.h"

static json_t *text_or_null(const char *text)
{
    json_t *json = text[0] != '\0' ? json_string(text) : NULL;
    return json != NULL ? json : json_null();
}

static json_t *positive_or_null(double value)
{
    return value > 0 ? json_real(value) : json_null();
}

static json_t *bytes_or_null(int64_t bytes)
{
    return bytes > 0 ? json_integer(bytes) : json_null();
}

static json_t *peaks_to_json(const struct dlb_device_info *info)
{
    json_t *peaks = json_object();
    for (int i = 0; i < DLB_DTYPE_COUNT; i++)
        if (info->peak_ops_per_s[i] > 0)
            json_object_set_new(peaks, dlb_dtype_name((enum dlb_dtype)i),
                                json_real(info->peak_ops_per_s[i]));
    return peaks;
}

void dlb_device_read(const struct dlb_backend *backend, struct dlb_context *context,
                     struct dlb_device_info *info)
{
    *info = (struct dlb_device_info){.kind = backend->kind, .evidence = backend->evidence};
    backend->describe(context, info);
}

void dlb_device_key(const struct dlb_backend *backend, const struct dlb_device_info *info,
                    int index, char key[DLB_DEVICE_KEY_SIZE])
{
    int number = 0;
    if (dlb_case_device(info->id, &number) && number < 0)
        snprintf(key, DLB_DEVICE_KEY_SIZE, "%.31s:%s", backend->name, info->id);
    else
        snprintf(key, DLB_DEVICE_KEY_SIZE, "%.31s:%d", backend->name, index);
}

/* A prediction is neither the host's time nor the device's. */
static const char *time_source(const struct dlb_backend *backend,
                               const struct dlb_device_info *info)
{
    if (backend->elapsed == NULL)
        return "host";
    return info->evidence == DLB_EVIDENCE_MODELLED ? "modelled" : "device";
}

json_t *dlb_device_to_json(const struct dlb_backend *backend, const struct dlb_device_info *info,
                           int index)
{
    char key[DLB_DEVICE_KEY_SIZE];
    dlb_device_key(backend, info, index, key);
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:s, s:s, s:b, s:o}",
        "key", key, "kind", dlb_device_kind_name(info->kind), "backend", backend->name, "status",
        "ok", "index", index, "max_threads", info->max_threads, "name", text_or_null(info->name),
        "vendor", text_or_null(info->vendor), "runtime", text_or_null(info->runtime), "driver",
        text_or_null(info->driver), "pci_id", text_or_null(info->pci_id), "mem_bytes",
        bytes_or_null(info->mem_bytes), "llc_bytes", bytes_or_null(info->llc_bytes), "clock_max_hz",
        positive_or_null(info->clock_max_hz), "peak_ops_per_s", peaks_to_json(info),
        "mem_bw_bytes_per_s", positive_or_null(info->mem_bw_bytes_per_s), "time_source",
        time_source(backend, info), "evidence", dlb_evidence_name(info->evidence), "on_request",
        info->on_request ? 1 : 0, "detail", text_or_null(info->detail));
}

json_t *dlb_device_absent_to_json(const struct dlb_backend *backend, int index, const char *id,
                                  enum dlb_status status, const struct dlb_why *why)
{
    char key[DLB_DEVICE_KEY_SIZE];
    if (id[0] != '\0')
        snprintf(key, sizeof key, "%.31s:%.31s", backend->name, id);
    else
        snprintf(key, sizeof key, "%.31s:%d", backend->name, index);
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:o}", "key", key, "kind",
                     dlb_device_kind_name(backend->kind), "backend", backend->name, "status",
                     dlb_status_name(status), "index", index, "reason", text_or_null(why->text));
}
