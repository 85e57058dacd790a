/* gnuplot.c: starts gnuplot, waits for it, 30 s at most, and tells what it said.
 *
 * A child (child.h) may write 256 MiB at most. One whose parent is killed ends by itself: its script is a file, and its processor time has a limit. */
#include "reports/plots/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/base/child.h"
#include "bench/base/clock.h"

#define LARGEST_OUTPUT ((rlim_t)256 << 20)
#define USUAL_S        30 /* for a picture; DLBENCH_PLOT_TIMEOUT tells another number of seconds */
#define LONGEST_S      86400

/* ---- files without a name ---- */

static bool write_all(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        const ssize_t written = write(fd, bytes, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

static void read_all(int fd, struct dlb_text *text)
{
    char buffer[65536];
    if (lseek(fd, 0, SEEK_SET) < 0)
        text->failed = true;
    for (ssize_t got = 1; got != 0;) {
        got = read(fd, buffer, sizeof buffer);
        if (got > 0)
            dlb_text_append_bytes(text, buffer, (size_t)got);
        else if (got < 0 && errno != EINTR)
            break;
    }
}

static void close_file(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- starting ---- */

static int64_t timeout_s(void)
{
    const char *text = getenv("DLBENCH_PLOT_TIMEOUT");
    int64_t seconds = 0;
    const bool told = text != NULL && dlb_parse_int(text, &seconds, NULL) == DLB_OK &&
                      seconds >= 1 && seconds <= LONGEST_S;
    return told ? seconds : USUAL_S;
}

/* What the child's environment has: ours, where the locale decides neither about numbers nor about letters. Only the list is new: the
 * texts stay where they are. NULL: no memory; else to be freed. */
static char **make_environment(void)
{
    static const char *const dropped[] = {"LC_ALL=", "GNUTERM=", "DISPLAY="};
    static char locale[] = "LC_ALL=C.UTF-8";
    size_t count = 0;
    size_t kept = 0;
    while (environ[count] != NULL)
        count++;
    char **made = malloc((count + 2) * sizeof *made);
    if (made == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        bool drop = false;
        for (size_t j = 0; j < DLB_ARRAY_COUNT(dropped) && !drop; j++)
            drop = strncmp(environ[i], dropped[j], strlen(dropped[j])) == 0;
        if (!drop)
            made[kept++] = environ[i];
    }
    made[kept++] = locale;
    made[kept] = NULL;
    return made;
}

/* 0, or what errno would be. */
static int spawn(const char *program, const char *const *arguments, const int files[3], pid_t *pid)
{
    char **environment = make_environment();
    if (environment == NULL)
        return ENOMEM;
    const struct dlb_child child = {.program = program,
                                    .arguments = arguments,
                                    .environment = environment,
                                    .files = {files[0], files[1], files[2]}};
    const int error = dlb_child_start(&child, pid);
    free(environment);
    return error;
}

/* A start sets no limits: they come right behind it. Time of the processor is limited too, for a gnuplot whose parent
 * was killed and cannot end it; one second more than a living parent gives it. */
static void limit(pid_t pid)
{
    const rlim_t seconds = (rlim_t)timeout_s() + 1;
    const struct rlimit bytes = {LARGEST_OUTPUT, LARGEST_OUTPUT};
    const struct rlimit time = {seconds, seconds};
    (void)prlimit(pid, RLIMIT_FSIZE, &bytes, NULL);
    (void)prlimit(pid, RLIMIT_CPU, &time, NULL);
}

enum dlb_status dlb_gnuplot_start(const char *program, const char *const *arguments,
                                  const struct dlb_text *script, struct dlb_gnuplot_child *child,
                                  struct dlb_why *why)
{
    int files[3];
    for (int i = 0; i < 3; i++)
        files[i] = memfd_create("dlbench-plot", MFD_CLOEXEC);
    *child = (struct dlb_gnuplot_child){.output = files[1], .errors = files[2]};
    const bool ready = files[0] >= 0 && files[1] >= 0 && files[2] >= 0 &&
                       (script->data == NULL || write_all(files[0], script->data, script->size)) &&
                       lseek(files[0], 0, SEEK_SET) == 0;
    pid_t pid = -1;
    const int error = ready ? spawn(program, arguments, files, &pid) : errno;
    close_file(&files[0]);
    if (error != 0 || pid <= 0) {
        close_file(&child->output);
        close_file(&child->errors);
        return dlb_fail(why, DLB_FAILED, "cannot start %s: %s", program, strerror(error));
    }
    limit(pid);
    child->pid = pid;
    child->started_ns = dlb_clock_ns();
    return DLB_OK;
}

/* ---- ending ---- */

bool dlb_gnuplot_ended(struct dlb_gnuplot_child *child, int *wait_status, bool *timed_out)
{
    *timed_out = false;
    pid_t ended = waitpid(child->pid, wait_status, WNOHANG);
    if (ended == 0 && dlb_clock_ns() - child->started_ns > timeout_s() * INT64_C(1000000000)) {
        *timed_out = true;
        kill(-child->pid, SIGKILL);
        do
            ended = waitpid(child->pid, wait_status, 0);
        while (ended < 0 && errno == EINTR);
    }
    if (ended == 0 || (ended < 0 && errno == EINTR))
        return false;
    if (ended < 0)
        *wait_status = 127 << 8;
    return true;
}

int dlb_gnuplot_wait(struct dlb_gnuplot_child *child, bool *timed_out)
{
    int wait_status = 0;
    while (!dlb_gnuplot_ended(child, &wait_status, timed_out))
        dlb_clock_sleep_ns(DLB_GNUPLOT_LOOK_NS);
    return wait_status;
}

enum dlb_status dlb_gnuplot_collect(struct dlb_gnuplot_child *child, struct dlb_text *output,
                                    struct dlb_text *errors)
{
    read_all(child->output, output);
    read_all(child->errors, errors);
    close_file(&child->output);
    close_file(&child->errors);
    child->pid = 0;
    return output->failed || errors->failed ? DLB_NO_MEMORY : DLB_OK;
}

/* The last line that is more than blanks and marks of the place of an error. */
static void last_line(const struct dlb_text *errors, char *buffer, size_t size)
{
    static const char blanks[] = " \t\r\f\v\b^";
    const char *at = errors->data != NULL ? errors->data : "";
    struct dlb_text line = {0};
    while (*at != '\0') {
        size_t length = strcspn(at, "\n");
        const char *next = at + length + (at[length] == '\n');
        const size_t lead = strspn(at, blanks);
        while (length > lead && strchr(blanks, at[length - 1]) != NULL)
            length--;
        if (length > lead) {
            dlb_text_clear(&line);
            dlb_text_append_bytes(&line, at + lead, length - lead);
        }
        at = next;
    }
    dlb_text_printable(buffer, size, line.data != NULL ? line.data : "");
    dlb_text_free(&line);
}

enum dlb_status dlb_gnuplot_judge(int wait_status, bool timed_out, const struct dlb_text *errors,
                                  struct dlb_why *why)
{
    char said[420];
    last_line(errors, said, sizeof said);
    const char *separator = said[0] != '\0' ? ": " : "";
    if (timed_out)
        return dlb_fail(why, DLB_TIMEOUT, "gnuplot did not end within %lld s%s%s",
                        (long long)timeout_s(), separator, said);
    if (WIFSIGNALED(wait_status))
        return dlb_fail(why, DLB_FAILED, "gnuplot crashed: signal %d (%s)%s%s",
                        WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)), separator, said);
    if (WEXITSTATUS(wait_status) != 0)
        return dlb_fail(why, DLB_FAILED, "gnuplot failed with exit status %d%s%s",
                        WEXITSTATUS(wait_status), separator, said);
    return DLB_OK;
}

enum dlb_status dlb_gnuplot_run(const char *program, const char *const *arguments,
                                const struct dlb_text *script, struct dlb_text *output,
                                struct dlb_text *errors, struct dlb_why *why)
{
    struct dlb_gnuplot_child child;
    enum dlb_status status = dlb_gnuplot_start(program, arguments, script, &child, why);
    if (status != DLB_OK)
        return status;
    bool timed_out = false;
    const int wait_status = dlb_gnuplot_wait(&child, &timed_out);
    status = dlb_gnuplot_collect(&child, output, errors);
    if (status != DLB_OK)
        return dlb_fail(why, status, "no memory for what gnuplot wrote");
    return dlb_gnuplot_judge(wait_status, timed_out, errors, why);
}
