/*
 * Whether the gyro still turns as the wheels say. A vehicle with a yaw rate on its bus has a second gyro,
 * which is not fused beside an IMU. The two differ by their biases, which last; when that changes one of them
 * has leapt. Which one, a third tells: the sub-solution without the IMU, that has the turn from courses,
 * cameras, radars.
 */
#include "fusion/inertial/inertial_turn.h"

#include "fusion/core/core.h"
#include "fusion/inertial/inertial_leapt.h"
#include "fusion/integrity/bank.h"
#include "fusion/motion/rest.h"

#include <math.h>

/* The difference is smoothed over this, s; and what it usually is over this. */
static const float smooth_s = 1.0f, learn_s = 20.0f;

/* At rest it follows by so much each look, a tenth of a second: as fast as what is smoothed does. */
static const float rest_gain = 0.1f;

/* It is known after this long, s. */
static const float known_s = 5.0f;

/* Beside noise: biases creep by this, rad/s; scales differ by this share of the turn; the bus is late by
 * this, s. */
static const float creep_radps = 0.001f, scale_share = 0.03f, late_s = 0.1f;

/* The third has to have this share of it. Too small: a curve counts as one; too large: it is late. */
static const float witness_share = 0.4f;

/* Wheels speak that were heard this recently, s. */
static const double recent_s = 1.0;

/* For so long before the input is left out, s. */
static const double lasts_s = 0.5;

static float gain_of(float dt_s, float tau_s)
{
    return fminf(dt_s / tau_s, 1.0f);
}

void inertial_turn_take(fusion *c, const source_run *s, const frame *in)
{
    turn_watch *t = &c->turn;
    float rate = in->u.wheel.yaw_rate_radps;
    if (!isfinite(rate) || !c->have_input || c->source[c->inertial_source].set->kind != SOURCE_IMU)
        return;
    float dt_s = (float)seconds_between(t->stamp_ns, in->stamp_ns);
    float off = (float)c->input.gyro_radps[2] - rate;
    if (t->source != (int)s->index || !(dt_s > 0.0f && dt_s < (float)recent_s)) {
        *t = (turn_watch){.source = s->index, .stamp_ns = in->stamp_ns, .rate = rate, .since_ns = INT64_MIN};
        return;
    }
    float gain = gain_of(dt_s, smooth_s), sigma = (float)s->set->of.wheel.yaw_rate_sigma_radps;
    t->off += fmaxf(gain, t->known_s > 0.0f ? 0.0f : 1.0f) * (off - t->off);
    t->turn += gain * (fabsf(rate) - t->turn);
    t->rate += gain * (rate - t->rate);
    t->swing += gain * (fabsf(rate - t->rate) / smooth_s - t->swing);
    float noise2 = 0.5f * gain * sigma * sigma + creep_radps * creep_radps;
    float turn = scale_share * t->turn, swing = late_s * t->swing;
    t->sigma = sqrtf(noise2 + turn * turn + swing * swing);
    if (fabsf(t->off - t->usual) < 2.0f * t->sigma || t->known_s < known_s)
        t->usual += fmaxf(gain_of(dt_s, learn_s), gain_of(dt_s, t->known_s + dt_s)) * (t->off - t->usual);
    t->known_s = fminf(t->known_s + dt_s, learn_s);
    t->stamp_ns = in->stamp_ns;
}

void inertial_turn_leapt(fusion *c, float by_radps, float since_s)
{
    if (c->source[c->inertial_source].set->kind != SOURCE_IMU)
        return;
    c->turn.usual += by_radps;
    c->turn.off += by_radps * expf(-since_s / smooth_s); /* of the rest it has seen */
}

/* The sub-solution without the IMU has the gyro off the same way. */
static bool is_witnessed(const fusion *c, float off_radps)
{
    const bank_hypothesis *of = bank_undriven(c);
    return of && of->drive[2] / off_radps > witness_share;
}

/* While the vehicle stands and the gyro does not turn, what the two differ by is the wheels' yaw rate's. */
static void look_at_rest(fusion *c, int64_t now_ns)
{
    turn_watch *t = &c->turn;
    const float sigmas = fabsf(t->off - t->usual) / t->sigma;
    if (sigmas > c->factor.alarm)
        inertial_leapt_tell(c, t->source, now_ns, sigmas);
    t->usual += rest_gain * (t->off - t->usual);
}

void inertial_turn_look(fusion *c, int64_t now_ns)
{
    turn_watch *t = &c->turn;
    bool speaks = t->source >= 0 && t->known_s >= known_s && c->inertial_source >= 0 &&
                  seconds_between(t->stamp_ns, now_ns) < recent_s &&
                  c->source[c->inertial_source].set->kind == SOURCE_IMU;
    if (speaks && rest_agrees(c, now_ns)) {
        look_at_rest(c, now_ns);
        speaks = false;
    }
    speaks = speaks && c->source[t->source].faults.raised_mask == 0;
    float off = t->off - t->usual;
    t->sigmas = speaks ? fabsf(off) / t->sigma : 0.0f;
    core_keep_since(&t->since_ns, t->sigmas > c->factor.alarm && is_witnessed(c, off), now_ns);
}

void inertial_turn_reset(fusion *c)
{
    c->turn = (turn_watch){.source = -1, .since_ns = INT64_MIN};
}

bool inertial_turns_wrong(const fusion *c)
{
    return c->turn.since_ns != INT64_MIN;
}

bool inertial_turns_wrong_on(const fusion *c, int64_t now_ns)
{
    return inertial_turns_wrong(c) && seconds_between(c->turn.since_ns, now_ns) >= lasts_s;
}
