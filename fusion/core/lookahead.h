/*
 * Inside the fusion core: a second core, for looking ahead.
 */
#ifndef POSED_FUSION_LOOKAHEAD_H
#define POSED_FUSION_LOOKAHEAD_H

#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lookahead lookahead;

/* NULL when memory is short. `bytes` is what the covariance takes. */
lookahead *lookahead_create(size_t bytes, const settings *s);
void lookahead_destroy(lookahead *a);
void lookahead_settings(lookahead *a, const settings *s);

#ifdef __cplusplus
}
#endif
#endif
