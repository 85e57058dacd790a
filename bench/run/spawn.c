/* spawn.c: one worker from fork to reaping: pipes, events, watchdog, and words for its end.
 *
 * Each worker leads a process group of its own, so that Ctrl-C reaches only the parent, which decides. Next: spawn_child.c for
 * what the worker is before it is one, worker.c for the other side. */
#include "bench/run/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/log.h"
#include "bench/base/text.h"
#include "bench/run/spawn_child.h"

/* How often the parent looks up without news. Each look may preempt a pinned worker thread, so they are rare. */
#define TICK_MS     500
#define STDERR_KEPT 2048
#define PATIENCE_NS INT64_C(2000000000) /* with a worker that has answered but does not exit */
/* Of an event: a million samples have less. */
#define MOST_LINE (64U << 20)

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
    bool greeted, answered;
    struct dlb_hello hello;
    struct dlb_why hello_why;            /* what was wrong with its greeting */
    char unread[JSON_ERROR_TEXT_LENGTH]; /* what is wrong with the last line that is no JSON */
    struct dlb_answer *answer;           /* NULL: only its greeting is wanted */
};

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
        dlb_spawn_become(child->spawn, parent, child->pipes[REQUEST][0], child->pipes[EVENTS][1],
                         child->pipes[ERRORS][1]);
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
    json_error_t error;
    json_t *event = json_loads(line, 0, &error);
    const char *name = json_string_value(json_object_get(event, "event"));
    if (name != NULL)
        child->heard_ns = dlb_clock_ns();
    if (event == NULL)
        snprintf(child->unread, sizeof child->unread, "%s", error.text);
    if (name == NULL) {
        dlb_log(DLB_LOG_DEBUG, "worker said something that is no event: %.80s", line);
    } else if (strcmp(name, "hello") == 0) {
        child->greeted = dlb_hello_from_json(event, &child->hello, &child->hello_why) == DLB_OK;
    } else if (strcmp(name, "phase") == 0) {
        take_phase(child, event);
    } else if (strcmp(name, "progress") == 0) {
        take_progress(child, event);
    } else if (strcmp(name, "done") == 0 && !child->answered && child->answer != NULL) {
        struct dlb_why why = {""};
        if (dlb_answer_from_json(event, child->answer, &why) != DLB_OK) {
            child->answer->status = DLB_FAILED;
            child->answer->why = why;
        }
        child->answered = true;
    }
    json_decref(event);
}

/* Splits what came into lines. One that does not end is forgotten, not kept until memory runs out. */
static void take_bytes(struct child *child, const char *bytes, size_t count)
{
    size_t begin = 0;
    if (child->line.size > MOST_LINE)
        dlb_text_clear(&child->line);
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
    if (which == EVENTS)
        take_bytes(child, bytes, (size_t)count);
    else
        keep_errors(child, bytes, (size_t)count);
    return true;
}

/* What is left in the error pipe of a dead worker; does not wait for grandchildren that hold it open. */
static void drain_errors(struct child *child)
{
    struct pollfd errors = {.fd = child->pipes[ERRORS][0], .events = POLLIN};
    while (errors.fd >= 0 && poll(&errors, 1, 0) > 0 && drain(child, ERRORS))
        continue;
}

