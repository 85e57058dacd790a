/* choose_sentences.c: what to take and why, and what is missing to be sure of it. Cells: choose_words.c. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/text.h"
#include "reports/choose_words.h"

/* ---- words ---- */

static const char *meaning_of(const char *evidence)
{
    static const char *const meanings[][2] = {
        {"measured", "a clock saw it happen"},
        {"simulated", "cycles of the design times its clock"},
        {"compiled", "the vendor's compiler says so"},
        {"modelled", "a formula says so"},
        {"published", "others say so; nobody checked their answers here"}};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(meanings); i++)
        if (strcmp(meanings[i][0], evidence) == 0)
            return meanings[i][1];
    return "";
}

/* "; not over 3 that only some have: gemm:m=1, gemm:m=2 and 1 more" */
static void put_left_out(const struct dlb_choice *choice, const struct dlb_choice_class *class,
                         struct dlb_text *text)
{
    const int named = class->left_out < DLB_CHOICE_LEFT_OUT ? class->left_out : DLB_CHOICE_LEFT_OUT;
    if (named == 0)
        return;
    dlb_text_format(text, "; not over %d that only some have: ", class->left_out);
    for (int i = 0; i < named; i++)
        dlb_text_format(text, "%s%s", i > 0 ? ", " : "", choice->tasks[class->left_out_first[i]]);
    if (class->left_out > named)
        dlb_text_format(text, " and %d more", class->left_out - named);
}

/* Which latency the figures of a class are. */
static void put_latency(const struct dlb_choice *choice, const struct dlb_choice_class *class,
                        struct dlb_text *text)
{
    int single = 0;
    int p90 = 0;
    for (int i = class->first; i < class->first + class->count; i++) {
        const struct dlb_candidate *candidate = &choice->candidates[i];
        const bool told = candidate->latency_single && isfinite(candidate->latency_ns);
        single += told;
        p90 += told && candidate->latency_p90;
    }
    if (p90 > 0)
        dlb_text_format(text, "; latency: what nine single calls of ten stay below%s%s",
                        strcmp(class->evidence, "published") == 0 ? "" : ", in the worst process",
                        p90 < single ? ", or a median where that is not known" : "");
    else if (single > 0)
        dlb_text_append(text, "; latency: a median of single calls");
}

void dlb_choose_class_words(const struct dlb_choice *choice, const struct dlb_choice_class *class,
                            struct dlb_text *text)
{
    dlb_text_format(text, "%s (%s): %d candidate%s", class->evidence, meaning_of(class->evidence),
                    class->count, class->count == 1 ? "" : "s");
    if (choice->task_count > 1 && class->common > 0) {
        dlb_text_format(text, ", compared over the %d task%s that all ranked ones have",
                        class->common, class->common == 1 ? "" : "s");
        put_left_out(choice, class, text);
    }
    if (choice->shared && strcmp(class->evidence, "published") == 0)
        dlb_text_append(text, "; of work that was measured, too");
    if (class->ranked > 1 && class->common == 0)
        dlb_text_append(text, ", without a task in common: each over its own, so not ranked");
    put_latency(choice, class, text);
}

/* "onednn:0 in f32 with 2 threads (AMD EPYC)": of threads where there was a choice. */
static void put_candidate(const struct dlb_candidate *candidate, struct dlb_text *text)
{
    dlb_text_append(text, candidate->device);
    if (candidate->dtype[0] != '\0')
        dlb_text_format(text, " in %s", candidate->dtype);
    if (candidate->threads_vary && candidate->threads > 0)
        dlb_text_format(text, " with %d thread%s", candidate->threads,
                        candidate->threads == 1 ? "" : "s");
    if (candidate->name[0] != '\0')
        dlb_text_format(text, " (%s)", candidate->name);
}

/* The figure that was asked for. */
static void put_figure(enum dlb_choice_by by, const struct dlb_candidate *candidate,
                       struct dlb_text *text)
{
    struct dlb_choose_line line;
    dlb_choose_line_of(candidate, 1, 1, false, &line);
    switch (by) {
    case DLB_CHOOSE_SPEED:
        dlb_text_format(text, "%s items a second%s", line.text[DLB_CHOOSE_RATE],
                        candidate->units > 1 ? " for each of its processors" : "");
        return;
    case DLB_CHOOSE_LATENCY:
        dlb_text_format(text, "%s %s%s", line.text[DLB_CHOOSE_DELAY],
                        candidate->latency_single ? "a call" : "a call among many",
                        candidate->latency_p90 ? " (nine of ten take no longer)" : "");
        return;
    case DLB_CHOOSE_COST:
        dlb_text_format(text, "%s for a million items", line.text[DLB_CHOOSE_MITEM]);
        return;
    case DLB_CHOOSE_ENERGY:
    case DLB_CHOOSE_COUNT:
        break;
    }
    dlb_text_format(text, "%s an item", line.text[DLB_CHOOSE_JOULES]);
}

