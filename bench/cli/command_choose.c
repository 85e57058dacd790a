/* command_choose.c: `dlbench choose`: which processor for a workload, by speed, latency, cost or energy.
 *
 * Here are the files, the published rows, the prices and the sizes of libraries; who is taken and why is bench/store/choice.h, the words are reports/choose_words.h. */
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/base/log.h"
#include "bench/base/text.h"
#include "bench/cli/command.h"
#include "bench/cli/input_files.h"
#include "bench/cli/install_size.h"
#include "bench/cli/option_values.h"
#include "bench/cli/run_cost.h"
#include "bench/cli/share.h"
#include "bench/measure/host.h"
#include "bench/models/workload.h"
#include "bench/store/choice.h"
#include "bench/store/published.h"
#include "bench/store/replace.h"
#include "reports/choose_report.h"

#define RESULTS_FOLDER "results" /* where dlbench run puts its files */

struct choose_options {
    const char *workload, *max_power, *currency, *output, *install_size;
    int by;        /* enum dlb_choice_by */
    int published; /* 0 yes, 1 no */
    int format;    /* index into dlb_choose_formats */
    double max_latency_ns, price_hour, price_kwh, pue;
    int64_t columns;
    struct dlb_texts results;
};

#define AT(field)   .offset = offsetof(struct choose_options, field)
#define PRICE_GROUP "Prices"

static const struct dlb_option options[] = {
    {.name = "workload",
     .letter = 'w',
     .kind = DLB_OPTION_TEXT,
     .argument = "NAME",
     .group = "Choice",
     .help = "what it is for: resnet50, 'conv*', gemm:ta=n,k=512 (those parameters must agree)",
     .completion = DLB_COMPLETE_WORKLOADS,
     AT(workload)},
    {.name = "by",
     .kind = DLB_OPTION_CHOICE,
     .argument = "WHAT",
     .default_text = "speed",
     .choices = "speed latency cost energy",
     .group = "Choice",
     .help = "items a second, latency (nine single calls of ten stay below it), money or joules "
             "for an item",
     AT(by)},
    {.name = "max-latency",
     .kind = DLB_OPTION_TIME,
     .argument = "TIME",
     .default_text = "auto",
     .automatic = true,
     .min = 1,
     .max = 3600e9,
     .group = "Choice",
     .help = "only what answers nine single calls of ten in this time; auto: no limit",
     AT(max_latency_ns)},
    {.name = "max-power",
     .kind = DLB_OPTION_TEXT,
     .argument = "WATTS",
     .group = "Choice",
     .help = "only what takes no more: 75W; measured, else what the catalogue tells",
     AT(max_power)},
    {.name = "results",
     .kind = DLB_OPTION_TEXTS,
     .argument = "FILE",
     .group = "Choice",
     .help = "results of dlbench run, may be repeated (or FILE... at the end); the newest in "
             "results/ unless given",
     .completion = DLB_COMPLETE_FILE,
     AT(results)},
    {.name = "published",
     .kind = DLB_OPTION_CHOICE,
     .argument = "yes|no",
     .default_text = "yes",
     .choices = "yes no",
     .group = "Choice",
     .help = "what others published, in a class of its own",
     AT(published)},
#include "bench/cli/price_options.def"
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = "text json md",
     .group = "Output",
     .help = "text, json or md",
     AT(format)},
    {.name = "columns",
     .kind = DLB_OPTION_INT,
     .argument = "N",
     .default_text = "auto",
     .automatic = true,
     .min = 0,
     .max = 10000,
     .group = "Output",
     .help = "width of the printed tables; 0: no limit; auto: COLUMNS, else the terminal's",
     AT(columns)},
    {.name = "output",
     .letter = 'o',
     .kind = DLB_OPTION_TEXT,
     .argument = "FILE",
     .group = "Output",
     .help = "write to FILE instead of the screen",
     .completion = DLB_COMPLETE_FILE,
     AT(output)},
    {.name = "install-size",
     .kind = DLB_OPTION_TEXT,
     .argument = "BACKEND",
     .group = "Output",
     .help = "print the bytes of a backend's libraries, and nothing else",
     .hidden = true,
     AT(install_size)},
    {.name = NULL},
};

