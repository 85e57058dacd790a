/* test_verify.c: the oracle accepts every honest way of rounding and finds what is wrong.
 *
 * Answers come from naive.c (f32 sums, as a library makes them), not from the oracle's own kernels. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/models/workload.h"
#include "bench/run/verify.h"
#include "kernels/reference/reference.h"
#include "tests/unit/naive.h"

#define SEED 20261123u

/* A problem, its oracle and a host buffer for its result. */
struct subject {
    struct dlb_graph graph;
    struct dlb_oracle *oracle;
    const void *inputs[32];
    float *floats[32]; /* copies */
    int result;
    void *host;
    struct dlb_check check;
    struct dlb_why why;
};

static void open_subject(struct subject *s, const char *key, enum dlb_fill fill)
{
    struct dlb_problem problem;
    memset(s, 0, sizeof *s);
    if (dlb_problem_parse(key, &problem, &s->why) != DLB_OK ||
        dlb_problem_build(&problem, &s->graph, &s->why) != DLB_OK ||
        dlb_oracle_open(&s->graph, fill, SEED, NULL, &s->oracle, &s->why) != DLB_OK) {
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

static void close_subject(struct subject *s)
{
    free(s->host);
    for (int i = 0; i < s->graph.tensor_count; i++)
        free(s->floats[i]);
    dlb_oracle_close(s->oracle);
    dlb_graph_free(&s->graph);
}

static const struct dlb_tensor *result_of(const struct subject *s)
{
    return &s->graph.tensors[s->result];
}

/* The answer of an honest backend: f32 sums in `lanes` parts, rounded once. */
static void answer(struct subject *s, int lanes)
{
    const int64_t count = dlb_tensor_elements(result_of(s));
    for (int64_t i = 0; i < count; i++)
        dlb_dtype_store(result_of(s)->dtype, s->host, (size_t)i,
                        dlb_naive_element(&s->graph, s->floats, i, lanes));
}

static enum dlb_status check(struct subject *s)
{
    s->why.text[0] = '\0';
    return dlb_oracle_check(s->oracle, s->result, s->host, &s->check, &s->why);
}

static void expect_right(struct subject *s, const char *what)
{
    if (check(s) != DLB_OK || !s->check.ok)
        fail_msg("%s (%s): %s; %g of %g", what, s->check.method, s->why.text, s->check.max_rel_err,
                 s->check.tolerance);
    assert_true(s->check.max_rel_err <= s->check.tolerance);
}

static void expect_wrong(struct subject *s, const char *what)
{
    if (check(s) != DLB_WRONG || s->check.ok)
        fail_msg("%s passed (%s): %g of %g", what, s->check.method, s->check.max_rel_err,
                 s->check.tolerance);
    assert_true(strlen(s->why.text) > 0);
}

static double get(const struct subject *s, int64_t i)
{
    return dlb_dtype_load(result_of(s)->dtype, s->host, (size_t)i);
}

static void set(struct subject *s, int64_t i, double value)
{
    dlb_dtype_store(result_of(s)->dtype, s->host, (size_t)i, value);
}

static double rms(const struct subject *s)
{
    const int64_t count = dlb_tensor_elements(result_of(s));
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += get(s, i) * get(s, i);
    return sqrt(sum / (double)count);
}

/* Small ones are compared whole, large ones by projection; each type, transposes, batches. */
static const char *const gemms[] = {
    "gemm:m=1,n=1,k=1",
    "gemm:m=7,n=13,k=11,ta=t",
    "gemm:m=5,n=17,k=31,batch=3,tb=t,dtype=bf16",
    "gemm:m=33,n=65,k=129,dtype=f16,ta=t,tb=t",
    "gemm:m=31,n=9,k=200,dtype=u8",
    "gemm:m=301,n=270,k=311",
    "gemm:m=301,n=270,k=311,ta=t,tb=t",
    "gemm:m=131,n=517,k=301,dtype=bf16",
    "gemm:m=131,n=517,k=301,dtype=f16,tb=t",
    "gemm:m=131,n=517,k=301,dtype=s8,ta=t",
    "gemm:m=131,n=517,k=301,dtype=u8",
    "gemm:m=61,n=70,k=257,batch=17",
    "gemm:m=3,n=5,k=1200001",
    "gemm:m=131,n=517,k=301,alpha=0.5,beta=-2",
    "gemm:m=131,n=517,k=301,alpha=0.5,beta=1,dtype=bf16",
    "gemm:m=11,n=17,k=31,alpha=-3,beta=0.25",
};

static void test_gemm_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof gemms / sizeof gemms[0]; i++) {
        struct subject s;
        open_subject(&s, gemms[i], DLB_FILL_RANDOM);
        for (int lanes = 1; lanes <= 16; lanes *= 16) {
            answer(&s, lanes);
            expect_right(&s, gemms[i]);
        }
        close_subject(&s);
    }
}

