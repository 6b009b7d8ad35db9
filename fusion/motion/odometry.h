/*
 * Inside the fusion core: increments of an outside odometry.
 */
#ifndef POSED_FUSION_ODOMETRY_H
#define POSED_FUSION_ODOMETRY_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

void odometry_setup(fusion *c, source_run *s);
void odometry_fuse(fusion *c, source_run *s, const frame *in);
/* The pose has been set anew: increments that began before say nothing of it. */
void odometry_break(fusion *c);

#ifdef __cplusplus
}
#endif
#endif
