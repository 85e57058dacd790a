/* problem.c: parameters of a workload as text, both ways: setting, canonical form, keys, labels.
 *
 * Every value has exactly one canonical text and dlb_problem_set reads it back to the same value,
 * so that equal problems have equal keys. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/models/workload.h"

#define WORD_SIZE 64

/* Word number `index` of a list separated by spaces; its length, 0 when there is none. */
static size_t choice_word(const char *choices, int64_t index, const char **word)
{
    for (; *choices != '\0'; index--) {
        const size_t length = strcspn(choices, " ");
        if (index == 0) {
            *word = choices;
            return length;
        }
        choices += length;
        choices += strspn(choices, " ");
    }
    return 0;
}

static enum dlb_status set_int(const struct dlb_param_spec *spec, const char *text, int64_t *value,
                               struct dlb_why *why)
{
    struct dlb_why reason = {""};
    int64_t parsed;
    if (dlb_parse_int(text, &parsed, &reason) != DLB_OK) {
        return dlb_fail(why, DLB_INVALID, "%s: %s", spec->name, reason.text);
    }
    if (parsed < spec->min) {
        return dlb_fail(why, DLB_INVALID, "%s must be at least %lld, found %lld", spec->name,
                        (long long)spec->min, (long long)parsed);
    }
    if (parsed > spec->max) {
        return dlb_fail(why, DLB_INVALID, "%s must be at most %lld, found %lld", spec->name,
                        (long long)spec->max, (long long)parsed);
    }
    *value = parsed;
    return DLB_OK;
}

static enum dlb_status set_dims(const struct dlb_param_spec *spec, const char *text,
                                int64_t dims[4], struct dlb_why *why)
{
    int64_t given[4] = {0};
    int count = 0;
    const char *at = text;
    for (bool more = true; more; count++) {
        const size_t length = strcspn(at, "x");
        char number[WORD_SIZE];
        if (count == 4 || length >= sizeof number) {
            count = 0;
            break;
        }
        memcpy(number, at, length);
        number[length] = '\0';
        const enum dlb_status status = set_int(spec, number, &given[count], why);
        if (status != DLB_OK) {
            return status;
        }
        more = at[length] == 'x';
        at += length + more;
    }
    if (count != 1 && count != 2 && count != 4) {
        return dlb_fail(why, DLB_INVALID,
                        "%s takes 1, 2 or 4 whole numbers joined by x (like 1, 1x2, 1x0x1x0), "
                        "found '%.60s'",
                        spec->name, text);
    }
    for (int i = 0; i < 4; i++) {
        dims[i] = given[i % count];
    }
    return DLB_OK;
}

static enum dlb_status set_real(const struct dlb_param_spec *spec, const char *text, double *real,
                                struct dlb_why *why)
{
    struct dlb_why reason = {""};
    double parsed;
    if (dlb_parse_real(text, &parsed, &reason) != DLB_OK) {
        return dlb_fail(why, DLB_INVALID, "%s: %s", spec->name, reason.text);
    }
    *real = parsed + 0.0; /* -0 and 0 are one value with one key */
    return DLB_OK;
}

static enum dlb_status set_choice(const struct dlb_param_spec *spec, const char *text,
                                  int64_t *index, struct dlb_why *why)
{
    const char *word;
    size_t length;
    for (int64_t i = 0; (length = choice_word(spec->choices, i, &word)) > 0; i++) {
        if (strlen(text) == length && memcmp(text, word, length) == 0) {
            *index = i;
            return DLB_OK;
        }
    }
    return dlb_fail(why, DLB_INVALID, "%s must be one of: %s; found '%.40s'", spec->name,
                    spec->choices, text);
}

static enum dlb_status set_value(const struct dlb_param_spec *spec, const char *text,
                                 struct dlb_param_value *value, struct dlb_why *why)
{
    switch (spec->kind) {
    case DLB_PARAM_INT:
        return set_int(spec, text, &value->dims[0], why);
    case DLB_PARAM_REAL:
        return set_real(spec, text, &value->real, why);
    case DLB_PARAM_CHOICE:
        return set_choice(spec, text, &value->dims[0], why);
    case DLB_PARAM_DIMS:
        break;
    }
    return set_dims(spec, text, value->dims, why);
}

