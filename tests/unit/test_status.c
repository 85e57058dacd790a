/* test_status.c: names of statuses both ways, and reasons that stay one line of UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/status.h"
#include "bench/base/text.h"

static void test_names(void **state)
{
    (void)state;
    for (int i = 0; i < DLB_STATUS_COUNT; i++) {
        const char *const name = dlb_status_name((enum dlb_status)i);
        assert_int_equal(dlb_status_from_name(name), i);
    }
    assert_string_equal(dlb_status_name(DLB_OK), "ok");
    assert_string_equal(dlb_status_name(DLB_UNSUPPORTED), "unsupported");
    assert_string_equal(dlb_status_name(DLB_STATUS_COUNT), "unknown");
    assert_string_equal(dlb_status_name((enum dlb_status)(-1)), "unknown");
    assert_int_equal(dlb_status_from_name("okay"), DLB_STATUS_COUNT);
    assert_int_equal(dlb_status_from_name(""), DLB_STATUS_COUNT);
}

static void test_fail(void **state)
{
    (void)state;
    struct dlb_why why = {"old"};
    assert_int_equal(dlb_fail(&why, DLB_INVALID, "m must be at least %d", 1), DLB_INVALID);
    assert_string_equal(why.text, "m must be at least 1");
    assert_int_equal(dlb_fail(NULL, DLB_IO, "nobody reads %s", "this"), DLB_IO);
    /* The old reason may be part of the new one. */
    (void)dlb_fail(&why, DLB_IO, "file:3: %s", why.text);
    assert_string_equal(why.text, "file:3: m must be at least 1");
}

static void test_one_clean_line(void **state)
{
    (void)state;
    static const struct {
        const char *given, *wanted;
    } cases[] = {
        {"two\nlines\n", "two lines"},
        {"tab\there", "tab here"},
        {"\x1b[31mred", " [31mred"},
        {"bad \xff byte", "bad ? byte"},
        {"cut \xc3", "cut ?"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"", ""},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_why why;
        (void)dlb_fail(&why, DLB_INVALID, "%s", cases[i].given);
        assert_string_equal(why.text, cases[i].wanted);
    }
}

/* Two-byte characters at every offset of the cut: none is left in half. */
static void test_truncation(void **state)
{
    (void)state;
    for (int shift = 0; shift < 4; shift++) {
        char text[2 * DLB_WHY_SIZE] = "";
        memset(text, 'x', (size_t)shift);
        for (size_t at = (size_t)shift; at + 2 < sizeof text; at += 2) {
            text[at] = '\xc3';
            text[at + 1] = '\xa9';
        }
        struct dlb_why why;
        (void)dlb_fail(&why, DLB_INVALID, "%s", text);
        const size_t length = strlen(why.text);
        assert_in_range(length, sizeof why.text - 4, sizeof why.text - 1);
        assert_true(dlb_text_is_utf8(why.text));
        assert_null(strchr(why.text, '?'));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_fail),
        cmocka_unit_test(test_one_clean_line),
        cmocka_unit_test(test_truncation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
