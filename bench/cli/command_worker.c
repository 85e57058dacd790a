/* command_worker.c: `dlbench worker`: the child process in which a case is measured; started by run, not by hand. */
#include "bench/cli/command.h"
#include "bench/run/worker.h"

static int run(struct dlb_cli *cli, void *target)
{
    (void)cli;
    (void)target;
    return dlb_worker_main();
}

const struct dlb_command dlb_command_worker = {
    .name = "worker",
    .summary = "measure one case; started by dlbench run",
    .arguments = "",
    .hidden = true,
    .run = run,
};
