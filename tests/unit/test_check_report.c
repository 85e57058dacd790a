/* test_check_report.c: the outputs of a check for CI systems: against recorded pages, with hostile names, at their limits.
 *
 * The pages are in tests/recordings/reports; DLBENCH_RECORD=1 writes them anew, to be looked at before they are committed. What a real
 * parser of each format says is asked in tests/cli/ci_outputs.bats. */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/base/text.h"
#include "reports/check_escape.h"
#include "reports/check_report.h"
#include "reports/check_words.h"
#include "tests/unit/check_sample.h"
#include "tests/unit/store_sample.h"

static const struct dlb_check_output_options plain;

static char *render(const struct dlb_result *result, const char *name,
                    const struct dlb_check_output_options *options)
{
    char *text = NULL;
    size_t size = 0;
    struct dlb_why why = {""};
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    const enum dlb_status status =
        dlb_check_output_find(name)->write(result, options, stream, &why);
    if (status != DLB_OK)
        fail_msg("%s: %s", name, why.text);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static int count(const char *text, const char *what)
{
    int found = 0;
    for (const char *c = strstr(text, what); c != NULL; c = strstr(c + strlen(what), what))
        found++;
    return found;
}

static int count_lines(const char *text)
{
    return count(text, "\n");
}

static void outputs_are_found(void **state)
{
    (void)state;
    static const char *const names[] = {"junit", "codequality", "sarif", "openmetrics",
                                        "md",    "json",        "github"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_ptr_equal(dlb_check_output_find(names[i]), &dlb_check_outputs[i]);
        assert_true(dlb_check_outputs[i].option[0] != '\0');
        assert_true(dlb_check_outputs[i].summary[0] != '\0');
    }
    assert_null(dlb_check_outputs[7].name);
    assert_null(dlb_check_output_find("xml"));
    assert_null(dlb_check_output_find("github")->extension);
}

/* ---- recorded pages ---- */

static void assert_recorded(const char *path, const char *text)
{
    FILE *file = fopen(path, getenv("DLBENCH_RECORD") != NULL ? "w+" : "r");
    assert_non_null(file);
    if (getenv("DLBENCH_RECORD") != NULL) {
        fputs(text, file);
        rewind(file);
    }
    char *recorded = calloc(1, strlen(text) + 1000);
    assert_non_null(recorded);
    assert_true(fread(recorded, 1, strlen(text) + 999, file) > 0);
    fclose(file);
    if (strcmp(text, recorded) != 0)
        fail_msg("%s differs:\n%s", path, text);
    free(recorded);
}

static void pages_are_as_recorded(void **state)
{
    (void)state;
    static const char *const pages[][2] = {
        {"junit", "check.xml"},         {"codequality", "check-codequality.json"},
        {"sarif", "check.sarif"},       {"openmetrics", "check-openmetrics.txt"},
        {"github", "check-github.txt"}, {"md", "check.md"},
    };
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        char path[128];
        struct dlb_result result;
        sample_check(&result);
        snprintf(path, sizeof path, "tests/recordings/reports/%s", pages[i][1]);
        char *text = render(&result, pages[i][0], &plain);
        assert_recorded(path, text);
        free(text);
        dlb_result_free(&result);
    }
}

/* The document is the one of the store, which has tests of its own; that it tells how the check ended matters here. */
static void the_json_tells_how_it_ended(void **state)
{
    (void)state;
    struct dlb_result result;
    sample_check(&result);
    char *text = render(&result, "json", &plain);
    json_t *json = json_loads(text, 0, NULL);
    json_t *wanted = dlb_result_to_json(&result);
    assert_true(json_equal(json, wanted));
    assert_int_equal(json_integer_value(json_object_get(json, "exit_code")), 3);
    assert_string_equal(json_string_value(json_object_get(json, "reason")), "1 case failed");
    json_decref(json);
    json_decref(wanted);
    free(text);
    dlb_result_free(&result);
}

/* ---- escaping ---- */

