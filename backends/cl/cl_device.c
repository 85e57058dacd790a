/* cl_device.c: every device of every ICD, with the facts that decide what it can run.
 *
 * The list is made once in a process: the loader reads its .icd files at the first call and never again. cl_icd.c adds what it does not see. */
/* clGetExtensionFunctionAddress asks the loader; what came after it asks a platform. */
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS
#include "backends/cl/cl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/cl/cl_icd.h"
#include "backends/cl/cl_pci.h"
#include "backends/opwise_host.h"
#include "bench/base/text.h"

#define MAX_PLATFORMS    32
#define EXTENSIONS_BYTES 16384

/* The loaded API table, as it were: filled once. */
static struct dlb_cl_device found[DLB_CL_MAX_DEVICES];
static int found_count;

static void text_of(cl_device_id id, cl_device_info what, char *text, size_t size)
{
    char whole[4096] = "";
    if (clGetDeviceInfo(id, what, sizeof whole - 1, whole, NULL) != CL_SUCCESS)
        whole[0] = '\0';
    const char *begin = whole + strspn(whole, " ");
    snprintf(text, size, "%s", begin);
    for (size_t length = strlen(text); length > 0 && text[length - 1] == ' '; length--)
        text[length - 1] = '\0';
}

/* Pipes are part of 2.x and an option of 3.0, asked for by CL_DEVICE_PIPE_SUPPORT (0x1071, OpenCL 3.0, table "Device queries"). */
static bool has_pipes(cl_device_id id, const char *version)
{
    int major = 0, minor = 0;
    cl_bool supported = CL_FALSE;
    if (sscanf(version, "OpenCL %d.%d", &major, &minor) != 2 || major < 2)
        return false;
    if (major == 2)
        return true;
    return clGetDeviceInfo(id, 0x1071, sizeof supported, &supported, NULL) == CL_SUCCESS &&
           supported == CL_TRUE;
}

static void read_limits(struct dlb_cl_device *device)
{
    const cl_device_id id = device->id;
    cl_uint align_bits = 0, dimensions = 0, preferred = 0, native = 0;
    cl_device_local_mem_type local = CL_GLOBAL;
    cl_bool compiler = CL_FALSE, unified = CL_FALSE;
    size_t items[16] = {0}; /* of as many dimensions as any device had so far; 3 are promised */
    const struct {
        cl_device_info what;
        size_t size;
        void *value;
    } queries[] = {
        {CL_DEVICE_TYPE, sizeof device->type, &device->type},
        {CL_DEVICE_MAX_COMPUTE_UNITS, sizeof device->compute_units, &device->compute_units},
        {CL_DEVICE_MEM_BASE_ADDR_ALIGN, sizeof align_bits, &align_bits},
        {CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT, sizeof preferred, &preferred},
        {CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, sizeof native, &native},
        {CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof device->max_work_group, &device->max_work_group},
        {CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS, sizeof dimensions, &dimensions},
        {CL_DEVICE_LOCAL_MEM_SIZE, sizeof device->local_mem_bytes, &device->local_mem_bytes},
        {CL_DEVICE_LOCAL_MEM_TYPE, sizeof local, &local},
        {CL_DEVICE_GLOBAL_MEM_SIZE, sizeof device->global_mem_bytes, &device->global_mem_bytes},
        {CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof device->max_alloc_bytes, &device->max_alloc_bytes},
        {CL_DEVICE_COMPILER_AVAILABLE, sizeof compiler, &compiler},
        {CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof unified, &unified},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(queries); i++)
        (void)clGetDeviceInfo(id, queries[i].what, queries[i].size, queries[i].value, NULL);
    if (dimensions >= 3 && dimensions <= DLB_ARRAY_COUNT(items) &&
        clGetDeviceInfo(id, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof items, items, NULL) == CL_SUCCESS)
        memcpy(device->max_work_item, items, sizeof device->max_work_item);
    device->base_align_bytes = align_bits / 8;
    /* A runtime whose compiler makes vectors of work-items prefers 1. */
    device->vector_float = native > preferred ? native : preferred;
    device->local_mem_dedicated = local == CL_LOCAL;
    device->compiler = compiler == CL_TRUE;
    device->unified_memory = unified == CL_TRUE;
}

