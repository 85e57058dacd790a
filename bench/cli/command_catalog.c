/* command_catalog.c: `dlbench catalog list|show|match|validate|add`: the processors that dlbench knows, and what their makers say of them.
 *
 * The figures are bench/store/catalogue.h's; here they become lines. Texts of a user's file are printed with their control characters replaced. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/log.h"
#include "bench/base/text.h"
#include "bench/cli/command.h"
#include "bench/cli/devices.h"
#include "bench/cli/share.h"
#include "bench/cli/suggest.h"
#include "bench/store/replace.h"

#define MOST_WORDS 32 /* of a device's name on the command line */

struct catalog_options {
    int kinds; /* set of bits over KINDS; 0: all */
    int sort;  /* index into sorts */
    int format;
};

#define KINDS "cpu gpu tpu fpga asic soc"

static const struct dlb_option options[] = {
    {.name = "kind",
     .letter = 'k',
     .kind = DLB_OPTION_CHOICES,
     .argument = "LIST",
     .choices = KINDS,
     .group = "Selection",
     .help = "list: only these kinds",
     .offset = offsetof(struct catalog_options, kinds)},
    {.name = "sort",
     .kind = DLB_OPTION_CHOICE,
     .argument = "BY",
     .default_text = "none",
     .choices = "none id year f32 f16 int8 memory bandwidth power price",
     .group = "Selection",
     .help =
         "list: the largest first (id: by letter; none: as in the file); what is not known last",
     .offset = offsetof(struct catalog_options, sort)},
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = DLB_FORMATS_PLAIN,
     .group = "Output",
     .help = "text or json",
     .offset = offsetof(struct catalog_options, format)},
    {.name = NULL},
};

/* ---- cells ---- */

static void add_text(struct dlb_table *table, const char *text)
{
    char clean[600];
    dlb_table_add(table, text[0] != '\0' ? dlb_text_printable(clean, sizeof clean, text) : "-");
}

static void add_number(struct dlb_table *table, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", value);
    dlb_table_add(table, isfinite(value) ? text : "-");
}

static const char *price_text(double price, const char *currency, char *buffer, size_t size)
{
    snprintf(buffer, size, "%.6g %s", price, currency);
    return isfinite(price) ? buffer : "";
}

/* ---- list ---- */

struct sorter {
    int by;
};

static double sort_value(const struct dlb_catalogue_entry *entry, int by)
{
    const double values[] = {0,
                             0,
                             entry->year,
                             entry->f32_tflops,
                             entry->bf16_f16_tflops,
                             entry->int8_tops,
                             entry->mem_gb,
                             entry->mem_gb_s,
                             entry->tdp_w,
                             entry->price_hour};
    return values[by];
}

static int compare_entries(const void *left, const void *right, void *context)
{
    const struct dlb_catalogue_entry *a = *(const struct dlb_catalogue_entry *const *)left;
    const struct dlb_catalogue_entry *b = *(const struct dlb_catalogue_entry *const *)right;
    const int by = ((const struct sorter *)context)->by;
    const double x = sort_value(a, by);
    const double y = sort_value(b, by);
    if (by == 1)
        return strcmp(a->id, b->id);
    if (isnan(x) != isnan(y))
        return isnan(x) - isnan(y);
    if (x != y && !isnan(x))
        return x > y ? -1 : 1;
    return (a > b) - (a < b); /* as in the file */
}

static bool is_kind(const struct dlb_catalogue_entry *entry, int kinds)
{
    static const char *const names[] = {"cpu", "gpu", "tpu", "fpga", "asic", "soc"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(names); i++)
        if ((kinds & (1 << i)) != 0 && strcmp(entry->kind, names[i]) == 0)
            return true;
    return kinds == 0;
}

