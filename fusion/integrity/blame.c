/*
 * Which source is at fault. docs/INTEGRITY.md says why so.
 */
#include "fusion/integrity/blame.h"

#include "fusion/core/core.h"
#include "fusion/inertial/inertial_slide.h"
#include "fusion/inertial/inertial_turn.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_steer.h"
#include "fusion/integrity/blame_input.h"
#include "fusion/integrity/blame_receiver.h"

#include <math.h>

/* A separation must be over its threshold this long, s: one bad fix is the gate's business. */
static const double over_s = 0.25;

/* Doubt (bank.h) from which on, for outcast_s, it is plain that one source contradicts all others. */
static const float outcry = 25.0f;
static const double outcast_s = 1.5;

/* The same of what drives the filter, which looks like others that lie: all of so many, each left out in its
 * turn, contradict it. Too short: a heading that is being put right is laid at its door. */
static const double outcast_input_s = 4.0;
enum { LEAST_WITNESSES = 2 };

/* And the pose is so old, s: before, a receiver that is late has taught it biases that are none. */
static const double ripe_s = 25.0;

/* An input that is off by this share of BLAME_INPUT_... is not cleared so far that others than receivers are
 * blamed in its place. Too small: a source that lies is left out late; too large: an accelerometer that is
 * off is laid at a radar's door, for what is smoothed takes seconds to show. */
static const float half_input = 0.4f;

/* The same hypothesis must explain the contradiction for this long, s. */
static const double steady_s = 0.5;

/* By this factor the input's separation must be over its threshold before receivers are blamed instead; and
 * beyond this a separation is doubtful, though no alarm. */
static const float clear_ratio = 1.5f, doubtful = 2.0f;

/* Two units that contradicted each other this recently do so still, s: what they say of a third source, and
 * what that says of them, comes and goes. */
static const double rivals_s = 10.0;

/* Height neither steers nor is it what motion sensors tell: its bound is wide enough, nobody is left out for
 * it. */
float blame_ratio(const bank_hypothesis *of)
{
    static const int steers[] = {BANK_ALONG, BANK_CROSS, BANK_HEADING};
    float most = 0.0f;
    for (size_t k = 0; k < sizeof steers / sizeof *steers; k++) {
        int i = steers[k];
        most = fmaxf(most, of->separation[i] * of->separation[i] / of->separation_variance[i]);
    }
    return sqrtf(most);
}

bool blame_speaks(const bank_hypothesis *of)
{
    return of->live && !bank_is_steered(of);
}

/* Something is left to go by: without it there is nothing to say that this source is the one that lies. What
 * the filter rejects counts, when its sub-solution does not. */
static bool can_spare(const fusion *c, const bank_hypothesis *of)
{
    return of->fused_ns != INT64_MIN && seconds_between(of->fused_ns, c->applied_ns) < BANK_RECENT_S;
}

bool blame_explains(const fusion *c, const bank_hypothesis *of)
{
    return of->live && !of->quantities && of->doubt <= BLAME_QUIET && can_spare(c, of);
}

/* How unsure it is of its place, but for what it started from. */
static float spread_of(const bank_hypothesis *of)
{
    return fmaxf(of->variance[BANK_ALONG], of->variance[BANK_CROSS]) - of->start_variance;
}

/* Another hypothesis explains as much with fewer sources; or with more, and those tell less than dead
 * reckoning: receivers often lie together. */
static bool is_needless(const fusion *c, int hypothesis)
{
    const bank *b = &c->bank;
    const bank_hypothesis *of = &b->of[hypothesis];
    for (int h = 0; h < b->count; h++) {
        const bank_hypothesis *other = &b->of[h];
        uint32_t common = other->sources & of->sources;
        if (h == hypothesis || !blame_explains(c, other))
            continue;
        if (common == other->sources && spread_of(other) <= spread_of(of))
            return true;
        if (common == of->sources && spread_of(other) < spread_of(of))
            return true;
    }
    return false;
}

bool blame_leaves_out_sky(const fusion *c, const bank_hypothesis *of)
{
    for (size_t i = 0; i < c->source_count; i++) {
        if ((of->sources >> i & 1u) && c->source[i].set->kind == SOURCE_GNSS)
            return true;
    }
    return false;
}

/* A receiver leapt before anything contradicted, and without it all agree: what has only it to go by says
 * nothing of the input. */
static bool is_laid_at_sky(const fusion *c)
{
    for (int h = 0; h < c->bank.count; h++) {
        const bank_hypothesis *of = &c->bank.of[h];
        if (blame_leaves_out_sky(c, of) && blame_explains(c, of))
            return c->bank.sky_leapt;
    }
    return false;
}

