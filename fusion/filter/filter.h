/*
 * The error-state Kalman filter: nominal state, prediction, fusing a linearized measurement.
 *
 * Nominal state in double (ECEF position and velocity, attitude quaternion), error covariance in single
 * precision (covariance.h). The navigation point is the primary IMU's position (the body origin without one).
 * The mechanization is Groves 2013, section 5.3 (ECEF), and its error model section 14.2.3, less the terms
 * that a vehicle cannot see over the life of an error: earth rate and gravity gradient act on the nominal
 * state but not on its error.
 *
 * b-axes are the body axes as far as the IMU's configured mount tells; vehicle axes differ from them by the
 * small mount angles that are estimated: v_b = exp(mount) v_vehicle with mount = (0, pitch, yaw).
 */
#ifndef POSED_FUSION_FILTER_H
#define POSED_FUSION_FILTER_H

#include "fusion/filter/covariance.h"
#include "fusion/filter/motion_log.h"
#include "fusion/rotation.h"
#include "fusion/settings.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Noise of one inertial input, derived from settings once. A missing axis is pseudo-inertial: the input is
 * "no acceleration, no turn" and the bias state of that axis is opened up to carry what happens. */
typedef struct {
    float gyro_psd;   /* (rad/s)^2/Hz */
    float accel_psd;  /* (m/s^2)^2/Hz */
    float turn_share; /* scale and misalignment, one sigma, as a share of the turn */
    float gyro_walk[3],
        accel_walk[3]; /* bias noise per second: unit^2/s; for a missing axis of the decay below */
    float gyro_sigma[3],
        accel_sigma[3];                /* bias, one sigma, at the start and in the long run where it decays */
    float gyro_rate[3], accel_rate[3]; /* 1/correlation time, 1/s; 0: a random walk */
    float turn_per_m; /* where the yaw rate is missing: its sigma per speed, rad/m; 0: as above */
    float
        turn_mps2; /* where the yaw rate is missing: lateral acceleration that bounds it at speed; 0: none */
    float
        swing_s; /* where the yaw rate is missing: how long its change lasts, s; 0: it changes as it likes */
    bool gyro_missing[3];
    bool accel_missing; /* all three: gravity is then taken out with the attitude at hand */
} inertial_model;

/* One inertial input in b-axes; entries of missing axes are not read. */
typedef struct {
    double gyro_radps[3];
    double accel_mps2[3];
} inertial_input;

/* Mounts creep: rad^2/s, a twentieth of a degree in a quarter of an hour. Too small: a shifted mount is held
 * against the sensors; too large: the heading is never sure. */
#define FILTER_MOUNT_WALK 1e-9f

/* A first-order Gauss-Markov (or, with rate 0, random walk) state of a source's own. */
typedef struct {
    float rate;       /* 1/s */
    float stationary; /* variance in the long run, where rate > 0 */
    float walk;       /* variance per second, where rate == 0 */
    float bound;      /* variance that it never exceeds */
} slow_state;

/* The transition since it was last taken away, summed: for whoever carries other errors of the same state. To
 * first order in its length, a tenth of a second at most. */
typedef struct {
    float dt, turned; /* s; variance of the attitude's white noise, rad^2 */
    mat3 a, b;        /* as covariance_predict */
} filter_span;

/* A pose that has been cloned (odometry.c). In single precision the difference of two positions, each known
 * to metres, would drown in rounding; so the clone's six states are the errors of what has happened since:
 * position less that of the clone, and the turn, both in ECEF axes. */
typedef struct {
    int first; /* of its states; their entries in filter.source mean nothing */
    bool held;
    int64_t stamp_ns;
    double position_ecef_m[3], q_b_ecef[4]; /* as it is known now */
} filter_clone;

enum { FILTER_CLONES = 5 };

typedef struct {
    int64_t stamp_ns;

    double position_ecef_m[3], velocity_ecef_mps[3], q_b_ecef[4];
    double gyro_bias[3], accel_bias[3];
    double mount[2];                          /* pitch, yaw, rad; filter_set_mount */
    double source[STATE_MAX - STATE_SOURCES]; /* nominal values of the sources' states */

    covariance p;
    slow_state slow[STATE_MAX - STATE_SOURCES];
    int swing_state;     /* how the yaw rate changes, rad/s^2, where it is missing; 0: none */
    uint64_t considered; /* bit i: state i is not corrected, but its uncertainty counts (Schmidt 1966) */

    inertial_model model;
    bool earth_rotation;
    double slow_age_s; /* since slow noise was last added */

    /* Derived from the nominal state. */
    double r_b_ecef[3][3];
    double r_mount[3][3]; /* exp(mount): from vehicle to b-axes */
    double rate_b[3];     /* corrected rate of turn against the earth, rad/s */
    double bend_b[3];     /* how far it has turned in this bend, rad: FILTER_BEND_S */
    double accel_ecef[3]; /* acceleration against the earth, m/s^2 */
    motion_log log;       /* of the last second, ECEF axes */
    double gravity_ecef[3], gravity_at[3], gravity_gradient[3][3]; /* linear around gravity_at */
    double r_enu_ecef[3][3]; /* local axes at gravity_at, refreshed with it */
    uint64_t predictions, updates;
    filter_span span;
    float correction[STATE_MAX]; /* of the last filter_fuse */
    filter_clone clone[FILTER_CLONES];
    int clone_count;
} filter;

