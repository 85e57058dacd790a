/* lenet.c: the workload `lenet`: LeNet-5 at inference on 28 x 28 digits.
 *
 * LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition"
 * (Proc. IEEE 86, 1998), figure 2, in the form used today: ReLU for tanh, max-pooling for trained
 * subsampling, all feature maps connected in the second convolution, softmax for the radial basis
 * output. Padding of 2 turns the 28 x 28 image into the 32 x 32 of the paper. */
#include "bench/models/families.h"

enum { BATCH, DTYPE, PARAM_COUNT };

static const struct dlb_param_spec params[PARAM_COUNT] = {
    [BATCH] = DLB_PARAM_SIZE("batch", "64", "images per execution"),
    [DTYPE] = DLB_PARAM_DTYPE_FLOAT,
};

/* Convolution 5 x 5 with bias, ReLU, max-pooling 2 x 2. */
static int stage(struct dlb_graph *graph, const char *name, const char *bias_name, int x,
                 int64_t filters, int64_t pad)
{
    const int y = dlb_family_conv(graph, name, x, filters, 5, pad);
    if (y < 0) {
        return -1;
    }
    const int bias =
        dlb_graph_tensor(graph, bias_name, DLB_ROLE_WEIGHT, graph->tensors[y].dtype, 1, &filters);
    const struct dlb_pool_attrs pool = {.r = 2, .s = 2, .stride_h = 2, .stride_w = 2};
    return dlb_graph_pool(graph, DLB_OP_MAXPOOL,
                          dlb_graph_relu(graph, dlb_graph_bias(graph, y, bias, 1)), &pool);
}

static void build(const struct dlb_param_value *values, struct dlb_graph *graph)
{
    const int64_t batch = values[BATCH].dims[0];
    graph->items = batch;
    int x = dlb_graph_tensor(graph, "X", DLB_ROLE_INPUT, dlb_family_float(&values[DTYPE]), 4,
                             (const int64_t[]){batch, 1, 28, 28});
    x = stage(graph, "conv1", "conv1.bias", x, 6, 2);
    x = stage(graph, "conv2", "conv2.bias", x, 16, 0);
    x = dlb_graph_flatten(graph, x);
    x = dlb_graph_relu(graph, dlb_family_dense(graph, "fc1", x, 120));
    x = dlb_graph_relu(graph, dlb_family_dense(graph, "fc2", x, 84));
    dlb_graph_output(graph, dlb_graph_softmax(graph, dlb_family_dense(graph, "fc3", x, 10)));
}

const struct dlb_workload dlb_workload_lenet = {
    .name = "lenet",
    .summary = "LeNet-5 on 28 x 28 digits, inference",
    .is_model = true,
    .version = 1,
    .param_count = PARAM_COUNT,
    .shape_param_count = 1,
    .params = params,
    .build = build,
};
