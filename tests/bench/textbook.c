#include "tests/bench/textbook.h"

#include "fusion/geodesy.h"

#include <math.h>
#include <string.h>

/* As in fusion/filter/covariance.c: the opponent gets the same wide vectors. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define CLONED __attribute__((target_clones("avx2", "default")))
#else
#define CLONED
#endif

/* Matrices of n x n: c = a b. */
CLONED static void multiply(int n, const double *restrict a, const double *restrict b, double *restrict c)
{
    for (int i = 0; i < n; i++) {
        double *row = c + i * n;
        for (int j = 0; j < n; j++)
            row[j] = 0.0;
        for (int k = 0; k < n; k++) {
            for (int j = 0; j < n; j++)
                row[j] += a[i * n + k] * b[k * n + j];
        }
    }
}

static void transpose(int n, const double *restrict a, double *restrict b)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            b[j * n + i] = a[i * n + j];
    }
}

static void symmetrize(int n, double *p)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++)
            p[i * n + j] = p[j * n + i] = 0.5 * (p[i * n + j] + p[j * n + i]);
    }
}

void textbook_take(textbook *t, const filter *f)
{
    memset(t, 0, sizeof *t);
    t->n = f->p.n;
    for (int i = 0; i < 3; i++) {
        t->position[i] = f->position_ecef_m[i];
        t->velocity[i] = f->velocity_ecef_mps[i];
        t->gyro_bias[i] = f->gyro_bias[i];
        t->accel_bias[i] = f->accel_bias[i];
    }
    memcpy(t->q, f->q_b_ecef, sizeof t->q);
    quat_to_rows(t->q, t->r);
    memcpy(t->own + STATE_SOURCES, f->source, sizeof f->source);
    for (int i = 0; i < t->n; i++) {
        for (int j = 0; j < t->n; j++)
            t->p[i * t->n + j] = (double)covariance_at(&f->p, i, j);
    }
    t->gyro_psd = (double)f->model.gyro_psd;
    t->accel_psd = (double)f->model.accel_psd;
    t->walk = 1e-9;
    t->decay_rate = 0.01;
}

/* Groves 2013, section 5.3; the force in ECEF axes goes to `force`. */
static void mechanize(textbook *t, const inertial_input *input, double dt, double force[3])
{
    double step[3], back[3] = {0.0, 0.0, -EARTH_RATE_RADPS * dt}, b[3], dq[4], latitude, longitude, height,
                    axes[3][3];
    for (int i = 0; i < 3; i++) {
        step[i] = (input->gyro_radps[i] - t->gyro_bias[i]) * dt;
        b[i] = input->accel_mps2[i] - t->accel_bias[i];
    }
    rows_mulv(t->r, b, force);
    ecef_to_geodetic(t->position, &latitude, &longitude, &height);
    enu_axes(latitude, longitude, axes);
    double g = normal_gravity(latitude, height);
    const double turn[3] = {2.0 * EARTH_RATE_RADPS * t->velocity[1], -2.0 * EARTH_RATE_RADPS * t->velocity[0],
                            0.0};
    for (int i = 0; i < 3; i++) {
        double a = force[i] - g * axes[2][i] + turn[i];
        t->position[i] += (t->velocity[i] + 0.5 * a * dt) * dt;
        t->velocity[i] += a * dt;
    }
    quat_exp(step, dq);
    quat_mul(t->q, dq, t->q);
    quat_exp(back, dq);
    quat_mul(dq, t->q, t->q);
    quat_normalize(t->q);
    quat_to_rows(t->q, t->r);
}

/* F = I + A dt, Groves 2013, (14.48), with decaying states of the sources. */
static void build_transition(textbook *t, const double force[3], double dt)
{
    const int n = t->n;
    const double s[3] = {force[0] * dt, force[1] * dt, force[2] * dt};
    const double swing[3][3] = {{0.0, s[2], -s[1]}, {-s[2], 0.0, s[0]}, {s[1], -s[0], 0.0}};
    memset(t->f, 0, sizeof(double) * (size_t)(n * n));
    for (int i = 0; i < n; i++)
        t->f[i * n + i] = i < STATE_SOURCES ? 1.0 : exp(-t->decay_rate * dt);
    for (int i = 0; i < 3; i++) {
        t->f[(STATE_POSITION + i) * n + STATE_VELOCITY + i] = dt;
        for (int j = 0; j < 3; j++) {
            t->f[(STATE_VELOCITY + i) * n + STATE_ATTITUDE + j] = swing[i][j];
            t->f[(STATE_VELOCITY + i) * n + STATE_ACCEL_BIAS + j] = -dt * t->r[i][j];
            t->f[(STATE_ATTITUDE + i) * n + STATE_GYRO_BIAS + j] = -dt * t->r[i][j];
        }
    }
}

void textbook_predict(textbook *t, const inertial_input *input, double dt_s)
{
    const int n = t->n;
    double force[3];
    mechanize(t, input, dt_s, force);
    build_transition(t, force, dt_s);
    multiply(n, t->f, t->p, t->product);
    transpose(n, t->f, t->turned);
    multiply(n, t->product, t->turned, t->p);
    symmetrize(n, t->p);
    for (int i = STATE_VELOCITY; i < n; i++) {
        double psd = i < STATE_ATTITUDE ? t->accel_psd : i < STATE_GYRO_BIAS ? t->gyro_psd : t->walk;
        t->p[i * n + i] += psd * dt_s;
    }
}

