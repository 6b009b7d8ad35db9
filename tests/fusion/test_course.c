/*
 * What velocities in the vehicle's own axes do not say, whatever they are corrected by. Which way it heads,
 * and, without a gyro, that it does not turn.
 */
#include "fusion/core/core.h"
#include "fusion/core/initialize.h"
#include "fusion/motion/vehicle.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static settings set;
static fusion *core;
static const int turn = STATE_GYRO_BIAS + 2;

/* At the equator, x up, y east, z north: the vehicle's x axis points east, z up. */
static void setup(void)
{
    const fusion_sinks sinks = {0};
    const double speed[3] = {0, 22, 0};
    double r[3][3] = {{0, 0, 1}, {1, 0, 0}, {0, 1, 0}}, at[3], q[4];
    settings_default(&set);
    set.filter.side_slip_rad_per_mps2 = 0.0;
    settings_add_source(&set, "radar/front");
    core = fusion_create(&set, &sinks);
    geodetic_to_ecef(0.0, 0.0, 100.0, at);
    quat_from_rows(r, q);
    filter_place(&core->f, 1000000000, at, speed, q);
    core->running = true;
    initialize_covariance(core, 1.0f, 0.01f, 1e-4f, 1e-4f);
}

/* The heading is off by 0.4 rad, one sigma, and the velocity with it. */
static void lose_heading(void)
{
    covariance *p = &core->f.p;
    covariance_widen(p, STATE_ATTITUDE, 0.16f);
    covariance_widen(p, STATE_VELOCITY + 2, 0.16f * 22.0f * 22.0f); /* up x east = north */
    covariance_row(p, STATE_ATTITUDE)[STATE_VELOCITY + 2] += 0.16f * 22.0f;
    covariance_row(p, STATE_VELOCITY + 2)[STATE_ATTITUDE] += 0.16f * 22.0f;
}

static double uniform(uint32_t *random)
{
    *random = *random * 1664525u + 1013904223u;
    return (double)(*random >> 8) / 8388608.0 - 1.0;
}

/* Half a minute of a radar's scans, each off to the side by 0.3 m/s, one sigma; the vehicle moves to the side
 * by as much as it may. Without a gyro, and with one. */
START_TEST (velocity_in_its_own_axes_shows_no_heading) {
    uint32_t random = 7;
    setup();
    core->f.model.gyro_missing[2] = _i == 0;
    lose_heading();
    const double before = sqrt((double)initialize_heading_variance(core));
    for (int i = 0; i < 600; i++) {
        measurement m;
        projection j;
        vec3 at = {3.6f, 0.0f, 0.0f}, velocity;
        float s[3][3];
        measurement_start(&m, 3);
        vehicle_velocity(&core->f, at, &m, velocity);
        for (int k = 0; k < 3; k++) {
            m.innovation[k] = (float)(0.52 * uniform(&random));
            m.noise[k][k] = 0.09f;
        }
        for (int k = 0; k < 3; k++)
            core_widen(core, STATE_VELOCITY + k, 0.02f);
        covariance_project(&core->f.p, &m, &j);
        core_innovation_covariance(&m, &j, s);
        ck_assert(filter_fuse(&core->f, &m, &j, s));
    }
    ck_assert_double_gt(sqrt((double)initialize_heading_variance(core)), 0.9 * before);
    fusion_destroy(core);
}
END_TEST

/* Beside a gyro, whose bias would follow: corrections of a heading that is lost are no small turns. */
START_TEST (a_lost_heading_does_not_move_along) {
    setup();
    covariance_widen(&core->f.p, STATE_ATTITUDE, 0.3f);
    ck_assert(filter_turns_course(&core->f, &core->f.p, true));
    covariance_widen(&core->f.p, STATE_ATTITUDE, 0.1f);
    ck_assert(!filter_turns_course(&core->f, &core->f.p, true));
    ck_assert(filter_turns_course(&core->f, &core->f.p, false));
    fusion_destroy(core);
}
END_TEST

