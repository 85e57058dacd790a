/* cl.h: OpenCL as the opencl and fpga backends use it: devices of every ICD, programs with a cache of binaries, errors in words.
 *
 * Nothing here knows an op. Linked into the plugins that need it, against the system's ICD loader. OpenCL 1.2 is enough; what
 * newer versions offer is asked for by extension. */
#ifndef DLB_CL_H
#define DLB_CL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>

#include "backends/backend.h"
#include "backends/cl/cl_cache.h"

/* ---- devices (cl_device.c) ------------------------------------------------------------------------ */

#define DLB_CL_MAX_DEVICES 64

/* A device of some ICD, and the facts that decide what kernels it can run. */
struct dlb_cl_device {
    cl_device_id id;
    cl_device_type type;
    char name[96], vendor[64], platform_name[96], version[96], driver[64];
    char pci_id[16]; /* "0000:3b:00.0"; "" where the runtime does not tell */
    cl_uint compute_units, base_align_bytes;
    cl_uint vector_float; /* f32 lanes of a register, or of what it prefers where that is more */
    size_t max_work_group, max_work_item[3];
    cl_ulong local_mem_bytes, global_mem_bytes, max_alloc_bytes;
    bool local_mem_dedicated; /* CL_LOCAL: on chip, not a piece of global memory */
    bool compiler, unified_memory;
    bool fp16, dot_product;     /* cl_khr_fp16, cl_khr_integer_dot_product */
    bool intel_channels, pipes; /* cl_intel_channels; pipes of OpenCL 2.0 and later */
    bool fpga_emulation;        /* Intel's FPGA emulation platform: function only, no time */
};

/* Where to look for devices. */
struct dlb_cl_search {
    int threads; /* that the known CPU runtimes may use (POCL_MAX_PTHREAD_COUNT, CL_CONFIG_CPU_TBB_NUM_WORKERS, DPCPP_CPU_NUM_CUS, where unset) */
    const char *
        vendors; /* a folder of .icd files beside those that the loader reads by itself; "": `extra` */
    const char *option; /* the name of the option `vendors`, for messages */
    const char *
        extra; /* a folder beside the plugin, looked at where OCL_ICD_VENDORS is unset (as scripts/setup --with leaves it); "" for none */
};

/* All devices of all ICDs, the loader's first, in its order. DLB_INVALID: `vendors` holds no .icd file. DLB_UNAVAILABLE: no ICD, or ICDs without a
 * device: the reason says which and what to install. Idempotent: later calls answer the same list. */
enum dlb_status dlb_cl_devices(const struct dlb_cl_search *search,
                               const struct dlb_cl_device **devices, int *count,
                               struct dlb_why *why);

/* Can kernels be built for it, and its times be believed? The opencl backend's devices are those that do, numbered in their order. */
bool dlb_cl_compiles(const struct dlb_cl_device *device);

/* Fills name, vendor, runtime, driver, pci_id, kind (cpu, gpu; others asic), mem_bytes, clock_max_hz, remote_memory. */
void dlb_cl_describe(const struct dlb_cl_device *device, struct dlb_device_info *info);

/* "PoCL 3.1, OpenCL 3.0 on ocl-icd 2.3.1" behind the words `before`; the loader is left out where there is no room for it. */
void dlb_cl_runtime(const struct dlb_cl_device *device, const char *before, char *text,
                    size_t size);

/* ---- errors (cl_error.c) -------------------------------------------------------------------------- */

const char *dlb_cl_error_name(cl_int code); /* "CL_OUT_OF_RESOURCES"; never NULL */

/* "WHAT: CL_NAME (code)". Out of memory and resources are DLB_NO_MEMORY, a lost device DLB_UNAVAILABLE, else DLB_FAILED. */
enum dlb_status dlb_cl_fail(struct dlb_why *why, cl_int code, const char *what, ...)
    DLB_PRINTF(3, 4);

/* ---- programs (cl_program.c) ---------------------------------------------------------------------- */

/* One device with its queue (in order, profiling on), its built programs and what building took. */
struct dlb_cl {
    const struct dlb_cl_device *device;
    cl_context context;
    cl_command_queue queue;
    struct dlb_cl_cache *cache;      /* may be NULL: no binaries are kept */
    struct dlb_cl_program *programs; /* built in this process, by key */
    bool
        searching; /* programs are asked for as candidates: kept only when asked for again outside of the search */
    double build_ns;   /* spent in building since the caller last zeroed it */
    int built, loaded; /* programs built from source, and from a cached binary, likewise */
};

enum dlb_status dlb_cl_open(struct dlb_cl *cl, const struct dlb_cl_device *device,
                            struct dlb_cl_cache *cache, struct dlb_why *why);
void dlb_cl_close(struct dlb_cl *cl);

/* The program of `source` (NUL-terminated; `label` names it in messages) built with `options`: from this process, else from a cached
 * binary of the same device, driver, source and options, else from source, and then kept. The program belongs to `cl`. A build failure is DLB_FAILED
 * with the errors of the log in `why`. A cached binary that the driver refuses is built anew and replaced. */
enum dlb_status dlb_cl_build(struct dlb_cl *cl, const char *label, const char *source,
                             const char *options, cl_program *program, struct dlb_why *why);

/* A binary that somebody else made (.aocx, .xclbin): DLB_INVALID when it is not for this device. */
enum dlb_status dlb_cl_load_binary(struct dlb_cl *cl, const char *path, cl_program *program,
                                   struct dlb_why *why);

/* Keeps the binaries of programs built since the last call, now that their kernels have run: some runtimes (PoCL) finish compiling at the
 * first launch, and only then is the binary whole. Call at the end of prepare, after a first launch. */
void dlb_cl_keep_binaries(struct dlb_cl *cl);

/* ---- memory (cl_memory.c) ------------------------------------------------------------------------- */

/* A cl_mem of zeros, its pages there. DLB_NO_MEMORY when it is larger than the device gives, or memory is out. */
enum dlb_status dlb_cl_buffer(const struct dlb_cl *cl, cl_mem_flags flags, size_t bytes,
                              void **buffer, struct dlb_why *why);

/* `part`, `release` and `release_part` of struct dlb_opwise_memory: a piece of a buffer, at a multiple of the device's base_align_bytes; and
 * the end of either (NULL is legal). The context is whose it may be. */
enum dlb_status dlb_cl_part(struct dlb_context *context, void *buffer, size_t offset, size_t bytes,
                            void **part, struct dlb_why *why);
void dlb_cl_release(struct dlb_context *context, void *buffer);

#endif
