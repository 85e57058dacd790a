/* check_rules.c: recorded checks under other rules: what other tools would have said of the same processes.
 *
 *   check_rules list FILE...              a line per verdict: file, verdict, effect, interval, smallest visible change, key
 *   check_rules same FILE...              checks of one program against itself: how often each rule calls it changed
 *   check_rules slow GLOB CLEAN FILE...   checks of a slowed program: how often each rule finds the cases of GLOB
 *
 * The rivals are those of bench/stats/rivals.h. What they look at is taken from the same files: one process of each side, the samples inside
 * one process of each side, or the medians of many. Rules that see one session against a stored one get two checks that follow
 * each other. Used by scripts/bench-check; files are in order of time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/stats/rivals.h"
#include "bench/store/result.h"

enum rule { RATIO, DEVIATION, T_TEST, MANN_WHITNEY, ASV, OURS, RULES };

static const char *const names[RULES] = {
    [RATIO] = "one run each, ratio > 1.10 (github-action-benchmark)",
    [DEVIATION] = "one run each, mean difference > deviation (nvbench)",
    [T_TEST] = "one run each, t-test on its samples, 1 % (criterion)",
    [MANN_WHITNEY] = "10 runs of A, then 10 of B, Mann-Whitney (benchstat)",
    [ASV] = "interleaved, p < 0.002 and ratio > 1.10 (asv)",
    [OURS] = "dlbench check",
};

struct score {
    int asked[RULES], called[RULES]; /* cases */
    int checks, checks_called[RULES];
};

/* Medians of the kept pairs of stage 1. */
static int medians(const struct dlb_verdict_row *row, bool of_b, double *values)
{
    int count = 0;
    for (int i = 0; i < row->pair_count && count < DLB_RIVAL_MOST; i++) {
        const struct dlb_pair *pair = &row->pairs[i];
        if (pair->kept && pair->stage == 1)
            values[count++] = of_b ? pair->b_ns : pair->a_ns;
    }
    return count;
}

static const struct dlb_verdict_row *find_row(const struct dlb_result *result, const char *key)
{
    for (int i = 0; i < result->verdict_count; i++)
        if (strcmp(result->verdicts[i].key, key) == 0)
            return &result->verdicts[i];
    return NULL;
}

/* The n-th process of B that kept its samples; NULL without. */
static const struct dlb_invocation *process_of(const struct dlb_result *result, const char *key,
                                               int n)
{
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        if (strcmp(record->key, key) == 0 && n < record->invocation_count &&
            record->invocations[n].samples_ns != NULL)
            return &record->invocations[n];
    }
    return NULL;
}

static void note(struct score *score, enum rule rule, bool called, bool *check_called)
{
    score->asked[rule]++;
    score->called[rule] += called;
    check_called[rule] = check_called[rule] || called;
}

/* `same`: nothing changed, so faster is as wrong as slower. */
static bool is_called(struct dlb_rival_answer answer, bool same)
{
    return answer.slower || (same && answer.faster);
}

/* Two processes, of which only the samples inside are looked at. */
static void ask_samples(struct score *score, const struct dlb_invocation *a,
                        const struct dlb_invocation *b, bool same, bool *check_called)
{
    if (a == NULL || b == NULL)
        return;
    const struct dlb_recorded samples = {
        .a = a->samples_ns,
        .b = b->samples_ns,
        .a_count = a->n < DLB_RIVAL_MOST ? (int)a->n : DLB_RIVAL_MOST,
        .b_count = b->n < DLB_RIVAL_MOST ? (int)b->n : DLB_RIVAL_MOST};
    note(score, DEVIATION, is_called(dlb_rival_deviation(&samples), same), check_called);
    note(score, T_TEST, is_called(dlb_rival_t_test(&samples), same), check_called);
}

