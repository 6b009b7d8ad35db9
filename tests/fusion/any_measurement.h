/*
 * any_measurement: what each kind of measurement says at the state of any_state.h, caught before it is fused.
 * Programs link with --wrap=core_fuse and --wrap=radar_ego_estimate.
 */
#ifndef POSED_TESTS_FUSION_ANY_MEASUREMENT_H
#define POSED_TESTS_FUSION_ANY_MEASUREMENT_H

#include "tests/fusion/any_state.h"

enum { MOST_CAUGHT = 4 };
extern measurement caught[MOST_CAUGHT]; /* of the last call, in their order */
extern int caught_count;
extern bool as_fused; /* what core_fuse says that it has done */
extern bool crossed;  /* the errors of an increment's translation and its rotation have something in common */

/* Each gives a frame of its kind to the core. */
void measure_gnss(void);
void measure_gnss_velocity(void);
void measure_speed(void);
void measure_rest(void);
void measure_radar(void);
void measure_landmark(void);
void measure_map_landmark(void);
void measure_return(void);
void measure_lanes(void);
void measure_roadside(void);
void measure_odometry(void);
void measure_constraints(void);

/* Range and azimuth of the mark, as the radar has them: what measure_return says from then on. */
void see_return(void);

/* Lets measure_odometry say what is expected, so that its innovation is small and the logarithm linear. */
void measure_odometry_as_expected(void);

/* The innovations of what `measure` says with one state disturbed; all else is put back. */
void innovations(void (*measure)(void), int state, double error, float out[MOST_CAUGHT][3]);

/* H of a measurement: what a state does to one row. */
double column(const measurement *m, int state, int row);

#endif
