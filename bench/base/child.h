/* child.h: starts another program without a shell: a meter's command, gnuplot, dlbench itself for one question.
 *
 * Workers are started elsewhere (bench/run/spawn.h): they need CPUs and an environment of their own between fork and exec. */
#ifndef DLB_CHILD_H
#define DLB_CHILD_H

#include <sys/types.h>

struct dlb_child {
    const char *program;          /* a path: it is not looked for */
    const char *const *arguments; /* with the program's name first; ends with NULL */
    char *const *environment;     /* NULL: ours */
    int files[3];                 /* become its standard input, output and error; -1: /dev/null */
};

/* The child leads a process group of its own, so that what it starts can be ended with it, and has all signals as they are by
 * default: dlbench ignores some. 0, and the caller waits for `pid`; or what errno would be, and nothing runs. */
int dlb_child_start(const struct dlb_child *child, pid_t *pid);

#endif
