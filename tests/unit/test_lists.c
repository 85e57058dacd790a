/* test_lists.c: the published problem lists are what their publishers say.
 *
 * Two checks on the shipped data: how many problems a list holds (with repeats, as counted by whoever
 * published it), and, for the lists that are whole networks, that occurrences times multiply-adds give
 * the figure usually quoted for one image. A wrong padding, stride or count shows there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/compiler.h"
#include "bench/graph/count.h"
#include "bench/suites/suite.h"

/* Rows of DeepBench's gemm_problems.h and conv_problems.h. `axes`: what our file multiplies each by. */
static const struct {
    const char *name;
    int64_t published, axes;
} deepbench[] = {
    {"deepbench_gemm_training", 160, 1}, {"deepbench_gemm_server", 75, 2},
    {"deepbench_gemm_device", 13, 2},    {"deepbench_conv_training", 94, 3},
    {"deepbench_conv_server", 107, 2},   {"deepbench_conv_device", 16, 2},
};

static void test_deepbench_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(deepbench); i++) {
        struct dlb_suite suite;
        struct dlb_why why = {""};
        if (dlb_suite_load(deepbench[i].name, &suite, &why) != DLB_OK) {
            fail_msg("%s: %s", deepbench[i].name, why.text);
        }
        int64_t sum = 0;
        for (int64_t p = 0; p < suite.problems.count; p++) {
            sum += suite.problems.items[p].occurrences;
        }
        dlb_suite_free(&suite);
        if (sum != deepbench[i].published * deepbench[i].axes) {
            fail_msg("%s: %lld problems, wanted %lld x %lld", deepbench[i].name, (long long)sum,
                     (long long)deepbench[i].published, (long long)deepbench[i].axes);
        }
    }
}

/* Multiply-adds of all convolutions for one image, in 1e9: the figures usually quoted for these networks. */
static const struct {
    const char *name;
    double gmac;
} networks[] = {
    {"onednn_conv_alexnet", 0.666},      {"onednn_conv_vgg_19", 19.508},
    {"onednn_conv_resnet_50", 3.856},    {"onednn_conv_resnet_50_v1_5", 4.087},
    {"onednn_conv_googlenet_v1", 1.584}, {"onednn_conv_googlenet_v2", 2.020},
    {"onednn_conv_googlenet_v3", 5.711}, {"onednn_conv_ssd_300_voc0712", 31.374},
};

static double gmac_per_image(const struct dlb_suite *suite)
{
    double sum = 0;
    for (int64_t p = 0; p < suite->problems.count; p++) {
        const struct dlb_problem_entry *entry = &suite->problems.items[p];
        struct dlb_graph graph;
        struct dlb_why why = {""};
        if (dlb_problem_build(&entry->problem, &graph, &why) != DLB_OK) {
            fail_msg("%s: %s", entry->origin, why.text);
        }
        sum += (double)entry->occurrences * dlb_count_graph(&graph).ops / 2 / (double)graph.items;
        dlb_graph_free(&graph);
    }
    return sum / 1e9;
}

static void test_networks_are_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(networks); i++) {
        struct dlb_suite suite;
        struct dlb_why why = {""};
        if (dlb_suite_load(networks[i].name, &suite, &why) != DLB_OK) {
            fail_msg("%s: %s", networks[i].name, why.text);
        }
        const double found = gmac_per_image(&suite);
        dlb_suite_free(&suite);
        if (found < networks[i].gmac - 0.001 || found > networks[i].gmac + 0.001) {
            fail_msg("%s: %.3f GMAC an image, wanted %.3f", networks[i].name, found,
                     networks[i].gmac);
        }
    }
}

/* DeepBench's column-major M x N x K stands in the origin; the row-major problem is its transpose. */
static void test_gemm_is_transposed(void **state)
{
    (void)state;
    struct dlb_suite suite;
    struct dlb_why why = {""};
    assert_int_equal(dlb_suite_load("deepbench_gemm_training", &suite, &why), DLB_OK);
    int transposed = 0;
    for (int64_t p = 0; p < suite.problems.count; p++) {
        const struct dlb_problem_entry *entry = &suite.problems.items[p];
        char key[DLB_KEY_SIZE], wanted[DLB_KEY_SIZE], ta, tb;
        long long m, n, k;
        /* "DeepSpeech, output layer 2560x7133x2560 NT": the sizes are the last word but one. */
        const char *sizes = strrchr(entry->origin, 'x');
        assert_non_null(sizes);
        while (sizes > entry->origin && sizes[-1] != ' ') {
            sizes--;
        }
        assert_int_equal(sscanf(sizes, "%lldx%lldx%lld %c%c", &m, &n, &k, &ta, &tb), 5);
        transposed += ta == 'T' || tb == 'T';
        (void)snprintf(wanted, sizeof wanted,
                       "gemm:m=%lld,n=%lld,k=%lld,ta=%c,tb=%c,batch=1,alpha=1,beta=1,dtype=f32", n,
                       m, k, tb == 'T' ? 't' : 'n', ta == 'T' ? 't' : 'n');
        dlb_problem_key(&entry->problem, key, sizeof key);
        assert_string_equal(key, wanted);
    }
    dlb_suite_free(&suite);
    assert_true(transposed > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deepbench_is_complete),
        cmocka_unit_test(test_networks_are_whole),
        cmocka_unit_test(test_gemm_is_transposed),
    };
    return cmocka_run_group_tests_name("lists", tests, NULL, NULL);
}
