/* stop.c: counts signals. Handlers only set flags; the run looks at them between events. SA_RESTART is not set, so
 * that a blocked poll returns and the run looks at once. */
#include "bench/cli/stop.h"

#include <signal.h>
#include <stddef.h>

#include "bench/base/compiler.h"
#include "bench/cli/exit.h"

/* A signal handler can reach nothing but statics: the one exception to "no mutable globals". */
static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t terminated;
static volatile sig_atomic_t hung_up;

static void note(int number)
{
    if (number == SIGINT) {
        interrupts = interrupts < 2 ? interrupts + 1 : 2;
    } else if (number == SIGTERM) {
        terminated = 1;
    } else {
        hung_up = 1;
    }
}

void dlb_stop_watch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(numbers); i++) {
        struct sigaction action;
        if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
            continue;
        }
        action = (struct sigaction){.sa_handler = note};
        sigaction(numbers[i], &action, NULL);
    }
}

int dlb_stop_wanted(void)
{
    return terminated || hung_up || interrupts > 1 ? 2 : interrupts;
}

int dlb_stop_exit(void)
{
    int code = interrupts > 0 ? DLB_EXIT_INTERRUPTED : DLB_EXIT_OK;
    code = hung_up ? dlb_exit_stronger(code, DLB_EXIT_HANGUP) : code;
    return terminated ? dlb_exit_stronger(code, DLB_EXIT_TERMINATED) : code;
}