/* What a choice is made from; all of it owned. */
struct material {
    struct dlb_result results[2]; /* what was run, what was published */
    int count;
    struct dlb_catalogue catalogue;
};

static void free_material(struct material *material)
{
    for (int i = 0; i < material->count; i++)
        dlb_result_free(&material->results[i]);
    dlb_catalogue_free(&material->catalogue);
}

/* ---- files ---- */

static int is_result(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && dot != NULL && strcmp(dot, ".json") == 0;
}

/* The newest file of the folder that runs write to; "" when there is none. */
static void find_newest(char *path, size_t size)
{
    struct dirent **names = NULL;
    const int count = scandir(RESULTS_FOLDER, &names, is_result, alphasort);
    time_t newest = 0;
    path[0] = '\0';
    for (int i = 0; i < count; i++) {
        char each[600];
        struct stat info;
        snprintf(each, sizeof each, RESULTS_FOLDER "/%s", names[i]->d_name);
        if (stat(each, &info) == 0 && S_ISREG(info.st_mode) && info.st_mtime >= newest) {
            newest = info.st_mtime;
            snprintf(path, size, "%s", each);
        }
        free(names[i]);
    }
    free(names);
}

/* All files that are meant stand among the arguments afterwards. */
static enum dlb_status name_files(struct dlb_cli *cli, const struct choose_options *wanted)
{
    struct dlb_parser *parser = &cli->parser;
    char newest[600];
    bool added = true;
    for (int i = 0; i < wanted->results.count && added; i++)
        added = dlb_texts_add(parser, &parser->arguments, wanted->results.items[i]);
    if (added && parser->arguments.count == 0) {
        find_newest(newest, sizeof newest);
        const char *kept = newest[0] != '\0' ? dlb_parser_keep(parser, newest) : NULL;
        if (kept != NULL) {
            dlb_log(DLB_LOG_INFO, "choosing from %s, the newest there; --results names others",
                    kept);
            added = dlb_texts_add(parser, &parser->arguments, kept);
        }
    }
    return added ? DLB_OK : dlb_fail(&cli->why, DLB_NO_MEMORY, "no memory for the files");
}

static int load_results(struct dlb_cli *cli, const struct choose_options *wanted,
                        struct material *material)
{
    struct dlb_inputs inputs = {0};
    enum dlb_status status = name_files(cli, wanted);
    if (status != DLB_OK || cli->parser.arguments.count == 0)
        return dlb_exit_from_status(status);
    int code = dlb_exit_from_status(dlb_inputs_name(cli, &inputs));
    if (code == DLB_EXIT_OK)
        code = dlb_inputs_load(cli, wanted->output, &inputs);
    if (code == DLB_EXIT_OK) {
        status = dlb_inputs_join(&inputs, &material->results[0], &cli->why);
        code = dlb_exit_from_status(status);
        material->count += status == DLB_OK;
    }
    dlb_inputs_free(&inputs);
    return code;
}

static enum dlb_status load_published(struct dlb_cli *cli, const struct choose_options *wanted,
                                      struct material *material)
{
    char folder[DLB_SHARE_PATH_SIZE];
    if (wanted->published != 0)
        return DLB_OK;
    enum dlb_status status = dlb_share_path("published", folder, sizeof folder, &cli->why);
    if (status == DLB_OK)
        status = dlb_published_load(folder, &material->results[material->count], &cli->why);
    material->count += status == DLB_OK;
    return status;
}

/* A catalogue that cannot be read is told, and leaves powers, prices and bounds unknown. */
static void load_catalogue(struct material *material)
{
    struct dlb_why why = {""};
    if (dlb_share_catalogue(&material->catalogue, &why) != DLB_OK)
        dlb_log(DLB_LOG_WARNING, "no catalogue: %s", why.text);
}

static int gather(struct dlb_cli *cli, const struct choose_options *wanted,
                  struct material *material)
{
    const struct dlb_cost_terms terms = {.price_hour = wanted->price_hour,
                                         .price_kwh = wanted->price_kwh,
                                         .pue = wanted->pue,
                                         .currency = wanted->currency};
    const int code = load_results(cli, wanted, material);
    if (code != DLB_EXIT_OK)
        return code;
    enum dlb_status status = load_published(cli, wanted, material);
    for (int i = 0; i < material->count && status == DLB_OK; i++)
        status = dlb_run_cost(cli, &terms, &material->results[i]);
    load_catalogue(material);
    return dlb_exit_from_status(status);
}

