/* options.h: the command line as tables: parsing, help, man page and completion all come from the same rows.
 *
 * A row tells a long name, what it takes, its default as text, its help line and where its value goes. Every source
 * of values (defaults, the suite's @set, a configuration file, the command line) goes through the same setters; a
 * weaker source never overwrites a stronger one, in whatever order they come. */
#ifndef DLB_OPTIONS_H
#define DLB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/base/status.h"

/* What the value is and which C type `offset` points at. */
enum dlb_option_kind {
    DLB_OPTION_FLAG,     /* bool; takes no value */
    DLB_OPTION_COUNT,    /* int: how often it was given; takes no value */
    DLB_OPTION_TEXT,     /* const char *; NULL when not given */
    DLB_OPTION_TEXTS,    /* struct dlb_texts: may be repeated */
    DLB_OPTION_CHOICE,   /* int: index into `choices` */
    DLB_OPTION_CHOICES,  /* int: set of bits over `choices`; a comma list, may be repeated */
    DLB_OPTION_INT,      /* int64_t in [min, max] */
    DLB_OPTION_INTS,     /* struct dlb_ints: comma list and ranges, each in [min, max] */
    DLB_OPTION_SEED,     /* uint64_t */
    DLB_OPTION_TIME,     /* double, ns in [min, max] */
    DLB_OPTION_FRACTION, /* double in [min, max] */
    DLB_OPTION_REAL      /* likewise, a plain number */
};

/* What a shell may offer for the value. */
enum dlb_completion {
    DLB_COMPLETE_NONE, /* `choices`, if there are any */
    DLB_COMPLETE_FILE,
    DLB_COMPLETE_DEVICES,
    DLB_COMPLETE_WORKLOADS,
    DLB_COMPLETE_SUITES
};

struct dlb_texts {
    int count;
    const char **items; /* owned by the parser */
};

struct dlb_ints {
    int64_t count;
    int64_t *items; /* owned by the parser */
};

struct dlb_option {
    const char *name; /* long name, without the dashes */
    char letter;      /* 0 for none */
    enum dlb_option_kind kind;
    const char *argument;     /* what help shows for the value; NULL for flags */
    const char *default_text; /* applied and shown; NULL for none */
    const char *choices;      /* CHOICE, CHOICES: separated by blanks */
    bool
        automatic; /* "auto" is legal too: -1 for INT, TIME, FRACTION and REAL, an empty list for INTS */
    double min, max;   /* INT, INTS, TIME (ns), FRACTION, REAL */
    const char *group; /* heading in help */
    const char *help;  /* one line */
    bool hidden;
    bool in_suite; /* a suite may @set it; it is kept, too */
    bool kept;     /* a result keeps what was given, and --resume takes it from there */
    enum dlb_completion completion;
    size_t offset;
};

enum dlb_source {
    DLB_SOURCE_NONE,
    DLB_SOURCE_DEFAULT,
    DLB_SOURCE_SUITE,
    DLB_SOURCE_CONFIG,
    DLB_SOURCE_COMMAND_LINE
};

#define DLB_MAX_OPTIONS       64
#define DLB_MAX_OPTION_TABLES 2

struct dlb_parser {
    int table_count;
    struct {
        const struct dlb_option *rows; /* ends with name NULL */
        char *target;
        enum dlb_source sources[DLB_MAX_OPTIONS];
        const char *texts[DLB_MAX_OPTIONS]; /* the last value as written */
    } tables[DLB_MAX_OPTION_TABLES];
    struct dlb_texts arguments; /* what is not an option */
    void **owned;
    int owned_count, owned_capacity;
};

/* Zero-initialise the parser; dlb_parser_free when done: it owns every text and list in the targets. Adding a table
 * applies its defaults to `target`, which is zeroed by the caller and outlives the parser. */
enum dlb_status dlb_parser_add(struct dlb_parser *parser, const struct dlb_option *rows,
                               void *target, struct dlb_why *why);
void dlb_parser_free(struct dlb_parser *parser);
/* Takes the table that was added last away again; its values stay with its target. */
void dlb_parser_drop(struct dlb_parser *parser);

/* Sets one option by its long name. DLB_INVALID names the option, what it wants and what was found. */
enum dlb_status dlb_parser_set(struct dlb_parser *parser, const char *name, const char *text,
                               enum dlb_source source, struct dlb_why *why);

/* Reads arguments: options of all tables, "--" ends them. With `leading`, stops before the first argument
 * that is no option. *used counts what was consumed. */
enum dlb_status dlb_parser_arguments(struct dlb_parser *parser, int count, char *const *arguments,
                                     bool leading, int *used, struct dlb_why *why);

/* Reads a JSON object of long names. A name that `elsewhere` knows (an option of another command) is passed over. */
enum dlb_status dlb_parser_config(struct dlb_parser *parser, const char *path,
                                  bool (*elsewhere)(const char *name), struct dlb_why *why);

/* Where the value of an option comes from (NONE: unknown or unset), and the value as it was written (or NULL). */
enum dlb_source dlb_parser_source(const struct dlb_parser *parser, const char *name);
const char *dlb_parser_text(const struct dlb_parser *parser, const char *name);

/* The row of a long name in one table; NULL when there is none. */
const struct dlb_option *dlb_option_find(const struct dlb_option *rows, const char *name);

/* Copy that lives as long as the parser; NULL without memory. */
const char *dlb_parser_keep(struct dlb_parser *parser, const char *text);

#endif
