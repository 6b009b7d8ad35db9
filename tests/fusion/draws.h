/*
 * Noise for tests that make their samples by hand: the same from each seed everywhere.
 */
#ifndef POSED_TESTS_FUSION_DRAWS_H
#define POSED_TESTS_FUSION_DRAWS_H

#include <stdint.h>

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