static const struct {
    const char *raw, *xml, *command, *property, *label, *markdown;
} escapes[] = {
    {"a b", "a b", "a b", "a b", "a b", "<code>a b</code>"},
    {"", "", "", "", "", "<code></code>"},
    {"<&>\"'", "&lt;&amp;&gt;&quot;&apos;", "<&>\"'", "<&>\"'", "<&>\\\"'",
     "<code>&#60;&#38;&#62;&#34;&#39;</code>"},
    {"100%, a:b", "100%, a:b", "100%25, a:b", "100%25%2C a%3Ab", "100%, a:b",
     "<code>100%, a&#58;b</code>"},
    {"%0A", "%0A", "%250A", "%250A", "%0A", "<code>%0A</code>"},
    {"a\r\nb\tc", "a??b?c", "a??b?c", "a??b?c", "a??b?c", "<code>a??b?c</code>"},
    {"\\n\\", "\\n\\", "\\n\\", "\\n\\", "\\\\n\\\\", "<code>&#92;n&#92;</code>"},
    {"|`*_[](){}#!~@$+:", "|`*_[](){}#!~@$+:", "|`*_[](){}#!~@$+:", "|`*_[](){}#!~@$+%3A",
     "|`*_[](){}#!~@$+:",
     "<code>&#124;&#96;&#42;&#95;&#91;&#93;&#40;&#41;&#123;&#125;&#35;&#33;&#126;&#64;&#36;&#43;"
     "&#58;</code>"},
    {"\xE2\x80\xAEx\xE2\x81\xA6", "?x?", "?x?", "?x?", "?x?", "<code>?x?</code>"},
    {"\xF0\x9F\x9A\x80\xC2\xB5", "\xF0\x9F\x9A\x80\xC2\xB5", "\xF0\x9F\x9A\x80\xC2\xB5",
     "\xF0\x9F\x9A\x80\xC2\xB5", "\xF0\x9F\x9A\x80\xC2\xB5",
     "<code>\xF0\x9F\x9A\x80\xC2\xB5</code>"},
    {"\xFF\xC3 x", "?? x", "?? x", "?? x", "?? x", "<code>?? x</code>"},
    {"\xEF\xBF\xBF.", "???.", "\xEF\xBF\xBF.", "\xEF\xBF\xBF.", "\xEF\xBF\xBF.",
     "<code>\xEF\xBF\xBF.</code>"},
};

static void assert_escaped(void (*escape)(const char *, struct dlb_text *), const char *raw,
                           const char *wanted)
{
    struct dlb_text text = {0};
    dlb_text_append(&text, "<");
    escape(raw, &text);
    assert_false(text.failed);
    if (strcmp(text.data + 1, wanted) != 0)
        fail_msg("'%s' became '%s', wanted '%s'", raw, text.data + 1, wanted);
    dlb_text_free(&text);
}

static void escape_markdown(const char *raw, struct dlb_text *text)
{
    dlb_escape_markdown(raw, 100, text);
}

static void each_format_has_its_escapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
        assert_escaped(dlb_escape_xml, escapes[i].raw, escapes[i].xml);
        assert_escaped(dlb_escape_command, escapes[i].raw, escapes[i].command);
        assert_escaped(dlb_escape_property, escapes[i].raw, escapes[i].property);
        assert_escaped(dlb_escape_label, escapes[i].raw, escapes[i].label);
        assert_escaped(escape_markdown, escapes[i].raw, escapes[i].markdown);
    }
    struct dlb_text text = {0};
    dlb_escape_markdown("0123456789", 6, &text);
    assert_string_equal(text.data, "<code>012...</code>");
    dlb_text_free(&text);
}

/* ---- hostile names ---- */

static void assert_lines_start(const char *text, const char *const *starts)
{
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        bool found = false;
        for (int i = 0; starts[i] != NULL && !found; i++)
            found = strncmp(line, starts[i], strlen(starts[i])) == 0;
        if (!found)
            fail_msg("an odd line: '%.200s'", line);
    }
}

/* Markup is ours alone: every '<' begins a tag that we write, and every row of a table has the columns of its head. */
static void assert_markdown(const char *text)
{
    static const char *const tags[] = {
        "<code>",     "</code>", "<details>", "</details>", "<summary>",
        "</summary>", "<br>",    "<sub>",     "</sub>",     "<!-- dlbench-check -->",
        NULL};
    for (const char *c = strchr(text, '<'); c != NULL; c = strchr(c + 1, '<')) {
        bool ours = false;
        for (int i = 0; tags[i] != NULL && !ours; i++)
            ours = strncmp(c, tags[i], strlen(tags[i])) == 0;
        if (!ours)
            fail_msg("a foreign tag: '%.80s'", c);
    }
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        int bars = 0;
        for (const char *c = line; *c != '\n'; c++)
            bars += *c == '|';
        if (line[0] == '|' ? bars != 11 : bars != 0)
            fail_msg("%d bars: '%.300s'", bars, line);
    }
}

