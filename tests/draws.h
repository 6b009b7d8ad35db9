/*
 * Draws for tests that make their samples by hand: the same from each seed everywhere.
 */
#ifndef POSED_TESTS_DRAWS_H
#define POSED_TESTS_DRAWS_H

#include <stdint.h>
#include <stdlib.h>

/* From low to high, by rand. */
static inline double draw_uniform(double low, double high)
{
    return low + (high - low) * rand() / RAND_MAX;
}

/* Splitmix64 (Steele, Lea, Flood 2014): 64 bits; goes on from *state. */
static inline uint64_t draw_bits(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0 < u < 1, of these. */
static inline double draw_unit(uint64_t *state)
{
    return ((double)(draw_bits(state) >> 11) + 0.5) / 9007199254740992.0;
}

/* Normal enough, of one sigma; goes on from *state. */
static inline double draw_noise(uint64_t *state, double sigma)
{
    double sum = 0.0;
    for (int i = 0; i < 12; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        sum += (double)(*state >> 40) / 16777216.0;
    }
    return sigma * (sum - 6.0);
}

#endif
