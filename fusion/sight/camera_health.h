/*
 * Inside the fusion core: what a camera's picture is worth.
 */
#ifndef POSED_FUSION_CAMERA_HEALTH_H
#define POSED_FUSION_CAMERA_HEALTH_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Flags what the camera says of itself and, on a map, keeps what its picture is worth. */
void camera_health_check(fusion *c, source_run *s, const frame *in);
/* What the sigma of all that the camera says is multiplied with: 1 in clear light, 3 from where it is
 * flagged. */
float camera_weight(const source_run *s);
/* False: what it says is not fused. */
bool camera_sees(const source_run *s);

void roadside_fuse(fusion *c, source_run *s, const frame *in);

#ifdef __cplusplus
}
#endif
#endif
