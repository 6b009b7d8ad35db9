/*
 * The road of a simulated drive as it is laid: pieces of curvature and grade, one after the other, sampled
 * each metre. sim/road_*.c lay one kind each; sim/road.c joins them.
 */
#ifndef POSED_SIM_ROAD_H
#define POSED_SIM_ROAD_H

#include "sim/rng.h"
#include "sim/world.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The middle line at one sample; one sample a metre. */
typedef struct {
    double plane_m[3];
    double yaw_rad;
    double curvature_1pm, grade, bank_rad;
    float limit_mps, lane_width_m;
    uint8_t lanes, sky, road;
    bool kerb;        /* kerbs instead of painted edge lines */
    uint8_t edges[2]; /* road_edge: what the map has on the right and on the left */
} road_sample;

/* The edge of a carriageway: as its kind of road has it, or as a map says. */
typedef enum { EDGE_BY_KIND, EDGE_SOLID, EDGE_DASHED, EDGE_CURB, EDGE_BARE } road_edge;

typedef struct {
    double s_m, wait_s;
} road_stop;

enum { ROAD_MAX_STOPS = 64 };

/* A road in the making. The pen stands at the end of the last sample. */
typedef struct {
    const sim_scenario *scenario;
    rng random;
    road_sample *samples;
    size_t count, capacity;
    road_sample pen;
    road_stop stops[ROAD_MAX_STOPS];
    size_t stop_count;
} road;

/* Goes on for a metre, to that curvature and grade at its end. There has to be room. */
void road_step(road *r, double curvature_1pm, double grade);
/* Goes on for length_m; curvature and grade change linearly to these at its end (a clothoid). */
void road_go(road *r, double length_m, double curvature_1pm, double grade);
/* A bend of that radius (positive: to the left) through angle_rad (> 0), with clothoids of spiral_m at both
 * ends; the grade stays. */
void road_bend(road *r, double radius_m, double angle_rad, double spiral_m);
/* The vehicle has to stop here for a while. */
void road_halt(road *r, double wait_s);
/* Metres laid so far. */
double road_length_m(const road *r);
/* Enough for the scenario? */
bool road_is_long_enough(const road *r);

/* Lay until it is long enough. */
void road_lay_town(road *r);
void road_lay_motorway(road *r);
void road_lay_mountain(road *r);
void road_lay_tunnel(road *r);
void road_lay_car_park(road *r);
void road_lay_ring(road *r);

/* Gives out the sky: the tunnel, street canyons and trees by the shares of the scenario, in stretches. */
void road_draw_sky(road *r);

/* Where the vehicle goes on a map: one place a metre or so, in the plane. */
typedef struct {
    double plane_m[3];
    float width_m, limit_mps; /* limit INFINITY: none */
    uint8_t road;             /* road_class; 255: not known */
    uint8_t edges[2];         /* road_edge, right and left */
} road_way_point;

/* Lays the road along a way through a map: smoothed, so that its curvature is continuous, and no sharper than
 * 5 m. Ends where the way does, or when it is long enough. False: no memory, `samples` are the caller's to
 * free. */
bool road_follow(road *r, const sim_scenario *s, const road_way_point *way, size_t count, rng random);

/* An empty road with room for the scenario, its pen at the origin. False: no memory. */
bool road_begin(road *r, const sim_scenario *s, rng random);
/* Makes a road; false: no memory. `samples` are the caller's to free. */
bool road_make(road *r, const sim_scenario *s, rng random);

#ifdef __cplusplus
}
#endif
#endif
