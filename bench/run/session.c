/* session.c: the order of things: random blocks of fresh processes, gates, re-queueing, saving as it goes.
 *
 * Block b holds the b-th invocation of every case, shuffled by the seed. An invocation that the gates call noisy is
 * kept but queued again, at most twice as often as was asked for and within the run's allowance; at the end the least
 * noisy ones fill what is missing and the row is flagged. Next: spawn.c for one invocation. */
#include "bench/run/session.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/base/log.h"
#include "bench/run/outcome.h"
#include "bench/run/slowdown.h"
#include "bench/stats/allocation.h"
#include "bench/stats/summary.h"

/* Rule 1.9 allows twice the invocations of a case as extra; the whole run may grow by this share at most, so that its
 * time stays near what was announced. */
#define EXTRA_PER_INVOCATION 2
#define EXTRA_SHARE_OF_RUN   0.25
#define SAVE_EVERY_NS        INT64_C(20000000000)

struct session {
    const struct dlb_session_options *options;
    const struct dlb_case *cases;
    int64_t case_count;
    const struct dlb_session_watch *watch;
    struct dlb_result *result;
    struct dlb_session_state state;
    struct dlb_gate_session gates;
    int64_t *queue; /* case indices of this block, with room for the extra ones */
    int64_t extra_left;
    int64_t spawned, next_order, start_ns, saved_ns;
    bool finish;  /* stop after the case at hand */
    bool unsaved; /* saving on the way failed once; it was told */
};

static bool stop_now(void *user)
{
    struct session *s = user;
    const int stop = s->watch->stop != NULL ? s->watch->stop(s->watch->user) : 0;
    s->finish = s->finish || stop > 0;
    return stop > 1;
}

static void refresh_state(struct session *s)
{
    struct dlb_session_state *state = &s->state;
    state->elapsed_s = 1e-9 * (double)(dlb_clock_ns() - s->start_ns);
    state->left_s = s->spawned > 0 ? state->elapsed_s / (double)s->spawned *
                                         (double)(state->total - state->done)
                                   : NAN;
}

static void take_news(void *user, const struct dlb_news *news)
{
    struct session *s = user;
    s->state.news = *news;
    refresh_state(s);
    if (s->watch->tick != NULL)
        s->watch->tick(s->watch->user, &s->state);
}

/* A case that cannot succeed by being repeated is over at its first answer. */
static bool is_final(const struct dlb_record *record)
{
    return record->status != DLB_OK && record->status != DLB_INTERRUPTED;
}

static int counted(const struct dlb_record *record)
{
    int count = 0;
    for (int i = 0; i < record->invocation_count; i++)
        count += !record->invocations[i].gated;
    return count;
}

/* A time that is the same in every process needs no second one. */
static int wanted(const struct session *s, int64_t index)
{
    return s->cases[index].once ? 1 : s->options->invocations;
}

static int64_t index_of(const struct session *s, const struct dlb_record *record)
{
    return record - s->result->records;
}

/* From this many invocations on both variances are known well enough to share the time out by them (rule 1.7). Never below
 * the first look of the stop rule. */
#define ALLOCATE_FROM  3
#define ALLOCATE_LEAST 20

/* At most this many samples are worth their time in the next process of the case. */
static int64_t allocate_samples(const struct dlb_record *record,
                                const struct dlb_sampling *sampling)
{
    const int64_t most = sampling->max_samples;
    double medians[64], within = 0, cost_sample = 0, cost_process = 0;
    int64_t samples = INT64_MAX;
    int used = 0;
    for (int i = 0; i < record->invocation_count && used < 64; i++) {
        const struct dlb_invocation *invocation = &record->invocations[i];
        if (invocation->gated || invocation->n < 2)
            continue;
        const double sd = invocation->sd_rel * invocation->mean_ns;
        medians[used++] = invocation->median_ns;
        within += sd * sd;
        cost_sample += invocation->median_ns * (double)invocation->k;
        cost_process += invocation->load_ns + invocation->prepare_ns + invocation->first_call_ns;
        samples = invocation->n < samples ? invocation->n : samples;
    }
    if (used < ALLOCATE_FROM)
        return most;
    const double sd = dlb_sd(medians, used);
    const struct dlb_allocation seen = {.variance_within = within / used,
                                        .variance_between = sd * sd,
                                        .samples = samples,
                                        .cost_sample = cost_sample / used,
                                        .cost_process = cost_process / used + sampling->warmup_ns};
    const int64_t worth = dlb_allocation_samples(&seen);
    return worth > most ? most : worth < ALLOCATE_LEAST ? ALLOCATE_LEAST : worth;
}

/* The template's factor, or what --slowdown says of this case: the larger one. */
static double slowdown_of(const struct session *s, const struct dlb_record *record)
{
    const double template = s->options->request.sampling.slowdown;
    double factor = 1;
    (void)dlb_slowdown_factor(s->options->slowdown, record->key, record->workload, &factor, NULL);
    return factor > template ? factor : template;
}

