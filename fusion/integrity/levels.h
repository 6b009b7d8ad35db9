/*
 * Inside the fusion core: the bounds.
 */
#ifndef POSED_FUSION_LEVELS_H
#define POSED_FUSION_LEVELS_H

#include "fusion/fusion.h"
#include "fusion/integrity/bank.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Into so many parts the integrity risk is divided where shares are equal: the fault-free term and the
 * hypotheses. */
#define INTEGRITY_RISK_PARTS 10.0f
/* A sub-solution's own bound on the filter's error in a direction, m or rad: its separation and its own
 * sigma, as if it were all that can be wrong. It holds until the next look, by when the separation may have
 * grown as much again. Of one whose bound rests on an assumption: with a share of the risk of its own. */
float levels_measured(const fusion *c, const bank_hypothesis *of, int direction);
/* How many sigmas are in that. */
float levels_sigmas(const fusion *c, const bank_hypothesis *of);
/* The part of it that counts: of a sub-solution without the map the separation alone, while that is not
 * strange, for the rest is assumed of the survey. */
float levels_of(const fusion *c, const bank_hypothesis *of, int direction);
/* The levels of this look. `full`: variances of the filter, by direction. */
void levels_find(fusion *c, int64_t now_ns, const float full[BANK_DIRECTIONS]);

#ifdef __cplusplus
}
#endif
#endif
