/* main.c: the table of commands, and the way of one command line: parse, run, say the reason, flush, exit.
 *
 * This file and bench/run/worker.c are the only ones that end the process. Each command is a file of its own
 * (command_NAME.c); what it gets is in command.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/log.h"
#include "bench/base/text.h"
#include "bench/cli/command.h"
#include "bench/cli/help.h"
#include "bench/cli/suggest.h"

const struct dlb_command *const dlb_commands[] = {
    &dlb_command_run,      &dlb_command_check,   &dlb_command_list,
    &dlb_command_describe, &dlb_command_doctor,  &dlb_command_export,
    &dlb_command_compare,  &dlb_command_report,  &dlb_command_plot,
    &dlb_command_baseline, &dlb_command_catalog, &dlb_command_choose,
    &dlb_command_roofline, &dlb_command_history, &dlb_command_selftest,
    &dlb_command_schema,   &dlb_command_version, &dlb_command_completion,
    &dlb_command_help,     &dlb_command_worker,  NULL,
};

/* Options of many commands that may stand before the command, too; they are handed on to it. */
struct early {
    const char *format, *output;
};

static const struct dlb_option early_options[] = {
    {.name = "format",
     .kind = DLB_OPTION_TEXT,
     .argument = "NAME",
     .offset = offsetof(struct early, format)},
    {.name = "output",
     .letter = 'o',
     .kind = DLB_OPTION_TEXT,
     .argument = "FILE",
     .offset = offsetof(struct early, output)},
    {.name = NULL},
};

/* A program started with a standard stream closed would open its result file as "stdout". */
static void open_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
            (void)!open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
        }
    }
}

static void find_program(const char *name, char *path, size_t size)
{
    const ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length > 0) {
        path[length] = '\0';
    } else {
        snprintf(path, size, "%s", name);
    }
}

/* `doctor --json` prints; `check --json FILE` writes a file, and says nothing of the screen. */
static bool prints_json(const struct dlb_cli *cli)
{
    const struct dlb_option *row =
        cli->command != NULL ? dlb_option_find(cli->command->options, "json") : NULL;
    return row == NULL || row->kind == DLB_OPTION_FLAG;
}

/* The format that was asked for, wherever: as far as the options were understood, else by the look of the arguments,
 * because an error inside them still owes a document to whoever asked for one. */
static const char *wanted_format(const struct dlb_cli *cli)
{
    if (dlb_parser_source(&cli->parser, "format") > DLB_SOURCE_DEFAULT) {
        return dlb_parser_text(&cli->parser, "format");
    }
    for (int i = 1; i < cli->argc && strcmp(cli->argv[i], "--") != 0; i++) {
        if (strcmp(cli->argv[i], "--json") == 0 && prints_json(cli)) {
            return "json";
        }
        if (strncmp(cli->argv[i], "--format=", 9) == 0) {
            return cli->argv[i] + 9;
        }
        if (strcmp(cli->argv[i], "--format") == 0 && i + 1 < cli->argc) {
            return cli->argv[i + 1];
        }
    }
    return "text";
}

/* What a reader of JSON or of JSON lines gets in place of results. */
static void print_error_document(struct dlb_cli *cli, int code)
{
    const char *format = wanted_format(cli);
    if (strcmp(format, "json") == 0) {
        dlb_cli_print_json(cli, NULL, code);
    } else if (strcmp(format, "jsonl") == 0) {
        json_t *line = json_pack("{s:s, s:i, s:o}", "type", "error", "exit_code", code, "reason",
                                 dlb_json_text(cli->why.text));
        json_dumpf(line, cli->out.stream, JSON_COMPACT | JSON_PRESERVE_ORDER);
        fputc('\n', cli->out.stream);
        json_decref(line);
    }
}

static enum dlb_status check_arguments(int argc, char *const *argv, struct dlb_why *why)
{
    for (int i = 1; i < argc; i++) {
        if (!dlb_text_is_utf8(argv[i])) {
            return dlb_fail(why, DLB_INVALID, "argument %d is not valid UTF-8", i);
        }
    }
    return DLB_OK;
}

