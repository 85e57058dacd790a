/* selftest_aa_report.c: what checks of a program against itself say of the machine: how small a change it shows, which --rated and
 * --tolerance are worth asking for, what is in the way. */
#include "bench/cli/selftest_aa_report.h"

#include <math.h>
#include <stdlib.h>

#include "bench/cli/command.h"
#include "bench/stats/rule.h"
#include "bench/stats/summary.h"

#define NOISY_SHARE 0.2 /* of processes that gates rejected: more is worth a word */

static double median_mde(const struct dlb_aa_case *x)
{
    return x->count > 0 ? dlb_median(x->mde, x->count) : (double)NAN;
}

static int compare_doubles(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The smallest change that nine of ten cases would have shown; NaN without any. */
static double usual_mde(const struct dlb_aa *aa)
{
    double *sorted = calloc((size_t)aa->case_count + 1, sizeof *sorted);
    double usual = NAN;
    int count = 0;
    for (int64_t i = 0; i < aa->case_count && sorted != NULL; i++) {
        if (aa->cases[i].count > 0) {
            sorted[count++] = median_mde(&aa->cases[i]);
        }
    }
    if (count > 0) {
        qsort(sorted, (size_t)count, sizeof *sorted, compare_doubles);
        usual = sorted[(count * 9 - 1) / 10];
    }
    free(sorted);
    return usual;
}

/* Steps of --rated, and of --tolerance in the proportion of the defaults: what is tolerated must be well below what is seen. */
static void suggest(struct dlb_aa *aa)
{
    static const struct {
        double rated, tolerance;
    } steps[] = {{0.03, 0.02}, {0.05, 0.03}, {0.07, 0.04}, {0.10, 0.06},
                 {0.15, 0.09}, {0.20, 0.12}, {0.30, 0.18}};
    const double usual = usual_mde(aa);
    aa->rated = aa->tolerance = NAN;
    for (size_t i = DLB_ARRAY_COUNT(steps); i-- > 0;) {
        if (usual <= steps[i].rated) {
            aa->rated = steps[i].rated;
            aa->tolerance = steps[i].tolerance;
        }
    }
    for (int64_t i = 0; i < aa->case_count; i++) {
        aa->beyond += median_mde(&aa->cases[i]) > aa->rated;
    }
}

static const struct dlb_aa_case *noisiest(const struct dlb_aa *aa)
{
    const struct dlb_aa_case *worst = NULL;
    for (int64_t i = 0; i < aa->case_count; i++) {
        const struct dlb_aa_case *x = &aa->cases[i];
        if (x->count > 0 && (worst == NULL || median_mde(x) > median_mde(worst))) {
            worst = x;
        }
    }
    return worst;
}

static double rejected_share(const struct dlb_aa *aa)
{
    int processes = 0;
    int rejected = 0;
    for (int64_t i = 0; i < aa->case_count; i++) {
        processes += aa->cases[i].processes;
        rejected += aa->cases[i].rejected;
    }
    return processes > 0 ? (double)rejected / processes : 0;
}

static char *next_advice(struct dlb_aa *aa)
{
    return aa->advice[aa->advice_count++];
}

void dlb_aa_advise(struct dlb_aa *aa)
{
    suggest(aa);
    const size_t size = sizeof aa->advice[0];
    const struct dlb_aa_case *worst = noisiest(aa);
    const double rejected = rejected_share(aa);
    if (worst == NULL) {
        return;
    }
    if (isfinite(aa->rated)) {
        snprintf(next_advice(aa), size,
                 "Here --rated %.3g%% --tolerance %.3g%% can be answered for nine of ten cases%s.",
                 100 * aa->rated, 100 * aa->tolerance,
                 aa->rated <= dlb_rule_default.rated ? ": the defaults suit this machine" : "");
    } else {
        snprintf(next_advice(aa), size,
                 "This machine is too noisy for a check: not even 30 %% would be seen in nine of "
                 "ten cases. Stop other work, or use another machine.");
    }
    if (aa->beyond > 0 && isfinite(aa->rated)) {
        snprintf(
            next_advice(aa), size,
            "%d case%s noisier than that, the worst %s on %s: give more --pairs or --max-time, "
            "or leave %s out with -w.",
            aa->beyond, aa->beyond == 1 ? " is" : "s are", worst->label, worst->device,
            aa->beyond == 1 ? "it" : "them");
    }
    if (rejected > NOISY_SHARE) {
        snprintf(next_advice(aa), size,
                 "The gates rejected %.0f %% of the processes: something else runs here. A check "
                 "takes up to three times as long for it; leave it a CPU (-t), or stop it.",
                 100 * rejected);
    }
    if (!(aa->rated <= dlb_rule_default.rated) || rejected > NOISY_SHARE) {
        snprintf(next_advice(aa), size,
                 "dlbench doctor tells what can be done about clocks, governor and neighbours.");
    }
}

/* ---- telling ---- */

static void add_cell(struct dlb_table *table, const char *format, double value)
{
    char text[32] = "-";
    if (isfinite(value)) {
        snprintf(text, sizeof text, format, 100 * value);
    }
    dlb_table_add(table, text);
}

void dlb_aa_print(const struct dlb_aa *aa, const struct dlb_screen *screen)
{
    static const char *const headings[] = {"case",      "device",         "pair spread",
                                           "could see", "largest change", ""};
    struct dlb_table table = {.columns = (int)DLB_ARRAY_COUNT(headings)};
    FILE *stream = screen->stream;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(headings); i++) {
        dlb_table_add(&table, headings[i]);
    }
    int judged = 0;
    int flagged = 0;
    int inconclusive = 0;
    for (int64_t i = 0; i < aa->case_count; i++) {
        const struct dlb_aa_case *x = &aa->cases[i];
        dlb_table_add(&table, x->label);
        dlb_table_add(&table, x->device);
        add_cell(&table, "%.2f %%", x->count > 0 ? dlb_median(x->sd, x->count) : (double)NAN);
        add_cell(&table, "%.1f %%", median_mde(x));
        add_cell(&table, "%+.1f %%", x->count > 0 ? x->largest : (double)NAN);
        dlb_table_add(&table, x->count == 0         ? "not compared"
                              : x->flagged > 0      ? "CALLED CHANGED"
                              : x->inconclusive > 0 ? "inconclusive"
                                                    : "");
        judged += x->count;
        flagged += x->flagged;
        inconclusive += x->inconclusive;
    }
    dlb_table_print(&table, screen);
    dlb_table_free(&table);
    fprintf(stream,
            "\n%d check%s of %lld case%s, this program against itself: %d of %d answers called a "
            "change "
            "(wanted: none), %d inconclusive\n",
            aa->checks, aa->checks == 1 ? "" : "s", (long long)aa->case_count,
            aa->case_count == 1 ? "" : "s", flagged, judged, inconclusive);
    for (int i = 0; i < aa->advice_count; i++) {
        dlb_print_wrapped(stream, aa->advice[i], 0, screen->columns);
    }
}

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *dlb_aa_json(const struct dlb_aa *aa)
{
    json_t *cases = json_array();
    json_t *advice = json_array();
    for (int64_t i = 0; i < aa->case_count; i++) {
        const struct dlb_aa_case *x = &aa->cases[i];
        json_array_append_new(
            cases, json_pack("{s:o, s:o, s:i, s:o, s:o, s:o, s:i, s:i, s:i, s:i}", "case",
                             dlb_json_text(x->label), "device", dlb_json_text(x->device), "judged",
                             x->count, "sd_pair",
                             real_or_null(x->count > 0 ? dlb_median(x->sd, x->count) : (double)NAN),
                             "mde90", real_or_null(median_mde(x)), "largest_change",
                             real_or_null(x->count > 0 ? x->largest : (double)NAN),
                             "called_changed", x->flagged, "inconclusive", x->inconclusive,
                             "processes", x->processes, "rejected", x->rejected));
    }
    for (int i = 0; i < aa->advice_count; i++) {
        json_array_append_new(advice, dlb_json_text(aa->advice[i]));
    }
    return json_pack("{s:s, s:i, s:i, s:o, s:o, s:o, s:o}", "selftest", "aa", "checks", aa->checks,
                     "checks_called_changed", aa->flagged_checks, "cases", cases, "rated",
                     real_or_null(aa->rated), "tolerance", real_or_null(aa->tolerance), "advice",
                     advice);
}
