/*
 * Every measurement's H against the numeric derivative of its own innovation, and F against that of the
 * nominal propagation, at random states over the earth, poles and date line included.
 *
 * core_fuse is wrapped: it keeps the measurement instead of fusing it.
 */
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
#include "fusion/sight/camera_health.h"
#include "fusion/sight/landmarks.h"
#include "fusion/sight/sight.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATES = 40, MOST_CAUGHT = 4 };
static const unsigned seed = 31415;
static const double pi = 3.14159265358979323846;

static measurement caught[MOST_CAUGHT];
static int caught_count;
static bool as_fused; /* what it says that it has done */

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

static double uniform(double low, double high)
{
    return low + (high - low) * rand() / RAND_MAX;
}

/* Of a sequence of its own, so that the states of the other tests are as they were. */
static unsigned clone_seed;
static double uniform_clone(double low, double high)
{
    return low + (high - low) * rand_r(&clone_seed) / RAND_MAX;
}

/* ---- a core at a random state */

enum { GNSS, IMU, WHEEL, RADAR, CAMERA, ROADSIDE, ODOMETRY, SOURCES };
static const char *const names[SOURCES] = {"gnss/a",   "imu/a",      "wheel/a",   "radar/a",
                                           "camera/a", "roadside/a", "odometry/a"};
static settings set;
static fusion *core;

static void place_landmark(const double at[3], double r[3][3])
{
    const double ahead[3] = {uniform(8.0, 40.0), uniform(-15.0, 15.0), uniform(-2.0, 5.0)};
    double world[3], latitude, longitude, height;
    rows_mulv(r, ahead, world);
    for (int i = 0; i < 3; i++)
        world[i] += at[i];
    ecef_to_geodetic(world, &latitude, &longitude, &height);
    core->set.landmark_count = 1;
    core->set.landmarks[0] = (landmark_settings){.id = 7,
                                                 .latitude_deg = latitude * 180.0 / pi,
                                                 .longitude_deg = longitude * 180.0 / pi,
                                                 .height_m = height,
                                                 .sigma_m = 0.1};
}

/* A mark and a lane, placed anew around each state. */
enum { LINE_POINTS = 24 };
static double line_points[2 * LINE_POINTS][3];
static const uint32_t point_lines[2 * LINE_POINTS];
static map_mark mark = {.id = 7, .sigma_m = 0.03f, .section_sigma_m = 0.02f, .kind = MAP_CLASS_POLE};
static const map_line lines[2] = {
    {.id = 1, .first_point = 0, .point_count = LINE_POINTS, .type = MAP_LINE_DASHED},
    {.id = 2, .first_point = LINE_POINTS, .point_count = LINE_POINTS, .type = MAP_LINE_SOLID}};
static const map_lane lane = {.id = 3, .left_line = 0, .right_line = 1};
static map_tile tiles[2];
static const uint32_t zero_index[1];
static map_view map = {.points = (const double (*)[3])line_points,
                       .point_line = point_lines,
                       .marks = &mark,
                       .lines = lines,
                       .lanes = &lane,
                       .tiles = tiles,
                       .tile_marks = zero_index,
                       .tile_lanes = zero_index,
                       .point_count = 2 * LINE_POINTS,
                       .mark_count = 1,
                       .line_count = 2,
                       .lane_count = 1,
                       .tile_mark_count = 1,
                       .tile_lane_count = 1};
static bool on_map;
static float seen_bearing[3];

static void to_world(const double at[3], double r[3][3], const double body[3], double out[3])
{
    rows_mulv(r, body, out);
    for (int i = 0; i < 3; i++)
        out[i] += at[i];
}

