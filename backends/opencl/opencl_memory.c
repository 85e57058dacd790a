/* opencl_memory.c: where tensors live, and how they get there from the host's plain layout.
 *
 * A set is one buffer, its tensors are sub-buffers. Where host and device share memory, buffers are of the runtime's own allocation (it alone knows
 * what can be shared) and the host writes into the mapped tensor itself: nothing is copied twice. Elsewhere the host packs first and the
 * runtime copies. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opencl/opencl_internal.h"
#include "bench/base/memory.h"

static enum dlb_status allocate(struct dlb_context *context, size_t bytes, void **block,
                                struct dlb_why *why)
{
    const cl_mem_flags shared = context->cl.device->unified_memory ? CL_MEM_ALLOC_HOST_PTR : 0;
    return dlb_cl_buffer(&context->cl, CL_MEM_READ_WRITE | shared, bytes, block, why);
}

const struct dlb_opwise_memory dlb_opencl_memory = {
    .alignment = DLB_ALIGNMENT, /* open refuses a device that wants more */
    .allocate = allocate,
    .release = dlb_cl_release,
    .part = dlb_cl_part,
    .release_part = dlb_cl_release,
};

/* ---- layouts ---- */

/* The extents of a blocked image; a tensor of rank 2 is one of a single pixel. */
struct blocked {
    size_t images, channels, pixels, block, element;
};

static struct blocked blocked_of(const struct dlb_tensor *tensor, int block)
{
    struct blocked b = {(size_t)tensor->dims[0], (size_t)tensor->dims[1], 1, (size_t)block,
                        dlb_dtype_size(tensor->dtype)};
    for (int i = 2; i < tensor->rank; i++)
        b.pixels *= (size_t)tensor->dims[i];
    return b;
}

/* Moves every element between plain[image][channel][pixel] and blocked[image][channel / block][pixel][channel % block]. */
static void move_blocked(const struct blocked *b, unsigned char *plain, unsigned char *blocked,
                         bool to_blocked)
{
    const size_t blocks = (b->channels + b->block - 1) / b->block;
    for (size_t row = 0; row < b->images * b->channels; row++) {
        const size_t image = row / b->channels, channel = row % b->channels;
        unsigned char *from = plain + row * b->pixels * b->element;
        unsigned char *to =
            blocked +
            (((image * blocks + channel / b->block) * b->pixels) * b->block + channel % b->block) *
                b->element;
        for (size_t pixel = 0; pixel < b->pixels; pixel++) {
            if (to_blocked)
                memcpy(to, from, b->element);
            else
                memcpy(from, to, b->element);
            from += b->element;
            to += b->block * b->element;
        }
    }
}

static void pack(const struct dlb_opwise_value *value, const void *host, void *packed)
{
    const struct dlb_opencl_layout *const layout = value->layout;
    if (layout == NULL) {
        memcpy(packed, host, value->bytes);
    } else if (layout->pack != NULL) {
        layout->pack(layout, value->tensor, host, packed);
    } else {
        const struct blocked b = blocked_of(value->tensor, layout->block);
        memset(packed, 0, value->bytes); /* lanes past the channels */
        move_blocked(&b, (unsigned char *)host, packed, true);
    }
}

static void unpack(const struct dlb_opwise_value *value, const void *packed, void *host)
{
    assert(host != NULL);
    const struct dlb_opencl_layout *const layout = value->layout;
    if (layout == NULL) {
        memcpy(host, packed, value->bytes);
    } else {
        const struct blocked b = blocked_of(value->tensor, layout->block);
        move_blocked(&b, host, (unsigned char *)packed, false);
    }
}

