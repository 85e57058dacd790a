/* run_options.h: what `dlbench run` can be told. The table is in run_options.c; `dlbench check` takes most of it, too. */
#ifndef DLB_RUN_OPTIONS_H
#define DLB_RUN_OPTIONS_H

#include "bench/cli/options.h"

/* Headings in help, in this order. */
#define DLB_GROUP_WHAT    "What to measure"
#define DLB_GROUP_AXES    "Circumstances (each a list; all combinations are measured)"
#define DLB_GROUP_MEASURE "Measuring"
#define DLB_GROUP_BESIDE  "Beside the times"
#define DLB_GROUP_RUN     "The run and its result"

struct dlb_run_options {
    /* what */
    struct dlb_texts devices, workloads, params;
    const char *suite; /* NULL: "quick", unless workloads are named */
    /* axes */
    struct dlb_ints threads;  /* empty: as many as affinity and quota allow */
    int modes, caches, fills; /* sets of bits over the enums */
    /* measuring */
    double precision, max_time_ns, batch_ns, gap_ns;
    double warmup_ns, timeout_ns; /* -1: chosen by what is measured */
    int64_t max_samples, invocations;
    bool no_gates, strict;
    const char *slowdown; /* PCT[:GLOB]; NULL: none */
    int wait_policy;      /* 0 active, 1 passive */
    int keep_samples;     /* 0 yes, 1 no */
    struct dlb_texts backend_options;
    /* beside the times */
    const char *counters;              /* names and groups; NULL: none are counted */
    int energy;                        /* enum dlb_meter_kind */
    const char *power_command;         /* NULL: none */
    double energy_window_ns;           /* 0: as the meter wants it */
    int roofs;                         /* enum dlb_run_roofs */
    double price_hour, price_kwh, pue; /* price_hour and price_kwh -1: not given */
    const char *currency;
    /* the run */
    bool dry_run, yes, with_hostname;
    const char *resume, *output;
    const char *report; /* folder; NULL: none is written */
    int format;         /* index into dlb_report_formats */
    int64_t columns;    /* -1: the terminal's, 0: no limit */
};

/* Where the roofs of a run come from. */
enum dlb_run_roofs {
    DLB_RUN_ROOFS_AUTO, /* those stored with the machine; measured where there are none, or old ones */
    DLB_RUN_ROOFS_NEW, /* measured in any case */
    DLB_RUN_ROOFS_OFF
};

extern const struct dlb_option dlb_run_option_rows[];

#endif
