/* verify_element.c: elements of a product, and of the element-wise ops behind it, recomputed one by one.
 *
 * All of them when the problem is small, else a sample: the corners of the first and the last plane, where padding
 * and remainders of tiles live, and one random element of each of many equal stretches. */
#include <math.h>
#include <stdlib.h>

#include "bench/base/random.h"
#include "bench/run/verify_internal.h"
#include "kernels/reference/reference.h"

/* Products recomputed for a sample, at least 64 elements: about 0.1 s. */
#define SAMPLE_WORK  0x1p26
#define SAMPLE_LEAST 64
#define CORNERS      8

/* The tensor that a chain hands from op to op is X, for an add either side; the rest must be given. */
static bool continues_chain(const struct dlb_graph *graph, const struct dlb_op *op, int previous)
{
    const bool pointwise = op->kind == DLB_OP_BIAS || op->kind == DLB_OP_ADD ||
                           op->kind == DLB_OP_RELU || op->kind == DLB_OP_BATCHNORM;
    int uses = 0;
    for (int i = 0; i < op->input_count; i++) {
        const enum dlb_role role = graph->tensors[op->inputs[i]].role;
        if (op->inputs[i] == previous)
            uses++;
        else if (role != DLB_ROLE_INPUT && role != DLB_ROLE_WEIGHT)
            return false;
    }
    return pointwise && uses == 1 && (op->kind == DLB_OP_ADD || op->inputs[0] == previous);
}

bool dlb_element_is_chain(const struct dlb_graph *graph)
{
    if (!dlb_bound_is_product(graph->ops[0].kind))
        return false;
    for (int i = 0; i < graph->ops[0].input_count; i++) {
        const enum dlb_role role = graph->tensors[graph->ops[0].inputs[i]].role;
        if (role == DLB_ROLE_TEMP || role == DLB_ROLE_OUTPUT)
            return false;
    }
    for (int i = 1; i < graph->op_count; i++)
        if (!continues_chain(graph, &graph->ops[i], graph->ops[i - 1].output))
            return false;
    return true;
}

static double load(const struct dlb_oracle *oracle, int tensor, int64_t index)
{
    return dlb_dtype_load(oracle->graph->tensors[tensor].dtype, oracle->inputs[tensor],
                          (size_t)index);
}

/* Where along `axis` the element lies. */
static int64_t coordinate(const struct dlb_tensor *tensor, int axis, int64_t index)
{
    for (int i = tensor->rank - 1; i > axis; i--)
        index /= tensor->dims[i];
    return index % tensor->dims[axis];
}

/* One element-wise op on a value that may be off by *bound. */
static double apply(const struct dlb_oracle *oracle, const struct dlb_op *op, int previous,
                    int64_t index, double value, double *bound)
{
    const struct dlb_tensor *tensor = &oracle->graph->tensors[op->output];
    if (op->kind == DLB_OP_RELU)
        return value < 0 ? 0 : value;
    if (op->kind == DLB_OP_BIAS)
        return value + load(oracle, op->inputs[1], coordinate(tensor, op->attrs.bias.axis, index));
    if (op->kind == DLB_OP_ADD)
        return value + load(oracle, op->inputs[op->inputs[0] == previous ? 1 : 0], index);
    const int64_t channel = coordinate(tensor, 1, index);
    const double gain = load(oracle, op->inputs[1], channel) /
                        sqrt(load(oracle, op->inputs[4], channel) + op->attrs.batchnorm.epsilon);
    const double mean = load(oracle, op->inputs[3], channel);
    *bound = fabs(gain) * (*bound + dlb_bound_store(tensor->dtype, fabs(value) + fabs(mean)));
    return gain * (value - mean) + load(oracle, op->inputs[2], channel);
}

double dlb_element_value(const struct dlb_oracle *oracle, int tensor, int64_t index, double *bound)
{
    const struct dlb_graph *graph = oracle->graph;
    const struct dlb_op *root = &graph->ops[0];
    double magnitude;
    double value = dlb_reference_element(graph, root, oracle->inputs, index, &magnitude);
    *bound = dlb_bound_product(graph, root, oracle->fill, value, magnitude) +
             dlb_bound_store(graph->tensors[root->output].dtype, value);
    for (int i = 1; i < graph->op_count && graph->ops[i - 1].output != tensor; i++) {
        const struct dlb_op *op = &graph->ops[i];
        value = apply(oracle, op, graph->ops[i - 1].output, index, value, bound);
        *bound += dlb_bound_store(graph->tensors[op->output].dtype, value);
    }
    return value;
}

static int compare_indices(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Corner `number` (0..7) of the first or last plane. */
static int64_t corner(const struct dlb_tensor *tensor, int number)
{
    const int64_t width = tensor->dims[tensor->rank - 1];
    const int64_t height = tensor->rank > 1 ? tensor->dims[tensor->rank - 2] : 1;
    const int64_t planes = dlb_tensor_elements(tensor) / (width * height);
    const int64_t plane = number & 4 ? planes - 1 : 0;
    const int64_t row = number & 2 ? height - 1 : 0;
    return (plane * height + row) * width + (number & 1 ? width - 1 : 0);
}

/* Ascending; an element may come twice. */
static void choose_sample(const struct dlb_tensor *tensor, uint64_t seed, int64_t count,
                          int64_t *index)
{
    const double elements = (double)dlb_tensor_elements(tensor);
    const int64_t stretches = count - CORNERS;
    struct dlb_random random;
    dlb_random_seed(&random, dlb_random_derive(seed, "oracle sample"));
    for (int i = 0; i < CORNERS; i++)
        index[i] = corner(tensor, i);
    for (int64_t i = 0; i < stretches; i++) {
        const double place = ((double)i + dlb_random_uniform(&random)) / (double)stretches;
        const int64_t chosen = (int64_t)(place * elements);
        index[CORNERS + i] = chosen < (int64_t)elements ? chosen : (int64_t)elements - 1;
    }
    qsort(index, (size_t)count, sizeof *index, compare_indices);
}

enum dlb_status dlb_element_expect(struct dlb_oracle *oracle, int tensor, int64_t limit,
                                   struct dlb_why *why)
{
    const struct dlb_tensor *result = &oracle->graph->tensors[tensor];
    const double terms = dlb_bound_terms(&oracle->graph->ops[0]);
    const int64_t elements = dlb_tensor_elements(result);
    const bool all = elements <= limit;
    const int64_t affordable = (int64_t)fmax(SAMPLE_WORK / terms, SAMPLE_LEAST);
    const int64_t count = all ? elements : limit < affordable ? limit : affordable;
    struct dlb_expected *expected = &oracle->expected[tensor];
    const enum dlb_status status = dlb_expected_alloc(expected, count, !all, why);
    if (status != DLB_OK)
        return status;
    for (int64_t i = 0; all && i < count; i++)
        expected->value[i] = dlb_element_value(oracle, tensor, i, &expected->bound[i]);
    return DLB_OK;
}

void dlb_element_draw(struct dlb_oracle *oracle, int tensor, uint64_t seed)
{
    struct dlb_expected *expected = &oracle->expected[tensor];
    choose_sample(&oracle->graph->tensors[tensor], seed, expected->count, expected->index);
    for (int64_t i = 0; i < expected->count; i++)
        expected->value[i] =
            dlb_element_value(oracle, tensor, expected->index[i], &expected->bound[i]);
}
