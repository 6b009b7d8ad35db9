#include "fusion/integrity/bank.h"

#include "fusion/core/core.h"
#include "fusion/integrity/bank_astray.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/bank_carry.h"
#include "fusion/integrity/bank_steer.h"

#include <math.h>
#include <string.h>

/* What the sub-solutions covered before they were started anew (an input was lost, a source left out) may
 * have happened before it was seen. It is covered until positions have agreed with the filter for this long,
 * s. */
static const float held_s = 10.0f;

/* The same of a pose that was given up for a receiver that contradicts it. Too small: a receiver that is led
 * away is believed as soon as it has had its way; too large: a pose that was lost in a tunnel is mourned for
 * long. */
static const float owed_s = 60.0f;

/* Within this after the state was set anew, s, sub-solutions knew nothing that those that are started again
 * do not know: what drives the filter begins then, one source after the other. Too small: each of them is
 * taken for the loss of a bank; too large: what a source does in that time is forgotten. */
static const double begin_s = 0.1;

/* What a sub-solution saw of a fault, and did not believe, is remembered to this share when it starts anew.
 */
static const float memory = 0.8f;

void bank_hold(fusion *c, int direction)
{
    c->bank.held[direction] = c->bank.level[direction];
    c->bank.held_s[direction] = fmaxf(c->bank.held_s[direction], held_s);
}

void bank_restart(fusion *c)
{
    bank *b = &c->bank;
    const bool begins = b->begun_ns != INT64_MIN && seconds_between(b->begun_ns, c->f.stamp_ns) < begin_s;
    b->held_ns = b->judged ? c->f.stamp_ns : INT64_MIN;
    for (int i = 0; b->judged && !begins && i < BANK_DIRECTIONS; i++)
        bank_hold(c, i);
    for (int h = 0; h < b->count; h++)
        b->of[h].live = b->of[h].looked = false;
    b->alarm_ns = b->contradiction_ns = b->outcast_ns = b->input_ns = b->suspect_ns = b->rivals_ns =
        INT64_MIN;
    bank_steer_reset(c);
    b->suspect = -1;
    b->slow_s = 0.0;
    b->wild_rad = 0.0f;
    b->tilt_ns = INT64_MIN;
    memset(&c->f.span, 0, sizeof c->f.span);
}

void bank_owe(fusion *c, float off_m)
{
    bank *b = &c->bank;
    b->held[BANK_ALONG] += off_m;
    b->held[BANK_CROSS] += off_m;
    bank_doubt_heading(c, owed_s);
    b->held_s[BANK_ALONG] = b->held_s[BANK_CROSS] = b->held_s[BANK_VERTICAL] = owed_s;
}

void bank_doubt_heading(fusion *c, float for_s)
{
    c->bank.held[BANK_HEADING] = 3.1415927f;
    c->bank.held_s[BANK_HEADING] = fmaxf(c->bank.held_s[BANK_HEADING], for_s);
}

void bank_lend(fusion *c, float off_m)
{
    bank *b = &c->bank;
    b->held[BANK_ALONG] = b->held[BANK_CROSS] = off_m;
    b->held_s[BANK_ALONG] = b->held_s[BANK_CROSS] = owed_s;
}

/* ---- who leaves out what drives the filter */

bool bank_is_undriven(const fusion *c, const bank_hypothesis *h)
{
    return c->inertial_source >= 0 && (h->sources >> c->inertial_source & 1u);
}

const bank_hypothesis *bank_undriven(const fusion *c)
{
    for (int h = 0; h < c->bank.count; h++) {
        const bank_hypothesis *of = &c->bank.of[h];
        if (of->live && !bank_is_steered(of) && bank_is_undriven(c, of))
            return of;
    }
    return NULL;
}

/* ---- rows of a sub-solution */

void bank_reset_row(covariance *p, int i, float variance)
{
    float *row = covariance_row(p, i);
    for (int j = 0; j < p->n; j++)
        row[j] = covariance_row(p, j)[i] = 0.0f;
    row[i] = variance;
}

void core_widen(fusion *c, int state, float variance)
{
    covariance_widen(&c->f.p, state, variance);
    for (int h = 0; h < c->bank.count; h++) {
        covariance p = bank_covariance(c, h);
        if (c->bank.of[h].live)
            covariance_row(&p, state)[state] += variance;
    }
}

void core_widen_along(fusion *c, int first, const double axis[3], float variance)
{
    covariance_widen_along(&c->f.p, first, axis, variance);
    for (int h = 0; h < c->bank.count; h++) {
        covariance p = bank_covariance(c, h);
        if (c->bank.of[h].live)
            covariance_widen_along(&p, first, axis, variance);
    }
}

