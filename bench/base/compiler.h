/* compiler.h: the only place for compiler extensions. */
#ifndef DLB_COMPILER_H
#define DLB_COMPILER_H

#if defined(__GNUC__)
#define DLB_PRINTF(format_index, first_argument)                                                   \
    __attribute__((format(printf, format_index, first_argument)))
#define DLB_EXPORT __attribute__((visibility("default")))
/* A function for processors with these instruction sets: whoever calls it has asked the processor first. */
#define DLB_TARGET(sets) __attribute__((target(sets)))
/* A vector type of so many bytes, with the operators of its elements. */
#define DLB_VECTOR(bytes) __attribute__((vector_size(bytes)))
#else
#define DLB_PRINTF(format_index, first_argument)
#define DLB_EXPORT
#define DLB_TARGET(sets)
#endif

/* In front of a loop of a few constant rounds over an array that must live in registers. */
#if defined(__clang__)
#define DLB_UNROLL _Pragma("unroll")
#else
#define DLB_UNROLL _Pragma("GCC unroll 32")
#endif

/* Tells the processor that the loop around it waits for another thread. */
#if defined(__x86_64__)
#define DLB_PAUSE() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define DLB_PAUSE() __asm__ volatile("yield")
#else
#define DLB_PAUSE() ((void)0)
#endif

#define DLB_ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
