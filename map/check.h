/*
 * What is wrong with a map beyond what reading it shows: its geometry, and how its lanelets meet.
 */
#ifndef POSED_MAP_CHECK_H
#define POSED_MAP_CHECK_H

#include "map/lanes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Adds what it finds to `p`; docs/MAPS.md has each code with its limits. Only lanelets that vehicles may use
 * are held against widths, gaps and heights. False: no memory. */
bool map_check(const map_lanes *l, map_problems *p);

/* Parts of it, a file each. */
bool map_check_lines(const map_lanes *l, map_problems *p);    /* segments, crossings */
bool map_check_lanelets(const map_lanes *l, map_problems *p); /* widths, gaps, direction */
bool map_check_things(const map_lanes *l, map_problems *p);   /* marks, and what is not stated */

#ifdef __cplusplus
}
#endif
#endif
