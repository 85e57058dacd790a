/* problems.c: the shapes that break kernels: odd, prime, one off a tile, tiny, strided, dilated, grouped, with windows that
 * see nothing but padding, with strides larger than the image; and short graphs that invite fusion. */
#include "tests/conformance/problems.h"

#include <stdio.h>

#include "bench/base/random.h"
#include "bench/models/workload.h"

#define RANDOM_SHAPES 24

typedef void (*visitor)(void *user, const char *name, const struct dlb_graph *graph);

static const enum dlb_dtype floats[] = {DLB_DTYPE_F32, DLB_DTYPE_BF16, DLB_DTYPE_F16};

const char *dlb_family_name(enum dlb_family family)
{
    static const char *const names[DLB_FAMILY_COUNT] = {"gemm", "conv", "ops", "networks"};
    return names[family];
}

static const char *const gemms[] = {
    "m=1,n=1,k=1",
    "m=1,n=5,k=7",
    "m=5,n=7,k=11",
    "m=13,n=17,k=19",
    "m=13,n=17,k=19,ta=t",
    "m=13,n=17,k=19,tb=t",
    "m=13,n=17,k=19,ta=t,tb=t",
    "m=31,n=33,k=32",
    "m=63,n=65,k=64,ta=t",
    "m=64,n=64,k=64",
    "m=127,n=129,k=131,tb=t",
    "m=200,n=210,k=190,ta=t,tb=t",
    "m=257,n=1,k=17",
    "m=1,n=301,k=17,tb=t",
    "m=1,n=1,k=1025,ta=t",
    "m=11,n=13,k=1",
    "m=3,n=2,k=4099",
    "m=5,n=7,k=11,batch=3",
    "m=7,n=3,k=5,batch=13,ta=t",
    "m=1,n=17,k=31,batch=2,tb=t",
    "m=16,n=16,k=16,batch=5,ta=t,tb=t",
    "m=13,n=17,k=19,alpha=0.5",
    "m=13,n=17,k=19,alpha=-1.5,beta=1",
    "m=33,n=31,k=65,beta=1",
    "m=33,n=31,k=65,ta=t,beta=-0.5",
    "m=5,n=7,k=11,batch=3,beta=1",
    "m=5,n=7,k=11,batch=3,alpha=2,beta=0.25,tb=t",
};

static const char *const convs[] = {
    "n=1,c=1,h=1,w=1,k=1,r=1,s=1,pad=0",
    "n=2,c=3,h=5,w=7,k=5",
    "n=1,c=7,h=13,w=17,k=11",
    "n=1,c=16,h=9,w=9,k=16",
    "n=1,c=17,h=9,w=9,k=33",
    "n=2,c=15,h=8,w=8,k=31",
    "n=1,c=32,h=14,w=14,k=64",
    "n=3,c=5,h=7,w=7,k=13,r=1,s=1,pad=0",
    "n=2,c=16,h=11,w=13,k=32,r=1,s=1,pad=0,stride=2",
    "n=1,c=5,h=11,w=11,k=7,r=5,s=5,pad=2",
    "n=1,c=3,h=29,w=31,k=16,r=7,s=7,pad=3,stride=2",
    "n=1,c=7,h=5,w=17,k=5,r=1,s=7,pad=0x3",
    "n=1,c=7,h=17,w=5,k=5,r=7,s=1,pad=3x0",
    "n=1,c=5,h=13,w=13,k=7,dilation=2,pad=2",
    "n=1,c=5,h=13,w=11,k=7,dilation=3x2,pad=1,stride=2x1",
    "n=1,c=6,h=7,w=7,k=10,groups=2",
    "n=2,c=32,h=7,w=7,k=32,groups=4",
    "n=1,c=8,h=9,w=9,k=8,groups=8",
    "n=2,c=17,h=7,w=5,k=17,groups=17",
    "n=1,c=16,h=11,w=11,k=16,groups=16,stride=2",
    "n=1,c=32,h=9,w=9,k=32,groups=32,r=5,s=5,pad=2",
    "n=1,c=6,h=7,w=7,k=12,groups=6",
    "n=1,c=5,h=7,w=9,k=3,pad=0x1x2x3",
    "n=1,c=16,h=7,w=9,k=16,pad=1x0x0x1,stride=2",
    "n=1,c=4,h=9,w=9,k=5,pad=0",
    "n=1,c=3,h=1,w=1,k=4,pad=1",
    "n=1,c=4,h=3,w=3,k=6,pad=4,dilation=3",
    "n=1,c=4,h=2,w=2,k=4,r=2,s=2,pad=3,stride=2",
    "n=2,c=5,h=7,w=7,k=3,stride=100",
    "n=1,c=5,h=17,w=19,k=3,r=1,s=1,pad=0,stride=7",
    "n=1,c=5,h=17,w=19,k=3,stride=5x3,pad=0",
    "n=2,c=11,h=7,w=7,k=13,r=7,s=7,pad=0",
    "n=1,c=5,h=23,w=1,k=7,s=1,pad=1x0",
    "n=5,c=2,h=6,w=6,k=3,r=2,s=2,pad=0,stride=2",
    "n=1,c=1,h=31,w=41,k=8,r=5,s=20,pad=0,stride=2",
};