/* H of a position: antenna = position + R lever + slow error, as it was `latency` ago; z - h goes to
 * `innovation`. */
static void build_measurement(const textbook *t, int first, const double fix[3], const double lever[3],
                              double h[3][STATE_MAX], double innovation[3])
{
    double world[3], late = t->own[first + 3], r[3][3];
    memcpy(r, t->r, sizeof r);
    rows_mulv(r, lever, world);
    const double turn[3][3] = {
        {0.0, world[2], -world[1]}, {-world[2], 0.0, world[0]}, {world[1], -world[0], 0.0}};
    memset(h, 0, 3 * sizeof h[0]);
    for (int i = 0; i < 3; i++) {
        h[i][STATE_POSITION + i] = 1.0;
        h[i][STATE_VELOCITY + i] = -late;
        for (int j = 0; j < 3; j++)
            h[i][STATE_ATTITUDE + j] = turn[i][j];
        h[i][first + i] = 1.0;
        h[i][first + 3] = -t->velocity[i];
        innovation[i] = fix[i] - (t->position[i] + world[i] - late * t->velocity[i] + t->own[first + i]);
    }
}

/* Inverse of a symmetric matrix of up to three rows, by cofactors; rows beyond `dim` are those of the
 * identity. */
static void invert(int dim, double s[3][3], double out[3][3])
{
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            s[i][j] = i < dim && j < dim ? s[i][j] : i == j ? 1.0 : 0.0;
    }
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            int a = (i + 1) % 3, b = (i + 2) % 3, c = (j + 1) % 3, d = (j + 2) % 3;
            out[j][i] = s[a][c] * s[b][d] - s[a][d] * s[b][c];
        }
    }
    double determinant = s[0][0] * out[0][0] + s[0][1] * out[1][0] + s[0][2] * out[2][0];
    for (int i = 0; i < 9; i++)
        out[i / 3][i % 3] /= determinant;
}

static void inject(textbook *t, const double *dx)
{
    double dq[4];
    for (int i = 0; i < 3; i++) {
        t->position[i] += dx[STATE_POSITION + i];
        t->velocity[i] += dx[STATE_VELOCITY + i];
        t->gyro_bias[i] += dx[STATE_GYRO_BIAS + i];
        t->accel_bias[i] += dx[STATE_ACCEL_BIAS + i];
    }
    quat_exp(dx + STATE_ATTITUDE, dq);
    quat_mul(dq, t->q, t->q);
    quat_to_rows(t->q, t->r);
    for (int i = STATE_MOUNT; i < t->n; i++)
        t->own[i] += dx[i];
}

/* y = P H' (n x dim), s = H P H' + R */
static void project(const textbook *t, int dim, double h[3][STATE_MAX], double variance,
                    double y[STATE_MAX][3], double s[3][3])
{
    for (int i = 0; i < t->n; i++) {
        for (int k = 0; k < dim; k++) {
            y[i][k] = 0.0;
            for (int j = 0; j < t->n; j++)
                y[i][k] += t->p[i * t->n + j] * h[k][j];
        }
    }
    for (int k = 0; k < dim; k++) {
        for (int l = 0; l < dim; l++) {
            s[k][l] = k == l ? variance : 0.0;
            for (int j = 0; j < t->n; j++)
                s[k][l] += h[k][j] * y[j][l];
        }
    }
}

/* K = P H' S^-1, and the correction K z. */
static void make_gain(const textbook *t, int dim, double y[STATE_MAX][3], double inverse[3][3],
                      const double z[3], double gain[STATE_MAX][3], double *dx)
{
    for (int i = 0; i < t->n; i++) {
        dx[i] = 0.0;
        for (int k = 0; k < dim; k++) {
            gain[i][k] = 0.0;
            for (int l = 0; l < dim; l++)
                gain[i][k] += y[i][l] * inverse[l][k];
            dx[i] += gain[i][k] * z[k];
        }
    }
}

bool textbook_update(textbook *t, int dim, int first_state, const double fix_m[3], const double lever[3],
                     double sigma_m, double gate)
{
    const int n = t->n;
    double h[3][STATE_MAX], z[3], y[STATE_MAX][3], s[3][3], inverse[3][3], gain[STATE_MAX][3], dx[STATE_MAX],
        nis = 0.0;
    build_measurement(t, first_state, fix_m, lever, h, z);
    project(t, dim, h, sigma_m * sigma_m, y, s);
    invert(dim, s, inverse);
    for (int k = 0; k < dim; k++) {
        for (int l = 0; l < dim; l++)
            nis += z[k] * inverse[k][l] * z[l];
    }
    if (!(nis <= gate))
        return false;
    make_gain(t, dim, y, inverse, z, gain, dx);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double sum = i == j ? 1.0 : 0.0;
            for (int k = 0; k < dim; k++)
                sum -= gain[i][k] * h[k][j];
            t->gain_h[i * n + j] = sum;
        }
    }
    multiply(n, t->gain_h, t->p, t->product);
    memcpy(t->p, t->product, sizeof(double) * (size_t)(n * n));
    symmetrize(n, t->p);
    inject(t, dx);
    return true;
}
