/* Sub-solutions whose attitude is far from the filter's, against rotations in double precision. */
#include "fusion/core/core.h"
#include "fusion/integrity/bank_turn.h"
#include "fusion/motion/vehicle.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double here_m[3] = {4.1e6, 6.0e5, 4.8e6}, velocity_mps[3] = {3.0, -7.0, 2.0};
static const double attitude[3] = {0.3, -0.2, 1.1};

/* Errors of attitude, rad, and velocity, m/s: from small ones to half a turn. */
static const float errors[][6] = {
    {0.03f, 0.0f, 0.01f, 0.1f, 0.0f, -0.2f},
    {0.2f, -0.3f, 0.4f, 3.0f, -2.0f, 1.0f},
    {0.6f, 0.9f, -1.2f, -4.0f, 9.0f, 0.5f},
    {1.0f, -1.4f, 2.2f, 8.0f, 8.0f, -8.0f},
};
enum { ERRORS = sizeof errors / sizeof *errors };

static void place(filter *f, float *storage)
{
    double q[4];
    filter_init(f, STATE_SOURCES, storage, false);
    quat_exp(attitude, q);
    filter_place(f, 0, here_m, velocity_mps, q);
}

static void set_error(int i, float d[STATE_MAX])
{
    memset(d, 0, STATE_MAX * sizeof *d);
    for (int k = 0; k < 3; k++) {
        d[STATE_ATTITUDE + k] = errors[i][k];
        d[STATE_VELOCITY + k] = errors[i][3 + k];
    }
}

/* Velocity in the vehicle's axes with the error d, and a further small turn, applied to the filter's state.
 */
static void seen(const filter *f, const float d[STATE_MAX], const double more[3], double out[3])
{
    double psi[3], q[4], extra[4], r[3][3], v[3];
    for (int k = 0; k < 3; k++) {
        psi[k] = (double)d[STATE_ATTITUDE + k];
        v[k] = f->velocity_ecef_mps[k] + (double)d[STATE_VELOCITY + k];
    }
    quat_exp(psi, q);
    quat_exp(more, extra);
    quat_mul(extra, q, q);
    quat_mul(q, f->q_b_ecef, q);
    quat_to_rows(q, r);
    rows_mulv_transposed(r, v, out);
}

START_TEST (velocity_is_seen_from_where_it_points) {
    static const double none[3] = {0.0, 0.0, 0.0};
    float d[STATE_MAX], *storage = aligned_alloc(32, filter_storage_floats(STATE_SOURCES) * sizeof *storage);
    filter f;
    measurement m;
    vec3 origin = {0.0f, 0.0f, 0.0f}, velocity, velocity_ecef;
    double with[3], turned[3];
    place(&f, storage);
    set_error(_i, d);
    ck_assert(bank_is_turned(d));
    measurement_start(&m, 3);
    vehicle_velocity(&f, origin, &m, velocity);
    for (int k = 0; k < 3; k++)
        velocity_ecef[k] = (float)velocity_mps[k];
    bank_turn_measurement(velocity_ecef, d, &m);
    seen(&f, d, none, with);
    for (int k = 0; k < 3; k++) {
        double left = (double)m.innovation[k];
        for (int i = 0; i < m.columns; i++)
            left -= (double)(m.h[i][k] * d[m.index[i]]);
        ck_assert_double_eq_tol(left, (double)velocity[k] - with[k], 2e-5);
    }
    for (int axis = 0; axis < 3; axis++) {
        double more[3] = {0.0, 0.0, 0.0};
        more[axis] = 1e-6;
        seen(&f, d, more, turned);
        for (int i = 0; i < m.columns; i++) {
            for (int k = 0; k < 3 && m.index[i] == STATE_ATTITUDE + axis; k++)
                ck_assert_double_eq_tol((double)m.h[i][k], (turned[k] - with[k]) * 1e6, 1e-4);
        }
    }
    free(storage);
}
END_TEST

