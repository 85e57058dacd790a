/* test_suite.c: suite files good and bad, the folder of shipped suites, and each of those. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/base/clock.h"
#include "bench/base/text.h"
#include "bench/suites/suite.h"

static char folder[64]; /* a new one for this run */
static char shipped[4096];

static int set_up(void **state)
{
    (void)state;
    const char *const given = getenv("DLBENCH_SUITES");
    (void)snprintf(shipped, sizeof shipped, "%s", given != NULL ? given : "bench/suites");
    (void)snprintf(folder, sizeof folder, "/tmp/dlbench_test_suite.XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void path_of(const char *name, char path[128])
{
    (void)snprintf(path, 128, "%s/%s", folder, name);
}

static void write_file(const char *name, const void *bytes, size_t count)
{
    char path[128];
    path_of(name, path);
    FILE *const file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

/* Loads `bytes` as the file my.suite, which is removed again. */
static enum dlb_status load(const void *bytes, size_t count, struct dlb_suite *suite,
                            struct dlb_why *why)
{
    char path[128];
    write_file("my.suite", bytes, count);
    path_of("my.suite", path);
    const enum dlb_status status = dlb_suite_load(path, suite, why);
    assert_int_equal(unlink(path), 0);
    return status;
}

static void test_whole(void **state)
{
    (void)state;
    static const char text[] = "# a comment\n"
                               "@title  Odd sizes\n"
                               "@source somewhere  # not part of it\n"
                               "@source and elsewhere\n"
                               "@set max-time=2s\n"
                               "@set precision=1%\n"
                               "\n"
                               "gemm m=5,7 n=1-4*2 dtype=bf16 | layer #3 of x | 4\n"
                               "\t conv \t r=1 s=1 pad=0 # why\n"
                               "lenet | | 2\n"
                               "lenet batch=1 |mine";
    struct dlb_suite suite;
    struct dlb_why why = {""};
    if (load(text, strlen(text), &suite, &why) != DLB_OK) {
        fail_msg("%s", why.text);
    }
    assert_string_equal(suite.name, "my");
    assert_string_equal(suite.title, "Odd sizes");
    assert_string_equal(suite.source, "somewhere; and elsewhere");
    assert_int_equal(suite.setting_count, 2);
    assert_string_equal(suite.settings[0].name, "max-time");
    assert_string_equal(suite.settings[0].value, "2s");
    assert_string_equal(suite.settings[1].value, "1%");
    assert_int_equal(suite.problems.count, 9);
    static const struct {
        int64_t at;
        const char *key, *origin;
        int64_t occurrences;
    } wanted[] = {
        {0, "gemm:m=5,n=1,k=512,ta=n,tb=n,batch=1,alpha=1,beta=0,dtype=bf16", "layer", 1},
        {5, "gemm:m=7,n=4,k=512,ta=n,tb=n,batch=1,alpha=1,beta=0,dtype=bf16", "layer", 1},
        {7, "lenet:batch=64,dtype=f32", "", 2},
        {8, "lenet:batch=1,dtype=f32", "mine", 1},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(wanted); i++) {
        const struct dlb_problem_entry *const entry = &suite.problems.items[wanted[i].at];
        char key[DLB_KEY_SIZE];
        dlb_problem_key(&entry->problem, key, sizeof key);
        assert_string_equal(key, wanted[i].key);
        assert_string_equal(entry->origin, wanted[i].origin);
        assert_int_equal(entry->occurrences, wanted[i].occurrences);
    }
    dlb_suite_free(&suite);
    dlb_suite_free(&suite);
}

/* A byte order mark, CR LF, a last line without end, UTF-8 text. */
static void test_foreign_editors(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf@title Gr\xc3\xb6\xc3\x9f"
                               "en\r\n\r\ngemm m=3\r\ngemm m=5 | a layer\r\ngemm m=7 # x\r";
    struct dlb_suite suite;
    struct dlb_why why = {""};
    if (load(text, strlen(text), &suite, &why) != DLB_OK) {
        fail_msg("%s", why.text);
    }
    assert_string_equal(suite.title, "Gr\xc3\xb6\xc3\x9f"
                                     "en");
    assert_int_equal(suite.problems.count, 3);
    assert_string_equal(suite.problems.items[1].origin, "a layer");
    dlb_suite_free(&suite);
}

static void test_bad_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"gemm m=3\ngem m=5\n", "my.suite:2: no workload 'gem' (did you mean 'gemm'?)"},
        {"\n\ngemm mm=3", "my.suite:3: gemm has no parameter 'mm'"},
        {"gemm m=0", "my.suite:1: m must be at least 1, found 0"},
        {"gemm m=3 m=5", "my.suite:1: gemm: the parameter m is given twice"},
        {"gemm m", "my.suite:1: a parameter is NAME=LIST"},
        {"gemm:m=3", "my.suite:1: no workload 'gemm:m=3'"},
        {"gemm m=9-3", "runs backwards"},
        {"gemm m=1-1000 n=1-1000", "multiply to 1000000 problems"},
        {"| origin", "my.suite:1: no workload ''"},
        {"gemm | x | many", "my.suite:1: occurrences: a whole number is wanted"},
        {"gemm | x | 0", "occurrences must be at least 1, found 0"},
        {"gemm | x | 2 | 3", "found '2 | 3'"},
        {"gemm | an origin with very many characters that does not fit into its field at all, no",
         "the origin has 1..63 bytes"},
        {"@titel x", "no directive '@titel' (did you mean '@title'?)"},
        {"@", "no directive '@'"},
        {"@title", "@title has 1..127 bytes, found 0"},
        {"@title a\n@title b", "my.suite:2: @title is given twice"},
        {"@source", "@source has 1..511 bytes"},
        {"@source a\n@source", "all @source lines together"},
        {"@set max-time", "@set wants NAME=VALUE"},
        {"@set =3", "@set wants NAME=VALUE"},
        {"@set a=", "@set wants NAME=VALUE"},
        {"@set a=1\n@set a=2", "my.suite:2: @set a is given twice"},
        {"@set a_name_that_is_far_longer_than_31_bytes=1", "the name of a setting has 1..31"},
        {"@set a=a_value_that_is_far_longer_than_31_bytes", "the value of a setting has 1..31"},
        {"gemm m=3 # \xff", "my.suite:1: the line is not valid UTF-8"},
        {"# only\n\n@title words\n", "no problem in it"},
        {"\xef\xbb\xbf", "no problem in it"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_suite suite;
        struct dlb_why why = {""};
        assert_int_equal(load(cases[i].text, strlen(cases[i].text), &suite, &why), DLB_INVALID);
        if (strstr(why.text, cases[i].wanted) == NULL) {
            fail_msg("case %zu: wanted '%s', found '%s'", i, cases[i].wanted, why.text);
        }
        assert_int_equal(suite.problems.count, 0); /* empty, nothing to leak */
        assert_null(suite.problems.items);
    }
}

static void test_too_many_settings(void **state)
{
    (void)state;
    struct dlb_text text = {0};
    for (int i = 0; i <= DLB_MAX_SETTINGS; i++) {
        dlb_text_format(&text, "@set s%d=1\n", i);
    }
    struct dlb_suite suite;
    struct dlb_why why = {""};
    assert_int_equal(load(text.data, text.size, &suite, &why), DLB_INVALID);
    assert_non_null(strstr(why.text, ":17: more than 16 @set lines"));
    dlb_text_free(&text);
}

static void test_bad_files(void **state)
{
    (void)state;
    struct dlb_suite suite;
    struct dlb_why why = {""};
    char path[128];

    path_of("missing.suite", path);
    assert_int_equal(dlb_suite_load(path, &suite, &why), DLB_IO);
    assert_non_null(strstr(why.text, "missing.suite': No such file"));

    assert_int_equal(load("", 0, &suite, &why), DLB_INVALID);
    assert_non_null(strstr(why.text, "is empty"));

    (void)snprintf(path, sizeof path, "%s/", folder);
    assert_int_equal(dlb_suite_load(path, &suite, &why), DLB_IO);
    assert_non_null(strstr(why.text, "is a folder"));

    path_of("pipe.suite", path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(dlb_suite_load(path, &suite, &why), DLB_IO); /* and does not wait */
    assert_non_null(strstr(why.text, "must be a regular file"));
    assert_int_equal(unlink(path), 0);

    static const char wide[] = "g\0e\0m\0m\0";
    assert_int_equal(load(wide, sizeof wide - 1, &suite, &why), DLB_INVALID);
    assert_non_null(strstr(why.text, "has NUL bytes"));

    static char line[6000];
    memset(line, 'x', sizeof line);
    line[0] = '#';
    line[sizeof line - 1] = '\n';
    assert_int_equal(load(line, sizeof line, &suite, &why), DLB_INVALID);
    assert_non_null(strstr(why.text, "my.suite:1: the line has 5999 bytes, the limit is 4096"));

    if (geteuid() != 0) { /* root reads everything */
        write_file("closed.suite", "gemm\n", 5);
        path_of("closed.suite", path);
        assert_int_equal(chmod(path, 0), 0);
        assert_int_equal(dlb_suite_load(path, &suite, &why), DLB_IO);
        assert_non_null(strstr(why.text, "Permission denied"));
        assert_int_equal(unlink(path), 0);
    }
}

/* A path of thousands of bytes must not push the reason out of the line. */
static void test_long_path(void **state)
{
    (void)state;
    static char path[3000];
    struct dlb_suite suite;
    struct dlb_why why = {""};
    (void)snprintf(path, sizeof path, "%s/", folder);
    for (size_t at = strlen(path); at + 2 < sizeof path; at += 2) {
        path[at] = '.';
        path[at + 1] = '/';
    }
    write_file("my.suite", "gemm m=0\n", 9);
    strcpy(path + sizeof path - 10, "/my.suite");
    assert_int_equal(dlb_suite_load(path, &suite, &why), DLB_INVALID);
    assert_non_null(strstr(why.text, "/my.suite:1: m must be at least 1, found 0"));
    path_of("my.suite", path);
    assert_int_equal(unlink(path), 0);
}

static void test_folder(void **state)
{
    (void)state;
    char found[4096], tiny[4], path[128];
    struct dlb_why why = {""};
    struct dlb_suite suite;
    assert_int_equal(setenv("DLBENCH_SUITES", folder, 1), 0);
    assert_int_equal(dlb_suite_folder(found, sizeof found, &why), DLB_OK);
    assert_string_equal(found, folder);
    assert_int_equal(dlb_suite_folder(tiny, sizeof tiny, &why), DLB_IO);

    static const char *const files[] = {"zeta.suite", "alpha.suite", "notes.txt", ".suite"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(files); i++) {
        write_file(files[i], "gemm m=3\n", 9);
    }
    char(*names)[64];
    int count;
    assert_int_equal(dlb_suite_names(&names, &count, &why), DLB_OK);
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "alpha");
    assert_string_equal(names[1], "zeta");
    free(names);

    assert_int_equal(dlb_suite_load("zeta", &suite, &why), DLB_OK);
    assert_string_equal(suite.name, "zeta");
    dlb_suite_free(&suite);
    assert_int_equal(dlb_suite_load("zetta", &suite, &why), DLB_UNAVAILABLE);
    assert_non_null(strstr(why.text, "no suite 'zetta' (did you mean 'zeta'?)"));
    assert_non_null(strstr(why.text, "one of the 2: alpha zeta"));
    assert_int_equal(dlb_suite_load("", &suite, &why), DLB_UNAVAILABLE);
    assert_int_equal(dlb_suite_load("notes", &suite, &why), DLB_UNAVAILABLE);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(files); i++) {
        path_of(files[i], path);
        assert_int_equal(unlink(path), 0);
    }

    assert_int_equal(setenv("DLBENCH_SUITES", "/nowhere/at/all", 1), 0);
    assert_int_equal(dlb_suite_folder(found, sizeof found, &why), DLB_IO);
    assert_non_null(strstr(why.text, "DLBENCH_SUITES must name a folder, found '/nowhere/at/all'"));
    assert_int_equal(dlb_suite_names(&names, &count, &why), DLB_IO);
    assert_int_equal(dlb_suite_load("quick", &suite, &why), DLB_IO);
    assert_int_equal(setenv("DLBENCH_SUITES", shipped, 1), 0);
}

