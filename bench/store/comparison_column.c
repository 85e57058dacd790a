/* comparison_column.c: the sides of a comparison, and what they are called. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/store/comparison_item.h"

#define LABEL_SIZE 1024

/* A text member of an object, "" where there is none. */
static const char *member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

const char *dlb_comparison_hardware(const struct dlb_result *result, const char *device)
{
    const char *name = member(dlb_result_device(result, device), "name");
    return name[0] != '\0' ? name : member(result->host, "cpu_model");
}

/* What makes two records stand in one column, and what the column is called. */
static void name_column(const struct dlb_comparison_request *request, int source,
                        const char *device, char *identity, char *label)
{
    const struct dlb_result *result = request->sources[source].result;
    const char *host = member(result->host, "id_hash");
    const char *model = member(result->host, "cpu_model");
    const char *git = member(result->tool, "git");
    switch (request->by) {
    case DLB_BY_DEVICE:
        snprintf(identity, LABEL_SIZE, "%s|%s|%s", device, dlb_comparison_hardware(result, device),
                 host);
        snprintf(label, LABEL_SIZE, "%s", device);
        break;
    case DLB_BY_VERSION:
        snprintf(label, LABEL_SIZE, "%s%s%s%s", member(result->tool, "version"),
                 git[0] != '\0' ? " (" : "", git, git[0] != '\0' ? ")" : "");
        snprintf(identity, LABEL_SIZE, "%s", label);
        break;
    case DLB_BY_HOST:
        snprintf(identity, LABEL_SIZE, "%s|%s", host, model);
        snprintf(label, LABEL_SIZE, "%s", model[0] != '\0' ? model : host);
        break;
    default:
        snprintf(identity, LABEL_SIZE, "%d", source);
        dlb_text_shorten(label, LABEL_SIZE, request->sources[source].label);
        break;
    }
    if (label[0] == '\0')
        snprintf(label, LABEL_SIZE, "unknown %s", dlb_comparison_by_name(request->by));
}

static bool has_label(const struct dlb_comparison *comparison, const char *label)
{
    for (int i = 0; i < comparison->column_count; i++)
        if (strcmp(comparison->columns[i].label, label) == 0)
            return true;
    return false;
}

/* Two hosts of one model, or one device key on two hosts, are told apart by a file that they are in. */
static void make_unique(const struct dlb_comparison *comparison, const char *source, char *label)
{
    char plain[LABEL_SIZE];
    if (!has_label(comparison, label))
        return;
    dlb_text_shorten(plain, LABEL_SIZE / 2, label);
    snprintf(label, LABEL_SIZE, "%.500s in %.400s", plain, source);
    for (int i = 2; has_label(comparison, label); i++)
        snprintf(label, LABEL_SIZE, "%.500s in %.400s (%d)", plain, source, i);
}

/* -1 without memory. */
static int add_column(struct dlb_comparison *comparison, int source, const char *device,
                      const char *identity, char *label)
{
    const struct dlb_comparison_request *request = &comparison->request;
    make_unique(comparison, request->sources[source].label, label);
    const size_t count = (size_t)comparison->column_count + 1;
    struct dlb_compared_column *grown = realloc(comparison->columns, count * sizeof *grown);
    if (grown == NULL)
        return -1;
    comparison->columns = grown;
    struct dlb_compared_column *column = &grown[count - 1];
    *column = (struct dlb_compared_column){
        .label = strdup(label),
        .identity = strdup(identity),
        .device = request->by == DLB_BY_DEVICE ? device : NULL,
        .sources = calloc((size_t)request->source_count, sizeof *column->sources)};
    comparison->column_count++; /* counted first: what it owns is freed with the comparison */
    return column->label != NULL && column->identity != NULL && column->sources != NULL
               ? (int)count - 1
               : -1;
}

int dlb_comparison_column_of(struct dlb_comparison *comparison, int source, const char *device)
{
    char identity[LABEL_SIZE];
    char label[LABEL_SIZE];
    int found = 0;
    name_column(&comparison->request, source, device, identity, label);
    while (found < comparison->column_count &&
           strcmp(comparison->columns[found].identity, identity) != 0)
        found++;
    if (found == comparison->column_count)
        found = add_column(comparison, source, device, identity, label);
    if (found < 0)
        return -1;
    struct dlb_compared_column *column = &comparison->columns[found];
    if (column->source_count == 0 || column->sources[column->source_count - 1] != source)
        column->sources[column->source_count++] = source;
    return found;
}

enum dlb_status dlb_comparison_choose_base(struct dlb_comparison *comparison, struct dlb_why *why)
{
    const char *base = comparison->request.base;
    struct dlb_text labels = {0};
    if (base == NULL)
        return DLB_OK;
    for (int i = 0; i < comparison->column_count; i++) {
        if (strcmp(comparison->columns[i].label, base) == 0) {
            comparison->base = i;
            dlb_text_free(&labels);
            return DLB_OK;
        }
        dlb_text_format(&labels, "%s'%.60s'", i > 0 ? ", " : "", comparison->columns[i].label);
    }
    dlb_fail(why, DLB_INVALID, "there is no %s '%.80s' to compare with; there are: %.800s",
             dlb_comparison_by_name(comparison->request.by), base,
             labels.data != NULL ? labels.data : "none");
    dlb_text_free(&labels);
    return DLB_INVALID;
}
