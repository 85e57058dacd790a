/* chase.c: a chain of dependent loads: how long the memory takes to answer one.
 *
 * All lines form one random cycle (Sattolo's algorithm: S. Sattolo, "An algorithm to generate a random cyclic permutation", Information Processing
 * Letters 22, 1986), so that no prefetcher can guess the next one and each is visited before any comes again. */
#include "bench/base/random.h"
#include "kernels/portable/probe_kernels.h"

#define LINE 64

struct line {
    const struct line *next;
    char rest[LINE - sizeof(const struct line *)];
};

/* The permutation is made in place: at first each line points at itself; exchanging what line i and a line before it point at joins their
 * cycles. */
void dlb_chase_link(void *memory, size_t bytes, uint64_t seed)
{
    struct line *lines = memory;
    const size_t count = bytes / sizeof *lines;
    struct dlb_random random;
    dlb_random_seed(&random, seed);
    for (size_t i = 0; i < count; i++)
        lines[i].next = &lines[i];
    for (size_t i = count; i-- > 1;) {
        struct line *other = &lines[dlb_random_below(&random, i)];
        const struct line *next = lines[i].next;
        lines[i].next = other->next;
        other->next = next;
    }
}

const void *dlb_chase_run(const void *from, int64_t loads)
{
    const struct line *line = from;
    for (int64_t i = 0; i < loads; i++)
        line = line->next;
    return line;
}