/* The power on its device's datasheet, where --energy tdp found one (bench/cli/run_energy.c); NaN: none is known. */
static double tdp_of(const struct session *s, const struct dlb_record *record)
{
    const json_t *power = json_object_get(dlb_result_device(s->result, record->device), "tdp_w");
    return json_is_number(power) ? json_number_value(power) : (double)NAN;
}

static void run_invocation(struct session *s, int64_t index)
{
    const struct dlb_case *item = &s->cases[index];
    struct dlb_record *record = &s->result->records[index];
    struct dlb_request request = s->options->request;
    request.task = DLB_TASK_MEASURE;
    request.item = *item;
    request.process = record->invocation_count;
    request.sampling.max_samples = allocate_samples(record, &request.sampling);
    request.sampling.slowdown = slowdown_of(s, record);
    request.meter.tdp_w = tdp_of(s, record);
    struct dlb_spawn spawn = s->options->spawn;
    spawn.threads = item->threads;
    spawn.cpus = s->options->cpus;
    spawn.news = take_news;
    spawn.stop_now = stop_now;
    spawn.user = s;
    s->state.item = item;
    s->state.invocation = counted(record) + 1;
    s->state.wanted = wanted(s, index);
    s->state.news = (struct dlb_news){.phase = "start", .median_ns = NAN, .half_width = NAN};
    struct dlb_answer answer;
    dlb_spawn_run(&spawn, &request, &answer);
    if (answer.status != DLB_INTERRUPTED) {
        const struct dlb_outcome outcome = {.result = s->result,
                                            .gates = &s->gates,
                                            .judge = s->options->gates,
                                            .order = s->next_order};
        s->next_order += answer.measured;
        dlb_outcome_take(&outcome, record, &request, &answer);
    }
    s->spawned++;
    dlb_answer_free(&answer);
}

/* The least noisy of the gated invocations stand in for quiet ones that could not be had. */
static void fill_missing(struct session *s, struct dlb_record *record)
{
    while (counted(record) < wanted(s, index_of(s, record)) &&
           counted(record) < record->invocation_count) {
        int best = -1;
        double best_noise = 0;
        for (int i = 0; i < record->invocation_count; i++) {
            if (!record->invocations[i].gated)
                continue;
            const double noise = dlb_outcome_noise(&s->gates, &record->invocations[i]);
            if (best < 0 || noise < best_noise) {
                best = i;
                best_noise = noise;
            }
        }
        record->invocations[best].gated = false;
        dlb_record_flag(record, "noisy");
    }
}

/* A disk that is full does not end hours of measuring: the run goes on in memory, and the last save decides. */
static void save_progress(struct session *s, const struct dlb_record *record)
{
    struct dlb_why why = {""};
    enum dlb_status status = DLB_OK;
    if (s->options->journal != NULL && !s->unsaved)
        status = dlb_journal_append(s->options->journal, record, &why);
    if (status == DLB_OK && s->options->result_path != NULL &&
        dlb_clock_ns() - s->saved_ns >= SAVE_EVERY_NS) {
        s->saved_ns = dlb_clock_ns();
        status = dlb_result_save(s->result, s->options->result_path, &why);
    }
    if (status != DLB_OK && !s->unsaved)
        dlb_log(DLB_LOG_WARNING, "%s; measuring goes on, and saving is tried again at the end",
                why.text);
    s->unsaved = s->unsaved || status != DLB_OK;
}

/* What the screen says is finished is in the journal by then: the screen may be the last that is seen of this run. */
static void finish_case(struct session *s, struct dlb_record *record)
{
    if (record->status == DLB_OK)
        fill_missing(s, record);
    dlb_record_summarise(record);
    save_progress(s, record);
    s->state.noisy += dlb_record_has_flag(record, "noisy");
    s->state.failed += is_final(record) && record->status != DLB_UNSUPPORTED &&
                       record->status != DLB_SKIPPED && record->status != DLB_UNAVAILABLE;
    if (s->watch->finished != NULL)
        s->watch->finished(s->watch->user, &s->state, record);
}

/* Case indices that still want their invocation of this block, shuffled (Fisher and Yates). */
static int64_t fill_queue(struct session *s, int block)
{
    int64_t count = 0;
    for (int64_t i = 0; i < s->case_count; i++) {
        const struct dlb_record *record = &s->result->records[i];
        if (!is_final(record) && block < wanted(s, i) && counted(record) <= block)
            s->queue[count++] = i;
    }
    struct dlb_random random;
    dlb_random_seed(&random, s->options->seed + (uint64_t)block);
    for (int64_t i = count - 1; i > 0; i--) {
        const int64_t j = (int64_t)dlb_random_below(&random, (uint64_t)i + 1);
        const int64_t swapped = s->queue[i];
        s->queue[i] = s->queue[j];
        s->queue[j] = swapped;
    }
    return count;
}

