/* roofline_probe.h: one ceiling to be measured by one process: what parent and worker tell each other of it. */
#ifndef DLB_ROOFLINE_PROBE_H
#define DLB_ROOFLINE_PROBE_H

#include <jansson.h>

#include "backends/backend.h"

enum dlb_roofline_transfer {
    DLB_ROOFLINE_NO_TRANSFER,
    DLB_ROOFLINE_TO_DEVICE, /* host memory to a tensor of the device, by the backend's `write` */
    DLB_ROOFLINE_FROM_DEVICE,
    DLB_ROOFLINE_TRANSFERS
};

struct dlb_roofline_probe {
    bool host; /* the processor itself, by the loops of kernels/; else a device, by its backend */
    int threads;
    char type[8];          /* COMPUTE: of the factors; a processor has f64, which no tensor has */
    struct dlb_probe what; /* `dtype` is set from `type` where a backend is asked */
    enum dlb_roofline_transfer
        transfer; /* instead of `what`; of which `bytes` alone counts then, as a wish */
};

const char *dlb_roofline_pattern_name(enum dlb_probe_pattern pattern); /* read, write, ... */

/* The caller owns what is returned; NULL without memory. */
json_t *dlb_roofline_probe_to_json(const struct dlb_roofline_probe *probe);
enum dlb_status dlb_roofline_probe_from_json(const json_t *json, struct dlb_roofline_probe *probe,
                                             struct dlb_why *why);

/* What one execution did: part of the answer. Absent fields read as 0. */
json_t *dlb_probe_info_to_json(const struct dlb_probe_info *info);
void dlb_probe_info_from_json(const json_t *json, struct dlb_probe_info *info);

#endif
