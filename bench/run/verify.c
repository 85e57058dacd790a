/* verify.c: opens the oracle of a graph, compares results with it, and says in words what is wrong.
 *
 * Which method: a product (and element-wise ops behind it) is recomputed whole when that is cheap, else a gemm is
 * projected and a sample recomputed, a convolution sampled; everything else gets a full forward pass. How far off an
 * answer may be is in verify_bound.c. */
#include "bench/run/verify.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/memory.h"
#include "bench/base/random.h"
#include "bench/run/verify_internal.h"

/* A product is recomputed whole up to this many multiply-adds (about 30 ms) and elements. */
#define WHOLE_WORK     0x1p24
#define WHOLE_ELEMENTS 0x1p19
/* Elements sampled of what is larger: all of a result that is 1 % wrong passes 512 with probability 0.6 %. */
#define SAMPLE_ALONE           512
#define SAMPLE_WITH_PROJECTION 256
/* Elements that are not finite are recomputed to see whether they must be; after this many, a sample it is. */
#define MOST_NOT_FINITE 64

enum dlb_status dlb_expected_alloc(struct dlb_expected *expected, int64_t count, bool indexed,
                                   struct dlb_why *why)
{
    const size_t size = (size_t)count;
    expected->count = count;
    expected->value = calloc(size, sizeof *expected->value);
    expected->bound = calloc(size, sizeof *expected->bound);
    expected->index = indexed ? calloc(size, sizeof *expected->index) : NULL;
    if (expected->value != NULL && expected->bound != NULL && (!indexed || expected->index != NULL))
        return DLB_OK;
    dlb_expected_free(expected);
    return dlb_fail(why, DLB_NO_MEMORY, "no memory for %zu elements of the oracle", size);
}

void dlb_expected_free(struct dlb_expected *expected)
{
    free(expected->index);
    free(expected->value);
    free(expected->bound);
    *expected = (struct dlb_expected){0};
}

bool dlb_oracle_is_compared(const struct dlb_graph *graph, int tensor)
{
    for (int i = 0; i < graph->op_count; i++)
        if (graph->ops[i].output == tensor)
            return dlb_graph_is_result(graph, tensor);
    return false;
}

static bool is_given(enum dlb_role role)
{
    return role == DLB_ROLE_INPUT || role == DLB_ROLE_WEIGHT || role == DLB_ROLE_STATE;
}

static enum dlb_status fill_inputs(struct dlb_oracle *oracle, struct dlb_why *why)
{
    for (int i = 0; i < oracle->graph->tensor_count; i++) {
        const struct dlb_tensor *tensor = &oracle->graph->tensors[i];
        if (!is_given(tensor->role))
            continue;
        const size_t bytes = (size_t)dlb_tensor_bytes(tensor);
        oracle->inputs[i] = dlb_aligned_alloc(bytes);
        if (oracle->inputs[i] == NULL)
            return dlb_fail(why, DLB_NO_MEMORY, "the oracle needs %zu bytes for %s", bytes,
                            tensor->name);
        dlb_graph_fill(oracle->graph, i, oracle->fill, oracle->seed, oracle->inputs[i]);
    }
    return DLB_OK;
}

/* Cheap enough to recompute every element of the product? */
static bool is_small(const struct dlb_graph *graph)
{
    const struct dlb_op *root = &graph->ops[0];
    const double elements = (double)dlb_tensor_elements(&graph->tensors[root->output]);
    return elements * dlb_bound_terms(root) <= WHOLE_WORK && elements <= WHOLE_ELEMENTS;
}

static enum dlb_oracle_method choose_method(const struct dlb_graph *graph)
{
    if (!dlb_element_is_chain(graph))
        return DLB_ORACLE_NETWORK;
    const bool alone = graph->op_count == 1 && graph->ops[0].kind == DLB_OP_GEMM;
    return alone && !is_small(graph) ? DLB_ORACLE_PROJECTION : DLB_ORACLE_ELEMENTS;
}

