/* fpga_board.c: boards as data: the files of backends/fpga/boards, which the plugin carries as texts, and a user's own.
 *
 * A file is lines of "key = value"; every figure has a line "key.source = where it stands". A figure without a source is refused: nobody
 * could check it. How large a grid a board holds is fpga_grid.c's matter. */
#include <assert.h>
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/fpga/fpga_design.h"
#include "bench/base/text.h"

#define DLB_FPGA_BOARD(symbol, id) extern const char dlb_fpga_board_##symbol[];
#include "backends/fpga/fpga_boards.def"
#undef DLB_FPGA_BOARD

static const struct {
    const char *id, *text;
} embedded[] = {
#define DLB_FPGA_BOARD(symbol, id) {id, dlb_fpga_board_##symbol},
#include "backends/fpga/fpga_boards.def"
#undef DLB_FPGA_BOARD
};

/* ---- the fields of a file ------------------------------------------------------------------------- */

enum field_type { FIELD_TEXT, FIELD_COUNT, FIELD_REAL, FIELD_RAM };

static const struct field {
    const char *name;
    enum field_type type;
    size_t offset, size; /* size: of a text */
    bool required;
    int64_t max; /* of a number: what is above is a slip of units, or would overflow */
} fields[] = {
#define AT(member) offsetof(struct dlb_fpga_board, member)
    {"name", FIELD_TEXT, AT(name), sizeof((struct dlb_fpga_board *)0)->name, true, 0},
    {"vendor", FIELD_TEXT, AT(vendor), sizeof((struct dlb_fpga_board *)0)->vendor, true, 0},
    {"note", FIELD_TEXT, AT(note), sizeof((struct dlb_fpga_board *)0)->note, false, 0},
    {"dsps", FIELD_COUNT, AT(dsps), 0, true, 1000000},
    {"f32-macs-per-dsp", FIELD_REAL, AT(f32_macs_per_dsp), 0, true, 1000},
    {"s8-macs-per-dsp", FIELD_REAL, AT(s8_macs_per_dsp), 0, true, 1000},
    {"ram", FIELD_RAM, AT(ram), 0, true, 0},
    {"large-ram", FIELD_RAM, AT(large), 0, false, 0},
    {"clock", FIELD_REAL, AT(clock_hz), 0, true, INT64_C(100000000000)},
    {"memory-bandwidth", FIELD_REAL, AT(mem_bw_bytes_per_s), 0, true, INT64_C(1000000000000000)},
    {"power", FIELD_REAL, AT(power_w), 0, false, 1000000},
#undef AT
};
#define FIELDS      ((int)DLB_ARRAY_COUNT(fields))
#define CLOCK_FIELD 8
#define SUFFIX      ".source"

#define BANDWIDTH_MAX 1099511627776.0 /* 2^40: more than any grid takes in 256 cycles */

/* What reading a file needs to remember. */
struct reader {
    const char *origin;
    int line;
    struct dlb_fpga_board board;
    bool given[FIELDS], sourced[FIELDS];
};

static enum dlb_status refuse(const struct reader *r, struct dlb_why *why, const char *reason,
                              const char *found)
{
    return dlb_fail(why, DLB_INVALID, "%.200s, line %d: %s, found '%.100s'", r->origin, r->line,
                    reason, found);
}

/* A plain number, or a whole one with a suffix: 0.25, 244M. Always above 0. */
static enum dlb_status read_real(const struct reader *r, const struct field *field,
                                 const char *text, double *value, struct dlb_why *why)
{
    int64_t whole;
    double real;
    char wanted[80];
    if (dlb_parse_int(text, &whole, NULL) == DLB_OK)
        real = (double)whole;
    else if (dlb_parse_real(text, &real, NULL) != DLB_OK)
        real = 0;
    if (real > 0 && real <= (double)field->max) {
        *value = real;
        return DLB_OK;
    }
    snprintf(wanted, sizeof wanted, "a number above 0, at most %g, is wanted (whole: k M G)",
             (double)field->max);
    return refuse(r, why, wanted, text);
}

