/* A receiver that contradicts the pose for long: which of the two gives way. */
#include "fusion/gnss/gnss_contradiction.h"

#include "fusion/core/core.h"
#include "fusion/core/initialize.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_error.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/integrity.h"

#include <math.h>

/* Contradiction after an outage is believed after this, s. Too small: the first wild fixes after a tunnel
 * reset the pose; too large: a lost pose is defended. */
static const double patience_after_outage_s = 3.0;

/* A position that the vehicle cannot have come to by what motion sensors say is believed after this, s:
 * against somebody's word, though not never, for the filter may be what is wrong. Too small: the pose follows
 * a replayed or forged position; too large: a lost pose is defended. */
static const double patience_out_of_reach_s = 60.0;

static bool lasts(int64_t since_ns, int64_t now_ns, double patience_s)
{
    return since_ns != INT64_MIN && seconds_between(since_ns, now_ns) > patience_s;
}

/* What this source contradicts has been without any absolute position before: dead reckoning may have gone
 * anywhere. */
static bool is_after_outage(const fusion *c, const source_run *s)
{
    return c->absolute_ns == INT64_MIN ||
           lasts(c->absolute_ns, s->reject_since_ns, c->set.filter.relock_after_s);
}

/* Where: all that this source says is rejected, and nobody else gives a position. How fast: it contradicts as
 * well, or no source of motion is there to vouch for the filter. After an outage, in which dead reckoning may
 * have gone anywhere, a few seconds of it are enough; before, it takes as long as to relock. */
static bool is_contradicted(const fusion *c, const source_run *s, int64_t now_ns)
{
    double relock = c->set.filter.relock_after_s;
    double patience = is_after_outage(c, s) ? fmin(relock, patience_after_outage_s) : relock;
    bool reached = integrity_reaches(c, s->place.off_m) && !s->place.leapt;
    if (!reached && core_motion_agrees(c) && !c->claim.open)
        patience = fmax(patience, patience_out_of_reach_s);
    return lasts(s->reject_since_ns, now_ns, patience) &&
           (c->absolute_ns == INT64_MIN || lasts(s->gnss.velocity_reject_since_ns, now_ns, patience)) &&
           !(c->absolute_ns != INT64_MIN && !lasts(c->absolute_ns, now_ns, patience));
}

/* The pose has strayed from the only one that says where it is by more than a receiver may hide, for long.
 * What its slow error took up was a heading that is wrong, and nothing was ever rejected. */
static bool has_left(fusion *c, source_run *s, int64_t now_ns)
{
    bool beyond =
        !s->out.banned && s->place.apart_m > c->factor.fault_free * (float)c->set.integrity.hidden_unproven_m;
    core_keep_since(&s->place.apart_since_ns, beyond, now_ns);
    return lasts(s->place.apart_since_ns, now_ns, patience_out_of_reach_s) && gnss_is_alone(c, s, now_ns);
}

static bool is_rejected(const fusion *c, const source_run *s, const source_run *other)
{
    (void)c, (void)s;
    return other->reject_since_ns != INT64_MIN;
}

/* All others that say where the vehicle is are receivers that are rejected as well. */
static bool is_deserted(const fusion *c, const source_run *s, int64_t now_ns)
{
    return !gnss_another_stays(c, s, now_ns, is_rejected);
}

/* Receivers that leave the pose together have the same reason, whichever it is: they are as one. */
static void all_moved_away(fusion *c, source_run *s, float up_m)
{
    gnss_moved_away(c, s, up_m);
    for (size_t i = 0; i < c->source_count; i++) {
        source_run *other = &c->source[i];
        if (other == s || other->set->kind != SOURCE_GNSS || other->reject_since_ns == INT64_MIN)
            continue;
        gnss_came_back(c, other);
        core_widen(c, other->first_state + SLOW + 2, up_m * up_m);
        other->reject_since_ns = INT64_MIN;
    }
}

/* Positions have been rejected for long while the motion agrees with the filter: the source has moved away,
 * or dead reckoning has. Its own error and, by what dead reckoning may have lost meanwhile, the position are
 * opened up; both then share the contradiction by their variances, and neither is locked out. */
static void relock(fusion *c, source_run *s, const frame *in)
{
    measurement m;
    measurement_start(&m, 3);
    gnss_position(c, s, &in->u.gnss, &m);
    bool outage = is_after_outage(c, s), alone = !outage && is_deserted(c, s, in->stamp_ns);
    float off2 = m.innovation[0] * m.innovation[0] + m.innovation[1] * m.innovation[1];
    float drift = (float)(0.02 * c->since_absolute_m + 0.5);
    if (alone)
        all_moved_away(c, s, m.innovation[2]);
    for (int i = 0; i < 3; i++) {
        if (!alone || i == 2)
            core_widen(c, s->first_state + SLOW + i, i < 2 ? off2 : m.innovation[2] * m.innovation[2]);
        core_widen(c, STATE_POSITION + i, fminf(drift * drift, off2));
    }
    if (outage)
        s->gnss.slow_variance += off2; /* renewed by the next fix: dead reckoning gives way, step by step */
    else if (!alone)
        s->gnss.moved_variance += off2;
    s->reject_since_ns = in->stamp_ns;
}

/* A pose that may have gone anywhere leaves no more doubt than this. */
static const float most_doubt_m = 20.0f;

void gnss_owe(source_run *s, float off_m, bool strayed)
{
    float most = strayed ? most_doubt_m * most_doubt_m : INFINITY;
    s->place.doubt = fminf(0.5f * off_m * off_m, most);
}

static void remember_doubt(fusion *c, source_run *s, const frame *in)
{
    measurement m;
    measurement_start(&m, 3);
    gnss_position(c, s, &in->u.gnss, &m);
    gnss_owe(s, hypotf(m.innovation[0], m.innovation[1]), is_after_outage(c, s));
}

void gnss_pay_doubt(fusion *c, source_run *s)
{
    if (!(s->place.doubt > 0.0f))
        return;
    for (int i = 0; i < 3; i++) {
        core_widen(c, s->first_state + SLOW + i, s->place.doubt);
        core_widen(c, STATE_POSITION + i, s->place.doubt);
    }
    s->gnss.moved_variance += s->place.doubt;
    s->place.doubt = 0.0f;
}

/* What has been rejected for long is evidence against the filter too; true: it starts anew. */
bool gnss_settle_contradiction(fusion *c, source_run *s, const frame *in)
{
    bool left = has_left(c, s, in->stamp_ns);
    if (left || is_contradicted(c, s, in->stamp_ns)) {
        float off_m = fmaxf(s->place.off_m, left ? s->place.apart_m : 0.0f);
        remember_doubt(c, s, in);
        core_give_up(c, in->stamp_ns);
        bank_owe(c, off_m);
        initialize_look(c, s, in);
        return true;
    }
    if (lasts(s->reject_since_ns, in->stamp_ns, c->set.filter.relock_after_s))
        relock(c, s, in);
    initialize_realign(c, s, in);
    return false;
}
