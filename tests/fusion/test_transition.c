/*
 * F against the numeric derivative of the nominal propagation, at random states over the earth, poles and
 * date line included.
 */
#include "tests/fusion/any_state.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Column `state` of F: with P = e e' and no noise, F P F' is that column times itself; its own entry is
 * positive. */
static void transition_column(const filter *f, const inertial_input *input, double dt, int state,
                              double out[STATE_MAX])
{
    static float storage[STATE_MAX * STATE_MAX] __attribute__((aligned(32)));
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
    static float storage[2][STATE_MAX * STATE_MAX] __attribute__((aligned(32)));
    filter side[2] = {*f, *f};
    const double step = any_state_step(state, false);
    for (int k = 0; k < 2; k++) {
        covariance_init(&side[k].p, f->p.n, storage[k]);
        any_state_disturb(&side[k], state, k ? step : -step);
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
    srand(ANY_STATES_SEED);
    for (int round = 0; round < ANY_STATES; round++) {
        const double dt = round % 2 ? 0.005 : 0.02;
        inertial_input in = {{0.2, -0.1, 0.4}, {1.0, -2.0, 10.0}};
        any_state_create(with_imu);
        any_state_take(round);
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
    TCase *cases = tcase_create("transition");
    printf("seed %d\n", ANY_STATES_SEED);
    tcase_set_timeout(cases, 120.0);
    tcase_add_test(cases, transition_with_imu);
    tcase_add_test(cases, transition_without_imu);
    return run_cases("transition", cases);
}
