/*
 * Inside the fusion core: receivers that contradict others. For blame.c.
 */
#ifndef POSED_FUSION_BLAME_RECEIVER_H
#define POSED_FUSION_BLAME_RECEIVER_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Keeps what the two below go by; with each look at the bank. */
void blame_hear_receivers(fusion *c, int64_t now_ns);
/* The hypothesis of a receiver whose velocity has stepped aside, which nobody else makes it do, and without
 * which all agree; -1: there is none. */
int blame_led_receiver(const fusion *c);
/* Without receivers all else has agreed on where the vehicle is since long before anything contradicted, and
 * all the while: a unit beside the road, or a camera, that begins to lie leaps, and dead reckoning
 * contradicts it. Slowly only receivers are led away, and poses that follow a map. -1: no such case. */
int blame_strayed_receiver(const fusion *c, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
