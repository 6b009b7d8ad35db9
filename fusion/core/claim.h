/*
 * Inside the fusion core: the pose was saved, and restored after a time in which the vehicle may have been
 * moved.
 */
#ifndef POSED_FUSION_CLAIM_H
#define POSED_FUSION_CLAIM_H

#include "fusion/filter/filter.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What became of a pose that was saved. */
typedef struct {
    bool open;                /* it has not been confirmed yet */
    bool contradicted;        /* the newest position contradicts it */
    uint32_t agreed, against; /* positions in a row */
    int64_t against_ns;       /* the first of those against it */
    float off[2];             /* what that one was off by */
} saved_claim;

void claim_open(fusion *c);
/* No position has agreed with it so far. */
bool claim_is_unconfirmed(const fusion *c);
/* A measurement has been held against it; `m` has its NIS. */
void claim_hear(fusion *c, int64_t stamp_ns, verdict_quantity quantity, const measurement *m,
                verdict_decision decision);
/* What contradicts it agrees with itself: the pose is to be given up. */
bool claim_is_refuted(const fusion *c, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
