/* protocol.c: greetings, requests and answers as JSON, one object a line.
 *
 * The fields are listed once, in the two functions of each direction. A reader refuses other protocol versions with one
 * clear line; fields that it does not know are ignored, so that newer peers can add some. */
#include "bench/run/protocol.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/passes_json.h"
#include "version.h"

#define FEATURE_BACKENDS "backends_first"
#define FEATURE_VERIFY   "verifies_on_demand"
#define FEATURE_COUNTS   "counts"

void dlb_answer_free(struct dlb_answer *answer)
{
    dlb_invocation_free(&answer->invocation);
    dlb_counting_free(&answer->counting);
    json_decref(answer->devices);
    answer->devices = NULL;
}

/* Copies a text field; longer ones are cut, absent ones become "". */
static void copy_text(const json_t *json, const char *name, char *buffer, size_t size)
{
    const char *text = json_string_value(json_object_get(json, name));
    snprintf(buffer, size, "%s", text != NULL ? text : "");
}

json_t *dlb_hello_to_json(void)
{
    return json_pack("{s:s, s:i, s:i, s:s, s:s, s:[s, s, s]}", "event", "hello", "protocol",
                     DLB_PROTOCOL_VERSION, "protocol_oldest", DLB_PROTOCOL_OLDEST, "version",
                     DLB_VERSION, "git", DLB_GIT, "features", FEATURE_BACKENDS, FEATURE_VERIFY,
                     FEATURE_COUNTS);
}

static bool has_feature(const json_t *json, const char *name)
{
    size_t index;
    const json_t *feature;
    json_array_foreach(json_object_get(json, "features"), index, feature)
    {
        const char *text = json_string_value(feature);
        if (text != NULL && strcmp(text, name) == 0)
            return true;
    }
    return false;
}

enum dlb_status dlb_hello_from_json(const json_t *json, struct dlb_hello *hello,
                                    struct dlb_why *why)
{
    const json_int_t protocol = json_integer_value(json_object_get(json, "protocol"));
    const json_int_t oldest = json_integer_value(json_object_get(json, "protocol_oldest"));
    if (protocol < 1 || protocol > INT32_MAX)
        return dlb_fail(why, DLB_INVALID, "a worker's hello must tell its protocol");
    struct dlb_hello found = {.protocol = (int)protocol,
                              .protocol_oldest =
                                  (int)(oldest < 1 || oldest > protocol ? protocol : oldest),
                              .backends_first = has_feature(json, FEATURE_BACKENDS),
                              .counts = has_feature(json, FEATURE_COUNTS),
                              .verifies_on_demand = has_feature(json, FEATURE_VERIFY)};
    copy_text(json, "version", found.version, sizeof found.version);
    copy_text(json, "git", found.git, sizeof found.git);
    *hello = found;
    return DLB_OK;
}

int dlb_hello_common(const struct dlb_hello *hello)
{
    const int newest =
        hello->protocol < DLB_PROTOCOL_VERSION ? hello->protocol : DLB_PROTOCOL_VERSION;
    const int oldest =
        hello->protocol_oldest > DLB_PROTOCOL_OLDEST ? hello->protocol_oldest : DLB_PROTOCOL_OLDEST;
    return newest >= oldest ? newest : 0;
}

static const char *const task_names[] = {
    [DLB_TASK_MEASURE] = "measure", [DLB_TASK_PROBE] = "probe", [DLB_TASK_ROOF] = "roof"};

/* A task of a newer program is refused, not taken for another. */
static enum dlb_status find_task(const char *name, enum dlb_task *task, struct dlb_why *why)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(task_names); i++)
        if (strcmp(name, task_names[i]) == 0) {
            *task = (enum dlb_task)i;
            return DLB_OK;
        }
    return dlb_fail(why, DLB_INVALID, "request: there is no task '%.40s'", name);
}

