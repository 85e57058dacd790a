/* store_sample.c: see store_sample.h. Numbers are drawn from fixed seeds, so that golden outputs can be compared. */
#include "tests/unit/store_sample.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/random.h"

void sample_invocation(struct dlb_invocation *invocation, int index, int64_t n, double median_ns,
                       uint64_t seed)
{
    struct dlb_random random;
    dlb_random_seed(&random, seed);
    *invocation = (struct dlb_invocation){
        .index = index,
        .order = 10 * index + (int64_t)(seed % 10),
        .t_start_utc = "2026-11-23T06:25:01Z",
        .k = 8,
        .n = n,
        .steady = true,
        .stop_reason = "precision",
        .load_ns = 2.1e7,
        .prepare_ns = 1.5e6,
        .first_call_ns = 3 * median_ns,
        .peak_mem_bytes = 64 << 20,
        .gate_count = 3,
        .gates = {{"involuntary_switches", 1}, {"steal", NAN}, {"frequency", 2.9e9}},
    };
    invocation->samples_ns = calloc((size_t)n + 1, sizeof(double));
    assert_non_null(invocation->samples_ns);
    for (int64_t i = 0; i < n; i++)
        invocation->samples_ns[i] = median_ns * (1 + 0.004 * dlb_random_normal(&random));
    dlb_invocation_summarise(invocation);
    invocation->host_median_ns = invocation->median_ns;
}

void sample_record(struct dlb_record *record, const char *problem, const char *label,
                   const char *device, double median_ns, int invocations)
{
    *record = (struct dlb_record){
        .version_hash = "00c0ffee00c0ffee",
        .origin = "made up",
        .layout = "plain",
        .direction = "forward",
        .implementation = "made_up:avx2",
        .mode = "throughput",
        .cache_state = "warm",
        .data = "random",
        .evidence = "measured",
        .threads = strcmp(device, "reference:0") == 0 ? 1 : 2, /* plain loops know no threads */
        .batch = 1,
        .ops = 2.0 * 512 * 512 * 512,
        .bytes = 3.0 * 4 * 512 * 512,
        .items = 1,
        .working_set_bytes = 3.0 * 4 * 512 * 512,
        .cache_sets = 1,
        .occurrences = 1,
        .verified = {true, true, "projection", 1.2e-5, 3.4e-7, 2e-6},
        .params = json_pack("{s:i, s:f, s:s}", "m", 512, "alpha", 1.0, "ta", "n"),
    };
    const char *dtype = strstr(problem, "dtype=");
    snprintf(record->dtype, sizeof record->dtype, "%s", dtype != NULL ? dtype + 6 : "f32");
    snprintf(record->workload, sizeof record->workload, "%.*s", (int)strcspn(problem, ":"),
             problem);
    snprintf(record->problem, sizeof record->problem, "%s", problem);
    snprintf(record->label, sizeof record->label, "%s", label);
    snprintf(record->device, sizeof record->device, "%s", device);
    snprintf(record->key, sizeof record->key, "%s@%s/t%d/throughput/warm/random", problem, device,
             record->threads);
    const uint64_t hash = dlb_hash_text(record->key);
    snprintf(record->key_hash, sizeof record->key_hash, "%016llx", (unsigned long long)hash);
    for (int i = 0; i < invocations; i++) {
        struct dlb_invocation invocation;
        const double shift = 1 + 0.002 * (i - 1);
        sample_invocation(&invocation, i, 30 + 15 * i, median_ns * shift, hash + (uint64_t)i);
        assert_int_equal(dlb_record_add_invocation(record, &invocation), DLB_OK);
    }
    dlb_record_summarise(record);
}

static void add(struct dlb_result *result, struct dlb_record *record)
{
    assert_int_equal(dlb_result_add(result, record), DLB_OK);
}

static void add_outcome(struct dlb_result *result, const char *problem, const char *label,
                        const char *device, enum dlb_status status, const char *reason)
{
    struct dlb_record record;
    sample_record(&record, problem, label, device, 1e6, 0);
    record.status = status;
    record.evidence[0] = '\0';
    record.implementation[0] = '\0';
    record.verified =
        (struct dlb_verification){.max_abs_err = NAN, .max_rel_err = NAN, .tolerance = NAN};
    snprintf(record.status_reason, sizeof record.status_reason, "%s", reason);
    add(result, &record);
}

static json_t *device(const char *key, const char *backend, const char *runtime)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:n, s:{s:f}, s:s, s:s}", "key", key, "kind",
                     "cpu", "backend", backend, "status", "ok", "name", "AMD EPYC 9R14", "runtime",
                     runtime, "mem_bytes", "peak_ops_per_s", "f32", 2.36e11, "time_source", "host",
                     "evidence", "measured");
}