static const char *better_word(enum dlb_choice_by by)
{
    static const char *const words[DLB_CHOOSE_COUNT] = {"as fast as", "as quick as", "as cheap as",
                                                        "as sparing as"};
    return (unsigned int)by < DLB_CHOOSE_COUNT ? words[by] : "as good as";
}

/* The next behind the best, which may be the same processor in another type, but no other row of the same that was published; NULL for none. */
static const struct dlb_candidate *find_second(const struct dlb_choice *choice,
                                               const struct dlb_choice_class *class)
{
    for (int i = class->first + 1; i < class->first + class->ranked; i++)
        if (dlb_choose_alike(choice, class, i) > 0 && isfinite(choice->candidates[i].relative))
            return &choice->candidates[i];
    return NULL;
}

/* Which of the two wins how many tasks: the first is the subject, as in the sentence around it. */
static void put_tasks(const struct dlb_choice *choice, const struct dlb_choice_class *class,
                      const struct dlb_candidate *second, struct dlb_text *text)
{
    static const char *const wins[DLB_CHOOSE_COUNT] = {"faster", "quicker", "cheaper",
                                                       "more sparing"};
    static const char *const loses[DLB_CHOOSE_COUNT] = {"slower", "slower", "dearer",
                                                        "less sparing"};
    const enum dlb_choice_by by = choice->request.by;
    const struct {
        int tasks;
        const char *words;
    } parts[] = {
        {second->worse, wins[by]},
        {second->better, loses[by]},
        {second->close, "too close to tell"},
        {class->common - second->worse - second->better - second->close, "without intervals"}};
    bool told = false;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(parts); i++) {
        if (parts[i].tasks == 0)
            continue;
        dlb_text_format(text, ", %s on %d", parts[i].words, parts[i].tasks);
        if (!told)
            dlb_text_format(text, " of %d task%s", class->common, class->common == 1 ? "" : "s");
        told = true;
    }
}

/* The one behind the first would be better, were it sure to be within the limits. */
static void put_unsure(const struct dlb_choice *choice, const struct dlb_candidate *second,
                       struct dlb_text *text)
{
    dlb_text_append(text, "; ");
    put_candidate(second, text);
    if (second->relative > 0)
        dlb_text_format(text, " is %.3g times %s that", 1 / second->relative,
                        better_word(choice->request.by));
    else
        dlb_text_append(text, " costs nothing");
    dlb_text_format(text, ", but whether it is within the limits is not known: %s", second->reason);
}

/* The one behind the first, and how sure the distance is. */
static void put_second(const struct dlb_choice *choice, const struct dlb_choice_class *class,
                       struct dlb_text *text)
{
    const struct dlb_candidate *second = find_second(choice, class);
    if (second == NULL) {
        dlb_text_append(text, class->ranked > 1 && class->common == 0
                                  ? "; the others have no task in common with it, so which is "
                                    "better is not known"
                                  : "; nothing else of its kind is ranked beside it");
        return;
    }
    if (second->relative < 1) {
        put_unsure(choice, second, text);
        return;
    }
    char times[32];
    snprintf(times, sizeof times, "%.3g times ", second->relative);
    dlb_text_format(text, ", %s%s ", strcmp(times, "1 times ") == 0 ? "" : times,
                    better_word(choice->request.by));
    put_candidate(second, text);
    if (!second->close_known)
        dlb_text_append(text, ", without intervals to tell how sure that is");
    else if (second->worse == class->common)
        dlb_text_append(text, ", beyond their intervals on every task");
    else
        put_tasks(choice, class, second, text);
}

/* ---- advice ---- */

static void put_first(const struct dlb_choice *choice, const struct dlb_choice_class *class,
                      struct dlb_text *text)
{
    const struct dlb_candidate *first = &choice->candidates[class->first];
    put_candidate(first, text);
    dlb_text_append(text, ": ");
    put_figure(choice->request.by, first, text);
    put_second(choice, class, text);
    if (first->standing == DLB_CHOICE_UNSURE)
        dlb_text_format(text, "; whether it is within the limits is not known: %s", first->reason);
    dlb_text_append(text, ".\n");
}

