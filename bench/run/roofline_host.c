/* roofline_host.c: the processor's own ceilings: the loops of kernels/ on all threads, each with its own part of the memory.
 *
 * Every thread touches its part first, in pages as large as the system gives: a ceiling is what the processor can do, not what its address
 * translation costs. Next: kernels/portable/probe_kernels.h for the loops, roofline_list.c for what is asked. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/base/random.h"
#include "bench/run/roofline_pool.h"
#include "bench/run/roofline_subject.h"
#include "kernels/portable/probe_kernels.h"

#define HUGE_PAGE    (INT64_C(2) << 20)
#define STEPS        4096 /* of a multiply-add loop: 20 microseconds and more */
#define CHECK_STEPS  7
#define LOADS        4096
#define FRESH_VALUES 16384
/* Short passes are repeated until an execution moves this much: calling the loop must not count. */
#define BYTES_A_RUN (INT64_C(4) << 20)
/* Between the arrays of a thread: on the same place in their pages, a load would be taken to depend on the store before it. */
#define STAGGER 1344

/* Of one thread. */
struct part {
    void *memory; /* owned */
    size_t bytes; /* of it */
    const void *factors;
    void *sums;
    struct dlb_stream stream;
    const void *line; /* of the chase: where it stands */
    uint64_t sink;    /* what the loops answer ends here, so that none is taken out */
};

struct host {
    struct dlb_pool *pool;
    int threads;
    const struct dlb_multiply_kernel *multiply;
    const struct dlb_stream_kernel *stream;
    struct dlb_probe what;
    struct part *parts;
    int64_t k; /* executions of this piece of work */
};

static const enum dlb_stream_pattern patterns[] = {[DLB_PATTERN_READ] = DLB_STREAM_READ,
                                                   [DLB_PATTERN_WRITE] = DLB_STREAM_WRITE,
                                                   [DLB_PATTERN_COPY] = DLB_STREAM_COPY,
                                                   [DLB_PATTERN_TRIAD] = DLB_STREAM_TRIAD};

/* ---- memory: each of these is called by the thread that will use it ---- */

/* Whole huge pages; NULL without memory. */
static void *take_memory(struct part *part, size_t bytes)
{
    const size_t whole = (bytes + (size_t)HUGE_PAGE - 1) / (size_t)HUGE_PAGE * (size_t)HUGE_PAGE;
    part->memory = aligned_alloc((size_t)HUGE_PAGE, whole);
    part->bytes = whole;
    if (part->memory != NULL)
        (void)madvise(part->memory, whole, MADV_HUGEPAGE); /* a wish */
    return part->memory;
}

static void fill_multiply(void *user, int thread)
{
    struct host *host = user;
    struct part *part = &host->parts[thread];
    const size_t factor_bytes = (dlb_multiply_factor_bytes(host->multiply) + 4095) / 4096 * 4096;
    char *memory = take_memory(part, factor_bytes + dlb_multiply_sum_bytes(host->multiply));
    if (memory == NULL)
        return;
    memset(memory, 0, part->bytes);
    dlb_multiply_fill(host->multiply, (uint64_t)(host->what.seed + thread), host->what.zeros,
                      memory);
    part->factors = memory;
    part->sums = memory + factor_bytes;
}

/* Bytes of each array of a thread. */
static size_t array_bytes(const struct host *host)
{
    const int64_t shares = (int64_t)host->threads * dlb_stream_arrays(host->stream->pattern);
    const int64_t bytes = host->what.bytes / shares / DLB_STREAM_STEP * DLB_STREAM_STEP;
    return (size_t)(bytes > DLB_STREAM_STEP ? bytes : DLB_STREAM_STEP);
}

/* The numbers of the first pages again and again: what is moved does not matter, as long as it is not all the same. */
static void fill_values(float *values, size_t count, uint64_t seed)
{
    const size_t fresh = count < FRESH_VALUES ? count : FRESH_VALUES;
    for (size_t i = 0; i < fresh; i++)
        values[i] = (float)dlb_random_at(seed, i);
    for (size_t done = fresh; done < count; done += fresh)
        memcpy(values + done, values,
               (done + fresh < count ? fresh : count - done) * sizeof *values);
}