/* Through the mapped tensor; the device may use it again when this returns. */
static enum dlb_status exchange_mapped(struct dlb_context *context,
                                       const struct dlb_opwise_value *value, cl_mem buffer,
                                       const void *from, void *to, struct dlb_why *why)
{
    cl_int code;
    const cl_map_flags flags = from != NULL ? CL_MAP_WRITE_INVALIDATE_REGION : CL_MAP_READ;
    void *const mapped = clEnqueueMapBuffer(context->cl.queue, buffer, CL_TRUE, flags, 0,
                                            value->bytes, 0, NULL, NULL, &code);
    if (code != CL_SUCCESS)
        return dlb_cl_fail(why, code, "tensor %s cannot be mapped", value->tensor->name);
    if (from != NULL)
        pack(value, from, mapped);
    else
        unpack(value, mapped, to);
    code = clEnqueueUnmapMemObject(context->cl.queue, buffer, mapped, 0, NULL, NULL);
    if (code == CL_SUCCESS)
        code = clFinish(context->cl.queue);
    return code == CL_SUCCESS
               ? DLB_OK
               : dlb_cl_fail(why, code, "tensor %s cannot be unmapped", value->tensor->name);
}

/* Through a packed copy on the host, where there is a layout to pack into. */
static enum dlb_status exchange_copied(struct dlb_context *context,
                                       const struct dlb_opwise_value *value, cl_mem buffer,
                                       const void *from, void *to, struct dlb_why *why)
{
    void *packed = NULL;
    cl_int code;
    if (value->layout != NULL) {
        packed = malloc(value->bytes);
        if (packed == NULL)
            return dlb_fail(why, DLB_NO_MEMORY, "no %zu bytes to reorder tensor %s", value->bytes,
                            value->tensor->name);
    }
    if (from != NULL) {
        if (packed != NULL)
            pack(value, from, packed);
        code = clEnqueueWriteBuffer(context->cl.queue, buffer, CL_TRUE, 0, value->bytes,
                                    packed != NULL ? packed : from, 0, NULL, NULL);
    } else {
        code = clEnqueueReadBuffer(context->cl.queue, buffer, CL_TRUE, 0, value->bytes,
                                   packed != NULL ? packed : to, 0, NULL, NULL);
        if (packed != NULL && code == CL_SUCCESS)
            unpack(value, packed, to);
    }
    free(packed);
    return code == CL_SUCCESS
               ? DLB_OK
               : dlb_cl_fail(why, code, "tensor %s cannot be copied", value->tensor->name);
}

enum dlb_status dlb_opencl_import(struct dlb_context *context, const struct dlb_opwise_value *value,
                                  const void *host, void *buffer, struct dlb_why *why)
{
    return (context->cl.device->unified_memory ? exchange_mapped : exchange_copied)(
        context, value, buffer, host, NULL, why);
}

enum dlb_status dlb_opencl_export(struct dlb_context *context, const struct dlb_opwise_value *value,
                                  const void *buffer, void *host, struct dlb_why *why)
{
    const struct dlb_opencl_layout *const layout = value->layout;
    if (layout != NULL && layout->pack != NULL)
        return dlb_fail(why, DLB_INVALID, "tensor %s is packed for one op and cannot be read back",
                        value->tensor->name);
    return (context->cl.device->unified_memory ? exchange_mapped : exchange_copied)(
        context, value, (cl_mem)buffer, NULL, host, why);
}

void dlb_opencl_release_layout(struct dlb_context *context, void *layout)
{
    (void)context;
    free(layout);
}

bool dlb_opencl_set_blocked(struct dlb_opwise_value *value, int block)
{
    const struct blocked b = blocked_of(value->tensor, block);
    const size_t blocks = (b.channels + b.block - 1) / b.block;
    int64_t bytes;
    if (!dlb_multiply((int64_t)(b.images * blocks), (int64_t)(b.pixels * b.block), &bytes) ||
        !dlb_multiply(bytes, (int64_t)b.element, &bytes))
        return false;
    struct dlb_opencl_layout *const layout = calloc(1, sizeof *layout);
    if (layout == NULL)
        return false;
    layout->block = block;
    value->layout = layout;
    value->bytes = (size_t)bytes;
    return true;
}

int dlb_opencl_block(const struct dlb_opwise_value *value)
{
    const struct dlb_opencl_layout *const layout = value->layout;
    return layout != NULL ? layout->block : 0;
}
