/* test_fusion.c: groups of the networks, and the shapes of graph where fusion must stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/text.h"
#include "bench/graph/fusion.h"
#include "bench/models/workload.h"

#define MAX_OPS 32

static bool accept_all(const void *user, const struct dlb_graph *graph,
                       const struct dlb_group *group)
{
    (void)user;
    (void)graph;
    assert_in_range(group->epilogue_count, 1, DLB_MAX_EPILOGUE);
    return true;
}

/* Takes products as roots and at most *user ops behind them. */
static bool accept_some(const void *user, const struct dlb_graph *graph,
                        const struct dlb_group *group)
{
    const enum dlb_op_kind kind = graph->ops[group->root].kind;
    const int *const most = user;
    return (kind == DLB_OP_GEMM || kind == DLB_OP_CONV) && group->epilogue_count <= *most;
}

/* Every op in exactly one group, and everything that a group reads made by an earlier one. */
static void check_order(const struct dlb_graph *graph, const struct dlb_group *groups, int count)
{
    bool ready[4 * MAX_OPS] = {false};
    int seen[MAX_OPS] = {0};
    for (int i = 0; i < graph->tensor_count; i++) {
        const enum dlb_role role = graph->tensors[i].role;
        ready[i] = role == DLB_ROLE_INPUT || role == DLB_ROLE_WEIGHT || role == DLB_ROLE_STATE;
    }
    for (int g = 0; g < count; g++) {
        for (int i = -1; i < groups[g].epilogue_count; i++) {
            const int op = i < 0 ? groups[g].root : groups[g].epilogue[i];
            seen[op]++;
            for (int j = 0; j < graph->ops[op].input_count; j++) {
                assert_true(ready[graph->ops[op].inputs[j]]);
            }
            ready[graph->ops[op].output] = true;
        }
    }
    for (int i = 0; i < graph->op_count; i++) {
        assert_int_equal(seen[i], 1);
    }
}

static void assert_groups(const struct dlb_graph *graph, const struct dlb_group *groups, int count,
                          const char *wanted)
{
    struct dlb_text found = {0};
    for (int g = 0; g < count; g++) {
        dlb_text_format(&found, "%s%s", g > 0 ? " | " : "",
                        dlb_op_name(graph->ops[groups[g].root].kind));
        for (int i = 0; i < groups[g].epilogue_count; i++) {
            dlb_text_format(&found, " %s", dlb_op_name(graph->ops[groups[g].epilogue[i]].kind));
        }
    }
    check_order(graph, groups, count);
    assert_string_equal(found.data, wanted);
    dlb_text_free(&found);
}

static void build(const char *key, struct dlb_graph *graph)
{
    struct dlb_problem problem;
    assert_int_equal(dlb_problem_parse(key, &problem, NULL), DLB_OK);
    assert_int_equal(dlb_problem_build(&problem, graph, NULL), DLB_OK);
    assert_true(graph->op_count <= MAX_OPS);
}

