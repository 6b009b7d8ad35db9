/*
 * What the world*.c files share.
 */
#ifndef POSED_SIM_WORLD_PRIVATE_H
#define POSED_SIM_WORLD_PRIVATE_H

#include "sim/rng.h"
#include "sim/road.h"
#include "sim/world.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sim_world {
    const sim_scenario *scenario; /* while it is built */
    sim_earth earth;
    road_sample *samples; /* one a metre */
    size_t sample_count;
    road_stop stops[ROAD_MAX_STOPS];
    size_t stop_count;
    sim_element *elements; /* by s_m */
    size_t element_count, element_capacity;
    float *paint; /* of stretches */
    size_t paint_count;
    double survey_sigma_m;    /* per axis */
    const sim_motion *motion; /* NULL: a driver drives */
    sim_motion *own_motion;   /* the same where the world has read it */
    sim_element *given;       /* of the map that is driven on, each time that the way passes them */
    size_t given_count;
    sim_survey_settings survey;
    double (*common_m)[3]; /* what each section's elements share, by number of the section from 1 */
    size_t section_count;
    float (*rails)[SIM_RAIL_SIDES][2]; /* of stretches: away from the edge, and by the survey; NAN: none */
    size_t rail_count;
    rng line_errors; /* the survey's of the lane lines: world_map.c */
};

/* Generates the road, or reads it from the scenario's map; sets the earth's datum. False with `e` set. */
bool world_make_road(sim_world *w, road *r, const sim_scenario *s, rng random, error *e);

/* The same along a recorded way, which sets w->motion. */
bool world_make_drive(sim_world *w, road *r, const sim_scenario *s, rng random, error *e);
/* The road along a map (sim/world_way.c). False with `e` set. */
bool world_drive_map(sim_world *w, road *r, const sim_scenario *s, rng random, error *e);

/* A map has its elements where a survey found them, so it is the truth that is apart: turns the error of
 * element `i` round, and gives an element that the way passes again the place that it had before. */
void world_turn_given(sim_world *w, size_t i);

/* Puts up guard rails. False: no memory. */
bool world_place_rails(sim_world *w, const sim_scenario *s, rng r);

/* Places what stands beside the road. False: no memory. */
bool world_place_elements(sim_world *w, const sim_scenario *s, rng *r);

#ifdef __cplusplus
}
#endif
#endif
