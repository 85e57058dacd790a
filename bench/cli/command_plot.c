/* command_plot.c: `dlbench plot KIND FILE...`: pictures of results, as files or as letters on the screen.
 *
 * Here are options, kinds and inputs; where pictures go is in plot_output.c, what one shows in reports/plots/plot_KIND.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/base/log.h"
#include "bench/cli/command.h"
#include "bench/cli/input_files.h"
#include "bench/cli/overlay.h"
#include "bench/cli/plot_output.h"
#include "bench/cli/plot_trend.h"
#include "bench/cli/suggest.h"

#define MOST_KINDS 16

struct plot_options {
    const char *output, *base, *overlay, *db;
    int format; /* index into formats[] */
    bool emit_gp;
    struct dlb_texts workloads, devices;
};

enum wanted_format { WANTED_AUTO, WANTED_SVG, WANTED_PNG, WANTED_PDF, WANTED_TEXT };

#define OVERLAY_GROUP "What to draw"
#define AT(field)     .offset = offsetof(struct plot_options, field)

static const struct dlb_option options[] = {
    {.name = "base",
     .kind = DLB_OPTION_TEXT,
     .argument = "DEVICE",
     .group = "What to draw",
     .help = "speed: relative to this device instead of rates",
     .completion = DLB_COMPLETE_DEVICES,
     AT(base)},
#include "bench/cli/overlay_option.def"
    {.name = "workload",
     .letter = 'w',
     .kind = DLB_OPTION_TEXTS,
     .argument = "GLOB",
     .group = "What to draw",
     .help = "only cases whose workload, problem or label is meant",
     .completion = DLB_COMPLETE_WORKLOADS,
     AT(workloads)},
    {.name = "device",
     .letter = 'd',
     .kind = DLB_OPTION_TEXTS,
     .argument = "GLOB",
     .group = "What to draw",
     .help = "only cases of these devices",
     .completion = DLB_COMPLETE_DEVICES,
     AT(devices)},
    {.name = "db",
     .kind = DLB_OPTION_TEXT,
     .argument = "FILE",
     .group = "What to draw",
     .help = "history: the database; the usual one unless given",
     .completion = DLB_COMPLETE_FILE,
     AT(db)},
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "auto",
     .choices = "auto svg png pdf text",
     .group = "Output",
     .help = "svg, png, pdf or text; auto: by the name of the file, text without one",
     AT(format)},
    {.name = "emit-gp",
     .kind = DLB_OPTION_FLAG,
     .group = "Output",
     .help = "keep script and data as FILE.gp beside each picture; without -o print them",
     AT(emit_gp)},
    {.name = "output",
     .letter = 'o',
     .kind = DLB_OPTION_TEXT,
     .argument = "FILE",
     .group = "Output",
     .help = "write the picture to FILE, or, where it is a folder and for `all`, into it",
     .completion = DLB_COMPLETE_FILE,
     AT(output)},
    {.name = NULL},
};
#undef AT
#undef OVERLAY_GROUP

static const struct dlb_command_example examples[] = {
    {"dlbench plot speed results/r.json", "a preview in the terminal"},
    {"dlbench plot speed results/r.json --base onednn:0 -o speed.svg", "relative to a device"},
    {"dlbench plot all results/r.json -o plots --format png", "whatever the file has data for"},
    {"dlbench plot heatmap old=a.json new=b.json -o h.pdf --emit-gp",
     "two runs, and the script to change by hand"},
    {"dlbench plot history -w 'gemm*' -o h.svg", "months of sessions, with their steps"},
    {NULL, NULL},
};

/* ---- which kinds ---- */

static const struct dlb_plot_kind *find_kind(struct dlb_cli *cli, const char *name)
{
    const char *names[MOST_KINDS + 2];
    size_t count = 0;
    struct dlb_text list = {0};
    const struct dlb_plot_kind *kind = dlb_plot_find(name);
    if (kind != NULL)
        return kind;
    for (kind = dlb_plot_kinds; kind->name != NULL && count < MOST_KINDS; kind++) {
        names[count++] = kind->name;
        dlb_text_format(&list, "%s, ", kind->name);
    }
    names[count++] = "all";
    names[count] = NULL;
    dlb_fail(&cli->why, DLB_INVALID, "there is no plot '%.80s'%s; there are: %sall", name,
             dlb_suggest(name, names).text, list.data != NULL ? list.data : "");
    dlb_text_free(&list);
    return NULL;
}

/* ---- format and place ---- */

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool ends_in(const char *path, const char *extension)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL && strcmp(dot + 1, extension) == 0;
}

