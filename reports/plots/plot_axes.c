/* plot_axes.c: ranges of axes, and where their tics stand.
 *
 * gnuplot would choose both, but fails on an empty range and on the logarithm of zero, and its labels of a short logarithmic axis may be a
 * single one. Round values: 1, 2, 5 times a power of ten; powers of two; whole decades where there are many. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/stats/summary.h"
#include "reports/plots/plot_frame.h"

#define LEAST     1e-140 /* nothing that is measured lies outside, and quotients stay finite */
#define MOST      1e140
#define MOST_TICS 32

/* ---- ranges ---- */

struct dlb_plot_range dlb_plot_range_new(enum dlb_plot_scale scale)
{
    return (struct dlb_plot_range){.scale = scale, .lo = DBL_MAX, .hi = -DBL_MAX};
}

void dlb_plot_range_add(struct dlb_plot_range *range, double value)
{
    if (!isfinite(value) || (range->scale != DLB_PLOT_LINEAR && value <= 0))
        return;
    const double least = range->scale == DLB_PLOT_LINEAR ? -MOST : LEAST;
    const double inside = value > MOST ? MOST : value < least ? least : value;
    range->lo = inside < range->lo ? inside : range->lo;
    range->hi = inside > range->hi ? inside : range->hi;
}

void dlb_plot_range_add_most(struct dlb_plot_range *range, const double *sorted, int64_t count)
{
    if (count <= 0)
        return;
    const double low = dlb_quantile_sorted(sorted, count, 0.05);
    const double median = dlb_quantile_sorted(sorted, count, 0.5);
    const double high = dlb_quantile_sorted(sorted, count, 0.95);
    dlb_plot_range_add(range, fmax(sorted[0], low - 1.5 * (median - low)));
    dlb_plot_range_add(range, fmin(sorted[count - 1], high + 1.5 * (high - median)));
}

static void close_linear(struct dlb_plot_range *range, double pad)
{
    if (range->lo > range->hi) {
        range->lo = 0;
        range->hi = 1;
    }
    double length = range->hi - range->lo;
    if (length <= 1e-9 * fmax(fabs(range->lo), fabs(range->hi)) || length == 0) {
        length = range->lo != 0 ? 0.2 * fabs(range->lo) : 2;
        range->lo -= length / 2;
        range->hi += length / 2;
    }
    range->lo -= pad * length;
    range->hi += pad * length;
}

static void close_logarithmic(struct dlb_plot_range *range, double pad)
{
    if (range->lo > range->hi) {
        range->lo = 1;
        range->hi = 10;
    }
    if (range->hi / range->lo < 1.2) {
        range->lo /= 2;
        range->hi *= 2;
    }
    const double factor = exp(pad * log(range->hi / range->lo));
    range->lo /= factor;
    range->hi *= factor;
}

void dlb_plot_range_close(struct dlb_plot_range *range, double pad)
{
    if (range->scale == DLB_PLOT_LINEAR)
        close_linear(range, pad);
    else
        close_logarithmic(range, pad);
}

double dlb_plot_range_at(const struct dlb_plot_range *range, double value)
{
    if (range->scale == DLB_PLOT_LINEAR)
        return (value - range->lo) / (range->hi - range->lo);
    return value > 0 ? log(value / range->lo) / log(range->hi / range->lo) : (double)NAN;
}

/* ---- labels of tics ---- */

static void format_scaled(char *buffer, size_t size, double value, double base,
                          const char *const *prefixes, int count, const char *unit)
{
    int index = 0;
    double scaled = value;
    while (fabs(scaled) >= base * (1 - 1e-9) && index + 1 < count) {
        scaled /= base;
        index++;
    }
    if (fabs(scaled) >= 1e6)
        snprintf(buffer, size, "%.0e%s%s", scaled, prefixes[index], unit);
    else
        snprintf(buffer, size, "%.4g%s%s", scaled, prefixes[index], unit);
}

static void format_ratio(char *buffer, size_t size, double value)
{
    if (value < 1 && value > 0 && fabs(1 / value - round(1 / value)) < 1e-6 / value)
        snprintf(buffer, size, "1/%.6g", round(1 / value));
    else
        snprintf(buffer, size, "%.4g", value);
}

/* With an exponent what would take many zeros, as short as it can be: panels are narrow in a terminal. */
static void format_plain(char *buffer, size_t size, double value)
{
    const double magnitude = fabs(value);
    if (magnitude == 0 || (magnitude > 0.00099999 && magnitude < 99999.5)) {
        snprintf(buffer, size, "%.5g", value);
        return;
    }
    const int exponent = (int)floor(log10(magnitude) + 1e-9);
    snprintf(buffer, size, "%.5ge%d", value / pow(10, exponent), exponent);
}

void dlb_plot_tic(char *buffer, size_t size, double value, enum dlb_plot_unit unit)
{
    static const char *const si[] = {"", "k", "M", "G", "T", "P", "E"};
    static const char *const iec[] = {"", "Ki", "Mi", "Gi", "Ti"};
    static const char *const times[] = {" ns", " us", " ms", " s"};
    switch (unit) {
    case DLB_PLOT_SI:
        format_scaled(buffer, size, value, 1000, si, 7, "");
        break;
    case DLB_PLOT_IEC:
        format_scaled(buffer, size, value, 1024, iec, 5, "");
        break;
    case DLB_PLOT_NS:
        format_scaled(buffer, size, value, 1000, times, 4, "");
        break;
    case DLB_PLOT_PERCENT:
        snprintf(buffer, size, "%.4g %%", 100 * value);
        break;
    case DLB_PLOT_SIGNED:
        snprintf(buffer, size, value == 0 ? "%.4g %%" : "%+.4g %%", 100 * value);
        break;
    case DLB_PLOT_RATIO:
        format_ratio(buffer, size, value);
        break;
    case DLB_PLOT_BLANK:
        snprintf(buffer, size, "%s", "");
        break;
    case DLB_PLOT_PLAIN:
    default:
        format_plain(buffer, size, value);
        break;
    }
}

