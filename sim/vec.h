/*
 * The little vector algebra of the simulator, in double. It shares nothing with the filter on purpose: a sign
 * that is wrong in both would cancel out.
 *
 * Matrices are row-major; R[3][3] turns from body axes into the axes of the plane.
 */
#ifndef POSED_SIM_VEC_H
#define POSED_SIM_VEC_H

#include <math.h>

#define PI 3.14159265358979323846

static inline double radians(double degrees)
{
    return degrees * (PI / 180);
}

static inline double degrees(double radians)
{
    return radians * (180 / PI);
}

static inline double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static inline void cross(const double a[3], const double b[3], double out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

static inline double norm(const double a[3])
{
    return sqrt(dot(a, a));
}

/* out = R a */
static inline void turn(double R[3][3], const double a[3], double out[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = R[i][0] * a[0] + R[i][1] * a[1] + R[i][2] * a[2];
}

/* out = R^T a */
static inline void turn_back(double R[3][3], const double a[3], double out[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = R[0][i] * a[0] + R[1][i] * a[1] + R[2][i] * a[2];
}

/* out = A B */
static inline void chain(double A[3][3], double B[3][3], double out[3][3])
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            out[i][j] = A[i][0] * B[0][j] + A[i][1] * B[1][j] + A[i][2] * B[2][j];
}

/* Rz(yaw) Ry(pitch) Rx(roll): x forward, y left, z up; a positive pitch turns the nose down. */
static inline void rotation(double yaw, double pitch, double roll, double R[3][3])
{
    double cy = cos(yaw), sy = sin(yaw), cp = cos(pitch), sp = sin(pitch), cr = cos(roll), sr = sin(roll);
    R[0][0] = cy * cp;
    R[0][1] = cy * sp * sr - sy * cr;
    R[0][2] = cy * sp * cr + sy * sr;
    R[1][0] = sy * cp;
    R[1][1] = sy * sp * sr + cy * cr;
    R[1][2] = sy * sp * cr - cy * sr;
    R[2][0] = -sp;
    R[2][1] = cp * sr;
    R[2][2] = cp * cr;
}

#endif
