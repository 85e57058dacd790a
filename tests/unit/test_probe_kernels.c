/* test_probe_kernels.c: the loops that show a processor's ceilings compute what they say, all of it.
 *
 * A loop that a compiler thinned out, or one that leaves the end of its array out, would show a ceiling that is none. Loops of instruction
 * sets that this processor lacks are asked for their sizes alone. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/random.h"
#include "kernels/portable/probe_kernels.h"

#define GUARD  64
#define PASSES 3 /* odd: words that are read twice would take each other out */

static void *zeros(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64 + GUARD);
    assert_non_null(memory);
    memset(memory, 0, (bytes + 63) / 64 * 64 + GUARD);
    return memory;
}

/* One kernel: right after 1, 2, 7 and 64 steps, wrong when told of one step more, and nothing written behind its sums. */
static void check_multiply(const struct dlb_multiply_kernel *kernel)
{
    static const int64_t steps[] = {1, 2, 7, 64};
    const size_t sum_bytes = dlb_multiply_sum_bytes(kernel);
    void *factors = zeros(dlb_multiply_factor_bytes(kernel));
    dlb_multiply_fill(kernel, 7, false, factors);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct dlb_why why = {""};
        unsigned char *sums = zeros(sum_bytes);
        memset(sums + sum_bytes, 0xa5, GUARD);
        kernel->run(factors, steps[i], sums);
        if (dlb_multiply_check(kernel, factors, steps[i], sums, &why) != DLB_OK)
            fail_msg("%s", why.text);
        if (steps[i] < 64)
            assert_int_equal(dlb_multiply_check(kernel, factors, steps[i] + 1, sums, &why),
                             DLB_WRONG);
        for (size_t j = 0; j < GUARD; j++)
            assert_int_equal(sums[sum_bytes + j], 0xa5);
        free(sums);
    }
    free(factors);
}

static void test_multiply_kernels_compute(void **state)
{
    (void)state;
    int usable = 0;
    const struct dlb_multiply_kernel *kernel;
    for (int i = 0; (kernel = dlb_multiply_kernel_at(i)) != NULL; i++) {
        const bool runs = kernel->usable();
        print_message("%s %s: %s\n", kernel->dtype, kernel->name, runs ? "runs" : "not here");
        usable += runs;
        if (runs)
            check_multiply(kernel);
    }
    assert_true(usable >= 2); /* f32 and f64 there are everywhere */
}

/* Operations of a step against the shape, counted by hand. */
static void test_multiply_counts(void **state)
{
    static const struct {
        const char *name, *dtype;
        double ops;
    } known[] = {{"AVX-512 FMA", "f32", 2 * 16 * 16},
                 {"AVX-512 FMA", "f64", 2 * 16 * 8},
                 {"AVX-512 dpbf16ps", "bf16", 2 * 16 * 16 * 2},
                 {"AVX-512 vpdpbusd", "s8", 2 * 16 * 16 * 4},
                 {"AVX2 FMA", "f32", 2 * 10 * 8},
                 {"AMX tdpbf16ps", "bf16", 2 * 4 * 16 * 16 * 32},
                 {"AMX tdpbusd, L1 tiles", "s8", 2 * 4 * 16 * 16 * 64}};
    (void)state;
    int seen = 0;
    const struct dlb_multiply_kernel *kernel;
    for (int i = 0; (kernel = dlb_multiply_kernel_at(i)) != NULL; i++)
        for (size_t j = 0; j < sizeof known / sizeof *known; j++)
            if (strcmp(kernel->name, known[j].name) == 0 &&
                strcmp(kernel->dtype, known[j].dtype) == 0) {
                assert_true(dlb_multiply_ops(kernel) == known[j].ops);
                seen++;
            }
#if defined(__x86_64__)
    assert_int_equal(seen, sizeof known / sizeof *known);
#else
    assert_int_equal(seen, 0);
#endif
}