static void describe(struct dlb_result *result)
{
    strcpy(result->run_id, "3f0c2a52-8a3e-4c5e-9a55-0123456789ab");
    strcpy(result->created_utc, "2026-11-23T06:25:01Z");
    strcpy(result->suite, "quick");
    result->seed = 4711;
    result->duration_s = 108.25;
    result->complete = true;
    result->tool = json_pack("{s:s, s:s, s:s, s:s, s:[s,s,s]}", "version", "0.1.0", "git",
                             "d1c9899", "compiler", "gcc 12.2.0", "flags", "-O2", "backends",
                             "onednn", "openblas", "reference");
    result->host =
        json_pack("{s:s, s:s, s:i, s:i, s:i, s:I, s:s, s:n, s:[{s:s, s:f, s:f}]}", "id_hash",
                  "0123456789abcdef", "cpu_model", "AMD EPYC 9R14", "sockets", 1, "cores", 2,
                  "threads", 2, "ram_bytes", (json_int_t)4 << 30, "virt", "kvm", "governor",
                  "timer", "clock", "CLOCK_MONOTONIC_RAW", "step_ns", 15.0, "overhead_ns", 18.0);
    result->command = json_pack("[s, s, s, s]", "dlbench", "run", "--device", "all");
    result->settings = json_pack("{s:f, s:i}", "precision", 0.01, "invocations", 3);
    result->devices =
        json_pack("[o, o, o, {s:s, s:s, s:s, s:s, s:s}]",
                  device("onednn:0", "onednn", "oneDNN 3.2.0 (gomp, avx512_core_bf16)"),
                  device("openblas:0", "openblas", "OpenBLAS 0.3.21 (SkylakeX, openmp)"),
                  device("reference:0", "reference", "plain loops"), "key", "opencl:0", "kind",
                  "gpu", "backend", "opencl", "status", "unavailable", "reason",
                  "libOpenCL.so.1 not found: install an ICD loader (ocl-icd-libopencl1)");
}

