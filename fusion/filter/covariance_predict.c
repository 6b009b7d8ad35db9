/* P = F P F' + Q. */
#include "fusion/filter/covariance.h"

#include "fusion/filter/covariance_blocks.h"

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

/* Column j of (F P) F' for the rows of `m` (its columns 0..14), one of the nine that change: i-th of its
 * three.
 */
INLINE f4 changed_position(const f4 *m, int i, f4 dt)
{
    return m[i] + dt * m[STATE_VELOCITY + i];
}

INLINE f4 changed_by_bias(const f4 *m, int i, int bias, mat3 b)
{
    return splat(b[0][i]) * m[bias] + splat(b[1][i]) * m[bias + 1] + splat(b[2][i]) * m[bias + 2];
}

INLINE f4 changed_velocity(const f4 *m, int i, mat3 a, mat3 b)
{
    const int k = (i + 1) % 3, l = (i + 2) % 3;
    return m[STATE_VELOCITY + i] +
           (splat(a[k][i]) * m[STATE_ATTITUDE + k] + splat(a[l][i]) * m[STATE_ATTITUDE + l]) +
           changed_by_bias(m, i, STATE_ACCEL_BIAS, b);
}

INLINE f4 changed_attitude(const f4 *m, int i, mat3 b)
{
    return m[STATE_ATTITUDE + i] + changed_by_bias(m, i, STATE_GYRO_BIAS, b);
}

INLINE void changed_columns(const f4 *m, f4 dt, mat3 a, mat3 b, f4 out[9])
{
    for (int i = 0; i < 3; i++) {
        out[STATE_POSITION + i] = changed_position(m, i, dt);
        out[STATE_VELOCITY + i] = changed_velocity(m, i, a, b);
        out[STATE_ATTITUDE + i] = changed_attitude(m, i, b);
    }
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
    for (int j = STATE_ATTITUDE + 2; j < 15; j++)
        last[j] = splat(eighth[j]);
    changed_columns(m[0], splat(dt), a, b, corner[0]);
    changed_columns(m[1], splat(dt), a, b, corner[1]);
    float end = changed_attitude(last, 2, b)[0];
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
        for (int j = column; j < column + 4; j++)
            covariance_row(c, j)[8] = covariance_row(c, 8)[j];
    }
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
