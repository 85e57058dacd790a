/* device_json.c: what a backend says of a device, in the words of the result schema. Unknown numbers are null. */
#include "bench/run/device_json.h"

#include <stdio.h>

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

json_t *dlb_device_to_json(const struct dlb_backend *backend, struct dlb_context *context,
                           int index)
{
    struct dlb_device_info info = {.kind = backend->kind};
    backend->describe(context, &info);
    char key[48];
    snprintf(key, sizeof key, "%s:%d", backend->name, index);
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s}",
        "key", key, "kind", dlb_device_kind_name(info.kind), "backend", backend->name, "status",
        "ok", "max_threads", info.max_threads, "name", text_or_null(info.name), "vendor",
        text_or_null(info.vendor), "runtime", text_or_null(info.runtime), "driver",
        text_or_null(info.driver), "pci_id", text_or_null(info.pci_id), "mem_bytes",
        bytes_or_null(info.mem_bytes), "llc_bytes", bytes_or_null(info.llc_bytes), "clock_max_hz",
        positive_or_null(info.clock_max_hz), "peak_ops_per_s", peaks_to_json(&info),
        "mem_bw_bytes_per_s", positive_or_null(info.mem_bw_bytes_per_s), "time_source",
        backend->elapsed != NULL ? "device" : "host", "evidence",
        dlb_evidence_name(backend->evidence));
}
