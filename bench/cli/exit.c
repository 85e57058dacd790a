/* exit.c: the table of exit codes: help, the man page and the precedence rule read it.
 *
 * Nothing here ends the process; main.c does. */
#include "bench/cli/exit.h"

#include "bench/base/compiler.h"

const struct dlb_exit_row dlb_exit_rows[] = {
    {DLB_EXIT_TERMINATED, "ended by SIGTERM; partial results are saved"},
    {DLB_EXIT_INTERRUPTED, "interrupted (Ctrl-C); partial results are saved"},
    {DLB_EXIT_HANGUP, "the terminal went away; partial results are saved"},
    {DLB_EXIT_USAGE, "the command line or a configuration file makes no sense"},
    {DLB_EXIT_IO, "a file could not be read or written"},
    {DLB_EXIT_FAILED, "a case failed: crash, wrong answer, time-out, out of memory"},
    {DLB_EXIT_NOTHING, "nothing was measured, or nothing was comparable"},
    {DLB_EXIT_REFUSED, "--strict refused the environment as too noisy"},
    {DLB_EXIT_REGRESSED, "a regression is confirmed"},
    {DLB_EXIT_INCONCLUSIVE, "inconclusive, with --on-inconclusive=fail"},
    {DLB_EXIT_OK, "all went well"},
};

int dlb_exit_count(void)
{
    return (int)DLB_ARRAY_COUNT(dlb_exit_rows);
}

static int rank_of(int code)
{
    for (int i = 0; i < dlb_exit_count(); i++) {
        if ((int)dlb_exit_rows[i].code == code) {
            return i;
        }
    }
    return dlb_exit_count();
}

int dlb_exit_stronger(int a, int b)
{
    return rank_of(a) <= rank_of(b) ? a : b;
}

int dlb_exit_from_status(enum dlb_status status)
{
    switch (status) {
    case DLB_OK:
        return DLB_EXIT_OK;
    case DLB_INVALID:
        return DLB_EXIT_USAGE;
    case DLB_IO:
        return DLB_EXIT_IO;
    case DLB_INTERRUPTED:
        return DLB_EXIT_INTERRUPTED;
    case DLB_UNSUPPORTED:
    case DLB_UNAVAILABLE:
    case DLB_SKIPPED:
        return DLB_EXIT_NOTHING;
    default:
        return DLB_EXIT_FAILED;
    }
}
