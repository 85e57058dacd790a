/* choice_rank.c: candidates into classes of one evidence, and each class into its order.
 *
 * The mean over tasks is geometric: of ratios no other mean is independent of the base (Fleming and Wallace, CACM 29(3), 1986). What stands behind a limit, has too few of
 * the tasks or lacks the figure that is asked for is not ranked, with the reason. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/text.h"
#include "bench/store/choice_parts.h"

/* In the order in which they are told. */
static const char *const evidences[] = {"measured", "simulated", "compiled", "modelled",
                                        "published"};

static int class_of(const struct dlb_candidate *candidate)
{
    size_t i = 0;
    while (i < DLB_ARRAY_COUNT(evidences) && strcmp(evidences[i], candidate->evidence) != 0)
        i++;
    return (int)i;
}

static int by_class(const void *left, const void *right)
{
    return class_of(left) - class_of(right);
}

/* ---- what can be compared ---- */

static bool has_single(const struct dlb_choice *choice, const struct dlb_choice_class *class)
{
    for (int i = class->first; i < class->first + class->count; i++)
        for (int task = 0; task < choice->task_count; task++)
            if (choice->candidates[i].cells[task].record != NULL &&
                choice->candidates[i].cells[task].latency_single)
                return true;
    return false;
}

/* Where somebody tells the latency of single calls, the time of a call among many is no match for it. */
static void drop_batched(struct dlb_choice *choice, const struct dlb_choice_class *class)
{
    if (choice->request.by != DLB_CHOOSE_LATENCY || !has_single(choice, class))
        return;
    for (int i = class->first; i < class->first + class->count; i++)
        for (int task = 0; task < choice->task_count; task++)
            if (!choice->candidates[i].cells[task].latency_single)
                choice->candidates[i].cells[task].value = NAN;
}

static bool is_valued(const struct dlb_choice_cell *cell)
{
    return cell->record != NULL && !isnan(cell->value);
}

static int count_valued(const struct dlb_choice *choice, const struct dlb_candidate *candidate)
{
    int count = 0;
    for (int task = 0; task < choice->task_count; task++)
        count += is_valued(&candidate->cells[task]);
    return count;
}

/* Why the figure that is asked for cannot be ranked, in the words of the first record that has any. */
static void explain_blank(const struct dlb_choice *choice, const struct dlb_choice_class *class,
                          struct dlb_candidate *candidate)
{
    static const char *const fallback[DLB_CHOOSE_COUNT] = {
        "no speed is known", "the latency of single calls is not known", "no price is known",
        "its energy was not measured"};
    const enum dlb_choice_by by = choice->request.by;
    char *const reason = candidate->reason;
    for (int task = 0; task < choice->task_count && reason[0] == '\0'; task++) {
        const struct dlb_record *record = candidate->cells[task].record;
        if (record != NULL && by == DLB_CHOOSE_COST)
            dlb_choice_price_reason(class, &record->cost, reason, sizeof candidate->reason);
        if (record != NULL && by == DLB_CHOOSE_ENERGY)
            dlb_text_shorten(reason, sizeof candidate->reason, record->energy.reason);
    }
    if (reason[0] == '\0')
        snprintf(reason, sizeof candidate->reason, "%s", fallback[by]);
}

/* Which limit all variants of all its tasks are beyond. */
static void explain_over(const struct dlb_choice *choice, struct dlb_candidate *candidate)
{
    char limit[2][48] = {"", ""};
    char time[24];
    if (isfinite(choice->request.max_latency_ns)) {
        dlb_format_time(time, sizeof time, choice->request.max_latency_ns);
        snprintf(limit[0], sizeof limit[0], "%s of latency", time);
    }
    if (isfinite(choice->request.max_power_w))
        snprintf(limit[1], sizeof limit[1], "%.4g W", choice->request.max_power_w);
    snprintf(candidate->reason, sizeof candidate->reason, "beyond %s%s%s", limit[0],
             limit[0][0] != '\0' && limit[1][0] != '\0' ? " or " : "", limit[1]);
}

