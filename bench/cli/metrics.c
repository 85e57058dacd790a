/* metrics.c: the table of metrics. Names are those of the result schema. */
#include "bench/cli/metrics.h"

#include <stddef.h>

const struct dlb_metric dlb_metrics[] = {
    {"median_ns", "ns", "lower",
     "time of one execution: the median over fresh processes of each process's median sample"},
    {"ci_lo_ns", "ns", "",
     "lower end of the interval of median_ns; ci_kind tells which kind it is"},
    {"ci_hi_ns", "ns", "", "upper end of the interval of median_ns"},
    {"inv_sd_rel", "1", "lower", "standard deviation between processes, relative to their mean"},
    {"ops_per_s", "OP/s", "higher",
     "operations per second; a multiply-add is 2, padding taps are counted (DeepBench's "
     "convention)"},
    {"bytes_per_s", "B/s", "higher",
     "compulsory traffic per second: each operand read or written once, whatever the caches did"},
    {"items_per_s", "1/s", "higher",
     "images, rows or products per second: the batch over the time"},
    {"ai_ops_per_byte", "OP/B", "", "arithmetic intensity: ops over compulsory bytes"},
    {"roof_ops_per_s", "OP/s", "",
     "the lower of two ceilings found on the device: of computing, and of moving the bytes"},
    {"roof_fraction", "1", "higher", "share of the roof that is reached; roof_binds tells which"},
    {"j_per_item", "J", "lower",
     "energy for an item, what the idle machine takes included; from a pass of its own"},
    {"items_per_j", "1/J", "higher", "items for a joule"},
    {"per_mitem", "currency", "lower",
     "cost of a million items: price of the device, and of electricity where it is given"},
    {"first_call_ns", "ns", "lower", "the very first execution in a process, before any warm-up"},
    {"prepare_ns", "ns", "lower",
     "what is paid once: kernel build, choice of algorithm, packing of weights, memory plan"},
    {"load_ns", "ns", "lower", "process start until the backend's device is open"},
    {"peak_mem_bytes", "B", "lower", "largest resident size of the process that measured"},
    {NULL, NULL, NULL, NULL},
};
