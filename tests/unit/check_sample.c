/* check_sample.c: see check_sample.h. No randomness: golden outputs are made from it. */
#include "tests/unit/check_sample.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/compiler.h"
#include "tests/unit/store_sample.h"

static void add_pairs(struct dlb_verdict_row *row)
{
    const int count = row->r1 + row->r2 + 1; /* one was gated */
    row->pairs = calloc((size_t)count, sizeof *row->pairs);
    assert_non_null(row->pairs);
    row->pair_count = count;
    for (int i = 0; i < count; i++)
        row->pairs[i] = (struct dlb_pair){.a_ns = row->median_a_ns * (1 + 0.001 * (i % 3 - 1)),
                                          .b_ns = row->median_b_ns * (1 + 0.001 * (i % 5 - 2)),
                                          .stage = i <= row->r1 ? 1 : 2,
                                          .b_first = i % 2 == 1,
                                          .kept = i != 3};
}

void sample_verdict(struct dlb_verdict_row *row, const char *problem, enum dlb_verdict verdict,
                    double effect)
{
    *row = (struct dlb_verdict_row){.verdict = verdict,
                                    .mode = "paired",
                                    .device = "onednn:0",
                                    .effect = effect,
                                    .ci_lo = effect - 0.012,
                                    .ci_hi = effect + 0.014,
                                    .p = 0.0002,
                                    .p_holm = NAN,
                                    .stage = 1,
                                    .r1 = 10,
                                    .sd_pair = 0.011,
                                    .mde90 = 0.021,
                                    .tolerance = 0.03,
                                    .rejected_b = 1,
                                    .median_a_ns = 2e6,
                                    .median_b_ns = 2e6 * (1 + effect)};
    snprintf(row->key, sizeof row->key, "%s@onednn:0/t2/throughput/warm/random", problem);
    snprintf(row->label, sizeof row->label, "%s", problem);
    if (fabs(effect) >= 0.02) {
        row->stage = 2;
        row->r2 = 14;
        row->p_holm = 0.0006;
    }
    add_pairs(row);
}

/* A case without pairs: why it has none. */
static void without_numbers(struct dlb_verdict_row *row, const char *reason)
{
    free(row->pairs);
    row->pairs = NULL;
    row->pair_count = row->r1 = row->r2 = row->stage = row->rejected_b = 0;
    row->effect = row->ci_lo = row->ci_hi = row->p = row->p_holm = NAN;
    row->sd_pair = row->mde90 = row->median_a_ns = row->median_b_ns = NAN;
    snprintf(row->reason, sizeof row->reason, "%s", reason);
}

static json_t *side(const char *program, const char *version, const char *git)
{
    return json_pack("{s:s, s:n, s:s, s:s, s:i}", "program", program, "backends", "version",
                     version, "git", git, "protocol", 1);
}

static void describe(struct dlb_result *result)
{
    strcpy(result->run_id, "3f0c2a52-8a3e-4c5e-9a55-0123456789ab");
    strcpy(result->created_utc, "2026-11-23T06:25:01Z");
    strcpy(result->suite, "ci");
    strcpy(result->reason, "1 case failed");
    result->seed = 4711;
    result->duration_s = 212.5;
    result->exit_code = 3;
    result->complete = true;
    result->tool = json_pack("{s:s, s:s}", "version", "0.2.0", "git", "d1c9899");
    result->host = json_pack("{s:s, s:s, s:i, s:i}", "id_hash", "0123456789abcdef", "cpu_model",
                             "AMD EPYC 9R14", "cores", 2, "threads", 2);
    result->command = json_pack("[s, s, s, s, s, s]", "dlbench", "check", "--a", "old/dlbench",
                                "--b", "new/dlbench");
    result->check = json_pack("{s:s, s:o, s:o, s:{s:f, s:f, s:f, s:i}, s:f}", "mode", "paired", "a",
                              side("old/dlbench", "0.1.0", "a44a41d"), "b",
                              side("new/dlbench", "0.2.0", "d1c9899"), "rule", "tolerance", 0.03,
                              "rated", 0.05, "alpha", 0.01, "first_pairs", 10, "budget_s", 600.0);
}

