/* clock.c: the host's clocks, in nanoseconds.
 *
 * CLOCK_MONOTONIC_RAW is not slewed by NTP, so that durations do not depend on time
 * synchronisation. It stops while the machine sleeps; CLOCK_BOOTTIME goes on, and the difference
 * of the two tells a suspend. */
#include "bench/base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now = {0};
    (void)clock_gettime(id, &now); /* cannot fail for a clock that Linux has had since 2.6.39 */
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t dlb_clock_ns(void)
{
    return read_clock(CLOCK_MONOTONIC_RAW);
}

int64_t dlb_clock_boot_ns(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

void dlb_clock_utc(char *text, int size)
{
    const time_t now = time(NULL);
    struct tm utc = {0};
    if (size <= 0) {
        return;
    }
    if (gmtime_r(&now, &utc) == NULL ||
        strftime(text, (size_t)size, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) {
        text[0] = '\0';
    }
}

void dlb_clock_sleep_ns(int64_t ns)
{
    if (ns <= 0) {
        return;
    }
    const struct timespec length = {.tv_sec = (time_t)(ns / 1000000000),
                                    .tv_nsec = (long)(ns % 1000000000)};
    (void)nanosleep(&length, NULL);
}
