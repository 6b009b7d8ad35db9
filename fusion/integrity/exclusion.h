/*
 * Inside the fusion core: who is left out, and taken back.
 */
#ifndef POSED_FUSION_EXCLUSION_H
#define POSED_FUSION_EXCLUSION_H

#include "fusion/core/source_run.h"
#include "fusion/filter/filter.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Leaves out the source that the sub-solutions show to be at fault, if any. */
void exclusion_decide(fusion *c, int64_t now_ns);
/* A measurement of a source that is left out: does it agree? `s`: as expected, without what would be fused.
 */
void exclusion_watch(fusion *c, source_run *s, const frame *in, const measurement *m,
                     verdict_quantity quantity);
/* A sample of an IMU that is left out: the same. */
void exclusion_watch_input(fusion *c, source_run *s, const frame *in);
/* Takes sources back that have agreed for long enough, and keeps the flags. */
void exclusion_tick(fusion *c, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
