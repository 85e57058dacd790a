/* html_page.h: what the sections of a page share. For the html_*.c of this folder; the order of the sections is html.c's. */
#ifndef DLB_HTML_PAGE_H
#define DLB_HTML_PAGE_H

#include "reports/html_text.h"
#include "reports/pictures.h"
#include "reports/ranking.h"
#include "reports/report.h"
#include "reports/report_cells.h"

/* How much of a case the page holds beside its row. */
enum dlb_html_detail {
    DLB_DETAIL_NONE,      /* its numbers alone, in the embedded data */
    DLB_DETAIL_PROCESSES, /* a block with a row for each process */
    DLB_DETAIL_SOME,      /* and some of the samples, evenly taken */
    DLB_DETAIL_ALL        /* and all samples */
};

struct dlb_page {
    const struct dlb_result *result;
    const struct dlb_report_options *options;
    const struct dlb_pictures *pictures;
    struct dlb_ranking ranking;
    struct dlb_common common;
    enum dlb_html_detail detail;
    int rows_left_out; /* of the table of cases: the page would have been too large */
    int picture_count; /* put in so far: their ids are made from it */
    size_t picture_bytes;
    struct dlb_text out;
};

/* A page holds at most so many bytes; what gives way first is told in html.c. */
#define DLB_PAGE_BYTES    4800000
#define DLB_PICTURE_BYTES 1100000 /* of all pictures together */

/* Index of a record in the result; the block of a case has the id "c" and this number. */
int dlb_page_index(const struct dlb_page *page, const struct dlb_record *record);
/* Where the whole result is: the name of its file, or words that stand for it. */
const char *dlb_page_file(const struct dlb_page *page);
/* "<section id=ID><h2>TITLE</h2>"; ended by "</section>". */
void dlb_page_section(struct dlb_page *page, const char *id, const char *title);
void dlb_page_section_end(struct dlb_page *page);
/* The page as it was when it had so many bytes. */
void dlb_page_take_back(struct dlb_page *page, size_t size);
/* The pictures of a kind, as figures with their captions; a line for each that is missing or too large. */
void dlb_page_pictures(struct dlb_page *page, const char *kind);

/* The sections. One that has nothing to say writes nothing. */
void dlb_page_answer(struct dlb_page *page);      /* html_answer.c */
void dlb_page_check(struct dlb_page *page);       /* html_check.c */
void dlb_page_warnings(struct dlb_page *page);    /* html_warnings.c */
void dlb_page_environment(struct dlb_page *page); /* html_environment.c */
void dlb_page_ranking(struct dlb_page *page);     /* html_ranking.c */
void dlb_page_roofs(struct dlb_page *page);       /* html_roofs.c */
void dlb_page_cases(
    struct dlb_page *page); /* html_cases.c: every case in a row, and what was not run */
void dlb_page_energy(struct dlb_page *page);   /* html_energy.c: energy and cost */
void dlb_page_counters(struct dlb_page *page); /* html_counters.c */
void dlb_page_method(struct dlb_page *page);   /* html_method.c */
/* html_samples.c: a block for each case, as much of it as page->detail says. */
void dlb_page_samples(struct dlb_page *page);
/* html_data.c: the embedded document: whole but for the samples where it fits into `room` bytes, else the numbers alone. */
void dlb_page_data(struct dlb_page *page, size_t room);

/* "f32, cold, 2 threads": what tells a class from others; what all cases have in common is left out. */
void dlb_page_class(const struct dlb_page *page, const struct dlb_class *class,
                    struct dlb_text *text);
/* "2.40x" with the sign of multiplication */
void dlb_page_times(double ratio, struct dlb_text *text);

/* Does anybody compete, so that "fastest" says something? */
bool dlb_page_is_contest(const struct dlb_ranking *ranking);

#endif
