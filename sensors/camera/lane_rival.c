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

/* How likely the lane would be that wide, against as wide as it is: of a rail in a narrow lane and a dash
 * that would make it a common one, the dash is. */
static double likely(double width_m, const lane_shape *s, double expected_m)
{
    double off = (width_m - expected_m) / width_sigma_m,
           is = (s->at[LANE_WIDTH] - expected_m) / width_sigma_m;
    return exp(0.5 * (is * is - off * off));
}

static void fill(const top_view_grid *grid, const lane_marks *marks, double height_m, const lane_shape *s,
                 int side, double bins[BINS])
{
    memset(bins, 0, BINS * sizeof *bins);
    for (int row = 0; row < grid->rows; row++) {
        lane_pitched p = lane_shape_place(s, grid->x_m[row], height_m);
        if (p.scale > 0.0 && p.x_m < far_m)
            add_row(marks, row, p.scale, lane_shape_y(s, side, p.x_m), bins);
    }
}

/* Of the marks on the line as many lie in a bin. */
static double share(const double bins[BINS], int b)
{
    return about(bins, b) / fmax(about(bins, MIDDLE), 1.0);
}

/* A place beside the line that could have it: not the line itself, nor on the lane's other side. */
static bool can_be(const lane_shape *s, int side, double off)
{
    double y = s->at[LANE_CENTRE] + (side == LANE_LEFT ? 0.5 : -0.5) * s->at[LANE_WIDTH] + off;
    return fabs(off) >= nearest_m && (side == LANE_LEFT ? y : -y) > nearest_m;
}

/* The same lane again, beside it: both of its lines have a rival as far aside. */
static double beside(const lane_shape *s, double bins[LANE_SIDES][BINS], int b)
{
    double off = (b - MIDDLE) * bin_m;
    bool both = can_be(s, LANE_LEFT, off) && can_be(s, LANE_RIGHT, off);
    return both ? fmin(share(bins[LANE_LEFT], b), share(bins[LANE_RIGHT], b)) : 0.0;
}

lane_rivals lane_rivals_find(const top_view_grid *grid, const lane_marks *marks, double height_m,
                             const lane_shape *s, const bool there[LANE_SIDES], double width_m)
{
    double bins[LANE_SIDES][BINS];
    lane_rivals out = {.again = 0.0};
    for (int side = 0; side < LANE_SIDES; side++)
        fill(grid, marks, height_m, s, side, bins[side]);
    for (int b = 0; b < BINS && there[LANE_LEFT] && there[LANE_RIGHT]; b++)
        out.again = fmax(out.again, beside(s, bins, b));
    for (int side = 0; side < LANE_SIDES; side++) {
        out.line[side] = out.again;
        for (int b = 0; b < BINS; b++) {
            double off = (b - MIDDLE) * bin_m, wider = side == LANE_LEFT ? off : -off;
            double fits = there[!side] ? likely(s->at[LANE_WIDTH] + wider, s, width_m) : 1.0;
            if (can_be(s, side, off))
                out.line[side] = fmax(out.line[side], share(bins[side], b) * fits);
        }
    }
    return out;
}
