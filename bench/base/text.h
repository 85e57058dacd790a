/* text.h: growing text, and reading numbers, times and lists the way users write them.
 *
 * All parsing is strict: the whole text must be consumed, the locale is never consulted, and
 * overflow, NaN, infinity and an empty text are refused. */
#ifndef DLB_TEXT_H
#define DLB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/base/compiler.h"
#include "bench/base/status.h"

/* Growing text. Zero-initialise; dlb_text_free when done. `data` is NUL-terminated or NULL when
 * empty. A failed allocation sets `failed`; later appends do nothing, so one check at the end
 * does. */
struct dlb_text {
    char *data;
    size_t size, capacity;
    bool failed;
};
void dlb_text_append(struct dlb_text *text, const char *bytes);
void dlb_text_append_bytes(struct dlb_text *text, const char *bytes, size_t count);
void dlb_text_format(struct dlb_text *text, const char *format, ...) DLB_PRINTF(2, 3);
void dlb_text_clear(struct dlb_text *text);
void dlb_text_free(struct dlb_text *text);

/* Numbers. Sizes take the suffixes k M G (1000) and Ki Mi Gi (1024). Times take ns us ms s m h and
 * need a unit; percentages are "3%" or "0.03" (both 0.03). */
enum dlb_status dlb_parse_int(const char *text, int64_t *value, struct dlb_why *why);
enum dlb_status dlb_parse_real(const char *text, double *value, struct dlb_why *why);
enum dlb_status dlb_parse_time_ns(const char *text, double *ns, struct dlb_why *why);
enum dlb_status dlb_parse_fraction(const char *text, double *fraction, struct dlb_why *why);

/* The candidate closest to `word` (edit distance at most a third of its length, at least 1), or
 * NULL. `candidates` ends with NULL. For "did you mean". */
const char *dlb_text_nearest(const char *word, const char *const *candidates);

/* Shell-style pattern (* ? [abc]) against the whole text. */
bool dlb_text_glob(const char *pattern, const char *text);

/* Bytes of the UTF-8 sequence at the start of `text`; 0 when it is malformed (also overlong,
 * surrogate, above U+10FFFF) or the text is empty. */
size_t dlb_utf8_length(const char *text);

/* True for well-formed UTF-8. */
bool dlb_text_is_utf8(const char *text);

/* Copies text for a terminal: what could move or hide other text there becomes '?': control characters (C0, DEL, C1), bytes
 * that are not UTF-8, and the marks that turn the direction of writing. Cut at a whole character; returns `buffer`. */
const char *dlb_text_printable(char *buffer, size_t size, const char *text);

/* Copies text; what is too long is cut at a whole character and ends in "..." (size >= 4). Returns `buffer`. */
const char *dlb_text_shorten(char *buffer, size_t size, const char *text);

/* Columns that UTF-8 text takes on a terminal (each code point one column; good for our own
 * output). */
int dlb_text_columns(const char *text);

/* Three significant digits with a unit, into `buffer` (24 bytes do): "1.28 ms", "57.1 TFLOP/s" for
 * (57.1e12, "FLOP/s"), "64.0 MiB"; with an exponent beyond the largest prefix: "1e+300 op/s". */
void dlb_format_time(char *buffer, size_t size, double ns);
void dlb_format_si(char *buffer, size_t size, double value, const char *unit);
void dlb_format_bytes(char *buffer, size_t size, double bytes);

#endif
