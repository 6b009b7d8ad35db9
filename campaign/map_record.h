/*
 * What is kept of a drive on a map until it is judged: which detections were used as which elements, and
 * which elements were missed.
 */
#ifndef POSED_CAMPAIGN_MAP_RECORD_H
#define POSED_CAMPAIGN_MAP_RECORD_H

#include "fusion/fusion.h"
#include "inject/inject.h"
#include "sim/sim.h"
#include "sim/world_map.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A detection that was used, as it was measured, and the element that it was taken for. */
typedef struct {
    int64_t stamp_ns;
    uint64_t element;
    float azimuth_rad, elevation_rad; /* in the camera's axes */
    uint16_t source;
} map_use;

/* A return that was used as an element of the map, and is not of it. */
typedef struct {
    uint64_t element;
    double plane_m[2]; /* where it is, by the truth */
} map_stray;

enum { MAP_RECORD_FRAMES = 64, MAP_RECORD_MISSED = 1024 };

/* The bearings of a frame of landmarks, until its verdicts have come. */
typedef struct {
    uint32_t sequence;
    uint16_t count;
    float bearings_rad[FRAME_MAX_LANDMARKS][2];
} map_frame;

/* What a scan of a radar is of, until its verdicts have come. */
typedef struct {
    uint32_t sequence;
    uint16_t count;
    sim_return of[FRAME_MAX_DETECTIONS];
} map_scan;

typedef struct {
    const world_map *survey; /* NULL: driven without a map */
    const inject_map *wrong; /* NULL: the map is as surveyed */
    map_use *uses;
    size_t use_count, use_room;
    map_frame *frames[SETTINGS_MAX_SOURCES]; /* MAP_RECORD_FRAMES each, by sequence; NULL: none yet */
    map_scan *scans[SETTINGS_MAX_SOURCES];   /* the same of radars */
    size_t return_count;                     /* of returns that were used */
    map_stray *strays;                       /* those of them that were of something else */
    size_t stray_count, stray_room;
    uint64_t missed[MAP_RECORD_MISSED]; /* each once */
    size_t missed_count;
    bool full; /* there was no memory for all */
} map_record;

/* Empties it for the next drive; keeps its memory. Both maps must stay until it has been judged. */
void map_record_begin(map_record *r, const world_map *survey, const inject_map *wrong);
void map_record_finish(map_record *r);

/* A frame as the core gets it, of that drive (NULL: nothing is known of it); and, when the core has it, what
 * it misses by then. */
void map_record_frame(map_record *r, const sim *stream, const frame *f);
void map_record_missed(map_record *r, const fusion *core);

void map_record_verdict(map_record *r, const verdict *v);

#ifdef __cplusplus
}
#endif
#endif