static json_t *sampling_to_json(const struct dlb_sampling *sampling)
{
    return json_pack("{s:f, s:f, s:I, s:f, s:f, s:f, s:f}", "precision", sampling->precision,
                     "max_time_ns", sampling->max_time_ns, "max_samples",
                     (json_int_t)sampling->max_samples, "batch_ns", sampling->batch_ns, "warmup_ns",
                     sampling->warmup_ns, "gap_ns", sampling->gap_ns, "slowdown",
                     sampling->slowdown);
}

static enum dlb_status sampling_from_json(json_t *json, struct dlb_sampling *sampling,
                                          struct dlb_why *why)
{
    json_error_t error;
    json_int_t max_samples = 0;
    struct dlb_sampling found = *sampling;
    if (json_unpack_ex(json, &error, 0, "{s:F, s:F, s:I, s:F, s:F, s:F, s:F}", "precision",
                       &found.precision, "max_time_ns", &found.max_time_ns, "max_samples",
                       &max_samples, "batch_ns", &found.batch_ns, "warmup_ns", &found.warmup_ns,
                       "gap_ns", &found.gap_ns, "slowdown", &found.slowdown) != 0)
        return dlb_fail(why, DLB_INVALID, "request: sampling: %s", error.text);
    found.max_samples = max_samples;
    *sampling = found;
    return DLB_OK;
}

json_t *dlb_request_to_json(const struct dlb_request *request)
{
    char key[DLB_CASE_KEY_SIZE] = "";
    if (request->task == DLB_TASK_MEASURE)
        dlb_case_key(&request->item, key, sizeof key);
    json_t *options = json_array();
    for (int i = 0; i < request->option_count; i++)
        json_array_append_new(options, json_string(request->options[i]));
    /* The seed travels as text: JSON integers are signed. */
    char seed[24];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)request->seed);
    json_t *json =
        json_pack("{s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:b, s:b, s:s, s:o}",
                  "protocol", request->protocol > 0 ? request->protocol : DLB_PROTOCOL_VERSION,
                  "process", request->process, "task", task_names[request->task], "case", key,
                  "backend", request->backend, "device", request->device, "seed", seed, "sampling",
                  sampling_to_json(&request->sampling), "llc_bytes", (json_int_t)request->llc_bytes,
                  "memory_limit_bytes", (json_int_t)request->memory_limit_bytes, "keep_samples",
                  request->keep_samples ? 1 : 0, "unverified", request->unverified ? 1 : 0,
                  "oracle_folder", request->oracle_folder, "options", options);
    dlb_passes_to_json(request, json);
    if (request->task == DLB_TASK_ROOF)
        json_object_set_new(json, "roof", dlb_roofline_probe_to_json(&request->roof));
    return json;
}

static enum dlb_status options_from_json(const json_t *options, struct dlb_request *request,
                                         struct dlb_why *why)
{
    const size_t count = json_array_size(options);
    if (count > DLB_MAX_BACKEND_OPTIONS)
        return dlb_fail(why, DLB_INVALID, "request: at most %d backend options, found %zu",
                        DLB_MAX_BACKEND_OPTIONS, count);
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(options, i));
        if (text == NULL || strlen(text) >= sizeof request->options[0])
            return dlb_fail(why, DLB_INVALID, "request: option %zu is not a short text", i);
        strcpy(request->options[i], text);
    }
    request->option_count = (int)count;
    return DLB_OK;
}

