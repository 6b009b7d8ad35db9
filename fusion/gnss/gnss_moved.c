/*
 * The only receiver has moved away from the pose that rests on it, by more than its claims hold: it was wrong
 * before, or it is wrong now.
 */
#include "fusion/core/core.h"
#include "fusion/core/initialize.h"
#include "fusion/gnss/gnss_error.h"
#include "fusion/gnss/gnss_fix.h"

#include <math.h>

/* Reflections that a receiver hangs on last for minutes at most, s: for so long its agreement with itself
 * says little of where it is. Too short: a pose that began on a reflection is sure of it for ever; too long:
 * one jump makes a pose unsure that has been right for an hour. */
static const float reflection_lasts_s = 150.0f;

/* Two places of which neither is less likely than the first are both in the region of 95 %: it reaches from
 * the one to the other, and a tenth further, where a variance per axis is the second of the square of their
 * distance (1.1^2 over 5.99, chi-square of two degrees of freedom). */
static const float likely = 0.05f, reaches = 0.2f;

/* From right after the one until the other it is the claims that are too good by this much; less is what
 * innovations tell of any receiver. Too small: honest receivers make the pose unsure; too large: one that is
 * tens of metres off and shakes by as much is believed. */
static const float shaken = 2.0f, shattered = 4.0f;

bool gnss_has_beside(const source_run *s, const source_run *other, int64_t now_ns)
{
    return core_places(other) && other != s && other->fused_ns != INT64_MIN &&
           seconds_between(other->fused_ns, now_ns) < SEEN_WITHIN_S;
}

bool gnss_another_stays(const fusion *c, const source_run *s, int64_t now_ns, gnss_goes_along *along)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *other = &c->source[i];
        if (gnss_has_beside(s, other, now_ns) && (other->set->kind != SOURCE_GNSS || !along(c, s, other)))
            return true;
    }
    return false;
}

static bool nobody(const fusion *c, const source_run *s, const source_run *other)
{
    (void)c, (void)s, (void)other;
    return false;
}

bool gnss_is_alone(const fusion *c, const source_run *s, int64_t now_ns)
{
    return !gnss_another_stays(c, s, now_ns, nobody);
}

void gnss_count_way(const fusion *c, source_run *s, float dt_s)
{
    float way = (float)(c->odometer_m - s->place.agreed_at_m);
    s->gnss.lately_m = s->gnss.lately_m * expf(-dt_s / reflection_lasts_s) + way;
}

/* Over one reflection a receiver can drag a pose along, and nothing is rejected, by what the heading may go
 * off by on the way: a random walk of it up to its variance leaves way^2 / 3 of that across the way, and so a
 * sixth per axis, m^2. */
static float draggable(const fusion *c, const source_run *s)
{
    return s->gnss.lately_m * s->gnss.lately_m * initialize_heading_variance(c) / 6.0f;
}

/* How probable it is that what agrees with the pose made it wrong, for all that its way proves (integrity.c).
 */
static float unproven(const fusion *c, const source_run *s)
{
    float share = fminf(s->place.covered_m / fmaxf((float)c->set.integrity.hidden_unproven_m, 0.1f), 1.0f);
    return GNSS_EITHER * share * share;
}

/* The same of a receiver that has turned out to be off by so much, m^2: long agreement makes it less so. It
 * says nothing of what the receiver may have dragged the pose by. */
static float pose_is_wrong(const fusion *c, const source_run *s, float variance)
{
    float agreed = expf(-s->place.agreed_s / reflection_lasts_s);
    float dragged = fminf(draggable(c, s) / variance, 1.0f);
    return unproven(c, s) * (agreed + (1.0f - agreed) * dragged);
}

static void open_position(fusion *c, const source_run *s, float variance)
{
    if (!(variance > 0.0f))
        return;
    float by = pose_is_wrong(c, s, variance) * variance;
    for (int i = 0; i < 3; i++)
        core_widen(c, STATE_POSITION + i, by);
}

/* Who asks for the pose is told that it may be as far off as where the receiver says to be. The filter that
 * was opened so far would go there. */
static void reach(const fusion *c, source_run *s, float variance)
{
    if (variance > 0.0f && pose_is_wrong(c, s, variance) > likely)
        s->gnss.dragged_variance = fmaxf(s->gnss.dragged_variance, reaches * variance);
}

void gnss_moved_away(fusion *c, source_run *s, float up_m)
{
    float moved = s->place.apart_m * s->place.apart_m;
    reach(c, s, moved - s->gnss.moved_variance);
    open_position(c, s, moved - s->gnss.moved_variance);
    core_widen_along(c, STATE_POSITION, c->f.r_enu_ecef[2], GNSS_EITHER * up_m * up_m);
    gnss_came_back(c, s);
}

