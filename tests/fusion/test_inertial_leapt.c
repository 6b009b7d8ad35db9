/*
 * What follows when a gyro, or the yaw rate of wheels, has leapt: it is BIASED, its bias goes along, the
 * heading does not.
 */
#include "fusion/core/core.h"
#include "fusion/inertial/inertial.h"
#include "fusion/integrity/shift_judge.h"
#include "fusion/motion/wheels.h"
#include "tests/draws.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

enum { IMU, WHEEL };

static settings set;
static fusion *core;
static double up[3]; /* in b-axes */
static uint64_t draws;

/* At rest on the equator, facing somewhere; nothing drives it yet. */
static void setup(void)
{
    const fusion_sinks none = {0};
    const double axes[4] = {0, 0.70710678, 0, 0.70710678}, still[3] = {0, 0, 0}; /* z is up */
    double at[3];
    settings_default(&set);
    settings_add_source(&set, "imu/main");
    settings_add_source(&set, "wheel/can");
    core = fusion_create(&set, &none);
    geodetic_to_ecef(0.0, 0.0, 100.0, at);
    filter_place(&core->f, 1000000000, at, still, axes);
    rows_mulv_transposed(core->f.r_b_ecef, core->f.r_enu_ecef[2], up);
    for (int i = 0; i < 3; i++) {
        covariance_reset(&core->f.p, STATE_VELOCITY + i, 0.01f);
        covariance_reset(&core->f.p, STATE_ATTITUDE + i, 1e-6f);
        core->saved_gyro_bias[IMU][i] = core->saved_gyro_bias[WHEEL][i] = 0.0;
    }
    core->applied_ns = core->f.stamp_ns;
    core->running = true;
    draws = 1;
}

static void teardown(void)
{
    fusion_destroy(core);
}

static void take_imu(int64_t stamp_ns, double rate)
{
    frame f = {.kind = FRAME_IMU, .source = IMU, .stamp_ns = stamp_ns};
    for (int i = 0; i < 3; i++) {
        f.u.imu.gyro_radps[i] = (float)((i == 2 ? rate : 0.0) + draw_noise(&draws, 0.0009));
        f.u.imu.accel_mps2[i] = (float)(9.78 * up[i]);
    }
    inertial_take(core, &core->source[IMU], &f);
}

static void take_wheels(int64_t stamp_ns, double rate)
{
    frame f = {.kind = FRAME_WHEEL, .source = WHEEL, .stamp_ns = stamp_ns};
    f.u.wheel = (frame_wheel){.yaw_rate_radps = (float)(rate + draw_noise(&draws, 0.002))};
    inertial_take(core, &core->source[WHEEL], &f);
    inertial_turn_take(core, &core->source[WHEEL], &f);
    inertial_advance(core, stamp_ns);
    wheel_fuse(core, &core->source[WHEEL], &f);
}

/* All stands for so long; each has its rate, NAN: it is silent, and so often a second (divisors of 100). */
typedef struct {
    double imu, wheel;
    int imu_hz, wheel_hz;
} rates;

static void go(double time_s, rates r)
{
    for (int k = 0; k < (int)(time_s * 100.0 + 0.5); k++) {
        const int64_t stamp_ns = core->f.stamp_ns / 10000000 * 10000000 + 10000000;
        const int64_t tick = stamp_ns / 10000000;
        if (r.imu_hz && tick % (100 / r.imu_hz) == 0)
            take_imu(stamp_ns, r.imu);
        if (r.wheel_hz && tick % (100 / r.wheel_hz) == 0)
            take_wheels(stamp_ns, r.wheel);
        inertial_advance(core, stamp_ns);
        core->applied_ns = stamp_ns;
        if (tick % 10 == 0) {
            inertial_turn_look(core, stamp_ns);
            shift_tick(core, stamp_ns, 0.1f);
        }
    }
}

static double heading(void)
{
    double forward[2];
    for (int k = 0; k < 2; k++) {
        forward[k] = 0.0;
        for (int i = 0; i < 3; i++)
            forward[k] += core->f.r_enu_ecef[k][i] * core->f.r_b_ecef[i][0];
    }
    return atan2(forward[1], forward[0]);
}

static bool biased(int source)
{
    return fault_is_raised(&core->source[source].faults, FAULT_BIASED);
}

static double bias_sigma(void)
{
    return sqrt((double)covariance_at(&core->f.p, STATE_GYRO_BIAS + 2, STATE_GYRO_BIAS + 2));
}

