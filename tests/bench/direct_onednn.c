/* direct_onednn.c: times one primitive by calling oneDNN directly. Usage: direct_onednn KEY
 *
 * The conventions are those of dlbench's onednn backend: products with row-major A and C and B in the layout
 * that oneDNN asks for; convolutions with all layouts left to oneDNN; everything is in place before the clock starts. */
#include "tests/bench/direct.h"

#ifndef DLB_HAVE_ONEDNN

int main(void)
{
    direct_fail("built without oneDNN", "scripts/setup fetches it");
    return 2;
}

#else
#include <oneapi/dnnl/dnnl.h>

#define MAX_ARGS 4

static void check(dnnl_status_t status, const char *what)
{
    char number[16];
    snprintf(number, sizeof number, "status %d", (int)status);
    if (status != dnnl_success)
        direct_fail(what, number);
}

struct subject {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_desc_t descriptor;
    dnnl_primitive_t primitive;
    int count;
    dnnl_exec_arg_t args[MAX_ARGS];
};

static dnnl_data_type_t type_of(const char *name)
{
    static const struct {
        const char *name;
        dnnl_data_type_t type;
    } types[] = {{"f32", dnnl_f32},
                 {"bf16", dnnl_bf16},
                 {"f16", dnnl_f16},
                 {"s8", dnnl_s8},
                 {"u8", dnnl_u8}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, name) == 0)
            return types[i].type;
    direct_fail("unknown dtype", name);
    return dnnl_data_type_undef;
}

/* A and dY are of the type named, B and W s8 beside u8, results s32 for integers. */
static dnnl_data_type_t second_of(dnnl_data_type_t first)
{
    return first == dnnl_u8 ? dnnl_s8 : first;
}

static dnnl_data_type_t result_of(dnnl_data_type_t first)
{
    return first == dnnl_u8 || first == dnnl_s8 ? dnnl_s32 : first;
}

static dnnl_memory_desc_t tagged(int rank, const dnnl_dims_t dims, dnnl_data_type_t type,
                                 dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t descriptor;
    check(dnnl_memory_desc_create_with_tag(&descriptor, rank, dims, type, tag), "a descriptor");
    return descriptor;
}

/* Memory in the layout that the primitive asks for, filled through a reorder from plain f32 (integers: from
 * [-1, 1) stretched to the range of s8, or half of it upwards for u8). */
static void add_argument(struct subject *s, int arg, int rank, const dnnl_dims_t dims,
                         dnnl_format_tag_t plain_tag)
{
    const_dnnl_memory_desc_t wanted =
        dnnl_primitive_desc_query_md(s->descriptor, dnnl_query_exec_arg_md, arg);
    dnnl_data_type_t type;
    dnnl_memory_desc_query(wanted, dnnl_query_data_type, &type);
    size_t count = 1;
    for (int i = 0; i < rank; i++)
        count *= (size_t)dims[i];
    float *values = direct_random(count, (uint64_t)arg);
    for (size_t i = 0; i < count; i++)
        values[i] = type == dnnl_s8   ? values[i] * 127
                    : type == dnnl_u8 ? (values[i] + 1) * 127
                                      : values[i];
    dnnl_memory_desc_t plain = tagged(rank, dims, dnnl_f32, plain_tag);
    dnnl_memory_t from, to;
    dnnl_primitive_desc_t descriptor;
    dnnl_primitive_t reorder;
    check(dnnl_memory_create(&from, plain, s->engine, values), "memory");
    check(
        dnnl_memory_create(&to, wanted, s->engine, direct_alloc(dnnl_memory_desc_get_size(wanted))),
        "memory");
    check(
        dnnl_reorder_primitive_desc_create(&descriptor, plain, s->engine, wanted, s->engine, NULL),
        "a reorder");
    check(dnnl_primitive_create(&reorder, descriptor), "a reorder");
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    check(dnnl_primitive_execute(reorder, s->stream, 2, args), "a reorder");
    check(dnnl_stream_wait(s->stream), "a reorder");
    dnnl_primitive_destroy(reorder);
    dnnl_primitive_desc_destroy(descriptor);
    dnnl_memory_destroy(from);
    dnnl_memory_desc_destroy(plain);
    free(values);
    s->args[s->count++] = (dnnl_exec_arg_t){arg, to};
}

static dnnl_primitive_attr_t gemm_attributes(const struct direct_problem *p)
{
    dnnl_primitive_attr_t attr;
    dnnl_post_ops_t post_ops;
    check(dnnl_primitive_attr_create(&attr), "attributes");
    check(dnnl_post_ops_create(&post_ops), "post-ops");
    if (p->alpha != 1)
        check(dnnl_post_ops_append_eltwise(post_ops, dnnl_eltwise_linear, (float)p->alpha, 0),
              "alpha");
    if (p->beta != 0)
        check(dnnl_post_ops_append_sum(post_ops, (float)p->beta, 0, dnnl_data_type_undef), "beta");
    check(dnnl_primitive_attr_set_post_ops(attr, post_ops), "post-ops");
    dnnl_post_ops_destroy(post_ops);
    return attr;
}

