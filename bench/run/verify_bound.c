/* verify_bound.c: how far from the oracle a right answer may be. From types, lengths and values, never from the backend.
 *
 * u = 2^-24 (accumulation in f32), K terms, s = sum of the products, S = sum of their absolute values.
 *
 * Any order of summation obeys |error| <= gamma_K S with gamma_K = K u / (1 - K u) (Higham, Accuracy and Stability of
 * Numerical Algorithms, 2nd ed., section 4.2). That is attained only when all roundings conspire. For random data they
 * are independent with mean zero, and
 *     |error| <= c u sqrt(K) max |partial sum|        with probability 1 - 2 exp(-c^2 / 2)
 * (Higham and Mary 2019, "A new approach to probabilistic rounding error analysis", theorem 2.4). The partial sums of
 * products with mean zero are a random walk to s: about R + |s|, with R the root of the sum of squared products. For
 * factors uniform in [-h,h], S = K h^2/4 and R = sqrt(K) h^2/3, so sqrt(K) R = 4/3 S, and
 *     |error| <= c u (4/3 S + sqrt(K) |s|),           c = 8.
 * At K = 4096 that is a fifth of the typical error of f32 factors rounded to tf32, so a library that silently
 * computes in a lower type is caught. Constant data (ones) rounds alike at each step: there gamma_K holds.
 *
 * Storing the result adds u_out |value|: one rounding. Integers are exact. */
#include <float.h>
#include <math.h>

#include "bench/run/verify_internal.h"

#define ACCUMULATOR_ROUNDOFF 0x1p-24
#define RANDOM_FACTOR        8.0
/* Winograd's F(4x4,3x3) transforms have entries up to 8 and cost up to one decimal digit in f32 (Lavin and Gray 2016,
 * "Fast algorithms for convolutional neural networks"); part of it fits RANDOM_FACTOR already: tests
 * with that algorithm stay below two thirds of the bound. */
#define WINOGRAD_FACTOR 6.0
/* Random signs: a sum of n independent errors of at most e each exceeds 7.7 sqrt(n) e with probability 3e-13 (Hoeffding
 * 1963). Rounding errors are uniform, with a root mean square of about half their maximum: hence 4. */
#define SIGNED_ROUNDINGS 4.0

bool dlb_bound_is_product(enum dlb_op_kind kind)
{
    return kind == DLB_OP_GEMM || kind == DLB_OP_CONV || kind == DLB_OP_CONV_BWD_DATA ||
           kind == DLB_OP_CONV_BWD_WEIGHTS;
}

double dlb_bound_terms(const struct dlb_op *op)
{
    const struct dlb_conv_attrs *a = &op->attrs.conv;
    if (op->kind == DLB_OP_GEMM)
        return (double)op->attrs.gemm.k;
    const int64_t channels = a->c / a->groups, filters = a->k / a->groups;
    switch (op->kind) {
    case DLB_OP_CONV:
        return (double)channels * (double)(a->r * a->s);
    case DLB_OP_CONV_BWD_DATA:
        return (double)filters * (double)(a->r * a->s);
    default:
        return (double)a->n * (double)a->out_h * (double)a->out_w;
    }
}

/* Winograd's algorithm exists for dense f32 convolutions with stride 1. */
static double algorithm_factor(const struct dlb_graph *graph, const struct dlb_op *op)
{
    const struct dlb_conv_attrs *a = &op->attrs.conv;
    const bool possible = op->kind != DLB_OP_GEMM && a->r * a->s > 1 && a->stride_h == 1 &&
                          a->stride_w == 1 && a->dilation_h == 1 && a->dilation_w == 1 &&
                          graph->tensors[op->inputs[0]].dtype == DLB_DTYPE_F32;
    return possible ? WINOGRAD_FACTOR : 1;
}

/* gamma_n; beyond 1 / u terms there is no bound, and half of S is a fair one. */
static double gamma_of(double terms)
{
    const double share = terms * ACCUMULATOR_ROUNDOFF;
    return share < 1.0 / 3 ? share / (1 - share) : 0.5;
}

double dlb_bound_product(const struct dlb_graph *graph, const struct dlb_op *op, enum dlb_fill fill,
                         double value, double magnitude)
{
    if (dlb_dtype_is_integer(graph->tensors[op->output].dtype))
        return 0;
    const double terms = dlb_bound_terms(op) + 2; /* alpha and beta are two more */
    const double factor = algorithm_factor(graph, op);
    if (fill != DLB_FILL_RANDOM)
        return factor * gamma_of(terms) * magnitude;
    return factor * RANDOM_FACTOR * ACCUMULATOR_ROUNDOFF *
           (4.0 / 3 * magnitude + sqrt(terms) * fabs(value));
}

double dlb_bound_projection(const struct dlb_graph *graph, const struct dlb_op *op,
                            enum dlb_fill fill, double width, double norms, double values)
{
    const enum dlb_dtype dtype = graph->tensors[op->output].dtype;
    if (dlb_dtype_is_integer(dtype))
        return 0;
    const double terms = dlb_bound_terms(op) + 2;
    const double stored = dlb_dtype_roundoff(dtype);
    /* Constant data: errors add up, and the sum of n numbers is at most sqrt(n) times the root of their squares. */
    if (fill != DLB_FILL_RANDOM)
        return sqrt(width) * (gamma_of(terms) * norms + stored * values) + width * FLT_MIN;
    /* |a||b| takes the place of 4/3 S: it is sqrt(K) R for independent factors. c leaves room for the signs. */
    return RANDOM_FACTOR * ACCUMULATOR_ROUNDOFF * (norms + sqrt(terms) * values) +
           SIGNED_ROUNDINGS * stored * values + width * FLT_MIN;
}

