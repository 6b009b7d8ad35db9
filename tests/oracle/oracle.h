/*
 * The oracle: a textbook error-state Kalman filter, dense and in double throughout, to judge
 * fusion/filter/filter.c by.
 *
 * Mechanization and error model are Groves 2013, sections 5.3 and 14.2.3, complete: earth rate and gravity
 * gradient act on the error as well (the fast filter leaves them out), the transition goes to the second
 * order in dt, updates have Joseph's form. Attitude is a rotation matrix. The error state is ordered as in
 * fusion/filter/covariance.h, for that is what is compared; nothing else is shared.
 */
#ifndef POSED_TESTS_ORACLE_ORACLE_H
#define POSED_TESTS_ORACLE_ORACLE_H

#include "tests/oracle/dense.h"

#include "fusion/filter/filter.h"

enum { ORACLE_HISTORY = 4096 };

/* The nominal state. */
typedef struct {
    double position[3], velocity[3]; /* ECEF */
    double r[3][3];                  /* b-axes to ECEF */
    double gyro_bias[3], accel_bias[3], mount[2];
    double source[STATE_MAX - STATE_SOURCES];
    int clone; /* first of the six states of a cloned pose: position, attitude; 0: none */
    double clone_position[3], clone_r[3][3];
} oracle_state;

/* What the inertial input moved since the start, after one step. */
typedef struct {
    double time_s, velocity[3], way[3];
} oracle_moved;

typedef struct {
    int n;
    oracle_state x;
    dense p;
    bool earth_rotation;
    double slow_step_s; /* slow noise is added when it is this old; 0: in every step */
    double slow_age_s;
    double gyro[3];  /* last input; 0 where the axis has none */
    double bend[3];  /* how far it has turned in this bend: filter.bend_b */
    double accel[3]; /* last acceleration against the earth, ECEF */
    double up[3][3]; /* east, north, up, rows: the axes of GNSS errors, those at `up_at` */
    double up_at[3];
    double history_step_s;                   /* points of the history are this far apart, at least */
    oracle_moved now, moved[ORACLE_HISTORY]; /* moved: the newest at (kept - 1) % ORACLE_HISTORY */
    long kept;
    dense f, t, u; /* scratch */
} oracle;

/* A measurement, linearized: innovation = z - h(x), H dense. */
typedef struct {
    int dim;
    double h[3][STATE_MAX];
    double innovation[3], r[3][3];
    double lasting[3], repeats; /* as in the fast filter's measurement */
    double nis, weight;         /* set by oracle_weigh */
    bool turns; /* the covariance turns along with the velocity: filter_turn_course in fusion/filter/filter.c
                 */
} oracle_measurement;

/* Empty, over n states. */
void oracle_init(oracle *o, int n, bool earth_rotation);
/* The local axes are renewed when the position has left them by this, m: as in fusion/filter/filter.c. */
#define ORACLE_REACH_M 500.0

/* Forgets the history of motion and refreshes what is derived; after x was set from outside. */
void oracle_place(oracle *o);

/* One step. `slow` are the models of the sources' own states. */
void oracle_predict(oracle *o, const inertial_model *model, const slow_state *slow,
                    const inertial_input *input, double dt_s);

/* Sets nis and the Huber weight from S = H P H' + R; `limit` is NIS beyond which the weight falls. */
void oracle_weigh(const oracle *o, oracle_measurement *m, double limit);
/* Fuses (Joseph's form), with S widened by the weight; rows of K of the considered states are zero. */
void oracle_fuse(oracle *o, const oracle_measurement *m, uint64_t considered);

/* Textbook cloning (Roumeliotis and Burdick 2002): six states from `first` on become copies of position and
 * attitude, P <- T P T'. */
void oracle_clone(oracle *o, int first);

/* Adds an error to a state: position and the like add, R <- exp(psi) R. */
void oracle_inject(oracle_state *x, int n, const double *error);

/* Velocity change and way since `latency_s` ago: v(now) - v(then), and p(now) - p(then) if v(now) were
 * `velocity`. */
void oracle_since(const oracle *o, double latency_s, const double velocity[3], double change[3],
                  double way[3]);

void oracle_reset(oracle *o, int state, double variance);

#endif