/* A bend of 25 m that begins behind, a point a metre, both bounds at a slant. */
static void place_map(const double at[3], double r[3][3])
{
    const double ahead[3] = {uniform(8.0, 40.0), uniform(-4.0, 4.0), uniform(-1.0, 3.0)};
    const double lean = uniform(-0.1, 0.1), radius = uniform(25.0, 60.0);
    to_world(at, r, ahead, mark.position_ecef_m);
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < LINE_POINTS; i++) {
            double x = i - 11.3, y = (side ? -1.7 : 1.9) + lean * x + x * x / (2.0 * radius);
            const double body[3] = {x, y, -0.4};
            to_world(at, r, body, line_points[side * LINE_POINTS + i]);
        }
    }
    uint64_t keys[2] = {map_tile_key(mark.position_ecef_m), map_tile_key(at)};
    int own = keys[0] > keys[1];
    map.tile_count = keys[0] == keys[1] ? 1 : 2;
    memset(tiles, 0, sizeof tiles);
    tiles[own] = (map_tile){.key = keys[0], .mark_count = 1};
    int lane_tile = map.tile_count == 1 ? own : 1 - own;
    tiles[lane_tile].key = keys[1];
    tiles[lane_tile].lane_count = 1;
}

static void create(bool with_imu)
{
    fusion_sinks none = {0};
    settings_default(&set);
    for (int i = 0; i < SOURCES; i++) {
        source_settings *s = settings_add_source(&set, names[i]);
        s->mount = i == ODOMETRY ? (mount_settings){1.7, 0.3, 1.4, 3, -5, 12}
                                 : (mount_settings){uniform(-1, 3), uniform(-1, 1),   uniform(0, 2),
                                                    uniform(-5, 5), uniform(-10, 10), uniform(-60, 60)};
        s->enabled = i != IMU || with_imu;
        if (s->kind == SOURCE_CAMERA)
            s->of.camera.field_deg = 90.0;
        if (s->kind == SOURCE_RADAR)
            s->of.radar.field_deg = 180.0;
    }
    core = fusion_create_on_map(&set, &none, on_map ? &map : NULL);
    ck_assert_ptr_nonnull(core);
    if (!with_imu)
        return;
    inertial_model imu = {.gyro_psd = 1e-6f, .accel_psd = 1e-3f};
    for (int i = 0; i < 3; i++) {
        imu.gyro_sigma[i] = 0.02f;
        imu.accel_sigma[i] = 0.2f;
    }
    filter_set_model(&core->f, &imu, NULL, NULL);
    core->f.considered = 0; /* what an accelerometer changes besides */
}

/* Half a second of motion, so that there is a past to be late about. */
static void move_about(void)
{
    inertial_input in;
    for (int k = 0; k < 100; k++) {
        double t = 0.005 * k;
        for (int i = 0; i < 3; i++) {
            in.gyro_radps[i] = (i == 2 ? 0.5 : 0.1) * sin(3.0 * t + i);
            in.accel_mps2[i] = (i == 2 ? 9.8 : 0.0) + 2.0 * sin(2.0 * t + 2.0 * i);
        }
        filter_predict(&core->f, &in, 0.005);
    }
}

/* The pose that the increment begins at: some 2 m back, and turned. */
static void random_clone(void)
{
    source_run *s = &core->source[ODOMETRY];
    filter_clone *k = &core->f.clone[s->odometry.clone];
    const double turned[3] = {uniform_clone(-0.1, 0.1), uniform_clone(-0.1, 0.1), uniform_clone(-0.1, 0.1)};
    double dq[4];
    filter_take_clone(&core->f, k);
    k->stamp_ns = 1900000000;
    for (int i = 0; i < 3; i++)
        k->position_ecef_m[i] += uniform_clone(-2.0, 2.0);
    quat_exp(turned, dq);
    quat_mul(dq, k->q_b_ecef, k->q_b_ecef);
    s->odometry.scale_set = s->odometry.scale_known = true;
    for (int i = 0; i < ODOMETRY_CLONE; i++)
        core->f.source[s->first_state - STATE_SOURCES + i] = uniform_clone(-0.05, 0.05);
    core->f.source[s->first_state - STATE_SOURCES + ODOMETRY_BEND] = uniform_clone(-1e-4, 1e-4);
}

