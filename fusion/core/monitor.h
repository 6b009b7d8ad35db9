/*
 * Inside the fusion core: checks of frames and of silence.
 */
#ifndef POSED_FUSION_MONITOR_H
#define POSED_FUSION_MONITOR_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* True when the frame may be used; otherwise it has been counted, flagged and given a verdict. */
bool monitor_check(fusion *c, source_run *s, const frame *in);
/* Looks at what does not speak (STALE) and at slow conditions; call at every check tick, dt_s after the last.
 */
void monitor_tick(fusion *c, int64_t now_ns, float dt_s);
/* True when the source may be fused now, by its flags; sets its down-weight. */
bool monitor_allows(const source_run *s);

#ifdef __cplusplus
}
#endif
#endif
