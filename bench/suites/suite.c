/* suite.c: reads suite files: lines of problems and directives (the format stands in suite.h).
 * Where shipped suites are and how a file is read as a whole is in suite_file.c. */
#include "bench/suites/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/suites/suite_file.h"

#define MAX_PROBLEMS 100000
#define MAX_LINE     4096

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* Removes space at both ends, in place. */
static char *trim(char *text)
{
    while (is_space(*text)) {
        text++;
    }
    size_t length = strlen(text);
    while (length > 0 && is_space(text[length - 1])) {
        text[--length] = '\0';
    }
    return text;
}

/* Cuts the next word off *rest; NULL when there is none. */
static char *next_word(char **rest)
{
    char *const word = *rest + strspn(*rest, " \t");
    if (*word == '\0') {
        return NULL;
    }
    char *const end = word + strcspn(word, " \t");
    *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

/* A '#' at the start or behind space begins a comment; inside a word it is a character. */
static void cut_comment(char *line)
{
    for (char *at = line; *at != '\0'; at++) {
        if (*at == '#' && (at == line || is_space(at[-1]))) {
            *at = '\0';
            return;
        }
    }
}

static enum dlb_status copy_text(const char *what, const char *text, char *buffer, size_t size,
                                 struct dlb_why *why)
{
    if (text[0] == '\0' || strlen(text) >= size) {
        return dlb_fail(why, DLB_INVALID, "%s has 1..%zu bytes, found %zu", what, size - 1,
                        strlen(text));
    }
    (void)snprintf(buffer, size, "%s", text);
    return DLB_OK;
}

static enum dlb_status add_source(struct dlb_suite *suite, const char *text, struct dlb_why *why)
{
    const size_t used = strlen(suite->source);
    if (used == 0) {
        return copy_text("@source", text, suite->source, sizeof suite->source, why);
    }
    if (text[0] == '\0' || used + 2 + strlen(text) >= sizeof suite->source) {
        return dlb_fail(why, DLB_INVALID, "all @source lines together have 1..%zu bytes",
                        sizeof suite->source - 1);
    }
    memcpy(suite->source + used, "; ", 2);
    memcpy(suite->source + used + 2, text, strlen(text) + 1);
    return DLB_OK;
}

static enum dlb_status add_setting(struct dlb_suite *suite, char *text, struct dlb_why *why)
{
    char *const equals = strchr(text, '=');
    if (equals == NULL || equals == text || equals[1] == '\0') {
        return dlb_fail(why, DLB_INVALID, "@set wants NAME=VALUE (like max-time=2s), found '%.60s'",
                        text);
    }
    *equals = '\0';
    for (int i = 0; i < suite->setting_count; i++) {
        if (strcmp(suite->settings[i].name, text) == 0) {
            return dlb_fail(why, DLB_INVALID, "@set %s is given twice", text);
        }
    }
    if (suite->setting_count == DLB_MAX_SETTINGS) {
        return dlb_fail(why, DLB_INVALID, "more than %d @set lines", DLB_MAX_SETTINGS);
    }
    const int at = suite->setting_count;
    enum dlb_status status = copy_text("the name of a setting", text, suite->settings[at].name,
                                       sizeof suite->settings[at].name, why);
    if (status == DLB_OK) {
        status = copy_text("the value of a setting", equals + 1, suite->settings[at].value,
                           sizeof suite->settings[at].value, why);
    }
    if (status == DLB_OK) {
        suite->setting_count++;
    }
    return status;
}

static enum dlb_status parse_directive(struct dlb_suite *suite, char *line, struct dlb_why *why)
{
    static const char *const names[] = {"@title", "@source", "@set", NULL};
    char *rest = line;
    const char *const name = next_word(&rest);
    char *const text = trim(rest);
    if (strcmp(name, "@title") == 0) {
        if (suite->title[0] != '\0') {
            return dlb_fail(why, DLB_INVALID, "@title is given twice");
        }
        return copy_text("@title", text, suite->title, sizeof suite->title, why);
    }
    if (strcmp(name, "@source") == 0) {
        return add_source(suite, text, why);
    }
    if (strcmp(name, "@set") == 0) {
        return add_setting(suite, text, why);
    }
    const char *const nearest = dlb_text_nearest(name, names);
    return dlb_fail(why, DLB_INVALID, "no directive '%.40s'%s%s%s; there are: @title @source @set",
                    name, nearest != NULL ? " (did you mean '" : "", nearest != NULL ? nearest : "",
                    nearest != NULL ? "'?)" : "");
}

/* "| origin | occurrences" behind a problem; `line` is cut at the first bar. */
static enum dlb_status parse_notes(char *line, struct dlb_problem_entry *entry, struct dlb_why *why)
{
    char *const bar = strchr(line, '|');
    entry->occurrences = 1;
    if (bar == NULL) {
        return DLB_OK;
    }
    *bar = '\0';
    char *const second = strchr(bar + 1, '|');
    if (second != NULL) {
        *second = '\0';
        struct dlb_why reason = {""};
        const char *const text = trim(second + 1);
        if (dlb_parse_int(text, &entry->occurrences, &reason) != DLB_OK) {
            return dlb_fail(why, DLB_INVALID, "occurrences: %s", reason.text);
        }
        if (entry->occurrences < 1) {
            return dlb_fail(why, DLB_INVALID, "occurrences must be at least 1, found %lld",
                            (long long)entry->occurrences);
        }
    }
    const char *const origin = trim(bar + 1);
    if (origin[0] == '\0') {
        return DLB_OK;
    }
    return copy_text("the origin", origin, entry->origin, sizeof entry->origin, why);
}

static enum dlb_status parse_problem(struct dlb_suite *suite, char *line, struct dlb_why *why)
{
    struct dlb_problem_entry entry = {.origin = ""};
    enum dlb_status status = parse_notes(line, &entry, why);
    if (status != DLB_OK) {
        return status;
    }
    char *rest = line;
    const char *const name = next_word(&rest);
    const struct dlb_workload *workload;
    status = dlb_workload_lookup(name != NULL ? name : "", &workload, why);
    if (status != DLB_OK) {
        return status;
    }
    dlb_problem_init(&entry.problem, workload);
    struct dlb_axis axes[DLB_MAX_PARAMS];
    int axis_count = 0;
    for (const char *word; status == DLB_OK && (word = next_word(&rest)) != NULL;) {
        if (axis_count == DLB_MAX_PARAMS) {
            status = dlb_fail(why, DLB_INVALID, "more than %d parameters", DLB_MAX_PARAMS);
            break;
        }
        status = dlb_axis_parse(word, &axes[axis_count], why);
        axis_count += status == DLB_OK;
    }
    if (status == DLB_OK) {
        status = dlb_axes_expand(&entry, axes, axis_count, MAX_PROBLEMS - suite->problems.count,
                                 &suite->problems, why);
    }
    for (int i = 0; i < axis_count; i++) {
        dlb_axis_free(&axes[i]);
    }
    return status;
}

static enum dlb_status parse_line(struct dlb_suite *suite, char *line, struct dlb_why *why)
{
    if (strlen(line) > MAX_LINE) {
        return dlb_fail(why, DLB_INVALID, "the line has %zu bytes, the limit is %d", strlen(line),
                        MAX_LINE);
    }
    if (!dlb_text_is_utf8(line)) {
        return dlb_fail(why, DLB_INVALID, "the line is not valid UTF-8");
    }
    cut_comment(line);
    char *const text = trim(line);
    if (text[0] == '\0') {
        return DLB_OK;
    }
    return text[0] == '@' ? parse_directive(suite, text, why) : parse_problem(suite, text, why);
}

/* The part of a path that fits a reason beside the reason itself. */
static const char *path_tail(const char *path)
{
    const size_t length = strlen(path);
    return length > 200 ? path + length - 200 : path;
}

/* All lines of `content`, which is cut to pieces. CR LF ends a line like LF. */
static enum dlb_status parse_content(struct dlb_suite *suite, const char *path, char *content,
                                     struct dlb_why *why)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    char *line = content;
    if (strncmp(line, byte_order_mark, 3) == 0) {
        line += 3;
    }
    for (int64_t number = 1; *line != '\0'; number++) {
        const size_t length = strcspn(line, "\n");
        char *const next = line + length + (line[length] == '\n');
        line[length] = '\0';
        if (length > 0 && line[length - 1] == '\r') {
            line[length - 1] = '\0';
        }
        struct dlb_why reason = {""};
        const enum dlb_status status = parse_line(suite, line, &reason);
        if (status != DLB_OK) {
            return dlb_fail(why, status, "%s:%lld: %s", path_tail(path), (long long)number,
                            reason.text);
        }
        line = next;
    }
    if (suite->problems.count == 0) {
        return dlb_fail(why, DLB_INVALID, "%s: no problem in it; a line is like 'gemm m=512'",
                        path_tail(path));
    }
    return DLB_OK;
}

enum dlb_status dlb_suite_load(const char *name, struct dlb_suite *suite, struct dlb_why *why)
{
    *suite = (struct dlb_suite){.name = ""};
    char path[DLB_SUITE_PATH_SIZE];
    char *content = NULL;
    enum dlb_status status = dlb_suite_resolve(name, path, sizeof path, why);
    if (status == DLB_OK) {
        status = dlb_suite_read(path, &content, why);
    }
    if (status == DLB_OK) {
        status = parse_content(suite, path, content, why);
    }
    free(content);
    if (status != DLB_OK) {
        dlb_suite_free(suite);
        return status;
    }
    dlb_suite_name_of(path, suite->name);
    return DLB_OK;
}

void dlb_suite_free(struct dlb_suite *suite)
{
    dlb_problems_free(&suite->problems);
    *suite = (struct dlb_suite){.name = ""};
}
