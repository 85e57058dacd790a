/* command.h: what a command is, and what every command is given.
 *
 * A command returns its exit code and leaves the reason of a failure in cli->why; main.c says it, once. With
 * --format json it prints one document through dlb_cli_print_json; where it printed none, main.c does. */
#ifndef DLB_COMMAND_H
#define DLB_COMMAND_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/cli/exit.h"
#include "bench/cli/options.h"
#include "bench/cli/screen.h"

struct dlb_global {
    bool quiet, help, version;
    int verbose;
    int color; /* enum dlb_color */
    const char *config;
    uint64_t seed;
    bool seed_given;
};

struct dlb_cli {
    char program[512]; /* path of this executable: workers are started from it */
    int argc;
    char *const *argv; /* the whole command line, for the record */
    struct dlb_global global;
    const struct dlb_command *command; /* NULL before it is known */
    struct dlb_parser parser; /* the options in force; positional arguments in parser.arguments */
    const char *early_format, *early_output; /* given before the command; NULL when not */
    struct dlb_screen out, err;
    bool printed_json;  /* a document stands on stdout */
    struct dlb_why why; /* the reason of an exit code that is not 0 */
};

/* One paragraph of help; the list ends with text NULL. */
struct dlb_command_example {
    const char *line, *meaning;
};

struct dlb_command {
    const char *name, *summary;
    const char *arguments; /* "[WORKLOAD]"; "" for none */
    const char *
        argument_words; /* what the first argument may be, for completion; NULL for files or nothing */
    int arguments_min, arguments_max;
    const char *details;                        /* prose for help and the man page; may be NULL */
    const struct dlb_command_example *examples; /* ends with line NULL; may be NULL */
    const struct dlb_option *options;           /* ends with name NULL; may be NULL */
    size_t target_size;                         /* of the struct that the options fill */
    bool hidden;
    int (*run)(struct dlb_cli *cli, void *target);
};

/* All commands (in main.c), ending with NULL; the global options, ending with name NULL. */
extern const struct dlb_command *const dlb_commands[];
extern const struct dlb_option dlb_global_options[];
const struct dlb_command *dlb_command_find(const char *name);

extern const struct dlb_command dlb_command_run;
extern const struct dlb_command dlb_command_check;
extern const struct dlb_command dlb_command_list;
extern const struct dlb_command dlb_command_describe;
extern const struct dlb_command dlb_command_doctor;
extern const struct dlb_command dlb_command_export;
extern const struct dlb_command dlb_command_compare;
extern const struct dlb_command dlb_command_report;
extern const struct dlb_command dlb_command_plot;
extern const struct dlb_command dlb_command_catalog;
extern const struct dlb_command dlb_command_choose;
extern const struct dlb_command dlb_command_baseline;
extern const struct dlb_command dlb_command_history;
extern const struct dlb_command dlb_command_roofline;
extern const struct dlb_command dlb_command_selftest;
extern const struct dlb_command dlb_command_schema;
extern const struct dlb_command dlb_command_version;
extern const struct dlb_command dlb_command_help;
extern const struct dlb_command dlb_command_completion;
extern const struct dlb_command dlb_command_worker;

/* The document of a command: adds exit_code and reason, prints it, releases it. Text that is not UTF-8 is mended. */
void dlb_cli_print_json(struct dlb_cli *cli, json_t *document, int code);

/* Fills cli->why and returns the exit code of `status`, so that failing is one statement. */
int dlb_cli_fail(struct dlb_cli *cli, enum dlb_status status, const char *format, ...)
    DLB_PRINTF(3, 4);

/* JSON string of any text: invalid UTF-8 and control characters become '?'. */
json_t *dlb_json_text(const char *text);

/* "text json", the choices of --format for commands that know just these two. */
#define DLB_FORMATS_PLAIN "text json"
enum dlb_plain_format { DLB_PLAIN_TEXT, DLB_PLAIN_JSON };

/* The choices of --format where results are printed: dlb_report_formats in the same order. */
#define DLB_FORMATS_REPORT "text json jsonl csv md openmetrics html"

#endif