static void read_device(cl_platform_id platform, cl_device_id id, struct dlb_cl_device *device)
{
    char extensions[EXTENSIONS_BYTES] = "";
    memset(device, 0, sizeof *device);
    device->id = id;
    text_of(id, CL_DEVICE_NAME, device->name, sizeof device->name);
    text_of(id, CL_DEVICE_VENDOR, device->vendor, sizeof device->vendor);
    text_of(id, CL_DEVICE_VERSION, device->version, sizeof device->version);
    text_of(id, CL_DRIVER_VERSION, device->driver, sizeof device->driver);
    (void)clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof device->platform_name - 1,
                            device->platform_name, NULL);
    (void)clGetDeviceInfo(id, CL_DEVICE_EXTENSIONS, sizeof extensions - 1, extensions, NULL);
    dlb_cl_pci_read(id, extensions, device->pci_id, sizeof device->pci_id);
    device->fp16 = dlb_cl_has_word(extensions, "cl_khr_fp16");
    device->dot_product = dlb_cl_has_word(extensions, "cl_khr_integer_dot_product");
    device->intel_channels = dlb_cl_has_word(extensions, "cl_intel_channels");
    device->pipes = has_pipes(id, device->version);
    device->fpga_emulation = strstr(device->platform_name, "FPGA Emulation") != NULL;
    read_limits(device);
}

/* A platform is listed twice when two .icd files name it. */
static bool is_known(cl_device_id id)
{
    for (int i = 0; i < found_count; i++)
        if (found[i].id == id)
            return true;
    return false;
}

static void read_platform(cl_platform_id platform)
{
    cl_device_id ids[DLB_CL_MAX_DEVICES];
    cl_uint count = 0;
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, DLB_CL_MAX_DEVICES, ids, &count) != CL_SUCCESS)
        return; /* CL_DEVICE_NOT_FOUND: a runtime without its hardware */
    for (cl_uint i = 0; i < count && i < DLB_CL_MAX_DEVICES; i++)
        if (found_count < DLB_CL_MAX_DEVICES && !is_known(ids[i]))
            read_device(platform, ids[i], &found[found_count++]);
}

/* CPU runtimes start their threads at the first call; what the user has set stands. */
static void limit_threads(int threads)
{
    char text[16];
    snprintf(text, sizeof text, "%d", threads);
    (void)setenv("POCL_MAX_PTHREAD_COUNT", text, 0);
    (void)setenv("CL_CONFIG_CPU_TBB_NUM_WORKERS", text, 0);
    (void)setenv("DPCPP_CPU_NUM_CUS", text, 0);
}

static void read_platforms(const struct dlb_cl_icd_folders *folders)
{
    cl_platform_id platforms[MAX_PLATFORMS];
    cl_uint count = 0;
    if (clGetPlatformIDs(MAX_PLATFORMS, platforms, &count) != CL_SUCCESS)
        count = 0; /* -1001 of a loader without platforms */
    count = count < MAX_PLATFORMS ? count : MAX_PLATFORMS;
    /* What was added comes last, so that it does not change the numbers of the system's devices. */
    count += dlb_cl_icd_platforms(folders, platforms + count, MAX_PLATFORMS - count);
    for (cl_uint i = 0; i < count; i++)
        read_platform(platforms[i]);
}

