#include "fusion/filter/filter.h"

#include "fusion/filter/covariance.h"
#include "fusion/filter/motion_log.h"
#include "fusion/geodesy.h"

#include <math.h>
#include <string.h>

/* Slow noise is added in steps of at least this. Too small: it drowns in single-precision rounding; too
 * large: a pseudo-inertial state answers late. */
static const double slow_step_s = 0.05;

/* Gravity is linear around a point that is at most this far away; its error there is below 1e-9 m/s^2. */
static const double gravity_reach_m = 500.0;

/* No variance goes below this: far under any sensor's reach, far over single precision's rounding. */
static const float variance_floor = 1e-12f;

size_t filter_storage_floats(int n)
{
    return covariance_floats(n);
}

void filter_init(filter *f, int n, float *storage, bool earth_rotation)
{
    memset(f, 0, sizeof *f);
    f->stamp_ns = INT64_MIN;
    f->q_b_ecef[3] = 1.0;
    f->earth_rotation = earth_rotation;
    filter_set_mount(f, 0.0, 0.0);
    covariance_init(&f->p, n, storage);
}

void filter_refresh_gravity(filter *f)
{
    double latitude, longitude, height, radius2 = 0.0;
    ecef_to_geodetic(f->position_ecef_m, &latitude, &longitude, &height);
    enu_axes(latitude, longitude, f->r_enu_ecef);
    double g = normal_gravity(latitude, height);
    for (int i = 0; i < 3; i++) {
        f->gravity_at[i] = f->position_ecef_m[i];
        f->gravity_ecef[i] = -g * f->r_enu_ecef[2][i];
        radius2 += f->position_ecef_m[i] * f->position_ecef_m[i];
    }
    /* Point-mass gradient, -g/r (I - 3 u u'): Groves 2013, (14.18) */
    double k = g / sqrt(radius2);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            f->gravity_gradient[i][j] = k * (3.0 * f->r_enu_ecef[2][i] * f->r_enu_ecef[2][j] - (i == j));
    }
}

void filter_place(filter *f, int64_t stamp_ns, const double position_ecef_m[3],
                  const double velocity_ecef_mps[3], const double q_b_ecef[4])
{
    f->stamp_ns = stamp_ns;
    memcpy(f->position_ecef_m, position_ecef_m, sizeof f->position_ecef_m);
    memcpy(f->velocity_ecef_mps, velocity_ecef_mps, sizeof f->velocity_ecef_mps);
    memcpy(f->q_b_ecef, q_b_ecef, sizeof f->q_b_ecef);
    quat_normalize(f->q_b_ecef);
    quat_to_rows(f->q_b_ecef, f->r_b_ecef);
    memset(f->accel_ecef, 0, sizeof f->accel_ecef);
    motion_log_clear(&f->log);
    memset(f->rate_b, 0, sizeof f->rate_b);
    memset(f->bend_b, 0, sizeof f->bend_b);
    filter_refresh_gravity(f);
}

void filter_set_mount(filter *f, double pitch_rad, double yaw_rad)
{
    const double turn[3] = {0.0, pitch_rad, yaw_rad};
    double q[4];
    f->mount[0] = pitch_rad;
    f->mount[1] = yaw_rad;
    quat_exp(turn, q);
    quat_to_rows(q, f->r_mount);
}

void filter_set_model(filter *f, const inertial_model *model, const double gyro_bias[3],
                      const double accel_bias[3])
{
    for (int i = 0; i < 3; i++) {
        f->gyro_bias[i] = gyro_bias ? gyro_bias[i] : 0.0;
        f->accel_bias[i] = accel_bias ? accel_bias[i] : 0.0;
        covariance_reset(&f->p, STATE_GYRO_BIAS + i, model->gyro_sigma[i] * model->gyro_sigma[i]);
        covariance_reset(&f->p, STATE_ACCEL_BIAS + i, model->accel_sigma[i] * model->accel_sigma[i]);
    }
    f->model = *model;
    if (f->swing_state) { /* nothing known: it grows to what the turn allows */
        f->source[f->swing_state - STATE_SOURCES] = 0.0;
        covariance_reset(&f->p, f->swing_state, 0.0f);
    }
}

