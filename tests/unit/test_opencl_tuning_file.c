/* test_opencl_tuning_file.c: the file of tuned parameters: written, read back, damaged in every way, merged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "backends/opencl/opencl_tuning_file.h"

static const struct dlb_tuning_entry sample[] = {
    {"gemm f32 m10 n10 k10", "a CPU, 2 units", "3.1", 0x0123456789abcdef, false, true, 0,
     "shape=1 mt=12 nt=32", 10450000},
    {"gemm f32 m10 n10 k10", "a CPU, 8 units", "3.1", 0x0123456789abcdef, true, false, 6e10,
     "shape=2 mt=8 nt=8", 1},
    {"conv f32", "a GPU", "535.1", UINT64_MAX, true, true, 0, "", 0},
    {"conv f32", "a CPU", "3.1", 1, false, false, 0, "pixels=7", 1},
};
#define SAMPLES ((int)(sizeof sample / sizeof sample[0]))

static char *sample_text(void)
{
    struct dlb_tuning_file file = {0};
    for (int i = 0; i < SAMPLES; i++)
        assert_true(dlb_tuning_put(&file, &sample[i]));
    char *text = dlb_tuning_format(&file);
    assert_non_null(text);
    dlb_tuning_free(&file);
    return text;
}

static void assert_same(const struct dlb_tuning_entry *found, const struct dlb_tuning_entry *wanted)
{
    assert_non_null(found);
    assert_string_equal(found->driver, wanted->driver);
    assert_int_equal(found->source_hash, wanted->source_hash);
    assert_int_equal(found->full, wanted->full);
    assert_int_equal(found->whole, wanted->whole);
    assert_true(found->budget_ns == wanted->budget_ns);
    assert_string_equal(found->values, wanted->values);
    assert_true(found->ns == wanted->ns);
}

static void test_round_trip(void **state)
{
    struct dlb_tuning_file file = {0};
    struct dlb_why why = {""};
    char *text = sample_text();
    (void)state;
    assert_int_equal(dlb_tuning_parse(&file, text, &why), DLB_OK);
    assert_string_equal(why.text, "");
    assert_int_equal(file.count, SAMPLES);
    for (int i = 0; i < file.count; i++)
        assert_same(dlb_tuning_find(&file, sample[i].key, sample[i].device), &sample[i]);
    assert_null(dlb_tuning_find(&file, "gemm f32", "a CPU, 2 units"));
    assert_null(dlb_tuning_find(&file, sample[0].key, "a CPU, 4 units"));
    free(text);
    dlb_tuning_free(&file);
}

/* A tab in a name must not become a field. */
static void test_tab(void **state)
{
    struct dlb_tuning_entry entry = sample[0];
    struct dlb_tuning_file file = {0}, read = {0};
    (void)state;
    snprintf(entry.device, sizeof entry.device, "a GPU\twith a tab");
    assert_true(dlb_tuning_put(&file, &entry));
    char *text = dlb_tuning_format(&file);
    assert_int_equal(dlb_tuning_parse(&read, text, NULL), DLB_OK);
    assert_same(dlb_tuning_find(&read, entry.key, "a GPU with a tab"), &entry);
    free(text);
    dlb_tuning_free(&file);
    dlb_tuning_free(&read);
}

/* Whatever byte of a line is changed, that line is left out and the others stay. */
static void test_damage(void **state)
{
    struct dlb_tuning_file whole = {0};
    (void)state;
    assert_true(dlb_tuning_put(&whole, &sample[0]));
    assert_true(dlb_tuning_put(&whole, &sample[1]));
    char *text = dlb_tuning_format(&whole);
    char *const second = strchr(text, '\n') + 1;
    char *const end = strchr(second, '\n');
    for (char *at = second; at < end; at++) {
        struct dlb_tuning_file file = {0};
        struct dlb_why why = {""};
        const char kept = *at;
        *at ^= 1;
        const bool split =
            *at == '\n'; /* then there are two damaged lines, and the first is told */
        assert_int_equal(dlb_tuning_parse(&file, text, &why), DLB_INVALID);
        assert_string_equal(why.text, "line 2 is damaged");
        if (!split && file.count != 1)
            fail_msg("byte %d changed to %02x: %d entries", (int)(at - second), *at, file.count);
        assert_same(dlb_tuning_find(&file, sample[1].key, sample[1].device), &sample[1]);
        *at = kept;
        dlb_tuning_free(&file);
    }
    free(text);
    dlb_tuning_free(&whole);
}