/* May this noisy invocation be measured again? Counts it when so. */
static bool grant_extra(struct session *s, const struct dlb_record *record)
{
    const int gated = record->invocation_count - counted(record);
    if (s->extra_left <= 0 || gated > EXTRA_PER_INVOCATION * wanted(s, index_of(s, record)))
        return false;
    s->extra_left--;
    s->state.retried++;
    s->state.total++;
    return true;
}

/* One case of the block; re-queues it behind the others when it was noisy. */
static void run_case(struct session *s, int64_t index, int block, int64_t *queued)
{
    struct dlb_record *record = &s->result->records[index];
    const int before = record->invocation_count;
    run_invocation(s, index);
    s->state.done++;
    if (record->status == DLB_INTERRUPTED && record->invocation_count == before)
        return;
    const bool noisy = record->invocation_count > before && record->invocations[before].gated;
    const bool again = noisy && grant_extra(s, record);
    if (again)
        s->queue[(*queued)++] = index;
    if (is_final(record))
        s->state.total -= wanted(s, index) - block - 1;
    if (is_final(record) || (!again && block + 1 == wanted(s, index)))
        finish_case(s, record);
    else
        save_progress(s, record);
}

/* The user wants to stop: the case at hand still gets all its invocations, so that its row is as good as any. */
static void complete_case(struct session *s, int64_t index)
{
    struct dlb_record *record = &s->result->records[index];
    bool measured = false;
    while (!is_final(record) && counted(record) < wanted(s, index)) {
        const int before = record->invocation_count;
        run_invocation(s, index);
        if (record->invocation_count == before || record->invocations[before].gated)
            break; /* stopped for good, or noisy: it stays open for --resume */
        measured = true;
        save_progress(s, record);
    }
    if (measured && (is_final(record) || counted(record) >= wanted(s, index)))
        finish_case(s, record);
}

static enum dlb_status run_block(struct session *s, int block, struct dlb_why *why)
{
    int64_t queued = fill_queue(s, block);
    s->state.block = block + 1;
    for (int64_t i = 0; i < queued; i++) {
        run_case(s, s->queue[i], block, &queued);
        const bool now = stop_now(s);
        if (!now && s->finish)
            complete_case(s, s->queue[i]);
        if (now || s->finish)
            return dlb_fail(why, DLB_INTERRUPTED, "stopped by the user");
    }
    return DLB_OK;
}

/* What was measured before a stop is summarised too: partial results are valid results. Noisy invocations stay marked,
 * so that a resumed run measures them again. */
static void summarise_partial(struct session *s)
{
    for (int64_t i = 0; i < s->case_count; i++) {
        struct dlb_record *record = &s->result->records[i];
        if (record->status == DLB_OK && record->invocation_count > 0)
            dlb_record_summarise(record);
    }
}

/* Numbers go on where a resumed run had ended. */
static int64_t first_order(const struct session *s)
{
    int64_t next = 0;
    for (int64_t i = 0; i < s->case_count; i++)
        for (int j = 0; j < s->result->records[i].invocation_count; j++)
            if (s->result->records[i].invocations[j].order >= next)
                next = s->result->records[i].invocations[j].order + 1;
    return next;
}

static int64_t count_wanted(const struct session *s)
{
    int64_t total = 0;
    for (int64_t i = 0; i < s->case_count; i++) {
        const struct dlb_record *record = &s->result->records[i];
        const int missing = wanted(s, i) - counted(record);
        if (!is_final(record) && missing > 0)
            total += missing;
    }
    return total;
}

enum dlb_status dlb_session_run(const struct dlb_session_options *options,
                                const struct dlb_case *cases, int64_t case_count,
                                const struct dlb_session_watch *watch, struct dlb_result *result,
                                struct dlb_why *why)
{
    struct session s = {.options = options,
                        .cases = cases,
                        .case_count = case_count,
                        .watch = watch,
                        .result = result};
    s.start_ns = s.saved_ns = dlb_clock_ns();
    s.state.invocations = options->invocations;
    s.state.total = count_wanted(&s);
    s.next_order = first_order(&s);
    s.extra_left = (int64_t)ceil(EXTRA_SHARE_OF_RUN * (double)s.state.total);
    s.queue = calloc((size_t)(case_count + s.extra_left + 1), sizeof *s.queue);
    if (s.queue == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a queue of %lld cases",
                        (long long)case_count);
    enum dlb_status status = DLB_OK;
    for (int block = 0; block < options->invocations && status == DLB_OK; block++)
        status = run_block(&s, block, why);
    if (status != DLB_OK)
        summarise_partial(&s);
    dlb_gate_session_free(&s.gates);
    free(s.queue);
    return status;
}
