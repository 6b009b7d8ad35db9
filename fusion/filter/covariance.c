#include "fusion/filter/covariance.h"

#include <math.h>
#include <string.h>

/* Four or eight floats at once. All arithmetic on them is elementwise and never contracted, so that every
 * width and every clone below gives the same bits. */
typedef float f4 __attribute__((vector_size(16)));
typedef float f8 __attribute__((vector_size(32)));

/* The hot functions exist twice on x86-64, for the baseline and for AVX2; the loader picks one. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define CLONED __attribute__((target_clones("avx2", "default")))
#else
#define CLONED
#endif
#define INLINE static inline __attribute__((always_inline))

INLINE f4 splat(float v)
{
    return (f4){v, v, v, v};
}

#define SPLAT8(v) ((f8){(v), (v), (v), (v), (v), (v), (v), (v)})

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

static int padded(int n)
{
    return (n + 7) & ~7;
}

size_t covariance_floats(int n)
{
    return (size_t)n * (size_t)padded(n);
}

void covariance_init(covariance *c, int n, float *storage)
{
    c->n = n;
    c->stride = padded(n);
    c->p = storage;
    memset(storage, 0, covariance_floats(n) * sizeof *storage);
}

/* Rows 0..8 of F P, in place: each row uses rows below it that are still old. */
INLINE void predict_rows(covariance *c, float dt, mat3 a, mat3 b)
{
    const int n8 = c->stride / 8;
    f8 *row[15];
    for (int i = 0; i < 15; i++)
        row[i] = (f8 *)(void *)covariance_row(c, i);
    const f8 t = SPLAT8(dt);
    const f8 a01 = SPLAT8(a[1][0]), a02 = SPLAT8(a[2][0]),
             a12 = SPLAT8(a[2][1]); /* [row][col] = a[col][row] */
    const f8 b00 = SPLAT8(b[0][0]), b01 = SPLAT8(b[1][0]), b02 = SPLAT8(b[2][0]);
    const f8 b10 = SPLAT8(b[0][1]), b11 = SPLAT8(b[1][1]), b12 = SPLAT8(b[2][1]);
    const f8 b20 = SPLAT8(b[0][2]), b21 = SPLAT8(b[1][2]), b22 = SPLAT8(b[2][2]);
    for (int k = 0; k < n8; k++) {
        f8 v0 = row[3][k], v1 = row[4][k], v2 = row[5][k];
        f8 e0 = row[6][k], e1 = row[7][k], e2 = row[8][k];
        f8 x0 = row[12][k], x1 = row[13][k], x2 = row[14][k];
        row[0][k] += t * v0;
        row[1][k] += t * v1;
        row[2][k] += t * v2;
        row[3][k] = v0 + (a01 * e1 + a02 * e2) + (b00 * x0 + b01 * x1 + b02 * x2);
        row[4][k] = v1 + (a12 * e2 - a01 * e0) + (b10 * x0 + b11 * x1 + b12 * x2);
        row[5][k] = v2 - (a02 * e0 + a12 * e1) + (b20 * x0 + b21 * x1 + b22 * x2);
        x0 = row[9][k], x1 = row[10][k], x2 = row[11][k];
        row[6][k] = e0 + (b00 * x0 + b01 * x1 + b02 * x2);
        row[7][k] = e1 + (b10 * x0 + b11 * x1 + b12 * x2);
        row[8][k] = e2 + (b20 * x0 + b21 * x1 + b22 * x2);
    }
}

