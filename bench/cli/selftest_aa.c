/* selftest_aa.c: whole checks of this program against itself, and what they say of the machine.
 *
 * What is called a change here is called so by chance. The spread of the pairs tells how small a change can be seen, and so
 * which --rated and --tolerance are worth asking for. Measuring and judging are those of `dlbench check`. */
#include "bench/cli/selftest_aa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/check_state.h"
#include "bench/cli/stop.h"
#include "bench/stats/summary.h"

#define NOISY_SHARE 0.2 /* of processes that gates rejected: more is worth a word */
#define MOST_ADVICE 4

/* One case over all repetitions. */
struct aa_case {
    char label[128], device[68];
    int count; /* repetitions in which it was judged */
    double *sd, *mde;
    double largest; /* change that was seen, of either sign */
    int flagged, inconclusive;
    int processes, rejected;
};

struct aa {
    struct dlb_cli *cli;
    const struct dlb_selftest_aa *wanted;
    int64_t case_count;
    struct aa_case *cases;
    int checks, flagged_checks;
    double rated, tolerance; /* suggested; NaN: nothing helps */
    int beyond;              /* cases that even so cannot be judged */
    int advice_count;
    char advice[MOST_ADVICE][512];
};

/* ---- measuring ---- */

/* The options of a check at their defaults, but for what was asked for. */
static enum dlb_status set_arguments(const struct aa *aa, struct dlb_cli *cli,
                                     struct dlb_check_arguments *arguments)
{
    const struct dlb_selftest_aa *wanted = aa->wanted;
    struct dlb_parser *parser = &cli->parser;
    enum dlb_status status = dlb_parser_add(parser, dlb_check_argument_rows, arguments, &cli->why);
    for (int i = 0; i < wanted->devices.count && status == DLB_OK; i++) {
        status = dlb_parser_set(parser, "device", wanted->devices.items[i], DLB_SOURCE_COMMAND_LINE,
                                &cli->why);
    }
    for (int i = 0; i < wanted->workloads.count && status == DLB_OK; i++) {
        status = dlb_parser_set(parser, "workload", wanted->workloads.items[i],
                                DLB_SOURCE_COMMAND_LINE, &cli->why);
    }
    if (wanted->suite != NULL && status == DLB_OK) {
        status = dlb_parser_set(parser, "suite", wanted->suite, DLB_SOURCE_COMMAND_LINE, &cli->why);
    }
    arguments->pairs = wanted->pairs;
    return status;
}

static enum dlb_status open_cases(struct aa *aa, const struct dlb_result *result)
{
    const size_t repeat = (size_t)aa->wanted->repeat;
    aa->cases = calloc((size_t)result->verdict_count + 1, sizeof *aa->cases);
    if (aa->cases == NULL) {
        return DLB_NO_MEMORY;
    }
    aa->case_count = result->verdict_count;
    for (int i = 0; i < result->verdict_count; i++) {
        struct aa_case *x = &aa->cases[i];
        snprintf(x->label, sizeof x->label, "%s", result->verdicts[i].label);
        snprintf(x->device, sizeof x->device, "%s", result->verdicts[i].device);
        x->sd = calloc(repeat, sizeof *x->sd);
        x->mde = calloc(repeat, sizeof *x->mde);
        if (x->sd == NULL || x->mde == NULL) {
            return DLB_NO_MEMORY;
        }
    }
    return DLB_OK;
}

static bool is_flagged(enum dlb_verdict verdict)
{
    return verdict == DLB_VERDICT_REGRESSED || verdict == DLB_VERDICT_IMPROVED;
}

static void take_row(struct aa_case *x, const struct dlb_verdict_row *row)
{
    if (row->verdict > DLB_VERDICT_INCONCLUSIVE || !isfinite(row->sd_pair)) {
        return;
    }
    x->sd[x->count] = row->sd_pair;
    x->mde[x->count++] = row->mde90;
    x->largest = fabs(row->effect) > fabs(x->largest) ? row->effect : x->largest;
    x->flagged += is_flagged(row->verdict);
    x->inconclusive += row->verdict == DLB_VERDICT_INCONCLUSIVE;
    x->processes += 2 * row->pair_count;
    x->rejected += row->rejected_a + row->rejected_b;
}

/* The same plan each time, so the same cases in the same order. */
static enum dlb_status take_check(struct aa *aa, const struct dlb_result *result)
{
    bool flagged = false;
    enum dlb_status status = aa->cases == NULL ? open_cases(aa, result) : DLB_OK;
    for (int i = 0; i < result->verdict_count && i < aa->case_count && status == DLB_OK; i++) {
        take_row(&aa->cases[i], &result->verdicts[i]);
        flagged = flagged || is_flagged(result->verdicts[i].verdict);
    }
    aa->checks++;
    aa->flagged_checks += flagged;
    return status;
}

static enum dlb_status measure(struct aa *aa, struct dlb_checking *c)
{
    struct dlb_why *why = &c->run.cli->why;
    enum dlb_status status = dlb_check_find_sides(c, why);
    if (status == DLB_OK) {
        status = dlb_check_plan(c);
    }
    if (status != DLB_OK) {
        return status;
    }
    dlb_run_probe_machine(&c->run);
    status = dlb_run_fill_result(&c->run);
    if (status == DLB_OK) {
        dlb_run_fill_request(&c->run);
        status = dlb_check_measure(c, why);
    }
    return status == DLB_OK ? take_check(aa, &c->run.result) : status;
}