/* One element off by a small part of a typical one (16-bit: by a typical one; integers: by 1), anywhere. */
static void test_gemm_one_element(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof gemms / sizeof gemms[0]; i++) {
        struct subject s;
        open_subject(&s, gemms[i], DLB_FILL_RANDOM);
        answer(&s, 4);
        const bool f32 = result_of(&s)->dtype == DLB_DTYPE_F32;
        const int64_t count = dlb_tensor_elements(result_of(&s));
        const double typical = rms(&s);
        const double off = dlb_dtype_is_integer(result_of(&s)->dtype) ? 1
                           : f32                                      ? 0.02 * typical
                                                                      : typical;
        for (int64_t j = 0; j < 5; j++) {
            const int64_t at = (count - 1) * j / 4;
            const double right = get(&s, at);
            set(&s, at, right + off);
            expect_wrong(&s, gemms[i]);
            set(&s, at, right);
        }
        expect_right(&s, gemms[i]);
        close_subject(&s);
    }
}

static void test_names_the_element(void **state)
{
    (void)state;
    struct subject s;
    open_subject(&s, "gemm:m=301,n=270,k=311", DLB_FILL_RANDOM);
    answer(&s, 4);
    assert_string_equal((expect_right(&s, "right"), s.check.method), "projection");
    set(&s, 170 * 270 + 33, 77.5);
    expect_wrong(&s, "one element");
    assert_non_null(strstr(s.why.text, "[170,33]"));
    assert_non_null(strstr(s.why.text, "found 77.5"));
    assert_true(s.check.max_abs_err > 50);
    close_subject(&s);
}

/* Rounding the factors to tf32 (10 fraction bits) is another type than was asked for. */
static void test_lower_precision_is_wrong(void **state)
{
    (void)state;
    const char *keys[] = {"gemm:m=64,n=64,k=64", "gemm:m=301,n=270,k=311", "gemm:m=40,n=40,k=16384",
                          "conv:n=1,c=64,h=14,w=14,k=32"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        open_subject(&s, keys[i], DLB_FILL_RANDOM);
        for (int t = 0; t < 2; t++) {
            const int64_t count = dlb_tensor_elements(&s.graph.tensors[t]);
            for (int64_t j = 0; j < count; j++) {
                const float value = s.floats[t][j];
                const float big = (1 + 0x1p13f) * value; /* Veltkamp: keeps 24 - 13 bits */
                s.floats[t][j] = big - (big - value);
            }
        }
        answer(&s, 4);
        expect_wrong(&s, keys[i]);
        close_subject(&s);
    }
}

/* 16-bit sums kept in 16 bits are not "accumulation in f32 or wider". */
static void test_low_accumulation_is_wrong(void **state)
{
    (void)state;
    struct subject s;
    open_subject(&s, "gemm:m=16,n=16,k=256,dtype=bf16", DLB_FILL_RANDOM);
    for (int64_t i = 0; i < 16 * 16; i++) {
        double sum = 0;
        for (int64_t k = 0; k < 256; k++) {
            const float a = s.floats[0][i / 16 * 256 + k];
            const float b = s.floats[1][k * 16 + i % 16];
            dlb_dtype_store(DLB_DTYPE_BF16, s.host, 0, sum + (double)(a * b));
            sum = dlb_dtype_load(DLB_DTYPE_BF16, s.host, 0);
        }
        if (i > 0)
            set(&s, i, sum);
    }
    set(&s, 0, dlb_naive_element(&s.graph, s.floats, 0, 1));
    expect_wrong(&s, "bf16 sums");
    close_subject(&s);
}