/* Turns four rows of four into four columns. */
INLINE void transpose(const f4 in[4], f4 out[4])
{
    f4 a = __builtin_shufflevector(in[0], in[1], 0, 4, 1, 5),
       b = __builtin_shufflevector(in[2], in[3], 0, 4, 1, 5);
    f4 c = __builtin_shufflevector(in[0], in[1], 2, 6, 3, 7),
       d = __builtin_shufflevector(in[2], in[3], 2, 6, 3, 7);
    out[0] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
    out[1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
    out[2] = __builtin_shufflevector(c, d, 0, 1, 4, 5);
    out[3] = __builtin_shufflevector(c, d, 2, 3, 6, 7);
}

INLINE void load_block(const covariance *c, int row, int column, f4 block[4])
{
    for (int i = 0; i < 4; i++)
        block[i] = *(const f4 *)(const void *)(covariance_row(c, row + i) + column);
}

/* The block at (row, column) is copied, turned, to (column, row). */
INLINE void mirror_block(covariance *c, int row, int column)
{
    f4 block[4], turned[4];
    load_block(c, row, column, block);
    transpose(block, turned);
    for (int i = 0; i < 4 && column + i < c->n; i++)
        *(f4 *)(void *)(covariance_row(c, column + i) + row) = turned[i];
}

/* Column j of (F P) F' for the rows of `m` (its columns 0..14), one of the nine that change. */
INLINE f4 changed_column(const f4 *m, int j, f4 dt, mat3 a, mat3 b)
{
    int i = j % 3;
    if (j < STATE_VELOCITY)
        return m[j] + dt * m[j + 3];
    int from = j < STATE_ATTITUDE ? STATE_ACCEL_BIAS : STATE_GYRO_BIAS;
    f4 bias = splat(b[0][i]) * m[from] + splat(b[1][i]) * m[from + 1] + splat(b[2][i]) * m[from + 2];
    if (j >= STATE_ATTITUDE)
        return m[j] + bias;
    int k = (i + 1) % 3, l = (i + 2) % 3;
    return m[j] + (splat(a[k][i]) * m[STATE_ATTITUDE + k] + splat(a[l][i]) * m[STATE_ATTITUDE + l]) + bias;
}

/* A block on the diagonal: (F P) F' is symmetric but for its rounding, which would grow; the mean of both is
 * exactly so. */
INLINE void symmetrize_block(covariance *c, int at)
{
    f4 block[4], turned[4];
    load_block(c, at, at, block);
    transpose(block, turned);
    for (int i = 0; i < 4; i++)
        *(f4 *)(void *)(covariance_row(c, at + i) + at) = splat(0.5f) * (block[i] + turned[i]);
}

/* The nine changed columns of (F P) F', rows 0..8. Rows are handled four at a time as columns of vectors; the
 * block being symmetric, column j of rows 0..7 is stored as row j. */
INLINE void predict_corner(covariance *c, float dt, mat3 a, mat3 b)
{
    f4 m[2][16], last[15], corner[2][9];
    for (int half = 0; half < 2; half++) {
        for (int k = 0; k < 16; k += 4) {
            f4 block[4];
            load_block(c, 4 * half, k, block);
            transpose(block, &m[half][k]);
        }
    }
    const float *eighth = covariance_row(c, 8);
    for (int j = 0; j < 15; j++)
        last[j] = splat(eighth[j]);
    for (int j = 0; j < 9; j++) {
        corner[0][j] = changed_column(m[0], j, splat(dt), a, b);
        corner[1][j] = changed_column(m[1], j, splat(dt), a, b);
    }
    float end = changed_column(last, 8, splat(dt), a, b)[0];
    for (int j = 0; j < 9; j++) {
        f4 *row = (f4 *)(void *)covariance_row(c, j);
        row[0] = corner[0][j];
        row[1] = corner[1][j];
    }
    for (int j = 0; j < 8; j++)
        covariance_row(c, j)[8] = corner[j / 4][8][j % 4];
    covariance_row(c, 8)[8] = end;
    symmetrize_block(c, 0);
    symmetrize_block(c, 4);
    mirror_block(c, 0, 4);
}

/* The nine changed rows right of the corner become the columns below it. */
INLINE void mirror_changed(covariance *c)
{
    for (int column = 8; column < c->n; column += 4) {
        mirror_block(c, 0, column);
        mirror_block(c, 4, column);
    }
    const float *eighth = covariance_row(c, 8);
    for (int j = 9; j < c->n; j++)
        covariance_row(c, j)[8] = eighth[j];
}

CLONED void covariance_predict(covariance *c, float dt, mat3 a, mat3 b, float q_velocity, float q_attitude)
{
    predict_rows(c, dt, a, b);
    predict_corner(c, dt, a, b);
    for (int i = 0; i < 3; i++) {
        covariance_row(c, STATE_VELOCITY + i)[STATE_VELOCITY + i] += q_velocity;
        covariance_row(c, STATE_ATTITUDE + i)[STATE_ATTITUDE + i] += q_attitude;
    }
    mirror_changed(c);
}

void covariance_decay(covariance *c, int i, float phi, float q)
{
    float *row = covariance_row(c, i);
    if (phi != 1.0f) {
        for (int j = 0; j < c->n; j++)
            row[j] *= phi;
        row[i] *= phi;
        for (int j = 0; j < c->n; j++)
            covariance_row(c, j)[i] = row[j];
    }
    row[i] += q;
}

void covariance_shear(covariance *c, int to, int from, float factor)
{
    float *a = covariance_row(c, to), *b = covariance_row(c, from);
    float self = a[to] + 2.0f * factor * a[from] + factor * factor * b[from];
    for (int j = 0; j < c->n; j++)
        a[j] += factor * b[j];
    a[to] = self;
    for (int j = 0; j < c->n; j++)
        covariance_row(c, j)[to] = a[j];
}

INLINE void shear_corner(float m[6][6], int to, int from, float factor)
{
    float *a = m[to], *b = m[from];
    float self = a[to] + 2.0f * factor * a[from] + factor * factor * b[from];
    for (int j = 0; j < 6; j++)
        a[j] += factor * b[j];
    a[to] = self;
    for (int j = 0; j < 6; j++)
        m[j][to] = a[j];
}

/* The shears of the six states alone. */
INLINE void turn_corner(float m[6][6], const float v[3])
{
    shear_corner(m, 0, 4, v[2]);
    shear_corner(m, 0, 5, -v[1]);
    shear_corner(m, 1, 5, v[0]);
    shear_corner(m, 1, 3, -v[2]);
    shear_corner(m, 2, 3, v[1]);
    shear_corner(m, 2, 4, -v[0]);
}

INLINE void turn_rows(covariance *c, const float v[3])
{
    const int n8 = c->stride / 8;
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3, k = (i + 2) % 3;
        f8 *row = (f8 *)(void *)covariance_row(c, STATE_VELOCITY + i);
        const f8 *first = (const f8 *)(const void *)covariance_row(c, STATE_ATTITUDE + j);
        const f8 *second = (const f8 *)(const void *)covariance_row(c, STATE_ATTITUDE + k);
        for (int b = 0; b < n8; b++) {
            f8 sum = row[b] + SPLAT8(v[k]) * first[b];
            row[b] = sum + SPLAT8(-v[j]) * second[b];
        }
    }
}