static void add_gemms(struct dlb_result *result)
{
    static const struct {
        const char *problem, *label, *device;
        double median_ns;
        int invocations;
    } rows[] = {
        {"gemm:m=512,n=512,k=512,dtype=f32", "gemm m512 n512 k512", "reference:0", 1.61e8, 1},
        {"gemm:m=512,n=512,k=512,dtype=f32", "gemm m512 n512 k512", "openblas:0", 1.611e6, 3},
        {"gemm:m=512,n=512,k=512,dtype=f32", "gemm m512 n512 k512", "onednn:0", 1.284e6, 3},
        {"gemm:m=35,n=700,k=2048,dtype=f32", "gemm m35 n700 k2048", "onednn:0", 8.21e5, 8},
        {"gemm:m=35,n=700,k=2048,dtype=f32", "gemm m35 n700 k2048", "openblas:0", 7.9e5, 8},
        {"gemm:m=512,n=512,k=512,dtype=bf16", "gemm m512 n512 k512 bf16", "onednn:0", 4.4e5, 3},
        {"gemm:m=512,n=512,k=512,dtype=u8", "gemm m512 n512 k512 u8", "onednn:0", 2.2e5, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_record record;
        sample_record(&record, rows[i].problem, rows[i].label, rows[i].device, rows[i].median_ns,
                      rows[i].invocations);
        if (i == 1) {
            record.invocations[2].gated = true;
            strcpy(record.invocations[2].gate_reason, "run-queue 6%");
            dlb_record_summarise(&record);
        }
        add(result, &record);
    }
}

static void add_networks(struct dlb_result *result)
{
    static const char *const devices[] = {"openblas:0", "onednn:0"};
    static const char conv[] = "conv:n=16,c=64,h=56,w=56,k=64,r=3,s=3,pad=1,dtype=f32";
    static const char conv_label[] = "conv n16 c64 h56 w56 k64 r3 s3 pad=1";
    for (int i = 0; i < 2; i++) {
        struct dlb_record record;
        sample_record(&record, conv, conv_label, devices[i], 3.1e7 - 6e6 * i, 3);
        record.ops = 2.0 * 16 * 64 * 56 * 56 * 64 * 9;
        for (int j = 0; j < 3 && i == 0; j++)
            record.invocations[j].gated = true;
        dlb_record_summarise(&record);
        if (i == 1)
            dlb_record_flag(&record, "reference_kernel");
        if (i == 0)
            dlb_record_flag(&record, "unsteady");
        add(result, &record);
        sample_record(&record, "lenet:batch=64,dtype=f32", "lenet batch=64", devices[i],
                      5.2e6 - 2e6 * i, 3);
        record.batch = 64;
        record.items = 64;
        dlb_record_summarise(&record);
        add(result, &record);
    }
    struct dlb_record model;
    sample_record(&model, conv, conv_label, "systolic:0", 2.9e6, 0);
    strcpy(model.evidence, "modelled");
    dlb_record_flag(&model, "modelled");
    struct dlb_invocation invocation;
    sample_invocation(&invocation, 0, 1, 2.9e6, 1);
    assert_int_equal(dlb_record_add_invocation(&model, &invocation), DLB_OK);
    dlb_record_summarise(&model);
    add(result, &model);
}

static void add_outcomes(struct dlb_result *result)
{
    static const char lenet[] = "lenet:batch=64,dtype=f32";
    add_outcome(result, "gemm:m=512,n=512,k=512,dtype=bf16", "gemm m512 n512 k512 bf16",
                "openblas:0", DLB_UNSUPPORTED, "this CBLAS has no bf16 GEMM (cblas_sbgemm)");
    add_outcome(result, "gemm:m=64,n=64,k=64,dtype=bf16", "gemm m64 n64 k64 bf16", "openblas:0",
                DLB_UNSUPPORTED, "this CBLAS has no bf16 GEMM (cblas_sbgemm)");
    add_outcome(result, lenet, "lenet batch=64", "reference:0", DLB_SKIPPED,
                "would take 43.1 s, the case's budget is 10 s");
    add_outcome(result, "conv:n=16,c=64,h=56,w=56,k=64,r=3,s=3,pad=1,dtype=f32",
                "conv n16 c64 h56 w56 k64 r3 s3 pad=1", "reference:0", DLB_SKIPPED,
                "would take 97 s, the case's budget is 10 s");
    add_outcome(result, "gemm:m=64,n=64,k=64,dtype=bf16", "gemm m64 n64 k64 bf16", "onednn:0",
                DLB_CRASHED, "SIGSEGV in prepare");
    add_outcome(result, "gemm:m=9,n=9,k=9,dtype=f32", "gemm m9 n9 k9", "onednn:0", DLB_WRONG,
                "before timing: element 7 is 1.5, wanted 1.25 (tolerance 1e-6)");
    result->records[result->record_count - 1].verified =
        (struct dlb_verification){true, false, "full", 0.25, 0.2, 1e-6};
}

void sample_result(struct dlb_result *result)
{
    dlb_result_init(result);
    describe(result);
    add_gemms(result);
    add_networks(result);
    add_outcomes(result);
}

/* ---- beside the times ---- */

static void set_value(struct dlb_count_value *value, const char *name, const char *event,
                      double number, const char *reason)
{
    snprintf(value->name, sizeof value->name, "%s", name);
    snprintf(value->event, sizeof value->event, "%s", event);
    snprintf(value->reason, sizeof value->reason, "%s", reason);
    value->value = number;
}

void sample_beside(struct dlb_record *record, double joules)
{
    for (int i = 0; i < record->invocation_count; i++) {
        struct dlb_energy *energy = &record->invocations[i].energy;
        dlb_energy_reset(energy);
        strcpy(energy->method, "rapl");
        strcpy(energy->scope, "package_dram");
        energy->executions = 1000;
        energy->window_s = 1e-6 * record->invocations[i].median_ns;
        energy->energy_j = 1000 * joules * (1 + 0.01 * (i - 1));
        energy->idle_power_w = 0.25 * energy->energy_j / energy->window_s;
        energy->uncertainty_rel = 0.02;
        dlb_energy_derive(energy, record->items);
    }
    record->counting = (struct dlb_counting){
        .taken = true, .source = "PAPI 7.0.0", .executions = 24, .passes = 2, .pass_ns = 1.3e6};
    struct dlb_counting *counting = &record->counting;
    set_value(&counting->values[0], "cycles", "PAPI_TOT_CYC", 4e6, "");
    set_value(&counting->values[1], "instructions", "PAPI_TOT_INS", 1e7, "");
    set_value(&counting->values[2], "task_clock", "perf::TASK-CLOCK", 2e6, "");
    set_value(&counting->values[3], "l3_miss", "", NAN, "this processor has no such event");
    counting->count = 4;
    dlb_counting_derive(counting, record->ops, record->bytes);
    dlb_record_summarise(record);
    const struct dlb_price price = {.price_hour = 2.5,
                                    .currency = "USD",
                                    .as_of = "2025-03-01",
                                    .basis = "catalogue: on demand",
                                    .price_kwh = 0.3,
                                    .pue = 1.2};
    dlb_cost_compute(&record->cost, &price, record->summary.items_per_s,
                     record->energy.avg_power_w);
}

void sample_roofs(struct dlb_roofs *roofs, const char *device)
{
    static const struct dlb_roof rows[] = {
        {DLB_ROOF_COMPUTE, "f32 AVX2 FMA", "f32", "", "", "random", true, 2, 0, 2e11, 1.9e11,
         2.1e11, NAN},
        {DLB_ROOF_COMPUTE, "f32 AVX-512 FMA", "f32", "", "", "random", true, 2, 0, 4e11, 3.9e11,
         4.1e11, 4.2e11},
        {DLB_ROOF_COMPUTE, "f32 AVX-512 FMA, zeros", "f32", "", "", "zeros", false, 2, 0, 5e11,
         5e11, 5e11, NAN},
        {DLB_ROOF_COMPUTE, "bf16 AMX", "bf16", "", "", "random", true, 2, 0, 6e12, 6e12, 6e12, NAN},
        {DLB_ROOF_COMPUTE, "s8 AMX", "s8", "", "", "random", true, 2, 0, 1.2e13, 1e13, 1.2e13, NAN},
        {DLB_ROOF_BANDWIDTH, "L1 read", "", "L1", "read", "", true, 2, 32768, 8e11, 8e11, 8e11,
         NAN},
        {DLB_ROOF_BANDWIDTH, "L2 read", "", "L2", "read", "", true, 2, 1e6, 2e11, 2e11, 2e11, NAN},
        {DLB_ROOF_BANDWIDTH, "L3 read", "", "L3", "read", "", true, 2, 2e7, 5e10, 5e10, 5e10, NAN},
        {DLB_ROOF_BANDWIDTH, "memory copy", "", "memory", "copy", "", true, 2, 1e9, 1.6e10, 1.5e10,
         1.7e10, NAN},
        {DLB_ROOF_BANDWIDTH, "memory triad", "", "memory", "triad", "", true, 2, 1e9, 2e10, 2e10,
         2e10, 2.5e10},
        {DLB_ROOF_LATENCY, "memory latency", "", "memory", "", "", true, 1, 1e9, 105, 100, 110,
         NAN},
        {DLB_ROOF_LAUNCH, "launch", "", "", "", "", true, 0, 0, 900, 800, 1000, NAN},
    };
    *roofs = (struct dlb_roofs){.identity = "AMD EPYC 9R14, oneDNN 3.2.0",
                                .as_of = "2026-11-23T06:00:00Z",
                                .evidence = "measured",
                                .level_bytes = {48 << 10, 2 << 20, 32 << 20, INT64_C(4) << 30}};
    snprintf(roofs->device, sizeof roofs->device, "%s", device);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(dlb_roofs_add(roofs, &rows[i]), DLB_OK);
}

/* What becomes of the energy of a device without a meter, or with a datasheet only. */
static void other_energy(struct dlb_record *record, bool bound)
{
    for (int i = 0; i < record->invocation_count; i++) {
        struct dlb_energy *energy = &record->invocations[i].energy;
        dlb_energy_reset(energy);
        strcpy(energy->method, bound ? "tdp_bound" : "none");
        strcpy(energy->reason, bound ? "" : "no permission to read energy_uj: run as root");
        energy->window_s = bound ? 1 : (double)NAN;
        energy->energy_j = bound ? 150 : (double)NAN;
        energy->executions = 1e9 / record->invocations[i].median_ns;
        dlb_energy_derive(energy, record->items);
    }
    dlb_record_summarise(record);
}

void sample_full_result(struct dlb_result *result)
{
    struct dlb_roofs roofs;
    sample_result(result);
    sample_roofs(&roofs, "onednn:0");
    for (int i = 0; i < result->record_count; i++) {
        struct dlb_record *record = &result->records[i];
        if (strcmp(record->device, "onednn:0") == 0 && record->status == DLB_OK)
            sample_beside(record, 1e-9 * record->summary.median_ns * 140);
        else
            other_energy(record, strcmp(record->device, "openblas:0") == 0);
        dlb_roofs_apply(&roofs, record);
    }
    dlb_record_flag(&result->records[2], "multiplexed");
    result->records[2].counting.multiplexed = true;
    assert_int_equal(json_object_set_new(json_array_get(result->devices, 0), "measured",
                                         dlb_roofs_to_json(&roofs)),
                     0);
    dlb_roofs_free(&roofs);
}

void sample_make_folder(char *folder, size_t size)
{
    const char *parent = getenv("TMPDIR");
    snprintf(folder, size, "%s/dlbench-store-XXXXXX", parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(folder));
}

void sample_remove_folder(const char *folder)
{
    char command[512];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}
