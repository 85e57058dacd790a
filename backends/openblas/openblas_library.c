/* openblas_library.c: finds and loads a CBLAS at run time.
 *
 * Nothing is linked at build time, so one plugin serves OpenBLAS, MKL and BLIS. The OpenMP flavour of OpenBLAS is tried first:
 * it shares the one OpenMP runtime of the process and, called from inside a team, stays on its thread. */
#include "backends/openblas/openblas_internal.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_NAME "libopenblas.so.0"

/* Numbers of MKL's run-time interface (mkl_service.h): 32-bit integers, GNU OpenMP. */
#define MKL_INTERFACE_LP64 0
#define MKL_THREADING_GNU  3

/* openblas_get_parallel (OpenBLAS cblas.h): 0 sequential, 1 own threads, 2 OpenMP. */
#define OPENBLAS_PARALLEL_OPENMP 2

/* POSIX gives functions through void *; this is its documented way to read one. */
static bool find(void *handle, const char *name, void *function)
{
    void *symbol = dlsym(handle, name);
    if (symbol)
        memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

/* Debian and Ubuntu keep the flavours in folders beside the C library: <its folder>/openblas-openmp/. */
static void *open_beside_libc(char *path, size_t size)
{
    Dl_info info;
    void *function = dlsym(RTLD_DEFAULT, "printf");
    if (!function || !dladdr(function, &info) || !info.dli_fname)
        return NULL;
    const char *slash = strrchr(info.dli_fname, '/');
    if (!slash)
        return NULL;
    snprintf(path, size, "%.*s/openblas-openmp/" DEFAULT_NAME, (int)(slash - info.dli_fname),
             info.dli_fname);
    return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

static void *open_default(void)
{
    char path[512];
    void *handle = NULL;
#ifdef DLB_OPENBLAS_DIR
    handle = dlopen(DLB_OPENBLAS_DIR "/" DEFAULT_NAME, RTLD_NOW | RTLD_LOCAL);
#endif
    if (!handle)
        handle = open_beside_libc(path, sizeof path);
    if (!handle)
        handle = dlopen(DEFAULT_NAME, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        handle = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
    return handle;
}

/* The version is the second word of "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ... SkylakeX MAX_THREADS=64". */
static enum dlb_status describe_openblas(struct dlb_cblas *cblas, struct dlb_why *why)
{
    char *(*get_config)(void);
    char *(*get_core)(void);
    int (*get_parallel)(void);
    if (!find(cblas->handle, "openblas_get_config", &get_config))
        return DLB_UNSUPPORTED;
    const char *config = get_config();
    if (strstr(config, "USE64BITINT"))
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "%s is an OpenBLAS with 64-bit integers; wanted one with 32-bit integers "
                        "(--opt openblas.library=PATH)",
                        cblas->path);
    char version[32] = "";
    sscanf(config, "OpenBLAS %31s", version);
    const char *core =
        find(cblas->handle, "openblas_get_corename", &get_core) ? get_core() : "unknown core";
    static const char *const kinds[] = {"sequential", "pthread", "openmp"};
    int parallel = find(cblas->handle, "openblas_get_parallel", &get_parallel) ? get_parallel() : 1;
    cblas->nests = parallel == OPENBLAS_PARALLEL_OPENMP;
    snprintf(cblas->runtime, sizeof cblas->runtime, "OpenBLAS %s (%s, %s)", version, core,
             parallel >= 0 && parallel <= 2 ? kinds[parallel] : "threads unknown");
    return DLB_OK;
}

/* libmkl_rt picks its layers at the first call: GNU OpenMP, so that there is one runtime in the process. */
static bool describe_mkl(struct dlb_cblas *cblas)
{
    int (*set_layer)(int);
    void (*get_version)(char *buffer, int size);
    if (!find(cblas->handle, "MKL_Get_Version_String", &get_version))
        return false;
    if (find(cblas->handle, "MKL_Set_Interface_Layer", &set_layer))
        set_layer(MKL_INTERFACE_LP64);
    if (find(cblas->handle, "MKL_Set_Threading_Layer", &set_layer)) {
        set_layer(MKL_THREADING_GNU);
        cblas->nests = true; /* GNU OpenMP gives a nested region one thread */
    }
    char version[200] = "";
    get_version(version, (int)sizeof version - 1);
    const char *number = strstr(version, "Version ");
    snprintf(cblas->runtime, sizeof cblas->runtime, "MKL %.60s", number ? number + 8 : version);
    char *end =
        strstr(cblas->runtime, "Product"); /* "2026.2-Product Build ...", "2021.4 Product ..." */
    if (end && end > cblas->runtime)
        end[-1] = '\0';
    return true;
}

static void describe_other(struct dlb_cblas *cblas)
{
    const char *(*get_version)(void);
    if (find(cblas->handle, "bli_info_get_version_str", &get_version))
        snprintf(cblas->runtime, sizeof cblas->runtime, "BLIS %.80s", get_version());
    else
        snprintf(cblas->runtime, sizeof cblas->runtime, "%.95s", cblas->path);
}

static void find_threads(struct dlb_cblas *cblas)
{
    static const char *const names[] = {"openblas_set_num_threads", "MKL_Set_Num_Threads"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(names) && !cblas->set_threads; i++)
        find(cblas->handle, names[i], &cblas->set_threads);
    find(cblas->handle, "bli_thread_set_num_threads", &cblas->set_threads_wide);
}

static void find_extensions(struct dlb_cblas *cblas)
{
    static const char *const bf16[] = {"cblas_sbgemm", "cblas_gemm_bf16bf16f32"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(bf16) && !cblas->bf16_gemm; i++)
        if (find(cblas->handle, bf16[i], &cblas->bf16_gemm))
            cblas->bf16_gemm_name = bf16[i] + strlen("cblas_");
    find(cblas->handle, "cblas_gemm_s8u8s32", &cblas->u8s8_gemm);
    find(cblas->handle, "cblas_sgemm_batch_strided", &cblas->sgemm_batch);
}

static void note_path(struct dlb_cblas *cblas)
{
    Dl_info info;
    void *symbol = dlsym(cblas->handle, "cblas_sgemm");
    if (symbol && dladdr(symbol, &info) && info.dli_fname)
        snprintf(cblas->path, sizeof cblas->path, "%s", info.dli_fname);
}

enum dlb_status dlb_cblas_load(struct dlb_cblas *cblas, const char *wanted, struct dlb_why *why)
{
    if (cblas->handle)
        return DLB_OK;
    const bool named = wanted && wanted[0];
    struct dlb_cblas found = {.handle =
                                  named ? dlopen(wanted, RTLD_NOW | RTLD_LOCAL) : open_default()};
    if (!found.handle)
        return named
                   ? dlb_fail(why, DLB_UNAVAILABLE, "cannot load the CBLAS library: %s", dlerror())
                   : dlb_fail(why, DLB_UNAVAILABLE,
                              "no libopenblas found: install libopenblas0-openmp, or name a CBLAS "
                              "with --opt openblas.library=PATH");
    note_path(&found);
    enum dlb_status status = describe_openblas(&found, why);
    if (status == DLB_UNSUPPORTED && !describe_mkl(&found))
        describe_other(&found);
    if (status == DLB_UNAVAILABLE)
        goto out;
    status = DLB_OK;
    if (!find(found.handle, "cblas_sgemm", &found.sgemm)) {
        status = dlb_fail(why, DLB_UNAVAILABLE, "%s has no cblas_sgemm: wanted a CBLAS library",
                          named ? wanted : found.path);
        goto out;
    }
    find_threads(&found);
    find_extensions(&found);
    *cblas = found;
out:
    if (status != DLB_OK)
        dlclose(found.handle);
    return status;
}