_Static_assert((int)STATE_ATTITUDE == (int)STATE_VELOCITY + 3, "the six lie side by side");

CLONED void covariance_turn(covariance *c, const float v[3])
{
    float m[6][6];
    for (int i = 0; i < 6; i++)
        memcpy(m[i], covariance_row(c, STATE_VELOCITY + i) + STATE_VELOCITY, sizeof m[i]);
    turn_corner(m, v);
    turn_rows(c, v);
    for (int i = 0; i < 3; i++)
        memcpy(covariance_row(c, STATE_VELOCITY + i) + STATE_VELOCITY, m[i], sizeof m[i]);
    const float *turned[3] = {covariance_row(c, STATE_VELOCITY), covariance_row(c, STATE_VELOCITY + 1),
                              covariance_row(c, STATE_VELOCITY + 2)};
    for (int j = 0; j < c->n; j++) {
        float *row = covariance_row(c, j) + STATE_VELOCITY;
        for (int i = 0; i < 3; i++)
            row[i] = turned[i][j];
    }
}

double covariance_along(const covariance *c, int first, const double axis[3])
{
    double sum = 0.0;
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            sum += axis[i] * axis[j] * (double)covariance_at(c, first + i, first + j);
    }
    return sum;
}

void covariance_widen(covariance *c, int i, float q)
{
    covariance_row(c, i)[i] += q;
}

