/*
 * The oracle's own mathematics: small dense matrices and rotations in double, the plainest way. Nothing here
 * is shared with fusion/, so that a mistake there cannot hide in both.
 */
#ifndef POSED_TESTS_ORACLE_DENSE_H
#define POSED_TESTS_ORACLE_DENSE_H

#include <stdbool.h>

enum { DENSE_MAX = 64 };

typedef struct {
    double at[DENSE_MAX][DENSE_MAX];
} dense;

/* out = a b, out = a b', all n x n, by three loops; `out` is neither a nor b. */
void dense_mul(int n, const dense *a, const dense *b, dense *out);
void dense_mul_transposed(int n, const dense *a, const dense *b, dense *out);
void dense_identity(int n, dense *out);
/* (a + a') / 2 in place. */
void dense_symmetrize(int n, dense *a);
/* True when a (symmetric) has a Cholesky factor, rows and columns of zero variance left out. */
bool dense_is_positive(int n, const dense *a);
/* Inverse of a symmetric positive definite matrix of 1 to 3 rows; false when it is not. */
bool small_inverse(int dim, double a[3][3], double out[3][3]);

/* 3x3, row-major; out may be an input. */
void m3_mul(double a[3][3], double b[3][3], double out[3][3]);
void m3_transpose(double a[3][3], double out[3][3]);
void m3_apply(double a[3][3], const double v[3], double out[3]);
void m3_apply_transposed(double a[3][3], const double v[3], double out[3]);
void m3_skew(const double v[3], double out[3][3]);
void v3_cross(const double a[3], const double b[3], double out[3]);
/* Rodrigues' formula, and its inverse (angles below pi). */
void m3_exp(const double v[3], double out[3][3]);
void m3_log(double r[3][3], double v[3]);
/* The mean of exp(v t) over t = 0..1: Groves 2013, (5.84). */
void m3_mean_exp(const double v[3], double out[3][3]);
/* Gram-Schmidt on the rows. */
void m3_orthonormalize(double r[3][3]);
/* Rz(yaw) Ry(pitch) Rx(roll) */
void m3_euler(double roll_rad, double pitch_rad, double yaw_rad, double out[3][3]);
/* From a unit quaternion x, y, z, w. */
void m3_from_quaternion(const double q[4], double out[3][3]);

#endif
