/* direct.h: what the direct callers of `make bench` share: read a problem key, fill buffers, time a loop.
 *
 * Deliberately nothing of dlbench is used here: a direct caller is the independent second opinion on dlbench's figures. The
 * method is stated so that the ratio is fair: same problem, random inputs in [-1, 1], page-aligned buffers, the
 * loop over the library call and nothing else between two clock readings, the median over samples of 5 ms or more. */
#ifndef DLB_DIRECT_H
#define DLB_DIRECT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DIRECT_WARMUP_NS  2e8
#define DIRECT_SAMPLE_NS  5e6
#define DIRECT_SAMPLES    400
#define DIRECT_DEFAULT_NS 7e8

/* A problem, from a key such as gemm:m=16,n=16,k=16,dtype=bf16 or conv:n=16,c=64,h=56,w=56,k=64,r=3,s=3,pad=1. */
struct direct_problem {
    bool conv, ta, tb;
    char dtype[8], pass[16];
    double alpha, beta;
    int64_t m, batch; /* gemm, with n and k */
    int64_t n, c, h, w, k, r, s, groups, stride, pad, dilation;
    int64_t out_h, out_w;
};

static inline void direct_fail(const char *what, const char *found)
{
    fprintf(stderr, "direct caller: %s: %s\n", what, found);
    exit(2);
}

static inline void direct_set(struct direct_problem *p, const char *name, const char *value)
{
    static const char *const names[] = {"m", "batch", "n",      "c",      "h",   "w",       "k",
                                        "r", "s",     "groups", "stride", "pad", "dilation"};
    int64_t *const places[] = {&p->m,      &p->batch, &p->n,       &p->c, &p->h,
                               &p->w,      &p->k,     &p->r,       &p->s, &p->groups,
                               &p->stride, &p->pad,   &p->dilation};
    if (strcmp(name, "dtype") == 0)
        snprintf(p->dtype, sizeof p->dtype, "%s", value);
    else if (strcmp(name, "pass") == 0)
        snprintf(p->pass, sizeof p->pass, "%s", value);
    else if (strcmp(name, "ta") == 0)
        p->ta = value[0] == 't';
    else if (strcmp(name, "tb") == 0)
        p->tb = value[0] == 't';
    else if (strcmp(name, "alpha") == 0)
        p->alpha = strtod(value, NULL);
    else if (strcmp(name, "beta") == 0)
        p->beta = strtod(value, NULL);
    else {
        char *end = NULL;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (strcmp(name, names[i]) == 0)
                *places[i] = strtoll(value, &end, 10);
        if (end == NULL || *end != '\0')
            direct_fail("unknown parameter or value", name);
    }
}

static inline struct direct_problem direct_parse(const char *key)
{
    struct direct_problem p = {.dtype = "f32",
                               .pass = "fwd",
                               .alpha = 1,
                               .batch = 1,
                               .groups = 1,
                               .stride = 1,
                               .dilation = 1};
    char text[512], *rest = text;
    snprintf(text, sizeof text, "%s", key);
    const char *kind = strsep(&rest, ":");
    p.conv = strcmp(kind, "conv") == 0;
    if (!p.conv && strcmp(kind, "gemm") != 0)
        direct_fail("wanted gemm:... or conv:..., found", key);
    for (char *part; rest != NULL && (part = strsep(&rest, ",")) != NULL;) {
        char *value = strchr(part, '=');
        if (value == NULL)
            direct_fail("wanted name=value, found", part);
        *value = '\0';
        direct_set(&p, part, value + 1);
    }
    p.out_h = (p.h + 2 * p.pad - p.dilation * (p.r - 1) - 1) / p.stride + 1;
    p.out_w = (p.w + 2 * p.pad - p.dilation * (p.s - 1) - 1) / p.stride + 1;
    return p;
}

static inline void *direct_alloc(size_t bytes)
{
    void *pointer = NULL;
    if (posix_memalign(&pointer, 4096, bytes > 0 ? bytes : 1) != 0)
        direct_fail("no memory", "");
    return pointer;
}

/* `count` floats uniform in [-1, 1): an xorshift generator (Marsaglia 2003). */
static inline float *direct_random(size_t count, uint64_t seed)
{
    float *values = direct_alloc(count * sizeof *values);
    uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (size_t i = 0; i < count; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        values[i] = (float)(x >> 40) / 8388608.0f - 1.0f;
    }
    return values;
}

static inline double direct_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static inline int direct_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Times of one call in ns, in order: `samples` has room for DIRECT_SAMPLES; returns how many. `loop` makes `count` calls.
 * Warm-up, then samples for `budget_ns`, at least 5. */
static inline int direct_sample(void (*loop)(void *self, int64_t count), void *self,
                                double budget_ns, double *samples)
{
    int64_t calls = 1;
    loop(self, 1);
    const double warm = direct_now_ns();
    double last = warm, call_ns = 0;
    while (last - warm < DIRECT_WARMUP_NS) {
        loop(self, calls);
        const double now = direct_now_ns();
        call_ns = (now - last) / (double)calls;
        calls = (int64_t)(DIRECT_SAMPLE_NS / call_ns) + 1;
        last = now;
    }
    int n = 0;
    const double begin = last;
    while (n < DIRECT_SAMPLES && (n < 5 || last - begin < budget_ns)) {
        const double from = direct_now_ns();
        loop(self, calls);
        last = direct_now_ns();
        samples[n++] = (last - from) / (double)calls;
    }
    qsort(samples, (size_t)n, sizeof samples[0], direct_compare);
    return n;
}

/* The median of them. */
static inline double direct_time(void (*loop)(void *self, int64_t count), void *self,
                                 double budget_ns)
{
    static double samples[DIRECT_SAMPLES];
    const int n = direct_sample(loop, self, budget_ns, samples);
    return samples[n / 2];
}

/* One line for scripts/bench: CALLER KEY MEDIAN ns. */
static inline void direct_report(const char *caller, const char *key, double ns)
{
    printf("%s %s %.3f ns\n", caller, key, ns);
}

#endif