static void print_list(struct dlb_cli *cli, const struct dlb_catalogue_entry *const *entries,
                       int count)
{
    static const char *const heads[] = {"id", "kind", "year", "f32 T/s",  "f16 T/s",  "int8 T/s",
                                        "GB", "GB/s", "W",    "per hour", "evidence", "name"};
    struct dlb_table table = {.columns = (int)DLB_ARRAY_COUNT(heads)};
    char price[32];
    for (size_t i = 0; i < DLB_ARRAY_COUNT(heads); i++)
        dlb_table_add(&table, heads[i]);
    for (int i = 0; i < count; i++) {
        const struct dlb_catalogue_entry *entry = entries[i];
        add_text(&table, entry->id);
        add_text(&table, entry->kind);
        add_number(&table, entry->year > 0 ? entry->year : (double)NAN);
        add_number(&table, entry->f32_tflops);
        add_number(&table, entry->bf16_f16_tflops);
        add_number(&table, entry->int8_tops);
        add_number(&table, entry->mem_gb);
        add_number(&table, entry->mem_gb_s);
        add_number(&table, entry->tdp_w);
        add_text(&table, price_text(entry->price_hour, entry->currency, price, sizeof price));
        add_text(&table, entry->evidence);
        add_text(&table, entry->name);
    }
    dlb_table_print(&table, &cli->out);
    dlb_table_free(&table);
    dlb_print_wrapped(
        cli->out.stream,
        "T/s: dense tera-operations a second; evidence: of the peaks. dlbench catalog "
        "show ID tells the source.",
        0, dlb_screen_columns(&cli->out));
}

static json_t *entry_json(const struct dlb_catalogue_entry *entry)
{
    json_t *json = dlb_catalogue_entry_to_json(entry);
    json_object_set_new(json, "file", dlb_json_text(entry->file));
    return json;
}

static int list(struct dlb_cli *cli, const struct catalog_options *wanted,
                const struct dlb_catalogue *catalogue)
{
    const struct dlb_catalogue_entry **entries =
        calloc((size_t)catalogue->count + 1, sizeof(const struct dlb_catalogue_entry *));
    struct sorter sorter = {wanted->sort};
    int count = 0;
    if (entries == NULL)
        return dlb_cli_fail(cli, DLB_NO_MEMORY, "no memory for the list");
    for (int i = 0; i < catalogue->count; i++)
        if (is_kind(&catalogue->items[i], wanted->kinds))
            entries[count++] = &catalogue->items[i];
    if (wanted->sort > 0)
        qsort_r(entries, (size_t)count, sizeof *entries, compare_entries, &sorter);
    if (wanted->format == DLB_PLAIN_JSON) {
        json_t *rows = json_array();
        for (int i = 0; i < count; i++)
            json_array_append_new(rows, entry_json(entries[i]));
        dlb_cli_print_json(cli, json_pack("{s:o}", "processors", rows), DLB_EXIT_OK);
    } else {
        print_list(cli, entries, count);
    }
    free(entries);
    return DLB_EXIT_OK;
}

/* ---- show ---- */

static void line(struct dlb_cli *cli, const char *name, const char *text)
{
    char clean[600];
    if (text[0] == '\0')
        return;
    fprintf(cli->out.stream, "%-14s", name);
    dlb_print_wrapped(cli->out.stream, dlb_text_printable(clean, sizeof clean, text), 14,
                      dlb_screen_columns(&cli->out));
}

static void put_figure(struct dlb_cli *cli, const char *name, double value, int digits,
                       const char *unit)
{
    char text[64];
    snprintf(text, sizeof text, "%.*g %s", digits, value, unit);
    line(cli, name, isfinite(value) ? text : "");
}

/* As the source tells it. */
static void figure(struct dlb_cli *cli, const char *name, double value, const char *unit)
{
    put_figure(cli, name, value, 6, unit);
}

/* What follows from the peaks: where memory stops to bind, and what a watt buys. */
static void print_derived(struct dlb_cli *cli, const struct dlb_catalogue_entry *entry)
{
    const struct {
        const char *name;
        double tera;
    } peaks[] = {
        {"f32", entry->f32_tflops}, {"f16", entry->bf16_f16_tflops}, {"int8", entry->int8_tops}};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(peaks); i++) {
        char name[16];
        snprintf(name, sizeof name, "%s ridge", peaks[i].name);
        put_figure(cli, name, 1000 * peaks[i].tera / entry->mem_gb_s, 4,
                   "operations a byte; below it the memory binds");
        snprintf(name, sizeof name, "%s a watt", peaks[i].name);
        put_figure(cli, name, peaks[i].tera / entry->tdp_w, 3, "T/s");
    }
}