/* Serves the pipes until the worker has closed them, or has greeted where no more is wanted. DLB_TIMEOUT and DLB_INTERRUPTED end it early. */
static enum dlb_status serve(struct child *child)
{
    const struct dlb_spawn *spawn = child->spawn;
    child->heard_ns = dlb_clock_ns();
    child->patience_s = spawn->timeout_s;
    while (child->pipes[EVENTS][0] >= 0 && (child->answer != NULL || !child->greeted)) {
        struct pollfd polls[2] = {{.fd = child->pipes[EVENTS][0], .events = POLLIN},
                                  {.fd = child->pipes[ERRORS][0], .events = POLLIN}};
        const int ready = poll(polls, 2, TICK_MS);
        if (spawn->stop_now != NULL && spawn->stop_now(spawn->user))
            return DLB_INTERRUPTED;
        /* Events alone count as life: a library that hangs may well go on complaining, and what is no worker may talk
         * without end. */
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

/* "SIGSEGV"; those of real time have numbers only. */
static const char *signal_name(int number, char *buffer, size_t size)
{
    const char *name = sigabbrev_np(number);
    if (name != NULL)
        snprintf(buffer, size, "SIG%s", name);
    else
        snprintf(buffer, size, "signal %d", number);
    return buffer;
}

/* Words for a worker that ended without an answer. */
static void explain_end(struct child *child, enum dlb_status served, int wait_status)
{
    struct dlb_answer *answer = child->answer;
    const char *phase = child->news.phase[0] != '\0' ? child->news.phase : "start";
    char words[160], name[16];
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
        answer->status =
            dlb_fail(&answer->why, DLB_CRASHED, "crashed: %s in %s%s%s",
                     signal_name(WTERMSIG(wait_status), name, sizeof name), phase, said, words);
    else if (WEXITSTATUS(wait_status) == 0 && child->unread[0] != '\0')
        answer->status =
            dlb_fail(&answer->why, DLB_FAILED, "answered in %s what is no JSON: %s%s%s", phase,
                     child->unread, said, words);
    else
        answer->status =
            dlb_fail(&answer->why, DLB_CRASHED, "crashed: exit code %d without an answer in %s%s%s",
                     WEXITSTATUS(wait_status), phase, said, words);
}

/* A worker that has answered may still hang in a vendor's exit handlers: it gets a moment, then the axe. Most are gone within a
 * millisecond, so the first looks follow each other closely. */
static int reap(const struct child *child, bool at_once)
{
    int status = 0;
    for (int64_t pause_ns = 100000, waited_ns = 0; waited_ns < PATIENCE_NS && !at_once;
         waited_ns += pause_ns) {
        const pid_t ended = waitpid(child->pid, &status, WNOHANG);
        if (ended == child->pid)
            return status;
        pause_ns = pause_ns < 10000000 ? 2 * pause_ns : pause_ns;
        dlb_clock_sleep_ns(pause_ns);
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

/* ---- greetings ---- */

/* What can be told without starting it. */
static enum dlb_status check_program(const char *program, struct dlb_why *why)
{
    struct stat info;
    if (stat(program, &info) != 0)
        return dlb_fail(why, DLB_UNAVAILABLE, "cannot start %.300s: %s", program, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "%.300s is a folder; name the program in it (like %.300s/dlbench)", program,
                        program);
    if (!S_ISREG(info.st_mode))
        return dlb_fail(why, DLB_UNAVAILABLE, "%.300s is not a file", program);
    if (access(program, X_OK) != 0)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "cannot start %.300s: %s (chmod +x makes it a program)", program,
                        strerror(errno));
    return DLB_OK;
}

static enum dlb_status explain_silence(const struct child *child, enum dlb_status served,
                                       int wait_status, struct dlb_why *why)
{
    const char *program = child->spawn->program;
    char words[160], end[64], name[16];
    last_words(child, words, sizeof words);
    const char *said = words[0] != '\0' ? "; it last wrote: " : "";
    if (served == DLB_TIMEOUT)
        snprintf(end, sizeof end, "said nothing of the kind for %.3g s", child->patience_s);
    else if (WIFSIGNALED(wait_status))
        snprintf(end, sizeof end, "died of %s",
                 signal_name(WTERMSIG(wait_status), name, sizeof name));
    else
        snprintf(end, sizeof end, "ended with exit code %d", WEXITSTATUS(wait_status));
    return dlb_fail(why, DLB_UNAVAILABLE,
                    "%.300s does not greet as a dlbench worker: it %s%s%s%s%s; name the path of a "
                    "dlbench",
                    program, end, said, words, child->hello_why.text[0] != '\0' ? "; " : "",
                    child->hello_why.text);
}

enum dlb_status dlb_spawn_hello(const struct dlb_spawn *spawn, struct dlb_hello *hello,
                                struct dlb_why *why)
{
    struct child child = {.spawn = spawn};
    enum dlb_status status = check_program(spawn->program, why);
    if (status != DLB_OK)
        return status;
    status = start(&child, why);
    if (status == DLB_OK) {
        close_end(&child.pipes[REQUEST][1]); /* no request: it greets, misses one, and ends */
        const enum dlb_status served = serve(&child);
        const int wait_status = reap(&child, served != DLB_OK);
        drain_errors(&child);
        if (child.greeted)
            *hello = child.hello;
        else
            status = explain_silence(&child, served, wait_status, why);
    }
    close_pipes(&child);
    dlb_text_free(&child.line);
    dlb_text_free(&child.errors);
    return status;
}