/* An input stands accused, and it is not this one. */
static bool is_accused_beside(const bank *b, int hypothesis)
{
    for (int h = 0; h < b->count; h++) {
        if (h != hypothesis && b->of[h].accused)
            return true;
    }
    return false;
}

int blame_hypothesis_of(const fusion *c, const source_run *s)
{
    for (int h = 0; h < c->bank.count; h++) {
        if (c->bank.of[h].sources == UINT32_C(1) << s->index && !c->bank.of[h].quantities)
            return h;
    }
    return -1;
}

float blame_loudest(const fusion *c)
{
    float worst = 0.0f;
    for (int h = 0; h < c->bank.count; h++)
        worst = blame_speaks(&c->bank.of[h]) ? fmaxf(worst, c->bank.of[h].doubt) : worst;
    return worst;
}

/* The one hypothesis that explains the contradiction that has lasted for_s; -1: none does, or several do, or
 * it takes longer to say. */
static int only_explanation(const fusion *c, double for_s)
{
    const bank *b = &c->bank;
    int found = -1, proven = -1;
    bool several = false, others = false; /* that are no receivers: those look like the input */
    bool half_off = false;                /* what drives the filter, which would explain all as well */
    const bool loud = blame_loudest(c) >= BLAME_LOUD;
    const int led = blame_led_receiver(c);
    if (led >= 0)
        return loud ? led : -1;
    for (int h = 0; h < b->count; h++) {
        const bank_hypothesis *of = &b->of[h];
        if (!blame_explains(c, of) || is_needless(c, h))
            continue;
        int input = bank_is_undriven(c, of) ? blame_input_verdict(c, of, for_s) : 1;
        if (input == 0)
            return -1;
        if (input < 0 && blame_only_drives(c, of)) {
            half_off = blame_input_off(c, of, BLAME_INPUT_RATE_RADPS) > half_input;
            continue;
        }
        if (input > 0 && bank_is_undriven(c, of))
            proven = h;
        else
            others |= of->anchor_variance <= 0.0f;
        several |= found >= 0;
        found = h;
    }
    found = proven >= 0 && !others ? proven : several || is_accused_beside(b, found) ? -1 : found;
    bool sky = found >= 0 && b->of[found].anchor_variance > 0.0f;
    return loud && (sky || !half_off) ? found : -1;
}

/* What drives the filter contradicts what steers it, and is not at fault: then the positions are. The
 * receiver, or receivers, without which the separation is largest. */
static int by_elimination(const fusion *c, double for_s)
{
    const bank *b = &c->bank;
    bool cleared = false;
    int best = -1;
    for (int h = 0; h < b->count; h++) {
        const bank_hypothesis *of = &b->of[h];
        bool over = blame_speaks(of) && blame_ratio(of) > c->factor.alarm;
        if (over && blame_only_drives(c, of))
            cleared =
                blame_input_verdict(c, of, for_s) < 0 && blame_ratio(of) > clear_ratio * c->factor.alarm;
        else if (over && of->anchor_variance <= 0.0f)
            return -1;
    }
    for (int h = 0; cleared && h < b->count; h++) {
        const bank_hypothesis *of = &b->of[h];
        bool sky = of->anchor_variance > 0.0f && blame_explains(c, of);
        if (sky && (best < 0 || blame_ratio(of) > blame_ratio(&b->of[best])))
            best = h;
    }
    return best >= 0 && blame_ratio(&b->of[best]) > doubtful ? best : -1;
}

/* A source that contradicts all others so much that only without it they agree; the gates keep it out
 * already. */
static bool is_contradicted_by_all(const fusion *c, int hypothesis)
{
    const bank *b = &c->bank;
    for (int h = 0; h < b->count; h++) {
        const bank_hypothesis *of = &b->of[h];
        if (blame_speaks(of) && !(of->sources & b->of[hypothesis].sources) && of->doubt < outcry)
            return false;
    }
    return true;
}

/* Receivers, whose positions come and go with the place, are left to the gates. */
static bool is_outcast(const fusion *c, int hypothesis)
{
    return !blame_leaves_out_sky(c, &c->bank.of[hypothesis]) && is_contradicted_by_all(c, hypothesis);
}

/* 0: it does not hold now. */
static double since_s(int64_t since_ns, int64_t now_ns)
{
    return since_ns == INT64_MIN ? 0.0 : seconds_between(since_ns, now_ns);
}

/* How many hypotheses would do without other sources than this one, and have something left to go by. */
static int witnesses_beside(const fusion *c, int hypothesis)
{
    int count = 0;
    for (int h = 0; h < c->bank.count; h++) {
        const bank_hypothesis *of = &c->bank.of[h];
        count += blame_speaks(of) && !of->quantities && can_spare(c, of) &&
                 !(of->sources & c->bank.of[hypothesis].sources);
    }
    return count;
}

