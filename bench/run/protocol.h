/* protocol.h: what parent and worker say to each other: JSON lines over two pipes, versioned.
 *
 * A check starts workers of programs that may be years older or newer. So the number of the protocol changes only when a worker would misunderstand a
 * request; what can be passed over is added without: unknown fields and events are ignored, absent ones have a meaning of their own.
 *
 * Parent -> worker: one request line (dlb_request). Worker -> parent, a line each:
 *   {"event":"hello","protocol":1,"protocol_oldest":1,"version":"...","git":"...","features":["..."]}
 *   {"event":"phase","phase":"load|prepare|execute|verify|sample|count|energy","patience_s":0}
 *   {"event":"progress","n":45,"median_ns":1.2e6,"half_width":0.006}
 *   {"event":"info","implementation":"...","device":{...},...}
 *   {"event":"done","status":"ok","reason":"","verified":{...},"invocation":{...}} */
#ifndef DLB_PROTOCOL_H
#define DLB_PROTOCOL_H

#include <jansson.h>

#include "bench/measure/counters.h"
#include "bench/measure/meter.h"
#include "bench/run/case.h"
#include "bench/run/roofline_probe.h"
#include "bench/store/record.h"

#define DLB_PROTOCOL_VERSION    1 /* the newest that is spoken here */
#define DLB_PROTOCOL_OLDEST     1 /* and the oldest */
#define DLB_MAX_BACKEND_OPTIONS 32

/* What a worker says before all else. The first dlbench told its protocol alone: then there are no texts and no features. */
struct dlb_hello {
    int protocol, protocol_oldest; /* the requests that it reads: from oldest to newest */
    char version[64], git[64];     /* "" where it does not tell */
    bool backends_first;           /* feature: DLBENCH_BACKENDS goes before its own plugins */
    bool counts;                   /* feature: obeys `counters` and `meter` of a request */
    bool verifies_on_demand;       /* feature: obeys `unverified` of a request */
};
json_t *dlb_hello_to_json(void);
/* DLB_INVALID: without a protocol it is no hello. */
enum dlb_status dlb_hello_from_json(const json_t *json, struct dlb_hello *hello,
                                    struct dlb_why *why);
/* The newest protocol that both sides speak; 0: there is none. */
int dlb_hello_common(const struct dlb_hello *hello);

/* What the worker is asked to do. */
enum dlb_task {
    DLB_TASK_MEASURE, /* one invocation of one case */
    DLB_TASK_PROBE, /* load one backend, list its devices, or find one by name: nothing is measured */
    DLB_TASK_ROOF   /* one invocation of a probe: a ceiling of the processor or of a device */
};

struct dlb_request {
    int protocol; /* to write it in: one that the worker reads; 0: the newest */
    enum dlb_task task;
    struct dlb_case item;           /* MEASURE */
    char backend[32];               /* PROBE; ROOF of a device */
    char device[DLB_DEVICE_SIZE];   /* the one device wanted, by number or name; "": all (PROBE) */
    struct dlb_roofline_probe roof; /* ROOF */
    uint64_t seed;
    int process; /* number of the invocation within its case: what the oracle looks at differs */
    struct dlb_sampling sampling;
    int64_t llc_bytes;          /* effective, for cold cases */
    int64_t memory_limit_bytes; /* what the case may take; 0 = no limit */
    bool keep_samples;
    struct dlb_counter_list
        counters; /* count 0: none; counted in passes of their own behind the samples */
    struct dlb_meter_options meter; /* kind OFF: no energy is measured */
    double idle_power_w;            /* of the machine before the run; NaN: not known */
    bool unverified;         /* an earlier process has shown that the answer is right: time only */
    char oracle_folder[256]; /* "" = no cache */
    int option_count;
    char options[DLB_MAX_BACKEND_OPTIONS][256]; /* "backend.name=value" */
};

json_t *dlb_request_to_json(const struct dlb_request *request);
enum dlb_status dlb_request_from_json(const json_t *json, struct dlb_request *request,
                                      struct dlb_why *why);

/* What came of it. */
struct dlb_answer {
    enum dlb_status status;
    struct dlb_why why;
    char implementation[192];
    char parameters[256];
    char version_hash[20]; /* of the workload, as the worker's program knows it; "" not told */
    double slowdown;       /* factor by which the times were stretched on purpose; 1: were not */
    double cycles;         /* NaN: the device counts none */
    bool reference_kernel;
    char evidence[16];
    int64_t cache_sets;
    bool cold_downgraded, timer_limited;
    int64_t memory_bytes;
    struct dlb_counting counting; /* owns what it holds */
    struct dlb_verification verified;
    bool measured;                    /* `invocation` is filled */
    struct dlb_invocation invocation; /* samples owned */
    struct dlb_probe_info roof;       /* ROOF: what one execution did */
    json_t *
        devices; /* PROBE: array, also of those that do not open, with status and reason; MEASURE, ROOF: array of the one
                        device; owned, may be NULL */
};
void dlb_answer_free(struct dlb_answer *answer);
json_t *dlb_answer_to_json(const struct dlb_answer *answer);
enum dlb_status dlb_answer_from_json(const json_t *json, struct dlb_answer *answer,
                                     struct dlb_why *why);

#endif
