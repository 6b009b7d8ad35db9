#include "fusion/filter/covariance.h"

#include "fusion/filter/covariance_blocks.h"

#include <math.h>
#include <string.h>

static int padded(int n)
{
    return (n + 7) & ~7;
}

size_t covariance_floats(int n)
{
    return (size_t)padded(n) * (size_t)padded(n);
}

void covariance_init(covariance *c, int n, float *storage)
{
    c->n = n;
    c->stride = padded(n);
    c->p = storage;
    memset(storage, 0, covariance_floats(n) * sizeof *storage);
}

/* Column i becomes what row i is. */
static void mirror_row(covariance *c, int i)
{
    const float *row = covariance_row(c, i);
    float *to = c->p + i;
    for (int j = 0; j < c->n; j += 4) {
        for (int k = 0; k < 4; k++, to += c->stride)
            *to = row[j + k];
    }
}

void covariance_decay(covariance *c, int i, float phi, float q)
{
    float *row = covariance_row(c, i);
    if (phi != 1.0f) {
        f4 *four = (f4 *)(void *)row;
        for (int k = 0; k < c->stride / 4; k++)
            four[k] *= phi;
        row[i] *= phi;
        mirror_row(c, i);
    }
    row[i] += q;
}

/* A row of a state that decays: each entry by the factor of the lower state first, so that it and its mirror
 * image are rounded alike. */
INLINE void decay_row(covariance *c, int i, const float *phi)
{
    const i8 lane = {0, 1, 2, 3, 4, 5, 6, 7}, below = lane < i % 8;
    const f8 own = SPLAT8(phi[i]), *others = (const f8 *)(const void *)phi;
    f8 *row = (f8 *)(void *)covariance_row(c, i);
    int k = 0;
    for (; k < i / 8; k++)
        row[k] = row[k] * others[k] * own;
    row[k] = row[k] * CHOOSE8(below, others[k], own) * CHOOSE8(below, own, others[k]);
    for (k++; k < c->stride / 8; k++)
        row[k] = row[k] * own * others[k];
}

CLONED void covariance_decay_all(covariance *c, int first, const float *phi)
{
    const f8 *others = (const f8 *)(const void *)phi;
    for (int i = 0; i < c->n; i++) {
        f8 *row = (f8 *)(void *)covariance_row(c, i);
        if (phi[i] != 1.0f)
            decay_row(c, i, phi);
        else
            for (int k = first / 8; k < c->stride / 8; k++)
                row[k] *= others[k];
    }
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

/* The shears of state i's velocity by the attitude beside it: v[k] times attitude j, then -v[j] times
 * attitude k. */
enum { TURN_J = 1, TURN_K = 2 };

/* Its variance after both, by what stood in the rows before. */
INLINE float turned_variance(const covariance *c, int i, const float v[3])
{
    const int j = (i + TURN_J) % 3, k = (i + TURN_K) % 3;
    const float *own = covariance_row(c, STATE_VELOCITY + i), by_j = v[k], by_k = -v[j];
    const float *row_j = covariance_row(c, STATE_ATTITUDE + j) + STATE_ATTITUDE,
                *row_k = covariance_row(c, STATE_ATTITUDE + k) + STATE_ATTITUDE;
    const float once =
        own[STATE_VELOCITY + i] + 2.0f * by_j * own[STATE_ATTITUDE + j] + by_j * by_j * row_j[j];
    const float with_k = own[STATE_ATTITUDE + k] + by_j * row_j[k];
    return once + 2.0f * by_k * with_k + by_k * by_k * row_k[k];
}

INLINE void turn_rows(covariance *c, const float v[3])
{
    f8 *velocity[3], *attitude[3];
    for (int i = 0; i < 3; i++) {
        velocity[i] = (f8 *)(void *)covariance_row(c, STATE_VELOCITY + i);
        attitude[i] = (f8 *)(void *)covariance_row(c, STATE_ATTITUDE + i);
    }
    for (int b = 0; b < c->stride / 8; b++) {
        for (int i = 0; i < 3; i++) {
            const int j = (i + TURN_J) % 3, k = (i + TURN_K) % 3;
            f8 sum = velocity[i][b] + v[k] * attitude[j][b];
            velocity[i][b] = sum + -v[j] * attitude[k][b];
        }
    }
}

/* Four rows from that of the velocity on become columns: the fourth, of the attitude, is what it was. */
INLINE void turn_columns(covariance *c)
{
    for (int j = 0; j < c->n; j += 4) {
        f4 block[4], turned[4];
        load_block(c, STATE_VELOCITY, j, block);
        transpose(block, turned);
        for (int i = 0; i < 4; i++)
            *(f4_anywhere *)(void *)(covariance_row(c, j + i) + STATE_VELOCITY) = turned[i];
    }
}

/* Among the six the columns turn as the rows have: one triangle, which is mirrored. */
INLINE void turn_corner(covariance *c, const float v[3], const float variance[3])
{
    float *row[3];
    for (int i = 0; i < 3; i++)
        row[i] = covariance_row(c, STATE_VELOCITY + i);
    for (int i = 0; i < 3; i++) {
        const int j = (i + TURN_J) % 3, k = (i + TURN_K) % 3;
        row[i][STATE_VELOCITY + i] = variance[i];
        for (int l = 0; l < i; l++) {
            float sum = row[l][STATE_VELOCITY + i] + v[k] * row[l][STATE_ATTITUDE + j];
            row[i][STATE_VELOCITY + l] = row[l][STATE_VELOCITY + i] =
                sum + -v[j] * row[l][STATE_ATTITUDE + k];
        }
        for (int l = 0; l < 3; l++)
            covariance_row(c, STATE_ATTITUDE + l)[STATE_VELOCITY + i] = row[i][STATE_ATTITUDE + l];
    }
}

CLONED void covariance_turn(covariance *c, const float v[3])
{
    const float variance[3] = {turned_variance(c, 0, v), turned_variance(c, 1, v), turned_variance(c, 2, v)};
    turn_rows(c, v);
    turn_corner(c, v, variance);
    turn_columns(c);
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

void covariance_widen_along(covariance *c, int first, const double axis[3], float variance)
{
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            covariance_row(c, first + i)[first + j] += variance * (float)(axis[i] * axis[j]);
    }
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
