#include "report/drive_page.h"

#include "common/vector.h"
#include "report/shell.h"
#include "report/page_parts.h"

#include <math.h>
#include <stdlib.h>

double *number_table_add(number_table *t)
{
    double *values = vector_reserve(t->values, &t->capacity, t->count + 1, t->columns * sizeof *values);
    if (!values) {
        t->failed = true;
        return NULL;
    }
    t->values = values;
    double *row = &values[t->count++ * t->columns];
    for (size_t i = 0; i < t->columns; i++)
        row[i] = NAN;
    return row;
}

void number_table_finish(number_table *t)
{
    free(t->values);
    t->values = NULL;
}

const double *number_table_column(const number_table *t, size_t column)
{
    return t->values ? t->values + column : NULL;
}

double page_step_s(const drive_page *p)
{
    return fmax(0.05, p->end_s / PAGE_MAX_POINTS);
}

double page_seconds(const drive_page *p, int64_t stamp_ns)
{
    return 1e-9 * ((double)stamp_ns - (double)p->start_ns);
}

bool page_claims(const fusion_pose *pose)
{
    return pose->mode == MODE_NOMINAL || pose->mode == MODE_DEGRADED || pose->mode == MODE_DEAD_RECKONING;
}

bool drive_page_write_data(const drive_page *p, FILE *out)
{
    json_writer w = {out, false};
    json_open(&w, NULL, '{');
    page_write_head(p, &w);
    bool complete = page_write_track(p, &w) && page_write_bounds(p, &w) && page_write_levels(p, &w) &&
                    page_write_errors(p, &w) && page_write_innovations(p, &w) &&
                    page_write_availability(p, &w);
    page_write_status(p, &w);
    page_write_twin(p, &w);
    json_close(&w, '}');
    return complete;
}

bool drive_page_write(const drive_page *p, FILE *out)
{
    fwrite(report_page_head, 1, report_page_head_size, out);
    bool complete = drive_page_write_data(p, out);
    fwrite(report_page_tail, 1, report_page_tail_size, out);
    return complete;
}