static void gravity_here(const filter *f, double g[3])
{
    double d[3];
    for (int i = 0; i < 3; i++)
        d[i] = f->position_ecef_m[i] - f->gravity_at[i];
    for (int i = 0; i < 3; i++)
        g[i] = f->gravity_ecef[i] + f->gravity_gradient[i][0] * d[0] + f->gravity_gradient[i][1] * d[1] +
               f->gravity_gradient[i][2] * d[2];
}

/* Turns the attitude by the body's rate over dt, and back by the earth's. Leaves the mean rotation in `mid`.
 */
static void turn(filter *f, const double rate[3], double dt, double mid[3][3])
{
    const double step[3] = {rate[0] * dt, rate[1] * dt, rate[2] * dt};
    double before[3][3], dq[4];
    memcpy(before, f->r_b_ecef, sizeof before);
    quat_exp(step, dq);
    quat_mul(f->q_b_ecef, dq, f->q_b_ecef);
    if (f->earth_rotation) {
        const double back[4] = {0.0, 0.0, -0.5 * EARTH_RATE_RADPS * dt,
                                1.0}; /* to 1e-12 in a step of 0.1 s */
        quat_mul(back, f->q_b_ecef, f->q_b_ecef);
    }
    quat_normalize(f->q_b_ecef);
    quat_to_rows(f->q_b_ecef, f->r_b_ecef);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            mid[i][j] = 0.5 * (before[i][j] + f->r_b_ecef[i][j]);
    }
}

/* Specific force in ECEF less nothing, and in `lever` the part of it that turns with the attitude error: with
 * an accelerometer all of it, without one only the acceleration (gravity is taken out with the attitude at
 * hand). */
static void force_to_ecef(const filter *f, const inertial_input *input, double r[3][3],
                          const double gravity[3], double force[3], double lever[3])
{
    double b[3];
    for (int i = 0; i < 3; i++)
        b[i] = (f->model.accel_missing ? 0.0 : input->accel_mps2[i]) - f->accel_bias[i];
    rows_mulv(r, b, lever);
    for (int i = 0; i < 3; i++)
        force[i] = lever[i] - (f->model.accel_missing ? gravity[i] : 0.0);
}

/* Velocity and position over dt; Groves 2013, (5.36) and (5.38). */
static void move(filter *f, const double force[3], const double gravity[3], double dt)
{
    const double w = f->earth_rotation ? 2.0 * EARTH_RATE_RADPS : 0.0;
    double *v = f->velocity_ecef_mps;
    const double a[3] = {force[0] + gravity[0] + w * v[1], force[1] + gravity[1] - w * v[0],
                         force[2] + gravity[2]};
    for (int i = 0; i < 3; i++) {
        f->position_ecef_m[i] += (v[i] + 0.5 * a[i] * dt) * dt;
        v[i] += a[i] * dt;
        f->accel_ecef[i] = a[i];
    }
    motion_log_step(&f->log, a, dt);
}

static void decay_bias(filter *f, int state, double *value, float rate, float walk, float dt)
{
    if (rate > 0.0f) {
        float phi = expf(-rate * dt);
        *value *= (double)phi;
        covariance_decay(&f->p, state, phi, walk * dt);
    } else {
        covariance_widen(&f->p, state, walk * dt);
    }
}

void filter_slow_decay(const filter *f, float dt_s, float phi[STATE_MAX])
{
    for (int i = 0; i < STATE_MAX; i++) {
        const float rate = i < STATE_SOURCES || i >= f->p.n ? 0.0f : f->slow[i - STATE_SOURCES].rate;
        phi[i] = rate > 0.0f ? expf(-rate * dt_s) : 1.0f;
    }
}

void filter_slow_noise(const filter *f, covariance *p, const float phi[STATE_MAX], float dt_s)
{
    covariance_decay_all(p, STATE_SOURCES, phi);
    for (int i = STATE_SOURCES; i < p->n; i++) {
        const slow_state *slow = &f->slow[i - STATE_SOURCES];
        if (slow->rate > 0.0f)
            covariance_widen(p, i, (1.0f - phi[i] * phi[i]) * slow->stationary);
        else if (covariance_at(p, i, i) < slow->bound)
            covariance_widen(p, i, slow->walk * dt_s);
    }
}

