/* check_workers.h: two programs for the tests of the check: shell scripts in the place of the workers of a and b.
 *
 * Each measures what its rules say: a piece of shell that may set `median` (ns) and `noise` (share of the time in the run queue; above
 * 0.05 is noisy), knows `case` and `n` (the how manieth process of this side it is), and may answer otherwise or die. */
#ifndef DLB_CHECK_WORKERS_H
#define DLB_CHECK_WORKERS_H

#include "bench/run/check.h"

#define CHECK_CASES 4

struct check_bench {
    char folder[64];
    char program_a[128], program_b[128], result_path[128];
    int case_count;
    struct dlb_case cases[CHECK_CASES];
    struct dlb_result result;
    struct dlb_check_options options;
    struct dlb_check_watch watch;
    int finished;   /* rows that were told */
    int stop_after; /* stop when so many processes of b have begun; 0: never */
    int stop_how;   /* 1 or 2 */
    struct dlb_why why;
};

/* Cases gemm:m=5, m=6, ... of the reference backend; `rules_b` NULL: those of a. */
void check_bench_open(struct check_bench *bench, int cases, const char *rules_a,
                      const char *rules_b);
enum dlb_status check_bench_run(struct check_bench *bench);
void check_bench_close(struct check_bench *bench);

const struct dlb_verdict_row *check_bench_row(const struct check_bench *bench, int index);
/* How many requests of a side ("a", "b") hold this text. */
int check_bench_asked(const struct check_bench *bench, const char *side, const char *text);
/* Reads a file of the bench's folder; the caller frees it. */
char *check_bench_read(const struct check_bench *bench, const char *name);

/* A time that varies by 1 % from process to process, the same way each time, but not alike on both sides. */
#define CHECK_STEADY "median=$((1000000 + (n * 7919 + phase) % 10007))\n"
/* The same, slower by as many per mille. */
#define CHECK_SLOWER(permille) CHECK_STEADY "median=$((median * (1000 + " permille ") / 1000))\n"

#endif
