/*
 * What the samples of an IMU tell of it by themselves: how they scatter, and whether an axis hangs. No I/O,
 * no allocation; in the order of stamps.
 */
#ifndef POSED_FUSION_INERTIAL_WATCH_H
#define POSED_FUSION_INERTIAL_WATCH_H

#include "fusion/frame.h"
#include "fusion/settings.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The gyro's axes, then the accelerometer's. */
enum { INERTIAL_AXES = 6 };

/* How often in a row an axis has said the same to the last bit. */
typedef struct {
    uint32_t repeats, longest, changes; /* of the last value; the most that ended by themselves; of it */
} inertial_axis;

typedef struct {
    int64_t stamp_ns;
    bool far;                     /* samples come so far apart that each stands for what is in between */
    int held;                     /* samples in a row that came soon after each other, up to 2 */
    float last[2][INERTIAL_AXES]; /* the newest sample, and the one before it */
    float scatter[INERTIAL_AXES]; /* smoothed: by how many times the samples scatter more than set */
    inertial_axis axis[INERTIAL_AXES];
    bool weighed;  /* `up_mps2` means something */
    float up_mps2; /* force along the vehicle's up, smoothed */
    int64_t up_ns; /* stamp of the sample that it holds */
} inertial_watch;

/* Takes the next sample. `moves`: the vehicle does, so that nothing stays the same. */
void inertial_watch_take(inertial_watch *w, const imu_settings *set, const frame *in, bool moves);

/* The next sample's force along the vehicle's up axis, as the mount has it (m/s^2; NAN: not measured). False:
 * a vehicle on a road does not feel that for as long, so the IMU is not mounted as its settings say, or what
 * it says has gravity taken off. Call before inertial_watch_take, for samples that are dropped for it too. */
bool inertial_watch_stands(inertial_watch *w, int64_t stamp_ns, float up_mps2);

/* By how many times the noise of the gyro (0) or the accelerometer (1) is more than the settings have it: the
 * middle one of its axes, for a road shakes most along one; at least 1. */
float inertial_watch_scatter(const inertial_watch *w, int sensor);

/* The largest of these two over what it may be, which `limit` gets; `factor` gets it. True: it is over. Of
 * samples that come far apart that is never said, for what they differ by may be the vehicle's. */
bool inertial_watch_is_noisy(const inertial_watch *w, float *factor, float *limit);

/* An axis is held at one value: the end of a range that nobody stated, or it is dead. */
bool inertial_watch_hangs(const inertial_watch *w);

#ifdef __cplusplus
}
#endif
#endif
