/*
 * Inside the fusion core: what a vehicle at rest tells of its IMU before there is a pose. At rest with a
 * pose: vehicle_rest in vehicle.h.
 */
#ifndef POSED_FUSION_REST_H
#define POSED_FUSION_REST_H

#include "fusion/core/source_run.h"
#include "fusion/filter/filter.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A vehicle that stands with a pose, and a gyro that leaps. */
typedef struct {
    int64_t stamp_ns;    /* newest zero rate; */
    int64_t still_ns;    /* since when they have been fused; INT64_MIN: not now */
    int64_t leap_ns;     /* since when they have been rejected; INT64_MIN: not now */
    float leap_radps[3]; /* what the vehicle then turned by */
    bool leapt;          /* within a frame, and the same ever since */
} rest_watch;

/* The vehicle stands, and what drives the filter says that it turns by this (b-axes); `turns`: by more than
 * chance. Where it has leapt by that its bias is opened up. */
void rest_watch_turn(fusion *c, const frame *in, const float rate_radps[3], bool turns);
/* Wheels, or a radar, that are not left out have said for so long that the vehicle stands. */
bool rest_is_said(const source_run *s, int64_t now_ns, double for_s);
/* It stands, and what drives the filter has said so for a while. */
bool rest_agrees(const fusion *c, int64_t now_ns);

/* Takes what a frame tells of rest, while there is no pose: the samples of an IMU, and what wheels and
 * receivers say of the motion. */
void rest_hear(fusion *c, source_run *s, const frame *in);
/* The IMU begins to drive the filter with this frame: its gyro's bias as it was at rest, if that is known, is
 * kept for it, and its sigma put into the model. Forgets the rest, for from now on the filter knows better.
 */
void rest_give_bias(fusion *c, source_run *s, const frame *in, inertial_model *m);

#ifdef __cplusplus
}
#endif
#endif