static enum dlb_status read_ram(const struct reader *r, const char *text, struct dlb_fpga_ram *ram,
                                struct dlb_why *why)
{
    struct dlb_fpga_ram read;
    int end = 0;
    if (sscanf(text, "%7d x %7d x %7d%n", &read.blocks, &read.depth, &read.width, &end) != 3 ||
        text[end] != '\0' || read.blocks < 1 || read.depth < 1 || read.width < 1)
        return refuse(r, why, "'blocks x words x bits' is wanted, as 2713 x 512 x 40", text);
    *ram = read;
    return DLB_OK;
}

static enum dlb_status read_count(const struct reader *r, const struct field *field,
                                  const char *text, int *count, struct dlb_why *why)
{
    int64_t whole;
    if (dlb_parse_int(text, &whole, NULL) != DLB_OK || whole < 1 || whole > field->max)
        return refuse(r, why, "a whole number from 1 to a million is wanted", text);
    *count = (int)whole;
    return DLB_OK;
}

static enum dlb_status read_value(struct reader *r, const struct field *field, const char *text,
                                  struct dlb_why *why)
{
    void *member = (char *)&r->board + field->offset;
    switch (field->type) {
    case FIELD_TEXT:
        if (strlen(text) >= field->size || text[0] == '\0')
            return refuse(r, why, "a text that is neither empty nor too long is wanted", text);
        memcpy(member, text, strlen(text) + 1);
        return DLB_OK;
    case FIELD_COUNT:
        return read_count(r, field, text, member, why);
    case FIELD_REAL:
        return read_real(r, field, text, member, why);
    case FIELD_RAM:
        return read_ram(r, text, member, why);
    }
    return DLB_OK;
}

/* ---- lines ---------------------------------------------------------------------------------------- */

static int find_field(const char *name, size_t length)
{
    for (int i = 0; i < FIELDS; i++)
        if (strlen(fields[i].name) == length && strncmp(fields[i].name, name, length) == 0)
            return i;
    return -1;
}

