/*
 * The world of a simulated drive: the road as a ribbon, what stands beside it, and the sky above it.
 *
 * Everything is addressed by `s_m`, the distance along the road from where it begins. Positions are in the
 * plane of the datum: east, north, up of a fixed point on the ellipsoid, metres, earth-fixed axes
 * (sim/earth.h). Built from a scenario and a seed; constant afterwards.
 */
#ifndef POSED_SIM_WORLD_H
#define POSED_SIM_WORLD_H

#include "common/error.h"
#include "sim/earth.h"
#include "sim/scenario.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { SKY_OPEN, SKY_TREES, SKY_CANYON, SKY_TUNNEL, SKY_COUNT } sim_sky;

typedef enum {
    ELEMENT_SIGN,
    ELEMENT_LIGHT, /* traffic light */
    ELEMENT_POLE,  /* lamp post, gantry leg, guide post */
    ELEMENT_TAG,   /* fiducial */
    ELEMENT_RAIL,  /* guard rail post, fence, wall: for the radar alone, not in the map */
    ELEMENT_HOUSE, /* corner of a house, parked car: for the radar alone, not in the map */
    ELEMENT_KINDS
} sim_element_kind;

/* "sign", "light", "pole", "tag", "rail", "house": the class_name of a CameraLandmark. */
const char *sim_element_word(sim_element_kind kind);

typedef struct {
    uint64_t id; /* in the map; of a tag, its number; unique */
    sim_element_kind kind;
    double s_m;         /* where along the road it stands */
    double plane_m[3];  /* where it is (its middle) */
    double mapped_m[3]; /* where the survey says that it is */
    bool given;         /* of the map that is driven on: what it says is right as far as its survey goes */
} sim_element;

/* The middle line of the carriageway at one place. */
typedef struct {
    double plane_m[3];
    double yaw_rad;       /* direction, from east towards north */
    double curvature_1pm; /* left positive */
    double grade;         /* rise over run */
    double bank_rad;      /* positive: its left side is the higher one */
    double limit_mps;     /* speed limit */
    double lane_width_m;
    int lanes; /* in the direction of travel, numbered from 0 at the right */
    sim_sky sky;
    road_class road; /* whose alert limits hold */
} sim_road_point;

typedef enum { LINE_SOLID, LINE_DASHED, LINE_CURB } sim_line_type;

/* A lane line (boundary). Line i of n lanes is the right boundary of lane i and the left one of lane i - 1,
 * so there are lanes + 1. */
typedef struct {
    double offset_m; /* from the middle line, left positive */
    sim_line_type type;
    double paint; /* 1 fresh .. 0 worn off */
} sim_lane_line;

typedef struct sim_world sim_world;

/* NULL with `e` set: no memory, or a map that cannot be read. */
sim_world *sim_world_create(const sim_scenario *s, uint64_t seed, error *e);
void sim_world_destroy(sim_world *w);

const sim_earth *sim_world_earth(const sim_world *w);

/* How the vehicle moves along the road of kind drive; NULL: as its driver wants. */
const sim_motion *sim_world_motion(const sim_world *w);

/* How long the road is; always enough for the scenario's duration at its speed. */
double sim_world_length_m(const sim_world *w);

/* The road at s_m (clamped to its ends), smooth in s_m: curvature continuous, interpolated between samples of
 * 1 m. Costs tens of ns. */
void sim_world_road(const sim_world *w, double s_m, sim_road_point *out);

/* Middle of lane `lane` against the middle line, left positive. */
double sim_lane_offset_m(const sim_road_point *p, int lane);

/* A lane line at s_m, 0 (rightmost) .. lanes. */
void sim_world_lane_line(const sim_world *w, double s_m, int line, sim_lane_line *out);

/* A guard rail beside the road, from from_m to to_m along it. For radars; a map has it as a line. */
enum { SIM_RAIL_SIDES = 2 }; /* right, left */
typedef struct {
    uint64_t id; /* in the map */
    double from_m, to_m;
    double away_m;        /* outwards from the edge of the carriageway */
    double mapped_away_m; /* the same by the survey, but for what the section shares */
} sim_rail;

/* The rail that has s_m in it; false: there is none on that side. */
bool sim_world_rail(const sim_world *w, double s_m, int side, sim_rail *out);
/* Where a rail is that stands so far away from the edge at s_m. */
void sim_world_rail_point(const sim_world *w, double s_m, int side, double away_m, double plane_m[3]);
/* How far a place is from the line of the rail with that id, which goes on for 5 m behind its ends; INFINITY:
 * there is none. */
double sim_world_rail_distance_m(const sim_world *w, uint64_t id, const double plane_m[2]);

/* Red lights and queues: the first place at or beyond s_m where the vehicle has to stop, and for how long;
 * INFINITY: none. */
double sim_world_next_stop_m(const sim_world *w, double s_m, double *wait_s);

/* Elements sorted by s_m; `first` gets the index of the first with s_m >= from_m, returned is the number up
 * to to_m. */
size_t sim_world_elements(const sim_world *w, double from_m, double to_m, const sim_element **first);

/* The fiducials as the survey has them, for the vehicle's configuration; returns how many (at most `size`).
 */
size_t sim_world_landmarks(const sim_world *w, landmark_settings *out, size_t size);

/* Writes the road and its elements as surveyed as a Lanelet2 map (OSM XML, WGS84). False with `e` set. */
bool sim_world_write_map(const sim_world *w, const char *path, error *e);

#ifdef __cplusplus
}
#endif
#endif
