/* portable_probes.h: the lists of probe kernels of this folder, one of each file. */
#ifndef DLB_PORTABLE_PROBES_H
#define DLB_PORTABLE_PROBES_H

#include "kernels/portable/probe_kernels.h"

/* Each ends with name NULL. */
extern const struct dlb_multiply_kernel dlb_probes_portable[];
extern const struct dlb_stream_kernel dlb_streams_portable[];

#endif
