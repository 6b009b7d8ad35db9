/*
 * A carrier-phase fix that something contradicts: what it made the pose sure of is given back.
 */
#ifndef POSED_FUSION_GNSS_FIX_H
#define POSED_FUSION_GNSS_FIX_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Claims below this, m, are of the carrier's phase: no code solution is that good, with the corrections of a
 * satellite service either. */
#define GNSS_CARRIER_M 0.3f

/* What a wrong fix, or a drag, has left in the pose fades with this time constant, s: twice the correlation
 * time of the code's error, by which the pose is then found anew. Too small: the pose is sure of where it was
 * led to; too large: one that is right again is not believed. */
#define GNSS_DOUBT_FADES_S 200.0f

/* Of a pose and a receiver that contradict each other either may be wrong, as often: a receiver that goes
 * from right to wrong has to come back. */
#define GNSS_EITHER 0.5f

/* The receiver's slow error, as modelled until now, is about to be replaced by that of a fix: what it and the
 * pose were unsure of is kept, where that was of the code. */
void gnss_fix_begins(const fusion *c, source_run *s);

/* Its newest position has been compared, dt_s after the last one. Where it claims centimetres and is refuted,
 * or only just began to, the pose may be off by what the code may be off by; and while it leaps, by the
 * distance between the two. */
void gnss_fix_watch(const fusion *c, source_run *s, const frame *in, float dt_s);

/* By how much more the pose may be off than its covariance holds, m^2 per horizontal axis: its only receiver
 * had a fix that was refuted, may have dragged it along (gnss_watch_place), or has gone elsewhere
 * (gnss_moved_away); or one may have led it away (gnss_led.h), or drives off while wheels hold it back
 * (gnss_away.h); 0: by nothing. It is for who asks for the pose: the filter's gain does not have it, or
 * it would follow what is refuted, and contradict nobody. */
float gnss_doubt(const fusion *c);

/* The pose begins anew at a receiver, and was unsure by so much before, m^2 per axis: so it is still, fading.
 */
void gnss_doubt_begins(source_run *s, float variance);

/* Nothing of that is left, of this receiver. */
void gnss_doubt_forget(source_run *s);

#ifdef __cplusplus
}
#endif
#endif