/* Forward only: what a library may fuse. */
static const char *const fused_convs[] = {
    "n=2,c=3,h=5,w=7,k=5,bias=yes",
    "n=2,c=3,h=5,w=7,k=5,act=relu",
    "n=2,c=3,h=5,w=7,k=5,bias=yes,act=relu",
    "n=1,c=16,h=9,w=9,k=32,bias=yes,act=relu,stride=2",
    "n=1,c=8,h=9,w=9,k=8,groups=8,bias=yes,act=relu",
    "n=1,c=6,h=7,w=7,k=10,groups=2,bias=yes,pad=0x1x2x3",
    "n=1,c=5,h=7,w=7,k=13,r=1,s=1,pad=0,bias=yes,act=relu",
};

static const char *const networks[] = {
    "mlp:batch=1,in=5,hidden=7,layers=1,out=3",
    "mlp:batch=5,in=13,hidden=17,layers=2,out=11",
    "mlp:batch=32,in=64,hidden=65,layers=3,out=10",
    "lenet:batch=1",
    "lenet:batch=3",
    "resblock:batch=1,c=5,h=7,w=7",
    "resblock:batch=2,c=16,h=9,w=5",
};

/* Types and passes that the workload refuses together are passed over. */
static void visit_key(const char *key, visitor visit, void *user)
{
    struct dlb_problem problem;
    struct dlb_graph graph = {0};
    if (dlb_problem_parse(key, &problem, NULL) == DLB_OK &&
        dlb_problem_build(&problem, &graph, NULL) == DLB_OK)
        visit(user, key, &graph);
    dlb_graph_free(&graph);
}

static void visit_types(const char *workload, const char *params, visitor visit, void *user)
{
    static const char *const types[] = {"f32", "bf16", "f16", "s8", "u8"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(types); i++) {
        char key[DLB_KEY_SIZE + 64];
        snprintf(key, sizeof key, "%s%s,dtype=%s", workload, params, types[i]);
        visit_key(key, visit, user);
    }
}

static void visit_passes(const char *params, visitor visit, void *user)
{
    static const char *const passes[] = {"fwd", "bwd_data", "bwd_weights"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(passes); i++) {
        char with_pass[DLB_KEY_SIZE + 32];
        snprintf(with_pass, sizeof with_pass, "%s,pass=%s", params, passes[i]);
        visit_types("conv:", with_pass, visit, user);
    }
}

static int pick(struct dlb_random *random, int most)
{
    return 1 + (int)dlb_random_below(random, (uint64_t)most);
}

