#include "wire/mcap_crc.h"

#include <zlib.h>

#if defined(__x86_64__)
#include <immintrin.h>

/* Below this many bytes zlib's tables are as fast. */
enum { LANE = 16, BLOCK = 4 * LANE, FOLD_MIN = 4 * BLOCK };

/* Moves the lane by the distance that `k` stands for and adds what is there: a carry-less product of each
 * half. */
__attribute__((target("pclmul,sse2"))) static inline __m128i fold(__m128i lane, __m128i k, __m128i next)
{
    __m128i low = _mm_clmulepi64_si128(lane, k, 0x00), high = _mm_clmulepi64_si128(lane, k, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/* After "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ" (Gopal et al., Intel 2009). A block of
 * zeros moves a lane on by 512 bits, a lane by 128: the constants are x^(512+32), x^(512-32), x^(128+32),
 * x^(128-32) modulo the polynomial 0x104C11DB7, with their bits reversed. Lanes are folded onto those behind
 * them until 16 bytes are left that have the CRC of all; these go to zlib. `size` is a multiple of LANE and
 * at least BLOCK. */
__attribute__((target("pclmul,sse2"))) static uint32_t crc_by_folding(uint32_t crc, const uint8_t *p,
                                                                      size_t size)
{
    const __m128i by_block = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
    const __m128i by_lane = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
    __m128i x[4];
    for (int i = 0; i < 4; i++)
        x[i] = _mm_loadu_si128((const __m128i *)(const void *)(p + LANE * i));
    x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128((int)~crc));
    for (p += BLOCK, size -= BLOCK; size >= BLOCK; p += BLOCK, size -= BLOCK)
        for (int i = 0; i < 4; i++)
            x[i] = fold(x[i], by_block, _mm_loadu_si128((const __m128i *)(const void *)(p + LANE * i)));
    for (int i = 1; i < 4; i++)
        x[i] = fold(x[i - 1], by_lane, x[i]);
    for (; size >= LANE; p += LANE, size -= LANE)
        x[3] = fold(x[3], by_lane, _mm_loadu_si128((const __m128i *)(const void *)p));
    uint8_t rest[LANE];
    _mm_storeu_si128((__m128i *)(void *)rest, x[3]);
    return (uint32_t)crc32_z(0xFFFFFFFF, rest, LANE); /* zlib inverts: the register begins as 0 */
}

uint32_t mcap_crc32(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *p = data;
    if (size >= FOLD_MIN && __builtin_cpu_supports("pclmul")) {
        size_t folded = size - size % LANE;
        crc = crc_by_folding(crc, p, folded);
        p += folded;
        size -= folded;
    }
    return size > 0 ? (uint32_t)crc32_z(crc, p, size) : crc;
}
#else
uint32_t mcap_crc32(uint32_t crc, const void *data, size_t size)
{
    return size > 0 ? (uint32_t)crc32_z(crc, data, size) : crc;
}
#endif
