/*
 * What speaks for a receiver at fault where others would explain as much. docs/INTEGRITY.md
 */
#include "fusion/integrity/blame_receiver.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss_led.h"
#include "fusion/integrity/blame.h"
#include "fusion/integrity/blame_input.h"

#include <math.h>

/* A receiver has strayed that contradicts what others have agreed on for agreed_s, s, by that many times what
 * is an alarm, for strayed_s. */
static const double agreed_s = 4.0, strayed_s = 1.5;
static const float strayed_ratio = 2.0f;

/* Who steps aside by w at a speed v turns the track by w / v, once: of that what smoothes the input's rate
 * sees no more than this share a second. Too small: a receiver that is led away is believed; too large: one
 * is left out for a gyro that has leapt. */
static const float step_turns_1ps = 0.8f;

/* The input turns by more than that: the receiver steps against what it does to the pose. */
static bool input_turns_more(const fusion *c, const source_run *s)
{
    const bank_hypothesis *undriven = bank_undriven(c);
    return undriven && blame_explains(c, undriven) &&
           fabsf(undriven->drive[2]) * (float)filter_speed(&c->f) > step_turns_1ps * s->gnss.led.size_mps;
}

int blame_led_receiver(const fusion *c)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        const int h = s->set->kind == SOURCE_GNSS && gnss_led_stepped(s) ? blame_hypothesis_of(c, s) : -1;
        if (h >= 0 && blame_explains(c, &c->bank.of[h]) && !input_turns_more(c, s))
            return h;
    }
    return -1;
}

/* An input or a speed that is off contradicts others as well, receivers left out. */
static void dispute(fusion *c)
{
    for (size_t i = 0; i < c->source_count; i++) {
        source_run *s = &c->source[i];
        const int h = s->set->kind == SOURCE_GNSS ? blame_hypothesis_of(c, s) : -1;
        if (h >= 0 && c->bank.of[h].doubt > BLAME_QUIET)
            gnss_led_dispute(s);
    }
}

/* Since when each has heard a place and agreed with it. */
static void keep_quiet(fusion *c, int64_t now_ns)
{
    for (int h = 0; h < c->bank.count; h++) {
        bank_hypothesis *of = &c->bank.of[h];
        core_keep_since(&of->quiet_ns, of->live && bank_places(of, now_ns) && of->doubt <= BLAME_QUIET,
                        now_ns);
    }
}

/* It leaves out what says where the vehicle is, and is no receiver. */
static bool leaves_out_place(const fusion *c, const bank_hypothesis *of)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const source_kind kind = c->source[i].set->kind;
        if ((of->sources >> i & 1u) && (kind == SOURCE_CAMERA || kind == SOURCE_ROADSIDE))
            return true;
    }
    return false;
}

int blame_strayed_receiver(const fusion *c, int64_t now_ns)
{
    const bank *b = &c->bank;
    int found = -1;
    if (c->map.view || b->contradiction_ns == INT64_MIN ||
        seconds_between(b->contradiction_ns, now_ns) < strayed_s || blame_loudest(c) < BLAME_LOUD)
        return -1;
    for (int h = 0; h < b->count; h++) {
        const bank_hypothesis *of = &b->of[h];
        if (!blame_explains(c, of))
            continue;
        if (blame_leaves_out_sky(c, of) && blame_ratio(of) > strayed_ratio * c->factor.alarm &&
            of->quiet_ns != INT64_MIN && seconds_between(of->quiet_ns, b->contradiction_ns) > agreed_s)
            found = found < 0 || (of->sources & b->of[found].sources) == of->sources ? h : found;
        else if (!leaves_out_place(c, of))
            return -1;
    }
    return found;
}

void blame_hear_receivers(fusion *c, int64_t now_ns)
{
    dispute(c);
    keep_quiet(c, now_ns);
}
