/* plan_problems.c: which problems a run is about: a suite, narrowed by patterns, or patterns alone; then the
 * parameter lists of the command line multiplied over what was found. */
#include "bench/run/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/memory.h"
#include "bench/base/text.h"

#define MAX_AXES 32

/* Cuts the next piece off a comma list. A key ("gemm:m=1,n=2") has commas of its own and is never cut. */
static bool next_pattern(const char **rest, char *piece, size_t size)
{
    if (**rest == '\0') {
        return false;
    }
    const size_t length = strchr(*rest, ':') != NULL ? strlen(*rest) : strcspn(*rest, ",");
    snprintf(piece, size, "%.*s", (int)(length < size ? length : size - 1), *rest);
    *rest += length;
    *rest += **rest == ',' ? 1 : 0;
    return true;
}

static enum dlb_status fail_no_workload(const char *pattern, struct dlb_why *why)
{
    const char *names[64];
    size_t count = 0;
    struct dlb_text list = {0};
    for (int i = 0; i < dlb_workload_count() && count + 1 < DLB_ARRAY_COUNT(names); i++) {
        names[count++] = dlb_workload_at(i)->name;
        dlb_text_format(&list, "%s%s", i > 0 ? ", " : "", dlb_workload_at(i)->name);
    }
    names[count] = NULL;
    const char *nearest = dlb_text_nearest(pattern, names);
    dlb_fail(why, DLB_UNAVAILABLE, "no workload matches '%.80s'%s%s%s; there are: %s", pattern,
             nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
             nearest != NULL ? "?" : "", list.data != NULL ? list.data : "none");
    dlb_text_free(&list);
    return DLB_UNAVAILABLE;
}

/* A key is checked before it is used, so that a misspelt parameter is an error and not an empty match. */
static enum dlb_status check_key(const char *key, struct dlb_problem *problem, struct dlb_why *why)
{
    char name[64];
    const size_t length = strcspn(key, ":");
    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1),
             key);
    if (dlb_workload_find(name) == NULL) {
        return fail_no_workload(name, why);
    }
    return dlb_problem_parse(key, problem, why);
}

/* Does the problem agree with a key in every parameter that the key names? */
static bool agrees(const char *key, const struct dlb_problem *wanted,
                   const struct dlb_problem *problem)
{
    if (problem->workload != wanted->workload) {
        return false;
    }
    const char *rest = key + strcspn(key, ":");
    while (*rest != '\0') {
        rest++;
        char name[64];
        char have[64];
        char want[64];
        const size_t length = strcspn(rest, "=,");
        snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1),
                 rest);
        const int param = dlb_workload_param(problem->workload, name);
        rest += strcspn(rest, ",");
        if (param < 0) {
            continue; /* "gemm:" names none */
        }
        dlb_problem_get(problem, param, have, sizeof have);
        dlb_problem_get(wanted, param, want, sizeof want);
        if (strcmp(have, want) != 0) {
            return false;
        }
    }
    return true;
}

static bool matches(const char *pattern, const struct dlb_problem *wanted,
                    const struct dlb_problem *problem)
{
    return strchr(pattern, ':') != NULL ? agrees(pattern, wanted, problem)
                                        : dlb_text_glob(pattern, problem->workload->name);
}

/* Marks the suite's problems that one pattern keeps. */
static enum dlb_status keep_matching(const struct dlb_suite *suite, const char *pattern, bool *keep,
                                     struct dlb_why *why)
{
    struct dlb_problem wanted = {0};
    int64_t found = 0;
    if (strchr(pattern, ':') != NULL) {
        const enum dlb_status status = check_key(pattern, &wanted, why);
        if (status != DLB_OK) {
            return status;
        }
    }
    for (int64_t i = 0; i < suite->problems.count; i++) {
        if (matches(pattern, &wanted, &suite->problems.items[i].problem)) {
            keep[i] = true;
            found++;
        }
    }
    if (found == 0) {
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "nothing in the suite '%s' matches '%.80s'; dlbench describe %s lists it",
                        suite->name, pattern, suite->name);
    }
    return DLB_OK;
}