void dlb_choose_advice(const struct dlb_choose_page *page, struct dlb_text *text)
{
    const struct dlb_choice *choice = page->choice;
    const struct dlb_choice_class *best = NULL;
    if (dlb_choice_best(choice, &best) == NULL) {
        dlb_text_format(text,
                        "Nothing can be recommended by %s: no candidate is within the limits and "
                        "has that figure.\n",
                        dlb_choice_by_name(choice->request.by));
        return;
    }
    const bool measured = strcmp(best->evidence, "measured") == 0;
    if (measured)
        dlb_text_append(text, "Take ");
    else
        dlb_text_format(text, "Nothing that was measured can be ranked; of what is %s, take ",
                        best->evidence);
    put_first(choice, best, text);
    for (int i = 0; i < choice->class_count; i++) {
        const struct dlb_choice_class *class = &choice->classes[i];
        if (class == best || class->ranked == 0)
            continue;
        dlb_text_format(text, "Of what is %s, not to be compared with that: ", class->evidence);
        put_first(choice, class, text);
    }
}

/* ---- what is missing ---- */

static bool is_published(const struct dlb_candidate *candidate)
{
    return strcmp(candidate->evidence, "published") == 0;
}

/* Of what was published, or of all others. */
static int count_standing(const struct dlb_choice *choice, enum dlb_choice_standing standing,
                          bool published)
{
    int count = 0;
    for (int i = 0; i < choice->candidate_count; i++)
        count += choice->candidates[i].standing == standing &&
                 is_published(&choice->candidates[i]) == published;
    return count;
}

static bool has_class(const struct dlb_choice *choice, const char *evidence)
{
    for (int i = 0; i < choice->class_count; i++)
        if (strcmp(choice->classes[i].evidence, evidence) == 0)
            return true;
    return false;
}

static void miss_measured(const struct dlb_choose_page *page, struct dlb_text *text)
{
    const struct dlb_choice *choice = page->choice;
    if (has_class(choice, "measured"))
        return;
    if (page->runnable)
        dlb_text_format(text,
                        "a measurement: dlbench run -w '%s' -d all -o r.json, then --results "
                        "r.json\n",
                        choice->request.workload);
    else
        dlb_text_format(text,
                        "a measurement, and this dlbench has no workload '%s' to make one: what it "
                        "has, dlbench list workloads tells\n",
                        choice->request.workload);
}

/* How to get the figure that was asked for, where candidates lack it. */
static void miss_figure(const struct dlb_choice *choice, bool published, struct dlb_text *text)
{
    static const char only[] = "only a measurement tells it";
    static const char *const how[2][DLB_CHOOSE_COUNT] = {
        {"run them again", "measure single calls: dlbench run --mode latency",
         "give a price: --price-hour",
         "measure it: dlbench run --energy auto, where dlbench doctor says it can be"},
        {only, only, "give their prices: dlbench catalog add", only}};
    const enum dlb_choice_by by = choice->request.by;
    const int blank = count_standing(choice, DLB_CHOICE_BLANK, published);
    for (int i = 0; i < choice->candidate_count && blank > 0; i++) {
        const struct dlb_candidate *candidate = &choice->candidates[i];
        if (candidate->standing != DLB_CHOICE_BLANK || is_published(candidate) != published)
            continue;
        dlb_text_format(text, "the %s of %d candidate%s (%s: %s); %s\n", dlb_choice_by_name(by),
                        blank, blank == 1 ? "" : "s", candidate->device, candidate->reason,
                        how[published][by]);
        return;
    }
}

static void miss_limits(const struct dlb_choice *choice, bool published, struct dlb_text *text)
{
    static const char *const latency[] = {
        " dlbench run --mode latency tells the latency of single calls",
        " the latency of single calls was not published"};
    static const char *const power[] = {
        " --energy auto, or an entry of the catalogue, tells the power",
        " an entry of the catalogue tells the power (dlbench catalog add)"};
    const int unsure = count_standing(choice, DLB_CHOICE_UNSURE, published);
    bool late = false;
    bool hungry = false;
    if (unsure == 0)
        return;
    for (int i = 0; i < choice->candidate_count; i++) {
        const struct dlb_candidate *candidate = &choice->candidates[i];
        if (candidate->standing != DLB_CHOICE_UNSURE || is_published(candidate) != published)
            continue;
        late |= isfinite(choice->request.max_latency_ns) && !candidate->latency_single;
        hungry |= isfinite(choice->request.max_power_w) && isnan(candidate->power_w);
    }
    dlb_text_format(text, "whether %d candidate%s within the limits:%s%s%s\n", unsure,
                    unsure == 1 ? " is" : "s are", late ? latency[published] : "",
                    late && hungry ? ";" : "", hungry ? power[published] : "");
}

/* Of what others published something is missing only where there is nothing better. */
static void miss_figures(const struct dlb_choice *choice, struct dlb_text *text)
{
    const struct dlb_choice_class *class = NULL;
    const bool best = dlb_choice_best(choice, &class) != NULL;
    const char *evidence = best ? class->evidence : choice->classes[0].evidence;
    const int kinds = strcmp(evidence, "published") == 0 ? 2 : 1;
    for (int published = 0; published < kinds; published++) {
        miss_figure(choice, published, text);
        miss_limits(choice, published, text);
    }
}