/* All are contradicted for as long as they listen to the input, whoever else is left out, and without it they
 * agree on a place. That it is off by little of what BLAME_INPUT_... says is no word for it then: swapped
 * axes are, of a slow vehicle. One that has but a receiver beside it may have led the pose astray, honest.
 * -1: none such. */
static int outcast_input(fusion *c, int64_t now_ns)
{
    const int h = blame_without_input(c);
    const bank_hypothesis *of = h < 0 ? NULL : &c->bank.of[h];
    const bool ripe = c->bank.begun_ns != INT64_MIN && seconds_between(c->bank.begun_ns, now_ns) > ripe_s;
    const bool is = of && ripe && bank_places(of, now_ns) && blame_explains(c, of) &&
                    is_contradicted_by_all(c, h) && witnesses_beside(c, h) >= LEAST_WITNESSES;
    core_keep_since(&c->bank.input_ns, is, now_ns);
    return since_s(c->bank.input_ns, now_ns) >= outcast_input_s ? h : -1;
}

static bool unit_explains(const fusion *c, const source_run *s)
{
    int h = s->set->kind == SOURCE_ROADSIDE && !s->out.banned ? blame_hypothesis_of(c, s) : -1;
    return h >= 0 && blame_explains(c, &c->bank.of[h]);
}

float blame_rival(const fusion *c, const source_run *s)
{
    float most = 0.0f;
    if (!c->running || c->bank.contradiction_ns == INT64_MIN || !unit_explains(c, s))
        return 0.0f;
    float own = blame_ratio(&c->bank.of[blame_hypothesis_of(c, s)]);
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *other = &c->source[i];
        if (other != s && unit_explains(c, other))
            most = fmaxf(most, fmaxf(own, blame_ratio(&c->bank.of[blame_hypothesis_of(c, other)])));
    }
    return most > c->factor.alarm ? most : 0.0f;
}

/* While two units contradict each other, there is an alarm that is no word against anybody else: that only
 * without a third one all others agree, for half a second in which it errs, as wheels that spin, is none.
 * Then it must be separated itself. */
static bool is_bystander(fusion *c, int hypothesis, int64_t now_ns)
{
    bank *b = &c->bank;
    for (size_t i = 0; i < c->source_count; i++) {
        if (blame_rival(c, &c->source[i]) > 0.0f)
            b->rivals_ns = now_ns;
    }
    return hypothesis >= 0 && b->rivals_ns != INT64_MIN && seconds_between(b->rivals_ns, now_ns) < rivals_s &&
           blame_ratio(&b->of[hypothesis]) <= c->factor.alarm;
}

int blame_find(fusion *c, int64_t now_ns)
{
    bank *b = &c->bank;
    bool alarm = false, outcries = false;
    for (int h = 0; h < b->count; h++) {
        const bank_hypothesis *of = &b->of[h];
        bool counts = of->live && !of->quantities && can_spare(c, of);
        alarm |= counts && blame_ratio(of) > c->factor.alarm;
        outcries |= counts && of->doubt >= outcry;
    }
    core_keep_since(&b->alarm_ns, alarm, now_ns);
    core_keep_since(&b->contradiction_ns, alarm || outcries, now_ns);
    /* also when it has leapt again since, which the flag tells instead */
    b->sky_leapt =
        b->contradiction_ns != INT64_MIN && (b->sky_leapt || blame_sky_leaps(c, b->contradiction_ns));
    double for_s = since_s(b->contradiction_ns, now_ns);
    blame_hear_receivers(c, now_ns);
    blame_accuse(c, for_s);
    int gross_h = alarm && !is_laid_at_sky(c) ? blame_gross_input(c) : -1;
    if (gross_h < 0 && (inertial_slides_on(c, now_ns) || inertial_turns_wrong_on(c, now_ns)))
        gross_h = blame_without_input(c);
    const int outcast = outcast_input(c, now_ns);
    if (gross_h < 0)
        gross_h = outcast;
    if (gross_h >= 0)
        return gross_h;
    const int strayed = blame_strayed_receiver(c, now_ns);
    if (strayed >= 0)
        return strayed;
    int only = only_explanation(c, for_s);
    if (is_bystander(c, only, now_ns))
        only = -1;
    if (only != b->suspect)
        b->suspect_ns = now_ns;
    b->suspect = only;
    core_keep_since(&b->outcast_ns, only >= 0 && is_outcast(c, only), now_ns);
    if (since_s(b->outcast_ns, now_ns) >= outcast_s)
        return only;
    if (since_s(b->alarm_ns, now_ns) < over_s)
        return -1;
    if (only >= 0)
        return seconds_between(b->suspect_ns, now_ns) >= steady_s ? only : -1;
    return by_elimination(c, for_s);
}
