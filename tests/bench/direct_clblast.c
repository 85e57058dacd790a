/* direct_clblast.c: times one f32 product by calling CLBlast on the first OpenCL device. Usage: direct_clblast KEY
 *
 * Buffers are on the device, CLBlast takes the parameters that it was tuned with, the queue is drained after each call. It prints its
 * fastest sample, not the median: the bar is set against CLBlast's best. */
#include "tests/bench/direct.h"

#ifndef DLB_HAVE_CLBLAST

int main(void)
{
    direct_fail("built without CLBlast", "install libclblast-dev and build again");
    return 2;
}

#else
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <clblast_c.h>

struct subject {
    struct direct_problem p;
    cl_context context;
    cl_command_queue queue;
    cl_mem a, b, c;
};

static void check(cl_int code, const char *what)
{
    char number[16];
    snprintf(number, sizeof number, "code %d", code);
    if (code != CL_SUCCESS)
        direct_fail(what, number);
}

static void open_device(struct subject *s)
{
    cl_platform_id platform;
    cl_device_id device;
    cl_int code;
    check(clGetPlatformIDs(1, &platform, NULL), "no OpenCL platform");
    check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL), "no OpenCL device");
    s->context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    check(code, "no context");
    s->queue = clCreateCommandQueue(s->context, device, 0, &code);
    check(code, "no queue");
}

static cl_mem random_buffer(const struct subject *s, int64_t count, uint64_t seed)
{
    cl_int code;
    float *values = direct_random((size_t)count, seed);
    const cl_mem buffer = clCreateBuffer(s->context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                                         (size_t)count * sizeof *values, values, &code);
    check(code, "no buffer");
    free(values);
    return buffer;
}

static void gemm_loop(void *self, int64_t count)
{
    struct subject *s = self;
    const size_t m = (size_t)s->p.m, n = (size_t)s->p.n, k = (size_t)s->p.k;
    const size_t lda = s->p.ta ? m : k, ldb = s->p.tb ? k : n;
    for (int64_t i = 0; i < count; i++) {
        const CLBlastStatusCode code = CLBlastSgemm(
            CLBlastLayoutRowMajor, s->p.ta ? CLBlastTransposeYes : CLBlastTransposeNo,
            s->p.tb ? CLBlastTransposeYes : CLBlastTransposeNo, m, n, k, (float)s->p.alpha, s->a, 0,
            lda, s->b, 0, ldb, (float)s->p.beta, s->c, 0, n, &s->queue, NULL);
        check((cl_int)code, "CLBlastSgemm");
        check(clFinish(s->queue), "clFinish");
    }
}

int main(int argc, char **argv)
{
    static double samples[DIRECT_SAMPLES];
    if (argc != 2)
        direct_fail("wanted one argument, KEY", "usage: direct_clblast KEY");
    struct subject s = {.p = direct_parse(argv[1])};
    if (s.p.conv || strcmp(s.p.dtype, "f32") != 0 || s.p.batch != 1)
        direct_fail("wanted gemm, f32, batch=1", argv[1]);
    open_device(&s);
    s.a = random_buffer(&s, s.p.m * s.p.k, 1);
    s.b = random_buffer(&s, s.p.k * s.p.n, 2);
    s.c = random_buffer(&s, s.p.m * s.p.n, 3);
    (void)direct_sample(gemm_loop, &s, DIRECT_DEFAULT_NS, samples);
    direct_report("direct-clblast", argv[1], samples[0]);
    check(clReleaseMemObject(s.a), "clReleaseMemObject");
    check(clReleaseMemObject(s.b), "clReleaseMemObject");
    check(clReleaseMemObject(s.c), "clReleaseMemObject");
    check(clReleaseCommandQueue(s.queue), "clReleaseCommandQueue");
    check(clReleaseContext(s.context), "clReleaseContext");
    return 0;
}
#endif
