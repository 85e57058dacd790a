/* graph.c: the storage of a graph, tensors given from outside, the last check, and the filling of
 * inputs. Ops are added in product.c and layer.c. */
#include "bench/graph/graph.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/memory.h"
#include "bench/graph/builder.h"
#include "bench/graph/count.h"

void dlb_graph_init(struct dlb_graph *graph, const char *name, int64_t items)
{
    *graph = (struct dlb_graph){.pass = DLB_PASS_INFERENCE, .items = items, .status = DLB_OK};
    (void)snprintf(graph->name, sizeof graph->name, "%s", name);
}

void dlb_graph_free(struct dlb_graph *graph)
{
    free(graph->tensors);
    free(graph->ops);
    graph->tensors = NULL;
    graph->ops = NULL;
    graph->tensor_count = graph->tensor_capacity = 0;
    graph->op_count = graph->op_capacity = 0;
}

int dlb_graph_reject(struct dlb_graph *graph, enum dlb_status status, const char *format, ...)
{
    if (graph->status == DLB_OK) {
        char line[sizeof graph->why.text];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(line, sizeof line, format, arguments);
        va_end(arguments);
        graph->status = dlb_fail(&graph->why, status, "%s", line);
    }
    return -1;
}

struct dlb_shape_text dlb_builder_shape(const struct dlb_tensor *tensor)
{
    struct dlb_shape_text shape = {""};
    size_t used = 0;
    for (int i = 0; i < tensor->rank && used < sizeof shape.text; i++) {
        used += (size_t)snprintf(shape.text + used, sizeof shape.text - used, "%s%lld",
                                 i > 0 ? "x" : "", (long long)tensor->dims[i]);
    }
    if (used < sizeof shape.text) {
        (void)snprintf(shape.text + used, sizeof shape.text - used, " %s",
                       dlb_dtype_name(tensor->dtype));
    }
    return shape;
}

const struct dlb_tensor *dlb_builder_operand(struct dlb_graph *graph, const char *op, int index)
{
    if (graph->status != DLB_OK) {
        return NULL;
    }
    if (index < 0 || index >= graph->tensor_count) {
        (void)dlb_graph_reject(graph, DLB_INVALID,
                               "%s: an operand must be a tensor 0..%d, found %d", op,
                               graph->tensor_count - 1, index);
        return NULL;
    }
    return &graph->tensors[index];
}

const struct dlb_tensor *dlb_builder_float(struct dlb_graph *graph, const char *op, int index)
{
    const struct dlb_tensor *const tensor = dlb_builder_operand(graph, op, index);
    if (tensor != NULL && dlb_dtype_is_integer(tensor->dtype)) {
        (void)dlb_graph_reject(graph, DLB_INVALID, "%s takes f32, bf16 or f16, found %s: %s", op,
                               tensor->name, dlb_builder_shape(tensor).text);
        return NULL;
    }
    return tensor;
}

/* Room for one more element; false without memory. */
static bool grow(void **items, int count, int *capacity, size_t size)
{
    if (count < *capacity) {
        return true;
    }
    const int wanted = *capacity > 0 ? 2 * *capacity : 8;
    void *const grown = realloc(*items, (size_t)wanted * size);
    if (grown == NULL) {
        return false;
    }
    *items = grown;
    *capacity = wanted;
    return true;
}

static bool bytes_fit(const struct dlb_tensor *tensor)
{
    int64_t bytes = (int64_t)dlb_dtype_size(tensor->dtype);
    for (int i = 0; i < tensor->rank; i++) {
        if (!dlb_multiply(bytes, tensor->dims[i], &bytes)) {
            return false;
        }
    }
    return true;
}

static int append_tensor(struct dlb_graph *graph, const struct dlb_tensor *tensor)
{
    for (int i = 0; i < tensor->rank; i++) {
        if (tensor->dims[i] < 1) {
            return dlb_graph_reject(graph, DLB_INVALID,
                                    "tensor %s: every dimension must be at least 1, found %s",
                                    tensor->name, dlb_builder_shape(tensor).text);
        }
    }
    if (!bytes_fit(tensor)) {
        return dlb_graph_reject(graph, DLB_INVALID,
                                "tensor %s of %s overflows 64 bits of bytes: make it smaller",
                                tensor->name, dlb_builder_shape(tensor).text);
    }
    void *items = graph->tensors;
    if (!grow(&items, graph->tensor_count, &graph->tensor_capacity, sizeof *graph->tensors)) {
        return dlb_graph_reject(graph, DLB_NO_MEMORY, "no memory for another tensor");
    }
    graph->tensors = items;
    graph->tensors[graph->tensor_count] = *tensor;
    return graph->tensor_count++;
}

static struct dlb_tensor make_tensor(enum dlb_role role, enum dlb_dtype dtype, int rank,
                                     const int64_t *dims)
{
    struct dlb_tensor tensor = {.dtype = dtype, .role = role, .rank = rank, .scale = 1};
    for (int i = 0; i < DLB_MAX_RANK; i++) {
        tensor.dims[i] = i < rank ? dims[i] : 1;
    }
    return tensor;
}

