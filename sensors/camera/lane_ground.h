/*
 * A camera above a flat road: which pixel shows which place on the ground.
 *
 * Ground coordinates are metres from the point below the camera: x along the body's x axis, y left. The mount
 * turns the camera's axes (x along the optical axis, y left, z up) into the body's by Rz(yaw) Ry(pitch)
 * Rx(roll), as fusion/rotation.h has it: a positive pitch looks down.
 */
#ifndef POSED_SENSORS_CAMERA_LANE_GROUND_H
#define POSED_SENSORS_CAMERA_LANE_GROUND_H

#include "sensors/camera/model.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double forward_m, left_m, height_m; /* of the camera in body axes; the height is above the road */
    double roll_rad, pitch_rad, yaw_rad;
} lane_mount;

typedef struct {
    camera_model model; /* of pictures of this size */
    int width, height;
    lane_mount mount;
    double axes[3][3]; /* body = axes * camera, row after row */
    double reach2;     /* x^2 + y^2 of the directions that the picture can show, with a margin */
} lane_ground;

/* False: the model cannot show the corners of a picture of this size, or the camera is not above the road. */
bool lane_ground_set(lane_ground *g, const camera_model *m, int width, int height, const lane_mount *mount);

/* The pixel of a place on the ground. False: behind the camera, or beyond what the model covers. The pixel
 * may lie outside of the picture. */
bool lane_ground_to_pixel(const lane_ground *g, double x_m, double y_m, double uv[2]);

/* The place on the ground of a pixel. False: at or above the horizon. */
bool lane_ground_from_pixel(const lane_ground *g, const double uv[2], double xy_m[2]);

/*
 * The car pitches by `pitch_rad` more than the mount says (nose down positive), so a pixel that would show
 * the place (x, y) shows another. With c, s the cosine and sine of the pitch and h the height, the direction
 * (x, y, -h) turns about the body's y axis into (x c - h s, y, -(x s + h c)), and meets the ground at
 *
 *   x' = (x c - h s) / (c + s x/h)     y' = y / (c + s x/h)
 */
typedef struct {
    double x_m;   /* x' */
    double scale; /* y' / y */
} lane_pitched;
/* Scale 0: the place has gone beyond the horizon. */
lane_pitched lane_ground_pitched(double x_m, double height_m, double pitch_rad);

/*
 * And the road falls away below the plane by crest x^2/2; negative: it rises. What a flat road would have at
 * x' lies where h/x' = h/x + crest x/2:
 *
 *   x = 2 x' / (1 + sqrt(1 - 2 crest x'^2/h)),   y likewise
 *
 * Returns x/x'; 0: the pixel looks over the crest.
 */
double lane_ground_crested(double x_m, double height_m, double crest_1pm);

#ifdef __cplusplus
}
#endif
#endif
