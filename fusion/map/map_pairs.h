/*
 * Inside the fusion core: pairings of what a sensor has seen with elements of the map, of one frame: room for
 * them, their covariance, and what comes out. For cameras (map_landmarks.c) and radars (map_returns.c).
 */
#ifndef POSED_FUSION_MAP_PAIRS_H
#define POSED_FUSION_MAP_PAIRS_H

#include "fusion/core/core.h"
#include "fusion/map/map_trust.h"
#include "fusion/map/map_watch.h"
#include "fusion/map/map_match.h"
#include "fusion/sight/sight.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What stands near may be so much; where there is more, nothing is paired. */
enum { NEAR_MOST = 512 };
/* Segments of rails near the vehicle: the same. */
enum { RAILS_MOST = 256 };

/* An element that is in question as a measurement; of a problem its first MATCH_DIM values. Innovation and
 * noise are those of the detection that it was compared with last. */
typedef struct {
    int view; /* which of the marks in view it is */
    float predicted[3];
    float survey_m; /* what of the map's error has no states */
    measurement m;
    projection j;
} element_terms;

/* Where a sensor sees an element that stands as in the map, with the rows of the Jacobian; `m` is started.
 * False: it does not. */
typedef bool map_predict(const fusion *c, const source_run *s, sight *from, const map_mark *mark,
                         measurement *m, float predicted[3]);

struct map_work {
    uint32_t near[NEAR_MOST];
    view_mark view[NEAR_MOST];
    int view_count;
    sight from; /* the sensor, as nothing of the frame has been fused yet */
    map_predict *predict;
    float place_m, turn_rad;                /* one sigma of where the sensor is and how it lies, all axes */
    float doubt;                            /* map_doubt */
    map_suspects suspects;                  /* map_trust_suspects */
    int seen[MATCH_DETECTIONS];             /* which part of the frame a detection of the problem is */
    int problem_of[FRAME_MAX_DETECTIONS];   /* and the reverse; -1: it is none */
    uint8_t thing_of[FRAME_MAX_DETECTIONS]; /* of a radar scan: of what each is a return; RADAR_NO_THING */
    radar_place place[MATCH_DETECTIONS];    /* of a radar scan: where a detection of the problem is */
    uint32_t rails[RAILS_MOST];             /* points that begin their segments */
    int rail_count;
    uint32_t rail_of[FRAME_MAX_DETECTIONS]; /* of a radar scan: beside which segment each is; MAP_NONE */
    int element_count;
    element_terms elements[MATCH_ELEMENTS];
    match_problem match;
};

/* What an element of the map is off: its own error, and what its section shares. */
typedef struct {
    map_slot_kind kind;
    uint32_t number;
    float sigma_m;
    uint32_t section;
    float section_sigma_m;
} map_error;

/* NULL when memory is short. */
map_work *map_work_create(void);
/* A frame begins: nothing is in view, nothing is paired. `from` is the caller's to fill in. */
void map_pairs_begin(const fusion *c, map_work *w, map_predict *predict, int64_t now_ns);
/* A mark comes into view. */
void map_pairs_view(map_work *w, uint32_t mark, const float bearing[3]);
/* Columns of the map's error at an element, as far as it has states; the rest is returned as a sigma, m. The
 * first three columns of `m` are those of the position. */
float map_pairs_survey(const fusion *c, uint32_t index, measurement *m);
float map_pairs_error(const fusion *c, const map_error *e, measurement *m);
/* What is in view keeps its slots, seen or not: it may be seen again. */
void map_pairs_keep_slots(fusion *c, const map_work *w, int64_t now_ns);
/* The element has states for its error, and its section's; false: there are none, or they would not leave
 * `reserve` to others. */
bool map_pairs_take_slots(fusion *c, uint32_t index, int reserve, int64_t now_ns);
bool map_pairs_take_error(fusion *c, const map_error *e, int reserve, int64_t now_ns);
/* NIS of an innovation of two, (a, b), with its covariance. */
float map_pairs_nis(float a, float b, float s00, float s01, float s11);
/* The element that a mark in view is, predicted. NULL: the frame has more of them than there is room for, and
 * all pairings of the detection are out: which ones were left would be chance, and the one that is right may
 * not be among them. */
element_terms *map_pairs_element(const fusion *c, const source_run *s, map_work *w, int detection, int view);
/* A pairing goes into the problem when it is within reach, by the innovation and noise of the element. False:
 * the detection has more of them than there is room for, and all of them are out. Its log_prior is the
 * caller's. */
bool map_pairs_add(map_work *w, int detection, const element_terms *e);
/* The mark that a pairing is with. */
uint32_t map_pairs_mark(const map_work *w, const match_pair *pair);
/* Sets the pairings' probabilities. */
void map_pairs_solve(map_work *w);
/* The most probable pairing of a detection; NULL: none. */
const match_pair *map_pairs_best(const match_problem *p, int detection);
/* No other element of the map comes into question for what was seen. */
bool map_pairs_is_clear(const match_problem *p, const match_pair *best);

/* ---- map_returns.c: as a radar sees them */
void map_returns_sight(const fusion *c, const source_run *s, sight *out);
/* Where a point (ECEF) is in the radar's axes, with the rows of its Jacobian: m->dim is 3. */
void map_returns_offset(const fusion *c, const source_run *s, sight *from, const double ecef_m[3],
                        measurement *m, vec3 d);

#ifdef __cplusplus
}
#endif
#endif