static void test_networks(void **state)
{
    (void)state;
    static const struct {
        const char *key, *wanted;
    } cases[] = {
        {"gemm", "gemm"},
        {"conv:bias=yes,act=relu", "conv bias relu"},
        {"mlp:layers=1", "gemm bias relu | gemm bias | softmax"},
        {"lenet", "conv bias relu | maxpool | conv bias relu | maxpool | flatten | gemm bias relu "
                  "| gemm bias relu | gemm bias | softmax"},
        {"resblock", "conv batchnorm relu | conv batchnorm add relu | avgpool | flatten | gemm "
                     "bias"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_graph graph;
        struct dlb_group groups[MAX_OPS];
        build(cases[i].key, &graph);
        const int count = dlb_fuse(&graph, accept_all, NULL, groups);
        assert_groups(&graph, groups, count, cases[i].wanted);
        const int output = dlb_group_output(&graph, &groups[count - 1]);
        assert_int_equal(graph.tensors[output].role, DLB_ROLE_OUTPUT);
        dlb_graph_free(&graph);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct dlb_graph graph;
    struct dlb_group groups[MAX_OPS];
    build("conv:bias=yes,act=relu", &graph);
    static const char *const wanted[] = {"conv | bias | relu", "conv bias | relu",
                                         "conv bias relu"};
    for (int most = 0; most < 3; most++) {
        const int count = dlb_fuse(&graph, accept_some, &most, groups);
        assert_groups(&graph, groups, count, wanted[most]);
    }
    assert_groups(&graph, groups, dlb_fuse(&graph, NULL, NULL, groups), "conv | bias | relu");
    dlb_graph_free(&graph);
}

static int start(struct dlb_graph *graph)
{
    dlb_graph_init(graph, "test", 1);
    return dlb_graph_tensor(graph, "x", DLB_ROLE_INPUT, DLB_DTYPE_F32, 2, (const int64_t[]){3, 5});
}

/* Two uses of a tensor, a use twice by one op, a tensor that the host reads: the chain ends
 * there. */
static void test_stops(void **state)
{
    (void)state;
    struct dlb_graph graph;
    struct dlb_group groups[MAX_OPS];
    int x = start(&graph);
    int y = dlb_graph_softmax(&graph, x);
    dlb_graph_output(&graph, dlb_graph_add(&graph, y, y));
    assert_groups(&graph, groups, dlb_fuse(&graph, accept_all, NULL, groups), "softmax | add");
    dlb_graph_free(&graph);

    x = start(&graph);
    y = dlb_graph_softmax(&graph, x);
    dlb_graph_output(&graph, y);
    dlb_graph_output(&graph, dlb_graph_relu(&graph, y));
    assert_groups(&graph, groups, dlb_fuse(&graph, accept_all, NULL, groups), "softmax | relu");
    dlb_graph_free(&graph);

    x = start(&graph);
    y = dlb_graph_softmax(&graph, x);
    const int a = dlb_graph_relu(&graph, y);
    dlb_graph_output(&graph, dlb_graph_add(&graph, a, dlb_graph_softmax(&graph, y)));
    assert_groups(&graph, groups, dlb_fuse(&graph, accept_all, NULL, groups),
                  "softmax | softmax | relu add");
    dlb_graph_free(&graph);
}

/* The first chain takes the add although the other side comes later: the group must wait for it. */
static void test_late_operand(void **state)
{
    (void)state;
    struct dlb_graph graph;
    struct dlb_group groups[MAX_OPS];
    const int x = start(&graph);
    const int first = dlb_graph_softmax(&graph, x);
    const int second = dlb_graph_relu(&graph, dlb_graph_softmax(&graph, x));
    dlb_graph_output(&graph, dlb_graph_relu(&graph, dlb_graph_add(&graph, first, second)));
    const int count = dlb_fuse(&graph, accept_all, NULL, groups);
    assert_groups(&graph, groups, count, "softmax relu | softmax add relu");
    assert_int_equal(groups[1].root, 0);
    dlb_graph_free(&graph);
}

/* A chain longer than a group holds goes on in the next one. */
static void test_long_chain(void **state)
{
    (void)state;
    struct dlb_graph graph;
    struct dlb_group groups[MAX_OPS];
    int y = dlb_graph_softmax(&graph, start(&graph));
    for (int i = 0; i < DLB_MAX_EPILOGUE + 2; i++) {
        y = dlb_graph_relu(&graph, y);
    }
    dlb_graph_output(&graph, y);
    const int count = dlb_fuse(&graph, accept_all, NULL, groups);
    assert_int_equal(count, 2);
    assert_int_equal(groups[0].epilogue_count, DLB_MAX_EPILOGUE);
    assert_int_equal(groups[1].epilogue_count, 1);
    check_order(&graph, groups, count);
    dlb_graph_free(&graph);
}

/* A bias vector that the chain itself made is not the chain's data. */
static void test_chain_as_parameter(void **state)
{
    (void)state;
    struct dlb_graph graph;
    struct dlb_group groups[MAX_OPS];
    const int x = start(&graph);
    const int b =
        dlb_graph_tensor(&graph, "b", DLB_ROLE_INPUT, DLB_DTYPE_F32, 1, (const int64_t[]){5});
    dlb_graph_output(&graph, dlb_graph_bias(&graph, x, dlb_graph_softmax(&graph, b), 1));
    assert_groups(&graph, groups, dlb_fuse(&graph, accept_all, NULL, groups), "softmax | bias");
    dlb_graph_free(&graph);
}

/* What a backend asks before it applies an epilogue in place. */
static void test_check_chain(void **state)
{
    (void)state;
    struct dlb_graph graph;
    dlb_graph_init(&graph, "chain", 1);
    const int x =
        dlb_graph_tensor(&graph, "x", DLB_ROLE_INPUT, DLB_DTYPE_F32, 2, (int64_t[]){4, 4});
    const int b = dlb_graph_tensor(&graph, "b", DLB_ROLE_WEIGHT, DLB_DTYPE_F32, 1, (int64_t[]){4});
    const int root = dlb_graph_relu(&graph, x);            /* op 0 */
    const int biased = dlb_graph_bias(&graph, root, b, 1); /* op 1: a chain */
    const int second = dlb_graph_add(&graph, x, biased);   /* op 2: the chain as second input */
    dlb_graph_add(&graph, second, second);                 /* op 3: with itself */
    dlb_graph_bias(&graph, x, b, 1);                       /* op 4: does not read the chain */
    assert_int_equal(graph.status, DLB_OK);

    static const struct {
        struct dlb_group group;
        const char *refusal; /* NULL: fine */
    } rows[] = {
        {{0, 0, {0}}, NULL},
        {{0, 1, {1}}, NULL},
        {{0, 2, {1, 2}}, NULL},
        {{0, 3, {1, 2, 3}}, "with itself"},
        {{0, 1, {4}}, "bias is fused behind its first input only"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_why why = {""};
        const enum dlb_status status = dlb_group_check_chain(&graph, &rows[i].group, &why);
        assert_int_equal(status, rows[i].refusal == NULL ? DLB_OK : DLB_UNSUPPORTED);
        if (rows[i].refusal != NULL) {
            assert_non_null(strstr(why.text, rows[i].refusal));
        }
    }
    dlb_graph_free(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),    cmocka_unit_test(test_limits),
        cmocka_unit_test(test_stops),       cmocka_unit_test(test_late_operand),
        cmocka_unit_test(test_long_chain),  cmocka_unit_test(test_chain_as_parameter),
        cmocka_unit_test(test_check_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
