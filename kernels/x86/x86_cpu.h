/* x86_cpu.h: which instruction sets this processor has and this system lets us use. */
#ifndef DLB_X86_CPU_H
#define DLB_X86_CPU_H

#include <stdbool.h>

/* Each asks the processor (CPUID, XGETBV); what the system does not save when it switches threads is not usable. */
bool dlb_x86_avx2_fma(void);
bool dlb_x86_avx512(void); /* F, the base of all others */
bool dlb_x86_avx512_bf16(void);
bool dlb_x86_avx512_fp16(void);
bool dlb_x86_avx512_vnni(void);
bool dlb_x86_avx_vnni(void);
/* Also asks Linux for the tiles, which a process gets once and keeps. */
bool dlb_x86_amx_bf16(void);
bool dlb_x86_amx_int8(void);

#endif
