/*
 * How a camera is mounted, from what it sees of a straight and level road: pitch and yaw by the point at
 * which the lines meet, height by the known width of the lane, focal length by the known period of its
 * dashes.
 *
 * A line y to the left of a camera at the height h, seen d picture rows below the horizon, stands y/h d
 * pixels beside the point where the lines meet: its slope tells y/h and no focal length. The distance is f h
 * / d, so the period of dashes tells f.
 */
#ifndef POSED_SENSORS_CAMERA_ROAD_POSE_H
#define POSED_SENSORS_CAMERA_ROAD_POSE_H

#include "sensors/camera/colour.h"
#include "sensors/camera/lane_fit.h"
#include "sensors/camera/lane_ground.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ROAD_POSE_MOST_SAMPLES = 2 * TOP_VIEW_MOST_ROWS };

typedef struct {
    lane_mount mount;
    lane_fit fit; /* by that mount */
    double value; /* how well the lines stand out: to compare starts */
    /* Along the lines that may be dashed: distance, length on the road, 1 where there is paint. */
    int samples;
    struct {
        float x_m, length_m, paint;
        int side;
    } sample[ROAD_POSE_MOST_SAMPLES];
} road_pose;

/* The mount by one picture. `start`: roughly known, NULL: searched for, between 12 degrees up and 20 down and
 * 1 to 3.5 m above the road. Its place forward and left and its roll are kept. False with `e` set: there are
 * no two lines that it could be told from, or the road bends. */
bool road_pose_find(const colour_view *picture, const camera_model *m, double lane_width_m,
                    const lane_mount *start, road_pose *out, error *e);

/* By how much distances must grow so that the dashes of all these have this period; NAN: no line is dashed.
 */
double road_pose_stretch(const road_pose *poses, size_t count, double period_m);

#ifdef __cplusplus
}
#endif
#endif