static void test_unwritten_is_wrong(void **state)
{
    (void)state;
    const char *keys[] = {"gemm:m=301,n=270,k=311",
                          "gemm:m=131,n=517,k=301,dtype=f16",
                          "gemm:m=131,n=517,k=301,dtype=s8",
                          "conv:n=1,c=32,h=64,w=64,k=32",
                          "conv:n=1,c=32,h=64,w=64,k=32,dtype=bf16",
                          "lenet:batch=1"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        open_subject(&s, keys[i], DLB_FILL_RANDOM);
        const size_t bytes = (size_t)dlb_tensor_bytes(result_of(&s));
        dlb_oracle_poison(result_of(&s), s.host);
        expect_wrong(&s, keys[i]);
        assert_non_null(strstr(s.why.text, "never written"));
        memset(s.host, 0xa5, bytes);
        expect_wrong(&s, keys[i]);
        memset(s.host, 0, bytes);
        expect_wrong(&s, keys[i]);
        close_subject(&s);
    }
}

/* One unwritten element, also where only a sample is compared. */
static void test_one_unwritten_element(void **state)
{
    (void)state;
    const char *keys[] = {"conv:n=1,c=32,h=64,w=64,k=32", "conv:n=1,c=32,h=64,w=64,k=32,dtype=f16",
                          "conv:n=1,c=32,h=64,w=64,k=32,dtype=u8", "gemm:m=301,n=270,k=311"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        open_subject(&s, keys[i], DLB_FILL_RANDOM);
        answer(&s, 8);
        expect_right(&s, keys[i]);
        const struct dlb_tensor *tensor = result_of(&s);
        const struct dlb_tensor one = {.dtype = tensor->dtype, .rank = 1, .dims = {1, 1, 1, 1, 1}};
        const size_t at = 54321 * dlb_dtype_size(tensor->dtype);
        dlb_oracle_poison(&one, (char *)s.host + at);
        expect_wrong(&s, keys[i]);
        close_subject(&s);
    }
}

static void test_constant_data(void **state)
{
    (void)state;
    const char *keys[] = {"gemm:m=20,n=30,k=40",
                          "gemm:m=301,n=270,k=311",
                          "gemm:m=131,n=517,k=301,dtype=f16",
                          "gemm:m=2,n=3,k=70001,dtype=f16",
                          "gemm:m=131,n=517,k=301,dtype=u8",
                          "conv:n=1,c=32,h=64,w=64,k=32"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        for (int fill = DLB_FILL_ZEROS; fill <= DLB_FILL_ONES; fill++) {
            struct subject s;
            open_subject(&s, keys[i], (enum dlb_fill)fill);
            answer(&s, 4);
            expect_right(&s, keys[i]);
            memset(s.host, 0xa5, (size_t)dlb_tensor_bytes(result_of(&s)));
            expect_wrong(&s, keys[i]);
            close_subject(&s);
        }
    }
}

/* C is used as it was filled: leaving it out, or running twice, is wrong. */
static void test_state(void **state)
{
    (void)state;
    const char *keys[] = {"gemm:m=20,n=30,k=40,alpha=2,beta=1", "gemm:m=301,n=270,k=311,beta=1"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        open_subject(&s, keys[i], DLB_FILL_RANDOM);
        assert_int_equal(result_of(&s)->role, DLB_ROLE_STATE);
        answer(&s, 4);
        expect_right(&s, keys[i]);
        const int64_t count = dlb_tensor_elements(result_of(&s));
        float *c = s.floats[s.result];
        for (int64_t j = 0; j < count; j++)
            ((float *)s.host)[j] -= c[j];
        expect_wrong(&s, "without C");
        for (int64_t j = 0; j < count; j++)
            c[j] += ((const float *)s.host)[j]; /* the first result */
        answer(&s, 4);
        expect_wrong(&s, "twice");
        close_subject(&s);
    }
}