/* The filter stands, its input says nothing. The vehicle accelerates by 1 m/s^2 along its axis and turns by
 * half a rad/s, which the sub-solution holds for biases: v = 2 (sin t/2, 1 - cos t/2). */
START_TEST (circle_while_the_filter_stands) {
    float d[STATE_MAX] = {[STATE_GYRO_BIAS + 2] = -0.5f, [STATE_ACCEL_BIAS] = -1.0f};
    const float dt = 0.01f;
    for (int i = 0; i < 500; i++) {
        filter_span s = {.dt = dt};
        glm_mat3_identity(s.b);
        glm_mat3_scale(s.b, -dt);
        bank_turn_carry(d, &s);
    }
    ck_assert_double_eq_tol((double)d[STATE_ATTITUDE + 2], 2.5, 1e-3);
    ck_assert_double_eq_tol((double)d[STATE_VELOCITY], 2.0 * sin(2.5), 0.02);
    ck_assert_double_eq_tol((double)d[STATE_VELOCITY + 1], 2.0 * (1.0 - cos(2.5)), 0.02);
    for (int i = 0; i < 300; i++) {
        filter_span s = {.dt = dt};
        glm_mat3_identity(s.b);
        glm_mat3_scale(s.b, -dt);
        bank_turn_carry(d, &s);
    }
    ck_assert_double_eq_tol((double)d[STATE_ATTITUDE + 2], 4.0 - 2.0 * 3.14159265, 1e-3); /* it wraps */
}
END_TEST

/* A force that the filter feels, F = (2, 0, 0) m/s^2: the sub-solution, a right angle to the left, feels it
 * to the left, and differs by (-2, 2, 0) each second. */
START_TEST (force_turns_along) {
    float d[STATE_MAX] = {[STATE_ATTITUDE + 2] = 1.5707963f};
    filter_span s = {.dt = 0.04f}, own;
    vec3 swing = {-2.0f * 0.04f, 0.0f, 0.0f};
    mat3_skew(swing, s.a);
    glm_mat3_identity(s.b);
    glm_mat3_scale(s.b, -0.04f);
    bank_turn_span(d, &s, &own);
    ck_assert_double_eq_tol((double)own.a[0][1], 0.0, 1e-6); /* [0 -2dt 0] x */
    ck_assert_double_eq_tol((double)own.a[0][2], 2.0 * 0.04, 1e-6);
    bank_turn_carry(d, &s);
    ck_assert_double_eq_tol((double)d[STATE_VELOCITY], -2.0 * 0.04, 1e-6);
    ck_assert_double_eq_tol((double)d[STATE_VELOCITY + 1], 2.0 * 0.04, 1e-6);
}
END_TEST

START_TEST (small_and_large) {
    float d[STATE_MAX] = {[STATE_ATTITUDE] = 0.01f};
    ck_assert(!bank_is_turned(d));
    ck_assert(!bank_is_astray(d));
    d[STATE_ATTITUDE + 2] = 0.1f;
    ck_assert(bank_is_turned(d));
    ck_assert(!bank_is_astray(d));
    d[STATE_ATTITUDE + 2] = -0.5f;
    ck_assert(bank_is_astray(d));
}
END_TEST

