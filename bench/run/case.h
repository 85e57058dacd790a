/* case.h: what is measured once: workload x device x threads x timing mode x cache state x data.
 *
 * One canonical text key that parses back:
 *   gemm:m=512,...,dtype=f32@onednn:0/t2/throughput/warm/random */
#ifndef DLB_CASE_H
#define DLB_CASE_H

#include "bench/base/random.h"
#include "bench/measure/sampler.h"
#include "bench/models/workload.h"

#define DLB_CASE_KEY_SIZE 768

enum dlb_cache_state { DLB_CACHE_WARM, DLB_CACHE_COLD, DLB_CACHE_COUNT };
const char *dlb_cache_state_name(enum dlb_cache_state state);

struct dlb_case {
    struct dlb_problem problem;
    char origin[64];
    int64_t occurrences;
    char backend[32];
    int device;
    int threads;
    enum dlb_mode mode;
    enum dlb_cache_state cache;
    enum dlb_fill data;
};

void dlb_case_key(const struct dlb_case *item, char *buffer, size_t size);
enum dlb_status dlb_case_parse(const char *key, struct dlb_case *item, struct dlb_why *why);

#endif