int dlb_graph_tensor(struct dlb_graph *graph, const char *name, enum dlb_role role,
                     enum dlb_dtype dtype, int rank, const int64_t *dims)
{
    if (graph->status != DLB_OK) {
        return -1;
    }
    if (role != DLB_ROLE_INPUT && role != DLB_ROLE_WEIGHT && role != DLB_ROLE_STATE) {
        return dlb_graph_reject(graph, DLB_INVALID,
                                "tensor %s: the role must be input, weight or state, found %s",
                                name, dlb_role_name(role));
    }
    if (rank < 1 || rank > DLB_MAX_RANK || (unsigned int)dtype >= DLB_DTYPE_COUNT) {
        return dlb_graph_reject(graph, DLB_INVALID,
                                "tensor %s: wanted rank 1..%d and a known type, found %d and %s",
                                name, DLB_MAX_RANK, rank, dlb_dtype_name(dtype));
    }
    struct dlb_tensor tensor = make_tensor(role, dtype, rank, dims);
    if (name[0] == '\0' || strlen(name) >= sizeof tensor.name) {
        return dlb_graph_reject(graph, DLB_INVALID, "a tensor name has 1..%zu bytes, found '%s'",
                                sizeof tensor.name - 1, name);
    }
    for (int i = 0; i < graph->tensor_count; i++) {
        if (strcmp(graph->tensors[i].name, name) == 0) {
            return dlb_graph_reject(graph, DLB_INVALID, "two tensors are named %s", name);
        }
    }
    (void)snprintf(tensor.name, sizeof tensor.name, "%s", name);
    return append_tensor(graph, &tensor);
}

int dlb_builder_add(struct dlb_graph *graph, const struct dlb_op *op, enum dlb_dtype dtype,
                    int rank, const int64_t *dims)
{
    int output = op->output;
    if (output < 0) {
        struct dlb_tensor tensor = make_tensor(DLB_ROLE_TEMP, dtype, rank, dims);
        (void)snprintf(tensor.name, sizeof tensor.name, "%s.%d", dlb_op_name(op->kind),
                       graph->op_count);
        output = append_tensor(graph, &tensor);
        if (output < 0) {
            return -1;
        }
    }
    void *items = graph->ops;
    if (!grow(&items, graph->op_count, &graph->op_capacity, sizeof *graph->ops)) {
        return dlb_graph_reject(graph, DLB_NO_MEMORY, "no memory for another op");
    }
    graph->ops = items;
    graph->ops[graph->op_count] = *op;
    graph->ops[graph->op_count].output = output;
    graph->op_count++;
    return output;
}

void dlb_builder_scale(struct dlb_graph *graph, int tensor, int64_t length)
{
    if (graph->tensors[tensor].role == DLB_ROLE_WEIGHT) {
        graph->tensors[tensor].scale = sqrt(3 / (double)length);
    }
}

void dlb_graph_output(struct dlb_graph *graph, int tensor)
{
    if (dlb_builder_operand(graph, "output", tensor) == NULL) {
        return;
    }
    struct dlb_tensor *const result = &graph->tensors[tensor];
    if (result->role == DLB_ROLE_TEMP) {
        result->role = DLB_ROLE_OUTPUT;
    } else if (!dlb_graph_is_result(graph, tensor)) {
        (void)dlb_graph_reject(graph, DLB_INVALID,
                               "an output must come from an op, %s has the role %s", result->name,
                               dlb_role_name(result->role));
    }
}

bool dlb_graph_is_result(const struct dlb_graph *graph, int tensor)
{
    const enum dlb_role role = graph->tensors[tensor].role;
    return role == DLB_ROLE_OUTPUT || role == DLB_ROLE_STATE;
}

static void check_whole(struct dlb_graph *graph)
{
    bool has_result = false;
    for (int i = 0; i < graph->tensor_count; i++) {
        has_result = has_result || dlb_graph_is_result(graph, i);
    }
    if (graph->op_count == 0 || !has_result) {
        (void)dlb_graph_reject(graph, DLB_INVALID, "graph %s has no %s", graph->name,
                               graph->op_count == 0 ? "op" : "output");
        return;
    }
    double all_bytes = 0;
    for (int i = 0; i < graph->tensor_count; i++) {
        all_bytes += (double)dlb_tensor_bytes(&graph->tensors[i]);
    }
    const struct dlb_count count = dlb_count_graph(graph);
    if (count.ops >= 0x1p63 || count.bytes >= 0x1p63 || all_bytes >= 0x1p63) {
        (void)dlb_graph_reject(graph, DLB_INVALID,
                               "%s is too large: %.3g operations and %.3g bytes must fit 63 bits "
                               "(9.22e18)",
                               graph->name, count.ops,
                               all_bytes > count.bytes ? all_bytes : count.bytes);
    }
}

enum dlb_status dlb_graph_finish(struct dlb_graph *graph, struct dlb_why *why)
{
    if (graph->status == DLB_OK) {
        check_whole(graph);
    }
    if (graph->status != DLB_OK) {
        return dlb_fail(why, graph->status, "%s", graph->why.text);
    }
    return DLB_OK;
}

/* True for the fifth input of a batch-norm, which must be positive. */
static bool is_variance(const struct dlb_graph *graph, int tensor)
{
    for (int i = 0; i < graph->op_count; i++) {
        if (graph->ops[i].kind == DLB_OP_BATCHNORM && graph->ops[i].inputs[4] == tensor) {
            return true;
        }
    }
    return false;
}

void dlb_graph_fill(const struct dlb_graph *graph, int tensor, enum dlb_fill fill, uint64_t seed,
                    void *host)
{
    const struct dlb_tensor *const given = &graph->tensors[tensor];
    const int64_t count = dlb_tensor_elements(given);
    const uint64_t own_seed = dlb_random_derive(seed, given->name);
    if (fill == DLB_FILL_RANDOM && is_variance(graph, tensor)) {
        for (int64_t i = 0; i < count; i++) {
            dlb_dtype_store(given->dtype, host, (size_t)i,
                            1 + 0.5 * dlb_random_at(own_seed, (uint64_t)i));
        }
        return;
    }
    dlb_fill_array(fill, own_seed, given->scale, given->dtype, host, count);
}
