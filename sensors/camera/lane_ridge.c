#include "sensors/camera/lane_ridge.h"
#include "sensors/camera/lane_lined.h"

#include <math.h>

/* Widths in cells of 5 cm: 0.10 m (the narrowest in use) to 0.30 m (motorways). The flanks are as wide as the
 * space that paint leaves to a kerb or to a second line; the gap is for what the lens and the paint blur. */
static const int widths[] = {2, 3, 4, 6};
enum { WIDTHS = sizeof widths / sizeof *widths, FLANK = 4, GAP = 1, REACH = 3 + GAP + FLANK + 1 };

/* A mark stands out by this many times the row's usual roughness to be one at all, and is sure at the second.
 * Too small: texture fills the rows; too large: worn paint on pale concrete is lost. */
static const float least_ratio = 2.5f, sure_ratio = 9.0f;

/* Of white noise, half of the cells stand out of the nearer side by so much less than half do of the mean of
 * both (by simulation). */
static const float nearer_side = 2.33f;

/* Texture is darker in the shade, as the road is; what the camera adds is as much as texture where the road
 * has this light. Smaller: the black of a shadow is full of marks; larger: faint paint there is none. */
static const float shade_light = 20.0f;

/* A strip of road between two of tar, or between the two shadows of a rail, has two edges as paint has. But
 * half a metre further on the road is as bright again. 10 cells: wider than a tar stripe or a rail's shadow
 * is; much wider, and the shadow of a barrier that paint lies beside is taken for its surroundings. */
enum { ASIDE = 10 };

/* A strip of sun between the shadow of a barrier and that of its rail is as bright as the road in the sun;
 * paint in the sun is brighter. The lit road: this share of the cells of the own lane, 2.5 m to each side, is
 * darker. Larger: paint is in it; smaller: the shadow is. */
static const float lit_share = 0.8f, own_lane_m = 2.5f;

/* Lines are at most 0.3 m wide, a little more where far pixels and the lens blur them; a strip of another
 * pavement is wider. Between the two a mark loses its strength. Smaller: far lines do; larger: strips count.
 */
static const float paint_most_m = 0.4f, strip_m = 0.6f;

/* What passes both of these counts whole; without the first it is hardly ever paint, without the second it
 * may be paint in a shadow. 0 would leave a line nothing to be found by where the guess is wrong. */
static const float least_rise = 0.25f, least_lit = 0.4f;

/* Paint is half as bright again as asphalt, and a tenth more than concrete. */
const lane_ridge_options lane_ridge_light = {.step = 2.5f, .share = 0.03f, .yellow = false, .sized = true};
/* Yellow paint has 20 to 60 steps less blue difference; coding artefacts of Cb reach 3. */
const lane_ridge_options lane_ridge_yellow = {.step = 5.0f, .share = 0.0f, .yellow = true, .sized = true};

typedef struct {
    float ridge[TOP_VIEW_COLUMNS]; /* over the brighter of the two flanks, scaled by what noise averages to */
    float road[TOP_VIEW_COLUMNS];  /* the flanks' light */
    uint8_t width[TOP_VIEW_COLUMNS]; /* in cells */
    float sums[TOP_VIEW_COLUMNS + 1];
    float values[TOP_VIEW_COLUMNS];
} row_work;

