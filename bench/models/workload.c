/* workload.c: the table of workloads, and finding things in it by name. Parameters and keys are in
 * problem.c; a workload itself is a file of its own (see families.h). */
#include "bench/models/workload.h"

#include <stdio.h>
#include <string.h>

#include "bench/models/families.h"

static const struct dlb_workload *const workloads[] = {
    &dlb_workload_gemm,  &dlb_workload_conv,     &dlb_workload_mlp,
    &dlb_workload_lenet, &dlb_workload_resblock,
};

int dlb_workload_count(void)
{
    return (int)DLB_ARRAY_COUNT(workloads);
}

const struct dlb_workload *dlb_workload_at(int index)
{
    return index >= 0 && index < dlb_workload_count() ? workloads[index] : NULL;
}

const struct dlb_workload *dlb_workload_find(const char *name)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(workloads); i++) {
        if (strcmp(workloads[i]->name, name) == 0) {
            return workloads[i];
        }
    }
    return NULL;
}

enum dlb_status dlb_workload_lookup(const char *name, const struct dlb_workload **workload,
                                    struct dlb_why *why)
{
    const struct dlb_workload *const found = dlb_workload_find(name);
    if (found != NULL) {
        *workload = found;
        return DLB_OK;
    }
    const char *names[DLB_ARRAY_COUNT(workloads) + 1] = {NULL};
    char list[256] = "";
    for (size_t i = 0; i < DLB_ARRAY_COUNT(workloads); i++) {
        const size_t used = strlen(list);
        names[i] = workloads[i]->name;
        (void)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? " " : "", names[i]);
    }
    const char *const nearest = dlb_text_nearest(name, names);
    return dlb_fail(why, DLB_INVALID, "no workload '%.40s'%s%s%s; there are: %s", name,
                    nearest != NULL ? " (did you mean '" : "", nearest != NULL ? nearest : "",
                    nearest != NULL ? "'?)" : "", list);
}

int dlb_workload_param(const struct dlb_workload *workload, const char *name)
{
    for (int i = 0; i < workload->param_count; i++) {
        if (strcmp(workload->params[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

void dlb_workload_version_hash(const struct dlb_workload *workload, char buffer[20])
{
    char text[1024];
    size_t used = (size_t)snprintf(text, sizeof text, "%s/%d", workload->name, workload->version);
    for (int i = 0; i < workload->param_count && used < sizeof text; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "/%s", workload->params[i].name);
    }
    (void)snprintf(buffer, 20, "%016llx", (unsigned long long)dlb_hash_text(text));
}