static void print_price(struct dlb_cli *cli, const struct dlb_catalogue_entry *entry)
{
    const bool priced = isfinite(entry->list_price) || isfinite(entry->price_hour);
    char text[96];
    line(cli, "list price", price_text(entry->list_price, entry->currency, text, sizeof text));
    line(cli, "per hour", price_text(entry->price_hour, entry->currency, text, sizeof text));
    if (priced)
        line(cli, "price as of", entry->price_as_of[0] != '\0' ? entry->price_as_of : "not known");
}

static int show(struct dlb_cli *cli, const struct catalog_options *wanted,
                const struct dlb_catalogue *catalogue)
{
    const char *id = cli->parser.arguments.items[1];
    const struct dlb_catalogue_entry *entry = dlb_catalogue_find(catalogue, id);
    if (entry == NULL) {
        const char **names = calloc((size_t)catalogue->count + 1, sizeof(const char *));
        for (int i = 0; names != NULL && i < catalogue->count; i++)
            names[i] = catalogue->items[i].id;
        const int code =
            dlb_cli_fail(cli, DLB_UNAVAILABLE,
                         "the catalogue has no entry '%.60s' (dlbench catalog list tells "
                         "all, catalog match finds one by its name)%s",
                         id, names != NULL ? dlb_suggest(id, names).text : "");
        free(names);
        return code;
    }
    if (wanted->format == DLB_PLAIN_JSON) {
        dlb_cli_print_json(cli, entry_json(entry), DLB_EXIT_OK);
        return DLB_EXIT_OK;
    }
    line(cli, entry->id, entry->name);
    line(cli, "kind", entry->kind);
    line(cli, "vendor", entry->vendor);
    figure(cli, "year", entry->year > 0 ? entry->year : (double)NAN, "");
    figure(cli, "f32", entry->f32_tflops, "T/s");
    figure(cli, "tf32", entry->tf32_tflops, "T/s");
    figure(cli, "bf16, f16", entry->bf16_f16_tflops, "T/s");
    figure(cli, "fp8", entry->fp8_tflops, "T/s");
    figure(cli, "int8", entry->int8_tops, "T/s");
    figure(cli, "memory", entry->mem_gb, "GB");
    figure(cli, "bandwidth", entry->mem_gb_s, "GB/s");
    figure(cli, "power", entry->tdp_w, "W");
    print_price(cli, entry);
    print_derived(cli, entry);
    line(cli, "evidence", entry->evidence);
    line(cli, "confidence", entry->confidence);
    line(cli, "also", entry->also);
    line(cli, "source", entry->source);
    line(cli, "file", entry->file);
    return DLB_EXIT_OK;
}

/* ---- match ---- */

static json_t *match_json(const char *device, const char *name,
                          const struct dlb_catalogue_entry *entry, const struct dlb_why *why)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "device", dlb_json_text(device), "name",
                     dlb_json_text(name), "catalog_id",
                     entry != NULL ? json_string(entry->id) : json_null(), "reason",
                     dlb_json_text(why->text));
}

static const char *text_of(const json_t *device, const char *name)
{
    const char *text = json_string_value(json_object_get(device, name));
    return text != NULL ? text : "";
}

/* The devices of this machine and their entries, as rows. */
static enum dlb_status match_devices(struct dlb_cli *cli, const struct dlb_catalogue *catalogue,
                                     json_t *rows)
{
    struct dlb_devices devices = {0};
    enum dlb_status status = dlb_devices_open(&devices, &cli->why);
    if (status == DLB_OK)
        status = dlb_devices_probe(&devices, cli, NULL, NULL, &cli->why);
    for (int i = 0; i < devices.count && status == DLB_OK; i++) {
        const json_t *device = devices.items[i].json;
        const struct dlb_catalogue_entry *entry = NULL;
        struct dlb_why why = {""};
        if (devices.items[i].status != DLB_OK)
            continue;
        (void)dlb_catalogue_match(catalogue, text_of(device, "kind"), text_of(device, "vendor"),
                                  text_of(device, "name"), &entry, &why);
        json_array_append_new(
            rows, match_json(devices.items[i].key, text_of(device, "name"), entry, &why));
    }
    dlb_devices_close(&devices);
    return status;
}

