/*
 * A speed without a sign, out of a standstill: forward, or backward. Nothing on the bus says which, and a yaw
 * rate is the same for both; a receiver tells, by a velocity or by where it goes. Until it does, the vehicle
 * goes forward, as nearly always; then the way since the standstill is turned over.
 */
#include "fusion/motion/reverse.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_error.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/bank_measure.h"
#include "fusion/motion/odometry.h"
#include "fusion/motion/vehicle.h"

#include <math.h>
#include <string.h>

/* Of all departures so many are backward; logarithm of the odds of 1 in 30. Too small: leaps of receivers
 * turn a vehicle that drives off; too large: it takes a long way to be found. */
static const float odds_before = -3.4f;

/* Turned over when the other way is that much more probable: 10 to 1. Too small: it wavers; too large: found
 * late. */
static const float odds_enough = 2.3f;

/* Nobody drives backward faster than this out of a standstill, m/s, nor further, m. Faster: forward. Too
 * small: who backs out in a hurry is not found; too large: a receiver that leaps at a traffic light turns
 * over who drives off. */
static const float slow_mps = 3.0f, longest_m = 60.0f;

/* Slower than this, m/s, it stands: what a speed shakes by at rest is less, and nobody creeps so. */
static const float stands_mps = 0.1f;

/* Less of a way than this, m, is nothing to tell by. */
static const float least_m = 1.5f;

/* What a receiver may have wandered since the standstill by itself, one sigma per axis, m and m/s; beyond so
 * many of them from either end it has leapt, and tells nothing. What one of both may say at most. Too small:
 * a receiver that wanders turns the vehicle over; too large: it goes on the wrong way. */
static const float wander_m = 3.0f, wander_mps = 0.3f, leapt_sigmas = 2.0f, says_most = 7.0f;

/* At least, m/s, one sigma of a receiver's velocity along the vehicle; it is off by the same for this long,
 * s. */
static const float least_velocity_mps = 0.5f, velocity_lasts_s = 2.0f;

/* The place of a receiver at rest is averaged over this, s; this much of a gap between speeds breaks off, s.
 */
static const float rest_s = 3.0f, gap_s = 1.0f;

/* A source that has once said a negative speed says them always, m/s. */
static const float negative_mps = -0.1f;

/* One sigma of the way that was turned over, as a share of what the pose moves by. */
static const float turned_share = 0.15f, turned_mps = 0.3f;

/* Where it stands now is where a way begins that is not decided yet. */
static void begin_way(const fusion *c, reverse_watch *w, bool open)
{
    w->open = open;
    w->back = false;
    w->by_velocity = w->lasts_s = w->way_m = 0.0f;
    memset(w->way_ecef_m, 0, sizeof w->way_ecef_m);
    memcpy(w->begin_ecef_m, c->f.position_ecef_m, sizeof w->begin_ecef_m);
    w->begin = w->stand;
    w->resets = c->resets;
    w->stand.fixes = 0.0f;
}

static bool is_blind(const fusion *c, const source_run *s)
{
    return c->f.model.accel_missing && !s->speed.says_backward;
}

static void add_way(const fusion *c, reverse_watch *w, double way_m)
{
    double r[3][3];
    vehicle_rotation(&c->f, r);
    for (int i = 0; i < 3; i++)
        w->way_ecef_m[i] += (w->back ? -way_m : way_m) * r[i][0];
    w->way_m += (float)way_m;
}

/* Where the receiver is against the pose, at rest. */
static void stand_at(const fusion *c, reverse_stand *at, const source_run *s, float dt_s)
{
    if (at->resets != c->resets || at->receiver != (int)s->index)
        at->fixes = 0.0f;
    const float gain = fmaxf(1.0f / (at->fixes + 1.0f), fminf(dt_s / rest_s, 1.0f));
    for (int i = 0; i < 2; i++)
        at->apart_m[i] += gain * (s->place.apart_enu_m[i] - at->apart_m[i]);
    at->receiver = s->index;
    at->resets = c->resets;
    at->fixes += 1.0f;
}

/* Log of the odds of the other way by where the receiver has gone, D: |D - way|^2 against |D + way|^2. */
static float by_place(const fusion *c, const reverse_watch *w, const source_run *s)
{
    float as_is = 0.0f, other = 0.0f;
    if (w->begin.fixes < 1.0f || w->begin.receiver != (int)s->index || w->begin.resets != c->resets)
        return 0.0f;
    for (int i = 0; i < 2; i++) {
        float way = 0.0f, gone = s->place.apart_enu_m[i] - w->begin.apart_m[i];
        for (int k = 0; k < 3; k++) {
            way += (float)(c->f.r_enu_ecef[i][k] * w->way_ecef_m[k]);
            gone += (float)(c->f.r_enu_ecef[i][k] * (c->f.position_ecef_m[k] - w->begin_ecef_m[k]));
        }
        as_is += (gone - way) * (gone - way);
        other += (gone + way) * (gone + way);
    }
    float sigma = hypotf(wander_m, wander_mps * w->lasts_s), most = leapt_sigmas * sigma;
    if (fminf(as_is, other) > most * most)
        return 0.0f;
    return fminf(fmaxf((as_is - other) / (2.0f * sigma * sigma), -says_most), says_most);
}

