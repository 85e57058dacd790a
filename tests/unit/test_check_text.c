/* test_check_text.c: the answer of a check on a screen: order, what is told, what to do, widths, hostile names.
 *
 * The pages are in tests/recordings/reports; DLBENCH_RECORD=1 writes them anew, to be looked at before they are committed. */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/base/text.h"
#include "reports/check_text.h"
#include "reports/check_words.h"
#include "tests/unit/check_sample.h"
#include "tests/unit/store_sample.h"

static char *render(const struct dlb_result *result, int columns, bool color, bool unicode)
{
    char *text = NULL;
    size_t size = 0;
    struct dlb_why why = {""};
    const struct dlb_report_options options = {
        .columns = columns, .color = color, .unicode = unicode};
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    assert_int_equal(dlb_check_text(result, &options, stream, &why), DLB_OK);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static void check_page(const struct dlb_result *result, int columns, const char *name)
{
    char path[256];
    char *page = render(result, columns, false, true);
    snprintf(path, sizeof path, "tests/recordings/reports/%s", name);
    if (getenv("DLBENCH_RECORD") != NULL) {
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        fputs(page, file);
        fclose(file);
    }
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    char *wanted = calloc(1, 65536);
    assert_non_null(wanted);
    assert_true(fread(wanted, 1, 65535, file) > 0);
    fclose(file);
    assert_string_equal(page, wanted);
    free(wanted);
    free(page);
}

static void pages_are_as_recorded(void **state)
{
    (void)state;
    struct dlb_result result;
    sample_check(&result);
    check_page(&result, 120, "check-120.txt");
    check_page(&result, 80, "check-80.txt");
    check_page(&result, 50, "check-50.txt");
    dlb_result_free(&result);
}

/* Columns of the widest line; escape sequences take none. */
static int widest(const char *text)
{
    int most = 0;
    int columns = 0;
    for (size_t i = 0; text[i] != '\0';) {
        if (text[i] == '\033') {
            i += strcspn(text + i, "m") + 1;
            continue;
        }
        columns = text[i] == '\n' ? 0 : columns + 1;
        most = columns > most ? columns : most;
        i += dlb_utf8_length(text + i) > 0 ? dlb_utf8_length(text + i) : 1;
    }
    return most;
}

static void no_line_is_wider_than_the_terminal(void **state)
{
    (void)state;
    for (int i = -1; i < SAMPLE_HOSTILE; i++) {
        struct dlb_result result;
        if (i < 0)
            sample_check(&result);
        else
            sample_check_hostile(&result, i);
        for (int columns = 40; columns < 160; columns += 17) {
            char *page = render(&result, columns, true, true);
            if (widest(page) > columns)
                fail_msg("hostile %d: %d columns on %d:\n%s", i, widest(page), columns, page);
            free(page);
        }
        dlb_result_free(&result);
    }
}

static void hostile_names_move_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLE_HOSTILE; i++) {
        struct dlb_result result;
        sample_check_hostile(&result, i);
        char *page = render(&result, 100, false, true);
        assert_true(dlb_text_is_utf8(page));
        for (const char *c = page; *c != '\0'; c++)
            if ((unsigned char)*c < 0x20 && *c != '\n')
                fail_msg("hostile %d: control character %d", i, *c);
        char *plain = render(&result, 100, false, false);
        for (const char *c = plain; *c != '\0'; c++)
            if ((unsigned char)*c >= 0x7f)
                fail_msg("hostile %d: byte %d without Unicode", i, (unsigned char)*c);
        free(plain);
        free(page);
        dlb_result_free(&result);
    }
}

static void colour_only_repeats_words(void **state)
{
    (void)state;
    struct dlb_result result;
    sample_check(&result);
    char *plain = render(&result, 120, false, true);
    char *colored = render(&result, 120, true, true);
    assert_null(strchr(plain, '\033'));
    assert_non_null(strchr(colored, '\033'));
    size_t at = 0;
    for (size_t i = 0; colored[i] != '\0';) {
        if (colored[i] == '\033')
            i += strcspn(colored + i, "m") + 1;
        else
            colored[at++] = colored[i++];
    }
    colored[at] = '\0';
    assert_string_equal(plain, colored);
    free(plain);
    free(colored);
    dlb_result_free(&result);
}

