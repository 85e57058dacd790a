/* opencl_gemm_plan.h: which parameters are worth trying for a matrix product, and how it is cut into work-groups.
 *
 * Pure arithmetic on sizes and limits of a device: nothing here needs OpenCL. What the parameters mean to the kernels stands in
 * kernels/opencl/gemm_cpu.cl and gemm_gpu.cl. */
#ifndef DLB_OPENCL_GEMM_PLAN_H
#define DLB_OPENCL_GEMM_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/opencl/opencl_tuning_file.h"
#include "bench/base/dtype.h"

#define DLB_GEMM_MAX_SIZE   (1 << 30) /* of m, n and k: sums of two of them fit an int */
#define DLB_GEMM_MAX_POINTS 12

/* One product, or a batch of them, all sizes >= 1. */
struct dlb_gemm_shape {
    enum dlb_dtype dtype; /* of A: f32, bf16, f16, s8, u8 */
    int m, n, k;
    int64_t batch;
    bool ta, tb;
};

/* As in enum dlb_opencl_shape. */
enum { DLB_GEMM_CPU = 1, DLB_GEMM_GPU = 2 };

/* How bytes are multiplied; of floats DLB_GEMM_BY_FLOAT. */
enum dlb_gemm_by {
    DLB_GEMM_BY_FLOAT, /* one at a time, in f32 */
    DLB_GEMM_BY_FIELD, /* four, by shifts and products */
    DLB_GEMM_BY_DOT,   /* four, by cl_khr_integer_dot_product */
    DLB_GEMM_BY_VNNI   /* four, by x86's vpdpbusd */
};

/* The values of a tuning point, in the order of dlb_gemm_names. */
enum dlb_gemm_value {
    DLB_GEMM_SHAPE, /* DLB_GEMM_CPU or DLB_GEMM_GPU */
    DLB_GEMM_MT,    /* tile of a work-item (cpu) or a work-group (gpu) */
    DLB_GEMM_NT,    /* likewise */
    DLB_GEMM_KC,    /* depth of a block, in units */
    DLB_GEMM_WX,    /* work-items of a group */
    DLB_GEMM_WY,    /* likewise */
    DLB_GEMM_BY,    /* enum dlb_gemm_by */
    DLB_GEMM_VALUES
};
extern const char *const dlb_gemm_names[DLB_GEMM_VALUES];

/* What the plan must know of a device. */
struct dlb_gemm_device {
    int units;           /* compute units, >= 1 */
    int vector;          /* f32 lanes of a register */
    int64_t local_bytes; /* of a work-group */
    int64_t max_items;   /* likewise */
    bool cpu;            /* which shape is guessed first */
    bool dot, vnni;
    bool only_cpu, only_gpu; /* the user wants this shape; at most one */
};

/* Writes points for a shape, best guess first, all within the device's limits; returns how many (0: the device has too little
 * local memory for any). The answer depends on the shape's class only: type, log2 of the sizes. */
int dlb_gemm_points(const struct dlb_gemm_device *device, const struct dlb_gemm_shape *shape,
                    struct dlb_tune_point points[DLB_GEMM_MAX_POINTS]);

/* Units of 4 bytes along the depth (gemm_element.cl). */
int dlb_gemm_units(const struct dlb_gemm_shape *shape, const struct dlb_tune_point *point);

/* How the work-groups share one product. */
struct dlb_gemm_plan {
    int rows, columns; /* of D, that a group makes */
    int depth,
        splits; /* units of a part of the depth, and how many parts; each leaves sums of its own */
    int block_columns;        /* cpu: of B, packed at a time */
    int64_t local_a, local_b; /* cpu: bytes of local memory */
    size_t groups[2];         /* along m and n */
    bool parts;               /* sums go to scratch memory and are finished by a second kernel */
    size_t scratch_bytes;
};

/* `point` is one of dlb_gemm_points. */
void dlb_gemm_plan(const struct dlb_gemm_device *device, const struct dlb_gemm_shape *shape,
                   const struct dlb_tune_point *point, struct dlb_gemm_plan *plan);

#endif
