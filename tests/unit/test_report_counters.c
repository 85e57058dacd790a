/* test_report_counters.c: the table of counters where files are odd: hostile names, many counters, many reasons, narrow screens.
 *
 * How it looks as a rule is recorded in tests/recordings/reports (test_report.c). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reports/report.h"
#include "reports/report_counters.h"
#include "tests/unit/store_sample.h"

static struct dlb_result result;

static int make_result(void **state)
{
    (void)state;
    sample_result(&result);
    return 0;
}

static int free_result(void **state)
{
    (void)state;
    dlb_result_free(&result);
    return 0;
}

static char *render(const char *format, int columns)
{
    const struct dlb_report_options options = {.columns = columns, .unicode = true};
    struct dlb_why why = {""};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    assert_int_equal(dlb_report_find(format)->write(&result, &options, stream, &why), DLB_OK);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static void add_value(struct dlb_counting *counting, const char *name, double value,
                      const char *reason)
{
    struct dlb_count_value *slot = &counting->values[counting->count++];
    snprintf(slot->name, sizeof slot->name, "%s", name);
    snprintf(slot->reason, sizeof slot->reason, "%s", reason);
    slot->value = value;
}

static struct dlb_counting *count_first(void)
{
    struct dlb_counting *counting = &result.records[0].counting;
    *counting = (struct dlb_counting){.taken = true, .source = "a source"};
    return counting;
}

static void nothing_is_said_where_nothing_was_asked(void **state)
{
    struct dlb_counter_sheet sheet;
    (void)state;
    assert_false(dlb_report_counter_sheet(&result, &sheet));
    char *text = render("text", 100);
    assert_null(strstr(text, "counted"));
    free(text);
}

static void names_cannot_move_the_cursor(void **state)
{
    (void)state;
    struct dlb_counting *counting = count_first();
    add_value(counting, "bad\033[2J\r::name", 7, "");
    add_value(counting, "worse\033]0;x\007", NAN, "because\033[1A|of <b>it</b>");
    snprintf(counting->source, sizeof counting->source, "from\033[0m");
    dlb_counting_derive(counting, 1, 1);
    static const char *const formats[] = {"text", "md"};
    for (int i = 0; i < 2; i++) {
        char *text = render(formats[i], 100);
        assert_null(strchr(text, '\033'));
        assert_null(strchr(text, '\007'));
        assert_null(strchr(text, '\r'));
        assert_non_null(strstr(text, "::name"));
        if (i == 1)
            assert_null(strstr(text, "<b>"));
        free(text);
    }
}

/* No line is wider than the screen, however long names are and however many. */
static void wide_tables_become_blocks(void **state)
{
    static const int widths[] = {40, 57, 80, 131};
    (void)state;
    struct dlb_counting *counting = count_first();
    for (int i = 0; i < DLB_MAX_COUNTS; i++) {
        char name[64];
        snprintf(name, sizeof name, "pmu%d::AN_EVENT_WITH_A_LONG_NAME_%.*s", i, i, /* up to 63 */
                 "12345678901234567890123456789");
        add_value(counting, name, 1e3 * i, "");
    }
    dlb_counting_derive(counting, 1, 1);
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        char *text = render("text", widths[i]);
        char *from = strstr(text, "counted in one");
        assert_non_null(from);
        for (char *line = strtok(from, "\n"); line != NULL; line = strtok(NULL, "\n"))
            if (dlb_text_columns(line) > widths[i])
                fail_msg("%d columns: '%s'", widths[i], line);
        free(text);
    }
    char *text = render("text", 1000);
    assert_non_null(strstr(text, "31.0 k"));
    free(text);
}

static void reasons_are_said_once_and_not_without_end(void **state)
{
    struct dlb_counter_sheet sheet;
    struct dlb_text text = {0};
    (void)state;
    struct dlb_counting *counting = count_first();
    for (int i = 0; i < DLB_MAX_COUNTS; i++) {
        char name[64], reason[64];
        snprintf(name, sizeof name, "counter%d", i);
        snprintf(reason, sizeof reason, "reason %d", i < 4 ? 0 : i);
        add_value(counting, name, NAN, reason);
    }
    result.records[1].counting = *counting; /* the same once more */
    dlb_counting_derive(&result.records[0].counting, 1, 1);
    dlb_counting_derive(&result.records[1].counting, 1, 1);
    assert_true(dlb_report_counter_sheet(&result, &sheet));
    assert_int_equal(sheet.rows, 0);
    assert_int_equal(sheet.column_count, 0);
    assert_int_equal(sheet.gap_count, DLB_COUNTER_GAPS);
    dlb_report_counter_gap(&sheet, 0, &text);
    assert_string_equal(text.data, "not counted: counter0, counter1, counter2, counter3: reason 0");
    dlb_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_said_where_nothing_was_asked, make_result,
                                        free_result),
        cmocka_unit_test_setup_teardown(names_cannot_move_the_cursor, make_result, free_result),
        cmocka_unit_test_setup_teardown(wide_tables_become_blocks, make_result, free_result),
        cmocka_unit_test_setup_teardown(reasons_are_said_once_and_not_without_end, make_result,
                                        free_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
