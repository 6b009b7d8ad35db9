/*
 * The parts of an explanation's drawing.
 */
#ifndef POSED_DAEMON_EXPLAIN_EXPLAIN_DRAW_H
#define POSED_DAEMON_EXPLAIN_EXPLAIN_DRAW_H

#include "daemon/explain/explain.h"
#include "daemon/explain/svg.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Colours of report/page/theme.js. */
#define DRAW_INK "#1b1f24"
#define DRAW_BLUE "#0072b2"
#define DRAW_RED "#d55e00"
#define DRAW_GREEN "#009e73"
#define DRAW_PINK "#c0609a"
#define DRAW_GREY "#8a949e"
#define DRAW_PALE "#f0c0a0"

/* A curve is broken where nothing was for so long, s. */
#define DRAW_GAP_S 1.5

typedef struct {
    const explanation *x;
    svg s;
    svg_point *points; /* room for any curve */
    double next;       /* where the next panel begins */
    double key;        /* where the next entry of its key does */
} explain_drawing;

/* Seconds from the drive's start. */
double explain_draw_seconds(const explain_drawing *d, int64_t time_ns);
/* The next panel, so high. */
void explain_draw_panel(explain_drawing *d, double height, const char *title);

/* Flags as bars, and sources by what became of what they said. */
void explain_draw_flags(explain_drawing *d);
void explain_draw_sources(explain_drawing *d);

#ifdef __cplusplus
}
#endif
#endif
