/*
 * Sub-solutions through time: what the filter does to its state and covariance, with what each of them has
 * for an input.
 */
#include "fusion/integrity/bank_carry.h"

#include "fusion/core/core.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/bank_steer.h"
#include "fusion/integrity/bank_turn.h"

#include <math.h>
#include <string.h>

/* Slow noise is added in steps of this, s. */
static const double slow_step_s = 0.1;

/* No variance goes below this, as in the filter. */
static const float variance_floor = 1e-12f;

/* d = F d, as covariance_predict has F. */
static void carry_error(float *d, const filter_span *s)
{
    vec3 moved, turned;
    glm_mat3_mulv((vec3 *)(uintptr_t)s->b, d + STATE_ACCEL_BIAS, moved);
    glm_mat3_mulv((vec3 *)(uintptr_t)s->a, d + STATE_ATTITUDE, turned);
    for (int i = 0; i < 3; i++) {
        d[STATE_POSITION + i] += s->dt * d[STATE_VELOCITY + i];
        d[STATE_VELOCITY + i] += moved[i] + turned[i];
    }
    glm_mat3_mulv((vec3 *)(uintptr_t)s->b, d + STATE_GYRO_BIAS, turned);
    for (int i = 0; i < 3; i++)
        d[STATE_ATTITUDE + i] += turned[i];
}

/* What has happened since a pose was cloned gathers what position and attitude have moved by. */
static void carry_clones(const filter *f, const float before[9], float *d)
{
    for (int k = 0; k < f->clone_count; k++) {
        float *own = d + f->clone[k].first;
        for (int i = 0; i < 3 && f->clone[k].held; i++) {
            own[i] += d[STATE_POSITION + i] - before[STATE_POSITION + i];
            own[i + 3] += d[STATE_ATTITUDE + i] - before[STATE_ATTITUDE + i];
        }
    }
}

/* What drives a sub-solution. */
static const inertial_model *model_of(const fusion *c, const bank_hypothesis *h)
{
    return !bank_is_undriven(c, h) ? &c->f.model : bank_is_steered(h) ? &c->steer.model : &c->pseudo;
}

bool bank_has_gyro(const fusion *c, const bank_hypothesis *h)
{
    return !model_of(c, h)->gyro_missing[2];
}

static void carry(fusion *c, int h, const filter_span *span)
{
    float *d = bank_error(c, h), before[9];
    covariance p = bank_covariance(c, h);
    const inertial_model *m = model_of(c, &c->bank.of[h]);
    float turned = fmaxf(span->turned, m->gyro_psd * span->dt);
    filter_span own = *span;
    bool far = !bank_has_gyro(c, &c->bank.of[h]) || bank_is_turned(d);
    if (far)
        bank_turn_span(d, span, &own);
    filter_carry(&c->f, &p, own.dt, own.a, own.b, m->accel_psd * own.dt, turned);
    memcpy(before, d, sizeof before);
    if (far)
        bank_turn_carry(d, span);
    else
        carry_error(d, span);
    carry_clones(&c->f, before, d);
}

void bank_carry_on(fusion *c)
{
    filter_span *span = &c->f.span;
    for (int h = 0; h < c->bank.count; h++) {
        if (c->bank.of[h].live)
            carry(c, h, span);
    }
    c->bank.slow_s += (double)span->dt;
    memset(span, 0, sizeof *span);
}

/* ---- slow noise */

static void decay(covariance *p, float *d, int i, float phi, float q)
{
    d[i] *= phi;
    covariance_decay(p, i, phi, q);
}

static void widen(covariance *p, int i, float q)
{
    covariance_row(p, i)[i] += q;
}

static void walk_bias(covariance *p, float *d, int state, float rate, float walk, float dt)
{
    if (rate > 0.0f)
        decay(p, d, state, expf(-rate * dt), walk * dt);
    else
        widen(p, state, walk * dt);
}

static void swing(const fusion *c, const inertial_model *m, covariance *p, float *d, float share, float dt)
{
    float stay, keep, *turn = &d[STATE_GYRO_BIAS + 2], *change = &d[c->f.swing_state];
    filter_swing(&c->f, m, p, share, dt, &stay, &keep);
    *turn = *turn * stay - *change * dt;
    *change *= keep;
}

/* The slow noise of the filter's own states (filter.c), for one sub-solution; phi: filter_slow_decay. */
static void walk(const fusion *c, int h, const float phi[STATE_MAX], float dt)
{
    const filter *f = &c->f;
    const inertial_model *m = model_of(c, &c->bank.of[h]);
    covariance p = bank_covariance(c, h);
    float *d = bank_error(c, h);
    for (int i = 0; i < 3; i++) {
        float share = i == 2 ? filter_yaw_share(f, m, &p, d) : 1.0f;
        if (i == 2 && filter_swings(m))
            swing(c, m, &p, d, share, dt);
        else
            walk_bias(&p, d, STATE_GYRO_BIAS + i, m->gyro_rate[i], m->gyro_walk[i] * share, dt);
        walk_bias(&p, d, STATE_ACCEL_BIAS + i, m->accel_rate[i], m->accel_walk[i], dt);
    }
    for (int i = STATE_MOUNT; i < STATE_SOURCES; i++) {
        if (covariance_at(&p, i, i) > 0.0f)
            widen(&p, i, FILTER_MOUNT_WALK * dt);
    }
    filter_slow_noise(f, &p, phi, dt);
    for (int i = STATE_SOURCES; i < p.n; i++)
        d[i] *= phi[i];
    for (int i = 0; i < p.n; i++) {
        float *v = &covariance_row(&p, i)[i];
        if (*v < variance_floor && *v != 0.0f)
            *v = variance_floor;
    }
}

void bank_catch_up(fusion *c)
{
    bank *b = &c->bank;
    float phi[STATE_MAX] __attribute__((aligned(32)));
    if (c->f.span.dt > 0.0f)
        bank_carry_on(c);
    if (b->slow_s < slow_step_s)
        return;
    filter_slow_decay(&c->f, (float)b->slow_s, phi);
    for (int h = 0; h < b->count; h++) {
        if (b->of[h].live)
            walk(c, h, phi, (float)b->slow_s);
        else if (bank_is_undriven(c, &b->of[h]) && !bank_is_steered(&b->of[h]))
            bank_copy(c, h);
    }
    b->slow_s = 0.0;
}
