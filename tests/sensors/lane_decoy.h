/*
 * What runs along a road, looks like a line, and is none: strips of sun between shadows, tar, old markings,
 * seams and pavement of another colour.
 */
#ifndef POSED_TESTS_LANE_DECOY_H
#define POSED_TESTS_LANE_DECOY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    DECOY_NONE,
    DECOY_BARRIER, /* the shadow of a barrier */
    DECOY_GAP,     /* and a strip of sun between it and its rail's */
    DECOY_RAIL,    /* two dark strips, and posts */
    DECOY_TAR,     /* one stripe, that strays */
    DECOY_TARS,    /* two beside each other */
    DECOY_OLD,     /* a marking that was removed, or covered */
    DECOY_SEAM,    /* dark, with an edge that may be pale */
    DECOY_STEP,    /* a pavement's edge */
    DECOY_STRIP,   /* a strip of another pavement */
    DECOYS,
} road_decoy_kind;

typedef struct {
    road_decoy_kind kind;
    uint64_t seed;
    int side;                       /* 1: what is dark lies on the left of it; -1 */
    double aside_m, drift, stray_m; /* in the lane's axes: left of its middle, by the metre, and to and fro */
    double width_m, gap_m, factor, edge;
    double period_m, dash_m; /* of an old marking; dash >= period: solid */
} road_decoy;

/* One for a lane of this width. `sun`: it may be a shadow. */
road_decoy road_decoy_draw(uint64_t *r, double lane_m, int sun);

/* What comes to the light of a place, and to the road's own: multiplied onto both. */
void road_decoy_at(const road_decoy *d, double along, double aside, double blur_m, double *light,
                   double *surface);

#ifdef __cplusplus
}
#endif
#endif
