/*
 * What the fast filter is measured against: the textbook's error-state filter, dense and in double.
 *
 * The same states and the same mechanization, but the covariance is F P F' + Q with F written out in full in
 * every step, and (I - K H) P in an update. It is a fair opponent: F goes to first order only, Joseph's form
 * is not used, and the loops of the products are ordered so that the compiler can vectorize them. (The oracle
 * of the tests is more exact and slower on every count.)
 */
#ifndef POSED_TESTS_BENCH_TEXTBOOK_H
#define POSED_TESTS_BENCH_TEXTBOOK_H

#include "fusion/filter/filter.h"

typedef double textbook_matrix[STATE_MAX * STATE_MAX]; /* n x n, row-major, without padding */

typedef struct {
    int n;
    double position[3], velocity[3], q[4], r[3][3]; /* ECEF; b-axes to ECEF */
    double gyro_bias[3], accel_bias[3], own[STATE_MAX];
    textbook_matrix p, f, turned, product, gain_h;
    double gyro_psd, accel_psd, walk, decay_rate; /* noise, and 1/s of the sources' own states */
} textbook;

/* Takes over the state and the covariance of a filter. */
void textbook_take(textbook *t, const filter *f);

/* One step of the mechanization and of F P F' + Q. */
void textbook_predict(textbook *t, const inertial_input *input, double dt_s);

/* A measurement of the position (ECEF) at `lever` in b-axes, with three slow errors and the latency as own
 * states from `first_state` on; `dim` of its rows are used. Gate, gain, (I - K H) P, and the correction of
 * the state. False: rejected by the gate. */
bool textbook_update(textbook *t, int dim, int first_state, const double fix_m[3], const double lever[3],
                     double sigma_m, double gate);

#endif
