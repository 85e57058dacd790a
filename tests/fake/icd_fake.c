/* icd_fake.c: an OpenCL runtime that misbehaves on demand, for the tests of what stands on OpenCL.
 *
 * It is found through an .icd file that names it. It has one device (as accelerator two), keeps buffers in host memory and says yes to everything,
 * but never runs a kernel. DLB_FAKE_ICD says what else is wrong with it: one of the table below. Calls that neither the loader nor
 * dlbench makes have no entry in its table. */
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <CL/cl_ext.h>
#include <CL/cl_icd.h>

/* NOLINTBEGIN(misc-unused-parameters,readability-function-size,readability-redundant-declaration): OpenCL gives the signatures */

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The signatures are OpenCL's; a fake uses little of them. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

#define EXPORT __attribute__((visibility("default")))

/* Every handle is one of these; the loader wants the table first. */
struct object {
    const cl_icd_dispatch *dispatch;
    int references;
    char *bytes; /* of a buffer; a piece of one belongs to `parent` */
    struct object *parent;
};

enum behaviour {
    DO_IDLE,       /* kernels are accepted and never run: whatever the memory held is the answer */
    DO_NO_DEVICE,  /* a platform without a device, as a GPU's runtime without its GPU */
    DO_CRASH_LOAD, /* SIGSEGV while the library is loaded */
    DO_ABORT_LOAD, /* the same with abort() and a last word */
    DO_FAIL_BUILD, /* no program compiles; there is a log */
    DO_NO_MEMORY,  /* no buffer can be had */
    DO_NO_RESOURCES, /* kernels are refused at launch */
    DO_LOST,         /* the device is gone when one waits for it */
    DO_SMALL,        /* groups of four work-items, hardly any local memory */
    DO_BOARD,        /* an accelerator without a compiler, which takes only binaries made for it */
    DO_ACCELERATOR,  /* an accelerator with a compiler, and a CPU behind it */
    DO_PCI_KHR,      /* tells its place on the PCI bus by the standard's extension */
    DO_PCI_NV,       /* by NVIDIA's */
    DO_PCI_AMD,      /* by AMD's */
    DO_PCI_BROKEN,   /* has the extension and refuses the query */
    DO_COUNT
};

static const char *const behaviours[DO_COUNT] = {
    [DO_IDLE] = "idle",
    [DO_NO_DEVICE] = "no-device",
    [DO_CRASH_LOAD] = "crash-load",
    [DO_ABORT_LOAD] = "abort-load",
    [DO_FAIL_BUILD] = "fail-build",
    [DO_NO_MEMORY] = "no-memory",
    [DO_NO_RESOURCES] = "no-resources",
    [DO_LOST] = "lost",
    [DO_SMALL] = "small",
    [DO_BOARD] = "board",
    [DO_ACCELERATOR] = "accelerator",
    [DO_PCI_KHR] = "pci-khr",
    [DO_PCI_NV] = "pci-nv",
    [DO_PCI_AMD] = "pci-amd",
    [DO_PCI_BROKEN] = "pci-broken",
};

#define EIGHTY_DOTS                                                                                \
    "................................................................................"

/* Two errors, the second far behind the first. */
static const char build_log[] =
    "<source>:7:9: error: use of undeclared identifier 'undeclared'\n"
    "    undeclared = 1;\n"
    "<source>:8:9: error: a long one " EIGHTY_DOTS EIGHTY_DOTS EIGHTY_DOTS EIGHTY_DOTS EIGHTY_DOTS
    "\n"
    "<source>:9:9: error: expected ';'\n"
    "3 errors generated.\n";

static enum behaviour behaviour(void)
{
    const char *const name = getenv("DLB_FAKE_ICD");
    for (int i = 0; name != NULL && i < DO_COUNT; i++)
        if (strcmp(name, behaviours[i]) == 0)
            return (enum behaviour)i;
    return DO_IDLE;
}

__attribute__((constructor)) static void load(void)
{
    if (behaviour() == DO_CRASH_LOAD)
        raise(SIGSEGV);
    if (behaviour() == DO_ABORT_LOAD)
        abort();
}

/* ---- handles ---------------------------------------------------------------------------------------- */

static const cl_icd_dispatch dispatch;
static struct object platform = {.dispatch = &dispatch, .references = 1};
static struct object all_devices[] = {{.dispatch = &dispatch, .references = 1},
                                      {.dispatch = &dispatch, .references = 1}};

