/*
 * The parts of the comma2k19 importer: log series (times and values), and what becomes of them.
 */
#ifndef POSED_SENSORS_IMPORT_COMMA2K19_H
#define POSED_SENSORS_IMPORT_COMMA2K19_H

#include "sensors/frame_store.h"
#include "sensors/import/npy.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One row of a series by its time. */
typedef struct {
    int64_t ns;
    size_t row;
} series_row;

/* `t` and `value` of one logged quantity, its rows in the order of time. */
typedef struct {
    npy t, value;
    series_row *rows; /* those with a usable time */
    size_t count;     /* 0: the quantity is not there */
    size_t dropped;   /* rows left out so far: no usable time, or no usable value */
} series;

/* Loads DIRECTORY/NAME/{t,value}; a series that is not there has count 0. `columns`: that many at least.
 * False, with `e` set, when a file is damaged. series_finish in any case. */
bool series_load(series *s, const char *directory, const char *name, size_t columns, const import_sink *sink,
                 error *e);
/* The same from two files by name, for global_pose. */
bool series_load_files(series *s, const char *t_path, const char *value_path, size_t columns,
                       const import_sink *sink, error *e);
void series_finish(series *s);

/* A value of the i-th row in the order of time; NaN for what is not finite. */
double series_value(const series *s, size_t i, size_t column);

/* Seconds to nanoseconds, to the nearest. False when it is not finite, negative or too far. */
bool seconds_to_ns(double seconds, int64_t *ns);

/* Each adds its frames to the store. False, with `e` set, when memory is short. Rows that say nothing are
 * counted in `dropped`. */
bool comma2k19_add_gnss(frame_store *store, series *fixes, const char *source, error *e);
bool comma2k19_add_imu(frame_store *store, const series *gyro, const series *accelerometer, error *e);
bool comma2k19_add_wheels(frame_store *store, series *wheels, const series *speed, const series *steering,
                          error *e);
bool comma2k19_add_radar(frame_store *store, series *tracks, error *e);
/* Positions and velocities in ECEF, orientations device (forward, right, down) to ECEF; all by frame_times.
 */
bool comma2k19_add_truth(frame_store *store, series *positions, const series *velocities,
                         const series *orientations, error *e);

#ifdef __cplusplus
}
#endif
#endif
