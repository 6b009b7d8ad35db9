/*
 * No vehicle's speed leaps, but that of its wheels does: where they lose their grip, and where they find it
 * again. So a leap says nothing of the vehicle, and goes to the wheels' scale: what they say afterwards is
 * held to be as much off as they have leapt by. A slip follows the ground, so how much it is becomes unsure
 * with the time, unless others show it, and it ends: with a leap back, or when it contradicts.
 */
#include "fusion/motion/wheel_slip.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss_late.h"
#include "fusion/integrity/shift.h"
#include "fusion/motion/wheels.h"

#include <math.h>
#include <string.h>

/* Frames further apart than 0.06 s hide what a vehicle does in between. Less than 0.1 m/s is no slip that
 * matters. Speeds come in steps of some 0.02 m/s. Good tyres brake with 12 m/s^2 at most: a bus that repeats
 * a speed for a while has gone on by no more. */
static const leap_limits speeds = {.near_s = 0.06, .least = 0.1, .least_sigma = 0.01, .most_slope = 12.0};

/* Slower than this wheels may go quiet, m/s, or have been. */
static const double slow_mps = 3.0;

/* Wheels that lock, or turn twice as fast, say nothing of the vehicle. */
static const float most_ratio = 2.0f;

/* How well a leap is known to be that of the scale, as a share of it, one sigma: the vehicle is braked by it.
 */
static const float left_share = 0.1f;

/* A slip may have changed by its own size after so long, s: ground changes. Too long: the pose is sure of a
 * slip that goes on changing; too short: a constant one loses the pose. */
static const float changes_s = 10.0f;

/* What has lasted for so long, s, is no slip, but what the wheels' scale is now. */
static const double lasts_s = 30.0;

/* That they have slipped is told for so long after, s: longer than the flag takes to rise. */
static const double told_s = 0.5;

/* A leap that is small by the noise that is set, and over within so long, s, is a joint in the road. */
static const double joint_s = 0.5;

/* A slip of which less than this share is left has ended. */
static const float left_of_slip = 0.3f;

/* A receiver's velocity may be off, or late, by so much, m/s; and is of now for so long, s. */
static const double receiver_mps = 1.0, recent_s = 1.0;

/* So many frames in a row that are refused say that a slip is over. Too few: noise ends it; too many: a slip
 * that has ended leads the pose. */
enum { REFUSED_FRAMES = 5 };

void wheel_slip_reset(wheel_slip *w)
{
    memset(w, 0, sizeof *w);
    leap_reset(&w->leap);
    w->since_ns = w->back_ns = INT64_MIN;
}

static int scale_state(const source_run *s)
{
    return s->first_state + WHEEL_SCALE;
}

static double scale_of(const fusion *c, const source_run *s)
{
    return c->f.source[scale_state(s) - STATE_SOURCES];
}

/* The filter and all sub-solutions take the scale to be `to`; errors against the filter stay. */
static void set_scale(fusion *c, const source_run *s, double to)
{
    float *d = c->f.correction;
    memset(d, 0, (size_t)c->f.p.n * sizeof *d);
    d[scale_state(s)] = (float)(to - scale_of(c, s));
    filter_correct(&c->f, d);
}

/* How the scale goes on: it walks by `walk` per second up to `bound`. */
static void set_walk(fusion *c, const source_run *s, float walk, float bound)
{
    slow_state *slow = &c->f.slow[scale_state(s) - STATE_SOURCES];
    slow->walk = walk;
    slow->bound = bound;
}

/* They grip as before it. */
static void end_slip(fusion *c, source_run *s)
{
    wheel_slip *w = &s->speed.slip;
    set_scale(c, s, w->grip_scale);
    core_reset(c, scale_state(s), w->grip_variance);
    set_walk(c, s, w->grip_walk, w->grip_bound);
    shift_learn_anew(c, s);
    w->since_ns = INT64_MIN;
}

static void begin_slip(fusion *c, source_run *s, int64_t now_ns)
{
    wheel_slip *w = &s->speed.slip;
    const slow_state *slow = &c->f.slow[scale_state(s) - STATE_SOURCES];
    w->since_ns = now_ns;
    w->grip_scale = scale_of(c, s);
    w->grip_variance = covariance_at(&c->f.p, scale_state(s), scale_state(s));
    w->grip_walk = slow->walk;
    w->grip_bound = slow->bound;
}

/* The speed by whoever owes nothing to the wheels: of a receiver that drives, where the leap is more than its
 * velocity may be off or late by, else of the pose. */
static double other_speed(const fusion *c, int64_t now_ns, double by_mps)
{
    for (size_t i = 0; i < c->source_count && fabs(by_mps) > receiver_mps; i++) {
        const source_run *s = &c->source[i];
        const receiver_away *a = &s->gnss.away;
        if (s->set->kind == SOURCE_GNSS && a->drives && !s->out.banned &&
            seconds_between(a->newest_ns, now_ns) < recent_s)
            return (double)hypotf(a->velocity_mps[0], a->velocity_mps[1]);
    }
    return filter_speed(&c->f);
}

/* They were off before the leap, and are not any more: who lied has stopped. */
static bool has_come_back(const fusion *c, const source_run *s, double now_mps, double ratio,
                          double moves_mps)
{
    const double scale = scale_of(c, s);
    const double grip = s->speed.slip.since_ns != INT64_MIN ? s->speed.slip.grip_scale : scale;
    return fabs(now_mps - (1.0 + grip) * moves_mps) < 0.5 * fabs(now_mps / ratio - (1.0 + scale) * moves_mps);
}

