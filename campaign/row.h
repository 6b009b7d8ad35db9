/*
 * One run of a campaign as a row of its table: struct and list of columns from campaign/columns.def.
 */
#ifndef POSED_CAMPAIGN_ROW_H
#define POSED_CAMPAIGN_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
#define INTEGER(name, meaning) int64_t name;
#define REAL(name, unit, meaning) double name;
#define TEXT(name, size, meaning) char name[size];
#include "campaign/columns.def"
#undef INTEGER
#undef REAL
#undef TEXT
} campaign_row;

typedef enum { COLUMN_INTEGER, COLUMN_REAL, COLUMN_TEXT } column_type;

typedef struct {
    const char *name;
    column_type type;
    const char *unit; /* of a REAL; otherwise "" */
    const char *meaning;
    size_t offset, size; /* in campaign_row; bytes */
} campaign_column;

extern const campaign_column campaign_columns[];
extern const size_t campaign_column_count;

/* Every column as what does not apply: -1, NAN, "". */
void campaign_row_clear(campaign_row *r);

/* "name: value" of each column, a line each; what does not apply as "-". False when writing failed. */
bool campaign_row_print(FILE *out, const campaign_row *r);

/* ---- bins of a tenth of a decade, as columns.def has them ---- */

enum { ROW_BIN_LEAST = -40, ROW_BIN_MOST = 40, ROW_BINS = ROW_BIN_MOST - ROW_BIN_LEAST + 1 };

/* The bin of a value that is not negative; that of 0 is the least. */
int campaign_bin(double value);

/* Counts by bin, [0] is ROW_BIN_LEAST. Zeroed to begin with. */
typedef struct {
    uint32_t count[ROW_BINS];
} campaign_histogram;

typedef struct {
    uint32_t count[ROW_BINS][ROW_BINS]; /* [error][bound] */
} campaign_grid;

/* Values that are not finite are left out. */
void campaign_histogram_add(campaign_histogram *h, double value);
void campaign_grid_add(campaign_grid *g, double error, double bound);

/* As text. One that does not fit has its least bins of the error counted as one, as many as it takes. */
void campaign_histogram_text(const campaign_histogram *h, char *text, size_t size);
void campaign_grid_text(const campaign_grid *g, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
