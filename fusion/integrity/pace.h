/*
 * Inside the fusion core: speeds against the velocities of receivers.
 */
#ifndef POSED_FUSION_PACE_H
#define POSED_FUSION_PACE_H

#include "fusion/core/source_run.h"
#include "fusion/filter/filter.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A velocity or a speed; `forward`: what each row of it changes by with the speed, `seen`: its innovation. */
void pace_take(fusion *c, source_run *s, const measurement *m, const float forward[3], const float seen[3],
               int64_t now_ns);
/* The sums keep what is left of this share of the other means. */
void pace_fade(source_run *s, float keep);
/* What this speed differs from receivers by goes with what a receiver is off by, and not with what it would
 * have to be off by itself. */
bool pace_clears(const fusion *c, const source_run *s, fault_code code);

/* What the receiver is named for where that is plain; FAULT_COUNT: it is not. */
fault_code pace_names(const fusion *c, const source_run *s, fault_code code);
/* A speed and a receiver differ now, whatever drives the filter: an input that is off cannot make them. */
bool pace_differs(const fusion *c);

#ifdef __cplusplus
}
#endif
#endif
