/* A vehicle at rest: neither moves nor turns. */
#include "fusion/motion/rest.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss.h"
#include "fusion/inertial/inertial_leapt.h"
#include "fusion/inertial/inertial_turn.h"
#include "fusion/motion/vehicle.h"
#include "fusion/motion/wheels.h"

#include <math.h>
#include <string.h>

/* What "at rest" means for the velocity: the suspension still moves. */
static const float rest_sigma_mps = 0.02f;

/* What has stood without a turn for this long, s, and then says from one frame to the next that it turns, by
 * the same for this long, s, give or take a quarter, is a gyro that has leapt: no turntable starts within a
 * frame, and no vehicle moves off below the lowest speed of its wheels so. Too short: a knock is taken for
 * one; too long: the pose is turned by it, and wheels that say the truth are blamed. */
static const double stood_still_s = 1.0, leapt_s = 0.5;
static const float leap_steady = 0.25f;
/* Where the wheels bring the yaw rate, so long, s: they may be the ones that do not see how slowly it moves.
 */
static const double unseen_s = 1.5;
/* And by what a yaw rate on a bus scatters, rad/s: three sigmas. */
static const float leap_noise_radps = 3.0f * REST_RATE_SIGMA_RADPS;

static void begin_leap(rest_watch *w, const frame *in, const float rate[3])
{
    w->leapt = w->still_ns != INT64_MIN && seconds_between(w->still_ns, in->stamp_ns) >= stood_still_s;
    w->still_ns = INT64_MIN;
    w->leap_ns = in->stamp_ns;
    memcpy(w->leap_radps, rate, sizeof w->leap_radps);
}

static bool lasts(const rest_watch *w, const float rate[3])
{
    float off2 = 0.0f, leap2 = 0.0f;
    for (int i = 0; i < 3; i++) {
        off2 += (rate[i] - w->leap_radps[i]) * (rate[i] - w->leap_radps[i]);
        leap2 += w->leap_radps[i] * w->leap_radps[i];
    }
    return off2 <= leap_steady * leap_steady * leap2 + leap_noise_radps * leap_noise_radps;
}

/* By how many sigmas: the largest of the axes. */
static float leap_sigmas(const fusion *c, const float rate[3])
{
    float most = 0.0f;
    for (int i = 0; i < 3; i++) {
        const float variance = covariance_at(&c->f.p, STATE_GYRO_BIAS + i, STATE_GYRO_BIAS + i);
        most = fmaxf(most, fabsf(rate[i]) / hypotf(REST_RATE_SIGMA_RADPS, sqrtf(variance)));
    }
    return most;
}

/* The bias opens by what the gyro has leapt by, and the heading by what it has turned since. */
static void follow_leap(fusion *c, const frame *in, const float rate[3], double since_s)
{
    const float turned = rate[2] * (float)since_s;
    inertial_turn_leapt(c, rate[2], (float)since_s);
    inertial_leapt_tell(c, c->inertial_source, in->stamp_ns, leap_sigmas(c, rate));
    for (int i = 0; i < 3; i++)
        core_widen(c, STATE_GYRO_BIAS + i, rate[i] * rate[i]);
    core_widen_along(c, STATE_ATTITUDE, c->f.r_enu_ecef[2], turned * turned);
    if (c->inertial_source == c->track.source)
        track_leapt(&c->track, (double)rate[2]);
}

void rest_watch_turn(fusion *c, const frame *in, const float rate[3], bool turns)
{
    rest_watch *w = &c->rest;
    if (c->inertial_source < 0)
        return;
    if (seconds_between(w->stamp_ns, in->stamp_ns) > leapt_s) /* another rest */
        w->still_ns = w->leap_ns = INT64_MIN;
    w->stamp_ns = in->stamp_ns;
    if (!turns) {
        core_keep_since(&w->still_ns, true, in->stamp_ns);
        w->leap_ns = INT64_MIN;
        return;
    }
    if (w->leap_ns == INT64_MIN)
        begin_leap(w, in, rate);
    w->leapt &= lasts(w, rate);
    const double since_s = seconds_between(w->leap_ns, in->stamp_ns);
    const bool bus = c->source[in->source].set->kind == SOURCE_WHEEL && c->inertial_source == (int)in->source;
    if (w->leapt && since_s >= (bus ? unseen_s : leapt_s)) {
        follow_leap(c, in, rate, since_s);
        w->leapt = false;
    }
}

bool rest_is_said(const source_run *s, int64_t now_ns, double for_s)
{
    return !s->out.banned && s->speed.still_since_ns != INT64_MIN &&
           seconds_between(s->speed.still_since_ns, now_ns) > for_s;
}

bool rest_agrees(const fusion *c, int64_t now_ns)
{
    const rest_watch *w = &c->rest;
    return w->still_ns != INT64_MIN && seconds_between(w->stamp_ns, now_ns) < leapt_s &&
           seconds_between(w->still_ns, now_ns) >= stood_still_s;
}

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
    float rate[3]; /* as far as it is measured */
    for (int i = 0; i < 3; i++)
        rate[i] = c->f.model.gyro_missing[i] ? 0.0f : -m.innovation[i];
    verdict_decision d = core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_ZERO_RATE, .silent = true});
    rest_watch_turn(c, in, rate, d == DECISION_REJECTED);
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
/* Beyond this and three sigmas a receiver's velocity says that it moves, m/s, for this long, s: idle creep is
 * three times as fast. */
