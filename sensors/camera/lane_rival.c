#include "sensors/camera/lane_rival.h"
#include "sensors/camera/lane_ground.h"

#include <math.h>
#include <string.h>

/* Rivals are looked for this far to both sides of the line, in steps of a marking's half width. */
static const double reach_m = 1.6, bin_m = 0.1;
enum { BINS = 33, MIDDLE = BINS / 2 };

/* Nearer than this is the line itself: its width, a double line's other half, the misfit of a shape. */
static const double nearest_m = 0.35;

/* Further away lines are thinner than a pixel, and a parallel one is no longer told from a bend. */
static const double far_m = 40.0;

/* One sigma of lane widths about the expected one, as the vote has it. */
static const double width_sigma_m = 0.5;

/* Marks of one row, each counted once a bin, by how sure it is. */
static void add_row(const lane_marks *marks, int row, double scale, double y_m, double bins[BINS])
{
    double here[BINS] = {0.0};
    for (int i = marks->first[row]; i < marks->first[row + 1]; i++) {
        const lane_mark *m = &marks->marks[i];
        double at = ((double)m->y_m * scale - y_m + reach_m) / bin_m, share = at - floor(at);
        int bin = (int)floor(at);
        if (!(at >= 0.0) || bin >= BINS - 1)
            continue;
        here[bin] = fmax(here[bin], (double)m->strength * (1.0 - share));
        here[bin + 1] = fmax(here[bin + 1], (double)m->strength * share);
    }
    for (int b = 0; b < BINS; b++)
        bins[b] += here[b];
}

static double about(const double bins[BINS], int b)
{
    return bins[b] + (b > 0 ? bins[b - 1] : 0.0) + (b < BINS - 1 ? bins[b + 1] : 0.0);
}

/* How likely the lane would be that wide, against one as wide as expected. */
static double likely(double width_m, double expected_m)
{
    double off = (width_m - expected_m) / width_sigma_m;
    return exp(-0.5 * off * off);
}

double lane_rival(const top_view_grid *grid, const lane_marks *marks, double height_m, const lane_shape *s,
                  int side, bool has_other, double width_m)
{
    double bins[BINS] = {0.0}, best = 0.0;
    for (int row = 0; row < grid->rows; row++) {
        lane_pitched p = lane_shape_place(s, grid->x_m[row], height_m);
        if (p.scale > 0.0 && p.x_m < far_m)
            add_row(marks, row, p.scale, lane_shape_y(s, side, p.x_m), bins);
    }
    for (int b = 0; b < BINS; b++) {
        double off = (b - MIDDLE) * bin_m, wider = side == LANE_LEFT ? off : -off;
        double y = s->at[LANE_CENTRE] + (side == LANE_LEFT ? 0.5 : -0.5) * s->at[LANE_WIDTH] + off;
        bool other_side = (side == LANE_LEFT ? y : -y) < nearest_m;
        if (fabs(off) < nearest_m || other_side)
            continue;
        best = fmax(best, about(bins, b) * (has_other ? likely(s->at[LANE_WIDTH] + wider, width_m) : 1.0));
    }
    return best / fmax(about(bins, MIDDLE), 1.0);
}
