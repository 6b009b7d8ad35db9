#include "sensors/import/comma2k19.h"
#include "wire/field_reader.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool seconds_to_ns(double seconds, int64_t *ns)
{
    double exact = seconds * 1e9;
    if (!(exact >= 0.0 && exact <= (double)TIME_MAX_NS))
        return false;
    *ns = (int64_t)llround(exact);
    return true;
}

static int by_time(const void *a, const void *b)
{
    const series_row *x = a, *y = b;
    if (x->ns != y->ns)
        return x->ns < y->ns ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Logs are not always in order, and a stamp may be missing. */
static bool order_rows(series *s, size_t rows, error *e)
{
    s->rows = reallocarray(NULL, rows + 1, sizeof *s->rows);
    if (!s->rows)
        return error_set(e, "out of memory for %zu rows", rows);
    for (size_t row = 0; row < rows; row++) {
        int64_t ns;
        if (seconds_to_ns(npy_number(&s->t, row, 0), &ns))
            s->rows[s->count++] = (series_row){.ns = ns, .row = row};
        else
            s->dropped++;
    }
    if (s->count > 1)
        qsort(s->rows, s->count, sizeof *s->rows, by_time);
    return true;
}

bool series_load_files(series *s, const char *t_path, const char *value_path, size_t columns,
                       const import_sink *sink, error *e)
{
    *s = (series){0};
    bool there[] = {access(t_path, F_OK) == 0, access(value_path, F_OK) == 0};
    if (!there[0] || !there[1]) {
        if (there[0] != there[1])
            import_note(sink, "left out: %s is missing", there[0] ? value_path : t_path);
        return true;
    }
    if (!npy_load(&s->t, t_path, e) || !npy_load(&s->value, value_path, e))
        return false;
    size_t rows = s->t.rows < s->value.rows ? s->t.rows : s->value.rows;
    if (s->t.rows != s->value.rows)
        import_note(sink, "%s: %zu rows for %zu times, the first %zu are taken", value_path, s->value.rows,
                    s->t.rows, rows);
    if (rows > 0 && !(s->value.columns >= columns))
        return error_set(e, "%s: %zu columns, expected %zu", value_path, s->value.columns, columns);
    if (rows > 0 && (s->t.kind == 'S' || s->value.kind == 'S' || s->t.columns != 1))
        return error_set(e, "%s: not a column of times with a table of numbers", t_path);
    return order_rows(s, rows, e);
}

bool series_load(series *s, const char *directory, const char *name, size_t columns, const import_sink *sink,
                 error *e)
{
    char t_path[PATH_MAX], value_path[PATH_MAX];
    *s = (series){0};
    int a = snprintf(t_path, sizeof t_path, "%s/%s/t", directory, name);
    int b = snprintf(value_path, sizeof value_path, "%s/%s/value", directory, name);
    if (!(a < (int)sizeof t_path && b < (int)sizeof value_path))
        return error_set(e, "%s: %s", directory, strerror(ENAMETOOLONG));
    return series_load_files(s, t_path, value_path, columns, sink, e);
}

void series_finish(series *s)
{
    npy_finish(&s->t);
    npy_finish(&s->value);
    free(s->rows);
    *s = (series){0};
}

double series_value(const series *s, size_t i, size_t column)
{
    double value = npy_number(&s->value, s->rows[i].row, column);
    return isfinite(value) ? value : NAN;
}
