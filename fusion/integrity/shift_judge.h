/*
 * Inside the fusion core: what has shifted, and who says so.
 */
#ifndef POSED_FUSION_SHIFT_JUDGE_H
#define POSED_FUSION_SHIFT_JUDGE_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Looks at all means, dt_s after the last look: raises BIASED, LATENCY_SHIFT, EXTRINSIC_SHIFT, and opens up
 * the state that has moved. */
void shift_tick(fusion *c, int64_t now_ns, float dt_s);
/* Another source has had it in the last moments that the velocity forward is off as this one says, by a good
 * part of that: then it is not this one that lies. */
bool shift_is_seconded(const fusion *c, const source_run *s);
/* True while one of these flags says why the source's measurements are rejected. */
bool shift_explains(const source_run *s);

#ifdef __cplusplus
}
#endif
#endif
