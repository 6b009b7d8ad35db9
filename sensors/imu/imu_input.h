/*
 * The two ways an IMU is read, for adapter_imu.c: both open, give out what has come, and close.
 */
#ifndef POSED_SENSORS_IMU_IMU_INPUT_H
#define POSED_SENSORS_IMU_IMU_INPUT_H

#include "sensors/adapter.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    IMU_INPUT_MORE, /* all that has come is published */
    IMU_INPUT_GONE, /* the device is: open it again */
    IMU_INPUT_END,  /* the adapter is to stop */
} imu_input_result;

typedef struct {
    size_t state_size;
    /* What cannot be helped by waiting: options. `state` is zeroed. */
    bool (*check)(void *state, const adapter *a, error *e);
    /* The descriptor to wait for, or -1 with `e` set. */
    int (*open)(void *state, adapter *a, error *e);
    imu_input_result (*take)(void *state, adapter *a);
    void (*close)(void *state);
} imu_input;

extern const imu_input imu_input_serial, imu_input_iio;

/* Publishes a sample that was measured `stamp_ns` and had at `received_ns` (UTC), less the option latency_s.
 * False: stop. */
bool imu_input_publish(adapter *a, const frame_imu *sample, int64_t stamp_ns, int64_t received_ns);

#ifdef __cplusplus
}
#endif
#endif
