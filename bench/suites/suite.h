/* suite.h: problem lists as data files (*.suite), the shipped ones and a user's own.
 *
 * The format, one problem or directive a line; '#' at the start of a word begins a comment:
 *   @title   ResNet-50 v1.5 convolutions
 *   @source  where the list comes from (repeatable)
 *   @set     max-time=2s        a default of `dlbench run` for this suite: any measuring option
 *   gemm m=512-4096*2 n=700 k=2048 dtype=f32,bf16 | origin text | 4
 * A line is a workload and its axes (see axes.h), then optionally "| origin" and
 * "| occurrences". At most 4096 bytes a line, 100000 problems a suite. */
#ifndef DLB_SUITE_H
#define DLB_SUITE_H

#include "bench/base/status.h"
#include "bench/suites/axes.h"

#define DLB_MAX_SETTINGS 16

struct dlb_suite {
    char name[64]; /* file name without folder and .suite */
    char title[128];
    char source[512];
    int setting_count;
    struct {
        char name[32], value[32];
    } settings[DLB_MAX_SETTINGS];
    struct dlb_problems problems;
};

/* Loads a shipped suite by name ("quick") or any file by path (a text with '/' or ending in
 * .suite). An unknown name is DLB_INVALID naming those that exist; a bad line is DLB_INVALID as
 * "file:line: reason"; an unreadable file is DLB_IO. Release with dlb_suite_free, also on failure
 * (then it is empty). */
enum dlb_status dlb_suite_load(const char *name, struct dlb_suite *suite, struct dlb_why *why);
void dlb_suite_free(struct dlb_suite *suite);

/* The folder of the shipped suites, found beside the program (share/dlbench/suites,
 * ../share/dlbench/suites) or in DLBENCH_SUITES. */
enum dlb_status dlb_suite_folder(char *buffer, size_t size, struct dlb_why *why);

/* Names of all shipped suites, sorted; *names is one block to free(). */
enum dlb_status dlb_suite_names(char (**names)[64], int *count, struct dlb_why *why);

#endif
