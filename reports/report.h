/* report.h: one writer per format. Writers get a finished result and a stream; they measure and judge nothing.
 *
 * text   the table for people: see report_text.c
 * json   the document itself (dlbench-result/1), samples and all
 * jsonl  first a line {"type": "run", ...} with all but the records, then, of a check, a line {"type": "verdict", ...} for each case, then a
 *        line {"type": "record", ...} each
 * csv    one row per invocation, one for a record without any; the columns are listed in report_csv.c, named as in the
 *        JSON: run and record fields by their names, those of blocks with a dot: invocation.median_ns, summary.median_ns,
 *        verified.ok. params, invocation.gates and counting.values are JSON in a cell, flags are joined by ';', null is an empty cell. Samples
 *        stay in the JSON. Names are stable; new columns come at the end.
 * md     a table for GitHub
 * html   one page that needs no network: answer, warnings, tables, pictures, samples; see html.c
 * openmetrics  OpenMetrics 1.0 text; see report_openmetrics.c */
#ifndef DLB_REPORT_H
#define DLB_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/store/result.h"

struct dlb_pictures;

struct dlb_report_options {
    bool color;  /* never the only carrier of anything */
    int columns; /* terminal width; 0 = no limit */
    bool unicode;
    bool
        csv_apostrophe; /* a text cell that a spreadsheet takes for a formula (= + - @ tab CR) gets a ' in front */
    /* html alone; zero does everywhere */
    const char *title; /* NULL: from what was measured */
    const char *
        file; /* where the whole result is stored, told where the page leaves something out; NULL: not known */
    const struct dlb_pictures *pictures; /* NULL: the writer draws them itself */
};

struct dlb_report_format {
    const char *name;      /* "text", "json", "jsonl", "csv", "md", "html", "openmetrics" */
    const char *extension; /* "txt", ... */
    const char *summary;
    /* DLB_IO when the stream fails; `why` is then empty if the reader has gone (EPIPE): nothing to tell anyone. */
    enum dlb_status (*write)(const struct dlb_result *result,
                             const struct dlb_report_options *options, FILE *stream,
                             struct dlb_why *why);
};

/* The table of formats; ends with name NULL. */
extern const struct dlb_report_format dlb_report_formats[];
const struct dlb_report_format *dlb_report_find(const char *name);

#endif
