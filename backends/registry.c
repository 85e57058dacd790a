/* registry.c: finds plugins, loads them, and says why one cannot be used.
 *
 * A plugin is data and functions behind one symbol. It is refused when its abi differs or a mandatory
 * member is missing: a wrong table must never be called. Nothing here runs a backend's own code. */
#include "backends/registry.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Backends that this project has, and how to get one that was not built or whose library is missing. */
static const struct {
    const char *name, *remedy;
} known[] = {
    {"fpga",
     "it wants an OpenCL loader with its headers (ocl-icd-opencl-dev) when it is built; in a "
     "checkout: scripts/setup, then make"},
    {"onednn", "it wants oneDNN 3 and its libgomp; in a checkout: scripts/setup, then make"},
    {"openblas", "it wants OpenBLAS (libopenblas-openmp-dev) when it is built; in a checkout: "
                 "scripts/setup, then make"},
    {"opencl", "it wants an OpenCL loader with its headers (ocl-icd-opencl-dev) when it is built, "
               "and a driver like pocl-opencl-icd; in a checkout: scripts/setup, then make"},
    {"reference", "in a checkout: make"},
};

static const char *const kind_names[DLB_KIND_COUNT] = {
    [DLB_KIND_CPU] = "cpu",   [DLB_KIND_GPU] = "gpu",   [DLB_KIND_TPU] = "tpu",
    [DLB_KIND_FPGA] = "fpga", [DLB_KIND_ASIC] = "asic",
};

static const char *const evidence_names[DLB_EVIDENCE_COUNT] = {
    [DLB_EVIDENCE_MEASURED] = "measured", [DLB_EVIDENCE_SIMULATED] = "simulated",
    [DLB_EVIDENCE_MODELLED] = "modelled", [DLB_EVIDENCE_COMPILED] = "compiled",
    [DLB_EVIDENCE_EMULATED] = "emulated", [DLB_EVIDENCE_PUBLISHED] = "published",
};

const char *dlb_device_kind_name(enum dlb_device_kind kind)
{
    return (unsigned int)kind < DLB_KIND_COUNT ? kind_names[kind] : "?";
}

const char *dlb_evidence_name(enum dlb_evidence evidence)
{
    return (unsigned int)evidence < DLB_EVIDENCE_COUNT ? evidence_names[evidence] : "?";
}

const struct dlb_loaded_backend *dlb_registry_find(const struct dlb_registry *registry,
                                                   const char *name)
{
    for (int i = 0; i < registry->count; i++)
        if (strcmp(registry->items[i].name, name) == 0)
            return &registry->items[i];
    return NULL;
}

static const char *remedy_of(const char *name)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(known); i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].remedy;
    return NULL;
}

/* The first mandatory member that is missing, or NULL. */
static const char *missing_member(const struct dlb_backend *table)
{
    const struct {
        const char *name;
        bool present;
    } members[] = {
        {"name", table->name != NULL},         {"summary", table->summary != NULL},
        {"probe", table->probe != NULL},       {"device_count", table->device_count != NULL},
        {"open", table->open != NULL},         {"close", table->close != NULL},
        {"describe", table->describe != NULL}, {"supports", table->supports != NULL},
        {"prepare", table->prepare != NULL},   {"discard", table->discard != NULL},
        {"info", table->info != NULL},         {"write", table->write != NULL},
        {"read", table->read != NULL},         {"submit", table->submit != NULL},
        {"wait", table->wait != NULL},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(members); i++)
        if (!members[i].present)
            return members[i].name;
    return NULL;
}

/* The abi stands first in every version of the table and is looked at before anything else. */
enum dlb_status dlb_registry_check(const struct dlb_backend *table, const char *name,
                                   struct dlb_why *why)
{
    if (table->abi != DLB_BACKEND_ABI)
        return dlb_fail(why, DLB_INVALID,
                        "backend %s was built for abi %u, this dlbench wants %u: build it again",
                        name, (unsigned int)table->abi, (unsigned int)DLB_BACKEND_ABI);
    const char *missing = missing_member(table);
    if (missing != NULL)
        return dlb_fail(why, DLB_INVALID, "backend %s lacks the mandatory member %s", name,
                        missing);
    if (strcmp(table->name, name) != 0)
        return dlb_fail(why, DLB_INVALID, "backend file %s.so calls itself %s: they must agree",
                        name, table->name);
    if ((unsigned int)table->kind >= DLB_KIND_COUNT ||
        (unsigned int)table->evidence >= DLB_EVIDENCE_COUNT)
        return dlb_fail(why, DLB_INVALID, "backend %s has an unknown kind %d or evidence %d", name,
                        (int)table->kind, (int)table->evidence);
    return DLB_OK;
}

