/* option_values.c: one reader per kind of option value. Strict: the whole text, inside its limits, or one clear line
 * that says what the option wants and what was found. */
#include "bench/cli/option_values.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/suggest.h"
#include "bench/suites/axes.h"

#define AUTOMATIC   "auto"
#define MAX_CHOICES 32

void *dlb_parser_own(struct dlb_parser *parser, void *block)
{
    if (block == NULL) {
        return NULL;
    }
    if (parser->owned_count == parser->owned_capacity) {
        const int capacity = parser->owned_capacity > 0 ? 2 * parser->owned_capacity : 64;
        void **owned = realloc(parser->owned, (size_t)capacity * sizeof *owned);
        if (owned == NULL) {
            free(block);
            return NULL;
        }
        parser->owned = owned;
        parser->owned_capacity = capacity;
    }
    parser->owned[parser->owned_count++] = block;
    return block;
}

/* Lists are short (what a person types), so each growth is a new block: the old one stays with the parser. */
bool dlb_texts_add(struct dlb_parser *parser, struct dlb_texts *texts, const char *text)
{
    if ((texts->count & (texts->count - 1)) == 0) { /* at 0, 1, 2, 4, ...: the block is full */
        const size_t capacity = texts->count > 0 ? 2 * (size_t)texts->count : 1;
        const char **items = dlb_parser_own(parser, calloc(capacity, sizeof *items));
        if (items == NULL) {
            return false;
        }
        if (texts->count > 0) {
            memcpy(items, texts->items, (size_t)texts->count * sizeof *items);
        }
        texts->items = items;
    }
    texts->items[texts->count++] = text;
    return true;
}

static enum dlb_status check_range(const struct dlb_option *row, double value, const char *text,
                                   struct dlb_why *why)
{
    if (value >= row->min && value <= row->max) {
        return DLB_OK;
    }
    char least[32];
    char most[32];
    if (row->kind == DLB_OPTION_TIME) {
        dlb_format_time(least, sizeof least, row->min);
        dlb_format_time(most, sizeof most, row->max);
    } else if (row->kind == DLB_OPTION_FRACTION) {
        snprintf(least, sizeof least, "%g%%", row->min * 100);
        snprintf(most, sizeof most, "%g%%", row->max * 100);
    } else if (row->kind == DLB_OPTION_REAL) {
        snprintf(least, sizeof least, "%g", row->min);
        snprintf(most, sizeof most, "%g", row->max);
    } else {
        snprintf(least, sizeof least, "%.0f", row->min);
        snprintf(most, sizeof most, "%.0f", row->max);
    }
    return dlb_fail(why, DLB_INVALID, "--%s wants a value from %s to %s, found '%.80s'", row->name,
                    least, most, text);
}

/* The choice number `index` of a blank-separated list, copied; false behind the last. */
static bool choice_at(const char *choices, int index, char word[32])
{
    for (int i = 0;; i++) {
        choices += strspn(choices, " ");
        const size_t length = strcspn(choices, " ");
        if (length == 0) {
            return false;
        }
        if (i == index) {
            snprintf(word, 32, "%.*s", (int)(length < 31 ? length : 31), choices);
            return true;
        }
        choices += length;
    }
}

static enum dlb_status parse_choice(const struct dlb_option *row, const char *text, int *index,
                                    struct dlb_why *why)
{
    char words[MAX_CHOICES][32];
    const char *names[MAX_CHOICES + 1] = {NULL};
    for (int i = 0; i < MAX_CHOICES && choice_at(row->choices, i, words[i]); i++) {
        if (strcmp(words[i], text) == 0) {
            *index = i;
            return DLB_OK;
        }
        names[i] = words[i];
    }
    return dlb_fail(why, DLB_INVALID, "--%s wants one of: %s; found '%.80s'%s", row->name,
                    row->choices, text, dlb_suggest(text, names).text);
}

static enum dlb_status store_choices(const struct dlb_option *row, int *set, const char *text,
                                     bool append, struct dlb_why *why)
{
    int bits = append ? *set : 0;
    const char *rest = text;
    for (;;) {
        const size_t length = strcspn(rest, ",");
        char word[128];
        snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word - 1),
                 rest);
        int index = 0;
        const enum dlb_status status = parse_choice(row, word, &index, why);
        if (status != DLB_OK) {
            return status;
        }
        bits |= 1 << index;
        if (rest[length] == '\0') {
            *set = bits;
            return DLB_OK;
        }
        rest += length + 1;
    }
}