void dlb_problem_init(struct dlb_problem *problem, const struct dlb_workload *workload)
{
    *problem = (struct dlb_problem){.workload = workload};
    for (int i = 0; i < workload->param_count; i++) {
        /* The defaults of the table are valid: a unit test sets each of them. */
        (void)set_value(&workload->params[i], workload->params[i].default_text, &problem->values[i],
                        NULL);
    }
}

static enum dlb_status fail_unknown(const struct dlb_workload *workload, const char *name,
                                    struct dlb_why *why)
{
    const char *names[DLB_MAX_PARAMS + 1] = {NULL};
    char list[320] = "";
    for (int i = 0; i < workload->param_count; i++) {
        const size_t used = strlen(list);
        names[i] = workload->params[i].name;
        (void)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? " " : "", names[i]);
    }
    const char *const nearest = dlb_text_nearest(name, names);
    return dlb_fail(why, DLB_INVALID, "%s has no parameter '%.40s'%s%s%s; it has: %s",
                    workload->name, name, nearest != NULL ? " (did you mean '" : "",
                    nearest != NULL ? nearest : "", nearest != NULL ? "'?)" : "", list);
}

enum dlb_status dlb_problem_set(struct dlb_problem *problem, const char *name, const char *text,
                                struct dlb_why *why)
{
    const int param = dlb_workload_param(problem->workload, name);
    if (param < 0) {
        return fail_unknown(problem->workload, name, why);
    }
    return set_value(&problem->workload->params[param], text, &problem->values[param], why);
}

/* The fewest digits that read back to the same double. */
static void print_real(char *buffer, size_t size, double value)
{
    for (int digits = 1; digits <= 17; digits++) {
        (void)snprintf(buffer, size, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value) {
            return;
        }
    }
}

static void print_dims(char *buffer, size_t size, const int64_t dims[4])
{
    const bool is_pair = dims[0] == dims[2] && dims[1] == dims[3];
    const int count = !is_pair ? 4 : dims[0] != dims[1] ? 2 : 1;
    size_t used = 0;
    for (int i = 0; i < count && used < size; i++) {
        used += (size_t)snprintf(buffer + used, size - used, "%s%lld", i > 0 ? "x" : "",
                                 (long long)dims[i]);
    }
}

void dlb_problem_get(const struct dlb_problem *problem, int param, char *buffer, size_t size)
{
    const struct dlb_param_spec *const spec = &problem->workload->params[param];
    const struct dlb_param_value *const value = &problem->values[param];
    const char *word = "";
    switch (spec->kind) {
    case DLB_PARAM_INT:
        (void)snprintf(buffer, size, "%lld", (long long)value->dims[0]);
        return;
    case DLB_PARAM_REAL:
        print_real(buffer, size, value->real);
        return;
    case DLB_PARAM_CHOICE: {
        const size_t length = choice_word(spec->choices, value->dims[0], &word);
        (void)snprintf(buffer, size, "%.*s", (int)length, word);
        return;
    }
    case DLB_PARAM_DIMS:
        print_dims(buffer, size, value->dims);
        return;
    }
}

void dlb_problem_key(const struct dlb_problem *problem, char *buffer, size_t size)
{
    const struct dlb_workload *const workload = problem->workload;
    size_t used = (size_t)snprintf(buffer, size, "%s", workload->name);
    for (int i = 0; i < workload->param_count && used < size; i++) {
        char value[WORD_SIZE];
        dlb_problem_get(problem, i, value, sizeof value);
        used += (size_t)snprintf(buffer + used, size - used, "%c%s=%s", i > 0 ? ',' : ':',
                                 workload->params[i].name, value);
    }
}

static bool is_default(const struct dlb_problem *problem, int param)
{
    const struct dlb_param_spec *const spec = &problem->workload->params[param];
    char value[WORD_SIZE];
    dlb_problem_get(problem, param, value, sizeof value);
    return strcmp(value, spec->default_text) == 0;
}

