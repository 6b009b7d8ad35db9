/*
 * A speed (wheels, radar) against the velocities of receivers: which of the two is off, by what the
 * difference goes with. A speed whose scale has changed differs by a share of itself. A receiver that is led
 * away differs by a vector that is fixed to the earth, so along the way by what the heading makes of it; one
 * that is late by what the vehicle has gained in speed since. Straight on and at one speed nothing tells them
 * apart.
 */
#include "fusion/integrity/pace.h"

#include "fusion/core/core.h"
#include "fusion/integrity/shift.h"
#include "fusion/integrity/shift_watch.h"
#include "fusion/motion/vehicle.h"

#include <math.h>

/* Differences are remembered for so many times what shift_judge.c remembers, 15 s: a turn, and what was
 * before it. Too small: on the straight after it all is the same again; too large: what was before the fault
 * hides it. */
static const float memory = 0.27f;

/* A speed is of this moment for so long, s; and smoothed over so many of its frames. */
static const double now_s = 0.3;
static const float smooth = 0.3f;

/* What was heard of a speed this recently counts, s. */
static const double spoken_s = 2.0;

/* The receiver explains so much more of the squares than the scale does. Too small: what is chance clears a
 * speed that is off; too large: it is blamed for what it has not done. */
static const float better_share = 0.15f;

/* And more than its slow error may, in each difference, one sigma, m/s. */
static const float slow_mps = 0.05f;

/* By so much, and by so many times what that has, it is plain, and the receiver is named. Too small: a turn
 * that began with a wheel's fault names the receiver; too large: it is named when it leaps back. */
static const float plain_share = 0.4f, plain_times = 4.0f;

/* Another speed that has half of the comparisons, and no more than half of the squares, agrees. */
static const float seconds_share = 0.5f;

/* A difference lasts that does so smoothed over this, s, and is more than the second, m/s: than a receiver's
 * slow error, a tyre's, and what latencies make of the acceleration. Too small: an input that is off is not
 * left out; too large: it is, for what receivers and speeds have against each other. */
static const float lately_s = 1.0f, differs_mps = 0.15f;

/* How much of a turn it takes, of the determinant of headings: 0 on the straight, a quarter of the squared
 * weight where they are spread all round. */
static const float least_turn = 0.01f;

static bool is_own(const source_run *s, int state)
{
    return s->first_state && state >= s->first_state;
}

/* What a state of the source was before anything spoke against it; of what lasts for a while, nothing; of a
 * calibration that is not watched, what it is. */
static float value_before(const fusion *c, const source_run *s, int state)
{
    const shift_state *of = s->shift.state;
    for (int row = shift_next_row(s, 0); row < SHIFT_ROWS; row = shift_next_row(s, row + 1), of++) {
        if (s->first_state + shift_rows[row].state == state)
            return of->learned;
    }
    state -= STATE_SOURCES;
    return c->f.slow[state].rate > 0.0f ? 0.0f : (float)c->f.source[state];
}

/* Row k of the innovation, as it were with the source's states as they were learned. */
static float innovation_before(const fusion *c, const source_run *s, const measurement *m, int k, float seen)
{
    for (int i = 0; i < m->columns; i++) {
        int state = m->index[i];
        if (is_own(s, state))
            seen += m->h[i][k] * ((float)c->f.source[state - STATE_SOURCES] - value_before(c, s, state));
    }
    return seen;
}

static float forward_of(const fusion *c, const double ecef[3])
{
    vec3 v;
    vehicle_from_ecef(&c->f, ecef, v);
    return v[0];
}

/* The newest speed less the receiver's: `d` is the receiver's less the filter's. */
static void compare(const fusion *c, source_run *of, float d, float interval_s)
{
    double r[3][3];
    const double *east = c->f.r_enu_ecef[0], *north = c->f.r_enu_ecef[1];
    pace_watch *p = &of->shift.against;
    vehicle_rotation(&c->f, r);
    float x[PACE_CAUSES] = {forward_of(c, c->f.velocity_ecef_mps), 0.0f, 0.0f,
                            forward_of(c, c->f.accel_ecef)};
    for (int i = 0; i < 3; i++) {
        x[PACE_EAST] += (float)(r[i][0] * east[i]);
        x[PACE_NORTH] += (float)(r[i][0] * north[i]);
    }
    d -= of->speed.pace_mps;
    p->lately += fminf(interval_s / lately_s, 1.0f) * (d - p->lately);
    p->weight += 1.0f;
    p->square += d * d;
    p->both += x[PACE_EAST] * x[PACE_NORTH];
    for (int i = 0; i < PACE_CAUSES; i++) {
        p->of[i] += x[i] * x[i];
        p->by[i] += x[i] * d;
    }
}

