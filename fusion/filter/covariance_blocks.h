/*
 * Inside the covariance: several floats at once, blocks of four rows and columns, and functions that exist
 * for more than one processor.
 */
#ifndef POSED_FUSION_COVARIANCE_BLOCKS_H
#define POSED_FUSION_COVARIANCE_BLOCKS_H

#include "fusion/filter/covariance.h"

/* Four or eight floats at once. All arithmetic on them is elementwise and never contracted, so that every
 * width and every clone below gives the same bits. */
typedef float f4 __attribute__((vector_size(16)));
typedef float f8 __attribute__((vector_size(32)));
typedef int32_t i8 __attribute__((vector_size(32)));
typedef float f4_anywhere __attribute__((vector_size(16), aligned(4))); /* where no row of blocks begins */

/* The hot functions exist twice on x86-64, for the baseline and for AVX2; the loader picks one. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) &&                                  \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CLONED __attribute__((target_clones("avx2", "default")))
#else
#define CLONED
#endif
#define INLINE static inline __attribute__((always_inline))

INLINE f4 splat(float v)
{
    return (f4){v, v, v, v};
}

#define SPLAT8(v) ((f8){(v), (v), (v), (v), (v), (v), (v), (v)})

/* Lanes of `yes` where the mask is all ones, of `no` where it is zero. */
#define CHOOSE8(mask, yes, no) ((f8)(((mask) & (i8)(yes)) | (~(mask) & (i8)(no))))

/* Turns four rows of four into four columns. */
INLINE void transpose(const f4 in[4], f4 out[4])
{
    f4 a = __builtin_shufflevector(in[0], in[1], 0, 4, 1, 5),
       b = __builtin_shufflevector(in[2], in[3], 0, 4, 1, 5);
    f4 c = __builtin_shufflevector(in[0], in[1], 2, 6, 3, 7),
       d = __builtin_shufflevector(in[2], in[3], 2, 6, 3, 7);
    out[0] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
    out[1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
    out[2] = __builtin_shufflevector(c, d, 0, 1, 4, 5);
    out[3] = __builtin_shufflevector(c, d, 2, 3, 6, 7);
}

INLINE void load_block(const covariance *c, int row, int column, f4 block[4])
{
    for (int i = 0; i < 4; i++)
        block[i] = *(const f4 *)(const void *)(covariance_row(c, row + i) + column);
}

/* The block at (row, column) is copied, turned, to (column, row). */
INLINE void mirror_block(covariance *c, int row, int column)
{
    f4 block[4], turned[4];
    load_block(c, row, column, block);
    transpose(block, turned);
    for (int i = 0; i < 4; i++)
        *(f4 *)(void *)(covariance_row(c, column + i) + row) = turned[i];
}

#endif
