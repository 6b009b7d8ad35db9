/*
 * The lane that fits the marks best: weighted least squares with robust weights, from a belief to a belief.
 * With the belief predicted from the last picture it is the update of a Kalman filter, iterated.
 */
#ifndef POSED_SENSORS_CAMERA_LANE_FIT_H
#define POSED_SENSORS_CAMERA_LANE_FIT_H

#include "sensors/camera/lane_ridge.h"
#include "sensors/camera/lane_shape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What speaks for one line, and against it. */
typedef struct {
    int rows;             /* of the top view that show where it should be */
    int hits;             /* with a mark there */
    double chance;        /* hits that as many marks anywhere beside it would give */
    double strength;      /* mean of the hits', 0..1 */
    double followed;      /* hits, each by its strength and by how near to the line it is, 0..1 */
    double misfit_m;      /* root mean square of the hits' residuals */
    double near_m, far_m; /* nearest and furthest hit */
    double near_hits;     /* share of the rows up to 20 m that have one */
    double duty;          /* share of the way from near_m to 35 m at most that is marked */
    double gap_m;         /* longest way without a mark on it */
    double way_m;         /* that the two are of */
    double uneven_m;      /* standard deviation of the hits' own widths: paint is of one width */
    double yellow;        /* share of the hits */
    double width_m;       /* mean of the hits', and so on */
    double rise, apart, lit, skew;
    double rival, again; /* lane_rival.h */
    double parts;        /* lane_alone.h; 0 from a fit */
} lane_support;

typedef struct {
    lane_belief belief;
    lane_support support[LANE_SIDES];
} lane_fit;

/* `first`: where the search begins, in the belief's stead; the belief is what is known without this picture.
 * `gate_m`: marks further away count little from the beginning. False: the equations cannot be solved. */
bool lane_fit_find(const top_view_grid *grid, const lane_marks *marks, double height_m,
                   const lane_belief *before, const lane_shape *first, double gate_m, lane_fit *out);

/* The same from a fit's own shape, by the line at `side` alone, the other one not asked; nothing is judged.
 */
bool lane_fit_alone(const top_view_grid *grid, const lane_marks *marks, double height_m,
                    const lane_belief *before, int side, lane_fit *io);

/* More hits than chance gives: there is a line. */
bool lane_fit_there(const lane_support *s);

#ifdef __cplusplus
}
#endif
#endif
