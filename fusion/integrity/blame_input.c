/*
 * Whether what drives the filter is at fault, by what those that measure have it off by. docs/INTEGRITY.md
 */
#include "fusion/integrity/blame_input.h"

#include "fusion/core/core.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_steer.h"
#include "fusion/integrity/blame.h"
#include "fusion/integrity/pace.h"

#include <math.h>

/* An input is at fault when it is off by BLAME_INPUT_... for input_s, or by several times as much for
 * plain_input_s, or grossly; and cleared when it is off by less than that share. */
static const float plain_input = 3.0f, gross = 7.0f, cleared_input = 0.7f;
static const double input_s = 4.0, plain_input_s = 1.0;

/* A receiver's velocity that is off by 0.3 m/s, while the vehicle brakes by 1 m/s^2, m^2/s^3. */
static const float creep_m2ps3 = 0.3f;

/* A rate that was smoothed over a few seconds is of a vehicle that stands when it has stood this long, s. */
static const double still_s = 5.0;

/* A leap this long ago still speaks against the receiver, s. */
static const double leap_s = 30.0;

bool blame_only_drives(const fusion *c, const bank_hypothesis *of)
{
    return bank_is_undriven(c, of) && !bank_is_steered(of) &&
           c->source[c->inertial_source].set->kind == SOURCE_IMU;
}

enum { FORWARD = 0, PITCH = 1 };

/* Where a speed and a receiver differ, a sub-solution that has but them accelerates, or pitches, between the
 * two: that says nothing of the input. */
float blame_input_off(const fusion *c, const bank_hypothesis *of, float rate_radps)
{
    const bool differs = pace_differs(c);
    float most = 0.0f;
    for (int i = 0; i < 3; i++) {
        if (!differs || i != PITCH)
            most = fmaxf(most, fabsf(of->drive[i]) / rate_radps);
        if (!differs || i != FORWARD)
            most = fmaxf(most, fabsf(of->drive[i + 3]) / BLAME_INPUT_MPS2);
    }
    return most;
}

/* Wheels or a radar that are not left out have said for long that the vehicle stands: it does not turn. */
static bool stands(const fusion *c, const bank_hypothesis *of)
{
    for (size_t i = 0; i < c->source_count; i++) {
        if (!(of->sources >> i & 1u) && rest_is_said(&c->source[i], c->f.stamp_ns, still_s))
            return true;
    }
    return false;
}

/* The rate that speaks against an input. A receiver's velocity that is off by w points to w / v beside the
 * heading, which turns by w a / v^2 while the vehicle brakes by a: a slow vehicle's course is no proof. */
static float telling_rate(const fusion *c, const bank_hypothesis *of)
{
    float v = (float)filter_speed(&c->f);
    return BLAME_INPUT_RATE_RADPS + (stands(c, of) ? 0.0f : creep_m2ps3 / fmaxf(v * v, 1e-3f));
}

/* A receiver's position was off by more than a vehicle can move before anything else was: it is the first to
 * be suspected. */
bool blame_sky_leaps(const fusion *c, int64_t before_ns)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const fault_flag *jump = &c->source[i].faults.flags[FAULT_JUMP];
        double ago_s = seconds_between(jump->raised_ns, before_ns);
        if (jump->raised_ns != 0 && ago_s > 0.0 && ago_s < leap_s)
            return true;
    }
    return false;
}

/* It is flagged for a bias that has changed: that what it is off by has been taken up as one since clears it
 * of nothing. */
static bool is_flagged(const fusion *c)
{
    return fault_is_raised(&c->source[c->inertial_source].faults, FAULT_BIASED);
}

/* A fault of the input lasts; a position that is led away looks like one only while its velocity changes. */
int blame_input_verdict(const fusion *c, const bank_hypothesis *of, double for_s)
{
    float off = blame_input_off(c, of, telling_rate(c, of));
    if (of->accused)
        return 1;
    if (seconds_between(of->anchor_ns, c->f.stamp_ns) < input_s)
        return 0;
    if (off > plain_input && for_s >= plain_input_s && !c->bank.sky_leapt)
        return 1;
    if (for_s < input_s)
        return 0;
    if (off > 1.0f && off <= plain_input && c->bank.sky_leapt)
        return 0;
    if (off > 1.0f)
        return 1;
    return blame_input_off(c, of, BLAME_INPUT_RATE_RADPS) < cleared_input && !is_flagged(c) ? -1 : 0;
}

/* An input that is off by what no vehicle does is at fault at once: soon the heading will be off by more than
 * a sub-solution, which is linear, can follow. */
int blame_gross_input(const fusion *c)
{
    const bank *b = &c->bank;
    const float worst = blame_loudest(c);
    for (int h = 0; h < b->count; h++) {
        const bank_hypothesis *of = &b->of[h];
        bool old_enough = blame_speaks(of) && seconds_between(of->anchor_ns, c->f.stamp_ns) >= input_s;
        if (old_enough && bank_is_undriven(c, of) && worst >= BLAME_LOUD && of->doubt < 0.5f * worst &&
            blame_input_off(c, of, telling_rate(c, of)) > gross)
            return h;
    }
    return -1;
}

int blame_without_input(const fusion *c)
{
    const bank_hypothesis *of = bank_undriven(c);
    return of && blame_only_drives(c, of) ? (int)(of - c->bank.of) : -1;
}

/* An input whose fault has passed is not cleared by that: what it has done to the heading contradicts still.
 */
void blame_accuse(fusion *c, double for_s)
{
    const bool leapt = blame_sky_leaps(c, c->applied_ns);
    for (int h = 0; h < c->bank.count; h++) {
        bank_hypothesis *of = &c->bank.of[h];
        of->accused = for_s > 0.0 && !leapt && of->live && blame_only_drives(c, of) &&
                      blame_input_verdict(c, of, for_s) > 0;
    }
}
