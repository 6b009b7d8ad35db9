#include "sensors/camera/lane_prior.h"

#include <math.h>
#include <string.h>

/* What is known before the first picture, one sigma. The centre: anywhere in the lane; headings of a car that
 * keeps its lane; curvatures of roads (330 m; 50 m where they wind) and how fast they begin; pitch of a
 * loaded car and of a mount that was measured by hand; crests of 2 km, half of what is built for 60 km/h.
 * Curvature too small: a bend is taken for a heading; too large: so is a heading, where only one line is
 * seen. Crest too small: lines that part on one are taken for a pitch, and are off near the car; too large:
 * lanes that widen are a hill. */
static const double first_sigma[][LANE_UNKNOWNS] = {
    [LANE_GENTLE] = {1.5, 0.5, 0.06, 0.003, 2e-5, 0.015, 2e-5},
    [LANE_HILLY] = {1.5, 0.5, 0.06, 0.003, 2e-5, 0.015, 1e-3},
    [LANE_WINDING] = {1.5, 0.5, 0.06, 0.02, 2e-4, 0.015, 5e-4},
};

/* What changes from one picture to the next, one sigma in the root of a second. Too small: the shape lags in
 * a swerve and a bump; too large: it jumps where a picture shows little. Pitch and crest come back to none.
 */
static const double drift_sigma[][LANE_UNKNOWNS] = {
    [LANE_GENTLE] = {0.6, 0.15, 0.06, 0.0015, 2e-5, 0.02, 2e-5},
    [LANE_HILLY] = {0.6, 0.15, 0.06, 0.0015, 2e-5, 0.02, 5e-4},
    [LANE_WINDING] = {0.6, 0.15, 0.1, 0.006, 2e-4, 0.02, 5e-4},
};
static const double pitch_time_s = 2.0;

/* A road winds from a radius of 250 m on until 330 m. Less: motorways do; more: bends are pulled straight. */
static const double winding_1pm = 0.004, gentle_1pm = 0.003;

double lane_prior_sigma(lane_road_kind kind, int unknown)
{
    return first_sigma[kind][unknown];
}

void lane_prior_first(lane_road_kind kind, double width_m, lane_belief *out)
{
    memset(out, 0, sizeof *out);
    out->mean.at[LANE_WIDTH] = width_m;
    for (int i = 0; i < LANE_UNKNOWNS; i++)
        out->covariance[i][i] = first_sigma[kind][i] * first_sigma[kind][i];
}

static void fade(lane_belief *b, int unknown, double share)
{
    b->mean.at[unknown] *= share;
    for (int i = 0; i < LANE_UNKNOWNS; i++) {
        b->covariance[i][unknown] *= share;
        b->covariance[unknown][i] *= share;
    }
}

/* Everything may have drifted, and nothing is less known than before the first picture. */
void lane_prior_next(lane_road_kind kind, const lane_belief *last, double after_s, lane_belief *out)
{
    double back = exp(-after_s / pitch_time_s);
    *out = *last;
    fade(out, LANE_PITCH, back);
    fade(out, LANE_CREST, back);
    for (int i = 0; i < LANE_UNKNOWNS; i++)
        out->covariance[i][i] += drift_sigma[kind][i] * drift_sigma[kind][i] * after_s;
    for (int i = 0; i < LANE_UNKNOWNS; i++) {
        double most = first_sigma[kind][i] * first_sigma[kind][i], share = sqrt(most / out->covariance[i][i]);
        for (int j = 0; share < 1.0 && j < LANE_UNKNOWNS; j++) {
            out->covariance[i][j] *= share;
            out->covariance[j][i] *= share;
        }
    }
}

lane_road_kind lane_prior_kind(lane_road_kind before, const lane_shape *found)
{
    double bend = fabs(found->at[LANE_CURVATURE]);
    bool winds = bend > (before == LANE_WINDING ? gentle_1pm : winding_1pm);
    return winds ? LANE_WINDING : before == LANE_WINDING ? LANE_HILLY : before;
}