/* Below six processes there is only their range (bench/stats/interval.h). */
static void miss_interval(const struct dlb_choice *choice, const struct dlb_candidate *first,
                          struct dlb_text *text)
{
    int ranges = 0;
    if (strcmp(first->evidence, "measured") != 0)
        return;
    for (int task = 0; task < choice->task_count; task++) {
        const struct dlb_record *record = first->cells[task].record;
        const bool by_p90 =
            choice->request.by == DLB_CHOOSE_LATENCY && first->cells[task].latency_p90;
        ranges += record != NULL && !by_p90 && strcmp(record->summary.ci_kind, "order") != 0;
    }
    if (ranges > 0)
        dlb_text_format(text,
                        "an interval that counts: %d of its %d task%s had too few processes for "
                        "one (dlbench run --invocations 6)\n",
                        ranges, first->tasks, first->tasks == 1 ? "" : "s");
}

/* Of the two that the advice is about. */
static void miss_distance(const struct dlb_choice *choice, struct dlb_text *text)
{
    const struct dlb_choice_class *class = NULL;
    if (dlb_choice_best(choice, &class) == NULL)
        return;
    const struct dlb_candidate *first = &choice->candidates[class->first];
    const struct dlb_candidate *second = find_second(choice, class);
    if (second != NULL && second->close > 0)
        dlb_text_format(text,
                        "the distance of the first two on %d of %d task%s: more processes tell "
                        "(dlbench run --invocations 10)\n",
                        second->close, class->common, class->common == 1 ? "" : "s");
    miss_interval(choice, first, text);
    if (first->facts.noisy > 0)
        dlb_text_format(text, "a quiet machine: %d row%s of %s stayed noisy\n", first->facts.noisy,
                        first->facts.noisy == 1 ? "" : "s", first->device);
    if (first->latency_ns > 0 && !first->latency_single && choice->request.by == DLB_CHOOSE_LATENCY)
        dlb_text_append(text, "the latency of single calls: what is ranked is the time of a call "
                              "among many, which no latency can be below (dlbench run --mode "
                              "latency)\n");
    if (class->ranked > 1 && class->common == 0)
        dlb_text_append(text, "a task that all have: the same problems on each device\n");
    if (class->ranked < 2 && strcmp(class->evidence, "measured") == 0)
        dlb_text_append(text, "a rival: only one candidate was measured\n");
}

static void miss_price(const struct dlb_choice *choice, struct dlb_text *text)
{
    const struct dlb_candidate *best = dlb_choice_best(choice, NULL);
    if (best == NULL || choice->request.by != DLB_CHOOSE_COST)
        return;
    struct dlb_choose_line line;
    dlb_choose_line_of(best, 1, 1, false, &line);
    for (int task = 0, left = best->tasks; left > 0; task++) {
        const struct dlb_record *record = best->cells[task].record;
        if (record == NULL)
            continue;
        const char *basis = record->cost.basis;
        if (record->cost.reason[0] != '\0')
            dlb_text_format(text, "a price that is sure: %s%s%s%s\n", record->cost.reason,
                            basis[0] != '\0' ? " (" : "", basis, basis[0] != '\0' ? ")" : "");
        return;
    }
}

static void miss_type(const struct dlb_choice *choice, struct dlb_text *text)
{
    const struct dlb_candidate *best = dlb_choice_best(choice, NULL);
    if (best == NULL)
        return;
    if (best->dtype[0] == '\0')
        dlb_text_append(text, "the type of the data: whoever published it does not tell\n");
    else if (strcmp(best->dtype, "f32") != 0)
        dlb_text_format(text, "whether your network keeps its accuracy in %s\n", best->dtype);
}

void dlb_choose_missing(const struct dlb_choose_page *page, struct dlb_text *text)
{
    miss_measured(page, text);
    miss_figures(page->choice, text);
    miss_distance(page->choice, text);
    miss_price(page->choice, text);
    miss_type(page->choice, text);
}

/* ---- bounds ---- */

void dlb_choose_bound_words(const struct dlb_choice *choice, int bound, struct dlb_text *text)
{
    const struct dlb_choice_bound *b = &choice->bounds[bound];
    char rate[24];
    dlb_format_si(rate, sizeof rate, b->items_per_s, "items/s");
    dlb_text_format(text, "%s (%s): at most %s in %s by its peak", b->entry->id, b->entry->name,
                    rate, choice->bound_dtype);
    if (isfinite(b->per_mitem))
        dlb_text_format(text, ", so at least %.3g %s for a million items", b->per_mitem,
                        b->entry->currency);
}