static void test_conv(void **state)
{
    (void)state;
    const char *keys[] = {
        "conv:n=2,c=3,h=9,w=11,k=5",
        "conv:n=1,c=32,h=64,w=64,k=32",
        "conv:n=1,c=32,h=64,w=64,k=32,dtype=bf16",
        "conv:n=1,c=32,h=64,w=64,k=32,dtype=s8",
        "conv:n=2,c=64,h=65,w=63,k=64,r=5,s=5,pad=2,stride=2,groups=4",
        "conv:n=1,c=48,h=50,w=50,k=48,dilation=2,pad=0x1x2x3,dtype=f16",
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        open_subject(&s, keys[i], DLB_FILL_RANDOM);
        answer(&s, 8);
        expect_right(&s, keys[i]);
        /* The whole image shifted by one: what a wrong padding gives. */
        const size_t size = dlb_dtype_size(result_of(&s)->dtype);
        memmove((char *)s.host + size, s.host, (size_t)dlb_tensor_bytes(result_of(&s)) - size);
        expect_wrong(&s, keys[i]);
        close_subject(&s);
    }
}

/* Winograd is a right algorithm for f32: its larger error is allowed for, and well inside. */
static void test_winograd_is_right(void **state)
{
    (void)state;
    const char *keys[] = {"conv:n=1,c=3,h=12,w=16,k=5", "conv:n=1,c=64,h=16,w=16,k=8",
                          "conv:n=1,c=512,h=28,w=28,k=6"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        open_subject(&s, keys[i], DLB_FILL_RANDOM);
        dlb_naive_winograd(&s.graph.ops[0].attrs.conv, s.inputs[0], s.inputs[1], s.host);
        expect_right(&s, keys[i]);
        if (s.check.max_rel_err > 0.75 * s.check.tolerance)
            fail_msg("%s: %g of %g is close", keys[i], s.check.max_rel_err, s.check.tolerance);
        close_subject(&s);
    }
}

/* Runs the graph with the reference kernels in the types given, each op rounded: an unfused backend. */
static void answer_by_ops(struct subject *s)
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
    memcpy(s->host, buffers[s->result], (size_t)dlb_tensor_bytes(result_of(s)));
    for (int i = 0; i < s->graph.tensor_count; i++)
        free(buffers[i]);
}

/* A product with bias and activation behind it: rounded once or after each op, both are right. */
static void test_chain(void **state)
{
    (void)state;
    const char *keys[] = {"conv:n=1,c=8,h=9,w=9,k=7,bias=yes,act=relu,dtype=bf16",
                          "conv:n=1,c=8,h=9,w=9,k=7,bias=yes,act=relu",
                          "conv:n=1,c=32,h=64,w=64,k=32,bias=yes,act=relu,dtype=f16"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        open_subject(&s, keys[i], DLB_FILL_RANDOM);
        assert_int_equal(s.graph.op_count, 3);
        answer_by_ops(&s);
        expect_right(&s, keys[i]);
        const int bias = s.graph.ops[1].inputs[1];
        const struct dlb_tensor *y = result_of(&s);
        const int64_t count = dlb_tensor_elements(y);
        const int64_t plane = y->dims[2] * y->dims[3];
        for (int64_t j = 0; j < count; j++) {
            const float b = s.floats[bias][j / plane % y->dims[1]];
            const double sum = dlb_naive_element(&s.graph, s.floats, j, 4) + (double)b;
            set(&s, j, sum > 0 ? sum : 0);
        }
        expect_right(&s, "fused");
        for (int64_t j = 0; j < count; j++) {
            const double sum = dlb_naive_element(&s.graph, s.floats, j, 4);
            set(&s, j, sum > 0 ? sum : 0);
        }
        expect_wrong(&s, "bias left out");
        close_subject(&s);
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
        open_subject(&s, networks[i], DLB_FILL_RANDOM);
        answer_by_ops(&s);
        expect_right(&s, networks[i]);
        assert_string_equal(s.check.method, "full pass");
        if (s.check.max_rel_err > 0.6 * s.check.tolerance)
            fail_msg("%s: %g of %g is close", networks[i], s.check.max_rel_err, s.check.tolerance);
        const int64_t last = dlb_tensor_elements(result_of(&s)) - 1;
        set(&s, last, get(&s, last) + rms(&s));
        expect_wrong(&s, networks[i]);
        close_subject(&s);
    }
}

/* Constant data may overflow and tie; an honest answer passes all the same. */
static void test_network_constant(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        for (int fill = DLB_FILL_ZEROS; fill <= DLB_FILL_ONES; fill++) {
            struct subject s;
            open_subject(&s, networks[i], (enum dlb_fill)fill);
            answer_by_ops(&s);
            expect_right(&s, networks[i]);
            close_subject(&s);
        }
    }
}

