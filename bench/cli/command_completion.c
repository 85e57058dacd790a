/* command_completion.c: `dlbench completion SHELL`: prints a completion script for the shell. */
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/cli/help.h"

static const struct dlb_command_example examples[] = {
    {"source <(dlbench completion bash)",
     "complete in this bash; put it into ~/.bashrc to keep it"},
    {"dlbench completion fish | source", "the same in fish"},
    {NULL, NULL},
};

static int run(struct dlb_cli *cli, void *target)
{
    (void)target;
    static const struct {
        const char *name;
        enum dlb_shell shell;
    } shells[] = {{"bash", DLB_SHELL_BASH}, {"zsh", DLB_SHELL_ZSH}, {"fish", DLB_SHELL_FISH}};
    const char *name = cli->parser.arguments.items[0];
    for (size_t i = 0; i < DLB_ARRAY_COUNT(shells); i++) {
        if (strcmp(shells[i].name, name) == 0) {
            dlb_completion_print(shells[i].shell, cli->out.stream);
            return DLB_EXIT_OK;
        }
    }
    return dlb_cli_fail(cli, DLB_INVALID, "no completion for '%.80s'; there are: bash, zsh, fish",
                        name);
}

const struct dlb_command dlb_command_completion = {
    .name = "completion",
    .summary = "print shell completion for bash, zsh or fish",
    .arguments = "bash|zsh|fish",
    .argument_words = "bash zsh fish",
    .arguments_min = 1,
    .arguments_max = 1,
    .examples = examples,
    .run = run,
};