static int64_t element_limit(const struct dlb_oracle *oracle)
{
    if (oracle->method == DLB_ORACLE_PROJECTION)
        return SAMPLE_WITH_PROJECTION;
    return is_small(oracle->graph) ? INT64_MAX : SAMPLE_ALONE;
}

static enum dlb_status expect_elements(struct dlb_oracle *oracle, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < oracle->graph->tensor_count && status == DLB_OK; i++)
        if (dlb_oracle_is_compared(oracle->graph, i))
            status = dlb_element_expect(oracle, i, element_limit(oracle), why);
    return status;
}

static enum dlb_status expect_network(struct dlb_oracle *oracle, const char *folder,
                                      struct dlb_why *why)
{
    if (folder != NULL)
        dlb_folder_prune(folder);
    if (folder != NULL && dlb_cache_load(oracle, folder))
        return DLB_OK;
    const enum dlb_status status = dlb_network_expect(oracle, why);
    if (status == DLB_OK && folder != NULL)
        dlb_cache_store(oracle, folder);
    return status;
}

enum dlb_status dlb_oracle_open(const struct dlb_graph *graph, enum dlb_fill fill, uint64_t seed,
                                const char *cache_folder, struct dlb_oracle **oracle,
                                struct dlb_why *why)
{
    const size_t tensors = (size_t)graph->tensor_count;
    struct dlb_oracle *made = calloc(1, sizeof *made);
    if (made == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for an oracle");
    made->graph = graph;
    made->fill = fill;
    made->seed = seed;
    made->method = choose_method(graph);
    made->inputs = calloc(tensors, sizeof *made->inputs);
    made->expected = calloc(tensors, sizeof *made->expected);
    enum dlb_status status = DLB_OK;
    if (made->inputs == NULL || made->expected == NULL)
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the oracle of %zu tensors", tensors);
    if (status == DLB_OK)
        status = fill_inputs(made, why);
    if (status == DLB_OK && made->method == DLB_ORACLE_NETWORK)
        status = expect_network(made, cache_folder, why);
    else if (status == DLB_OK)
        status = expect_elements(made, why);
    if (status == DLB_OK && made->method == DLB_ORACLE_PROJECTION)
        status = dlb_projection_open(made, &made->projection, why);
    if (status == DLB_OK)
        *oracle = made;
    else
        dlb_oracle_close(made);
    return status;
}

void dlb_oracle_close(struct dlb_oracle *oracle)
{
    if (oracle == NULL)
        return;
    for (int i = 0; i < oracle->graph->tensor_count; i++) {
        if (oracle->inputs != NULL)
            dlb_aligned_free(oracle->inputs[i]);
        if (oracle->expected != NULL)
            dlb_expected_free(&oracle->expected[i]);
    }
    dlb_projection_close(oracle->projection);
    free(oracle->inputs);
    free(oracle->expected);
    free(oracle);
}

const void *dlb_oracle_input(const struct dlb_oracle *oracle, int tensor)
{
    return oracle->inputs[tensor];
}

void dlb_oracle_look(struct dlb_oracle *oracle, uint64_t look)
{
    oracle->drawn = oracle->drawn && oracle->look == look;
    oracle->look = look;
}

void dlb_oracle_poison(const struct dlb_tensor *tensor, void *host)
{
    const int64_t count = dlb_tensor_elements(tensor);
    if (!dlb_dtype_is_integer(tensor->dtype)) {
        memset(host, 0xff,
               (size_t)dlb_tensor_bytes(tensor)); /* all bits set: NaN in each float type */
        return;
    }
    for (int64_t i = 0; i < count; i++)
        dlb_dtype_store(tensor->dtype, host, (size_t)i, INT_MIN);
}

/* ---- Comparing ------------------------------------------------------------------------------------ */

/* Samples and signs of this look. Only now: opening need not pay for a look that never comes. */
static void draw(struct dlb_oracle *oracle)
{
    const uint64_t seed =
        dlb_random_derive(oracle->seed, "oracle") ^ dlb_random_derive(oracle->look, "oracle look");
    if (oracle->drawn)
        return;
    for (int i = 0; i < oracle->graph->tensor_count; i++)
        if (oracle->expected[i].index != NULL)
            dlb_element_draw(oracle, i, seed);
    if (oracle->projection != NULL)
        dlb_projection_draw(oracle->projection, oracle->inputs, seed);
    oracle->drawn = true;
}

/* The worst element so far. */
struct verdict {
    double share; /* of its bound; beyond 1 is wrong */
    double error; /* largest absolute error of any element */
    int64_t index;
    double value, bound, found; /* of the worst */
    int64_t block;              /* not 0: no element, but the signed sum of so many of them */
    bool unbounded;             /* the oracle has no finite bound for element `unbounded_index` */
    int64_t unbounded_index;
};

static void note_unbounded(struct verdict *worst, int64_t index)
{
    if (!worst->unbounded)
        worst->unbounded_index = index;
    worst->unbounded = true;
}

/* All bits set is what dlb_oracle_poison left of a float; the NaNs that arithmetic makes differ. */
static bool is_poison(enum dlb_dtype dtype, const void *host, int64_t index)
{
    const size_t size = dlb_dtype_size(dtype);
    const unsigned char *bytes = (const unsigned char *)host + (size_t)index * size;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0xff)
            return false;
    return true;
}

