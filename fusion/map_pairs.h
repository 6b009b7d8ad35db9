/*
 * Inside the fusion core: pairings of what a sensor has seen with elements of the map, of one frame: room for
 * them, their covariance, and what comes out. For cameras (map_landmarks.c) and radars (map_returns.c).
 */
#ifndef POSED_FUSION_MAP_PAIRS_H
#define POSED_FUSION_MAP_PAIRS_H

#include "fusion/map_match.h"
#include "fusion/sight.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Marks near the vehicle that are looked at, and those of them that are in view. */
/* What stands near may be so much; where there is more, nothing is paired. */
enum { NEAR_MOST = 512 };

typedef struct {
    uint32_t mark;
    float bearing[3]; /* as predicted, by the sensor's own model */
    float seen;       /* probability that it was paired with something in this frame */
} view_mark;

/* A pairing as a measurement; of a problem its first MATCH_DIM values. */
typedef struct {
    measurement m;
    projection j;
} pair_terms;

struct map_work {
    uint32_t near[NEAR_MOST];
    view_mark view[NEAR_MOST];
    int view_count;
    sight from;                             /* the sensor, as nothing of the frame has been fused yet */
    int seen[MATCH_DETECTIONS];             /* which part of the frame a detection of the problem is */
    int problem_of[FRAME_MAX_DETECTIONS];   /* and the reverse; -1: it is none */
    uint8_t thing_of[FRAME_MAX_DETECTIONS]; /* of a radar scan: of what each is a return; RADAR_NO_THING */
    pair_terms terms[MATCH_PAIRS + 1];      /* and one that finds no room */
    match_problem match;
};

/* A frame begins: nothing is in view, nothing is paired. */
void map_pairs_begin(map_work *w);
/* Columns of the map's error at an element, as far as it has states; the rest is returned as a sigma, m. The
 * first three columns of `m` are those of the position. */
float map_pairs_survey(const fusion *c, uint32_t index, measurement *m);
/* What is in view keeps its slots, seen or not: it may be seen again. */
void map_pairs_keep_slots(fusion *c, const map_work *w, int64_t now_ns);
/* The element has states for its error, and its section's; false: there are none, or they would not leave
 * `reserve` to others. */
bool map_pairs_take_slots(fusion *c, uint32_t index, int reserve, int64_t now_ns);
/* NIS of an innovation of two, (a, b), with its covariance. */
float map_pairs_nis(float a, float b, float s00, float s01, float s11);
/* A pairing goes into the problem when it is within reach: w->terms[pair_count].m is measured. False: the
 * detection has more of them than there is room for, and all of its pairings are out: which ones were left
 * would be chance, and the one that is right may not be among them. */
bool map_pairs_add(const fusion *c, map_work *w, int detection, uint32_t index, float log_prior);
/* Sets the pairings' probabilities. */
void map_pairs_solve(map_work *w, float doubt);
/* The most probable pairing of a detection; NULL: none. */
const match_pair *map_pairs_best(const match_problem *p, int detection);
/* No other element of the map comes into question for what was seen. */
bool map_pairs_is_clear(const match_problem *p, const match_pair *best);

#ifdef __cplusplus
}
#endif
#endif
