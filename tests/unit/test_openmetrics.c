/* test_openmetrics.c: the results of a run as OpenMetrics text, against a recorded page; hostile names. The grammar is tests/cli/ci_formats.py's.
 *
 * DLBENCH_RECORD=1 writes the page anew, to be looked at before it is committed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/text.h"
#include "reports/report.h"
#include "tests/unit/store_sample.h"

#define RECORDED "tests/recordings/reports/run-openmetrics.txt"

static char *render(const struct dlb_result *result)
{
    char *text = NULL;
    size_t size = 0;
    struct dlb_why why = {""};
    const struct dlb_report_options options = {.unicode = true};
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    assert_int_equal(dlb_report_find("openmetrics")->write(result, &options, stream, &why), DLB_OK);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static void the_page_is_as_recorded(void **state)
{
    (void)state;
    struct dlb_result result;
    sample_full_result(&result);
    char *text = render(&result);
    FILE *file = fopen(RECORDED, getenv("DLBENCH_RECORD") != NULL ? "w+" : "r");
    assert_non_null(file);
    if (getenv("DLBENCH_RECORD") != NULL) {
        fputs(text, file);
        rewind(file);
    }
    char *recorded = calloc(1, strlen(text) + 1000);
    assert_non_null(recorded);
    assert_true(fread(recorded, 1, strlen(text) + 999, file) > 0);
    fclose(file);
    assert_string_equal(text, recorded);
    free(recorded);
    free(text);
    dlb_result_free(&result);
}

/* A process that was noisy, where others were not, is not told: the median is without it. */
static void processes_are_those_that_count(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_record record;
    dlb_result_init(&result);
    sample_record(&record, "gemm:m=8", "gemm m8", "onednn:0", 1e6, 3);
    record.invocations[1].gated = true;
    assert_int_equal(dlb_result_add(&result, &record), DLB_OK);
    char *text = render(&result);
    const char *line = strstr(text, "\ndlbench_case_processes{");
    assert_non_null(line);
    assert_int_equal(strncmp(strstr(line, "} "), "} 2\n", 4), 0);
    free(text);
    dlb_result_free(&result);
}

/* What a datasheet bounds is not what a meter tells. */
static void a_bound_is_no_measurement(void **state)
{
    (void)state;
    struct dlb_result result;
    sample_full_result(&result);
    int metered = 0;
    for (int i = 0; i < result.record_count; i++) {
        struct dlb_energy *energy = &result.records[i].energy;
        metered += dlb_energy_is_metered(energy);
        if (dlb_energy_is_metered(energy))
            strcpy(energy->method, "tdp_bound");
    }
    char *text = render(&result);
    assert_true(metered > 0);
    assert_null(strstr(text, "\ndlbench_case_item_joules{"));
    assert_non_null(strstr(text, "\ndlbench_case_item_bound_joules{"));
    free(text);
    dlb_result_free(&result);
}

/* Lines stay lines, and quotes and backslashes stay inside of their label. */
static void hostile_names_stay_labels(void **state)
{
    (void)state;
    struct dlb_result result;
    sample_result(&result);
    strcpy(result.suite, "a\"b\\c\nd} 1");
    strcpy(result.records[0].key, "x\"} 7\n# EOF\n\xE2\x80\xAE\xff");
    char *text = render(&result);
    assert_true(dlb_text_is_utf8(text));
    assert_non_null(strstr(text, "suite=\"a\\\"b\\\\c?d} 1\""));
    assert_non_null(strstr(text, "case=\"x\\\"} 7?# EOF???\""));
    assert_string_equal(strstr(text, "\n# EOF"), "\n# EOF\n");
    free(text);
    dlb_result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_is_as_recorded),
        cmocka_unit_test(processes_are_those_that_count),
        cmocka_unit_test(a_bound_is_no_measurement),
        cmocka_unit_test(hostile_names_stay_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
