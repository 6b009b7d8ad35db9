/*
 * Comma-separated tables with a header line, read row by row: which columns there are is given by a table,
 * and every cell that is not what its column asks for is named by file, line and column.
 */
#ifndef POSED_SENSORS_IMPORT_CSV_TABLE_H
#define POSED_SENSORS_IMPORT_CSV_TABLE_H

#include "common/error.h"

#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CSV_MAX_COLUMNS = 32,
    CSV_LINE_SIZE = 65536,
};

typedef enum {
    CSV_TIME,    /* decimal seconds, up to nine digits after the point, to integer nanoseconds */
    CSV_NUMBER,  /* min..max */
    CSV_INTEGER, /* min..max */
    CSV_ID,      /* 0..2^64-1 */
    CSV_WORD,    /* one of `words`, to its index */
    CSV_TEXT,    /* shorter than `size` bytes */
} csv_type;

typedef enum {
    CSV_OPTIONAL, /* the column may be missing, a cell may be empty */
    CSV_COLUMN,   /* the column must be there, a cell may be empty */
    CSV_CELL,     /* every cell must be filled */
} csv_need;

typedef struct {
    const char *name;
    csv_type type;
    csv_need need;
    double min, max;          /* CSV_NUMBER, CSV_INTEGER; inclusive */
    const char *const *words; /* CSV_WORD; NULL at the end */
    size_t size;              /* CSV_TEXT */
} csv_column;

typedef struct {
    bool known;
    double number;    /* CSV_NUMBER; NaN when not known */
    int64_t integer;  /* CSV_TIME, CSV_INTEGER, CSV_WORD; 0 when not known */
    uint64_t id;      /* CSV_ID; 0 when not known */
    const char *text; /* CSV_TEXT; "" when not known; valid until the next row */
} csv_value;

typedef struct {
    FILE *file;
    const char *name; /* for error texts */
    const csv_column *columns;
    size_t column_count;
    size_t line;                       /* of the present row, from 1 */
    size_t rows;                       /* read so far, the header apart */
    csv_value values[CSV_MAX_COLUMNS]; /* of the present row, by column */
    /* below: the table's own */
    size_t cell_count;                  /* of the header */
    uint8_t column_of[CSV_MAX_COLUMNS]; /* by cell */
    char *cells[CSV_MAX_COLUMNS];
    char text[CSV_LINE_SIZE];
} csv_table;

typedef enum { CSV_ROW, CSV_END, CSV_ERROR } csv_result;

/* Reads the header line from `file` (the caller's to close). False, with `e` set, when a column is unknown,
 * missing or there twice, or there is no header. */
bool csv_begin(csv_table *t, FILE *file, const char *name, const csv_column *columns, size_t count, error *e);

/* Reads the next row into `values`. Empty lines are skipped. */
csv_result csv_next(csv_table *t, error *e);

/* Says what is wrong with a cell of the present row: "FILE:LINE:COLUMN: WHAT". Always false. */
__attribute__((format(printf, 4, 5))) bool csv_fail(const csv_table *t, size_t column, error *e,
                                                    const char *format, ...);

/* Decimal seconds to nanoseconds, exactly: digits, optionally a point and one to nine digits; not negative,
 * not after the year 2116. */
bool csv_parse_time(const char *text, int64_t *ns);

#ifdef __cplusplus
}
#endif
#endif
