/* command_schema.c: `dlbench schema`: the JSON Schema of the files that dlbench writes. */
#include <string.h>

#include "bench/cli/command.h"
#include "bench/store/result.h"

static int run(struct dlb_cli *cli, void *target)
{
    (void)target;
    const struct dlb_texts *arguments = &cli->parser.arguments;
    if (arguments->count > 0 && strcmp(arguments->items[0], "result") != 0) {
        return dlb_cli_fail(cli, DLB_INVALID, "there is no schema '%.80s'; there is: result",
                            arguments->items[0]);
    }
    fputs(dlb_result_schema_text, cli->out.stream);
    return DLB_EXIT_OK;
}

const struct dlb_command dlb_command_schema = {
    .name = "schema",
    .summary = "print the JSON Schema of result files",
    .arguments = "[result]",
    .argument_words = "result",
    .arguments_max = 1,
    .run = run,
};