enum dlb_status dlb_request_from_json(const json_t *json, struct dlb_request *request,
                                      struct dlb_why *why)
{
    struct dlb_request found = {.task = DLB_TASK_MEASURE};
    const char *task = NULL, *key = NULL, *backend = NULL, *seed = NULL, *folder = NULL;
    json_t *sampling = NULL, *options = NULL;
    json_int_t llc = 0, memory = 0;
    int protocol = 0, keep = 0;
    json_error_t error;
    /* jansson's unpack takes a non-const root but does not change it. */
    json_t *root = (json_t *)(uintptr_t)json;
    if (json_unpack_ex(root, &error, 0, "{s:i, s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:b, s:s, s:o}",
                       "protocol", &protocol, "task", &task, "case", &key, "backend", &backend,
                       "seed", &seed, "sampling", &sampling, "llc_bytes", &llc,
                       "memory_limit_bytes", &memory, "keep_samples", &keep, "oracle_folder",
                       &folder, "options", &options) != 0)
        return dlb_fail(why, DLB_INVALID, "request: %s", error.text);
    if (protocol < DLB_PROTOCOL_OLDEST || protocol > DLB_PROTOCOL_VERSION)
        return dlb_fail(why, DLB_INVALID,
                        "request speaks protocol %d, this dlbench speaks %d to %d: use programs "
                        "that share one",
                        protocol, DLB_PROTOCOL_OLDEST, DLB_PROTOCOL_VERSION);
    found.protocol = protocol;
    found.unverified = json_is_true(json_object_get(json, "unverified"));
    found.seed = strtoull(seed, NULL, 10);
    found.llc_bytes = llc;
    found.memory_limit_bytes = memory;
    found.keep_samples = keep != 0;
    found.process = (int)json_integer_value(json_object_get(json, "process"));
    copy_text(json, "device", found.device, sizeof found.device);
    if (strlen(backend) >= sizeof found.backend || strlen(folder) >= sizeof found.oracle_folder)
        return dlb_fail(why, DLB_INVALID, "request: backend name or oracle folder is too long");
    strcpy(found.backend, backend);
    strcpy(found.oracle_folder, folder);
    enum dlb_status status = find_task(task, &found.task, why);
    if (status == DLB_OK)
        status = sampling_from_json(sampling, &found.sampling, why);
    if (status == DLB_OK)
        status = options_from_json(options, &found, why);
    if (status == DLB_OK)
        status = dlb_passes_from_json(json, &found, why);
    if (status == DLB_OK && found.task == DLB_TASK_MEASURE)
        status = dlb_case_parse(key, &found.item, why);
    if (status == DLB_OK && found.task == DLB_TASK_ROOF)
        status = dlb_roofline_probe_from_json(json_object_get(json, "roof"), &found.roof, why);
    if (status != DLB_OK)
        return status;
    found.sampling.mode = found.item.mode;
    *request = found;
    return DLB_OK;
}

static json_t *number_or_null(double value)
{
    json_t *number = json_real(value); /* NULL for NaN and infinity */
    return number != NULL ? number : json_null();
}

/* Text of a vendor library may be in any encoding: bytes beyond ASCII become '?' where it is not UTF-8. */
static json_t *text_to_json(const char *text)
{
    json_t *json = json_string(text);
    if (json != NULL)
        return json;
    char ascii[sizeof(struct dlb_why)];
    size_t i = 0;
    for (; text[i] != '\0' && i + 1 < sizeof ascii; i++)
        ascii[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
    ascii[i] = '\0';
    return json_string(ascii);
}

json_t *dlb_answer_to_json(const struct dlb_answer *answer)
{
    const struct dlb_verification *verified = &answer->verified;
    json_t *json = json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:s, s:f, s:o, s:b, s:s, s:I, s:b, s:b, s:I}", "event", "done",
        "status", dlb_status_name(answer->status), "reason", text_to_json(answer->why.text),
        "implementation", text_to_json(answer->implementation), "parameters",
        text_to_json(answer->parameters), "version_hash", answer->version_hash, "slowdown",
        answer->slowdown > 1 ? answer->slowdown : 1.0, "cycles", number_or_null(answer->cycles),
        "reference_kernel", answer->reference_kernel ? 1 : 0, "evidence", answer->evidence,
        "cache_sets", (json_int_t)answer->cache_sets, "cold_downgraded",
        answer->cold_downgraded ? 1 : 0, "timer_limited", answer->timer_limited ? 1 : 0,
        "memory_bytes", (json_int_t)answer->memory_bytes);
    json_object_set_new(json, "verified",
                        json_pack("{s:b, s:b, s:s, s:o, s:o, s:o}", "checked",
                                  verified->checked ? 1 : 0, "ok", verified->ok ? 1 : 0, "method",
                                  verified->method, "max_abs_err",
                                  number_or_null(verified->max_abs_err), "max_rel_err",
                                  number_or_null(verified->max_rel_err), "tolerance",
                                  number_or_null(verified->tolerance)));
    if (answer->measured)
        json_object_set_new(json, "invocation", dlb_invocation_to_json(&answer->invocation));
    if (answer->counting.taken)
        json_object_set_new(json, "counting", dlb_counting_to_json(&answer->counting));
    if (answer->devices != NULL)
        json_object_set(json, "devices", answer->devices);
    if (answer->roof.name[0] != '\0')
        json_object_set_new(json, "roof", dlb_probe_info_to_json(&answer->roof));
    return json;
}

