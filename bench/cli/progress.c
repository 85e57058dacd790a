/* progress.c: draws the progress of a run.
 *
 * A status is never told by colour alone: every line reads the same without. The drawing itself is in block.c. */
#include "bench/cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/base/text.h"

#define HEARTBEAT_NS INT64_C(60000000000)

void dlb_progress_open(struct dlb_progress *progress, const struct dlb_screen *screen, bool quiet,
                       const char *announcement)
{
    *progress =
        (struct dlb_progress){.block.screen = *screen, .quiet = quiet, .spoken_ns = dlb_clock_ns()};
    if (!quiet) {
        fprintf(screen->stream, "%s\n", announcement);
    }
}

void dlb_progress_close(struct dlb_progress *progress)
{
    dlb_block_erase(&progress->block);
    fflush(progress->block.screen.stream);
}

void dlb_progress_say(struct dlb_progress *progress, const char *line)
{
    dlb_block_say(&progress->block, line);
}

static const char *plus_minus(const struct dlb_progress *progress)
{
    return progress->block.screen.unicode ? "\xc2\xb1" : "+-";
}

/* " +-0.62%", " +-36%", " +-3616%": as many decimals as the table of the report shows. */
static void width_text(const struct dlb_progress *progress, double fraction, char *buffer,
                       size_t size)
{
    const double value = 100 * fraction;
    const int decimals = value < 0.0995 ? 2 : value < 9.95 ? 1 : 0;
    buffer[0] = '\0';
    if (isfinite(value)) {
        snprintf(buffer, size, " %s%.*f%%", plus_minus(progress), decimals, value);
    }
}

/* " 1.284 ms +-0.6% (goal 1%)", or the phase while there is no number yet. */
static void news_text(const struct dlb_progress *progress, const struct dlb_news *news,
                      char *buffer, size_t size)
{
    if (news->n <= 0 || !isfinite(news->median_ns)) {
        snprintf(buffer, size, "%s", news->phase);
        return;
    }
    char time[24];
    char width[24];
    dlb_format_time(time, sizeof time, news->median_ns);
    width_text(progress, news->half_width, width, sizeof width);
    snprintf(buffer, size, "n=%lld  %s%s  goal %.3g%%", (long long)news->n, time, width,
             100 * progress->precision);
}

static void draw(struct dlb_progress *progress, const struct dlb_session_state *state)
{
    struct dlb_block *block = &progress->block;
    FILE *stream = block->screen.stream;
    char label[128];
    char news[160];
    char bar[80];
    char elapsed[24];
    char left[24];
    const double share = state->total > 0 ? (double)state->done / (double)state->total : 0;
    dlb_problem_label(&state->item->problem, label, sizeof label);
    news_text(progress, &state->news, news, sizeof news);
    dlb_block_bar(block, share, bar, sizeof bar);
    dlb_block_clock(elapsed, sizeof elapsed, state->elapsed_s);
    dlb_block_clock(left, sizeof left, state->left_s);
    const char *bold = block->screen.color ? "\033[1m" : "";
    const char *plain = block->screen.color ? "\033[0m" : "";
    dlb_block_erase(block);
    fputs(bold, stream);
    const int64_t at = state->done < state->total ? state->done + 1 : state->total;
    dlb_block_line(block, "process %lld/%lld  %s:%s  %s  %s %s %s  inv %d/%d  %s", (long long)at,
                   (long long)state->total, state->item->backend, state->item->device, label,
                   dlb_mode_name(state->item->mode), dlb_cache_state_name(state->item->cache),
                   dlb_fill_name(state->item->data), state->invocation, state->wanted, news);
    fputs(plain, stream);
    dlb_block_line(block, "  block %d/%d  %s  elapsed %s  left ~%s", state->block,
                   state->invocations, bar, elapsed, left);
    dlb_block_line(block, "  cases over %lld/%lld  retried %lld  noisy %lld%s  failed %lld%s",
                   (long long)progress->over, (long long)progress->cases, (long long)state->retried,
                   (long long)state->noisy, state->noisy > 0 ? " (!)" : "",
                   (long long)state->failed, state->failed > 0 ? " (!)" : "");
    if (progress->gates[0] != '\0') {
        dlb_block_line(block, "  gates%s", progress->gates);
    }
    if (progress->last[0] != '\0') {
        dlb_block_line(block, "  last  %s", progress->last);
    }
    fflush(stream);
}

/* "1.28 ms +-0.6%"; the wider side of the interval. */
static void time_text(const struct dlb_progress *progress, double median, double lo, double hi,
                      char *buffer, size_t size)
{
    char time[24];
    char width[24];
    dlb_format_time(time, sizeof time, median);
    width_text(progress, fmax(hi - median, median - lo) / median, width, sizeof width);
    snprintf(buffer, size, "%s%s", time, width);
}

/* "onednn:0  gemm 512x512x512  1.28 ms +-0.6%  210 GFLOP/s  noisy", or its status and reason. */
static void record_text(const struct dlb_progress *progress, const struct dlb_record *record,
                        char *buffer, size_t size)
{
    int length = snprintf(buffer, size, "%s  %s", record->device, record->label);
    if (length < 0 || (size_t)length >= size) {
        return;
    }
    buffer += length;
    size -= (size_t)length;
    if (record->status != DLB_OK) {
        char words[300];
        dlb_record_reason(record, words, sizeof words);
        snprintf(buffer, size, "  %s: %s", dlb_record_status_text(record->status), words);
        return;
    }
    char rate[24] = "";
    enum dlb_dtype dtype;
    const struct dlb_summary *summary = &record->summary;
    if (isfinite(summary->ops_per_s)) {
        const bool integer =
            dlb_dtype_from_name(record->dtype, &dtype) && dlb_dtype_is_integer(dtype);
        dlb_format_si(rate, sizeof rate, summary->ops_per_s, integer ? "OP/s" : "FLOP/s");
    }
    char time[64];
    time_text(progress, summary->median_ns, summary->ci_lo_ns, summary->ci_hi_ns, time,
              sizeof time);
    snprintf(buffer, size, "  %s  %s%s", time, rate,
             dlb_record_has_flag(record, "noisy") ? "  noisy" : "");
}

