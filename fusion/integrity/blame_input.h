/*
 * Inside the fusion core: what drives the filter. For blame.c.
 */
#ifndef POSED_FUSION_BLAME_INPUT_H
#define POSED_FUSION_BLAME_INPUT_H

#include "fusion/fusion.h"
#include "fusion/integrity/bank.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Doubt (bank.h) from which on what a sub-solution fused does not agree. */
#define BLAME_LOUD 20.0f
/* It drives the filter and says nothing else: wheels that bring a yaw rate measure speed as well, of which
 * the yaw rate is no proof. */
bool blame_only_drives(const fusion *c, const bank_hypothesis *of);
/* How far what drives the filter is off, by those that measure: the largest of its axes, over this rate and
 * BLAME_INPUT_MPS2. */
float blame_input_off(const fusion *c, const bank_hypothesis *of, float rate_radps);
/* A receiver's position leapt within half a minute before that time. */
bool blame_sky_leaps(const fusion *c, int64_t before_ns);
/* Of a contradiction that has lasted for_s: -1: what drives the filter is not at fault; 0: it takes longer to
 * say; 1: it is. */
int blame_input_verdict(const fusion *c, const bank_hypothesis *of, double for_s);
/* The hypothesis of an input that is off by what no vehicle does; -1: there is none. */
int blame_gross_input(const fusion *c);
/* The hypothesis that leaves out what drives the filter and says nothing else; -1: none. */
int blame_without_input(const fusion *c);
/* Marks the hypotheses of inputs that are at fault; they stay so until for_s is 0 again. */
void blame_accuse(fusion *c, double for_s);

#ifdef __cplusplus
}
#endif
#endif