static void assert_harmless(const char *name, const char *text, int hostile)
{
    static const char *const commands[] = {
        "::error title=", "::warning title=", "::notice title=", NULL};
    static const char *const samples[] = {"# TYPE ", "# UNIT ",  "# HELP ",
                                          "# EOF",   "dlbench_", NULL};
    if (!dlb_text_is_utf8(text))
        fail_msg("%s, %d: no UTF-8", name, hostile);
    for (const char *c = text; *c != '\0'; c++)
        if (((unsigned char)*c < 0x20 && *c != '\n') || *c == 0x7f)
            fail_msg("%s, %d: a control character", name, hostile);
    assert_null(strstr(text, "\xE2\x80\xAE"));
    if (strcmp(name, "github") == 0)
        assert_lines_start(text, commands);
    else if (strcmp(name, "openmetrics") == 0)
        assert_lines_start(text, samples);
    else if (strcmp(name, "md") == 0)
        assert_markdown(text);
    else if (strcmp(name, "junit") == 0)
        assert_true(strstr(text, "<script") == NULL && strstr(text, "<!--") == NULL &&
                    strstr(text, "name='forged'") == NULL);
}

/* Whatever the names say, there are as many lines, cases and findings as with good names. */
static void names_change_no_structure(void **state)
{
    (void)state;
    static const char *const names[] = {"junit", "github",      "codequality",
                                        "sarif", "openmetrics", "md"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct dlb_result result;
        sample_check(&result);
        char *good = render(&result, names[i], &plain);
        dlb_result_free(&result);
        for (int j = 0; j < SAMPLE_HOSTILE; j++) {
            sample_check_hostile(&result, j);
            char *text = render(&result, names[i], &plain);
            assert_harmless(names[i], text, j);
            if (count_lines(text) != count_lines(good))
                fail_msg("%s, %d: %d lines, wanted %d:\n%s", names[i], j, count_lines(text),
                         count_lines(good), text);
            if (names[i][0] == 'c' || names[i][0] == 's') {
                json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
                assert_non_null(json);
                json_decref(json);
            }
            if (names[i][0] == 'j')
                assert_int_equal(count(text, "<testcase "), count(good, "<testcase "));
            free(text);
            dlb_result_free(&result);
        }
        free(good);
    }
}

/* ---- what is said ---- */

static void the_worst_comes_first(void **state)
{
    (void)state;
    static const char *const order[] = {
        "lenet batch=64",      "gemm m35 n700 k2048", "conv n1 c64 h56 w56", "lstm h512 t16",
        "pool n8 c64",         "conv n1 c3 h224",     "resnet50 batch=1",    "softmax m64 n4096",
        "gemm m512 n512 k512", "gemm m1 n4096 k4096", "relu n65536",         "gemm m64 n64 k64"};
    struct dlb_result result;
    const struct dlb_verdict_row **rows = NULL;
    sample_check(&result);
    assert_int_equal(dlb_check_sort(&result, &rows), DLB_OK);
    assert_int_equal(result.verdict_count, sizeof order / sizeof order[0]);
    for (int i = 0; i < result.verdict_count; i++)
        assert_string_equal(rows[i]->label, order[i]);
    free(rows);
    dlb_result_free(&result);
}