static enum dlb_status load_table(const char *path, const char *name,
                                  const struct dlb_backend **table, struct dlb_why *why)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        const char *remedy = remedy_of(name);
        const char *error = dlerror();
        return dlb_fail(why, DLB_UNAVAILABLE, "cannot load it: %s (%s)",
                        error != NULL ? error : "dlopen gave no reason",
                        remedy != NULL ? remedy : "install that library, or remove the file");
    }
    const struct dlb_backend *found = dlsym(handle, DLB_BACKEND_SYMBOL);
    if (found == NULL)
        return dlb_fail(why, DLB_INVALID, "%s exports no symbol %s: it is not a backend", path,
                        DLB_BACKEND_SYMBOL);
    const enum dlb_status status = dlb_registry_check(found, name, why);
    if (status == DLB_OK)
        *table = found;
    return status;
}

/* The backend's name when the file is NAME.so with a name that fits. */
static bool name_of_file(const char *file, char *name, size_t size)
{
    const size_t length = strlen(file);
    if (length <= 3 || strcmp(file + length - 3, ".so") != 0 || length - 3 >= size)
        return false;
    memcpy(name, file, length - 3);
    name[length - 3] = '\0';
    return true;
}

/* `only` (NULL: all) is the one name that is wanted. */
static void load_file(struct dlb_registry *registry, const char *folder, const char *file,
                      const char *only)
{
    struct dlb_loaded_backend item = {.table = NULL};
    if (!name_of_file(file, item.name, sizeof item.name) || registry->count == DLB_MAX_BACKENDS ||
        (only != NULL && strcmp(item.name, only) != 0) ||
        dlb_registry_find(registry, item.name) != NULL)
        return;
    const int length = snprintf(item.path, sizeof item.path, "%s/%s", folder, file);
    if (length < 0 || (size_t)length >= sizeof item.path)
        item.status = dlb_fail(&item.why, DLB_INVALID, "its path is longer than %zu bytes",
                               sizeof item.path - 1);
    else
        item.status = load_table(item.path, item.name, &item.table, &item.why);
    registry->items[registry->count++] = item;
}

static void load_folder(struct dlb_registry *registry, const char *folder, const char *only)
{
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        load_file(registry, folder, entries[i]->d_name, only);
        free(entries[i]);
    }
    free(entries);
}

/* lib/dlbench beside the program (a build folder), or beside its bin folder (an installed tree). */
static void load_beside_program(struct dlb_registry *registry, const char *only)
{
    static const char *const places[] = {"lib/dlbench", "../lib/dlbench"};
    char program[512], folder[544];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL)
        return;
    *slash = '\0';
    for (size_t i = 0; i < DLB_ARRAY_COUNT(places); i++) {
        snprintf(folder, sizeof folder, "%s/%s", program, places[i]);
        load_folder(registry, folder, only);
    }
}

static void load_from_environment(struct dlb_registry *registry, const char *only)
{
    const char *list = getenv("DLBENCH_BACKENDS");
    while (list != NULL && *list != '\0') {
        char folder[512];
        const size_t length = strcspn(list, ":");
        if (length > 0 && length < sizeof folder) {
            memcpy(folder, list, length);
            folder[length] = '\0';
            load_folder(registry, folder, only);
        }
        list += length + (list[length] == ':');
    }
}

static void add_known(struct dlb_registry *registry)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(known); i++) {
        if (registry->count == DLB_MAX_BACKENDS ||
            dlb_registry_find(registry, known[i].name) != NULL)
            continue;
        struct dlb_loaded_backend *item = &registry->items[registry->count++];
        *item = (struct dlb_loaded_backend){.table = NULL};
        snprintf(item->name, sizeof item->name, "%s", known[i].name);
        item->status = dlb_fail(&item->why, DLB_UNAVAILABLE,
                                "this installation was built without it: %s", known[i].remedy);
    }
}

static int compare_names(const void *a, const void *b)
{
    const struct dlb_loaded_backend *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static void load(struct dlb_registry *registry, const char *only)
{
    registry->count = 0;
    load_from_environment(registry, only);
    load_beside_program(registry, only);
    add_known(registry);
    qsort(registry->items, (size_t)registry->count, sizeof registry->items[0], compare_names);
}

void dlb_registry_load(struct dlb_registry *registry)
{
    load(registry, NULL);
}

void dlb_registry_load_one(struct dlb_registry *registry, const char *name)
{
    load(registry, name);
}
