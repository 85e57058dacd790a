/* plot_sample.c: see plot_sample.h. Speeds follow from the indices of problem and device, noise from fixed seeds. */
#include "tests/unit/plot_sample.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/random.h"
#include "bench/store/roofs.h"
#include "tests/unit/store_sample.h"

const char plot_sample_hostile[] =
    "a_b^{2}@x&~c\\n\"q\"'); system('touch owned') #'%d%s$0`touch owned`<script>alert(1)</script>"
    "\n\t\x1b[31m\xE2\x80\xAE\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D\xF0\x9F\x94\xA5";

static const char *const dtypes[] = {"f32", "bf16", "s8"};

/* What differs between the cases of a sample. */
struct place {
    int problem, device, dtype, threads, batch, index;
};

static void device_key(const struct plot_sample *how, int device, char *key, size_t size)
{
    static const char *const backends[] = {"onednn", "openblas", "reference", "opencl", "fpga"};
    if (how->label != NULL)
        snprintf(key, size, "%.40s%d", how->label, device);
    else
        snprintf(key, size, "%s:%d", backends[device % 5], device / 5);
}

/* ---- times ---- */

/* A later device is slower; a type of fewer bits faster; threads help by three quarters. */
static double time_of(const struct plot_sample *how, const struct place *at, double ops)
{
    const double steps = how->problems > 1 ? (double)at->problem / (how->problems - 1) : 0;
    const double speed = 1e11 * pow(10, -how->decades * steps) *
                         (how->decades > 0 ? pow(0.6, at->device) * (1 + at->dtype) : 1);
    const double threads = how->thread_counts > 0 ? pow(at->threads, 0.75) : 1;
    return ops / (speed * threads) * 1e9;
}

static void disturb(struct dlb_invocation *invocation, const struct plot_sample *how,
                    const struct place *at)
{
    const bool noisy = how->noisy && at->index % 5 == 2 && invocation->index == 1;
    for (int64_t i = 0; i < invocation->n && noisy; i++)
        invocation->samples_ns[i] *= i % 11 == 3 ? 2.5 : 1.03;
    if (how->decades == 0)
        for (int64_t i = 0; i < invocation->n; i++)
            invocation->samples_ns[i] = invocation->samples_ns[0];
    dlb_invocation_summarise(invocation);
    invocation->gated = noisy;
    invocation->gate_count = 4;
    invocation->gates[2] =
        (struct dlb_gate_value){"frequency", 2.9e9 - 1e7 * (at->index % 7) - (noisy ? 4e8 : 0)};
    invocation->gates[3] =
        (struct dlb_gate_value){"run_queue", noisy ? 0.09 : 0.001 * (at->index % 3)};
    if (noisy)
        strcpy(invocation->gate_reason, "run-queue 9%");
}

static void add_processes(struct dlb_record *record, const struct plot_sample *how,
                          const struct place *at, double median_ns)
{
    const int processes = how->processes > 0 ? how->processes : 3;
    for (int i = 0; i < processes; i++) {
        struct dlb_invocation invocation;
        const double shift = how->decades > 0 ? 1 + 0.003 * (i - 1) : 1;
        const int second = (at->index * processes + i) % 3600;
        sample_invocation(&invocation, i, how->samples > 0 ? how->samples : 40, median_ns * shift,
                          (uint64_t)at->index * 16 + (uint64_t)i + 1);
        invocation.order = at->index + (int64_t)1000 * i;
        snprintf(invocation.t_start_utc, sizeof invocation.t_start_utc, "2026-11-23T06:%02d:%02dZ",
                 second / 60, second % 60);
        disturb(&invocation, how, at);
        assert_int_equal(dlb_record_add_invocation(record, &invocation), DLB_OK);
    }
    dlb_record_summarise(record);
    if (how->noisy && at->index % 5 == 2)
        dlb_record_flag(record, "noisy");
}

/* ---- records ---- */

static void be_missing(struct dlb_record *record)
{
    for (int i = 0; i < record->invocation_count; i++)
        dlb_invocation_free(&record->invocations[i]);
    free(record->invocations);
    record->invocations = NULL;
    record->invocation_count = 0;
    dlb_record_summarise(record);
    record->status = DLB_UNSUPPORTED;
    strcpy(record->status_reason, "this library has no such product");
}

static void be_modelled(struct dlb_record *record, double median_ns)
{
    struct dlb_invocation invocation;
    sample_invocation(&invocation, 0, 1, median_ns, 1);
    strcpy(record->evidence, "modelled");
    dlb_record_flag(record, "modelled");
    assert_int_equal(dlb_record_add_invocation(record, &invocation), DLB_OK);
    dlb_record_summarise(record);
}

static void add_case(struct dlb_result *result, const struct plot_sample *how,
                     const struct place *at)
{
    struct dlb_record record;
    char key[68];
    char problem[256];
    char label[128];
    const int size = 64 + 8 * at->problem;
    device_key(how, at->device, key, sizeof key);
    if (at->batch > 0)
        snprintf(problem, sizeof problem, "lenet:batch=%d,dtype=%s", at->batch, dtypes[at->dtype]);
    else
        snprintf(problem, sizeof problem, "gemm:m=%d,n=512,k=512,dtype=%s", size,
                 dtypes[at->dtype]);
    if (how->label != NULL)
        snprintf(label, sizeof label, "%.100s %d", how->label, at->problem);
    else if (at->batch > 0)
        snprintf(label, sizeof label, "lenet batch=%d", at->batch);
    else
        snprintf(label, sizeof label, "gemm m%d n512 k512", size);
    sample_record(&record, problem, label, key, 1, 0);
    record.threads = at->threads;
    record.batch = at->batch > 0 ? at->batch : 1;
    record.items = (double)record.batch;
    record.ops = 2.0 * size * 512 * 512 * (at->batch > 0 ? sqrt(at->batch) : 1);
    record.bytes = 4.0 * (size * 512.0 * 2 + 512 * 512) / (1 + at->dtype);
    const double median_ns = time_of(how, at, record.ops);
    if (how->modelled && at->device == how->devices - 1)
        be_modelled(&record, median_ns);
    else
        add_processes(&record, how, at, median_ns);
    if (how->missing && at->device == 1 && at->index % 4 == 1)
        be_missing(&record);
    assert_int_equal(dlb_result_add(result, &record), DLB_OK);
}

