/*
 * Inside the fusion core: the look at the bank.
 */
#ifndef POSED_FUSION_INTEGRITY_H
#define POSED_FUSION_INTEGRITY_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Compares the sub-solutions with the filter. */
void integrity_look(fusion *c, int64_t now_ns);
/* Factors that the risks in the settings amount to. */
void integrity_set_factors(fusion *c);
/* A turn that no road vehicle makes is the input's own: the bound of the heading grows with it at once. */
void integrity_follow_turn(fusion *c, double dt_s);
/* What the receiver's velocity is held to be off by is beyond all that it claims: its positions go elsewhere
 * than its velocity says, and the filter, which must take both, has gone with the positions. */
bool integrity_contradicts_itself(const fusion *c, const source_run *s);
/* What a position of a receiver, `off_m` and `apart_m` as they are now, tells of what it may hide. `sigma_m`:
 * what its claim is worth. */
void integrity_prove(fusion *c, source_run *s, float sigma_m, verdict_decision decision);
/* The pose has been dead reckoned until just now, or is, by what wears out too soon to vouch for this
 * receiver: what contradicts then is the pose. */
bool integrity_is_worn(const fusion *c, const source_run *s, int64_t now_ns);
/* The bound of the position horizontally, m; infinite while it is not known. */
float integrity_horizontal(const fusion *c);
/* The bounds allow the position to be off by this, m. */
bool integrity_reaches(const fusion *c, float off_m);
/* Fills in the pose's protection levels and alert limits; its covariance is known. */
void integrity_protect(const fusion *c, fusion_pose *p);

#ifdef __cplusplus
}
#endif
#endif
