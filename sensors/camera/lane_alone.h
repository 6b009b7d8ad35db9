/*
 * Both lines share one shape, and so one that is none bends the other: a verge or a seam beside a true line
 * makes a pitch that is not, and with it a heading. So where one line is not sure, the other one is asked
 * alone: how far apart the two answers lie counts against its score, and a line that is not believed has no
 * say in the shape.
 */
#ifndef POSED_SENSORS_CAMERA_LANE_ALONE_H
#define POSED_SENSORS_CAMERA_LANE_ALONE_H

#include "sensors/camera/lane_find.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sets `parts` of both lines, m: how far a line alone would lie from where it does, at the camera or 15 m
 * ahead, times the doubt in the other one. Puts the shape of the surer line alone in the place of both's
 * where the other one is not believed, and keeps that one from becoming more likely by it.
 * Judges both lines. */
void lane_alone_settle(const lane_scene *s, lane_finding *io);

#ifdef __cplusplus
}
#endif
#endif
