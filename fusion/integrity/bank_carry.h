/*
 * Inside the fusion core: how sub-solutions go on.
 */
#ifndef POSED_FUSION_BANK_TIME_H
#define POSED_FUSION_BANK_TIME_H

#include "fusion/fusion.h"
#include "fusion/integrity/bank.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Something tells the sub-solution how it turns. */
bool bank_has_gyro(const fusion *c, const bank_hypothesis *h);
/* Brings the sub-solutions to the filter's time, slow noise apart. */
void bank_carry_on(fusion *c);
/* The same, slow noise included. */
void bank_catch_up(fusion *c);

#ifdef __cplusplus
}
#endif
#endif