/* Every shipped suite loads, names its source and title, and all its problems make sense. */
static void test_shipped(void **state)
{
    (void)state;
    char(*names)[64];
    int count;
    struct dlb_why why = {""};
    assert_int_equal(setenv("DLBENCH_SUITES", shipped, 1), 0);
    if (dlb_suite_names(&names, &count, &why) != DLB_OK) {
        fail_msg("%s", why.text);
    }
    bool has_quick = false;
    for (int i = 0; i < count; i++) {
        struct dlb_suite suite;
        has_quick = has_quick || strcmp(names[i], "quick") == 0;
        if (dlb_suite_load(names[i], &suite, &why) != DLB_OK) {
            fail_msg("%s", why.text);
        }
        assert_string_equal(suite.name, names[i]);
        assert_string_not_equal(suite.title, "");
        assert_string_not_equal(suite.source, "");
        for (int64_t j = 0; j < suite.problems.count; j++) {
            struct dlb_graph graph;
            if (dlb_problem_build(&suite.problems.items[j].problem, &graph, &why) != DLB_OK) {
                fail_msg("%s, problem %lld: %s", names[i], (long long)j, why.text);
            }
            dlb_graph_free(&graph);
        }
        dlb_suite_free(&suite);
    }
    assert_true(has_quick);
    free(names);
}

static void test_ten_thousand_problems(void **state)
{
    (void)state;
    struct dlb_text text = {0};
    for (int i = 1; i <= 10000; i++) {
        dlb_text_format(&text, "gemm m=%d n=7 k=11 dtype=bf16 | layer %d | 2\n", i, i);
    }
    struct dlb_suite suite;
    const int64_t start = dlb_clock_ns();
    assert_int_equal(load(text.data, text.size, &suite, NULL), DLB_OK);
    print_message("# 10,000 problems: %.0f ms\n", 1e-6 * (double)(dlb_clock_ns() - start));
    assert_int_equal(suite.problems.count, 10000);
    dlb_suite_free(&suite);
    dlb_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_foreign_editors),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_too_many_settings),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_long_path),
        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_ten_thousand_problems),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
