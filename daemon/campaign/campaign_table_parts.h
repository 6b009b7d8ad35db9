/*
 * The parts of campaign_table_print; private to it.
 */
#ifndef POSED_DAEMON_CAMPAIGN_CAMPAIGN_TABLE_PARTS_H
#define POSED_DAEMON_CAMPAIGN_CAMPAIGN_TABLE_PARTS_H

#include "campaign/summary.h"
#include "daemon/campaign/text_grid.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const campaign_summary *s;
    summary_by by; /* SUMMARY_BY_COUNT: all */
    bool markdown, failed;
    FILE *out;
} table_printer;

__attribute__((format(printf, 2, 3))) void table_heading(const table_printer *p, const char *format, ...);
void table_end_grid(table_printer *p, text_grid *g);

/* The cell that names a group. */
void table_name_cell(text_grid *t, const summary_group *g);

/* Cells of a row of coverage and NEES, from the number of runs on. */
void table_write_honesty(text_grid *t, const summary_group *g);

void table_print_head(const table_printer *p);
void table_print_aims(table_printer *p);
/* Errors by class of road against the alert limits. */
void table_print_roads(table_printer *p, bool faulted);
/* Fault-free, each scenario with each set of sensors. */
void table_print_cross(table_printer *p);
/* Drives on a map, where there are any: errors, lanes, pairings (campaign_table_map.c). */
void table_print_map(table_printer *p, bool faulted);
/* The same by fault, and which elements were named. */
void table_print_map_faults(table_printer *p);
void table_print_failing(table_printer *p);

#ifdef __cplusplus
}
#endif
#endif
