/* command_schema.c: `dlbench schema`: the JSON Schemas of the files that dlbench writes. */
#include <string.h>

#include "bench/cli/command.h"
#include "bench/store/baseline.h"
#include "bench/store/result.h"

static const struct {
    const char *name, *text;
} schemas[] = {{"result", dlb_result_schema_text}, {"baseline", dlb_baseline_schema_text}};

static int run(struct dlb_cli *cli, void *target)
{
    (void)target;
    const struct dlb_texts *arguments = &cli->parser.arguments;
    const char *name = arguments->count > 0 ? arguments->items[0] : "result";
    for (size_t i = 0; i < DLB_ARRAY_COUNT(schemas); i++) {
        if (strcmp(name, schemas[i].name) == 0) {
            fputs(schemas[i].text, cli->out.stream);
            return DLB_EXIT_OK;
        }
    }
    return dlb_cli_fail(cli, DLB_INVALID, "there is no schema '%.80s'; there is: result, baseline",
                        name);
}

const struct dlb_command dlb_command_schema = {
    .name = "schema",
    .summary = "print the JSON Schema of result or baseline files",
    .arguments = "[result|baseline]",
    .argument_words = "result baseline",
    .arguments_max = 1,
    .run = run,
};
