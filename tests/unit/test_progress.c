/* test_progress.c: the line of a finished case: how it is numbered, how an interval is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/compiler.h"
#include "bench/cli/progress.h"

/* What is said of a case of 1 us whose interval reaches `half` of it upwards. */
static char *told_of(double half, int64_t retried)
{
    char *text = NULL;
    size_t size = 0;
    struct dlb_progress progress;
    struct dlb_record record = {.status = DLB_OK};
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    const struct dlb_screen screen = {.stream = stream};
    const struct dlb_session_state state = {.done = 3 + retried, .total = 3 + retried};
    snprintf(record.device, sizeof record.device, "fake:0");
    snprintf(record.label, sizeof record.label, "gemm m8 n8 k8");
    record.summary.median_ns = 1000;
    record.summary.ci_lo_ns = 999;
    record.summary.ci_hi_ns = 1000 * (1 + half);
    dlb_progress_open(&progress, &screen, false, "begin");
    progress.cases = 1;
    dlb_progress_finished(&progress, &state, &record);
    dlb_progress_close(&progress);
    fclose(stream);
    return text;
}

static void intervals_as_in_the_table(void **state)
{
    (void)state;
    static const struct {
        double half;
        const char *wanted;
    } cases[] = {{36.16, " +-3616%"}, {0.36, " +-36%"}, {0.016, " +-1.6%"}, {0.062, " +-6.2%"}};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        char *text = told_of(cases[i].half, 0);
        if (strstr(text, cases[i].wanted) == NULL)
            fail_msg("wanted '%s' in '%s'", cases[i].wanted, text);
        free(text);
    }
}

static void cases_are_counted_not_processes(void **state)
{
    (void)state;
    char *text = told_of(0.01, 1);
    assert_non_null(strstr(text, "[ 1/1] fake:0  gemm m8 n8 k8"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_as_in_the_table),
        cmocka_unit_test(cases_are_counted_not_processes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
