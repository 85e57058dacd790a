/* spawn_child.h: what a forked child does before it is a worker. */
#ifndef DLB_SPAWN_CHILD_H
#define DLB_SPAWN_CHILD_H

#include <sys/types.h>

#include "bench/run/spawn.h"

/* Makes the calling process a worker: its CPUs, its environment, the three descriptors as stdin, stdout and stderr. Never
 * returns; it ends with 127 and a line on stderr when the program does not start. Only for a child of `parent`. */
_Noreturn void dlb_spawn_become(const struct dlb_spawn *spawn, pid_t parent, int request,
                                int events, int errors);

#endif
