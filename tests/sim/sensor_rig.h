/*
 * One simulated sensor on a test stand: a road, a vehicle that is put where the test wants it, and the frames
 * that come out.
 */
#ifndef POSED_TESTS_SENSOR_RIG_H
#define POSED_TESTS_SENSOR_RIG_H

#include "sim/scenario_table.h"
#include "sim/sensor.h"
#include "sim/vec.h"

typedef struct {
    sim_scenario scenario;
    sim_sensor_settings *set;
    const sim_sensor_kind *kind;
    sim_world *world;
    sim_state now, before;
    sim_moment moment;
    void *self;
    bool got[FRAME_KIND_COUNT];
    frame frames[FRAME_KIND_COUNT];
} rig;

/* A sensor with the defaults of its kind, never lost, on a default road. */
rig *rig_open(const sim_sensor_kind *kind);
void rig_close(rig *g);
/* Anew, with that seed, at the beginning of the drive. */
void rig_start(rig *g, uint64_t seed);
/* step_s later. The vehicle is where the test has put it. */
void rig_step(rig *g, double step_s);
void rig_sample(rig *g);
/* Onto the road, along it at that speed. */
void rig_place(rig *g, double s_m, double lateral_m, double speed_mps);

typedef struct {
    double n, sum, squares;
} stats;

void stats_add(stats *s, double x);
double stats_mean(const stats *s);
double stats_sigma(const stats *s);
/* Root of the mean square: about zero. */
double stats_rms(const stats *s);

#endif
