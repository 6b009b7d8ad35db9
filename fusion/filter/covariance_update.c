/* A measurement: its columns, H P and S, its weight, and what it leaves of P. */
#include "fusion/filter/covariance.h"

#include "fusion/filter/covariance_blocks.h"

#include <math.h>
#include <string.h>

void measurement_start(measurement *m, int dim)
{
    m->dim = dim;
    m->columns = 0;
    m->nis = m->repeats = 0.0f;
    memset(m->lasting, 0, sizeof m->lasting);
    memset(m->innovation, 0, sizeof m->innovation);
    memset(m->variance, 0, sizeof m->variance);
    memset(m->noise, 0, sizeof m->noise);
}

void measurement_column(measurement *m, int state, float h0, float h1, float h2)
{
    int c = m->columns++;
    m->index[c] = (uint8_t)state;
    m->h[c][0] = h0;
    m->h[c][1] = h1;
    m->h[c][2] = h2;
}

void measurement_columns(measurement *m, int first_state, mat3 jacobian)
{
    for (int i = 0; i < 3; i++)
        measurement_column(m, first_state + i, jacobian[i][0], jacobian[i][1], jacobian[i][2]);
}

void measurement_keep_row(measurement *m, int row)
{
    for (int c = 0; c < m->columns; c++)
        m->h[c][0] = m->h[c][row];
    m->innovation[0] = m->innovation[row];
    m->noise[0][0] = m->noise[row][row];
    m->dim = 1;
}

/* y = H P of `blocks` times eight states from block `at` on, with numbers that the compiler knows, so that
 * sums stay in registers. Zeros of H are multiplied too: that changes no bit, for no sum is ever -0. */
INLINE void project_blocks(const measurement *m, const float *const row[], int at, int blocks, int dim,
                           projection *j)
{
    f8 y[3][3] = {{{0}}};
    for (int col = 0; col < m->columns; col++) {
        const f8 *p = (const f8 *)(const void *)row[col] + at;
        for (int k = 0; k < dim; k++) {
            for (int i = 0; i < blocks; i++)
                y[k][i] += m->h[col][k] * p[i];
        }
    }
    for (int k = 0; k < dim; k++) {
        for (int i = 0; i < blocks; i++)
            ((f8 *)(void *)j->y[k])[at + i] = y[k][i];
    }
}

INLINE void project_rows(const covariance *c, const measurement *m, projection *j, int dim)
{
    const int n8 = c->stride / 8;
    const float *row[MEASUREMENT_MAX_COLUMNS];
    for (int col = 0; col < m->columns; col++)
        row[col] = covariance_row(c, m->index[col]);
    int i = 0;
    for (; i + 3 <= n8; i += 3)
        project_blocks(m, row, i, 3, dim, j);
    if (i + 2 == n8)
        project_blocks(m, row, i, 2, dim, j);
    else if (i < n8)
        project_blocks(m, row, i, 1, dim, j);
}

/* S = H P H' of it. */
INLINE void project_all(const covariance *c, const measurement *m, projection *j, int dim)
{
    project_rows(c, m, j, dim);
    float s[3][3] = {{0}};
    for (int col = 0; col < m->columns; col++) {
        int at = m->index[col];
        for (int k = 0; k < dim; k++) {
            for (int l = 0; l <= k; l++)
                s[k][l] += j->y[k][at] * m->h[col][l];
        }
    }
    for (int k = 0; k < dim; k++) {
        for (int l = 0; l <= k; l++)
            j->s[k][l] = j->s[l][k] = s[k][l];
    }
}

CLONED void covariance_project(const covariance *c, const measurement *m, projection *j)
{
    if (m->dim == 1)
        project_all(c, m, j, 1);
    else if (m->dim == 2)
        project_all(c, m, j, 2);
    else
        project_all(c, m, j, 3);
}

/* Lower Cholesky factor of s, with the reciprocals of its diagonal. False when s is not positive definite. */
INLINE bool factor(int dim, float s[3][3], float l[3][3], float inv[3])
{
    for (int i = 0; i < dim; i++) {
        for (int j = 0; j <= i; j++) {
            float sum = s[i][j];
            for (int k = 0; k < j; k++)
                sum -= l[i][k] * l[j][k];
            if (i != j) {
                l[i][j] = sum * inv[j];
            } else {
                if (!(sum > 0.0f) || !isfinite(sum))
                    return false;
                l[i][i] = sqrtf(sum);
                inv[i] = 1.0f / l[i][i];
            }
        }
    }
    return true;
}

