/* test_verify_network.c: the oracle of several ops: each op rounded or fused is right, another network is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/naive.h"
#include "tests/unit/verify_subject.h"

/* A product with bias and activation behind it: rounded once or after each op, both are right. */
static void test_chain(void **state)
{
    (void)state;
    const char *keys[] = {"conv:n=1,c=8,h=9,w=9,k=7,bias=yes,act=relu,dtype=bf16",
                          "conv:n=1,c=8,h=9,w=9,k=7,bias=yes,act=relu",
                          "conv:n=1,c=32,h=64,w=64,k=32,bias=yes,act=relu,dtype=f16"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        subject_open(&s, keys[i], DLB_FILL_RANDOM);
        assert_int_equal(s.graph.op_count, 3);
        subject_answer_by_ops(&s);
        subject_expect_right(&s, keys[i]);
        const int bias = s.graph.ops[1].inputs[1];
        const struct dlb_tensor *y = subject_result(&s);
        const int64_t count = dlb_tensor_elements(y);
        const int64_t plane = y->dims[2] * y->dims[3];
        for (int64_t j = 0; j < count; j++) {
            const float b = s.floats[bias][j / plane % y->dims[1]];
            const double sum = dlb_naive_element(&s.graph, s.floats, j, 4) + (double)b;
            subject_set(&s, j, sum > 0 ? sum : 0);
        }
        subject_expect_right(&s, "fused");
        for (int64_t j = 0; j < count; j++) {
            const double sum = dlb_naive_element(&s.graph, s.floats, j, 4);
            subject_set(&s, j, sum > 0 ? sum : 0);
        }
        subject_expect_wrong(&s, "bias left out");
        subject_close(&s);
    }
}

static const char *const networks[] = {
    "lenet:batch=3",
    "lenet:batch=3,dtype=bf16",
    "lenet:batch=3,dtype=f16",
    "mlp:batch=5",
    "mlp:batch=5,dtype=bf16",
    "resblock:batch=1,h=7,w=7",
    "resblock:batch=1,h=7,w=7,dtype=bf16",
};

/* Every op rounded to its type passes with room to spare; one output off by its own size does not. */
static void test_network(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        struct subject s;
        subject_open(&s, networks[i], DLB_FILL_RANDOM);
        subject_answer_by_ops(&s);
        subject_expect_right(&s, networks[i]);
        assert_string_equal(s.check.method, "full pass");
        if (s.check.max_rel_err > 0.6 * s.check.tolerance)
            fail_msg("%s: %g of %g is close", networks[i], s.check.max_rel_err, s.check.tolerance);
        const int64_t last = dlb_tensor_elements(subject_result(&s)) - 1;
        subject_set(&s, last, subject_get(&s, last) + subject_rms(&s));
        subject_expect_wrong(&s, networks[i]);
        subject_close(&s);
    }
}

/* Constant data may overflow and tie; an honest answer passes all the same. */
static void test_network_constant(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        for (int fill = DLB_FILL_ZEROS; fill <= DLB_FILL_ONES; fill++) {
            struct subject s;
            subject_open(&s, networks[i], (enum dlb_fill)fill);
            subject_answer_by_ops(&s);
            subject_expect_right(&s, networks[i]);
            subject_close(&s);
        }
    }
}

/* A network whose first op is left out, or whose weights are another run's, is wrong. */
static void test_network_other_weights(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        struct subject s;
        subject_open(&s, networks[i], DLB_FILL_RANDOM);
        const int weight = s.graph.ops[0].inputs[1];
        void *other = malloc((size_t)dlb_tensor_bytes(&s.graph.tensors[weight]));
        dlb_graph_fill(&s.graph, weight, DLB_FILL_RANDOM, SUBJECT_SEED + 1, other);
        s.inputs[weight] = other;
        subject_answer_by_ops(&s);
        subject_expect_wrong(&s, networks[i]);
        free(other);
        subject_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_network),
        cmocka_unit_test(test_network_constant),
        cmocka_unit_test(test_network_other_weights),
    };
    return cmocka_run_group_tests_name("verify_network", tests, NULL, NULL);
}
