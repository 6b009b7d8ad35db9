/*
 * Rows of comma-separated tables, written so that csv_table.h reads them back as they are.
 */
#ifndef POSED_SENSORS_IMPORT_CSV_ROW_H
#define POSED_SENSORS_IMPORT_CSV_ROW_H

#include "sensors/import/csv_table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The names of the columns. */
void csv_write_header(FILE *out, const csv_column *columns, size_t count);

/* One row; a cell that is not known is empty. Whether all was written, ferror(out) says. */
void csv_write_row(FILE *out, const csv_column *columns, size_t count, const csv_value *cells);

/* Nanoseconds as decimal seconds with nine digits; those before the epoch with a minus, which no table takes.
 */
void csv_write_time(FILE *out, int64_t ns);

#ifdef __cplusplus
}
#endif
#endif