/* u = L^-1 innovation */
INLINE void whiten(const measurement *m, int dim, float l[3][3], const float inv[3], float u[3])
{
    for (int i = 0; i < dim; i++) {
        float sum = m->innovation[i];
        for (int k = 0; k < i; k++)
            sum -= l[i][k] * u[k];
        u[i] = sum * inv[i];
    }
}

INLINE float nis_of(const measurement *m, int dim, float s[3][3])
{
    float l[3][3], inv[3], u[3], nis = 0.0f;
    if (!factor(dim, s, l, inv))
        return NAN;
    whiten(m, dim, l, inv, u);
    for (int i = 0; i < dim; i++)
        nis += u[i] * u[i];
    return nis;
}

float measurement_nis(const measurement *m, float s[3][3])
{
    return m->dim == 1 ? nis_of(m, 1, s) : m->dim == 2 ? nis_of(m, 2, s) : nis_of(m, 3, s);
}

/* w = L^-1 y in place, and dx = w' u: then K S K' = w' w and K * innovation = dx. */
INLINE void whiten_gain(const covariance *c, int dim, projection *j, float l[3][3], const float inv[3],
                        const float u[3], float *dx)
{
    const int n8 = c->stride / 8;
    for (int i = 0; i < n8; i++) {
        f8 w[3], sum = SPLAT8(0.0f);
        for (int k = 0; k < dim; k++) {
            f8 *y = (f8 *)(void *)j->y[k] + i;
            w[k] = *y;
            for (int b = 0; b < k; b++)
                w[k] -= l[k][b] * w[b];
            w[k] *= inv[k];
            *y = w[k];
            sum = k ? sum + u[k] * w[k] : u[k] * w[k];
        }
        ((f8 *)(void *)dx)[i] = sum;
    }
}

/* Four rows of P -= w' w. */
INLINE void subtract_rows(covariance *c, int first, int dim, const projection *j)
{
    const int n8 = c->stride / 8;
    float less[4][3];
    f8 *row[4];
    for (int i = 0; i < 4; i++) {
        row[i] = (f8 *)(void *)covariance_row(c, first + i);
        for (int d = 0; d < dim; d++)
            less[i][d] = -j->y[d][first + i];
    }
    for (int k = 0; k < n8; k++) {
        f8 w[3];
        for (int d = 0; d < dim; d++)
            w[d] = ((const f8 *)(const void *)j->y[d])[k];
        for (int i = 0; i < 4; i++) {
            f8 sum = less[i][0] * w[0];
            for (int d = 1; d < dim; d++)
                sum += less[i][d] * w[d];
            row[i][k] += sum;
        }
    }
}

/* P -= w' w, both triangles: that costs less than one of them and to mirror it. They get the same bits, for
 * every product commutes. */
INLINE void subtract_gain(covariance *c, int dim, const projection *j)
{
    for (int i = 0; i < c->n; i += 4)
        subtract_rows(c, i, dim, j);
}

/* Schmidt: among the considered states the covariance stays; w' w is given back there. */
static void restore_considered(covariance *c, int dim, const projection *j, uint64_t considered, float *dx)
{
    for (uint64_t a = considered; a; a &= a - 1) {
        int i = __builtin_ctzll(a);
        dx[i] = 0.0f;
        for (uint64_t b = considered; b; b &= b - 1) {
            int k = __builtin_ctzll(b);
            float given = 0.0f;
            for (int d = 0; d < dim; d++)
                given += j->y[d][i] * j->y[d][k];
            covariance_row(c, i)[k] += given;
        }
    }
}

/* For a number of values that the compiler knows. */
INLINE bool update(covariance *c, const measurement *m, int dim, projection *j, float s[3][3], float *dx)
{
    float l[3][3], inv[3], u[3];
    if (!factor(dim, s, l, inv))
        return false;
    whiten(m, dim, l, inv, u);
    whiten_gain(c, dim, j, l, inv, u, dx);
    subtract_gain(c, dim, j);
    return true;
}

CLONED bool covariance_update(covariance *c, const measurement *m, projection *j, float s[3][3], float *dx,
                              uint64_t considered)
{
    bool sound = m->dim == 1   ? update(c, m, 1, j, s, dx)
                 : m->dim == 2 ? update(c, m, 2, j, s, dx)
                               : update(c, m, 3, j, s, dx);
    if (sound && considered)
        restore_considered(c, m->dim, j, considered, dx);
    return sound;
}