/* One sigma of the velocity to the side after the rear axle was held, m/s. */
static double side_after(float turn_sigma)
{
    const frame in = {.kind = FRAME_RADAR, .source = 0, .stamp_ns = 1000000000};
    setup();
    covariance_reset(&core->f.p, turn, turn_sigma * turn_sigma);
    for (int k = 0; k < 3; k++) {
        covariance_reset(&core->f.p, STATE_VELOCITY + k, 1.0f);
        covariance_reset(&core->f.p, STATE_ATTITUDE + k, 1e-8f);
    }
    vehicle_constrain(core, &in);
    double side = sqrt((double)covariance_at(&core->f.p, STATE_VELOCITY + 2, STATE_VELOCITY + 2));
    fusion_destroy(core);
    return side;
}

START_TEST (a_turn_that_nobody_knows_may_slip) {
    /* nothing turns: 0.05 m/s; 0.2 rad/s, of which nothing is known: 0.003 * 22^2 * 0.2 */
    ck_assert_double_lt(side_after(1e-4f), 0.06);
    ck_assert_double_gt(side_after(0.2f), 0.28);
}
END_TEST

/* One sigma of the velocity upwards after the rear axle was held so often, m/s. */
static double up_after(int times)
{
    setup();
    for (int k = 0; k < 3; k++) {
        covariance_reset(&core->f.p, STATE_VELOCITY + k, 1.0f);
        covariance_reset(&core->f.p, STATE_ATTITUDE + k, 1e-8f);
    }
    for (int i = 0; i < times; i++) {
        const frame in = {.kind = FRAME_RADAR, .source = 0, .stamp_ns = (i + 1) * 1000000000LL};
        vehicle_constrain(core, &in);
    }
    double up = sqrt((double)covariance_at(&core->f.p, STATE_VELOCITY, STATE_VELOCITY));
    fusion_destroy(core);
    return up;
}

/* Suspension: 0.1 m/s, each time anew; 0.25 deg that it is pitched by, 0.1 m/s at 22 m/s, for as long as it
 * brakes: thirty looks are hardly more than one at that. */
START_TEST (a_pitch_on_its_springs_lasts) {
    ck_assert_double_lt(up_after(1), 0.2);
    ck_assert_double_gt(up_after(30), 0.08);
}
END_TEST

/* What a bend of this many radians a second leaves the heading off by, rad, after so many seconds to the left
 * and then to the right. */
static double sigma_after(double rate, int left_s, int right_s)
{
    inertial_model gyro = {.turn_share = 0.01f};
    setup();
    filter_set_model(&core->f, &gyro, NULL, NULL);
    covariance_reset(&core->f.p, turn, 0.0f);
    for (int k = 0; k < 3; k++)
        covariance_reset(&core->f.p, STATE_ATTITUDE + k, 1e-12f);
    for (int i = 0; i < 10 * (left_s + right_s); i++) {
        inertial_input input = {.gyro_radps = {0, 0, i < 10 * left_s ? rate : -rate},
                                .accel_mps2 = {0, 0, 9.8}};
        filter_predict(&core->f, &input, 0.1);
    }
    double sigma = sqrt((double)initialize_heading_variance(core));
    fusion_destroy(core);
    return sigma;
}

/* A scale that is 1 % off, and what it turns by. */
START_TEST (a_bend_is_off_by_a_share_of_it) {
    ck_assert_double_eq_tol(sigma_after(0.5, 3, 0), 0.015, 0.004);  /* a corner */
    ck_assert_double_eq_tol(sigma_after(0.3, 15, 0), 0.045, 0.008); /* a ramp: as noise of 4 s it is 0.023 */
    ck_assert_double_lt(sigma_after(0.5, 3, 3), 0.03);              /* there and back */
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("course");
    tcase_add_loop_test(tcase, velocity_in_its_own_axes_shows_no_heading, 0, 2);
    tcase_add_test(tcase, a_lost_heading_does_not_move_along);
    tcase_add_test(tcase, a_turn_that_nobody_knows_may_slip);
    tcase_add_test(tcase, a_pitch_on_its_springs_lasts);
    tcase_add_test(tcase, a_bend_is_off_by_a_share_of_it);
    return run_cases("course", tcase);
}
