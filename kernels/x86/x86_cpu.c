/* x86_cpu.c: asks the processor for its instruction sets, and the system whether it keeps their registers.
 *
 * Bits are those of the Intel SDM, volume 2, CPUID leaves 1 and 7, and volume 1, chapter 13 (XCR0). Not __builtin_cpu_supports: compilers
 * differ in the names that they know. */
#include "kernels/x86/x86_cpu.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/base/compiler.h"

/* XCR0: what the system saves. */
#define STATE_AVX    UINT64_C(0x06) /* SSE and the upper halves of YMM */
#define STATE_AVX512 UINT64_C(0xe6) /* and the mask registers, upper halves of ZMM, ZMM16 to 31 */
#define STATE_AMX    UINT64_C(0x60000) /* configuration and data of the tiles */

/* arch_prctl, Documentation/arch/x86/xstate.rst: tiles are given to those who ask. */
#define REQUEST_PERMISSION 0x1023 /* ARCH_REQ_XCOMP_PERM */
#define TILE_DATA          18

enum leaf_register { EAX, EBX, ECX, EDX };

static bool has_bit(uint32_t leaf, uint32_t subleaf, enum leaf_register where, int bit)
{
    uint32_t registers[4];
    if (__get_cpuid_count(leaf, subleaf, &registers[EAX], &registers[EBX], &registers[ECX],
                          &registers[EDX]) == 0)
        return false;
    return (registers[where] >> bit & 1) != 0;
}

DLB_TARGET("xsave") static uint64_t saved_state(void)
{
    return (uint64_t)_xgetbv(0);
}

static bool saves(uint64_t states)
{
    return has_bit(1, 0, ECX, 27) /* OSXSAVE */ && (saved_state() & states) == states;
}

bool dlb_x86_avx2_fma(void)
{
    return saves(STATE_AVX) && has_bit(7, 0, EBX, 5) && has_bit(1, 0, ECX, 12);
}

bool dlb_x86_avx512(void)
{
    return saves(STATE_AVX512) && has_bit(7, 0, EBX, 16);
}

bool dlb_x86_avx512_bf16(void)
{
    return dlb_x86_avx512() && has_bit(7, 1, EAX, 5);
}

bool dlb_x86_avx512_fp16(void)
{
    return dlb_x86_avx512() && has_bit(7, 0, EDX, 23);
}

bool dlb_x86_avx512_vnni(void)
{
    return dlb_x86_avx512() && has_bit(7, 0, ECX, 11);
}

bool dlb_x86_avx_vnni(void)
{
    return dlb_x86_avx2_fma() && has_bit(7, 1, EAX, 4);
}

static bool has_tiles(void)
{
    return has_bit(7, 0, EDX, 24) && saves(STATE_AMX) &&
           syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}

bool dlb_x86_amx_bf16(void)
{
    return has_bit(7, 0, EDX, 22) && has_tiles();
}

bool dlb_x86_amx_int8(void)
{
    return has_bit(7, 0, EDX, 25) && has_tiles();
}

#endif
