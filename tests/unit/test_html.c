/* test_html.c: the page of a result: its pieces (escaping, embedded JSON, pictures), its sections, hostile names, many files and many records.
 *
 * What a browser makes of a page is tests/cli/report.bats' business (html_page.py). No gnuplot is run here: pictures are made up. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/store/result_join.h"
#include "reports/duel.h"
#include "reports/html_text.h"
#include "reports/pictures.h"
#include "reports/report.h"
#include "tests/unit/check_sample.h"
#include "tests/unit/store_sample.h"

static const struct dlb_pictures no_pictures = {.reason = "gnuplot is not there"};

static char *render(const struct dlb_result *result, const struct dlb_pictures *pictures)
{
    const struct dlb_report_options options = {
        .unicode = true, .pictures = pictures, .file = "r.json"};
    char *text = NULL;
    size_t size = 0;
    struct dlb_why why = {""};
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    const enum dlb_status status = dlb_report_find("html")->write(result, &options, stream, &why);
    if (status != DLB_OK)
        fail_msg("%s", why.text);
    assert_int_equal(fclose(stream), 0);
    assert_int_equal(strlen(text), size);
    assert_true(dlb_text_is_utf8(text));
    return text;
}

static void assert_holds(const char *page, const char *wanted)
{
    if (strstr(page, wanted) == NULL)
        fail_msg("the page lacks: %s", wanted);
}

static void assert_lacks(const char *page, const char *unwanted)
{
    const char *at = strstr(page, unwanted);
    if (at != NULL)
        fail_msg("the page holds: %.120s", at);
}

static int count(const char *page, const char *word)
{
    int times = 0;
    for (const char *at = strstr(page, word); at != NULL; at = strstr(at + 1, word))
        times++;
    return times;
}

/* ---- pieces ---- */

static void texts_are_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *text, *name;
    } cases[] = {
        {"gemm m512", "gemm m512", "gemm m512"},
        {"<b>&\"'", "&lt;b&gt;&amp;&quot;&apos;", "<bdi>&lt;b&gt;&amp;&quot;&apos;</bdi>"},
        {"a\nb\x01\x7f", "a?b?\?", "<bdi>a?b?\?</bdi>"},
        {"x\xE2\x80\xAEy", "x?y", "<bdi>x?y</bdi>"}, /* right-to-left override */
        {"\xD7\xA9\xF0\x9F\x9A\x80", "\xD7\xA9\xF0\x9F\x9A\x80",
         "<bdi>\xD7\xA9\xF0\x9F\x9A\x80</bdi>"},
        {"\xff\xc0<", "?\?&lt;", "<bdi>?\?&lt;</bdi>"},
        {"", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dlb_text text = {0};
        struct dlb_text name = {0};
        dlb_html_text(cases[i].raw, &text);
        dlb_html_name(cases[i].raw, &name);
        assert_string_equal(text.data != NULL ? text.data : "", cases[i].text);
        assert_string_equal(name.data != NULL ? name.data : "", cases[i].name);
        dlb_text_free(&text);
        dlb_text_free(&name);
    }
}

static void nothing_ends_the_element_of_the_data(void **state)
{
    (void)state;
    json_t *json =
        json_pack("{s:s, s:[s, s]}", "a<b", "</script><script>", "<!-- <SCRIPT", "\"\\<", "]]>");
    struct dlb_text text = {0};
    assert_true(dlb_html_json(json, &text));
    assert_null(strchr(text.data, '<'));
    json_t *back = json_loads(text.data, 0, NULL);
    assert_true(json_equal(json, back));
    json_decref(back);
    json_decref(json);
    dlb_text_free(&text);
    assert_false(dlb_html_json(NULL, &text));
}

static bool inline_svg(const char *svg, struct dlb_text *out)
{
    struct dlb_text from = {0};
    dlb_text_append(&from, svg);
    const struct dlb_html_picture how = {.prefix = "p7-",
                                         .old_prefix = "plot-",
                                         .title = "A <title>",
                                         .description = "what \"it\" shows"};
    const bool ok = dlb_html_svg(&from, &how, out);
    dlb_text_free(&from);
    return ok;
}