/* |found - value| as a share of the bound; infinite where no finite error can be told, never NaN. */
static double share_of(enum dlb_dtype dtype, double found, double value, double bound)
{
    if (isinf(value)) /* the oracle overflows too: constant data only */
        return isinf(found) && signbit(found) == signbit(value) ? 0 : INFINITY;
    if (isnan(value))
        return isnan(found) ? 0 : INFINITY;
    if (isinf(found)) { /* right when the rounded value may be that infinity */
        _Alignas(8) unsigned char stored[8];
        dlb_dtype_store(dtype, stored, 0, value + copysign(bound, found));
        return dlb_dtype_load(dtype, stored, 0) == found ? 0 : INFINITY;
    }
    const double error = fabs(found - value);
    if (isnan(error))
        return INFINITY;
    if (bound > 0)
        return error / bound;
    return error > 0 ? INFINITY : 0;
}

static void judge(struct verdict *worst, enum dlb_dtype dtype, const void *host, int64_t index,
                  double value, double bound)
{
    const double found = dlb_dtype_load(dtype, host, (size_t)index);
    if (isfinite(value) && !isfinite(bound)) {
        note_unbounded(worst, index);
        return;
    }
    const bool unwritten = isnan(found) && is_poison(dtype, host, index);
    const double share = unwritten ? INFINITY : share_of(dtype, found, value, bound);
    const double error = fabs(found - value);
    if (isfinite(error) && error > worst->error)
        worst->error = error;
    if (share > worst->share) {
        worst->share = share;
        worst->index = index;
        worst->value = value;
        worst->bound = bound;
        worst->found = found;
        worst->block = 0;
    }
}

static void compare_expected(const struct dlb_oracle *oracle, int tensor, const void *host,
                             struct verdict *worst)
{
    const struct dlb_expected *expected = &oracle->expected[tensor];
    const enum dlb_dtype dtype = oracle->graph->tensors[tensor].dtype;
    for (int64_t i = 0; i < expected->count; i++) {
        const int64_t index = expected->index != NULL ? expected->index[i] : i;
        judge(worst, dtype, host, index, expected->value[i], expected->bound[i]);
    }
}

/* Recomputes one element of a chain and compares it. */
static void compare_element(const struct dlb_oracle *oracle, int tensor, const void *host,
                            int64_t index, struct verdict *worst)
{
    const enum dlb_dtype dtype = oracle->graph->tensors[tensor].dtype;
    double bound;
    const double value = dlb_element_value(oracle, tensor, index, &bound);
    judge(worst, dtype, host, index, value, bound);
}

