/*
 * Where chains of segments cross, in the plane.
 */
#ifndef POSED_MAP_CROSSING_H
#define POSED_MAP_CROSSING_H

#include "map/lanes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A segment of a chain, with its extent. */
typedef struct {
    const double *from_m, *to_m;
    double west_m, east_m;
    uint32_t chain, number; /* of the chain, and within it */
} map_segment;

/* Where one was found. */
typedef struct {
    const map_segment *a, *b;
    double at_m[2];
} map_crossing;

typedef enum { CROSSING_NONE, CROSSING_FOUND, CROSSING_GIVEN_UP } map_crossing_result;

/* Looks for a crossing among `count` segments, which it sorts: of one chain with itself where `within`, else
 * of different chains. Segments that share an end meet there, and that does not count. Gives up after some
 * millions of comparisons. */
map_crossing_result map_find_crossing(map_segment *segments, size_t count, bool within, map_crossing *out);

#ifdef __cplusplus
}
#endif
#endif
