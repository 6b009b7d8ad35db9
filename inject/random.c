#include "inject/random.h"

#include <math.h>

uint64_t inject_random_bits(inject_random *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

inject_random inject_random_seed(uint64_t seed, uint64_t stream)
{
    inject_random r = {seed}, s = {stream};
    return (inject_random){inject_random_bits(&r) ^ inject_random_bits(&s)};
}

double inject_random_uniform(inject_random *r)
{
    return (double)(inject_random_bits(r) >> 11) * 0x1p-53;
}

double inject_random_between(inject_random *r, double low, double high)
{
    return low + (high - low) * inject_random_uniform(r);
}

double inject_random_normal(inject_random *r, double sigma)
{
    /* Box-Muller; 1 - u is never 0. The second value is thrown away: no state to carry. */
    double radius = sqrt(-2 * log(1 - inject_random_uniform(r)));
    return sigma * radius * cos(2 * M_PI * inject_random_uniform(r));
}

double inject_random_exponential(inject_random *r, double mean)
{
    return -mean * log(1 - inject_random_uniform(r));
}

double inject_random_drift(inject_random *r, double value, double sigma, double tau_s, double step_s)
{
    double keep = tau_s > 0 ? exp(-step_s / tau_s) : 0;
    return keep * value + inject_random_normal(r, sigma * sqrt(1 - keep * keep));
}
