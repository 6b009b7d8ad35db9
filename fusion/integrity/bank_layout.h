/*
 * Inside the fusion core: which sub-solutions there are.
 */
#ifndef POSED_FUSION_BANK_LAYOUT_H
#define POSED_FUSION_BANK_LAYOUT_H

#include "fusion/filter/covariance.h"
#include "fusion/fusion.h"
#include "fusion/integrity/bank.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The hypotheses of the settings, on a map or not; none lives yet. */
void bank_setup(fusion *c);
/* The filter's, or a sub-solution's, covariance, and its error against the filter. */
covariance bank_covariance(const fusion *c, int hypothesis);
float *bank_error(const fusion *c, int hypothesis);
/* The hypothesis leaves out all that a camera says against the map. */
bool bank_rests_on_map(const fusion *c, const bank_hypothesis *h);
/* The sub-solution that uses nothing of the map, as of the last look; NULL: there is none. */
const bank_hypothesis *bank_without_map(const fusion *c);

#ifdef __cplusplus
}
#endif
#endif
