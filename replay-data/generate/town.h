/*
 * What stands and moves along the streets: fiducials on poles, things that reflect radar, other traffic.
 */
#ifndef POSED_GENERATE_TOWN_H
#define POSED_GENERATE_TOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "trajectory.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TOWN_MAX_OBJECTS = 1024, TOWN_MAX_TAGS = 64, TOWN_ONCOMING = 30 };

typedef struct {
    double s_m;        /* where along the road it stands */
    double plane_m[3]; /* east, north, up of the datum */
} town_object;

typedef struct {
    size_t object_count;
    town_object objects[TOWN_MAX_OBJECTS]; /* posts, fences, parked cars, corners of houses, tunnel walls */
    size_t tag_count;
    town_object tags[TOWN_MAX_TAGS];  /* fiducials; the id is the index plus one */
    double oncoming_m[TOWN_ONCOMING]; /* where the oncoming cars are at step 0 */
    double oncoming_mps[TOWN_ONCOMING];
} town;

/* Another car, seen as one point. */
typedef struct {
    double s_m;
    double plane_m[3], velocity_mps[3];
} town_car;

/* Builds the town along the road that the trajectory drives. */
void town_build(town *t, const trajectory *drive);
/* An oncoming car at that step. */
town_car town_oncoming(const town *t, const trajectory *drive, size_t i, size_t step);
/* The car ahead; false while there is none. Needs 0 < step < count - 1. */
bool town_leader(const trajectory *drive, size_t step, town_car *car);

#ifdef __cplusplus
}
#endif
#endif