static const float moves_mps = 0.5f, moves_sigmas = 3.0f;
static const double moved_s = 2.0;
/* Below this it says that it stands, m/s, where it is this sure of it, until its next fix is overdue, s. */
static const float stands_mps = 0.3f, stands_sigma_mps = 0.5f;
static const double stands_s = 1.5;
/* Wheels that have stood for this long, s, beside a receiver that moves by this more, m/s, may be stuck: what
 * was learned by their word is forgotten. Too small: a late velocity, or a reflection, undoes a rest; too
 * large: a drive with dead wheels is a rest. */
static const double stuck_s = 2.0;
static const float stuck_mps = 2.0f;
/* A yaw rate on the bus beyond this, rad/s (3 deg/s, no sensor's offset): the vehicle is turned. */
static const float turned_radps = 0.05f;

static void hear_wheels(fusion *c, const frame *in)
{
    start_state *st = &c->start;
    const frame_wheel *w = &in->u.wheel;
    if (!isfinite(wheels_speed(w)))
        return;
    bool stand = wheels_stand(w, (float)c->set.filter.standstill_mps);
    core_keep_since(&st->wheels_stand_ns, stand && !(fabsf(w->yaw_rate_radps) > turned_radps), in->stamp_ns);
    st->wheels_ns = in->stamp_ns;
}

static bool is_within(int64_t since_ns, int64_t now_ns, double time_s)
{
    return since_ns != INT64_MIN && seconds_between(since_ns, now_ns) < time_s;
}

static bool wheels_stood(const start_state *st, int64_t now_ns, double time_s)
{
    return st->wheels_stand_ns != INT64_MIN && seconds_between(st->wheels_stand_ns, now_ns) >= time_s;
}

static void hear_receiver(fusion *c, const source_run *s, const frame *in)
{
    start_state *st = &c->start;
    float enu[3], sigma;
    if (in->u.gnss.fix == GNSS_FIX_NONE || !gnss_velocity(s, &in->u.gnss, enu, &sigma))
        return;
    const float speed = hypotf(enu[0], enu[1]), surely = speed - moves_sigmas * sigma;
    if (surely > moves_mps)
        st->receiver_moves_ns = in->stamp_ns;
    else if (speed <= stands_mps && sigma <= stands_sigma_mps)
        st->receiver_stands_ns = in->stamp_ns;
    if (!(surely > stuck_mps) || !is_within(st->wheels_ns, in->stamp_ns, heard_s) ||
        !wheels_stood(st, in->stamp_ns, stuck_s))
        return;
    for (size_t i = 0; i < c->source_count; i++)
        standstill_forget(&c->source[i].imu.still);
}

static standstill_word what_is_said(const start_state *st, int64_t now_ns)
{
    if (is_within(st->receiver_moves_ns, now_ns, moved_s))
        return STANDSTILL_NOBODY;
    if (is_within(st->wheels_ns, now_ns, heard_s))
        return wheels_stood(st, now_ns, stood_s) ? STANDSTILL_WHEELS : STANDSTILL_NOBODY;
    return is_within(st->receiver_stands_ns, now_ns, stands_s) ? STANDSTILL_RECEIVER : STANDSTILL_NOBODY;
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

/* By a receiver's word alone it takes all six axes. */
static void take_sample(source_run *s, const frame *in, standstill_word word)
{
    float sample[STANDSTILL_AXES];
    bool whole = turn_axes(s, in->u.imu.gyro_radps, sample);
    whole &= turn_axes(s, in->u.imu.accel_mps2, sample + 3);
    if (!whole && word == STANDSTILL_RECEIVER)
        word = STANDSTILL_NOBODY;
    standstill_take(&s->imu.still, &s->set->of.imu, in->stamp_ns, sample, word);
}

void rest_hear(fusion *c, source_run *s, const frame *in)
{
    if (in->kind == FRAME_WHEEL)
        hear_wheels(c, in);
    else if (in->kind == FRAME_GNSS)
        hear_receiver(c, s, in);
    else if (in->kind == FRAME_IMU)
        take_sample(s, in, what_is_said(&c->start, in->stamp_ns));
}

void rest_give_bias(fusion *c, source_run *s, const frame *in, inertial_model *m)
{
    float bias[3], sigma;
    take_sample(s, in, STANDSTILL_NOBODY);
    bool known = standstill_bias(&s->imu.still, &s->set->of.imu, in->stamp_ns, bias, &sigma);
    standstill_forget(&s->imu.still);
    if (!known)
        return;
    for (int i = 0; i < 3; i++) {
        c->saved_gyro_bias[s->index][i] = (double)bias[i];
        if (!m->gyro_missing[i])
            m->gyro_sigma[i] = fminf(m->gyro_sigma[i], sigma);
    }
    c->bias_saved[s->index] = true;
}
