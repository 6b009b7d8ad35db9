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
 * What a hypothesis says of where the elements should be seen is kept with it: mean and covariance of each
 * one's prediction, given the pairings so far. What one more pairing weighs is then a matter of two values,
 * and only hypotheses that last have their Cholesky factor extended.
 *
 * Bounded: at most MATCH_DETECTIONS * MATCH_BEAM extensions, of 2 rows by 2 * MATCH_ELEMENTS columns each.
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
    MATCH_ELEMENTS = 64,
    MATCH_BEAM = 32,
    MATCH_DIM = 2, /* azimuth and elevation */
    MATCH_NODES = 1 + MATCH_DETECTIONS * MATCH_BEAM,
};

/* What may be paired. */
typedef struct {
    int detection;   /* ascending over the pairs */
    int element;     /* at most once in a hypothesis */
    float log_prior; /* of the pairing, before where it is seen */
    float innovation[MATCH_DIM], noise[MATCH_DIM];
    float probability; /* out: that it holds */
} match_pair;

/* One value for each element that may still be paired: four at once. */
typedef float match_four __attribute__((vector_size(16)));
enum { MATCH_FOURS = MATCH_ELEMENTS / 4 };
typedef match_four match_row[MATCH_FOURS];

/* A pairing on top of others. */
typedef struct {
    int before;                          /* the node of those others; -1: there are none */
    match_row row[MATCH_DIM][MATCH_DIM]; /* Cholesky factor of the innovations' covariance, carried on */
    match_row mean[MATCH_DIM];           /* of the elements' predictions, and their covariance */
    match_row variance[MATCH_DIM], across;
} match_node;

typedef struct {
    float log_weight;
    int node;
    uint64_t taken;                   /* bits of the elements */
    int16_t choice[MATCH_DETECTIONS]; /* pair, -1: nothing of the map */
} match_hypothesis;

typedef struct {
    int detections, pair_count;
    float log_nothing[MATCH_DETECTIONS]; /* log density of a detection that is none of the map */
    match_pair pairs[MATCH_PAIRS];
    /* Covariance of the elements' predictions, where they are paired; element by element. */
    float covariance[MATCH_ELEMENTS * MATCH_DIM][MATCH_ELEMENTS * MATCH_DIM];

    /* While it is solved: elements in the order in which they come last. */
    uint8_t column[MATCH_ELEMENTS];
    int fours[MATCH_DETECTIONS]; /* of columns that a detection or a later one needs */
    match_row prior[MATCH_ELEMENTS][MATCH_DIM][MATCH_DIM];
    int node_count;
    match_node nodes[MATCH_NODES];
    match_hypothesis beam[2][MATCH_BEAM];
} match_problem;

/* Sets each pair's probability. */
void match_solve(match_problem *m);

#ifdef __cplusplus
}
#endif
#endif