/* ---- sizes of libraries ---- */

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

/* Only of a device of this machine, and once a backend. */
static void measure_sizes(struct dlb_cli *cli, struct dlb_choice *choice)
{
    struct dlb_host *host = calloc(1, sizeof *host);
    if (host == NULL)
        return;
    dlb_host_read("", host);
    for (int i = 0; i < choice->candidate_count; i++) {
        struct dlb_candidate *candidate = &choice->candidates[i];
        const struct dlb_result *result = &choice->request.results[candidate->result];
        const char *backend = text_of(dlb_result_device(result, candidate->device), "backend");
        double bytes = NAN;
        if (backend[0] == '\0' || strcmp(candidate->evidence, "published") == 0 ||
            strcmp(text_of(result->host, "id_hash"), host->id_hash) != 0)
            continue;
        bool asked = false;
        for (int j = 0; j < i && !asked; j++) {
            const struct dlb_candidate *other = &choice->candidates[j];
            asked =
                other->result == candidate->result &&
                strcmp(text_of(dlb_result_device(result, other->device), "backend"), backend) == 0;
            bytes = asked ? other->facts.install_bytes : bytes;
        }
        candidate->facts.install_bytes = asked ? bytes : dlb_install_size(cli->program, backend);
    }
    free(host);
}

/* ---- output ---- */

static enum dlb_status render(struct dlb_cli *cli, const struct choose_options *wanted,
                              const struct dlb_choose_page *page, FILE *stream)
{
    const bool screen = wanted->output == NULL;
    const int columns = wanted->columns >= 0 ? (int)wanted->columns : cli->out.columns;
    const struct dlb_report_options how = {.color = screen && cli->out.color,
                                           .columns = screen || wanted->columns > 0 ? columns : 0,
                                           .unicode = !screen || cli->out.unicode};
    const struct dlb_choose_format *format = &dlb_choose_formats[wanted->format];
    struct dlb_why why = {""};
    if (screen && strcmp(format->name, "json") == 0) {
        dlb_cli_print_json(cli, dlb_choose_to_json(page), DLB_EXIT_OK);
        return DLB_OK;
    }
    const enum dlb_status status = format->write(page, &how, stream, &why);
    if (status == DLB_IO && why.text[0] == '\0') /* the reader has gone */
        return DLB_OK;
    return status == DLB_OK ? DLB_OK : dlb_fail(&cli->why, status, "%s", why.text);
}

static enum dlb_status write_choice(struct dlb_cli *cli, const struct choose_options *wanted,
                                    const struct dlb_choose_page *page)
{
    char *bytes = NULL;
    size_t size = 0;
    if (wanted->output == NULL)
        return render(cli, wanted, page, cli->out.stream);
    FILE *stream = open_memstream(&bytes, &size);
    if (stream == NULL)
        return dlb_fail(&cli->why, DLB_NO_MEMORY, "no memory for the report");
    enum dlb_status status = render(cli, wanted, page, stream);
    if (fclose(stream) != 0 && status == DLB_OK)
        status = dlb_fail(&cli->why, DLB_NO_MEMORY, "no memory for the report");
    if (status == DLB_OK)
        status = dlb_file_replace(wanted->output, bytes, size, &cli->why);
    free(bytes);
    return status;
}

/* ---- the command ---- */

/* "75", "75W", "0.5kW" */
static enum dlb_status parse_watts(const char *text, double *watts, struct dlb_why *why)
{
    char number[64];
    double factor = 1;
    double value = NAN;
    struct dlb_why ignored;
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == 'W')
        length--;
    if (length > 0 && length < strlen(text) && text[length - 1] == 'k') {
        length--;
        factor = 1000;
    }
    snprintf(number, sizeof number, "%.*s", (int)(length < 63 ? length : 63), text);
    if (dlb_parse_real(number, &value, &ignored) != DLB_OK || !(value > 0) || value > 1e6)
        return dlb_fail(why, DLB_INVALID,
                        "--max-power wants watts like 75W or 0.5kW, found '%.60s'", text);
    *watts = factor * value;
    return DLB_OK;
}