void gnss_came_back(fusion *c, source_run *s)
{
    s->gnss.moved_variance = fmaxf(s->gnss.moved_variance, s->place.apart_m * s->place.apart_m);
    for (int i = 0; i < 2; i++) {
        slow_state *slow = &c->f.slow[s->first_state - STATE_SOURCES + SLOW + i];
        slow->stationary = fmaxf(slow->stationary, s->gnss.moved_variance);
        core_reset(c, s->first_state + SLOW + i, s->gnss.moved_variance);
        c->f.source[s->first_state - STATE_SOURCES + SLOW + i] = (double)s->place.apart_enu_m[i];
    }
    s->place.agreed_s = 0.0f;
}

void gnss_forget_error(fusion *c, source_run *s, float horizontal_m)
{
    const float variance = horizontal_m * horizontal_m;
    for (int i = 0; i < 2; i++) {
        const int own = s->first_state - STATE_SOURCES + SLOW + i;
        c->f.slow[own].stationary = variance;
        core_reset(c, s->first_state + SLOW + i, variance);
        c->f.source[own] = 0.0;
    }
    s->gnss.slow_variance = variance;
    s->gnss.moved_variance = 0.0f;
    gnss_doubt_forget(s);
}

/* Back at the pose within so many sigmas of a fix, and what dead reckoning loses (2 % of the way) since it
 * left; from so many times further off. Too small: it comes back unseen, and pose and receiver meet halfway;
 * too large: a receiver that wanders past a pose that is wrong confirms it. */
static const float back_sigmas = 3.0f, drift_share = 0.02f, far = 4.0f;

bool gnss_has_come_back(fusion *c, source_run *s, const float innovation[2], float horizontal_m)
{
    const double *slow = &c->f.source[s->first_state - STATE_SOURCES + SLOW];
    const double *v = c->f.velocity_ecef_mps;
    const float was[2] = {(float)slow[0], (float)slow[1]};
    float speed = sqrtf((float)(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]));
    float near = back_sigmas * horizontal_m + drift_share * speed * s->place.agreed_s;
    if (!(s->gnss.moved_variance > 0.0f) || s->out.banned || !(hypotf(was[0], was[1]) > far * near) ||
        hypotf(innovation[0] + was[0], innovation[1] + was[1]) > near)
        return false;
    gnss_forget_error(c, s, horizontal_m);
    return true;
}

void gnss_is_worse(fusion *c, const source_run *s, float variance)
{
    float scale = (gnss_position_scale(s) - shaken) / (shattered - shaken);
    if (scale > 0.0f && gnss_is_alone(c, s, c->applied_ns))
        open_position(c, s, variance * fminf(scale, 1.0f));
}

/* What a position is off the pose, its slow error included, is beyond chance from this many times its
 * variance on (chi-square of two degrees of freedom, 0.99). Too small: chance makes honest receivers pass for
 * bad ones; too large: a receiver that is dragged along takes the pose with it, and both seem sure. */
static const float by_chance = 9.21f;

/* Of one that has been found to move, from here on: two errors, whose squares sum up to twice a variance per
 * axis, are as likely as can be with that variance. */
static const float likeliest = 2.0f;

/* By how much more than is known the receiver's place may be off the pose, m^2 per axis: by what makes it as
 * likely as can be. 0: it may be chance. */
static float more_than_known(const fusion *c, const source_run *s)
{
    const slow_state *slow = &c->f.slow[s->first_state - STATE_SOURCES + SLOW];
    const bool moves = s->gnss.moved_variance > 0.5f * slow->stationary;
    float known = slow->stationary + 0.5f * core_horizontal_variance(c);
    float off2 = s->place.apart_m * s->place.apart_m;
    return off2 > (moves ? likeliest : by_chance) * known ? off2 / likeliest - known : 0.0f;
}

/* It leaves the pose, too. */
static bool leaves(const fusion *c, const source_run *s, const source_run *other)
{
    (void)s;
    return more_than_known(c, other) > 0.0f;
}

void gnss_watch_place(fusion *c, source_run *s, float dt_s)
{
    const float more = more_than_known(c, s);
    s->gnss.dragged_variance *= expf(-dt_s / GNSS_DOUBT_FADES_S);
    if (!(more > 0.0f) || gnss_another_stays(c, s, c->applied_ns, leaves) || core_motion_contradicts(c))
        return;
    /* Beside an IMU the pose goes along little, and the filter that took it in would blame nobody. */
    const bool has_imu = !c->f.model.accel_missing;
    if (has_imu) {
        float off2 = s->place.apart_m * s->place.apart_m;
        if (core_motion_agrees(c))
            s->gnss.dragged_variance = fmaxf(s->gnss.dragged_variance, unproven(c, s) * off2);
        return;
    }
    s->gnss.moved_variance += more;
    s->place.agreed_s = 0.0f; /* it was none */
    for (int i = 0; i < 2; i++)
        core_widen(c, s->first_state + SLOW + i, more);
    open_position(c, s, more);
}
