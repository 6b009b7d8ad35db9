/*
 * Inside the fusion core: wheels that begin to slip, or to turn at another rate, from one frame to the next.
 */
#ifndef POSED_FUSION_WHEEL_SLIP_H
#define POSED_FUSION_WHEEL_SLIP_H

#include "fusion/core/source_run.h"
#include "fusion/frame.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

void wheel_slip_reset(wheel_slip *w);
/* Each frame, those between the ones that are fused included. Where it shows that they have leapt, their
 * scale goes along. */
void wheel_slip_hear(fusion *c, source_run *s, const frame *in);
/* The newest speed may be the first of others that do not follow from those before, and is not to be used
 * until that is known. */
bool wheel_slip_is_doubtful(const source_run *s);
/* What was decided of that speed: a slip changes, and ends. */
void wheel_slip_judge(fusion *c, source_run *s, verdict_decision decision);
/* They slip, by so many sigmas of what they scatter by; 0: they do not. */
float wheel_slip_sigmas(const source_run *s, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
