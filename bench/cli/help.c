/* help.c: help texts on the screen. The man page is in help_man.c, completion in completion.c. */
#include "bench/cli/help.h"

#include <string.h>

#include "bench/base/text.h"

#define HELP_COLUMNS  100 /* lines longer than this are hard to read even where they fit */
#define OPTION_INDENT 28

static int limit_of(const struct dlb_screen *screen)
{
    return screen->columns > 0 && screen->columns < HELP_COLUMNS ? screen->columns : HELP_COLUMNS;
}

static void print_option(const struct dlb_option *row, const struct dlb_screen *screen)
{
    char left[96];
    char help[512];
    const char letter[] = {'-', row->letter, ',', ' ', '\0'};
    snprintf(left, sizeof left, "  %s--%s%s%s", row->letter != 0 ? letter : "    ", row->name,
             row->argument != NULL ? " " : "", row->argument != NULL ? row->argument : "");
    snprintf(help, sizeof help, "%s%s%s%s", row->help, row->default_text != NULL ? " [" : "",
             row->default_text != NULL ? row->default_text : "",
             row->default_text != NULL ? "]" : "");
    const int width = dlb_text_columns(left);
    if (width + 2 > OPTION_INDENT) {
        fprintf(screen->stream, "%s\n%*s", left, OPTION_INDENT, "");
    } else {
        fprintf(screen->stream, "%s%*s", left, OPTION_INDENT - width, "");
    }
    dlb_print_wrapped(screen->stream, help, OPTION_INDENT, limit_of(screen));
}

static void print_options(const struct dlb_option *rows, const struct dlb_screen *screen)
{
    const char *group = "";
    for (; rows != NULL && rows->name != NULL; rows++) {
        if (rows->hidden) {
            continue;
        }
        if (strcmp(rows->group, group) != 0) {
            group = rows->group;
            fprintf(screen->stream, "\n%s:\n", group);
        }
        print_option(rows, screen);
    }
}

void dlb_help_command(const struct dlb_command *command, const struct dlb_screen *screen)
{
    FILE *stream = screen->stream;
    const int indent = fprintf(stream, "dlbench %s: ", command->name);
    dlb_print_wrapped(stream, command->summary, indent, limit_of(screen));
    fprintf(stream, "\nUsage: dlbench %s%s%s%s\n", command->name,
            command->arguments[0] != '\0' ? " " : "", command->arguments,
            command->options != NULL ? " [options]" : "");
    if (command->details != NULL) {
        fputc('\n', stream);
        dlb_print_wrapped(stream, command->details, 0, limit_of(screen));
    }
    print_options(command->options, screen);
    print_options(dlb_global_options, screen);
    if (command->examples != NULL) {
        fprintf(stream, "\nExamples:\n");
        for (const struct dlb_command_example *e = command->examples; e->line != NULL; e++) {
            fprintf(stream, "  %s\n      ", e->line);
            dlb_print_wrapped(stream, e->meaning, 6, limit_of(screen));
        }
    }
}

static void print_exit_codes(const struct dlb_screen *screen)
{
    fprintf(screen->stream, "\nExit codes (the first that applies):\n");
    for (int i = 0; i < dlb_exit_count(); i++) {
        fprintf(screen->stream, "  %4d  ", (int)dlb_exit_rows[i].code);
        dlb_print_wrapped(screen->stream, dlb_exit_rows[i].meaning, 8, limit_of(screen));
    }
}

void dlb_help_overview(const struct dlb_screen *screen)
{
    FILE *stream = screen->stream;
    fprintf(stream, "dlbench: how fast does each processor here run deep learning?\n\n"
                    "Usage: dlbench <command> [options]\n\n");
    for (const struct dlb_command *const *at = dlb_commands; *at != NULL; at++) {
        const struct dlb_command *command = *at;
        if (!command->hidden) {
            fprintf(stream, "  %-12s", command->name);
            dlb_print_wrapped(stream, command->summary, 14, limit_of(screen));
        }
    }
    print_options(dlb_global_options, screen);
    fprintf(stream, "\nThese, and --format and -o where a command has them, may stand before the "
                    "command too.\n");
    print_exit_codes(screen);
    fprintf(stream, "\nStart here:\n"
                    "  dlbench run                    measure every device with the suite 'quick'\n"
                    "  dlbench run -w gemm -p m=512   one problem on every device\n"
                    "  dlbench doctor                 is this machine fit for measuring?\n"
                    "  dlbench help run               all options of a command\n");
}
