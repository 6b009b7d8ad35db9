/*
 * The second gyro. A vehicle that says its own yaw rate has one beside the IMU's, and "the IMU is at fault"
 * does not say that this one is. So beside the sub-solution without the IMU, which takes any turn for
 * possible that vehicles make, there is on a map one that turns as the wheels say. It bounds, and accuses
 * nobody: who is at fault is told by those that take no other's word for the turn (inertial_turn.c).
 *
 * Between two steps it turns by the filter's gyro less what that was off in the step before. At each step
 * what was off in this one is known, and put right: d_psi = T (e_before - e_now), e = mean of gyro less mean
 * of wheels. So the gyro is in it for no longer than a step. Its state for the gyro's bias holds e and the
 * wheels' own bias.
 */
#include "fusion/integrity/bank_steer.h"

#include "fusion/core/core.h"
#include "fusion/inertial/inertial.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/bank_carry.h"
#include "fusion/motion/vehicle.h"

#include <math.h>
#include <string.h>

/* Steps of at least this, s: those in which sub-solutions are carried on (bank_measure.c). */
static const double step_s = 0.04;

/* Wheels that are silent for longer than this do not steer, s. */
static const double silent_s = 0.2;

/* The yaw rate is as late as the speed in the same frame, but for this, s. */
static const float lag_sigma_s = 0.005f;

bool bank_is_steered(const bank_hypothesis *h)
{
    return h->quantities == UINT32_C(1) << QUANTITY_INERTIAL;
}

const bank_hypothesis *bank_steered_twin(const fusion *c, const bank_hypothesis *of)
{
    if (of->quantities || c->steer.source < 0 || seconds_between(c->steer.stamp_ns, c->f.stamp_ns) > silent_s)
        return NULL;
    for (int h = 0; h < c->bank.count; h++) {
        const bank_hypothesis *other = &c->bank.of[h];
        if (bank_is_steered(other) && other->sources == of->sources)
            return other->looked && other->live ? other : NULL;
    }
    return NULL;
}

void bank_steer_reset(fusion *c)
{
    c->steer = (steer_state){.source = -1};
    for (int h = 0; h < c->bank.count; h++) {
        if (bank_is_steered(&c->bank.of[h]))
            c->bank.of[h].live = c->bank.of[h].looked = false;
    }
}

void bank_steer_turn(fusion *c, double gyro_radps, double dt_s)
{
    c->steer.gyro_rad += gyro_radps * dt_s;
    c->steer.gyro_s += dt_s;
}

/* The hypothesis that is steered, of the source that drives the filter; -1: there is none. */
static int steered(const fusion *c)
{
    for (int h = 0; h < c->bank.count; h++) {
        if (bank_is_steered(&c->bank.of[h]) && bank_is_undriven(c, &c->bank.of[h]))
            return h;
    }
    return -1;
}

static bool can_steer(const fusion *c, const source_run *s)
{
    return c->source[c->inertial_source].set->kind == SOURCE_IMU && !s->out.banned &&
           s->faults.raised_mask == 0;
}

/* It starts from the one that takes no word for the turn; the wheels' bias is not known. */
static void start(fusion *c, int h, const source_run *s, float off_radps)
{
    const int bias = STATE_GYRO_BIAS + 2, swing = c->f.swing_state;
    const bank_hypothesis *from = bank_undriven(c);
    if (!from)
        return;
    const int twin = (int)(from - c->bank.of);
    bank_hypothesis *of = &c->bank.of[h];
    const bank_hypothesis before = *of;
    covariance p = bank_covariance(c, h);
    float *d = bank_error(c, h);
    memcpy(p.p, bank_covariance(c, twin).p, covariance_floats(p.n) * sizeof *p.p);
    memcpy(d, bank_error(c, twin), (size_t)p.stride * sizeof *d);
    *of = *from;
    of->quantities = before.quantities;
    of->live_looks = of->looked = false;
    inertial_yaw_model(c, s, &c->steer.model);
    bank_reset_row(&p, bias, c->steer.model.gyro_sigma[2] * c->steer.model.gyro_sigma[2]);
    d[bias] = off_radps - (float)c->f.gyro_bias[2];
    if (swing) {
        bank_reset_row(&p, swing, 0.0f);
        d[swing] = 0.0f;
    }
    c->steer.off_radps = off_radps;
}