/* Where the vehicle faces, by rotations, beyond what the vertical part of the error turns it. */
START_TEST (a_tilt_turns_the_heading_too) {
    double psi[3], q[4], r[3][3], ahead[3] = {1.0, 0.0, 0.0}, was[3], is[3], angle[2], vertical = 0.0;
    float d[STATE_MAX], *storage = aligned_alloc(32, filter_storage_floats(STATE_SOURCES) * sizeof *storage);
    filter f;
    place(&f, storage);
    set_error(_i, d);
    for (int k = 0; k < 3; k++)
        psi[k] = (double)d[STATE_ATTITUDE + k];
    quat_to_rows(f.q_b_ecef, r);
    rows_mulv(r, ahead, was);
    quat_exp(psi, q);
    quat_mul(q, f.q_b_ecef, q);
    quat_to_rows(q, r);
    rows_mulv(r, ahead, is);
    for (int k = 0; k < 2; k++) {
        const double *way = k ? is : was, *east = f.r_enu_ecef[0], *north = f.r_enu_ecef[1];
        angle[k] = atan2(north[0] * way[0] + north[1] * way[1] + north[2] * way[2],
                         east[0] * way[0] + east[1] * way[1] + east[2] * way[2]);
    }
    for (int k = 0; k < 3; k++)
        vertical += f.r_enu_ecef[2][k] * psi[k];
    const double more = remainder(angle[1] - angle[0], 2.0 * 3.14159265358979);
    ck_assert_double_eq_tol((double)bank_turn_heading(&f, d), more - vertical, 1e-5);
    free(storage);
}
END_TEST

/* A bias turns about axes that have turned with the error: exp(error) exp(turn), while the place moves by the
 * velocity. */
START_TEST (a_turn_goes_about_its_own_axes) {
    const double psi[3] = {0.3, -0.2, 0.25}, turn[3] = {1e-3, 2e-3, -1.5e-3};
    float d[STATE_MAX] = {[STATE_VELOCITY] = 3.0f, [STATE_VELOCITY + 1] = -2.0f, [STATE_VELOCITY + 2] = 1.0f};
    double a[4], b[4], both[4], expected[4];
    filter_span s = {.dt = 0.01f};
    glm_mat3_identity(s.b);
    for (int i = 0; i < 3; i++) {
        d[STATE_POSITION + i] = 5.0f;
        d[STATE_ATTITUDE + i] = (float)psi[i];
        d[STATE_GYRO_BIAS + i] = (float)turn[i];
    }
    bank_turn_carry(d, &s);
    const double after[3] = {(double)d[STATE_ATTITUDE], (double)d[STATE_ATTITUDE + 1],
                             (double)d[STATE_ATTITUDE + 2]};
    quat_exp(psi, a);
    quat_exp(turn, b);
    quat_mul(a, b, expected);
    quat_exp(after, both);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq_tol(both[i], expected[i], 2e-5);
    for (int i = 0; i < 3; i++)
        ck_assert_float_eq_tol(d[STATE_POSITION + i], 5.0f + 0.01f * d[STATE_VELOCITY + i], 1e-6f);
}
END_TEST

/* What is no velocity in vehicle axes stays as it is. */
START_TEST (other_measurements_are_left_alone) {
    const float v[3] = {1.0f, 2.0f, 3.0f}, d[STATE_MAX] = {[STATE_ATTITUDE] = 0.5f, [STATE_VELOCITY] = 1.0f};
    mat3 rows = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    for (int with = 0; with < 2; with++) {
        measurement m, before;
        memset(&m, 0, sizeof m);
        measurement_start(&m, 3);
        measurement_columns(&m, with ? STATE_VELOCITY : STATE_ATTITUDE, rows);
        measurement_columns(&m, STATE_POSITION, rows);
        memcpy(&before, &m, sizeof m);
        bank_turn_measurement(v, d, &m);
        ck_assert_mem_eq(&m, &before, sizeof m);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("turn");
    tcase_add_loop_test(tcase, velocity_is_seen_from_where_it_points, 0, ERRORS);
    tcase_add_test(tcase, circle_while_the_filter_stands);
    tcase_add_test(tcase, force_turns_along);
    tcase_add_test(tcase, small_and_large);
    tcase_add_loop_test(tcase, a_tilt_turns_the_heading_too, 0, ERRORS);
    tcase_add_test(tcase, a_turn_goes_about_its_own_axes);
    tcase_add_test(tcase, other_measurements_are_left_alone);
    return run_cases("bank_turn", tcase);
}
