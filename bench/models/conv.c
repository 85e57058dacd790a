/* conv.c: the workload `conv`: one 2-D convolution (cross-correlation) in its three passes,
 * forward with optional bias and activation.
 *
 * The parameters always describe the forward problem, as DeepBench and oneDNN's benchdnn do: a
 * backward pass with the same parameters is the gradient of that very convolution. */
#include "bench/models/families.h"

enum { N, C, H, W, K, R, S, STRIDE, PAD, DILATION, GROUPS, PASS, DTYPE, BIAS, ACT, PARAM_COUNT };
enum { FWD, BWD_DATA, BWD_WEIGHTS };

/* Defaults: the 3x3 layer of ResNet-50's first stage (He et al. 2016, table 1). */
static const struct dlb_param_spec params[PARAM_COUNT] = {
    [N] = DLB_PARAM_SIZE("n", "16", "images"),
    [C] = DLB_PARAM_SIZE("c", "64", "channels of an image"),
    [H] = DLB_PARAM_SIZE("h", "56", "height of an image"),
    [W] = DLB_PARAM_SIZE("w", "56", "width of an image"),
    [K] = DLB_PARAM_SIZE("k", "64", "filters: channels of the result"),
    [R] = DLB_PARAM_SIZE("r", "3", "height of a filter"),
    [S] = DLB_PARAM_SIZE("s", "3", "width of a filter"),
    [STRIDE] = DLB_PARAM_WINDOW("stride", 1, "1", "step of the filter: S or HxW"),
    [PAD] =
        DLB_PARAM_WINDOW("pad", 0, "1", "zeros around an image: P, HxW or TOPxLEFTxBOTTOMxRIGHT"),
    [DILATION] =
        DLB_PARAM_WINDOW("dilation", 1, "1", "distance of filter taps, 1 is dense: D or HxW"),
    [GROUPS] =
        DLB_PARAM_SIZE("groups", "1", "independent parts of the channels; groups=c is depthwise"),
    [PASS] = DLB_PARAM_WORDS("pass", "fwd bwd_data bwd_weights", "fwd",
                             "forward, gradient of the images, gradient of the filters"),
    [DTYPE] = DLB_PARAM_WORDS("dtype", "f32 bf16 f16 s8 u8", "f32",
                              "type of images and filters; s8: s8 x s8 to s32, u8: u8 x s8 to s32"),
    [BIAS] =
        DLB_PARAM_WORDS("bias", "no yes", "no", "adds one value per filter (fwd, float types)"),
    [ACT] = DLB_PARAM_WORDS("act", "none relu", "none", "activation at the end (fwd, float types)"),
};

static const enum dlb_dtype x_types[] = {DLB_DTYPE_F32, DLB_DTYPE_BF16, DLB_DTYPE_F16, DLB_DTYPE_S8,
                                         DLB_DTYPE_U8};

static bool is_pair(const struct dlb_param_value *value)
{
    return value->dims[0] == value->dims[2] && value->dims[1] == value->dims[3];
}

/* Parameters that contradict each other, before any shape is looked at. */
static void check_values(const struct dlb_param_value *values, struct dlb_graph *graph)
{
    const bool extras = values[BIAS].dims[0] != 0 || values[ACT].dims[0] != 0;
    const bool integer = dlb_dtype_is_integer(x_types[values[DTYPE].dims[0]]);
    if (!is_pair(&values[STRIDE]) || !is_pair(&values[DILATION])) {
        (void)dlb_graph_reject(graph, DLB_INVALID,
                               "conv: stride and dilation take one value or HxW, four are for pad");
    } else if (extras && values[PASS].dims[0] != FWD) {
        (void)dlb_graph_reject(graph, DLB_INVALID,
                               "conv: bias and act go with pass=fwd only; leave them out");
    } else if (extras && integer) {
        (void)dlb_graph_reject(graph, DLB_INVALID,
                               "conv: bias and act want a float dtype (s8 and u8 give s32); leave "
                               "them out or take f32, bf16 or f16");
    } else if (integer && values[PASS].dims[0] != FWD) {
        (void)dlb_graph_reject(graph, DLB_INVALID,
                               "conv: dtype s8 and u8 have pass=fwd only; take f32, bf16 or f16");
    }
}

