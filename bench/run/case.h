/* case.h: what is measured once: workload x device x threads x timing mode x cache state x data.
 *
 * One canonical text key that parses back:
 *   gemm:m=512,...,dtype=f32@onednn:0/t2/throughput/warm/random
 * A device is a backend and, behind the colon, the number or the id that the backend gives it: fpga:arria10-gx1150. */
#ifndef DLB_CASE_H
#define DLB_CASE_H

#include "bench/base/random.h"
#include "bench/measure/sampler.h"
#include "bench/models/workload.h"

#define DLB_CASE_KEY_SIZE 768
#define DLB_DEVICE_SIZE   32 /* of what stands behind the colon */

enum dlb_cache_state { DLB_CACHE_WARM, DLB_CACHE_COLD, DLB_CACHE_COUNT };
const char *dlb_cache_state_name(enum dlb_cache_state state);

struct dlb_case {
    struct dlb_problem problem;
    char origin[64];
    int64_t occurrences;
    char backend[32];
    char device[DLB_DEVICE_SIZE];
    int threads;
    enum dlb_mode mode;
    enum dlb_cache_state cache;
    enum dlb_fill data;
    bool
        once; /* not part of the key: its time is the same each time (or none), so one process tells all */
};

void dlb_case_key(const struct dlb_case *item, char *buffer, size_t size);

/* Is it a device's name behind the colon: a number without sign or leading zeros, below 2^31, or an id of a-z A-Z 0-9 . _ -
 * that begins with a letter? *index gets the number, -1 for an id. */
bool dlb_case_device(const char *text, int *index);

enum dlb_status dlb_case_parse(const char *key, struct dlb_case *item, struct dlb_why *why);

#endif