/* A network whose first op is left out, or whose weights are another run's, is wrong. */
static void test_network_other_weights(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        struct subject s;
        open_subject(&s, networks[i], DLB_FILL_RANDOM);
        const int weight = s.graph.ops[0].inputs[1];
        void *other = malloc((size_t)dlb_tensor_bytes(&s.graph.tensors[weight]));
        dlb_graph_fill(&s.graph, weight, DLB_FILL_RANDOM, SEED + 1, other);
        s.inputs[weight] = other;
        answer_by_ops(&s);
        expect_wrong(&s, networks[i]);
        free(other);
        close_subject(&s);
    }
}

static void only_file(const char *folder, char *path, size_t size)
{
    char command[200];
    snprintf(command, sizeof command, "ls %s/*", folder);
    FILE *list = popen(command, "r");
    assert_non_null(list);
    assert_non_null(fgets(path, (int)size, list));
    path[strcspn(path, "\n")] = '\0';
    assert_null(fgets(command, sizeof command, list));
    pclose(list);
}

/* Opens lenet with a cache folder; its answer must be right. Returns the inode of the cache file. */
static ino_t open_cached(const char *folder, uint64_t seed, const char *path)
{
    struct subject s;
    open_subject(&s, "lenet:batch=2", DLB_FILL_RANDOM);
    dlb_oracle_close(s.oracle);
    assert_int_equal(dlb_oracle_open(&s.graph, DLB_FILL_RANDOM, seed, folder, &s.oracle, &s.why),
                     DLB_OK);
    for (int i = 0; i < s.graph.tensor_count; i++)
        s.inputs[i] = dlb_oracle_input(s.oracle, i);
    answer_by_ops(&s);
    expect_right(&s, "with a cache");
    close_subject(&s);
    struct stat info = {0};
    if (path != NULL)
        assert_int_equal(stat(path, &info), 0);
    return info.st_ino;
}

static void test_cache(void **state)
{
    (void)state;
    char folder[] = "/tmp/dlbench-oracle-XXXXXX", path[256], command[300];
    assert_non_null(mkdtemp(folder));
    open_cached(folder, 1, NULL);
    only_file(folder, path, sizeof path);
    const ino_t first = open_cached(folder, 1, path);
    assert_int_equal(open_cached(folder, 1, path), first); /* read, not written again */
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, -5, SEEK_END);
    fputc('x', file);
    fclose(file);
    assert_int_not_equal(open_cached(folder, 1, path), first); /* damage is noticed and mended */
    assert_int_equal(truncate(path, 100), 0);
    open_cached(folder, 1, path);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_size > 100);
    open_cached(folder, 2, path); /* another seed is another file */
    snprintf(command, sizeof command, "test $(ls %s | wc -l) = 2", folder);
    assert_int_equal(system(command), 0);
    open_cached("/proc/no/such/folder", 3,
                NULL); /* a cache that cannot be written costs time only */
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void test_not_a_result(void **state)
{
    (void)state;
    struct subject s;
    open_subject(&s, "gemm:m=2,n=2,k=2", DLB_FILL_RANDOM);
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): close_subject frees it */
    const enum dlb_status status = dlb_oracle_check(s.oracle, 0, s.host, &s.check, &s.why);
    const bool lends_result = dlb_oracle_input(s.oracle, s.result) != NULL;
    close_subject(&s);
    assert_int_equal(status, DLB_INVALID);
    assert_false(lends_result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gemm_right),
        cmocka_unit_test(test_gemm_one_element),
        cmocka_unit_test(test_names_the_element),
        cmocka_unit_test(test_lower_precision_is_wrong),
        cmocka_unit_test(test_low_accumulation_is_wrong),
        cmocka_unit_test(test_unwritten_is_wrong),
        cmocka_unit_test(test_one_unwritten_element),
        cmocka_unit_test(test_constant_data),
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_conv),
        cmocka_unit_test(test_winograd_is_right),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_network),
        cmocka_unit_test(test_network_constant),
        cmocka_unit_test(test_network_other_weights),
        cmocka_unit_test(test_cache),
        cmocka_unit_test(test_not_a_result),
    };
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