/* Latitudes of note come first. */
static void random_state(int round)
{
    static const double notable[][2] = {
        {pi / 2, 0.0}, {-pi / 2, 0.0}, {pi / 2 - 1e-7, 3.0}, {0.0, pi}, {0.6, -pi}, {1.5, 1.0}, {0.0, 0.0}};
    filter *f = &core->f;
    bool named = round < (int)(sizeof notable / sizeof *notable);
    double latitude = named ? notable[round][0] : uniform(-1.5, 1.5);
    double longitude = named ? notable[round][1] : uniform(-pi, pi), height = uniform(-50.0, 3000.0);
    double at[3], local[3][3], level[3][3], q[4], body[4], v_enu[3], v[3];
    geodetic_to_ecef(latitude, longitude, height, at);
    enu_axes(latitude, longitude, local);
    for (int i = 0; i < 9; i++)
        level[i % 3][i / 3] = local[i / 3][i % 3];
    double yaw = uniform(-pi, pi), speed = uniform(5.0, 25.0);
    quat_from_rows(level, q);
    quat_from_euler(uniform(-0.1, 0.1), uniform(-0.1, 0.1), yaw, body);
    quat_mul(q, body, q);
    v_enu[0] = speed * cos(yaw);
    v_enu[1] = speed * sin(yaw);
    v_enu[2] = uniform(-1.0, 1.0);
    rows_mulv_transposed(local, v_enu, v);
    filter_place(f, 1000000000, at, v, q);
    for (int i = 0; i < 3; i++) {
        f->gyro_bias[i] = f->model.gyro_missing[i] ? uniform(-0.3, 0.3) : uniform(-0.02, 0.02);
        f->accel_bias[i] = f->model.accel_missing ? uniform(-2.0, 2.0) : uniform(-0.1, 0.1);
    }
    for (int i = 0; i < 2; i++) {
        f->mount[i] = uniform(-0.06, 0.06);
        covariance_reset(&f->p, STATE_MOUNT + i, 1e-3f);
    }
    filter_set_mount(f, f->mount[0], f->mount[1]);
    const int late = core->source[CAMERA].first_state + CAMERA_LATENCY - STATE_SOURCES;
    for (int i = 0; i < core->source[ODOMETRY].first_state - STATE_SOURCES; i++)
        f->source[i] = on_map && i == late ? 0.0 : uniform(-0.02, 0.02); /* of products */
    core->source[GNSS].tried_ns = core->source[WHEEL].tried_ns = 1;
    f->source[core->source[GNSS].first_state + GNSS_LATENCY - STATE_SOURCES] = uniform(0.02, 0.2);
    f->source[core->source[RADAR].first_state + RADAR_LATENCY - STATE_SOURCES] = uniform(0.02, 0.2);
    f->source[core->source[WHEEL].first_state + WHEEL_LATENCY - STATE_SOURCES] = uniform(0.02, 0.05);
    move_about();
    random_clone();
    place_landmark(f->position_ecef_m, f->r_b_ecef);
    if (on_map) {
        measurement m;
        sight from;
        place_map(f->position_ecef_m, f->r_b_ecef);
        core->map.lane_merged = 0;
        f->source[core->source[RADAR].first_state + RADAR_STAMP - STATE_SOURCES] = 0.0; /* of products */
        for (int i = 0; i < 3; i++)
            covariance_reset(&f->p, core->source[CAMERA].first_state + CAMERA_TURN + i, 1e-6f);
        core->map.held_ns = f->stamp_ns; /* tied to the map already */
        core->map.tied = 1000;
        for (int i = 0; i < STATE_SOURCES; i++) /* sure enough that there is no question what is seen */
            covariance_reset(&f->p, i, 1e-6f);
        camera_sight(core, &core->source[CAMERA], &from);
        ck_assert(landmark_predict(&from, mark.position_ecef_m, &m, seen_bearing));
    }
    core->running = core->height_known = true;
}

/* ---- errors, by the convention of the filter: R <- exp(psi) R, all else is added */

/* A clone's states are of what has happened since: where the pose goes it goes along, else it goes back. */
static void disturb_clone(filter_clone *k, int state, double error)
{
    bool since = state >= k->first && state < k->first + 6;
    int i = since ? state - k->first : state < STATE_VELOCITY ? state : state - STATE_ATTITUDE + 3;
    double psi[3] = {0}, dq[4];
    if (since)
        error = -error;
    else if (state >= STATE_GYRO_BIAS || (state >= STATE_VELOCITY && state < STATE_ATTITUDE))
        return;
    if (i < 3) {
        k->position_ecef_m[i] += error;
        return;
    }
    psi[i - 3] = error;
    quat_exp(psi, dq);
    quat_mul(dq, k->q_b_ecef, k->q_b_ecef);
}

