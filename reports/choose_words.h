/* choose_words.h: a choice in words: the same in every format. For the writers of this folder. */
#ifndef DLB_CHOOSE_WORDS_H
#define DLB_CHOOSE_WORDS_H

#include "bench/base/text.h"
#include "reports/choose_report.h"

#define DLB_CHOOSE_MOST_SHOWN 10 /* candidates of a class in a table for people */

enum dlb_choose_cell {
    DLB_CHOOSE_PLACE,
    DLB_CHOOSE_DEVICE,
    DLB_CHOOSE_TYPE,
    DLB_CHOOSE_RATE,
    DLB_CHOOSE_MITEM,
    DLB_CHOOSE_JOULES,
    DLB_CHOOSE_DELAY,
    DLB_CHOOSE_POWER,
    DLB_CHOOSE_RELATIVE,
    DLB_CHOOSE_TASKS,
    DLB_CHOOSE_NOTE,
    DLB_CHOOSE_CELLS
};
struct dlb_choose_line {
    char text[DLB_CHOOSE_CELLS][256];
};

/* How easily a device did it. */
enum dlb_choose_fact {
    DLB_FACT_DEVICE,
    DLB_FACT_RAN,
    DLB_FACT_WRONG,
    DLB_FACT_LACKS,
    DLB_FACT_START,
    DLB_FACT_TUNE,
    DLB_FACT_SIZE,
    DLB_FACT_CELLS
};
struct dlb_fact_line {
    char text[DLB_FACT_CELLS][256];
};

const char *dlb_choose_heading(enum dlb_choose_cell cell);
const char *dlb_fact_heading(enum dlb_choose_fact cell);

/* `place`: 1 for the first of its class; `alike`: dlb_choose_alike. */
void dlb_choose_line_of(const struct dlb_candidate *candidate, int place, int alike, bool unicode,
                        struct dlb_choose_line *line);
void dlb_fact_line_of(const struct dlb_candidate *candidate, struct dlb_fact_line *line);

/* Which columns have anything to say in a class. */
void dlb_choose_columns(const struct dlb_choice *choice, const struct dlb_choice_class *class,
                        bool shown[DLB_CHOOSE_CELLS]);

/* Of a processor that was published several times, the best row is told, and how many there are: 0 for a row that a better one of its processor stands before. */
int dlb_choose_alike(const struct dlb_choice *choice, const struct dlb_choice_class *class,
                     int candidate);

/* Facts are told once for each device that ran here: is this candidate the one that tells them? */
bool dlb_choose_tells_facts(const struct dlb_choice *choice, int candidate);

/* "measured: a clock saw it; 3 candidates over 8 tasks in common" */
void dlb_choose_class_words(const struct dlb_choice *choice, const struct dlb_choice_class *class,
                            struct dlb_text *text);
/* What to take, and why; sentences with a newline behind each. */
void dlb_choose_advice(const struct dlb_choose_page *page, struct dlb_text *text);
/* What is missing to be sure; a newline behind each, empty when nothing is. */
void dlb_choose_missing(const struct dlb_choose_page *page, struct dlb_text *text);
/* "gpu-h200: at most 1.2 M items/s, at least 0.3 USD for 1e6" */
void dlb_choose_bound_words(const struct dlb_choice *choice, int bound, struct dlb_text *text);

#endif
