/* rivals.c: the decision rules of other benchmark tools, as their sources state them.
 *
 * Only the decision is theirs; what is measured, and in which order, is up to the caller. */
#include "bench/stats/rivals.h"

#include <math.h>
#include <stdlib.h>

#include "bench/stats/prediction.h"
#include "bench/stats/summary.h"

#define ALERT_RATIO    1.10
#define CRITERION_P    0.05
#define CRITERION_BAND 0.01
#define BENCHSTAT_P    0.05
#define ASV_P          0.002
#define ASV_RATIO      1.10

static const struct dlb_rival_answer no_answer = {false, false, NAN, NAN};

static bool all_times(const double *x, int n)
{
    for (int i = 0; i < n; i++)
        if (!(x[i] > 0.0) || isinf(x[i]))
            return false;
    return n > 0;
}

static bool usable(const struct dlb_recorded *recorded, int least)
{
    return recorded->a_count >= least && recorded->b_count >= least &&
           all_times(recorded->a, recorded->a_count) && all_times(recorded->b, recorded->b_count);
}

struct dlb_rival_answer dlb_rival_ratio(double a, double b)
{
    if (!all_times(&a, 1) || !all_times(&b, 1))
        return no_answer;
    return (struct dlb_rival_answer){b / a > ALERT_RATIO, false, b / a, NAN};
}

struct dlb_rival_answer dlb_rival_deviation(const struct dlb_recorded *samples)
{
    if (!usable(samples, 2))
        return no_answer;

    const double a = dlb_mean(samples->a, samples->a_count);
    const double b = dlb_mean(samples->b, samples->b_count);
    const double noise =
        fmin(dlb_sd(samples->a, samples->a_count) / a, dlb_sd(samples->b, samples->b_count) / b);
    const double change = b / a - 1.0;
    return (struct dlb_rival_answer){change > noise, change < -noise, b / a, NAN};
}

/* B. L. Welch, Biometrika 34 (1947). Two-sided p; 0 where two different means have no spread at all. */
static double welch_p(const struct dlb_recorded *samples, double difference)
{
    const double a = pow(dlb_sd(samples->a, samples->a_count), 2.0) / samples->a_count;
    const double b = pow(dlb_sd(samples->b, samples->b_count), 2.0) / samples->b_count;
    const double variance = a + b;

    if (!(variance > 0.0))
        return fabs(difference) > 0.0 ? 0.0 : 1.0;
    const double df =
        variance * variance / (a * a / (samples->a_count - 1) + b * b / (samples->b_count - 1));
    return 2.0 * dlb_t_cdf(-fabs(difference) / sqrt(variance), fmax(1.0, df));
}

struct dlb_rival_answer dlb_rival_t_test(const struct dlb_recorded *samples)
{
    if (!usable(samples, 2))
        return no_answer;

    const double a = dlb_mean(samples->a, samples->a_count);
    const double b = dlb_mean(samples->b, samples->b_count);
    const double change = b / a - 1.0;
    const double p = welch_p(samples, b - a);
    const bool sure = p < CRITERION_P;
    return (struct dlb_rival_answer){sure && change > CRITERION_BAND,
                                     sure && change < -CRITERION_BAND, b / a, p};
}

/* ---- Mann-Whitney ------------------------------------------------------------------------------- */

/* Doubled midrank of a value in both lists together. */
static int doubled_midrank(const struct dlb_recorded *medians, double value)
{
    int below = 0;
    int through = 0;

    for (int i = 0; i < medians->a_count; i++) {
        below += medians->a[i] < value;
        through += medians->a[i] <= value;
    }
    for (int i = 0; i < medians->b_count; i++) {
        below += medians->b[i] < value;
        through += medians->b[i] <= value;
    }
    return below + through + 1;
}

/* Distribution of the rank sum of `chosen` of the ranks that are added one by one: chance[k][s] is the probability that k of those
 * seen so far are chosen and add up to s, built as a fair draw without putting back. */
struct rank_sums {
    int chosen, largest; /* of A; the largest sum that is kept */
    double *chance;      /* (chosen + 1) rows of largest + 1 */
};

/* `left` ranks are still to come, this one included. */
static void add_rank(const struct rank_sums *sums, int rank, int left)
{
    const size_t width = (size_t)sums->largest + 1;

    /* From the most chosen down: a row reads from the one above it, which still stands as it was. */
    for (int k = sums->chosen; k >= 0; k--) {
        double *row = sums->chance + (size_t)k * width;
        const double kept = 1.0 - (double)(sums->chosen - k) / left;
        const double taken = (double)(sums->chosen - k + 1) / left;
        for (int s = sums->largest; s >= 0; s--) {
            row[s] *= fmax(0.0, kept);
            if (k > 0 && s >= rank)
                row[s] += (row - width)[s - rank] * taken;
        }
    }
}

/* Two-sided p: twice the smaller tail, at most 1 (H. B. Mann and D. R. Whitney, Annals of Mathematical Statistics 18, 1947), exact
 * for ties, too. NaN without memory. */
static double mann_whitney_p(const struct dlb_recorded *medians)
{
    const int n = medians->a_count + medians->b_count;
    struct rank_sums sums = {.chosen = medians->a_count, .largest = n * (n + 1)};
    int seen = 0;
    int left = n;

    sums.chance =
        calloc(((size_t)sums.chosen + 1) * ((size_t)sums.largest + 1), sizeof *sums.chance);
    if (sums.chance == NULL)
        return NAN;
    sums.chance[0] = 1.0;
    for (int i = 0; i < medians->a_count; i++) {
        const int rank = doubled_midrank(medians, medians->a[i]);
        seen += rank;
        add_rank(&sums, rank, left--);
    }
    for (int i = 0; i < medians->b_count; i++)
        add_rank(&sums, doubled_midrank(medians, medians->b[i]), left--);

    const double *all = sums.chance + (size_t)sums.chosen * ((size_t)sums.largest + 1);
    double below = 0.0;
    double above = 0.0;
    for (int s = 0; s <= sums.largest; s++) {
        below += s <= seen ? all[s] : 0.0;
        above += s >= seen ? all[s] : 0.0;
    }
    free(sums.chance);
    return fmin(1.0, 2.0 * fmin(below, above));
}

static struct dlb_rival_answer compare_medians(const struct dlb_recorded *medians, double most_p,
                                               double least_ratio)
{
    if (!usable(medians, 1) || medians->a_count > DLB_RIVAL_MOST ||
        medians->b_count > DLB_RIVAL_MOST)
        return no_answer;

    const double ratio =
        dlb_median(medians->b, medians->b_count) / dlb_median(medians->a, medians->a_count);
    const double p = mann_whitney_p(medians);
    const bool sure = p < most_p;
    return (struct dlb_rival_answer){sure && ratio > least_ratio, sure && ratio < 1.0 / least_ratio,
                                     ratio, p};
}

struct dlb_rival_answer dlb_rival_mann_whitney(const struct dlb_recorded *medians)
{
    return compare_medians(medians, BENCHSTAT_P, 1.0);
}

struct dlb_rival_answer dlb_rival_asv(const struct dlb_recorded *medians)
{
    return compare_medians(medians, ASV_P, ASV_RATIO);
}