static void disturb(filter *f, int state, double error)
{
    double psi[3] = {0}, dq[4];
    for (int i = 0; i < f->clone_count; i++)
        disturb_clone(&f->clone[i], state, error);
    if (state < STATE_VELOCITY) {
        f->position_ecef_m[state - STATE_POSITION] += error;
    } else if (state < STATE_ATTITUDE) {
        f->velocity_ecef_mps[state - STATE_VELOCITY] += error;
    } else if (state < STATE_GYRO_BIAS) {
        psi[state - STATE_ATTITUDE] = error;
        quat_exp(psi, dq);
        quat_mul(dq, f->q_b_ecef, f->q_b_ecef);
        quat_to_rows(f->q_b_ecef, f->r_b_ecef);
    } else if (state < STATE_ACCEL_BIAS) {
        f->gyro_bias[state - STATE_GYRO_BIAS] += error;
        f->rate_b[state - STATE_GYRO_BIAS] -= error;
    } else if (state < STATE_MOUNT) {
        f->accel_bias[state - STATE_ACCEL_BIAS] += error;
    } else if (state < STATE_SOURCES) {
        f->mount[state - STATE_MOUNT] += error;
        filter_set_mount(f, f->mount[0], f->mount[1]);
    } else {
        f->source[state - STATE_SOURCES] += error;
    }
}

/* A latency's step is that over which accelerations are averaged; a position's is smooth. */
static double step_of(int state, bool is_position)
{
    const int late[] = {core->source[GNSS].first_state + GNSS_LATENCY, core->source[GNSS].first_state + 4,
                        core->source[RADAR].first_state + RADAR_LATENCY,
                        core->source[WHEEL].first_state + WHEEL_LATENCY};
    for (int i = 0; i < 4; i++) {
        if (state == late[i])
            return is_position ? 0.002 : 0.025;
    }
    return state < STATE_VELOCITY    ? 0.02
           : state < STATE_ATTITUDE  ? 0.05
           : state < STATE_GYRO_BIAS ? 5e-3
                                     : 5e-3;
}

/* ---- the measurements */

static frame frame_of(int source, frame_kind kind)
{
    frame in;
    memset(&in, 0, sizeof in);
    in.stamp_ns = in.received_ns = 2000000000;
    in.source = (uint16_t)source;
    in.kind = (uint8_t)kind;
    return in;
}

static void measure_gnss(void)
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
static void measure_gnss_velocity(void)
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

static void measure_speed(void)
{
    frame in = frame_of(WHEEL, FRAME_WHEEL);
    in.u.wheel = (frame_wheel){12.0f, {NAN, NAN, NAN, NAN}, NAN, NAN};
    wheel_fuse(core, &core->source[WHEEL], &in);
}

static void measure_rest(void)
{
    frame in = frame_of(WHEEL, FRAME_WHEEL);
    in.u.wheel = (frame_wheel){0.0f, {NAN, NAN, NAN, NAN}, NAN, NAN};
    core->source[WHEEL].speed.still_since_ns = 1;
    wheel_fuse(core, &core->source[WHEEL], &in);
}

static void measure_radar(void)
{
    frame in = frame_of(RADAR, FRAME_RADAR);
    radar_fuse(core, &core->source[RADAR], &in);
}

static void measure_landmark(void)
{
    frame in = frame_of(CAMERA, FRAME_LANDMARKS);
    in.u.landmarks.count = 1;
    in.u.landmarks.landmarks[0] = (camera_landmark){
        .id = 7, .range_m = 20.0f, .sigma_rad = 0.005f, .sigma_range_m = 0.1f, .score = 1.0f};
    landmarks_fuse(core, &core->source[CAMERA], &in);
}

static void measure_map_landmark(void)
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

static void see_return(void)
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
static void measure_return(void)
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

static void measure_lanes(void)
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

static void measure_roadside(void)
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
static bool crossed;      /* the errors of its translation and its rotation have something in common */

static void measure_odometry(void)
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

static void measure_constraints(void)
{
    frame in = frame_of(WHEEL, FRAME_WHEEL);
    core->constraint_ns = core->tilt_ns = INT64_MIN;
    vehicle_constrain(core, &in);
}

/* ---- comparison */