/* Turns it by psi about the vehicle's z axis, with that variance. */
static void turn(fusion *c, int h, double psi_rad, float variance)
{
    covariance p = bank_covariance(c, h);
    float *d = bank_error(c, h);
    for (int i = 0; i < 3; i++) {
        float *row = covariance_row(&p, STATE_ATTITUDE + i);
        d[STATE_ATTITUDE + i] += (float)(c->f.r_b_ecef[i][2] * psi_rad);
        for (int k = 0; k < 3; k++)
            row[STATE_ATTITUDE + k] += (float)(c->f.r_b_ecef[i][2] * c->f.r_b_ecef[k][2]) * variance;
    }
}

/* What lags by an unknown part of tau is off by tau w: the variance grows by what w^2 does. */
static float lag_variance(const steer_state *t, float rate, float variance_s2)
{
    return fmaxf(rate * rate - t->rate * t->rate, 0.0f) * variance_s2;
}

static void step(fusion *c, int h, const source_run *s, float rate)
{
    steer_state *t = &c->steer;
    const int latency = s->first_state + WHEEL_LATENCY;
    const float lag_s = (float)c->f.source[latency - STATE_SOURCES], dt_s = (float)t->gyro_s;
    const float lag_s2 = covariance_at(&c->f.p, latency, latency) + lag_sigma_s * lag_sigma_s;
    const float wheels = (float)t->wheel_rad + lag_s * (rate - t->rate);
    const float off = ((float)t->gyro_rad - wheels) / dt_s;
    const double turns[3] = {0.0, 0.0, (double)rate};
    const float noise = filter_turn_psd(YAW_RATE_SCALE_SIGMA, turns, c->f.bend_b) * dt_s;
    bank_carry_on(c);
    turn(c, h, (double)(dt_s * (t->off_radps - off)), noise + lag_variance(t, rate, lag_s2));
    bank_error(c, h)[STATE_GYRO_BIAS + 2] += off - t->off_radps;
    t->off_radps = off;
    t->rate = rate;
    t->wheel_rad = t->gyro_rad = t->gyro_s = 0.0;
}

void bank_steer(fusion *c, const source_run *s, const frame *in)
{
    steer_state *t = &c->steer;
    const float rate = in->u.wheel.yaw_rate_radps;
    const int h = steered(c);
    if (h < 0 || !s->first_state)
        return;
    if (t->source >= 0 && t->source != (int)s->index && c->bank.of[h].live)
        return; /* another one's wheels steer */
    const double dt_s = seconds_between(t->stamp_ns, in->stamp_ns);
    const bool goes_on = t->source == (int)s->index && dt_s > 0.0 && dt_s < silent_s;
    if (!isfinite(rate) || !can_steer(c, s)) {
        bank_steer_reset(c);
        return;
    }
    if (!goes_on) {
        bank_steer_reset(c);
        *t = (steer_state){.source = s->index, .stamp_ns = in->stamp_ns, .rate = rate, .newest = rate};
        return;
    }
    t->wheel_rad += 0.5 * (double)(t->newest + rate) * dt_s;
    t->newest = rate;
    t->stamp_ns = in->stamp_ns;
    if (t->gyro_s < step_s)
        return;
    if (c->bank.of[h].live) {
        step(c, h, s, rate);
    } else {
        start(c, h, s, (float)((t->gyro_rad - t->wheel_rad) / t->gyro_s));
        t->rate = rate;
        t->wheel_rad = t->gyro_rad = t->gyro_s = 0.0;
    }
}
