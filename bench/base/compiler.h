/* compiler.h: the only place for compiler extensions. */
#ifndef DLB_COMPILER_H
#define DLB_COMPILER_H

#if defined(__GNUC__)
#define DLB_PRINTF(format_index, first_argument)                                                   \
    __attribute__((format(printf, format_index, first_argument)))
#define DLB_EXPORT __attribute__((visibility("default")))
#else
#define DLB_PRINTF(format_index, first_argument)
#define DLB_EXPORT
#endif

#define DLB_ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