static void answers_fit_the_verdicts(void **state)
{
    (void)state;
    static const struct {
        int counts[DLB_VERDICT_COUNT];
        const char *answer, *sum;
    } rows[] = {
        {{0}, "nothing was compared", "0 cases"},
        {{[DLB_VERDICT_NEW] = 1}, "nothing was compared", "1 new of 1 case"},
        {{[DLB_VERDICT_PASS] = 3}, "no regression found", "3 pass of 3 cases"},
        {{[DLB_VERDICT_IMPROVED] = 1}, "no regression found", "1 improved of 1 case"},
        {{[DLB_VERDICT_PASS] = 3, [DLB_VERDICT_INCONCLUSIVE] = 2},
         "no regression found, 2 inconclusive",
         "2 inconclusive, 3 pass of 5 cases"},
        {{[DLB_VERDICT_REGRESSED] = 2, [DLB_VERDICT_INCONCLUSIVE] = 2},
         "2 slower",
         "2 regressed, 2 inconclusive of 4 cases"},
        {{[DLB_VERDICT_FAILED] = 1}, "1 failed", "1 failed of 1 case"},
        {{[DLB_VERDICT_FAILED] = 1, [DLB_VERDICT_REGRESSED] = 2},
         "1 failed, 2 slower",
         "1 failed, 2 regressed of 3 cases"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_result result;
        struct dlb_text text = {0};
        dlb_result_init(&result);
        for (int verdict = 0; verdict < DLB_VERDICT_COUNT; verdict++)
            for (int j = 0; j < rows[i].counts[verdict]; j++) {
                struct dlb_verdict_row row;
                sample_verdict(&row, "gemm", (enum dlb_verdict)verdict, 0);
                assert_int_equal(dlb_result_add_verdict(&result, &row), DLB_OK);
            }
        dlb_check_answer(&result, &text);
        assert_string_equal(text.data, rows[i].answer);
        dlb_text_clear(&text);
        dlb_check_counts(&result, &text);
        assert_string_equal(text.data, rows[i].sum);
        dlb_text_free(&text);
        dlb_result_free(&result);
    }
}

static void assert_sentence(const struct dlb_verdict_row *row, const char *wanted)
{
    struct dlb_text text = {0};
    dlb_check_sentence(row, &text);
    assert_string_equal(text.data, wanted);
    dlb_text_free(&text);
}

static void sentences_say_what_there_is(void **state)
{
    (void)state;
    struct dlb_verdict_row row;
    sample_verdict(&row, "gemm", DLB_VERDICT_REGRESSED, 0.142);
    assert_sentence(&row,
                    "14.2 % slower (95 % interval +13.0 % to +15.6 %), 2.00 ms -> 2.28 ms, Holm p "
                    "0.0006, 14 pairs; this check could see 2.1 %");
    row.slowdown = true;
    row.ci_hi = INFINITY;
    row.p_holm = NAN;
    row.mde90 = INFINITY;
    row.effect = -0.05;
    row.r2 = 1;
    row.median_a_ns = NAN;
    strcpy(row.reason, "why");
    assert_sentence(&row, "a trial with an injected slowdown: 5.0 % faster, p 0.0002, 1 pair; why");
    row.effect = NAN;
    row.slowdown = false;
    assert_sentence(&row, "why");
    row.reason[0] = '\0';
    assert_sentence(&row, "Slower by at least the tolerance, confirmed in fresh pairs.");
    dlb_verdict_free(&row);
}

static void fingerprints_follow_key_and_verdict(void **state)
{
    (void)state;
    struct dlb_verdict_row row;
    char first[17], again[17], other_key[17], other_verdict[17];
    sample_verdict(&row, "gemm", DLB_VERDICT_REGRESSED, 0.142);
    dlb_check_fingerprint(&row, first, sizeof first);
    assert_int_equal(strspn(first, "0123456789abcdef"), 16);
    row.effect = 0.08;
    row.stage = 1;
    strcpy(row.reason, "another");
    dlb_check_fingerprint(&row, again, sizeof again);
    assert_string_equal(first, again);
    row.verdict = DLB_VERDICT_FAILED;
    dlb_check_fingerprint(&row, other_verdict, sizeof other_verdict);
    assert_string_not_equal(first, other_verdict);
    row.verdict = DLB_VERDICT_REGRESSED;
    strcpy(row.key, "conv");
    dlb_check_fingerprint(&row, other_key, sizeof other_key);
    assert_string_not_equal(first, other_key);
    dlb_verdict_free(&row);
}

static void locations_stay_inside(void **state)
{
    (void)state;
    static const char *const places[][2] = {{"src/gemm.c", "src/gemm.c"},
                                            {"./src/gemm.c", "src/gemm.c"},
                                            {"/etc/passwd", "dlbench/ci"},
                                            {"../../x", "dlbench/ci"},
                                            {"a b/c#1%..c", "a b/c#1%..c"},
                                            {"/", "dlbench/ci"},
                                            {"./", "dlbench/ci"},
                                            {"", "dlbench/ci"},
                                            {NULL, "dlbench/ci"}};
    struct dlb_result result;
    sample_check(&result);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const struct dlb_check_output_options options = {.location = places[i][0]};
        struct dlb_text text = {0};
        dlb_check_location(&result, &options, &text);
        assert_string_equal(text.data, places[i][1]);
        dlb_text_free(&text);
    }
    strcpy(result.suite, "../a b");
    struct dlb_text suite = {0};
    dlb_check_location(&result, &(struct dlb_check_output_options){.location = NULL}, &suite);
    assert_string_equal(suite.data, "dlbench/_./a_b");
    dlb_text_free(&suite);
    const struct dlb_check_output_options options = {.location = "src/gemm.c"};
    char *github = render(&result, "github", &options);
    assert_non_null(strstr(github, "::error file=src/gemm.c,line=1,title="));
    free(github);
    dlb_result_free(&result);
}