static double wrapped(double d) /* of angles; others are far below pi */
{
    return fabs(d) > pi ? remainder(d, 2.0 * pi) : d;
}

static void innovations(void (*measure)(void), int state, double error, float out[MOST_CAUGHT][3]);

static void say_what_is_expected(void)
{
    float off[MOST_CAUGHT][3];
    memset(said_rad, 0, sizeof said_rad);
    innovations(measure_odometry, STATE_POSITION, 0.0, off);
    for (int i = 0; i < 3; i++)
        said_rad[i] = -off[0][i];
}

/* The k-th measurement's innovations with the state disturbed. */
static void innovations(void (*measure)(void), int state, double error, float out[MOST_CAUGHT][3])
{
    filter before = core->f;
    source_run runs[SOURCES];
    map_run on = core->map;
    memcpy(runs, core->source, sizeof runs);
    disturb(&core->f, state, error);
    caught_count = 0;
    measure();
    for (int k = 0; k < caught_count; k++)
        memcpy(out[k], caught[k].innovation, sizeof out[k]);
    core->f = before;
    core->map = on;
    memcpy(core->source, runs, sizeof runs);
}

static double column(const measurement *m, int state, int row)
{
    double sum = 0.0;
    for (int i = 0; i < m->columns; i++)
        sum += m->index[i] == state ? (double)m->h[i][row] : 0.0;
    return sum;
}

static double largest_of_row(const measurement *m, int row)
{
    double most = 0.0;
    for (int i = 0; i < m->columns; i++)
        most = fmax(most, fabs((double)m->h[i][row]));
    return most;
}

/* What a state does to an innovation, by both sides. */
static void numeric_of(void (*measure)(void), int state, double step, int expected,
                       double out[MOST_CAUGHT][3])
{
    float above[MOST_CAUGHT][3], below[MOST_CAUGHT][3];
    innovations(measure, state, step, above);
    innovations(measure, state, -step, below);
    for (int k = 0; k < expected; k++) {
        for (int row = 0; row < 3; row++)
            out[k][row] = -wrapped((double)above[k][row] - (double)below[k][row]) / (2.0 * step);
    }
}

/* The same, but that of a turn only a share tells how late a picture is. */
static void numeric_late(void (*measure)(void), int state, double step, int expected,
                         double out[MOST_CAUGHT][3])
{
    double still[MOST_CAUGHT][3], before[3];
    vec3 rate;
    vehicle_rate(&core->f, rate);
    memcpy(before, core->f.rate_b, sizeof before);
    memset(core->f.rate_b, 0, sizeof core->f.rate_b);
    numeric_of(measure, state, step, expected, still);
    memcpy(core->f.rate_b, before, sizeof before);
    for (int k = 0; k < expected; k++) {
        for (int row = 0; row < 3; row++)
            out[k][row] = still[k][row] + (double)sight_turn_tells(rate) * (out[k][row] - still[k][row]);
    }
}

/* A latency that is considered is no column of a GNSS position, nor of what a camera sees. */
static bool is_considered(int state)
{
    const bool camera = core->map.view && state == core->source[CAMERA].first_state + CAMERA_LATENCY;
    return (camera || state == core->source[GNSS].first_state + GNSS_LATENCY) &&
           core->f.considered >> state & 1;
}

/* `tolerance` is relative to the row's largest entry. */
static void compare(const char *what, void (*measure)(void), int expected, bool is_position, double tolerance)
{
    measurement seen[MOST_CAUGHT];
    float zero[MOST_CAUGHT][3];
    double does[MOST_CAUGHT][3];
    innovations(measure, STATE_POSITION, 0.0, zero);
    ck_assert_msg(caught_count == expected, "%s: %d measurements", what, caught_count);
    memcpy(seen, caught, sizeof seen);
    /* errors of the map are considered: nothing moves with them but the covariance */
    const int last = core->map.view ? core->map.first_state : core->f.p.n;
    for (int state = 0; state < last; state++) {
        double step = step_of(state, is_position);
        numeric_of(measure, state, step, expected, does);
        if (core->map.view && state == core->source[CAMERA].first_state + CAMERA_LATENCY)
            numeric_late(measure, state, step, expected, does);
        for (int k = 0; k < expected; k++) {
            for (int row = 0; row < seen[k].dim; row++) {
                if ((is_position || core->map.view) && is_considered(state)) /* gnss_latency_doubt */
                    continue;
                double numeric = does[k][row];
                double off = column(&seen[k], state, row) - numeric;
                double scale = largest_of_row(&seen[k], row);
                ck_assert_msg(fabs(off) <= tolerance * scale,
                              "%s %d, row %d, state %d: %g, numeric %g (largest %g)", what, k, row, state,
                              numeric + off, numeric, scale);
            }
        }
    }
}

