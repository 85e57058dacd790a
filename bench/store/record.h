/* record.h: the stored row of a case, and its JSON form (schema dlbench-result/1).
 *
 * Plain data: run fills it, store writes and reads it, reports print it. Numbers that do not exist are NaN and
 * become null. Fields that this version does not know are kept from file to file in `unknown`. */
#ifndef DLB_RECORD_H
#define DLB_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/base/status.h"
#include "bench/store/cost.h"
#include "bench/store/counting.h"
#include "bench/store/energy.h"

struct dlb_gate_value {
    char name[28];
    double value; /* NaN: unavailable on this machine */
};

/* One fresh process in which the case was measured. */
struct dlb_invocation {
    int index;     /* 0.. within the case */
    int64_t order; /* 0.. within the run: what ran before what */
    char t_start_utc[24];
    int64_t k, n; /* executions per sample, samples */
    double median_ns, mean_ns, min_ns, max_ns, q1_ns, q3_ns, p90_ns, p99_ns, sd_rel, mad_ns;
    double ci_lo_ns, ci_hi_ns, ci_level; /* ci_level NaN: lo..hi is only the range */
    double n_eff, lag1;
    bool steady;
    char stop_reason[16];
    int64_t outliers_mild, outliers_severe;
    double load_ns; /* process start to backend open */
    double prepare_ns;
    double build_ns, tune_ns; /* of prepare: compiling, and searching for parameters; NaN: none */
    double first_call_ns;
    double host_median_ns;
    int64_t peak_mem_bytes;
    int gate_count;
    struct dlb_gate_value gates[16];
    bool gated; /* judged noisy */
    char gate_reason[96];
    struct dlb_energy energy; /* of this process; method "": not asked for */
    double *samples_ns;       /* n values, owned; NULL when not kept */
    json_t *unknown;          /* object or NULL, owned: fields of newer versions, kept on rewrite */
};

struct dlb_verification {
    bool checked, ok;
    char method[32];                 /* "projection", "sample 512", "full" */
    double max_abs_err, max_rel_err; /* relative to the tolerance's own scale */
    double tolerance;
};

struct dlb_summary {
    double median_ns, ci_lo_ns, ci_hi_ns;
    /* Over invocations: "order" (95 % interval), "range" (smallest to largest median). A single invocation: "within" (95 %
     * interval of its samples), "samples" (their range). Else "none". */
    char ci_kind[16];
    double inv_sd_rel;
    double ops_per_s, bytes_per_s, items_per_s, ai_ops_per_byte;
    double roof_ops_per_s, roof_fraction; /* NaN until a roof has been measured */
    char roof_binds[24]; /* which ceiling: "compute f32", "L2", "memory"; "" none is known */
    int64_t peak_mem_bytes;
};

#define DLB_MAX_FLAGS 16

struct dlb_record {
    /* identity */
    char key[768], key_hash[20]; /* canonical; parses back */
    char workload[32], version_hash[20];
    char problem[512]; /* the workload part of the key: same on every device */
    char label[128];   /* short, for people */
    char origin[64];   /* where the suite took it from; "" none */
    json_t *params;    /* object of name: value */
    char dtype[8], layout[32], direction[16], implementation[192];
    char parameters[256];                     /* what a tuner or a plan chose; "" none */
    char device[68];                          /* "onednn:0", "fpga:arria10-gx1150" */
    char mode[16], cache_state[16], data[16]; /* data: random, zeros, ones */
    char evidence[16];
    int threads;
    int64_t batch;
    double ops, bytes, items, working_set_bytes; /* per execution */
    double cycles;      /* of one execution, counted by the device; NaN: none */
    int64_t cache_sets; /* argument sets rotated over; 1 = warm */
    int64_t occurrences;
    /* outcome */
    enum dlb_status status;
    char status_reason[DLB_WHY_SIZE];
    struct dlb_verification verified;
    int invocation_count;
    struct dlb_invocation *invocations; /* owned */
    struct dlb_summary summary;
    struct dlb_counting counting; /* of the first process that counted */
    struct dlb_energy energy;     /* over the processes that count */
    struct dlb_cost cost;
    int flag_count;
    char flags[DLB_MAX_FLAGS]
              [24];  /* noisy, timer_limited, single_invocation, budget, cold_downgraded, unsteady,
                                       reference_kernel, slowdown, modelled, suspect, above_roof,
                                       above_datasheet, multiplexed */
    json_t *unknown; /* object or NULL */
};