static void print_matches(struct dlb_cli *cli, const json_t *rows)
{
    struct dlb_table table = {.columns = 3};
    size_t index;
    const json_t *row;
    dlb_table_add(&table, "device");
    dlb_table_add(&table, "name");
    dlb_table_add(&table, "entry");
    json_array_foreach(rows, index, row)
    {
        const char *id = text_of(row, "catalog_id");
        add_text(&table, text_of(row, "device"));
        add_text(&table, text_of(row, "name"));
        add_text(&table, id[0] != '\0' ? id : text_of(row, "reason"));
    }
    dlb_table_print(&table, &cli->out);
    dlb_table_free(&table);
}

static int match_name(struct dlb_cli *cli, const struct catalog_options *wanted,
                      const struct dlb_catalogue *catalogue)
{
    struct dlb_text name = {0};
    const struct dlb_catalogue_entry *entry = NULL;
    for (int i = 1; i < cli->parser.arguments.count; i++)
        dlb_text_format(&name, "%s%s", i > 1 ? " " : "", cli->parser.arguments.items[i]);
    const enum dlb_status status =
        name.data != NULL ? dlb_catalogue_match(catalogue, NULL, NULL, name.data, &entry, &cli->why)
                          : dlb_fail(&cli->why, DLB_NO_MEMORY, "no memory for the name");
    const int code = dlb_exit_from_status(status);
    if (wanted->format == DLB_PLAIN_JSON && name.data != NULL)
        dlb_cli_print_json(cli, match_json("", name.data, entry, &cli->why), code);
    else if (entry != NULL)
        fprintf(cli->out.stream, "%s\n", entry->id);
    dlb_text_free(&name);
    return code;
}

static int match(struct dlb_cli *cli, const struct catalog_options *wanted,
                 const struct dlb_catalogue *catalogue)
{
    if (cli->parser.arguments.count > 1)
        return match_name(cli, wanted, catalogue);
    json_t *rows = json_array();
    const enum dlb_status status = match_devices(cli, catalogue, rows);
    if (status == DLB_OK && wanted->format == DLB_PLAIN_JSON)
        dlb_cli_print_json(cli, json_pack("{s:O}", "devices", rows), DLB_EXIT_OK);
    else if (status == DLB_OK)
        print_matches(cli, rows);
    json_decref(rows);
    return dlb_exit_from_status(status);
}

/* ---- validate and add ---- */

struct findings {
    struct dlb_cli *cli;
    const char *path;
    bool quiet;   /* wrong ones alone are counted, doubts go to stderr */
    json_t *rows; /* NULL: printed as lines */
    int wrong, doubts;
    char first[400]; /* the first wrong one */
};

static void say(void *user, const struct dlb_catalogue_entry *entry, bool wrong, const char *what)
{
    struct findings *findings = user;
    char clean[500];
    char id[sizeof entry->id];
    dlb_text_printable(clean, sizeof clean, what);
    dlb_text_printable(id, sizeof id, entry->id);
    if (wrong && findings->wrong++ == 0)
        snprintf(findings->first, sizeof findings->first, "%s: %.300s", id, clean);
    findings->doubts += !wrong;
    if (findings->rows != NULL)
        json_array_append_new(findings->rows,
                              json_pack("{s:o, s:s, s:o}", "id", dlb_json_text(id), "severity",
                                        wrong ? "wrong" : "doubt", "what", dlb_json_text(clean)));
    else if (!findings->quiet)
        fprintf(findings->cli->out.stream, "%s: %s: %s\n", id, wrong ? "wrong" : "doubt", clean);
    else if (!wrong)
        dlb_log(DLB_LOG_WARNING, "%s: %s", id, clean);
}