void covariance_reset(covariance *c, int i, float variance)
{
    float *row = covariance_row(c, i);
    for (int j = 0; j < c->n; j++) {
        row[j] = 0.0f;
        covariance_row(c, j)[i] = 0.0f;
    }
    row[i] = variance;
}

/* Rows of T P, T being the identity but for six rows. */
INLINE void gather_rows(covariance *c, int first, float dt, mat3 b)
{
    const int n8 = c->stride / 8;
    f8 *to[6], *velocity[3], *bias[3];
    for (int i = 0; i < 3; i++) {
        to[i] = (f8 *)(void *)covariance_row(c, first + i);
        to[i + 3] = (f8 *)(void *)covariance_row(c, first + i + 3);
        velocity[i] = (f8 *)(void *)covariance_row(c, STATE_VELOCITY + i);
        bias[i] = (f8 *)(void *)covariance_row(c, STATE_GYRO_BIAS + i);
    }
    for (int k = 0; k < n8; k++) {
        for (int i = 0; i < 3; i++) {
            to[i][k] += SPLAT8(dt) * velocity[i][k];
            to[i + 3][k] +=
                SPLAT8(b[0][i]) * bias[0][k] + SPLAT8(b[1][i]) * bias[1][k] + SPLAT8(b[2][i]) * bias[2][k];
        }
    }
}

/* The six columns of (T P) T' in its row `r`. */
static void gather_columns(float *r, int first, float dt, mat3 b)
{
    const float *bias = r + STATE_GYRO_BIAS;
    for (int j = 0; j < 3; j++) {
        r[first + j] += dt * r[STATE_VELOCITY + j];
        r[first + j + 3] += b[0][j] * bias[0] + b[1][j] * bias[1] + b[2][j] * bias[2];
    }
}

CLONED void covariance_gather(covariance *c, int first, float dt, mat3 b)
{
    gather_rows(c, first, dt, b);
    for (int i = 0; i < 6; i++)
        gather_columns(covariance_row(c, first + i), first, dt, b);
    for (int i = 0; i < 6; i++) {
        const float *row = covariance_row(c, first + i);
        for (int j = 0; j < c->n; j++) {
            if (j < first || j > first + i) /* of the six themselves one triangle is mirrored */
                covariance_row(c, j)[first + i] = row[j];
        }
    }
}

void covariance_share(covariance *c, int first, float q_attitude)
{
    for (int i = 0; i < 3; i++) {
        int attitude = STATE_ATTITUDE + i, own = first + 3 + i;
        covariance_row(c, own)[own] += q_attitude;
        covariance_row(c, own)[attitude] += q_attitude;
        covariance_row(c, attitude)[own] += q_attitude;
    }
}

/* y = H P and S = H P H' for a number of rows that the compiler knows, so that sums stay in registers. Zeros
 * of H are multiplied too: that changes no bit, for no sum is ever -0. */
