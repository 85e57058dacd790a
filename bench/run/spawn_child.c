/* spawn_child.c: from fork to exec: CPUs, environment and descriptors of a worker.
 *
 * A worker dies with its parent, and is the first to go when memory runs out. Next: worker.c. */
#include "bench/run/spawn_child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bench/base/text.h"

static void set_number(const char *name, int value)
{
    char text[16];
    snprintf(text, sizeof text, "%d", value);
    setenv(name, text, 1);
}

/* The same threading for every backend: number of threads, one place per CPU, wait policy. What would override
 * it in one runtime and not in another is taken out. */
static void set_threading(const struct dlb_spawn *spawn)
{
    static const char *const overriding[] = {"GOMP_SPINCOUNT", "GOMP_CPU_AFFINITY",
                                             "KMP_BLOCKTIME",  "KMP_AFFINITY",
                                             "OMP_SCHEDULE",   "OMP_MAX_ACTIVE_LEVELS"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(overriding); i++)
        unsetenv(overriding[i]);
    static const char *const counts[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                                         "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "OMP_THREAD_LIMIT"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(counts); i++)
        set_number(counts[i], spawn->threads);
    setenv("OMP_DYNAMIC", "false", 1);
    setenv("MKL_DYNAMIC", "FALSE", 1);
    setenv("OMP_PROC_BIND", "true", 1);
    setenv("OMP_WAIT_POLICY", spawn->wait_policy, 1);
    struct dlb_text places = {0};
    for (int i = 0; i < spawn->threads; i++)
        dlb_text_format(&places, "%s{%d}", i > 0 ? "," : "", spawn->cpus[i]);
    if (places.data != NULL && !places.failed)
        setenv("OMP_PLACES", places.data, 1);
    dlb_text_free(&places);
}

static void pin(const struct dlb_spawn *spawn)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; i < spawn->threads; i++)
        if (spawn->cpus[i] >= 0 && spawn->cpus[i] < CPU_SETSIZE)
            CPU_SET((size_t)spawn->cpus[i], &set);
    sched_setaffinity(0, sizeof set, &set);
}

/* First victim of the kernel when memory runs out: a row is lost, not the run. */
static void volunteer_for_oom(void)
{
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, "1000", 4) != 4)
        errno = 0; /* not fatal: only who dies first is decided by it */
    close(fd);
}

_Noreturn void dlb_spawn_become(const struct dlb_spawn *spawn, pid_t parent, int request,
                                int events, int errors)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    volunteer_for_oom();
    if (spawn->threads > 0) {
        pin(spawn);
        set_threading(spawn);
    }
    setenv("LC_ALL", "C", 1);
    if (spawn->backends != NULL)
        setenv("DLBENCH_BACKENDS", spawn->backends, 1);
    dup2(request, STDIN_FILENO);
    dup2(events, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    char *const arguments[] = {(char *)(uintptr_t) "dlbench", (char *)(uintptr_t) "worker", NULL};
    execv(spawn->program, arguments);
    fprintf(stderr, "cannot start %s: %s\n", spawn->program, strerror(errno));
    _exit(127);
}
