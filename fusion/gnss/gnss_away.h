/*
 * Inside the fusion core: a receiver that drives away, whatever wheels say.
 */
#ifndef POSED_FUSION_GNSS_AWAY_H
#define POSED_FUSION_GNSS_AWAY_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A frame of any receiver, in the order of stamps; what it says of place and velocity is summed up. */
void gnss_away_hear(source_run *s, const frame *in);

/* A receiver has been driving for some seconds, from where these wheels say that they rest: its velocity is
 * far from that of one that stands, and its place goes where that goes. NULL: none has, or the one that does
 * leapt before, or is not believed, or was driving before the wheels came to rest: those slip. */
const source_run *gnss_away_find(const fusion *c, const source_run *wheels, int64_t now_ns);

/* While it drives off and wheels say that they rest, until that is decided: the square of how far it is from
 * the pose by now, for either may be wrong, m^2 per horizontal axis; 0: nobody holds it back. */
float gnss_away_variance(const fusion *c, const source_run *s);

/* What has held the pose back is let go: along the way that this receiver has gone it may be anywhere, at its
 * velocity or at none, and what receivers were off by meanwhile is forgotten, for it was that. */
void gnss_away_follow(fusion *c, const source_run *away);

#ifdef __cplusplus
}
#endif
#endif
