/*
 * A measurement of each kind at the state of any_state.h, kept instead of fused: core_fuse is wrapped.
 */
#include "tests/fusion/any_measurement.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss.h"
#include "fusion/map/map_lanes.h"
#include "fusion/map/map_returns.h"
#include "fusion/map/map_stand.h"
#include "fusion/motion/odometry.h"
#include "fusion/motion/vehicle.h"
#include "fusion/motion/wheels.h"
#include "fusion/radar/radar.h"
#include "fusion/radar/radar_ego.h"
#include "fusion/radar/radar_things.h"
#include "fusion/sight/landmarks.h"
#include "fusion/sight/roadside.h"

#include <check.h>
#include <math.h>
#include <string.h>

measurement caught[MOST_CAUGHT];
int caught_count;
bool as_fused; /* what it says that it has done */

verdict_decision __wrap_core_fuse(fusion *c, source_run *s, const frame *in, measurement *m, fuse_how how);
verdict_decision __wrap_core_fuse(fusion *c, source_run *s, const frame *in, measurement *m, fuse_how how)
{
    (void)c, (void)s, (void)in, (void)how;
    ck_assert_int_lt(caught_count, MOST_CAUGHT);
    m->nis = 1.0f;
    caught[caught_count++] = *m;
    return as_fused ? DECISION_FUSED : DECISION_IGNORED;
}

/* What the scan says must not follow the expectation while that is varied. */
bool __wrap_radar_ego_estimate(const frame_radar *scan, const radar_expectation *expected,
                               const radar_noise *noise, uint64_t draws, radar_ego *out);
bool __wrap_radar_ego_estimate(const frame_radar *scan, const radar_expectation *expected,
                               const radar_noise *noise, uint64_t draws, radar_ego *out)
{
    (void)scan, (void)expected, (void)noise, (void)draws;
    *out = (radar_ego){.velocity_mps = {10.0f, 0.5f}, .considered = 9, .inliers = 9};
    return true;
}

static frame frame_of(int source, frame_kind kind)
{
    frame in;
    memset(&in, 0, sizeof in);
    in.stamp_ns = in.received_ns = 2000000000;
    in.source = (uint16_t)source;
    in.kind = (uint8_t)kind;
    return in;
}

void measure_gnss(void)
{
    frame in = frame_of(GNSS, FRAME_GNSS);
    double latitude, longitude, height;
    ecef_to_geodetic(core->start.fix_ecef_m, &latitude, &longitude, &height); /* where it was undisturbed */
    in.u.gnss = (frame_gnss){.latitude_rad = latitude,
                             .longitude_rad = longitude,
                             .height_m = height,
                             .h_acc_m = 1.0f,
                             .v_acc_m = 2.0f,
                             .speed_mps = NAN,
                             .fix = GNSS_FIX_3D,
                             .velocity_enu_mps = {NAN, NAN, NAN}};
    gnss_fuse(core, &core->source[GNSS], &in);
}

/* Position without velocity and the other way round: their latencies have steps of their own. */
void measure_gnss_velocity(void)
{
    frame in = frame_of(GNSS, FRAME_GNSS);
    double latitude, longitude, height;
    ecef_to_geodetic(core->start.fix_ecef_m, &latitude, &longitude, &height);
    in.u.gnss = (frame_gnss){.latitude_rad = latitude,
                             .longitude_rad = longitude,
                             .height_m = height,
                             .h_acc_m = 1.0f,
                             .v_acc_m = 2.0f,
                             .speed_acc_mps = 0.1f,
                             .fix = GNSS_FIX_3D,
                             .velocity_enu_mps = {8.0f, -9.0f, 0.5f}};
    gnss_fuse(core, &core->source[GNSS], &in);
    caught[0] = caught[1];
    caught_count--;
}

void measure_speed(void)
{
    frame in = frame_of(WHEEL, FRAME_WHEEL);
    in.u.wheel = (frame_wheel){12.0f, {NAN, NAN, NAN, NAN}, NAN, NAN};
    wheel_fuse(core, &core->source[WHEEL], &in);
}

void measure_rest(void)
{
    frame in = frame_of(WHEEL, FRAME_WHEEL);
    in.u.wheel = (frame_wheel){0.0f, {NAN, NAN, NAN, NAN}, NAN, NAN};
    core->source[WHEEL].speed.still_since_ns = 1;
    wheel_fuse(core, &core->source[WHEEL], &in);
}

void measure_radar(void)
{
    frame in = frame_of(RADAR, FRAME_RADAR);
    radar_fuse(core, &core->source[RADAR], &in);
}

void measure_landmark(void)
{
    frame in = frame_of(CAMERA, FRAME_LANDMARKS);
    in.u.landmarks.count = 1;
    in.u.landmarks.landmarks[0] = (camera_landmark){
        .id = 7, .range_m = 20.0f, .sigma_rad = 0.005f, .sigma_range_m = 0.1f, .score = 1.0f};
    landmarks_fuse(core, &core->source[CAMERA], &in);
}

void measure_map_landmark(void)
{
    frame in = frame_of(CAMERA, FRAME_LANDMARKS);
    in.u.landmarks.count = 1;
    in.u.landmarks.landmarks[0] = (camera_landmark){.azimuth_rad = seen_bearing[0],
                                                    .elevation_rad = seen_bearing[1],
                                                    .range_m = NAN,
                                                    .sigma_rad = 0.005f,
                                                    .score = 1.0f,
                                                    .class_name = "pole"};
    landmarks_fuse(core, &core->source[CAMERA], &in);
}