static void compare_all(bool with_imu)
{
    srand(seed);
    for (int round = 0; round < STATES; round++) {
        create(with_imu);
        random_state(round);
        memcpy(core->start.fix_ecef_m, core->f.position_ecef_m, sizeof core->start.fix_ecef_m);
        /* of the turn over the latency the second order is left out */
        compare("GNSS position", measure_gnss, 1, true, 1e-2);
        compare("GNSS velocity", measure_gnss_velocity, 1, false, 1e-2);
        compare("wheel speed", measure_speed, 1, false, 1e-3);
        compare("standstill", measure_rest, 2, false, 1e-3);
        compare("radar", measure_radar, 1, false, 5e-3);
        compare("landmark", measure_landmark, 1, true, 2e-3);
        compare("roadside", measure_roadside, 2, true, 1e-3);
        say_what_is_expected();
        compare("odometry", measure_odometry, 2, false, 1e-3);
        compare("constraints", measure_constraints, with_imu ? 1 : 2, false, 1e-3);
        fusion_destroy(core);
    }
}

/* ---- errors that rotation and translation of one increment share */

static void invert(int n, double a[6][6], double out[6][6])
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            out[i][j] = i == j;
    }
    for (int k = 0; k < n; k++) { /* Gauss and Jordan; the matrix is positive definite */
        double pivot = a[k][k];
        for (int j = 0; j < n; j++) {
            a[k][j] /= pivot;
            out[k][j] /= pivot;
        }
        for (int i = 0; i < n; i++) {
            double factor = i == k ? 0.0 : a[i][k];
            for (int j = 0; j < n; j++) {
                a[i][j] -= factor * a[k][j];
                out[i][j] -= factor * out[k][j];
            }
        }
    }
}

/* H' N^-1 H of a stack of rows, and H' N^-1 v. */
typedef struct {
    int rows;
    double h[6][STATE_MAX], v[6], noise[6][6];
} stack;

static void put(stack *to, const measurement *m)
{
    for (int row = 0; row < 3; row++) {
        for (int state = 0; state < core->f.p.n; state++)
            to->h[to->rows + row][state] = column(m, state, row);
        to->v[to->rows + row] = (double)m->innovation[row];
        for (int k = 0; k < 3; k++)
            to->noise[to->rows + row][to->rows + k] = (double)m->noise[row][k];
    }
    to->rows += 3;
}

static void add_information(stack *of, double information[STATE_MAX][STATE_MAX], double vector[STATE_MAX])
{
    double inverse[6][6];
    invert(of->rows, of->noise, inverse);
    for (int i = 0; i < core->f.p.n; i++) {
        for (int a = 0; a < of->rows; a++) {
            for (int b = 0; b < of->rows; b++) {
                double weighted = of->h[a][i] * inverse[a][b];
                vector[i] += weighted * of->v[b];
                for (int j = 0; j < core->f.p.n; j++)
                    information[i][j] += weighted * of->h[b][j];
            }
        }
    }
}

