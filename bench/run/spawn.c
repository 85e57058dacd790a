/* spawn.c: one worker from fork to reaping: environment, pipes, events, watchdog, and words for its end.
 *
 * Each worker leads a process group of its own, so that Ctrl-C reaches only the parent, which decides. It dies with the
 * parent, and is the first to go when memory runs out. Next: worker.c for the other side. */
#include "bench/run/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/log.h"
#include "bench/base/text.h"

/* How often the parent looks up without news. Each look may preempt a pinned worker thread, so they are rare. */
#define TICK_MS     500
#define STDERR_KEPT 2048

enum { REQUEST, EVENTS, ERRORS, PIPE_COUNT };

struct child {
    const struct dlb_spawn *spawn;
    pid_t pid;
    int pipes[PIPE_COUNT][2];
    struct dlb_text line;   /* of the event stream, so far */
    struct dlb_text errors; /* what it wrote to stderr */
    struct dlb_news news;
    int64_t heard_ns;  /* when it last sent an event */
    double patience_s; /* how long it may be silent in this phase */
    bool answered;
    struct dlb_answer *answer;
};

static void set_number(const char *name, int value)
{
    char text[16];
    snprintf(text, sizeof text, "%d", value);
    setenv(name, text, 1);
}

/* The same threading for every backend: number of threads, one place per CPU, wait policy. What would override
 * it in one runtime and not in another is taken out. */
static void set_environment(const struct dlb_spawn *spawn)
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
    setenv("LC_ALL", "C", 1);
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

/* Only the child comes here, and it never returns. */
static void become_worker(const struct child *child, pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    volunteer_for_oom();
    pin(child->spawn);
    set_environment(child->spawn);
    dup2(child->pipes[REQUEST][0], STDIN_FILENO);
    dup2(child->pipes[EVENTS][1], STDOUT_FILENO);
    dup2(child->pipes[ERRORS][1], STDERR_FILENO);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    char *const arguments[] = {(char *)(uintptr_t) "dlbench", (char *)(uintptr_t) "worker", NULL};
    execv(child->spawn->program, arguments);
    fprintf(stderr, "cannot start %s: %s\n", child->spawn->program, strerror(errno));
    _exit(127);
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_pipes(struct child *child)
{
    for (int i = 0; i < PIPE_COUNT; i++) {
        close_end(&child->pipes[i][0]);
        close_end(&child->pipes[i][1]);
    }
}

static enum dlb_status start(struct child *child, struct dlb_why *why)
{
    for (int i = 0; i < PIPE_COUNT; i++)
        child->pipes[i][0] = child->pipes[i][1] = -1;
    for (int i = 0; i < PIPE_COUNT; i++)
        if (pipe2(child->pipes[i], O_CLOEXEC) != 0)
            return dlb_fail(why, DLB_FAILED, "cannot make a pipe: %s", strerror(errno));
    const pid_t parent = getpid();
    child->pid = fork();
    if (child->pid < 0)
        return dlb_fail(why, DLB_FAILED, "cannot start a worker: %s", strerror(errno));
    if (child->pid == 0)
        become_worker(child, parent);
    setpgid(child->pid, child->pid);
    close_end(&child->pipes[REQUEST][0]);
    close_end(&child->pipes[EVENTS][1]);
    close_end(&child->pipes[ERRORS][1]);
    return DLB_OK;
}

/* A request fits the pipe's buffer (64 KiB on Linux), so one write does not block. */
static void send_request(struct child *child, const struct dlb_request *request)
{
    json_t *json = dlb_request_to_json(request);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    if (text != NULL) {
        const size_t size = strlen(text);
        text[size] = '\n'; /* in place of the NUL: the length is known */
        if (write(child->pipes[REQUEST][1], text, size + 1) != (ssize_t)(size + 1))
            dlb_log(DLB_LOG_DEBUG, "the worker did not take its request: %s", strerror(errno));
    }
    free(text);
    json_decref(json);
    close_end(&child->pipes[REQUEST][1]);
}

static void tell(struct child *child)
{
    if (child->spawn->news != NULL)
        child->spawn->news(child->spawn->user, &child->news);
}

static void take_phase(struct child *child, const json_t *event)
{
    const char *phase = json_string_value(json_object_get(event, "phase"));
    snprintf(child->news.phase, sizeof child->news.phase, "%s", phase != NULL ? phase : "");
    /* A phase of the harness itself, like a long reference pass, may ask for more than the backend gets. */
    const double asked = json_number_value(json_object_get(event, "patience_s"));
    child->patience_s = asked > child->spawn->timeout_s ? asked : child->spawn->timeout_s;
    tell(child);
}

static void take_progress(struct child *child, const json_t *event)
{
    const json_t *median = json_object_get(event, "median_ns");
    const json_t *half = json_object_get(event, "half_width");
    child->news.n = json_integer_value(json_object_get(event, "n"));
    child->news.median_ns = json_is_number(median) ? json_number_value(median) : (double)NAN;
    child->news.half_width = json_is_number(half) ? json_number_value(half) : (double)NAN;
    tell(child);
}

static void take_event(struct child *child, const char *line)
{
    json_t *event = json_loads(line, 0, NULL);
    const char *name = json_string_value(json_object_get(event, "event"));
    if (name == NULL) {
        dlb_log(DLB_LOG_DEBUG, "worker said something that is no event: %.80s", line);
    } else if (strcmp(name, "phase") == 0) {
        take_phase(child, event);
    } else if (strcmp(name, "progress") == 0) {
        take_progress(child, event);
    } else if (strcmp(name, "done") == 0 && !child->answered) {
        struct dlb_why why = {""};
        if (dlb_answer_from_json(event, child->answer, &why) != DLB_OK) {
            child->answer->status = DLB_FAILED;
            child->answer->why = why;
        }
        child->answered = true;
    }
    json_decref(event);
}

/* Splits what came into lines. */
static void take_bytes(struct child *child, const char *bytes, size_t count)
{
    size_t begin = 0;
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != '\n')
            continue;
        dlb_text_append_bytes(&child->line, bytes + begin, i - begin);
        if (child->line.data != NULL)
            take_event(child, child->line.data);
        dlb_text_clear(&child->line);
        begin = i + 1;
    }
    dlb_text_append_bytes(&child->line, bytes + begin, count - begin);
}