/* One inconclusive row with this spread, on a check with the default rule. */
static char *inconclusive_page(double sd)
{
    struct dlb_result result;
    struct dlb_verdict_row row;
    dlb_result_init(&result);
    result.complete = true;
    sample_verdict(&row, "gemm:m=8", DLB_VERDICT_INCONCLUSIVE, 0.02);
    row.sd_pair = sd;
    assert_int_equal(dlb_result_add_verdict(&result, &row), DLB_OK);
    char *page = render(&result, 0, false, true);
    dlb_result_free(&result);
    return page;
}

/* What the rule says of a spread is what the page tells to do: sd 4 % takes (1.6 + 1.6)^2 0.04^2 / ln(1.05)^2 in stage 1 (each
 * stage finds it with probability sqrt(0.9)), some seven, with the correction for few pairs more than ten. */
static void advice_follows_from_the_spread(void **state)
{
    (void)state;
    const int pairs = dlb_rule_pairs_needed(&dlb_rule_default, 0.04, 1);
    char wanted[64];
    snprintf(wanted, sizeof wanted, "with --pairs %d a change of 5 %% shows", pairs);
    char *page = inconclusive_page(0.04);
    assert_in_range(pairs, 11, 30);
    assert_non_null(strstr(page, wanted));
    free(page);
    page = inconclusive_page(0.005);
    assert_non_null(strstr(page, "Repeat it with more than 10 --pairs"));
    free(page);
    page = inconclusive_page(0.5);
    assert_non_null(strstr(page, "no number of pairs shows 5 % here"));
    assert_non_null(strstr(page, "dlbench doctor"));
    free(page);
    page = inconclusive_page((double)NAN);
    assert_non_null(strstr(page, "more --pairs or a larger --budget"));
    free(page);
}

/* A page of cases on two devices: `count` of them for each reason. */
static void add_notes(struct dlb_result *result, int count, const char *device, const char *reason)
{
    for (int i = 0; i < count; i++) {
        struct dlb_verdict_row row;
        char problem[32];
        snprintf(problem, sizeof problem, "gemm:m=%d", i + 1);
        sample_verdict(&row, problem, DLB_VERDICT_NOT_MEASURED, (double)NAN);
        row.neither = true;
        snprintf(row.device, sizeof row.device, "%s", device);
        snprintf(row.reason, sizeof row.reason, "%s", reason);
        assert_int_equal(dlb_result_add_verdict(result, &row), DLB_OK);
    }
}

/* What neither side can run is one line a reason, whatever the device, and is counted behind all others. */
static void unsupported_cases_are_a_line_for_each_reason(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_verdict_row row;
    dlb_result_init(&result);
    result.complete = true;
    add_notes(&result, 6, "openblas:0", "no bf16");
    add_notes(&result, 6, "opencl:0", "no bf16");
    add_notes(&result, 1, "opencl:0", "no f16");
    add_notes(&result, 1, "openblas:0", "gemm: s8: it is f32 only (for: ever)");
    add_notes(&result, 2, "openblas:0", "conv: u8: it is f32 only (for: ever)");
    sample_verdict(&row, "gemm:m=8", DLB_VERDICT_PASS, 0.001);
    assert_int_equal(dlb_result_add_verdict(&result, &row), DLB_OK);
    char *page = render(&result, 0, false, true);
    assert_non_null(strstr(page, "unsupported on openblas:0, opencl:0: gemm:m=1, gemm:m=2, "
                                 "gemm:m=3, gemm:m=4 and 2 more: no bf16\n"));
    assert_non_null(strstr(page, "unsupported on opencl:0: gemm:m=1: no f16\n"));
    assert_non_null(strstr(
        page, "unsupported on openblas:0: gemm:m=1, gemm:m=2: it is f32 only (for: ever)\n"));
    assert_non_null(strstr(page, "no regression found: 1 pass, 16 unsupported of 17 cases\n"));
    free(page);
    dlb_result_free(&result);
}

