/* A core whose bank is set by hand: for tests of what is made of sub-solutions. */
#ifndef POSED_TESTS_BANK_HOST_H
#define POSED_TESTS_BANK_HOST_H

#include "fusion/core/core.h"

/* Of these sources, apart by blanks, on a map or not (NULL); for fusion_destroy. `set` gets the defaults and
 * outlives it. Nothing has been heard yet. */
fusion *bank_host_core(settings *set, const map_view *map, const char *sources);

/* It holds a pose at the equator, at 1000 s: attitude and velocity (m/s) in the earth's axes. There x is up,
 * y east and z north. */
void bank_host_place(fusion *c, const double q_b_ecef[4], const double velocity_mps[3]);

/* The hypothesis that leaves out just these sources, bit by bit, and all that they say. */
bank_hypothesis *bank_host_without(fusion *c, uint32_t sources);

#endif