static double number_or_nan(const json_t *json, const char *name)
{
    const json_t *number = json_object_get(json, name);
    return json_is_number(number) ? json_number_value(number) : (double)NAN;
}

static void verification_from_json(const json_t *json, struct dlb_verification *verified)
{
    verified->checked = json_is_true(json_object_get(json, "checked"));
    verified->ok = json_is_true(json_object_get(json, "ok"));
    copy_text(json, "method", verified->method, sizeof verified->method);
    verified->max_abs_err = number_or_nan(json, "max_abs_err");
    verified->max_rel_err = number_or_nan(json, "max_rel_err");
    verified->tolerance = number_or_nan(json, "tolerance");
}

enum dlb_status dlb_answer_from_json(const json_t *json, struct dlb_answer *answer,
                                     struct dlb_why *why)
{
    const char *name = json_string_value(json_object_get(json, "status"));
    const enum dlb_status status = dlb_status_from_name(name != NULL ? name : "");
    if (status == DLB_STATUS_COUNT)
        return dlb_fail(why, DLB_FAILED, "worker answered with an unknown status '%s'",
                        name != NULL ? name : "(none)");
    struct dlb_answer found = {.status = status};
    copy_text(json, "reason", found.why.text, sizeof found.why.text);
    copy_text(json, "implementation", found.implementation, sizeof found.implementation);
    copy_text(json, "parameters", found.parameters, sizeof found.parameters);
    copy_text(json, "evidence", found.evidence, sizeof found.evidence);
    copy_text(json, "version_hash", found.version_hash, sizeof found.version_hash);
    const double slowdown = number_or_nan(json, "slowdown");
    found.slowdown = slowdown > 1 ? slowdown : 1;
    found.cycles = number_or_nan(json, "cycles");
    found.reference_kernel = json_is_true(json_object_get(json, "reference_kernel"));
    found.cache_sets = json_integer_value(json_object_get(json, "cache_sets"));
    found.cold_downgraded = json_is_true(json_object_get(json, "cold_downgraded"));
    found.timer_limited = json_is_true(json_object_get(json, "timer_limited"));
    found.memory_bytes = json_integer_value(json_object_get(json, "memory_bytes"));
    verification_from_json(json_object_get(json, "verified"), &found.verified);
    const json_t *invocation = json_object_get(json, "invocation");
    enum dlb_status read =
        dlb_counting_from_json(json_object_get(json, "counting"), &found.counting, why);
    if (read == DLB_OK && invocation != NULL) {
        read = dlb_invocation_from_json(invocation, &found.invocation, why);
        found.measured = read == DLB_OK;
    }
    if (read != DLB_OK) {
        dlb_counting_free(&found.counting);
        return read;
    }
    found.devices = json_incref(json_object_get(json, "devices"));
    dlb_probe_info_from_json(json_object_get(json, "roof"), &found.roof);
    *answer = found;
    return DLB_OK;
}
