/*
 * Inside the fusion core: how a pose starts, and starts anew.
 */
#ifndef POSED_FUSION_INITIALIZE_H
#define POSED_FUSION_INITIALIZE_H

#include "fusion/core/source_run.h"
#include "fusion/filter/filter.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A fiducial that was alone in the last picture, as the vehicle saw it: initialize_marks.c. */
typedef struct {
    uint32_t count; /* pictures in a row that agree; 0: none */
    uint64_t id;
    int64_t stamp_ns;
    double seen[3], facing; /* forward, left, up, m; where its face looks, rad */
} mark_alone;

typedef struct {
    double fix_ecef_m[3]; /* of the antenna */
    float fix_sigma_m;
    int fix_source;          /* -1: none */
    double anchor_ecef_m[3]; /* where the search for a heading by displacement began */
    int64_t anchor_ns;
    double anchor_at_m[2]; /* on the track, */
    uint32_t anchor_part;  /* and of which part of it */
    mark_alone alone;
    float up_b[3]; /* smoothed specific force, b-axes */
    int samples;
    float speed_mps;         /* wheels'; NAN: none */
    double way_m;            /* that they have counted since the anchor */
    int64_t wheel_ns;        /* their newest; INT64_MIN: none */
    int64_t denied_ns;       /* since when they contradict what would start the pose; INT64_MIN: not now */
    int64_t wheels_ns;       /* newest that any wheels said of the speed; INT64_MIN: never */
    int64_t wheels_stand_ns; /* since when that is that they stand; INT64_MIN: it is not */
    int64_t receiver_moves_ns, receiver_stands_ns; /* when one last said so; INT64_MIN: never */
} start_state;

/* Looks at a frame while there is no pose yet; may start the filter. */
void initialize_look(fusion *c, source_run *s, const frame *in);
/* Attitude from a heading (clockwise from north) and, at rest, the plumb line; the axes are east, north, up.
 */
void initialize_attitude(const fusion *c, double heading, double r_enu_ecef[3][3], double q[4]);
/* How well roll and pitch of that are known, rad, one sigma. */
float initialize_tilt_sigma(const fusion *c);
/* The filter has been placed, its covariance set: it runs. */
void initialize_begin(fusion *c);
/* Starts the filter, or takes place and heading anew when the heading has been lost, from two fiducials or
 * more, with ranges, in one picture, or from one whose face is seen and known to look somewhere, in three of
 * them: initialize_marks.c. False: they do not say enough. */
bool initialize_by_marks(fusion *c, source_run *s, const frame *in);
/* Gives up the pose and starts from this fix with a heading (clockwise from north) and its sigma, rad. */
void initialize_turned(fusion *c, source_run *s, const frame *in, double heading, double sigma);
/* Variance of the heading (rotation about up), rad^2. */
float initialize_heading_variance(const fusion *c);
/* With this covariance, the filter's or a sub-solution's, the heading is too unsure to be one. */
bool initialize_is_lost(const fusion *c, const covariance *p);
/* True since the heading was so unsure that the filter, linear only near the truth, could not vouch for its
 * covariance, until it has been taken anew: speeds and the non-holonomic constraint make it look known again,
 * by the error of a product, and do not know it. A pose that drives backwards faster than anybody does is
 * turned round, and has none either. */
bool initialize_heading_lost(const fusion *c);
/* Keeps that; call at every check tick. */
void initialize_watch_heading(fusion *c, int64_t now_ns);
/* Takes heading and velocity anew from a fix's course when the heading has been lost; true when it did. */
bool initialize_realign(fusion *c, source_run *s, const frame *in);
/* Position, velocity, tilt and heading with these variances and nothing known of each other but what the
 * mount implies. */
void initialize_covariance(fusion *c, float position_var, float velocity_var, float tilt_var,
                           float heading_var);

#ifdef __cplusplus
}
#endif
#endif
