/* opencl_conv.h: what the files of the convolutions share: a problem, and the plan of launches that answers it.
 *
 * opencl_conv.c chooses a method, opencl_conv_tune.c its parameters; opencl_conv_plan.c holds plans; one file a method: opencl_conv_direct.c (forward and
 * backward data, CPU shape), opencl_conv_winograd.c (forward 3x3, CPU shape), opencl_conv_weights.c (backward weights, CPU shape),
 * opencl_conv_depthwise.c, opencl_conv_tiled.c (GPU shape, all passes). Kernels are in kernels/opencl/conv_*.cl. */
#ifndef DLB_OPENCL_CONV_H
#define DLB_OPENCL_CONV_H

#include "backends/opencl/opencl_internal.h"

#define DLB_CONV_LANES         16 /* channels of a block, and of every vector of the CPU shape */
#define DLB_CONV_MAX_LAUNCHES  16
#define DLB_CONV_MAX_ARGUMENTS 18

/* A convolution as the graph wants it. */
struct dlb_conv_problem {
    const struct dlb_opwise_args *args;
    enum dlb_op_kind kind;
    struct dlb_conv_attrs conv;
    int first, second, output; /* tensors: X or dY, W or dY, result */
    enum dlb_dtype dtype;      /* of images */
    int64_t group_c, group_k;
};

/* Parameters of a method, in the order of the tuner's names. */
enum dlb_conv_parameter {
    DLB_CONV_SHAPE,   /* enum dlb_opencl_shape */
    DLB_CONV_PIXELS,  /* CPU shape: pixels of a register tile; backward weights: channels */
    DLB_CONV_VECTORS, /* CPU shape: vectors of 16 filters */
    DLB_CONV_TM,      /* GPU shape: tile of a work-group, and block of a work-item */
    DLB_CONV_TN,
    DLB_CONV_RM,
    DLB_CONV_RN,
    DLB_CONV_WINOGRAD, /* CPU shape: Winograd's algorithm on chunks of so many register tiles; 0: without it */
    DLB_CONV_PARAMETERS
};

/* Something that a kernel reads or writes: a tensor of the set, or a piece of the step's scratch. */
struct dlb_conv_operand {
    int tensor;  /* -1: scratch */
    cl_ulong at; /* elements from its start */
};

struct dlb_conv_argument {
    enum { DLB_CONV_TENSOR, DLB_CONV_SCRATCH, DLB_CONV_BUFFER, DLB_CONV_VALUE } kind;
    int tensor;
    size_t size; /* of a value */
    union {
        cl_ulong whole;
        cl_int number;
        cl_float real;
        cl_mem buffer;
    } value;
};

struct dlb_conv_launch {
    cl_kernel kernel;
    cl_uint dims;
    size_t global[3], local[3];
    bool local_given; /* else the runtime chooses */
    int argument_count;
    struct dlb_conv_argument arguments[DLB_CONV_MAX_ARGUMENTS];
};

/* A prepared step: launches in order, the constants that they read, and how much scratch they want. */
struct dlb_conv_plan {
    struct dlb_context *context;
    int launch_count, constant_count;
    struct dlb_conv_launch launches[DLB_CONV_MAX_LAUNCHES];
    cl_mem constants[2];
    size_t scratch_bytes;
    char implementation[64];
};

/* ---- plans (opencl_conv_plan.c) ------------------------------------------------------------------- */

/* A kernel of an embedded source, for images of a type. */
struct dlb_conv_kernel {
    const char *label, *source, *name;
    enum dlb_dtype dtype;
    bool cpu; /* a group is one work-item; else the runtime or the method chooses */
};

/* Appends a launch of a kernel built behind conv_types.cl, with the macro of its type and `options`. Work sizes come as 1 and are still to
 * be set. The launch belongs to the plan. */
enum dlb_status dlb_conv_append(struct dlb_conv_plan *plan, const struct dlb_conv_kernel *kernel,
                                const char *options, struct dlb_conv_launch **launch,
                                struct dlb_why *why);

/* Append arguments, in the order of the kernel's parameters. An operand is two: the buffer, and the first element. */
void dlb_conv_tensor(struct dlb_conv_launch *launch, int tensor);
void dlb_conv_operand(struct dlb_conv_launch *launch, const struct dlb_conv_operand *operand);
void dlb_conv_number(struct dlb_conv_launch *launch, int64_t value);
void dlb_conv_real(struct dlb_conv_launch *launch, double value);
/* A struct that the kernel reads as __constant; copied to the device, owned by the plan. */
enum dlb_status dlb_conv_constant(struct dlb_conv_plan *plan, struct dlb_conv_launch *launch,
                                  const void *bytes, size_t size, struct dlb_why *why);

