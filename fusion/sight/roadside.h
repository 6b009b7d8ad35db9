/*
 * Inside the fusion core: what a roadside unit says of the vehicle.
 */
#ifndef POSED_FUSION_ROADSIDE_H
#define POSED_FUSION_ROADSIDE_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

void roadside_fuse(fusion *c, source_run *s, const frame *in);

#ifdef __cplusplus
}
#endif
#endif
