/* cl_memory.c: buffers that are there when they are given out, and pieces of them.
 *
 * What both OpenCL backends put under opwise: a block holds the tensors of a set, a tensor is a piece of it. How data get there is each
 * backend's own business. */
#include "backends/cl/cl.h"

#define FILL_BYTES 16 /* the widest pattern that every kernel of a fill takes well */

/* Some runtimes allocate at the first use only: filling makes them tell here that memory is out, and puts pages there before anybody
 * times a kernel on them. Zeros, so that padding is finite, and the first launch, which is made to compile, multiplies no denormals. */
static cl_int fill_zeros(const struct dlb_cl *cl, cl_mem buffer, size_t bytes)
{
    static const unsigned char zeros[FILL_BYTES] = {0};
    const cl_int code =
        clEnqueueFillBuffer(cl->queue, buffer, zeros, sizeof zeros, 0, bytes, 0, NULL, NULL);
    return code != CL_SUCCESS ? code : clFinish(cl->queue);
}

enum dlb_status dlb_cl_buffer(const struct dlb_cl *cl, cl_mem_flags flags, size_t bytes,
                              void **buffer, struct dlb_why *why)
{
    const struct dlb_cl_device *const device = cl->device;
    if (bytes > device->max_alloc_bytes || bytes > SIZE_MAX - FILL_BYTES)
        return dlb_fail(why, DLB_NO_MEMORY,
                        "a buffer of %zu bytes is wanted, the largest that %s gives has %llu",
                        bytes, device->name, (unsigned long long)device->max_alloc_bytes);
    const size_t rounded = (bytes + FILL_BYTES - 1) / FILL_BYTES * FILL_BYTES;
    cl_int code;
    const cl_mem made = clCreateBuffer(cl->context, flags, rounded, NULL, &code);
    if (code != CL_SUCCESS)
        return dlb_cl_fail(why, code, "no buffer of %zu bytes", bytes);
    code = fill_zeros(cl, made, rounded);
    if (code != CL_SUCCESS) {
        (void)clReleaseMemObject(made);
        return dlb_cl_fail(why, code, "a buffer of %zu bytes cannot be filled", bytes);
    }
    *buffer = made;
    return DLB_OK;
}

enum dlb_status dlb_cl_part(struct dlb_context *context, void *buffer, size_t offset, size_t bytes,
                            void **part, struct dlb_why *why)
{
    const cl_buffer_region region = {offset, bytes};
    cl_int code;
    (void)context;
    const cl_mem made = clCreateSubBuffer(buffer, 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    if (code != CL_SUCCESS)
        return dlb_cl_fail(why, code, "no tensor of %zu bytes at %zu of a buffer", bytes, offset);
    *part = made;
    return DLB_OK;
}

void dlb_cl_release(struct dlb_context *context, void *buffer)
{
    (void)context;
    if (buffer != NULL)
        (void)clReleaseMemObject(buffer);
}
