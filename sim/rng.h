/*
 * Random numbers that are the same on every machine: xoshiro256++ (Blackman and Vigna 2019), seeded by
 * splitmix64. Each sensor has a stream of its own, so that a change to one leaves the others as they were.
 */
#ifndef POSED_SIM_RNG_H
#define POSED_SIM_RNG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint64_t s[4];
} rng;

/* A first-order Gauss-Markov process: an error that lasts about tau_s. */
typedef struct {
    double value, sigma, tau_s;
} drift;

/* The stream of that number (less than 2^32) under the seed of a drive. */
rng rng_seed(uint64_t seed, uint64_t stream);
/* Uniform in [0, 1). */
double rng_uniform(rng *r);
/* Uniform in [low, high). */
double rng_between(rng *r, double low, double high);
/* Normal with mean 0. */
double rng_normal(rng *r, double sigma);
/* True with that probability. */
int rng_chance(rng *r, double probability);

/* Starts in its stationary distribution. */
drift drift_start(rng *r, double sigma, double tau_s);
/* Moves on by step_s and returns the new value. */
double drift_next(drift *d, rng *r, double step_s);

#ifdef __cplusplus
}
#endif
#endif
