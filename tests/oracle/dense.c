#include "tests/oracle/dense.h"

#include <math.h>
#include <string.h>

void dense_mul(int n, const dense *a, const dense *b, dense *out)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double sum = 0.0;
            for (int k = 0; k < n; k++)
                sum += a->at[i][k] * b->at[k][j];
            out->at[i][j] = sum;
        }
    }
}

void dense_mul_transposed(int n, const dense *a, const dense *b, dense *out)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double sum = 0.0;
            for (int k = 0; k < n; k++)
                sum += a->at[i][k] * b->at[j][k];
            out->at[i][j] = sum;
        }
    }
}

void dense_identity(int n, dense *out)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            out->at[i][j] = i == j ? 1.0 : 0.0;
    }
}

void dense_symmetrize(int n, dense *a)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++)
            a->at[i][j] = a->at[j][i] = 0.5 * (a->at[i][j] + a->at[j][i]);
    }
}

bool dense_is_positive(int n, const dense *a)
{
    dense l;
    int row[DENSE_MAX], used = 0;
    for (int i = 0; i < n; i++) {
        if (a->at[i][i] != 0.0)
            row[used++] = i;
    }
    for (int i = 0; i < used; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = a->at[row[i]][row[j]];
            for (int k = 0; k < j; k++)
                sum -= l.at[i][k] * l.at[j][k];
            if (i == j && !(sum > 0.0))
                return false;
            l.at[i][j] = i == j ? sqrt(sum) : sum / l.at[j][j];
        }
    }
    return true;
}

bool small_inverse(int dim, double a[3][3], double out[3][3])
{
    double w[3][6];
    memset(w, 0, sizeof w);
    for (int i = 0; i < dim; i++) {
        for (int j = 0; j < dim; j++)
            w[i][j] = a[i][j];
        w[i][dim + i] = 1.0;
    }
    for (int i = 0; i < dim; i++) { /* Gauss-Jordan; a pivot of a positive definite matrix is positive */
        double pivot = w[i][i];
        if (!(pivot > 0.0) || !isfinite(pivot))
            return false;
        for (int j = 0; j < 2 * dim; j++)
            w[i][j] /= pivot;
        for (int r = 0; r < dim; r++) {
            double factor = w[r][i];
            for (int j = 0; r != i && j < 2 * dim; j++)
                w[r][j] -= factor * w[i][j];
        }
    }
    for (int i = 0; i < dim; i++) {
        for (int j = 0; j < dim; j++)
            out[i][j] = w[i][dim + j];
    }
    return true;
}

void m3_mul(double a[3][3], double b[3][3], double out[3][3])
{
    double t[3][3];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            t[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
    }
    memcpy(out, t, sizeof t);
}

void m3_transpose(double a[3][3], double out[3][3])
{
    double t[3][3];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            t[i][j] = a[j][i];
    }
    memcpy(out, t, sizeof t);
}

void m3_apply(double a[3][3], const double v[3], double out[3])
{
    double t[3];
    for (int i = 0; i < 3; i++)
        t[i] = a[i][0] * v[0] + a[i][1] * v[1] + a[i][2] * v[2];
    memcpy(out, t, sizeof t);
}

void m3_apply_transposed(double a[3][3], const double v[3], double out[3])
{
    double t[3];
    for (int i = 0; i < 3; i++)
        t[i] = a[0][i] * v[0] + a[1][i] * v[1] + a[2][i] * v[2];
    memcpy(out, t, sizeof t);
}

void m3_skew(const double v[3], double out[3][3])
{
    const double t[3][3] = {{0.0, -v[2], v[1]}, {v[2], 0.0, -v[0]}, {-v[1], v[0], 0.0}};
    memcpy(out, t, sizeof t);
}

void v3_cross(const double a[3], const double b[3], double out[3])
{
    const double t[3] = {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
    memcpy(out, t, sizeof t);
}

/* out = I + a [v x] + b [v x]^2 */
static void series(const double v[3], double a, double b, double out[3][3])
{
    double s[3][3], ss[3][3];
    m3_skew(v, s);
    m3_mul(s, s, ss);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            out[i][j] = (i == j ? 1.0 : 0.0) + a * s[i][j] + b * ss[i][j];
    }
}

void m3_exp(const double v[3], double out[3][3])
{
    double t2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2], t = sqrt(t2);
    bool small = t < 1e-4;
    series(v, small ? 1.0 - t2 / 6.0 : sin(t) / t, small ? 0.5 - t2 / 24.0 : (1.0 - cos(t)) / t2, out);
}

void m3_mean_exp(const double v[3], double out[3][3])
{
    double t2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2], t = sqrt(t2);
    bool small = t < 1e-3;
    series(v, small ? 0.5 - t2 / 24.0 : (1.0 - cos(t)) / t2,
           small ? 1.0 / 6.0 - t2 / 120.0 : (1.0 - sin(t) / t) / t2, out);
}

void m3_log(double r[3][3], double v[3])
{
    const double d[3] = {0.5 * (r[2][1] - r[1][2]), 0.5 * (r[0][2] - r[2][0]), 0.5 * (r[1][0] - r[0][1])};
    double s = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    double angle = atan2(s, 0.5 * (r[0][0] + r[1][1] + r[2][2] - 1.0));
    for (int i = 0; i < 3; i++)
        v[i] = s > 1e-12 ? d[i] * angle / s : d[i];
}

void m3_orthonormalize(double r[3][3])
{
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < i; k++) {
            double dot = r[i][0] * r[k][0] + r[i][1] * r[k][1] + r[i][2] * r[k][2];
            for (int j = 0; j < 3; j++)
                r[i][j] -= dot * r[k][j];
        }
        double length = sqrt(r[i][0] * r[i][0] + r[i][1] * r[i][1] + r[i][2] * r[i][2]);
        for (int j = 0; j < 3; j++)
            r[i][j] /= length;
    }
}

void m3_euler(double roll_rad, double pitch_rad, double yaw_rad, double out[3][3])
{
    const double about_x[3] = {roll_rad, 0.0, 0.0}, about_y[3] = {0.0, pitch_rad, 0.0},
                 about_z[3] = {0.0, 0.0, yaw_rad};
    double x[3][3], y[3][3];
    m3_exp(about_x, x);
    m3_exp(about_y, y);
    m3_exp(about_z, out);
    m3_mul(out, y, out);
    m3_mul(out, x, out);
}

void m3_from_quaternion(const double q[4], double out[3][3])
{
    double s[3][3], ss[3][3]; /* R = I + 2 w [v x] + 2 [v x]^2 */
    m3_skew(q, s);
    m3_mul(s, s, ss);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            out[i][j] = (i == j ? 1.0 : 0.0) + 2.0 * q[3] * s[i][j] + 2.0 * ss[i][j];
    }
}
