/* run_measure.c: a run between its first process and its last: what the session is told, what the screen shows meanwhile.
 *
 * Measuring itself is bench/run/session.c. */
#include <stdint.h>

#include "bench/base/clock.h"
#include "bench/base/text.h"
#include "bench/cli/run_energy.h"
#include "bench/cli/run_roofs.h"
#include "bench/cli/run_state.h"
#include "bench/cli/stop.h"

static void on_tick(void *user, const struct dlb_session_state *state)
{
    struct dlb_run *run = user;
    dlb_progress_tick(&run->progress, state, &run->result.records[state->item - run->plan.cases]);
}

static void on_finished(void *user, const struct dlb_session_state *state,
                        const struct dlb_record *record)
{
    struct dlb_run *run = user;
    dlb_run_roofs_apply(run, &run->result.records[record - run->result.records]);
    dlb_progress_finished(&run->progress, state, record);
}

int dlb_run_asked_to_stop(struct dlb_run *run, struct dlb_block *block, const char *first)
{
    const int wanted = dlb_stop_wanted();
    if (wanted > run->stop_said) {
        run->stop_said = wanted;
        if (!run->cli->global.quiet) {
            dlb_block_say(
                block, wanted == 1 ? first : "stopping now, then saving what was measured so far");
        }
    }
    return wanted;
}

static int on_stop(void *user)
{
    struct dlb_run *run = user;
    return dlb_run_asked_to_stop(run, &run->progress.block,
                                 "finishing this case, then saving; once more stops at once");
}

/* Of what is left, those that one process tells all of. */
static long long count_once(const struct dlb_run *run)
{
    long long count = 0;
    for (int64_t i = 0; i < run->plan.count; i++) {
        count += run->plan.cases[i].once && dlb_run_missing(run, i) > 0;
    }
    return count;
}

static void announce(const struct dlb_run *run, struct dlb_text *text)
{
    dlb_run_announce(run, text);
    const long long left = dlb_run_cases_left(run);
    if (left == 0) {
        dlb_text_append(text, "\nnothing left to do: every case has its result");
        return;
    }
    const long long once = count_once(run);
    const long long processes = once < left ? (long long)run->options->invocations : 1;
    dlb_text_format(text, "\n%lld case%s%s, each in %lld fresh process%s", left,
                    left == 1 ? "" : "s", run->options->resume != NULL ? " left" : "", processes,
                    processes == 1 ? "" : "es");
    if (once > 0 && processes > 1) {
        dlb_text_format(text, ", %lld of them (not measured) in one", once);
    }
}

struct dlb_spawn dlb_run_spawn(const struct dlb_run *run)
{
    static const char *const policies[] = {"active", "passive"};
    return (struct dlb_spawn){.program = run->program,
                              .backends = run->backends,
                              .wait_policy = policies[run->options->wait_policy],
                              .timeout_s = run->timeout_s};
}

enum dlb_status dlb_run_measure(struct dlb_run *run, struct dlb_why *why)
{
    dlb_run_find_meter(run);
    const struct dlb_session_watch watch = {run, on_tick, on_finished, on_stop};
    const struct dlb_session_options options = {.spawn = dlb_run_spawn(run),
                                                .request = run->request,
                                                .cpus = run->host.allowed_cpus,
                                                .invocations = (int)run->options->invocations,
                                                .seed = run->seed,
                                                .gates = !run->options->no_gates,
                                                .slowdown = run->options->slowdown,
                                                .journal = run->journal,
                                                .result_path = run->path};
    struct dlb_text announcement = {0};
    announce(run, &announcement);
    dlb_progress_open(&run->progress, &run->cli->err, run->cli->global.quiet,
                      announcement.data != NULL ? announcement.data : "");
    run->progress.cases = dlb_run_cases_left(run);
    run->progress.precision = run->sampling.precision;
    const int64_t begin = dlb_clock_ns();
    const enum dlb_status status =
        dlb_session_run(&options, run->plan.cases, run->plan.count, &watch, &run->result, why);
    run->result.duration_s = run->duration_before_s + 1e-9 * (double)(dlb_clock_ns() - begin);
    dlb_progress_close(&run->progress);
    dlb_text_free(&announcement);
    return status;
}