static void a_picture_gets_ids_of_its_own(void **state)
{
    (void)state;
    struct dlb_text out = {0};
    assert_true(
        inline_svg("<?xml version=\"1.0\"?>\n<!DOCTYPE svg PUBLIC \"x\" \"y\">\n"
                   "<svg width=\"8\" height='4' xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n"
                   "<title>Gnuplot</title>\n<desc>Produced by GNUPLOT</desc>\n<!-- note -->"
                   "<defs><path id='plot-gpPt0' d='M0,0'/><pattern id=\"fill\"/></defs>\n\t"
                   "<g fill=\"none\">\n\t</g>\n"
                   "<g id=\"a_plot_1\"><use xlink:href='#plot-gpPt0' fill=\"url(#fill)\"/>"
                   "<text>id=\"x\" &lt;b&gt; url(#y)</text></g></svg>\n",
                   &out));
    assert_string_equal(out.data,
                        "<svg role=\"img\" aria-labelledby=\"p7-t p7-d\" width=\"8\" height='4' "
                        "xmlns:xlink=\"http://www.w3.org/1999/xlink\">"
                        "<title id=\"p7-t\">A &lt;title&gt;</title>"
                        "<desc id=\"p7-d\">what &quot;it&quot; shows</desc>\n"
                        "<defs><path id='p7-gpPt0' d='M0,0'/><pattern id=\"p7-fill\"/></defs>\n"
                        "<g id=\"p7-a_plot_1\"><use xlink:href='#p7-gpPt0' fill=\"url(#p7-fill)\"/>"
                        "<text>id=\"x\" &lt;b&gt; url(#y)</text></g></svg>\n");
    dlb_text_free(&out);
}

static void a_picture_that_does_more_than_show_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "no picture",
        "<svg",
        "<svg/>",
        "<svg></svg",
        "<svg><path d='M0,0'></svg>\xff",
        "<svg><script>alert(1)</script></svg>",
        "<svg onload='alert(1)'></svg>",
        "<svg><g OnClick=\"x\"><path d='M0,0'/></g></svg>",
        "<svg><foreignObject></foreignObject></svg>",
        "<svg><image href='http://x/y.png'/></svg>",
        "<svg><use xlink:href='http://x/#y'/></svg>",
        "<svg><use href=\"javascript:alert(1)\"/></svg>",
        "<svg><rect fill='url(http://x/y)'/></svg>",
        "<svg><a href='#x'>y</a></svg>",
        "<svg><style>@import 'x';</style></svg>",
        "<svg><![CDATA[<script>]]></svg>",
        "<svg><g title='></svg>",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct dlb_text out = {0};
        if (inline_svg(bad[i], &out) || out.size > 0)
            fail_msg("taken: %s", bad[i]);
        dlb_text_free(&out);
    }
}

/* ---- who is how much faster ---- */

static void duels_are_counted(void **state)
{
    (void)state;
    /* three problems: 2x ahead, 3x ahead, and one behind; the sample's intervals are about 1 % wide */
    static const double mine[] = {1e6, 1e6, 4e6};
    static const double other[] = {2e6, 3e6, 1e6};
    static const char *const problems[] = {"gemm:m=1,dtype=f32", "gemm:m=2,dtype=f32",
                                           "gemm:m=3,dtype=f32"};
    struct dlb_result result;
    struct dlb_ranking ranking;
    dlb_result_init(&result);
    for (int i = 0; i < 3; i++)
        for (int device = 0; device < 2; device++) {
            struct dlb_record record;
            sample_record(&record, problems[i], problems[i], device == 0 ? "a:0" : "b:0",
                          device == 0 ? mine[i] : other[i], 3);
            assert_int_equal(dlb_result_add(&result, &record), DLB_OK);
        }
    assert_int_equal(dlb_ranking_make(&result, &ranking), DLB_OK);
    const struct dlb_duel duel = dlb_duel_of(&ranking, 0, 0, 1);
    assert_int_equal(duel.both, 3);
    assert_int_equal(duel.ahead, 2);
    assert_int_equal(duel.behind, 1);
    assert_int_equal(duel.open, 0);
    assert_true(fabs(duel.least - 0.25) < 0.01);
    assert_true(fabs(duel.most - 3) < 0.1);
    const struct dlb_duel self = dlb_duel_of(&ranking, 0, 1, 1);
    assert_int_equal(self.open, 3); /* an interval touches itself */
    const struct dlb_duel none = dlb_duel_of(&ranking, 0, 0, 7);
    assert_int_equal(none.both, 0);
    assert_true(isnan(none.least) && isnan(none.most));
    dlb_ranking_free(&ranking);
    dlb_result_free(&result);
}

