/*
 * The earth under the town: a street corner in the west of Braunschweig.
 */
#ifndef POSED_GENERATE_EARTH_H
#define POSED_GENERATE_EARTH_H

#include "sim/earth.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 75 m above the sea is 120 m above the ellipsoid. */
sim_earth town_earth(void);

#ifdef __cplusplus
}
#endif
#endif
