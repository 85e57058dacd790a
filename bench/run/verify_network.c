/* verify_network.c: the oracle of graphs of several ops: one forward pass with the reference kernels.
 *
 * Temporaries are kept in f32 whatever their type, so that the oracle carries none of the 16-bit roundings that a
 * backend may or may not make (fused ops make fewer); the bound allows one per op. Constant data keeps the types
 * as they are, so that it overflows where a backend's does. The rule of the bound is in verify_bound.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/memory.h"
#include "bench/run/verify_internal.h"
#include "kernels/reference/reference.h"

struct pass {
    const struct dlb_oracle *oracle;
    struct dlb_graph graph;     /* the oracle's, with tensors of its own */
    struct dlb_tensor *tensors; /* owned */
    void **buffers;             /* by tensor; inputs are the oracle's, the others owned */
    int *last_use;              /* by tensor: the last op that reads it */
    double *rms, *error;        /* by tensor; see dlb_bound_network */
};

static bool is_owned(const struct pass *pass, int tensor)
{
    return pass->buffers[tensor] != pass->oracle->inputs[tensor];
}

static void release(struct pass *pass)
{
    for (int i = 0; pass->buffers != NULL && i < pass->graph.tensor_count; i++)
        if (is_owned(pass, i))
            dlb_aligned_free(pass->buffers[i]);
    free(pass->tensors);
    free(pass->buffers);
    free(pass->last_use);
    free(pass->rms);
    free(pass->error);
}

/* Of the finite elements: those that overflow (constant data only) say nothing about the error of the others. */
static double root_mean_square(const struct dlb_tensor *tensor, const void *data)
{
    const int64_t count = dlb_tensor_elements(tensor);
    int64_t finite = 0;
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        const double value = dlb_dtype_load(tensor->dtype, data, (size_t)i);
        if (!isfinite(value))
            continue;
        sum += value * value;
        finite++;
    }
    return finite > 0 ? sqrt(sum / (double)finite) : 0;
}

static enum dlb_status allocate(struct pass *pass, int tensor, struct dlb_why *why)
{
    const size_t bytes = (size_t)dlb_tensor_bytes(&pass->tensors[tensor]);
    pass->buffers[tensor] = dlb_aligned_alloc(bytes);
    if (pass->buffers[tensor] == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "the oracle needs %zu bytes for %s", bytes,
                        pass->tensors[tensor].name);
    return DLB_OK;
}

static enum dlb_status begin(struct pass *pass, struct dlb_why *why)
{
    const struct dlb_graph *graph = pass->oracle->graph;
    const size_t count = (size_t)graph->tensor_count;
    pass->graph = *graph;
    pass->tensors = calloc(count, sizeof *pass->tensors);
    pass->buffers = calloc(count, sizeof *pass->buffers);
    pass->last_use = calloc(count, sizeof *pass->last_use);
    pass->rms = calloc(count, sizeof *pass->rms);
    pass->error = calloc(count, sizeof *pass->error);
    if (pass->tensors == NULL || pass->buffers == NULL || pass->last_use == NULL ||
        pass->rms == NULL || pass->error == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the oracle's tables");
    memcpy(pass->tensors, graph->tensors, count * sizeof *pass->tensors);
    pass->graph.tensors = pass->tensors;
    for (int i = 0; i < graph->op_count; i++)
        for (int j = 0; j < graph->ops[i].input_count; j++)
            pass->last_use[graph->ops[i].inputs[j]] = i;
    for (int i = 0; i < graph->tensor_count; i++) {
        struct dlb_tensor *tensor = &pass->tensors[i];
        pass->buffers[i] = pass->oracle->inputs[i];
        if (pass->buffers[i] != NULL)
            pass->rms[i] = root_mean_square(tensor, pass->buffers[i]);
        else if (pass->oracle->fill == DLB_FILL_RANDOM && !dlb_dtype_is_integer(tensor->dtype))
            tensor->dtype = DLB_DTYPE_F32;
    }
    return DLB_OK;
}

/* A state is updated in a copy: the oracle's inputs stay as they were filled. */
static enum dlb_status make_room(struct pass *pass, int output, struct dlb_why *why)
{
    const void *initial = pass->oracle->inputs[output];
    if (pass->buffers[output] != NULL && is_owned(pass, output))
        return DLB_OK;
    const enum dlb_status status = allocate(pass, output, why);
    if (status != DLB_OK)
        return status;
    if (initial != NULL)
        memcpy(pass->buffers[output], initial, (size_t)dlb_tensor_bytes(&pass->tensors[output]));
    return DLB_OK;
}

/* Gives back the temporaries that op number `number` was the last to read. */
static void drop_dead(struct pass *pass, int number)
{
    const struct dlb_op *op = &pass->graph.ops[number];
    for (int i = 0; i < op->input_count; i++) {
        const int tensor = op->inputs[i];
        if (pass->tensors[tensor].role == DLB_ROLE_TEMP && pass->last_use[tensor] == number) {
            dlb_aligned_free(pass->buffers[tensor]);
            pass->buffers[tensor] = NULL;
        }
    }
}

static enum dlb_status run_op(struct pass *pass, int number, struct dlb_why *why)
{
    const struct dlb_op *op = &pass->graph.ops[number];
    const enum dlb_status status = make_room(pass, op->output, why);
    if (status != DLB_OK)
        return status;
    dlb_reference_run(&pass->graph, op, pass->buffers);
    pass->rms[op->output] = root_mean_square(&pass->tensors[op->output], pass->buffers[op->output]);
    pass->error[op->output] = dlb_bound_network(pass->oracle->graph, op, pass->oracle->fill,
                                                pass->oracle->inputs, pass->rms, pass->error);
    drop_dead(pass, number);
    return DLB_OK;
}

/* An element larger than most carries an error as much larger: bound = 6 error max(1, |v| / rms). */
static enum dlb_status keep_result(const struct pass *pass, int tensor,
                                   struct dlb_expected *expected, struct dlb_why *why)
{
    const enum dlb_dtype dtype = pass->oracle->graph->tensors[tensor].dtype;
    const int64_t count = dlb_tensor_elements(&pass->tensors[tensor]);
    const enum dlb_status status = dlb_expected_alloc(expected, count, false, why);
    if (status != DLB_OK)
        return status;
    const double rms = pass->rms[tensor];
    const double error = DLB_BOUND_DEVIATIONS * pass->error[tensor];
    dlb_dtype_to_double(pass->tensors[tensor].dtype, pass->buffers[tensor], expected->value,
                        (size_t)count);
    for (int64_t i = 0; i < count; i++) {
        const double value = expected->value[i];
        const double bound = rms > 0 ? error * fmax(1, fabs(value) / rms) : error;
        expected->bound[i] = bound + dlb_bound_store(dtype, value);
    }
    return DLB_OK;
}

enum dlb_status dlb_network_expect(struct dlb_oracle *oracle, struct dlb_why *why)
{
    struct pass pass = {.oracle = oracle};
    enum dlb_status status = begin(&pass, why);
    for (int i = 0; i < oracle->graph->op_count && status == DLB_OK; i++)
        status = run_op(&pass, i, why);
    for (int i = 0; i < oracle->graph->tensor_count && status == DLB_OK; i++)
        if (dlb_oracle_is_compared(oracle->graph, i))
            status = keep_result(&pass, i, &oracle->expected[i], why);
    release(&pass);
    return status;
}
