/* check_decide.c: cases that no rank test has to judge: one side fails or does not know them, they do not measure the same
 * thing, or their times are no measurements and are compared exactly. Next: check_judge.c for all others. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/run/check_internal.h"

/* Formulas and cycle counts repeat to the last bit but for the order of sums: what differs by more is another answer. */
#define SAME_RELATIVE 1e-9

/* Why a side has no time. */
enum refusal { NONE, UNKNOWN, ABSENT, SKIPPED, FAILED };

static enum refusal refusal_of(const struct dlb_record *record)
{
    switch (record->status) {
    case DLB_OK:
        return NONE;
    case DLB_INVALID: /* a workload, a parameter, a backend's option that it has not heard of */
    case DLB_UNSUPPORTED:
        return UNKNOWN;
    case DLB_UNAVAILABLE:
        return ABSENT;
    case DLB_SKIPPED:
        return SKIPPED;
    default:
        return FAILED;
    }
}

static bool is_gone(const struct check *c, const char *device)
{
    for (int i = 0; i < c->options->gone_count; i++)
        if (strcmp(c->options->gone[i], device) == 0)
            return true;
    return false;
}

/* A device that the new program lists and then has not is a failure of it; one that it never had is missing. The other way round
 * it is news. */
static enum dlb_verdict judge_refusals(enum refusal a, enum refusal b, bool gone)
{
    if (a == FAILED || b == FAILED || (a == NONE && b == ABSENT && !gone))
        return DLB_VERDICT_FAILED;
    if (b == NONE && (a == UNKNOWN || a == ABSENT))
        return DLB_VERDICT_NEW;
    if (a == NONE && (b == UNKNOWN || b == ABSENT))
        return DLB_VERDICT_MISSING;
    return DLB_VERDICT_NOT_MEASURED;
}

static const char *words_of(const struct dlb_record *record, char *buffer, size_t size)
{
    if (record->status == DLB_OK)
        return "ok";
    dlb_record_reason(record, buffer, size);
    return buffer;
}

/* What both say is said once. */
static void set_reason(struct dlb_verdict_row *row, const char *a, const char *b)
{
    if (strcmp(a, b) == 0)
        snprintf(row->reason, sizeof row->reason, "%s%.1900s",
                 row->neither ? "" : "both sides: ", a);
    else
        snprintf(row->reason, sizeof row->reason, "a: %.900s; b: %.900s", a, b);
}

static bool cannot(enum refusal refusal)
{
    return refusal == UNKNOWN || refusal == ABSENT;
}

/* What makes two times those of different things, with what each side says of it; `what` is NULL: nothing does. */
struct contradiction {
    const char *what, *a, *b;
};

/* A program that tells no version of its workloads is an old one: nothing speaks against it. Another implementation is no
 * contradiction: which kernel a program chooses is part of what is being compared. */
static struct contradiction contradiction(const struct check_case *x)
{
    const struct dlb_record *a = &x->a, *b = x->record;
    const char *hash_a = x->version_hash[SIDE_A], *hash_b = x->version_hash[SIDE_B];
    struct contradiction found = {NULL, a->evidence, b->evidence};
    if (hash_a[0] != '\0' && hash_b[0] != '\0' && strcmp(hash_a, hash_b) != 0)
        return (struct contradiction){"their versions of the workload differ", hash_a, hash_b};
    if (strcmp(a->evidence, b->evidence) != 0)
        found.what = "their evidence differs";
    else if (strcmp(b->evidence, "emulated") == 0)
        found.what = "an emulator's times say nothing of the device; both answers were right";
    else if (dlb_record_has_flag(a, "cold_downgraded") != dlb_record_has_flag(b, "cold_downgraded"))
        found.what = "only one side had cold caches";
    return found;
}

static void compare_exactly(const struct check *c, struct check_case *x)
{
    struct dlb_verdict_row *row = x->row;
    const double change = row->pairs[0].b_ns / row->pairs[0].a_ns - 1;
    const bool within = fabs(change) < c->rule.tolerance;
    row->effect = row->ci_lo = row->ci_hi = change;
    row->median_a_ns = row->pairs[0].a_ns;
    row->median_b_ns = row->pairs[0].b_ns;
    row->stage = STAGE_FIRST;
    row->r1 = 1;
    row->sd_pair = 0;
    row->mde90 = SAME_RELATIVE;
    if (fabs(change) <= SAME_RELATIVE)
        row->verdict = DLB_VERDICT_PASS;
    else if (change > 0)
        row->verdict = within ? DLB_VERDICT_SLOWER_WITHIN_TOLERANCE : DLB_VERDICT_REGRESSED;
    else
        row->verdict = within ? DLB_VERDICT_FASTER_WITHIN_TOLERANCE : DLB_VERDICT_IMPROVED;
}

bool dlb_check_decide(struct check *c, struct check_case *x)
{
    struct dlb_verdict_row *row = x->row;
    const enum refusal a = refusal_of(&x->a), b = refusal_of(x->record);
    const struct contradiction against = contradiction(x);
    char words_a[DLB_WHY_SIZE], words_b[DLB_WHY_SIZE];
    if (a != NONE || b != NONE) {
        row->verdict = judge_refusals(a, b, is_gone(c, row->device));
        row->neither = cannot(a) && cannot(b);
        set_reason(row, words_of(&x->a, words_a, sizeof words_a),
                   words_of(x->record, words_b, sizeof words_b));
    } else if (against.what != NULL) {
        row->verdict = DLB_VERDICT_INCOMPARABLE;
        snprintf(row->reason, sizeof row->reason, "%s (a: %s, b: %s)", against.what, against.a,
                 against.b);
    } else if (x->item->once) {
        row->reason[0] = '\0';
        dlb_check_remark(x);
        compare_exactly(c, x);
    } else {
        return false;
    }
    x->decided = true;
    dlb_record_summarise(x->record);
    c->state.failed += row->verdict == DLB_VERDICT_FAILED;
    return true;
}

void dlb_check_remark(struct check_case *x)
{
    char text[512];
    const char *a = x->a.implementation, *b = x->record->implementation;
    if (a[0] == '\0' || b[0] == '\0' || strcmp(a, b) == 0)
        return;
    snprintf(text, sizeof text, "implementation: a %s, b %s", a, b);
    dlb_check_note(x->row->reason, sizeof x->row->reason, text);
}
