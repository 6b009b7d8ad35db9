#include "tests/sensors/lane_noise.h"

#include "tests/draws.h"

#include <math.h>

double road_uniform(uint64_t *state, double from, double to)
{
    return from + (to - from) * (double)(draw_bits(state) >> 11) * 0x1p-53;
}

double road_lattice(int x, int y, uint64_t seed)
{
    uint64_t h = seed ^ (uint64_t)(uint32_t)x * UINT64_C(0x9e3779b97f4a7c15) ^
                 (uint64_t)(uint32_t)y * UINT64_C(0xc2b2ae3d27d4eb4f);
    h ^= h >> 29;
    h *= UINT64_C(0xbf58476d1ce4e5b9);
    h ^= h >> 32;
    return (double)(h >> 11) * 0x1p-53 - 0.5;
}

double road_noise(double x, double y, uint64_t seed)
{
    int i = (int)floor(x), j = (int)floor(y);
    double u = x - i, v = y - j;
    u = u * u * (3.0 - 2.0 * u);
    v = v * v * (3.0 - 2.0 * v);
    return (road_lattice(i, j, seed) * (1.0 - u) + road_lattice(i + 1, j, seed) * u) * (1.0 - v) +
           (road_lattice(i, j + 1, seed) * (1.0 - u) + road_lattice(i + 1, j + 1, seed) * u) * v;
}
