/* check_progress.c: draws the progress of a check.
 *
 * Cases are judged together, at the end: until then there are pairs to count, and failures to tell. Elsewhere than on a terminal
 * a line is printed when a stage begins, for a case that cannot be judged, and once a minute. */
#include "bench/cli/check_progress.h"

#include <stdio.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/base/text.h"

#define HEARTBEAT_NS INT64_C(60000000000)

void dlb_check_progress_open(struct dlb_check_progress *progress, const struct dlb_screen *screen,
                             bool quiet, const char *announcement)
{
    *progress = (struct dlb_check_progress){
        .block.screen = *screen, .quiet = quiet, .spoken_ns = dlb_clock_ns()};
    if (!quiet) {
        fprintf(screen->stream, "%s\n", announcement);
    }
}

void dlb_check_progress_close(struct dlb_check_progress *progress)
{
    dlb_block_erase(&progress->block);
    fflush(progress->block.screen.stream);
}

void dlb_check_progress_say(struct dlb_check_progress *progress, const char *line)
{
    dlb_block_say(&progress->block, line);
}

/* "stage 1, all cases" or "stage 2, 3 candidates". */
static void stage_text(const struct dlb_check_progress *progress,
                       const struct dlb_check_state *state, char *buffer, size_t size)
{
    if (state->stage < 2) {
        snprintf(buffer, size, "stage 1: %lld case%s", (long long)progress->cases,
                 progress->cases == 1 ? "" : "s");
    } else {
        snprintf(buffer, size, "stage 2: %d candidate%s for a change, in fresh pairs",
                 state->candidates, state->candidates == 1 ? "" : "s");
    }
}

static void draw(struct dlb_check_progress *progress, const struct dlb_check_state *state)
{
    struct dlb_block *block = &progress->block;
    char label[128] = "";
    char stage[96];
    char bar[80];
    char elapsed[24];
    char left[24];
    const double share = state->total > 0 ? (double)state->done / (double)state->total : 0;
    stage_text(progress, state, stage, sizeof stage);
    dlb_block_bar(block, share, bar, sizeof bar);
    dlb_block_clock(elapsed, sizeof elapsed, state->elapsed_s);
    dlb_block_clock(left, sizeof left, state->left_s);
    dlb_block_erase(block);
    if (state->item != NULL) {
        dlb_problem_label(&state->item->problem, label, sizeof label);
        dlb_block_line(block, "pair %lld/%lld  %s:%s  %s",
                       (long long)(state->done < state->total ? state->done + 1 : state->total),
                       (long long)state->total, state->item->backend, state->item->device, label);
    }
    dlb_block_line(block, "  %s  %s  elapsed %s  left ~%s", stage, bar, elapsed, left);
    dlb_block_line(block, "  replaced %lld%s  failed %lld%s", (long long)state->replaced,
                   state->replaced > 0 ? " (noisy)" : "", (long long)state->failed,
                   state->failed > 0 ? " (!)" : "");
    if (progress->last[0] != '\0') {
        dlb_block_line(block, "  last  %s", progress->last);
    }
    fflush(block->screen.stream);
}

/* Once per stage, and each minute. */
static void speak(struct dlb_check_progress *progress, const struct dlb_check_state *state)
{
    FILE *stream = progress->block.screen.stream;
    const int64_t now = dlb_clock_ns();
    char text[96];
    if (state->stage != progress->stage) {
        progress->stage = state->stage;
        progress->spoken_ns = now;
        stage_text(progress, state, text, sizeof text);
        fprintf(stream, "%s, %lld pairs\n", text, (long long)state->total);
        fflush(stream);
    } else if (now - progress->spoken_ns >= HEARTBEAT_NS) {
        char elapsed[24];
        char left[24];
        progress->spoken_ns = now;
        dlb_block_clock(elapsed, sizeof elapsed, state->elapsed_s);
        dlb_block_clock(left, sizeof left, state->left_s);
        fprintf(stream, "... stage %d: %lld/%lld pairs, elapsed %s, left ~%s\n", state->stage,
                (long long)state->done, (long long)state->total, elapsed, left);
        fflush(stream);
    }
}

void dlb_check_progress_tick(struct dlb_check_progress *progress,
                             const struct dlb_check_state *state)
{
    if (progress->quiet) {
        return;
    }
    if (!progress->block.screen.redraw) {
        speak(progress, state);
    } else if (dlb_block_due(&progress->block)) {
        draw(progress, state);
    }
}

/* The table follows at once, and tells all of those that were measured: only what went wrong is worth a line of its own. */
void dlb_check_progress_finished(struct dlb_check_progress *progress,
                                 const struct dlb_check_state *state,
                                 const struct dlb_verdict_row *row)
{
    char clean[256];
    progress->over++;
    if (progress->quiet) {
        return;
    }
    snprintf(progress->last, sizeof progress->last, "%s  %s  %s%s%s", row->device, row->label,
             dlb_verdict_name(row->verdict), row->reason[0] != '\0' ? ": " : "",
             dlb_text_printable(clean, sizeof clean, row->reason));
    if (row->verdict == DLB_VERDICT_FAILED) {
        dlb_block_say(&progress->block, progress->last);
    }
    if (progress->block.screen.redraw) {
        draw(progress, state);
    }
}
