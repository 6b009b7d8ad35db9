/*
 * Inside the fusion core: what stands around the vehicle, as radars have had it over the last seconds.
 *
 * One return says little: it may be of a post that the map has, of one beside it that the map does not have,
 * or a ghost. A place that answers in scan after scan is a thing; what has a second one beside it, or answers
 * from here and there, is not told apart from its neighbours by what the map says of it. Things lie on a
 * plane: along and across the line of sight.
 */
#ifndef POSED_FUSION_RADAR_THINGS_H
#define POSED_FUSION_RADAR_THINGS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RADAR_THINGS = 96, RADAR_NO_THING = 255 };

typedef struct {
    int64_t seen_ns; /* its newest return; INT64_MIN: the entry is free */
    float at_m[3];   /* ECEF axes, from the anchor */
    float variance;  /* of that, per axis, m^2 */
    float looks;     /* returns so far */
    float misfit;    /* sum of their NIS (two degrees of freedom) but for the first's */
    uint16_t source; /* index of the radar: others have their own errors */
} radar_thing;

typedef struct {
    double anchor_ecef_m[3];
    float noise[2]; /* what the variances of returns are multiplied with, along and across: as they scatter */
    radar_thing of[RADAR_THINGS];
} radar_things;

/* A return: where, along and across which line of sight (unit vectors), and how well, m^2. */
typedef struct {
    float at_m[3]; /* as of a thing */
    float along[3], across[3];
    float along_variance, across_variance;
} radar_place;

/* Nothing has answered. */
void radar_things_clear(radar_things *t);
/* Keeps the anchor near a position (ECEF), so that single precision holds what lies around it. */
void radar_things_follow(radar_things *t, const double position_ecef_m[3]);
/* Takes a return as one of the thing where it is, or of a new one; each thing answers once at a time. Returns
 * its index. When all are in use the one that has not answered for longest is forgotten. */
int radar_things_take(radar_things *t, uint16_t source, const radar_place *p, int64_t now_ns);
/* It has answered often, and from one place. */
bool radar_things_is_proven(const radar_things *t, int thing);
/* Nothing else has answered to its radar from within so much of it lately. */
bool radar_things_is_alone(const radar_things *t, int thing, const radar_place *p, float within_m,
                           int64_t now_ns);
/* A place along and across the line of sight from the thing, m. */
void radar_things_offset(const radar_things *t, int thing, const radar_place *p, float out[2]);
/* Other things around it, per square metre; at least one. */
float radar_things_density(const radar_things *t, int thing, const radar_place *p, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
