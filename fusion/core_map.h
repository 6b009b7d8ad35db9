/*
 * Inside the fusion core: what is done on a map. Not for others.
 */
#ifndef POSED_FUSION_CORE_MAP_H
#define POSED_FUSION_CORE_MAP_H

#include "fusion/core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- map_pairs.c */
/* NULL when memory is short. */
map_work *map_work_create(void);
/* An element of the map that is in view. */
typedef struct {
    uint32_t mark;
    float bearing[3]; /* as predicted, by the sensor's own model */
    float seen;       /* probability that it was paired with something in this frame */
    int element;      /* of the problem of pairings; -1: it has not been in question yet */
    bool apart;       /* what is seen of it is told from what is seen of its like */
} view_mark;

/* ---- map_landmarks.c */
/* True while the pose rests on the map. */
bool map_holds(const fusion *c, int64_t now_ns);
/* How much larger the pose's variance is taken to be where it is compared with the map to find out what was
 * seen: 1 while it rests on landmarks of the map. */
float map_doubt(const fusion *c, int64_t now_ns);
/* Which of a picture's landmarks is which element: fuses nothing. */
void map_landmarks_pair(fusion *c, const source_run *s, const frame *in);
void map_landmarks_fuse(fusion *c, source_run *s, const frame *in);

/* ---- map_stand.c: radars, what stands */
/* Nearer than this an azimuth turns too fast to be linear, m. */
#define MAP_RETURNS_NEAREST_M 3.0f
/* Elements are looked for up to here, m: beyond, two degrees are more than the posts are apart. */
#define MAP_RETURNS_REACH_M 60.0f
/* So many of the states for errors of elements are left to cameras, who know better which it is. */
enum { MAP_RETURNS_RESERVE = 3 };
/* The radar is compared with the map. */
bool map_returns_used(const fusion *c, const source_run *s);
float map_returns_azimuth_sigma(const source_run *s, const radar_detection *d);
/* Where a radar is and how its axes lie, at a scan's stamp: the filter may not have come there yet. */
typedef struct {
    double at_m[3];   /* ECEF */
    float axes[2][3]; /* its x and y, ECEF */
} radar_stand;
void map_returns_stand(const fusion *c, const source_run *s, const frame *in, radar_stand *out);
/* Where a return of the scan is, against what stands. */
void map_returns_place(const fusion *c, const source_run *s, const radar_stand *at, const radar_detection *d,
                       radar_place *out);
/* Call with every scan, whether it is fused or not: gathers what stands. */
void map_returns_note(fusion *c, source_run *s, const frame *in);

/* ---- map_returns.c: radars against the map */
/* A radar's states on a map. */
void map_returns_setup(fusion *c, source_run *s);
/* One sigma of the place on the ground, the worse axis at most; as doubtful as the map has it. */
float map_returns_spread(const fusion *c, int64_t now_ns);
/* Compares the scan that was noted last with the map; the filter is at its stamp. */
void map_returns_fuse(fusion *c, source_run *s, const frame *in);

/* ---- map_rails.c: the same, of rails */
/* A scan begins: which rails are near. */
void map_rails_begin(fusion *c);
/* One of its returns stands, and is of the thing that thing_of has; `place` as map_returns_place has it. */
void map_rails_note(fusion *c, const source_run *s, int which, const radar_place *place, int64_t now_ns);
/* Compares the scan with the rails; true when anything was fused. */
bool map_rails_fuse(fusion *c, source_run *s, const frame *in);
/* A rail runs so near by that what it returns may be taken for what stands there. */
bool map_rails_stand_near(const fusion *c, const double ecef_m[3], float within_m);

/* ---- map_watch.c: call with each frame of landmarks, with each element in view that is expected there, and
 * at its end */
void map_watch_begin(fusion *c, source_run *s, int64_t now_ns, float place_m, float turn_rad);
bool map_watch_is_expected(const fusion *c, const source_run *s, const view_mark *v);
void map_watch_mark(fusion *c, source_run *s, int64_t now_ns, const view_mark *v);
void map_watch_end(fusion *c, source_run *s, int64_t now_ns);
/* Logarithm of the probability that an element is where the map has it, by how often it was overlooked. */
float map_watch_log_there(const fusion *c, uint32_t index);

/* ---- map_missing.c: call once a second. Evidence: elements near the pose, at least one is expected */
void map_missing_look(fusion *c, int64_t now_ns);

/* ---- map_lanes.c */
void map_lanes_fuse(fusion *c, source_run *s, const frame *in);
/* The lane that the vehicle is in as far as is known at that time, and the probability of that; 0: none. */
void map_lane_at(const fusion *c, int64_t stamp_ns, uint64_t *id, float *probability);

/* ---- map_paint.c */
/* How many lines have lately been seen beside their places. */
int map_paint_count(const fusion *c, int64_t now_ns);

/* ---- map_shift.c */
/* Compares the map with what receivers say; call with each frame of landmarks. */
void map_shift_look(fusion *c, int64_t now_ns);
/* Adds to a pose's covariance what the map may be off as a whole. */
void map_shift_doubt(const fusion *c, fusion_pose *p);

/* ---- map_trust.c: elements that are not where the map has them */
/* A slot has been given to a mark. */
void map_trust_begin(fusion *c, int slot);
/* A slot is about to be given away: what its element may have spoilt stays in the pose's covariance. */
void map_trust_end(fusion *c, int slot);
/* Elements in use that may well stand elsewhere: which states their errors have, with what variance, and the
 * mean square of where they would stand (m^2, ECEF), as often as they do. */
typedef struct {
    int count;
    struct {
        int state;
        float variance, square[3][3];
    } of[MAP_SLOTS_MAX];
} map_suspects;
/* Those of now, whose shares count. They hold until something is fused. */
void map_trust_suspects(const fusion *c, map_suspects *out);
/* What they add to the covariance of two predictions, values r and q of their projections. */
float map_suspects_shared(const map_suspects *s, const projection *a, int r, const projection *b, int q);
/* Adds to a pose's covariance what its elements may be off beyond their survey. */
void map_trust_doubt(const fusion *c, fusion_pose *p);

/* ---- map_slots.c: the considered states of the map's errors */
/* The pool takes what room is left from state `next` on; returns the states in all. */
int map_slots_lay_out(fusion *c, int next);
/* The slot that holds an element or a section; MAP_NO_SLOT. */
int map_slot_find(const fusion *c, map_slot_kind kind, uint32_t number);
/* It is still needed, if it has one. */
void map_slot_keep(fusion *c, map_slot_kind kind, uint32_t number, int64_t now_ns);
/* The same; when there is none, one that is free or not needed any more is given to it, its error with that
 * sigma per axis and nothing known of it. */
int map_slot_take(fusion *c, map_slot_kind kind, uint32_t number, float sigma_m, int64_t now_ns);
/* How many are free or not needed any more. */
int map_slots_spare(const fusion *c, int64_t now_ns);
/* First of a slot's three states. */
int map_slot_state(const fusion *c, int slot);
/* Bits of the states in use, for filter.considered. */
uint64_t map_slots_considered(const fusion *c);
void map_run_reset(fusion *c);

#ifdef __cplusplus
}
#endif
#endif
