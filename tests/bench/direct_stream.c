/* direct_stream.c: what a processor's memory and multiply-adds give to plain loops, as STREAM and others write them: `direct_stream WHAT`.
 *
 *   read write copy triad   bytes per second over 256 MiB (BYTES=N: of all arrays together), best of many passes: STREAM
 *                           (McCalpin, 1995), with OpenMP, left to the compiler
 *   fma                     operations per second of f32 multiply-adds on a small array, left to the compiler's vectors
 *
 * Prints "WHAT VALUE". For scripts/bench: dlbench's roofs must not be below what such loops reach. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <omp.h>

#define SECONDS    1.0
#define LEAST      (INT64_C(256) << 20)
#define FMA_CHAINS 128
#define FMA_ROUNDS 20000

struct arrays {
    float *a, *b, *c;
    int64_t count;
};

static volatile float sink;

static int64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static double pass_read(const struct arrays *x)
{
    const float *a = x->a;
    float sum = 0;
#pragma omp parallel for simd schedule(static) reduction(+ : sum)
    for (int64_t i = 0; i < x->count; i++)
        sum += a[i];
    sink = sum;
    return (double)x->count * sizeof(float);
}

static double pass_write(const struct arrays *x)
{
    float *a = x->a;
#pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < x->count; i++)
        a[i] = 1;
    return (double)x->count * sizeof(float);
}

static double pass_copy(const struct arrays *x)
{
    float *a = x->a;
    const float *b = x->b;
#pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < x->count; i++)
        a[i] = b[i];
    return 2 * (double)x->count * sizeof(float);
}

static double pass_triad(const struct arrays *x)
{
    float *a = x->a;
    const float *b = x->b, *c = x->c;
#pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < x->count; i++)
        a[i] = b[i] + 3 * c[i];
    return 3 * (double)x->count * sizeof(float);
}

/* Operations, not bytes. */
static double pass_fma(const struct arrays *x)
{
    (void)x;
    float total = 0;
    int threads = 1;
#pragma omp parallel reduction(+ : total)
    {
        float sums[FMA_CHAINS];
        for (int i = 0; i < FMA_CHAINS; i++)
            sums[i] = (float)(i + omp_get_thread_num());
        for (int64_t round = 0; round < FMA_ROUNDS; round++)
#pragma omp simd
            for (int i = 0; i < FMA_CHAINS; i++)
                sums[i] = sums[i] * -0.999F + 0.5F;
        for (int i = 0; i < FMA_CHAINS; i++)
            total += sums[i];
#pragma omp master
        threads = omp_get_num_threads();
    }
    sink = total;
    return 2.0 * FMA_CHAINS * FMA_ROUNDS * threads;
}

static const struct {
    const char *name;
    double (*pass)(const struct arrays *x);
    int arrays;
} patterns[] = {{"read", pass_read, 1},
                {"write", pass_write, 1},
                {"copy", pass_copy, 2},
                {"triad", pass_triad, 3},
                {"fma", pass_fma, 1}};

static float *fill(int64_t count)
{
    float *values = aligned_alloc(4096, ((size_t)count * sizeof *values + 4095) / 4096 * 4096);
    if (values == NULL) {
        fprintf(stderr, "direct_stream: no memory for %lld floats\n", (long long)count);
        exit(3);
    }
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)(i % 97);
    return values;
}

static double best_rate(double (*pass)(const struct arrays *x), const struct arrays *arrays)
{
    double best = 0;
    const int64_t end = now_ns() + (int64_t)(SECONDS * 1e9);
    while (now_ns() < end) {
        const int64_t begin = now_ns();
        const double moved = pass(arrays);
        const double rate = moved / (1e-9 * (double)(now_ns() - begin));
        best = rate > best ? rate : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    const char *text = getenv("BYTES");
    const int64_t bytes = text != NULL ? strtoll(text, NULL, 10) : LEAST;
    for (size_t i = 0; argc == 2 && i < sizeof patterns / sizeof *patterns; i++) {
        if (strcmp(argv[1], patterns[i].name) != 0)
            continue;
        const int64_t count = bytes / patterns[i].arrays / (int64_t)sizeof(float);
        const struct arrays arrays = {fill(count), patterns[i].arrays > 1 ? fill(count) : NULL,
                                      patterns[i].arrays > 2 ? fill(count) : NULL, count};
        printf("%s %.6g\n", patterns[i].name, best_rate(patterns[i].pass, &arrays));
        free(arrays.a);
        free(arrays.b);
        free(arrays.c);
        return 0;
    }
    fprintf(stderr, "usage: direct_stream read|write|copy|triad|fma\n");
    return 2;
}