static enum dlb_status take_suite(const struct dlb_plan_selection *selection,
                                  struct dlb_problems *found, struct dlb_why *why)
{
    const struct dlb_problems *all = &selection->suite->problems;
    enum dlb_status status = DLB_OK;
    bool *keep = calloc((size_t)all->count + 1, sizeof *keep);
    if (keep == NULL) {
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the suite '%s'", selection->suite->name);
    }
    for (int i = 0; i < selection->pattern_count && status == DLB_OK; i++) {
        const char *rest = selection->patterns[i];
        char piece[DLB_KEY_SIZE];
        while (status == DLB_OK && next_pattern(&rest, piece, sizeof piece)) {
            status = keep_matching(selection->suite, piece, keep, why);
        }
    }
    for (int64_t i = 0; i < all->count && status == DLB_OK; i++) {
        if (keep[i] || selection->pattern_count == 0) {
            status = dlb_problems_add(found, &all->items[i], why);
        }
    }
    free(keep);
    return status;
}

static enum dlb_status take_pattern(const char *pattern, struct dlb_problems *found,
                                    struct dlb_why *why)
{
    struct dlb_problem_entry entry = {.occurrences = 1};
    enum dlb_status status = DLB_OK;
    if (strchr(pattern, ':') != NULL) {
        status = check_key(pattern, &entry.problem, why);
        return status == DLB_OK ? dlb_problems_add(found, &entry, why) : status;
    }
    const int64_t before = found->count;
    for (int i = 0; i < dlb_workload_count() && status == DLB_OK; i++) {
        if (dlb_text_glob(pattern, dlb_workload_at(i)->name)) {
            dlb_problem_init(&entry.problem, dlb_workload_at(i));
            status = dlb_problems_add(found, &entry, why);
        }
    }
    return status == DLB_OK && found->count == before ? fail_no_workload(pattern, why) : status;
}

static enum dlb_status take_patterns(const struct dlb_plan_selection *selection,
                                     struct dlb_problems *found, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < selection->pattern_count && status == DLB_OK; i++) {
        const char *rest = selection->patterns[i];
        char piece[DLB_KEY_SIZE];
        while (status == DLB_OK && next_pattern(&rest, piece, sizeof piece)) {
            status = take_pattern(piece, found, why);
        }
    }
    return status;
}

static bool knows(const struct dlb_problem_entry *entry, const char *name)
{
    return dlb_workload_param(entry->problem.workload, name) >= 0;
}

/* An axis that no selected workload knows: the first workload says which of its parameters comes near. */
static enum dlb_status check_axis(const struct dlb_problems *found, const struct dlb_axis *axis,
                                  struct dlb_why *why)
{
    for (int64_t i = 0; i < found->count; i++) {
        if (knows(&found->items[i], axis->name)) {
            return DLB_OK;
        }
    }
    struct dlb_problem problem = found->items[0].problem;
    const enum dlb_status status = dlb_problem_set(&problem, axis->name, axis->values[0], why);
    return status == DLB_OK ? DLB_INVALID : status;
}

/* A cap that --yes lifts, told before anything is multiplied out. */
static enum dlb_status check_product(const struct dlb_axis *axes, int count, int64_t before,
                                     int64_t limit, struct dlb_why *why)
{
    int64_t product = 1;
    for (int i = 0; i < count; i++) {
        if (!dlb_multiply(product, axes[i].count, &product)) {
            product = INT64_MAX / 2;
            break;
        }
    }
    if (product <= limit - before) {
        return DLB_OK;
    }
    return dlb_fail(why, DLB_INVALID,
                    "the parameters make at least %" PRId64 " problems, more than %" PRId64
                    "; narrow them, or say --yes",
                    before + product, limit);
}

