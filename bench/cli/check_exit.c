/* check_exit.c: what the verdicts come to: one exit code, the strongest that applies, and a line that says why. */
#include <stdio.h>
#include <string.h>

#include "bench/base/log.h"
#include "bench/base/text.h"
#include "bench/cli/check_state.h"
#include "bench/cli/stop.h"

struct tally {
    int of[DLB_VERDICT_COUNT];
    int compared, noisy;
    int short_of_sessions; /* inconclusive ones that no exit code may be made of; not in `of` */
    int unmeasured;        /* without those that neither side can run */
    const struct dlb_verdict_row *first[DLB_VERDICT_COUNT]; /* the worst change of each */
    const struct dlb_verdict_row *first_noisy, *first_short, *first_unmeasured;
};

static struct tally count(const struct dlb_result *result)
{
    struct tally t = {.of = {0}};
    for (int i = 0; i < result->verdict_count; i++) {
        const struct dlb_verdict_row *row = &result->verdicts[i];
        const enum dlb_verdict v = row->verdict;
        const bool is_short = dlb_verdict_lacks_sessions(row);
        const struct dlb_verdict_row **first = is_short ? &t.first_short : &t.first[v];
        ++*(is_short ? &t.short_of_sessions : &t.of[v]);
        if (*first == NULL || row->effect > (*first)->effect) {
            *first = row;
        }
        t.compared += v <= DLB_VERDICT_INCONCLUSIVE;
        if (v == DLB_VERDICT_NOT_MEASURED && !row->neither) {
            t.first_unmeasured = t.unmeasured++ == 0 ? row : t.first_unmeasured;
        }
    }
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        if (!dlb_record_has_flag(record, "noisy") &&
            !dlb_record_has_flag(record, "gate_not_blind")) {
            continue;
        }
        for (int j = 0; j < result->verdict_count; j++) {
            if (strcmp(result->verdicts[j].key, record->key) == 0) {
                t.first_noisy = t.noisy++ == 0 ? &result->verdicts[j] : t.first_noisy;
            }
        }
    }
    return t;
}

/* "2 of 30 cases regressed; the first: gemm 8x8x8 f32 on onednn:0: 12 % slower" */
static void explain(struct dlb_why *why, const struct dlb_result *result, int number,
                    const char *what, const struct dlb_verdict_row *row)
{
    char label[sizeof row->label];
    char reason[400];
    char change[48] = "";
    dlb_text_printable(label, sizeof label, row->label);
    dlb_text_printable(reason, sizeof reason, row->reason);
    if (row->effect > -1) { /* not for NaN */
        snprintf(change, sizeof change, ": %+.1f %%", 100 * row->effect);
    }
    snprintf(why->text, sizeof why->text, "%d of %d case%s %s; the first: %s on %s%s%s%s", number,
             result->verdict_count, result->verdict_count == 1 ? "" : "s", what, label, row->device,
             change, reason[0] != '\0' ? ": " : "", reason);
}

/* Inconclusive answers that do not count are at least told; those for want of sessions whatever --on-inconclusive says. */
static void warn_inconclusive(const struct dlb_checking *c, const struct tally *t)
{
    struct dlb_why words = {""};
    const int number = t->of[DLB_VERDICT_INCONCLUSIVE];
    const struct dlb_verdict_row *first = t->first[DLB_VERDICT_INCONCLUSIVE];
    if (first != NULL && c->arguments->on_inconclusive == DLB_INCONCLUSIVE_WARN) {
        explain(&words, &c->run.result, number, "inconclusive", first);
        dlb_log(DLB_LOG_WARNING, "%s", words.text);
    }
    if (t->short_of_sessions > 0) {
        explain(&words, &c->run.result, t->short_of_sessions,
                "cannot be decided by so few past sessions", t->first_short);
        dlb_log(DLB_LOG_WARNING, "%s", words.text);
    }
}

/* A case that is missing, or that the budget left out, ends no check; but nobody shall take its silence for a pass. */
static void warn_unjudged(const struct dlb_checking *c, const struct tally *t)
{
    const struct {
        int number;
        const char *what;
        const struct dlb_verdict_row *row;
    } rows[] = {{t->of[DLB_VERDICT_MISSING], "missing", t->first[DLB_VERDICT_MISSING]},
                {t->unmeasured, "not measured", t->first_unmeasured}};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(rows); i++) {
        struct dlb_why words = {""};
        if (rows[i].number > 0 && rows[i].row != NULL) {
            explain(&words, &c->run.result, rows[i].number, rows[i].what, rows[i].row);
            dlb_log(DLB_LOG_WARNING, "%s", words.text);
        }
    }
}

static int judge(struct dlb_checking *c, const struct tally *t)
{
    const struct dlb_result *result = &c->run.result;
    struct dlb_why *why = &c->run.cli->why;
    const bool strict = c->arguments->run.strict;
    const bool fails = c->arguments->on_inconclusive == DLB_INCONCLUSIVE_FAIL;
    const struct {
        int code, number;
        const char *what;
        const struct dlb_verdict_row *row;
    } rows[] = {
        /* in the order of precedence: bench/cli/exit.c */
        {DLB_EXIT_FAILED, t->of[DLB_VERDICT_FAILED], "failed", t->first[DLB_VERDICT_FAILED]},
        {DLB_EXIT_NOTHING, t->compared == 0 ? result->verdict_count : 0, "could not be compared",
         result->verdicts},
        {DLB_EXIT_REFUSED, strict ? t->noisy : 0, "stayed noisy (--strict)", t->first_noisy},
        {DLB_EXIT_REGRESSED, t->of[DLB_VERDICT_REGRESSED], "regressed",
         t->first[DLB_VERDICT_REGRESSED]},
        {DLB_EXIT_INCONCLUSIVE, fails ? t->of[DLB_VERDICT_INCONCLUSIVE] : 0,
         "inconclusive (--on-inconclusive fail)", t->first[DLB_VERDICT_INCONCLUSIVE]},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(rows); i++) {
        if (rows[i].number > 0 && rows[i].row != NULL) {
            explain(why, result, rows[i].number, rows[i].what, rows[i].row);
            return rows[i].code;
        }
    }
    if (result->verdict_count == 0) {
        return dlb_exit_from_status(dlb_fail(why, DLB_UNAVAILABLE, "there was nothing to compare"));
    }
    return DLB_EXIT_OK;
}

int dlb_check_exit(struct dlb_checking *c, enum dlb_status measured, const struct dlb_why *why)
{
    const struct tally t = count(&c->run.result);
    struct dlb_why *reason = &c->run.cli->why;
    reason->text[0] = '\0';
    if (dlb_stop_exit() != DLB_EXIT_OK) {
        dlb_fail(reason, measured, "interrupted: %d of %d cases were decided",
                 t.compared - t.of[DLB_VERDICT_INCONCLUSIVE], c->run.result.verdict_count);
        return dlb_stop_exit();
    }
    if (measured != DLB_OK) {
        *reason = *why;
        return dlb_exit_from_status(measured);
    }
    warn_inconclusive(c, &t);
    warn_unjudged(c, &t);
    return judge(c, &t);
}