/* "gemm m512 n512 k512 tb=t bf16": sizes with one-letter names run together, the dtype speaks for
 * itself. */
void dlb_problem_label(const struct dlb_problem *problem, char *buffer, size_t size)
{
    const struct dlb_workload *const workload = problem->workload;
    size_t used = (size_t)snprintf(buffer, size, "%s", workload->name);
    for (int i = 0; i < workload->param_count && used < size; i++) {
        if (i >= workload->shape_param_count && is_default(problem, i)) {
            continue;
        }
        const char *name = workload->params[i].name;
        const bool bare = strcmp(name, "dtype") == 0;
        const bool joined = bare || name[1] == '\0';
        char value[WORD_SIZE];
        dlb_problem_get(problem, i, value, sizeof value);
        used += (size_t)snprintf(buffer + used, size - used, " %s%s%s", bare ? "" : name,
                                 joined ? "" : "=", value);
    }
}

/* One "name=value" of a key, `length` bytes at `text`. */
static enum dlb_status parse_pair(struct dlb_problem *problem, const char *text, size_t length,
                                  bool *given, struct dlb_why *why)
{
    char pair[2 * WORD_SIZE];
    const int shown = length < 60 ? (int)length : 60;
    if (length >= sizeof pair || memchr(text, '=', length) == NULL || text[0] == '=') {
        return dlb_fail(why, DLB_INVALID, "a parameter is name=value (like %s=%s), found '%.*s'",
                        problem->workload->params[0].name,
                        problem->workload->params[0].default_text, shown, text);
    }
    memcpy(pair, text, length);
    pair[length] = '\0';
    char *const value = strchr(pair, '=');
    *value = '\0';
    const int param = dlb_workload_param(problem->workload, pair);
    if (param >= 0 && given[param]) {
        return dlb_fail(why, DLB_INVALID, "%s: the parameter %s is given twice",
                        problem->workload->name, pair);
    }
    const enum dlb_status status = dlb_problem_set(problem, pair, value + 1, why);
    if (status == DLB_OK) {
        given[param] = true;
    }
    return status;
}

enum dlb_status dlb_problem_parse(const char *key, struct dlb_problem *problem, struct dlb_why *why)
{
    if (!dlb_text_is_utf8(key)) {
        return dlb_fail(why, DLB_INVALID, "a key must be valid UTF-8, found '%.60s'", key);
    }
    char name[WORD_SIZE];
    const size_t name_length = strcspn(key, ":");
    if (name_length >= sizeof name) {
        return dlb_fail(why, DLB_INVALID, "a key is WORKLOAD:name=value,..., found '%.60s'", key);
    }
    memcpy(name, key, name_length);
    name[name_length] = '\0';
    const struct dlb_workload *workload;
    enum dlb_status status = dlb_workload_lookup(name, &workload, why);
    if (status != DLB_OK) {
        return status;
    }
    struct dlb_problem parsed;
    dlb_problem_init(&parsed, workload);
    bool given[DLB_MAX_PARAMS] = {false};
    const char *at = key + name_length;
    while (*at != '\0') {
        at++; /* the colon or a comma */
        const size_t length = strcspn(at, ",");
        status = parse_pair(&parsed, at, length, given, why);
        if (status != DLB_OK) {
            return status;
        }
        at += length;
    }
    *problem = parsed;
    return DLB_OK;
}

enum dlb_status dlb_problem_build(const struct dlb_problem *problem, struct dlb_graph *graph,
                                  struct dlb_why *why)
{
    dlb_graph_init(graph, problem->workload->name, 1);
    problem->workload->build(problem->values, graph);
    return dlb_graph_finish(graph, why);
}

enum dlb_dtype dlb_problem_dtype(const struct dlb_problem *problem)
{
    enum dlb_dtype dtype = DLB_DTYPE_F32;
    char name[WORD_SIZE];
    dlb_problem_get(problem, dlb_workload_param(problem->workload, "dtype"), name, sizeof name);
    (void)dlb_dtype_from_name(name, &dtype); /* every choice of every table is a dtype's name */
    return dtype;
}