static enum dlb_status multiply(const struct dlb_problems *found, const struct dlb_axis *axes,
                                int axis_count, int64_t limit, struct dlb_problems *problems,
                                struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (int64_t i = 0; i < found->count && status == DLB_OK; i++) {
        struct dlb_axis own[MAX_AXES];
        int count = 0;
        for (int a = 0; a < axis_count; a++) {
            if (knows(&found->items[i], axes[a].name)) {
                own[count++] = axes[a]; /* borrows the values */
            }
        }
        status = check_product(own, count, problems->count, limit, why);
        if (status == DLB_OK) {
            status = dlb_axes_expand(&found->items[i], own, count, limit - problems->count,
                                     problems, why);
        }
    }
    return status;
}

/* Does the key ("gemm:m=64,n=1") name the parameter? */
static bool key_names(const char *key, const char *name)
{
    const char *rest = key + strcspn(key, ":");
    const size_t length = strlen(name);
    while (*rest != '\0') {
        rest++;
        if (strncmp(rest, name, length) == 0 && rest[length] == '=') {
            return true;
        }
        rest += strcspn(rest, ",");
    }
    return false;
}

/* "-w gemm:m=64 -p m=32" says two things of m. */
static enum dlb_status check_keys(const struct dlb_plan_selection *selection, const char *name,
                                  const char *axis, struct dlb_why *why)
{
    for (int i = 0; i < selection->pattern_count; i++) {
        if (key_names(selection->patterns[i], name)) {
            return dlb_fail(why, DLB_INVALID,
                            "parameter %s is given twice, in -w %.80s and in -p %.80s; keep one",
                            name, selection->patterns[i], axis);
        }
    }
    return DLB_OK;
}

/* "-p m=1 -p m=2" would set m twice: the values belong in one list. */
static enum dlb_status parse_axes(const struct dlb_plan_selection *selection,
                                  const struct dlb_problems *found, struct dlb_axis *axes,
                                  struct dlb_why *why)
{
    if (selection->axis_count > MAX_AXES) {
        return dlb_fail(why, DLB_INVALID, "at most %d parameters can be given, found %d", MAX_AXES,
                        selection->axis_count);
    }
    for (int i = 0; i < selection->axis_count; i++) {
        enum dlb_status status = dlb_axis_parse(selection->axes[i], &axes[i], why);
        if (status == DLB_OK) {
            status = check_axis(found, &axes[i], why);
        }
        if (status == DLB_OK) {
            status = check_keys(selection, axes[i].name, selection->axes[i], why);
        }
        for (int j = 0; j < i && status == DLB_OK; j++) {
            if (strcmp(axes[i].name, axes[j].name) == 0) {
                status = dlb_fail(why, DLB_INVALID,
                                  "parameter %s is given twice; join the values: -p %s=A,B",
                                  axes[i].name, axes[i].name);
            }
        }
        if (status != DLB_OK) {
            return status;
        }
    }
    return DLB_OK;
}

enum dlb_status dlb_plan_problems(const struct dlb_plan_selection *selection,
                                  struct dlb_problems *problems, struct dlb_why *why)
{
    struct dlb_problems found = {0};
    struct dlb_axis axes[MAX_AXES] = {{{0}, 0, NULL}};
    enum dlb_status status = selection->suite != NULL ? take_suite(selection, &found, why)
                                                      : take_patterns(selection, &found, why);
    if (status == DLB_OK && found.count == 0) {
        status = dlb_fail(why, DLB_UNAVAILABLE, "no problem is selected");
    }
    if (status == DLB_OK) {
        status = parse_axes(selection, &found, axes, why);
    }
    if (status == DLB_OK) {
        status = multiply(&found, axes, selection->axis_count, selection->limit, problems, why);
    }
    for (int i = 0; i < MAX_AXES; i++) {
        dlb_axis_free(&axes[i]);
    }
    dlb_problems_free(&found);
    return status;
}
