/* choice.h: which processor for a workload: candidates from results, ranked by speed, latency, cost or energy. Pure; nothing here prints.
 *
 * A candidate is a device with a type of data; a task is a problem without its type (and, of networks, without the size of its batch, which a user is free to choose).
 * Candidates of one evidence stand in one class and compete only there: what was measured is never mixed with what was modelled or published. They are compared over the
 * tasks that all of a class have in common, those left aside that have less than half of the others' tasks. Of published rows those count whose tasks were measured, too, where
 * there are any. */
#ifndef DLB_CHOICE_H
#define DLB_CHOICE_H

#include "bench/store/catalogue.h"
#include "bench/store/result.h"

enum dlb_choice_by {
    DLB_CHOOSE_SPEED,
    DLB_CHOOSE_LATENCY,
    DLB_CHOOSE_COST,
    DLB_CHOOSE_ENERGY,
    DLB_CHOOSE_COUNT
};
/* "speed", "latency", "cost", "energy". */
const char *dlb_choice_by_name(enum dlb_choice_by by);

struct dlb_choice_request {
    const struct dlb_result *results; /* the published ones too, as one of them */
    int result_count;
    const struct dlb_catalogue *catalogue; /* powers and bounds; NULL for none */
    const char
        *workload; /* "resnet50", "conv*", "gemm:ta=n,k=512": the parameters given must agree */
    enum dlb_choice_by by;
    double max_latency_ns, max_power_w; /* NaN: no limit */
};

/* One task of a candidate, at its best within the limits. Figures are NaN where they are not known. */
struct dlb_choice_cell {
    const struct dlb_record *record; /* NULL: none within the limits */
    double value;                    /* what is ranked, smaller is better; NaN: not known */
    double margin;                   /* half the interval of `value`, as a share of it; NaN: none */
    double items_per_s;              /* of one unit */
    double latency_ns;
    bool
        latency_single; /* of single calls, waited for; else the time of a call in a batch of calls, which no latency can be below */
    bool
        latency_p90; /* that nine single calls of ten stay below, in the worst process that counts; else a median */
    double power_w, per_mitem, j_per_item;
    bool power_datasheet; /* not measured: what the catalogue tells of its entry */
    double ops_per_item;
};

enum dlb_choice_standing {
    DLB_CHOICE_RANKED,
    DLB_CHOICE_UNSURE, /* ranked behind: a limit could not be checked */
    DLB_CHOICE_FEW,    /* has less than half of the tasks of others */
    DLB_CHOICE_BLANK,  /* the figure that is asked for is not known */
    DLB_CHOICE_OVER    /* beyond a limit */
};

/* How easy a device is to use, by what happened. Over all types. */
struct dlb_choice_facts {
    int problems, ran, wrong,
        failed; /* that were tried; that gave a time; whose answers were wrong; that crashed or failed otherwise */
    char lacks[64]; /* types that it could do none of: "bf16 f16" */
    double
        first_result_ns; /* start of the process to its first answer: load, prepare, first call; NaN */
    double tune_ns,
        build_ns; /* the longest search for parameters, the longest compilation; NaN: none */
    double install_bytes; /* of its libraries; NaN: not known, filled in by who can look */
    int noisy;            /* rows that stayed noisy */
};

struct dlb_candidate {
    int result;                            /* index */
    const char *device, *evidence, *dtype; /* borrowed; dtype "" where it is not told */
    char name[128];                        /* of the processor */
    char kind[16];
    const struct dlb_catalogue_entry *entry; /* NULL: not in the catalogue */
    int units;                     /* processors that its figures are of together; 1 mostly */
    struct dlb_choice_cell *cells; /* one a task */
    int tasks;                     /* with a time */
    enum dlb_choice_standing standing;
    char reason[200]; /* why it is not ranked, or unsure */
    /* Geometric means over the tasks in common; the largest power and latency. NaN where one of them is not known. */
    double value, items_per_s, latency_ns, power_w, per_mitem, j_per_item;
    bool latency_single, latency_p90, power_datasheet;
    bool threads_vary; /* rows of several counts of threads were there to take from */
    int threads;       /* of the rows that were taken; 0: they differ, or it is not known */
    double
        relative; /* value / that of the first of its class, below 1 only for one that is unsure; NaN when not ranked */
    /* Tasks in common where, against the first of its class, it is worse or better beyond both intervals, or too close to tell; the rest lack an interval. */
    int worse, better, close;
    bool close_known;     /* false: no task has intervals, or it is the first */
    const char *currency; /* of per_mitem; "" where none is known, or several are */
    struct dlb_choice_facts facts;
};

#define DLB_CHOICE_LEFT_OUT 2

struct dlb_choice_class {
    const char *evidence;
    const char *currency; /* that is ranked by cost; "" else */
    int first, count;     /* candidates, the best first */
    int ranked,
        common; /* how many are, sure or not; tasks that they have in common: 0 where each is taken on its own tasks */
    int left_out;                            /* tasks that some of the ranked have and not all */
    int left_out_first[DLB_CHOICE_LEFT_OUT]; /* the first of these, as indices of tasks */
};

/* What a processor that nothing is known to have run could do at most, by its peak. Never ranked. */
struct dlb_choice_bound {
    const struct dlb_catalogue_entry *entry;
    double items_per_s, per_mitem; /* at most, at least; NaN: no price */
};

#define DLB_CHOICE_MOST_BOUNDS 5

struct dlb_choice {
    struct dlb_choice_request request;
    int task_count;
    char (*tasks)[512]; /* owned */
    int candidate_count;
    struct dlb_candidate *candidates; /* owned; by class, then rank */
    int class_count;
    struct dlb_choice_class classes[8];
    bool
        shared; /* published rows are those of tasks that were measured, too: others are left aside */
    int emulated; /* candidates left out: an emulator's time says nothing */
    const char *bound_dtype;
    int bound_count;
    struct dlb_choice_bound bounds[DLB_CHOICE_MOST_BOUNDS];
};

/* The results and the catalogue stay the caller's and outlive the choice. DLB_UNAVAILABLE: no row is of that workload; says which workloads there are. */
enum dlb_status dlb_choice_make(const struct dlb_choice_request *request, struct dlb_choice *choice,
                                struct dlb_why *why);
void dlb_choice_free(struct dlb_choice *choice);

/* Is a record of the workload that is asked for? */
bool dlb_choice_matches(const char *workload, const struct dlb_record *record);

/* The one to take: the first of the first class that has a ranked one, or NULL; *class tells which (or NULL). */
const struct dlb_candidate *dlb_choice_best(const struct dlb_choice *choice,
                                            const struct dlb_choice_class **class);

#endif
