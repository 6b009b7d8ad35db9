/*
 * Inside the fusion core: who is at fault.
 */
#ifndef POSED_FUSION_BLAME_H
#define POSED_FUSION_BLAME_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"
#include "fusion/integrity/bank.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A separation is strange from that many sigmas on: it happens in 5 % of the time by chance. */
#define BLAME_STRANGE 2.0f
/* Doubt (bank.h) up to which what a sub-solution fused agrees. */
#define BLAME_QUIET 6.0f
/* An input is at fault when it is off by this for long, rad/s and m/s^2. Too small: a manoeuvre counts as a
 * fault; too large: the gyro's fault is laid at the receiver's door. */
#define BLAME_INPUT_RATE_RADPS 0.008f
#define BLAME_INPUT_MPS2 0.6f
/* The hypothesis to act upon; -1: none. */
int blame_find(fusion *c, int64_t now_ns);
/* The largest separation over its sigma; height does not count. */
float blame_ratio(const bank_hypothesis *of);
/* Of a roadside unit that contradicts another one, while without either of the two all others agree: the
 * larger separation of both, in sigmas, where that is over the alarm's. The pose sides with one of them,
 * which may be the one that lies. 0: no such case. */
float blame_rival(const fusion *c, const source_run *s);

/* It has a say in who is at fault: one that turns as wheels say has none. */
bool blame_speaks(const bank_hypothesis *of);
/* What it fused agrees: its being left out explains what contradicts. */
bool blame_explains(const fusion *c, const bank_hypothesis *of);
/* A receiver is among what it does not use. */
bool blame_leaves_out_sky(const fusion *c, const bank_hypothesis *of);
/* The hypothesis that leaves out this source and nothing else; -1: there is none. */
int blame_hypothesis_of(const fusion *c, const source_run *s);
/* The largest doubt of those that have a say. */
float blame_loudest(const fusion *c);

#ifdef __cplusplus
}
#endif
#endif
