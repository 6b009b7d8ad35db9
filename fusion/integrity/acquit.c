/*
 * Whom the bank clears. A sub-solution that leaves a source out and is still contradicted loudly says that it
 * is not this one that lies, when another left out makes all agree. So long nothing is held against it: what
 * it is off by is what somebody else has done to the filter.
 */
#include "fusion/integrity/acquit.h"

#include "fusion/core/core.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_steer.h"
#include "fusion/integrity/blame.h"

/* Doubt (bank.h) from which on a contradiction stands. That is less than what it takes in blame.c to leave
 * somebody out: here it takes others' word for one. Too small: reflections clear whom they should not; too
 * large: a flag has risen by then. */
static const float stands = 12.0f;

/* The one that makes all agree has been there for this long, s: anew, it has not been contradicted yet. */
static const double heard_s = 2.0;

/* It leaves out all that its sources say, and makes do with the rest. */
static bool is_plain(const bank_hypothesis *of)
{
    return of->live && !of->quantities && !bank_is_steered(of);
}

/* It leaves out this source, and nothing but that. */
static bool is_of(const bank_hypothesis *of, const source_run *s)
{
    return is_plain(of) && of->sources == UINT32_C(1) << s->index;
}

/* It leaves out others, and this one is among those that it hears. */
static bool is_of_others(const bank_hypothesis *of, const source_run *s)
{
    return is_plain(of) && !(of->sources >> s->index & 1u);
}

/* All that it has heard agrees, and that for long enough. */
static bool explains(const fusion *c, const bank_hypothesis *of)
{
    return of->doubt <= BLAME_QUIET && of->fused_ns != INT64_MIN &&
           seconds_between(of->anchor_ns, c->applied_ns) >= heard_s;
}

static bool clears(const fusion *c, const source_run *s)
{
    bool alone = false, agreed = false;
    for (int h = 0; h < c->bank.count; h++) {
        const bank_hypothesis *of = &c->bank.of[h];
        alone |= is_of(of, s) && of->doubt >= stands;
        agreed |= is_of_others(of, s) && explains(c, of);
    }
    return alone && agreed;
}

/* Without it all agree, and without another they do not: what cleared it before was of something else. */
static bool convicts(const fusion *c, const source_run *s)
{
    bool agreed = false, other = false;
    for (int h = 0; h < c->bank.count; h++) {
        const bank_hypothesis *of = &c->bank.of[h];
        agreed |= is_of(of, s) && of->doubt <= BLAME_QUIET;
        other |= is_of_others(of, s) && of->doubt >= stands;
    }
    return agreed && other;
}

void acquit_look(fusion *c, int64_t now_ns)
{
    for (size_t i = 0; i < c->source_count; i++) {
        source_run *s = &c->source[i];
        if (clears(c, s))
            s->out.acquitted_ns = now_ns;
        else if (convicts(c, s))
            s->out.acquitted_ns = INT64_MIN;
    }
}

bool acquit_holds(const source_run *s, int64_t now_ns, double within_s)
{
    return s->out.acquitted_ns != INT64_MIN && seconds_between(s->out.acquitted_ns, now_ns) < within_s;
}
