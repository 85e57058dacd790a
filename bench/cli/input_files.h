/* input_files.h: the result files of a command line: "FILE" or "LABEL=FILE", what each is called, and what it holds. */
#ifndef DLB_INPUT_FILES_H
#define DLB_INPUT_FILES_H

#include "bench/cli/command.h"
#include "bench/store/comparison.h"

#define DLB_MOST_INPUTS 1000

struct dlb_inputs {
    int count;
    struct dlb_comparison_source *sources; /* owned; labels and paths are the parser's */
    struct dlb_result *results;            /* owned, `loaded` of them read */
    int loaded;
};

/* Zero-initialise; freed in any case. Names the files in cli->parser.arguments: the label that was given, else the file's name without its folder, its whole
 * path where names are equal, a number behind it for the same file twice. DLB_INVALID: a label twice or an empty one. */
enum dlb_status dlb_inputs_name(struct dlb_cli *cli, struct dlb_inputs *inputs);
/* Reads them all. Returns an exit code, the reason in cli->why: `output` (or NULL) must be none of them. */
int dlb_inputs_load(struct dlb_cli *cli, const char *output, struct dlb_inputs *inputs);
/* Moves their records into one result (bench/store/result_join.h); a single file stays as it is. */
enum dlb_status dlb_inputs_join(struct dlb_inputs *inputs, struct dlb_result *joined,
                                struct dlb_why *why);
void dlb_inputs_free(struct dlb_inputs *inputs);

#endif
