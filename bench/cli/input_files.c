/* input_files.c: labels of result files, and reading them. For the commands that take several: compare, report, plot. */
#include "bench/cli/input_files.h"

#include <limits.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/base/text.h"
#include "bench/store/replace.h"
#include "bench/store/result_join.h"

static bool exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

/* "label=file", unless a file of that whole name exists. */
static enum dlb_status split(struct dlb_parser *parser, const char *argument,
                             struct dlb_comparison_source *source, struct dlb_why *why)
{
    const char *equals = strchr(argument, '=');
    source->path = argument;
    source->label = NULL;
    if (equals == NULL || exists(argument))
        return DLB_OK;
    if (equals == argument || equals[1] == '\0')
        return dlb_fail(why, DLB_INVALID, "a file is FILE or LABEL=FILE, found '%.200s'", argument);
    char *label = strndup(argument, (size_t)(equals - argument));
    const char *kept = label != NULL ? dlb_parser_keep(parser, label) : NULL;
    free(label);
    if (kept == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the labels");
    source->label = kept;
    source->path = equals + 1;
    return DLB_OK;
}

static bool is_taken(const struct dlb_inputs *inputs, const char *label, int except)
{
    for (int i = 0; i < inputs->count; i++)
        if (i != except && inputs->sources[i].label != NULL &&
            strcmp(inputs->sources[i].label, label) == 0)
            return true;
    return false;
}

/* The name of a file without its folder, where no other file has it; else the path; else with a number behind it. */
static const char *name_of(struct dlb_parser *parser, const struct dlb_inputs *inputs, int index)
{
    const char *path = inputs->sources[index].path;
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 : path;
    bool same = is_taken(inputs, name, index);
    for (int i = 0; i < inputs->count && !same; i++) {
        const char *other = strrchr(inputs->sources[i].path, '/');
        other = other != NULL ? other + 1 : inputs->sources[i].path;
        same = i != index && strcmp(other, name) == 0;
    }
    if (!same)
        return name;
    if (!is_taken(inputs, path, index))
        return path;
    struct dlb_text text = {0};
    const char *kept = NULL;
    for (int i = 2; kept == NULL; i++) {
        dlb_text_clear(&text);
        dlb_text_format(&text, "%s (%d)", path, i);
        if (text.failed)
            break;
        if (!is_taken(inputs, text.data, index))
            kept = dlb_parser_keep(parser, text.data);
    }
    dlb_text_free(&text);
    return kept;
}

enum dlb_status dlb_inputs_name(struct dlb_cli *cli, struct dlb_inputs *inputs)
{
    const size_t count = (size_t)cli->parser.arguments.count;
    enum dlb_status status = DLB_OK;
    inputs->sources = calloc(count, sizeof *inputs->sources);
    inputs->results = calloc(count, sizeof *inputs->results);
    if (inputs->sources == NULL || inputs->results == NULL)
        return dlb_fail(&cli->why, DLB_NO_MEMORY, "no memory to start");
    inputs->count = (int)count;
    for (int i = 0; i < inputs->count && status == DLB_OK; i++)
        status =
            split(&cli->parser, cli->parser.arguments.items[i], &inputs->sources[i], &cli->why);
    if (status != DLB_OK)
        return status;
    for (int i = 0; i < inputs->count; i++)
        if (inputs->sources[i].label != NULL && is_taken(inputs, inputs->sources[i].label, i))
            return dlb_fail(&cli->why, DLB_INVALID,
                            "two files are called '%.100s'; give each a label of its own",
                            inputs->sources[i].label);
    for (int i = 0; i < inputs->count; i++) {
        if (inputs->sources[i].label == NULL)
            inputs->sources[i].label = name_of(&cli->parser, inputs, i);
        if (inputs->sources[i].label == NULL)
            return dlb_fail(&cli->why, DLB_NO_MEMORY, "no memory for the labels");
    }
    return DLB_OK;
}

/* A file of 10,000 records makes millions of small pieces of memory, which go all at once. Without bins that put pieces aside unjoined, giving them back
 * takes a third of the time; and what will be asked for again is not given to the system in between. */
static void prepare_memory(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_MXFAST, 0);
    (void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
#endif
}

int dlb_inputs_load(struct dlb_cli *cli, const char *output, struct dlb_inputs *inputs)
{
    prepare_memory();
    for (int i = 0; i < inputs->count; i++) {
        const char *path = inputs->sources[i].path;
        if (output != NULL && dlb_path_same(path, output))
            return dlb_cli_fail(cli, DLB_INVALID, "'%.200s' is both the input and the output",
                                path);
        const enum dlb_status status = dlb_result_load(path, &inputs->results[i], &cli->why);
        if (status != DLB_OK)
            return status == DLB_NO_MEMORY ? DLB_EXIT_FAILED : DLB_EXIT_IO;
        inputs->sources[i].result = &inputs->results[i];
        inputs->loaded++;
    }
    return DLB_EXIT_OK;
}

enum dlb_status dlb_inputs_join(struct dlb_inputs *inputs, struct dlb_result *joined,
                                struct dlb_why *why)
{
    const char **labels = calloc((size_t)inputs->count + 1, sizeof *labels);
    if (labels == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory to join the files");
    for (int i = 0; i < inputs->count; i++)
        labels[i] = inputs->sources[i].label;
    const enum dlb_status status =
        dlb_result_join(inputs->results, labels, inputs->count, joined, why);
    free(labels);
    return status;
}

void dlb_inputs_free(struct dlb_inputs *inputs)
{
    for (int i = 0; i < inputs->loaded; i++)
        dlb_result_free(&inputs->results[i]);
    free(inputs->results);
    free(inputs->sources);
    *inputs = (struct dlb_inputs){0};
}