/* A file is found by the name that it has: each format gets it in its own spelling. */
static void locations_are_escaped_for_their_format(void **state)
{
    (void)state;
    static const struct {
        const char *format, *spelling;
    } rows[] = {{"github", "::error file=a b/c#1%25%3A%2C?.c,line=1,title="},
                {"sarif", "\"uri\": \"a%20b/c%231%25%3A%2C%3F.c\""},
                {"codequality", "\"path\": \"a b/c#1%:,?.c\""}};
    const struct dlb_check_output_options options = {.location = "a b/c#1%:,\n.c"};
    struct dlb_result result;
    sample_check(&result);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = render(&result, rows[i].format, &options);
        if (strstr(text, rows[i].spelling) == NULL)
            fail_msg("%s lacks %s: %s", rows[i].format, rows[i].spelling, text);
        free(text);
    }
    dlb_result_free(&result);
}

/* --on-inconclusive=fail must be an error everywhere, not only in the exit code. */
static void inconclusive_may_fail_or_pass(void **state)
{
    (void)state;
    const struct dlb_check_output_options strict = {.inconclusive_fails = true};
    const struct dlb_check_output_options lenient = {.inconclusive_passes = true};
    static const struct {
        const char *name, *mild, *hard;
    } words[] = {
        {"junit", "<skipped message=\"inconclusive: ",
         "<failure type=\"inconclusive\" message=\"inconclusive: "},
        {"github", "::warning title=dlbench%3A inconclusive",
         "::error title=dlbench%3A inconclusive"},
    };
    struct dlb_result result;
    sample_check(&result);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char *mild = render(&result, words[i].name, &plain);
        char *hard = render(&result, words[i].name, &strict);
        assert_true(strstr(mild, words[i].mild) != NULL && strstr(mild, words[i].hard) == NULL);
        assert_true(strstr(hard, words[i].hard) != NULL && strstr(hard, words[i].mild) == NULL);
        free(mild);
        free(hard);
    }
    char *mild = render(&result, "sarif", &plain);
    char *hard = render(&result, "sarif", &strict);
    assert_int_equal(count(hard, "\"level\": \"error\""), count(mild, "\"level\": \"error\"") + 1);
    free(mild);
    free(hard);
    static const char *const formats[] = {"sarif", "codequality", "github"};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        mild = render(&result, formats[i], &plain);
        char *silent = render(&result, formats[i], &lenient);
        assert_non_null(strstr(mild, "lstm h512 t16"));
        assert_null(strstr(silent, "lstm h512 t16"));
        free(mild);
        free(silent);
    }
    dlb_result_free(&result);
}

/* Too few past sessions warn, whatever --on-inconclusive says. */
static void few_sessions_only_warn(void **state)
{
    (void)state;
    static const struct dlb_check_output_options both[] = {{.inconclusive_fails = true},
                                                           {.inconclusive_passes = true}};
    struct dlb_result result;
    sample_check(&result);
    for (int i = 0; i < result.verdict_count; i++) {
        strcpy(result.verdicts[i].mode, "history");
        result.verdicts[i].r1 = 7;
    }
    for (size_t i = 0; i < sizeof both / sizeof both[0]; i++) {
        char *junit = render(&result, "junit", &both[i]);
        char *github = render(&result, "github", &both[i]);
        assert_non_null(strstr(junit, "<skipped message=\"inconclusive: "));
        assert_non_null(strstr(github, "::warning title=dlbench%3A inconclusive"));
        free(junit);
        free(github);
    }
    dlb_result_free(&result);
}

/* ---- limits ---- */

