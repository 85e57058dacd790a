/* denormals.c: MXCSR on x86, FPCR on 64-bit Arm. Threads inherit the register from the thread that starts them. */
#include "bench/run/denormals.h"

#include <stdint.h>

#if defined(__SSE2__)
#include <xmmintrin.h>

#define MXCSR_DAZ 0x0040U /* denormals are zero: Intel SDM volume 1, section 10.2.3 */
#define MXCSR_FTZ 0x8000U /* flush to zero */

bool dlb_denormals_flush(void)
{
    _mm_setcsr(_mm_getcsr() | MXCSR_DAZ | MXCSR_FTZ);
    return true;
}
#elif defined(__aarch64__)
bool dlb_denormals_flush(void)
{
    uint64_t fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    fpcr |= UINT64_C(1) << 24; /* FZ; Arm ARM, FPCR */
    __asm__ volatile("msr fpcr, %0" : : "r"(fpcr));
    return true;
}
#else
bool dlb_denormals_flush(void)
{
    return false;
}
#endif
