/*
 * Inside the fusion core: the lanes of a map as the vehicle's y axis cuts them, and lane lines as
 * measurements of their bounds.
 */
#ifndef POSED_FUSION_MAP_BOUNDS_H
#define POSED_FUSION_MAP_BOUNDS_H

#include "fusion/core/core.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CUTS_MOST = 12 };
/* Lanes whose middles are no further apart where they are cut are not told apart across, m. */
#define CUTS_APART_M 0.7f

/* How a bound runs where it is cut: its direction, by how much the drawing leaves that open (one sigma), its
 * curvature; and how long the chord is that is cut. */
typedef struct {
    float heading_rad, doubt_rad, curvature_1pm, chord_m;
} bound_bend;

/* A lane as the vehicle's y axis cuts it. */
typedef struct {
    uint32_t lane;
    bool against;      /* the lane runs against the vehicle: left and right are as that sees them */
    float offset_m[2]; /* left, right bound: along y */
    bound_bend bend[2];
    float up_m[2], climb[2]; /* its height there, and rise over run */
} lane_cut;

/* A bound's offset and direction over the way that the pose is unsure of, and over the lanes that it may be
 * in there: mean, slope over that way, and the covariance of what that straight line leaves out. */
typedef struct {
    float mean[2], slope[2], rest[2][2];
    float sigma_m; /* of the pose along its x axis */
} bound_spread;

/* Cuts the lanes near the vehicle, from left to right, with the pose carried on by dt_s; returns how many. */
int cut_lanes(const fusion *c, double dt_s, lane_cut cuts[CUTS_MOST]);
/* That lane's bounds as they would be cut if the vehicle were on_m further along its x axis; false: it is not
 * cut there. */
bool cut_there(const fusion *c, double on_m, uint32_t lane, lane_cut *cut);
/* Middle between the bounds, left positive. */
float cut_middle(const lane_cut *cut);
/* The one that the pose is in, or is nearest to; -1: none. */
int cut_own(const lane_cut *cuts, int count);
/* That lane's bounds as the pose has them now; false: it does not pass beside the vehicle. */
bool cut_again(const fusion *c, uint32_t lane, lane_cut *out);
/* A lane of the same road that runs against those, as who drives on the wrong side of the
 * road has its bounds: left and right as the vehicle sees them. False: there is none. */
bool cut_against(const fusion *c, const lane_cut *cuts, int count, lane_cut *out);
/* Whether the map has another painted bound, of any lane and direction, nearer to where a line is seen at
 * offset_m than that lane's bound on that side is. */
bool cut_other_nearer(const fusion *c, const lane_cut *cut, int side, float offset_m);
/* The line of a lane on a side (0 left, 1 right). */
const map_line *cut_line_of(const map_view *map, uint32_t lane, int side);
/* Starts `m` with the rows offset and direction of a bound (dim 2) by the pose's states. */
void bound_columns(const fusion *c, const lane_cut *cut, int side, measurement *m);
/* By how much a picture says its offset to be worse than the settings have it, variance over variance, at
 * least 1: both parts of that error, what is new and what lasts, grow alike. */
float bound_worse(const camera_settings *set, const camera_lane *seen);
/* What was seen of a bound against where it is predicted; false: no line is seen there. */
bool bound_measure(const fusion *c, const source_run *s, const camera_lane *seen, const lane_cut *cut,
                   int side, measurement *m);
/* By how much a bound is further left than the map has it, as far as is known, and one sigma of where it is
 * against the pose, m. */
void bound_place(const fusion *c, const source_run *s, const lane_cut *cut, int side, float *off_m,
                 float *sigma_m);
/* False: it has no line that is seen. */
bool bound_spread_of(const fusion *c, const lane_cut *cut, int side, bound_spread *out);
/* One sigma of the pose across, at its origin. */
float bound_sigma(const fusion *c, const lane_cut *cut);

#ifdef __cplusplus
}
#endif
#endif
