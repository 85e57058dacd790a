/* report_sentences.h: what is said around the table, in the same words in every format for people. */
#ifndef DLB_REPORT_SENTENCES_H
#define DLB_REPORT_SENTENCES_H

#include <stdbool.h>

#include "bench/base/text.h"
#include "reports/report_cells.h"

/* One line each: who is fastest in a class ("cold, zeros: onednn:0 on 3 of 4, ..."), and how many cases came to what end. All
 * means are geometric. */
void dlb_report_verdict(const struct dlb_ranking *ranking, int class,
                        const struct dlb_contest *contest, const struct dlb_common *common,
                        bool unicode, struct dlb_text *text);
void dlb_report_counts(const struct dlb_result *result, struct dlb_text *text);

/* How many of the cases that ended well carry the flag. */
int dlb_report_flagged(const struct dlb_result *result, const char *flag);

/* "12 unsupported on openblas:0: this CBLAS has no bf16 GEMM" */
void dlb_report_note(const struct dlb_note *note, const struct dlb_common *common,
                     struct dlb_text *text);

/* What a device was busy with before it could be measured, the longest of all its processes: "opencl:0 took up to 3.14 s to
 * compile and 3.20 s to search for parameters, ..."; empty when it did neither. `device` is an index of the ranking. */
void dlb_report_preparing(const struct dlb_result *result, const struct dlb_ranking *ranking,
                          int device, struct dlb_text *text);

/* Strings of the run's JSON parts; "" when absent. */
const char *dlb_report_member(const json_t *object, const char *name);

/* "AMD EPYC 9R14, 2 cores, 4 threads, 3.9 GiB, kvm" */
void dlb_report_host(const struct dlb_result *result, struct dlb_text *text);
/* What stands behind a device's key: its name where the host does not say it already, its library, and how many threads it
 * used where the caption cannot say it. */
void dlb_report_device(const struct dlb_result *result, const struct dlb_common *common,
                       const json_t *device, struct dlb_text *text);

/* Why a device has no results: "unavailable: libOpenCL.so.1 not found". A long reason is cut. */
void dlb_report_absent(const json_t *device, struct dlb_text *text);

/* Text from anywhere made fit for a terminal or a table: control and direction characters become '?', bytes that are no
 * UTF-8 too, and without `unicode` all beyond ASCII. */
void dlb_report_clean(const char *from, bool unicode, struct dlb_text *text);

/* Integer types do no floating-point operations: "OP/s", else "FLOP/s". */
const char *dlb_report_ops_unit(const char *dtype);

#endif
