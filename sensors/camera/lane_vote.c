#include "sensors/camera/lane_vote.h"

#include <math.h>
#include <string.h>

/* Lines are looked for this far to each side, in bins of the histogram. */
static const double reach_m = 7.2;
enum { BINS = 96, MOST_PEAKS = 5, MOST_POINTS = LANE_MOST_MARKS };
static const float bin_m = 0.15f;

/* The nearest and furthest that a line of the own lane can be at the camera. */
static const double nearest_m = 0.25, furthest_m = 3.6;

/* Votes that a missing line counts as. Less: any noise makes a second line; more: a dashed line's few marks
 * are passed over. */
static const double nobody = 5.0;

typedef struct {
    int count;
    float x_m[MOST_POINTS], y_m[MOST_POINTS], weight[MOST_POINTS];
    /* For one curvature, in bins: where the mark is without a heading, and what that moves it by. */
    float from[MOST_POINTS], by[MOST_POINTS];
} points;

typedef struct {
    double middle, step;
    int count; /* odd */
} axis;

static double axis_at(const axis *a, int i)
{
    return a->middle + (i - a->count / 2) * a->step;
}

static void place(points *p, const top_view_grid *grid, const lane_marks *marks, double height_m,
                  double pitch_rad)
{
    p->count = 0;
    for (int row = 0; row < grid->rows; row++) {
        lane_pitched at = lane_ground_pitched(grid->x_m[row], height_m, pitch_rad);
        if (!(at.scale > 0.0) || !(at.x_m < 90.0))
            continue;
        for (int i = marks->first[row]; i < marks->first[row + 1]; i++) {
            p->x_m[p->count] = (float)at.x_m;
            p->y_m[p->count] = (float)(marks->marks[i].y_m * at.scale);
            p->weight[p->count++] = marks->marks[i].strength;
        }
    }
}

/* y of a circle: x^2/(2 r) (1 + (x/r)^2/4 + ...). A lane that has turned by more than 37 degrees shows little
 * more of itself. */
static void straighten(points *p, float curvature)
{
    for (int i = 0; i < p->count; i++) {
        float turn = curvature * p->x_m[i], bend = 0.5f * turn * p->x_m[i] * (1.0f + 0.25f * turn * turn);
        p->from[i] = fabsf(turn) < 0.6f ? (p->y_m[i] - bend + (float)reach_m) / bin_m : -1e6f;
        p->by[i] = p->x_m[i] / bin_m;
    }
}

static void fill(float bins[BINS], const points *p, float heading)
{
    memset(bins, 0, BINS * sizeof *bins);
    for (int i = 0; i < p->count; i++) {
        float at = p->from[i] - heading * p->by[i];
        int bin = (int)at;
        if (at < 0.0f || bin >= BINS - 1)
            continue;
        float share = at - (float)bin;
        bins[bin] += p->weight[i] * (1.0f - share);
        bins[bin + 1] += p->weight[i] * share;
    }
}

typedef struct {
    double y_m, votes;
} peak;

/* The best peaks between two places; their number. */
static int find_peaks(const float bins[BINS], double from_m, double to_m, peak out[MOST_PEAKS])
{
    int first = (int)ceil((from_m + reach_m) / (double)bin_m),
        last = (int)floor((to_m + reach_m) / (double)bin_m);
    int count = 0;
    for (int b = first < 1 ? 1 : first; b <= last && b < BINS - 1; b++) {
        float votes = bins[b] + 0.5f * (bins[b - 1] + bins[b + 1]);
        if (bins[b] < bins[b - 1] || bins[b] <= bins[b + 1] || votes < 2.0f)
            continue;
        float shift = (bins[b + 1] - bins[b - 1]) / (bins[b - 1] + bins[b] + bins[b + 1]);
        const peak p = {((double)b + (double)shift) * (double)bin_m - reach_m, (double)votes};
        int at = count < MOST_PEAKS ? count++ : MOST_PEAKS;
        for (; at > 0 && out[at - 1].votes < p.votes; at--) {
            if (at < MOST_PEAKS)
                out[at] = out[at - 1];
        }
        if (at < MOST_PEAKS)
            out[at] = p;
    }
    return count;
}

/* Votes with diminishing returns: two fair lines are better than one strong one. */
static double worth(double votes)
{
    return votes > nobody ? sqrt(votes * 20.0) : sqrt(nobody * 20.0);
}

static double square(double x)
{
    return x * x;
}

/* The best pair, or one line alone: its value, and centre, width and votes in `out`. */
static double best_pair(const float bins[BINS], const lane_search *s, lane_guess *out)
{
    peak left[MOST_PEAKS + 1], right[MOST_PEAKS + 1];
    int lefts = find_peaks(bins, nearest_m, furthest_m, left);
    int rights = find_peaks(bins, -furthest_m, -nearest_m, right);
    double best = -INFINITY;
    for (int l = 0; l <= lefts; l++) {
        for (int r = 0; r <= rights; r++) {
            bool has_left = l < lefts, has_right = r < rights;
            if (!has_left && !has_right)
                continue;
            double y_left = has_left ? left[l].y_m : right[r].y_m + s->width_m;
            double y_right = has_right ? right[r].y_m : left[l].y_m - s->width_m;
            double value = worth(has_left ? left[l].votes : 0.0) + worth(has_right ? right[r].votes : 0.0) -
                           2.0 * square((y_left - y_right - s->width_m) / s->width_sigma_m) -
                           0.5 * square(0.5 * (y_left + y_right) / 0.8);
            if (!(value > best))
                continue;
            best = value;
            out->shape.at[LANE_CENTRE] = 0.5 * (y_left + y_right);
            out->shape.at[LANE_WIDTH] = y_left - y_right;
            out->votes[LANE_LEFT] = has_left ? left[l].votes : 0.0;
            out->votes[LANE_RIGHT] = has_right ? right[r].votes : 0.0;
        }
    }
    return best;
}

