/*
 * The files of the neutral CSV layout: their columns, how a row becomes a frame, and how a frame becomes
 * rows.
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
    /* The reverse: the cells of the frame's row (grouped: of its element `row`) behind those that all files
     * have. */
    void (*show)(const frame *f, size_t row, csv_value *cells);
} csv_layout;

extern const csv_layout *const csv_layouts[];
extern const size_t csv_layout_count;

extern const csv_column csv_truth_columns[];
extern const size_t csv_truth_column_count;
/* The present row as a point of the reference, and such a point as a row. */
void csv_fill_truth(const csv_table *t, truth_point *point);
void csv_show_truth(const truth_point *point, csv_value *cells);

/* How many rows a frame becomes: of an empty scan, none. */
size_t csv_row_count(const frame *f);
/* Row `row` of a frame of `source`. */
void csv_show_frame(const csv_layout *layout, const frame *f, const char *source, size_t row,
                    csv_value cells[CSV_MAX_COLUMNS]);

#ifdef __cplusplus
}
#endif
#endif