/* A bend is forgotten with the second of these, s, by when something else than the gyro has told the heading;
 * and each turn counts as one of the first, for bends to either side after each other do not undo each other
 * to the end. Too small: after a ramp the heading is surer than it is; too large: dead reckoning wears out in
 * town. */
#define FILTER_TURN_S 4.0f
#define FILTER_BEND_S 20.0f

/* Density of what turns the attitude where rates are off by a share of themselves, rad^2/s: a bend of theta
 * is off by share theta, and that squared grows by 2 share^2 rate theta; at least as white noise of density
 * (share rate)^2 FILTER_TURN_S does. */
float filter_turn_psd(float share, const double rate[3], const double bend[3]);

/* Bytes of storage that filter_init needs beside the struct, for n states. */
size_t filter_storage_floats(int n);

/* Empty filter over n states (STATE_SOURCES + the sources'); `storage` is 32-byte aligned and outlives it. */
void filter_init(filter *f, int n, float *storage, bool earth_rotation);

/* Places the filter: sets the nominal pose and refreshes what is derived; covariance is the caller's. */
void filter_place(filter *f, int64_t stamp_ns, const double position_ecef_m[3],
                  const double velocity_ecef_mps[3], const double q_b_ecef[4]);

/* The IMU is turned by so much against the vehicle, rad. */
void filter_set_mount(filter *f, double pitch_rad, double yaw_rad);

/* Changes to another inertial source or to pseudo-inertial input: biases of axes that change their meaning
 * are forgotten and start from `gyro_bias`/`accel_bias` with the model's sigma (NULL: zero). */
void filter_set_model(filter *f, const inertial_model *model, const double gyro_bias[3],
                      const double accel_bias[3]);

/* The rate of turn as another inertial source shows it, before the first step with its input: measurements of
 * the same stamp are compared with it. */
void filter_take_rate(filter *f, const inertial_input *input);

/* One step of the mechanization and the covariance over dt_s (0 < dt_s <= 0.1). */
void filter_predict(filter *f, const inertial_input *input, double dt_s);

/* Fuses with the given innovation covariance (covariance_update) and corrects the nominal state, less the
 * considered states: of those neither value nor variance changes, only what others know of them. False, with
 * nothing changed, when the numbers are not sound. */
/* Of a covariance: the velocity about which it is linear has been corrected by v. */
void filter_turn_course(covariance *p, const float v[3]);
/* It does: but where there is a gyro, not of a heading that is lost. */
bool filter_turns_course(const filter *f, const covariance *p, bool gyro);
bool filter_fuse(filter *f, const measurement *m, projection *j, float s[3][3]);

/* A vehicle turns as tightly as its steering lets it, so not at all at rest: share of the pseudo-inertial yaw
 * noise of a model. Of the filter, or of an error `d` against it with its own covariance `p`; NULL: none. */
float filter_yaw_share(const filter *f, const inertial_model *m, const covariance *p, const float *d);

/* Against the earth, m/s. */
double filter_speed(const filter *f);

/* The pose now is the clone, and nothing has happened since. */
void filter_take_clone(filter *f, filter_clone *k);
/* covariance_predict of the filter's covariance or another one of the same state, clones included. */
void filter_carry(const filter *f, covariance *p, float dt, mat3 a, mat3 b, float q_velocity,
                  float q_attitude);
/* By what the sources' own states decay within dt_s, those that do; 1 for all others. 32-byte aligned. */
void filter_slow_decay(const filter *f, float dt_s, float phi[STATE_MAX]);
/* They do, in a covariance of f's states, and all of them get the noise of dt_s. */
void filter_slow_noise(const filter *f, covariance *p, const float phi[STATE_MAX], float dt_s);
/* Whether the yaw rate changes as a steering wheel is moved: a first-order Gauss-Markov process of its own
 * (the state f->swing_state, rad/s^2 of the bias). */
bool filter_swings(const inertial_model *m);
/* That over dt_s, for a covariance of f's states; share: filter_yaw_share. The rate's error becomes `stay`
 * times itself less dt_s times that of its change, which becomes `keep` times itself. */
void filter_swing(const filter *f, const inertial_model *m, covariance *p, float share, float dt_s,
                  float *stay, float *keep);

/* Moves an error into the nominal state: the filter's estimate changes, its covariance does not. */
void filter_correct(filter *f, const float *dx);

/* True while every number is finite and every variance positive. */
bool filter_is_sound(const filter *f);

/* Refreshes gravity and the local axes for the present position; called by filter_place and, when the vehicle
 * has moved far enough, by filter_predict. */
void filter_refresh_gravity(filter *f);

#ifdef __cplusplus
}
#endif
#endif