static void judge_few(struct dlb_choice *choice, const struct dlb_choice_class *class)
{
    int most = 0;
    for (int i = class->first; i < class->first + class->count; i++) {
        const int valued = count_valued(choice, &choice->candidates[i]);
        most = valued > most ? valued : most;
    }
    for (int i = class->first; i < class->first + class->count; i++) {
        struct dlb_candidate *candidate = &choice->candidates[i];
        const int valued = count_valued(choice, candidate);
        candidate->standing = DLB_CHOICE_RANKED;
        if (candidate->tasks == 0) {
            candidate->standing = DLB_CHOICE_OVER;
            explain_over(choice, candidate);
        } else if (valued == 0) {
            candidate->standing = DLB_CHOICE_BLANK;
            explain_blank(choice, class, candidate);
        } else if (2 * valued < most) {
            candidate->standing = DLB_CHOICE_FEW;
            snprintf(candidate->reason, sizeof candidate->reason,
                     "has %d of the %d tasks that another has", valued, most);
        }
    }
}

/* Marks and counts the tasks that all that are still in it have; remembers those that only some have. */
static void find_common(const struct dlb_choice *choice, struct dlb_choice_class *class,
                        bool *common)
{
    class->common = class->left_out = 0;
    for (int task = 0; task < choice->task_count; task++) {
        bool any = false;
        bool all = true;
        for (int i = class->first; i < class->first + class->count; i++) {
            const struct dlb_candidate *candidate = &choice->candidates[i];
            if (candidate->standing != DLB_CHOICE_RANKED)
                continue;
            const bool valued = is_valued(&candidate->cells[task]);
            any |= valued;
            all &= valued;
        }
        common[task] = any && all;
        class->common += common[task];
        if (any && !all && class->left_out++ < DLB_CHOICE_LEFT_OUT)
            class->left_out_first[class->left_out - 1] = task;
    }
}

/* ---- figures ---- */

struct sum {
    double logs[5]; /* of value, items, cost, joules, latency */
    double power;
    int count;
};

static void add_cell(const struct dlb_choice_cell *cell, struct dlb_candidate *candidate,
                     struct sum *sum)
{
    const double figures[] = {cell->value, cell->items_per_s, cell->per_mitem, cell->j_per_item,
                              cell->latency_ns};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(figures); i++)
        sum->logs[i] += log(figures[i]);
    sum->power = isnan(cell->power_w) || cell->power_w > sum->power ? cell->power_w : sum->power;
    candidate->latency_single &= cell->latency_single;
    candidate->latency_p90 &= cell->latency_p90;
    if (sum->count == 0) {
        candidate->threads = cell->record->threads;
        candidate->currency = cell->record->cost.currency;
    }
    if (candidate->threads != cell->record->threads)
        candidate->threads = 0;
    if (strcmp(candidate->currency, cell->record->cost.currency) != 0) {
        candidate->currency = "";
        sum->logs[2] = NAN; /* a mean of two currencies is none */
    }
    candidate->power_datasheet |= cell->power_datasheet;
    sum->count++;
}

/* `common` NULL: over all that it has. */
static void fill_figures(const struct dlb_choice *choice, const bool *common,
                         struct dlb_candidate *candidate)
{
    struct sum sum = {.power = 0};
    candidate->latency_single = candidate->latency_p90 = true;
    candidate->power_datasheet = false;
    candidate->threads = 0;
    candidate->currency = "";
    for (int task = 0; task < choice->task_count; task++)
        if (candidate->cells[task].record != NULL && (common == NULL || common[task]))
            add_cell(&candidate->cells[task], candidate, &sum);
    double *const to[] = {&candidate->value, &candidate->items_per_s, &candidate->per_mitem,
                          &candidate->j_per_item, &candidate->latency_ns};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(to); i++)
        *to[i] = sum.count > 0 ? exp(sum.logs[i] / sum.count) : (double)NAN;
    candidate->power_w = sum.count > 0 ? sum.power : (double)NAN;
}

/* A limit that could not be checked makes it unsure. */
static void judge_limits(const struct dlb_choice *choice, struct dlb_candidate *candidate)
{
    const bool latency = isfinite(choice->request.max_latency_ns) && !candidate->latency_single;
    const bool power = isfinite(choice->request.max_power_w) && isnan(candidate->power_w);
    if (candidate->standing != DLB_CHOICE_RANKED || (!latency && !power))
        return;
    candidate->standing = DLB_CHOICE_UNSURE;
    snprintf(candidate->reason, sizeof candidate->reason, "%s%s%s",
             latency ? "the latency of single calls is not known" : "",
             latency && power ? "; " : "", power ? "its power is not known" : "");
}