static void make_gemm(struct subject *s, const struct direct_problem *p)
{
    const dnnl_data_type_t type = type_of(p->dtype);
    const int rank = p->batch > 1 ? 3 : 2, skip = 3 - rank;
    const dnnl_dims_t a = {p->batch, p->m, p->k}, b = {p->batch, p->k, p->n};
    const dnnl_dims_t c = {p->batch, p->m, p->n};
    const dnnl_format_tag_t plain = rank == 3 ? dnnl_abc : dnnl_ab;
    const dnnl_format_tag_t swapped = rank == 3 ? dnnl_acb : dnnl_ba;
    check(dnnl_matmul_primitive_desc_create(
              &s->descriptor, s->engine, tagged(rank, a + skip, type, p->ta ? swapped : plain),
              tagged(rank, b + skip, second_of(type), dnnl_format_tag_any), NULL,
              tagged(rank, c + skip, result_of(type), plain), gemm_attributes(p)),
          "a matmul");
    add_argument(s, DNNL_ARG_SRC, rank, a + skip, plain);
    add_argument(s, DNNL_ARG_WEIGHTS, rank, b + skip, plain);
    add_argument(s, DNNL_ARG_DST, rank, c + skip, plain);
}

static void make_conv(struct subject *s, const struct direct_problem *p)
{
    const dnnl_data_type_t type = type_of(p->dtype);
    const dnnl_dims_t x = {p->n, p->c, p->h, p->w}, y = {p->n, p->k, p->out_h, p->out_w};
    const dnnl_dims_t dense = {p->k, p->c, p->r, p->s};
    const dnnl_dims_t grouped = {p->groups, p->k / p->groups, p->c / p->groups, p->r, p->s};
    const int rank = p->groups > 1 ? 5 : 4;
    const dnnl_dims_t *w = p->groups > 1 ? &grouped : &dense;
    const dnnl_dims_t stride = {p->stride, p->stride}, pad = {p->pad, p->pad};
    const dnnl_dims_t dilation = {p->dilation - 1, p->dilation - 1};
    dnnl_memory_desc_t xd = tagged(4, x, type, dnnl_format_tag_any);
    dnnl_memory_desc_t wd = tagged(rank, *w, second_of(type), dnnl_format_tag_any);
    dnnl_memory_desc_t yd = tagged(4, y, result_of(type), dnnl_format_tag_any);
    const bool forward = strcmp(p->pass, "fwd") == 0, data = strcmp(p->pass, "bwd_data") == 0;
    check(dnnl_convolution_forward_primitive_desc_create(
              &s->descriptor, s->engine, forward ? dnnl_forward_inference : dnnl_forward_training,
              dnnl_convolution_direct, xd, wd, NULL, yd, stride, dilation, pad, pad, NULL),
          "a convolution");
    dnnl_primitive_desc_t hint = s->descriptor;
    if (data)
        check(dnnl_convolution_backward_data_primitive_desc_create(
                  &s->descriptor, s->engine, dnnl_convolution_direct, xd, wd, yd, stride, dilation,
                  pad, pad, hint, NULL),
              "backward data");
    else if (!forward)
        check(dnnl_convolution_backward_weights_primitive_desc_create(
                  &s->descriptor, s->engine, dnnl_convolution_direct, xd, wd, NULL, yd, stride,
                  dilation, pad, pad, hint, NULL),
              "backward weights");
    add_argument(s, data ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, 4, x, dnnl_abcd);
    add_argument(s, forward || data ? DNNL_ARG_WEIGHTS : DNNL_ARG_DIFF_WEIGHTS, rank, *w,
                 rank == 5 ? dnnl_abcde : dnnl_abcd);
    add_argument(s, forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, 4, y, dnnl_abcd);
}

static void execute_loop(void *self, int64_t count)
{
    const struct subject *s = self;
    for (int64_t i = 0; i < count; i++)
        dnnl_primitive_execute(s->primitive, s->stream, s->count, s->args);
    dnnl_stream_wait(s->stream);
}

int main(int argc, char **argv)
{
    struct subject s = {.count = 0};
    if (argc != 2)
        direct_fail("wanted one argument, KEY", "usage: direct_onednn KEY");
    const struct direct_problem p = direct_parse(argv[1]);
    check(dnnl_engine_create(&s.engine, dnnl_cpu, 0), "the CPU engine");
    check(dnnl_stream_create(&s.stream, s.engine, dnnl_stream_default_flags), "a stream");
    if (p.conv)
        make_conv(&s, &p);
    else
        make_gemm(&s, &p);
    check(dnnl_primitive_create(&s.primitive, s.descriptor), "the primitive");
    direct_report("direct-onednn", argv[1], direct_time(execute_loop, &s, DIRECT_DEFAULT_NS));
    return 0;
}
#endif
