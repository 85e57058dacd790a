/* opencl_launch.c: kernels, the commands of the queue, and the time that the device took for them.
 *
 * Every launch has an event; the context keeps the first and the last since the queue was last drained, whose profiling times span
 * what ran in between. The runtime owns the others. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backends/opencl/opencl_internal.h"
#include "bench/base/text.h"

/* What all kernels may assume of the compiler: OpenCL C 1.2 unless the op asks for more, and multiply-add in one step. */
#define STANDARD "-cl-std=CL1.2"
#define COMMON   "-cl-mad-enable"

enum dlb_status dlb_opencl_kernel(struct dlb_context *context, const char *label,
                                  const char *source, const char *options, const char *name,
                                  cl_kernel *kernel, struct dlb_why *why)
{
    struct dlb_text text = {0};
    cl_program program;
    dlb_text_format(&text, "%s%s" COMMON " %s", strstr(options, "-cl-std=") == NULL ? STANDARD : "",
                    strstr(options, "-cl-std=") == NULL ? " " : "", options);
    if (text.failed) {
        dlb_text_free(&text);
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the options of %s", label);
    }
    const enum dlb_status status =
        dlb_cl_build(&context->cl, label, source, text.data, &program, why);
    dlb_text_free(&text);
    if (status != DLB_OK)
        return status;
    cl_int code;
    const cl_kernel made = clCreateKernel(program, name, &code);
    if (code != CL_SUCCESS)
        return dlb_cl_fail(why, code, "%s: no kernel %s", label, name);
    *kernel = made;
    return DLB_OK;
}

static const char *kernel_name(cl_kernel kernel, char *name, size_t size)
{
    if (clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, size, name, NULL) != CL_SUCCESS)
        snprintf(name, size, "a kernel");
    return name;
}

enum dlb_status dlb_opencl_arguments(cl_kernel kernel, int count,
                                     const struct dlb_opencl_argument *arguments,
                                     struct dlb_why *why)
{
    for (int i = 0; i < count; i++) {
        const cl_int code =
            clSetKernelArg(kernel, (cl_uint)i, arguments[i].size, arguments[i].value);
        char name[64];
        if (code != CL_SUCCESS)
            return dlb_cl_fail(why, code, "argument %d of %s", i,
                               kernel_name(kernel, name, sizeof name));
    }
    return DLB_OK;
}

static void forget_events(struct dlb_context *context)
{
    if (context->first != NULL)
        (void)clReleaseEvent(context->first);
    if (context->last != NULL)
        (void)clReleaseEvent(context->last);
    context->first = context->last = NULL;
}

static void remember_event(struct dlb_context *context, cl_event event)
{
    if (context->drained) {
        forget_events(context);
        context->drained = false;
    }
    if (context->last != NULL)
        (void)clReleaseEvent(context->last);
    context->last = event;
    if (context->first == NULL && clRetainEvent(event) == CL_SUCCESS)
        context->first = event;
}

/* What was wanted and what the device has: the usual causes are a group that is too large, and local memory. */
static enum dlb_status fail_launch(const struct dlb_context *context, cl_kernel kernel,
                                   cl_uint dims, const size_t *local, cl_int code,
                                   struct dlb_why *why)
{
    const struct dlb_cl_device *const device = context->cl.device;
    char name[64];
    size_t items = 1, limit = 0;
    cl_ulong memory = 0;
    for (cl_uint i = 0; i < dims && local != NULL; i++)
        items *= local[i];
    (void)clGetKernelWorkGroupInfo(kernel, device->id, CL_KERNEL_WORK_GROUP_SIZE, sizeof limit,
                                   &limit, NULL);
    (void)clGetKernelWorkGroupInfo(kernel, device->id, CL_KERNEL_LOCAL_MEM_SIZE, sizeof memory,
                                   &memory, NULL);
    return dlb_cl_fail(why, code,
                       "launch of %s in groups of %zu work-items and %llu bytes of local memory "
                       "(the device has room for %zu and %llu)",
                       kernel_name(kernel, name, sizeof name), items, (unsigned long long)memory,
                       limit, (unsigned long long)device->local_mem_bytes);
}

