/*
 * Inside the fusion core: the sub-solution without the IMU that turns as the wheels say.
 */
#ifndef POSED_FUSION_BANK_STEER_H
#define POSED_FUSION_BANK_STEER_H

#include "fusion/core/source_run.h"
#include "fusion/filter/filter.h"
#include "fusion/fusion.h"
#include "fusion/integrity/bank.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The sub-solution that turns as the wheels say. Sums are of the step that is under way. */
typedef struct {
    int source;       /* of the wheels; -1: none steers */
    int64_t stamp_ns; /* of their newest yaw rate */
    float newest;     /* that, rad/s */
    float rate;       /* the one at the end of the step before, rad/s */
    float off_radps;  /* gyro less wheels in that step */
    double gyro_rad, gyro_s, wheel_rad;
    inertial_model model; /* the wheels' */
} steer_state;

bool bank_is_steered(const bank_hypothesis *h);
/* That of this hypothesis, as of the last look; NULL: it has none. */
const bank_hypothesis *bank_steered_twin(const fusion *c, const bank_hypothesis *of);
/* Nobody steers any more. */
void bank_steer_reset(fusion *c);
/* The filter's gyro has turned for dt_s with this. */
void bank_steer_turn(fusion *c, double gyro_radps, double dt_s);
/* A frame of wheels; the filter is at its stamp. */
void bank_steer(fusion *c, const source_run *s, const frame *in);

#ifdef __cplusplus
}
#endif
#endif
