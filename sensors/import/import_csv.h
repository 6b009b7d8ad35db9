/*
 * The files of the neutral CSV layout: their columns, and how a row becomes a frame. Internal to
 * import_csv*.c.
 */
#ifndef POSED_SENSORS_IMPORT_IMPORT_CSV_H
#define POSED_SENSORS_IMPORT_IMPORT_CSV_H

#include "fusion/frame.h"
#include "sensors/import/csv_table.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The first columns of every file; truth.csv has the first only. */
enum { CSV_STAMP, CSV_RECEIVED, CSV_SOURCE, CSV_GROUP };

typedef struct {
    const char *file; /* "gnss.csv" */
    frame_kind kind;
    bool grouped; /* rows of one scan or frame, numbered in CSV_GROUP, make one frame */
    const csv_column *columns;
    size_t column_count;
    /* Puts the present row into f->u: all of it, or (grouped) one more element. False, with `e` set, when the
     * row makes no sense as a whole. */
    bool (*fill)(const csv_table *t, frame *f, error *e);
} csv_layout;

extern const csv_layout *const csv_layouts[];
extern const size_t csv_layout_count;

extern const csv_column csv_truth_columns[];
extern const size_t csv_truth_column_count;
/* The present row as a point of the reference. */
void csv_fill_truth(const csv_table *t, truth_point *point);

#ifdef __cplusplus
}
#endif
#endif
