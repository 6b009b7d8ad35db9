#include "fusion/rotation.h"

#include <math.h>

void quat_mul(const double a[4], const double b[4], double out[4])
{
    double x = a[3] * b[0] + a[0] * b[3] + a[1] * b[2] - a[2] * b[1];
    double y = a[3] * b[1] - a[0] * b[2] + a[1] * b[3] + a[2] * b[0];
    double z = a[3] * b[2] + a[0] * b[1] - a[1] * b[0] + a[2] * b[3];
    double w = a[3] * b[3] - a[0] * b[0] - a[1] * b[1] - a[2] * b[2];
    out[0] = x;
    out[1] = y;
    out[2] = z;
    out[3] = w;
}

void quat_exp(const double v[3], double out[4])
{
    double t2 = 0.25 * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]); /* half angle squared */
    double s, c;
    if (t2 < 4e-3) { /* up to 0.12 rad, series: the first omitted terms are below 1e-15 */
        s = 0.5 * (1.0 - t2 * (1.0 / 6.0 - t2 * (1.0 / 120.0 - t2 / 5040.0)));
        c = 1.0 - t2 * (0.5 - t2 * (1.0 / 24.0 - t2 * (1.0 / 720.0 - t2 / 40320.0)));
    } else {
        double h = sqrt(t2);
        s = 0.5 * sin(h) / h;
        c = cos(h);
    }
    out[0] = s * v[0];
    out[1] = s * v[1];
    out[2] = s * v[2];
    out[3] = c;
}

void quat_normalize(double q[4])
{
    double scale = 1.0 / sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    for (int i = 0; i < 4; i++)
        q[i] *= scale;
}

void quat_to_rows(const double q[4], double r[3][3])
{
    double x = q[0], y = q[1], z = q[2], w = q[3];
    r[0][0] = 1.0 - 2.0 * (y * y + z * z);
    r[0][1] = 2.0 * (x * y - w * z);
    r[0][2] = 2.0 * (x * z + w * y);
    r[1][0] = 2.0 * (x * y + w * z);
    r[1][1] = 1.0 - 2.0 * (x * x + z * z);
    r[1][2] = 2.0 * (y * z - w * x);
    r[2][0] = 2.0 * (x * z - w * y);
    r[2][1] = 2.0 * (y * z + w * x);
    r[2][2] = 1.0 - 2.0 * (x * x + y * y);
}

void quat_from_rows(double r[3][3], double q[4])
{
    double four[4] = {1.0 + r[0][0] - r[1][1] - r[2][2], 1.0 - r[0][0] + r[1][1] - r[2][2],
                      1.0 - r[0][0] - r[1][1] + r[2][2], 1.0 + r[0][0] + r[1][1] + r[2][2]};
    int big = 0;
    for (int i = 1; i < 4; i++) {
        if (four[i] > four[big])
            big = i;
    }
    double d = 0.5 / sqrt(four[big]);
    double x = r[2][1] - r[1][2], y = r[0][2] - r[2][0], z = r[1][0] - r[0][1];
    double xy = r[1][0] + r[0][1], xz = r[0][2] + r[2][0], yz = r[2][1] + r[1][2];
    const double rows[4][4] = {
        {four[0], xy, xz, x}, {xy, four[1], yz, y}, {xz, yz, four[2], z}, {x, y, z, four[3]}};
    for (int i = 0; i < 4; i++)
        q[i] = rows[big][i] * d;
    quat_normalize(q);
}

void quat_from_euler(double roll_rad, double pitch_rad, double yaw_rad, double q[4])
{
    const double x[4] = {sin(roll_rad / 2), 0, 0, cos(roll_rad / 2)};
    const double y[4] = {0, sin(pitch_rad / 2), 0, cos(pitch_rad / 2)};
    const double z[4] = {0, 0, sin(yaw_rad / 2), cos(yaw_rad / 2)};
    double zy[4];
    quat_mul(z, y, zy);
    quat_mul(zy, x, q);
}

void rows_mulv(double r[3][3], const double v[3], double out[3])
{
    double a = r[0][0] * v[0] + r[0][1] * v[1] + r[0][2] * v[2];
    double b = r[1][0] * v[0] + r[1][1] * v[1] + r[1][2] * v[2];
    double c = r[2][0] * v[0] + r[2][1] * v[1] + r[2][2] * v[2];
    out[0] = a;
    out[1] = b;
    out[2] = c;
}

void rows_mulv_transposed(double r[3][3], const double v[3], double out[3])
{
    double a = r[0][0] * v[0] + r[1][0] * v[1] + r[2][0] * v[2];
    double b = r[0][1] * v[0] + r[1][1] * v[1] + r[2][1] * v[2];
    double c = r[0][2] * v[0] + r[1][2] * v[1] + r[2][2] * v[2];
    out[0] = a;
    out[1] = b;
    out[2] = c;
}

void rows_mul(double a[3][3], double b[3][3], double out[3][3])
{
    double t[3][3];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            t[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
    }
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            out[i][j] = t[i][j];
    }
}

void rows_to_mat3(double r[3][3], mat3 out)
{
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            out[j][i] = (float)r[i][j];
    }
}

void mat3_skew(vec3 v, mat3 out)
{
    out[0][0] = 0.0f;
    out[0][1] = v[2];
    out[0][2] = -v[1];
    out[1][0] = -v[2];
    out[1][1] = 0.0f;
    out[1][2] = v[0];
    out[2][0] = v[1];
    out[2][1] = -v[0];
    out[2][2] = 0.0f;
}