/* ---- pages ---- */

static void the_sample_has_its_sections(void **state)
{
    (void)state;
    static const char *const sections[] = {"answer",  "warnings", "ranking",  "roofline",
                                           "cases",   "energy",   "counters", "environment",
                                           "samples", "method",   "data"};
    struct dlb_result result;
    sample_full_result(&result);
    char *page = render(&result, &no_pictures);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "<section id=\"%s\">", sections[i]);
        assert_holds(page, wanted);
        snprintf(wanted, sizeof wanted, "<a href=\"#%s\">", sections[i]);
        assert_holds(page, wanted);
    }
    assert_holds(page, "no pictures: gnuplot is not there");
    assert_holds(page, "onednn:0");
    assert_holds(page, "unavailable: libOpenCL.so.1 not found");
    assert_holds(page, "crashed: SIGSEGV in prepare");
    assert_holds(page, "modelled");
    assert_lacks(page, "<section id=\"check\">");
    assert_lacks(page, "://"); /* nothing outside is asked for */
    free(page);
    dlb_result_free(&result);
}

/* A meter's doubt stands with its figure; a bound has no window to tell of. */
static void energies_say_what_is_to_know(void **state)
{
    (void)state;
    struct dlb_result result;
    int changed = 0;
    sample_full_result(&result);
    for (int i = 0; i < result.record_count && changed < 2; i++) {
        struct dlb_energy *energy = &result.records[i].energy;
        if (!dlb_energy_is_metered(energy))
            continue;
        strcpy(energy->reason, changed == 0 ? "another pace" : "80 W x time");
        if (changed++ == 1)
            strcpy(energy->method, "tdp_bound");
    }
    char *page = render(&result, &no_pictures);
    assert_int_equal(changed, 2);
    assert_holds(page, " s; another pace</td>");
    assert_holds(page, "<td>tdp_bound, package_dram; 80 W x time</td>");
    free(page);
    dlb_result_free(&result);
}

/* A cost without a price of the hour has a reason and no basis: nothing separates it from nothing. */
static void a_cost_of_electricity_alone_has_its_reason(void **state)
{
    (void)state;
    struct dlb_result result;
    sample_full_result(&result);
    for (int i = 0; i < result.record_count; i++) {
        struct dlb_cost *cost = &result.records[i].cost;
        cost->basis[0] = cost->price_as_of[0] = '\0';
        snprintf(cost->reason, sizeof cost->reason, "electricity alone: because");
    }
    char *page = render(&result, &no_pictures);
    assert_holds(page, ">electricity alone: because<");
    assert_lacks(page, ">; electricity");
    free(page);
    dlb_result_free(&result);
}

/* Each time leads to a block that is there, with every process and all samples. */
static void every_time_leads_to_its_samples(void **state)
{
    (void)state;
    struct dlb_result result;
    int timed = 0;
    int processes = 0;
    sample_result(&result);
    char *page = render(&result, &no_pictures);
    for (int i = 0; i < result.record_count; i++) {
        char wanted[64];
        const struct dlb_record *record = &result.records[i];
        if (record->status != DLB_OK)
            continue;
        timed++;
        processes += record->invocation_count;
        snprintf(wanted, sizeof wanted, "<a href=\"#c%d\">", i);
        assert_holds(page, wanted);
        snprintf(wanted, sizeof wanted, "<p id=\"c%d\">", i);
        assert_holds(page, wanted);
        for (int j = 0; j < record->invocation_count; j++) {
            snprintf(wanted, sizeof wanted, " %.6g", record->invocations[j].samples_ns[0]);
            assert_holds(page, wanted);
        }
    }
    assert_int_equal(count(page, "<details class=\"case\">"), timed);
    assert_int_equal(count(page, "<p class=\"samples\">"), processes);
    free(page);
    dlb_result_free(&result);
}

