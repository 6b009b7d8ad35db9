/*
 * A table of texts, for a terminal or as Markdown.
 */
#ifndef POSED_DAEMON_CAMPAIGN_TEXT_GRID_H
#define POSED_DAEMON_CAMPAIGN_TEXT_GRID_H

#include "campaign/statistics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TEXT_GRID_COLUMNS = 12, TEXT_GRID_WIDTH = 110 };

typedef struct {
    const char *heads[TEXT_GRID_COLUMNS];
    bool is_text[TEXT_GRID_COLUMNS]; /* to the left; what is too long for a terminal is shortened there */
    size_t columns, count;           /* cells */
    char **cells;                    /* row by row */
    size_t capacity;
    bool failed; /* memory was short */
} text_grid;

/* Begins one. `columns`: heads between bars, "<group|runs|p95, m"; those that begin with < hold text. The
 * string is taken apart and must outlive the grid. */
void text_grid_begin(text_grid *g, char *columns);

/* The next cell. Control characters and what is not UTF-8 become '?'. */
__attribute__((format(printf, 2, 3))) void text_grid_cell(text_grid *g, const char *format, ...);
/* A number with so many decimals; "-" when it is not known. */
void text_grid_number(text_grid *g, double value, int decimals);
/* "0.951 (0.943-0.958)"; an end that is not known is "?", both: left out. */
void text_grid_estimate(text_grid *g, estimate e, int decimals);
/* "1.02 +-0.05", the larger half of the interval. */
void text_grid_spread(text_grid *g, estimate e, int decimals);

/* Prints it, aligned and at most TEXT_GRID_WIDTH wide as long as numbers fit, or as Markdown, whole. False
 * when memory was short. Ends the grid. */
bool text_grid_end(text_grid *g, FILE *out, bool markdown);

#ifdef __cplusplus
}
#endif
#endif