/* The same by its velocity along the vehicle. */
static void hear_velocity(const fusion *c, reverse_watch *w, const source_run *s, const frame *in, float dt_s)
{
    float enu[3], sigma, along = 0.0f, speed = fabsf((float)filter_speed(&c->f));
    double forward[2];
    if (!gnss_velocity(s, &in->u.gnss, enu, &sigma))
        return;
    vehicle_forward(&c->f, forward);
    for (int i = 0; i < 2; i++)
        along += enu[i] * (float)forward[i];
    sigma = fmaxf(sigma * gnss_velocity_scale(s, &in->u.gnss), least_velocity_mps);
    float says = -2.0f * along * speed / (sigma * sigma) * fminf(dt_s / velocity_lasts_s, 1.0f);
    w->by_velocity = fminf(fmaxf(w->by_velocity + says, -says_most), says_most);
}

/* The filter's state is corrected by d; sub-solutions that do without these wheels are not. */
static void correct(fusion *c, const reverse_watch *w, const float *d)
{
    filter_correct(&c->f, d);
    bank_follow(c, d);
    odometry_break(c);
    for (int h = 0; h < c->bank.count; h++) {
        if (!c->bank.of[h].live || !(c->bank.of[h].sources >> w->source & 1u))
            continue;
        for (int i = 0; i < STATE_ATTITUDE; i++)
            bank_error(c, h)[i] -= d[i];
    }
}

/* It has gone the other way since it stood. */
static void turn_over(fusion *c, reverse_watch *w)
{
    float *d = c->f.correction, moved2 = 0.0f;
    memset(d, 0, (size_t)c->f.p.n * sizeof *d);
    for (int i = 0; i < 3; i++) {
        /* what fixes have done about it meanwhile is undone */
        d[STATE_POSITION + i] = (float)(w->begin_ecef_m[i] - w->way_ecef_m[i] - c->f.position_ecef_m[i]);
        d[STATE_VELOCITY + i] = -2.0f * (float)c->f.velocity_ecef_mps[i];
        moved2 += d[STATE_POSITION + i] * d[STATE_POSITION + i];
    }
    correct(c, w, d);
    for (int i = 0; i < 3; i++) {
        w->way_ecef_m[i] = -w->way_ecef_m[i];
        core_widen(c, STATE_POSITION + i, turned_share * turned_share * moved2);
        core_widen(c, STATE_VELOCITY + i, turned_mps * turned_mps);
    }
    w->back = !w->back;
    w->resets = w->begin.resets = ++c->resets;
    c->reset_m = sqrtf(moved2);
}

float reverse_sign(fusion *c, source_run *s, int64_t stamp_ns, float speed_mps)
{
    reverse_watch *w = &c->reverse;
    double dt_s = w->stamp_ns == INT64_MIN ? 0.0 : seconds_between(w->stamp_ns, stamp_ns);
    s->speed.says_backward |= speed_mps < negative_mps;
    if (!is_blind(c, s) || (w->source >= 0 && w->source != (int)s->index && dt_s < (double)gap_s))
        return 1.0f;
    w->source = s->index;
    w->stamp_ns = stamp_ns;
    if (fabsf(speed_mps) < stands_mps) {
        w->lasts_s += (float)dt_s;
        w->stands = true;
        return 1.0f;
    }
    if (w->stands)
        begin_way(c, w, true);
    w->stands = false;
    if (w->back && fabsf(speed_mps) > slow_mps)
        turn_over(c, w); /* it did not back out: nobody gets there from backward without a stop */
    if (dt_s > (double)gap_s || fabsf(speed_mps) > slow_mps || w->way_m > longest_m)
        w->open = w->back = false;
    w->lasts_s += (float)dt_s;
    add_way(c, w, dt_s * (double)fabsf(speed_mps));
    return w->back ? -1.0f : 1.0f;
}

void reverse_forget(fusion *c)
{
    c->reverse = (reverse_watch){.source = -1, .stamp_ns = INT64_MIN};
}

void reverse_hear(fusion *c, source_run *s, const frame *in, float since_s)
{
    reverse_watch *w = &c->reverse;
    if (w->source < 0 || !is_blind(c, &c->source[w->source]) || s->out.banned ||
        fabs(seconds_between(w->stamp_ns, in->stamp_ns)) > (double)gap_s)
        return;
    if (w->stands)
        stand_at(c, &w->stand, s, since_s);
    if (!w->open || w->resets != c->resets || !(w->way_m > least_m))
        return;
    if (!w->stands)
        hear_velocity(c, w, s, in, since_s);
    /* by_velocity is of backward against forward, as odds are to begin with; by_place of the other way */
    float back = odds_before + w->by_velocity, other = (w->back ? -back : back) + by_place(c, w, s);
    if (other > odds_enough)
        turn_over(c, w);
}
