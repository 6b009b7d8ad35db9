/*
 * Time in cells: what became of what a source said, and when a flag was up, for a drawing and for a terminal.
 */
#ifndef POSED_DAEMON_EXPLAIN_EXPLAIN_CELLS_H
#define POSED_DAEMON_EXPLAIN_EXPLAIN_CELLS_H

#include "daemon/explain/explain.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bits of a cell: of a source, frames came, something was fused, something was refused; of a flag, its
 * condition held, it was up. */
enum { CELL_CAME = 1, CELL_USED = 2, CELL_REFUSED = 4, CELL_HELD = 1, CELL_UP = 2 };

/* `count` cells of the same width, `from_s` to `to_s` from the drive's start. */
typedef struct {
    double from_s, to_s;
    size_t count;
    unsigned char *cells; /* the caller's */
} explain_cells;

/* Both set all cells. What a source says stands until it speaks again, at most a second and a half. */
void explain_cells_of_source(const explanation *x, size_t source, explain_cells *c);
void explain_cells_of_flag(const explanation *x, const explain_flag *flag, explain_cells *c);

#ifdef __cplusplus
}
#endif
#endif