/* The pose has been led by them: it is as fast as they were. */
static void open_velocity(fusion *c, const source_run *s, double now_mps, double by_mps)
{
    const float variance = (float)(by_mps * by_mps);
    if (fabs(now_mps - (1.0 + scale_of(c, s)) * filter_speed(&c->f)) < 0.5 * fabs(by_mps))
        return;
    for (int i = 0; i < 3; i++)
        core_widen(c, STATE_VELOCITY + i, variance);
}

/* It is a slip at once by the noise that is set. */
static bool is_plain(const source_run *s, const leap_found *leap)
{
    const wheel_settings *set = &s->set->of.wheel;
    const double sigma_mps = set->speed_sigma_mps + set->speed_sigma_fraction * fabs(leap->before);
    return fabs(leap->by) > set->slip_sigma * sigma_mps;
}

static void find_grip(fusion *c, source_run *s, int64_t now_ns, const leap_found *leap)
{
    wheel_slip *w = &s->speed.slip;
    const bool slips = w->since_ns != INT64_MIN;
    const bool told = is_plain(s, leap) || (slips && seconds_between(w->since_ns, now_ns) > joint_s);
    w->back_ns = told ? now_ns : INT64_MIN;
    if (slips)
        end_slip(c, s);
}

/* What they say from now on is as much off as they have leapt by. */
static void lose_grip(fusion *c, source_run *s, int64_t now_ns, const leap_found *leap, double to)
{
    wheel_slip *w = &s->speed.slip;
    if (w->since_ns == INT64_MIN)
        begin_slip(c, s, now_ns);
    const float by = (float)(to - w->grip_scale);
    const float left = hypotf(left_share * by, (float)(leap->sigma / leap->before));
    set_scale(c, s, to);
    core_widen(c, scale_state(s), left * left);
    set_walk(c, s, by * by / changes_s, fmaxf(w->grip_bound, by * by));
    shift_learn_anew(c, s);
    w->plain = is_plain(s, leap);
    w->slip = fabsf(by);
    w->refused = 0;
}

static void follow(fusion *c, source_run *s, int64_t now_ns, double speed_mps, const leap_found *leap)
{
    wheel_slip *w = &s->speed.slip;
    const double ratio = 1.0 + leap->by / leap->before, to = (1.0 + scale_of(c, s)) * ratio - 1.0;
    const double left = fabs(to - w->grip_scale), slip = fabs(scale_of(c, s) - w->grip_scale);
    const bool back = has_come_back(c, s, speed_mps, ratio, other_speed(c, now_ns, leap->by));
    late_wheels_leapt(c);
    w->sigmas = (float)(fabs(leap->by) / leap->sigma);
    if (back || (w->since_ns != INT64_MIN && left < (double)left_of_slip * slip)) {
        find_grip(c, s, now_ns, leap);
        if (back && !s->out.banned)
            open_velocity(c, s, speed_mps, leap->by);
    } else if (!s->out.banned) {
        lose_grip(c, s, now_ns, leap, to);
    }
}

static void take(fusion *c, source_run *s, int64_t stamp_ns, double speed_mps)
{
    wheel_slip *w = &s->speed.slip;
    leap_found leap;
    if (!(speed_mps >= slow_mps)) {
        leap_reset(&w->leap);
        w->doubtful = 0;
    } else if (leap_take(&w->leap, &speeds, stamp_ns, speed_mps, &leap)) {
        const double ratio = fabs(1.0 + leap.by / leap.before);
        if (ratio < (double)most_ratio && ratio > 1.0 / (double)most_ratio)
            follow(c, s, stamp_ns, speed_mps, &leap);
        w->doubtful = 0;
    } else if (w->doubtful > 0) {
        w->doubtful--;
    } else if (leap_may_begin(&w->leap, &speeds)) {
        w->doubtful = LEAP_SIDE + 1;
    }
}

void wheel_slip_hear(fusion *c, source_run *s, const frame *in)
{
    wheel_slip *w = &s->speed.slip;
    if (!s->first_state)
        return;
    if (w->since_ns != INT64_MIN && seconds_between(w->since_ns, in->stamp_ns) > lasts_s) {
        set_walk(c, s, w->grip_walk, w->grip_bound);
        w->since_ns = INT64_MIN;
    }
    take(c, s, in->stamp_ns, fabs((double)wheels_speed(&in->u.wheel)));
}

bool wheel_slip_is_doubtful(const source_run *s)
{
    return s->speed.slip.doubtful > 0;
}

void wheel_slip_judge(fusion *c, source_run *s, verdict_decision decision)
{
    wheel_slip *w = &s->speed.slip;
    w->refused = decision == DECISION_REJECTED ? w->refused + 1 : 0;
    if (w->since_ns == INT64_MIN)
        return;
    const double left = fabs(scale_of(c, s) - w->grip_scale),
                 sigma = sqrt((double)covariance_at(&c->f.p, scale_state(s), scale_state(s)));
    if (w->refused >= REFUSED_FRAMES || left + 2.0 * sigma < (double)(left_of_slip * w->slip))
        end_slip(c, s);
}

float wheel_slip_sigmas(const source_run *s, int64_t now_ns)
{
    const wheel_slip *w = &s->speed.slip;
    const double lasted_s = w->since_ns != INT64_MIN ? seconds_between(w->since_ns, now_ns) : -1.0;
    const bool slips = lasted_s >= (w->plain ? 0.0 : joint_s) && lasted_s <= lasts_s;
    const bool slipped = w->back_ns != INT64_MIN && seconds_between(w->back_ns, now_ns) < told_s;
    return slips || slipped ? w->sigmas : 0.0f;
}
