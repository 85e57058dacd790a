/* cl_icd.h: which OpenCL runtimes the ICD loader sees, and why it sees none. Of cl_device.c alone. */
#ifndef DLB_CL_ICD_H
#define DLB_CL_ICD_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/base/status.h"

/* Where .icd files lie: what OCL_ICD_VENDORS says, else the system's folder and, beside it, one of our own. */
struct dlb_cl_icd_folders {
    char system[512]; /* what the loader reads by itself; may be a single .icd file */
    char own[512];    /* "" for none */
    char joined
        [64]; /* a temporary folder of links to both, in OCL_ICD_VENDORS between join and leave; "" for none */
    bool was_set; /* OCL_ICD_VENDORS, before join */
};

/* `vendors` and `extra` as dlb_cl_devices has them. DLB_INVALID: `vendors` is not a folder with .icd files. */
enum dlb_status dlb_cl_icd_find(const char *vendors, const char *extra,
                                struct dlb_cl_icd_folders *folders, struct dlb_why *why);

/* The first call into the loader belongs between these two. */
enum dlb_status dlb_cl_icd_join(struct dlb_cl_icd_folders *folders, struct dlb_why *why);
void dlb_cl_icd_leave(struct dlb_cl_icd_folders *folders);

/* Is it a platform of the folder `own`? `platform` is a cl_platform_id. */
bool dlb_cl_icd_is_own(const struct dlb_cl_icd_folders *folders, const void *platform);

/* Why no device is left, in one line: no .icd file, libraries that do not load (the loader skips them in silence), or no device. */
void dlb_cl_icd_explain(const struct dlb_cl_icd_folders *folders, struct dlb_why *why);

#endif
