/*
 * What a measurement does to the sub-solutions.
 */
#include "fusion/integrity/bank_measure.h"

#include "fusion/core/core.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_astray.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/bank_carry.h"
#include "fusion/integrity/bank_turn.h"

#include <math.h>
#include <string.h>

/* Sub-solutions are carried on in steps of at least this, s: what they are compared with moves slowly. Too
 * small: they cost as much as the filter; too large: their covariance lags behind. */
static const float step_s = 0.04f;

/* Doubt (a CUSUM): NIS beyond this per degree of freedom counts, each measurement up to a cap, by half as in
 * a log-likelihood, and by half of that as errors last. */
static const float expected_nis = 1.5f, nis_cap = 20.0f, excess_gain = 0.25f, doubt_cap = 50.0f;

static bool leaves_out(const bank_hypothesis *h, const source_run *s, fuse_how how)
{
    return (h->sources >> s->index & 1u) && (!h->quantities || h->quantities >> how.quantity & 1u) &&
           core_is_measured(how.quantity);
}

/* The position that it was anchored at was what others said: from now on that is an error like any other. */
static void take_anchor(bank_hypothesis *of, covariance *p)
{
    for (int i = 0; i < 3; i++)
        covariance_row(p, STATE_POSITION + i)[STATE_POSITION + i] += of->anchor_variance;
    of->anchor_variance = of->start_variance = 0.0f;
    of->absolute = true;
}

/* Of a point of the vehicle, in its axes. */
static bool measures_velocity(verdict_quantity quantity)
{
    return quantity == QUANTITY_SPEED || quantity == QUANTITY_NON_HOLONOMIC ||
           quantity == QUANTITY_STANDSTILL || quantity == QUANTITY_EGO_VELOCITY;
}

/* Of where something stands, or stood, as seen from the vehicle: linear near the filter's attitude, and
 * nowhere else. */
static bool aims(verdict_quantity quantity)
{
    return quantity == QUANTITY_LANDMARK || quantity == QUANTITY_LANE || quantity == QUANTITY_HEADING ||
           quantity == QUANTITY_TRANSLATION || quantity == QUANTITY_ROTATION || quantity == QUANTITY_RETURN ||
           quantity == QUANTITY_RAIL;
}

static void turn_course(const fusion *c, int h, const float v[3])
{
    covariance p = bank_covariance(c, h);
    if (filter_turns_course(&c->f, &p, bank_has_gyro(c, &c->bank.of[h])))
        filter_turn_course(&p, v);
}

/* Whose velocity its covariance is about: when that becomes its own, or the filter's again, it moves along
 * (filter.c). */
static void choose_base(fusion *c, int h)
{
    bank_hypothesis *of = &c->bank.of[h];
    const float *d = bank_error(c, h);
    const bool alone = !bank_has_gyro(c, of) || bank_is_turned(d);
    vec3 by;
    if (alone == of->alone)
        return;
    glm_vec3_scale((float *)(uintptr_t)(d + STATE_VELOCITY), alone ? 1.0f : -1.0f, by);
    turn_course(c, h, by);
    of->alone = alone;
}

/* Its covariance moves along with its own velocity. Where no IMU drives the filter, not with what a receiver
 * says: a sub-solution without the wheels has but that, which shows the heading, and leaps between houses. */
static bool turns_course(const fusion *c, const bank_hypothesis *of, verdict_quantity quantity)
{
    const bool driven = c->inertial_source >= 0 && c->source[c->inertial_source].set->kind == SOURCE_IMU;
    const bool receiver = quantity == QUANTITY_VELOCITY || quantity == QUANTITY_POSITION;
    return of->alone && (driven || !receiver);
}

/* What the sub-solution expects of a measurement: innovation and Jacobian. */
static void expect(const fusion *c, int h, verdict_quantity quantity, bool fused, measurement *m)
{
    const float *d = bank_error(c, h);
    if (measures_velocity(quantity) && c->bank.of[h].alone) {
        vec3 before;
        for (int i = 0; i < 3; i++)
            before[i] =
                (float)c->f.velocity_ecef_mps[i] - (fused ? c->f.correction[STATE_VELOCITY + i] : 0.0f);
        bank_turn_measurement(before, d, m);
    }
    for (int k = 0; k < m->dim; k++) {
        float expected = m->innovation[k];
        for (int i = 0; i < m->columns; i++)
            expected -= m->h[i][k] * d[m->index[i]];
        m->innovation[k] = expected;
    }
}