/* ---- where tics stand ---- */

/* The largest of 1, 2, 5 times a power of ten that is no more than `value`, and the smallest that is no less. */
static double round_up(double value)
{
    const double power = pow(10, floor(log10(value)));
    const double digits = value / power;
    return power * (digits <= 1 + 1e-9 ? 1 : digits <= 2 + 1e-9 ? 2 : digits <= 5 + 1e-9 ? 5 : 10);
}

static int linear_tics(const struct dlb_plot_range *range, int most, double *tics)
{
    const double step = round_up((range->hi - range->lo) / most);
    int count = 0;
    for (double at = ceil(range->lo / step - 1e-9); at * step <= range->hi * (1 + 1e-12) + 1e-300;
         at++) {
        if (count == most || at * step > range->hi + 1e-9 * step)
            break;
        tics[count++] = at == 0 ? 0 : at * step; /* no -0 */
    }
    return count;
}

/* Powers of `base`, every `step`-th, each times the digits. */
static int power_tics(const struct dlb_plot_range *range, double base, int step, const char *digits,
                      int most, double *tics)
{
    const double slack = 1 + 1e-9;
    int exponent = (int)floor(log(range->lo * slack) / log(base));
    exponent -= ((exponent % step) + step) % step;
    int count = 0;
    for (; pow(base, exponent) <= range->hi * slack; exponent += step)
        for (const char *digit = digits; *digit != '\0'; digit++) {
            const double value = (*digit - '0') * pow(base, exponent);
            if (value * slack < range->lo || value > range->hi * slack)
                continue;
            if (count == most)
                return most + 1;
            tics[count++] = value;
        }
    return count;
}

static int logarithmic_tics(const struct dlb_plot_range *range, int most, double *tics)
{
    static const char *const digits[] = {"123456789", "1235", "125", "13", "1"};
    const bool two = range->scale == DLB_PLOT_LOG2;
    double found[MOST_TICS];
    int count = 0;
    for (size_t i = two ? DLB_ARRAY_COUNT(digits) - 1 : 0; i < DLB_ARRAY_COUNT(digits); i++) {
        count = power_tics(range, two ? 2 : 10, 1, digits[i], most, found);
        if (count <= most)
            break;
    }
    for (int step = 2; count > most; step++)
        count = power_tics(range, two ? 2 : 10, step, "1", most, found);
    if (count < 2 && range->hi / range->lo < 100) /* no power inside: as on a linear axis */
        count = linear_tics(range, most, found);
    memcpy(tics, found, (size_t)count * sizeof *tics);
    return count;
}

int dlb_plot_tics(const struct dlb_plot_range *range, enum dlb_plot_unit unit, int most,
                  double *tics)
{
    most = most < 2 ? 2 : most > MOST_TICS ? MOST_TICS : most;
    int count = range->scale == DLB_PLOT_LINEAR ? linear_tics(range, most, tics)
                                                : logarithmic_tics(range, most, tics);
    if (unit == DLB_PLOT_IEC && range->scale == DLB_PLOT_LOG10) { /* sizes are powers of two */
        const struct dlb_plot_range two = {DLB_PLOT_LOG2, range->lo, range->hi};
        count = logarithmic_tics(&two, most, tics);
    }
    if (count == 0)
        tics[count++] = range->lo + (range->hi - range->lo) / 2;
    return count;
}

void dlb_plot_axis(struct dlb_text *script, const char *axis, const struct dlb_plot_range *range,
                   enum dlb_plot_unit unit, int most, const char *label)
{
    double tics[MOST_TICS];
    const int count = dlb_plot_tics(range, unit, most, tics);
    if (range->scale == DLB_PLOT_LINEAR)
        dlb_text_format(script, "unset logscale %s\n", axis);
    else
        dlb_text_format(script, "set logscale %s %d\n", axis,
                        range->scale == DLB_PLOT_LOG2 ? 2 : 10);
    dlb_text_format(script, "set %srange [%.9g:%.9g]\nset %stics (", axis, range->lo, range->hi,
                    axis);
    for (int i = 0; i < count; i++) {
        char text[32];
        dlb_plot_tic(text, sizeof text, tics[i], unit);
        dlb_text_append(script, i > 0 ? ", " : "");
        dlb_plot_quote_tic(script, text, 0);
        dlb_text_format(script, " %.9g", tics[i]);
    }
    dlb_text_append(script, ")\n");
    if (label != NULL) {
        dlb_text_format(script, "set %slabel ", axis);
        dlb_plot_quote(script, label, 90);
        /* In pixels gnuplot leaves more than a line between tics and label, down into the legend. */
        dlb_text_append(script, strcmp(axis, "x") == 0 ? " offset 0,(letters == 0)*0.45\n" : "\n");
    }
}
