/* opencl_plain.h: what opencl_plain.c, opencl_pool.c and opencl_softmax.c share: a step that is one launch of one kernel. */
#ifndef DLB_OPENCL_PLAIN_H
#define DLB_OPENCL_PLAIN_H

#include "backends/opencl/opencl_internal.h"

#define DLB_PLAIN_MAX_ARGUMENTS 48

/* One kernel argument: a tensor of the set, or a value. */
struct dlb_plain_argument {
    int tensor; /* -1: a value of `size` bytes */
    size_t size;
    union {
        cl_ulong whole;
        cl_float real;
    } value;
};

/* A prepared step; everything that `run` needs. */
struct dlb_plain_step {
    cl_kernel kernel;
    cl_uint dims;
    size_t global[2], local[2];
    int argument_count;
    struct dlb_plain_argument arguments[DLB_PLAIN_MAX_ARGUMENTS];
};

/* How work is cut for a device. A CPU likes one item a group that walks long vectors, a GPU groups of items side by side. */
struct dlb_plain_cut {
    bool cpu;
    int64_t items;  /* of a group */
    int64_t target; /* elements that a group should take, so that all compute units have work */
};
struct dlb_plain_cut dlb_plain_cut(const struct dlb_context *context, int64_t elements);

/* Cuts `rows` rows, of `vectors` vectors and `elements` elements each, into groups of several short rows, or several `pieces`
 * of a long one (1 unless `divisible`). Items share a group's rows on two dimensions; answers the rows of a group. */
int64_t dlb_plain_share(struct dlb_plain_step *step, const struct dlb_plain_cut *cut, int64_t rows,
                        int64_t vectors, int64_t elements, bool divisible);

/* The widest vector, 1, 2, 4, 8 or 16, that is at most `length`; with `divides`, that divides it. */
int dlb_plain_width(int64_t length, bool divides);

/* Is it a float type? The plain kernels take all three: they compute in f32. */
enum dlb_status dlb_plain_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                   const struct dlb_group *group, struct dlb_why *why);

/* DLB_UNSUPPORTED when another op has packed the tensor in a layout that only it reads. */
enum dlb_status dlb_plain_readable(const struct dlb_opwise_value *value, struct dlb_why *why);

/* Gives the value the block (0: plain) unless it is settled; an image only. */
enum dlb_status dlb_plain_settle(struct dlb_opwise_value *value, int block, struct dlb_why *why);

/* Blocks of the channels of an image in this layout, 1 channel each when plain. */
int64_t dlb_plain_channel_blocks(int64_t channels, int block);

/* A kernel named `name` in `source`, which stands behind plain_types.cl; `options` are further macros. */
struct dlb_plain_kernel {
    const char *label, *source, *name, *options;
    enum dlb_dtype dtype;
    int width; /* W */
};

/* Allocates the step and builds its kernel. */
enum dlb_status dlb_plain_make(struct dlb_context *context, const struct dlb_plain_kernel *wanted,
                               struct dlb_plain_step **step, struct dlb_why *why);

/* Append arguments, in the order of the kernel's parameters. */
void dlb_plain_tensor(struct dlb_plain_step *step, int tensor);
void dlb_plain_whole(struct dlb_plain_step *step, int64_t value);
void dlb_plain_real(struct dlb_plain_step *step, double value);

/* `run` and `discard` of struct dlb_opencl_op for these steps. */
enum dlb_status dlb_plain_run(struct dlb_context *context, const void *state, const cl_mem *buffers,
                              cl_mem scratch, struct dlb_why *why);
void dlb_plain_discard(void *state);

#endif
