/*
 * Inside the fusion core: a sub-solution that is so far off that it refuses what is true.
 */
#ifndef POSED_FUSION_BANK_ASTRAY_H
#define POSED_FUSION_BANK_ASTRAY_H

#include "fusion/fusion.h"
#include "fusion/integrity/bank.h"

#ifdef __cplusplus
extern "C" {
#endif

/* It has refused this one; `fused`: the filter agrees with it. May begin the sub-solution anew. How a pose
 * has changed says nothing of which one: only what is core_is_absolute counts. */
void bank_astray_refuse(fusion *c, int hypothesis, verdict_quantity quantity, bool fused);
/* A velocity that its hypothesis holds to be honest has come; `fused`: the filter agrees with it. Where its
 * own heading is lost, and elsewhere, it begins anew: what is linear would as soon have it drive backwards.
 */
void bank_astray_realign(fusion *c, int hypothesis, verdict_quantity quantity, bool fused);
/* It has taken something absolute: it is not astray. */
void bank_astray_find(bank_hypothesis *of);

#ifdef __cplusplus
}
#endif
#endif