static void keep_errors(struct child *child, const char *bytes, size_t count)
{
    struct dlb_text *errors = &child->errors;
    dlb_text_append_bytes(errors, bytes, count);
    if (errors->size > 2 * STDERR_KEPT) {
        memmove(errors->data, errors->data + errors->size - STDERR_KEPT, STDERR_KEPT);
        errors->size = STDERR_KEPT;
        errors->data[STDERR_KEPT] = '\0';
    }
}

/* Reads one pipe; false at its end. */
static bool drain(struct child *child, int which)
{
    char bytes[16384];
    const ssize_t count = read(child->pipes[which][0], bytes, sizeof bytes);
    if (count < 0)
        return errno == EINTR || errno == EAGAIN;
    if (count == 0) {
        close_end(&child->pipes[which][0]);
        return false;
    }
    if (which == EVENTS) {
        child->heard_ns = dlb_clock_ns();
        take_bytes(child, bytes, (size_t)count);
    } else {
        keep_errors(child, bytes, (size_t)count);
    }
    return true;
}

/* What is left in the error pipe of a dead worker; does not wait for grandchildren that hold it open. */
static void drain_errors(struct child *child)
{
    struct pollfd errors = {.fd = child->pipes[ERRORS][0], .events = POLLIN};
    while (errors.fd >= 0 && poll(&errors, 1, 0) > 0 && drain(child, ERRORS))
        continue;
}

