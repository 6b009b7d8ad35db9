/*
 * Inside the fusion core: the gyro against the wheels' yaw rate.
 */
#ifndef POSED_FUSION_INERTIAL_TURN_H
#define POSED_FUSION_INERTIAL_TURN_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The driving gyro against the yaw rate of wheels, which is not fused beside it: inertial_turn.c. */
typedef struct {
    int source;       /* of the wheels; -1: none has spoken */
    int64_t stamp_ns; /* of their newest yaw rate */
    float rate;       /* that, smoothed, rad/s */
    float off, usual; /* the gyro less that, smoothed; what it usually is, rad/s */
    float known_s;    /* for how long that has been learned */
    float turn,
        swing;        /* smoothed magnitude of the rate and of how the smoothed one changes, rad/s, rad/s^2 */
    float sigma;      /* one sigma of off less usual, rad/s */
    float sigmas;     /* that over it, at the last look */
    int64_t since_ns; /* since when that is too much, and witnessed; INT64_MIN: it is not */
} turn_watch;

void inertial_turn_reset(fusion *c);
/* A frame of wheels, while an IMU drives the filter. */
void inertial_turn_take(fusion *c, const source_run *s, const frame *in);
/* The gyro has leapt by so much, so long ago, and its bias with it. */
void inertial_turn_leapt(fusion *c, float by_radps, float since_s);
void inertial_turn_look(fusion *c, int64_t now_ns);
/* The gyro has left what the wheels say, and others say so too; and for so long that it is no accident. */
bool inertial_turns_wrong(const fusion *c);
bool inertial_turns_wrong_on(const fusion *c, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