/* Could this element be poison, or the outcome of an overflow? By its bits: this looks at every element. */
static bool is_suspect(enum dlb_dtype dtype, const void *host, int64_t index)
{
    switch (dtype) {
    case DLB_DTYPE_F32:
        return (((const uint32_t *)host)[index] & 0x7f800000u) == 0x7f800000u;
    case DLB_DTYPE_BF16:
        return (((const uint16_t *)host)[index] & 0x7f80u) == 0x7f80u;
    case DLB_DTYPE_F16:
        return (((const uint16_t *)host)[index] & 0x7c00u) == 0x7c00u;
    case DLB_DTYPE_S32:
        return ((const int32_t *)host)[index] == INT_MIN;
    default:
        return false;
    }
}

/* What a sample would miss: elements never written, or not finite. */
static void compare_suspects(const struct dlb_oracle *oracle, int tensor, const void *host,
                             struct verdict *worst)
{
    const struct dlb_tensor *result = &oracle->graph->tensors[tensor];
    const int64_t count = dlb_tensor_elements(result);
    int seen = 0;
    for (int64_t i = 0; i < count && seen < MOST_NOT_FINITE; i++) {
        if (is_suspect(result->dtype, host, i)) {
            compare_element(oracle, tensor, host, i, worst);
            seen++;
        }
    }
}

/* A wrong block is recomputed, to name its worst element; it may also be wrong only as a whole. */
static void compare_projection(const struct dlb_oracle *oracle, int tensor, const void *host,
                               struct verdict *worst)
{
    int64_t first = 0, width = 0;
    const double share = dlb_projection_check(oracle->projection, host, &first, &width);
    if (isnan(share)) {
        note_unbounded(worst, first);
        return;
    }
    if (share > 1)
        for (int64_t i = first; i < first + width; i++)
            compare_element(oracle, tensor, host, i, worst);
    if (share <= worst->share || worst->share > 1)
        return;
    worst->share = share;
    worst->index = first;
    worst->block = width;
}

/* "[3,17]" */
static void print_place(const struct dlb_tensor *tensor, int64_t index, char *text, size_t size)
{
    int64_t inner = dlb_tensor_elements(tensor);
    size_t used = 0;
    for (int i = 0; i < tensor->rank && used < size; i++) {
        inner /= tensor->dims[i];
        used += (size_t)snprintf(text + used, size - used, "%s%lld", i == 0 ? "[" : ",",
                                 (long long)(index / inner % tensor->dims[i]));
    }
    if (used < size)
        (void)snprintf(text + used, size - used, "]");
}

static enum dlb_status explain_unbounded(const struct dlb_tensor *tensor,
                                         const struct verdict *worst, struct dlb_why *why)
{
    char place[128];
    print_place(tensor, worst->unbounded_index, place, sizeof place);
    return dlb_fail(why, DLB_FAILED,
                    "the oracle cannot judge %s%s: it has no finite bound for its error",
                    tensor->name, place);
}

static enum dlb_status explain(const struct dlb_tensor *tensor, const struct verdict *worst,
                               struct dlb_why *why)
{
    char place[128];
    print_place(tensor, worst->index, place, sizeof place);
    if (worst->block > 0)
        return dlb_fail(why, DLB_WRONG,
                        "%s: the %lld elements from %s on are together off by %.3g times what "
                        "rounding allows",
                        tensor->name, (long long)worst->block, place, worst->share);
    if (isnan(worst->found) || (tensor->dtype == DLB_DTYPE_S32 && worst->found <= INT_MIN))
        return dlb_fail(why, DLB_WRONG,
                        "%s%s should be %.7g, found %s: never written, or not a number",
                        tensor->name, place, worst->value,
                        isnan(worst->found) ? "nan" : "the smallest integer");
    if (!isfinite(worst->value))
        return dlb_fail(why, DLB_WRONG, "%s%s should be %g, found %.7g", tensor->name, place,
                        worst->value, worst->found);
    return dlb_fail(why, DLB_WRONG, "%s%s should be %.7g within %.2g, found %.7g", tensor->name,
                    place, worst->value, worst->bound, worst->found);
}