/* Serves the pipes until the worker has closed them. DLB_TIMEOUT and DLB_INTERRUPTED end it early. */
static enum dlb_status serve(struct child *child)
{
    const struct dlb_spawn *spawn = child->spawn;
    child->heard_ns = dlb_clock_ns();
    child->patience_s = spawn->timeout_s;
    while (child->pipes[EVENTS][0] >= 0) {
        struct pollfd polls[2] = {{.fd = child->pipes[EVENTS][0], .events = POLLIN},
                                  {.fd = child->pipes[ERRORS][0], .events = POLLIN}};
        const int ready = poll(polls, 2, TICK_MS);
        if (spawn->stop_now != NULL && spawn->stop_now(spawn->user))
            return DLB_INTERRUPTED;
        /* Events alone count as life: a library that hangs may well go on complaining on stderr. */
        if ((double)(dlb_clock_ns() - child->heard_ns) > child->patience_s * 1e9)
            return DLB_TIMEOUT;
        if (ready <= 0) {
            tell(child);
            continue;
        }
        if (polls[0].revents != 0)
            drain(child, EVENTS);
        if (polls[1].revents != 0 && child->pipes[ERRORS][0] >= 0)
            drain(child, ERRORS);
    }
    return DLB_OK;
}

/* The last line of what it wrote to stderr, in printable characters. */
static void last_words(const struct child *child, char *buffer, size_t size)
{
    buffer[0] = '\0';
    if (child->errors.data == NULL)
        return;
    size_t end = child->errors.size;
    while (end > 0 && child->errors.data[end - 1] == '\n')
        end--;
    size_t begin = end;
    while (begin > 0 && child->errors.data[begin - 1] != '\n' && end - begin < size - 1)
        begin--;
    for (size_t i = begin; i < end; i++) {
        const unsigned char c = (unsigned char)child->errors.data[i];
        buffer[i - begin] = c >= 0x20 && c < 0x7f ? (char)c : '?';
    }
    buffer[end - begin] = '\0';
}

/* Words for a worker that ended without an answer. */
static void explain_end(struct child *child, enum dlb_status served, int wait_status)
{
    struct dlb_answer *answer = child->answer;
    const char *phase = child->news.phase[0] != '\0' ? child->news.phase : "start";
    char words[160];
    last_words(child, words, sizeof words);
    const char *said = words[0] != '\0' ? "; it last wrote: " : "";
    if (served == DLB_INTERRUPTED)
        answer->status = dlb_fail(&answer->why, served, "stopped by the user in %s", phase);
    else if (served == DLB_TIMEOUT)
        answer->status = dlb_fail(&answer->why, served, "timeout: no answer for %.3g s in %s%s%s",
                                  child->patience_s, phase, said, words);
    else if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL)
        answer->status =
            dlb_fail(&answer->why, DLB_CRASHED,
                     "crashed: SIGKILL in %s (out of memory, unless somebody killed it)%s%s", phase,
                     said, words);
    else if (WIFSIGNALED(wait_status))
        answer->status = dlb_fail(&answer->why, DLB_CRASHED, "crashed: SIG%s in %s%s%s",
                                  sigabbrev_np(WTERMSIG(wait_status)), phase, said, words);
    else
        answer->status =
            dlb_fail(&answer->why, DLB_CRASHED, "crashed: exit code %d without an answer in %s%s%s",
                     WEXITSTATUS(wait_status), phase, said, words);
}

/* A worker that has answered may still hang in a vendor's exit handlers: it gets a moment, then the axe. */
static int reap(const struct child *child, bool at_once)
{
    int status = 0;
    for (int i = 0; i < 200 && !at_once; i++) {
        const pid_t ended = waitpid(child->pid, &status, WNOHANG);
        if (ended == child->pid)
            return status;
        dlb_clock_sleep_ns(10 * 1000 * 1000);
    }
    kill(-child->pid, SIGKILL);
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

enum dlb_status dlb_spawn_run(const struct dlb_spawn *spawn, const struct dlb_request *request,
                              struct dlb_answer *answer)
{
    struct child child = {.spawn = spawn, .answer = answer};
    *answer = (struct dlb_answer){.status = DLB_FAILED};
    answer->status = start(&child, &answer->why);
    if (answer->status == DLB_OK) {
        send_request(&child, request);
        const enum dlb_status served = serve(&child);
        const int wait_status = reap(&child, served != DLB_OK);
        drain_errors(&child);
        if (!child.answered)
            explain_end(&child, served, wait_status);
        if (child.errors.data != NULL)
            dlb_log(DLB_LOG_DEBUG, "worker wrote: %s", child.errors.data);
    }
    close_pipes(&child);
    dlb_text_free(&child.line);
    dlb_text_free(&child.errors);
    return answer->status;
}