/* The embedded document is the result without its samples. */
static void the_data_are_a_result(void **state)
{
    (void)state;
    static const char begin[] = "id=\"dlbench-data\">";
    struct dlb_result result, back;
    struct dlb_why why = {""};
    sample_full_result(&result);
    char *page = render(&result, &no_pictures);
    char *data = strstr(page, begin);
    assert_non_null(data);
    data += strlen(begin);
    char *end = strstr(data, "</script>");
    assert_non_null(end);
    *end = '\0';
    json_t *json = json_loads(data, 0, NULL);
    if (dlb_result_from_json(json, &back, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_int_equal(back.record_count, result.record_count);
    assert_string_equal(back.run_id, result.run_id);
    assert_true(back.records[0].summary.median_ns == result.records[0].summary.median_ns);
    assert_null(back.records[0].invocations[0].samples_ns);
    json_decref(json);
    dlb_result_free(&back);
    dlb_result_free(&result);
    free(page);
}

static void a_check_tells_its_verdicts(void **state)
{
    (void)state;
    struct dlb_result result;
    sample_check(&result);
    char *page = render(&result, &no_pictures);
    assert_holds(page, "<section id=\"check\">");
    assert_holds(page, "Did it get slower?");
    assert_holds(page, "1 failed, 2 slower");
    assert_holds(page, ">regressed</td>");
    assert_holds(page, "<div class=\"card bad\">");
    free(page);
    dlb_result_free(&result);
}

static void hostile_names_stay_names(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLE_HOSTILE; i++) {
        struct dlb_result result;
        sample_check_hostile(&result, i);
        char *page = render(&result, &no_pictures);
        assert_int_equal(count(page, "<script"), 2);
        assert_int_equal(count(page, "</script>"), 2);
        assert_int_equal(count(page, "<!--"), 0);
        assert_int_equal(count(page, "<body"), 1);
        assert_int_equal(count(page, "</html>"), 1);
        free(page);
        dlb_result_free(&result);
    }
}

static void nothing_measured_is_said(void **state)
{
    (void)state;
    struct dlb_result result;
    dlb_result_init(&result);
    char *page = render(&result, &no_pictures);
    assert_holds(page, "Nothing was measured");
    assert_holds(page, "incomplete: the run has not ended");
    assert_lacks(page, "<section id=\"ranking\">");
    assert_lacks(page, "<section id=\"samples\">");
    free(page);
    dlb_result_free(&result);
}

/* ---- pictures ---- */

static void pictures_stand_where_they_belong(void **state)
{
    (void)state;
    struct dlb_plot plots[] = {{.name = "speed-f32", .title = "Speed <f32>"},
                               {.name = "heatmap", .title = "Heat"},
                               {.name = "order", .title = "Order"}};
    struct dlb_picture items[] = {{.kind = "speed", .plot = &plots[0]},
                                  {.kind = "heatmap", .plot = &plots[1], .reason = "it hung"},
                                  {.kind = "order", .plot = &plots[2]}};
    const struct dlb_pictures pictures = {.count = 3, .items = items};
    struct dlb_result result;
    dlb_text_append(&plots[0].alt, "onednn is ahead");
    dlb_text_append(&items[0].svg, "<svg><g id='speed-f32-g'><path d='M0,0'/></g></svg>");
    dlb_text_append(&items[2].svg, "<svg><script></script></svg>");
    sample_result(&result);
    char *page = render(&result, &pictures);
    assert_holds(page, "<g id='p0-g'>");
    assert_holds(page, "<desc id=\"p0-d\">onednn is ahead</desc>");
    assert_holds(page, "<figcaption>onednn is ahead</figcaption>");
    assert_holds(page, "is left out: it hung; dlbench plot heatmap draws it alone");
    assert_holds(page, "is left out: what gnuplot drew is not fit for a page");
    free(page);
    dlb_result_free(&result);
    dlb_text_free(&plots[0].alt);
    dlb_text_free(&items[0].svg);
    dlb_text_free(&items[2].svg);
}

/* ---- many ---- */

static void files_are_told_apart(void **state)
{
    (void)state;
    static const char *const labels[] = {"old.json", "new & <new>.json"};
    struct dlb_result parts[2], joined;
    struct dlb_why why = {""};
    sample_result(&parts[0]);
    sample_full_result(&parts[1]);
    const int records = parts[0].record_count + parts[1].record_count;
    assert_int_equal(dlb_result_join(parts, labels, 2, &joined, &why), DLB_OK);
    assert_int_equal(joined.record_count, records);
    char *page = render(&joined, &no_pictures);
    assert_holds(page, "old/onednn:0");
    assert_holds(page, "new &amp; &lt;new&gt;/onednn:0");
    assert_holds(page, "all digits are in the files that it was made from");
    free(page);
    dlb_result_free(&parts[0]);
    dlb_result_free(&parts[1]);
    dlb_result_free(&joined);
}

static void add_many(struct dlb_result *result, int records)
{
    for (int i = 0; i < records; i++) {
        struct dlb_record record;
        char problem[160], label[128];
        snprintf(problem, sizeof problem,
                 "conv:n=16,c=64,h=56,w=56,k=%d,r=3,s=3,pad=1,stride=1,dtype=f32", i / 4);
        snprintf(label, sizeof label, "conv n16 c64 h56 w56 k%d r3 s3 pad=1 stride=1", i / 4);
        const char *const devices[] = {"onednn:0", "openblas:0", "opencl:0", "reference:0"};
        sample_record(&record, problem, label, devices[i % 4], 1e6 + 100.0 * i, 3);
        assert_int_equal(dlb_result_add(result, &record), DLB_OK);
    }
}

/* Ten thousand cases: all rows, the numbers of all, and not more than 5 MB; what is left out is told. */
static void a_large_result_makes_no_large_page(void **state)
{
    (void)state;
    struct dlb_result result;
    sample_result(&result);
    add_many(&result, 10000);
    char *page = render(&result, &no_pictures);
    assert_true(strlen(page) < 5000000);
    assert_holds(page, "k2499 r3");
    assert_holds(page, "they are in r.json");
    assert_holds(page, "\"dlbench-report-numbers/1\"");
    assert_lacks(page, "<a href=\"#c1");
    assert_true(count(page, "</td></tr>") > 10000);
    free(page);
    dlb_result_free(&result);
}

/* In between: a block for each case, with some of its samples. */
static void a_middling_result_keeps_its_blocks(void **state)
{
    (void)state;
    struct dlb_result result;
    sample_result(&result);
    add_many(&result, 600);
    char *page = render(&result, &no_pictures);
    assert_true(strlen(page) < 5000000);
    assert_true(count(page, "<details class=\"case\">") > 600);
    free(page);
    dlb_result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(nothing_ends_the_element_of_the_data),
        cmocka_unit_test(a_picture_gets_ids_of_its_own),
        cmocka_unit_test(a_picture_that_does_more_than_show_is_refused),
        cmocka_unit_test(duels_are_counted),
        cmocka_unit_test(the_sample_has_its_sections),
        cmocka_unit_test(energies_say_what_is_to_know),
        cmocka_unit_test(a_cost_of_electricity_alone_has_its_reason),
        cmocka_unit_test(every_time_leads_to_its_samples),
        cmocka_unit_test(the_data_are_a_result),
        cmocka_unit_test(a_check_tells_its_verdicts),
        cmocka_unit_test(hostile_names_stay_names),
        cmocka_unit_test(nothing_measured_is_said),
        cmocka_unit_test(pictures_stand_where_they_belong),
        cmocka_unit_test(files_are_told_apart),
        cmocka_unit_test(a_large_result_makes_no_large_page),
        cmocka_unit_test(a_middling_result_keeps_its_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