static struct dlb_conv_attrs attributes(const struct dlb_param_value *values)
{
    return (struct dlb_conv_attrs){
        .n = values[N].dims[0],
        .c = values[C].dims[0],
        .h = values[H].dims[0],
        .w = values[W].dims[0],
        .k = values[K].dims[0],
        .r = values[R].dims[0],
        .s = values[S].dims[0],
        .stride_h = values[STRIDE].dims[0],
        .stride_w = values[STRIDE].dims[1],
        .pad_top = values[PAD].dims[0],
        .pad_left = values[PAD].dims[1],
        .pad_bottom = values[PAD].dims[2],
        .pad_right = values[PAD].dims[3],
        .dilation_h = values[DILATION].dims[0],
        .dilation_w = values[DILATION].dims[1],
        .groups = values[GROUPS].dims[0],
    };
}

static int64_t at_least_one(int64_t value)
{
    return value < 1 ? 1 : value;
}

/* The tensors of a problem that makes no sense (groups > c, a filter that does not fit) are made
 * with sizes of 1, so that dlb_graph_conv is reached and names the real reason. */
static void build(const struct dlb_param_value *values, struct dlb_graph *graph)
{
    const struct dlb_conv_attrs a = attributes(values);
    const int64_t pass = values[PASS].dims[0];
    const enum dlb_dtype type = x_types[values[DTYPE].dims[0]];
    const int64_t out_h =
        dlb_window_output(a.h, a.r, a.dilation_h, a.stride_h, a.pad_top, a.pad_bottom);
    const int64_t out_w =
        dlb_window_output(a.w, a.s, a.dilation_w, a.stride_w, a.pad_left, a.pad_right);
    const int64_t x_dims[4] = {a.n, a.c, a.h, a.w};
    const int64_t w_dims[4] = {a.k, at_least_one(a.c / a.groups), a.r, a.s};
    const int64_t y_dims[4] = {a.n, a.k, at_least_one(out_h), at_least_one(out_w)};
    graph->items = a.n;
    check_values(values, graph);
    int y;
    if (pass == BWD_WEIGHTS) {
        const int x = dlb_graph_tensor(graph, "X", DLB_ROLE_INPUT, type, 4, x_dims);
        const int dy = dlb_graph_tensor(graph, "dY", DLB_ROLE_INPUT, type, 4, y_dims);
        y = dlb_graph_conv(graph, DLB_OP_CONV_BWD_WEIGHTS, x, dy, &a);
    } else {
        const bool forward = pass == FWD;
        const int x = dlb_graph_tensor(graph, forward ? "X" : "dY", DLB_ROLE_INPUT, type, 4,
                                       forward ? x_dims : y_dims);
        const int w = dlb_graph_tensor(graph, "W", DLB_ROLE_WEIGHT,
                                       dlb_dtype_is_integer(type) ? DLB_DTYPE_S8 : type, 4, w_dims);
        y = dlb_graph_conv(graph, forward ? DLB_OP_CONV : DLB_OP_CONV_BWD_DATA, x, w, &a);
    }
    if (values[BIAS].dims[0] == 1) {
        const int bias = dlb_graph_tensor(graph, "bias", DLB_ROLE_WEIGHT, type, 1, &a.k);
        y = dlb_graph_bias(graph, y, bias, 1);
    }
    if (values[ACT].dims[0] == 1) {
        y = dlb_graph_relu(graph, y);
    }
    dlb_graph_output(graph, y);
}

const struct dlb_workload dlb_workload_conv = {
    .name = "conv",
    .summary = "2-D convolution: forward, backward-data, backward-weights",
    .version = 1,
    .param_count = PARAM_COUNT,
    .shape_param_count = 7,
    .params = params,
    .build = build,
};