/* The scalar loop itself, by sums that are known: of tiles whose elements are all 1, and of all 2. */
static void test_check_knows_tiles(void **state)
{
    (void)state;
    const struct dlb_multiply_kernel kernel = {.name = "made",
                                               .dtype = "s8",
                                               .rule = DLB_MULTIPLY_TILES,
                                               .a = DLB_ELEMENT_U8,
                                               .b = DLB_ELEMENT_S8,
                                               .sum = DLB_ELEMENT_S32,
                                               .sums = 4,
                                               .factors = 2,
                                               .lanes = 16,
                                               .group = 4};
    struct dlb_why why = {""};
    char factors[8 * 1024];
    int32_t sums[4 * 16 * 16];
    memset(factors, 1, 4096);
    memset(factors + 4096, 2, 4096); /* the second block of four tiles */
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        sums[i] = 2 * 64 * 1 + 64 * 4; /* steps 1 and 3 take the first block, step 2 the second */
    assert_int_equal(sizeof factors, dlb_multiply_factor_bytes(&kernel));
    assert_int_equal(sizeof sums, dlb_multiply_sum_bytes(&kernel));
    assert_int_equal(dlb_multiply_check(&kernel, factors, 3, sums, &why), DLB_OK);
    sums[700]++;
    assert_int_equal(dlb_multiply_check(&kernel, factors, 3, sums, &why), DLB_WRONG);
    assert_non_null(strstr(why.text, "sum 2"));
    assert_int_equal(dlb_multiply_check(&kernel, factors, 65, sums, &why), DLB_INVALID);
}

static void test_zeros_are_zeros(void **state)
{
    (void)state;
    const struct dlb_multiply_kernel *kernel;
    for (int i = 0; (kernel = dlb_multiply_kernel_at(i)) != NULL; i++) {
        const size_t bytes = dlb_multiply_factor_bytes(kernel);
        unsigned char *factors = zeros(bytes);
        dlb_multiply_fill(kernel, 1, false, factors);
        size_t set = 0;
        for (size_t j = 0; j < bytes; j++)
            set += factors[j] != 0;
        assert_true(set > bytes / 2);
        dlb_multiply_fill(kernel, 1, true, factors);
        for (size_t j = 0; j < bytes; j++)
            assert_int_equal(factors[j], 0);
        free(factors);
    }
}

struct arrays {
    float *a, *b, *c;
    size_t bytes;
};

static struct arrays make_arrays(size_t bytes)
{
    const struct arrays made = {zeros(bytes), zeros(bytes), zeros(bytes), bytes};
    for (size_t i = 0; i < bytes / sizeof(float); i++) {
        made.a[i] = (float)dlb_random_at(1, i);
        made.b[i] = (float)dlb_random_at(2, i);
        made.c[i] = (float)dlb_random_at(3, i);
    }
    memset((char *)made.a + bytes, 0xa5, GUARD);
    return made;
}

/* Eight bytes of an array of floats. */
static uint64_t word_at(const float *array, size_t index)
{
    uint64_t word;
    memcpy(&word, array + index * (sizeof word / sizeof *array), sizeof word);
    return word;
}

static void check_stream(const struct dlb_stream_kernel *kernel, const struct arrays *arrays,
                         const struct arrays *before, uint64_t answer)
{
    uint64_t all = 0, word = word_at(before->a, 0);
    for (int pass = 0; pass < PASSES; pass++)
        word = dlb_stream_word(&word);
    if (kernel->pattern == DLB_STREAM_READ) {
        for (size_t i = 0; i < before->bytes / sizeof word; i++)
            all ^= word_at(before->a, i);
        assert_true(all == answer);
        assert_int_equal(memcmp(arrays->a, before->a, before->bytes), 0);
    } else if (kernel->pattern == DLB_STREAM_COPY) {
        assert_int_equal(memcmp(arrays->a, arrays->b, arrays->bytes), 0);
    } else if (kernel->pattern == DLB_STREAM_WRITE) {
        for (size_t i = 0; i < arrays->bytes / sizeof word; i++)
            assert_true(word_at(arrays->a, i) == word);
    } else {
        for (size_t i = 0; i < arrays->bytes / sizeof(float); i++)
            assert_true(fabsf(arrays->a[i] - (arrays->b[i] + 3 * arrays->c[i])) < 1e-6F);
    }
    assert_int_equal(memcmp(arrays->b, before->b, before->bytes), 0);
    assert_int_equal(memcmp(arrays->c, before->c, before->bytes), 0);
    for (size_t i = 0; i < GUARD; i++)
        assert_int_equal(((const unsigned char *)arrays->a)[arrays->bytes + i], 0xa5);
}

