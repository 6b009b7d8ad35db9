/*
 * Inside the fusion core: a receiver that contradicts the pose for long.
 */
#ifndef POSED_FUSION_GNSS_CONTRADICTION_H
#define POSED_FUSION_GNSS_CONTRADICTION_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What has been rejected for long is evidence against the filter too: where it reaches, or lasts, the pose is
 * given up and starts anew from this fix (true); else both are opened up by what they differ by, and neither
 * is locked out. */
bool gnss_settle_contradiction(fusion *c, source_run *s, const frame *in);
/* The pose is given up for this one, which contradicts it by so much, m: the one that starts from it is off
 * by nothing or by that, as probably. Of a pose that may have strayed, in an outage or by a heading that was
 * turned, less counts. Before gnss_anchor. */
void gnss_owe(source_run *s, float off_m, bool strayed);
/* And then, once it has been fused. */
void gnss_pay_doubt(fusion *c, source_run *s);

#ifdef __cplusplus
}
#endif
#endif
