/* opwise_host.h: what a CPU backend can say about the processor that it runs on, without any library. */
#ifndef DLB_OPWISE_HOST_H
#define DLB_OPWISE_HOST_H

#include "backends/backend.h"

/* Fills name, vendor, kind, mem_bytes, llc_bytes, clock_max_hz; what the system does not tell stays zero. */
void dlb_opwise_host(struct dlb_device_info *info);

#endif