enum dlb_status dlb_cl_devices(const struct dlb_cl_search *search,
                               const struct dlb_cl_device **devices, int *count,
                               struct dlb_why *why)
{
    if (found_count == 0) {
        struct dlb_cl_icd_folders folders;
        limit_threads(search->threads);
        const enum dlb_status status = dlb_cl_icd_find(search, &folders, why);
        if (status != DLB_OK)
            return status;
        read_platforms(&folders);
        if (found_count == 0) {
            dlb_cl_icd_explain(&folders, why);
            return DLB_UNAVAILABLE;
        }
    }
    *devices = found;
    *count = found_count;
    return DLB_OK;
}

/* " on ocl-icd 2.3.1". The query is an extension function of both known loaders (cl_loader_info); 2 is the version, 3 the name. */
static void name_loader(char *text, size_t size)
{
    typedef cl_int (*query_fn)(cl_uint what, size_t size, void *value, size_t *needed);
    void *const address = clGetExtensionFunctionAddress("clGetICDLoaderInfoOCLICD");
    char version[24] = "", name[24] = "";
    query_fn query;
    text[0] = '\0';
    memcpy(&query, &address, sizeof query); /* ISO C has no cast from void * to function */
    if (query != NULL && query(3, sizeof name - 1, name, NULL) == CL_SUCCESS &&
        query(2, sizeof version - 1, version, NULL) == CL_SUCCESS)
        snprintf(text, size, " on %s %s", name, version);
}

void dlb_cl_runtime(const struct dlb_cl_device *device, const char *before, char *text, size_t size)
{
    const bool pocl = strcmp(device->platform_name, "Portable Computing Language") == 0;
    char loader[56];
    char standard[16] = "";
    char whole[384];
    (void)sscanf(device->version, "%*s %15s", standard);
    name_loader(loader, sizeof loader);
    const size_t length =
        (size_t)snprintf(whole, sizeof whole, "%s%s %s, OpenCL %s", before,
                         pocl ? "PoCL" : device->platform_name, device->driver, standard);
    if (length + strlen(loader) < size)
        snprintf(whole + length, sizeof whole - length, "%s", loader);
    (void)dlb_text_shorten(text, size, whole);
}

bool dlb_cl_compiles(const struct dlb_cl_device *device)
{
    return device->compiler && !device->fpga_emulation;
}

static enum dlb_device_kind kind_of(const struct dlb_cl_device *device)
{
    if (device->type & CL_DEVICE_TYPE_CPU)
        return DLB_KIND_CPU;
    return device->type & CL_DEVICE_TYPE_GPU ? DLB_KIND_GPU : DLB_KIND_ASIC;
}

void dlb_cl_describe(const struct dlb_cl_device *device, struct dlb_device_info *info)
{
    cl_uint clock_mhz = 0;
    cl_ulong cache_bytes = 0;
    info->kind = kind_of(device);
    (void)clGetDeviceInfo(device->id, CL_DEVICE_MAX_CLOCK_FREQUENCY, sizeof clock_mhz, &clock_mhz,
                          NULL);
    (void)clGetDeviceInfo(device->id, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, sizeof cache_bytes,
                          &cache_bytes, NULL);
    if (info->kind == DLB_KIND_CPU) {
        dlb_opwise_host(
            info); /* one processor has one name behind all backends: "pthread-" is PoCL's */
    } else {
        snprintf(info->vendor, sizeof info->vendor, "%.31s", device->vendor);
        info->clock_max_hz = 1e6 * clock_mhz;
        info->llc_bytes = (int64_t)cache_bytes;
        info->max_threads = 1;
    }
    if (info->name[0] == '\0')
        snprintf(info->name, sizeof info->name, "%s", device->name);
    info->mem_bytes = (int64_t)device->global_mem_bytes;
    info->remote_memory = !device->unified_memory;
    snprintf(info->driver, sizeof info->driver, "%s", device->driver);
    snprintf(info->pci_id, sizeof info->pci_id, "%s", device->pci_id);
    dlb_cl_runtime(device, "", info->runtime, sizeof info->runtime);
}
