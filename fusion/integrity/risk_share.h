/*
 * Inside the fusion core: shares of the risk.
 */
#ifndef POSED_FUSION_RISK_SHARE_H
#define POSED_FUSION_RISK_SHARE_H

#include "fusion/integrity/bank.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One way to be off: with this prior, the error is normal around `mean` (which is not negative) with `sigma`;
 * `sigmas` of it are what an equal share of the risk asks for. */
typedef struct {
    float prior, mean, sigma, sigmas;
} risk_term;
enum { RISK_TERMS = BANK_MAX + 1 };
/* The least level that errors exceed with no more than `risk`, over all terms; no larger than with equal
 * shares. */
float risk_level(const risk_term *t, int count, float risk);

#ifdef __cplusplus
}
#endif
#endif
