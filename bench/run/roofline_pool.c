/* roofline_pool.c: fork and join by two atomic counters: cheap beside the microseconds that a piece of work takes.
 *
 * A round is published by its number; each thread that has done its part adds one to the count of those that are done. Waiting spins, and gives
 * the CPU away now and then, so that more threads than CPUs are slow but never stuck. */
#include "bench/run/roofline_pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/measure/host.h"
#include "bench/measure/host_cpu.h"

#define SPINS 4096

struct helper {
    struct dlb_pool *pool;
    int number; /* from 1 */
    pthread_t thread;
};

struct dlb_pool {
    int threads, started; /* helpers that run */
    struct helper *helpers;
    int cpus[DLB_MAX_CPUS], cpu_count;
    void (*work)(void *user, int thread); /* NULL in the last round */
    void *user;
    _Alignas(64) atomic_int_least64_t round;
    _Alignas(64) atomic_int done;
};

/* The n-th thread on the n-th CPU of the process: where it stays, its caches do. */
static void pin(const struct dlb_pool *pool, int number)
{
    cpu_set_t set;
    if (pool->cpu_count < pool->threads)
        return;
    CPU_ZERO(&set);
    CPU_SET((size_t)pool->cpus[number], &set);
    (void)pthread_setaffinity_np(pthread_self(), sizeof set, &set); /* a wish */
}

static void relax(int64_t *spins)
{
    if (++*spins % SPINS == 0)
        sched_yield();
    else
        DLB_PAUSE();
}

static void *help(void *argument)
{
    const struct helper *helper = argument;
    struct dlb_pool *pool = helper->pool;
    int64_t seen = 0, spins = 0;
    pin(pool, helper->number);
    for (;;) {
        while (atomic_load_explicit(&pool->round, memory_order_acquire) == seen)
            relax(&spins);
        seen++;
        if (pool->work == NULL)
            return NULL;
        pool->work(pool->user, helper->number);
        atomic_fetch_add_explicit(&pool->done, 1, memory_order_release);
    }
}

void dlb_pool_run(struct dlb_pool *pool, void (*work)(void *user, int thread), void *user)
{
    int64_t spins = 0;
    pool->work = work;
    pool->user = user;
    atomic_store_explicit(&pool->done, 0, memory_order_relaxed);
    atomic_fetch_add_explicit(&pool->round, 1, memory_order_release);
    work(user, 0);
    while (atomic_load_explicit(&pool->done, memory_order_acquire) < pool->started)
        relax(&spins);
}

void dlb_pool_close(struct dlb_pool *pool)
{
    if (pool == NULL)
        return;
    pool->work = NULL;
    atomic_fetch_add_explicit(&pool->round, 1, memory_order_release);
    for (int i = 0; i < pool->started; i++)
        pthread_join(pool->helpers[i].thread, NULL);
    free(pool->helpers);
    free(pool);
}

static enum dlb_status start_helpers(struct dlb_pool *pool, struct dlb_why *why)
{
    for (int i = 1; i < pool->threads; i++) {
        struct helper *helper = &pool->helpers[pool->started];
        *helper = (struct helper){.pool = pool, .number = i};
        const int error = pthread_create(&helper->thread, NULL, help, helper);
        if (error != 0)
            return dlb_fail(why, DLB_FAILED, "cannot start thread %d of %d: %s", i + 1,
                            pool->threads, strerror(error));
        pool->started++;
    }
    return DLB_OK;
}

enum dlb_status dlb_pool_open(int threads, struct dlb_pool **pool, struct dlb_why *why)
{
    struct dlb_pool *made = aligned_alloc(64, (sizeof *made + 63) / 64 * 64);
    struct helper *helpers = calloc((size_t)threads, sizeof *helpers);
    if (made == NULL || helpers == NULL) {
        free(made);
        free(helpers);
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for %d threads", threads);
    }
    memset(made, 0, sizeof *made);
    made->threads = threads;
    made->helpers = helpers;
    made->cpu_count = dlb_host_allowed_cpus("", made->cpus);
    atomic_init(&made->round, 0);
    atomic_init(&made->done, 0);
    pin(made, 0);
    const enum dlb_status status = start_helpers(made, why);
    if (status != DLB_OK) {
        dlb_pool_close(made);
        return status;
    }
    *pool = made;
    return DLB_OK;
}
