/* test_workload.c: the table of workloads, parameters as text both ways, keys and labels, every
 * refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/clock.h"
#include "bench/models/workload.h"

static void test_table(void **state)
{
    (void)state;
    assert_true(dlb_workload_count() >= 5);
    assert_null(dlb_workload_at(-1));
    assert_null(dlb_workload_at(dlb_workload_count()));
    assert_null(dlb_workload_find("gem"));
    for (int i = 0; i < dlb_workload_count(); i++) {
        const struct dlb_workload *const workload = dlb_workload_at(i);
        assert_ptr_equal(dlb_workload_find(workload->name), workload);
        assert_in_range(workload->param_count, 1, DLB_MAX_PARAMS);
        assert_true(workload->shape_param_count <= workload->param_count);
        assert_true(dlb_workload_param(workload, "dtype") >= 0);
        for (int j = 0; j < workload->param_count; j++) {
            assert_int_equal(dlb_workload_param(workload, workload->params[j].name), j);
            assert_true(strlen(workload->params[j].help) > 3);
        }
    }
}

/* The names that results and scripts rely on, in their order. */
static void test_fixed_names(void **state)
{
    (void)state;
    static const struct {
        const char *workload, *key;
    } cases[] = {
        {"gemm", "gemm:m=512,n=512,k=512,ta=n,tb=n,batch=1,alpha=1,beta=0,dtype=f32"},
        {"conv", "conv:n=16,c=64,h=56,w=56,k=64,r=3,s=3,stride=1,pad=1,dilation=1,groups=1,"
                 "pass=fwd,dtype=f32,bias=no,act=none"},
        {"mlp", "mlp:batch=64,in=784,hidden=1024,layers=3,out=10,dtype=f32"},
        {"lenet", "lenet:batch=64,dtype=f32"},
        {"resblock", "resblock:batch=16,c=64,h=56,w=56,dtype=f32"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_problem problem;
        char key[DLB_KEY_SIZE];
        dlb_problem_init(&problem, dlb_workload_find(cases[i].workload));
        dlb_problem_key(&problem, key, sizeof key);
        assert_string_equal(key, cases[i].key);
    }
}

/* Defaults are valid and canonical, and every workload builds as it is, in every type. */
static void test_defaults(void **state)
{
    (void)state;
    for (int i = 0; i < dlb_workload_count(); i++) {
        struct dlb_problem problem;
        dlb_problem_init(&problem, dlb_workload_at(i));
        for (int j = 0; j < problem.workload->param_count; j++) {
            const struct dlb_param_spec *const spec = &problem.workload->params[j];
            char text[64];
            assert_int_equal(dlb_problem_set(&problem, spec->name, spec->default_text, NULL),
                             DLB_OK);
            dlb_problem_get(&problem, j, text, sizeof text);
            assert_string_equal(text, spec->default_text);
        }
        for (int t = 0; t < DLB_DTYPE_S32; t++) {
            const enum dlb_dtype dtype = (enum dlb_dtype)t;
            struct dlb_graph graph;
            struct dlb_why why = {""};
            if (dlb_problem_set(&problem, "dtype", dlb_dtype_name(dtype), NULL) != DLB_OK) {
                assert_true(problem.workload->is_model && dlb_dtype_is_integer(dtype));
                continue;
            }
            assert_int_equal(dlb_problem_dtype(&problem), dtype);
            if (dlb_problem_build(&problem, &graph, &why) != DLB_OK) {
                fail_msg("%s: %s", problem.workload->name, why.text);
            }
            assert_true(graph.items >= 1);
            assert_string_equal(graph.name, problem.workload->name);
            dlb_graph_free(&graph);
        }
    }
}

static void test_canonical(void **state)
{
    (void)state;
    static const struct {
        const char *workload, *name, *given, *wanted;
    } cases[] = {
        {"gemm", "m", "4Ki", "4096"},
        {"gemm", "m", "007", "7"},
        {"gemm", "m", "2147483647", "2147483647"},
        {"gemm", "alpha", "-0", "0"},
        {"gemm", "alpha", "1.0", "1"},
        {"gemm", "alpha", "0.1", "0.1"},
        {"gemm", "alpha", "1e-3", "0.001"},
        {"gemm", "alpha", "0.30000000000000004", "0.30000000000000004"},
        {"gemm", "beta", "-2.50", "-2.5"},
        {"gemm", "ta", "t", "t"},
        {"conv", "pad", "1x1x1x1", "1"},
        {"conv", "pad", "1x2x1x2", "1x2"},
        {"conv", "pad", "1x1", "1"},
        {"conv", "pad", "0x3x2x1", "0x3x2x1"},
        {"conv", "pad", "1x1x0x0", "1x1x0x0"},
        {"conv", "pad", "0", "0"},
        {"conv", "stride", "2x1", "2x1"},
        {"conv", "stride", "2x2", "2"},
        {"conv", "pass", "bwd_weights", "bwd_weights"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_problem problem, again;
        char text[64], key[DLB_KEY_SIZE], key_again[DLB_KEY_SIZE];
        dlb_problem_init(&problem, dlb_workload_find(cases[i].workload));
        assert_int_equal(dlb_problem_set(&problem, cases[i].name, cases[i].given, NULL), DLB_OK);
        dlb_problem_get(&problem, dlb_workload_param(problem.workload, cases[i].name), text,
                        sizeof text);
        assert_string_equal(text, cases[i].wanted);
        dlb_problem_key(&problem, key, sizeof key);
        assert_int_equal(dlb_problem_parse(key, &again, NULL), DLB_OK);
        dlb_problem_key(&again, key_again, sizeof key_again);
        assert_string_equal(key, key_again);
    }
}

static void test_short_keys(void **state)
{
    (void)state;
    static const struct {
        const char *given, *wanted;
    } cases[] = {
        {"lenet", "lenet:batch=64,dtype=f32"},
        {"lenet:dtype=bf16", "lenet:batch=64,dtype=bf16"},
        {"lenet:dtype=f16,batch=1k", "lenet:batch=1000,dtype=f16"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_problem problem;
        char key[DLB_KEY_SIZE];
        assert_int_equal(dlb_problem_parse(cases[i].given, &problem, NULL), DLB_OK);
        dlb_problem_key(&problem, key, sizeof key);
        assert_string_equal(key, cases[i].wanted);
    }
}

static void test_refused_keys(void **state)
{
    (void)state;
    static const struct {
        const char *key, *wanted;
    } cases[] = {
        {"", "no workload ''"},
        {"gem", "no workload 'gem' (did you mean 'gemm'?); there are: gemm conv"},
        {"xyzzy:m=3", "no workload 'xyzzy'; there are: gemm"},
        {":m=3", "no workload ''"},
        {"gemm:", "a parameter is name=value"},
        {"gemm:m", "a parameter is name=value (like m=512), found 'm'"},
        {"gemm:m=3,", "a parameter is name=value"},
        {"gemm:,m=3", "a parameter is name=value"},
        {"gemm:=3", "a parameter is name=value"},
        {"gemm:m=3,m=3", "the parameter m is given twice"},
        {"gemm:mm=3", "gemm has no parameter 'mm' (did you mean 'm'?)"},
        {"gemm:batsch=3", "(did you mean 'batch'?); it has: m n k ta tb batch alpha beta dtype"},
        {"gemm:m=", "m: a whole number is wanted, found ''"},
        {"gemm:m=0", "m must be at least 1, found 0"},
        {"gemm:n=-4", "n must be at least 1, found -4"},
        {"gemm:k=+4", "k: a whole number is wanted"},
        {"gemm:k=12x", "k: a whole number is wanted"},
        {"gemm:k=1.5", "k: a whole number is wanted"},
        {"gemm:k=2147483648", "k must be at most 2147483647"},
        {"gemm:k=99999999999999999999", "k: '99999999999999999999' is too large"},
        {"gemm:alpha=nan", "alpha: a number is wanted"},
        {"gemm:alpha=inf", "alpha: a number is wanted"},
        {"gemm:alpha=1e999", "alpha: '1e999' is too large"},
        {"gemm:ta=T", "ta must be one of: n t; found 'T'"},
        {"gemm:ta=", "ta must be one of: n t; found ''"},
        {"gemm:dtype=f", "dtype must be one of: f32 bf16 f16 s8 u8; found 'f'"},
        {"gemm:dtype=f64", "found 'f64'"},
        {"lenet:dtype=s8", "dtype must be one of: f32 bf16 f16; found 's8'"},
        {"mlp:layers=1001", "layers must be at most 1000"},
        {"conv:pad=-1", "pad must be at least 0, found -1"},
        {"conv:pad=1x2x3", "pad takes 1, 2 or 4 whole numbers"},
        {"conv:pad=1x2x3x4x5", "pad takes 1, 2 or 4 whole numbers"},
        {"conv:pad=1x", "pad: a whole number is wanted, found ''"},
        {"conv:stride=0", "stride must be at least 1, found 0"},
        {"conv:dilation=1x0", "dilation must be at least 1, found 0"},
        {"gemm:m=\xff\xfe", "a key must be valid UTF-8"},
        {"gemm:m=\xd9\xa3", "m: a whole number is wanted"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_problem problem = {.workload = NULL};
        struct dlb_why why = {""};
        assert_int_equal(dlb_problem_parse(cases[i].key, &problem, &why), DLB_INVALID);
        assert_null(problem.workload); /* untouched */
        if (strstr(why.text, cases[i].wanted) == NULL) {
            fail_msg("%s: wanted '%s', found '%s'", cases[i].key, cases[i].wanted, why.text);
        }
    }
}

/* Keys that are well written but describe no problem. */
static void test_refused_problems(void **state)
{
    (void)state;
    static const struct {
        const char *key, *wanted;
    } cases[] = {
        {"gemm:m=2000000000,k=2000000000", "overflows 64 bits"},
        {"gemm:m=1G,n=1G,k=1G,dtype=s8", "must fit 63 bits"},
        {"gemm:batch=2G,m=1M,k=1M", "overflows 64 bits"},
        {"gemm:dtype=s8,alpha=2", "integer types want alpha 1 and beta 0 or 1, found alpha 2"},
        {"gemm:dtype=u8,beta=0.5", "integer types want alpha 1 and beta 0 or 1"},
        {"conv:groups=3", "groups must divide c and k, found groups 3, c 64, k 64"},
        {"conv:groups=128", "groups must divide c and k"},
        {"conv:r=59,pad=1", "the filter 59x3 (dilation 1x1) does not fit the image 56x56"},
        {"conv:s=2,dilation=60,pass=bwd_data", "does not fit the image 56x56"},
        {"conv:r=59,pass=bwd_weights", "does not fit the image 56x56"},
        {"conv:r=2G,dilation=2G", "does not fit"},
        {"conv:stride=1x2x3x4", "stride and dilation take one value or HxW"},
        {"conv:dilation=1x1x2x2", "stride and dilation take one value or HxW"},
        {"conv:pass=bwd_data,bias=yes", "bias and act go with pass=fwd only"},
        {"conv:pass=bwd_weights,act=relu", "bias and act go with pass=fwd only"},
        {"conv:dtype=s8,bias=yes", "want a float dtype"},
        {"conv:dtype=u8,act=relu", "want a float dtype"},
        {"conv:dtype=s8,pass=bwd_data", "s8 and u8 have pass=fwd only"},
        {"conv:dtype=u8,pass=bwd_weights", "s8 and u8 have pass=fwd only"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_problem problem;
        struct dlb_graph graph;
        struct dlb_why why = {""};
        assert_int_equal(dlb_problem_parse(cases[i].key, &problem, &why), DLB_OK);
        assert_int_equal(dlb_problem_build(&problem, &graph, &why), DLB_INVALID);
        if (strstr(why.text, cases[i].wanted) == NULL) {
            fail_msg("%s: wanted '%s', found '%s'", cases[i].key, cases[i].wanted, why.text);
        }
        dlb_graph_free(&graph);
    }
}

static void test_graphs(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        int64_t items;
        enum dlb_dtype first, second, output;
        enum dlb_role roles[2];
    } cases[] = {
        {"gemm:batch=5",
         5,
         DLB_DTYPE_F32,
         DLB_DTYPE_F32,
         DLB_DTYPE_F32,
         {DLB_ROLE_INPUT, DLB_ROLE_WEIGHT}},
        {"gemm:dtype=s8",
         1,
         DLB_DTYPE_S8,
         DLB_DTYPE_S8,
         DLB_DTYPE_S32,
         {DLB_ROLE_INPUT, DLB_ROLE_WEIGHT}},
        {"gemm:dtype=u8,beta=1",
         1,
         DLB_DTYPE_U8,
         DLB_DTYPE_S8,
         DLB_DTYPE_S32,
         {DLB_ROLE_INPUT, DLB_ROLE_WEIGHT}},
        {"conv:dtype=u8",
         16,
         DLB_DTYPE_U8,
         DLB_DTYPE_S8,
         DLB_DTYPE_S32,
         {DLB_ROLE_INPUT, DLB_ROLE_WEIGHT}},
        {"conv:pass=bwd_data,dtype=bf16,n=3",
         3,
         DLB_DTYPE_BF16,
         DLB_DTYPE_BF16,
         DLB_DTYPE_BF16,
         {DLB_ROLE_INPUT, DLB_ROLE_WEIGHT}},
        {"conv:pass=bwd_weights,dtype=f16",
         16,
         DLB_DTYPE_F16,
         DLB_DTYPE_F16,
         DLB_DTYPE_F16,
         {DLB_ROLE_INPUT, DLB_ROLE_INPUT}},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_problem problem;
        struct dlb_graph graph;
        assert_int_equal(dlb_problem_parse(cases[i].key, &problem, NULL), DLB_OK);
        assert_int_equal(dlb_problem_build(&problem, &graph, NULL), DLB_OK);
        const struct dlb_op *const op = &graph.ops[graph.op_count - 1];
        assert_int_equal(graph.items, cases[i].items);
        assert_int_equal(graph.tensors[op->inputs[0]].dtype, cases[i].first);
        assert_int_equal(graph.tensors[op->inputs[1]].dtype, cases[i].second);
        assert_int_equal(graph.tensors[op->output].dtype, cases[i].output);
        assert_int_equal(graph.tensors[op->inputs[0]].role, cases[i].roles[0]);
        assert_int_equal(graph.tensors[op->inputs[1]].role, cases[i].roles[1]);
        assert_true(dlb_graph_is_result(&graph, op->output));
        dlb_graph_free(&graph);
    }
}

static void test_labels(void **state)
{
    (void)state;
    static const struct {
        const char *key, *wanted;
    } cases[] = {
        {"gemm", "gemm m512 n512 k512"},
        {"gemm:m=7,tb=t,batch=4,dtype=bf16", "gemm m7 n512 k512 tb=t batch=4 bf16"},
        {"conv:stride=2,pass=bwd_data", "conv n16 c64 h56 w56 k64 r3 s3 stride=2 pass=bwd_data"},
        {"mlp:batch=1,layers=2", "mlp batch=1 layers=2"},
        {"resblock", "resblock batch=16 c64 h56 w56"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_problem problem;
        char label[128], cut[8];
        assert_int_equal(dlb_problem_parse(cases[i].key, &problem, NULL), DLB_OK);
        dlb_problem_label(&problem, label, sizeof label);
        assert_string_equal(label, cases[i].wanted);
        dlb_problem_label(&problem, cut, sizeof cut);
        assert_memory_equal(cut, label, 7);
        assert_int_equal(cut[7], '\0');
    }
}

static void test_version_hash(void **state)
{
    (void)state;
    char a[20], b[20], c[20];
    struct dlb_workload changed = *dlb_workload_find("gemm");
    dlb_workload_version_hash(&changed, a);
    dlb_workload_version_hash(dlb_workload_find("gemm"), b);
    assert_string_equal(a, b);
    assert_int_equal(strspn(a, "0123456789abcdef"), 16);
    changed.version++;
    dlb_workload_version_hash(&changed, c);
    assert_string_not_equal(a, c);
    dlb_workload_version_hash(dlb_workload_find("conv"), c);
    assert_string_not_equal(a, c);
}

/* A plan of 10,000 cases is to take well under a second, of which keys and graphs are a part. */
static void test_speed(void **state)
{
    (void)state;
    const int64_t start = dlb_clock_ns();
    for (int i = 1; i <= 10000; i++) {
        struct dlb_problem problem;
        struct dlb_graph graph;
        char key[DLB_KEY_SIZE], size[16];
        (void)snprintf(size, sizeof size, "%d", i);
        dlb_problem_init(&problem, dlb_workload_find("conv"));
        assert_int_equal(dlb_problem_set(&problem, "k", size, NULL), DLB_OK);
        dlb_problem_key(&problem, key, sizeof key);
        assert_int_equal(dlb_problem_build(&problem, &graph, NULL), DLB_OK);
        dlb_graph_free(&graph);
    }
    assert_true(dlb_clock_ns() - start < 1000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_fixed_names),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_short_keys),
        cmocka_unit_test(test_refused_keys),
        cmocka_unit_test(test_refused_problems),
        cmocka_unit_test(test_graphs),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_version_hash),
        cmocka_unit_test(test_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
