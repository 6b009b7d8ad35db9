#include "sim/rng.h"

#include <math.h>

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static uint64_t next(rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotate(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

rng rng_seed(uint64_t seed, uint64_t stream)
{
    uint64_t x = seed + (stream << 32);
    rng r;
    for (int i = 0; i < 4; i++)
        r.s[i] = splitmix(&x);
    return r;
}

double rng_uniform(rng *r)
{
    return (double)(next(r) >> 11) * 0x1p-53;
}

double rng_between(rng *r, double low, double high)
{
    return low + (high - low) * rng_uniform(r);
}

double rng_normal(rng *r, double sigma)
{
    /* Box-Muller; 1 - u is never 0. The second value is thrown away: no state to carry. */
    double radius = sqrt(-2 * log(1 - rng_uniform(r)));
    double angle = 2 * 3.14159265358979323846 * rng_uniform(r);
    return sigma * radius * cos(angle);
}

int rng_chance(rng *r, double probability)
{
    return rng_uniform(r) < probability;
}

drift drift_start(rng *r, double sigma, double tau_s)
{
    return (drift){.value = rng_normal(r, sigma), .sigma = sigma, .tau_s = tau_s};
}

double drift_next(drift *d, rng *r, double step_s)
{
    double keep = exp(-step_s / d->tau_s);
    d->value = keep * d->value + rng_normal(r, d->sigma * sqrt(1 - keep * keep));
    return d->value;
}
