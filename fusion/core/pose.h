/*
 * Inside the fusion core: what comes out.
 */
#ifndef POSED_FUSION_POSE_H
#define POSED_FUSION_POSE_H

#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The columns of the filter's state that the pose rests on. */
enum { POSE_COLUMNS = 8 };
extern const int pose_columns[POSE_COLUMNS];
/* The pose along, across (left) and up, and its heading (left), as linear functions of those columns. */
void pose_directions(const fusion *c, float t[4][POSE_COLUMNS]);
/* The next pose is the last whose tick is not after `stamp_ns`. */
void pose_start_ticks(fusion *c, int64_t stamp_ns);
/* Emits every pose whose tick lies before `stamp_ns`. */
void pose_emit_until(fusion *c, int64_t stamp_ns);
/* The pose at `stamp_ns`, not before the filter's; `sequence` and no more is left to the caller. */
void pose_at(const fusion *c, int64_t stamp_ns, fusion_pose *p);
void pose_update_mode(fusion *c, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
