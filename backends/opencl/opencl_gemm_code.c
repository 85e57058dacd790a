/* opencl_gemm_code.c: the kernels of a product at one tuning point, their arguments and their launches.
 *
 * Sizes, factors and flags are arguments, so that one program serves all products of a type at a point; what the compiler must know (types,
 * tiles) are macros. Arguments that stay are set once, buffers at every launch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opencl/opencl_gemm.h"

extern const char dlb_opencl_source_gemm_element[], dlb_opencl_source_gemm_cpu[],
    dlb_opencl_source_gemm_gpu[];

/* Places of the arguments that both product kernels have; the shape's own come behind. */
enum {
    ARG_A,
    ARG_B,
    ARG_D,
    ARG_PARTS,
    ARG_M,
    ARG_N,
    ARG_K,
    ARG_TA,
    ARG_TB,
    ARG_ALPHA,
    ARG_BETA,
    ARG_CHAIN,
    ARG_BIAS_N,
    ARG_BIAS_M,
    ARG_ADD,
    ARG_OWN
};

uint64_t dlb_gemm_source_hash(void)
{
    const char *const sources[] = {dlb_opencl_source_gemm_element, dlb_opencl_source_gemm_cpu,
                                   dlb_opencl_source_gemm_gpu};
    uint64_t hash = DLB_CL_HASH_START;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(sources); i++)
        hash = dlb_cl_hash(hash, sources[i], strlen(sources[i]));
    return hash;
}

/* ---- Programs ---------------------------------------------------------------------------------------- */

static void write_options(const struct dlb_gemm_shape *shape, const struct dlb_tune_point *point,
                          char *options, size_t size)
{
    static const char *const types[DLB_DTYPE_COUNT] = {
        [DLB_DTYPE_F32] = "F32", [DLB_DTYPE_BF16] = "BF16", [DLB_DTYPE_F16] = "F16",
        [DLB_DTYPE_S8] = "S8",   [DLB_DTYPE_U8] = "U8",
    };
    static const char *const by[] = {
        [DLB_GEMM_BY_FLOAT] = " -DKU=1",
        [DLB_GEMM_BY_FIELD] = " -DKU=4",
        [DLB_GEMM_BY_DOT] = " -DKU=4 -DDOT -cl-std=CL3.0",
        [DLB_GEMM_BY_VNNI] = " -DKU=4 -DVNNI",
    };
    const int *v = point->values;
    const char *how = dlb_dtype_is_integer(shape->dtype) ? by[v[DLB_GEMM_BY]] : "";
    if (v[DLB_GEMM_SHAPE] == DLB_GEMM_CPU)
        snprintf(options, size, "-DIN_%s -DMT=%d -DNT=%d -DKC=%d%s", types[shape->dtype],
                 v[DLB_GEMM_MT], v[DLB_GEMM_NT], v[DLB_GEMM_KC], how);
    else
        snprintf(options, size, "-DIN_%s -DWX=%d -DWY=%d -DRM=%d -DRN=%d -DTK=%d%s",
                 types[shape->dtype], v[DLB_GEMM_WX], v[DLB_GEMM_WY],
                 v[DLB_GEMM_MT] / v[DLB_GEMM_WY], v[DLB_GEMM_NT] / v[DLB_GEMM_WX], v[DLB_GEMM_KC],
                 how);
}

static enum dlb_status make_kernels(struct dlb_context *context, struct dlb_gemm_code *code,
                                    const char *options, struct dlb_why *why)
{
    const char *shape = code->cpu ? dlb_opencl_source_gemm_cpu : dlb_opencl_source_gemm_gpu;
    const char *name = code->cpu ? "gemm_cpu" : "gemm_gpu";
    char *source = NULL;
    if (asprintf(&source, "%s%s", dlb_opencl_source_gemm_element, shape) < 0)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the source of %s", name);
    enum dlb_status status =
        dlb_opencl_kernel(context, name, source, options, name, &code->product, why);
    if (status == DLB_OK && code->plan.parts)
        status =
            dlb_opencl_kernel(context, name, source, options, "gemm_finish", &code->finish, why);
    free(source);
    return status;
}

/* ---- Arguments ----------------------------------------------------------------------------------------- */