static void fill_stream(void *user, int thread)
{
    struct host *host = user;
    struct part *part = &host->parts[thread];
    const size_t bytes = array_bytes(host);
    const int arrays = dlb_stream_arrays(host->stream->pattern);
    const size_t distance = (bytes + 4095) / 4096 * 4096 + STAGGER;
    char *memory = take_memory(part, distance * (size_t)arrays);
    if (memory == NULL)
        return;
    fill_values(part->memory, part->bytes / sizeof(float), (uint64_t)host->what.seed);
    const int64_t passes = BYTES_A_RUN / (int64_t)bytes;
    part->stream = (struct dlb_stream){.a = memory,
                                       .b = memory + distance,
                                       .c = memory + (arrays == 3 ? 2 : 1) * distance,
                                       .bytes = bytes,
                                       .passes = passes > 1 ? passes : 1};
}

static void fill_chase(void *user, int thread)
{
    struct host *host = user;
    struct part *part = &host->parts[thread];
    const size_t bytes = (size_t)(host->what.bytes / 4096 * 4096);
    if (take_memory(part, bytes) == NULL)
        return;
    dlb_chase_link(part->memory, bytes, (uint64_t)host->what.seed);
    part->line = part->memory;
}

/* ---- the work of a thread ---- */

static void multiply(void *user, int thread)
{
    struct host *host = user;
    const struct part *part = &host->parts[thread];
    const size_t sum_bytes = dlb_multiply_sum_bytes(host->multiply);
    for (int64_t i = 0; i < host->k; i++) { /* from zero, or sums would grow out of all bounds */
        memset(part->sums, 0, sum_bytes);
        host->multiply->run(part->factors, STEPS, part->sums);
    }
}

static void stream(void *user, int thread)
{
    struct host *host = user;
    struct part *part = &host->parts[thread];
    for (int64_t i = 0; i < host->k; i++)
        part->sink ^= host->stream->run(&part->stream);
}

static void chase(void *user, int thread)
{
    struct host *host = user;
    struct part *part = &host->parts[thread];
    part->line = dlb_chase_run(part->line, LOADS * host->k);
}

static void rest(void *user, int thread)
{
    (void)user;
    (void)thread;
}

static enum dlb_status run_batch(void *self, int64_t k, struct dlb_why *why)
{
    struct host *host = self;
    (void)why;
    host->k = k;
    switch (host->what.kind) {
    case DLB_PROBE_COMPUTE:
        dlb_pool_run(host->pool, multiply, host);
        break;
    case DLB_PROBE_BANDWIDTH:
        dlb_pool_run(host->pool, stream, host);
        break;
    case DLB_PROBE_LATENCY:
        dlb_pool_run(host->pool, chase, host);
        break;
    case DLB_PROBE_LAUNCH:
        for (int64_t i = 0; i < k; i++)
            dlb_pool_run(host->pool, rest, host);
        break;
    }
    return DLB_OK;
}

static void close_host(void *self)
{
    struct host *host = self;
    dlb_pool_close(host->pool);
    for (int i = 0; host->parts != NULL && i < host->threads; i++)
        free(host->parts[i].memory);
    free(host->parts);
    free(host);
}

/* ---- opening ---- */