static void make_many(struct dlb_result *result, int cases, const char *name)
{
    dlb_result_init(result);
    result->check = json_object();
    for (int i = 0; i < cases; i++) {
        struct dlb_verdict_row row;
        char key[300];
        snprintf(key, sizeof key, "%s %d", name, i);
        sample_verdict(&row, key, i % 3 == 0 ? DLB_VERDICT_REGRESSED : DLB_VERDICT_PASS,
                       0.05 + 0.0001 * i);
        assert_int_equal(dlb_result_add_verdict(result, &row), DLB_OK);
    }
}

static void ten_annotations_at_most(void **state)
{
    (void)state;
    struct dlb_result result;
    make_many(&result, 90, "gemm");
    char *text = render(&result, "github", &plain);
    assert_int_equal(count_lines(text), 10);
    assert_int_equal(count(text, "::error title="), 10);
    const char *first = strstr(text, "gemm 87");
    assert_true(first != NULL && first < strchr(text, '\n')); /* the largest change */
    assert_int_equal(count(text, "%0A20 more: see the summary\n"), 1);
    assert_string_equal(text + strlen(text) - 16, "see the summary\n");
    free(text);
    dlb_result_free(&result);
}

static void a_comment_keeps_its_limit(void **state)
{
    (void)state;
    char name[201];
    struct dlb_result result;
    memset(name, '|', 200); /* each becomes six bytes */
    name[200] = '\0';
    make_many(&result, 3000, name);
    for (size_t limit = 0; limit < 200000; limit += limit < 4000 ? 100 : 20000) {
        const struct dlb_check_output_options options = {.limit = limit};
        char *text = render(&result, "md", &options);
        const size_t most = limit > 0 ? limit : 65536;
        if (strlen(text) > most)
            fail_msg("%zu bytes, wanted at most %zu", strlen(text), most);
        if (strlen(text) > 0)
            assert_non_null(strstr(text, "dlbench check: 1000 slower"));
        if (most >= 20000) {
            assert_markdown(text);
            assert_int_equal(count(text, "<details>"), 2);
            assert_int_equal(count(text, "</details>"), 2);
            assert_non_null(strstr(text, " more that did not fit in here: see the JSON."));
            assert_non_null(strstr(text, "<sub>exit code 0"));
        }
        free(text);
    }
    dlb_result_free(&result);
    make_many(&result, 30, "gemm");
    char *text = render(&result, "md", &plain);
    assert_int_equal(count(text, "| <code>gemm "), 30);
    assert_null(strstr(text, "did not fit"));
    free(text);
    dlb_result_free(&result);
}

static void a_check_of_nothing_is_written(void **state)
{
    (void)state;
    struct dlb_result result;
    for (const struct dlb_check_output *output = dlb_check_outputs; output->name != NULL;
         output++) {
        dlb_result_init(&result);
        result.created_utc[0] = '\0';
        char *text = render(&result, output->name, &plain);
        if (strcmp(output->name, "github") == 0)
            assert_string_equal(text, "");
        else
            assert_true(strlen(text) > 2);
        free(text);
        dlb_result_free(&result);
    }
}

/* ---- files and streams ---- */

static char folder[256], path[300];

static int make_folder(void **state)
{
    (void)state;
    sample_make_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/summary.md", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    sample_remove_folder(folder);
    return 0;
}

static long size_of(const char *name)
{
    struct stat info;
    assert_int_equal(stat(name, &info), 0);
    return (long)info.st_size;
}

static char *slurp(const char *name)
{
    const size_t size = (size_t)size_of(name);
    char *text = calloc(1, size + 1);
    FILE *file = fopen(name, "rb");
    assert_true(text != NULL && file != NULL);
    assert_int_equal(fread(text, 1, size, file), size);
    fclose(file);
    return text;
}

static void fill(const char *name, long size)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    for (long i = 0; i < size; i++)
        fputc(i % 80 == 79 ? '\n' : 'x', file);
    assert_int_equal(fclose(file), 0);
}

static void the_summary_is_appended(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_why why = {""};
    sample_check(&result);
    char *alone = render(&result, "md", &plain);
    assert_int_equal(dlb_check_summary_append(&result, path, &why), DLB_OK);
    char *text = slurp(path);
    assert_string_equal(text, alone);
    free(text);
    assert_int_equal(dlb_check_summary_append(&result, path, &why), DLB_OK);
    text = slurp(path);
    assert_int_equal(strncmp(text, alone, strlen(alone)), 0);
    assert_string_equal(text + strlen(alone) + 2, alone);
    free(text);
    free(alone);
    unlink(path);
    dlb_result_free(&result);
}

