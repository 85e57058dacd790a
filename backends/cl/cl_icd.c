/* cl_icd.c: .icd files, and runtimes beside those of the ICD loader.
 *
 * A loader reads one folder: that in OCL_ICD_VENDORS, which may also name a single .icd file, else /etc/OpenCL/vendors. Runtimes that were
 * installed beside the program are opened here: every object of a runtime begins with the table of its functions, through which the
 * loader's functions call it, whoever opened it. An .icd file is one line: the name of a library
 * (cl_khr_icd, "Vendor identification on Linux"). */
#include "backends/cl/cl_icd.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLE   "OCL_ICD_VENDORS"
#define PATH_BYTES 1024
#define INSTALL                                                                                    \
    "install an OpenCL runtime (Debian: pocl-opencl-icd) or name a folder of .icd files with "     \
    "OCL_ICD_VENDORS"

static const char system_folder[] = "/etc/OpenCL/vendors";

static bool is_icd(const char *name)
{
    const size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".icd") == 0;
}

/* Calls `visit` with the path of each .icd file of a folder, or of the one that `folder` is itself; returns how many there are. */
static int each_icd(const char *folder, void (*visit)(void *self, const char *path), void *self)
{
    DIR *directory = folder[0] != '\0' ? opendir(folder) : NULL;
    int count = 0;
    if (directory == NULL) {
        if (!is_icd(folder) || access(folder, R_OK) != 0)
            return 0;
        if (visit != NULL)
            visit(self, folder);
        return 1;
    }
    for (const struct dirent *entry = readdir(directory); entry != NULL;
         entry = readdir(directory)) {
        char path[PATH_BYTES];
        if (!is_icd(entry->d_name) ||
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path)
            continue;
        count++;
        if (visit != NULL)
            visit(self, path);
    }
    closedir(directory);
    return count;
}

/* The folder `extra` beside this plugin, "" where there is none with .icd files. */
static void beside_plugin(const char *extra, char *folder, size_t size)
{
    Dl_info info;
    folder[0] = '\0';
    if (extra[0] == '\0' || dladdr(system_folder, &info) == 0 || info.dli_fname == NULL)
        return;
    const char *slash = strrchr(info.dli_fname, '/');
    const int length = slash == NULL ? 0 : (int)(slash - info.dli_fname + 1);
    if (snprintf(folder, size, "%.*s%s", length, info.dli_fname, extra) >= (int)size ||
        each_icd(folder, NULL, NULL) == 0)
        folder[0] = '\0';
}

enum dlb_status dlb_cl_icd_find(const struct dlb_cl_search *search,
                                struct dlb_cl_icd_folders *folders, struct dlb_why *why)
{
    const char *const vendors = search->vendors;
    const char *const chosen = getenv(VARIABLE);
    memset(folders, 0, sizeof *folders);
    snprintf(folders->system, sizeof folders->system, "%s",
             chosen != NULL ? chosen : system_folder);
    if (vendors[0] == '\0') {
        if (chosen == NULL)
            beside_plugin(search->extra, folders->own, sizeof folders->own);
        return DLB_OK;
    }
    if (strlen(vendors) >= sizeof folders->own || each_icd(vendors, NULL, NULL) == 0)
        return dlb_fail(why, DLB_INVALID,
                        "%s: wanted a folder that holds .icd files, found \"%.300s\"",
                        search->option, vendors);
    snprintf(folders->own, sizeof folders->own, "%s", vendors);
    return DLB_OK;
}

/* The library that an .icd file names; "" for none. */
static void library_of(const char *path, char library[PATH_BYTES])
{
    FILE *file = fopen(path, "re");
    if (file == NULL || fgets(library, PATH_BYTES, file) == NULL)
        library[0] = '\0';
    if (file != NULL)
        fclose(file);
    library[strcspn(library, "\r\n")] = '\0';
}

/* The platforms gathered so far. */
struct gathering {
    cl_platform_id *platforms;
    cl_uint count, capacity;
};

typedef void *(*address_fn)(const char *name);
typedef cl_int (*platforms_fn)(cl_uint entries, cl_platform_id *platforms, cl_uint *count);

/* As a loader does it (cl_khr_icd, "ICD Loader Operations"): open the library, ask it for clIcdGetPlatformIDsKHR, call that. ISO C has
 * no cast from void * to function. The library stays open as long as the process. */
static void gather(void *self, const char *path)
{
    struct gathering *gathering = self;
    char library[PATH_BYTES];
    address_fn find;
    platforms_fn list;
    cl_uint found = 0;
    library_of(path, library);
    void *const handle = library[0] != '\0' ? dlopen(library, RTLD_LAZY | RTLD_LOCAL) : NULL;
    void *address = handle != NULL ? dlsym(handle, "clGetExtensionFunctionAddress") : NULL;
    memcpy(&find, &address, sizeof find);
    address = find != NULL ? find("clIcdGetPlatformIDsKHR") : NULL;
    memcpy(&list, &address, sizeof list);
    const cl_uint room = gathering->capacity - gathering->count;
    if (list == NULL || room == 0 ||
        list(room, gathering->platforms + gathering->count, &found) != CL_SUCCESS)
        return; /* dlb_cl_icd_explain says why, when nothing else is left */
    gathering->count += found < room ? found : room;
}

cl_uint dlb_cl_icd_platforms(const struct dlb_cl_icd_folders *folders, cl_platform_id *platforms,
                             cl_uint capacity)
{
    struct gathering gathering = {platforms, 0, capacity};
    (void)each_icd(folders->own, gather, &gathering);
    return gathering.count;
}

/* What a look at the libraries behind the .icd files found. */
struct inspection {
    int files, broken;
    char first[300]; /* the first that does not load, and why */
};

static void inspect(void *self, const char *path)
{
    struct inspection *inspection = self;
    char library[PATH_BYTES];
    library_of(path, library);
    inspection->files++;
    /* Left open: the loader may hold it too, and unloading a runtime is more than it was made for. */
    if (library[0] != '\0' && dlopen(library, RTLD_LAZY | RTLD_LOCAL) != NULL)
        return;
    const char *const reason = library[0] == '\0' ? "names no library" : dlerror();
    if (inspection->broken++ == 0)
        snprintf(inspection->first, sizeof inspection->first, "%.120s: %.170s", path,
                 reason != NULL ? reason : "does not load");
}

void dlb_cl_icd_explain(const struct dlb_cl_icd_folders *folders, struct dlb_why *why)
{
    struct inspection inspection = {0};
    (void)each_icd(folders->system, inspect, &inspection);
    (void)each_icd(folders->own, inspect, &inspection);
    if (inspection.files == 0)
        (void)dlb_fail(why, DLB_UNAVAILABLE, "no .icd file in %.200s: " INSTALL, folders->system);
    else if (inspection.broken > 0)
        (void)dlb_fail(why, DLB_UNAVAILABLE, "no OpenCL device: %d of %d runtimes do not load: %s",
                       inspection.broken, inspection.files, inspection.first);
    else
        (void)dlb_fail(why, DLB_UNAVAILABLE,
                       "%d OpenCL runtime(s) in %.200s load but offer no device: " INSTALL,
                       inspection.files, folders->system);
}