void bank_reset(fusion *c, int state, float variance)
{
    for (int h = 0; h < c->bank.count; h++) {
        covariance p = bank_covariance(c, h);
        if (!c->bank.of[h].live)
            continue;
        bank_reset_row(&p, state, variance);
        bank_error(c, h)[state] = 0.0f;
    }
}

void core_reset(fusion *c, int state, float variance)
{
    covariance_reset(&c->f.p, state, variance);
    bank_reset(c, state, variance);
}

/* ---- the start of a sub-solution: the filter's state */

/* Without what drives the filter, the bias of the input is any motion that a vehicle makes. */
static void open_biases(const fusion *c, covariance *p)
{
    for (int i = 0; i < 3; i++) {
        bank_reset_row(p, STATE_GYRO_BIAS + i, c->pseudo.gyro_sigma[i] * c->pseudo.gyro_sigma[i]);
        bank_reset_row(p, STATE_ACCEL_BIAS + i, c->pseudo.accel_sigma[i] * c->pseudo.accel_sigma[i]);
    }
}

void bank_copy(fusion *c, int h)
{
    bank_hypothesis *of = &c->bank.of[h];
    covariance p = bank_covariance(c, h);
    memcpy(p.p, c->f.p.p, covariance_floats(p.n) * sizeof *p.p);
    memset(bank_error(c, h), 0, (size_t)p.stride * sizeof(float));
    if (bank_is_undriven(c, of))
        open_biases(c, &p);
    of->live = true;
    of->live_looks = false;
    of->absolute = false;
    of->alone = !bank_has_gyro(c, of);
    of->doubt = 0.0f;
    of->accused = false;
    of->fused_ns = of->placed_ns = of->quiet_ns = INT64_MIN;
    bank_astray_find(of);
    memset(of->drive, 0, sizeof of->drive);
    of->anchor_variance = of->start_variance = 0.0f;
    of->anchor_ns = c->f.stamp_ns;
    of->anchor_at_m = c->odometer_m;
}

/* One sigma per axis of what a source of this kind may be off by without anybody seeing it, m. */
static float hidden_by(const fusion *c, const source_run *s)
{
    const integrity_settings *set = &c->set.integrity;
    switch (s->set->kind) {
    case SOURCE_GNSS:
        return s->place.hidden_m;
    case SOURCE_CAMERA:
        return (float)set->hidden_camera_m;
    case SOURCE_RADAR:
        return c->map.view && s->set->of.radar.map_returns ? (float)set->hidden_radar_m : 0.0f;
    case SOURCE_ROADSIDE:
        return (float)set->hidden_roadside_m;
    default:
        return 0.0f;
    }
}

float bank_hidden_variance(const fusion *c, const bank_hypothesis *of)
{
    float hidden = INFINITY;
    for (size_t i = 0; i < c->source_count; i++) {
        if (of->sources >> i & 1u)
            hidden = fminf(hidden, hidden_by(c, &c->source[i]));
    }
    return hidden * hidden * of->weakness * of->weakness;
}

/* A receiver alone claims, and strays. */
float bank_covered_variance(const fusion *c, const bank_hypothesis *of)
{
    float covered = INFINITY;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (of->sources >> i & 1u)
            covered = fminf(covered, s->set->kind == SOURCE_GNSS ? s->place.covered_m : 0.0f);
    }
    return covered * covered;
}

/* The part of a separation that chance does not explain. */
static float unexplained(const bank_hypothesis *of, int direction)
{
    return fmaxf(of->separation[direction] * of->separation[direction] - of->separation_variance[direction],
                 0.0f);
}

/* What the sub-solution starts from was made by the sources that it leaves out, as far as they have measured
 * positions: it may be off by what they hide, and by what was seen of it and not believed. */
void bank_anchor(fusion *c, int h)
{
    bank_hypothesis *of = &c->bank.of[h];
    float hidden = bank_hidden_variance(c, of), seen = 0.0f;
    if (of->live && hidden > 0.0f)
        seen = memory * of->seen_variance + unexplained(of, BANK_ALONG) + unexplained(of, BANK_CROSS);
    bank_copy(c, h);
    of->hidden_variance = hidden;
    of->seen_variance = seen;
    of->anchor_variance = of->start_variance = hidden + seen;
}

void bank_learn_heading(fusion *c)
{
    for (int h = 0; h < c->bank.count; h++) {
        bank_hypothesis *of = &c->bank.of[h];
        if (of->live && !of->absolute && of->anchor_variance > 0.0f)
            bank_anchor(c, h);
    }
}

bool bank_places(const bank_hypothesis *of, int64_t now_ns)
{
    return of->placed_ns != INT64_MIN && seconds_between(of->placed_ns, now_ns) < BANK_RECENT_S;
}