/* The `n`th of `count` values, from the smallest: Hoare's selection, a third of the time of sorting them. */
static float nth_smallest(float *v, int count, int n)
{
    for (int from = 0, to = count - 1; from < to;) {
        float pivot = v[n];
        int i = from, j = to;
        while (i <= j) {
            while (v[i] < pivot)
                i++;
            while (v[j] > pivot)
                j--;
            if (i > j)
                break;
            float kept = v[i];
            v[i++] = v[j];
            v[j--] = kept;
        }
        from = j < n ? i : from;
        to = n < i ? j : to;
    }
    return v[n];
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

/* How far a strip stands out of its sides: either way from their mean, or, `fine`, from the nearer of them,
 * which the edge of a shadow does not. */
static float stands_out(float middle, float left, float right, bool fine)
{
    if (!fine)
        return fabsf(middle - 0.5f * (left + right));
    return fmaxf(fmaxf(middle - fmaxf(left, right), fminf(left, right) - middle), 0.0f);
}

/* The row's roughness: the median size of a thin ridge of either sign. Most cells are no paint. `fine`: as a
 * share of the road's light. */
static float roughness(row_work *w, int first, int end, bool fine)
{
    int count = 0;
    for (int c = first + REACH; c < end - REACH; c += 2) {
        float middle = (w->sums[c + 2] - w->sums[c - 1]) / 3.0f;
        float left = (w->sums[c - 2] - w->sums[c - 6]) / FLANK,
              right = (w->sums[c + 7] - w->sums[c + 3]) / FLANK;
        float ridge = stands_out(middle, left, right, fine);
        w->values[count++] = fine ? nearer_side * ridge / (fmaxf(left, right) + shade_light) : ridge;
    }
    return count == 0 ? 1.0f : 1.4826f * nth_smallest(w->values, count, count / 2);
}

/* At a place, in steps. */
static float noise_at(const row_work *w, int c, float rough, bool fine)
{
    return (fine ? rough * (w->road[c] + shade_light) : rough) + 0.25f;
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

/* Of the cells from `from` until `to`, as far as they are in the row; NAN: hardly any. */
static float mean_of(const row_work *w, int from, int to, int first, int end)
{
    from = from < first ? first : from;
    to = to > end ? end : to;
    return to - from < ASIDE / 2 ? NAN : (w->sums[to] - w->sums[from]) / (float)(to - from);
}

/* The light that `lit_share` of the own lane is darker than. */
static float lit_road(row_work *w, const top_view_grid *grid, top_view_row v)
{
    int reach = (int)(own_lane_m / (float)grid->cell_m), count = 0;
    for (int c = TOP_VIEW_COLUMNS / 2 - reach; c < TOP_VIEW_COLUMNS / 2 + reach; c++) {
        if (c >= v.first && c < v.end)
            w->values[count++] = v.values[c];
    }
    if (count < reach)
        return -INFINITY;
    return nth_smallest(w->values, count, (int)(lit_share * (float)count));
}

/* 0..1: `above` against what is asked of a mark, or against all that this one stands out. */
static float share_of(float above, float ridge, float asked)
{
    float whole = ridge < asked ? ridge : asked;
    return above <= 0.0f ? 0.0f : above >= whole ? 1.0f : above / whole;
}

/* Cells about `c` that are above `half`, not many more than a marking has. */
static int cells_above(top_view_row v, int c, float half)
{
    int from = c, to = c;
    while (from > v.first && c - from < REACH && v.values[from - 1] > half)
        from--;
    while (to + 1 < v.end && to - c < REACH && v.values[to + 1] > half)
        to++;
    return to - from + 1;
}

/* 1 for what is no wider than paint, down to `least_rise`. */
static float narrow(float width_m)
{
    float over = (width_m - paint_most_m) / (strip_m - paint_most_m);
    return over <= 0.0f ? 1.0f : over >= 1.0f ? least_rise : 1.0f - (1.0f - least_rise) * over;
}

/* `least`: what a mark at this place stands out by. */
static void weigh(const row_work *w, top_view_row v, int c, float lit, float least, float cell_m, bool sized,
                  lane_mark *m)
{
    int width = w->width[c], from = c - width / 2, to = from + width, off = GAP + FLANK;
    float middle = (w->sums[to] - w->sums[from]) / (float)width, ridge = middle - w->road[c];
    float left = mean_of(w, from - off - ASIDE, from - off, v.first, v.end),
          right = mean_of(w, to + off, to + off + ASIDE, v.first, v.end);
    float aside = fminf(left, right), brighter = fmaxf(left, right); /* of a NAN and a number the number */
    m->rise = isnan(aside) ? 1.0f : share_of(middle - aside, ridge, 2.0f * least);
    m->apart = isnan(aside) ? 1.0f : share_of(middle - brighter, ridge, 2.0f * least);
    m->lit = share_of(middle - lit, ridge, 2.0f * least);
    float beside[2] = {(w->sums[from - GAP] - w->sums[from - off]) / FLANK,
                       (w->sums[to + off] - w->sums[to + GAP]) / FLANK};
    m->skew = share_of(fabsf(beside[0] - beside[1]), ridge, ridge);
    m->width_m = (float)cells_above(v, c, 0.5f * (middle + w->road[c])) * cell_m;
    if (!sized)
        return;
    m->strength *= narrow(m->width_m);
    m->strength *= (least_rise + (1.0f - least_rise) * m->rise) * (least_lit + (1.0f - least_lit) * m->lit);
}

static int pick(const top_view_grid *grid, const row_work *w, top_view_row v, const lane_ridge_options *o,
                float rough, float lit, lane_mark *out)
{
    int count = 0;
    for (int c = v.first + REACH; c < v.end - REACH; c++) {
        float ridge = w->ridge[c], noise = noise_at(w, c, rough, o->fine), ratio = ridge / noise;
        if (!(ridge > 0.0f)) /* nor is there a road beside it then */
            continue;
        float least = fmaxf(fmaxf(o->step, least_ratio * noise), o->share * w->road[c]);
        if (!(ridge > least) || !is_peak(w, c))
            continue;
        float strength = (ratio - least_ratio) / (sure_ratio - least_ratio);
        lane_mark mark = {.y_m = (float)top_view_left(grid, (double)centre(w, v.values, c)),
                          .strength = 0.2f + 0.8f * (strength < 1.0f ? strength : 1.0f),
                          .yellow = o->yellow};
        weigh(w, v, c, lit, least, (float)grid->cell_m, o->sized, &mark);
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
    float rough = roughness(&w, v.first, v.end, o->fine);
    return pick(grid, &w, v, o, rough, lit_road(&w, grid, v), out);
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
                     lane_sieve sieve, lane_marks *out)
{
    lane_ridge_options by_light = lane_ridge_light, by_colour = lane_ridge_yellow;
    lane_mark colour[LANE_MARKS_PER_ROW];
    by_light.sized = by_colour.sized = sieve != LANE_SIEVE_OPEN;
    by_light.fine = by_colour.fine = sieve == LANE_SIEVE_FINE;
    out->count = 0;
    for (int row = 0; row < grid->rows; row++) {
        top_view_row v = top_view_get(light, row);
        lane_mark *marks = out->marks + out->count;
        out->first[row] = out->count;
        int count = lane_ridge_row(grid, v, &by_light, marks);
        if (yellow) {
            int more = lane_ridge_row(grid, top_view_get(yellow, row), &by_colour, colour);
            count = merge(marks, count, colour, more);
        }
        for (int i = 0; i < count; i++)
            marks[i].row = (uint8_t)row;
        out->count += count;
        out->reach_m[row][0] = (float)top_view_left(grid, v.end - REACH);
        out->reach_m[row][1] = (float)top_view_left(grid, v.first + REACH);
    }
    out->first[grid->rows] = out->count;
    if (sieve == LANE_SIEVE_FINE)
        lane_lined_weigh(grid, out);
}
