/*
 * Which of the things seen in one frame is which element of the map.
 *
 * Inside the fusion core. Pairings of a detection with an element are weighed jointly: a pose that is off
 * moves all predictions of a frame together, so that pairings that are plausible one by one can contradict
 * each other (joint compatibility; Neira and Tardos 2001). Instead of the one best hypothesis the
 * `MATCH_BEAM` best are kept while detection after detection is decided, and a pairing's probability is the
 * share of the weights of those that hold it. A pairing with a close second thus has a small probability,
 * whether the second is another element, nothing at all, or another pose.
 *
 * Bounded: at most MATCH_DETECTIONS * MATCH_BEAM * (MATCH_CANDIDATES + 1) extensions of a Cholesky factor.
 */
#ifndef POSED_FUSION_MAP_MATCH_H
#define POSED_FUSION_MAP_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    MATCH_DETECTIONS = 12,
    MATCH_CANDIDATES = 16, /* of one detection */
    MATCH_PAIRS = 160,
    MATCH_BEAM = 32,
    MATCH_DIM = 2, /* azimuth and elevation */
    MATCH_ROWS = MATCH_DIM * MATCH_DETECTIONS,
};

/* What may be paired. */
typedef struct {
    int detection;    /* ascending over the pairs */
    uint32_t element; /* at most once in a hypothesis */
    float log_prior;  /* of the pairing, before where it is seen */
    float innovation[MATCH_DIM];
    float probability; /* out: that it holds */
} match_pair;

typedef struct {
    int choice[MATCH_DETECTIONS]; /* pair, -1: nothing of the map */
    int rows, pairs[MATCH_DETECTIONS];
    float log_weight;
    float factor[MATCH_ROWS][MATCH_ROWS]; /* lower Cholesky factor of the innovations' covariance */
    float white[MATCH_ROWS];              /* factor^-1 innovation */
} match_hypothesis;

typedef struct {
    int detections, pair_count;
    float log_nothing[MATCH_DETECTIONS]; /* log density of a detection that is none of the map */
    match_pair pairs[MATCH_PAIRS];
    /* Covariance of all innovations, pose's share and noise. */
    float covariance[MATCH_PAIRS * MATCH_DIM][MATCH_PAIRS * MATCH_DIM];
    match_hypothesis beam[2][MATCH_BEAM];
} match_problem;

/* Sets each pair's probability. */
void match_solve(match_problem *m);

#ifdef __cplusplus
}
#endif
#endif
