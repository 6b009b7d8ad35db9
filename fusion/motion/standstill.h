/*
 * What an IMU at rest tells of its gyro: how much it is off. For before there is a pose, when nothing else
 * uses its samples. No I/O, no allocation; in the order of stamps.
 *
 * Samples are averaged in blocks of two seconds. The newest of these never counts: in it a vehicle may have
 * moved off unseen.
 */
#ifndef POSED_FUSION_STANDSTILL_H
#define POSED_FUSION_STANDSTILL_H

#include "fusion/settings.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Gyro (rad/s), then force (m/s^2), in the vehicle's axes as far as the mount tells. */
enum { STANDSTILL_AXES = 6 };

/* Who says that the vehicle stands. The samples alone never do: on a smooth road at constant speed they are
 * those of a vehicle at rest. */
typedef enum {
    STANDSTILL_NOBODY, /* or somebody says that it moves */
    STANDSTILL_RECEIVER,
    STANDSTILL_WHEELS
} standstill_word;

/* A block: of samples so far, or one that has ended. */
typedef struct {
    int count;
    double span_s, sum[STANDSTILL_AXES], square[STANDSTILL_AXES]; /* about `first` */
    float first[STANDSTILL_AXES];
    standstill_word word; /* the weakest in it */
} standstill_block;

typedef struct {
    int64_t stamp_ns; /* newest sample; 0: none */
    standstill_block now;
    float before[STANDSTILL_AXES]; /* means of the block that ended last */
    float before_noise2;       /* variance of these, of the gyro's worst axis, by the scatter of samples */
    int kept;                  /* blocks in a row that agree with each other */
    float blocks;              /* how many have counted; 0: nothing is known */
    float mean[3], spread2[3]; /* of the gyro in these */
    float noise2;              /* mean of theirs */
    int64_t counted_ns;        /* when the last of these had ended */
} standstill_watch;

/* Nothing is known; also what a watch begins with. */
void standstill_forget(standstill_watch *w);
/* Takes the next sample; a stamp that is not later than the last one, or a gap, ends what is under way. */
void standstill_take(standstill_watch *w, const imu_settings *set, int64_t stamp_ns,
                     const float sample[STANDSTILL_AXES], standstill_word word);
/* How much the gyro is off at `now_ns`, rad/s, the earth's turn included, and one sigma of each axis; false:
 * it is not known. */
bool standstill_bias(const standstill_watch *w, const imu_settings *set, int64_t now_ns, float bias_radps[3],
                     float *sigma_radps);

#ifdef __cplusplus
}
#endif
#endif
