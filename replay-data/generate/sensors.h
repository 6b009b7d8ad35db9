/*
 * The sensors: each writes the file of the neutral layout that it fills, with the errors of a real part.
 *
 * No sensor knows another. What each gets wrong is a constant in its own file; none is smaller than what the
 * data sheet of a common part of its kind admits.
 */
#ifndef POSED_GENERATE_SENSORS_H
#define POSED_GENERATE_SENSORS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "town.h"
#include "trajectory.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 2026-05-12 08:00:00 UTC, in whole seconds: step 0 of the drive. */
#define DRIVE_BEGIN_S 1778572800

typedef struct {
    trajectory trajectory;
    town town;
} drive;

/* One file of the layout. `write` leaves any trouble in the stream's error flag. */
typedef struct {
    const char *file;    /* "gnss.csv" */
    const char *columns; /* its header line; NULL: none */
    void (*write)(FILE *out, const drive *d);
} sensor;

extern const sensor sensor_gnss, sensor_imu, sensor_wheel, sensor_radar, sensor_landmark, sensor_health,
    sensor_truth, sensor_settings;

/* Streams of random numbers beyond those of the town. */
enum {
    STREAM_GNSS = 16,
    STREAM_IMU,
    STREAM_WHEEL,
    STREAM_RADAR,
    STREAM_CAMERA,
    STREAM_HEALTH,
    STREAM_SURVEY
};

/* Sensors run from here to `count - SENSOR_MARGIN` steps, where differences of the trajectory exist. */
enum { SENSOR_MARGIN = 100 };

/* Mounts in body axes, metres. The configuration is told these. */
extern const double gnss_lever_m[3], imu_lever_m[3], radar_lever_m[3], camera_lever_m[3];

/* Prints the time of a step plus a delay in milliseconds: "1778572800.120,". */
void print_time(FILE *out, size_t step, size_t delay_ms);
/* `value` to the nearest multiple of `unit`. */
double quantize(double value, double unit);
/* The seconds that passed since the begin of the drive. */
double step_seconds(size_t step);
/* Turns a vector of the plane to body axes at that step, as seen from a body turned by `mount` on top. */
void to_sensor(const drive *d, size_t step, double mount[3][3], const double plane[3], double out[3]);

/* What a perfect IMU at `lever_m`, turned by `mount` against the body, says at `step`: the mean rate of turn
 * and the mean specific force over the `span` steps before. Needs span < step < count - 1. */
void imu_perfect(const trajectory *t, size_t step, size_t span, const double lever_m[3], double mount[3][3],
                 double gyro_radps[3], double accel_mps2[3]);

#ifdef __cplusplus
}
#endif
#endif
