/* ratio.c: a ratio of two medians with its interval. The formula and its source are in ratio.h; that it covers what it says is
 * simulated in test_ratio.c. */
#include "bench/stats/ratio.h"

#include <math.h>

const char *dlb_ratio_kind_name(enum dlb_ratio_kind kind)
{
    switch (kind) {
    case DLB_RATIO_RANGE:
        return "range";
    case DLB_RATIO_INTERVAL:
        return "mover";
    case DLB_RATIO_NONE:
        break;
    }
    return "none";
}

static bool is_positive(double value)
{
    return value > 0.0 && isfinite(value);
}

static bool has_ends(const struct dlb_interval *x)
{
    return is_positive(x->lo) && is_positive(x->hi);
}

struct dlb_ratio dlb_ratio_of(const struct dlb_interval *a, const struct dlb_interval *b)
{
    struct dlb_ratio found = {NAN, NAN, NAN, DLB_RATIO_NONE};

    if (!is_positive(a->median) || !is_positive(b->median))
        return found;
    found.ratio = a->median / b->median;
    if (!has_ends(a) || !has_ends(b) || (a->n_eff < 2.0 && b->n_eff < 2.0))
        return found;
    if (!a->is_ci || !b->is_ci) {
        found.lo = a->lo / b->hi;
        found.hi = a->hi / b->lo;
        found.kind = DLB_RATIO_RANGE;
        return found;
    }
    const double middle = log(found.ratio);
    found.lo = exp(middle - hypot(log(a->median / a->lo), log(b->hi / b->median)));
    found.hi = exp(middle + hypot(log(a->hi / a->median), log(b->median / b->lo)));
    found.kind = DLB_RATIO_INTERVAL;
    return found;
}
