/*
 * A vehicle with one sensor of each kind that drives north-east at 14 m/s, and its frames at 10 Hz each.
 */
#ifndef POSED_TESTS_INJECT_FIXTURE_H
#define POSED_TESTS_INJECT_FIXTURE_H

#include "inject/inject.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FIXTURE_START_NS 1700000000000000000
enum { FIXTURE_LANDMARKS = 40, FIXTURE_LATENCY_MS = 50 };

/* Sources gnss/a, imu/a, wheel/a, radar/a, camera/a, roadside/a, odometry/a, and landmarks 1 to 40. */
void fixture_settings(settings *s);

/* The frame of that kind measured `step` tenths of a second after the start; the same every time. */
frame fixture_frame(const settings *s, frame_kind kind, int step);

/* The plan of that text; fails the test when it is refused. */
inject_plan *fixture_plan(const char *yaml);

/* What comes out for a drive of `steps` of all kinds of frame: at most `most` frames into `out`. */
size_t fixture_run(const inject_plan *p, const settings *s, uint64_t seed, int steps, frame *out,
                   size_t most);

bool fixture_same(const frame *a, const frame *b);

#ifdef __cplusplus
}
#endif
#endif
