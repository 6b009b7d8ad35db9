/*
 * What an IMU at rest tells of itself: how much its gyro is off, and where down is. For before there is a
 * pose, when nothing else uses its samples. No I/O, no allocation; in the order of stamps.
 *
 * Samples are averaged in blocks of two seconds. The newest of these never counts: in it a vehicle may have
 * moved off unseen. What is known is carried along when the vehicle moves: the gyro's offset as it is, the
 * plumb line by the gyro less that offset.
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

/* What others say of the motion. */
typedef enum {
    STANDSTILL_DENIED, /* somebody says that the vehicle moves */
    STANDSTILL_OPEN,   /* nobody says anything */
    STANDSTILL_SAID    /* wheels say that it stands */
} standstill_word;

/* A block: of samples so far, or one that has ended. */
typedef struct {
    int count;
    double span_s, sum[STANDSTILL_AXES], square[STANDSTILL_AXES]; /* about `first` */
    float first[STANDSTILL_AXES];
    bool said; /* all the while */
} standstill_block;

typedef struct {
    int64_t stamp_ns; /* newest sample; 0: none */
    standstill_block now;
    float before[STANDSTILL_AXES];                         /* means of the block that ended last */
    int kept;                                              /* blocks in a row that agree with each other */
    float blocks;                                          /* how many have counted; 0: nothing is known */
    float mean[STANDSTILL_AXES], spread2[STANDSTILL_AXES]; /* of these */
    int64_t counted_ns;                                    /* when the last of these had ended */
    double turned_q[4]; /* since then: from the axes of now to those of then */
    float turned_rad;   /* and how far in all, whatever the direction */
    bool carried;       /* without a gap */
} standstill_watch;

void standstill_forget(standstill_watch *w);
/* Takes the next sample. */
void standstill_take(standstill_watch *w, const imu_settings *set, int64_t stamp_ns,
                     const float sample[STANDSTILL_AXES], standstill_word word);
/* How much the gyro is off, rad/s, and one sigma of each axis; false: it is not known. */
bool standstill_bias(const standstill_watch *w, const imu_settings *set, int64_t now_ns, float bias_radps[3],
                     float *sigma_radps);
/* The force that the IMU felt at rest, m/s^2, its bias included, and `turn`, which turns vectors from the
 * axes of then to those of now; one sigma of what is left open. False: it is not known. */
bool standstill_plumb(const standstill_watch *w, const imu_settings *set, int64_t now_ns, float force_mps2[3],
                      double turn[3][3], float *sigma_mps2);

#ifdef __cplusplus
}
#endif
#endif