/* The format that was named, else the one of the file's name. */
static enum dlb_status choose_format(struct dlb_plot_drawing *drawing,
                                     const struct plot_options *wanted)
{
    const char *output = drawing->output;
    if (wanted->format != WANTED_AUTO) {
        drawing->format = (enum dlb_plot_format)(wanted->format - WANTED_SVG);
        return DLB_OK;
    }
    drawing->format = output == NULL ? DLB_PLOT_TERMINAL : DLB_PLOT_SVG;
    if (output == NULL || drawing->folder)
        return DLB_OK;
    for (int i = 0; i < DLB_PLOT_FORMATS; i++)
        if (ends_in(output, dlb_plot_format_extension((enum dlb_plot_format)i))) {
            drawing->format = (enum dlb_plot_format)i;
            return DLB_OK;
        }
    return dlb_fail(&drawing->cli->why, DLB_INVALID,
                    "'%.200s' ends in none of .svg, .png, .pdf, .txt; name one, or --format",
                    output);
}

/* The folder of `all` is made when only it itself is missing. */
static enum dlb_status prepare_place(struct dlb_plot_drawing *drawing, bool all)
{
    const char *output = drawing->output;
    if (output == NULL)
        return DLB_OK;
    if (all && mkdir(output, 0777) != 0 && errno != EEXIST)
        return dlb_fail(&drawing->cli->why, DLB_IO, "cannot make the folder %.200s: %s", output,
                        strerror(errno));
    drawing->folder = is_folder(output);
    if (all && !drawing->folder)
        return dlb_fail(&drawing->cli->why, DLB_IO,
                        "-o wants a folder for all plots, but '%.200s' is a file", output);
    return DLB_OK;
}

/* ---- kinds to pictures ---- */

/* Adds the pictures of a kind; that it has nothing to draw is told, and fails only when it was asked for by name. */
static enum dlb_status build(struct dlb_plot_drawing *drawing, const struct dlb_plot_kind *kind,
                             bool all, const struct dlb_plot_input *input, struct dlb_plots *plots)
{
    struct dlb_why why = {""};
    const enum dlb_status status = kind->build(input, plots, &why);
    if (status == DLB_UNAVAILABLE && all) {
        dlb_log(DLB_LOG_INFO, "no %s plot: %s", kind->name, why.text);
        return DLB_OK;
    }
    if (status != DLB_OK)
        return dlb_fail(&drawing->cli->why, status, "no %s plot: %s", kind->name, why.text);
    return DLB_OK;
}

/* That there is nothing to draw is no failure of a device. */
static int exit_code(enum dlb_status status)
{
    return status == DLB_UNAVAILABLE ? DLB_EXIT_NOTHING : dlb_exit_from_status(status);
}

static int draw(struct dlb_plot_drawing *drawing, const struct dlb_plot_kind *only,
                const struct dlb_plot_input *input)
{
    struct dlb_cli *cli = drawing->cli;
    struct dlb_plots plots = {0};
    enum dlb_status status = DLB_OK;
    for (const struct dlb_plot_kind *kind = dlb_plot_kinds; kind->name != NULL && status == DLB_OK;
         kind++)
        if (only == NULL || only == kind)
            status = build(drawing, kind, only == NULL, input, &plots);
    if (status == DLB_OK && plots.count == 0)
        status = dlb_fail(&cli->why, DLB_UNAVAILABLE,
                          "nothing in the file can be drawn: no case has a time");
    if (status == DLB_OK)
        status = drawing->output != NULL ? dlb_plot_draw_files(drawing, &plots)
                                         : dlb_plot_draw_screen(drawing, &plots);
    dlb_plots_free(&plots);
    if (status != DLB_OK)
        return exit_code(status);
    return drawing->failed > 0 ? DLB_EXIT_IO : DLB_EXIT_OK;
}

/* ---- what of the file ---- */

static bool is_meant(const struct dlb_record *record, const struct plot_options *wanted)
{
    bool workload = wanted->workloads.count == 0;
    bool device = wanted->devices.count == 0;
    for (int i = 0; i < wanted->workloads.count && !workload; i++) {
        const char *pattern = wanted->workloads.items[i];
        workload = dlb_text_glob(pattern, record->workload) ||
                   dlb_text_glob(pattern, record->problem) || dlb_text_glob(pattern, record->label);
    }
    for (int i = 0; i < wanted->devices.count && !device; i++) {
        const char *pattern = wanted->devices.items[i];
        const size_t length = strcspn(record->device, ":");
        device = dlb_text_glob(pattern, record->device) ||
                 (strlen(pattern) == length && strncmp(pattern, record->device, length) == 0);
    }
    return workload && device;
}

static enum dlb_status narrow(struct dlb_result *result, const struct plot_options *wanted,
                              struct dlb_why *why)
{
    int kept = 0;
    const int before = result->record_count;
    for (int i = 0; i < before; i++) {
        if (!is_meant(&result->records[i], wanted)) {
            dlb_record_free(&result->records[i]);
            continue;
        }
        if (kept != i)
            result->records[kept] = result->records[i];
        kept++;
    }
    result->record_count = kept;
    if (kept == 0 && before > 0)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "none of the %d cases is meant by --workload and --device", before);
    return DLB_OK;
}

