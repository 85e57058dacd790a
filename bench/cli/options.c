/* options.c: walks the arguments and the configuration file over the option tables.
 *
 * Values are read and checked in option_values.c; this file knows about dashes, sources and precedence. Help is
 * printed from the same rows in help.c. */
#include "bench/cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/option_values.h"

#define MAX_NAMES (DLB_MAX_OPTIONS * DLB_MAX_OPTION_TABLES)

/* A row that was found, with its place. */
struct found {
    int table, index;
    const struct dlb_option *row;
};

static bool takes_value(const struct dlb_option *row)
{
    return row->kind != DLB_OPTION_FLAG && row->kind != DLB_OPTION_COUNT;
}

static bool find(const struct dlb_parser *parser, const char *name, size_t length, char letter,
                 struct found *found)
{
    for (int t = 0; t < parser->table_count; t++) {
        const struct dlb_option *rows = parser->tables[t].rows;
        for (int i = 0; rows[i].name != NULL; i++) {
            const bool match = name != NULL ? strncmp(rows[i].name, name, length) == 0 &&
                                                  rows[i].name[length] == '\0'
                                            : rows[i].letter != 0 && rows[i].letter == letter;
            if (match) {
                *found = (struct found){t, i, &rows[i]};
                return true;
            }
        }
    }
    return false;
}

/* The one name that begins with the word; NULL when there is none, or several. */
static const char *only_beginning(const char *const *names, const char *word)
{
    const char *only = NULL;
    for (; *names != NULL; names++) {
        if (strncmp(*names, word, strlen(word)) == 0) {
            if (only != NULL) {
                return NULL;
            }
            only = *names;
        }
    }
    return only;
}

static const char *nearest_name(const struct dlb_parser *parser, const char *name)
{
    const char *names[MAX_NAMES + 1];
    size_t count = 0;
    for (int t = 0; t < parser->table_count; t++) {
        const struct dlb_option *rows = parser->tables[t].rows;
        for (int i = 0; rows[i].name != NULL; i++) {
            if (!rows[i].hidden) {
                names[count++] = rows[i].name;
            }
        }
    }
    names[count] = NULL;
    const char *only = only_beginning(names, name);
    return only != NULL ? only : dlb_text_nearest(name, names);
}

static enum dlb_status fail_unknown(const struct dlb_parser *parser, const char *name,
                                    struct dlb_why *why)
{
    const char *nearest = nearest_name(parser, name);
    if (nearest != NULL) {
        return dlb_fail(why, DLB_INVALID, "unknown option '--%.80s'; did you mean --%s?", name,
                        nearest);
    }
    return dlb_fail(why, DLB_INVALID, "unknown option '--%.80s'; --help lists the options", name);
}

static enum dlb_status set(struct dlb_parser *parser, const struct found *found, const char *text,
                           enum dlb_source source, struct dlb_why *why)
{
    const struct dlb_option *row = found->row;
    enum dlb_source *current = &parser->tables[found->table].sources[found->index];
    const char **last = &parser->tables[found->table].texts[found->index];
    if (source < *current) {
        return DLB_OK;
    }
    const bool repeated = source == *current;
    const bool scalar = takes_value(row) && row->kind != DLB_OPTION_TEXTS &&
                        row->kind != DLB_OPTION_CHOICES && row->kind != DLB_OPTION_INTS;
    if (repeated && scalar && strcmp(*last, text) != 0) {
        return dlb_fail(why, DLB_INVALID, "--%s is given twice, as '%.60s' and '%.60s'; keep one",
                        row->name, *last, text);
    }
    const char *kept = dlb_parser_keep(parser, text);
    if (kept == NULL) {
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the options");
    }
    char *field = parser->tables[found->table].target + row->offset;
    const enum dlb_status status = dlb_option_store(parser, row, field, kept, repeated, why);
    if (status == DLB_OK) {
        *current = source;
        *last = kept;
    }
    return status;
}

enum dlb_status dlb_parser_add(struct dlb_parser *parser, const struct dlb_option *rows,
                               void *target, struct dlb_why *why)
{
    const int table = parser->table_count++;
    parser->tables[table].rows = rows;
    parser->tables[table].target = target;
    for (int i = 0; rows[i].name != NULL; i++) {
        const struct found found = {table, i, &rows[i]};
        if (rows[i].default_text == NULL || !takes_value(&rows[i])) {
            continue;
        }
        const enum dlb_status status =
            set(parser, &found, rows[i].default_text, DLB_SOURCE_DEFAULT, why);
        if (status != DLB_OK) {
            return status;
        }
    }
    return DLB_OK;
}

void dlb_parser_drop(struct dlb_parser *parser)
{
    const int last = --parser->table_count;
    memset(&parser->tables[last], 0, sizeof parser->tables[last]);
}

enum dlb_status dlb_parser_set(struct dlb_parser *parser, const char *name, const char *text,
                               enum dlb_source source, struct dlb_why *why)
{
    struct found found;
    if (!find(parser, name, strlen(name), 0, &found)) {
        return fail_unknown(parser, name, why);
    }
    return set(parser, &found, text, source, why);
}

