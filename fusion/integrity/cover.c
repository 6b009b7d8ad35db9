/*
 * What protection levels cover beside the hypotheses: what stood before the bank started anew, a receiver
 * that contradicts and may be right, the map as a whole, and roads that climb. docs/INTEGRITY.md
 */
#include "fusion/integrity/cover.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss_height.h"
#include "fusion/gnss/gnss_led.h"
#include "fusion/integrity/bank.h"
#include "fusion/motion/vehicle.h"

#include <math.h>
#include <string.h>

/* Positions agree while one has been fused within this, s; a heading that is wrong shows above this speed,
 * m/s.
 */
static const double agrees_within_s = 1.0;
static const float heading_shows_mps = 2.0f;

/* For this long after it started anew the bank does not vouch for the heading, s. */
static const double shaken_s = 20.0, contradiction_s = 0.5;

/* What roads climb over hundreds of metres, at most. */
static const float steepest = 0.12f;

bool cover_is_shaken(const fusion *c)
{
    return c->bank.held_ns != INT64_MIN && seconds_between(c->bank.held_ns, c->f.stamp_ns) < shaken_s;
}

/* A receiver contradicts, and the bank cannot say who is right: the bound holds either way. */
static void cover_contradiction(fusion *c, int64_t now_ns)
{
    bank *b = &c->bank;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        bool contradicts = s->set->kind == SOURCE_GNSS && !s->out.banned && s->reject_since_ns != INT64_MIN &&
                           seconds_between(s->reject_since_ns, now_ns) > contradiction_s;
        if (!contradicts || !cover_is_shaken(c))
            continue;
        float either = s->place.off_m + 4.0f * s->place.covered_m;
        b->level[BANK_ALONG] = fmaxf(b->level[BANK_ALONG], either);
        b->level[BANK_CROSS] = fmaxf(b->level[BANK_CROSS], either);
        b->length = hypotf(b->level[BANK_ALONG], b->level[BANK_CROSS]);
        if (s->gnss.velocity_reject_since_ns != INT64_MIN)
            b->level[BANK_HEADING] = 3.1415927f;
    }
}

/* It has been fused just now. */
static bool is_heard(const source_run *s, int64_t now_ns)
{
    return s->fused_ns != INT64_MIN && seconds_between(s->fused_ns, now_ns) < agrees_within_s;
}

/* What agrees within several times what it claims says as much less: by variances. */
static float worth_of(const source_run *s)
{
    float scatter = fmaxf(fmaxf(s->noise_scale, s->gnss.velocity_scale), 1.0f);
    return 1.0f / (scatter * scatter);
}

/* What measures positions agrees with the filter, all of it, and was heard just now: how much that is worth,
 * 0..1. 0: it does not. */
static float positions_agree(const fusion *c, int64_t now_ns)
{
    float worth = 0.0f;
    if (core_motion_contradicts(c))
        return 0.0f;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (s->out.banned || !core_places(s))
            continue;
        if (s->reject_since_ns != INT64_MIN || s->gnss.velocity_reject_since_ns != INT64_MIN)
            return 0.0f;
        if (is_heard(s, now_ns))
            worth = fmaxf(worth, worth_of(s));
    }
    return worth;
}

/* Forward: a pose that is turned round agrees as well with all that is measured, but drives backwards. */
static bool shows_heading(const fusion *c)
{
    vec3 velocity;
    vehicle_from_ecef(&c->f, c->f.velocity_ecef_mps, velocity);
    return velocity[0] > heading_shows_mps;
}

/* Without a heading nobody knows where to the vehicle goes: while no position agrees either, what is covered
 * grows with the way, twice, for it may go the other way. What it was until now is held, for as long as what
 * a restart covered. */
static void stray(fusion *c)
{
    bank *b = &c->bank;
    float way = (float)(c->odometer_m - b->look_at_m);
    for (int i = BANK_ALONG; i <= BANK_CROSS; i++) {
        if (b->held_s[i] <= 0.0f)
            bank_hold(c, i);
        b->held[i] += 2.0f * way;
    }
}

/* What is held beyond what positions that agree leave open goes with this time constant, s. Too short: an
 * error that they have yet to show is forgotten; too long: a bound of a kilometre outlives its cause. */
static const float excess_s = 10.0f;

/* What a receiver whose positions agree leaves open: so many times what they are off by in the mean of late,
 * and what it has been seen to stray. Too small: an error is forgotten that such agreement does not show; too
 * large: a bound stays wide that it does. */
static const float open_sigmas = 10.0f, open_strays = 4.0f;

/* What positions that agree leave open, m: that of the best of those that say it. */
static float left_open(const fusion *c, int64_t now_ns)
{
    float open_m = INFINITY;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (s->set->kind == SOURCE_GNSS && !s->out.banned && is_heard(s, now_ns))
            open_m = fminf(open_m, open_sigmas * fmaxf(sqrtf(s->place.wobble), s->place.covered_m) +
                                       open_strays * s->place.strayed_m);
    }
    return open_m;
}

static void release_excess(fusion *c, int64_t now_ns, float since_s)
{
    const float open_m = left_open(c, now_ns), goes = 1.0f - expf(-since_s / excess_s);
    for (int i = BANK_ALONG; i <= BANK_CROSS; i++)
        c->bank.held[i] -= goes * fmaxf(c->bank.held[i] - open_m, 0.0f);
}

/* What was covered is not healed by time, but by positions that agree; of the heading, while it moves. */
void cover_held(fusion *c, int64_t now_ns)
{
    bank *b = &c->bank;
    float since_s = b->look_ns == INT64_MIN ? 0.0f : (float)seconds_between(b->look_ns, now_ns);
    float agrees_s = since_s * positions_agree(c, now_ns);
    bool moves = shows_heading(c);
    if (agrees_s > 0.0f)
        release_excess(c, now_ns, since_s);
    else if (b->judged && b->held_s[BANK_HEADING] > 0.0f && b->held[BANK_HEADING] > COVER_MOST_HEADING_RAD)
        stray(c);
    b->look_ns = now_ns;
    b->look_at_m = c->odometer_m;
    for (int i = 0; i < BANK_DIRECTIONS; i++) {
        b->level[i] = b->held_s[i] > 0.0f ? b->held[i] : 0.0f;
        if (moves || i != BANK_HEADING)
            b->held_s[i] -= agrees_s;
    }
}

/* Without an accelerometer a road is taken to be level, and one that climbs does so for long: no spread of
 * grades holds that, which are as good as independent in the filter. */
static void cover_climb(fusion *c)
{
    if (c->f.model.accel_missing)
        c->bank.level[BANK_VERTICAL] += steepest * (float)c->since_height_m;
}

void cover_more(fusion *c, int64_t now_ns)
{
    cover_contradiction(c, now_ns);
    cover_climb(c);
    c->bank.level[BANK_HEADING] += gnss_led_turn(c);
    c->bank.level[BANK_VERTICAL] += gnss_height_apart(c, now_ns);
}
