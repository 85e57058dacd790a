/* result_output.h: a stored result in any of its formats, on the screen or into a file. For `export` and `report`. */
#ifndef DLB_RESULT_OUTPUT_H
#define DLB_RESULT_OUTPUT_H

#include "bench/cli/command.h"
#include "bench/store/result.h"

struct dlb_pictures;

struct dlb_result_output {
    const char *format; /* of dlb_report_formats, of dlb_check_outputs, or "sql" */
    const char *output; /* NULL: the screen */
    int64_t columns;    /* -1: the screen's; 0: no limit */
    bool csv_apostrophe;
    const char *location; /* as in check_report.h; NULL: none */
    const char *title;    /* html; NULL: from what was measured */
    const char *file;     /* html: what the stored result is called; NULL: not told */
    const struct dlb_pictures *pictures; /* html; NULL: the writer draws them */
};

/* The file of a check is shown as a check where the format has a form for it. */
bool dlb_result_is_check(const struct dlb_result *result);

/* The reason is in cli->why; that the reader of the screen has gone is DLB_OK. */
enum dlb_status dlb_result_output_write(struct dlb_cli *cli, const struct dlb_result *result,
                                        const struct dlb_result_output *how);

#endif
