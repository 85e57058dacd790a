/* fpga_plan.c: a problem as the kernels read it: strides of the operands and how a line or a tap is taken apart.
 *
 * kernels/fpga/plan.cl has the formula. A product of a batch, or a group of a convolution, is a `product`. */
#include "backends/fpga/fpga_plan.h"

/* A plain matrix: nothing to take apart, no padding. */
static void map_matrix(int64_t *map, int64_t product, int64_t line, int64_t tap)
{
    map[DLB_MAP_PRODUCT] = product;
    map[DLB_MAP_LINE] = line;
    map[DLB_MAP_TAP] = tap;
    for (int i = DLB_MAP_P; i <= DLB_MAP_S; i++)
        map[i] = 1;
    for (int i = DLB_MAP_STEP_Y; i <= DLB_MAP_DILATION_X; i++)
        map[i] = 0;
    map[DLB_MAP_HEIGHT] = map[DLB_MAP_WIDTH] = 1;
}

/* Lines are output pixels (image, p, q), taps (channel, r, s) of the group. */
static void map_image(int64_t *map, const struct dlb_conv_attrs *a)
{
    map[DLB_MAP_PRODUCT] = a->c / a->groups * a->h * a->w;
    map[DLB_MAP_LINE] = a->c * a->h * a->w;
    map[DLB_MAP_TAP] = a->h * a->w;
    map[DLB_MAP_P] = a->out_h;
    map[DLB_MAP_Q] = a->out_w;
    map[DLB_MAP_R] = a->r;
    map[DLB_MAP_S] = a->s;
    map[DLB_MAP_STEP_Y] = a->stride_h;
    map[DLB_MAP_STEP_X] = a->stride_w;
    map[DLB_MAP_PAD_Y] = a->pad_top;
    map[DLB_MAP_PAD_X] = a->pad_left;
    map[DLB_MAP_DILATION_Y] = a->dilation_h;
    map[DLB_MAP_DILATION_X] = a->dilation_w;
    map[DLB_MAP_HEIGHT] = a->h;
    map[DLB_MAP_WIDTH] = a->w;
}

static void plan_conv(const struct dlb_fpga_problem *p, int64_t *plan)
{
    const struct dlb_conv_attrs *a = &p->conv;
    const int64_t pixels = a->out_h * a->out_w;
    map_image(plan + DLB_PLAN_A, a);
    map_matrix(plan + DLB_PLAN_B, p->n * p->k, p->k, 1); /* filters, each K taps */
    plan[DLB_PLAN_D_PRODUCT] = p->n * pixels;
    plan[DLB_PLAN_D_PIXELS] = pixels;
    plan[DLB_PLAN_D_IMAGE] = a->k * pixels;
    plan[DLB_PLAN_D_PIXEL] = 1;
    plan[DLB_PLAN_D_COLUMN] = pixels;
    plan[DLB_PLAN_BIAS_PRODUCT] = p->n;
}

static void plan_gemm(const struct dlb_fpga_problem *p, int64_t *plan)
{
    map_matrix(plan + DLB_PLAN_A, p->m * p->k, p->ta ? 1 : p->k, p->ta ? p->m : 1);
    map_matrix(plan + DLB_PLAN_B, p->k * p->n, p->tb ? p->k : 1, p->tb ? 1 : p->n);
    plan[DLB_PLAN_D_PRODUCT] = p->m * p->n;
    plan[DLB_PLAN_D_PIXELS] = p->m;
    plan[DLB_PLAN_D_IMAGE] = 0;
    plan[DLB_PLAN_D_PIXEL] = p->n;
    plan[DLB_PLAN_D_COLUMN] = 1;
    plan[DLB_PLAN_BIAS_PRODUCT] = 0;
}

void dlb_fpga_plan_make(const struct dlb_fpga_problem *problem, int64_t bandwidth,
                        int64_t plan[DLB_PLAN_COUNT])
{
    plan[DLB_PLAN_PRODUCTS] = problem->batch;
    plan[DLB_PLAN_M] = problem->m;
    plan[DLB_PLAN_N] = problem->n;
    plan[DLB_PLAN_K] = problem->k;
    plan[DLB_PLAN_BANDWIDTH] = bandwidth;
    plan[DLB_PLAN_HAS_C] = problem->beta != 0;
    plan[DLB_PLAN_HAS_BIAS] = problem->bias;
    plan[DLB_PLAN_HAS_ADD] = problem->add;
    plan[DLB_PLAN_HAS_RELU] = problem->relu;
    if (problem->is_conv)
        plan_conv(problem, plan);
    else
        plan_gemm(problem, plan);
}
