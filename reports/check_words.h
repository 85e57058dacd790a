/* check_words.h: the words and the order of verdicts, the same in every output of a check. For the files of this folder. */
#ifndef DLB_CHECK_WORDS_H
#define DLB_CHECK_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/base/text.h"
#include "bench/store/result.h"
#include "reports/check_report.h"

enum dlb_check_level { DLB_CHECK_NONE, DLB_CHECK_NOTICE, DLB_CHECK_WARNING, DLB_CHECK_ERROR };

struct dlb_check_word {
    int rank; /* 0: the worst */
    enum dlb_check_level level;
    bool finding;        /* something that somebody should look at */
    const char *title;   /* short, for a table: "slower" */
    const char *meaning; /* a sentence */
    const char *advice;  /* what to do; a sentence, "" for nothing */
};
const struct dlb_check_word *dlb_check_word(enum dlb_verdict verdict);
/* That of a row: what neither side can run has a word of its own, behind all others. */
const struct dlb_check_word *dlb_check_word_of(const struct dlb_verdict_row *row);

/* The level of a row with these options: an inconclusive one may be told to fail, or to pass. */
enum dlb_check_level dlb_check_level(const struct dlb_verdict_row *row,
                                     const struct dlb_check_output_options *options);
/* Something that somebody should look at, with these options? */
bool dlb_check_is_finding(const struct dlb_verdict_row *row,
                          const struct dlb_check_output_options *options);

/* The verdicts, worst first, among equals the largest change first, then as in the file. The caller frees *rows. */
enum dlb_status dlb_check_sort(const struct dlb_result *result,
                               const struct dlb_verdict_row ***rows);

/* "1 failed, 2 regressed, 9 pass of 12 cases" */
void dlb_check_counts(const struct dlb_result *result, struct dlb_text *text);
/* The whole check in a few words: "slower: 2 of 12 cases", after its worst verdict. */
void dlb_check_answer(const struct dlb_result *result, struct dlb_text *text);

/* A row in one line: "14.2 % slower (95 % interval +13.0 % to +15.6 %), 2.00 ms -> 2.28 ms, Holm p 0.0006, 14 pairs; this check could
 * see 2.1 %; reason". Raw: to be escaped by the writer. */
void dlb_check_sentence(const struct dlb_verdict_row *row, struct dlb_text *text);

/* "+14.2 %"; "none" for what does not exist. 24 bytes do. */
void dlb_check_percent(char *buffer, size_t size, double value);
/* Label, or the key where there is none. */
const char *dlb_check_name(const struct dlb_verdict_row *row);

/* What identifies a finding from run to run: 16 hexadecimal digits of key and verdict. 17 bytes. */
void dlb_check_fingerprint(const struct dlb_verdict_row *row, char *buffer, size_t size);

/* Appends the file that a finding points at, for formats that cannot do without: relative, no "..". The one that is given as it is
 * named in the repository (raw: to be escaped by the writer); without one that dlb_check_is_location takes, dlbench/SUITE. */
void dlb_check_location(const struct dlb_result *result,
                        const struct dlb_check_output_options *options, struct dlb_text *text);

/* "old/dlbench 0.1.0 (a44a41d)"; raw. `side`: "a" or "b". Empty when the file does not say. */
void dlb_check_side(const struct dlb_result *result, const char *side, struct dlb_text *text);

#endif
