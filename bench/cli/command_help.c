/* command_help.c: `dlbench help [COMMAND]`, and the man page for packagers. */
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/help.h"
#include "bench/cli/suggest.h"

struct help_options {
    bool man;
};

static const struct dlb_option options[] = {
    {.name = "man",
     .kind = DLB_OPTION_FLAG,
     .group = "Output",
     .help = "print the manual page in roff",
     .hidden = true,
     .offset = offsetof(struct help_options, man)},
    {.name = NULL},
};

static int run(struct dlb_cli *cli, void *target)
{
    const struct help_options *wanted = target;
    if (wanted->man) {
        dlb_help_man(cli->out.stream);
        return DLB_EXIT_OK;
    }
    if (cli->parser.arguments.count == 0) {
        dlb_help_overview(&cli->out);
        return DLB_EXIT_OK;
    }
    const char *name = cli->parser.arguments.items[0];
    const struct dlb_command *command = dlb_command_find(name);
    if (command == NULL || command->hidden) {
        const char *names[32];
        size_t count = 0;
        for (const struct dlb_command *const *at = dlb_commands; *at != NULL; at++) {
            const struct dlb_command *c = *at;
            if (!c->hidden && count + 1 < DLB_ARRAY_COUNT(names)) {
                names[count++] = c->name;
            }
        }
        names[count] = NULL;
        return dlb_cli_fail(cli, DLB_INVALID,
                            "no help on '%.80s'%s; dlbench help lists the commands", name,
                            dlb_suggest(name, names).text);
    }
    dlb_help_command(command, &cli->out);
    return DLB_EXIT_OK;
}

const struct dlb_command dlb_command_help = {
    .name = "help",
    .summary = "help on dlbench or on one command",
    .arguments = "[COMMAND]",
    .argument_words = "run list describe doctor export selftest schema version completion",
    .arguments_max = 1,
    .options = options,
    .target_size = sizeof(struct help_options),
    .run = run,
};
