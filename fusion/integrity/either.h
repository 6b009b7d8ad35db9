/*
 * Inside the fusion core: where the vehicle is if the pose is wrong, as long as neither is refuted.
 *
 * The filter's covariance is right as long as its sources are. That one of them is not, others know before it
 * is beyond doubt, and go on not to know it for certain when a source has been left out: the levels hold both
 * answers (levels.h, cover.h), and so does what is published as covariance. The filter's gain has none of it,
 * nor have the levels: estimates, flags and levels are the same to the bit.
 */
#ifndef POSED_FUSION_EITHER_H
#define POSED_FUSION_EITHER_H

#include "fusion/core/pose.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The sub-solutions have been compared, since_s after the last look: the one that is likelier than the pose,
 * and the furthest from it, is another answer. `directions` as of pose_directions. */
void either_look(fusion *c, float since_s, float directions[4][POSE_COLUMNS]);

/* The sub-solution of this hypothesis becomes the filter, in the middle of a look: what the filter was until
 * now is another answer. It drives on with its own heading and its own gyro's bias, and is forgotten when
 * positions have agreed for as long as what was covered counts (bank_hold). */
void either_leave(fusion *c, int hypothesis);

/* Adds to the covariance, east, north and heading, half of the square of how far each of the other answers
 * is: of a sub-solution, of what was left, and of the latency that the only receiver is suspected of. */
void either_hold(const fusion *c, fusion_pose *p);

#ifdef __cplusplus
}
#endif
#endif
