/* fuzz_host.c: any bytes as the files of /proc and /sys that tell of the host and its noise. */
#include "bench/measure/gates.h"
#include "bench/measure/host.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const files[] = {
        "proc/cpuinfo",     "proc/meminfo",      "proc/stat",   "proc/self/status",
        "proc/self/cgroup", "proc/pressure/cpu", "proc/vmstat", "sys/devices/system/cpu/online"};
    static struct dlb_host host; /* large */
    struct dlb_gate_snapshot before;
    struct dlb_gate_snapshot after;
    struct dlb_gate_reading reading;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        fuzz_file(files[i], data, size);
    dlb_host_read(fuzz_folder(), &host);
    dlb_gate_take(fuzz_folder(), &before);
    dlb_gate_take(fuzz_folder(), &after);
    dlb_gate_difference(&before, &after, &reading);
    return 0;
}