/* A factor as the kernels take it: f32, or s32 of bytes (0 or 1: the graph allows no other). */
union factor {
    cl_float real;
    cl_int whole;
};

static union factor factor_of(const struct dlb_gemm_shape *shape, double value)
{
    union factor factor;
    if (dlb_dtype_is_integer(shape->dtype))
        factor.whole = (cl_int)value;
    else
        factor.real = (cl_float)value;
    return factor;
}

static enum dlb_status set(cl_kernel kernel, cl_uint place, size_t size, const void *value,
                           struct dlb_why *why)
{
    const cl_int code = clSetKernelArg(kernel, place, size, value);
    return code == CL_SUCCESS ? DLB_OK
                              : dlb_cl_fail(why, code, "argument %u of a matrix product", place);
}

static enum dlb_status set_list(cl_kernel kernel, cl_uint place, int count,
                                const struct dlb_opencl_argument *list, struct dlb_why *why)
{
    for (int i = 0; i < count; i++) {
        const enum dlb_status status =
            set(kernel, place + (cl_uint)i, list[i].size, list[i].value, why);
        if (status != DLB_OK)
            return status;
    }
    return DLB_OK;
}

/* With parts the product is only a sum: factors and chain belong to the second kernel. */
static enum dlb_status set_product(const struct dlb_gemm_code *code,
                                   const struct dlb_gemm_scalars *scalars, struct dlb_why *why)
{
    const struct dlb_gemm_shape *shape = &code->shape;
    const struct dlb_gemm_plan *plan = &code->plan;
    const cl_int ta = shape->ta, tb = shape->tb;
    const union factor alpha = factor_of(shape, scalars->alpha);
    const union factor beta = factor_of(shape, scalars->beta);
    const cl_mem none = NULL;
    const struct dlb_opencl_argument common[] = {
        {sizeof(cl_int), &shape->m},
        {sizeof(cl_int), &shape->n},
        {sizeof(cl_int), &shape->k},
        {sizeof ta, &ta},
        {sizeof tb, &tb},
        {sizeof alpha, &alpha},
        {sizeof beta, &beta},
        {sizeof(cl_uint), &scalars->chain},
        {sizeof none, &none},
        {sizeof none, &none},
        {sizeof none, &none},
    };
    const struct dlb_opencl_argument cpu[] = {
        {sizeof(cl_int), &plan->rows},          {sizeof(cl_int), &plan->columns},
        {sizeof(cl_int), &plan->depth},         {sizeof(cl_int), &plan->splits},
        {sizeof(cl_int), &plan->block_columns}, {(size_t)plan->local_a, NULL},
        {(size_t)plan->local_b, NULL},
    };
    const struct dlb_opencl_argument gpu[] = {{sizeof(cl_int), &plan->depth},
                                              {sizeof(cl_int), &plan->splits}};
    const enum dlb_status status =
        set_list(code->product, ARG_M, DLB_ARRAY_COUNT(common), common, why);
    if (status != DLB_OK)
        return status;
    return code->cpu ? set_list(code->product, ARG_OWN, DLB_ARRAY_COUNT(cpu), cpu, why)
                     : set_list(code->product, ARG_OWN, DLB_ARRAY_COUNT(gpu), gpu, why);
}

/* gemm_finish: parts, count, d, m, n, alpha, beta, chain, bias_n, bias_m, add. */
static enum dlb_status set_finish(const struct dlb_gemm_code *code,
                                  const struct dlb_gemm_scalars *scalars, struct dlb_why *why)
{
    const struct dlb_gemm_shape *shape = &code->shape;
    const union factor alpha = factor_of(shape, scalars->alpha);
    const union factor beta = factor_of(shape, scalars->beta);
    const struct dlb_opencl_argument numbers[] = {
        {sizeof(cl_int), &shape->m}, {sizeof(cl_int), &shape->n},        {sizeof alpha, &alpha},
        {sizeof beta, &beta},        {sizeof(cl_uint), &scalars->chain},
    };
    const enum dlb_status status = set(code->finish, 1, sizeof(cl_int), &code->plan.splits, why);
    return status == DLB_OK ? set_list(code->finish, 3, DLB_ARRAY_COUNT(numbers), numbers, why)
                            : status;
}