double dlb_bound_store(enum dlb_dtype dtype, double value)
{
    if (dlb_dtype_is_integer(dtype))
        return 0;
    /* f16 keeps subnormals (spacing 2^-24); the others may be flushed to zero below FLT_MIN. */
    const double tiny = dtype == DLB_DTYPE_F16 ? 0x1p-25 : (double)FLT_MIN;
    return dlb_dtype_roundoff(dtype) * fabs(value) + tiny;
}

/* ---- Networks -------------------------------------------------------------------------------------
 *
 * Per tensor one number: the standard error of its elements. Errors of different ops are independent, so
 * squares add. A product keeps the ratio of error to signal of its inputs, as it sums both alike, and adds u sqrt(K)
 * times the signal of its own; element-wise ops and pooling hand the error on as it is; each stored tensor adds
 * one rounding, whether or not a backend stores it. Rounding errors are uniform: their root mean square is at most
 * 1 / sqrt(3) of u and 0.4 of it on average over the significand; half is taken. */
#define ROUNDING_DEVIATION 0.5

static double square(double x)
{
    return x * x;
}

static double error_of_product(const struct dlb_graph *graph, const struct dlb_op *op,
                               enum dlb_fill fill, const double *rms, const double *error)
{
    const double out = rms[op->output];
    const double terms = dlb_bound_terms(op) + 2;
    const double own = ROUNDING_DEVIATION * algorithm_factor(graph, op) * ACCUMULATOR_ROUNDOFF *
                       out * (fill == DLB_FILL_RANDOM ? sqrt(terms) : terms);
    double sum = square(own);
    for (int i = 0; i < op->input_count; i++) {
        const int x = op->inputs[i];
        if (rms[x] > 0)
            sum += square(error[x] / rms[x] * out);
    }
    return sqrt(sum);
}

/* The largest |gamma| / sqrt(variance + epsilon) of a batch-norm: what an error in X is multiplied by. */
static double largest_gain(const struct dlb_graph *graph, const struct dlb_op *op,
                           void *const *inputs)
{
    const int gamma = op->inputs[1], variance = op->inputs[4];
    const int64_t channels = dlb_tensor_elements(&graph->tensors[gamma]);
    double largest = 0;
    for (int64_t i = 0; i < channels; i++) {
        const double g = dlb_dtype_load(graph->tensors[gamma].dtype, inputs[gamma], (size_t)i);
        const double v =
            dlb_dtype_load(graph->tensors[variance].dtype, inputs[variance], (size_t)i);
        largest = fmax(largest, fabs(g) / sqrt(v + op->attrs.batchnorm.epsilon));
    }
    return largest;
}

/* A folded batch-norm rounds gamma / sigma and gamma mean / sigma. */
static double error_of_batchnorm(const struct dlb_graph *graph, const struct dlb_op *op,
                                 void *const *inputs, const double *rms, const double *error)
{
    const int x = op->inputs[0], mean = op->inputs[3];
    const double rounding =
        ROUNDING_DEVIATION * dlb_dtype_roundoff(graph->tensors[op->output].dtype);
    return largest_gain(graph, op, inputs) *
           hypot(error[x], 2 * rounding * hypot(rms[x], rms[mean]));
}

/* p_i changes by p_i (e_i - sum of p_j e_j): at most p_i e sqrt(2) for independent errors e. Computing it adds, relative to
 * p: a few u for exp, one for the division, sqrt(n) u for the sum, and u times the size of the exponent. */
static double error_of_softmax(const struct dlb_graph *graph, const struct dlb_op *op,
                               const double *rms, const double *error)
{
    const int x = op->inputs[0];
    const struct dlb_tensor *tensor = &graph->tensors[x];
    const double rounding = ROUNDING_DEVIATION * dlb_dtype_roundoff(tensor->dtype);
    const double length = (double)tensor->dims[tensor->rank - 1];
    const double own = ACCUMULATOR_ROUNDOFF * (4 + sqrt(length) + 4 * rms[x]);
    const double logits = M_SQRT2 * hypot(error[x], rounding * rms[x]);
    return fmin(rms[op->output] * hypot(logits, own), 1); /* p itself is at most 1 */
}

/* The mean of a window is a sum of so many terms. */
static double error_of_mean(const struct dlb_op *op, const double *rms, const double *error)
{
    const double taps = (double)op->attrs.pool.r * (double)op->attrs.pool.s;
    const int x = op->inputs[0];
    return hypot(error[x], ROUNDING_DEVIATION * ACCUMULATOR_ROUNDOFF * sqrt(taps) * rms[x]);
}

double dlb_bound_network(const struct dlb_graph *graph, const struct dlb_op *op, enum dlb_fill fill,
                         void *const *inputs, const double *rms, const double *error)
{
    const int x = op->inputs[0];
    const double rounding =
        ROUNDING_DEVIATION * dlb_dtype_roundoff(graph->tensors[op->output].dtype);
    double own;
    if (dlb_bound_is_product(op->kind))
        own = error_of_product(graph, op, fill, rms, error);
    else if (op->kind == DLB_OP_BATCHNORM)
        own = error_of_batchnorm(graph, op, inputs, rms, error);
    else if (op->kind == DLB_OP_SOFTMAX)
        own = error_of_softmax(graph, op, rms, error);
    else if (op->kind == DLB_OP_AVGPOOL)
        own = error_of_mean(op, rms, error);
    else if (op->kind == DLB_OP_ADD || op->kind == DLB_OP_BIAS)
        own = hypot(error[x], error[op->inputs[1]]);
    else
        own = error[x];
    return hypot(own, rounding * rms[op->output]);
}