/* What the rotation and the rest of the translation say is what both say as one measurement of six values. */
START_TEST (shared_errors_count_once) {
    static double together[STATE_MAX][STATE_MAX], apart[STATE_MAX][STATE_MAX];
    float ignored[MOST_CAUGHT][3];
    srand(seed);
    for (int round = 0; round < STATES; round++) {
        double both[STATE_MAX] = {0}, one_by_one[STATE_MAX] = {0};
        stack whole = {0}, rotation = {0}, rest = {0};
        create(true);
        random_state(round);
        memset(together, 0, sizeof together);
        memset(apart, 0, sizeof apart);
        crossed = true;
        innovations(measure_odometry, STATE_POSITION, 0.0, ignored); /* translation as it is */
        put(&whole, &caught[1]);
        put(&whole, &caught[0]);
        for (int i = 0, at = 0; i < 6; i++) {
            for (int k = i; k < 6; k++, at++) {
                if (i < 3 && k > 2)
                    whole.noise[i][k] = whole.noise[k][i] = (double)(1e-5f * sinf((float)at));
            }
        }
        as_fused = true;
        innovations(measure_odometry, STATE_POSITION, 0.0, ignored);
        put(&rotation, &caught[0]);
        put(&rest, &caught[1]);
        as_fused = crossed = false;
        add_information(&whole, together, both);
        add_information(&rotation, apart, one_by_one);
        add_information(&rest, apart, one_by_one);
        for (int i = 0; i < core->f.p.n; i++) {
            double scale = sqrt(together[i][i]) + 1e-3; /* some 70 sigmas of the translation are said */
            ck_assert_double_eq_tol(one_by_one[i] / scale, both[i] / scale, 0.1);
            for (int j = 0; j < core->f.p.n; j++)
                ck_assert_double_eq_tol(apart[i][j], together[i][j],
                                        1e-3 * scale * (sqrt(together[j][j]) + 1e-3));
        }
        fusion_destroy(core);
    }
}
END_TEST

/* The columns of the map's own error are minus those of the place. */
static void check_survey_columns(void)
{
    float out[MOST_CAUGHT][3];
    innovations(measure_map_landmark, STATE_POSITION, 0.0, out);
    for (int slot = 0; slot < 2; slot++) {
        for (int i = 0; i < 3; i++) {
            for (int row = 0; row < 2; row++)
                ck_assert_double_eq(column(&caught[0], core->map.first_state + 3 * slot + i, row),
                                    -column(&caught[0], STATE_POSITION + i, row));
        }
    }
}

START_TEST (measurements_on_a_map) {
    srand(seed);
    on_map = true;
    for (int round = 0; round < STATES; round++) {
        create(round % 2);
        random_state(round);
        compare("landmark of the map", measure_map_landmark, 1, true, 2e-3);
        see_return();
        compare("return of the map", measure_return, 1, true, 3e-3);
        /* the cut runs over chords of a metre: direction and curvature are of them */
        compare("lane lines", measure_lanes, 2, true, 3e-2);
        check_survey_columns();
        fusion_destroy(core);
    }
    on_map = false;
}
END_TEST

START_TEST (measurements_without_imu) {
    compare_all(false);
}
END_TEST

START_TEST (measurements_with_imu) {
    compare_all(true);
}
END_TEST

/* ---- F */

/* Column `state` of F: with P = e e' and no noise, F P F' is that column times itself; its own entry is
 * positive. */
static void transition_column(const filter *f, const inertial_input *input, double dt, int state,
                              double out[STATE_MAX])
{
    static float storage[STATE_MAX * STATE_MAX] __attribute__((aligned(16)));
    filter g = *f;
    covariance_init(&g.p, f->p.n, storage);
    covariance_reset(&g.p, state, 1.0f);
    filter_predict(&g, input, dt);
    double own = sqrt((double)covariance_at(&g.p, state, state));
    for (int i = 0; i < g.p.n; i++)
        out[i] = (double)covariance_at(&g.p, i, state) / own;
}

/* The small turn that makes `a` of `b`. */
static void turned_by(const double a[4], const double b[4], double out[3])
{
    const double back[4] = {-b[0], -b[1], -b[2], b[3]};
    double dq[4];
    quat_mul(a, back, dq);
    for (int i = 0; i < 3; i++)
        out[i] = 2.0 * dq[i] * (dq[3] < 0.0 ? -1.0 : 1.0);
}