/* "onednn:0  gemm 512x512x512  1.28 ms +-0.6%  noisy: run-queue 6%": one process, whether or not it will count. */
static void process_text(const struct dlb_progress *progress, const struct dlb_record *record,
                         const struct dlb_invocation *invocation, char *buffer, size_t size)
{
    char time[64];
    const bool is_remarkable = invocation->gate_reason[0] != '\0';
    time_text(progress, invocation->median_ns, invocation->ci_lo_ns, invocation->ci_hi_ns, time,
              sizeof time);
    snprintf(buffer, size, "%s  %s  %s%s%s", record->device, record->label, time,
             !is_remarkable      ? ""
             : invocation->gated ? "  noisy: "
                                 : "  note: ",
             invocation->gate_reason);
}

/* Clock, steal and context switches always, where the machine tells them; the other signals when they are not nothing. */
static void gates_text(const struct dlb_invocation *invocation, char *buffer, size_t size)
{
    static const struct {
        enum dlb_gate gate;
        const char *name, *unit;
        int decimals;
        double factor, shown_from;
    } shown[] = {
        {DLB_GATE_FREQUENCY, "clock", " MHz", 0, 1e-6, 0},
        {DLB_GATE_STEAL, "steal", "%", 1, 100, 0},
        {DLB_GATE_SWITCHES, "ctx", "", 0, 1, 0},
        {DLB_GATE_RUN_QUEUE, "run-queue", "%", 1, 100, 0.0005},
        {DLB_GATE_PRESSURE, "pressure", "%", 1, 100, 0.0005},
        {DLB_GATE_THROTTLED, "throttled", "%", 1, 100, 0.0005},
        {DLB_GATE_THERMAL, "too hot", "", 0, 1, 0.5},
        {DLB_GATE_MAJOR_FAULTS, "faults", "", 0, 1, 0.5},
        {DLB_GATE_SUSPEND, "suspended", " s", 0, 1, 0.1},
    };
    struct dlb_text text = {0};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(shown); i++) {
        const int gate = (int)shown[i].gate;
        const double value =
            gate < invocation->gate_count ? invocation->gates[gate].value : (double)NAN;
        if (value >= shown[i].shown_from) { /* not for NaN */
            dlb_text_format(&text, "  %s %.*f%s", shown[i].name, shown[i].decimals,
                            shown[i].factor * value, shown[i].unit);
        }
    }
    snprintf(buffer, size, "%s", text.data != NULL ? text.data : "");
    dlb_text_free(&text);
}

/* A process is over: what it measured, and how quiet the machine was. */
static void take_process(struct dlb_progress *progress, const struct dlb_record *record)
{
    if (record == NULL || record->invocation_count == 0) {
        return;
    }
    const struct dlb_invocation *invocation = &record->invocations[record->invocation_count - 1];
    gates_text(invocation, progress->gates, sizeof progress->gates);
    process_text(progress, record, invocation, progress->last, sizeof progress->last);
}

void dlb_progress_tick(struct dlb_progress *progress, const struct dlb_session_state *state,
                       const struct dlb_record *record)
{
    const int64_t now = dlb_clock_ns();
    if (progress->quiet) {
        return;
    }
    if (state->done > progress->done) {
        take_process(progress, progress->record);
    }
    progress->done = state->done;
    progress->record = record;
    if (progress->block.screen.redraw) {
        if (dlb_block_due(&progress->block)) {
            draw(progress, state);
        }
        return;
    }
    if (now - progress->spoken_ns >= HEARTBEAT_NS) {
        char elapsed[24];
        char left[24];
        progress->spoken_ns = now;
        dlb_block_clock(elapsed, sizeof elapsed, state->elapsed_s);
        dlb_block_clock(left, sizeof left, state->left_s);
        fprintf(progress->block.screen.stream, "... %lld/%lld invocations, elapsed %s, left ~%s\n",
                (long long)state->done, (long long)state->total, elapsed, left);
        fflush(progress->block.screen.stream);
    }
}

void dlb_progress_finished(struct dlb_progress *progress, const struct dlb_session_state *state,
                           const struct dlb_record *record)
{
    char line[sizeof progress->last];
    progress->over++;
    if (progress->quiet) {
        return;
    }
    take_process(progress, record);
    progress->done = state->done; /* a whole case says more than its last process */
    record_text(progress, record, line, sizeof line);
    memcpy(progress->last, line, sizeof line);
    if (progress->block.screen.redraw) {
        if (strcmp(dlb_record_status_text(record->status), "failed") == 0) {
            dlb_progress_say(progress, line);
        }
        draw(progress, state);
        return;
    }
    progress->spoken_ns = dlb_clock_ns();
    fprintf(progress->block.screen.stream, "[%*lld/%lld] %s\n", progress->cases > 99 ? 3 : 2,
            (long long)progress->over, (long long)progress->cases, line);
    fflush(progress->block.screen.stream);
}
