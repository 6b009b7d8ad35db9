#include "tests/wire/sample_frames.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

uint64_t sample_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static double unit(uint64_t *state)
{
    return (double)(sample_random(state) >> 11) * 0x1p-53;
}

static float signed_value(uint64_t *state)
{
    switch (sample_random(state) % 8) {
    case 0:
        return NAN;
    case 1:
        return 0.0f;
    default:
        return (float)((unit(state) - 0.5) * 200.0);
    }
}

static float positive(uint64_t *state)
{
    return fabsf(signed_value(state));
}

static float share(uint64_t *state)
{
    return (float)fmin(positive(state) / 100.0f, 1.0f);
}

static float known(uint64_t *state)
{
    return (float)(unit(state) * 100.0 + 0.01);
}

static void sample_gnss(uint64_t *state, frame_gnss *g)
{
    *g = (frame_gnss){
        .latitude_rad = (unit(state) - 0.5) * 3.1415,
        .longitude_rad = (unit(state) - 0.5) * 6.283,
        .height_m = unit(state) * 1000.0,
        .h_acc_m = positive(state),
        .v_acc_m = positive(state),
        .velocity_enu_mps = {signed_value(state), signed_value(state), signed_value(state)},
        .speed_mps = positive(state),
        .course_rad = signed_value(state),
        .speed_acc_mps = positive(state),
        .hdop = positive(state),
        .jamming = share(state),
        .spoofing = share(state),
        .satellites = (int16_t)(sample_random(state) % 40 - 1),
        .fix = (uint8_t)(sample_random(state) % 7),
        .datum = (uint8_t)(sample_random(state) % 2),
    };
}

static void sample_radar(uint64_t *state, frame_radar *r)
{
    r->count = (uint16_t)(sample_random(state) % (FRAME_MAX_DETECTIONS + 1));
    for (size_t i = 0; i < r->count; i++) {
        r->detections[i] = (radar_detection){
            .range_m = known(state),
            .azimuth_rad = (float)unit(state),
            .elevation_rad = signed_value(state),
            .doppler_mps = -known(state),
            .rcs_dbsm = signed_value(state),
            .track_id = sample_random(state) % 2 ? -1 : (int32_t)(sample_random(state) & INT32_MAX),
        };
    }
}

static void sample_landmarks(uint64_t *state, frame_landmarks *l)
{
    l->count = (uint16_t)(sample_random(state) % (FRAME_MAX_LANDMARKS + 1));
    for (size_t i = 0; i < l->count; i++) {
        l->landmarks[i] = (camera_landmark){
            .id = sample_random(state) >> sample_random(state) % 64,
            .azimuth_rad = (float)unit(state),
            .elevation_rad = -(float)unit(state),
            .range_m = positive(state),
            .sigma_rad = positive(state),
            .sigma_range_m = positive(state),
            .score = share(state),
            .facing_az_rad = known(state),
            .facing_el_rad = -(float)unit(state),
            .sigma_facing_rad = positive(state),
        };
        snprintf(l->landmarks[i].class_name, sizeof l->landmarks[i].class_name, "%.*s",
                 (int)(sample_random(state) % 16), "a fifteen chars");
    }
}

static void sample_lanes(uint64_t *state, frame_lanes *l)
{
    l->count = (uint16_t)(sample_random(state) % (FRAME_MAX_LANES + 1));
    for (size_t i = 0; i < l->count; i++) {
        l->lanes[i] = (camera_lane){
            .offset_m = known(state),
            .heading_rad = -(float)unit(state),
            .curvature_1pm = signed_value(state),
            .sigma_m = positive(state),
            .score = share(state),
            .side = (uint8_t)(1 + sample_random(state) % 2),
        };
        snprintf(l->lanes[i].type, sizeof l->lanes[i].type, "%.*s", (int)(sample_random(state) % 12),
                 "eleven char");
    }
}

static void fill(uint64_t *state, float *values, size_t count, float (*next)(uint64_t *state))
{
    for (size_t i = 0; i < count; i++)
        values[i] = next(state);
}

void sample_frame(uint64_t *state, frame_kind kind, frame *f)
{
    memset(f, 0, sizeof *f);
    f->kind = (uint8_t)kind;
    f->sequence = (uint32_t)sample_random(state);
    f->stamp_ns = sample_random(state) % 5 == 0 ? 0 : (int64_t)(sample_random(state) >> 3);
    f->received_ns = (int64_t)(sample_random(state) >> 3);
    switch (kind) {
    case FRAME_GNSS:
        sample_gnss(state, &f->u.gnss);
        break;
    case FRAME_IMU:
        fill(state, f->u.imu.gyro_radps, 3, signed_value);
        fill(state, f->u.imu.accel_mps2, 3, signed_value);
        break;
    case FRAME_WHEEL:
        f->u.wheel.speed_mps = signed_value(state);
        fill(state, f->u.wheel.wheel_mps, 4, signed_value);
        f->u.wheel.yaw_rate_radps = signed_value(state);
        f->u.wheel.steering_wheel_rad = signed_value(state);
        break;
    case FRAME_RADAR:
        sample_radar(state, &f->u.radar);
        break;
    case FRAME_LANDMARKS:
        sample_landmarks(state, &f->u.landmarks);
        break;
    case FRAME_LANES:
        sample_lanes(state, &f->u.lanes);
        break;
    case FRAME_CAMERA_HEALTH:
        f->u.camera_health = (frame_camera_health){share(state), share(state),    share(state),
                                                   share(state), positive(state), share(state)};
        break;
    case FRAME_ROADSIDE:
        f->u.roadside = (frame_roadside){(unit(state) - 0.5) * 3.1415, (unit(state) - 0.5) * 6.283,
                                         signed_value(state), known(state), positive(state)};
        break;
    case FRAME_ODOMETRY:
        f->u.odometry.interval_ns = (int64_t)(sample_random(state) >> 40) + 1;
        fill(state, f->u.odometry.translation_m, 3, known);
        fill(state, f->u.odometry.rotation_rad, 3, known);
        f->u.odometry.scale_sigma = positive(state);
        fill(state, f->u.odometry.covariance, FRAME_ODOMETRY_COVARIANCE, signed_value);
        break;
    case FRAME_KIND_COUNT:
        break;
    }
}

const char *sample_source(frame_kind kind)
{
    static const char *const names[] = {
        [SOURCE_GNSS] = "gnss/roof",
        [SOURCE_IMU] = "imu/a.b-C_9",
        [SOURCE_WHEEL] = "wheel/can",
        [SOURCE_RADAR] = "radar/front",
        [SOURCE_CAMERA] = "camera/up",
        [SOURCE_ROADSIDE] = "roadside/crossing-with-a-name-that-just-fits-ok",
        [SOURCE_ODOMETRY] = "odometry/front",
    };
    return names[frame_kind_source(kind)];
}
