/*
 * Inside the fusion core: a pose that nobody has given a height.
 */
#ifndef POSED_FUSION_HEIGHT_H
#define POSED_FUSION_HEIGHT_H

#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What has placed the pose just now has a height. */
void height_measured(fusion *c);
/* Of a fix from which the pose starts, m: its own, or the one that was known. */
double height_at_start(const fusion *c, const frame_gnss *g);
/* The first fix that has a height, of a pose that had none, says what it is: no innovation. */
void height_learn(fusion *c, const frame_gnss *g);
/* The pose's covariance, of a height that nobody has said. */
void height_doubt(const fusion *c, fusion_pose *p);

#ifdef __cplusplus
}
#endif
#endif
