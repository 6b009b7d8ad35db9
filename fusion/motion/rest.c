/* A vehicle at rest: neither moves nor turns. */
#include "fusion/motion/rest.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss.h"
#include "fusion/motion/vehicle.h"
#include "fusion/motion/wheels.h"

#include <math.h>
#include <string.h>

/* What "at rest" means for the velocity: the suspension still moves. */
static const float rest_sigma_mps = 0.02f;

static void fuse_no_turn(fusion *c, source_run *s, const frame *in)
{
    measurement m;
    measurement_start(&m, 3);
    for (int i = 0; i < 3; i++) { /* rate = input - bias; the error of the rate is minus that of the bias */
        measurement_column(&m, STATE_GYRO_BIAS + i, i == 0 ? -1.0f : 0.0f, i == 1 ? -1.0f : 0.0f,
                           i == 2 ? -1.0f : 0.0f);
        m.innovation[i] = -(float)c->f.rate_b[i];
        m.noise[i][i] = REST_RATE_SIGMA_RADPS * REST_RATE_SIGMA_RADPS;
    }
    core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_ZERO_RATE, .silent = true});
}

verdict_decision vehicle_rest(fusion *c, source_run *s, const frame *in, float *nis)
{
    measurement m;
    vec3 velocity, origin;
    measurement_start(&m, 3);
    glm_vec3_negate_to(c->nav_point_m, origin);
    vehicle_velocity(&c->f, origin, &m, velocity);
    for (int i = 0; i < 3; i++) {
        m.innovation[i] = -velocity[i];
        m.noise[i][i] = rest_sigma_mps * rest_sigma_mps;
    }
    verdict_decision decision = core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_STANDSTILL});
    *nis = m.nis;
    if (decision != DECISION_REJECTED)
        fuse_no_turn(c, s, in);
    return decision;
}

void vehicle_wake(fusion *c, float unseen_mps)
{
    for (int i = 0; i < 3; i++)
        core_widen(c, STATE_VELOCITY + i, unseen_mps * unseen_mps);
}

/* ---- before there is a pose */

/* Wheels that have stood for this long, s, and spoke this recently, say that the vehicle does; sensors go
 * quiet below their lowest speed. */
static const double stood_s = 0.5, heard_s = 1.0;
/* Beyond this and three sigmas a receiver's velocity says that it moves, m/s, for this long, s. */
static const float moves_mps = 0.5f, moves_sigmas = 3.0f;
static const double moved_s = 2.0;
/* A yaw rate on the bus beyond this, rad/s (3 deg/s, no sensor's offset): the vehicle is turned. */
static const float turned_radps = 0.05f;

static void hear_wheels(fusion *c, const frame *in)
{
    start_state *st = &c->start;
    const frame_wheel *w = &in->u.wheel;
    if (!isfinite(wheels_speed(w)))
        return;
    bool stands = wheels_stand(w, (float)c->set.filter.standstill_mps);
    core_keep_since(&st->standing_ns, stands && !(fabsf(w->yaw_rate_radps) > turned_radps), in->stamp_ns);
    st->turning_ns = in->stamp_ns;
}

static void hear_receiver(fusion *c, const source_run *s, const frame *in)
{
    float enu[3], sigma;
    if (in->u.gnss.fix != GNSS_FIX_NONE && gnss_velocity(s, &in->u.gnss, enu, &sigma) &&
        hypotf(enu[0], enu[1]) > moves_mps + moves_sigmas * sigma)
        c->start.moved_ns = in->stamp_ns;
}

static standstill_word what_is_said(const fusion *c, int64_t now_ns)
{
    const start_state *st = &c->start;
    if (st->moved_ns != INT64_MIN && seconds_between(st->moved_ns, now_ns) < moved_s)
        return STANDSTILL_DENIED;
    if (st->turning_ns == INT64_MIN || seconds_between(st->turning_ns, now_ns) > heard_s)
        return STANDSTILL_OPEN;
    bool stands = st->standing_ns != INT64_MIN && seconds_between(st->standing_ns, now_ns) >= stood_s;
    return stands ? STANDSTILL_SAID : STANDSTILL_DENIED;
}

