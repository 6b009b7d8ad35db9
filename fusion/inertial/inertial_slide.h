/*
 * Inside the fusion core: forces of the input that no vehicle on wheels is under.
 */
#ifndef POSED_FUSION_INERTIAL_SLIDE_H
#define POSED_FUSION_INERTIAL_SLIDE_H

#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the driving IMU says of forces to the side and up that no vehicle on wheels is under:
 * inertial_slide.c.
 */
enum { SLIDE_WINDOWS = 2 };
typedef struct {
    double turned_rad[3], pushed_mps[3], dt_s; /* since the last look: b-axes, ECEF */
    bool begun;
    float made[2], slip_before; /* at the last look: velocity that is due to levers and slip; a sigma of it */
    /* Smoothed over each window: to the side and up; what slip may have in the first, m/s^2. */
    float mean[SLIDE_WINDOWS][2], slip[SLIDE_WINDOWS];
    float sigmas;     /* the largest of these over its sigma */
    int64_t since_ns; /* since when that is too much; INT64_MIN: it is not */
} slide_watch;

/* A step of the filter with the input of an IMU. */
void inertial_slide_add(fusion *c, double dt_s);
/* Judges what has come since the last look. */
void inertial_slide_look(fusion *c, int64_t now_ns);
/* What the input is by itself speaks against it now: such forces, or the scatter of its samples. */
bool inertial_is_doubted(const fusion *c);
/* Such forces contradict by more than chance; and for so long that it is no manoeuvre. */
bool inertial_slides(const fusion *c);
bool inertial_slides_on(const fusion *c, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