void sample_check(struct dlb_result *result)
{
    static const struct {
        const char *problem;
        enum dlb_verdict verdict;
        double effect;
        const char *reason; /* of a case without numbers */
    } rows[] = {
        {"gemm m64 n64 k64", DLB_VERDICT_PASS, 0.002, NULL},
        {"gemm m512 n512 k512", DLB_VERDICT_IMPROVED, -0.11, NULL},
        {"conv n1 c64 h56 w56", DLB_VERDICT_REGRESSED, 0.061, NULL},
        {"softmax m64 n4096", DLB_VERDICT_SLOWER_WITHIN_TOLERANCE, 0.024, NULL},
        {"relu n65536", DLB_VERDICT_FASTER_WITHIN_TOLERANCE, -0.022, NULL},
        {"lstm h512 t16", DLB_VERDICT_INCONCLUSIVE, 0.018, NULL},
        {"gemm m35 n700 k2048", DLB_VERDICT_REGRESSED, 0.142, NULL},
        {"pool n8 c64", DLB_VERDICT_INCOMPARABLE, 0,
         "the workload's version differs: 00c0ffee in A, 0badcafe in B"},
        {"conv n1 c3 h224", DLB_VERDICT_MISSING, 0, "B does not know this case"},
        {"gemm m1 n4096 k4096", DLB_VERDICT_NEW, 0, "A does not know this case"},
        {"lenet batch=64", DLB_VERDICT_FAILED, 0, "B crashed: SIGSEGV in prepare"},
        {"resnet50 batch=1", DLB_VERDICT_NOT_MEASURED, 0, "the budget of 10 min was over"},
    };
    dlb_result_init(result);
    describe(result);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_verdict_row row;
        struct dlb_record record;
        sample_verdict(&row, rows[i].problem, rows[i].verdict, rows[i].effect);
        if (rows[i].reason != NULL)
            without_numbers(&row, rows[i].reason);
        if (rows[i].verdict == DLB_VERDICT_INCONCLUSIVE) {
            strcpy(row.reason, "the pairs differ too much");
            row.mde90 = 0.083;
        }
        assert_int_equal(dlb_result_add_verdict(result, &row), DLB_OK);
        sample_record(&record, rows[i].problem, rows[i].problem, "onednn:0", 2e6, 1);
        assert_int_equal(dlb_result_add(result, &record), DLB_OK);
    }
}

const char *sample_hostile(int i)
{
    static char long_text[301];
    static const char *const texts[] = {
        "say \"hello\" & it's <gone>",
        "<script>alert(1)</script>",
        "]]><!--x--><testcase name='forged'/>",
        "::error::forged",
        "first\n::error::forged\r\nthird",
        "a | b `c` *d* _e_ [f](http://g) @everyone #1",
        "\xD7\xA9\xD7\x9C\xE2\x80\xAE txet", /* Hebrew, and an override of the direction */
        "fast \xF0\x9F\x9A\x80 \xC2\xB5s \xE2\x9C\x93", /* emoji and signs */
        "bad \xFF and \xED\xA0\x80 bytes",              /* no UTF-8, and half a surrogate pair */
        "tab\there\x01\x1b[31mred\x7f",
        "C:\\path\\n\"}{label=\"x\"",
        "%0A%25, key:value",
        "##[error]forged</details></table>${IFS}$(id)",
    };
    if (i < (int)DLB_ARRAY_COUNT(texts))
        return texts[i];
    memset(long_text, 'L', sizeof long_text - 1);
    return long_text;
}

/* As a hostile program would fill a field: to the last byte, wherever that cuts a character. */
static void fill(char *field, size_t size, const char *text)
{
    const size_t length = strnlen(text, size - 1);
    memcpy(field, text, length);
    field[length] = '\0';
}

void sample_check_hostile(struct dlb_result *result, int i)
{
    const char *text = sample_hostile(i);
    json_t *clean = json_string(text);
    if (clean == NULL) /* no UTF-8: cannot be in a JSON value, but in a struct */
        clean = json_string("clean");
    sample_check(result);
    for (int j = 0; j < result->verdict_count; j++) {
        struct dlb_verdict_row *row = &result->verdicts[j];
        char key[sizeof row->key];
        snprintf(key, sizeof key, "%.300s%d@onednn:0", text, j);
        memcpy(row->key, key, sizeof key);
        fill(row->label, sizeof row->label, text);
        fill(row->device, sizeof row->device, text);
        fill(row->reason, sizeof row->reason, text);
    }
    fill(result->suite, sizeof result->suite, text);
    fill(result->reason, sizeof result->reason, text);
    json_object_set(result->host, "cpu_model", clean);
    json_object_set(json_object_get(result->check, "a"), "program", clean);
    json_object_set(json_object_get(result->check, "b"), "version", clean);
    json_object_set(result->tool, "version", clean);
    json_decref(clean);
}
