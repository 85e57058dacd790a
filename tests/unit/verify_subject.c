/* verify_subject.c: see verify_subject.h. Answers come from naive.c (f32 sums, as a library makes them), not from the
 * oracle's own kernels; only those of several ops are made by the reference kernels, in the types given. */
#include "tests/unit/verify_subject.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/models/workload.h"
#include "kernels/reference/reference.h"
#include "tests/unit/naive.h"

static void open_with(struct subject *s, const char *key, enum dlb_fill fill, uint64_t seed,
                      const char *folder)
{
    struct dlb_problem problem;
    memset(s, 0, sizeof *s);
    if (dlb_problem_parse(key, &problem, &s->why) != DLB_OK ||
        dlb_problem_build(&problem, &s->graph, &s->why) != DLB_OK ||
        dlb_oracle_open(&s->graph, fill, seed, folder, &s->oracle, &s->why) != DLB_OK) {
        fail_msg("%s: %s", key, s->why.text);
        abort(); /* fail_msg has jumped away, which static analysis cannot know */
    }
    s->result = -1;
    for (int i = 0; i < s->graph.tensor_count; i++) {
        s->inputs[i] = dlb_oracle_input(s->oracle, i);
        if (s->inputs[i] != NULL)
            s->floats[i] = dlb_naive_floats(&s->graph.tensors[i], s->inputs[i]);
        if (dlb_graph_is_result(&s->graph, i))
            s->result = i;
    }
    s->host = malloc((size_t)dlb_tensor_bytes(&s->graph.tensors[s->result]));
    assert_non_null(s->host);
}

void subject_open(struct subject *s, const char *key, enum dlb_fill fill)
{
    open_with(s, key, fill, SUBJECT_SEED, NULL);
}

void subject_open_cached(struct subject *s, const char *key, uint64_t seed, const char *folder)
{
    open_with(s, key, DLB_FILL_RANDOM, seed, folder);
}

void subject_close(struct subject *s)
{
    free(s->host);
    for (int i = 0; i < s->graph.tensor_count; i++)
        free(s->floats[i]);
    dlb_oracle_close(s->oracle);
    dlb_graph_free(&s->graph);
}

const struct dlb_tensor *subject_result(const struct subject *s)
{
    return &s->graph.tensors[s->result];
}

void subject_answer(struct subject *s, int lanes)
{
    const int64_t count = dlb_tensor_elements(subject_result(s));
    for (int64_t i = 0; i < count; i++)
        dlb_dtype_store(subject_result(s)->dtype, s->host, (size_t)i,
                        dlb_naive_element(&s->graph, s->floats, i, lanes));
}

enum dlb_status subject_check(struct subject *s)
{
    s->why.text[0] = '\0';
    return dlb_oracle_check(s->oracle, s->result, s->host, &s->check, &s->why);
}

void subject_expect_right(struct subject *s, const char *what)
{
    if (subject_check(s) != DLB_OK || !s->check.ok)
        fail_msg("%s (%s): %s; %g of %g", what, s->check.method, s->why.text, s->check.max_rel_err,
                 s->check.tolerance);
    assert_true(s->check.max_rel_err <= s->check.tolerance);
}

void subject_expect_wrong(struct subject *s, const char *what)
{
    if (subject_check(s) != DLB_WRONG || s->check.ok)
        fail_msg("%s passed (%s): %g of %g", what, s->check.method, s->check.max_rel_err,
                 s->check.tolerance);
    assert_true(strlen(s->why.text) > 0);
}

double subject_get(const struct subject *s, int64_t i)
{
    return dlb_dtype_load(subject_result(s)->dtype, s->host, (size_t)i);
}

void subject_set(struct subject *s, int64_t i, double value)
{
    dlb_dtype_store(subject_result(s)->dtype, s->host, (size_t)i, value);
}

double subject_rms(const struct subject *s)
{
    const int64_t count = dlb_tensor_elements(subject_result(s));
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += subject_get(s, i) * subject_get(s, i);
    return sqrt(sum / (double)count);
}

void subject_answer_by_ops(struct subject *s)
{
    void *buffers[32] = {0};
    for (int i = 0; i < s->graph.tensor_count; i++) {
        const size_t bytes = (size_t)dlb_tensor_bytes(&s->graph.tensors[i]);
        buffers[i] = malloc(bytes);
        if (s->inputs[i] != NULL)
            memcpy(buffers[i], s->inputs[i], bytes);
    }
    for (int i = 0; i < s->graph.op_count; i++)
        dlb_reference_run(&s->graph, &s->graph.ops[i], buffers);
    memcpy(s->host, buffers[s->result], (size_t)dlb_tensor_bytes(subject_result(s)));
    for (int i = 0; i < s->graph.tensor_count; i++)
        free(buffers[i]);
}
