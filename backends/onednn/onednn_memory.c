/* onednn_memory.c: memory descriptors of tensors, and moving tensors between the host's layout and oneDNN's. */
#include "backends/onednn/onednn_internal.h"

#include <stdlib.h>
#include <string.h>

dnnl_data_type_t dlb_onednn_type(enum dlb_dtype dtype)
{
    static const dnnl_data_type_t types[DLB_DTYPE_COUNT] = {
        [DLB_DTYPE_F32] = dnnl_f32, [DLB_DTYPE_BF16] = dnnl_bf16, [DLB_DTYPE_F16] = dnnl_f16,
        [DLB_DTYPE_S8] = dnnl_s8,   [DLB_DTYPE_U8] = dnnl_u8,     [DLB_DTYPE_S32] = dnnl_s32,
    };
    return types[dtype];
}

dnnl_memory_desc_t dlb_onednn_plain(enum dlb_dtype dtype, int rank, const int64_t *dims)
{
    dnnl_memory_desc_t descriptor = NULL;
    dnnl_dims_t strides;
    int64_t stride = 1;
    for (int i = rank - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= dims[i];
    }
    if (dnnl_memory_desc_create_with_strides(&descriptor, rank, dims, dlb_onednn_type(dtype),
                                             strides) != dnnl_success)
        return NULL;
    return descriptor;
}

dnnl_memory_desc_t dlb_onednn_tensor(const struct dlb_tensor *tensor)
{
    return dlb_onednn_plain(tensor->dtype, tensor->rank, tensor->dims);
}

dnnl_memory_desc_t dlb_onednn_any(enum dlb_dtype dtype, int rank, const int64_t *dims)
{
    dnnl_memory_desc_t descriptor = NULL;
    if (dnnl_memory_desc_create_with_tag(&descriptor, rank, dims, dlb_onednn_type(dtype),
                                         dnnl_format_tag_any) != dnnl_success)
        return NULL;
    return descriptor;
}

/* One value per index of `axis`, repeated along all other dims of a tensor of that rank. */
dnnl_memory_desc_t dlb_onednn_channels(enum dlb_dtype dtype, int rank, int axis, int64_t channels)
{
    int64_t dims[DLB_MAX_RANK] = {1, 1, 1, 1, 1};
    dims[axis] = channels;
    return dlb_onednn_plain(dtype, rank, dims);
}

/* A one-off reorder between two addresses; blocking. */
static enum dlb_status move(struct dlb_context *context, const_dnnl_memory_desc_t from_descriptor,
                            void *from, const_dnnl_memory_desc_t to_descriptor, void *to,
                            struct dlb_why *why)
{
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_primitive_t reorder = NULL;
    dnnl_memory_t memories[2] = {NULL, NULL};
    dnnl_status_t status = dnnl_reorder_primitive_desc_create(
        &descriptor, from_descriptor, context->engine, to_descriptor, context->engine, NULL);
    if (status == dnnl_success)
        status = dnnl_primitive_create(&reorder, descriptor);
    if (status == dnnl_success)
        status = dnnl_memory_create(&memories[0], from_descriptor, context->engine, from);
    if (status == dnnl_success)
        status = dnnl_memory_create(&memories[1], to_descriptor, context->engine, to);
    if (status == dnnl_success) {
        const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, memories[0]}, {DNNL_ARG_TO, memories[1]}};
        status = dnnl_primitive_execute(reorder, context->stream, 2, args);
    }
    if (status == dnnl_success)
        status = dnnl_stream_wait(context->stream);
    dnnl_memory_destroy(memories[0]);
    dnnl_memory_destroy(memories[1]);
    dnnl_primitive_destroy(reorder);
    dnnl_primitive_desc_destroy(descriptor);
    return dlb_onednn_check(status, "changing the layout of a tensor", why);
}

enum dlb_status dlb_onednn_import(struct dlb_context *context, const struct dlb_opwise_value *value,
                                  const void *host, void *buffer, struct dlb_why *why)
{
    const struct onednn_layout *layout = value->layout;
    if (!layout) {
        memcpy(buffer, host, value->bytes);
        return DLB_OK;
    }
    /* oneDNN's handles are not const, but a reorder only reads its source */
    void *source;
    memcpy(&source, &host, sizeof source);
    return move(context, layout->host, source, layout->held, buffer, why);
}

enum dlb_status dlb_onednn_export(struct dlb_context *context, const struct dlb_opwise_value *value,
                                  const void *buffer, void *host, struct dlb_why *why)
{
    const struct onednn_layout *layout = value->layout;
    if (!layout) {
        memcpy(host, buffer, value->bytes);
        return DLB_OK;
    }
    void *source;
    memcpy(&source, &buffer, sizeof source);
    return move(context, layout->held, source, layout->host, host, why);
}

void dlb_onednn_release_layout(struct dlb_context *context, void *opaque)
{
    struct onednn_layout *layout = opaque;
    (void)context;
    if (!layout)
        return;
    dnnl_memory_desc_destroy(layout->held);
    dnnl_memory_desc_destroy(layout->host);
    free(layout);
}

enum dlb_status dlb_onednn_settle(struct dlb_opwise_value *value, const_dnnl_memory_desc_t held,
                                  const_dnnl_memory_desc_t host, struct dlb_why *why)
{
    value->settled = true;
    if (dnnl_memory_desc_equal(held, host))
        return DLB_OK;
    struct onednn_layout *layout = calloc(1, sizeof *layout);
    if (!layout || dnnl_memory_desc_clone(&layout->held, held) != dnnl_success ||
        dnnl_memory_desc_clone(&layout->host, host) != dnnl_success) {
        dlb_onednn_release_layout(NULL, layout);
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the layout of %s", value->tensor->name);
    }
    value->layout = layout;
    value->bytes = dnnl_memory_desc_get_size(held);
    return DLB_OK;
}
