/* worker.h: the child's side. `dlbench worker` reads one request from stdin, answers on stdout, exits.
 *
 * One process, one invocation: crash, abort or hang of a vendor library ends here and becomes a row. */
#ifndef DLB_WORKER_H
#define DLB_WORKER_H

/* Runs to the end and returns the exit code. Anything a library prints on stdout is sent to stderr. */
int dlb_worker_main(void);

#endif