static void visit_random_gemms(uint64_t seed, visitor visit, void *user)
{
    struct dlb_random random;
    dlb_random_seed(&random, dlb_random_derive(seed, "gemm"));
    for (int i = 0; i < RANDOM_SHAPES; i++) {
        char params[DLB_KEY_SIZE];
        snprintf(params, sizeof params, "m=%d,n=%d,k=%d,ta=%c,tb=%c,batch=%d", pick(&random, 70),
                 pick(&random, 70), pick(&random, 150), pick(&random, 2) == 1 ? 't' : 'n',
                 pick(&random, 2) == 1 ? 't' : 'n', pick(&random, 3) == 1 ? pick(&random, 5) : 1);
        visit_types("gemm:", params, visit, user);
    }
}

/* Shapes whose filter does not fit are refused by the builder and passed over. */
static void visit_random_convs(uint64_t seed, visitor visit, void *user)
{
    struct dlb_random random;
    dlb_random_seed(&random, dlb_random_derive(seed, "conv"));
    for (int i = 0; i < RANDOM_SHAPES; i++) {
        char params[DLB_KEY_SIZE];
        const int groups = pick(&random, 3) == 1 ? pick(&random, 4) : 1;
        snprintf(params, sizeof params,
                 "n=%d,c=%d,h=%d,w=%d,k=%d,r=%d,s=%d,stride=%dx%d,pad=%dx%dx%dx%d,dilation=%dx%d,"
                 "groups=%d",
                 pick(&random, 3), groups * pick(&random, 9), pick(&random, 16), pick(&random, 16),
                 groups * pick(&random, 9), pick(&random, 4), pick(&random, 4), pick(&random, 3),
                 pick(&random, 3), pick(&random, 4) - 1, pick(&random, 4) - 1, pick(&random, 4) - 1,
                 pick(&random, 4) - 1, pick(&random, 2), pick(&random, 2), groups);
        visit_passes(params, visit, user);
    }
}

/* ---- Graphs that no workload makes: each op alone, and chains -------------------------------------- */

static int given(struct dlb_graph *graph, const char *name, enum dlb_dtype dtype, int rank,
                 int64_t a, int64_t b, int64_t c, int64_t d)
{
    return dlb_graph_tensor(graph, name, DLB_ROLE_INPUT, dtype, rank, (int64_t[]){a, b, c, d});
}

static int normalised(struct dlb_graph *graph, enum dlb_dtype dtype, int x, int64_t channels)
{
    static const char *const names[4] = {"gamma", "beta", "mean", "variance"};
    int parameters[4];
    for (int i = 0; i < 4; i++)
        parameters[i] = dlb_graph_tensor(graph, names[i], DLB_ROLE_WEIGHT, dtype, 1, &channels);
    return dlb_graph_batchnorm(graph, x, parameters, 1e-5);
}

static int convolved(struct dlb_graph *graph, enum dlb_dtype dtype, int x, const char *weight,
                     int64_t channels, int64_t filters, int64_t size)
{
    const struct dlb_conv_attrs attrs = {.n = 2,
                                         .c = channels,
                                         .h = size,
                                         .w = size,
                                         .k = filters,
                                         .r = 3,
                                         .s = 3,
                                         .stride_h = 1,
                                         .stride_w = 1,
                                         .pad_top = 1,
                                         .pad_left = 1,
                                         .pad_bottom = 1,
                                         .pad_right = 1,
                                         .dilation_h = 1,
                                         .dilation_w = 1,
                                         .groups = 1};
    const int64_t dims[4] = {filters, channels, 3, 3};
    const int w = dlb_graph_tensor(graph, weight, DLB_ROLE_WEIGHT, dtype, 4, dims);
    return dlb_graph_conv(graph, DLB_OP_CONV, x, w, &attrs);
}

static void build_bias(struct dlb_graph *graph, enum dlb_dtype dtype)
{
    const int x = given(graph, "x", dtype, 4, 2, 5, 7, 3);
    dlb_graph_output(graph, dlb_graph_bias(graph, x, given(graph, "b", dtype, 1, 5, 1, 1, 1), 1));
}

