/*
 * The road from above: the inverse perspective mapping of a picture's plane.
 *
 * Rows lie at distances that are equally far apart in the picture, so that each picture row counts once;
 * columns are equally wide on the road. Before it is sampled, the plane is shrunk across only, to the width
 * of a cell: a cell is the mean of what it covers across, and of `subs` lines along the road.
 */
#ifndef POSED_SENSORS_CAMERA_TOP_VIEW_H
#define POSED_SENSORS_CAMERA_TOP_VIEW_H

#include "common/error.h"
#include "sensors/camera/lane_ground.h"
#include "sensors/camera/luma.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TOP_VIEW_MOST_ROWS = 112, TOP_VIEW_COLUMNS = 384 };

/* Where the cells lie: the same for every plane of a picture. */
typedef struct {
    int rows;
    double cell_m;                      /* width of a column */
    double x_m[TOP_VIEW_MOST_ROWS];     /* of a row, falling: row 0 is the furthest */
    double pixel_m[TOP_VIEW_MOST_ROWS]; /* width on the road of one pixel, across */
    double spacing_px;                  /* picture rows from one row to the next */
} top_view_grid;

/* Rows from the nearest that the picture shows to `far_m`. False with `e` set: fewer than 20 rows of the
 * picture show the road. */
bool top_view_place(top_view_grid *grid, const lane_ground *g, double far_m, error *e);

/* y of the middle of a column, left positive. */
double top_view_left(const top_view_grid *grid, double column);

typedef struct top_view top_view;

/* For planes of `width` x `height` samples that show the picture that `g` is for. NULL: out of memory. */
top_view *top_view_create(const top_view_grid *grid, const lane_ground *g, int width, int height);
void top_view_destroy(top_view *v);

/* Of row `row`: TOP_VIEW_COLUMNS values in steps of the plane, good from `first` until `end`. */
typedef struct {
    const float *values;
    int first, end;
} top_view_row;

/* Samples the plane; rows stay until the next call. No allocation. */
void top_view_sample(top_view *v, const uint8_t *plane, ptrdiff_t stride);
top_view_row top_view_get(const top_view *v, int row);

#ifdef __cplusplus
}
#endif
#endif
