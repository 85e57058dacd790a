/* tool.c: the blocks "tool" and "host" of a result file (schema dlbench-result/1). Unreadable facts are null. */
#include "bench/cli/tool.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/cli/command.h"
#include "bench/run/slowdown.h"
#include "version.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

json_t *dlb_tool_to_json(const struct dlb_registry *registry)
{
    json_t *backends = json_array();
    for (int i = 0; i < registry->count; i++) {
        if (registry->items[i].table != NULL) {
            json_array_append_new(backends, json_string(registry->items[i].name));
        }
    }
    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "version", DLB_VERSION, "git", DLB_GIT,
                     "compiler", COMPILER, "flags", dlb_json_text(DLB_CFLAGS), "backends",
                     backends);
}

void dlb_tool_build(char *buffer, size_t size)
{
    snprintf(buffer, size, "%s (%s)", DLB_VERSION, DLB_GIT);
}

/* Variables that vendor libraries, OpenMP runtimes and workers read by themselves. */
static bool steers_libraries(const char *name)
{
    static const char *const prefixes[] = {"OPENBLAS_", "OMP_",  "GOMP_",
                                           "KMP_",      "MKL_",  "DNNL_",
                                           "ONEDNN_",   "BLIS_", DLB_SLOWDOWN_VARIABLE};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(prefixes); i++) {
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) {
            return true;
        }
    }
    return false;
}

json_t *dlb_environment_to_json(void)
{
    json_t *json = json_object();
    for (char *const *at = environ; *at != NULL; at++) {
        const char *equals = strchr(*at, '=');
        char name[128];
        const size_t length = equals != NULL ? (size_t)(equals - *at) : 0;
        if (length > 0 && length < sizeof name && steers_libraries(*at)) {
            snprintf(name, sizeof name, "%.*s", (int)length, *at);
            json_object_set_new(json, name, dlb_json_text(equals + 1));
        }
    }
    return json;
}

static json_t *text_or_null(const char *text)
{
    return text[0] != '\0' && strcmp(text, "unknown") != 0 ? dlb_json_text(text) : json_null();
}

static json_t *count_or_null(int64_t count)
{
    return count > 0 ? json_integer(count) : json_null();
}

json_t *dlb_host_to_json(const struct dlb_host *host, const struct dlb_timer *timer, bool with_name)
{
    const struct {
        const char *name, *text;
    } texts[] = {{"id_hash", host->id_hash},
                 {"os", host->os},
                 {"kernel", host->kernel},
                 {"cpu_model", host->cpu_model},
                 {"cpu_flags", host->cpu_flags},
                 {"microcode", host->microcode},
                 {"virt", host->virt},
                 {"container", host->container},
                 {"governor", host->governor},
                 {"turbo", host->turbo},
                 {"smt", host->smt},
                 {"mitigations", host->mitigations},
                 {"aslr", host->aslr},
                 {"libc", host->libc}};
    const struct {
        const char *name;
        int64_t count;
    } counts[] = {{"sockets", host->sockets},     {"cores", host->cores},
                  {"threads", host->threads},     {"numa", host->numa},
                  {"ram_bytes", host->ram_bytes}, {"allowed_cpus", host->allowed_cpu_count}};
    json_t *json = json_object();
    for (size_t i = 0; i < DLB_ARRAY_COUNT(texts); i++) {
        json_object_set_new(json, texts[i].name, text_or_null(texts[i].text));
    }
    for (size_t i = 0; i < DLB_ARRAY_COUNT(counts); i++) {
        json_object_set_new(json, counts[i].name, count_or_null(counts[i].count));
    }
    json_object_set_new(json, "cgroup_cpu_quota",
                        host->cgroup_cpu_quota > 0 ? json_real(host->cgroup_cpu_quota)
                                                   : json_null());
    json_object_set_new(json, "heterogeneous", json_boolean(host->heterogeneous));
    json_object_set_new(json, "on_battery", json_boolean(host->on_battery));
    json_object_set_new(json, "timer",
                        json_pack("[{s:s, s:f, s:f}]", "clock", "CLOCK_MONOTONIC_RAW", "step_ns",
                                  timer->step_ns, "overhead_ns", timer->overhead_ns));
    if (with_name) {
        json_object_set_new(json, "name", text_or_null(host->name));
    }
    return json;
}
