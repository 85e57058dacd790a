/* check_arguments.h: what `dlbench check` can be told. The table is in check_arguments.c. */
#ifndef DLB_CHECK_ARGUMENTS_H
#define DLB_CHECK_ARGUMENTS_H

#include "bench/cli/run_options.h"

/* The choices of --format: on the screen, dlbench-result/1 with the verdicts, a comment for a pull request. */
#define DLB_FORMATS_CHECK "text json md"
enum dlb_check_format { DLB_CHECK_TEXT, DLB_CHECK_JSON, DLB_CHECK_MD };

enum dlb_check_mode { DLB_CHECK_PAIRED, DLB_CHECK_HISTORY };
enum dlb_on_inconclusive { DLB_INCONCLUSIVE_PASS, DLB_INCONCLUSIVE_WARN, DLB_INCONCLUSIVE_FAIL };

#define DLB_CHECK_FILES 6 /* outputs that go to a file */

struct dlb_check_arguments {
    struct dlb_run_options run; /* what is planned and how a process measures; its format is ours */
    const char *a, *b;          /* programs, or folders that hold one; b NULL: this program */
    const char *a_lib, *b_lib;  /* folders of plugins; NULL: the program's own */
    int mode;
    const char *baseline; /* mode history */
    double tolerance, rated;
    int64_t pairs;    /* of the first stage; mode history: processes */
    double budget_ns; /* 0: none */
    int on_inconclusive;
    bool github;
    const char *location; /* file of the repository that findings point at; NULL: none is named */
    const char *files[DLB_CHECK_FILES]; /* paths, in the order of the table; NULL: not wanted */
};

extern const struct dlb_option dlb_check_argument_rows[];

#endif