/* Content that is refused is a file error, as with result files. */
static int file_exit(enum dlb_status status)
{
    return status == DLB_INVALID ? DLB_EXIT_IO : dlb_exit_from_status(status);
}

/* An entry is not compared with itself. */
static bool is_own_file(const char *path)
{
    char own[DLB_SHARE_PATH_SIZE];
    struct dlb_why why;
    return dlb_share_path("catalogue.json", own, sizeof own, &why) == DLB_OK &&
           dlb_path_same(path, own);
}

static int validate(struct dlb_cli *cli, const struct catalog_options *wanted,
                    const struct dlb_catalogue *known)
{
    const char *path = cli->parser.arguments.items[1];
    struct dlb_catalogue read = {0};
    const enum dlb_status status = dlb_catalogue_read(path, &read, &cli->why);
    if (status != DLB_OK)
        return file_exit(status);
    struct findings findings = {
        .cli = cli, .path = path, .rows = wanted->format == DLB_PLAIN_JSON ? json_array() : NULL};
    dlb_catalogue_validate_beside(&read, is_own_file(path) ? NULL : known, say, &findings);
    if (findings.wrong > 0)
        dlb_fail(&cli->why, DLB_INVALID, "%s: %d thing%s wrong; the first: %s", path,
                 findings.wrong, findings.wrong == 1 ? " is" : "s are", findings.first);
    const int code = findings.wrong > 0 ? DLB_EXIT_IO : DLB_EXIT_OK;
    if (findings.rows != NULL)
        dlb_cli_print_json(cli,
                           json_pack("{s:i, s:i, s:i, s:O}", "entries", read.count, "wrong",
                                     findings.wrong, "doubts", findings.doubts, "findings",
                                     findings.rows),
                           code);
    else
        fprintf(cli->out.stream, "%d entr%s, %d wrong, %d doubt%s\n", read.count,
                read.count == 1 ? "y" : "ies", findings.wrong, findings.doubts,
                findings.doubts == 1 ? "" : "s");
    json_decref(findings.rows);
    dlb_catalogue_free(&read);
    return code;
}

static int add(struct dlb_cli *cli, const struct catalog_options *wanted,
               const struct dlb_catalogue *known)
{
    const char *path = cli->parser.arguments.items[1];
    char user[DLB_SHARE_PATH_SIZE];
    struct dlb_catalogue read = {0};
    if (!dlb_share_user_catalogue(user, sizeof user))
        return dlb_cli_fail(cli, DLB_IO,
                            "neither XDG_CONFIG_HOME nor HOME names a folder: there is no place "
                            "for a catalogue of yours");
    enum dlb_status status = dlb_catalogue_read(path, &read, &cli->why);
    if (status != DLB_OK)
        return file_exit(status);
    struct findings findings = {.cli = cli, .path = path, .quiet = true};
    if (dlb_catalogue_validate_beside(&read, known, say, &findings) > 0)
        status =
            dlb_fail(&cli->why, DLB_INVALID, "%s: nothing was added: %s", path, findings.first);
    for (int i = 0; i < read.count && status == DLB_OK; i++)
        status = dlb_catalogue_add(user, &read.items[i], &cli->why);
    if (status == DLB_OK && wanted->format == DLB_PLAIN_JSON)
        dlb_cli_print_json(
            cli, json_pack("{s:i, s:o}", "added", read.count, "file", dlb_json_text(user)),
            DLB_EXIT_OK);
    else if (status == DLB_OK)
        fprintf(cli->out.stream, "%d entr%s in %s\n", read.count, read.count == 1 ? "y" : "ies",
                user);
    dlb_catalogue_free(&read);
    return file_exit(status);
}

/* ---- the command ---- */

static const struct {
    const char *name, *wants;
    int least, most; /* arguments behind the name */
    bool selects;    /* takes --kind and --sort */
    bool checks; /* a file is checked: the user's own may be what is broken, and is left aside */
    int (*run)(struct dlb_cli *cli, const struct catalog_options *wanted,
               const struct dlb_catalogue *catalogue);
} actions[] = {
    {"list", "no more", 0, 0, true, false, list},
    {"show", "the id of an entry", 1, 1, false, false, show},
    {"match", "the name of a device, or nothing for those of this machine", 0, MOST_WORDS, false,
     false, match},
    {"validate", "a file", 1, 1, false, true, validate},
    {"add", "a file", 1, 1, false, true, add},
};

