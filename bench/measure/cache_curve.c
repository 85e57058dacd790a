/* cache_curve.c: the latency of a random pointer chase over growing working sets.
 *
 * One load per cache line, each address known only when the load before it is done. Address translation would blur the
 * edge that we look for: 4 KiB pages of a set as large as the cache do not fit into the TLB, and huge pages may not be
 * had. So the chase stays inside a group of 32 pages, in random order, before it goes on to another random group (the
 * "TLB locality" of Google's multichase): one page walk is shared by many loads, and no prefetcher can follow.
 * What the curve means is decided in cache.c. */
#include "bench/measure/cache.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bench/base/clock.h"
#include "bench/base/random.h"
#include "bench/stats/summary.h"

#define LINE        64
#define GROUP_BYTES (32 * 4096)
#define GROUP_LINES (GROUP_BYTES / LINE)
/* Stretches of 0.8 ms at 100 ns: shorter than a time slice, so that some of them run undisturbed. */
#define STEPS     8192
#define STRETCHES 12

struct line {
    struct line *next;
    char rest[LINE - sizeof(struct line *)];
};

/* A closed chain through `group_count` groups at the start of `lines`. */
struct chain {
    struct line *lines;
    int64_t group_count, capacity;
    int64_t *order; /* in which the groups are visited */
    int64_t *end;   /* the last line of each group; the first is the group's line 0 */
    struct dlb_random random;
};

static void shuffle(struct dlb_random *random, int64_t *numbers, int64_t count)
{
    for (int64_t i = count - 1; i > 0; i--) {
        const int64_t j = (int64_t)dlb_random_below(random, (uint64_t)i + 1);
        const int64_t number = numbers[i];
        numbers[i] = numbers[j];
        numbers[j] = number;
    }
}

/* Links the lines of one group in random order, starting at its line 0. */
static void link_group(struct chain *chain, int64_t group)
{
    struct line *lines = chain->lines + group * GROUP_LINES;
    int64_t order[GROUP_LINES];

    for (int64_t i = 0; i < GROUP_LINES; i++)
        order[i] = i;
    shuffle(&chain->random, order + 1, GROUP_LINES - 1);
    for (int64_t i = 0; i + 1 < GROUP_LINES; i++)
        lines[order[i]].next = &lines[order[i + 1]];
    chain->end[group] = group * GROUP_LINES + order[GROUP_LINES - 1];
}

/* Makes the chain `group_count` groups long: new groups are linked inside, then all to each other in a new order. */
static void grow(struct chain *chain, int64_t group_count)
{
    for (int64_t group = chain->group_count; group < group_count; group++)
        link_group(chain, group);
    chain->group_count = group_count;

    for (int64_t i = 0; i < group_count; i++)
        chain->order[i] = i;
    shuffle(&chain->random, chain->order, group_count);
    for (int64_t i = 0; i < group_count; i++) {
        const int64_t following = chain->order[(i + 1) % group_count];
        chain->lines[chain->end[chain->order[i]]].next = &chain->lines[following * GROUP_LINES];
    }
}

/* Reads everything once in the order of the chain, so that what a least-recently-used cache has dropped by the end is
 * what the chase asks for first; inside a group straight on, because that is fast. */
static void touch(const struct chain *chain)
{
    for (int64_t i = 0; i < chain->group_count; i++) {
        const volatile struct line *lines = chain->lines + chain->order[i] * GROUP_LINES;
        for (int64_t j = 0; j < GROUP_LINES; j++)
            (void)lines[j].next;
    }
}

/* Median ns per load over the stretches: neither one that was interrupted nor one that met leftovers in the cache. */
static double chase(const struct chain *chain)
{
    const struct line *volatile sink; /* the loads must not be optimised away */
    const struct line *at = &chain->lines[chain->order[0] * GROUP_LINES];
    double ns[STRETCHES];

    for (int i = 0; i < STRETCHES; i++) {
        const int64_t start = dlb_clock_ns();
        for (int step = 0; step < STEPS; step += 8)
            at = at->next->next->next->next->next->next->next->next;
        sink = at;
        ns[i] = (double)(dlb_clock_ns() - start) / STEPS;
    }
    (void)sink;
    return dlb_median(ns, STRETCHES);
}

int dlb_cache_measure(int64_t most_bytes, double budget_ns, struct dlb_cache_point *points,
                      int capacity)
{
    struct chain chain = {.capacity = most_bytes / GROUP_BYTES};
    const int64_t start = dlb_clock_ns();
    int count = 0;

    if (chain.capacity < 1)
        return 0;

    const size_t bytes = (size_t)chain.capacity * GROUP_BYTES;
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    chain.order = malloc((size_t)chain.capacity * sizeof *chain.order);
    chain.end = malloc((size_t)chain.capacity * sizeof *chain.end);
    if (memory == MAP_FAILED || chain.order == NULL || chain.end == NULL)
        goto out;
    madvise(memory, bytes, MADV_HUGEPAGE); /* a hint; refused is as good */
    chain.lines = memory;
    dlb_random_seed(&chain.random, 1);

    for (int half_octave = 0; count < capacity; half_octave++) {
        const int64_t group_count = (int64_t)(pow(2.0, 0.5 * half_octave) + 0.5);
        if (group_count > chain.capacity || (double)(dlb_clock_ns() - start) > budget_ns)
            break;
        if (group_count == chain.group_count)
            continue;
        grow(&chain, group_count);
        touch(&chain);
        points[count++] = (struct dlb_cache_point){group_count * GROUP_BYTES, chase(&chain)};
    }
out:
    free(chain.end);
    free(chain.order);
    if (memory != MAP_FAILED)
        munmap(memory, bytes);
    return count;
}
