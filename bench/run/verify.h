/* verify.h: is the answer right? The oracle: plain loops in double, independent of every backend.
 *
 * A single gemm is checked by random projection (both sides times a random vector: O(n^2)), a single
 * convolution by recomputing a seeded random sample of output elements in double (all of them when few), several ops by
 * a full reference forward pass, cached in `cache_folder` by key and seed (NULL: not cached).
 *
 * Tolerances come from types and reduction lengths only. The rule stands in verify.c above the code. */
#ifndef DLB_VERIFY_H
#define DLB_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/graph/graph.h"

struct dlb_oracle;

/* `graph` outlives the oracle. DLB_NO_MEMORY when the inputs do not fit. */
enum dlb_status dlb_oracle_open(const struct dlb_graph *graph, enum dlb_fill fill, uint64_t seed,
                                const char *cache_folder, struct dlb_oracle **oracle,
                                struct dlb_why *why);
void dlb_oracle_close(struct dlb_oracle *oracle);

/* The next checks draw the elements and the signs that they compare with anew, from the seed of the oracle and `look`;
 * the same look draws the same. A different number for each check (process, time, before or after) makes an error
 * that one look misses visible to another. Without a call it is look 0. What is compared whole stays compared whole. */
void dlb_oracle_look(struct dlb_oracle *oracle, uint64_t look);

/* The filled host data of an INPUT, WEIGHT or STATE tensor (as dlb_graph_fill gives it), to hand to the backend's
 * write without generating it twice; NULL for other roles. Lives as long as the oracle. */
const void *dlb_oracle_input(const struct dlb_oracle *oracle, int tensor);

/* Fills a host buffer with what no right answer holds: NaN for floats (all bits set), INT_MIN for integers. Write
 * it to an OUTPUT before the execution: dlb_oracle_check finds every element that was left unwritten, also where it
 * compares only a sample. */
void dlb_oracle_poison(const struct dlb_tensor *tensor, void *host);

struct dlb_check {
    bool ok;
    char method[32];
    double max_abs_err, max_rel_err; /* error, and error / scale of the result */
    double tolerance;                /* the largest max_rel_err that passes */
};

/* Compares a result (plain host layout, after exactly one execution from freshly filled inputs and states).
 * DLB_OK and check->ok, or DLB_WRONG with the worst element in words (index, wanted, found). NaN and inf where the oracle
 * has none are wrong; where it has inf, that inf is right, and where it has NaN, any NaN but the poison is.
 * DLB_FAILED when the oracle cannot tell: an element has no finite bound. */
enum dlb_status dlb_oracle_check(struct dlb_oracle *oracle, int tensor, const void *host,
                                 struct dlb_check *check, struct dlb_why *why);

#endif