/* However short the file is cut, what is left is read or refused, never misread. */
static void test_cut(void **state)
{
    struct dlb_tuning_file whole = {0};
    (void)state;
    assert_true(dlb_tuning_put(&whole, &sample[0]));
    assert_true(dlb_tuning_put(&whole, &sample[1]));
    char *text = dlb_tuning_format(&whole);
    const size_t size = strlen(text);
    for (size_t length = size; length > 0; length--) {
        struct dlb_tuning_file file = {0};
        text[length] = '\0';
        (void)dlb_tuning_parse(&file, text, NULL);
        for (int i = 0; i < file.count; i++)
            assert_same(&file.entries[i], &sample[i]);
        assert_int_equal(file.count == 2, length >= size - 1);
        dlb_tuning_free(&file);
    }
    free(text);
    dlb_tuning_free(&whole);
}

static void test_other_texts(void **state)
{
    static const struct {
        const char *text;
        enum dlb_status status;
        const char *why;
    } cases[] = {
        {"", DLB_OK, ""},
        {"dlbench tuning 2\n", DLB_OK, ""},
        {"dlbench tuning 2", DLB_OK, ""},
        {"dlbench tuning 2\n\n\n", DLB_OK, ""},
        {"dlbench tuning 1\n", DLB_INVALID,
         "wanted \"dlbench tuning 2\" in line 1, found \"dlbench tuning 1\""},
        {"\n", DLB_INVALID, "wanted \"dlbench tuning 2\" in line 1, found \"\""},
        {"dlbench tuning 2\na\tb\n", DLB_INVALID, "line 2 is damaged"},
        {"dlbench tuning 2\n\t\t\t\t\t\t\t\t\t\n", DLB_INVALID, "line 2 is damaged"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dlb_tuning_file file = {0};
        struct dlb_why why = {""};
        assert_int_equal(dlb_tuning_parse(&file, cases[i].text, &why), cases[i].status);
        assert_string_equal(why.text, cases[i].why);
        assert_int_equal(file.count, 0);
        dlb_tuning_free(&file);
    }
    char *line = malloc(100000);
    struct dlb_tuning_file file = {0};
    memset(line, 'x', 99999);
    line[99999] = '\0';
    memcpy(line, "dlbench tuning 2\n", 17);
    assert_int_equal(dlb_tuning_parse(&file, line, NULL), DLB_INVALID);
    free(line);
    dlb_tuning_free(&file);
}

/* Fields that say how a search was made and make no sense, behind a right checksum. */
static void test_how(void **state)
{
    static const char *const bad[] = {"quick",   "all",      "full -1",
                                      "quick x", "slow all", "quick all "};
    struct dlb_tuning_file file = {0};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char line[200], text[240];
        snprintf(line, sizeof line, "key\tdevice\tdriver\t0123456789abcdef\t%s\tmt=1\t1", bad[i]);
        snprintf(text, sizeof text, "dlbench tuning 2\n%s\t%016llx\n", line,
                 (unsigned long long)dlb_cl_hash(DLB_CL_HASH_START, line, strlen(line)));
        if (dlb_tuning_parse(&file, text, NULL) != DLB_INVALID || file.count != 0)
            fail_msg("\"%s\" was taken", bad[i]);
    }
    dlb_tuning_free(&file);
}

