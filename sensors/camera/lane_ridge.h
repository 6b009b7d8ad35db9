/*
 * Marks of paint in the top view: what is brighter (or yellower) than the road on both sides of it, over the
 * width of a marking.
 */
#ifndef POSED_SENSORS_CAMERA_LANE_RIDGE_H
#define POSED_SENSORS_CAMERA_LANE_RIDGE_H

#include "sensors/camera/top_view.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LANE_MARKS_PER_ROW = 12, LANE_MOST_MARKS = TOP_VIEW_MOST_ROWS * LANE_MARKS_PER_ROW };

typedef struct {
    float y_m;      /* of its middle in the top view, left positive */
    float width_m;  /* at half its height */
    float strength; /* 0..1: how far it stands out of the noise of its row, less what speaks against paint */
    float rise;     /* 0..1: brighter than the road half a metre aside, on its darker side */
    float apart;    /* 0..1: and on its brighter side */
    float lit;      /* 0..1: brighter than what of the own lane's road is lit in its row */
    float skew;     /* 0..1: how unlike the road is on its two sides, of what it stands out by */
    uint8_t row;
    bool yellow; /* stands out by its colour, not by its light */
} lane_mark;

typedef struct {
    int count;
    int first[TOP_VIEW_MOST_ROWS + 1];    /* marks of row r: from first[r] until first[r + 1] */
    float reach_m[TOP_VIEW_MOST_ROWS][2]; /* where marks can be found in a row: y from [0] up to [1] */
    lane_mark marks[LANE_MOST_MARKS];
} lane_marks;

typedef struct {
    float step;  /* what counts: so many steps above the road at least */
    float share; /* and this share of the road's own light; 0 for a plane that has no black */
    bool yellow;
    bool sized; /* what is narrow, or half a metre aside, is known: the strength is less what speaks against
                   paint */
    bool fine;  /* the edges of shadows are not counted as roughness: faint paint among them is a mark, and so
                   is more that is none */
} lane_ridge_options;

/* For luminance of 0..255, and for 255 - Cb. */
extern const lane_ridge_options lane_ridge_light, lane_ridge_yellow;

/* The marks of the row in `v`, at most LANE_MARKS_PER_ROW, the strongest; their number. */
int lane_ridge_row(const top_view_grid *grid, top_view_row v, const lane_ridge_options *o, lane_mark *out);

typedef enum {
    LANE_SIEVE_OPEN, /* not sized: for a camera whose mount is not known */
    LANE_SIEVE_SIZED,
    LANE_SIEVE_FINE, /* sized, fine, and what goes on from row to row counts more (lane_lined.h) */
} lane_sieve;

/* Of all rows; `yellow` may be NULL. Where both show the same mark the stronger stays. */
void lane_ridge_find(const top_view_grid *grid, const top_view *light, const top_view *yellow,
                     lane_sieve sieve, lane_marks *out);

#ifdef __cplusplus
}
#endif
#endif
