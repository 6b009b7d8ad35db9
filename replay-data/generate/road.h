/*
 * The streets: one closed line, its heading and its height as smooth functions of the distance along it.
 */
#ifndef POSED_GENERATE_ROAD_H
#define POSED_GENERATE_ROAD_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* After this far the line is back where it began. */
#define ROAD_LENGTH_M 1864.4

/* The line at one distance from its begin. */
typedef struct {
    double yaw_rad;       /* of the line, from east towards north */
    double curvature_1pm; /* left positive */
    double height_m;      /* above the datum */
    double grade;         /* rise over run */
    double bank_rad;      /* of the surface, positive: its left side is the higher one */
} road_shape;

/* `s_m` is the horizontal distance along the line; beyond its ends it goes straight on. */
road_shape road_at(double s_m);
/* In the tunnel? */
bool road_in_tunnel(double s_m);
/* How far `b_m` lies ahead of `a_m` on the loop: -ROAD_LENGTH_M/2 .. ROAD_LENGTH_M/2. */
double road_ahead(double a_m, double b_m);

#ifdef __cplusplus
}
#endif
#endif