/* One sensor's axes, turned; what is missing is 0. False: something is. */
static bool turn_axes(const source_run *s, const float from[3], float to[3])
{
    bool whole = true;
    mat3 turn;
    vec3 v;
    glm_mat3_copy((vec3 *)(uintptr_t)s->r_body_sensor, turn);
    for (int i = 0; i < 3; i++) {
        whole &= isfinite(from[i]);
        v[i] = isfinite(from[i]) ? from[i] : 0.0f;
    }
    glm_mat3_mulv(turn, v, v);
    memcpy(to, v, sizeof v);
    return whole;
}

/* An IMU that does not have all six axes cannot say by itself that it is at rest. */
static void take_sample(source_run *s, const frame *in, standstill_word word)
{
    float sample[STANDSTILL_AXES];
    bool whole = turn_axes(s, in->u.imu.gyro_radps, sample);
    whole &= turn_axes(s, in->u.imu.accel_mps2, sample + 3);
    if (!whole && word == STANDSTILL_OPEN)
        word = STANDSTILL_DENIED;
    standstill_take(&s->imu.still, &s->set->of.imu, in->stamp_ns, sample, word);
}

void rest_hear(fusion *c, source_run *s, const frame *in)
{
    if (in->kind == FRAME_WHEEL)
        hear_wheels(c, in);
    else if (in->kind == FRAME_GNSS)
        hear_receiver(c, s, in);
    else if (in->kind == FRAME_IMU)
        take_sample(s, in, what_is_said(c, in->stamp_ns));
}

void rest_give_biases(fusion *c, source_run *s, const frame *in, inertial_model *m)
{
    float bias[3], sigma;
    take_sample(s, in, STANDSTILL_DENIED);
    if (!standstill_bias(&s->imu.still, &s->set->of.imu, in->stamp_ns, bias, &sigma))
        return;
    for (int i = 0; i < 3; i++) {
        c->saved_gyro_bias[s->index][i] = (double)bias[i];
        if (!m->gyro_missing[i])
            m->gyro_sigma[i] = fminf(m->gyro_sigma[i], sigma);
    }
    c->bias_saved[s->index] = true;
}

/* force then = R' g up (then) + bias, so what is turned to now is R' g up + turn bias. */
static void level(fusion *c, source_run *s, const frame *in, vec3 force, double turn[3][3], float sigma)
{
    measurement m;
    mat3 to_b, skew, jacobian, turned;
    vec3 up, expected, bias;
    for (int i = 0; i < 3; i++) {
        up[i] = -(float)c->f.gravity_ecef[i];
        bias[i] = (float)c->f.accel_bias[i];
    }
    rows_to_mat3(c->f.r_b_ecef, to_b);
    glm_mat3_transpose(to_b);
    rows_to_mat3(turn, turned);
    measurement_start(&m, 3);
    mat3_skew(up, skew); /* d(R' g) = R' [g x] psi */
    glm_mat3_mul(to_b, skew, jacobian);
    measurement_columns(&m, STATE_ATTITUDE, jacobian);
    measurement_columns(&m, STATE_ACCEL_BIAS, turned);
    glm_vec3_sub(force, bias, force);
    glm_mat3_mulv(turned, force, force);
    glm_mat3_mulv(to_b, up, expected);
    for (int i = 0; i < 3; i++) {
        m.innovation[i] = force[i] - expected[i];
        m.noise[i][i] = sigma * sigma;
    }
    core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_TILT, .silent = true, .ungated = true});
}

void rest_give_level(fusion *c, source_run *s, const frame *in)
{
    vec3 force;
    double turn[3][3];
    float sigma;
    if (!c->f.model.accel_missing &&
        standstill_plumb(&s->imu.still, &s->set->of.imu, in->stamp_ns, force, turn, &sigma))
        level(c, s, in, force, turn, sigma);
    standstill_forget(&s->imu.still);
}