static bool known_elsewhere(const char *name)
{
    for (const struct dlb_command *const *at = dlb_commands; *at != NULL; at++) {
        const struct dlb_command *command = *at;
        if (dlb_option_find(command->options, name) != NULL) {
            return true;
        }
    }
    return false;
}

static const struct dlb_command *choose_command(struct dlb_cli *cli, const char *name)
{
    const struct dlb_command *command = dlb_command_find(name);
    if (command != NULL) {
        return command;
    }
    const char *names[32];
    size_t count = 0;
    for (const struct dlb_command *const *at = dlb_commands; *at != NULL; at++) {
        const struct dlb_command *c = *at;
        if (!c->hidden && count + 1 < DLB_ARRAY_COUNT(names)) {
            names[count++] = c->name;
        }
    }
    names[count] = NULL;
    dlb_fail(&cli->why, DLB_INVALID, "unknown command '%.80s'%s; dlbench help lists the commands",
             name, dlb_suggest(name, names).text);
    return NULL;
}

static enum dlb_status apply_global(struct dlb_cli *cli)
{
    const struct dlb_global *global = &cli->global;
    if (global->quiet && global->verbose > 0) {
        return dlb_fail(&cli->why, DLB_INVALID, "--quiet and --verbose contradict each other");
    }
    dlb_log_set_level(global->quiet          ? DLB_LOG_ERROR
                      : global->verbose == 0 ? DLB_LOG_WARNING
                      : global->verbose == 1 ? DLB_LOG_INFO
                                             : DLB_LOG_DEBUG);
    dlb_screen_read(stdout, (enum dlb_color)global->color, &cli->out);
    dlb_screen_read(stderr, (enum dlb_color)global->color, &cli->err);
    cli->global.seed_given = dlb_parser_source(&cli->parser, "seed") != DLB_SOURCE_NONE;
    return DLB_OK;
}

static enum dlb_status check_count(struct dlb_cli *cli, const struct dlb_command *command)
{
    const struct dlb_texts *arguments = &cli->parser.arguments;
    if (arguments->count > command->arguments_max) {
        return dlb_fail(&cli->why, DLB_INVALID, "dlbench %s %s%s, found '%.80s'", command->name,
                        command->arguments_max == 0 ? "takes no arguments" : "takes only ",
                        command->arguments, arguments->items[command->arguments_max]);
    }
    if (arguments->count < command->arguments_min) {
        return dlb_fail(&cli->why, DLB_INVALID, "dlbench %s wants %s; see dlbench help %s",
                        command->name, command->arguments, command->name);
    }
    return DLB_OK;
}

static enum dlb_status hand_on(struct dlb_cli *cli, const struct dlb_command *command)
{
    const char *const texts[] = {cli->early_format, cli->early_output};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(texts); i++) {
        const char *name = early_options[i].name;
        if (texts[i] == NULL) {
            continue;
        }
        if (dlb_option_find(command->options, name) == NULL) {
            return dlb_fail(&cli->why, DLB_INVALID, "dlbench %s has no option --%s", command->name,
                            name);
        }
        const enum dlb_status status =
            dlb_parser_set(&cli->parser, name, texts[i], DLB_SOURCE_COMMAND_LINE, &cli->why);
        if (status != DLB_OK) {
            return status;
        }
    }
    return DLB_OK;
}

/* Options of the command behind its name; then the configuration, which stands below them. */
static enum dlb_status parse_command(struct dlb_cli *cli, const struct dlb_command *command,
                                     void *target, int count, char *const *arguments)
{
    int used = 0;
    enum dlb_status status = DLB_OK;
    if (command->options != NULL) {
        status = dlb_parser_add(&cli->parser, command->options, target, &cli->why);
    }
    if (status == DLB_OK) {
        status = hand_on(cli, command);
    }
    if (status == DLB_OK) {
        status = dlb_parser_arguments(&cli->parser, count, arguments, false, &used, &cli->why);
    }
    if (cli->global.config != NULL) { /* also behind an error: it may ask for a JSON document */
        struct dlb_why second = {""};
        const enum dlb_status read =
            dlb_parser_config(&cli->parser, cli->global.config, known_elsewhere,
                              status == DLB_OK ? &cli->why : &second);
        status = status == DLB_OK ? read : status;
    }
    if (status == DLB_OK) {
        status = apply_global(cli);
    }
    return status;
}