static int find_action(struct dlb_cli *cli, size_t *found)
{
    const char *names[DLB_ARRAY_COUNT(actions) + 1] = {NULL};
    const char *name = cli->parser.arguments.items[0];
    const int more = cli->parser.arguments.count - 1;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(actions); i++) {
        names[i] = actions[i].name;
        if (strcmp(actions[i].name, name) != 0)
            continue;
        if (more < actions[i].least || more > actions[i].most)
            return dlb_cli_fail(cli, DLB_INVALID, "dlbench catalog %s wants %s, found %d arguments",
                                name, actions[i].wants, more);
        *found = i;
        return DLB_EXIT_OK;
    }
    return dlb_cli_fail(cli, DLB_INVALID,
                        "dlbench catalog wants list, show, match, validate or add, found '%.60s'%s",
                        name, dlb_suggest(name, names).text);
}

static enum dlb_status open_catalogue(struct dlb_cli *cli, bool project_alone,
                                      struct dlb_catalogue *catalogue)
{
    char path[DLB_SHARE_PATH_SIZE];
    if (!project_alone)
        return dlb_share_catalogue(catalogue, &cli->why);
    const enum dlb_status status = dlb_share_path("catalogue.json", path, sizeof path, &cli->why);
    return status == DLB_OK ? dlb_catalogue_load(path, NULL, catalogue, &cli->why) : status;
}

static int run(struct dlb_cli *cli, void *target)
{
    const struct catalog_options *wanted = target;
    struct dlb_catalogue catalogue = {0};
    size_t action = 0;
    int code = find_action(cli, &action);
    if (code != DLB_EXIT_OK)
        return code;
    const bool selects = dlb_parser_source(&cli->parser, "kind") == DLB_SOURCE_COMMAND_LINE ||
                         dlb_parser_source(&cli->parser, "sort") == DLB_SOURCE_COMMAND_LINE;
    if (selects && !actions[action].selects)
        return dlb_cli_fail(cli, DLB_INVALID, "--kind and --sort are for catalog list, not %s",
                            actions[action].name);
    const enum dlb_status status = open_catalogue(cli, actions[action].checks, &catalogue);
    if (status != DLB_OK)
        return file_exit(status);
    code = actions[action].run(cli, wanted, &catalogue);
    dlb_catalogue_free(&catalogue);
    return code;
}

static const struct dlb_command_example examples[] = {
    {"dlbench catalog list -k gpu,tpu --sort f16", "processors, the fastest in 16 bits first"},
    {"dlbench catalog show gpu-h100-sxm", "all that is known of one, and where it is from"},
    {"dlbench catalog match", "which of them this machine has"},
    {"dlbench catalog match NVIDIA H100 80GB HBM3", "which one a name means"},
    {"dlbench catalog validate mine.json", "slips of units, sparse peaks, prices without a date"},
    {NULL, NULL},
};

const struct dlb_command dlb_command_catalog = {
    .name = "catalog",
    .summary = "processors and what their makers say of them: peaks, bandwidth, power, prices",
    .arguments = "list | show ID | match [NAME] | validate FILE | add FILE",
    .argument_words = "list show match validate add",
    .arguments_min = 1,
    .arguments_max = MOST_WORDS + 1,
    .details =
        "Figures from datasheets, each with its source, evidence and confidence; they are compared "
        "with what is measured and never ranked. `add` puts the entries of a file into "
        "$XDG_CONFIG_HOME/dlbench/catalogue.json, whose entries win over those that come with "
        "dlbench. A file is {\"schema\": \"dlbench-catalogue/1\", \"processors\": [...]} with the "
        "members that `catalog show ID --format json` prints.",
    .examples = examples,
    .options = options,
    .target_size = sizeof(struct catalog_options),
    .run = run,
};
