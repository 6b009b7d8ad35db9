/*
 * A pose that was saved is a claim: nobody watched what happened to the vehicle since.
 *
 * Until a position that does not come from it has agreed, it has no bound (docs/INTEGRITY.md). Positions that
 * contradict it are taken for what they are, evidence against the claim and not against who says them: from
 * the first on the pose is not usable, and several that agree with each other end it.
 */
#include "fusion/core/claim.h"

#include "fusion/core/core.h"

#include <math.h>

/* So many positions in a row must agree before the claim is a pose like any other. */
static const uint32_t agreements = 10;

/* So many in a row must contradict it, over at least this long, s, and lie together, before it is given up.
 * Too few: the first wild fixes of a receiver that has just been switched on cost a good pose; too many: the
 * vehicle that was towed waits. */
static const uint32_t contradictions = 3;
static const double contradicted_for_s = 0.5;

/* They lie together when they differ by less than this, m, and share of what they contradict by: the claim's
 * velocity is wrong as well. */
static const float together_m = 3.0f, together_share = 0.3f;

void claim_open(fusion *c)
{
    c->claim = (saved_claim){.open = true};
}

bool claim_is_unconfirmed(const fusion *c)
{
    return c->claim.open && c->claim.agreed == 0;
}

static void agree(saved_claim *a)
{
    a->agreed++;
    a->against = 0;
    a->contradicted = false;
    a->open = a->agreed < agreements;
}

static bool lies_together(const saved_claim *a, const measurement *m)
{
    float off = hypotf(m->innovation[0], m->innovation[1]);
    float apart = hypotf(m->innovation[0] - a->off[0], m->innovation[1] - a->off[1]);
    return apart <= together_m + together_share * off;
}

/* What they contradict by is compared where it is a place; a fiducial's bearings change as it is passed, and
 * its number says which it is. */
static void contradict(saved_claim *a, int64_t stamp_ns, verdict_quantity quantity, const measurement *m)
{
    bool place = quantity == QUANTITY_POSITION;
    if (a->against == 0 || (place && !lies_together(a, m))) {
        a->against = 0;
        a->against_ns = stamp_ns;
        a->off[0] = m->innovation[0];
        a->off[1] = m->innovation[1];
    }
    a->against++;
    a->agreed = 0;
    a->contradicted = true;
}

void claim_hear(fusion *c, int64_t stamp_ns, verdict_quantity quantity, const measurement *m,
                verdict_decision decision)
{
    saved_claim *a = &c->claim;
    if (!a->open || (quantity != QUANTITY_POSITION && quantity != QUANTITY_LANDMARK))
        return;
    if (decision == DECISION_FUSED || decision == DECISION_DOWN_WEIGHTED)
        agree(a);
    else if (decision == DECISION_REJECTED && isfinite(m->nis))
        contradict(a, stamp_ns, quantity, m);
    if (a->contradicted)
        core_fault(c, &c->system, FAULT_MOVED, true, stamp_ns, sqrtf(fmaxf(m->nis, 0.0f)),
                   sqrtf(c->limit.gate[m->dim]));
}

bool claim_is_refuted(const fusion *c, int64_t now_ns)
{
    const saved_claim *a = &c->claim;
    return a->open && a->against >= contradictions &&
           seconds_between(a->against_ns, now_ns) >= contradicted_for_s;
}
