/* opwise.h: turns a table of single-op implementations into a whole-graph backend.
 *
 * opwise does what every library of kernels needs around it: fusion of the chains that the table accepts, topological
 * order, layouts handed from op to op, a memory plan by lifetimes (temporaries share one arena per set), rotating
 * argument sets, write/read with conversion. There is no fallback: a group that no row supports makes
 * the graph unsupported.
 *
 * Life of a group: supports (pure) -> prepare (chooses implementation and layouts) -> run (many) -> discard. */
#ifndef DLB_OPWISE_H
#define DLB_OPWISE_H

#include <stdbool.h>
#include <stddef.h>

#include "backends/backend.h"
#include "bench/graph/fusion.h"

/* One tensor as the ops see it. `layout` is the backend's own description, NULL for plain host layout; it is set by
 * the op that produces the tensor, or, for tensors given from outside, by the first op that consumes
 * it; whoever comes later must take it as it is (and reorder inside its own run if it wants another). */
struct dlb_opwise_value {
    const struct dlb_tensor *tensor;
    bool settled; /* a layout has been chosen */
    void *layout; /* released by the table's release_layout */
    size_t bytes; /* of one buffer in this layout; plain size until settled */
};

/* The arguments of one group, gathered from its ops. */
struct dlb_opwise_args {
    const struct dlb_graph *graph;
    const struct dlb_group *group;
    struct dlb_opwise_value *values; /* indexed by tensor index */
};

/* A prepared group. `run` gets the addresses of all tensors of the set, indexed by tensor index (NULL for
 * tensors that live inside fused groups), and the group's scratch. */
struct dlb_opwise_step {
    void *state;          /* the implementation's own */
    size_t scratch_bytes; /* wanted per execution; steps share one scratch, as they run in order */
    char implementation[64];
    bool reference_kernel;
};

/* Where tensors live, when not in the host's memory. A block holds a set; a part is a piece of it as the ops get it in
 * `buffers` and `scratch` (a cl_mem, a device pointer). Parts whose tensors are not needed at the same time overlap. With this
 * table the ops must have import and export, also for plain layouts, and steps that want no scratch may get NULL. */
struct dlb_opwise_memory {
    size_t alignment; /* of a part's offset; a power of two, at most DLB_ALIGNMENT */
    enum dlb_status (*allocate)(struct dlb_context *context, size_t bytes, void **block,
                                struct dlb_why *why); /* bytes >= 1; DLB_NO_MEMORY */
    void (*release)(struct dlb_context *context, void *block);
    enum dlb_status (*part)(struct dlb_context *context, void *block, size_t offset, size_t bytes,
                            void **part, struct dlb_why *why); /* bytes >= 1 */
    void (*release_part)(struct dlb_context *context, void *part);
};

struct dlb_opwise_ops {
    const struct dlb_opwise_memory *memory; /* NULL: the host's */
    /* With private layouts a flatten is a group that the table sees; without (import NULL, or this) it is an alias. */
    bool plain_layouts;
    /* Does it do this group (types, shapes, attributes, epilogue)? Reason in `why` when not. */
    enum dlb_status (*supports)(struct dlb_context *context, const struct dlb_graph *graph,
                                const struct dlb_group *group, struct dlb_why *why);
    enum dlb_status (*prepare)(struct dlb_context *context, const struct dlb_opwise_args *args,
                               struct dlb_opwise_step *step, struct dlb_why *why);
    enum dlb_status (*run)(struct dlb_context *context, const struct dlb_opwise_step *step,
                           void *const *buffers, void *scratch, struct dlb_why *why);
    /* Optional (NULL): `run` `count` times in a row on the same buffers. Taken when a work is one step and one set, so that a
     * loop over a tiny kernel holds nothing but the kernel. */
    enum dlb_status (*repeat)(struct dlb_context *context, const struct dlb_opwise_step *step,
                              void *const *buffers, void *scratch, int64_t count,
                              struct dlb_why *why);
    void (*discard)(struct dlb_context *context, struct dlb_opwise_step *step);
    /* Only for backends with layouts of their own; NULL means plain layout, copied. */
    enum dlb_status (*import)(struct dlb_context *context, const struct dlb_opwise_value *value,
                              const void *host, void *buffer, struct dlb_why *why);
    enum dlb_status (*export)(struct dlb_context *context, const struct dlb_opwise_value *value,
                              const void *buffer, void *host, struct dlb_why *why);
    void (*release_layout)(struct dlb_context *context, void *layout);
};

/* The members that a backend's own functions forward to (supports, prepare, discard, info, write, read, submit). A
 * flatten whose tensor has plain layout is an alias and costs nothing; with a private layout the op table sees it as a
 * group like any other. dlb_opwise_submit executes at once. */
enum dlb_status dlb_opwise_supports(const struct dlb_opwise_ops *ops, struct dlb_context *context,
                                    const struct dlb_graph *graph, struct dlb_why *why);
enum dlb_status dlb_opwise_prepare(const struct dlb_opwise_ops *ops, struct dlb_context *context,
                                   const struct dlb_graph *graph, int sets, struct dlb_work **work,
                                   struct dlb_why *why);
void dlb_opwise_discard(struct dlb_work *work);
void dlb_opwise_info(struct dlb_work *work, struct dlb_work_info *info);
enum dlb_status dlb_opwise_write(struct dlb_work *work, int set, int tensor, const void *host,
                                 struct dlb_why *why);
enum dlb_status dlb_opwise_read(struct dlb_work *work, int set, int tensor, void *host,
                                struct dlb_why *why);
enum dlb_status dlb_opwise_submit(struct dlb_work *work, int set, int64_t count,
                                  struct dlb_why *why);

#endif