static struct object *make(cl_int *code)
{
    struct object *const object = calloc(1, sizeof *object);
    if (object != NULL) {
        object->dispatch = &dispatch;
        object->references = 1;
    }
    if (code != NULL)
        *code = object != NULL ? CL_SUCCESS : CL_OUT_OF_HOST_MEMORY;
    return object;
}

static cl_int retain(void *handle)
{
    ((struct object *)handle)->references++;
    return CL_SUCCESS;
}

static cl_int release(void *handle)
{
    struct object *const object = handle;
    if (--object->references > 0)
        return CL_SUCCESS;
    if (object->parent != NULL)
        release(object->parent);
    else
        free(object->bytes);
    free(object);
    return CL_SUCCESS;
}

/* The entries of the table for a type of handles. */
#define HANDLE(name, type)                                                                         \
    static CL_API_ENTRY cl_int CL_API_CALL retain_##name(type handle)                              \
    {                                                                                              \
        return retain(handle);                                                                     \
    }                                                                                              \
    static CL_API_ENTRY cl_int CL_API_CALL release_##name(type handle)                             \
    {                                                                                              \
        return release(handle);                                                                    \
    }
HANDLE(context, cl_context)
HANDLE(queue, cl_command_queue)
HANDLE(memory, cl_mem)
HANDLE(program, cl_program)
HANDLE(kernel, cl_kernel)
HANDLE(event, cl_event)

/* What an info call answers: up to `size` bytes, and how many there are. */
static cl_int answer(const void *from, size_t bytes, size_t size, void *value, size_t *wanted)
{
    if (wanted != NULL)
        *wanted = bytes;
    if (value == NULL)
        return CL_SUCCESS;
    if (size < bytes)
        return CL_INVALID_VALUE;
    memcpy(value, from, bytes);
    return CL_SUCCESS;
}

static cl_int answer_text(const char *text, size_t size, void *value, size_t *wanted)
{
    return answer(text, strlen(text) + 1, size, value, wanted);
}

/* ---- platform and device ---------------------------------------------------------------------------- */