/* The status as the file knows it: ok, failed, skipped, unsupported. What cannot be told apart there stands beside it as
 * `status_detail`, the exact dlb_status_name: crashed, timeout, wrong, no memory ... are "failed"; unavailable and
 * interrupted are "skipped" (a device that is missing from the start is no record but an entry of devices[]). An ok record
 * that is flagged "suspect" has the status "suspect". */
const char *dlb_record_status_text(enum dlb_status status);

/* The reason with its kind in front where the status text alone hides it: "crashed: SIGSEGV in prepare", "timeout: ...",
 * "wrong answer: ...", "out of memory: ...", "unavailable: ...", "interrupted: ...". Put there once only. A compiler's message may
 * be long: what does not fit the buffer is cut and ends in "...". */
void dlb_record_reason(const struct dlb_record *record, char *buffer, size_t size);

/* True when the workload is a network, not a single op: then items per second say more than operations. */
bool dlb_record_is_model(const struct dlb_record *record);

/* Frees samples and unknown fields; dlb_record_free does it for the invocations of a record. */
void dlb_invocation_free(struct dlb_invocation *invocation);

void dlb_record_free(struct dlb_record *record); /* what it owns, not the struct */
bool dlb_record_has_flag(const struct dlb_record *record, const char *flag);
void dlb_record_flag(struct dlb_record *record, const char *flag); /* once; ignores when full */
void dlb_record_unflag(struct dlb_record *record, const char *flag);

/* Adds a copy whose samples and unknown fields are taken over (the caller's pointers become NULL); DLB_NO_MEMORY leaves
 * both as they were. */
enum dlb_status dlb_record_add_invocation(struct dlb_record *record,
                                          struct dlb_invocation *invocation);

/* Fills median ... lag1, interval, outliers of an invocation from its n samples; p99 is NaN below 100 samples, the
 * interval's level NaN where lo..hi is only the range, everything NaN for n = 0. */
void dlb_invocation_summarise(struct dlb_invocation *invocation);

/* Does it count: has it a time, and is it quiet, or is none? `index`: of the record's invocations. */
bool dlb_record_counts(const struct dlb_record *record, int index);

/* Fills `summary` from the invocations that count (not `gated`, unless all are), and the flags that follow
 * from them: single_invocation, budget, unsteady, noisy (this one also stays when the caller set it and an invocation that
 * counts has a gate_reason). Rates come from ops, bytes, items; a roof that is set stays, and the share of it, with the flag above_roof,
 * follows the time. Fills `energy` where processes measured any (see dlb_record_energy). */
void dlb_record_summarise(struct dlb_record *record);

/* Fills `energy` from the processes whose `counts` (invocation_count of them) is true: sums over their windows, medians of what is per item, and
 * its uncertainty. Method "none" with the reason where each of them has none; untouched where none was asked for its energy. For
 * dlb_record_summarise. */
void dlb_record_energy(struct dlb_record *record, const bool *counts);

/* JSON. The caller owns what is returned; NULL without memory. Reading is strict about types and says
 * which field was wrong. */
json_t *dlb_invocation_to_json(const struct dlb_invocation *invocation);
enum dlb_status dlb_invocation_from_json(const json_t *json, struct dlb_invocation *invocation,
                                         struct dlb_why *why);
json_t *dlb_record_to_json(const struct dlb_record *record);
enum dlb_status dlb_record_from_json(const json_t *json, struct dlb_record *record,
                                     struct dlb_why *why);

#endif
