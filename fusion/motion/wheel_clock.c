#include "fusion/motion/wheel_clock.h"

#include "fusion/core/core.h"

#include <math.h>

/* Wheels are late that are so by this many sigmas. To be late is what they can be, and no error of tyres
 * looks like it: driven wheels turn faster as they speed up, braked ones slower, both as if they were early.
 * Too small: chance moves them; too large: bends come late for longer. */
static const double late_sigmas = 3.0;

/* And at so many looks in a row: reflections in a street passed for it at one, in one drive of a hundred. */
static const int late_looks = 2;

/* From so many on they are doubted, and not the receiver. Wheels that are late are so by this, s, one sigma:
 * a gateway's cycle, or its queue. Too small: bends are late unseen; too large: chance makes the pose unsure.
 */
static const double doubted_sigmas = 1.5, usual_s = 0.1;

/* A change is brought in over so many times its size: too small: what is turned meanwhile is off by as large
 * a share; too large: it takes long. */
static const double slew = 20.0;

/* A frame comes no later than this after its stamp, s, or is late for the window (a bus takes 0 to 0.03 s).
 */
static const double transport_s = 0.1;

/* A change that is less than this, s, is none. Too small: each look moves stamps; too large: 0.5 rad/s is
 * that much of a heading. */
static const double least_change_s = 0.02;

/* What they may be off by counts anew where it differs by this share of itself, or of what is set. */
static const float worth_share = 0.3f;

/* ---- stamps */

static double later_by(const wheel_clock *w, int64_t stamp_ns)
{
    if (w->change_ns == INT64_MIN)
        return 0.0;
    const double lasts_s = slew * fabs(w->to_s - w->from_s),
                 into_s = fmin(fmax(seconds_between(w->change_ns, stamp_ns), 0.0), lasts_s);
    return w->from_s + (lasts_s > 0.0 ? into_s / lasts_s * (w->to_s - w->from_s) : 0.0);
}

/* The wheels that this is about: there is one source of them. */
static source_run *wheels_of(fusion *c)
{
    source_run *only = NULL;
    for (size_t i = 0; i < c->source_count; i++) {
        source_run *s = &c->source[i];
        if (s->set->kind != SOURCE_WHEEL || !s->set->enabled)
            continue;
        if (only)
            return NULL;
        only = s;
    }
    return only;
}

int64_t wheel_clock_stamp(const fusion *c, const source_run *s, int64_t stamp_ns)
{
    if (s->set->kind != SOURCE_WHEEL || c->wheel_clock.change_ns == INT64_MIN)
        return stamp_ns;
    return stamp_ns - (int64_t)(later_by(&c->wheel_clock, stamp_ns) * 1e9);
}

/* By corrected stamps: the change has begun, or is still to come; and not ended. */
static bool changes_until(const wheel_clock *w, int64_t stamp_ns)
{
    return w->change_ns != INT64_MIN &&
           seconds_between(w->change_ns, stamp_ns) + w->to_s < slew * fabs(w->to_s - w->from_s);
}

bool wheel_clock_moves(const fusion *c, int64_t stamp_ns)
{
    const wheel_clock *w = &c->wheel_clock;
    return changes_until(w, stamp_ns) && seconds_between(w->change_ns, stamp_ns) + w->from_s >= 0.0;
}

/* ---- what is found */

/* Nothing is in the window whose stamp is that of after the change, however it came. */
static void change_to(fusion *c, const source_run *s, double late_s)
{
    wheel_clock *w = &c->wheel_clock;
    w->from_s = w->change_ns == INT64_MIN ? 0.0 : w->to_s;
    w->to_s = late_s;
    w->seen = 0;
    w->change_ns = c->check_ns + (int64_t)((c->set.filter.window_s + s->set->max_future_s) * 1e9);
}

/* The speed's latency has a state, which is considered: it knows what may be left. */
static void open_by(fusion *c, const source_run *s, double left_s)
{
    const float set = (float)s->set->of.wheel.latency_sigma_s, left = (float)left_s;
    const float before = c->wheel_clock.sigma_s;
    if (fabsf(left - before) < worth_share * fmaxf(fmaxf(left, before), set))
        return;
    c->wheel_clock.sigma_s = left;
    if (s->first_state)
        core_reset(c, s->first_state + WHEEL_LATENCY, set * set + left * left);
}

/* How late they may be that seem late by so much, not for certain: the mean that is left of it, less where it
 * may be chance. */
static double probably(double late_s, double sigma_s)
{
    const double of2 = late_s * late_s, noise2 = sigma_s * sigma_s, usual2 = usual_s * usual_s;
    return late_s * usual2 / (usual2 + noise2) * of2 / (of2 + noise2);
}

/* What the receivers have shown of each other's: another one that is known has to have them as late. */
static bool others_agree(fusion *c, const source_run *receiver, double late_s, double sigma_s)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        const late_receiver *l = late_receiver_of(c, s);
        if (s == receiver || !l || !(l->known_sigma_s > 0.0) || s->out.banned)
            continue;
        const double own = c->f.source[s->first_state + GNSS_LATENCY - STATE_SOURCES];
        if (fabs(own - l->known_s - late_s) > late_sigmas * hypot(sigma_s, l->known_sigma_s))
            return false;
    }
    return true;
}

bool wheel_clock_explains(fusion *c, const source_run *receiver, double latency_s, double sigma_s,
                          double own_s, double own_sigma_s)
{
    source_run *s = wheels_of(c);
    wheel_clock *w = &c->wheel_clock;
    if (!s || c->inertial_source != (int)s->index || c->late.rate_source != (int)s->index ||
        changes_until(w, c->check_ns))
        return false;
    const double more_s = own_s - latency_s, before_s = w->change_ns == INT64_MIN ? 0.0 : w->to_s;
    const double known = hypot(own_sigma_s, s->set->of.wheel.latency_sigma_s);
    const double found = hypot(sigma_s, late_least_sigma(c, false)), sigma = hypot(found, known);
    if ((more_s <= 0.0 && before_s <= 0.0) || !others_agree(c, receiver, more_s, sigma))
        return false;
    const double most_s = fmax(c->set.filter.window_s - transport_s, 0.0);
    const double late_s = fmin(fmax(before_s + more_s, 0.0), most_s);
    const bool late = fabs(more_s) > late_sigmas * sigma;
    w->seen = late ? w->seen + 1 : 0;
    if (w->seen >= late_looks && fabs(late_s - before_s) > least_change_s) {
        change_to(c, s, late_s);
        open_by(c, s, hypot(found, before_s + more_s - late_s));
    } else {
        open_by(c, s, probably(fmax(more_s, 0.0), sigma));
    }
    return late || more_s > doubted_sigmas * sigma;
}

float wheel_clock_doubt(const fusion *c)
{
    if (c->inertial_source < 0 || c->source[c->inertial_source].set->kind != SOURCE_WHEEL)
        return 0.0f;
    const float set = (float)c->source[c->inertial_source].set->of.wheel.latency_sigma_s,
                left = c->wheel_clock.sigma_s;
    return set * set + left * left;
}