static void build_bias_last(struct dlb_graph *graph, enum dlb_dtype dtype)
{
    const int x = given(graph, "x", dtype, 2, 13, 17, 1, 1);
    dlb_graph_output(graph, dlb_graph_bias(graph, x, given(graph, "b", dtype, 1, 17, 1, 1, 1), 1));
}

static void build_add(struct dlb_graph *graph, enum dlb_dtype dtype)
{
    const int x = given(graph, "x", dtype, 4, 1, 17, 5, 7);
    dlb_graph_output(graph, dlb_graph_add(graph, x, given(graph, "y", dtype, 4, 1, 17, 5, 7)));
}

static void build_relu(struct dlb_graph *graph, enum dlb_dtype dtype)
{
    dlb_graph_output(graph, dlb_graph_relu(graph, given(graph, "x", dtype, 3, 3, 11, 13, 1)));
}

static void build_pools(struct dlb_graph *graph, enum dlb_dtype dtype, enum dlb_op_kind kind)
{
    static const struct dlb_pool_attrs shapes[] = {
        {.r = 2, .s = 2, .stride_h = 2, .stride_w = 2},
        {.r = 3,
         .s = 3,
         .stride_h = 2,
         .stride_w = 2,
         .pad_top = 1,
         .pad_left = 1,
         .pad_bottom = 1,
         .pad_right = 1},
        {.r = 3, .s = 2, .stride_h = 1, .stride_w = 3, .pad_top = 2, .pad_right = 1},
        {.r = 1, .s = 1, .stride_h = 5, .stride_w = 5},
        {.r = 11, .s = 13, .stride_h = 1, .stride_w = 1},
    };
    const int x = given(graph, "x", dtype, 4, 2, 17, 11, 13);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(shapes); i++)
        dlb_graph_output(graph, dlb_graph_pool(graph, kind, x, &shapes[i]));
}

static void build_maxpool(struct dlb_graph *graph, enum dlb_dtype dtype)
{
    build_pools(graph, dtype, DLB_OP_MAXPOOL);
}

static void build_avgpool(struct dlb_graph *graph, enum dlb_dtype dtype)
{
    build_pools(graph, dtype, DLB_OP_AVGPOOL);
}

static void build_batchnorm(struct dlb_graph *graph, enum dlb_dtype dtype)
{
    dlb_graph_output(graph, normalised(graph, dtype, given(graph, "x", dtype, 4, 2, 7, 5, 3), 7));
}

static void build_softmax(struct dlb_graph *graph, enum dlb_dtype dtype)
{
    dlb_graph_output(graph, dlb_graph_softmax(graph, given(graph, "x", dtype, 2, 7, 131, 1, 1)));
}

static void build_softmax_one(struct dlb_graph *graph, enum dlb_dtype dtype)
{
    dlb_graph_output(graph, dlb_graph_softmax(graph, given(graph, "x", dtype, 2, 5, 1, 1, 1)));
}

static void build_flatten(struct dlb_graph *graph, enum dlb_dtype dtype)
{
    dlb_graph_output(graph, dlb_graph_flatten(graph, given(graph, "x", dtype, 4, 2, 3, 5, 7)));
}

static void build_conv_bn_relu(struct dlb_graph *graph, enum dlb_dtype dtype)
{
    const int x = given(graph, "x", dtype, 4, 2, 7, 9, 9);
    const int y = convolved(graph, dtype, x, "w", 7, 11, 9);
    dlb_graph_output(graph, dlb_graph_relu(graph, normalised(graph, dtype, y, 11)));
}

/* The sum's other side is given, comes first, or is the very input of the convolution. */
static void build_residual(struct dlb_graph *graph, enum dlb_dtype dtype)
{
    const int x = given(graph, "x", dtype, 4, 2, 6, 5, 5);
    const int side = given(graph, "side", dtype, 4, 2, 6, 5, 5);
    const int y = dlb_graph_add(graph, side, convolved(graph, dtype, x, "w1", 6, 6, 5));
    const int z = dlb_graph_relu(graph, y);
    dlb_graph_output(
        graph,
        dlb_graph_relu(graph, dlb_graph_add(graph, convolved(graph, dtype, z, "w2", 6, 6, 5), z)));
}