/* The files behind the name of the kind, read and joined. */
static int read_inputs(struct dlb_cli *cli, const struct plot_options *wanted,
                       struct dlb_inputs *inputs, struct dlb_result *joined)
{
    struct dlb_texts *arguments = &cli->parser.arguments;
    arguments->items++;
    arguments->count--;
    enum dlb_status status = dlb_inputs_name(cli, inputs);
    arguments->items--;
    arguments->count++;
    if (status != DLB_OK)
        return dlb_exit_from_status(status);
    const int code = dlb_inputs_load(cli, wanted->output, inputs);
    if (code != DLB_EXIT_OK)
        return code;
    return dlb_exit_from_status(dlb_inputs_join(inputs, joined, &cli->why));
}

/* Place and format, then what is drawn beside and what is left out. */
static enum dlb_status prepare(struct dlb_plot_drawing *drawing, const struct plot_options *wanted,
                               bool all, struct dlb_result *joined)
{
    struct dlb_cli *cli = drawing->cli;
    enum dlb_status status = prepare_place(drawing, all);
    if (status == DLB_OK)
        status = choose_format(drawing, wanted);
    if (status == DLB_OK && drawing->inputs->count > 0)
        status = dlb_overlay_apply(cli, wanted->overlay, joined);
    if (status == DLB_OK && drawing->inputs->count > 0)
        status = narrow(joined, wanted, &cli->why);
    return status;
}

static enum dlb_status check_use(struct dlb_cli *cli, const char *name, bool history)
{
    const int files = cli->parser.arguments.count - 1;
    if (history && files > 0)
        return dlb_fail(&cli->why, DLB_INVALID,
                        "dlbench plot history draws a database (--db), no files; found '%.80s'",
                        cli->parser.arguments.items[1]);
    if (!history && files == 0)
        return dlb_fail(&cli->why, DLB_INVALID, "dlbench plot %.40s wants a result file", name);
    if (!history && dlb_parser_source(&cli->parser, "db") == DLB_SOURCE_COMMAND_LINE)
        return dlb_fail(&cli->why, DLB_INVALID, "--db is for dlbench plot history, not for %.40s",
                        name);
    return DLB_OK;
}

static int run(struct dlb_cli *cli, void *target)
{
    const struct plot_options *wanted = target;
    const char *name = cli->parser.arguments.items[0];
    const bool all = strcmp(name, "all") == 0;
    const bool history = strcmp(name, "history") == 0;
    const struct dlb_plot_kind *kind = all ? NULL : find_kind(cli, name);
    struct dlb_inputs inputs = {0};
    struct dlb_result joined = {.record_count = 0};
    struct dlb_history_trend trend = {.count = 0};
    struct dlb_plot_drawing drawing = {
        .cli = cli, .inputs = &inputs, .output = wanted->output, .emit_gp = wanted->emit_gp};
    if ((!all && kind == NULL) || check_use(cli, name, history) != DLB_OK)
        return DLB_EXIT_USAGE;
    int code = history ? DLB_EXIT_OK : read_inputs(cli, wanted, &inputs, &joined);
    if (code == DLB_EXIT_OK && history) {
        const struct dlb_plot_trend_wanted meant = {wanted->db, &wanted->workloads,
                                                    &wanted->devices};
        code = exit_code(dlb_plot_trend_find(cli, &meant, &trend));
    }
    if (code == DLB_EXIT_OK)
        code = exit_code(prepare(&drawing, wanted, all, &joined));
    if (code == DLB_EXIT_OK)
        code = draw(
            &drawing, kind,
            &(struct dlb_plot_input){.result = &joined, .trend = &trend, .base = wanted->base});
    dlb_history_trend_free(&trend);
    dlb_result_free(&joined);
    dlb_inputs_free(&inputs);
    return code;
}

const struct dlb_command dlb_command_plot = {
    .name = "plot",
    .summary = "draw results: speed, roofline, distribution and more; as SVG, PNG, PDF or text",
    .arguments = "KIND [LABEL=]FILE...",
    .argument_words = "all speed roofline distribution order scaling working-set forest history "
                      "energy-cost precision heatmap",
    .arguments_min = 1,
    .arguments_max = DLB_MOST_INPUTS + 1,
    .details =
        "Kinds: speed (rates with intervals, or relative to --base), roofline (rates below the "
        "ceilings of the device), distribution (samples of a case), order (samples in the order "
        "of the run), scaling (threads or batch), working-set (bandwidth against size), forest "
        "(the "
        "changes of a check), history (sessions of months, from a database), energy-cost, "
        "precision (speed against error), heatmap (percent of the best); `all` draws whatever the "
        "file has data for. A kind may give several pictures: the second of "
        "speed.svg is speed-2.svg. Without -o a preview in letters is printed. Colours belong to "
        "devices; hollow points were not measured, crossed ones are noisy; what is missing and why "
        "stands in the caption. gnuplot 5.2 or newer draws and has 30 s for a picture "
        "(DLBENCH_PLOT_TIMEOUT=SECONDS); without it the script is written and the exit code is 7. "
        "Exit code 5 when the file has nothing for the kind.",
    .examples = examples,
    .options = options,
    .target_size = sizeof(struct plot_options),
    .run = run,
};