INLINE void project_rows(const covariance *c, const measurement *m, projection *j, int dim)
{
    const int n8 = c->stride / 8, columns = m->columns;
    for (int i = 0; i < n8; i++) {
        f8 y[3] = {SPLAT8(0.0f), SPLAT8(0.0f), SPLAT8(0.0f)};
        for (int col = 0; col < columns; col++) {
            f8 p = ((const f8 *)(const void *)covariance_row(c, m->index[col]))[i];
            for (int k = 0; k < dim; k++)
                y[k] += SPLAT8(m->h[col][k]) * p;
        }
        for (int k = 0; k < dim; k++)
            ((f8 *)(void *)j->y[k])[i] = y[k];
    }
    float s[3][3] = {{0}};
    for (int col = 0; col < columns; col++) {
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
        project_rows(c, m, j, 1);
    else if (m->dim == 2)
        project_rows(c, m, j, 2);
    else
        project_rows(c, m, j, 3);
}

/* Lower Cholesky factor of s, with the reciprocals of its diagonal. False when s is not positive definite. */
static bool factor(int dim, float s[3][3], float l[3][3], float inv[3])
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
static void whiten(const measurement *m, float l[3][3], const float inv[3], float u[3])
{
    for (int i = 0; i < m->dim; i++) {
        float sum = m->innovation[i];
        for (int k = 0; k < i; k++)
            sum -= l[i][k] * u[k];
        u[i] = sum * inv[i];
    }
}

float measurement_nis(const measurement *m, float s[3][3])
{
    float l[3][3], inv[3], u[3], nis = 0.0f;
    if (!factor(m->dim, s, l, inv))
        return NAN;
    whiten(m, l, inv, u);
    for (int i = 0; i < m->dim; i++)
        nis += u[i] * u[i];
    return nis;
}

/* w = L^-1 y in place, and dx = w' u: then K S K' = w' w and K * innovation = dx. */
INLINE void whiten_gain(const covariance *c, const measurement *m, projection *j, float l[3][3],
                        const float inv[3], const float u[3], float *dx)
{
    const int n8 = c->stride / 8;
    f8 *d = (f8 *)(void *)dx;
    for (int k = 0; k < m->dim; k++) {
        f8 *w = (f8 *)(void *)j->y[k];
        f8 scale = SPLAT8(inv[k]), weight = SPLAT8(u[k]);
        for (int i = 0; i < n8; i++) {
            f8 v = w[i];
            for (int b = 0; b < k; b++)
                v -= SPLAT8(l[k][b]) * ((f8 *)(void *)j->y[b])[i];
            v *= scale;
            w[i] = v;
            d[i] = k ? d[i] + weight * v : weight * v;
        }
    }
}

/* Rows of P -= w' w, from the block of the diagonal on, with numbers that the compiler knows. */
INLINE void subtract_rows(covariance *c, int first, int rows, int dim, const projection *j)
{
    const int n8 = c->stride / 8;
    f8 a[4][3] = {{{0}}};
    for (int i = 0; i < rows; i++) {
        for (int d = 0; d < dim; d++)
            a[i][d] = SPLAT8(j->y[d][first + i]);
    }
    for (int k = first / 8; k < n8; k++) {
        f8 w[3] = {{0}};
        for (int d = 0; d < dim; d++)
            w[d] = ((const f8 *)(const void *)j->y[d])[k];
        for (int i = 0; i < rows; i++) {
            f8 given = a[i][0] * w[0];
            for (int d = 1; d < dim; d++)
                given += a[i][d] * w[d];
            ((f8 *)(void *)covariance_row(c, first + i))[k] -= given;
        }
    }
}

INLINE void subtract_all(covariance *c, int dim, const projection *j)
{
    int i = 0;
    for (; i + 4 <= c->n; i += 4)
        subtract_rows(c, i, 4, dim, j);
    for (; i < c->n; i++)
        subtract_rows(c, i, 1, dim, j);
}

/* P -= w' w: on and above the 8x8 blocks of the diagonal, then mirrored. Within a block of the diagonal both
 * triangles get the same bits, for every product commutes. */
INLINE void subtract_gain(covariance *c, int dim, const projection *j)
{
    if (dim == 1)
        subtract_all(c, 1, j);
    else if (dim == 2)
        subtract_all(c, 2, j);
    else
        subtract_all(c, 3, j);
    for (int row = 0; row < c->n - 4; row += 4) {
        for (int column = (row + 8) & ~7; column < c->n; column += 4)
            mirror_block(c, row, column);
    }
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

CLONED bool covariance_update(covariance *c, const measurement *m, projection *j, float s[3][3], float *dx,
                              uint64_t considered)
{
    float l[3][3], inv[3], u[3];
    if (!factor(m->dim, s, l, inv))
        return false;
    whiten(m, l, inv, u);
    whiten_gain(c, m, j, l, inv, u, dx);
    subtract_gain(c, m->dim, j);
    if (considered)
        restore_considered(c, m->dim, j, considered, dx);
    return true;
}
