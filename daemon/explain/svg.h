/*
 * Drawings over time as SVG (W3C Scalable Vector Graphics 1.1): panels under one axis, which stand alone in
 * any browser.
 */
#ifndef POSED_DAEMON_EXPLAIN_SVG_H
#define POSED_DAEMON_EXPLAIN_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Pixels: the whole, and where the panels lie in it. */
enum { SVG_WIDTH = 1000, SVG_LEFT = 190, SVG_RIGHT = 20 };

typedef struct {
    FILE *out;
    double from_s, to_s; /* of the axis */
    double top;          /* of the present panel, and its height */
    double height;
    double low, high; /* its values; a logarithmic one begins above 0 */
    bool logarithmic;
} svg;

typedef struct {
    double time_s, value;
} svg_point;

/* Begins a drawing so high, with a title (any text), and ends it. */
void svg_begin(svg *s, double height, const char *title);
void svg_end(svg *s);
/* A dotted line at a moment, from `top` to `bottom`. */
void svg_moment(svg *s, double time_s, double top, double bottom);

/* The next panel, with its own scale; low < high. */
void svg_panel(svg *s, double top, double height, const char *title);
void svg_scale(svg *s, double low, double high, bool logarithmic, const char *unit);

/* Points in the order of time; those that are not finite, or more than gap_s apart, break the line. `dash`:
 * "" for a full line. What lies outside of the scale is cut at its edge. */
void svg_line(svg *s, const svg_point *points, size_t count, double gap_s, const char *colour,
              const char *dash);
void svg_dots(svg *s, const svg_point *points, size_t count, const char *colour);

/* In a panel of rows: a label in the margin, and bars in it. */
void svg_row_label(svg *s, double y, const char *text);
void svg_bar(svg *s, double y, double height, double from_s, double to_s, const char *colour);

/* One entry of a panel's key, `at` from the left: a line and a text. Returns where the next begins. */
double svg_key(svg *s, double at, const char *colour, const char *dash, const char *text);

/* The axis of time under all. */
void svg_axis(svg *s, double y);

#ifdef __cplusplus
}
#endif
#endif