/* A piece of scratch, in floats. */
struct dlb_conv_operand dlb_conv_scratch(struct dlb_conv_plan *plan, int64_t elements, size_t size);

/* The image `tensor` blocked by `block` channels (0: plain), as floats when `widen`. A value that has no layout yet gets this one; one that is settled
 * otherwise is moved into scratch by a launch of its own. */
enum dlb_status dlb_conv_image(struct dlb_conv_plan *plan, const struct dlb_conv_problem *problem,
                               int tensor, int block, bool widen, struct dlb_conv_operand *operand,
                               struct dlb_why *why);

/* The layout of the result: nobody has settled it before. */
enum dlb_status dlb_conv_result(const struct dlb_conv_problem *problem, int block,
                                struct dlb_why *why);

/* What follows the sum, with operands in the layout of the result: y = relu(scale y + shift + residual). */
struct dlb_conv_epilogue {
    int flags; /* HAS_* of conv_types.cl */
    struct dlb_conv_operand scale, shift, residual;
};
enum dlb_status dlb_conv_chain(struct dlb_conv_plan *plan, const struct dlb_conv_problem *problem,
                               int block, struct dlb_conv_epilogue *epilogue, struct dlb_why *why);
void dlb_conv_epilogue(struct dlb_conv_launch *launch, const struct dlb_conv_epilogue *epilogue);

/* May a chain of this group follow a convolution? */
enum dlb_status dlb_conv_check_chain(const struct dlb_graph *graph, const struct dlb_group *group,
                                     struct dlb_why *why);

/* ---- methods -------------------------------------------------------------------------------------- */

/* Can the filters be packed: constant, and read by this op alone? */
bool dlb_conv_packable(const struct dlb_conv_problem *problem);

/* The same for filters packed by `pack` with `parameters` into `bytes` bytes. */
enum dlb_status
dlb_conv_pack(const struct dlb_conv_problem *problem,
              void (*pack)(const struct dlb_opencl_layout *layout, const struct dlb_tensor *tensor,
                           const void *host, void *packed),
              const int64_t *parameters, int count, size_t bytes, struct dlb_why *why);

/* How many groups are taken together as one dense group, so that both its channels and its filters are whole blocks: the products between
 * different groups are then zeros. 1 for dense problems. */
int64_t dlb_conv_merge(const struct dlb_conv_problem *problem);

typedef enum dlb_status dlb_conv_method(struct dlb_conv_plan *plan,
                                        const struct dlb_conv_problem *problem,
                                        const struct dlb_tune_point *point, struct dlb_why *why);
dlb_conv_method dlb_conv_direct, dlb_conv_winograd, dlb_conv_weights, dlb_conv_depthwise,
    dlb_conv_tiled;

/* Can dlb_conv_winograd answer this problem? */
bool dlb_conv_winograd_fits(const struct dlb_conv_problem *problem);
/* How many tiles of 4 x 4 outputs cover all its images. */
int64_t dlb_conv_winograd_tiles(const struct dlb_conv_problem *problem);

/* ---- the choice (opencl_conv.c, opencl_conv_tune.c) ----------------------------------------------- */

/* The method of the CPU shape; NULL where it has none. */
dlb_conv_method *dlb_conv_cpu_method(const struct dlb_conv_problem *problem);

/* The parameters of a problem: the tuner's winner. */
enum dlb_status dlb_conv_choose(struct dlb_context *context, const struct dlb_conv_problem *problem,
                                struct dlb_tune_point *winner, struct dlb_why *why);

/* The plan of a problem with these parameters, which settles the layouts of its tensors; discard ends it (NULL is legal). */
enum dlb_status dlb_conv_make(struct dlb_context *context, const struct dlb_conv_problem *problem,
                              const struct dlb_tune_point *point, struct dlb_conv_plan **plan,
                              struct dlb_why *why);
enum dlb_status dlb_conv_run(struct dlb_context *context, const struct dlb_conv_plan *plan,
                             const cl_mem *buffers, cl_mem scratch, struct dlb_why *why);
void dlb_conv_discard(void *state);

static inline int64_t dlb_conv_ceil(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

#endif
