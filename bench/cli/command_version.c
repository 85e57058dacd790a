/* command_version.c: `dlbench version`: what was built from what, and which backends it finds. */
#include <stdlib.h>

#include "bench/cli/command.h"
#include "bench/cli/devices.h"
#include "bench/cli/tool.h"

struct version_options {
    int format;
    bool json;
};

static const struct dlb_option options[] = {
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = DLB_FORMATS_PLAIN,
     .group = "Output",
     .help = "text or json",
     .offset = offsetof(struct version_options, format)},
    {.name = "json",
     .kind = DLB_OPTION_FLAG,
     .group = "Output",
     .help = "the same as --format json",
     .offset = offsetof(struct version_options, json)},
    {.name = NULL},
};

static void print_text(const struct dlb_cli *cli, json_t *tool)
{
    FILE *stream = cli->out.stream;
    size_t index;
    json_t *backend;
    fprintf(stream, "dlbench %s (%s)\n", json_string_value(json_object_get(tool, "version")),
            json_string_value(json_object_get(tool, "git")));
    fprintf(stream,
            "built with %s: %s\nbackends:", json_string_value(json_object_get(tool, "compiler")),
            json_string_value(json_object_get(tool, "flags")));
    json_array_foreach(json_object_get(tool, "backends"), index, backend)
    {
        fprintf(stream, " %s", json_string_value(backend));
    }
    fputc('\n', stream);
}

static int run(struct dlb_cli *cli, void *target)
{
    const struct version_options *wanted = target;
    struct dlb_devices devices = {0};
    const enum dlb_status status = dlb_devices_open(&devices, &cli->why);
    if (status != DLB_OK) {
        return dlb_exit_from_status(status);
    }
    json_t *tool = dlb_tool_to_json(devices.registry);
    if (wanted->json || wanted->format == DLB_PLAIN_JSON) {
        dlb_cli_print_json(cli, tool, DLB_EXIT_OK);
    } else {
        print_text(cli, tool);
        json_decref(tool);
    }
    dlb_devices_close(&devices);
    return DLB_EXIT_OK;
}

const struct dlb_command dlb_command_version = {
    .name = "version",
    .summary = "version, build and backends",
    .arguments = "",
    .options = options,
    .target_size = sizeof(struct version_options),
    .run = run,
};
