/* x86_probes.h: the lists of probe kernels of this folder, one of each file; empty on other processors. */
#ifndef DLB_X86_PROBES_H
#define DLB_X86_PROBES_H

#include "kernels/portable/probe_kernels.h"

/* Each ends with name NULL. */
extern const struct dlb_multiply_kernel dlb_probes_amx[];
extern const struct dlb_multiply_kernel dlb_probes_avx512[];
extern const struct dlb_multiply_kernel dlb_probes_avx2[];
extern const struct dlb_stream_kernel dlb_streams_avx512[];
extern const struct dlb_stream_kernel dlb_streams_avx2[];

#endif
