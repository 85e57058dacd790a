/* onednn_internal.h: what the files of the onednn backend share.
 *
 * A group of ops becomes a recipe (onednn_recipe.c: operands, post-ops, primitive descriptor), and a recipe becomes a
 * program (onednn_program.c: reorders, then the primitive) that run executes. onednn_memory.c describes and moves
 * tensors. Only the C API of oneDNN 3 is used. */
#ifndef DLB_ONEDNN_INTERNAL_H
#define DLB_ONEDNN_INTERNAL_H

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_debug.h>

#include "backends/opwise.h"

#if defined(DNNL_VERSION_MAJOR) && DNNL_VERSION_MAJOR < 3
#error "oneDNN 3 or newer is wanted: its C API differs from that of version 2"
#endif

struct dlb_context {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    int threads;
};

/* A layout that is not the plain host layout. Both descriptors have the dims as the primitive sees them (a transposed or
 * grouped view of the tensor); `host` says where these elements lie in the plain tensor. */
struct onednn_layout {
    dnnl_memory_desc_t held, host;
};

/* One argument of a group. `asked` is what the primitive descriptor was made with: explicit, or `any`. */
struct onednn_operand {
    int arg; /* DNNL_ARG_...; 0 for one that a fold reads */
    int tensor;
    bool result; /* written by the primitive */
    dnnl_memory_desc_t host, asked;
};

/* A batch-norm behind a product: y = scale x + shift per channel, both computed from its four parameters. */
struct onednn_fold_plan {
    int operands[4]; /* gamma, beta, mean, variance: indices of operands */
    int scale_arg, shift_arg;
    int64_t channels;
    float epsilon;
    dnnl_memory_desc_t broadcast; /* of scale and shift, against the result */
};

#define ONEDNN_MAX_OPERANDS 32
struct onednn_recipe {
    int operand_count;
    struct onednn_operand operands[ONEDNN_MAX_OPERANDS];
    int fold_count;
    struct onednn_fold_plan folds[DLB_MAX_EPILOGUE];
    dnnl_primitive_desc_t descriptor; /* NULL: only a change of layout (flatten) */
};

/* Builds the recipe of a group. `values` may be NULL (supports): then no layout has been settled.
 * DLB_UNSUPPORTED with a reason when oneDNN has no implementation. Release in any case. */
enum dlb_status dlb_onednn_recipe(struct dlb_context *context, const struct dlb_graph *graph,
                                  const struct dlb_group *group,
                                  const struct dlb_opwise_value *values,
                                  struct onednn_recipe *recipe, struct dlb_why *why);
void dlb_onednn_recipe_release(struct onednn_recipe *recipe);

/* Adds an operand; takes over both descriptors (`asked` NULL: as `host`). */
void dlb_onednn_operand(struct onednn_recipe *recipe, int arg, int tensor, bool result,
                        dnnl_memory_desc_t host, dnnl_memory_desc_t asked);

/* Post-ops for the group's epilogue (onednn_epilogue.c). Sets *bias when the first op of the epilogue travels as the
 * primitive's bias argument. `attr` is created; the caller destroys it. `broadcast_any`: may the added tensor have any layout? */
enum dlb_status dlb_onednn_epilogue(const struct dlb_graph *graph, const struct dlb_group *group,
                                    bool broadcast_any, struct onednn_recipe *recipe,
                                    dnnl_primitive_attr_t *attr, dnnl_memory_desc_t *bias,
                                    struct dlb_why *why);

/* Name of the chosen implementation, and whether it is a plain reference loop. */
const char *dlb_onednn_implementation(const_dnnl_primitive_desc_t descriptor);
bool dlb_onednn_is_reference(const char *implementation);

/* DLB_OK, or the dlbench status of a oneDNN status with a reason: what failed, and oneDNN's own word for it. */
enum dlb_status dlb_onednn_check(dnnl_status_t status, const char *what, struct dlb_why *why);

/* Descriptors (onednn_memory.c). NULL when oneDNN refuses. */
dnnl_data_type_t dlb_onednn_type(enum dlb_dtype dtype);
dnnl_memory_desc_t dlb_onednn_plain(enum dlb_dtype dtype, int rank, const int64_t *dims);
dnnl_memory_desc_t dlb_onednn_tensor(const struct dlb_tensor *tensor);
dnnl_memory_desc_t dlb_onednn_any(enum dlb_dtype dtype, int rank, const int64_t *dims);
dnnl_memory_desc_t dlb_onednn_channels(enum dlb_dtype dtype, int rank, int axis, int64_t channels);

/* The op table's layout functions. */
enum dlb_status dlb_onednn_import(struct dlb_context *context, const struct dlb_opwise_value *value,
                                  const void *host, void *buffer, struct dlb_why *why);
enum dlb_status dlb_onednn_export(struct dlb_context *context, const struct dlb_opwise_value *value,
                                  const void *buffer, void *host, struct dlb_why *why);
void dlb_onednn_release_layout(struct dlb_context *context, void *opaque);
/* Settles a tensor in `held`; plain when that equals `host`. */
enum dlb_status dlb_onednn_settle(struct dlb_opwise_value *value, const_dnnl_memory_desc_t held,
                                  const_dnnl_memory_desc_t host, struct dlb_why *why);

/* Programs (onednn_program.c): the op table's prepare, run and discard. */
enum dlb_status dlb_onednn_prepare(struct dlb_context *context, const struct dlb_opwise_args *args,
                                   struct dlb_opwise_step *step, struct dlb_why *why);
enum dlb_status dlb_onednn_run(struct dlb_context *context, const struct dlb_opwise_step *step,
                               void *const *buffers, void *scratch, struct dlb_why *why);
enum dlb_status dlb_onednn_repeat(struct dlb_context *context, const struct dlb_opwise_step *step,
                                  void *const *buffers, void *scratch, int64_t count,
                                  struct dlb_why *why);
void dlb_onednn_discard(struct dlb_context *context, struct dlb_opwise_step *step);

#endif