static CL_API_ENTRY cl_int CL_API_CALL get_platforms(cl_uint entries, cl_platform_id *platforms,
                                                     cl_uint *count)
{
    if (count != NULL)
        *count = 1;
    if (platforms != NULL && entries > 0)
        platforms[0] = (cl_platform_id)&platform;
    return CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL get_platform_info(cl_platform_id id, cl_platform_info what,
                                                         size_t size, void *value, size_t *wanted)
{
    switch (what) {
    case CL_PLATFORM_PROFILE:
        return answer_text("FULL_PROFILE", size, value, wanted);
    case CL_PLATFORM_VERSION:
        return answer_text("OpenCL 1.2 fake", size, value, wanted);
    case CL_PLATFORM_NAME:
        return answer_text("Fake platform", size, value, wanted);
    case CL_PLATFORM_VENDOR:
        return answer_text("Nobody", size, value, wanted);
    case CL_PLATFORM_EXTENSIONS:
        return answer_text("cl_khr_icd", size, value, wanted);
    case CL_PLATFORM_ICD_SUFFIX_KHR:
        return answer_text("FAKE", size, value, wanted);
    default:
        return CL_INVALID_VALUE;
    }
}

static CL_API_ENTRY cl_int CL_API_CALL get_devices(cl_platform_id id, cl_device_type type,
                                                   cl_uint entries, cl_device_id *list,
                                                   cl_uint *count)
{
    const bool none = behaviour() == DO_NO_DEVICE;
    const cl_uint there = none ? 0 : behaviour() == DO_ACCELERATOR ? 2 : 1;
    if (count != NULL)
        *count = there;
    for (cl_uint i = 0; list != NULL && i < entries && i < there; i++)
        list[i] = (cl_device_id)&all_devices[i];
    return none ? CL_DEVICE_NOT_FOUND : CL_SUCCESS;
}

static const char *extensions(void)
{
    switch (behaviour()) {
    case DO_PCI_KHR:
    case DO_PCI_BROKEN:
        return "cl_khr_byte_addressable_store cl_khr_pci_bus_info";
    case DO_PCI_NV:
        return "cl_nv_device_attribute_query cl_khr_fp64";
    case DO_PCI_AMD:
        return "cl_amd_device_attribute_query";
    default:
        return "cl_khr_pci_bus_infos"; /* is another extension */
    }
}

/* Bus 3b, device 2, function 1: in the words of three extensions. */
static cl_int pci_answer(cl_device_info what, size_t size, void *value, size_t *wanted)
{
    const enum behaviour does = behaviour();
    const cl_device_pci_bus_info_khr place = {0x10000 - 1, 0x3b, 2, 1};
    const cl_uint bus = 0x3b, slot = 2 << 3 | 1;
    cl_device_topology_amd topology = {.pcie = {.type = CL_DEVICE_TOPOLOGY_TYPE_PCIE_AMD,
                                                .bus = (cl_char)0x9b,
                                                .device = 2,
                                                .function = 1}};
    if (does == DO_PCI_KHR && what == CL_DEVICE_PCI_BUS_INFO_KHR)
        return answer(&place, sizeof place, size, value, wanted);
    if (does == DO_PCI_NV && what == 0x4008)
        return answer(&bus, sizeof bus, size, value, wanted);
    if (does == DO_PCI_NV && what == 0x4009)
        return answer(&slot, sizeof slot, size, value, wanted);
    if (does == DO_PCI_AMD && what == CL_DEVICE_TOPOLOGY_AMD)
        return answer(&topology, sizeof topology, size, value, wanted);
    return CL_INVALID_VALUE;
}

static cl_int device_text(cl_device_info what, size_t size, void *value, size_t *wanted)
{
    switch (what) {
    case CL_DEVICE_NAME:
        return answer_text("Fake device", size, value, wanted);
    case CL_DEVICE_VENDOR:
        return answer_text("Nobody", size, value, wanted);
    case CL_DEVICE_VERSION:
        return answer_text("OpenCL 1.2 fake", size, value, wanted);
    case CL_DRIVER_VERSION:
        return answer_text("1.0", size, value, wanted);
    case CL_DEVICE_OPENCL_C_VERSION:
        return answer_text("OpenCL C 1.2 fake", size, value, wanted);
    case CL_DEVICE_EXTENSIONS:
        return answer_text(extensions(), size, value, wanted);
    default:
        return pci_answer(what, size, value, wanted);
    }
}

static CL_API_ENTRY cl_int CL_API_CALL get_device_info(cl_device_id id, cl_device_info what,
                                                       size_t size, void *value, size_t *wanted)
{
    const bool is_board = behaviour() == DO_BOARD, is_small = behaviour() == DO_SMALL;
    const bool is_first = id == (cl_device_id)&all_devices[0];
    const cl_device_type type = is_board || (behaviour() == DO_ACCELERATOR && is_first)
                                    ? CL_DEVICE_TYPE_ACCELERATOR
                                    : CL_DEVICE_TYPE_CPU;
    const cl_bool no = CL_FALSE, yes = CL_TRUE;
    const cl_uint one = 1, align_bits = 1024, dimensions = 3, width = 4, mhz = 1000;
    const size_t group = is_small ? 4 : 256, items[3] = {group, group, group}, resolution = 1;
    const cl_ulong local = is_small ? 64 : 32768, global = UINT64_C(1) << 32,
                   largest = UINT64_C(1) << 30;
    const cl_device_local_mem_type kind = CL_GLOBAL;
    const cl_platform_id platform_id = (cl_platform_id)&platform;
    const struct {
        cl_device_info what;
        size_t bytes;
        const void *value;
    } facts[] = {
        {CL_DEVICE_TYPE, sizeof type, &type},
        {CL_DEVICE_PLATFORM, sizeof(cl_platform_id), &platform_id},
        {CL_DEVICE_MAX_COMPUTE_UNITS, sizeof one, &one},
        {CL_DEVICE_MEM_BASE_ADDR_ALIGN, sizeof align_bits, &align_bits},
        {CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT, sizeof width, &width},
        {CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, sizeof width, &width},
        {CL_DEVICE_MAX_CLOCK_FREQUENCY, sizeof mhz, &mhz},
        {CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof group, &group},
        {CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS, sizeof dimensions, &dimensions},
        {CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof items, items},
        {CL_DEVICE_PROFILING_TIMER_RESOLUTION, sizeof resolution, &resolution},
        {CL_DEVICE_LOCAL_MEM_SIZE, sizeof local, &local},
        {CL_DEVICE_LOCAL_MEM_TYPE, sizeof kind, &kind},
        {CL_DEVICE_GLOBAL_MEM_SIZE, sizeof global, &global},
        {CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof largest, &largest},
        {CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof yes, &yes},
        {CL_DEVICE_AVAILABLE, sizeof yes, &yes},
        {CL_DEVICE_COMPILER_AVAILABLE, sizeof no, is_board ? &no : &yes},
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        if (facts[i].what == what)
            return answer(facts[i].value, facts[i].bytes, size, value, wanted);
    return device_text(what, size, value, wanted);
}

/* ---- contexts, queues, memory ----------------------------------------------------------------------- */

static CL_API_ENTRY cl_context CL_API_CALL create_context(
    const cl_context_properties *properties, cl_uint count, const cl_device_id *devices,
    void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *), void *user, cl_int *code)
{
    return (cl_context)make(code);
}

static CL_API_ENTRY cl_command_queue CL_API_CALL create_queue(
    cl_context context, cl_device_id id, cl_command_queue_properties properties, cl_int *code)
{
    return (cl_command_queue)make(code);
}

static CL_API_ENTRY cl_mem CL_API_CALL create_buffer(cl_context context, cl_mem_flags flags,
                                                     size_t size, void *host, cl_int *code)
{
    if (behaviour() == DO_NO_MEMORY) {
        *code = CL_MEM_OBJECT_ALLOCATION_FAILURE;
        return NULL;
    }
    struct object *const buffer = make(code);
    if (buffer == NULL)
        return NULL;
    /* A host pointer is only copied: what the caller writes there later is not seen, as with memory of a card. */
    buffer->bytes = calloc(1, size);
    if (buffer->bytes == NULL) {
        free(buffer);
        *code = CL_MEM_OBJECT_ALLOCATION_FAILURE;
        return NULL;
    }
    if (host != NULL && (flags & (CL_MEM_COPY_HOST_PTR | CL_MEM_USE_HOST_PTR)) != 0)
        memcpy(buffer->bytes, host, size);
    return (cl_mem)buffer;
}

static CL_API_ENTRY cl_mem CL_API_CALL create_sub_buffer(cl_mem whole, cl_mem_flags flags,
                                                         cl_buffer_create_type type,
                                                         const void *region, cl_int *code)
{
    struct object *const buffer = make(code);
    if (buffer == NULL)
        return NULL;
    buffer->parent = (struct object *)whole;
    buffer->bytes = buffer->parent->bytes + ((const cl_buffer_region *)region)->origin;
    retain(whole);
    return (cl_mem)buffer;
}

/* ---- programs and kernels --------------------------------------------------------------------------- */

static CL_API_ENTRY cl_program CL_API_CALL create_program(cl_context context, cl_uint count,
                                                          const char **texts, const size_t *lengths,
                                                          cl_int *code)
{
    return (cl_program)make(code);
}

static CL_API_ENTRY cl_program CL_API_CALL create_program_with_binary(
    cl_context context, cl_uint count, const cl_device_id *devices, const size_t *lengths,
    const unsigned char **binaries, cl_int *refused, cl_int *code)
{
    if (refused != NULL)
        *refused = CL_INVALID_BINARY;
    *code = CL_INVALID_BINARY;
    return NULL;
}

static CL_API_ENTRY cl_int CL_API_CALL build_program(cl_program program, cl_uint count,
                                                     const cl_device_id *devices,
                                                     const char *options,
                                                     void(CL_CALLBACK *notify)(cl_program, void *),
                                                     void *user)
{
    switch (behaviour()) {
    case DO_FAIL_BUILD:
        return CL_BUILD_PROGRAM_FAILURE;
    case DO_BOARD:
        return CL_COMPILER_NOT_AVAILABLE;
    default:
        return CL_SUCCESS;
    }
}

static CL_API_ENTRY cl_int CL_API_CALL get_build_info(cl_program program, cl_device_id id,
                                                      cl_program_build_info what, size_t size,
                                                      void *value, size_t *wanted)
{
    return what == CL_PROGRAM_BUILD_LOG ? answer_text(build_log, size, value, wanted)
                                        : CL_INVALID_VALUE;
}

/* It gives no binaries. */
static CL_API_ENTRY cl_int CL_API_CALL get_program_info(cl_program program, cl_program_info what,
                                                        size_t size, void *value, size_t *wanted)
{
    const size_t none = 0;
    return what == CL_PROGRAM_BINARY_SIZES ? answer(&none, sizeof none, size, value, wanted)
                                           : CL_INVALID_VALUE;
}

static CL_API_ENTRY cl_kernel CL_API_CALL create_kernel(cl_program program, const char *name,
                                                        cl_int *code)
{
    return (cl_kernel)make(code);
}

static CL_API_ENTRY cl_int CL_API_CALL set_argument(cl_kernel kernel, cl_uint index, size_t size,
                                                    const void *value)
{
    return CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL get_group_info(cl_kernel kernel, cl_device_id id,
                                                      cl_kernel_work_group_info what, size_t size,
                                                      void *value, size_t *wanted)
{
    const size_t group = 256, multiple = 1;
    const cl_ulong bytes = 0;
    switch (what) {
    case CL_KERNEL_WORK_GROUP_SIZE:
        return answer(&group, sizeof group, size, value, wanted);
    case CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE:
        return answer(&multiple, sizeof multiple, size, value, wanted);
    case CL_KERNEL_LOCAL_MEM_SIZE:
    case CL_KERNEL_PRIVATE_MEM_SIZE:
        return answer(&bytes, sizeof bytes, size, value, wanted);
    default:
        return CL_INVALID_VALUE;
    }
}

static CL_API_ENTRY cl_int CL_API_CALL get_kernel_info(cl_kernel kernel, cl_kernel_info what,
                                                       size_t size, void *value, size_t *wanted)
{
    return what == CL_KERNEL_FUNCTION_NAME ? answer_text("fake_kernel", size, value, wanted)
                                           : CL_INVALID_VALUE;
}

/* ---- commands --------------------------------------------------------------------------------------- */

static bool launched; /* a kernel: what a lost device dies of */

static cl_int finish_command(cl_event *event)
{
    cl_int code = CL_SUCCESS;
    if (event != NULL)
        *event = (cl_event)make(&code);
    return code;
}

static CL_API_ENTRY cl_int CL_API_CALL launch(cl_command_queue queue, cl_kernel kernel,
                                              cl_uint dims, const size_t *offset,
                                              const size_t *global, const size_t *local,
                                              cl_uint waits, const cl_event *events,
                                              cl_event *event)
{
    launched = true;
    return behaviour() == DO_NO_RESOURCES ? CL_OUT_OF_RESOURCES : finish_command(event);
}

static CL_API_ENTRY cl_int CL_API_CALL read_buffer(cl_command_queue queue, cl_mem buffer,
                                                   cl_bool blocking, size_t offset, size_t size,
                                                   void *host, cl_uint waits,
                                                   const cl_event *events, cl_event *event)
{
    memcpy(host, ((struct object *)buffer)->bytes + offset, size);
    return finish_command(event);
}

static CL_API_ENTRY cl_int CL_API_CALL write_buffer(cl_command_queue queue, cl_mem buffer,
                                                    cl_bool blocking, size_t offset, size_t size,
                                                    const void *host, cl_uint waits,
                                                    const cl_event *events, cl_event *event)
{
    memcpy(((struct object *)buffer)->bytes + offset, host, size);
    return finish_command(event);
}

static CL_API_ENTRY cl_int CL_API_CALL fill_buffer(cl_command_queue queue, cl_mem buffer,
                                                   const void *pattern, size_t pattern_size,
                                                   size_t offset, size_t size, cl_uint waits,
                                                   const cl_event *events, cl_event *event)
{
    char *const bytes = ((struct object *)buffer)->bytes + offset;
    for (size_t at = 0; at + pattern_size <= size; at += pattern_size)
        memcpy(bytes + at, pattern, pattern_size);
    return finish_command(event);
}

static CL_API_ENTRY void *CL_API_CALL map_buffer(cl_command_queue queue, cl_mem buffer,
                                                 cl_bool blocking, cl_map_flags flags,
                                                 size_t offset, size_t size, cl_uint waits,
                                                 const cl_event *events, cl_event *event,
                                                 cl_int *code)
{
    const cl_int done = finish_command(event);
    if (code != NULL)
        *code = done;
    return ((struct object *)buffer)->bytes + offset;
}

static CL_API_ENTRY cl_int CL_API_CALL unmap(cl_command_queue queue, cl_mem memory, void *address,
                                             cl_uint waits, const cl_event *events, cl_event *event)
{
    return finish_command(event);
}

static CL_API_ENTRY cl_int CL_API_CALL mark(cl_command_queue queue, cl_uint waits,
                                            const cl_event *events, cl_event *event)
{
    return finish_command(event);
}

static CL_API_ENTRY cl_int CL_API_CALL flush(cl_command_queue queue)
{
    return CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL finish(cl_command_queue queue)
{
    return behaviour() == DO_LOST && launched ? CL_DEVICE_NOT_AVAILABLE : CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL wait_for_events(cl_uint count, const cl_event *events)
{
    return behaviour() == DO_LOST && launched ? CL_DEVICE_NOT_AVAILABLE : CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL get_event_info(cl_event event, cl_event_info what,
                                                      size_t size, void *value, size_t *wanted)
{
    const cl_int done = CL_COMPLETE;
    return what == CL_EVENT_COMMAND_EXECUTION_STATUS
               ? answer(&done, sizeof done, size, value, wanted)
               : CL_INVALID_VALUE;
}

/* Each command takes a microsecond of a clock that only questions advance. */
static CL_API_ENTRY cl_int CL_API_CALL get_profiling_info(cl_event event, cl_profiling_info what,
                                                          size_t size, void *value, size_t *wanted)
{
    static cl_ulong clock_ns;
    clock_ns += 1000;
    return answer(&clock_ns, sizeof clock_ns, size, value, wanted);
}

/* ---- the table -------------------------------------------------------------------------------------- */

EXPORT void *clGetExtensionFunctionAddress(const char *name);

static const cl_icd_dispatch dispatch = {
    .clGetPlatformIDs = get_platforms,
    .clGetPlatformInfo = get_platform_info,
    .clGetDeviceIDs = get_devices,
    .clGetDeviceInfo = get_device_info,
    .clCreateContext = create_context,
    .clRetainContext = retain_context,
    .clReleaseContext = release_context,
    .clCreateCommandQueue = create_queue,
    .clRetainCommandQueue = retain_queue,
    .clReleaseCommandQueue = release_queue,
    .clCreateBuffer = create_buffer,
    .clCreateSubBuffer = create_sub_buffer,
    .clRetainMemObject = retain_memory,
    .clReleaseMemObject = release_memory,
    .clCreateProgramWithSource = create_program,
    .clCreateProgramWithBinary = create_program_with_binary,
    .clRetainProgram = retain_program,
    .clReleaseProgram = release_program,
    .clBuildProgram = build_program,
    .clGetProgramInfo = get_program_info,
    .clGetProgramBuildInfo = get_build_info,
    .clCreateKernel = create_kernel,
    .clRetainKernel = retain_kernel,
    .clReleaseKernel = release_kernel,
    .clSetKernelArg = set_argument,
    .clGetKernelInfo = get_kernel_info,
    .clGetKernelWorkGroupInfo = get_group_info,
    .clWaitForEvents = wait_for_events,
    .clGetEventInfo = get_event_info,
    .clRetainEvent = retain_event,
    .clReleaseEvent = release_event,
    .clGetEventProfilingInfo = get_profiling_info,
    .clFlush = flush,
    .clFinish = finish,
    .clEnqueueReadBuffer = read_buffer,
    .clEnqueueWriteBuffer = write_buffer,
    .clEnqueueFillBuffer = fill_buffer,
    .clEnqueueMapBuffer = map_buffer,
    .clEnqueueUnmapMemObject = unmap,
    .clEnqueueNDRangeKernel = launch,
    .clEnqueueMarkerWithWaitList = mark,
    .clGetExtensionFunctionAddress = clGetExtensionFunctionAddress,
};

/* The two that loaders ask for by name; functions become addresses through memory, as ISO C has no cast for it. */
void *clGetExtensionFunctionAddress(const char *name)
{
    cl_int (*const platforms)(cl_uint, cl_platform_id *, cl_uint *) = get_platforms;
    cl_int (*const info)(cl_platform_id, cl_platform_info, size_t, void *, size_t *) =
        get_platform_info;
    void *address = NULL;
    if (strcmp(name, "clIcdGetPlatformIDsKHR") == 0)
        memcpy(&address, &platforms, sizeof address);
    else if (strcmp(name, "clGetPlatformInfo") == 0)
        memcpy(&address, &info, sizeof address);
    return address;
}

/* NOLINTEND(misc-unused-parameters,readability-function-size,readability-redundant-declaration) */
