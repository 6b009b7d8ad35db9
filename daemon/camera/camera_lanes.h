/*
 * posed camera: its command line, and its three tasks.
 */
#ifndef POSED_DAEMON_CAMERA_CAMERA_LANES_H
#define POSED_DAEMON_CAMERA_CAMERA_LANES_H

#include "daemon/camera/camera_input.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *config, *name, *output; /* NULL: none */
    size_t count;
    char **paths;
    double from_s, to_s; /* of a video */
    bool time;           /* print what a picture took */
    bool third;          /* fit k3 too */
    int columns, rows;
    double lane_width_m, dash_period_m;
    bool find_focal;
} camera_arguments;

/* Each returns an exit code; what is wrong is on standard error. */
int camera_lanes_run(const camera_arguments *a);
int camera_calibrate_run(const camera_arguments *a);
int camera_pose_run(const camera_arguments *a);

#ifdef __cplusplus
}
#endif
#endif
