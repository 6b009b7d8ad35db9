/*
 * Inside the fusion core: a receiver's way against that of wheels and a yaw rate.
 */
#ifndef POSED_FUSION_GNSS_TURNED_H
#define POSED_FUSION_GNSS_TURNED_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What wheels, a yaw rate and receivers say of the way, in the order of stamps, also before there is a pose.
 */
void turned_hear(fusion *c, source_run *s, const frame *in);
/* The only receiver's way is that of the track, turned by what the pose's heading is off by: it starts anew,
 * with the heading of the whole way; true: it did. */
bool turned_settle(fusion *c, source_run *s, const frame *in);

#ifdef __cplusplus
}
#endif
#endif