/* A hasty search does not stand for a longer one, nor a quick one for a full one. */
static void test_serves(void **state)
{
    static const struct dlb_tuning_entry quick = {.budget_ns = 3e9}, hasty = {.budget_ns = 0},
                                         whole = {.whole = true},
                                         full = {.full = true, .budget_ns = 6e10},
                                         hasty_full = {.full = true, .budget_ns = 1e9};
    static const struct {
        const struct dlb_tuning_entry *known, *wanted;
        bool serves;
    } cases[] = {
        {&quick, &quick, true},       {&hasty, &quick, false},     {&quick, &hasty, true},
        {&whole, &quick, true},       {&whole, &full, false},      {&quick, &full, false},
        {&full, &quick, true},        {&full, &full, true},        {&hasty_full, &full, false},
        {&hasty_full, &quick, false}, {&hasty_full, &hasty, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (dlb_tuning_serves(cases[i].known, cases[i].wanted) != cases[i].serves)
            fail_msg("case %zu", i);
}

static void test_put_replaces(void **state)
{
    struct dlb_tuning_file file = {0};
    struct dlb_tuning_entry entry = sample[0];
    (void)state;
    for (int i = 0; i < 100; i++) {
        snprintf(entry.key, sizeof entry.key, "key %d", i % 40);
        entry.ns = i;
        assert_true(dlb_tuning_put(&file, &entry));
    }
    assert_int_equal(file.count, 40);
    assert_true(dlb_tuning_find(&file, "key 7", sample[0].device)->ns == 87);
    assert_true(dlb_tuning_find(&file, "key 39", sample[0].device)->ns == 79);
    dlb_tuning_free(&file);
}

static void test_values(void **state)
{
    static const char *const names[] = {"shape", "mt"};
    static const char *const bad[] = {"",
                                      "shape=1",
                                      "mt=1 shape=2",
                                      "shape=1 mt=",
                                      "shape=1 m=2",
                                      "shape=1 mt=2 ",
                                      "shape=1 mt=2 kc=3"};
    const struct dlb_tune_point point = {{1, -12}};
    struct dlb_tune_point read = {{0}};
    char text[32];
    (void)state;
    assert_true(dlb_tuning_values_format(text, sizeof text, 2, names, &point));
    assert_string_equal(text, "shape=1 mt=-12");
    assert_true(dlb_tuning_values_parse(text, 2, names, &read));
    assert_memory_equal(&read, &point, sizeof point);
    assert_true(dlb_tuning_values_format(text, 15, 2, names, &point));
    assert_false(dlb_tuning_values_format(text, 14, 2, names, &point));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (dlb_tuning_values_parse(bad[i], 2, names, &read))
            fail_msg("\"%s\" was taken", bad[i]);
    assert_memory_equal(&read, &point, sizeof point);
    assert_true(dlb_tuning_values_format(text, sizeof text, 0, names, &point));
    assert_string_equal(text, "");
}

/* Processes that tune different things at once lose nothing, and a damaged line goes with the next save. */
static void test_save(void **state)
{
    enum { PROCESSES = 4, KEYS = 20 };
    char root[] = "/tmp/test_tuning.XXXXXX", command[64], *text;
    struct dlb_cl_cache cache;
    struct dlb_tuning_file file = {0};
    size_t size;
    (void)state;
    assert_non_null(mkdtemp(root));
    dlb_cl_cache_open(&cache, root);
    assert_true(dlb_cl_cache_write(&cache, "t.txt", "dlbench tuning 2\nrubbish\n", 25));
    for (int process = 0; process < PROCESSES; process++) {
        if (fork() != 0)
            continue;
        struct dlb_tuning_entry entry = sample[0];
        bool saved = true;
        for (int i = 0; i < KEYS; i++) {
            snprintf(entry.key, sizeof entry.key, "key %d of %d", i, process);
            saved = dlb_tuning_save(&cache, "t.txt", &entry) && saved;
        }
        _exit(saved ? 0 : 1);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_true(dlb_cl_cache_read(&cache, "t.txt", &text, &size));
    assert_int_equal(dlb_tuning_parse(&file, text, NULL), DLB_OK);
    assert_int_equal(file.count, PROCESSES * KEYS);
    free(text);
    dlb_tuning_free(&file);
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),  cmocka_unit_test(test_tab),
        cmocka_unit_test(test_damage),      cmocka_unit_test(test_cut),
        cmocka_unit_test(test_other_texts), cmocka_unit_test(test_put_replaces),
        cmocka_unit_test(test_values),      cmocka_unit_test(test_save),
        cmocka_unit_test(test_how),         cmocka_unit_test(test_serves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
