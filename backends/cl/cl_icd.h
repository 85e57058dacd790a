/* cl_icd.h: which OpenCL runtimes there are, and why there is none. Of cl_device.c alone. */
#ifndef DLB_CL_ICD_H
#define DLB_CL_ICD_H

#include "backends/cl/cl.h"

/* Where .icd files lie: what OCL_ICD_VENDORS says, else the system's folder and, beside it, one of our own. */
struct dlb_cl_icd_folders {
    char system[512]; /* what the loader reads by itself; may be a single .icd file */
    char own[512];    /* "" for none */
};

/* DLB_INVALID: `vendors` is not a folder with .icd files. */
enum dlb_status dlb_cl_icd_find(const struct dlb_cl_search *search,
                                struct dlb_cl_icd_folders *folders, struct dlb_why *why);

/* Opens the runtimes of the folder `own` and lists their platforms, `capacity` at most; returns how many there are. The loader's functions
 * take them like its own. Runtimes that do not open are passed over, as the loader does. */
cl_uint dlb_cl_icd_platforms(const struct dlb_cl_icd_folders *folders, cl_platform_id *platforms,
                             cl_uint capacity);

/* Why no device is left, in one line: no .icd file, libraries that do not load (the loader skips them in silence), or no device. */
void dlb_cl_icd_explain(const struct dlb_cl_icd_folders *folders, struct dlb_why *why);

#endif