/* Lines beside the own lane are parallel to it too: they help with the shape. */
static double sharpness(const float bins[BINS])
{
    float sum = 0.0f, squares = 1.0f;
    for (int b = 0; b < BINS; b++) {
        sum += bins[b];
        squares += bins[b] * bins[b];
    }
    return 4.0 * sqrt((double)squares / ((double)sum + 10.0));
}

/* Roads are made as straight as they can be; where bends are looked for, one is as likely as another. */
static double unlikely(const lane_search *s, double heading, double curvature)
{
    return 0.5 * square(heading / 0.06) +
           (s->least_curvature_1pm > 0.0 ? 0.0 : 0.5 * square(curvature / 0.0015));
}

static void try_shape(const points *p, const lane_search *s, double pitch, double heading, double curvature,
                      lane_guess *best)
{
    float bins[BINS];
    lane_guess g = {.value = 0.0};
    fill(bins, p, (float)heading);
    g.value = best_pair(bins, s, &g) + sharpness(bins) - 0.5 * square(pitch / s->pitch_sigma_rad) -
              unlikely(s, heading, curvature);
    if (!(g.value > best->value))
        return;
    g.shape.at[LANE_HEADING] = heading;
    g.shape.at[LANE_CURVATURE] = curvature;
    g.shape.at[LANE_PITCH] = pitch;
    *best = g;
}

/* The best of a grid; with a pitch of its own for each of its planes. */
static void search_plane(points *p, const lane_search *s, double pitch, const axis *curvature,
                         const axis *heading, lane_guess *best)
{
    for (int k = 0; k < curvature->count; k++) {
        straighten(p, (float)axis_at(curvature, k));
        for (int h = 0; h < heading->count; h++)
            try_shape(p, s, pitch, axis_at(heading, h), axis_at(curvature, k), best);
    }
}

static axis whole(double most, int count)
{
    return (axis){0.0, most / (count / 2), count};
}

/* From the best of a coarse plane uphill, with steps that halve. */
static void climb(const top_view_grid *grid, const lane_marks *marks, double height_m, const lane_search *s,
                  const axis coarse[3], lane_guess *best)
{
    points p;
    for (double share = 0.5; share > 0.1; share *= 0.5) {
        const axis pitch = {best->shape.at[LANE_PITCH], coarse[0].step * share, 3},
                   curvature = {best->shape.at[LANE_CURVATURE], coarse[1].step * share, 3},
                   heading = {best->shape.at[LANE_HEADING], coarse[2].step * share, 3};
        for (int i = 0; i < pitch.count; i++) {
            place(&p, grid, marks, height_m, axis_at(&pitch, i));
            search_plane(&p, s, axis_at(&pitch, i), &curvature, &heading, best);
        }
    }
}

/* A dashed line is sharp only near the true shape, so each pitch of the grid gets its own climb. */
static bool search_all(const top_view_grid *grid, const lane_marks *marks, double height_m,
                       const lane_search *s, const axis coarse[3], lane_guess *out)
{
    points p;
    for (int i = 0; i < coarse[0].count; i++) {
        lane_guess g = {.value = -INFINITY};
        place(&p, grid, marks, height_m, axis_at(&coarse[0], i));
        search_plane(&p, s, axis_at(&coarse[0], i), &coarse[1], &coarse[2], &g);
        if (!isfinite(g.value))
            continue;
        climb(grid, marks, height_m, s, coarse, &g);
        if (g.value > out->value)
            *out = g;
    }
    return isfinite(out->value);
}

bool lane_vote(const top_view_grid *grid, const lane_marks *marks, double height_m, const lane_search *s,
               lane_guess *out)
{
    const axis pitch = whole(2.0 * s->pitch_sigma_rad, 7), heading = whole(s->most_heading_rad, 17),
               curvature = whole(s->most_curvature_1pm, 9);
    *out = (lane_guess){.value = -INFINITY};
    if (!(s->least_curvature_1pm > 0.0))
        return search_all(grid, marks, height_m, s, (axis[]){pitch, curvature, heading}, out);
    const axis few = whole(pitch.step, 3), less = whole(s->most_heading_rad, 11);
    double middle = 0.5 * (s->least_curvature_1pm + s->most_curvature_1pm);
    for (int sign = -1; sign <= 1; sign += 2) {
        const axis bends = {sign * middle, (s->most_curvature_1pm - s->least_curvature_1pm) / 12, 13};
        search_all(grid, marks, height_m, s, (axis[]){few, bends, less}, out);
    }
    return isfinite(out->value);
}
