#include "fusion/gnss/gnss_fix.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_away.h"
#include "fusion/gnss/gnss_error.h"
#include "fusion/gnss/gnss_led.h"
#include "fusion/integrity/integrity.h"

#include <math.h>

/* A leap has to last for so long to be none of one odd fix, s. Too small: each outlier of an honest receiver
 * costs its centimetres; too large: the pose is sure of a wrong place for so long. */
static const double refuted_after_s = 0.5;

/* A fix that replaces the code has to hold for so long, s, before the pose is as sure as it says. Too small:
 * the pose is sure of a wrong fix until that is refuted; too large: a right one is of use later. */
static const float earned_s = 2.0f;

void gnss_fix_begins(const fusion *c, source_run *s)
{
    if (!(s->gnss.slow_variance > GNSS_CARRIER_M * GNSS_CARRIER_M))
        return;
    s->gnss.code_variance = fmaxf(s->gnss.slow_variance, 0.5f * core_horizontal_variance(c));
    s->gnss.fixed_s = 0.0f;
}

/* Its positions are where the vehicle cannot be, and it is no single one. */
static bool leaps(const source_run *s, int64_t now_ns)
{
    const fault_set *f = &s->faults;
    return s->reject_since_ns != INT64_MIN && fault_is_raised(f, FAULT_JUMP) &&
           seconds_between(f->flags[FAULT_JUMP].raised_ns, now_ns) >= refuted_after_s;
}

/* What a receiver that claims nothing is worth, or what it was worth before the fix, m^2 per axis. */
static float worth_of_code(const source_run *s)
{
    const float unclaimed = (float)s->set->of.gnss.position_sigma_m;
    return fmaxf(unclaimed * unclaimed, s->gnss.code_variance);
}

void gnss_fix_watch(const fusion *c, source_run *s, const frame *in, float dt_s)
{
    const bool leapt = leaps(s, in->stamp_ns);
    s->gnss.fix_variance *= expf(-dt_s / GNSS_DOUBT_FADES_S);
    s->gnss.fixed_s += dt_s;
    s->gnss.held_variance = 0.0f;
    if (gnss_sigma(s, &in->u.gnss) > GNSS_CARRIER_M)
        return;
    if (leapt)
        s->gnss.held_variance = GNSS_EITHER * s->place.apart_m * s->place.apart_m;
    else if (s->gnss.fixed_s < earned_s)
        s->gnss.held_variance = s->gnss.code_variance;
    if (leapt || fault_is_raised(&s->faults, FAULT_BIASED) || integrity_contradicts_itself(c, s))
        s->gnss.fix_variance = fmaxf(s->gnss.fix_variance, worth_of_code(s));
}

float gnss_doubt(const fusion *c)
{
    float most = 0.0f;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (s->set->kind != SOURCE_GNSS || s->out.banned)
            continue;
        float variance = gnss_led_variance(s) + gnss_away_variance(c, s);
        if (gnss_is_alone(c, s, c->applied_ns))
            variance += s->gnss.fix_variance + s->gnss.held_variance + s->gnss.dragged_variance;
        most = fmaxf(most, variance);
    }
    return most;
}

void gnss_doubt_begins(source_run *s, float variance)
{
    s->gnss.dragged_variance = fmaxf(s->gnss.dragged_variance, variance);
}

void gnss_doubt_forget(source_run *s)
{
    s->gnss.code_variance = s->gnss.fix_variance = s->gnss.held_variance = s->gnss.dragged_variance = 0.0f;
    gnss_led_forget(s);
}
