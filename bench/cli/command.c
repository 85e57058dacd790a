/* command.c: the table of commands, the global options, and how a command answers. */
#include "bench/cli/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"

const struct dlb_option dlb_global_options[] = {
    {.name = "quiet",
     .letter = 'q',
     .kind = DLB_OPTION_FLAG,
     .group = "Everywhere",
     .help = "only errors on the screen",
     .offset = offsetof(struct dlb_global, quiet)},
    {.name = "verbose",
     .letter = 'v',
     .kind = DLB_OPTION_COUNT,
     .group = "Everywhere",
     .help = "tell more; twice: tell everything",
     .offset = offsetof(struct dlb_global, verbose)},
    {.name = "color",
     .kind = DLB_OPTION_CHOICE,
     .argument = "WHEN",
     .default_text = "auto",
     .choices = "auto always never",
     .group = "Everywhere",
     .help = "colour: auto (a terminal, without NO_COLOR), always, never",
     .offset = offsetof(struct dlb_global, color)},
    {.name = "config",
     .kind = DLB_OPTION_TEXT,
     .argument = "FILE",
     .group = "Everywhere",
     .help = "JSON object of option names and values, below the command line",
     .completion = DLB_COMPLETE_FILE,
     .offset = offsetof(struct dlb_global, config)},
    {.name = "seed",
     .kind = DLB_OPTION_SEED,
     .argument = "N",
     .group = "Everywhere",
     .help = "seed of inputs and order; a new one for each run unless given",
     .offset = offsetof(struct dlb_global, seed)},
    {.name = "help",
     .letter = 'h',
     .kind = DLB_OPTION_FLAG,
     .group = "Everywhere",
     .help = "help on the command",
     .offset = offsetof(struct dlb_global, help)},
    {.name = NULL},
};

const struct dlb_command *dlb_command_find(const char *name)
{
    for (const struct dlb_command *const *at = dlb_commands; *at != NULL; at++) {
        const struct dlb_command *command = *at;
        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }
    return NULL;
}

json_t *dlb_json_text(const char *text)
{
    json_t *json = json_string(text);
    if (json != NULL) {
        return json;
    }
    char mended[1024];
    size_t length = 0;
    for (; length < sizeof mended - 1 && text[length] != '\0'; length++) {
        mended[length] = (unsigned char)text[length] < 0x80 ? text[length] : '?';
    }
    mended[length] = '\0';
    return json_string(mended);
}

void dlb_cli_print_json(struct dlb_cli *cli, json_t *document, int code)
{
    if (document == NULL) {
        document = json_object();
    }
    json_object_set_new(document, "exit_code", json_integer(code));
    json_object_set_new(document, "reason", dlb_json_text(cli->why.text));
    json_dumpf(document, cli->out.stream, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    fputc('\n', cli->out.stream);
    json_decref(document);
    cli->printed_json = true;
}

int dlb_cli_fail(struct dlb_cli *cli, enum dlb_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(cli->why.text, sizeof cli->why.text, format, arguments);
    va_end(arguments);
    return dlb_exit_from_status(status);
}
