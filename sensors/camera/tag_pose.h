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
} tag_pose;

/* `corners`: pixels where straight lines along the square's edges meet, in order around it, clockwise as they
 * appear in the picture. Maximum likelihood for equal noise on all of them. False: they are not the picture
 * of a square. */
bool tag_pose_find(const camera_model *m, double corners[4][2], double edge, tag_pose *out);

#ifdef __cplusplus
}
#endif
#endif
