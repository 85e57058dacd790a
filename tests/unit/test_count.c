/* test_count.c: operations and bytes of known problems, worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/graph/count.h"
#include "bench/models/workload.h"

static struct dlb_count count_of(const char *key)
{
    struct dlb_problem problem;
    struct dlb_graph graph;
    struct dlb_why why = {""};
    if (dlb_problem_parse(key, &problem, &why) != DLB_OK) {
        fail_msg("%s: %s", key, why.text);
    }
    if (dlb_problem_build(&problem, &graph, &why) != DLB_OK) {
        fail_msg("%s: %s", key, why.text);
    }
    const struct dlb_count count = dlb_count_graph(&graph);
    dlb_graph_free(&graph);
    return count;
}

static void test_single_ops(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        double ops, bytes, working_set;
    } cases[] = {
        /* 2 m n k; 4 (m k + k n + m n) */
        {"gemm:m=1,n=1,k=1", 2, 12, 12},
        {"gemm:m=1760,n=128,k=1760", 2.0 * 1760 * 128 * 1760,
         4.0 * (1760.0 * 1760 + 1760 * 128 + 1760 * 128),
         4.0 * (1760.0 * 1760 + 1760 * 128 + 1760 * 128)},
        {"gemm:m=5,n=7,k=11,batch=3,dtype=bf16", 2.0 * 5 * 7 * 11 * 3, 2.0 * 3 * (55 + 77 + 35),
         2.0 * 3 * (55 + 77 + 35)},
        /* C is read and written, but there is one C */
        {"gemm:m=5,n=7,k=11,beta=1", 770, 4.0 * (55 + 77 + 70), 4.0 * (55 + 77 + 35)},
        /* bytes of s8 in, s32 out */
        {"gemm:m=5,n=7,k=11,dtype=s8", 770, 55 + 77 + 4 * 35, 55 + 77 + 4 * 35},
        /* DeepBench, first training convolution: 700x161, 5x20, stride 2: out 79x341 */
        {"conv:n=4,c=1,h=161,w=700,k=32,r=5,s=20,stride=2,pad=0", 2.0 * 4 * 32 * 79 * 341 * 100,
         4.0 * (4.0 * 161 * 700 + 32 * 100 + 4.0 * 32 * 79 * 341),
         4.0 * (4.0 * 161 * 700 + 32 * 100 + 4.0 * 32 * 79 * 341)},
        /* depthwise: c / groups is 1; padding taps count */
        {"conv:n=1,c=8,h=7,w=7,k=8,r=3,s=3,groups=8", 2.0 * 8 * 49 * 9,
         4.0 * (8 * 49 + 72 + 8 * 49), 4.0 * (8 * 49 + 72 + 8 * 49)},
        {"conv:n=1,c=8,h=7,w=7,k=8,r=3,s=3,groups=8,pass=bwd_data", 2.0 * 8 * 49 * 9,
         4.0 * (8 * 49 + 72 + 8 * 49), 4.0 * (8 * 49 + 72 + 8 * 49)},
        {"conv:n=1,c=8,h=7,w=7,k=8,r=3,s=3,groups=8,pass=bwd_weights", 2.0 * 8 * 49 * 9,
         4.0 * (8 * 49 + 72 + 8 * 49), 4.0 * (8 * 49 + 72 + 8 * 49)},
        /* bias and relu add one operation per element, the bias is read */
        {"conv:n=1,c=8,h=7,w=7,k=8,r=3,s=3,groups=8,bias=yes,act=relu",
         2.0 * 8 * 49 * 9 + 2 * 8 * 49, 4.0 * (8 * 49 + 72 + 8 + 8 * 49),
         4.0 * (8 * 49 + 72 + 8 + 8 * 49)},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        const struct dlb_count count = count_of(cases[i].key);
        if (count.ops != cases[i].ops || count.bytes != cases[i].bytes ||
            count.working_set_bytes != cases[i].working_set) {
            fail_msg("%s: %g operations, %g bytes, working set %g", cases[i].key, count.ops,
                     count.bytes, count.working_set_bytes);
        }
    }
}

static void test_networks(void **state)
{
    (void)state;
    /* 784-1024-1024-1024-10: products, bias and relu on each hidden unit, bias and softmax (5) on
     * classes. */
    const double mlp = 2.0 * (784 * 1024 + 2 * 1024 * 1024 + 1024 * 10) + 2 * 3 * 1024 + 6 * 10;
    assert_true(count_of("mlp:batch=1").ops == mlp);
    assert_true(count_of("mlp:batch=7").ops == 7 * mlp);
    const double weights = 784 * 1024 + 2 * 1024 * 1024 + 1024 * 10 + 3 * 1024 + 10;
    assert_true(count_of("mlp:batch=7").bytes == 4 * (weights + 7 * 784 + 7 * 10));
    /* LeNet-5: conv1 6x28x28x25, pool 4 taps, conv2 16x10x10x150, three linear layers. */
    const double lenet = 2.0 * 6 * 784 * 25 + 2 * 6 * 784 + 6 * 196 * 4 + 2.0 * 16 * 100 * 150 +
                         2 * 16 * 100 + 16 * 25 * 4 + 2.0 * (400 * 120 + 120 * 84 + 84 * 10) +
                         2 * (120 + 84) + 10 + 50;
    assert_true(count_of("lenet:batch=1").ops == lenet);
    /* Two 3x3 convolutions, two batch-norms (2), relu, add, relu, mean over 5x7, linear, bias. */
    const double pixels = 3 * 35;
    const double block =
        2 * (2 * pixels * 3 * 9) + 2 * 2 * pixels + 3 * pixels + 35 * 3 + 2.0 * 3 * 1000 + 1000;
    assert_true(count_of("resblock:batch=1,c=3,h=5,w=7").ops == block);
}

static void test_formulas(void **state)
{
    (void)state;
    for (int i = 0; i <= DLB_OP_COUNT; i++) {
        assert_non_null(dlb_count_formula((enum dlb_op_kind)i));
    }
    assert_non_null(strstr(dlb_count_formula(DLB_OP_GEMM), "2 M N K"));
    assert_non_null(strstr(dlb_count_formula(DLB_OP_CONV), "padding taps"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single_ops),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_formulas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