/* The gyro's bias is known as after a while; the IMU drives. */
static void know_bias(void)
{
    for (int i = 0; i < 3; i++)
        covariance_reset(&core->f.p, STATE_GYRO_BIAS + i, 1e-6f);
}

/* Nobody but itself says so. */
START_TEST (a_gyro_alone) {
    go(1.0, (rates){.imu_hz = 100});
    know_bias();
    const double before = heading();
    go(1.0, (rates){.imu_hz = 100, .imu = 0.0175});
    ck_assert_double_eq_tol(core->f.gyro_bias[2], 0.0175, 0.0025);
    ck_assert_double_eq_tol(heading(), before, 0.0025); /* 0.0175 otherwise */
    ck_assert_double_gt(bias_sigma(), 0.25 * 0.0175);   /* it may have been hit after all */
    ck_assert_double_lt(bias_sigma(), 0.5 * 0.0175);
    ck_assert(biased(IMU));
    ck_assert(!biased(WHEEL));
    go(7.0, (rates){.imu_hz = 100, .imu = 0.0175});
    ck_assert(!biased(IMU));
}
END_TEST

/* Wheels stand, and their own yaw rate is all that tells the turn. */
START_TEST (a_yaw_rate_of_wheels_at_rest) {
    const int hz = _i == 0 ? 50 : 10;
    go(4.0, (rates){.wheel_hz = hz});
    ck_assert_int_eq(core->inertial_source, WHEEL);
    const double before = heading();
    go(3.0, (rates){.wheel_hz = hz, .wheel = 0.07}); /* a vehicle may creep for a second and a half */
    ck_assert_double_eq_tol(core->f.gyro_bias[2], 0.07, 0.006);
    ck_assert(biased(WHEEL));
    const double sigma = sqrt((double)covariance_along(&core->f.p, STATE_ATTITUDE, core->f.r_enu_ecef[2]));
    ck_assert_double_lt(fabs(heading() - before), 2.5 * sigma);
    ck_assert_double_lt(fabs(heading() - before), 1.7 * 0.07);
    ck_assert(!core->source[WHEEL].out.banned);
}
END_TEST

/* Below the lowest speed of its wheels it moves off in a bend, at 2 m/s^2. */
START_TEST (who_moves_off_has_not_leapt) {
    go(4.0, (rates){.wheel_hz = 10});
    for (int k = 1; k <= 5; k++)
        go(0.1, (rates){.wheel_hz = 10, .wheel = 0.04 * k});
    go(0.4, (rates){.wheel_hz = 10, .wheel = 0.2});
    ck_assert_double_lt(fabs(core->f.gyro_bias[2]), 0.02);
    ck_assert(!biased(WHEEL));
}
END_TEST

/* Beside an IMU that does not turn, wheels that say they stand and turn have a yaw rate that is off. */
START_TEST (a_yaw_rate_beside_a_gyro) {
    go(10.0, (rates){.imu_hz = 100, .wheel_hz = 50});
    ck_assert_int_eq(core->inertial_source, IMU);
    go(2.0, (rates){.imu_hz = 100, .wheel_hz = 50, .wheel = 0.07});
    ck_assert(biased(WHEEL));
    ck_assert(!biased(IMU));
    ck_assert(!inertial_turns_wrong(core));
    go(3.0, (rates){.imu_hz = 100, .wheel_hz = 50, .wheel = 0.07});
    ck_assert_float_eq_tol(core->turn.usual, -0.07f, 0.01f);
    ck_assert_double_lt(fabs(core->f.gyro_bias[2]), 0.003);
}
END_TEST

/* And when the gyro leaps instead, it is not the wheels'. */
START_TEST (a_gyro_beside_a_yaw_rate) {
    go(10.0, (rates){.imu_hz = 100, .wheel_hz = 50});
    for (int k = 0; k < 80; k++) {
        go(0.1, (rates){.imu_hz = 100, .wheel_hz = 50, .imu = 0.03});
        ck_assert(!biased(WHEEL));
        ck_assert(!inertial_turns_wrong(core));
        if (k == 10)
            ck_assert(biased(IMU));
    }
    ck_assert(!biased(IMU));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("inertial_leapt");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_gyro_alone);
    tcase_add_loop_test(cases, a_yaw_rate_of_wheels_at_rest, 0, 2);
    tcase_add_test(cases, who_moves_off_has_not_leapt);
    tcase_add_test(cases, a_yaw_rate_beside_a_gyro);
    tcase_add_test(cases, a_gyro_beside_a_yaw_rate);
    return run_cases("inertial_leapt", cases);
}
