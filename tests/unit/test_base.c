/* test_base.c: the small modules of base: memory, clock, log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/base/clock.h"
#include "bench/base/log.h"
#include "bench/base/memory.h"

static void test_multiply(void **state)
{
    (void)state;
    static const struct {
        int64_t a, b;
        bool fits;
        int64_t product;
    } cases[] = {
        {0, 0, true, 0},
        {0, INT64_MAX, true, 0},
        {INT64_MAX, 0, true, 0},
        {1, INT64_MAX, true, INT64_MAX},
        {7, 13, true, 91},
        {INT64_C(1) << 31, INT64_C(1) << 31, true, INT64_C(1) << 62},
        {INT64_C(1) << 32, INT64_C(1) << 31, false, 0},
        {2, INT64_MAX / 2, true, INT64_MAX - 1},
        {2, INT64_MAX / 2 + 1, false, 0},
        {INT64_MAX, INT64_MAX, false, 0},
        {-1, 5, false, 0},
        {5, -1, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t product = 4711;
        assert_int_equal(dlb_multiply(cases[i].a, cases[i].b, &product), cases[i].fits);
        assert_true(product == (cases[i].fits ? cases[i].product : 4711));
    }
}

static void test_aligned(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 5, 4095, 4096, 4097, 1000003};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *const bytes = dlb_aligned_alloc(sizes[i]);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % DLB_ALIGNMENT, 0);
        memset(bytes, 0xa5, sizes[i]);
        dlb_aligned_free(bytes);
    }
    assert_null(dlb_aligned_alloc(SIZE_MAX));
    assert_null(dlb_aligned_alloc(SIZE_MAX / 2));
    dlb_aligned_free(NULL);
}

static void test_clock(void **state)
{
    (void)state;
    int64_t before = dlb_clock_ns();
    for (int i = 0; i < 1000; i++) {
        const int64_t now = dlb_clock_ns();
        assert_true(now >= before);
        before = now;
    }
    const int64_t boot = dlb_clock_boot_ns();
    dlb_clock_sleep_ns(3000000);
    /* The raw clock may run slower than the sleep's by some hundred ppm. */
    assert_true(dlb_clock_ns() - before >= 2900000);
    assert_true(dlb_clock_boot_ns() - boot >= 2900000);
    dlb_clock_sleep_ns(0);
    dlb_clock_sleep_ns(-5);
}

static void test_utc(void **state)
{
    (void)state;
    char text[24] = "";
    int year, month, day, hour, minute, second, end = 0;
    dlb_clock_utc(text, sizeof text);
    assert_int_equal(strlen(text), 20);
    assert_int_equal(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &year, &month, &day, &hour, &minute,
                            &second, &end),
                     6);
    assert_int_equal(end, 20);
    assert_in_range(year, 2024, 9999);
    char small[4] = "abc";
    dlb_clock_utc(small, sizeof small);
    assert_string_equal(small, "");
}

/* What one call prints on stderr at a level. */
static void captured(enum dlb_log_level limit, enum dlb_log_level level, char *text, size_t size)
{
    FILE *const file = tmpfile();
    assert_non_null(file);
    (void)fflush(stderr);
    const int saved = dup(STDERR_FILENO);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    dlb_log_set_level(limit);
    dlb_log(level, "%d things", 3);
    (void)fflush(stderr);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)close(saved);
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    (void)fclose(file);
    dlb_log_set_level(DLB_LOG_WARNING);
}

static void test_log(void **state)
{
    (void)state;
    static const char *const wanted[] = {"dlbench: error: 3 things\n",
                                         "dlbench: warning: 3 things\n",
                                         "dlbench: info: 3 things\n", "dlbench: debug: 3 things\n"};
    assert_int_equal(dlb_log_get_level(), DLB_LOG_WARNING);
    for (int limit = DLB_LOG_ERROR; limit <= DLB_LOG_DEBUG; limit++) {
        for (int level = DLB_LOG_ERROR; level <= DLB_LOG_DEBUG; level++) {
            char text[100];
            captured((enum dlb_log_level)limit, (enum dlb_log_level)level, text, sizeof text);
            assert_string_equal(text, level <= limit ? wanted[level] : "");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_multiply), cmocka_unit_test(test_aligned),
        cmocka_unit_test(test_clock),    cmocka_unit_test(test_utc),
        cmocka_unit_test(test_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
