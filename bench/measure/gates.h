/* gates.h: was the machine quiet? Reads signals that never look at the timing itself (rule 1.9).
 *
 * A snapshot is taken before and after an invocation; the difference is judged against the table of rule 1.9. Missing
 * sources are NaN. `root` lets tests point at a recorded /proc and /sys. */
#ifndef DLB_GATES_H
#define DLB_GATES_H

#include <stdbool.h>
#include <stdint.h>

#define DLB_GATE_COUNT 9
enum dlb_gate {
    DLB_GATE_SWITCHES,     /* involuntary context switches of the process and its threads */
    DLB_GATE_RUN_QUEUE,    /* run-queue delay as a share of the time */
    DLB_GATE_STEAL,        /* CPU steal as a share of the time */
    DLB_GATE_THROTTLED,    /* cgroup throttling as a share of the time */
    DLB_GATE_PRESSURE,     /* CPU pressure "some" as a share of the time */
    DLB_GATE_THERMAL,      /* thermal throttle events */
    DLB_GATE_FREQUENCY,    /* effective frequency in Hz; judged against the session's median */
    DLB_GATE_MAJOR_FAULTS, /* major page faults and swap-ins */
    DLB_GATE_SUSPEND       /* seconds of suspend (boot clock against monotonic) */
};
/* "involuntary_switches", "run_queue", ...; and the unit: "", "share", "Hz", "s". */
const char *dlb_gate_name(enum dlb_gate gate);
const char *dlb_gate_unit(enum dlb_gate gate);

struct dlb_gate_snapshot {
    int64_t time_ns, boot_ns;
    double raw[DLB_GATE_COUNT]; /* absolute counters; NaN = source missing */
    double thread_ns; /* time that this process's threads ran or waited to run; NaN = unknown */
    double busy_ns;   /* time that all CPUs of the machine were not idle; NaN = unknown */
};
/* Run-queue delay is a share of the threads' time, steal of the busy CPUs' time, each at least the elapsed time: so a
 * share does not depend on how many threads or idle CPUs there are. A counter that went back is unavailable. */
struct dlb_gate_reading {
    double value[DLB_GATE_COUNT]; /* differences, shares; NaN = unavailable */
};

/* Of the calling process with all its threads; call it from the process that measures. */
void dlb_gate_take(const char *root, struct dlb_gate_snapshot *snapshot);
void dlb_gate_difference(const struct dlb_gate_snapshot *before,
                         const struct dlb_gate_snapshot *after, struct dlb_gate_reading *reading);

enum dlb_gate_verdict { DLB_GATE_QUIET, DLB_GATE_WARN, DLB_GATE_NOISY };

/* What was seen so far in the session: the thresholds that adapt. Zero-initialise. */
struct dlb_gate_session {
    int64_t count;
    double switches_lower_quartile, frequency_median;
    double *switches, *frequencies; /* grown by dlb_gate_learn, released by dlb_gate_session_free */
    int64_t capacity;
};
/* Adds a reading to what is known (without memory: does not). Judge first, then learn. */
void dlb_gate_learn(struct dlb_gate_session *session, const struct dlb_gate_reading *reading);
void dlb_gate_session_free(struct dlb_gate_session *session);

/* The worst verdict, and which gate gave it in words ("run-queue 6%"; buffer of 96; "" when quiet). */
enum dlb_gate_verdict dlb_gate_judge(const struct dlb_gate_session *session,
                                     const struct dlb_gate_reading *reading, char *reason,
                                     int reason_size);

/* One number to compare noisy invocations by: the largest ratio of a signal to its gate; above 1 is noisy. */
double dlb_gate_noise(const struct dlb_gate_session *session,
                      const struct dlb_gate_reading *reading);

#endif
