/*
 * A receiver that filters what it says, as telephones do: fixes once a second or less, some metres off for
 * long and shaking by as much, velocities that follow by one second or two, claims that are missing or too
 * good.
 *
 * Such a velocity taken at its word says that a vehicle which brakes does not: with an IMU that is a tilt, a
 * gyro that drifts and an accelerometer that is off, and they stay so. How late it is shows by its shape, to
 * the filter, once it is not held to be known (the state VELOCITY_LAG). Where no accelerometer is, its
 * uncertainty is considered.
 */
#include "fusion/core/core.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_error.h"

#include <math.h>

/* Whose fixes are further apart than settings say (smooths_from_s) may be such a one. How much further apart
 * they are counts as lag up to this, s. Too small: a receiver that speaks each two seconds is later than is
 * thought possible; too large: an outage makes a good one late. */
static const float longest_s = 2.0f;

/* The lag in intervals, its mean and one sigma: a good receiver has 0.05 s, a telephone's filter 0.5 to 1.5 s
 * at 1 Hz, the second one of comma2k19 1.8 s at 0.5 Hz. Too small: braking teaches the IMU; too large: the
 * velocity of a good one says little for a minute. */
static const float lag_intervals = 0.5f, lag_intervals_sigma = 0.5f;

/* Of any other, and of such a one.
 *
 * position: fixes are 2 to 8 m off, 5.5 m per axis hold that with errors that last for a minute. Of that at
 * least least_claim counts, whatever it claims, for what it claims is what its filter believes. Heights are
 * held and leap: vertical. Too small: the pose is surer than it may be; too large: a good receiver that
 * speaks once a second is believed late (smooths_from_s). white: fixes shake by as much as they are off. Too
 * small: differences of fixes are taken for a motion; too large: the IMU or wheels alone carry the pose.
 * silent_mps, claimed_mps, lasting: a course that is two degrees off is so for a minute. Too small: heading
 * and tilt follow it; too large: it says nothing. unknown_mps2: tilt, and what changed since. Too small: a
 * lag that is not known is explained by tilt; too large: velocities count for nothing. */
static const receiver_manner plain = {.position = 1.0f, .vertical = 1.0f};
static const receiver_manner smooth = {
    .position = 2.75f,
    .vertical = 1.5f,
    .least_claim = 0.8f,
    .white = 0.5f,
    .silent_mps = 0.5f,
    .claimed_mps = 0.15f,
    .lasting = 0.7f,
    .unknown_mps2 = 0.5f,
};

const receiver_manner *gnss_manner(const source_run *s)
{
    return s->gnss.smooths ? &smooth : &plain;
}

/* How much the way between two fixes follows the newest: shorter at once, longer slowly, so that an outage of
 * one that speaks often is none. Shares; of a second of it, the last. */
static const float shorter_gain = 0.3f, longer_gain = 0.05f, longer_most = 0.01f;

void gnss_count_interval(source_run *s, float interval_s)
{
    float more = interval_s - s->gnss.usual_s;
    if (!(s->gnss.usual_s > 0.0f))
        s->gnss.usual_s = interval_s;
    else
        s->gnss.usual_s +=
            more < 0.0f ? shorter_gain * more : fminf(longer_gain * more, longer_most * s->gnss.usual_s);
}

/* How late the velocity is, is not known any more, or is as settings say again. What the pose began with was
 * late by as much of an acceleration of 1 m/s^2. */
static void open_lag(fusion *c, const source_run *s)
{
    const gnss_settings *set = &s->set->of.gnss;
    const int state = s->first_state + VELOCITY_LAG;
    const float interval = fminf(s->gnss.usual_s, longest_s), sigma = lag_intervals_sigma * interval,
                known = (float)set->velocity_lag_sigma_s;
    c->f.source[state - STATE_SOURCES] =
        s->gnss.smooths ? (double)(lag_intervals * interval) : set->velocity_lag_s;
    core_reset(c, state, s->gnss.smooths ? sigma * sigma : known * known);
    for (int i = 0; s->gnss.smooths && c->start.fix_source == (int)s->index && i < 3; i++)
        core_widen(c, STATE_VELOCITY + i, sigma * sigma);
}

/* Wheels show what a velocity hides: dead reckoning does not rest on it. */
static bool wheels_tell(const fusion *c)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (s->set->kind == SOURCE_WHEEL && !s->out.banned && s->fused_ns != INT64_MIN &&
            seconds_between(s->fused_ns, c->f.stamp_ns) < SEEN_WITHIN_S)
            return true;
    }
    return false;
}

/* Carrier-phase solutions are of no telephone. Beside another that says where the vehicle is, it is weighed
 * by that one, as any newcomer. */
void gnss_smooth_watch(fusion *c, source_run *s, const frame_gnss *g)
{
    bool code = g->fix != GNSS_FIX_FLOAT && g->fix != GNSS_FIX_FIXED;
    bool may = code && s->gnss.usual_s > (float)s->set->of.gnss.smooths_from_s && !wheels_tell(c) &&
               (s->gnss.smooths || gnss_is_alone(c, s, c->f.stamp_ns));
    if (may == s->gnss.smooths)
        return;
    s->gnss.smooths = may;
    open_lag(c, s);
}

float gnss_smooth_late(const fusion *c, const source_run *s)
{
    const int state = s->first_state + VELOCITY_LAG;
    return gnss_manner(s)->unknown_mps2 * sqrtf(covariance_at(&c->f.p, state, state));
}

/* Of two that contradict each other, beyond chance and with nobody else to tell, each is as probable to be
 * wrong: a quarter of the square is the dead reckoning's, in velocity and in what has made it go off since
 * the last fix. The receiver's half is made by what innovations do to its noise. */
static const float doubted_share = 0.25f;

void gnss_smooth_contradicts(fusion *c, const source_run *s, const measurement *m)
{
    if (!s->gnss.smooths || s->out.banned || c->f.model.accel_missing || core_motion_agrees(c) ||
        !(m->nis > c->limit.robust[m->dim]))
        return;
    float over = 0.0f;
    for (int i = 0; i < 2; i++)
        over += doubted_share * fmaxf(m->innovation[i] * m->innovation[i] - m->variance[i], 0.0f);
    for (int i = 0; i < 3; i++) {
        core_widen(c, STATE_VELOCITY + i, over);
        core_widen(c, STATE_ACCEL_BIAS + i, over / (s->gnss.usual_s * s->gnss.usual_s));
    }
}

/* Behind such a receiver for so long, s, a speed is lost altogether: it may be 30 m/s off. */
static const float lost_s = 60.0f;

static const source_run *smoothing(const fusion *c)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (s->set->kind == SOURCE_GNSS && s->gnss.smooths)
            return s;
    }
    return NULL;
}

void gnss_smooth_silence(fusion *c, int64_t now_ns, float dt_s)
{
    const source_run *s = smoothing(c);
    if (!s || c->absolute_ns == INT64_MIN || c->f.model.accel_missing || core_motion_agrees(c))
        return;
    float t = (float)seconds_between(c->absolute_ns, now_ns) - s->gnss.usual_s, before = t - dt_s;
    if (!(before > 0.0f) || t > lost_s)
        return;
    float speed = smooth.unknown_mps2 * smooth.unknown_mps2 * (t * t - before * before);
    for (int i = 0; i < 3; i++) {
        core_widen(c, STATE_VELOCITY + i, speed);
        core_widen(c, STATE_POSITION + i, 0.25f * speed * (t * t + before * before));
    }
}