static enum dlb_status store_ints(struct dlb_parser *parser, const struct dlb_option *row,
                                  struct dlb_ints *ints, const char *text, bool append,
                                  struct dlb_why *why)
{
    struct dlb_axis axis = {0};
    struct dlb_why inner = {""};
    struct dlb_text assignment = {0};
    enum dlb_status status = DLB_OK;
    dlb_text_format(&assignment, "%s=%s", row->name, text);
    status = assignment.failed ? dlb_fail(why, DLB_NO_MEMORY, "no memory for --%s", row->name)
                               : dlb_axis_parse(assignment.data, &axis, &inner);
    if (status == DLB_INVALID) {
        dlb_fail(why, status, "--%s %s", row->name, inner.text);
    }
    if (status != DLB_OK) {
        goto out;
    }
    const int64_t before = append ? ints->count : 0;
    const size_t total = (size_t)(before + axis.count);
    int64_t *items = dlb_parser_own(parser, calloc(total, sizeof *items));
    if (items == NULL) {
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for --%s", row->name);
        goto out;
    }
    if (before > 0) {
        memcpy(items, ints->items, (size_t)before * sizeof *items);
    }
    for (int64_t i = 0; i < axis.count && status == DLB_OK; i++) {
        status = dlb_parse_int(axis.values[i], &items[before + i], &inner);
        if (status != DLB_OK) {
            dlb_fail(why, status, "--%s: %s", row->name, inner.text);
        } else {
            status = check_range(row, (double)items[before + i], axis.values[i], why);
        }
    }
    if (status == DLB_OK) {
        *ints = (struct dlb_ints){(int64_t)total, items};
    }
out:
    dlb_axis_free(&axis);
    dlb_text_free(&assignment);
    return status;
}

static enum dlb_status parse_seed(const char *text, uint64_t *seed, struct dlb_why *why)
{
    char *end = NULL;
    errno = 0;
    const uint64_t value = strtoull(text, &end, 0);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno == ERANGE) {
        return dlb_fail(why, DLB_INVALID,
                        "wants a whole number from 0 to %" PRIu64 ", found '%.80s'", UINT64_MAX,
                        text);
    }
    *seed = value;
    return DLB_OK;
}

static enum dlb_status store_number(const struct dlb_option *row, void *field, const char *text,
                                    struct dlb_why *why)
{
    struct dlb_why inner = {""};
    int64_t integer = 0;
    double real = 0;
    uint64_t seed = 0;
    enum dlb_status status = DLB_OK;
    switch (row->kind) {
    case DLB_OPTION_INT:
        status = dlb_parse_int(text, &integer, &inner);
        real = (double)integer;
        break;
    case DLB_OPTION_TIME:
        status = dlb_parse_time_ns(text, &real, &inner);
        break;
    case DLB_OPTION_FRACTION:
        status = dlb_parse_fraction(text, &real, &inner);
        break;
    case DLB_OPTION_REAL:
        status = dlb_parse_real(text, &real, &inner);
        break;
    default:
        status = parse_seed(text, &seed, &inner);
        break;
    }
    if (status != DLB_OK) {
        return dlb_fail(why, status, "--%s: %s", row->name, inner.text);
    }
    if (row->kind == DLB_OPTION_SEED) {
        *(uint64_t *)field = seed;
        return DLB_OK;
    }
    status = check_range(row, real, text, why);
    if (status == DLB_OK && row->kind == DLB_OPTION_INT) {
        *(int64_t *)field = integer;
    } else if (status == DLB_OK) {
        *(double *)field = real;
    }
    return status;
}

static void store_automatic(const struct dlb_option *row, void *field)
{
    if (row->kind == DLB_OPTION_INTS) {
        *(struct dlb_ints *)field = (struct dlb_ints){0, NULL};
    } else if (row->kind == DLB_OPTION_INT) {
        *(int64_t *)field = -1;
    } else {
        *(double *)field = -1;
    }
}

enum dlb_status dlb_option_store(struct dlb_parser *parser, const struct dlb_option *row,
                                 void *field, const char *text, bool append, struct dlb_why *why)
{
    if (row->kind == DLB_OPTION_FLAG || row->kind == DLB_OPTION_COUNT) {
        if (text[0] != '\0') {
            return dlb_fail(why, DLB_INVALID, "--%s takes no value, found '%.80s'", row->name,
                            text);
        }
        if (row->kind == DLB_OPTION_FLAG) {
            *(bool *)field = true;
        } else {
            ++*(int *)field;
        }
        return DLB_OK;
    }
    if (text[0] == '\0') {
        return dlb_fail(why, DLB_INVALID, "--%s wants a value (%s), found an empty text", row->name,
                        row->argument);
    }
    if (row->automatic && strcmp(text, AUTOMATIC) == 0) {
        store_automatic(row, field);
        return DLB_OK;
    }
    switch (row->kind) {
    case DLB_OPTION_TEXT:
        *(const char **)field = text;
        return DLB_OK;
    case DLB_OPTION_TEXTS: {
        struct dlb_texts *texts = field;
        if (!append) {
            *texts = (struct dlb_texts){0, NULL};
        }
        return dlb_texts_add(parser, texts, text)
                   ? DLB_OK
                   : dlb_fail(why, DLB_NO_MEMORY, "no memory for --%s", row->name);
    }
    case DLB_OPTION_CHOICE:
        return parse_choice(row, text, field, why);
    case DLB_OPTION_CHOICES:
        return store_choices(row, field, text, append, why);
    case DLB_OPTION_INTS:
        return store_ints(parser, row, field, text, append, why);
    default:
        return store_number(row, field, text, why);
    }
}
