/* verify_subject.h: a problem, its oracle and an answer to be judged, for the tests of the oracle. A failure ends the test. */
#ifndef DLB_VERIFY_SUBJECT_H
#define DLB_VERIFY_SUBJECT_H

#include "bench/graph/graph.h"
#include "bench/run/verify.h"

#define SUBJECT_SEED 20261123u

struct subject {
    struct dlb_graph graph;
    struct dlb_oracle *oracle;
    const void *inputs[32]; /* by tensor: the oracle's */
    float *floats[32];      /* copies of them */
    int result;
    void *host; /* the answer: plain layout */
    struct dlb_check check;
    struct dlb_why why;
};

/* Opens the oracle of a problem; the answer is not filled. With a cache folder: see dlb_oracle_open. */
void subject_open(struct subject *s, const char *key, enum dlb_fill fill);
void subject_open_cached(struct subject *s, const char *key, uint64_t seed, const char *folder);
void subject_close(struct subject *s);
const struct dlb_tensor *subject_result(const struct subject *s);

/* The answer of an honest backend: f32 sums in `lanes` parts, rounded once. One product only. */
void subject_answer(struct subject *s, int lanes);
/* The same of any graph: the reference kernels in the types given, each op rounded, as an unfused backend does. */
void subject_answer_by_ops(struct subject *s);

enum dlb_status subject_check(struct subject *s);
void subject_expect_right(struct subject *s, const char *what);
void subject_expect_wrong(struct subject *s, const char *what);

/* Element i of the answer, and the root mean square of all. */
double subject_get(const struct subject *s, int64_t i);
void subject_set(struct subject *s, int64_t i, double value);
double subject_rms(const struct subject *s);

#endif