/* Does the next argument look like an option of ours rather than like a value ("-1" is a value)? */
static bool is_option(const struct dlb_parser *parser, const char *argument)
{
    struct found found;
    if (argument[0] != '-' || argument[1] == '\0') {
        return false;
    }
    return argument[1] == '-' || find(parser, NULL, 0, argument[1], &found);
}

/* What is being walked. */
struct walk {
    struct dlb_parser *parser;
    int count, at;
    char *const *arguments;
};

/* The value of the option at walk->at: what stands behind '=' or the letter, else the next argument. */
static enum dlb_status take(struct walk *walk, const struct found *found, const char *attached,
                            struct dlb_why *why)
{
    const struct dlb_option *row = found->row;
    const char *text = attached;
    if (text == NULL) {
        if (walk->at + 1 >= walk->count || is_option(walk->parser, walk->arguments[walk->at + 1])) {
            return dlb_fail(why, DLB_INVALID, "--%s wants a value: --%s %s", row->name, row->name,
                            row->argument);
        }
        text = walk->arguments[++walk->at];
    }
    return set(walk->parser, found, text, DLB_SOURCE_COMMAND_LINE, why);
}

static enum dlb_status read_long(struct walk *walk, const char *name, struct dlb_why *why)
{
    const size_t length = strcspn(name, "=");
    struct found found;
    if (!find(walk->parser, name, length, 0, &found)) {
        char bare[128];
        snprintf(bare, sizeof bare, "%.*s", (int)(length < sizeof bare ? length : sizeof bare - 1),
                 name);
        return fail_unknown(walk->parser, bare, why);
    }
    if (takes_value(found.row)) {
        return take(walk, &found, name[length] == '=' ? name + length + 1 : NULL, why);
    }
    if (name[length] == '=') {
        return dlb_fail(why, DLB_INVALID, "--%s takes no value, found '%.80s'", found.row->name,
                        name + length + 1);
    }
    return set(walk->parser, &found, "", DLB_SOURCE_COMMAND_LINE, why);
}

/* "-qv", "-w gemm", "-wgemm", "-w=gemm" is the value "=gemm" as everywhere. */
static enum dlb_status read_letters(struct walk *walk, const char *letters, struct dlb_why *why)
{
    for (const char *letter = letters; *letter != '\0'; letter++) {
        struct found found;
        if (!find(walk->parser, NULL, 0, *letter, &found)) {
            const char *nearest = nearest_name(walk->parser, letter);
            return dlb_fail(why, DLB_INVALID,
                            "unknown option '-%.80s'%s%s%s; --help lists the options", letter,
                            nearest != NULL ? "; did you mean --" : "",
                            nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
        }
        if (takes_value(found.row)) {
            return take(walk, &found, letter[1] != '\0' ? letter + 1 : NULL, why);
        }
        const enum dlb_status status = set(walk->parser, &found, "", DLB_SOURCE_COMMAND_LINE, why);
        if (status != DLB_OK) {
            return status;
        }
    }
    return DLB_OK;
}

enum dlb_status dlb_parser_arguments(struct dlb_parser *parser, int count, char *const *arguments,
                                     bool leading, int *used, struct dlb_why *why)
{
    struct walk walk = {parser, count, 0, arguments};
    bool options = true;
    enum dlb_status status = DLB_OK;
    for (; walk.at < count && status == DLB_OK; walk.at++) {
        const char *argument = arguments[walk.at];
        if (options && strcmp(argument, "--") == 0) {
            options = false;
        } else if (options && argument[0] == '-' && argument[1] == '-') {
            status = read_long(&walk, argument + 2, why);
        } else if (options && argument[0] == '-' && argument[1] != '\0') {
            status = read_letters(&walk, argument + 1, why);
        } else if (leading) {
            break;
        } else if (!dlb_texts_add(parser, &parser->arguments, argument)) {
            status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the arguments");
        }
    }
    *used = walk.at;
    return status;
}

enum dlb_source dlb_parser_source(const struct dlb_parser *parser, const char *name)
{
    struct found found;
    return find(parser, name, strlen(name), 0, &found)
               ? parser->tables[found.table].sources[found.index]
               : DLB_SOURCE_NONE;
}

const char *dlb_parser_text(const struct dlb_parser *parser, const char *name)
{
    struct found found;
    return find(parser, name, strlen(name), 0, &found)
               ? parser->tables[found.table].texts[found.index]
               : NULL;
}

const struct dlb_option *dlb_option_find(const struct dlb_option *rows, const char *name)
{
    for (; rows != NULL && rows->name != NULL; rows++) {
        if (strcmp(rows->name, name) == 0) {
            return rows;
        }
    }
    return NULL;
}

const char *dlb_parser_keep(struct dlb_parser *parser, const char *text)
{
    return dlb_parser_own(parser, strdup(text));
}

void dlb_parser_free(struct dlb_parser *parser)
{
    for (int i = 0; i < parser->owned_count; i++) {
        free(parser->owned[i]);
    }
    free(parser->owned);
    *parser = (struct dlb_parser){0};
}