static enum dlb_status unknown_key(const struct reader *r, const char *key, struct dlb_why *why)
{
    const char *names[FIELDS + 1] = {NULL};
    for (int i = 0; i < FIELDS; i++)
        names[i] = fields[i].name;
    const char *nearest = dlb_text_nearest(key, names);
    return dlb_fail(why, DLB_INVALID, "%.200s, line %d: unknown key '%.60s'%s%s%s", r->origin,
                    r->line, key, nearest != NULL ? ": did you mean '" : "",
                    nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

static enum dlb_status take_source(struct reader *r, int field, const char *value,
                                   struct dlb_why *why)
{
    if (value[0] == '\0' || strlen(value) >= sizeof r->board.source)
        return refuse(r, why, "a source that is neither empty nor too long is wanted", value);
    r->sourced[field] = true;
    if (field == CLOCK_FIELD)
        memcpy(r->board.source, value, strlen(value) + 1);
    return DLB_OK;
}

static enum dlb_status take_pair(struct reader *r, const char *key, const char *value,
                                 struct dlb_why *why)
{
    const size_t length = strlen(key);
    const size_t suffix = strlen(SUFFIX);
    const bool is_source = length > suffix && strcmp(key + length - suffix, SUFFIX) == 0;
    const int field = find_field(key, is_source ? length - suffix : length);
    if (field < 0)
        return unknown_key(r, key, why);
    bool *const seen = is_source ? &r->sourced[field] : &r->given[field];
    if (*seen)
        return refuse(r, why, "each key is wanted once", key);
    if (is_source)
        return take_source(r, field, value, why);
    *seen = true;
    return read_value(r, &fields[field], value, why);
}

/* Cuts spaces off both ends, in place. */
static char *trim(char *text)
{
    text += strspn(text, " \t\r");
    for (size_t length = strlen(text); length > 0 && isspace((unsigned char)text[length - 1]);)
        text[--length] = '\0';
    return text;
}

static enum dlb_status take_line(struct reader *r, char *line, struct dlb_why *why)
{
    char *const text = trim(line);
    if (text[0] == '\0' || text[0] == '#')
        return DLB_OK;
    char *const equals = strchr(text, '=');
    if (equals == NULL)
        return refuse(r, why, "'key = value' is wanted", text);
    *equals = '\0';
    return take_pair(r, trim(text), trim(equals + 1), why);
}

static enum dlb_status check_complete(const struct reader *r, struct dlb_why *why)
{
    for (int i = 0; i < FIELDS; i++) {
        if (fields[i].required && !r->given[i])
            return dlb_fail(why, DLB_INVALID, "%.200s: '%s' is missing", r->origin, fields[i].name);
        if (fields[i].type != FIELD_TEXT && r->given[i] && !r->sourced[i])
            return dlb_fail(why, DLB_INVALID,
                            "%.200s: '%s' has no source: a line '%s" SUFFIX
                            " = where the figure stands' is wanted",
                            r->origin, fields[i].name, fields[i].name);
    }
    return DLB_OK;
}

enum dlb_status dlb_fpga_board_parse(const char *text, const char *origin,
                                     struct dlb_fpga_board *board, struct dlb_why *why)
{
    struct reader r = {.origin = origin};
    enum dlb_status status = DLB_OK;
    for (const char *at = text; status == DLB_OK && *at != '\0';) {
        char line[1024];
        const size_t length = strcspn(at, "\n");
        r.line++;
        if (length >= sizeof line)
            return refuse(&r, why, "lines of at most 1023 bytes are wanted", "a longer one");
        memcpy(line, at, length);
        line[length] = '\0';
        status = take_line(&r, line, why);
        at += length + (at[length] == '\n');
    }
    if (status == DLB_OK)
        status = check_complete(&r, why);
    if (status == DLB_OK)
        *board = r.board;
    return status;
}

/* ---- the list ------------------------------------------------------------------------------------- */

const struct dlb_fpga_board *dlb_fpga_boards(int *count)
{
    static struct dlb_fpga_board boards[DLB_ARRAY_COUNT(embedded)]; /* filled once */
    for (size_t i = 0; i < DLB_ARRAY_COUNT(embedded) && boards[i].id[0] == '\0'; i++) {
        const enum dlb_status status =
            dlb_fpga_board_parse(embedded[i].text, embedded[i].id, &boards[i], NULL);
        assert(status == DLB_OK); /* a file of ours */
        (void)status;
        snprintf(boards[i].id, sizeof boards[i].id, "%s", embedded[i].id);
    }
    *count = (int)DLB_ARRAY_COUNT(embedded);
    return boards;
}

/* Is it part of the name, or a misspelt beginning of it ("aria10" of "arria10-gx1150")? */
static bool is_like(const char *word, const char *name)
{
    char family[32];
    snprintf(family, sizeof family, "%.*s", (int)strcspn(name, "-"), name);
    const char *const families[] = {family, NULL};
    return strlen(word) >= 3 &&
           (strstr(name, word) != NULL || dlb_text_nearest(word, families) != NULL);
}

const char *dlb_fpga_nearest(const char *word, const char *const *names)
{
    const char *nearest = dlb_text_nearest(word, names);
    for (; nearest == NULL && *names != NULL; names++)
        if (is_like(word, *names))
            nearest = *names;
    return nearest;
}

const struct dlb_fpga_board *dlb_fpga_board_find(const char *id)
{
    int count;
    const struct dlb_fpga_board *boards = dlb_fpga_boards(&count);
    for (int i = 0; i < count; i++)
        if (strcmp(boards[i].id, id) == 0)
            return &boards[i];
    return NULL;
}

int64_t dlb_fpga_board_bandwidth(const struct dlb_fpga_board *board)
{
    const double bytes = 256 * board->mem_bw_bytes_per_s / board->clock_hz;
    if (bytes >= BANDWIDTH_MAX)
        return (int64_t)BANDWIDTH_MAX;
    return bytes >= 1 ? (int64_t)bytes : 1;
}
