#include "sensors/camera/lane_ridge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Widths in cells of 5 cm: 0.10 m (the narrowest in use) to 0.30 m (motorways). The flanks are as wide as the
 * space that paint leaves to a kerb or to a second line; the gap is for what the lens and the paint blur. */
static const int widths[] = {2, 3, 4, 6};
enum { WIDTHS = sizeof widths / sizeof *widths, FLANK = 4, GAP = 1, REACH = 3 + GAP + FLANK + 1 };

/* A mark stands out by this many times the row's usual roughness to be one at all, and is sure at the second.
 * Too small: texture fills the rows; too large: worn paint on pale concrete is lost. */
static const float least_ratio = 2.5f, sure_ratio = 9.0f;

/* Paint is half as bright again as asphalt, and a tenth more than concrete. */
const lane_ridge_options lane_ridge_light = {.step = 2.5f, .share = 0.03f, .yellow = false};
/* Yellow paint has 20 to 60 steps less blue difference; coding artefacts of Cb reach 3. */
const lane_ridge_options lane_ridge_yellow = {.step = 5.0f, .share = 0.0f, .yellow = true};

typedef struct {
    float ridge[TOP_VIEW_COLUMNS]; /* over the brighter of the two flanks, scaled by what noise averages to */
    float road[TOP_VIEW_COLUMNS];  /* the flanks' light */
    uint8_t width[TOP_VIEW_COLUMNS]; /* in cells */
    float sums[TOP_VIEW_COLUMNS + 1];
    float sorted[TOP_VIEW_COLUMNS];
} row_work;

static int smaller_first(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The ridge of one width at all cells: 2 to 6 cells against the brighter flank. The flanks of equal light
 * give all of it; a step, as the edge of a shadow, none. */
static void add_width(row_work *w, int first, int end, int width)
{
    float inside = 1.0f / (float)width, outside = 1.0f / FLANK;
    float gain = sqrtf((float)width / 3.0f);
    gain = gain > 1.15f ? 1.15f : gain;
    int half = width / 2;
    for (int c = first + REACH; c < end - REACH; c++) {
        int from = c - half, to = from + width;
        float middle = (w->sums[to] - w->sums[from]) * inside;
        float left = (w->sums[from - GAP] - w->sums[from - GAP - FLANK]) * outside;
        float right = (w->sums[to + GAP + FLANK] - w->sums[to + GAP]) * outside;
        float brighter = left > right ? left : right;
        float ridge = (middle - brighter) * gain;
        if (ridge > w->ridge[c]) {
            w->ridge[c] = ridge;
            w->road[c] = brighter;
            w->width[c] = (uint8_t)width;
        }
    }
}

/* The row's roughness: the median size of a thin ridge of either sign. Most cells are no paint. */
static float roughness(row_work *w, int first, int end)
{
    int count = 0;
    for (int c = first + REACH; c < end - REACH; c += 2) {
        float middle = (w->sums[c + 2] - w->sums[c - 1]) / 3.0f;
        float sides = (w->sums[c - 2] - w->sums[c - 6] + w->sums[c + 7] - w->sums[c + 3]) / 8.0f;
        w->sorted[count++] = fabsf(middle - sides);
    }
    if (count == 0)
        return 1.0f;
    qsort(w->sorted, (size_t)count, sizeof *w->sorted, smaller_first);
    return 1.4826f * w->sorted[count / 2] + 0.25f;
}

/* The middle of the light above the flanks, in cells. */
static float centre(const row_work *w, const float *values, int c)
{
    int width = w->width[c], from = c - width / 2 - 1, to = from + width + 2;
    float sum = 0.0f, moment = 0.0f;
    for (int i = from; i < to; i++) {
        float above = values[i] - w->road[c];
        above = above > 0.0f ? above : 0.0f;
        sum += above;
        moment += above * (float)i;
    }
    return sum > 0.0f ? moment / sum : (float)c;
}

static void insert(lane_mark *out, int *count, const lane_mark *m)
{
    if (*count < LANE_MARKS_PER_ROW) {
        out[(*count)++] = *m;
        return;
    }
    int weakest = 0;
    for (int i = 1; i < LANE_MARKS_PER_ROW; i++)
        weakest = out[i].strength < out[weakest].strength ? i : weakest;
    if (m->strength > out[weakest].strength)
        out[weakest] = *m;
}

static bool is_peak(const row_work *w, int c)
{
    for (int i = 1; i <= 3; i++) {
        if (w->ridge[c - i] > w->ridge[c] || w->ridge[c + i] >= w->ridge[c])
            return false;
    }
    return true;
}

static int pick(const top_view_grid *grid, const row_work *w, top_view_row v, const lane_ridge_options *o,
                float noise, lane_mark *out)
{
    int count = 0;
    for (int c = v.first + REACH; c < v.end - REACH; c++) {
        float ridge = w->ridge[c], ratio = ridge / noise;
        if (!(ridge > o->step) || !(ratio > least_ratio) || !(ridge > o->share * w->road[c]) ||
            !is_peak(w, c))
            continue;
        float strength = (ratio - least_ratio) / (sure_ratio - least_ratio);
        const lane_mark mark = {.y_m = (float)top_view_left(grid, (double)centre(w, v.values, c)),
                                .width_m = (float)w->width[c] * (float)grid->cell_m,
                                .strength = 0.2f + 0.8f * (strength < 1.0f ? strength : 1.0f),
                                .yellow = o->yellow};
        insert(out, &count, &mark);
    }
    return count;
}

int lane_ridge_row(const top_view_grid *grid, top_view_row v, const lane_ridge_options *o, lane_mark *out)
{
    row_work w;
    if (v.end - v.first < 2 * REACH + 8)
        return 0;
    w.sums[v.first] = 0.0f;
    for (int c = v.first; c < v.end; c++) {
        w.sums[c + 1] = w.sums[c] + v.values[c];
        w.ridge[c] = 0.0f;
    }
    for (int i = 0; i < WIDTHS; i++)
        add_width(&w, v.first, v.end, widths[i]);
    return pick(grid, &w, v, o, roughness(&w, v.first, v.end), out);
}

/* Adds the marks of the second list that the first does not have within 0.15 m, or has weaker. */
static int merge(lane_mark *out, int count, const lane_mark *more, int more_count)
{
    for (int i = 0; i < more_count; i++) {
        int same = -1;
        for (int k = 0; k < count && same < 0; k++)
            same = fabsf(out[k].y_m - more[i].y_m) < 0.15f ? k : -1;
        if (same < 0)
            insert(out, &count, &more[i]);
        else if (out[same].strength < more[i].strength)
            out[same] = more[i];
    }
    return count;
}

void lane_ridge_find(const top_view_grid *grid, const top_view *light, const top_view *yellow,
                     lane_marks *out)
{
    lane_mark colour[LANE_MARKS_PER_ROW];
    out->count = 0;
    for (int row = 0; row < grid->rows; row++) {
        top_view_row v = top_view_get(light, row);
        lane_mark *marks = out->marks + out->count;
        out->first[row] = out->count;
        int count = lane_ridge_row(grid, v, &lane_ridge_light, marks);
        if (yellow) {
            int more = lane_ridge_row(grid, top_view_get(yellow, row), &lane_ridge_yellow, colour);
            count = merge(marks, count, colour, more);
        }
        for (int i = 0; i < count; i++)
            marks[i].row = (uint8_t)row;
        out->count += count;
        out->reach_m[row][0] = (float)top_view_left(grid, v.end - REACH);
        out->reach_m[row][1] = (float)top_view_left(grid, v.first + REACH);
    }
    out->first[grid->rows] = out->count;
}