/* Does this dlbench have a workload of that name? */
static bool is_runnable(const char *workload)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(workload, ":"), workload);
    for (int i = 0; i < dlb_workload_count(); i++)
        if (dlb_text_glob(name, dlb_workload_at(i)->name))
            return true;
    return false;
}

static int choose(struct dlb_cli *cli, const struct choose_options *wanted,
                  const struct dlb_choice_request *request)
{
    struct dlb_choice choice;
    struct dlb_why why = {""};
    enum dlb_status status = dlb_choice_make(request, &choice, &why);
    if (status == DLB_UNAVAILABLE && is_runnable(request->workload))
        return dlb_cli_fail(cli, status, "%s; measure it: dlbench run -w '%.80s' -d all", why.text,
                            request->workload);
    if (status != DLB_OK)
        return dlb_cli_fail(cli, status, "%s", why.text);
    measure_sizes(cli, &choice);
    const struct dlb_choose_page page = {.choice = &choice,
                                         .runnable = is_runnable(request->workload)};
    status = write_choice(cli, wanted, &page);
    dlb_choice_free(&choice);
    return dlb_exit_from_status(status);
}

static int print_size(struct dlb_cli *cli, const char *backend)
{
    const double bytes = dlb_install_size_here(backend);
    if (!isfinite(bytes))
        return dlb_cli_fail(cli, DLB_UNAVAILABLE, "--install-size: %.60s cannot be loaded",
                            backend);
    fprintf(cli->out.stream, "%.0f\n", bytes);
    fflush(cli->out.stream);
    return DLB_EXIT_OK;
}

static int run(struct dlb_cli *cli, void *target)
{
    const struct choose_options *wanted = target;
    struct material material = {.count = 0};
    struct dlb_choice_request request = {
        .workload = wanted->workload,
        .by = (enum dlb_choice_by)wanted->by,
        .max_latency_ns = wanted->max_latency_ns > 0 ? wanted->max_latency_ns : (double)NAN,
        .max_power_w = NAN};
    if (wanted->install_size != NULL)
        return print_size(cli, wanted->install_size);
    if (wanted->workload == NULL || wanted->workload[0] == '\0')
        return dlb_cli_fail(cli, DLB_INVALID,
                            "dlbench choose wants --workload NAME: what is the processor for? "
                            "dlbench list workloads tells what can be measured");
    if (wanted->max_power != NULL &&
        parse_watts(wanted->max_power, &request.max_power_w, &cli->why) != DLB_OK)
        return DLB_EXIT_USAGE;
    int code = gather(cli, wanted, &material);
    request.results = material.results;
    request.result_count = material.count;
    request.catalogue = &material.catalogue;
    if (code == DLB_EXIT_OK)
        code = choose(cli, wanted, &request);
    free_material(&material);
    return code;
}

static const struct dlb_command_example examples[] = {
    {"dlbench choose -w resnet50 --by cost", "what others published of it, with prices"},
    {"dlbench choose -w mlp --max-latency 10ms --results results/r.json",
     "the fastest that answers in 10 ms"},
    {"dlbench choose -w 'conv*' --by energy --max-power 75W a=a.json b=b.json",
     "of two machines, the one that takes the least energy below 75 W"},
    {NULL, NULL},
};

const struct dlb_command dlb_command_choose = {
    .name = "choose",
    .summary = "which processor for a workload: by speed, latency, cost or energy, and how sure",
    .arguments = "[[LABEL=]FILE...]",
    .arguments_min = 0,
    .arguments_max = DLB_MOST_INPUTS,
    .details =
        "Candidates are a device with a type of data. Those of one evidence (measured, modelled, "
        "published, ...) compete over the problems that all of them have, by geometric means; what "
        "was measured is never ranked with what was not. Networks may take any size of their "
        "batch that is within the limits. Latency is what nine single calls of ten stay below in "
        "the worst process, on as many threads as the rate is of. Costs are ranked in one "
        "currency, "
        "the one that most candidates are priced in; none is converted, and electricity alone is "
        "not ranked beside full prices. A peak of the catalogue is no speed: it is told as a "
        "bound, and not ranked. Ease of use is what happened: how many problems a device could "
        "run, whose answers were wrong, how long its first result took, how large its libraries "
        "are.",
    .examples = examples,
    .options = options,
    .target_size = sizeof(struct choose_options),
    .run = run,
};
