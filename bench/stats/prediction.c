/* prediction.c: Student's t distribution by the incomplete beta function, and the prediction interval of the next session.
 *
 * Tails are computed as tails, never as one minus something: p-values of 1e-6 are compared here. */
#include "bench/stats/prediction.h"

#include <math.h>
#include <stdbool.h>

#include "bench/stats/summary.h"

#define MOST_TERMS  10000 /* of the continued fraction; it takes about sqrt(df) */
#define MOST_NEWTON 100   /* ends after 4 to 8 */

/* A continued fraction 1 / (1 + d1 / (1 + d2 / ...)) evaluated from its front (W. J. Lentz, Applied Optics 15, 1976). */
struct fraction {
    double value, above, below;
};

static double add_term(struct fraction *fraction, double d)
{
    const double tiny = 1e-300; /* stands for a denominator that vanished */
    const double below = 1.0 + d * fraction->below;
    const double above = 1.0 + d / fraction->above;

    fraction->below = 1.0 / (fabs(below) < tiny ? tiny : below);
    fraction->above = fabs(above) < tiny ? tiny : above;
    fraction->value *= fraction->below * fraction->above;
    return fraction->below * fraction->above;
}

/* I_x(a, b) a B(a, b) / (x^a (1 - x)^b), DLMF 8.17.22 (https://dlmf.nist.gov/8.17). For x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    const double first = 1.0 / (1.0 - (a + b) * x / (a + 1.0));
    struct fraction fraction = {.value = first, .above = 1.0, .below = first};

    for (int m = 1; m < MOST_TERMS; m++) {
        const double twice = 2.0 * m;
        add_term(&fraction, m * (b - m) * x / ((a + twice - 1.0) * (a + twice)));
        const double change =
            add_term(&fraction, -(a + m) * (a + b + m) * x / ((a + twice) * (a + twice + 1.0)));
        if (fabs(change - 1.0) < 1e-15)
            break;
    }
    return fraction.value;
}

static double log_gamma(double x)
{
    int sign; /* lgamma would leave it in a global: simulations run in threads */

    return lgamma_r(x, &sign);
}

/* P(T > t) for t >= 0: I_x(df / 2, 1/2) / 2 with x = df / (df + t^2) (DLMF 8.17, Abramowitz and Stegun 26.7.1). Both factors
 * x^(df/2) and (1 - x)^(1/2) come from t^2 / df, so that nothing cancels at either end. */
static double upper_tail(double t, double df)
{
    const double ratio = t * t / df;
    const double x = 1.0 / (1.0 + ratio);
    const double rest = ratio / (1.0 + ratio);
    const double a = 0.5 * df;
    const double b = 0.5;

    if (isinf(ratio))
        return 0.0;
    const double front =
        exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) - a * log1p(ratio)) * sqrt(rest);
    if (x < (a + 1.0) / (a + b + 2.0))
        return 0.5 * front * beta_fraction(a, b, x) / a;
    return 0.5 * (1.0 - front * beta_fraction(b, a, rest) / b);
}

double dlb_t_cdf(double t, double df)
{
    if (!(df >= 1.0) || isinf(df) || isnan(t))
        return NAN;
    return t <= 0.0 ? upper_tail(-t, df) : 1.0 - upper_tail(t, df);
}

/* ln P(T > e^u) is concave and falls in u, so Newton's steps come from one side after the first and always converge; far out
 * it is a line, and one step is enough. */
static double tail_quantile(double tail, double df)
{
    const double log_constant =
        log_gamma(0.5 * (df + 1.0)) - log_gamma(0.5 * df) - 0.5 * log(df * M_PI);
    double t = -dlb_normal_quantile(tail);

    for (int i = 0; i < MOST_NEWTON; i++) {
        const double above = upper_tail(t, df);
        const double density = exp(log_constant - 0.5 * (df + 1.0) * log1p(t * t / df));
        const double step = log(above / tail) * above / (t * density);
        t *= exp(step);
        if (!(fabs(step) > 1e-14))
            break;
    }
    return t;
}

double dlb_t_quantile(double p, double df)
{
    if (!(df >= 1.0) || isinf(df) || !(p > 0.0 && p < 1.0))
        return NAN;

    const double tail = p < 0.5 ? p : 1.0 - p;
    const double t = tail < 0.5 ? tail_quantile(tail, df) : 0.0;
    return p < 0.5 ? -t : t;
}

/* Mean and standard deviation of ln(x / x[0]): with all values alike both are exactly 0, which the logarithms themselves would
 * miss by a rounding. False where a value is no time. */
static bool log_moments(const double *x, int n, double *mean, double *sd)
{
    double sum = 0.0;
    double square = 0.0;

    for (int i = 0; i < n; i++) {
        if (!(x[i] > 0.0) || isinf(x[i]))
            return false;
        sum += log(x[i] / x[0]);
    }
    *mean = sum / n;
    for (int i = 0; i < n; i++)
        square += (log(x[i] / x[0]) - *mean) * (log(x[i] / x[0]) - *mean);
    *sd = n > 1 ? sqrt(square / (n - 1)) : NAN;
    return true;
}

struct dlb_prediction dlb_prediction_test(const double *past, int sessions, double now,
                                          double alpha)
{
    struct dlb_prediction test = {sessions, NAN, NAN, NAN, NAN, NAN, NAN};
    double mean;
    double sd;

    if (sessions < 1 || !log_moments(past, sessions, &mean, &sd) || !(now > 0.0) || isinf(now))
        return test;

    const double change = log(now / past[0]) - mean;
    test.effect = expm1(change);
    if (sessions < 2) {
        test.lo = -1.0;
        test.hi = INFINITY;
        test.mde90 = INFINITY;
        return test;
    }

    const double df = sessions - 1;
    const double scale = sd * sqrt(1.0 + 1.0 / sessions);
    const double reach = dlb_t_quantile(0.975, df) * scale;
    test.lo = expm1(change - reach);
    test.hi = expm1(change + reach);
    test.mde90 = expm1((dlb_t_quantile(1.0 - alpha, df) + dlb_t_quantile(0.9, df)) * scale);
    if (scale > 0.0) {
        test.p_slower = dlb_t_cdf(-change / scale, df);
        test.p_faster = dlb_t_cdf(change / scale, df);
    }
    return test;
}