static void add_cases(struct dlb_result *result, const struct plot_sample *how)
{
    struct place at = {.index = 0};
    const int counts = how->thread_counts > 0 ? how->thread_counts : 1;
    for (at.problem = 0; at.problem < how->problems; at.problem++)
        for (at.dtype = 0; at.dtype < (how->dtypes > 0 ? how->dtypes : 1); at.dtype++)
            for (at.device = 0; at.device < how->devices; at.device++)
                for (int t = 0; t < counts; t++, at.index++) {
                    at.threads = how->thread_counts > 0 ? 1 << t : 2;
                    add_case(result, how, &at);
                }
    at.problem = 0;
    at.dtype = 0;
    at.threads = 2;
    for (at.device = 0; at.device < how->devices; at.device++)
        for (int b = 0; b < how->batches; b++, at.index++) {
            at.batch = 1 << (2 * b);
            add_case(result, how, &at);
        }
}

/* ---- devices ---- */

static void add_roof(struct dlb_roofs *roofs, enum dlb_roof_kind kind, const char *what,
                     double value, double datasheet)
{
    struct dlb_roof roof = {.kind = kind,
                            .ceiling = true,
                            .threads = 2,
                            .size_bytes = 1 << 20,
                            .value = value,
                            .lo = 0.99 * value,
                            .hi = 1.01 * value,
                            .datasheet = datasheet};
    snprintf(roof.name, sizeof roof.name, "%s", what);
    if (kind == DLB_ROOF_COMPUTE) {
        snprintf(roof.dtype, sizeof roof.dtype, "%.7s", what);
        strcpy(roof.data, "random");
    } else {
        snprintf(roof.level, sizeof roof.level, "%.11s", what);
        strcpy(roof.pattern, "read");
    }
    assert_int_equal(dlb_roofs_add(roofs, &roof), DLB_OK);
}

static json_t *roofs_of(const char *key, int device)
{
    struct dlb_roofs roofs = {.as_of = "2026-11-23T06:00:00Z", .evidence = "measured"};
    const double scale = pow(0.6, device);
    snprintf(roofs.device, sizeof roofs.device, "%s", key);
    add_roof(&roofs, DLB_ROOF_COMPUTE, "f32", 4.3e11 * scale, 4.7e11 * scale);
    add_roof(&roofs, DLB_ROOF_COMPUTE, "bf16", 6.24e12 * scale, NAN);
    add_roof(&roofs, DLB_ROOF_COMPUTE, "s8", 1.25e13 * scale, NAN);
    add_roof(&roofs, DLB_ROOF_BANDWIDTH, "L1", 5.2e11, NAN);
    add_roof(&roofs, DLB_ROOF_BANDWIDTH, "L2", 2.4e11, NAN);
    add_roof(&roofs, DLB_ROOF_BANDWIDTH, "L3", 5.8e10, NAN);
    add_roof(&roofs, DLB_ROOF_BANDWIDTH, "memory", 2.4e10, 3e10);
    json_t *json = dlb_roofs_to_json(&roofs);
    dlb_roofs_free(&roofs);
    assert_non_null(json);
    return json;
}

static void add_devices(struct dlb_result *result, const struct plot_sample *how)
{
    result->devices = json_array();
    for (int i = 0; i < how->devices; i++) {
        char key[68];
        device_key(how, i, key, sizeof key);
        json_t *device = json_pack("{s:o, s:s, s:s, s:s}", "key",
                                   json_stringn_nocheck(key, strlen(key)), "kind", "cpu", "status",
                                   "ok", "name", i < 3 ? "AMD EPYC 9R14" : "Another Processor 7");
        if (how->roofs)
            json_object_set_new(device, "measured", roofs_of(key, i));
        json_array_append_new(result->devices, device);
    }
    if (how->missing)
        json_array_append_new(result->devices,
                              json_pack("{s:s, s:s, s:s}", "key", "cuda:0", "status", "unavailable",
                                        "reason", "libcudart.so.12 not found"));
}

void plot_sample_result(const struct plot_sample *how, struct dlb_result *result)
{
    dlb_result_init(result);
    strcpy(result->run_id, "3f0c2a52-8a3e-4c5e-9a55-0123456789ab");
    strcpy(result->created_utc, "2026-11-23T06:25:01Z");
    strcpy(result->suite, "made up");
    result->seed = 4711;
    result->complete = true;
    result->tool = json_pack("{s:s, s:s}", "version", "0.1.0", "git", "d1c9899");
    result->host = json_pack("{s:s, s:s}", "id_hash", "0123456789abcdef", "cpu_model", "AMD EPYC");
    result->command = json_pack("[s, s]", "dlbench", "run");
    result->settings = json_object();
    add_devices(result, how);
    add_cases(result, how);
}
