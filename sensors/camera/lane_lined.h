/*
 * Marks that go on from row to row, as paint does, and those that stand alone, as spots of sun in the shade
 * of leaves do.
 */
#ifndef POSED_SENSORS_CAMERA_LANE_LINED_H
#define POSED_SENSORS_CAMERA_LANE_LINED_H

#include "sensors/camera/lane_ridge.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Takes from the strength of each mark what the rows beside its own do not bear out. */
void lane_lined_weigh(const top_view_grid *grid, lane_marks *marks);

#ifdef __cplusplus
}
#endif
#endif
