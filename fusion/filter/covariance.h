/*
 * The covariance of the error state: single precision, full and exactly symmetric, rows and columns padded to
 * a multiple of eight.
 *
 * The transition is the identity but for nine rows (position, velocity, attitude), so F P F' touches only
 * those; it is written out in 3x3 blocks and never multiplied in full. A measurement is sparse by columns.
 *
 * Single precision holds because (a) an update never divides the variance by more than COVARIANCE_MAX_GAIN at
 * once, (b) slow noise is added in steps large enough not to be lost by rounding, and (c) unobservable states
 * have bounds.
 */
#ifndef POSED_FUSION_COVARIANCE_H
#define POSED_FUSION_COVARIANCE_H

#include <cglm/mat3.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The error state, in this order; what sources ask for follows. World vectors are in ECEF axes. */
enum {
    STATE_POSITION = 0,    /* m */
    STATE_VELOCITY = 3,    /* m/s */
    STATE_ATTITUDE = 6,    /* rad, true rotation = exp(error) * estimate, in ECEF axes */
    STATE_GYRO_BIAS = 9,   /* rad/s, body axes */
    STATE_ACCEL_BIAS = 12, /* m/s^2, body axes */
    STATE_MOUNT = 15,      /* rad, IMU against vehicle axes: pitch, yaw */
    STATE_SOURCES = 17,    /* first state of a source's own */
    STATE_MAX = 64,
};

/* H P H' may exceed R by at most this factor in one update: beyond it single precision would lose the
 * difference. R is raised to it. Too small: the first good fix after a long outage is not fully used; too
 * large: negative variances. */
#define COVARIANCE_MAX_GAIN 1e5f

typedef struct {
    int n;      /* states in use */
    int stride; /* floats per row, and rows: a multiple of 8, at least n */
    float *p;   /* 32-byte aligned; the padding is zero */
} covariance;

/* A measurement z of 1 to 3 values: innovation = z - h(x), linearized as sum over columns h[c][k] *
 * state[index[c]]. */
enum { MEASUREMENT_MAX_COLUMNS = 24 };
typedef struct {
    int dim;
    int columns;
    uint8_t index[MEASUREMENT_MAX_COLUMNS];
    float h[MEASUREMENT_MAX_COLUMNS][3];
    float innovation[3];
    float noise[3][3]; /* R; only dim x dim is read */
    float lasting[3]; /* variance of that part of each value's noise that measurement after measurement shares
                       */
    float repeats;    /* how many measurements share it: 2 x its correlation time x their rate */
    float nis;        /* set when it was held against its gate, and so is */
    float variance[3]; /* of each innovation */
} measurement;

/* Starts a measurement without columns and noise. */
void measurement_start(measurement *m, int dim);
/* Appends a column; those of the same state must not be appended twice. */
void measurement_column(measurement *m, int state, float h0, float h1, float h2);
/* Appends three columns, those of a 3x3 Jacobian in cglm's layout. */
void measurement_columns(measurement *m, int first_state, mat3 jacobian);
/* Drops all rows but `row` (then dim is 1). */
void measurement_keep_row(measurement *m, int row);

/* Floats that `covariance_init` needs for n states. */
size_t covariance_floats(int n);
/* Zeroes `storage` (32-byte aligned, covariance_floats(n) long, the caller's) and takes it. */
void covariance_init(covariance *c, int n, float *storage);

static inline float *covariance_row(const covariance *c, int i)
{
    return c->p + (size_t)i * (size_t)c->stride;
}

static inline float covariance_at(const covariance *c, int i, int j)
{
    return c->p[(size_t)i * (size_t)c->stride + (size_t)j];
}

/* P = F P F' + Q for one inertial step: d position = dt velocity; d velocity = a attitude + b accelerometer
 * bias; d attitude = b gyro bias (a antisymmetric, both already times dt, cglm layout); variances q_velocity
 * and q_attitude are added per axis. */
void covariance_predict(covariance *c, float dt, mat3 a, mat3 b, float q_velocity, float q_attitude);

/* State i decays: error_i = phi * error_i + noise of variance q. */
void covariance_decay(covariance *c, int i, float phi, float q);

/* Every state decays by its own factor of `phi` (as many as the padding holds, 32-byte aligned; 1: it stays),
 * all at once; those before `first` stay. To the bits of covariance_decay of one after the other, q being 0.
 */
void covariance_decay_all(covariance *c, int first, const float *phi);

/* State `to` turns out to be itself and `factor` times state `from`: P = T P T' with T = I + factor e_to
 * e_from'. */
void covariance_shear(covariance *c, int to, int from, float factor);

/* The velocity's error turns out to be itself and the attitude's x v: six shears at once, to the same bits.
 */
void covariance_turn(covariance *c, const float v[3]);

/* Variance along an axis (a unit vector) of the three states from `first` on. */
double covariance_along(const covariance *c, int first, const double axis[3]);

/* Adds q to the variance of state i. */
void covariance_widen(covariance *c, int i, float q);

/* Adds a variance along an axis (a unit vector) of the three states from `first` on. */
void covariance_widen_along(covariance *c, int first, const double axis[3], float variance);

/* Forgets state i: no correlation, this variance. */
void covariance_reset(covariance *c, int i, float variance);

/* Six states from `first` on gather what an inertial step does to position and attitude: d first.. = dt
 * velocity, d first + 3.. = b gyro bias. Call it before covariance_predict of the same step, and
 * covariance_share after it, for the noise that attitude and they have in common. */
void covariance_gather(covariance *c, int first, float dt, mat3 b);
void covariance_share(covariance *c, int first, float q_attitude);

/* An update in two steps, so that a gate can look in between. */
typedef struct {
    float y[3][STATE_MAX] __attribute__((aligned(32))); /* H P */
    float s[3][3];                                      /* H P H' */
} projection;

/* Of a measurement: H P and H P H', rows of `m`. */
void covariance_project(const covariance *c, const measurement *m, projection *j);

/* Fuses with innovation covariance `s` (dim x dim, positive definite; at least H P H'): P -= K S K', and the
 * correction K * innovation is written to dx (n values, 32-byte aligned, room for the padding). States whose
 * bit is set in `considered` keep their variances and are not corrected (Schmidt-Kalman: their rows of K are
 * zero). j->y is used up. False, with nothing changed, when s is not positive definite. */
bool covariance_update(covariance *c, const measurement *m, projection *j, float s[3][3], float *dx,
                       uint64_t considered);

/* Normalized innovation squared; NAN when s is not positive definite. */
float measurement_nis(const measurement *m, float s[3][3]);

#ifdef __cplusplus
}
#endif
#endif
