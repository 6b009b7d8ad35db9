/*
 * Inside the fusion core: a receiver whose velocity has stepped aside from the motion that everybody else
 * measures, and has taken the pose with it.
 *
 * Innovations are white as long as the models hold. Somebody who leads a receiver away, velocity and all,
 * makes them lean to one side for about a second; then the filter has followed and nothing contradicts any
 * more. What the pose follows from then on is a receiver, or was an input, that is wrong.
 */
#ifndef POSED_FUSION_GNSS_LED_H
#define POSED_FUSION_GNSS_LED_H

#include "fusion/core/core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Its newest velocity was compared (`m`: east and north first), dt_s after the last one. */
void gnss_led_watch(const fusion *c, source_run *s, const measurement *m, float dt_s);

/* What it may have led the pose away by, m^2 per horizontal axis; 0: nothing, or another source, that has not
 * stepped aside itself, says where the vehicle is. */
float gnss_led_variance(const source_run *s);

/* By how much a heading that follows such a velocity may be off meanwhile, rad; 0: nobody is led away. */
float gnss_led_turn(const fusion *c);

/* Its velocity has stepped aside at once, and so lately that what contradicts is its doing, when it explains
 * all. An input that is off, or wheels that hang, make it drift away and not step. */
bool gnss_led_stepped(const source_run *s);

/* Without it others contradict each other: what it has stepped against is not as others have it either. Until
 * it steps anew. */
void gnss_led_dispute(source_run *s);

/* Nothing of that is left. */
void gnss_led_forget(source_run *s);

#ifdef __cplusplus
}
#endif
#endif
