/* cl_icd.c: .icd files and the loader's view of them.
 *
 * A loader reads one folder: that in OCL_ICD_VENDORS, which may also name a single .icd file, else /etc/OpenCL/vendors. To add runtimes that were installed beside the program to the system's,
 * a temporary folder of links to both stands in for it while the loader reads. An .icd file is one line: the name of a library
 * (cl_khr_icd, "Vendor identification on Linux"). */
#include "backends/cl/cl_icd.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

enum dlb_status dlb_cl_icd_find(const char *vendors, const char *extra,
                                struct dlb_cl_icd_folders *folders, struct dlb_why *why)
{
    const char *chosen = getenv(VARIABLE);
    memset(folders, 0, sizeof *folders);
    snprintf(folders->system, sizeof folders->system, "%s",
             chosen != NULL ? chosen : system_folder);
    if (vendors[0] == '\0') {
        if (chosen == NULL)
            beside_plugin(extra, folders->own, sizeof folders->own);
        return DLB_OK;
    }
    if (strlen(vendors) >= sizeof folders->own || each_icd(vendors, NULL, NULL) == 0)
        return dlb_fail(why, DLB_INVALID,
                        "vendors: wanted a folder that holds .icd files, found %.300s", vendors);
    snprintf(folders->own, sizeof folders->own, "%s", vendors);
    return DLB_OK;
}

/* A link to `path` in the joined folder, numbered so that files of the same name do not meet. */
struct joining {
    const char *folder;
    int links;
    bool failed;
};

static void add_link(void *self, const char *path)
{
    struct joining *joining = self;
    char link[PATH_BYTES];
    char *target = realpath(path, NULL);
    snprintf(link, sizeof link, "%s/%02d.icd", joining->folder, joining->links++);
    joining->failed = joining->failed || target == NULL || symlink(target, link) != 0;
    free(target);
}

static void remove_link(void *self, const char *path)
{
    (void)self;
    (void)unlink(path);
}

enum dlb_status dlb_cl_icd_join(struct dlb_cl_icd_folders *folders, struct dlb_why *why)
{
    if (folders->own[0] == '\0')
        return DLB_OK;
    const char *const temporary = getenv("TMPDIR");
    const bool fits = temporary != NULL && temporary[0] == '/' &&
                      strlen(temporary) + sizeof "/dlbench-icd-XXXXXX" <= sizeof folders->joined;
    snprintf(folders->joined, sizeof folders->joined, "%s/dlbench-icd-XXXXXX",
             fits ? temporary : "/tmp");
    if (mkdtemp(folders->joined) == NULL) {
        const enum dlb_status status =
            dlb_fail(why, DLB_IO, "no temporary folder %s for .icd files: %s", folders->joined,
                     strerror(errno));
        folders->joined[0] = '\0';
        return status;
    }
    struct joining joining = {folders->joined, 0, false};
    (void)each_icd(folders->system, add_link, &joining);
    (void)each_icd(folders->own, add_link, &joining);
    folders->was_set = getenv(VARIABLE) != NULL;
    if (!joining.failed && setenv(VARIABLE, folders->joined, 1) == 0)
        return DLB_OK;
    dlb_cl_icd_leave(folders);
    return dlb_fail(why, DLB_IO, "no links to the .icd files of %.300s in a temporary folder",
                    folders->own);
}

void dlb_cl_icd_leave(struct dlb_cl_icd_folders *folders)
{
    if (folders->joined[0] == '\0')
        return;
    if (folders->was_set)
        (void)setenv(VARIABLE, folders->system, 1);
    else
        (void)unsetenv(VARIABLE);
    (void)each_icd(folders->joined, remove_link, NULL);
    (void)rmdir(folders->joined);
    folders->joined[0] = '\0';
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

/* Is `found`, the path of a loaded library, what one of the .icd files names? */
struct comparison {
    char *found;
    bool same;
};

static void compare_library(void *self, const char *path)
{
    struct comparison *comparison = self;
    char library[PATH_BYTES];
    library_of(path, library);
    char *const real = realpath(library, NULL);
    comparison->same = comparison->same || (real != NULL && comparison->found != NULL &&
                                            strcmp(real, comparison->found) == 0);
    free(real);
}

/* A platform begins with a pointer to the table of its library's functions (cl_khr_icd), so that an address in that table
 * tells the library. */
bool dlb_cl_icd_is_own(const struct dlb_cl_icd_folders *folders, const void *platform)
{
    void *const *const *const object = platform;
    Dl_info info;
    if (folders->own[0] == '\0' || object == NULL || *object == NULL ||
        dladdr((*object)[0], &info) == 0 || info.dli_fname == NULL)
        return false;
    struct comparison comparison = {realpath(info.dli_fname, NULL), false};
    (void)each_icd(folders->own, compare_library, &comparison);
    free(comparison.found);
    return comparison.same;
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
