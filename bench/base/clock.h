/* clock.h: host time. CLOCK_MONOTONIC_RAW in nanoseconds, and how fine it is. */
#ifndef DLB_CLOCK_H
#define DLB_CLOCK_H

#include <stdint.h>

/* Nanoseconds since an arbitrary start; never set back, not slewed by NTP. */
int64_t dlb_clock_ns(void);

/* Nanoseconds including suspend (CLOCK_BOOTTIME): a growing gap to dlb_clock_ns tells a suspend. */
int64_t dlb_clock_boot_ns(void);

/* Wall-clock UTC as "2026-11-23T06:25:01Z" into text (at least 24 bytes). */
void dlb_clock_utc(char *text, int size);

/* Sleeps for `ns`; returns early on a signal. */
void dlb_clock_sleep_ns(int64_t ns);

#endif
