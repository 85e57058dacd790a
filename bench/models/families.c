/* families.c: the layers that several networks are made of. */
#include "bench/models/families.h"

#include <stdio.h>

enum dlb_dtype dlb_family_float(const struct dlb_param_value *value)
{
    static const enum dlb_dtype types[] = {DLB_DTYPE_F32, DLB_DTYPE_BF16, DLB_DTYPE_F16};
    return types[value->dims[0]];
}

int dlb_family_dense(struct dlb_graph *graph, const char *name, int x, int64_t out)
{
    if (x < 0) {
        return -1;
    }
    const struct dlb_tensor rows = graph->tensors[x];
    char weight_name[32], bias_name[32];
    (void)snprintf(weight_name, sizeof weight_name, "%s.weight", name);
    (void)snprintf(bias_name, sizeof bias_name, "%s.bias", name);
    const int weight = dlb_graph_tensor(graph, weight_name, DLB_ROLE_WEIGHT, rows.dtype, 2,
                                        (const int64_t[]){rows.dims[1], out});
    const int bias = dlb_graph_tensor(graph, bias_name, DLB_ROLE_WEIGHT, rows.dtype, 1, &out);
    const struct dlb_gemm_attrs attrs = {
        .m = rows.dims[0], .n = out, .k = rows.dims[1], .batch = 1, .alpha = 1};
    return dlb_graph_bias(graph, dlb_graph_gemm(graph, x, weight, -1, &attrs), bias, 1);
}

int dlb_family_conv(struct dlb_graph *graph, const char *name, int x, int64_t filters, int64_t size,
                    int64_t pad)
{
    if (x < 0) {
        return -1;
    }
    const struct dlb_tensor image = graph->tensors[x];
    const struct dlb_conv_attrs attrs = {
        .n = image.dims[0],
        .c = image.dims[1],
        .h = image.dims[2],
        .w = image.dims[3],
        .k = filters,
        .r = size,
        .s = size,
        .stride_h = 1,
        .stride_w = 1,
        .pad_top = pad,
        .pad_left = pad,
        .pad_bottom = pad,
        .pad_right = pad,
        .dilation_h = 1,
        .dilation_w = 1,
        .groups = 1,
    };
    char weight_name[32];
    (void)snprintf(weight_name, sizeof weight_name, "%s.weight", name);
    const int weight = dlb_graph_tensor(graph, weight_name, DLB_ROLE_WEIGHT, image.dtype, 4,
                                        (const int64_t[]){filters, image.dims[1], size, size});
    return dlb_graph_conv(graph, DLB_OP_CONV, x, weight, &attrs);
}