/* Stopped before a case was settled: that is no answer, in the text and in every other output. */
static void a_check_that_decided_nothing_found_nothing_out(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_verdict_row row;
    dlb_result_init(&result);
    sample_verdict(&row, "gemm:m=8", DLB_VERDICT_INCONCLUSIVE, 0.001);
    assert_int_equal(dlb_result_add_verdict(&result, &row), DLB_OK);
    for (int complete = 0; complete < 2; complete++) {
        result.complete = complete != 0;
        const char *words = complete != 0 ? "no regression found" : "nothing was decided";
        struct dlb_text answer = {0};
        dlb_check_answer(&result, &answer);
        assert_true(strncmp(answer.data, words, strlen(words)) == 0);
        dlb_text_free(&answer);
        char *page = render(&result, 0, false, true);
        assert_non_null(strstr(page, words));
        free(page);
    }
    dlb_result_free(&result);
}

/* Figures stand beside their case, below it, or in a sentence, as the terminal is wide. */
static void narrow_terminals_get_other_layouts(void **state)
{
    (void)state;
    struct dlb_result result;
    sample_check(&result);
    char *wide = render(&result, 120, false, true);
    char *middle = render(&result, 80, false, true);
    char *narrow = render(&result, 60, false, true);
    assert_non_null(strstr(wide, "\npass                     gemm m64 n64 k64     onednn:0"));
    assert_non_null(strstr(middle, "\ngemm m64 n64 k64 on onednn:0\n  pass  "));
    assert_non_null(strstr(narrow, "\npass: gemm m64 n64 k64 on onednn:0\n    0.2 % slower"));
    free(wide);
    free(middle);
    free(narrow);
    dlb_result_free(&result);
}

/* Many cases that were not measured for one reason are one line. */
static void equal_reasons_are_told_once(void **state)
{
    (void)state;
    struct dlb_result result;
    dlb_result_init(&result);
    result.complete = true;
    for (int i = 0; i < 9; i++) {
        struct dlb_verdict_row row;
        char problem[32];
        snprintf(problem, sizeof problem, "gemm:m=%d", i + 1);
        sample_verdict(&row, problem, DLB_VERDICT_NOT_MEASURED, (double)NAN);
        snprintf(row.reason, sizeof row.reason, "%s", i == 8 ? "another" : "the budget was over");
        assert_int_equal(dlb_result_add_verdict(&result, &row), DLB_OK);
    }
    char *page = render(&result, 0, false, true);
    const char *first = strstr(page, "the budget was over");
    assert_non_null(first);
    assert_null(strstr(first + 1, "the budget was over"));
    assert_non_null(strstr(page, " and 4 more: the budget was over"));
    assert_non_null(strstr(page, ": another"));
    assert_non_null(strstr(page, "nothing was compared: 9 not measured of 9 cases"));
    free(page);
    dlb_result_free(&result);
}

static void streams_may_fail(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_why why = {""};
    const struct dlb_report_options options = {.columns = 0};
    sample_check(&result);
    FILE *full = fopen("/dev/full", "we");
    assert_non_null(full);
    assert_int_equal(dlb_check_text(&result, &options, full, &why), DLB_IO);
    assert_string_not_equal(why.text, "");
    fclose(full);
    dlb_result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_as_recorded),
        cmocka_unit_test(no_line_is_wider_than_the_terminal),
        cmocka_unit_test(hostile_names_move_nothing),
        cmocka_unit_test(colour_only_repeats_words),
        cmocka_unit_test(advice_follows_from_the_spread),
        cmocka_unit_test(equal_reasons_are_told_once),
        cmocka_unit_test(a_check_that_decided_nothing_found_nothing_out),
        cmocka_unit_test(unsupported_cases_are_a_line_for_each_reason),
        cmocka_unit_test(narrow_terminals_get_other_layouts),
        cmocka_unit_test(streams_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
