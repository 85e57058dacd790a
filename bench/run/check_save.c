/* check_save.c: what a check has measured so far, where a killed one can be read from: the journal after each pair, the
 * result file now and then. Next: bench/store/journal.c. */
#include "bench/base/clock.h"
#include "bench/base/log.h"
#include "bench/run/check_internal.h"

#define SAVE_EVERY_NS INT64_C(20000000000)

static enum dlb_status append(const struct check *c, const struct check_case *x, bool measured,
                              struct dlb_why *why)
{
    struct dlb_record newest = *x->record; /* borrows everything: never freed */
    if (c->options->journal == NULL)
        return DLB_OK;
    newest.invocations += measured ? newest.invocation_count - 1 : 0;
    newest.invocation_count = measured ? 1 : 0;
    const enum dlb_status status = dlb_journal_append(c->options->journal, &newest, why);
    return status == DLB_OK ? dlb_journal_append_verdict(c->options->journal, x->row, why) : status;
}

/* A disk that is full does not end the measuring: it goes on in memory, and the caller's last save decides. */
void dlb_check_save(struct check *c, const struct check_case *x, bool measured)
{
    struct dlb_why why = {""};
    if (c->unsaved)
        return;
    enum dlb_status status = append(c, x, measured, &why);
    if (status == DLB_OK && c->options->result_path != NULL &&
        dlb_clock_ns() - c->saved_ns >= SAVE_EVERY_NS) {
        c->saved_ns = dlb_clock_ns();
        status = dlb_result_save(c->result, c->options->result_path, &why);
    }
    c->unsaved = status != DLB_OK;
    if (c->unsaved)
        dlb_log(DLB_LOG_WARNING, "%s; measuring goes on, and saving is tried again at the end",
                why.text);
}
