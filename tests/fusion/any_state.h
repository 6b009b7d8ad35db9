/*
 * any_state: a fusion core whose filter is anywhere, for tests of what is true of every state (Jacobians, F).
 * One core a program; `rand` draws, so that a test that seeds it has its states again.
 */
#ifndef POSED_TESTS_FUSION_ANY_STATE_H
#define POSED_TESTS_FUSION_ANY_STATE_H

#include "fusion/core/core.h"

enum { ANY_STATES = 40 };                                              /* rounds that a test draws */
enum { ANY_STATES_SEED = 31415 };                                      /* for `srand` */
enum { GNSS, IMU, WHEEL, RADAR, CAMERA, ROADSIDE, ODOMETRY, SOURCES }; /* one source of each kind */

extern fusion *core;  /* made by any_state_create */
extern bool on_map;   /* set before any_state_create: among a mark and a lane that are placed around it */
extern map_mark mark; /* the map's only one */
extern float seen_bearing[3]; /* the camera's of it: azimuth, elevation, range */

/* Makes `core`; the caller destroys it. */
void any_state_create(bool with_imu);

/* Puts it anywhere, half a second of motion behind it. Latitudes of note come in the first rounds. */
void any_state_take(int round);

/* Adds `error` to a state, by the convention of the filter: R <- exp(psi) R, all else is added. */
void any_state_disturb(filter *f, int state, double error);

/* How far to disturb it for a numeric derivative. A latency's step is that over which accelerations are
 * averaged, shorter for a position, which is smooth. */
double any_state_step(int state, bool is_position);

#endif
