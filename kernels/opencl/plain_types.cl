/* plain_types.cl: how the plain kernels (element-wise chains, pooling, softmax) read and write elements.
 *
 * The host puts this text before each of them. Macros: TYPE_F32, TYPE_F16 or TYPE_BF16, how elements are stored; W = 1, 2, 4, 8 or 16, the
 * elements that a work-item takes at a time. Arithmetic is in f32 throughout, and a store rounds once, to nearest even. f16 is
 * read and written by vload_half and vstore_half, which every OpenCL device has: cl_khr_fp16 is only needed to compute in f16. */
#define PASTE_(a, b) a##b
#define PASTE(a, b)  PASTE_(a, b)

#if W == 1
#define WIDTH /* PASTE(float, WIDTH) is float */
#else
#define WIDTH W
#endif
typedef PASTE(float, WIDTH) real;

#if defined(TYPE_F32)

typedef float element;
float load_one(global const element *p, ulong i)
{
    return p[i];
}
void store_one(float v, global element *p, ulong i)
{
    p[i] = v;
}
#if W > 1
real load(global const element *p, ulong i)
{
    return PASTE(vload, W)(0, p + i);
}
void store(real v, global element *p, ulong i)
{
    PASTE(vstore, W)(v, 0, p + i);
}
#endif

#elif defined(TYPE_F16)

typedef half element;
float load_one(global const element *p, ulong i)
{
    return vload_half(i, p);
}
void store_one(float v, global element *p, ulong i)
{
    vstore_half_rte(v, i, p);
}
#if W > 1
/* Through a private vector: PoCL 3.1 takes vload_half16 to mean an address that is a multiple of 32 bytes, which the start of a row need not
 * be; vload16 of 16-bit words is happy with multiples of 2. Compilers make one instruction of both. */
typedef PASTE(ushort, W) words;
real load(global const element *p, ulong i)
{
    const words bits = PASTE(vload, W)(0, (global const ushort *)p + i);
    return PASTE(vload_half, W)(0, (const half *)&bits);
}
void store(real v, global element *p, ulong i)
{
    words bits;
    PASTE(PASTE(vstore_half, W), _rte)(v, 0, (half *)&bits);
    PASTE(vstore, W)(bits, 0, (global ushort *)p + i);
}
#endif

#elif defined(TYPE_BF16)

/* The upper half of an f32. Adding 0x7fff, or 0x8000 when the last bit kept is odd, carries into that bit exactly when
 * rounding to nearest even goes up. NaN must not be rounded: the carry could make it an infinity. */
typedef ushort element;
float load_one(global const element *p, ulong i)
{
    return as_float((uint)p[i] << 16);
}
void store_one(float v, global element *p, ulong i)
{
    const uint bits = as_uint(v);
    p[i] = isnan(v) ? (ushort)(bits >> 16 | 0x40)
                    : (ushort)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
#if W > 1
typedef PASTE(uint, W) uints;
real load(global const element *p, ulong i)
{
    return PASTE(as_float, W)(PASTE(convert_uint, W)(PASTE(vload, W)(0, p + i)) << 16);
}
void store(real v, global element *p, ulong i)
{
    const uints bits = PASTE(as_uint, W)(v);
    const uints rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    const uints kept = select(rounded, bits >> 16 | 0x40, isnan(v));
    PASTE(vstore, W)(PASTE(convert_ushort, W)(kept), 0, p + i);
}
#endif

#endif

#if W == 1
#define load  load_one
#define store store_one
#endif
