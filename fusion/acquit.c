/*
 * Whom the bank clears. A sub-solution that leaves a source out and is still contradicted loudly says that it
 * is not this one that lies, when another left out makes all agree. So long nothing is held against it: what
 * it is off by is what somebody else has done to the filter.
 */
#include "fusion/core.h"

/* Doubt (bank.h) from which on a contradiction stands, and up to which there is none, as in blame.c. The
 * first is less than what it takes there to leave somebody out: here it takes others' word for one. Too
 * small: reflections clear whom they should not; too large: a flag has risen by then. */
static const float stands = 12.0f, gone = 6.0f;

/* The one that makes all agree has been there for this long, s: anew, it has not been contradicted yet. */
static const double heard_s = 2.0;

/* It leaves out this source, and nothing but that. */
static bool is_of(const bank_hypothesis *of, const source_run *s)
{
    return of->live && !of->quantities && of->sources == UINT32_C(1) << s->index && !bank_is_steered(of);
}

/* Without these sources all that the others say agrees, though this one is among them. */
static bool agrees_with(const fusion *c, const bank_hypothesis *of, const source_run *s)
{
    return of->live && !of->quantities && !bank_is_steered(of) && !(of->sources >> s->index & 1u) &&
           of->doubt <= gone && of->fused_ns != INT64_MIN &&
           seconds_between(of->anchor_ns, c->applied_ns) >= heard_s;
}

static bool clears(const fusion *c, const source_run *s)
{
    bool alone = false, agreed = false;
    for (int h = 0; h < c->bank.count; h++) {
        alone |= is_of(&c->bank.of[h], s) && c->bank.of[h].doubt >= stands;
        agreed |= agrees_with(c, &c->bank.of[h], s);
    }
    return alone && agreed;
}

/* Without it all agree, and without another they do not: what cleared it before was of something else. */
static bool convicts(const fusion *c, const source_run *s)
{
    bool agreed = false, other = false;
    for (int h = 0; h < c->bank.count; h++) {
        const bank_hypothesis *of = &c->bank.of[h];
        agreed |= is_of(of, s) && of->doubt <= gone;
        other |= of->live && !of->quantities && !bank_is_steered(of) && !(of->sources >> s->index & 1u) &&
                 of->doubt >= stands;
    }
    return agreed && other;
}

void acquit_look(fusion *c, int64_t now_ns)
{
    for (size_t i = 0; i < c->source_count; i++) {
        source_run *s = &c->source[i];
        if (clears(c, s))
            s->acquitted_ns = now_ns;
        else if (convicts(c, s))
            s->acquitted_ns = INT64_MIN;
    }
}

bool acquit_holds(const source_run *s, int64_t now_ns, double within_s)
{
    return s->acquitted_ns != INT64_MIN && seconds_between(s->acquitted_ns, now_ns) < within_s;
}