static void decay_sources(filter *f, float dt)
{
    float phi[STATE_MAX] __attribute__((aligned(32)));
    filter_slow_decay(f, dt, phi);
    filter_slow_noise(f, &f->p, phi, dt);
    for (int i = STATE_SOURCES; i < f->p.n; i++)
        f->source[i - STATE_SOURCES] *= (double)phi[i];
}

double filter_speed(const filter *f)
{
    const double *v = f->velocity_ecef_mps;
    return sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

float filter_yaw_share(const filter *f, const inertial_model *m, const covariance *p, const float *d)
{
    if (!m->gyro_missing[2] || m->turn_per_m <= 0.0f)
        return 1.0f;
    double v2 = 0.0;
    for (int i = 0; i < 3; i++) {
        double v = f->velocity_ecef_mps[i] + (d ? (double)d[STATE_VELOCITY + i] : 0.0);
        v2 += v * v + (double)covariance_at(p, STATE_VELOCITY + i, STATE_VELOCITY + i);
    }
    float sigma = m->turn_per_m * (float)sqrt(v2);
    if (m->turn_mps2 > 0.0f)
        sigma = fminf(sigma, m->turn_mps2 / fmaxf((float)sqrt(v2), 1.0f));
    return sigma < m->gyro_sigma[2] ? sigma * sigma / (m->gyro_sigma[2] * m->gyro_sigma[2]) : 1.0f;
}

/* The change has the size that keeps the turn's own variance: sigma^2 (t + u) / (t^2 u), with t and u how
 * long each lasts. */
void filter_swing(const filter *f, const inertial_model *m, covariance *p, float share, float dt_s,
                  float *stay, float *keep)
{
    const int turn = STATE_GYRO_BIAS + 2, state = f->swing_state;
    const float sigma2 = share * m->gyro_sigma[2] * m->gyro_sigma[2], rate = m->gyro_rate[2];
    const float stationary = sigma2 * rate * (1.0f + rate * m->swing_s) / m->swing_s;
    *stay = expf(-rate * dt_s);
    *keep = expf(-dt_s / m->swing_s);
    covariance_decay(p, turn, *stay, m->gyro_psd * dt_s);
    covariance_shear(p, turn, state, -dt_s);
    covariance_decay(p, state, *keep, (1.0f - *keep * *keep) * stationary);
}

bool filter_swings(const inertial_model *m)
{
    return m->gyro_missing[2] && m->swing_s > 0.0f;
}

static void swing(filter *f, float share, float dt)
{
    float stay, keep;
    double *change = &f->source[f->swing_state - STATE_SOURCES];
    filter_swing(f, &f->model, &f->p, share, dt, &stay, &keep);
    f->gyro_bias[2] = f->gyro_bias[2] * (double)stay - *change * (double)dt;
    *change *= (double)keep;
}

static void add_slow_noise(filter *f, float dt)
{
    const inertial_model *m = &f->model;
    for (int i = 0; i < 3; i++) {
        float share = i == 2 ? filter_yaw_share(f, m, &f->p, NULL) : 1.0f;
        double before = f->gyro_bias[i];
        if (i == 2 && filter_swings(m))
            swing(f, share, dt);
        else
            decay_bias(f, STATE_GYRO_BIAS + i, &f->gyro_bias[i], m->gyro_rate[i], m->gyro_walk[i] * share,
                       dt);
        f->rate_b[i] += before - f->gyro_bias[i];
        decay_bias(f, STATE_ACCEL_BIAS + i, &f->accel_bias[i], m->accel_rate[i], m->accel_walk[i], dt);
    }
    for (int i = STATE_MOUNT; i < STATE_SOURCES; i++) {
        if (covariance_at(&f->p, i, i) > 0.0f)
            covariance_widen(&f->p, i, FILTER_MOUNT_WALK * dt);
    }
    decay_sources(f, dt);
}

void filter_take_clone(filter *f, filter_clone *k)
{
    memcpy(k->position_ecef_m, f->position_ecef_m, sizeof k->position_ecef_m);
    memcpy(k->q_b_ecef, f->q_b_ecef, sizeof k->q_b_ecef);
    k->stamp_ns = f->stamp_ns;
    k->held = true;
    memset(&f->source[k->first - STATE_SOURCES], 0, 6 * sizeof *f->source);
    for (int i = 0; i < 6; i++)
        covariance_reset(&f->p, k->first + i, 0.0f);
}

void filter_carry(const filter *f, covariance *p, float dt, mat3 a, mat3 b, float q_velocity,
                  float q_attitude)
{
    for (int i = 0; i < f->clone_count; i++) {
        if (f->clone[i].held)
            covariance_gather(p, f->clone[i].first, dt, b);
    }
    covariance_predict(p, dt, a, b, q_velocity, q_attitude);
    for (int i = 0; i < f->clone_count; i++) {
        if (f->clone[i].held)
            covariance_share(p, f->clone[i].first, q_attitude);
    }
}

float filter_turn_psd(float share, const double rate[3], const double bend[3])
{
    double rate2 = 0.0, along = 0.0;
    for (int i = 0; i < 3; i++) {
        rate2 += rate[i] * rate[i];
        along += rate[i] * bend[i];
    }
    return share * share * fmaxf(FILTER_TURN_S * (float)rate2, 2.0f * (float)along);
}

static void follow_bend(filter *f, double dt)
{
    for (int i = 0; i < 3; i++)
        f->bend_b[i] += (f->rate_b[i] - f->bend_b[i] / (double)FILTER_BEND_S) * dt;
}

static void predict_covariance(filter *f, double r[3][3], const double lever[3], float dt)
{
    vec3 swing = {-(float)lever[0] * dt, -(float)lever[1] * dt, -(float)lever[2] * dt};
    mat3 a, b;
    mat3_skew(swing, a);
    rows_to_mat3(r, b);
    glm_mat3_scale(b, -dt);
    follow_bend(f, (double)dt);
    float gyro_psd = f->model.gyro_psd + filter_turn_psd(f->model.turn_share, f->rate_b, f->bend_b);
    filter_carry(f, &f->p, dt, a, b, f->model.accel_psd * dt, gyro_psd * dt);
    f->span.dt += dt;
    f->span.turned += gyro_psd * dt;
    for (int i = 0; i < 3; i++) {
        glm_vec3_add(f->span.a[i], a[i], f->span.a[i]);
        glm_vec3_add(f->span.b[i], b[i], f->span.b[i]);
    }
}

void filter_take_rate(filter *f, const inertial_input *input)
{
    for (int i = 0; i < 3; i++)
        f->rate_b[i] = (f->model.gyro_missing[i] ? 0.0 : input->gyro_radps[i]) - f->gyro_bias[i];
}

void filter_predict(filter *f, const inertial_input *input, double dt_s)
{
    double mid[3][3], gravity[3], force[3], lever[3];
    filter_take_rate(f, input);
    turn(f, f->rate_b, dt_s, mid);
    gravity_here(f, gravity);
    force_to_ecef(f, input, mid, gravity, force, lever);
    move(f, force, gravity, dt_s);
    predict_covariance(f, mid, lever, (float)dt_s);

    f->slow_age_s += dt_s;
    if (f->slow_age_s >= slow_step_s) {
        add_slow_noise(f, (float)f->slow_age_s);
        f->slow_age_s = 0.0;
    }
    for (int i = 0; i < 3; i++) {
        if (fabs(f->position_ecef_m[i] - f->gravity_at[i]) > gravity_reach_m) {
            filter_refresh_gravity(f);
            break;
        }
    }
    f->predictions++;
}

/* The clone's error is the pose's less that of what has happened since. */
static void correct_clone(filter_clone *k, const float *dx)
{
    double psi[3], dq[4];
    for (int i = 0; i < 3; i++) {
        k->position_ecef_m[i] += (double)dx[STATE_POSITION + i] - (double)dx[k->first + i];
        psi[i] = (double)dx[STATE_ATTITUDE + i] - (double)dx[k->first + 3 + i];
    }
    quat_exp(psi, dq);
    quat_mul(dq, k->q_b_ecef, k->q_b_ecef);
    quat_normalize(k->q_b_ecef);
}

void filter_correct(filter *f, const float *dx)
{
    const double psi[3] = {(double)dx[STATE_ATTITUDE], (double)dx[STATE_ATTITUDE + 1],
                           (double)dx[STATE_ATTITUDE + 2]};
    double dq[4];
    for (int i = 0; i < 3; i++) {
        f->position_ecef_m[i] += (double)dx[STATE_POSITION + i];
        f->velocity_ecef_mps[i] += (double)dx[STATE_VELOCITY + i];
        f->gyro_bias[i] += (double)dx[STATE_GYRO_BIAS + i];
        f->rate_b[i] -= (double)dx[STATE_GYRO_BIAS + i];
        f->accel_bias[i] += (double)dx[STATE_ACCEL_BIAS + i];
    }
    quat_exp(psi, dq);
    quat_mul(dq, f->q_b_ecef, f->q_b_ecef);
    quat_to_rows(f->q_b_ecef, f->r_b_ecef);
    filter_set_mount(f, f->mount[0] + (double)dx[STATE_MOUNT], f->mount[1] + (double)dx[STATE_MOUNT + 1]);
    for (int i = STATE_SOURCES; i < f->p.n; i++)
        f->source[i - STATE_SOURCES] += (double)dx[i];
    for (int i = 0; i < f->clone_count; i++)
        correct_clone(&f->clone[i], dx);
}

/* Rounding must not push a variance to zero or below. */
static void keep_positive(covariance *p)
{
    float *d = p->p;
    for (int i = 0; i < p->n; i++, d += p->stride + 1) {
        if (*d < variance_floor && *d != 0.0f) /* zero: known exactly, by the settings */
            *d = variance_floor;
    }
}

/* The velocity has been corrected by v. That all may be turned about the vertical, the heading by psi and the
 * velocity by psi x u, is what no velocity u in the vehicle's own axes can show; with u + v in the place of u
 * it must be psi x (u + v) in the covariance, too, or each correction by noise says something of the
 * heading. The error is that of an invariant filter (Barrau & Bonnabel, "The invariant extended Kalman filter
 * as a stable observer", IEEE TAC 62(4), 2017) without its coordinates. With a gyro as well: one whose bias
 * is not known yet, soon after a start, loses the heading by degrees where receivers are silent. */
void filter_turn_course(covariance *p, const float v[3])
{
    covariance_turn(p, v);
}

/* Of a heading that is less sure than this, rad, a gyro beside it learns a bias from corrections that are no
 * small turns (40 deg/s, behind 20 s without any frame). Too small: a heading out of noise again; too large:
 * such a bias. It is where a heading counts as lost. */
static const double most_course_rad = 0.6;

bool filter_turns_course(const filter *f, const covariance *p, bool gyro)
{
    const double lost = most_course_rad * most_course_rad;
    return !gyro || covariance_along(p, STATE_ATTITUDE, f->r_enu_ecef[2]) <= lost;
}

bool filter_fuse(filter *f, const measurement *m, projection *j, float s[3][3])
{
    float dx[STATE_MAX] __attribute__((aligned(32)));
    float check = 0.0f;
    for (int k = 0; k < m->dim; k++)
        check += m->innovation[k] + s[k][k];
    if (!isfinite(check) || !covariance_update(&f->p, m, j, s, dx, f->considered))
        return false;
    filter_correct(f, dx);
    memcpy(f->correction, dx, (size_t)f->p.n * sizeof *dx);
    if (filter_turns_course(f, &f->p, !f->model.gyro_missing[2]))
        filter_turn_course(&f->p, dx + STATE_VELOCITY);
    keep_positive(&f->p);
    f->updates++;
    return true;
}

bool filter_is_sound(const filter *f)
{
    double sum = 0.0;
    for (int i = 0; i < 3; i++)
        sum += f->position_ecef_m[i] + f->velocity_ecef_mps[i] + f->gyro_bias[i] + f->accel_bias[i];
    for (int i = 0; i < 4; i++)
        sum += f->q_b_ecef[i];
    for (int i = 0; i < f->p.n; i++) {
        float d = covariance_at(&f->p, i, i);
        if (!(d >= 0.0f))
            return false;
        sum += (double)d;
    }
    return isfinite(sum);
}