enum dlb_status dlb_gemm_code_make(struct dlb_context *context, const struct dlb_gemm_shape *shape,
                                   const struct dlb_tune_point *point,
                                   const struct dlb_gemm_plan *plan,
                                   const struct dlb_gemm_scalars *scalars,
                                   struct dlb_gemm_code *code, struct dlb_why *why)
{
    char options[160];
    *code = (struct dlb_gemm_code){.shape = *shape,
                                   .plan = *plan,
                                   .cpu = point->values[DLB_GEMM_SHAPE] == DLB_GEMM_CPU,
                                   .wx = point->values[DLB_GEMM_WX],
                                   .wy = point->values[DLB_GEMM_WY]};
    write_options(shape, point, options, sizeof options);
    enum dlb_status status = make_kernels(context, code, options, why);
    if (status == DLB_OK)
        status = set_product(code, scalars, why);
    if (status == DLB_OK && code->finish != NULL)
        status = set_finish(code, scalars, why);
    return status;
}

void dlb_gemm_code_release(struct dlb_gemm_code *code)
{
    if (code->product != NULL)
        (void)clReleaseKernel(code->product);
    if (code->finish != NULL)
        (void)clReleaseKernel(code->finish);
    *code = (struct dlb_gemm_code){0};
}

/* ---- Launches ------------------------------------------------------------------------------------------- */

static enum dlb_status run_product(struct dlb_context *context, const struct dlb_gemm_code *code,
                                   const struct dlb_gemm_buffers *buffers, struct dlb_why *why)
{
    const struct dlb_gemm_plan *plan = &code->plan;
    const size_t wx = (size_t)code->wx, wy = (size_t)code->wy;
    const size_t local[3] = {wx, wy, 1};
    const size_t products = (size_t)code->shape.batch * (size_t)plan->splits;
    const size_t global[3] = {plan->groups[code->cpu ? 0 : 1] * wx,
                              plan->groups[code->cpu ? 1 : 0] * wy, products};
    const struct dlb_opencl_argument operands[] = {
        {sizeof(cl_mem), &buffers->a},
        {sizeof(cl_mem), &buffers->b},
        {sizeof(cl_mem), &buffers->d},
        {sizeof(cl_mem), &buffers->parts},
    };
    const struct dlb_opencl_argument chain[] = {
        {sizeof(cl_mem), &buffers->bias_n},
        {sizeof(cl_mem), &buffers->bias_m},
        {sizeof(cl_mem), &buffers->add},
    };
    enum dlb_status status =
        set_list(code->product, ARG_A, DLB_ARRAY_COUNT(operands), operands, why);
    if (status == DLB_OK)
        status = set_list(code->product, ARG_BIAS_N, DLB_ARRAY_COUNT(chain), chain, why);
    return status == DLB_OK ? dlb_opencl_launch(context, code->product, 3, global, local, why)
                            : status;
}

static enum dlb_status run_finish(struct dlb_context *context, const struct dlb_gemm_code *code,
                                  const struct dlb_gemm_buffers *buffers, struct dlb_why *why)
{
    const size_t global[3] = {((size_t)code->shape.n + 15) / 16, (size_t)code->shape.m,
                              (size_t)code->shape.batch};
    const struct dlb_opencl_argument chain[] = {
        {sizeof(cl_mem), &buffers->bias_n},
        {sizeof(cl_mem), &buffers->bias_m},
        {sizeof(cl_mem), &buffers->add},
    };
    enum dlb_status status = set(code->finish, 0, sizeof(cl_mem), &buffers->parts, why);
    if (status == DLB_OK)
        status = set(code->finish, 2, sizeof(cl_mem), &buffers->d, why);
    if (status == DLB_OK)
        status = set_list(code->finish, 8, DLB_ARRAY_COUNT(chain), chain, why);
    return status == DLB_OK ? dlb_opencl_launch(context, code->finish, 3, global, NULL, why)
                            : status;
}

enum dlb_status dlb_gemm_code_run(struct dlb_context *context, const struct dlb_gemm_code *code,
                                  const struct dlb_gemm_buffers *buffers, struct dlb_why *why)
{
    const enum dlb_status status = run_product(context, code, buffers, why);
    return status == DLB_OK && code->finish != NULL ? run_finish(context, code, buffers, why)
                                                    : status;
}
