/* tensor.h: the shape and type of one value in a graph. Holds no data.
 *
 * The plain host layout of every tensor is dense and row-major in the order of `dims`: images are
 * NCHW, convolution weights K,C/groups,R,S, matrices M,N as written. */
#ifndef DLB_TENSOR_H
#define DLB_TENSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/base/dtype.h"

#define DLB_MAX_RANK 5

enum dlb_role {
    DLB_ROLE_INPUT,  /* written before every use: activations */
    DLB_ROLE_WEIGHT, /* constant across executions: may be packed by prepare/write */
    DLB_ROLE_STATE,  /* read and updated in place by each execution: C of a GEMM, KV cache */
    DLB_ROLE_TEMP,   /* between two ops: the backend owns it and may never store it */
    DLB_ROLE_OUTPUT, /* a result, readable after wait */
    DLB_ROLE_COUNT
};

struct dlb_tensor {
    char name[24];
    enum dlb_dtype dtype;
    enum dlb_role role;
    int rank;
    int64_t dims[DLB_MAX_RANK]; /* dims[rank..] are 1 */
    double scale; /* inputs and weights are filled uniform in [-scale, scale]; see graph.h */
};

const char *dlb_role_name(enum dlb_role role);

/* Product of the dims; the builder has refused shapes whose bytes overflow int64_t. */
int64_t dlb_tensor_elements(const struct dlb_tensor *tensor);
int64_t dlb_tensor_bytes(const struct dlb_tensor *tensor);

bool dlb_tensor_same_shape(const struct dlb_tensor *a, const struct dlb_tensor *b);

#endif