/* Where a disturbed filter is one step later, less where the undisturbed one is. */
static void numeric_column(const filter *f, const inertial_input *input, double dt, int state,
                           double out[STATE_MAX])
{
    static float storage[2][STATE_MAX * STATE_MAX] __attribute__((aligned(16)));
    filter side[2] = {*f, *f};
    const double step = step_of(state, false);
    for (int k = 0; k < 2; k++) {
        covariance_init(&side[k].p, f->p.n, storage[k]);
        disturb(&side[k], state, k ? step : -step);
        filter_predict(&side[k], input, dt);
    }
    turned_by(side[1].q_b_ecef, side[0].q_b_ecef, out + STATE_ATTITUDE);
    for (int i = 0; i < 3; i++) {
        out[STATE_POSITION + i] = side[1].position_ecef_m[i] - side[0].position_ecef_m[i];
        out[STATE_VELOCITY + i] = side[1].velocity_ecef_mps[i] - side[0].velocity_ecef_mps[i];
        out[STATE_GYRO_BIAS + i] = side[1].gyro_bias[i] - side[0].gyro_bias[i];
        out[STATE_ACCEL_BIAS + i] = side[1].accel_bias[i] - side[0].accel_bias[i];
    }
    for (int i = 0; i < 2; i++)
        out[STATE_MOUNT + i] = side[1].mount[i] - side[0].mount[i];
    for (int i = STATE_SOURCES; i < f->p.n; i++)
        out[i] = side[1].source[i - STATE_SOURCES] - side[0].source[i - STATE_SOURCES];
    const filter_clone *now = &side[1].clone[0], *before = &side[0].clone[0];
    double *since = out + now->first, turned[3];
    turned_by(now->q_b_ecef, before->q_b_ecef, turned);
    for (int i = 0; i < 3; i++) {
        since[i] = out[STATE_POSITION + i] - (now->position_ecef_m[i] - before->position_ecef_m[i]);
        since[i + 3] = out[STATE_ATTITUDE + i] - turned[i];
    }
    for (int i = 0; i < f->p.n; i++)
        out[i] /= 2.0 * step;
}

/* What is left out on purpose is below this: dt^2 terms (force dt^2 / 2), earth rate times dt, gravity's
 * gradient. */
static double left_out(int row, double dt)
{
    const int since = row - core->f.clone[0].first;
    if (since >= 0 && since < 6)
        row = since < 3 ? STATE_POSITION : STATE_ATTITUDE;
    return row < STATE_VELOCITY    ? 0.5 * 15.0 * dt * dt
           : row < STATE_GYRO_BIAS ? 2e-4 * dt + 0.5 * 15.0 * dt * dt
                                   : 0.0;
}

static void compare_transition(bool with_imu)
{
    srand(seed);
    for (int round = 0; round < STATES; round++) {
        const double dt = round % 2 ? 0.005 : 0.02;
        inertial_input in = {{0.2, -0.1, 0.4}, {1.0, -2.0, 10.0}};
        create(with_imu);
        random_state(round);
        filter *f = &core->f;
        f->slow_age_s = round % 3 ? 0.0 : 0.06; /* with and without the slow states' step */
        f->model.gyro_psd = f->model.accel_psd = 0.0f;
        memset(f->model.gyro_walk, 0, sizeof f->model.gyro_walk);
        memset(f->model.accel_walk, 0, sizeof f->model.accel_walk);
        for (int i = 0; i < f->p.n - STATE_SOURCES; i++)
            f->slow[i].stationary = f->slow[i].walk = 0.0f;
        for (int state = 0; state < f->p.n; state++) {
            double fast[STATE_MAX], numeric[STATE_MAX];
            transition_column(f, &in, dt, state, fast);
            numeric_column(f, &in, dt, state, numeric);
            for (int i = 0; i < f->p.n; i++)
                ck_assert_msg(fabs(fast[i] - numeric[i]) <= left_out(i, dt) + 1e-5 + 1e-3 * fabs(numeric[i]),
                              "F[%d][%d]: %g, numeric %g (dt %g)", i, state, fast[i], numeric[i], dt);
        }
        fusion_destroy(core);
    }
}

START_TEST (transition_with_imu) {
    compare_transition(true);
}
END_TEST

START_TEST (transition_without_imu) {
    compare_transition(false);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("jacobians");
    TCase *cases = tcase_create("jacobians");
    printf("seed %u\n", seed);
    tcase_set_timeout(cases, 120.0);
    tcase_add_test(cases, measurements_with_imu);
    tcase_add_test(cases, measurements_without_imu);
    tcase_add_test(cases, measurements_on_a_map);
    tcase_add_test(cases, shared_errors_count_once);
    tcase_add_test(cases, transition_with_imu);
    tcase_add_test(cases, transition_without_imu);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
