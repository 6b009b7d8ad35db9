/*
 * Where a square tag stands: the pose that best explains its four corners, with its covariance.
 */
#ifndef POSED_SENSORS_CAMERA_TAG_POSE_H
#define POSED_SENSORS_CAMERA_TAG_POSE_H

#include "sensors/camera/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double centre[3];        /* of the tag in optical axes, in the unit of its edge */
    double covariance[3][3]; /* of the centre, for corners with a noise of one pixel per axis */
    double misfit_px;        /* noise per axis that the corners show: eight coordinates less six unknowns */
    double normal[3];        /* out of its face, optical axes */
    double turn_covariance[3][3]; /* of the turn about the optical axes, for the same corners, rad^2 */
    /* A square tilted the other way about the line of sight looks much the same when it is small: the angle
     * between that answer and this one, and by how much worse it explains the corners: sum of squares, px^2.
     * Angle 0: the corners allow but one; INFINITY: it is not known what they allow. */
    double other_rad, other_excess_px2;
} tag_pose;

/* `corners`: pixels where straight lines along the square's edges meet, in order around it, clockwise as they
 * appear in the picture. Maximum likelihood for equal noise on all of them. False: they are not the picture
 * of a square. */
bool tag_pose_find(const camera_model *m, double corners[4][2], double edge, tag_pose *out);

/* One sigma of the direction of the normal, rad, for corners with that noise per axis. It reaches to the
 * other answer as long as noise may have decided between the two; INFINITY or NAN: nothing is known. */
double tag_pose_facing_sigma(const tag_pose *p, double corner_px);

#ifdef __cplusplus
}
#endif
#endif