/* The size of the result, and a typical bound over it: the largest relative error that passes. What overflowed (constant
 * data only) is left out. */
static double scale_of(const struct dlb_expected *expected, double *tolerance)
{
    double squares = 0, bounds = 0;
    int64_t count = 0;
    for (int64_t i = 0; i < expected->count; i++) {
        if (!isfinite(expected->value[i]) || !isfinite(expected->bound[i]))
            continue;
        squares += expected->value[i] * expected->value[i];
        bounds += expected->bound[i];
        count++;
    }
    const double rms = count > 0 ? sqrt(squares / (double)count) : 0;
    const double scale = rms > 0 ? rms : 1;
    *tolerance = count > 0 ? bounds / (double)count / scale : 0;
    return scale;
}

static void name_method(const struct dlb_oracle *oracle, int tensor, char *text, size_t size)
{
    if (oracle->method == DLB_ORACLE_NETWORK)
        (void)snprintf(text, size, "full pass");
    else if (oracle->method == DLB_ORACLE_PROJECTION)
        (void)snprintf(text, size, "projection");
    else if (oracle->expected[tensor].index == NULL)
        (void)snprintf(text, size, "all elements");
    else
        (void)snprintf(text, size, "sample %lld", (long long)oracle->expected[tensor].count);
}

/* A state that no op updates must come back as it was. */
static enum dlb_status check_untouched(const struct dlb_oracle *oracle, int tensor,
                                       const void *host, struct dlb_check *check,
                                       struct dlb_why *why)
{
    const struct dlb_tensor *state = &oracle->graph->tensors[tensor];
    *check = (struct dlb_check){.method = "unchanged"};
    check->ok = memcmp(host, oracle->inputs[tensor], (size_t)dlb_tensor_bytes(state)) == 0;
    if (check->ok)
        return DLB_OK;
    return dlb_fail(why, DLB_WRONG, "state %s has changed, and no op updates it", state->name);
}

enum dlb_status dlb_oracle_check(struct dlb_oracle *oracle, int tensor, const void *host,
                                 struct dlb_check *check, struct dlb_why *why)
{
    const struct dlb_tensor *result = &oracle->graph->tensors[tensor];
    if (!dlb_graph_is_result(oracle->graph, tensor))
        return dlb_fail(why, DLB_INVALID, "%s is not a result: it is %s", result->name,
                        dlb_role_name(result->role));
    if (!dlb_oracle_is_compared(oracle->graph, tensor))
        return check_untouched(oracle, tensor, host, check, why);
    struct verdict worst = {.share = -1};
    draw(oracle);
    compare_expected(oracle, tensor, host, &worst);
    if (oracle->expected[tensor].index != NULL)
        compare_suspects(oracle, tensor, host, &worst);
    if (oracle->projection != NULL && worst.share <= 1)
        compare_projection(oracle, tensor, host, &worst);
    const bool right = worst.share <= 1;
    *check = (struct dlb_check){.ok = right && !worst.unbounded, .max_abs_err = worst.error};
    const double scale = scale_of(&oracle->expected[tensor], &check->tolerance);
    if (!check->ok && (right || !isfinite(worst.found)))
        check->max_abs_err = check->max_rel_err = NAN; /* no number says how wrong it is */
    else if (isfinite(worst.share))
        check->max_rel_err = worst.share * check->tolerance;
    else
        check->max_rel_err = worst.error / scale;
    name_method(oracle, tensor, check->method, sizeof check->method);
    if (check->ok)
        return DLB_OK;
    return right ? explain_unbounded(result, &worst, why) : explain(result, &worst, why);
}
