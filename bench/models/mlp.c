/* mlp.c: the workload `mlp`: a multilayer perceptron at inference, `layers` hidden layers of ReLU
 * and a softmax over the classes.
 *
 * Default: 784 - 3 x 1024 - 10, the ReLU network for MNIST of Srivastava et al., "Dropout" (JMLR
 * 15, 2014), table 2. Weights are stored in x out, so every layer is a gemm with ta = tb = n. */
#include <stdio.h>

#include "bench/models/families.h"

enum { BATCH, IN, HIDDEN, LAYERS, OUT, DTYPE, PARAM_COUNT };

static const struct dlb_param_spec params[PARAM_COUNT] = {
    [BATCH] = DLB_PARAM_SIZE("batch", "64", "rows per execution"),
    [IN] = DLB_PARAM_SIZE("in", "784", "features of a row"),
    [HIDDEN] = DLB_PARAM_SIZE("hidden", "1024", "units of a hidden layer"),
    [LAYERS] = DLB_PARAM_COUNT("layers", 1000, "3", "hidden layers"),
    [OUT] = DLB_PARAM_SIZE("out", "10", "classes"),
    [DTYPE] = DLB_PARAM_DTYPE_FLOAT,
};

static void build(const struct dlb_param_value *values, struct dlb_graph *graph)
{
    const int64_t batch = values[BATCH].dims[0];
    graph->items = batch;
    int x = dlb_graph_tensor(graph, "X", DLB_ROLE_INPUT, dlb_family_float(&values[DTYPE]), 2,
                             (const int64_t[]){batch, values[IN].dims[0]});
    for (int64_t i = 0; i < values[LAYERS].dims[0]; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "fc%d", (int)i + 1);
        x = dlb_graph_relu(graph, dlb_family_dense(graph, name, x, values[HIDDEN].dims[0]));
    }
    x = dlb_family_dense(graph, "out", x, values[OUT].dims[0]);
    dlb_graph_output(graph, dlb_graph_softmax(graph, x));
}

const struct dlb_workload dlb_workload_mlp = {
    .name = "mlp",
    .summary = "multilayer perceptron, inference: 784 - 3 x 1024 - 10 (MNIST)",
    .is_model = true,
    .version = 1,
    .param_count = PARAM_COUNT,
    .shape_param_count = 1,
    .params = params,
    .build = build,
};