static void correct(fusion *c, int h, const measurement *from, fuse_how how, bool fused)
{
    bank_hypothesis *of = &c->bank.of[h];
    covariance p = bank_covariance(c, h);
    float *d = bank_error(c, h), s[3][3], dx[STATE_MAX] __attribute__((aligned(32)));
    measurement own = *from, *m = &own;
    projection j;
    if (aims(how.quantity) && bank_is_astray(d)) {
        bank_astray_refuse(c, h, how.quantity, fused);
        return;
    }
    bank_astray_realign(c, h, how.quantity, fused && from->nis <= c->limit.robust[m->dim]);
    expect(c, h, how.quantity, fused, m);
    covariance_project(&p, m, &j);
    core_innovation_covariance(m, &j, s);
    float nis = measurement_nis(m, s), robust = c->limit.robust[m->dim];
    float excess = fminf(nis, nis_cap) - expected_nis * (float)m->dim;
    of->doubt = fminf(fmaxf(of->doubt + excess_gain * excess, 0.0f), doubt_cap);
    if (nis <= c->limit.gate[m->dim] || (how.ungated && isfinite(nis))) {
        float weight = nis > robust ? robust / nis : 1.0f;
        for (int k = 0; k < m->dim; k++) {
            for (int l = 0; l < m->dim; l++)
                s[k][l] /= weight;
        }
        core_add_lasting(m, &j, s);
        if (core_is_measured(how.quantity))
            of->fused_ns = c->f.stamp_ns;
        if (covariance_update(&p, m, &j, s, dx, c->f.considered)) {
            for (int i = 0; i < p.n; i++)
                d[i] += dx[i];
            if (turns_course(c, of, how.quantity))
                turn_course(c, h, dx + STATE_VELOCITY);
        }
        if (core_is_absolute(how.quantity)) {
            of->placed_ns = c->f.stamp_ns;
            bank_astray_find(of);
        }
    } else {
        bank_astray_refuse(c, h, how.quantity, fused && from->nis <= robust);
    }
}

/* Nothing of what the sub-solution leaves out has told the filter its place, not even where it began:
 * receivers have, always. What rests on the survey's word starts where the map has put the pose. */
static bool is_innocent(const fusion *c, const bank_hypothesis *of)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if ((of->sources >> i & 1u) && (s->set->kind == SOURCE_GNSS || core_said_place(s) != INT64_MIN))
            return false;
    }
    return c->map.view && !bank_rests_on_map(c, of);
}

/* It starts before what it leaves out is fused where that is the first of it. Of the place, what has been
 * fused before is in the filter, and it starts after (bank_measure). */
void bank_expect(fusion *c, const source_run *s, fuse_how how)
{
    bank *b = &c->bank;
    if (b->count == 0)
        return;
    if (c->f.span.dt >= step_s)
        bank_carry_on(c);
    for (int h = 0; h < b->count; h++) {
        if (b->of[h].live || !leaves_out(&b->of[h], s, how))
            continue;
        const bool absolute = core_is_absolute(how.quantity);
        if (absolute ? is_innocent(c, &b->of[h]) : s->returned_ns == INT64_MIN)
            bank_copy(c, h);
        else if (!absolute) /* what a radar says of the map is in it */
            bank_anchor(c, h);
    }
}

/* The bounds are as of the last look: what the filter has moved since, they must hold as well. */
void bank_follow(fusion *c, const float *d)
{
    float moved = sqrtf(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    c->bank.level[BANK_ALONG] += moved;
    c->bank.level[BANK_CROSS] += moved;
    c->bank.level[BANK_VERTICAL] += moved;
    c->bank.length += moved;
    c->bank.level[BANK_HEADING] += sqrtf(d[6] * d[6] + d[7] * d[7] + d[8] * d[8]);
}

void bank_measure(fusion *c, const source_run *s, measurement *m, fuse_how how, bool fused)
{
    if (fused && c->bank.count > 0)
        bank_follow(c, c->f.correction);
    const bool absolute = core_is_absolute(how.quantity);
    for (int h = 0; h < c->bank.count; h++) {
        bank_hypothesis *of = &c->bank.of[h];
        bool out = leaves_out(of, s, how);
        covariance p = bank_covariance(c, h);
        if (!of->live) {
            if (out && absolute)
                bank_anchor(c, h);
            continue;
        }
        choose_base(c, h);
        if (!out && absolute && !of->absolute)
            take_anchor(of, &p);
        if (!out)
            correct(c, h, m, how, fused);
        if (fused) {
            float *d = bank_error(c, h);
            if (!of->alone)
                turn_course(c, h, c->f.correction + STATE_VELOCITY);
            for (int i = 0; i < p.n; i++)
                d[i] -= c->f.correction[i];
        }
    }
}

void bank_measure_undriven(fusion *c, measurement *m)
{
    for (int h = 0; h < c->bank.count; h++) {
        if (c->bank.of[h].live && bank_is_undriven(c, &c->bank.of[h]))
            correct(c, h, m, (fuse_how){.quantity = QUANTITY_TILT, .ungated = true}, false);
    }
}
