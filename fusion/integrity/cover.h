/*
 * Inside the fusion core: what is covered beside the hypotheses.
 */
#ifndef POSED_FUSION_COVER_H
#define POSED_FUSION_COVER_H

#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A bound of the heading beyond this holds nothing: what is linear about it is not true there. */
#define COVER_MOST_HEADING_RAD 0.6f
/* The bank started anew not long ago: it does not vouch for the heading yet. */
bool cover_is_shaken(const fusion *c);
/* The levels start from what was covered before that, as long as it counts. */
void cover_held(fusion *c, int64_t now_ns);
/* Raises the levels to what is covered beside the hypotheses. */
void cover_more(fusion *c, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