static enum dlb_status choose(struct host *host, const struct dlb_roofline_probe *probe,
                              struct dlb_probe_info *info, struct dlb_why *why)
{
    if (probe->what.kind == DLB_PROBE_COMPUTE) {
        host->multiply = dlb_multiply_kernel_find(probe->type, probe->what.variant);
        if (host->multiply == NULL)
            return dlb_fail(why, DLB_UNSUPPORTED,
                            "this processor has no instructions for sums of %s products, or no "
                            "more than %d kinds",
                            probe->type, probe->what.variant);
        snprintf(info->name, sizeof info->name, "%s", host->multiply->name);
    } else if (probe->what.kind == DLB_PROBE_BANDWIDTH) {
        host->stream = dlb_stream_kernel_find(patterns[probe->what.pattern], probe->what.variant);
        if (host->stream == NULL)
            return dlb_fail(why, DLB_UNSUPPORTED, "this processor has no more than %d ways to %s",
                            probe->what.variant, dlb_roofline_pattern_name(probe->what.pattern));
        snprintf(info->name, sizeof info->name, "%s", host->stream->name);
    } else if (probe->what.variant > 0) {
        return dlb_fail(why, DLB_UNSUPPORTED, "there is one way to do this");
    } else if (probe->what.kind == DLB_PROBE_LATENCY) {
        snprintf(info->name, sizeof info->name, "pointer chase");
    } else {
        snprintf(info->name, sizeof info->name, "fork and join of %d thread%s", host->threads,
                 host->threads == 1 ? "" : "s");
    }
    return DLB_OK;
}

/* Fills the threads' parts, each by its own thread. */
static enum dlb_status fill(struct host *host, struct dlb_why *why)
{
    if (host->what.kind == DLB_PROBE_LAUNCH)
        return DLB_OK;
    dlb_pool_run(host->pool,
                 host->what.kind == DLB_PROBE_COMPUTE     ? fill_multiply
                 : host->what.kind == DLB_PROBE_BANDWIDTH ? fill_stream
                                                          : fill_chase,
                 host);
    for (int i = 0; i < host->threads; i++)
        if (host->parts[i].memory == NULL)
            return dlb_fail(why, DLB_NO_MEMORY, "no memory for %lld bytes on %d threads",
                            (long long)host->what.bytes, host->threads);
    return DLB_OK;
}

static void count(const struct host *host, struct dlb_probe_info *info)
{
    if (host->multiply != NULL) {
        info->ops = STEPS * dlb_multiply_ops(host->multiply) * host->threads;
    } else if (host->stream != NULL) {
        const double set =
            (double)array_bytes(host) * dlb_stream_arrays(host->stream->pattern) * host->threads;
        info->bytes = set * (double)host->parts[0].stream.passes;
        info->working_set_bytes = (int64_t)set;
    } else if (host->what.kind == DLB_PROBE_LATENCY) {
        info->loads = LOADS;
        info->working_set_bytes = host->what.bytes / 4096 * 4096;
    }
}

static enum dlb_status check(const struct host *host, struct dlb_why *why)
{
    if (host->multiply == NULL)
        return DLB_OK;
    const struct part *part = &host->parts[0]; /* its sums are zeros still */
    host->multiply->run(part->factors, CHECK_STEPS, part->sums);
    return dlb_multiply_check(host->multiply, part->factors, CHECK_STEPS, part->sums, why);
}

enum dlb_status dlb_roofline_open_host(const struct dlb_request *request,
                                       struct dlb_roofline_subject *subject,
                                       struct dlb_answer *answer)
{
    const struct dlb_roofline_probe *probe = &request->roof;
    const bool alone = probe->what.kind == DLB_PROBE_LATENCY; /* a chain is one thread's */
    struct host *host = calloc(1, sizeof *host);
    if (host == NULL)
        return dlb_fail(&answer->why, DLB_NO_MEMORY, "no memory for a probe");
    *subject = (struct dlb_roofline_subject){.subject = {.self = host, .run = run_batch},
                                             .worth = DLB_CLOCK_MEASURES,
                                             .close = close_host};
    host->threads = alone ? 1 : probe->threads;
    host->what = probe->what;
    host->parts = calloc((size_t)host->threads, sizeof *host->parts);
    if (host->parts == NULL)
        return dlb_fail(&answer->why, DLB_NO_MEMORY, "no memory for %d threads", host->threads);
    snprintf(answer->evidence, sizeof answer->evidence, "measured");
    enum dlb_status status = choose(host, probe, &answer->roof, &answer->why);
    if (status == DLB_OK)
        status = dlb_pool_open(host->threads, &host->pool, &answer->why);
    if (status == DLB_OK)
        status = fill(host, &answer->why);
    if (status == DLB_OK)
        status = check(host, &answer->why);
    if (status == DLB_OK)
        count(host, &answer->roof);
    return status;
}
