/*
 * The parts of a drive's page; private to report/.
 */
#ifndef POSED_REPORT_PAGE_PARTS_H
#define POSED_REPORT_PAGE_PARTS_H

#include "report/drive_page.h"
#include "report/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A curve with more points shows no more, and the page should stay small. */
enum { PAGE_MAX_POINTS = 12000, PAGE_MAX_INNOVATIONS = 2500, PAGE_MAX_FIXES = 6000, PAGE_MAX_ELLIPSES = 150 };

/* Chi-square with two degrees of freedom at 95 %; the normal distribution's two-sided 95 %. */
#define CHI2_95_2 5.991
#define NORMAL_95 1.96

/* Rows of numbers, written column by column. */
typedef struct {
    double *values;
    size_t columns, count, capacity;
    bool failed;
} number_table;

/* A new row of NAN; NULL and `failed` without memory. */
double *number_table_add(number_table *t);
void number_table_finish(number_table *t);
/* The first value of a column; NULL where there is no row. */
const double *number_table_column(const number_table *t, size_t column);

/* Curves are thinned to points this far apart: 50 ms (20 Hz), more in a long drive. */
double page_step_s(const drive_page *p);
double page_seconds(const drive_page *p, int64_t stamp_ns);
/* True for a pose that claims something: before, bounds have no meaning and are as wide as the earth. */
bool page_claims(const fusion_pose *pose);

/* Each writes keys into the object that is open; false without memory. */
void page_write_head(const drive_page *p, json_writer *w);
bool page_write_track(const drive_page *p, json_writer *w);
bool page_write_bounds(const drive_page *p, json_writer *w);
bool page_write_levels(const drive_page *p, json_writer *w);
bool page_write_errors(const drive_page *p, json_writer *w);
bool page_write_innovations(const drive_page *p, json_writer *w);
bool page_write_availability(const drive_page *p, json_writer *w);
void page_write_twin(const drive_page *p, json_writer *w);
void page_write_status(const drive_page *p, json_writer *w);

#ifdef __cplusplus
}
#endif
#endif
