/* workload.h: named graph builders with parameters: what can be measured.
 *
 * A workload is one row of the table in workload.c: name, parameters, builder. Parameters are
 * given and shown as text and have one canonical form, so a problem has one canonical key that
 * parses back:
 *   gemm:m=512,n=512,k=512,ta=n,tb=n,batch=1,alpha=1,beta=0,dtype=f32 */
#ifndef DLB_WORKLOAD_H
#define DLB_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/base/status.h"
#include "bench/base/text.h"
#include "bench/graph/graph.h"

#define DLB_MAX_PARAMS 24
#define DLB_KEY_SIZE   512

enum dlb_param_kind {
    DLB_PARAM_INT,    /* 1..max; suffixes k Ki M Mi */
    DLB_PARAM_REAL,   /* finite */
    DLB_PARAM_CHOICE, /* one of `choices` */
    DLB_PARAM_DIMS    /* 1, 2 or 4 integers joined by x: "1" both, "1x2" height x width,
                         "1x0x1x0" top x left x bottom x right; canonical form is the shortest */
};

struct dlb_param_spec {
    const char *name;
    enum dlb_param_kind kind;
    int64_t min, max;         /* INT and each of DIMS */
    const char *choices;      /* CHOICE: "f32 bf16 f16 s8 u8" */
    const char *default_text; /* never NULL: every workload runs as it is */
    const char *help;         /* one line */
};

struct dlb_param_value {
    int64_t dims[4]; /* INT: dims[0]; DIMS: h,w,h,w = top,left,bottom,right; CHOICE: index */
    double real;
};

struct dlb_workload {
    const char *name;
    const char *summary;
    bool is_model; /* whole network, else a single op */
    int version;   /* raised when the same parameters come to mean other work */
    int param_count;
    int shape_param_count; /* leading parameters that every label shows */
    const struct dlb_param_spec *params;
    /* Adds tensors and ops to a fresh graph and sets its items; errors are latched in the graph. */
    void (*build)(const struct dlb_param_value *values, struct dlb_graph *graph);
};

/* A workload with all its parameters set. */
struct dlb_problem {
    const struct dlb_workload *workload;
    struct dlb_param_value values[DLB_MAX_PARAMS];
};

/* All workloads, in listing order; NULL-safe count. */
int dlb_workload_count(void);
const struct dlb_workload *dlb_workload_at(int index);
const struct dlb_workload *dlb_workload_find(const char *name); /* NULL when unknown */

/* The same with a reason: DLB_INVALID names the nearest one and those that there are. */
enum dlb_status dlb_workload_lookup(const char *name, const struct dlb_workload **workload,
                                    struct dlb_why *why);

/* Index of a parameter, or -1. */
int dlb_workload_param(const struct dlb_workload *workload, const char *name);

/* All parameters at their defaults. */
void dlb_problem_init(struct dlb_problem *problem, const struct dlb_workload *workload);

/* Sets one parameter from text; DLB_INVALID names the parameter, what it wants and what was found,
 * with the nearest name for an unknown one. */
enum dlb_status dlb_problem_set(struct dlb_problem *problem, const char *name, const char *text,
                                struct dlb_why *why);

/* Canonical text of one parameter; buffer of 64 bytes does. */
void dlb_problem_get(const struct dlb_problem *problem, int param, char *buffer, size_t size);

/* The canonical key (all parameters), and the short label for people (only what differs from the
 * defaults, plus m n k or the image shape). */
void dlb_problem_key(const struct dlb_problem *problem, char *buffer, size_t size);
void dlb_problem_label(const struct dlb_problem *problem, char *buffer, size_t size);

/* Parses a key, full or short ("gemm:m=64", "gemm"). */
enum dlb_status dlb_problem_parse(const char *key, struct dlb_problem *problem,
                                  struct dlb_why *why);

/* Builds and finishes the graph; free it with dlb_graph_free also on failure. */
enum dlb_status dlb_problem_build(const struct dlb_problem *problem, struct dlb_graph *graph,
                                  struct dlb_why *why);

/* The problem's dtype parameter; every workload has one named "dtype". */
enum dlb_dtype dlb_problem_dtype(const struct dlb_problem *problem);

/* 16 hex digits over name, version and parameter names: changes when the meaning of the key
 * changes. */
void dlb_workload_version_hash(const struct dlb_workload *workload, char buffer[20]);

#endif
