/*
 * The lane lines beside the vehicle as a camera's perception has them.
 */
#ifndef POSED_SIM_CAMERA_LANES_H
#define POSED_SIM_CAMERA_LANES_H

#include "sim/camera_sight.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CAMERA_MAX_LINES = 16 };

/* Of one painted line, whichever side it is on now. */
typedef struct {
    drift slow; /* error of its offset, over the distance driven */
    bool seen, wrong;
    double wrong_m;
} camera_line;

typedef struct {
    double s_m; /* where it looked last */
    int64_t seen_ns;
    double yaw_wrong_rad, left_wrong_m, ahead_m; /* of the mount, against the configuration */
    camera_line lines[CAMERA_MAX_LINES];
} camera_lanes;

void camera_lanes_start(camera_lanes *c, const sim_sensor_settings *set, const sim_mount *mount,
                        const sim_moment *first, rng *r);
/* Fills in what is seen of the left and the right line of the vehicle's lane. */
void camera_lanes_see(camera_lanes *c, const sim_camera_errors *e, const camera_sight *sight,
                      const sim_moment *m, rng *r, frame_lanes *out);

#ifdef __cplusplus
}
#endif
#endif
