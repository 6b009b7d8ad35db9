/*
 * Cells of a csv_table: text to values. Internal to csv_table.c.
 */
#ifndef POSED_SENSORS_IMPORT_CSV_CELL_H
#define POSED_SENSORS_IMPORT_CSV_CELL_H

#include "sensors/import/csv_table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The value of an empty cell. */
void csv_unknown(csv_value *v);

/* Parses `text` into t->values[column]. False, with `e` set, when it is not what the column asks for. */
bool csv_parse_cell(csv_table *t, size_t column, const char *text, error *e);

/* The column whose name is nearest to a wrong one; NULL when none is near. */
const char *csv_nearest(const csv_column *columns, size_t count, const char *name);

#ifdef __cplusplus
}
#endif
#endif