/* Range on the ground and azimuth of the mark, as the radar has them. */
static float seen_return[2];

void see_return(void)
{
    const source_run *s = &core->source[RADAR];
    double away[3];
    vec3 d;
    mat3 turn;
    for (int i = 0; i < 3; i++)
        away[i] = mark.position_ecef_m[i] - core->f.position_ecef_m[i];
    vehicle_from_ecef(&core->f, away, d);
    glm_vec3_sub(d, core->source[RADAR].lever_m, d);
    radar_turn(s, (float)core->f.source[s->first_state + RADAR_YAW - STATE_SOURCES], turn);
    glm_mat3_mulv(turn, d, d);
    seen_return[0] = hypotf(d[0], d[1]);
    seen_return[1] = atan2f(d[1], d[0]);
}

/* A return of what has answered for long and does not move. */
void measure_return(void)
{
    frame in = frame_of(RADAR, FRAME_RADAR);
    measurement m;
    vec3 v;
    in.received_ns = in.stamp_ns + 40000000;
    radar_velocity(core, &core->source[RADAR], &m, v);
    in.u.radar.count = 1;
    in.u.radar.detections[0] =
        (radar_detection){.range_m = seen_return[0],
                          .azimuth_rad = seen_return[1],
                          .elevation_rad = NAN,
                          .doppler_mps = -(v[0] * cosf(seen_return[1]) + v[1] * sinf(seen_return[1])),
                          .rcs_dbsm = NAN,
                          .track_id = -1};
    map_returns_note(core, &core->source[RADAR], &in);
    for (int i = 0; i < RADAR_THINGS; i++)
        core->map.things.of[i].looks = core->map.things.of[i].seen_ns == in.stamp_ns ? 20.0f : 0.0f;
    map_returns_fuse(core, &core->source[RADAR], &in);
}

void measure_lanes(void)
{
    frame in = frame_of(CAMERA, FRAME_LANES);
    in.u.lanes.count = 2;
    for (int i = 0; i < 2; i++)
        in.u.lanes.lanes[i] = (camera_lane){.offset_m = i ? -1.7f : 1.9f,
                                            .curvature_1pm = 0.0f,
                                            .sigma_m = 2.0f,
                                            .score = 1.0f,
                                            .side = (uint8_t)(i ? LANE_SIDE_RIGHT : LANE_SIDE_LEFT)};
    map_lanes_fuse(core, &core->source[CAMERA], &in);
}

void measure_roadside(void)
{
    frame in = frame_of(ROADSIDE, FRAME_ROADSIDE);
    double height;
    ecef_to_geodetic(core->start.fix_ecef_m, &in.u.roadside.latitude_rad, &in.u.roadside.longitude_rad,
                     &height);
    in.u.roadside.sigma_m = 0.5f;
    in.u.roadside.sigma_heading_rad = 0.02f;
    in.u.roadside.heading_rad = 1.0f;
    roadside_fuse(core, &core->source[ROADSIDE], &in);
}

static float said_rad[3]; /* so that what it is off by is small, and its logarithm linear */
bool crossed;             /* the errors of its translation and its rotation have something in common */

void measure_odometry(void)
{
    frame in = frame_of(ODOMETRY, FRAME_ODOMETRY);
    in.u.odometry = (frame_odometry){.interval_ns = 100000000,
                                     .translation_m = {1.5f, 0.2f, -0.1f},
                                     .rotation_rad = {said_rad[0], said_rad[1], said_rad[2]},
                                     .covariance = {NAN}};
    for (int i = 0, at = 0; crossed && i < 6; i++) {
        for (int k = i; k < 6; k++, at++)
            in.u.odometry.covariance[at] = i == k ? (i < 3 ? 4e-4f : 1e-6f) * (1.0f + 0.1f * (float)i)
                                           : i < 3 && k > 2 ? 1e-5f * sinf((float)at)
                                                            : (i < 3 ? 1e-4f : 2e-7f) * cosf((float)at);
    }
    odometry_fuse(core, &core->source[ODOMETRY], &in);
}

void measure_constraints(void)
{
    frame in = frame_of(WHEEL, FRAME_WHEEL);
    core->constraint_ns = core->tilt_ns = INT64_MIN;
    vehicle_constrain(core, &in);
}

void innovations(void (*measure)(void), int state, double error, float out[MOST_CAUGHT][3])
{
    filter before = core->f;
    source_run runs[SOURCES];
    map_run on = core->map;
    memcpy(runs, core->source, sizeof runs);
    any_state_disturb(&core->f, state, error);
    caught_count = 0;
    measure();
    for (int k = 0; k < caught_count; k++)
        memcpy(out[k], caught[k].innovation, sizeof out[k]);
    core->f = before;
    core->map = on;
    memcpy(core->source, runs, sizeof runs);
}

double column(const measurement *m, int state, int row)
{
    double sum = 0.0;
    for (int i = 0; i < m->columns; i++)
        sum += m->index[i] == state ? (double)m->h[i][row] : 0.0;
    return sum;
}

void measure_odometry_as_expected(void)
{
    float off[MOST_CAUGHT][3];
    memset(said_rad, 0, sizeof said_rad);
    innovations(measure_odometry, STATE_POSITION, 0.0, off);
    for (int i = 0; i < 3; i++)
        said_rad[i] = -off[0][i];
}
