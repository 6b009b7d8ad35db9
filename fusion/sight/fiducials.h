/*
 * Inside the fusion core: those of the settings, where there is no map.
 */
#ifndef POSED_FUSION_FIDUCIALS_H
#define POSED_FUSION_FIDUCIALS_H

#include "fusion/core/source_run.h"
#include "fusion/filter/filter.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fiducials that were looked at lately: fiducials.c. */
enum { MARKS_SEEN = 6 };
typedef struct {
    uint64_t id;
    uint32_t agreed, refused; /* looks: of all, and of the last in a row */
    /* Of those that were refused: how many had the range right; of these, sums of what bearings were off by
     * (to the left, up, rad) and the square of that; the same in metres at its range. */
    uint32_t in_reach;
    float turn[2], turn2, shift_m[2], shift2;
    bool witnessed;  /* while it was refused another one agreed */
    int64_t seen_ns; /* INT64_MIN: the entry is free */
} mark_seen;
typedef struct {
    mark_seen of[MARKS_SEEN];
    int64_t moved_ns; /* the last look at one that is not where it should be; INT64_MIN: never */
} marks_watch;

void fiducials_reset(fusion *c);
/* One at this range has been held against its gate. */
void fiducials_take(fusion *c, uint64_t id, const measurement *m, float range_m, verdict_decision decision,
                    int64_t now_ns);
/* It is not where the settings have it: what it says is nobody's fault. */
bool fiducials_moved(const fusion *c, uint64_t id);
/* Those whose flag stands, as fusion_map_missed. */
size_t fiducials_missed(const fusion *c, uint64_t *ids, size_t size);
/* Keeps the flag of the map; call at every check tick. */
void fiducials_tick(fusion *c, int64_t now_ns);
/* One that has moved was looked at lately: what a camera is off by is its doing. */
bool fiducials_explain(const fusion *c, const source_run *s, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
