/* roofs.h: the measured ceilings of a device, where they are kept, and which of them binds a record.
 *
 * A roof is min(compute ceiling of the type, bandwidth ceiling of the level that holds the working set x operations per byte); see
 * S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual performance model for multicore architectures", CACM 52(4), 2009.
 * Roofs are measured by `dlbench roofline` and by a run that finds none, stored with the machine, and copied into devices[].measured of each
 * result, so that a file explains itself anywhere. */
#ifndef DLB_ROOFS_H
#define DLB_ROOFS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/store/record.h"

enum dlb_roof_kind {
    DLB_ROOF_COMPUTE,   /* ops/s: register-resident multiply-adds */
    DLB_ROOF_BANDWIDTH, /* bytes/s: of a cache level or memory */
    DLB_ROOF_LATENCY,   /* ns: dependent loads */
    DLB_ROOF_LAUNCH,    /* ns: the smallest execution, submitted and waited for */
    DLB_ROOF_TRANSFER,  /* bytes/s: between host and device */
    DLB_ROOF_KINDS
};
const char *dlb_roof_kind_name(enum dlb_roof_kind kind); /* "compute", "bandwidth", ... */

struct dlb_roof {
    enum dlb_roof_kind kind;
    char name
        [64]; /* unique within a device and thread count: "f32 AVX-512 FMA", "L2 read", "memory triad, non-temporal" */
    char dtype[8];    /* COMPUTE */
    char level[12];   /* BANDWIDTH, LATENCY: "L1", "L2", "L3", "memory"; device memories likewise */
    char pattern[16]; /* BANDWIDTH: read, write, copy, triad; TRANSFER: to_device, from_device */
    char data
        [8]; /* COMPUTE: random or zeros; only random ones are ceilings, zeros stand beside them */
    bool
        ceiling; /* false: told beside the others, but no ceiling (zeros; one level's slower pattern stays one of its patterns) */
    int threads; /* 0: does not matter on this device */
    double size_bytes; /* working set, of all threads together */
    double value;      /* of the best process, in the unit of the kind */
    double lo, hi;     /* smallest and largest of the processes */
    double
        datasheet; /* the same from the catalogue or the vendor; NaN: none. A value above it is flagged, never clipped */
};

struct dlb_roofs {
    char device[68]; /* key */
    char identity
        [160]; /* what must not have changed: processor, runtime, driver, clock limits; see roofs.c */
    char as_of[24];    /* UTC */
    char evidence[16]; /* measured; modelled where the device is a model */
    bool quick;        /* some with fewer processes and kernels, beside a run */
    int64_t level_bytes
        [4]; /* capacity of L1, L2 (each per core), L3 (shared by the cores used), memory; 0: none or unknown */
    int count;
    struct dlb_roof *items; /* owned */
};
void dlb_roofs_free(struct dlb_roofs *roofs);
enum dlb_status dlb_roofs_add(struct dlb_roofs *roofs,
                              const struct dlb_roof *roof); /* DLB_NO_MEMORY */

/* The ceiling of a type with so many threads, in ops/s; NaN: not measured. The largest of several instruction sets. */
double dlb_roofs_compute(const struct dlb_roofs *roofs, const char *dtype, int threads);
/* The bandwidth of a level, in bytes/s: the fastest of its patterns. NaN: not measured. */
double dlb_roofs_bandwidth(const struct dlb_roofs *roofs, const char *level, int threads);

/* Sets summary.roof_ops_per_s, roof_fraction and roof_binds ("compute f32", "L2", "memory") of a record that has a time; leaves NaN and "" where
 * a ceiling it needs is missing. A record above its roof gets the flag "above_roof": a defect of the roof, or an algorithm that does fewer
 * operations than the formula counts (Winograd). One above the datasheet's figure for its type, or for the memory that holds it, gets
 * "above_datasheet". Idempotent. */
void dlb_roofs_apply(const struct dlb_roofs *roofs, struct dlb_record *record);

/* devices[].measured. The caller owns what is returned; NULL without memory. */
json_t *dlb_roofs_to_json(const struct dlb_roofs *roofs);
enum dlb_status dlb_roofs_from_json(const json_t *json, struct dlb_roofs *roofs,
                                    struct dlb_why *why);

/* The machine's own file of them: FOLDER/roofs-DEVICE.json. Loading answers DLB_UNAVAILABLE with the reason when there is none, or when
 * `identity` is another, or when it is older than `max_age_s`, a quick one than `max_quick_s`. */
enum dlb_status dlb_roofs_load(const char *folder, const char *device, const char *identity,
                               double max_age_s, double max_quick_s, struct dlb_roofs *roofs,
                               struct dlb_why *why);
enum dlb_status dlb_roofs_save(const char *folder, const struct dlb_roofs *roofs,
                               struct dlb_why *why);

#endif
