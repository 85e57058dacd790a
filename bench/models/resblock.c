/* resblock.c: the workload `resblock`: one basic residual block with a classifier behind it,
 * inference.
 *
 * He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (CVPR 2016), figures 2
 * and 5 (left): conv, batch-norm, ReLU, conv, batch-norm, add the input, ReLU; then, as at the
 * end of their networks, global average pooling and a 1000-way linear layer. Defaults: the first
 * stage of ResNet-18 (table 1). */
#include <stdio.h>

#include "bench/models/families.h"

#define CLASSES 1000
#define EPSILON 1e-5

enum { BATCH, C, H, W, DTYPE, PARAM_COUNT };

static const struct dlb_param_spec params[PARAM_COUNT] = {
    [BATCH] = DLB_PARAM_SIZE("batch", "16", "images per execution"),
    [C] = DLB_PARAM_SIZE("c", "64", "channels throughout the block"),
    [H] = DLB_PARAM_SIZE("h", "56", "height of an image"),
    [W] = DLB_PARAM_SIZE("w", "56", "width of an image"),
    [DTYPE] = DLB_PARAM_DTYPE_FLOAT,
};

/* Batch-norm over the channels of x. */
static int normalise(struct dlb_graph *graph, const char *name, int x)
{
    static const char *const parts[4] = {"gamma", "beta", "mean", "variance"};
    if (x < 0) {
        return -1;
    }
    const struct dlb_tensor image = graph->tensors[x];
    int parameters[4];
    for (int i = 0; i < 4; i++) {
        char full[32];
        (void)snprintf(full, sizeof full, "%s.%s", name, parts[i]);
        parameters[i] =
            dlb_graph_tensor(graph, full, DLB_ROLE_WEIGHT, image.dtype, 1, &image.dims[1]);
    }
    return dlb_graph_batchnorm(graph, x, parameters, EPSILON);
}

static void build(const struct dlb_param_value *values, struct dlb_graph *graph)
{
    const int64_t h = values[H].dims[0], w = values[W].dims[0], c = values[C].dims[0];
    graph->items = values[BATCH].dims[0];
    const int x = dlb_graph_tensor(graph, "X", DLB_ROLE_INPUT, dlb_family_float(&values[DTYPE]), 4,
                                   (const int64_t[]){values[BATCH].dims[0], c, h, w});
    int y = dlb_family_conv(graph, "conv1", x, c, 3, 1);
    y = dlb_graph_relu(graph, normalise(graph, "bn1", y));
    y = normalise(graph, "bn2", dlb_family_conv(graph, "conv2", y, c, 3, 1));
    y = dlb_graph_relu(graph, dlb_graph_add(graph, y, x));
    const struct dlb_pool_attrs global = {.r = h, .s = w, .stride_h = 1, .stride_w = 1};
    y = dlb_graph_flatten(graph, dlb_graph_pool(graph, DLB_OP_AVGPOOL, y, &global));
    dlb_graph_output(graph, dlb_family_dense(graph, "fc", y, CLASSES));
}

const struct dlb_workload dlb_workload_resblock = {
    .name = "resblock",
    .summary = "basic residual block with batch-norm, global pooling and classifier, inference",
    .is_model = true,
    .version = 1,
    .param_count = PARAM_COUNT,
    .shape_param_count = 4,
    .params = params,
    .build = build,
};
