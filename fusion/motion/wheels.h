/*
 * Inside the fusion core: speeds of wheels.
 */
#ifndef POSED_FUSION_WHEELS_H
#define POSED_FUSION_WHEELS_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

void wheel_setup(fusion *c, source_run *s);
void wheel_fuse(fusion *c, source_run *s, const frame *in);

#ifdef __cplusplus
}
#endif
#endif