/* Both convolutions end in the same sum; one of their results is also an output of its own. */
static void build_branches(struct dlb_graph *graph, enum dlb_dtype dtype)
{
    const int x = given(graph, "x", dtype, 4, 2, 16, 6, 6);
    const int left = convolved(graph, dtype, x, "w1", 16, 16, 6);
    const int right = convolved(graph, dtype, dlb_graph_relu(graph, x), "w2", 16, 16, 6);
    dlb_graph_output(graph, left);
    dlb_graph_output(graph, dlb_graph_relu(graph, dlb_graph_add(graph, left, right)));
}

static void build_gemm_chain(struct dlb_graph *graph, enum dlb_dtype dtype)
{
    const struct dlb_gemm_attrs attrs = {.m = 9, .n = 13, .k = 17, .batch = 1, .alpha = 1};
    const int64_t dims[2] = {17, 13};
    const int x = given(graph, "x", dtype, 2, 9, 17, 1, 1);
    const int w = dlb_graph_tensor(graph, "w", DLB_ROLE_WEIGHT, dtype, 2, dims);
    const int y = dlb_graph_gemm(graph, x, w, -1, &attrs);
    const int z = dlb_graph_bias(graph, y, given(graph, "b", dtype, 1, 13, 1, 1, 1), 1);
    const int sum = dlb_graph_add(graph, z, given(graph, "side", dtype, 2, 9, 13, 1, 1));
    dlb_graph_output(graph, dlb_graph_softmax(graph, dlb_graph_relu(graph, sum)));
}

static const struct {
    const char *name;
    void (*build)(struct dlb_graph *graph, enum dlb_dtype dtype);
} ops[] = {
    {"bias", build_bias},
    {"bias of a matrix", build_bias_last},
    {"add", build_add},
    {"relu", build_relu},
    {"maxpool", build_maxpool},
    {"avgpool", build_avgpool},
    {"batchnorm", build_batchnorm},
    {"softmax", build_softmax},
    {"softmax over one", build_softmax_one},
    {"flatten", build_flatten},
    {"conv batchnorm relu", build_conv_bn_relu},
    {"residual", build_residual},
    {"branches", build_branches},
    {"gemm bias add relu softmax", build_gemm_chain},
};

static void visit_ops(visitor visit, void *user)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(ops); i++) {
        for (size_t j = 0; j < DLB_ARRAY_COUNT(floats); j++) {
            struct dlb_graph graph;
            struct dlb_why why = {""};
            char name[160];
            snprintf(name, sizeof name, "%s, %s", ops[i].name, dlb_dtype_name(floats[j]));
            dlb_graph_init(&graph, ops[i].name, 1);
            ops[i].build(&graph, floats[j]);
            if (dlb_graph_finish(&graph, &why) == DLB_OK)
                visit(user, name, &graph);
            else
                fprintf(stderr, "%s: %s\n", name, why.text);
            dlb_graph_free(&graph);
        }
    }
}

void dlb_problems_visit(enum dlb_family family, uint64_t seed, visitor visit, void *user)
{
    if (family == DLB_FAMILY_GEMM) {
        for (size_t i = 0; i < DLB_ARRAY_COUNT(gemms); i++)
            visit_types("gemm:", gemms[i], visit, user);
        visit_random_gemms(seed, visit, user);
    } else if (family == DLB_FAMILY_CONV) {
        for (size_t i = 0; i < DLB_ARRAY_COUNT(convs); i++)
            visit_passes(convs[i], visit, user);
        for (size_t i = 0; i < DLB_ARRAY_COUNT(fused_convs); i++)
            visit_types("conv:", fused_convs[i], visit, user);
        visit_random_convs(seed, visit, user);
    } else if (family == DLB_FAMILY_OPS) {
        visit_ops(visit, user);
    } else {
        for (size_t i = 0; i < DLB_ARRAY_COUNT(networks); i++)
            visit_types(networks[i], "", visit, user);
    }
}
