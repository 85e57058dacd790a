/* registry.h: finds and loads backends: every NAME.so in the folders of DLBENCH_BACKENDS (colon-separated), then in lib/dlbench
 * beside the program; so a folder can bring another build of a plugin that the program has. Loading a plugin calls no vendor function, probe does; but the dynamic linker
 * runs the constructors of the libraries that the plugin is linked against. */
#ifndef DLB_REGISTRY_H
#define DLB_REGISTRY_H

#include "backends/backend.h"

#define DLB_MAX_BACKENDS 64

struct dlb_loaded_backend {
    char name[32]; /* from the file name, also when it could not be loaded */
    char path[512];
    const struct dlb_backend
        *table; /* NULL when refused; `why` says the reason: missing library, wrong abi, ... */
    enum dlb_status
        status; /* DLB_OK, DLB_UNAVAILABLE (not built, does not load), DLB_INVALID (refused) */
    struct dlb_why why;
};

struct dlb_registry {
    int count;
    struct dlb_loaded_backend
        items[DLB_MAX_BACKENDS]; /* sorted by name; the first folder wins a name */
};

/* Fills the registry. Handles stay open until exit: vendor threads may live in the library. Backends that
 * dlbench knows but that were not built (openblas, onednn) stand there as DLB_UNAVAILABLE with what to install. */
void dlb_registry_load(struct dlb_registry *registry);
/* Loads the named backend alone, as a worker does: no other library shares its process. */
void dlb_registry_load_one(struct dlb_registry *registry, const char *name);
/* NULL when there is none of that name. */
const struct dlb_loaded_backend *dlb_registry_find(const struct dlb_registry *registry,
                                                   const char *name);

/* Whether a table found in NAME.so may be called: DLB_INVALID for another abi, a missing mandatory member, a name that
 * is not the file's. */
enum dlb_status dlb_registry_check(const struct dlb_backend *table, const char *name,
                                   struct dlb_why *why);

#endif
