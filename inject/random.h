/*
 * Random numbers of the faults: splitmix64 (Steele, Lea, Flood 2014). Each fault has a stream of its own for
 * each source and kind of frame, so that one fault leaves the others' numbers as they are.
 */
#ifndef POSED_INJECT_RANDOM_H
#define POSED_INJECT_RANDOM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint64_t state;
} inject_random;

/* The stream of that number under a seed. */
inject_random inject_random_seed(uint64_t seed, uint64_t stream);

uint64_t inject_random_bits(inject_random *r);
/* Uniform in [0, 1). */
double inject_random_uniform(inject_random *r);
/* Uniform in [low, high). */
double inject_random_between(inject_random *r, double low, double high);
/* Normal with mean 0. */
double inject_random_normal(inject_random *r, double sigma);
/* Exponential with that mean. */
double inject_random_exponential(inject_random *r, double mean);

/* An error that lasts: one step of a first-order Gauss-Markov process with standard deviation `sigma` that
 * forgets in `tau_s`; 0: white. */
double inject_random_drift(inject_random *r, double value, double sigma, double tau_s, double step_s);

#ifdef __cplusplus
}
#endif
#endif