enum dlb_status dlb_opencl_launch(struct dlb_context *context, cl_kernel kernel, cl_uint dims,
                                  const size_t *global, const size_t *local, struct dlb_why *why)
{
    cl_event event;
    for (cl_uint i = 0; i < dims; i++)
        if (global[i] == 0)
            return DLB_OK;
    const cl_int code = clEnqueueNDRangeKernel(context->cl.queue, kernel, dims, NULL, global, local,
                                               0, NULL, &event);
    if (code != CL_SUCCESS)
        return fail_launch(context, kernel, dims, local, code, why);
    remember_event(context, event);
    return DLB_OK;
}

/* From the start of the first command to the end of the last. */
static cl_int device_time(const struct dlb_context *context, double *ns)
{
    cl_ulong start = 0, end = 0;
    cl_int code = clGetEventProfilingInfo(context->first, CL_PROFILING_COMMAND_START, sizeof start,
                                          &start, NULL);
    if (code == CL_SUCCESS)
        code = clGetEventProfilingInfo(context->last, CL_PROFILING_COMMAND_END, sizeof end, &end,
                                       NULL);
    if (code == CL_SUCCESS)
        *ns = end > start ? (double)(end - start) : 0;
    return code;
}

enum dlb_status dlb_opencl_drain(struct dlb_context *context, double *ns, struct dlb_why *why)
{
    cl_int code = clFinish(context->cl.queue);
    cl_int outcome = CL_COMPLETE;
    context->drained = true;
    if (code != CL_SUCCESS)
        return dlb_cl_fail(why, code, "waiting for the queue");
    if (ns != NULL)
        *ns = 0;
    if (context->first == NULL || context->last == NULL)
        return DLB_OK;
    code = clGetEventInfo(context->last, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof outcome,
                          &outcome, NULL);
    if (code != CL_SUCCESS || outcome < 0)
        return dlb_cl_fail(why, code != CL_SUCCESS ? code : outcome, "a kernel failed on %s",
                           context->cl.device->name);
    if (ns != NULL)
        code = device_time(context, ns);
    return code == CL_SUCCESS ? DLB_OK : dlb_cl_fail(why, code, "the device tells no time");
}

/* Enough tries for the best to be free of interruptions: three, and more of what is short, while all of them stay below a few milliseconds. */
#define TRIES_MIN 3
#define TRIES_MAX 20
#define TRIES_NS  4e6

enum dlb_status dlb_opencl_time(struct dlb_context *context,
                                enum dlb_status (*launch)(void *self, struct dlb_why *why),
                                void *self, double *ns, struct dlb_why *why)
{
    double best = 0, sum = 0;
    enum dlb_status status = dlb_opencl_drain(context, NULL, why);
    if (status == DLB_OK)
        status = launch(self, why);
    if (status == DLB_OK)
        status = dlb_opencl_drain(context, NULL, why);
    for (int i = 0; i < TRIES_MAX && status == DLB_OK && (i < TRIES_MIN || sum < TRIES_NS); i++) {
        double time = 0;
        status = launch(self, why);
        if (status == DLB_OK)
            status = dlb_opencl_drain(context, &time, why);
        best = i == 0 || time < best ? time : best;
        sum += time;
    }
    if (status == DLB_OK)
        *ns = best;
    return status;
}

/* Notes are joined by "; ". */
static bool is_noted(const char *notes, const char *text)
{
    const size_t length = strlen(text);
    for (const char *at = strstr(notes, text); at != NULL; at = strstr(at + 1, text))
        if ((at == notes || at[-1] == ' ') && (at[length] == ';' || at[length] == '\0'))
            return true;
    return false;
}

static void append_note(char *notes, size_t size, const char *text)
{
    const size_t used = strlen(notes);
    if (!is_noted(notes, text))
        snprintf(notes + used, size - used, "%s%s", used > 0 ? "; " : "", text);
}

void dlb_opencl_note(struct dlb_context *context, const char *format, ...)
{
    char text[sizeof context->parameters];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    append_note(context->parameters, sizeof context->parameters, text);
}

void dlb_opencl_warn(struct dlb_context *context, const char *format, ...)
{
    char text[sizeof context->warnings];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    append_note(context->warnings, sizeof context->warnings, text);
}