static void test_streams_do_all_of_it(void **state)
{
    static const size_t sizes[] = {DLB_STREAM_STEP, 3 * DLB_STREAM_STEP, 17 * DLB_STREAM_STEP};
    (void)state;
    const struct dlb_stream_kernel *kernel;
    int run = 0;
    for (int i = 0; (kernel = dlb_stream_kernel_at(i)) != NULL; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes && kernel->usable(); j++) {
            const struct arrays arrays = make_arrays(sizes[j]), before = make_arrays(sizes[j]);
            const struct dlb_stream stream = {arrays.a, arrays.b, arrays.c, sizes[j], PASSES};
            check_stream(kernel, &arrays, &before, kernel->run(&stream));
            free(arrays.a), free(arrays.b), free(arrays.c);
            free(before.a), free(before.b), free(before.c);
            run++;
        }
    assert_true(run >= 12); /* four patterns of the portable loops */
}

static void test_arrays_are_counted_as_stream_does(void **state)
{
    (void)state;
    assert_int_equal(dlb_stream_arrays(DLB_STREAM_READ), 1);
    assert_int_equal(dlb_stream_arrays(DLB_STREAM_WRITE), 1);
    assert_int_equal(dlb_stream_arrays(DLB_STREAM_COPY), 2);
    assert_int_equal(dlb_stream_arrays(DLB_STREAM_TRIAD), 3);
}

/* One cycle through all lines: back at the start after as many loads as there are lines, and not before. */
static void test_chase_is_one_cycle(void **state)
{
    static const size_t counts[] = {1, 2, 3, 64, 1000};
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char *memory = zeros(64 * counts[i]);
        dlb_chase_link(memory, 64 * counts[i], 5);
        const void *at = memory;
        for (size_t loads = 1; loads < counts[i]; loads++) {
            at = dlb_chase_run(at, 1);
            assert_ptr_not_equal(at, memory);
        }
        assert_ptr_equal(dlb_chase_run(memory, (int64_t)counts[i]), memory);
        free(memory);
    }
}

/* Prefetchers must not be able to follow: hardly any line points at its neighbour. */
static void test_chase_is_random(void **state)
{
    (void)state;
    enum { LINES = 4096 };
    char *memory = zeros((size_t)64 * LINES);
    dlb_chase_link(memory, (size_t)64 * LINES, 5);
    int neighbours = 0;
    for (int i = 0; i < LINES; i++) {
        const char *line = memory + 64 * (ptrdiff_t)i;
        const ptrdiff_t distance = (const char *)dlb_chase_run(line, 1) - line;
        neighbours += distance >= -128 && distance <= 128;
    }
    assert_true(neighbours < 32); /* 4 expected */
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_multiply_kernels_compute),
        cmocka_unit_test(test_multiply_counts),
        cmocka_unit_test(test_check_knows_tiles),
        cmocka_unit_test(test_zeros_are_zeros),
        cmocka_unit_test(test_streams_do_all_of_it),
        cmocka_unit_test(test_arrays_are_counted_as_stream_does),
        cmocka_unit_test(test_chase_is_one_cycle),
        cmocka_unit_test(test_chase_is_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
