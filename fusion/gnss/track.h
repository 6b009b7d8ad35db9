/*
 * Where wheels and a yaw rate say that the vehicle has gone, whatever the filter makes of it, and a
 * receiver's way against that: the turn between the two is the heading, by way of the shape of hundreds of
 * metres instead of the first two fixes (the rotation of two sets of points that leaves the least squares: B.
 * K. P. Horn, "Closed-form solution of absolute orientation using unit quaternions", JOSA A 4(4), 1987; in
 * the plane).
 */
#ifndef POSED_FUSION_TRACK_H
#define POSED_FUSION_TRACK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the yaw rate is off by, as it shows at rest. */
typedef struct {
    double bias_radps, blocks; /* mean of so many blocks; 0: it is not known */
    double sum_rad, sum_s;     /* of the block that is under way */
    double before_radps;       /* the block before, which counts when this one has ended at rest as well */
    int kept;                  /* blocks since it came to rest */
} track_rest;

/* Dead reckoning in axes of its own: counter-clockwise from its x axis. */
typedef struct {
    double heading_rad, at_m[2], way_m;
    double speed_mps, rate_radps; /* newest */
    int64_t stamp_ns;             /* of these; INT64_MIN: nothing yet */
    int source;                   /* of the wheels that say them; -1: none */
    uint32_t part;                /* what was kept of another part says nothing: it was interrupted */
    track_rest rest;
    bool agrees; /* the heading of the pose is the one that the ways of track and receiver have, since it was
                    last set anew */
} track_log;

/* A receiver's way against the track's, weighed by the way, which is forgotten: means, and sums of squares
 * and products about them (m^2 m); the latter along and across. */
typedef struct {
    double way_m, at_m[2], fix_m[2];
    double at2, fix2, along, across;
} track_fit;

/* What turns the track into the receiver's way: counter-clockwise, about the up axis. */
typedef struct {
    double turn_rad, scale;
    double spread_m; /* root mean square of the track about its mean */
    double rest_m;   /* of what is left over */
} track_turn;

/* The fix of a vehicle that the track has at `at_m`, way_m after the one before. */
void track_fit_take(track_fit *f, const double at_m[2], const double fix_m[2], double way_m);

/* What is left of what was known, way_m later. */
double track_fit_keep(double way_m);

/* False: nothing is known. */
bool track_fit_find(const track_fit *f, track_turn *out);

/* Root mean square of what is left over with another turn, m. */
double track_fit_rest(const track_fit *f, double turn_rad);

/* A speed and a yaw rate; `rests`: the wheels stand still. */
void track_hear_rate(track_log *t, int source, int64_t stamp_ns, double speed_mps, double rate_radps,
                     bool rests, double bias_radps);

/* Where it is at a stamp that is not before that of what it has heard last; false: it is not known. */
bool track_at(const track_log *t, int64_t stamp_ns, double at_m[2], double *heading_rad);

/* Forgets the way, and keeps what the yaw rate is off by. */
void track_break(track_log *t);

/* The yaw rate has leapt by so much at rest: what it is off by goes along. */
void track_leapt(track_log *t, double by_radps);

/* The yaw rate's bias is known from when the vehicle stood. */
bool track_knows_bias(const track_log *t);

#ifdef __cplusplus
}
#endif
#endif