static void the_summary_keeps_the_limit(void **state)
{
    (void)state;
    static const long limit = 1 << 20;
    struct dlb_result result;
    struct dlb_why why = {""};
    make_many(&result, 9000, "a rather long name of a case, as a suite of a user may have them");
    assert_int_equal(dlb_check_summary_append(&result, path, &why), DLB_OK);
    assert_true(size_of(path) <= limit && size_of(path) > limit - 1000);
    for (long room = 0; room < 6000; room += 500) {
        fill(path, limit - room);
        const enum dlb_status status = dlb_check_summary_append(&result, path, &why);
        assert_true(size_of(path) <= limit);
        if (status == DLB_SKIPPED) {
            assert_int_equal(size_of(path), limit - room);
            assert_non_null(strstr(why.text, "the step summary is full"));
            assert_true(room < 500);
        } else {
            assert_int_equal(status, DLB_OK);
            assert_true(size_of(path) > limit - room);
        }
    }
    unlink(path);
    dlb_result_free(&result);
}

static void odd_places_are_told(void **state)
{
    (void)state;
    static const char *const missing = "no/such/folder/summary.md";
    struct dlb_result result;
    struct dlb_why why = {""};
    sample_check(&result);
    assert_int_equal(dlb_check_summary_append(&result, missing, &why), DLB_IO);
    assert_non_null(
        strstr(why.text, "cannot write the step summary no/such/folder/summary.md: No"));
    assert_int_equal(dlb_check_summary_append(&result, folder, &why), DLB_IO);
    assert_non_null(strstr(why.text, "Is a directory"));
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(dlb_check_summary_append(&result, path, &why), DLB_IO); /* and does not wait */
    unlink(path);
    if (access("/dev/full", W_OK) == 0) {
        assert_int_equal(dlb_check_summary_append(&result, "/dev/full", &why), DLB_IO);
        assert_non_null(strstr(why.text, "No space left on device"));
    }
    const struct dlb_check_output *junit = dlb_check_output_find("junit");
    assert_int_equal(dlb_check_output_save(junit, &result, &plain, missing, &why), DLB_IO);
    assert_non_null(strstr(why.text, missing));
    assert_int_equal(dlb_check_output_save(junit, &result, &plain, path, &why), DLB_OK);
    char *saved = slurp(path);
    char *text = render(&result, "junit", &plain);
    assert_string_equal(saved, text);
    free(saved);
    free(text);
    unlink(path);
    dlb_result_free(&result);
}

/* Nobody reads any more: not an error to tell, but no success either. */
static void a_closed_pipe_is_quiet(void **state)
{
    (void)state;
    struct dlb_result result;
    sample_check(&result);
    signal(SIGPIPE, SIG_IGN);
    for (const struct dlb_check_output *output = dlb_check_outputs; output->name != NULL;
         output++) {
        struct dlb_why why = {"untold"};
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        close(ends[0]);
        FILE *stream = fdopen(ends[1], "w");
        assert_int_equal(output->write(&result, &plain, stream, &why), DLB_IO);
        assert_string_equal(why.text, "");
        fclose(stream);
    }
    dlb_result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_found),
        cmocka_unit_test(pages_are_as_recorded),
        cmocka_unit_test(the_json_tells_how_it_ended),
        cmocka_unit_test(each_format_has_its_escapes),
        cmocka_unit_test(names_change_no_structure),
        cmocka_unit_test(the_worst_comes_first),
        cmocka_unit_test(answers_fit_the_verdicts),
        cmocka_unit_test(sentences_say_what_there_is),
        cmocka_unit_test(fingerprints_follow_key_and_verdict),
        cmocka_unit_test(locations_stay_inside),
        cmocka_unit_test(locations_are_escaped_for_their_format),
        cmocka_unit_test(inconclusive_may_fail_or_pass),
        cmocka_unit_test(few_sessions_only_warn),
        cmocka_unit_test(ten_annotations_at_most),
        cmocka_unit_test(a_comment_keeps_its_limit),
        cmocka_unit_test(a_check_of_nothing_is_written),
        cmocka_unit_test(the_summary_is_appended),
        cmocka_unit_test(the_summary_keeps_the_limit),
        cmocka_unit_test(odd_places_are_told),
        cmocka_unit_test(a_closed_pipe_is_quiet),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