/* ---- order ---- */

static int by_rank(const void *left, const void *right)
{
    const struct dlb_candidate *a = left;
    const struct dlb_candidate *b = right;
    if (a->standing != b->standing)
        return (int)a->standing - (int)b->standing;
    if (isnan(a->value) != isnan(b->value))
        return isnan(a->value) - isnan(b->value);
    if (a->value != b->value && !isnan(a->value))
        return a->value < b->value ? -1 : 1;
    const int order = a->result - b->result;
    return order != 0 ? order : strcmp(a->device, b->device);
}

/* Task by task: two cannot be told apart where the logarithm of their ratio is within both half intervals. The mean tells nothing of who wins a task. */
static void compare_with(const struct dlb_choice *choice, const bool *common,
                         const struct dlb_candidate *first, struct dlb_candidate *candidate)
{
    for (int task = 0; task < choice->task_count; task++) {
        const struct dlb_choice_cell *a = &first->cells[task];
        const struct dlb_choice_cell *b = &candidate->cells[task];
        if (!common[task] || isnan(a->margin) || isnan(b->margin))
            continue;
        const double margin = a->margin + b->margin;
        /* two that cost nothing are alike */
        const double behind = b->value == a->value ? 0 : log(b->value / a->value);
        candidate->close_known = true;
        candidate->worse += behind > margin;
        candidate->better += behind < -margin;
        candidate->close += fabs(behind) <= margin;
    }
}

static double relative_to(double value, double best)
{
    if (best > 0)
        return value / best;
    return value == best ? 1 : (double)NAN; /* two that cost nothing are alike */
}

static void order_class(struct dlb_choice *choice, struct dlb_choice_class *class,
                        const bool *common)
{
    struct dlb_candidate *first = &choice->candidates[class->first];
    qsort(first, (size_t) class->count, sizeof *first, by_rank);
    for (int i = 0; i < class->count; i++) {
        struct dlb_candidate *candidate = &first[i];
        const bool stands =
            candidate->standing == DLB_CHOICE_RANKED || candidate->standing == DLB_CHOICE_UNSURE;
        candidate->relative =
            stands && class->common > 0 ? relative_to(candidate->value, first->value) : (double)NAN;
        class->ranked += stands;
        if (stands && i > 0 && class->common > 0)
            compare_with(choice, common, first, candidate);
    }
}

static void rank_class(struct dlb_choice *choice, struct dlb_choice_class *class, bool *common)
{
    drop_batched(choice, class);
    dlb_choice_drop_prices(choice, class);
    judge_few(choice, class);
    find_common(choice, class, common);
    for (int i = class->first; i < class->first + class->count; i++) {
        struct dlb_candidate *candidate = &choice->candidates[i];
        const bool shared = class->common > 0 && candidate->standing == DLB_CHOICE_RANKED;
        fill_figures(choice, shared ? common : NULL, candidate);
        judge_limits(choice, candidate);
    }
    order_class(choice, class, common);
}

enum dlb_status dlb_choice_rank(struct dlb_choice *choice, struct dlb_why *why)
{
    bool *common = calloc((size_t)choice->task_count + 1, sizeof *common);
    if (common == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the tasks");
    qsort(choice->candidates, (size_t)choice->candidate_count, sizeof *choice->candidates,
          by_class);
    for (int first = 0, end = 0; first < choice->candidate_count; first = end) {
        for (end = first + 1; end < choice->candidate_count &&
                              by_class(&choice->candidates[first], &choice->candidates[end]) == 0;)
            end++;
        struct dlb_choice_class *class = &choice->classes[choice->class_count++];
        *class = (struct dlb_choice_class){
            .evidence = choice->candidates[first].evidence, .first = first, .count = end - first};
        rank_class(choice, class, common);
    }
    free(common);
    return DLB_OK;
}

/* Of a class of measured ones first; one that is sure before one that is not, but a measured one before others in any case. */
const struct dlb_candidate *dlb_choice_best(const struct dlb_choice *choice,
                                            const struct dlb_choice_class **class)
{
    for (int i = 0; i < choice->class_count; i++) {
        const struct dlb_choice_class *each = &choice->classes[i];
        if (each->ranked == 0)
            continue;
        if (class != NULL)
            *class = each;
        return &choice->candidates[each->first];
    }
    return NULL;
}
