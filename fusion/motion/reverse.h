/*
 * Inside the fusion core: a speed without a sign, out of a standstill.
 */
#ifndef POSED_FUSION_REVERSE_H
#define POSED_FUSION_REVERSE_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a receiver was against the pose, east and north, while the vehicle stood. */
typedef struct {
    int receiver;
    float apart_m[2], fixes; /* the mean of so many; 0: not known */
    uint32_t resets;         /* of the pose, then: since it was set anew it says nothing */
} reverse_stand;

/* A speed without a sign since the vehicle stood: reverse.c. */
typedef struct {
    int source;                            /* of the wheels; -1: none */
    int64_t stamp_ns;                      /* of their newest speed; INT64_MIN: none */
    bool stands;                           /* now */
    bool open;                             /* of the newest way out of a standstill, slow: forward, or */
    bool back;                             /* backward */
    double begin_ecef_m[3], way_ecef_m[3]; /* where the pose was before, and that way */
    float way_m, lasts_s;                  /* its length, and since when */
    float by_velocity;                     /* log of the odds of backward, by velocities of receivers */
    reverse_stand begin, stand;            /* before it, and now */
    uint32_t resets;                       /* of the pose, when it began */
} reverse_watch;

/* Takes a speed of wheels; returns the sign that a speed without one has, as it is
 * known: -1 while it has been found that the vehicle backs out. */
float reverse_sign(fusion *c, source_run *s, int64_t stamp_ns, float speed_mps);
/* The pose has been given up, or is none yet. */
void reverse_forget(fusion *c);
/* A fix has been held against the filter, since_s after the one before: which way does it say? */
void reverse_hear(fusion *c, source_run *s, const frame *in, float since_s);

#ifdef __cplusplus
}
#endif
#endif