/* One check; the seed decides the order of things, so each has its own. */
static enum dlb_status check_once(struct aa *aa, int64_t number)
{
    static const struct dlb_run_kind kind = {.command = "selftest aa",
                                             .rows = dlb_check_argument_rows,
                                             .suite = "ci",
                                             .timing_option = "timing",
                                             .no_emulated = true};
    struct dlb_check_arguments arguments = {.mode = DLB_CHECK_PAIRED};
    struct dlb_cli *cli = malloc(sizeof *cli);
    struct dlb_checking *c = calloc(1, sizeof *c);
    enum dlb_status status = DLB_NO_MEMORY;
    if (cli == NULL || c == NULL) {
        dlb_fail(&aa->cli->why, status, "no memory to start");
        goto out;
    }
    *cli = *aa->cli;
    cli->parser = (struct dlb_parser){.table_count = 0};
    cli->global.seed += (uint64_t)number;
    status = set_arguments(aa, cli, &arguments);
    if (status == DLB_OK) {
        dlb_checking_open(c, &kind, cli, &arguments);
        status = measure(aa, c);
        dlb_checking_close(c);
    }
    aa->cli->why = cli->why;
    dlb_parser_free(&cli->parser);
out:
    free(c);
    free(cli);
    return status;
}

/* ---- what it says of the machine ---- */

static double median_mde(const struct aa_case *x)
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
static double usual_mde(const struct aa *aa)
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
static void suggest(struct aa *aa)
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

static const struct aa_case *noisiest(const struct aa *aa)
{
    const struct aa_case *worst = NULL;
    for (int64_t i = 0; i < aa->case_count; i++) {
        const struct aa_case *x = &aa->cases[i];
        if (x->count > 0 && (worst == NULL || median_mde(x) > median_mde(worst))) {
            worst = x;
        }
    }
    return worst;
}

static double rejected_share(const struct aa *aa)
{
    int processes = 0;
    int rejected = 0;
    for (int64_t i = 0; i < aa->case_count; i++) {
        processes += aa->cases[i].processes;
        rejected += aa->cases[i].rejected;
    }
    return processes > 0 ? (double)rejected / processes : 0;
}

static char *next_advice(struct aa *aa)
{
    return aa->advice[aa->advice_count++];
}

static void advise(struct aa *aa)
{
    const size_t size = sizeof aa->advice[0];
    const struct aa_case *worst = noisiest(aa);
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

static void print_text(const struct aa *aa)
{
    static const char *const headings[] = {"case",      "device",         "pair spread",
                                           "could see", "largest change", ""};
    struct dlb_table table = {.columns = (int)DLB_ARRAY_COUNT(headings)};
    FILE *stream = aa->cli->out.stream;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(headings); i++) {
        dlb_table_add(&table, headings[i]);
    }
    int judged = 0;
    int flagged = 0;
    int inconclusive = 0;
    for (int64_t i = 0; i < aa->case_count; i++) {
        const struct aa_case *x = &aa->cases[i];
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
    dlb_table_print(&table, &aa->cli->out);
    dlb_table_free(&table);
    fprintf(stream,
            "\n%d check%s of %lld case%s, this program against itself: %d of %d answers called a "
            "change "
            "(wanted: none), %d inconclusive\n",
            aa->checks, aa->checks == 1 ? "" : "s", (long long)aa->case_count,
            aa->case_count == 1 ? "" : "s", flagged, judged, inconclusive);
    for (int i = 0; i < aa->advice_count; i++) {
        dlb_print_wrapped(stream, aa->advice[i], 0, aa->cli->out.columns);
    }
}

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *to_json(const struct aa *aa)
{
    json_t *cases = json_array();
    json_t *advice = json_array();
    for (int64_t i = 0; i < aa->case_count; i++) {
        const struct aa_case *x = &aa->cases[i];
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

/* ---- the whole ---- */

static void close_cases(struct aa *aa)
{
    for (int64_t i = 0; i < aa->case_count; i++) {
        free(aa->cases[i].sd);
        free(aa->cases[i].mde);
    }
    free(aa->cases);
}

static int judge(struct aa *aa, enum dlb_status status)
{
    int compared = 0;
    for (int64_t i = 0; i < aa->case_count; i++) {
        compared += aa->cases[i].count;
    }
    if (dlb_stop_exit() != DLB_EXIT_OK) {
        dlb_cli_fail(aa->cli, status, "interrupted after %d of %lld checks", aa->checks,
                     (long long)aa->wanted->repeat);
        return dlb_stop_exit();
    }
    if (status != DLB_OK) {
        return dlb_exit_from_status(status);
    }
    if (compared == 0) {
        return dlb_cli_fail(aa->cli, DLB_UNAVAILABLE, "selftest aa: no case could be compared");
    }
    if (aa->flagged_checks > 0) {
        return dlb_cli_fail(aa->cli, DLB_FAILED,
                            "selftest aa: %d of %d checks called this program different from "
                            "itself",
                            aa->flagged_checks, aa->checks);
    }
    return DLB_EXIT_OK;
}

int dlb_selftest_aa(struct dlb_cli *cli, const struct dlb_selftest_aa *wanted)
{
    struct aa aa = {.cli = cli, .wanted = wanted, .rated = NAN, .tolerance = NAN};
    enum dlb_status status = DLB_OK;
    for (int64_t i = 0; i < wanted->repeat && status == DLB_OK; i++) {
        status = check_once(&aa, i);
    }
    suggest(&aa);
    advise(&aa);
    const int code = judge(&aa, status);
    if (wanted->json) {
        dlb_cli_print_json(cli, to_json(&aa), code);
    } else if (aa.checks > 0) {
        print_text(&aa);
    }
    close_cases(&aa);
    return code;
}
