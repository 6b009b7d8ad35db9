/* Attitude: Hamilton products, exponential, matrices, Euler angles, cglm's layout. */
#include "fusion/rotation.h"
#include "tests/draws.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

enum { ROUNDS = 2000 };
static const unsigned seed = 20231;

static void random_quat(double q[4])
{
    for (int i = 0; i < 4; i++)
        q[i] = draw_uniform(-1.0, 1.0);
    quat_normalize(q);
}

static void same(double a[3][3], double b[3][3], double tolerance)
{
    for (int i = 0; i < 9; i++)
        ck_assert_double_eq_tol(a[i / 3][i % 3], b[i / 3][i % 3], tolerance);
}

START_TEST (units_multiply_as_hamilton_wrote) {
    const double i[4] = {1, 0, 0, 0}, j[4] = {0, 1, 0, 0}, k[4] = {0, 0, 1, 0};
    double out[4];
    quat_mul(i, j, out);
    for (int n = 0; n < 4; n++)
        ck_assert_double_eq(out[n], k[n]);
    quat_mul(j, k, out);
    for (int n = 0; n < 4; n++)
        ck_assert_double_eq(out[n], i[n]);
    quat_mul(k, k, out);
    ck_assert_double_eq(out[3], -1.0);
}
END_TEST

START_TEST (product_may_alias) {
    const double a[4] = {0.1, -0.2, 0.3, 0.9}, b[4] = {0.5, 0.1, -0.4, 0.7};
    double out[4], x[4] = {0.1, -0.2, 0.3, 0.9}, y[4] = {0.5, 0.1, -0.4, 0.7};
    quat_mul(a, b, out);
    quat_mul(x, b, x);
    quat_mul(a, y, y);
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq(out[i], x[i]);
        ck_assert_double_eq(out[i], y[i]);
    }
}
END_TEST

/* Rz(90 deg) turns x into y; a body yawed left by 90 deg sees its nose there. */
START_TEST (quarter_turn) {
    const double v[3] = {0, 0, pi / 2}, x[3] = {1, 0, 0};
    double q[4], r[3][3], out[3];
    quat_exp(v, q);
    quat_to_rows(q, r);
    rows_mulv(r, x, out);
    ck_assert_double_eq_tol(out[0], 0.0, 1e-15);
    ck_assert_double_eq_tol(out[1], 1.0, 1e-15);
    ck_assert_double_eq_tol(out[2], 0.0, 1e-15);
    rows_mulv_transposed(r, out, out);
    ck_assert_double_eq_tol(out[0], 1.0, 1e-15);
}
END_TEST

/* From far below the series' threshold to beyond a full turn: unit norm, the angle, and continuity at the
 * threshold. */
START_TEST (exponential_of_any_angle) {
    static const double angles[] = {0.0,          1e-300, 1e-12,   1e-6, 0.0199999999, 0.02,
                                    0.0200000001, 0.5,    3.14159, 6.2,  40.0};
    for (size_t i = 0; i < sizeof angles / sizeof *angles; i++) {
        const double axis[3] = {0.6, 0.0, -0.8};
        const double v[3] = {axis[0] * angles[i], 0.0, axis[2] * angles[i]};
        double q[4];
        quat_exp(v, q);
        ck_assert_double_eq_tol(q[3], cos(angles[i] / 2), 1e-15);
        ck_assert_double_eq_tol(q[0], axis[0] * sin(angles[i] / 2), 1e-15);
        ck_assert_double_eq_tol(q[2], axis[2] * sin(angles[i] / 2), 1e-15);
        ck_assert_double_eq_tol(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3], 1.0, 4e-16);
    }
}
END_TEST

START_TEST (product_is_composition) {
    srand(seed);
    for (int n = 0; n < ROUNDS / every(50); n++) {
        double a[4], b[4], ab[4], ra[3][3], rb[3][3], rab[3][3], product[3][3];
        random_quat(a);
        random_quat(b);
        quat_mul(a, b, ab);
        quat_to_rows(a, ra);
        quat_to_rows(b, rb);
        quat_to_rows(ab, rab);
        rows_mul(ra, rb, product);
        same(product, rab, 4e-15);
        rows_mul(ra, rb, ra); /* may alias */
        same(product, ra, 1e-300);
    }
}
END_TEST

/* Every branch of Shepperd's method: half turns about each axis, and near them. */
START_TEST (matrix_and_back) {
    srand(seed);
    for (int n = 0; n < ROUNDS / every(50); n++) {
        double q[4], back[4], r[3][3], again[3][3];
        random_quat(q);
        if (n % 4) {
            for (int i = 0; i < 4; i++)
                q[i] *= i == n % 4 - 1 ? 1.0 : 1e-9;
            quat_normalize(q);
        }
        quat_to_rows(q, r);
        quat_from_rows(r, back);
        double dot = q[0] * back[0] + q[1] * back[1] + q[2] * back[2] + q[3] * back[3];
        ck_assert_double_eq_tol(fabs(dot), 1.0, 4e-15);
        quat_to_rows(back, again);
        same(r, again, 4e-15);
    }
}
END_TEST

/* R = Rz(yaw) Ry(pitch) Rx(roll), each matrix written out. */
START_TEST (euler_order) {
    const double roll = 0.3, pitch = -0.5, yaw = 2.0;
    double x[3][3] = {{1, 0, 0}, {0, cos(roll), -sin(roll)}, {0, sin(roll), cos(roll)}};
    double y[3][3] = {{cos(pitch), 0, sin(pitch)}, {0, 1, 0}, {-sin(pitch), 0, cos(pitch)}};
    double z[3][3] = {{cos(yaw), -sin(yaw), 0}, {sin(yaw), cos(yaw), 0}, {0, 0, 1}};
    double q[4], r[3][3], expected[3][3];
    quat_from_euler(roll, pitch, yaw, q);
    quat_to_rows(q, r);
    rows_mul(z, y, expected);
    rows_mul(expected, x, expected);
    same(r, expected, 4e-16);
}
END_TEST

START_TEST (cglm_layout) {
    double r[3][3] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
    const double v[3] = {1, -2, 0.5};
    double expected[3];
    mat3 m, skew;
    vec3 in = {1, -2, 0.5f}, out, b = {0.3f, 4, -1}, crossed, skewed;
    rows_mulv(r, v, expected);
    rows_to_mat3(r, m);
    glm_mat3_mulv(m, in, out);
    for (int i = 0; i < 3; i++)
        ck_assert_float_eq_tol(out[i], (float)expected[i], 1e-6f);
    glm_vec3_cross(in, b, crossed);
    mat3_skew(in, skew);
    glm_mat3_mulv(skew, b, skewed);
    for (int i = 0; i < 3; i++)
        ck_assert_float_eq_tol(skewed[i], crossed[i], 1e-6f);
}
END_TEST

int main(void)
{
    printf("seed %u\n", seed);
    TCase *cases = tcase_create("rotation");
    tcase_add_test(cases, units_multiply_as_hamilton_wrote);
    tcase_add_test(cases, product_may_alias);
    tcase_add_test(cases, quarter_turn);
    tcase_add_test(cases, exponential_of_any_angle);
    tcase_add_test(cases, product_is_composition);
    tcase_add_test(cases, matrix_and_back);
    tcase_add_test(cases, euler_order);
    tcase_add_test(cases, cglm_layout);
    return run_cases("rotation", cases);
}
