/*
 * Inside the fusion core: elements that should be seen.
 */
#ifndef POSED_FUSION_MAP_WATCH_H
#define POSED_FUSION_MAP_WATCH_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An element of the map that is in view. */
typedef struct {
    uint32_t mark;
    float bearing[3]; /* as predicted, by the sensor's own model */
    float seen;       /* probability that it was paired with something in this frame */
    int element;      /* of the problem of pairings; -1: it has not been in question yet */
    float beside; /* density of what is seen some metres aside, if it stands there, over that of things which
                     are not in the map; 0: nothing of its kind that is no other element */
    float beside_view; /* share of where it would stand that is in the picture */
    bool apart;        /* what is seen of it is told from what is seen of its like */
} view_mark;

/* Call with each frame of landmarks, with each element in view that is expected there, and at its end. */
void map_watch_begin(fusion *c, source_run *s, int64_t now_ns, float place_m, float turn_rad);
bool map_watch_is_expected(const fusion *c, const source_run *s, const view_mark *v);
void map_watch_mark(fusion *c, source_run *s, int64_t now_ns, const view_mark *v);
void map_watch_end(fusion *c, source_run *s, int64_t now_ns);
/* Logarithm of the probability that an element is where the map has it, by how often it was overlooked. */
float map_watch_log_there(const fusion *c, uint32_t index);

#ifdef __cplusplus
}
#endif
#endif
