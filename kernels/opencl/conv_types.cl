/* conv_types.cl: the element types of the convolution kernels; put in front of each of their sources.
 *
 * Sums are always float, or int for integer inputs. The macro IN_F32, IN_F16, IN_BF16, IN_S8 or IN_U8 chooses: IN is what memory holds, WIDEN*
 * gives it as floats; OUT is what is stored: the input's type, rounded to nearest even, and int for integers. Loads and stores of
 * half are part of the core language: nothing here computes in it. */

#if defined(IN_F32)
#define IN          float
#define WIDEN(p)    (*(p))
#define WIDEN4(p)   vload4(0, p)
#define WIDEN16(p)  vload16(0, p)
#elif defined(IN_F16)
#define IN          half
#define WIDEN(p)    vload_half(0, p)
#define WIDEN4(p)   vload_half4(0, p)
#define WIDEN16(p)  vload_half16(0, p)
#elif defined(IN_BF16)
/* bf16 is the upper half of a float. */
#define IN          ushort
#define WIDEN(p)    as_float((uint)(*(p)) << 16)
#define WIDEN4(p)   as_float4(convert_uint4(vload4(0, p)) << 16)
#define WIDEN16(p)  as_float16(convert_uint16(vload16(0, p)) << 16)
#else
#if defined(IN_S8)
#define IN          char
#else
#define IN          uchar
#endif
#define INTEGER
#define WIDEN(p)    convert_float(*(p))
#define WIDEN4(p)   convert_float4(vload4(0, p))
#define WIDEN16(p)  convert_float16(vload16(0, p))
#endif

#if defined(INTEGER)
#define OUT           int
#elif defined(IN_BF16)
#define OUT           ushort
/* Adding just under half of the last kept place, and the place's own bit, rounds ties to even. */
#define STORE(v, p)   (*(p) = (ushort)((as_uint(v) + 0x7fffu + ((as_uint(v) >> 16) & 1u)) >> 16))
#define STORE16(v, p)                                                                              \
    vstore16(convert_ushort16((as_uint16(v) + 0x7fffu + ((as_uint16(v) >> 16) & 1u)) >> 16), 0, p)
#elif defined(IN_F16)
#define OUT           half
#define STORE(v, p)   vstore_half_rte(v, 0, p)
#define STORE16(v, p) vstore_half16_rte(v, 0, p)
#else
#define OUT           float
#define STORE(v, p)   (*(p) = (v))
#define STORE16(v, p) vstore16(v, 0, p)
#endif

/* What may follow the sum, in this order; bits of the argument `epilogue`. */
#define HAS_SCALE 1
#define HAS_SHIFT 2
#define HAS_ADD   4
#define HAS_RELU  8

/* A NaN stays one, unlike with fmax: an error before a relu must not be hidden by it. On x86 it is one instruction,
 * where fmax is two. */
#define RELU(r) ((r) < 0.0f ? 0.0f : (r))

