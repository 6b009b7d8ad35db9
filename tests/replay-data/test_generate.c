/* The drive's physics: what a perfect IMU feels along it leads back to where the vehicle really was. */
#include <check.h>
#include <string.h>

#include "replay-data/generate/earth.h"
#include "sim/rng.h"
#include "replay-data/generate/road.h"
#include "replay-data/generate/sensors.h"
#include "sim/vec.h"
#include "tests/suite.h"

enum { SPAN = 10 };

typedef struct {
    double p[3], v[3], R[3][3]; /* in the plane of the datum, which turns with the earth */
} state;

static trajectory loop;

static void setup(void)
{
    loop = trajectory_create();
    ck_assert_ptr_nonnull(loop.states);
}

static void teardown(void)
{
    trajectory_destroy(&loop);
}

/* Rodrigues' formula. */
static void exponential(const double w[3], double R[3][3])
{
    double a = norm(w), s = a > 1e-12 ? sin(a) / a : 1, c = a > 1e-12 ? (1 - cos(a)) / (a * a) : 0.5;
    double K[3][3] = {{0, -w[2], w[1]}, {w[2], 0, -w[0]}, {-w[1], w[0], 0}}, KK[3][3];
    chain(K, K, KK);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            R[i][j] = (i == j) + s * K[i][j] + c * KK[i][j];
}

/* Turns body axes on by `gyro` and the plane on by the earth's rate, both for `dt`. */
static void turn_on(double R[3][3], const double gyro[3], double dt, double out[3][3])
{
    double earth[3], body[3], back[3], D[3][3], E[3][3], M[3][3];
    earth_rate(&loop.earth, earth);
    for (int i = 0; i < 3; i++) {
        body[i] = gyro[i] * dt;
        back[i] = -earth[i] * dt;
    }
    exponential(body, D);
    exponential(back, E);
    chain(R, D, M);
    chain(E, M, out);
}

/* One step of a textbook mechanization in axes that turn with the earth. */
static void integrate(state *x, const double gyro[3], const double accel[3], double dt)
{
    double earth[3], g[3], coriolis[3], middle[3][3], after[3][3], f[3];
    earth_rate(&loop.earth, earth);
    earth_gravity(&loop.earth, x->p, g);
    cross(earth, x->v, coriolis);
    turn_on(x->R, gyro, dt / 2, middle);
    turn(middle, accel, f);
    for (int i = 0; i < 3; i++) {
        double a = f[i] + g[i] - 2 * coriolis[i];
        x->p[i] += (x->v[i] + a * dt / 2) * dt;
        x->v[i] += a * dt;
    }
    turn_on(x->R, gyro, dt, after);
    memcpy(x->R, after, sizeof after);
}

/* Rows: begin (s), length (s), largest error of position (m) that 10 ms steps may leave. */
static const struct {
    size_t from_s, length_s;
    double limit_m;
} stretches[] = {
    {1, 60, 0.005},   /* pulling away, winding street, first bend, braking */
    {60, 60, 0.005},  /* standing, two bends, into the tunnel */
    {110, 60, 0.005}, /* tunnel, bend */
    {180, 60, 0.005}, /* standing, roundabout, wide bend */
};

START_TEST (perfect_imu_integrates_back) {
    double lever[3] = {0.3, 0, 0.5}, mount[3][3], gyro[3], accel[3], error[3];
    rotation(0.01, 0.02, -0.03, mount);
    size_t step = stretches[_i].from_s * STEPS_PER_SECOND,
           end = step + stretches[_i].length_s * STEPS_PER_SECOND;
    state x;
    double body[3][3];
    trajectory_position(&loop, step, lever, x.p);
    trajectory_velocity(&loop, step, lever, x.v);
    trajectory_attitude(&loop, step, body);
    chain(body, mount, x.R);
    while (step < end) {
        step += SPAN;
        imu_perfect(&loop, step, SPAN, lever, mount, gyro, accel);
        integrate(&x, gyro, accel, (double)SPAN / STEPS_PER_SECOND);
    }
    trajectory_position(&loop, end, lever, error);
    for (int i = 0; i < 3; i++)
        error[i] -= x.p[i];
    ck_assert_msg(norm(error) < stretches[_i].limit_m, "ends %.4f m away (%.4f %.4f %.4f)", norm(error),
                  error[0], error[1], error[2]);
}
END_TEST

