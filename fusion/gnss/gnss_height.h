/*
 * Heights of fixes that contradict while their places do not: a receiver that has three satellites holds the
 * last height, or none at all, and leaps when a fourth one comes.
 */
#ifndef POSED_FUSION_GNSS_HEIGHT_H
#define POSED_FUSION_GNSS_HEIGHT_H

#include "fusion/core/source_run.h"
#include "fusion/filter/covariance.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether the position's (three rows, east, north, up) height is beyond its gate, and what it says of the
 * place is not. For how long that has been so is kept. Returns by how many sigmas it does, where that is
 * metres and has lasted for half a second; 0: it does not. */
float gnss_height_contradicts(fusion *c, source_run *s, const frame *in, measurement *m);

/* By how much a height that has contradicted for half a second does, m; 0: none has. Levels hold either. */
float gnss_height_apart(const fusion *c, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
