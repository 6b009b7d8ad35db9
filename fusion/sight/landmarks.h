/*
 * Inside the fusion core: what a camera sees, against fiducials of the settings.
 */
#ifndef POSED_FUSION_LANDMARKS_H
#define POSED_FUSION_LANDMARKS_H

#include "fusion/core/source_run.h"
#include "fusion/filter/filter.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

void camera_setup(fusion *c, source_run *s);
void landmarks_fuse(fusion *c, source_run *s, const frame *in);
/* What the linear model leaves out of a range of range_m, one sigma times the root of 2; survey_variance: of
 * the map's error per axis, where that is in the model too, m^2. Of a bearing it is that over the range. */
float landmark_curvature(const fusion *c, float range_m, float survey_variance);
/* Adds that to the noise. */
void landmark_add_curvature(const fusion *c, float range_m, float survey_variance, measurement *m);
/* One sigma of a bearing, as claimed or set, times what the innovations ask for. */
float landmark_sigma(const source_run *s, const camera_landmark *seen);
/* Fills in innovation and noise of what was seen against `predicted`; survey_m: what of the map's error is no
 * state. */
void landmark_compare(const source_run *s, const camera_landmark *seen, const float predicted[3],
                      float survey_m, measurement *m);

#ifdef __cplusplus
}
#endif
#endif
