/* parse.c: reading numbers, times and percentages the way users write them.
 *
 * The grammar is checked by hand before any library function sees the text: strtod alone would take
 * hexadecimal, "inf", "nan" and leading space, and a comma in some locales. */
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"

#define SHOWN 60 /* bytes of the user's text that a reason quotes */

struct suffix {
    const char *name;
    int64_t factor;
};

static const struct suffix size_suffixes[] = {
    {"", 1},
    {"k", 1000},
    {"M", 1000000},
    {"G", 1000000000},
    {"Ki", INT64_C(1) << 10},
    {"Mi", INT64_C(1) << 20},
    {"Gi", INT64_C(1) << 30},
};

static const struct suffix time_suffixes[] = {
    {"ns", 1},         {"us", 1000},       {"ms", 1000000},
    {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000},
};

static const struct suffix *find_suffix(const struct suffix *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].name, name) == 0) {
            return &list[i];
        }
    }
    return NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

enum dlb_status dlb_parse_int(const char *text, int64_t *value, struct dlb_why *why)
{
    const bool negative = text[0] == '-';
    const char *at = text + negative;
    if (!is_digit(*at)) {
        return dlb_fail(why, DLB_INVALID, "a whole number is wanted, found '%.*s'", SHOWN, text);
    }
    int64_t magnitude = 0;
    bool fits = true;
    for (; is_digit(*at); at++) {
        const int digit = *at - '0';
        fits = fits && magnitude <= (INT64_MAX - digit) / 10;
        magnitude = fits ? magnitude * 10 + digit : 0;
    }
    const struct suffix *const suffix =
        find_suffix(size_suffixes, DLB_ARRAY_COUNT(size_suffixes), at);
    if (suffix == NULL) {
        return dlb_fail(why, DLB_INVALID,
                        "a whole number is wanted (suffixes k M G Ki Mi Gi), found '%.*s'", SHOWN,
                        text);
    }
    if (!fits || magnitude > INT64_MAX / suffix->factor) {
        return dlb_fail(why, DLB_INVALID, "'%.*s' is too large: the limit is %lld", SHOWN, text,
                        (long long)INT64_MAX);
    }
    *value = negative ? -(magnitude * suffix->factor) : magnitude * suffix->factor;
    return DLB_OK;
}

/* The end of [-]digits[.digits][e[+-]digits] at the start of text; NULL when there is none. */
static const char *real_end(const char *text)
{
    const char *at = text + (text[0] == '-');
    const char *const digits = at;
    while (is_digit(*at)) {
        at++;
    }
    ptrdiff_t digit_count = at - digits;
    if (*at == '.') {
        const char *const point = at++;
        while (is_digit(*at)) {
            at++;
        }
        digit_count += at - point - 1;
    }
    if (digit_count == 0) {
        return NULL;
    }
    if (*at == 'e' || *at == 'E') {
        const char *exponent = at + 1;
        exponent += *exponent == '+' || *exponent == '-';
        while (is_digit(*exponent)) {
            at = ++exponent;
        }
    }
    return at;
}

/* A real number at the start of text; *rest is what follows. `wanted` names what the caller
 * reads. */
static enum dlb_status parse_prefix(const char *text, const char *wanted, double *value,
                                    const char **rest, struct dlb_why *why)
{
    const char *const end = real_end(text);
    if (end == NULL) {
        return dlb_fail(why, DLB_INVALID, "%s is wanted, found '%.*s'", wanted, SHOWN, text);
    }
    const locale_t c_locale = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    const double parsed =
        c_locale == (locale_t)0 ? strtod(text, NULL) : strtod_l(text, NULL, c_locale);
    if (c_locale != (locale_t)0) {
        freelocale(c_locale);
    }
    if (!isfinite(parsed)) {
        return dlb_fail(why, DLB_INVALID, "'%.*s' is too large for a number", SHOWN, text);
    }
    *value = parsed;
    *rest = end;
    return DLB_OK;
}

enum dlb_status dlb_parse_real(const char *text, double *value, struct dlb_why *why)
{
    static const char wanted[] = "a number";
    double parsed = 0;
    const char *rest = text;
    const enum dlb_status status = parse_prefix(text, wanted, &parsed, &rest, why);
    if (status != DLB_OK) {
        return status;
    }
    if (*rest != '\0') {
        return dlb_fail(why, DLB_INVALID, "%s is wanted, found '%.*s'", wanted, SHOWN, text);
    }
    *value = parsed;
    return DLB_OK;
}

enum dlb_status dlb_parse_time_ns(const char *text, double *ns, struct dlb_why *why)
{
    static const char wanted[] = "a time with a unit (ns us ms s m h), like 200ms,";
    double parsed = 0;
    const char *rest = text;
    const enum dlb_status status = parse_prefix(text, wanted, &parsed, &rest, why);
    if (status != DLB_OK) {
        return status;
    }
    const struct suffix *const suffix =
        find_suffix(time_suffixes, DLB_ARRAY_COUNT(time_suffixes), rest);
    if (suffix == NULL) {
        return dlb_fail(why, DLB_INVALID, "%s is wanted, found '%.*s'", wanted, SHOWN, text);
    }
    if (parsed < 0 || !isfinite(parsed * (double)suffix->factor)) {
        return dlb_fail(why, DLB_INVALID, "a time must be finite and not negative, found '%.*s'",
                        SHOWN, text);
    }
    *ns = parsed * (double)suffix->factor;
    return DLB_OK;
}

enum dlb_status dlb_parse_fraction(const char *text, double *fraction, struct dlb_why *why)
{
    static const char wanted[] = "a percentage like 3% or a fraction like 0.03";
    double parsed = 0;
    const char *rest = text;
    const enum dlb_status status = parse_prefix(text, wanted, &parsed, &rest, why);
    if (status != DLB_OK) {
        return status;
    }
    const bool percent = strcmp(rest, "%") == 0;
    if (!percent && *rest != '\0') {
        return dlb_fail(why, DLB_INVALID, "%s is wanted, found '%.*s'", wanted, SHOWN, text);
    }
    if (parsed < 0) {
        return dlb_fail(why, DLB_INVALID, "%s must not be negative, found '%.*s'", wanted, SHOWN,
                        text);
    }
    if (!percent && parsed >= 1) {
        return dlb_fail(why, DLB_INVALID, "%s is wanted, found '%.*s': write %.*s%% (or %.6g%%)",
                        wanted, SHOWN, text, SHOWN, text, 100 * parsed);
    }
    *fraction = percent ? parsed / 100 : parsed;
    return DLB_OK;
}
