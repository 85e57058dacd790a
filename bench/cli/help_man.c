/* help_man.c: the manual page, in roff, from the tables of commands, options and exit codes. */
#include "bench/cli/help.h"

#include <string.h>

#include "version.h"

/* Text of an input line: a backslash is written \e, a hyphen \- (so that options can be copied), and a dot
 * or quote that opens a line would be a macro. */
static void put(FILE *stream, const char *text)
{
    if (text[0] == '.' || text[0] == '\'') {
        fputs("\\&", stream);
    }
    for (; *text != '\0'; text++) {
        if (*text == '\\') {
            fputs("\\e", stream);
        } else if (*text == '-') {
            fputs("\\-", stream);
        } else {
            fputc(*text, stream);
        }
    }
}

static void put_line(FILE *stream, const char *macro, const char *text)
{
    fprintf(stream, "%s", macro);
    put(stream, text);
    fputc('\n', stream);
}

static void put_option(FILE *stream, const struct dlb_option *row)
{
    fputs(".TP\n", stream);
    if (row->letter != 0) {
        fprintf(stream, "\\fB\\-%c\\fR, ", row->letter);
    }
    fputs("\\fB\\-\\-", stream);
    put(stream, row->name);
    fputs("\\fR", stream);
    if (row->argument != NULL) {
        fputs(" \\fI", stream);
        put(stream, row->argument);
        fputs("\\fR", stream);
    }
    fputc('\n', stream);
    put(stream, row->help);
    if (row->default_text != NULL) {
        fputs(" (default: ", stream);
        put(stream, row->default_text);
        fputs(")", stream);
    }
    fputc('\n', stream);
}

static void put_options(FILE *stream, const struct dlb_option *rows)
{
    for (; rows != NULL && rows->name != NULL; rows++) {
        if (!rows->hidden) {
            put_option(stream, rows);
        }
    }
}

static void put_command(FILE *stream, const struct dlb_command *command)
{
    fputs(".SS dlbench ", stream);
    put(stream, command->name);
    fputc(' ', stream);
    put_line(stream, "", command->arguments);
    put_line(stream, "", command->summary);
    if (command->details != NULL) {
        fputs(".PP\n", stream);
        put_line(stream, "", command->details);
    }
    put_options(stream, command->options);
    for (const struct dlb_command_example *e = command->examples; e != NULL && e->line != NULL;
         e++) {
        fputs(".PP\n.nf\n", stream);
        put_line(stream, "    ", e->line);
        fputs(".fi\n", stream);
        put_line(stream, "", e->meaning);
    }
}

static const struct {
    const char *name, *meaning;
} variables[] = {
    {"DLBENCH_BACKENDS",
     "More folders with backends, separated by colons. They go before the program's own."},
    {"DLBENCH_ROOFS", "auto, new or off: what run --roofs is where it is not given."},
    {"DLBENCH_SLOWDOWN",
     "PCT[:GLOB]: stretches the samples of these cases, like run --slowdown; the larger of the two "
     "counts. So a script of two lines can stand for a slower program. Rows are flagged."},
    {"DLBENCH_SUITES", "The folder of the shipped suites, if they are not beside the program."},
    {"COLUMNS", "Width of printed tables and texts, in place of the terminal's."},
    {"NO_COLOR", "When set, no colour."},
    {"TERM", "\"dumb\": no colour and no redrawing."},
    {"XDG_DATA_HOME", "Where the history is kept (dlbench/history.db in it; else ~/.local/share)."},
    {"XDG_CACHE_HOME",
     "Where reference answers and roofs are kept (dlbench in it; else ~/.cache)."},
};

void dlb_help_man(FILE *stream)
{
    fprintf(stream, ".TH DLBENCH 1 \"%s\" \"dlbench %s\" \"User Commands\"\n", DLB_DATE,
            DLB_VERSION);
    fputs(".SH NAME\ndlbench \\- measure how fast processors run deep learning\n"
          ".SH SYNOPSIS\n.B dlbench\n\\fIcommand\\fR [\\fIarguments\\fR] [\\fIoptions\\fR]\n"
          ".SH DESCRIPTION\n"
          "One problem list for every processor: matrix products, convolutions and networks, run "
          "through\n"
          "each library that is found, verified before and after timing, and stored with every "
          "sample.\n"
          ".SH OPTIONS FOR EVERY COMMAND\n",
          stream);
    put_options(stream, dlb_global_options);
    fputs(".SH COMMANDS\n", stream);
    for (const struct dlb_command *const *at = dlb_commands; *at != NULL; at++) {
        const struct dlb_command *command = *at;
        if (!command->hidden) {
            put_command(stream, command);
        }
    }
    fputs(".SH EXIT STATUS\nWhen several apply, the first of this list wins.\n", stream);
    for (int i = 0; i < dlb_exit_count(); i++) {
        fprintf(stream, ".TP\n.B %d\n", (int)dlb_exit_rows[i].code);
        put_line(stream, "", dlb_exit_rows[i].meaning);
    }
    fputs(".SH ENVIRONMENT\n", stream);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(variables); i++) {
        put_line(stream, ".TP\n.B ", variables[i].name);
        put_line(stream, "", variables[i].meaning);
    }
    fputs(".SH FILES\n.TP\n.I results/\nResult files, named by UTC time and suite, unless "
          "\\fB\\-\\-output\\fR says otherwise.\n",
          stream);
}
