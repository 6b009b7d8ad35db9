/*
 * Attitude in double precision, and its float matrices for cglm.
 *
 * cglm is float only; a float quaternion would random-walk by rounding at 200 Hz, so the attitude that lasts
 * is kept in double here. Quaternions are x, y, z, w as cglm's versor. Matrices handed to cglm are
 * column-major [column][row].
 */
#ifndef POSED_FUSION_ROTATION_H
#define POSED_FUSION_ROTATION_H

#include <cglm/mat3.h>
#include <cglm/vec3.h>

#ifdef __cplusplus
extern "C" {
#endif

/* out = a * b (Hamilton): the rotation b followed by a. `out` may be a or b. */
void quat_mul(const double a[4], const double b[4], double out[4]);

/* The quaternion of a rotation vector (rad). Exact for any angle. */
void quat_exp(const double v[3], double out[4]);

/* To length 1, in place; it must not be zero. */
void quat_normalize(double q[4]);

/* Rotation matrix, row-major: out = R * in. */
void quat_to_rows(const double q[4], double r[3][3]);

/* From a proper rotation matrix, row-major (Shepperd's method). */
void quat_from_rows(double r[3][3], double q[4]);

/* Roll about x, pitch about y, yaw about z (rad), R = Rz(yaw) Ry(pitch) Rx(roll). */
void quat_from_euler(double roll_rad, double pitch_rad, double yaw_rad, double q[4]);

/* out = R v, R' v and A B, row-major. `out` may be an input. */
void rows_mulv(double r[3][3], const double v[3], double out[3]);
void rows_mulv_transposed(double r[3][3], const double v[3], double out[3]);
void rows_mul(double a[3][3], double b[3][3], double out[3][3]);

/* The same matrix in cglm's layout, as float. */
void rows_to_mat3(double r[3][3], mat3 out);

/* [v x] in cglm's layout: [v x] w = v cross w. */
void mat3_skew(vec3 v, mat3 out);

#ifdef __cplusplus
}
#endif
#endif