static int run_command(struct dlb_cli *cli, const struct dlb_command *command, int count,
                       char *const *arguments)
{
    cli->command = command;
    void *target = calloc(1, command->target_size > 0 ? command->target_size : 1);
    if (target == NULL) {
        return dlb_cli_fail(cli, DLB_NO_MEMORY, "no memory to start");
    }
    enum dlb_status status = parse_command(cli, command, target, count, arguments);
    int code = dlb_exit_from_status(status);
    if (status == DLB_OK && cli->global.help) {
        dlb_help_command(command, &cli->out);
    } else if (status == DLB_OK) {
        status = check_count(cli, command);
        code = status == DLB_OK ? command->run(cli, target) : dlb_exit_from_status(status);
    }
    free(target);
    return code;
}

/* What stands before the command: global options, and those that are handed on. */
static enum dlb_status parse_leading(struct dlb_cli *cli, int *used)
{
    struct early early = {NULL, NULL};
    enum dlb_status status = dlb_parser_add(&cli->parser, early_options, &early, &cli->why);
    if (status == DLB_OK) {
        status =
            dlb_parser_arguments(&cli->parser, cli->argc - 1, cli->argv + 1, true, used, &cli->why);
    }
    dlb_parser_drop(&cli->parser);
    cli->early_format = early.format;
    cli->early_output = early.output;
    return status;
}

static int dispatch(struct dlb_cli *cli)
{
    int used = 0;
    enum dlb_status status = check_arguments(cli->argc, cli->argv, &cli->why);
    if (status == DLB_OK) {
        status = dlb_parser_add(&cli->parser, dlb_global_options, &cli->global, &cli->why);
    }
    if (status == DLB_OK && cli->argc == 2 && strcmp(cli->argv[1], "--version") == 0) {
        return run_command(cli, &dlb_command_version, 0, NULL);
    }
    if (status == DLB_OK) {
        status = parse_leading(cli, &used);
    }
    if (status != DLB_OK) {
        return dlb_exit_from_status(status);
    }
    if (used + 1 >= cli->argc) {
        status = apply_global(cli);
        if (status == DLB_OK) {
            dlb_help_overview(&cli->out);
        }
        return dlb_exit_from_status(status);
    }
    const struct dlb_command *command = choose_command(cli, cli->argv[used + 1]);
    if (command == NULL) {
        return DLB_EXIT_USAGE;
    }
    return run_command(cli, command, cli->argc - used - 2, cli->argv + used + 2);
}

/* One line whatever the text holds. */
static void say_reason(struct dlb_cli *cli)
{
    for (char *c = cli->why.text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
    dlb_log(DLB_LOG_ERROR, "%s", cli->why.text);
}

/* A reader who has gone (EPIPE) is no error; a full disk behind stdout is. */
static int flush_output(int code)
{
    errno = 0;
    const bool failed = fflush(stdout) != 0 || ferror(stdout) != 0;
    if (failed && errno != EPIPE && errno != 0 && code != DLB_EXIT_IO) {
        dlb_log(DLB_LOG_ERROR, "cannot write to standard output: %s", strerror(errno));
        return dlb_exit_stronger(code, DLB_EXIT_IO);
    }
    return code;
}

int main(int argc, char **argv)
{
    struct dlb_cli cli = {.argc = argc, .argv = argv};
    open_standard_streams();
    signal(SIGPIPE, SIG_IGN);
    /* A limit on the size of files is an error like a full disk, not the end. */
    signal(SIGXFSZ, SIG_IGN);
    find_program(argc > 0 ? argv[0] : "dlbench", cli.program, sizeof cli.program);
    dlb_screen_read(stdout, DLB_COLOR_AUTO, &cli.out);
    dlb_screen_read(stderr, DLB_COLOR_AUTO, &cli.err);
    int code = dispatch(&cli);
    if (code != DLB_EXIT_OK && cli.why.text[0] != '\0') {
        say_reason(&cli);
    }
    if (code != DLB_EXIT_OK && !cli.printed_json) {
        print_error_document(&cli, code);
    }
    code = flush_output(code);
    dlb_parser_free(&cli.parser);
    return code;
}
