/*
 * Rows of the column tables, and what the functions that read a row share. Internal to import_csv_*.c.
 */
#ifndef POSED_SENSORS_IMPORT_IMPORT_CSV_COLUMNS_H
#define POSED_SENSORS_IMPORT_IMPORT_CSV_COLUMNS_H

#include "sensors/import/import_csv.h"

#include <float.h>
#include <math.h>

#define PI 3.14159265358979323846
#define RADIANS (PI / 180.0)
#define ELEMENTS(array) (sizeof(array) / sizeof *(array))

#define FROM_TO(low, high) .min = low, .max = high
#define ANY FROM_TO(-FLT_MAX, FLT_MAX)
#define POSITIVE FROM_TO(FLT_MIN, FLT_MAX)
#define NOT_NEGATIVE FROM_TO(0, FLT_MAX)
#define SHARE FROM_TO(0, 1)
#define TURN FROM_TO(-2 * PI, 2 * PI)
#define NUMBER(title, needed, ...)                                                                           \
    {                                                                                                        \
        .name = title, .type = CSV_NUMBER, .need = needed, __VA_ARGS__                                       \
    }
#define INTEGER(title, needed, ...)                                                                          \
    {                                                                                                        \
        .name = title, .type = CSV_INTEGER, .need = needed, __VA_ARGS__                                      \
    }
#define WORD(title, needed, list)                                                                            \
    {                                                                                                        \
        .name = title, .type = CSV_WORD, .need = needed, .words = list                                       \
    }
#define TEXT(title, limit)                                                                                   \
    {                                                                                                        \
        .name = title, .type = CSV_TEXT, .need = CSV_OPTIONAL, .size = limit                                 \
    }

#define TIMES_AND_SOURCE                                                                                     \
    [CSV_STAMP] = {.name = "stamp_s", .type = CSV_TIME, .need = CSV_CELL},                                   \
    [CSV_RECEIVED] = {.name = "received_s", .type = CSV_TIME, .need = CSV_OPTIONAL},                         \
    [CSV_SOURCE] = TEXT("source", FRAME_SOURCE_NAME_SIZE)
#define GROUPED_BY(title) [CSV_GROUP] = INTEGER(title, CSV_CELL, FROM_TO(-9e15, 9e15))

#ifdef __cplusplus
extern "C" {
#endif

/* The layouts of each file, for the table in import_csv_layouts.c. */
extern const csv_layout csv_gnss, csv_imu, csv_wheel, csv_radar, csv_landmark, csv_lane, csv_camera_health,
    csv_roadside, csv_odometry;

static inline float number(const csv_table *t, size_t column)
{
    return (float)t->values[column].number;
}

/* Cells of what is known: numbers that are not are NaN. */
static inline csv_value number_cell(double value)
{
    return (csv_value){.known = isfinite(value), .number = value, .text = ""};
}

static inline csv_value degrees_cell(double value_rad)
{
    return number_cell(value_rad / RADIANS);
}

static inline csv_value integer_cell(bool known, int64_t value)
{
    return (csv_value){.known = known, .number = NAN, .integer = value, .text = ""};
}

static inline csv_value text_cell(const char *text)
{
    return (csv_value){.known = *text != '\0', .number = NAN, .text = text};
}

/* Degrees clockwise from north to radians, 0..2 pi; NaN when not known. */
float csv_bearing(const csv_table *t, size_t column);

/* Whether one of `count` columns from `first` is known; false, with `e` set for the column `named`, for a row
 * that says nothing. */
bool csv_any_known(const csv_table *t, size_t first, size_t count, size_t named, error *e);

#ifdef __cplusplus
}
#endif
#endif
