/* meter_command.c: an external meter: a command of the user's that prints how many joules were counted so far.
 *
 * Run by sh in a process group of its own, with nothing to read, under a time limit; what hangs is killed with all that it started.
 * Its first line must be one number that is not negative. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/base/child.h"
#include "bench/base/clock.h"
#include "bench/base/compiler.h"
#include "bench/base/text.h"
#include "bench/measure/meter_parts.h"

#define MOST_KEPT 4096   /* bytes of what it prints; the rest is read and forgotten */
#define NAP_NS    100000 /* between two looks whether it has ended */
#define SHOWN     60     /* bytes of its words that a reason quotes */

enum { OUTPUT, ERRORS, PIPES };

struct command {
    pid_t pid;
    int pipes[PIPES][2];
    struct dlb_text texts[PIPES];
    int64_t deadline_ns;
};

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void release(struct command *command)
{
    for (int i = 0; i < PIPES; i++) {
        close_end(&command->pipes[i][0]);
        close_end(&command->pipes[i][1]);
        dlb_text_free(&command->texts[i]);
    }
}

static enum dlb_status start(struct command *command, const char *text, struct dlb_why *why)
{
    for (int i = 0; i < PIPES; i++)
        if (pipe2(command->pipes[i], O_CLOEXEC) != 0)
            return dlb_fail(why, DLB_FAILED, "cannot make a pipe: %s", strerror(errno));
    const char *const arguments[] = {"sh", "-c", text, NULL};
    const struct dlb_child child = {
        .program = "/bin/sh",
        .arguments = arguments,
        .files = {-1, command->pipes[OUTPUT][1], command->pipes[ERRORS][1]}};
    const int error = dlb_child_start(&child, &command->pid);
    if (error != 0)
        return dlb_fail(why, DLB_FAILED, "cannot start sh: %s", strerror(error));
    for (int i = 0; i < PIPES; i++)
        close_end(&command->pipes[i][1]);
    return DLB_OK;
}

static void take_bytes(struct command *command, int which)
{
    char bytes[MOST_KEPT];
    const ssize_t count = read(command->pipes[which][0], bytes, sizeof bytes);
    struct dlb_text *text = &command->texts[which];
    if (count > 0 && text->size < MOST_KEPT)
        dlb_text_append_bytes(text, bytes, (size_t)count);
    else if (count == 0 || (count < 0 && errno != EINTR))
        close_end(&command->pipes[which][0]);
}

/* Until its output ends. False: the time is up. */
static bool listen_to(struct command *command)
{
    while (command->pipes[OUTPUT][0] >= 0) {
        struct pollfd polls[PIPES];
        const int64_t left_ns = command->deadline_ns - dlb_clock_ns();
        if (left_ns <= 0)
            return false;
        for (int i = 0; i < PIPES; i++)
            polls[i] = (struct pollfd){.fd = command->pipes[i][0], .events = POLLIN};
        if (poll(polls, PIPES, (int)(left_ns / 1000000) + 1) <= 0)
            continue;
        for (int i = 0; i < PIPES; i++)
            if (polls[i].revents != 0)
                take_bytes(command, i);
    }
    return true;
}

/* False: it goes on behind its output for longer than it may. */
static bool wait_for(const struct command *command, int *state)
{
    for (;;) {
        const pid_t ended = waitpid(command->pid, state, WNOHANG);
        if (ended == command->pid || (ended < 0 && errno != EINTR))
            return true;
        if (dlb_clock_ns() > command->deadline_ns)
            return false;
        dlb_clock_sleep_ns(NAP_NS);
    }
}

static const char *first_line(struct dlb_text *text)
{
    if (text->data == NULL)
        return "";
    text->data[strcspn(text->data, "\r\n")] = '\0';
    const size_t blanks = strspn(text->data, " \t");
    size_t end = strlen(text->data);
    while (end > blanks && strchr(" \t", text->data[end - 1]) != NULL)
        text->data[--end] = '\0';
    return text->data + blanks;
}

static enum dlb_status judge_end(struct command *command, int state, struct dlb_why *why)
{
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0)
        return DLB_OK;
    const char *said = first_line(&command->texts[ERRORS]);
    if (WIFSIGNALED(state))
        return dlb_fail(why, DLB_FAILED, "the power command was ended by signal %d (%s)",
                        WTERMSIG(state), strsignal(WTERMSIG(state)));
    return dlb_fail(why, DLB_FAILED, "the power command ended with exit code %d%s%.*s",
                    WEXITSTATUS(state), said[0] != '\0' ? ": " : "", SHOWN, said);
}

/* What the last digit of a number is worth: 0.01 for "12.50", 1000 for "3e3". */
static double last_digit(const char *number)
{
    const char *point = strchr(number, '.');
    const char *exponent = strpbrk(number, "eE");
    const size_t end = exponent != NULL ? (size_t)(exponent - number) : strlen(number);
    double power = exponent != NULL ? strtod(exponent + 1, NULL) : 0;
    if (point != NULL)
        power -= (double)(end - (size_t)(point - number) - 1);
    return pow(10, fmax(power, -15));
}

static enum dlb_status read_number(struct command *command, double *joules, double *step_j,
                                   struct dlb_why *why)
{
    const char *line = first_line(&command->texts[OUTPUT]);
    double value = 0;
    if (line[0] == '\0')
        return dlb_fail(why, DLB_INVALID,
                        "the power command printed nothing: the joules counted so far are wanted, "
                        "one number on its first line");
    if (dlb_parse_real(line, &value, NULL) != DLB_OK)
        return dlb_fail(why, DLB_INVALID,
                        "the power command must print the joules counted so far, one number on its "
                        "first line; found '%.*s'",
                        SHOWN, line);
    if (value < 0)
        return dlb_fail(why, DLB_INVALID,
                        "the power command must print the joules counted so far; they cannot be "
                        "negative, found '%.*s'",
                        SHOWN, line);
    *joules = value;
    *step_j = last_digit(line);
    return DLB_OK;
}

enum dlb_status dlb_meter_command(const char *command, double timeout_s, double *joules,
                                  double *step_j, struct dlb_why *why)
{
    struct command running = {.pipes = {{-1, -1}, {-1, -1}},
                              .deadline_ns = dlb_clock_ns() + (int64_t)(1e9 * timeout_s)};
    int state = 0;
    enum dlb_status status = start(&running, command, why);
    if (status != DLB_OK)
        goto out;
    if (listen_to(&running) && wait_for(&running, &state)) {
        status = judge_end(&running, state, why);
        if (status == DLB_OK)
            status = read_number(&running, joules, step_j, why);
    } else {
        kill(-running.pid, SIGKILL);
        waitpid(running.pid, &state, 0);
        status = dlb_fail(why, DLB_TIMEOUT,
                          "the power command had not ended after %.3g s and was killed", timeout_s);
    }
out:
    release(&running);
    return status;
}
