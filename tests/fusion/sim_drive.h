/*
 * A small simulated drive for the tests of the fusion core: truth on the curved, turning earth, the frames of
 * six sources. sim_watch.h holds poses against it.
 *
 * Truth is exact: the body moves over the ellipsoid, level, at constant height, with a speed and a yaw rate
 * that are functions of time. The IMU sits at the body origin; its readings contain gravity, Coriolis and
 * earth rate. Noise comes from a generator of its own, seeded by the options: the same options give the same
 * drive.
 */
#ifndef POSED_TESTS_FUSION_SIM_DRIVE_H
#define POSED_TESTS_FUSION_SIM_DRIVE_H

#include "fusion/fusion.h"

/* Sources in the settings, in this order; those that are off never speak. */
enum { SIM_GNSS, SIM_IMU, SIM_WHEEL, SIM_RADAR, SIM_CAMERA, SIM_SECOND_GNSS, SIM_SOURCES };
enum { SIM_SYSTEM = FAULT_SOURCE_SYSTEM };

#define SIM_BIT(source) (1u << (source))
#define SIM_CAR (SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_IMU) | SIM_BIT(SIM_WHEEL) | SIM_BIT(SIM_RADAR))

/* Speed (m/s) and yaw rate (rad/s, left positive) at `t` seconds. */
typedef void sim_motion(double t, double *speed_mps, double *yaw_rate_radps);
sim_motion sim_city;     /* 10 to 18 m/s, bends to both sides */
sim_motion sim_straight; /* 15 m/s */
sim_motion sim_standing; /* at rest */
sim_motion sim_start;    /* at rest for 20 s, then up to 12 m/s, with bends */

/* May change a frame, `t` seconds after the start by its stamp; false: it never comes. */
typedef bool sim_change(void *context, double t, frame *f);

typedef struct {
    unsigned sources; /* SIM_BIT of those that speak */
    double seconds;
    sim_motion *motion;
    double latitude_rad, longitude_rad, height_m, heading_rad;
    uint64_t seed;
    double gnss_hz, imu_hz, wheel_hz; /* divisors of 200 */
    double gnss_slow_m,
        gnss_white_m;    /* one sigma per horizontal axis; the receiver claims their sum of squares */
    double gnss_delay_s; /* reception less stamp */
    sim_change *change;
    void *context;
} sim_options;

/* A car in the city for 60 s. */
sim_options sim_usual(void);

/* Default settings with the six sources and the simulated mounts. */
void sim_settings(settings *s);
/* The same on the heap; the caller frees them. */
settings *sim_settings_new(void);

typedef struct sim_drive sim_drive;

sim_drive *sim_drive_make(const sim_options *o);
void sim_drive_free(sim_drive *d);
/* Frames in the order of reception. */
size_t sim_frame_count(const sim_drive *d);
const frame *sim_frame(const sim_drive *d, size_t i);
int64_t sim_start_ns(const sim_drive *d);

/* Truth at the tick nearest to `t`: place, rotation from body to ECEF (row-major), speed. */
void sim_truth(const sim_drive *d, double t, double ecef_m[3], double r[3][3], double *speed_mps);

/* Pushes the frames that were received from..to seconds after the start. */
void sim_feed(const sim_drive *d, fusion *f, double from, double to);

#endif
