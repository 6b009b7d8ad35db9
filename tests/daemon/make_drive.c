/*
 * make_drive VARIANT OUT.mcap: small drives for the black-box tests, made without the program under test.
 *
 * A vehicle drives a circle of 200 m radius at 10 m/s for 30 s: GNSS 10 Hz, gyro and accelerometer 100 Hz,
 * wheels 50 Hz, truth 20 Hz. Variants: good       all of it no-truth   the same without truth malformed every
 * tenth GNSS message is cut in half no-frames  truth only no-sensors one channel of somebody else's crowded
 * one source more than there is room for bad-config brings a configuration with an unknown key
 */
#include "fusion/geodesy.h"
#include "wire/drive.h"
#include "wire/mcap_writer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double radius_m = 200, speed_mps = 10, seconds = 30;
static const int64_t epoch_ns = INT64_C(1700000000000000000);
static const double origin[2] = {0.85, 0.2}; /* latitude, longitude, rad */

typedef struct {
    double latitude_rad, longitude_rad;
    float velocity_mps[3], heading_rad;
} place;

/* Clockwise from the west, so that it starts northwards. */
static place place_at(double t)
{
    double angle = speed_mps / radius_m * t, center[3], axes[3][3], ecef[3], height;
    double enu[3] = {radius_m * (1 - cos(angle)), radius_m * sin(angle), 0};
    place p = {.velocity_mps = {(float)(speed_mps * sin(angle)), (float)(speed_mps * cos(angle)), 0},
               .heading_rad = (float)angle};
    geodetic_to_ecef(origin[0], origin[1], 100, center);
    enu_axes(origin[0], origin[1], axes);
    for (int i = 0; i < 3; i++)
        ecef[i] = center[i] + axes[0][i] * enu[0] + axes[1][i] * enu[1] + axes[2][i] * enu[2];
    ecef_to_geodetic(ecef, &p.latitude_rad, &p.longitude_rad, &height);
    return p;
}

static frame frame_at(frame_kind kind, double t, int every, int tick)
{
    frame f;
    memset(&f, 0, sizeof f);
    f.kind = (uint8_t)kind;
    f.stamp_ns = f.received_ns = epoch_ns + (int64_t)llround(t * 1e9);
    f.sequence = (uint32_t)(tick / every);
    return f;
}

static frame gnss_at(double t, int tick)
{
    frame f = frame_at(FRAME_GNSS, t, 10, tick);
    place p = place_at(t);
    f.received_ns += 80000000;
    f.u.gnss = (frame_gnss){.latitude_rad = p.latitude_rad,
                            .longitude_rad = p.longitude_rad,
                            .height_m = 100,
                            .h_acc_m = 1,
                            .v_acc_m = 2,
                            .speed_mps = (float)speed_mps,
                            .course_rad = p.heading_rad,
                            .speed_acc_mps = 0.1f,
                            .hdop = 1,
                            .jamming = NAN,
                            .spoofing = NAN,
                            .satellites = 12,
                            .fix = GNSS_FIX_3D,
                            .datum = HEIGHT_ELLIPSOID};
    memcpy(f.u.gnss.velocity_enu_mps, p.velocity_mps, sizeof p.velocity_mps);
    f.u.gnss.latitude_rad += 1e-9 * (tick % 7); /* a receiver never repeats itself */
    return f;
}

static frame imu_at(double t, int tick)
{
    frame f = frame_at(FRAME_IMU, t, 1, tick);
    float noise = 1e-4f * (float)(tick * 7919 % 101 - 50);
    f.u.imu = (frame_imu){{noise, -noise, (float)(-speed_mps / radius_m) + noise},
                          {noise, (float)(-speed_mps * speed_mps / radius_m) + noise, 9.81f + noise}};
    return f;
}

static frame wheel_at(double t, int tick)
{
    frame f = frame_at(FRAME_WHEEL, t, 2, tick);
    f.u.wheel = (frame_wheel){.speed_mps = (float)speed_mps + 1e-3f * (float)(tick % 5),
                              .wheel_mps = {NAN, NAN, NAN, NAN},
                              .yaw_rate_radps = NAN,
                              .steering_wheel_rad = NAN};
    return f;
}

