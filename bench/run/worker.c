/* worker.c: the child process: reads a request, executes it, streams events, exits.
 *
 * stdout belongs to the protocol alone: it is moved to another descriptor before any vendor code runs, and what
 * libraries print goes to stderr, where the parent keeps the last lines. Next: execute.c. */
#include "bench/run/worker.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/run/denormals.h"
#include "bench/run/execute.h"
#include "bench/run/roofline_measure.h"

/* Longest request line that is taken: options and key together stay far below it. */
#define REQUEST_LIMIT (64 * 1024)

static bool send_line(FILE *out, json_t *json)
{
    const bool ok =
        json != NULL && json_dumpf(json, out, JSON_COMPACT | JSON_REAL_PRECISION(17)) == 0;
    json_decref(json);
    return ok && fputc('\n', out) != EOF && fflush(out) == 0;
}

static void send_phase(void *user, const char *phase, double patience_s)
{
    send_line(user, json_pack("{s:s, s:s, s:f}", "event", "phase", "phase", phase, "patience_s",
                              patience_s));
}

static void send_progress(void *user, int64_t n, double median_ns, double half_width)
{
    json_t *json = json_pack("{s:s, s:I}", "event", "progress", "n", (json_int_t)n);
    json_object_set_new(json, "median_ns", json_real(median_ns)); /* NaN: the field is left out */
    json_object_set_new(json, "half_width", json_real(half_width));
    send_line(user, json);
}

static enum dlb_status read_request(struct dlb_request *request, struct dlb_why *why)
{
    char *line = malloc(REQUEST_LIMIT);
    if (line == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the request");
    enum dlb_status status = DLB_OK;
    if (fgets(line, REQUEST_LIMIT, stdin) == NULL)
        status = dlb_fail(why, DLB_INVALID,
                          "the worker command wants one request line on stdin; it "
                          "is started by `dlbench run`, not by hand");
    json_error_t error;
    json_t *json = status == DLB_OK ? json_loads(line, JSON_REJECT_DUPLICATES, &error) : NULL;
    if (status == DLB_OK && json == NULL)
        status = dlb_fail(why, DLB_INVALID, "request is not JSON: %s", error.text);
    if (status == DLB_OK)
        status = dlb_request_from_json(json, request, why);
    json_decref(json);
    free(line);
    return status;
}

/* A stream on a private copy of stdout, which no program that is started from here inherits; stdout itself becomes stderr. NULL when
 * descriptors run out. */
static FILE *take_stdout(void)
{
    const int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (out != NULL)
        dup2(STDERR_FILENO, STDOUT_FILENO);
    return out;
}

/* Loads what the task needs and does it. The processor's own ceilings need no backend. */
static void do_task(const struct dlb_request *request, struct dlb_registry *registry,
                    int64_t start_ns, const struct dlb_execute_events *events,
                    struct dlb_answer *answer)
{
    if (request->task == DLB_TASK_MEASURE)
        dlb_registry_load_one(registry, request->item.backend);
    else if (request->task == DLB_TASK_PROBE || !request->roof.host)
        dlb_registry_load_one(registry, request->backend);
    if (request->task == DLB_TASK_PROBE)
        dlb_execute_probe(registry, request, answer);
    else if (request->task == DLB_TASK_ROOF)
        dlb_roofline_measure(registry, request, events, answer);
    else
        dlb_execute(registry, request, start_ns, events, answer);
}

int dlb_worker_main(void)
{
    const int64_t start_ns = dlb_clock_ns();
    FILE *out = take_stdout();
    if (out == NULL)
        return 3;
    send_line(out, dlb_hello_to_json());
    struct dlb_request *request = calloc(1, sizeof *request);
    struct dlb_registry *registry = calloc(1, sizeof *registry);
    struct dlb_answer answer = {.status = DLB_NO_MEMORY};
    if (request != NULL && registry != NULL) {
        answer.status = read_request(request, &answer.why);
        if (answer.status == DLB_OK) {
            dlb_denormals_flush();
            const struct dlb_execute_events events = {
                .user = out, .phase = send_phase, .progress = send_progress};
            do_task(request, registry, start_ns, &events, &answer);
        }
    }
    if (!request || !request->keep_samples) {
        free(answer.invocation.samples_ns);
        answer.invocation.samples_ns = NULL;
    }
    const bool sent = send_line(out, dlb_answer_to_json(&answer));
    dlb_answer_free(&answer);
    free(registry);
    free(request);
    fclose(out);
    return sent ? 0 : 3;
}