/* `before` is an earlier check, in which the same program stood as A. */
static void ask(struct score *score, const struct dlb_result *before, const struct dlb_result *now,
                const struct dlb_verdict_row *row, bool same, bool *check_called)
{
    double old[DLB_RIVAL_MOST], a[DLB_RIVAL_MOST], b[DLB_RIVAL_MOST];
    const struct dlb_verdict_row *past = find_row(before, row->key);
    const struct dlb_recorded together = {
        .a = a, .b = b, .a_count = medians(row, false, a), .b_count = medians(row, true, b)};
    const bool called =
        row->verdict == DLB_VERDICT_REGRESSED || (same && row->verdict == DLB_VERDICT_IMPROVED);
    note(score, OURS, called, check_called);
    if (together.a_count == 0 || past == NULL)
        return;
    note(score, ASV, is_called(dlb_rival_asv(&together), same), check_called);
    const struct dlb_recorded apart = {
        .a = old, .b = b, .a_count = medians(past, false, old), .b_count = together.b_count};
    if (apart.a_count == 0)
        return;
    note(score, RATIO, is_called(dlb_rival_ratio(old[0], b[0]), same), check_called);
    note(score, MANN_WHITNEY, is_called(dlb_rival_mann_whitney(&apart), same), check_called);
    ask_samples(score, process_of(before, row->key, 0), process_of(now, row->key, 0), same,
                check_called);
}

/* A row that was compared, and matches. */
static bool is_asked(const struct dlb_verdict_row *row, const char *glob)
{
    return row->verdict <= DLB_VERDICT_INCONCLUSIVE && dlb_text_glob(glob, row->key);
}

static void ask_check(struct score *score, const struct dlb_result *before,
                      const struct dlb_result *now, const char *glob, bool same)
{
    bool check_called[RULES] = {false};
    for (int i = 0; i < now->verdict_count; i++)
        if (is_asked(&now->verdicts[i], glob))
            ask(score, before, now, &now->verdicts[i], same, check_called);
    score->checks++;
    for (int rule = 0; rule < RULES; rule++)
        score->checks_called[rule] += check_called[rule];
}

static void print_score(const struct score *score, const char *what)
{
    printf("  %-54s %14s %22s\n", "rule", what, "checks with one");
    for (int rule = 0; rule < RULES; rule++)
        if (score->asked[rule] > 0)
            printf("  %-54s %5d of %5d  %11d of %5d\n", names[rule], score->called[rule],
                   score->asked[rule], score->checks_called[rule], score->checks);
}

static void list(const char *path, const struct dlb_result *result)
{
    for (int i = 0; i < result->verdict_count; i++) {
        const struct dlb_verdict_row *row = &result->verdicts[i];
        printf("%s\t%s\t%.6f\t%.6f\t%.6f\t%.6f\t%s\n", path, dlb_verdict_name(row->verdict),
               row->effect, row->ci_lo, row->ci_hi, row->mde90, row->key);
    }
}

static struct dlb_result *load(int count, char *const *paths)
{
    struct dlb_result *results = calloc((size_t)count, sizeof *results);
    struct dlb_why why;
    for (int i = 0; results != NULL && i < count; i++) {
        if (dlb_result_load(paths[i], &results[i], &why) != DLB_OK) {
            fprintf(stderr, "check_rules: %s\n", why.text);
            exit(7);
        }
    }
    return results;
}

/* The first file has nothing before it: it only stands as the past of the second. */
static void judge_same(int count, const struct dlb_result *results)
{
    struct score score = {.checks = 0};
    for (int i = 1; i < count; i++)
        ask_check(&score, &results[i - 1], &results[i], "*", true);
    print_score(&score, "false answers");
}

static void judge_slow(const char *glob, int count, const struct dlb_result *results)
{
    struct score score = {.checks = 0};
    for (int i = 1; i < count; i++)
        ask_check(&score, &results[0], &results[i], glob, false);
    print_score(&score, "found");
}

int main(int argc, char **argv)
{
    const bool slow = argc > 3 && strcmp(argv[1], "slow") == 0;
    const int first = slow ? 3 : 2;
    if (argc <= first) {
        fprintf(stderr, "check_rules list|same FILE... | slow GLOB CLEAN FILE...\n");
        return 2;
    }
    const int count = argc - first;
    struct dlb_result *results = load(count, argv + first);
    if (results == NULL)
        return 3;
    if (slow)
        judge_slow(argv[2], count, results);
    else if (strcmp(argv[1], "same") == 0)
        judge_same(count, results);
    else
        for (int i = 0; i < count; i++)
            list(argv[first + i], &results[i]);
    for (int i = 0; i < count; i++)
        dlb_result_free(&results[i]);
    free(results);
    return 0;
}