static truth_point truth_at(double t, int tick)
{
    place p = place_at(t);
    truth_point truth = {.stamp_ns = epoch_ns + (int64_t)llround(t * 1e9),
                         .sequence = (uint32_t)(tick / 5),
                         .latitude_rad = p.latitude_rad,
                         .longitude_rad = p.longitude_rad,
                         .height_m = 100,
                         .roll_rad = 0,
                         .pitch_rad = 0,
                         .heading_rad = p.heading_rad,
                         .sigma_m = NAN};
    memcpy(truth.velocity_enu_mps, p.velocity_mps, sizeof p.velocity_mps);
    return truth;
}

static void write_circle(drive_writer *w, bool with_frames, bool with_truth)
{
    for (int tick = 0; tick < seconds * 100; tick++) {
        double t = 0.01 * tick;
        frame imu = imu_at(t, tick), wheel = wheel_at(t, tick), gnss = gnss_at(t - 0.08, tick);
        truth_point truth = truth_at(t, tick);
        if (with_frames)
            drive_write_frame(w, &imu, "imu/main");
        if (with_frames && tick % 2 == 0)
            drive_write_frame(w, &wheel, "wheel/main");
        if (with_frames && tick % 10 == 8) /* received 80 ms after it was measured */
            drive_write_frame(w, &gnss, "gnss/roof");
        if (with_truth && tick % 5 == 0)
            drive_write_truth(w, &truth);
    }
}

static void write_crowd(drive_writer *w)
{
    for (int i = 0; i <= SETTINGS_MAX_SOURCES; i++) {
        char name[FRAME_SOURCE_NAME_SIZE];
        frame f = gnss_at(0.1 * i, 10 * i);
        snprintf(name, sizeof name, "gnss/number%d", i);
        drive_write_frame(w, &f, name);
    }
}

/* The drive writer makes no bad messages: these go through the MCAP writer. */
static bool write_foreign(const char *path, bool sensors, error *e)
{
    unsigned char data[MESSAGE_MAX_SIZE];
    mcap_writer *w = mcap_writer_open(path, "", "make_drive", MCAP_COMPRESSION_NONE, e);
    if (!w)
        return false;
    uint16_t channel =
        mcap_writer_add_channel(w, 0, sensors ? TOPIC_SENSOR_PREFIX "gnss/roof" : "/other", "protobuf");
    for (int i = 0; i < 100; i++) {
        frame f = gnss_at(0.1 * i, 10 * i);
        size_t size = message_encode_frame(&f, "gnss/roof", data, sizeof data);
        mcap_writer_message(w, channel, (uint32_t)i, (uint64_t)f.received_ns, (uint64_t)f.stamp_ns, data,
                            i % 10 == 9 ? size / 2 : size);
    }
    return mcap_writer_close(w, e);
}

static bool write_drive(const char *variant, const char *path, error *e)
{
    static const char bad_config[] = "filter:\n  windows_s: 1\n";
    drive_writer *w = drive_writer_open(path, e);
    if (!w)
        return false;
    if (strcmp(variant, "crowded") == 0)
        write_crowd(w);
    else
        write_circle(w, strcmp(variant, "no-frames") != 0, strcmp(variant, "no-truth") != 0);
    if (strcmp(variant, "bad-config") == 0)
        drive_write_config(w, bad_config, strlen(bad_config));
    return drive_writer_close(w, false, e);
}

int main(int argc, char **argv)
{
    error e = {""};
    if (argc != 3) {
        fputs("usage: make_drive VARIANT OUT.mcap\n", stderr);
        return 2;
    }
    bool malformed = strcmp(argv[1], "malformed") == 0;
    bool ok = malformed || strcmp(argv[1], "no-sensors") == 0 ? write_foreign(argv[2], malformed, &e)
                                                              : write_drive(argv[1], argv[2], &e);
    if (!ok)
        fprintf(stderr, "make_drive: %s\n", e.text);
    return ok ? 0 : 1;
}
