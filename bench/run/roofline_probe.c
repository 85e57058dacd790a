/* roofline_probe.c: a probe and what came of it as JSON: fields of request and answer. */
#include "bench/run/roofline_probe.h"

#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"

static const char *const kind_names[] = {[DLB_PROBE_COMPUTE] = "compute",
                                         [DLB_PROBE_BANDWIDTH] = "bandwidth",
                                         [DLB_PROBE_LATENCY] = "latency",
                                         [DLB_PROBE_LAUNCH] = "launch"};
static const char *const pattern_names[] = {[DLB_PATTERN_READ] = "read",
                                            [DLB_PATTERN_WRITE] = "write",
                                            [DLB_PATTERN_COPY] = "copy",
                                            [DLB_PATTERN_TRIAD] = "triad"};
static const char *const transfer_names[DLB_ROOFLINE_TRANSFERS] = {
    [DLB_ROOFLINE_NO_TRANSFER] = "none",
    [DLB_ROOFLINE_TO_DEVICE] = "to_device",
    [DLB_ROOFLINE_FROM_DEVICE] = "from_device"};

const char *dlb_roofline_pattern_name(enum dlb_probe_pattern pattern)
{
    return (size_t)pattern < DLB_ARRAY_COUNT(pattern_names) ? pattern_names[pattern] : "?";
}

json_t *dlb_roofline_probe_to_json(const struct dlb_roofline_probe *probe)
{
    const struct dlb_probe *what = &probe->what;
    return json_pack("{s:b, s:i, s:s, s:s, s:i, s:s, s:b, s:I, s:I, s:s}", "host",
                     probe->host ? 1 : 0, "threads", probe->threads, "type", probe->type, "kind",
                     kind_names[what->kind], "variant", what->variant, "pattern",
                     pattern_names[what->pattern], "zeros", what->zeros ? 1 : 0, "bytes",
                     (json_int_t)what->bytes, "seed", (json_int_t)what->seed, "transfer",
                     transfer_names[probe->transfer]);
}

/* Index of a name in a list; -1 for none. */
static int find(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return (int)i;
    return -1;
}

enum dlb_status dlb_roofline_probe_from_json(const json_t *json, struct dlb_roofline_probe *probe,
                                             struct dlb_why *why)
{
    const char *type = NULL, *kind_name = NULL, *pattern_name = NULL, *transfer_name = NULL;
    int host = 0, threads = 0, variant = 0, zeros = 0;
    json_int_t bytes = 0, seed = 0;
    json_error_t error;
    if (json_unpack_ex((json_t *)(uintptr_t)json, &error, 0,
                       "{s:b, s:i, s:s, s:s, s:i, s:s, s:b, s:I, s:I, s:s}", "host", &host,
                       "threads", &threads, "type", &type, "kind", &kind_name, "variant", &variant,
                       "pattern", &pattern_name, "zeros", &zeros, "bytes", &bytes, "seed", &seed,
                       "transfer", &transfer_name) != 0)
        return dlb_fail(why, DLB_INVALID, "request: roof: %s", error.text);
    const int kind = find(kind_name, kind_names, DLB_ARRAY_COUNT(kind_names));
    const int pattern = find(pattern_name, pattern_names, DLB_ARRAY_COUNT(pattern_names));
    const int transfer = find(transfer_name, transfer_names, DLB_ROOFLINE_TRANSFERS);
    if (kind < 0 || pattern < 0 || transfer < 0)
        return dlb_fail(why, DLB_INVALID,
                        "request: roof: there is no kind '%.20s', pattern '%.20s' or transfer "
                        "'%.20s'",
                        kind_name, pattern_name, transfer_name);
    if (threads < 1 || variant < 0 || bytes < 0 || strlen(type) >= sizeof probe->type)
        return dlb_fail(why, DLB_INVALID,
                        "request: roof: %d threads, variant %d, %lld bytes, type '%.20s' make no "
                        "sense",
                        threads, variant, (long long)bytes, type);
    *probe = (struct dlb_roofline_probe){
        .host = host != 0,
        .threads = threads,
        .what = {.kind = (enum dlb_probe_kind)kind,
                 .variant = variant,
                 .pattern = (enum dlb_probe_pattern)pattern,
                 .zeros = zeros != 0,
                 .bytes = bytes,
                 .seed = seed},
        .transfer = (enum dlb_roofline_transfer)transfer,
    };
    strcpy(probe->type, type);
    return DLB_OK;
}

json_t *dlb_probe_info_to_json(const struct dlb_probe_info *info)
{
    json_t *name = json_string(info->name);
    return json_pack("{s:o, s:f, s:f, s:f, s:I}", "name", name != NULL ? name : json_string("?"),
                     "ops", info->ops, "bytes", info->bytes, "loads", info->loads,
                     "working_set_bytes", (json_int_t)info->working_set_bytes);
}

void dlb_probe_info_from_json(const json_t *json, struct dlb_probe_info *info)
{
    const char *name = json_string_value(json_object_get(json, "name"));
    *info = (struct dlb_probe_info){
        .ops = json_number_value(json_object_get(json, "ops")),
        .bytes = json_number_value(json_object_get(json, "bytes")),
        .loads = json_number_value(json_object_get(json, "loads")),
        .working_set_bytes = json_integer_value(json_object_get(json, "working_set_bytes"))};
    snprintf(info->name, sizeof info->name, "%s", name != NULL ? name : "");
}
