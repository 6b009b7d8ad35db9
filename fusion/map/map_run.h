/*
 * Inside the fusion core: what it keeps of the map while it drives.
 *
 * The errors of the map are states of the filter that are considered, not estimated (Schmidt 1966): a pool of
 * slots of three states each (metres, ECEF axes), one for each element that has been fused lately and one for
 * each section of the survey. An element's error has the variance of its survey and correlates with the pose
 * as soon as it is fused, so that looking again tells nothing new of it.
 */
#ifndef POSED_FUSION_MAP_RUN_H
#define POSED_FUSION_MAP_RUN_H

#include "fusion/faults.h"
#include "fusion/map.h"
#include "fusion/radar/radar_rails.h"
#include "fusion/radar/radar_things.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    MAP_SLOTS_MAX = 10, /* marks and sections */
    MAP_SLOT_STATES = 3,
    MAP_NO_SLOT = -1,
    MAP_WATCHED_MOST = 32,
    MAP_PAINTED_MOST = 16,
    MAP_LANE_SHIFTS = 7 /* by how many lanes the pose may be off: 3 either way */
};

typedef enum { MAP_SLOT_FREE, MAP_SLOT_MARK, MAP_SLOT_LINE, MAP_SLOT_SECTION } map_slot_kind;

/* What speaks for it that an element stands elsewhere, or that something else was taken for it: map_trust.c.
 */
typedef struct {
    float log_ratio;    /* of what was seen, under that and under the map, since it was fused first */
    float off[3];       /* where it would stand then, less where the map has it, m, ECEF */
    float spread[3][3]; /* covariance of that */
    bool given_up;      /* it counts as standing anywhere near */
} map_trust;

typedef struct {
    map_slot_kind kind;
    uint32_t number; /* the mark's or the line's index or the section */
    int64_t used_ns; /* stamp of the last frame that needed it */
    map_trust trust; /* of a mark */
} map_slot;

typedef enum { MAP_ALONG_UNKNOWN, MAP_ALONG, MAP_ASIDE } map_along;

/* An element that should be seen: map_watch.c. */
typedef struct {
    uint32_t mark;
    float missed;    /* minus the log of the probability that it was overlooked each time since it was seen */
    float pending;   /* the same of pictures since the last one that showed anything */
    float aside;     /* what the newest look adds to: */
    float beside;    /* log of how much more probable what is seen is if it stands some metres aside */
    float counted;   /* what it has added to `gone`, of the map */
    float seen;      /* probability that the newest look saw it */
    float share;     /* chance of that, had it been there */
    float hidden;    /* probability that something hides it, if it is there */
    bool sighted;    /* it has been seen */
    map_along along; /* it stands along the lanes ahead */
    double passed_m; /* what the odometer says when they pass it */
    bool looked_at;  /* the newest look was one that should see it */
    float way[3];    /* in which direction traffic passes it, ECEF; 0: not known */
    int64_t seen_ns; /* when it should have been seen last; INT64_MIN: the entry is free */
} map_watched;

/* A line that is not where the map has it: map_paint.c. */
typedef struct {
    uint32_t line;
    int64_t seen_ns; /* INT64_MIN: the entry is free */
} map_painted;

typedef struct {
    const map_view *view; /* NULL: none */
    int first_state;      /* of the pool */
    int swing_state;      /* behind it, of the filter: how the yaw rate changes; 0: none */
    int slot_count;
    map_slot slots[MAP_SLOTS_MAX];
    int64_t
        held_ns; /* stamp of the newest frame of which something was fused with the map; INT64_MIN: none */
    int64_t tied_ns;   /* since when that has been so without a break; INT64_MIN: it is not so */
    int64_t blamed_ns; /* when what a camera says against the others was last put down to the map */
    uint32_t tied;     /* landmarks fused since the pose was given up or went without them for long */
    fault_set faults;
    float judged, elsewhere; /* elements that were in use so far; of them, held to stand elsewhere */
    float gone;    /* log of how much more probable what was seen is if a share of the map is gone */
    bool watching; /* the pose is sure enough to expect anything */
    map_watched watched[MAP_WATCHED_MOST];

    radar_things things;
    radar_rails rails;

    /* Lines against the pose */
    float paint_off[2];     /* left, right: mean of how far it is seen from its place, sigmas */
    float paint_own[2];     /* the same of the line that is seen now alone */
    uint32_t paint_line[2]; /* which that is */
    uint32_t paint_looks[2];
    float paint_beside_s[2]; /* for how long in a row each has been seen beside its place */
    map_painted painted[MAP_PAINTED_MOST];

    /* The map as a whole against receivers: map_shift.c */
    float off_m[2]; /* by how much it may lie elsewhere, east and north */
    bool shifted, vouched;
    int64_t off_since_ns, agree_since_ns; /* INT64_MIN: they do not */
    double off_since_m;

    /* Lines that deny the pose: map_adrift.c */
    float adrift_s, adrift_m; /* for how long they do, and by how much */
    float fitted_s;           /* for how long they have fitted since the pose was tied to the map */
    bool adrift;              /* it is in doubt */

    /* In which lane: map_lanes.c */
    float lane_evidence[MAP_LANE_SHIFTS]; /* log, the best at 0, by how many lanes to the right the pose is
                                             off */
    float lane_against;                   /* the same, that it drives on the other side of the road */
    float lane_sigma_m;                   /* the pose's across, at the last look; 0: none */
    uint32_t lane_merged;                 /* the lane whose lines were fused last; MAP_NONE */
    int64_t lane_looked_ns;               /* INT64_MIN: never */
    /* What is reported, as of lane_ns (INT64_MIN: nothing): the lane that lies lane_shift to the right of the
     * one that the pose is in, with that probability, times the share of where the vehicle may be that lies
     * between its bounds. Of those of lane_won (left, right): how much further left they are than the map has
     * them, and one sigma of that against the pose. */
    int64_t lane_ns;
    int lane_shift;
    float lane_wins_s; /* for how long the same hypothesis has won without a break */
    uint32_t lane_won;
    float lane_probability, lane_off_m[2], lane_across_m[2];
} map_run;

/* Room for the association of one frame: map_pairs.h. */
typedef struct map_work map_work;

#ifdef __cplusplus
}
#endif
#endif
