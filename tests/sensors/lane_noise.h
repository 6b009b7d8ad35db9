/* Chance for rendered roads: the same seed gives the same. */
#ifndef POSED_TESTS_LANE_NOISE_H
#define POSED_TESTS_LANE_NOISE_H

#include <stdint.h>

double road_uniform(uint64_t *state, double from, double to);
/* -0.5..0.5, of a place of integers; and smooth between such places. */
double road_lattice(int x, int y, uint64_t seed);
double road_noise(double x, double y, uint64_t seed);

#endif
