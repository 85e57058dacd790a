/* check_report.h: what a check found out, in the formats that CI systems read. One writer per format, any number at once.
 *
 * junit        JUnit XML: a testcase for each case, as Jenkins, GitLab and GitHub's test reporters show them
 * codequality  GitLab's code quality report
 * sarif        SARIF 2.1.0, for code scanning
 * openmetrics  OpenMetrics 1.0 text, for Prometheus and what reads its format
 * md           Markdown for a comment below a pull request: worst first, at most 65,536 bytes
 * json         the result document itself: verdicts, pairs, exit_code and reason
 * github       workflow commands (::error ...), worst first, at most ten; they go to stdout, and dlb_check_summary_append goes with them
 *
 * Texts from outside (labels, device names, reasons, paths) are escaped for each format; what could hide or turn other text
 * (control characters, marks of direction, bytes that are no UTF-8) becomes '?', except in json. Fingerprints follow from key and
 * verdict alone, so that a finding is the same finding in the next run. */
#ifndef DLB_CHECK_REPORT_H
#define DLB_CHECK_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bench/store/result.h"

struct dlb_check_output_options {
    bool inconclusive_fails;  /* --on-inconclusive fail: an error in the formats, too */
    bool inconclusive_passes; /* --on-inconclusive pass: no annotation and no finding */
    const char *location; /* file of the repository that findings point at; NULL: dlbench/SUITE */
    size_t limit;         /* md: bytes at most; 0: 65,536, what GitHub takes as a comment */
};

/* May findings point at it? A relative path without "..", not empty. */
bool dlb_check_is_location(const char *path);

struct dlb_check_output {
    const char *name;      /* "junit", ... */
    const char *option;    /* long option of `check` that asks for it, without dashes */
    const char *extension; /* of its file; NULL: it takes no file but goes to stdout */
    const char *summary;   /* for the help */
    /* DLB_IO when the stream fails; `why` is then empty if the reader has gone (EPIPE). DLB_NO_MEMORY. */
    enum dlb_status (*write)(const struct dlb_result *result,
                             const struct dlb_check_output_options *options, FILE *stream,
                             struct dlb_why *why);
};

/* The table of outputs; ends with name NULL. */
extern const struct dlb_check_output dlb_check_outputs[];
const struct dlb_check_output *dlb_check_output_find(const char *name);

/* Writes an output to a file, atomically (dlb_file_replace). DLB_IO: path and reason. */
enum dlb_status dlb_check_output_save(const struct dlb_check_output *output,
                                      const struct dlb_result *result,
                                      const struct dlb_check_output_options *options,
                                      const char *path, struct dlb_why *why);

/* Appends the Markdown to GitHub's step summary, the file that GITHUB_STEP_SUMMARY names; what stands there stays, and both stay
 * below the 1 MiB beyond which GitHub drops the whole. DLB_SKIPPED: no room is left, nothing was written; no reason to fail.
 * DLB_IO: path and reason. */
enum dlb_status dlb_check_summary_append(const struct dlb_result *result, const char *path,
                                         struct dlb_why *why);

#endif