START_TEST (standing_still_feels_gravity_and_the_earth) {
    double lever[3] = {0}, mount[3][3], gyro[3], accel[3], g[3];
    rotation(0, 0, 0, mount);
    imu_perfect(&loop, 2000, SPAN, lever, mount, gyro, accel);
    earth_gravity(&loop.earth, loop.states[2000].plane_m, g);
    ck_assert_double_eq_tol(norm(accel), norm(g), 1e-5);
    ck_assert_double_eq_tol(norm(gyro), 7.292115e-5, 1e-9);
    /* 52.27 deg N, 123 m: Somigliana gives 9.8128 m/s^2 on the ellipsoid, less 0.0004 for the height. */
    ck_assert_double_eq_tol(norm(g), 9.8124, 2e-4);
}
END_TEST

START_TEST (the_road_is_a_loop_without_corners) {
    const trajectory_state *begin = &loop.states[0], *back = begin;
    for (size_t i = 0; i < loop.count; i++) {
        if (loop.states[i].s_m <= ROAD_LENGTH_M)
            back = &loop.states[i];
        if (i)
            ck_assert_double_lt(fabs(loop.states[i].yaw_rad - loop.states[i - 1].yaw_rad), 0.001);
    }
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol(begin->plane_m[i], back->plane_m[i], 0.05);
    ck_assert_double_eq_tol(back->yaw_rad - begin->yaw_rad, 2 * PI, 1e-3);
}
END_TEST

START_TEST (the_drive_is_one_that_a_driver_could_drive) {
    double lever[3] = {0}, a[3], fastest = 0;
    size_t standing = 0;
    for (size_t i = 1; i + 1 < loop.count; i++) {
        trajectory_acceleration(&loop, i, lever, a);
        ck_assert_double_lt(hypot(a[0], a[1]), 3.2);
        fastest = fmax(fastest, loop.states[i].speed_mps);
        standing += loop.states[i].speed_mps <= 0;
    }
    ck_assert_double_lt(fastest, 14);
    ck_assert_uint_gt(standing, 28 * STEPS_PER_SECOND);
    ck_assert_uint_gt(loop.count, 180 * STEPS_PER_SECOND);
    ck_assert_uint_lt(loop.count, 300 * STEPS_PER_SECOND);
}
END_TEST

START_TEST (random_numbers_repeat_and_have_their_spread) {
    rng a = rng_seed(DRIVE_SEED, 7), b = rng_seed(DRIVE_SEED, 7), c = rng_seed(DRIVE_SEED, 8);
    double sum = 0, squares = 0;
    ck_assert_double_eq(rng_uniform(&a), rng_uniform(&b));
    ck_assert_double_ne(rng_uniform(&a), rng_uniform(&c));
    for (int i = 0; i < 100000; i++) {
        double x = rng_normal(&a, 2);
        sum += x;
        squares += x * x;
    }
    ck_assert_double_eq_tol(sum / 100000, 0, 0.03);
    ck_assert_double_eq_tol(squares / 100000, 4, 0.08);
}
END_TEST

int main(void)
{
    TCase *drive_case = tcase_create("drive");
    tcase_add_checked_fixture(drive_case, setup, teardown);
    tcase_set_timeout(drive_case, 120);
    tcase_add_loop_test(drive_case, perfect_imu_integrates_back, 0, sizeof stretches / sizeof *stretches);
    tcase_add_test(drive_case, standing_still_feels_gravity_and_the_earth);
    tcase_add_test(drive_case, the_road_is_a_loop_without_corners);
    tcase_add_test(drive_case, the_drive_is_one_that_a_driver_could_drive);
    tcase_add_test(drive_case, random_numbers_repeat_and_have_their_spread);
    return run_cases("generate", drive_case);
}
