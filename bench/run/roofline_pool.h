/* roofline_pool.h: threads that start and end a piece of work together, one pinned to each CPU of the process. */
#ifndef DLB_ROOFLINE_POOL_H
#define DLB_ROOFLINE_POOL_H

#include "bench/base/status.h"

/* The calling thread is the first of them; the others wait actively between pieces, as OpenMP's do in a worker. */
struct dlb_pool;
enum dlb_status dlb_pool_open(int threads, struct dlb_pool **pool, struct dlb_why *why);
void dlb_pool_close(struct dlb_pool *pool); /* NULL is legal */

/* Calls work(user, 0 .. threads - 1) at the same time and returns when all are done. */
void dlb_pool_run(struct dlb_pool *pool, void (*work)(void *user, int thread), void *user);

#endif
