/*
 * A filter anywhere on earth, poles and date line included, in any attitude, with any biases, among a source
 * of each kind and a map around it; and what an error of one of its states is.
 */
#include "tests/fusion/any_state.h"

#include "fusion/core/core.h"
#include "fusion/sight/landmarks.h"
#include "fusion/sight/sight.h"
#include "tests/draws.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* Of a sequence of its own, so that the states of the other tests are as they were. */
static unsigned clone_seed;
static double uniform_clone(double low, double high)
{
    return low + (high - low) * rand_r(&clone_seed) / RAND_MAX;
}

static const char *const names[SOURCES] = {"gnss/a",   "imu/a",      "wheel/a",   "radar/a",
                                           "camera/a", "roadside/a", "odometry/a"};
static settings set;
fusion *core;

static void place_landmark(const double at[3], double r[3][3])
{
    const double ahead[3] = {draw_uniform(8.0, 40.0), draw_uniform(-15.0, 15.0), draw_uniform(-2.0, 5.0)};
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
map_mark mark = {.id = 7, .sigma_m = 0.03f, .section_sigma_m = 0.02f, .kind = MAP_CLASS_POLE};
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
bool on_map;
float seen_bearing[3];

static void to_world(const double at[3], double r[3][3], const double body[3], double out[3])
{
    rows_mulv(r, body, out);
    for (int i = 0; i < 3; i++)
        out[i] += at[i];
}

/* A bend of 25 m that begins behind, a point a metre, both bounds at a slant. */
static void place_map(const double at[3], double r[3][3])
{
    const double ahead[3] = {draw_uniform(8.0, 40.0), draw_uniform(-4.0, 4.0), draw_uniform(-1.0, 3.0)};
    const double lean = draw_uniform(-0.1, 0.1), radius = draw_uniform(25.0, 60.0);
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

void any_state_create(bool with_imu)
{
    fusion_sinks none = {0};
    settings_default(&set);
    for (int i = 0; i < SOURCES; i++) {
        source_settings *s = settings_add_source(&set, names[i]);
        s->mount = i == ODOMETRY
                       ? (mount_settings){1.7, 0.3, 1.4, 3, -5, 12}
                       : (mount_settings){draw_uniform(-1, 3), draw_uniform(-1, 1),   draw_uniform(0, 2),
                                          draw_uniform(-5, 5), draw_uniform(-10, 10), draw_uniform(-60, 60)};
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

void any_state_take(int round)
{
    static const double notable[][2] = {
        {pi / 2, 0.0}, {-pi / 2, 0.0}, {pi / 2 - 1e-7, 3.0}, {0.0, pi}, {0.6, -pi}, {1.5, 1.0}, {0.0, 0.0}};
    filter *f = &core->f;
    bool named = round < (int)(sizeof notable / sizeof *notable);
    double latitude = named ? notable[round][0] : draw_uniform(-1.5, 1.5);
    double longitude = named ? notable[round][1] : draw_uniform(-pi, pi),
           height = draw_uniform(-50.0, 3000.0);
    double at[3], local[3][3], level[3][3], q[4], body[4], v_enu[3], v[3];
    geodetic_to_ecef(latitude, longitude, height, at);
    enu_axes(latitude, longitude, local);
    for (int i = 0; i < 9; i++)
        level[i % 3][i / 3] = local[i / 3][i % 3];
    double yaw = draw_uniform(-pi, pi), speed = draw_uniform(5.0, 25.0);
    quat_from_rows(level, q);
    quat_from_euler(draw_uniform(-0.1, 0.1), draw_uniform(-0.1, 0.1), yaw, body);
    quat_mul(q, body, q);
    v_enu[0] = speed * cos(yaw);
    v_enu[1] = speed * sin(yaw);
    v_enu[2] = draw_uniform(-1.0, 1.0);
    rows_mulv_transposed(local, v_enu, v);
    filter_place(f, 1000000000, at, v, q);
    for (int i = 0; i < 3; i++) {
        f->gyro_bias[i] = f->model.gyro_missing[i] ? draw_uniform(-0.3, 0.3) : draw_uniform(-0.02, 0.02);
        f->accel_bias[i] = f->model.accel_missing ? draw_uniform(-2.0, 2.0) : draw_uniform(-0.1, 0.1);
    }
    for (int i = 0; i < 2; i++) {
        f->mount[i] = draw_uniform(-0.06, 0.06);
        covariance_reset(&f->p, STATE_MOUNT + i, 1e-3f);
    }
    filter_set_mount(f, f->mount[0], f->mount[1]);
    const int late = core->source[CAMERA].first_state + CAMERA_LATENCY - STATE_SOURCES;
    for (int i = 0; i < core->source[ODOMETRY].first_state - STATE_SOURCES; i++)
        f->source[i] = on_map && i == late ? 0.0 : draw_uniform(-0.02, 0.02); /* of products */
    core->source[GNSS].tried_ns = core->source[WHEEL].tried_ns = 1;
    f->source[core->source[GNSS].first_state + GNSS_LATENCY - STATE_SOURCES] = draw_uniform(0.02, 0.2);
    f->source[core->source[RADAR].first_state + RADAR_LATENCY - STATE_SOURCES] = draw_uniform(0.02, 0.2);
    f->source[core->source[WHEEL].first_state + WHEEL_LATENCY - STATE_SOURCES] = draw_uniform(0.02, 0.05);
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

void any_state_disturb(filter *f, int state, double error)
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

double any_state_step(int state, bool is_position)
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