void pace_take(fusion *c, source_run *s, const measurement *m, const float forward[3], const float seen[3],
               int64_t now_ns)
{
    float sum = 0.0f, weight = 0.0f;
    for (int k = 0; k < m->dim; k++) {
        sum += forward[k] * innovation_before(c, s, m, k, seen[k]);
        weight += forward[k] * forward[k];
    }
    if (!(weight > 0.1f) || !(m->nis <= c->limit.gate[m->dim])) /* wheels that slip are not compared */
        return;
    float off = sum / weight;
    if (s->set->kind != SOURCE_GNSS) {
        bool first = s->speed.pace_ns == INT64_MIN || seconds_between(s->speed.pace_ns, now_ns) > now_s;
        s->speed.pace_mps += (first ? 1.0f : smooth) * (off - s->speed.pace_mps);
        s->speed.pace_ns = now_ns;
        return;
    }
    for (size_t i = 0; i < c->source_count; i++) {
        source_run *of = &c->source[i];
        if (of->speed.pace_ns != INT64_MIN && seconds_between(of->speed.pace_ns, now_ns) < now_s)
            compare(c, of, off, s->interval_s);
    }
}

void pace_fade(source_run *s, float keep)
{
    pace_watch *p = &s->shift.against;
    float by = keep > 0.0f ? powf(keep, memory) : 0.0f;
    p->weight *= by;
    p->square *= by;
    p->both *= by;
    p->lately *= keep > 0.0f ? 1.0f : 0.0f;
    for (int i = 0; i < PACE_CAUSES; i++) {
        p->of[i] *= by;
        p->by[i] *= by;
    }
}

/* How much of the squares one cause explains. */
static float explained(const pace_watch *p, int cause)
{
    return p->of[cause] > 0.0f ? p->by[cause] * p->by[cause] / p->of[cause] : 0.0f;
}

/* The same of a vector that is fixed to the earth. */
static float explained_by_vector(const pace_watch *p)
{
    float e = p->by[PACE_EAST], n = p->by[PACE_NORTH], ee = p->of[PACE_EAST], nn = p->of[PACE_NORTH];
    float det = ee * nn - p->both * p->both;
    if (!(det > least_turn * p->weight * p->weight))
        return 0.0f;
    return (e * e * nn - 2.0f * e * n * p->both + n * n * ee) / det;
}

/* Another speed has been compared for as long, and agrees with receivers: they are not what is off. */
static bool receivers_are_seconded(const fusion *c, const source_run *s)
{
    const pace_watch *own = &s->shift.against;
    for (size_t i = 0; i < c->source_count; i++) {
        const pace_watch *p = &c->source[i].shift.against;
        if (&c->source[i] != s && p->weight > seconds_share * own->weight &&
            p->square < seconds_share * own->square)
            return true;
    }
    return false;
}

/* How much more of the squares the receiver explains than what the speed is accused of; `late`: by being
 * late.
 */
static float receivers_part(const pace_watch *p, fault_code code, bool *late)
{
    const bool speed_late = p->by[PACE_GAIN] > 0.0f;
    float gain = explained(p, PACE_GAIN), vector = explained_by_vector(p);
    float own = code != FAULT_LATENCY_SHIFT ? explained(p, PACE_SPEED) : speed_late ? gain : 0.0f;
    *late = !speed_late && gain > vector;
    return (*late ? gain : vector) - own;
}

static bool exceeds(const fusion *c, const source_run *s, fault_code code, float share, float times,
                    bool *late)
{
    const pace_watch *p = &s->shift.against;
    float chance = p->weight * slow_mps * slow_mps, part = receivers_part(p, code, late);
    return part > fmaxf(share * p->square, times * chance) && !receivers_are_seconded(c, s);
}

bool pace_clears(const fusion *c, const source_run *s, fault_code code)
{
    bool late;
    return exceeds(c, s, code, better_share, 1.0f, &late);
}

fault_code pace_names(const fusion *c, const source_run *s, fault_code code)
{
    bool late;
    if (!exceeds(c, s, code, plain_share, plain_times, &late))
        return FAULT_COUNT;
    return late ? FAULT_LATENCY_SHIFT : FAULT_BIASED;
}

bool pace_differs(const fusion *c)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (!s->out.banned && s->speed.pace_ns != INT64_MIN &&
            seconds_between(s->speed.pace_ns, c->applied_ns) < spoken_s &&
            fabsf(s->shift.against.lately) > differs_mps)
            return true;
    }
    return false;
}
