#include "sensors/camera/top_view.h"

#include <math.h>
#include <stdlib.h>

/* Cells of 5 cm: two across the narrowest marking (0.1 m). Larger: it drowns; smaller: only costs time. 384
 * of them reach 9.6 m to each side, which a lane bends to at 60 m with a radius of 200 m. */
static const double cell_m = 0.05;

/* Sums of eight fit 16 bits and keep what averaging gains. */
enum { LEVELS = 4, MOST_SUBS = 4, LEAST_ROWS = 20, SUM = 8 };

typedef struct {
    uint32_t at;     /* sample in the level, with the next one to its right */
    uint16_t weight; /* of the next one, of 256; OUTSIDE: not in the picture */
    uint16_t unused;
} tap;
enum { OUTSIDE = 0xffff };

struct top_view {
    int rows, subs, width, height;
    int top;    /* first line of the plane that is looked at */
    int bottom; /* one after the last */
    uint16_t *level[LEVELS];
    int level_width[LEVELS];
    uint8_t row_level[TOP_VIEW_MOST_ROWS];
    int first[TOP_VIEW_MOST_ROWS], end[TOP_VIEW_MOST_ROWS];
    tap *taps;     /* rows x subs x columns */
    float *values; /* rows x columns */
};

double top_view_left(const top_view_grid *grid, double column)
{
    return (0.5 * (TOP_VIEW_COLUMNS - 1) - column) * grid->cell_m;
}

/* ---- where the rows lie */

/* Line of the picture that shows the road straight ahead; INFINITY: none. */
static double line_of(const lane_ground *g, double x_m)
{
    double uv[2];
    return lane_ground_to_pixel(g, x_m, 0.0, uv) ? uv[1] : INFINITY;
}

/* The distance whose line is `v`, between two that enclose it. */
static double distance_of(const lane_ground *g, double v, double near_m, double far_m)
{
    for (int i = 0; i < 50; i++) {
        double middle = sqrt(near_m * far_m);
        if (line_of(g, middle) > v)
            near_m = middle;
        else
            far_m = middle;
    }
    return far_m;
}

static double pixel_width(const lane_ground *g, double x_m)
{
    double a[2], b[2];
    if (!lane_ground_to_pixel(g, x_m, 0.05, a) || !lane_ground_to_pixel(g, x_m, -0.05, b))
        return 1.0;
    return 0.1 / fmax(hypot(b[0] - a[0], b[1] - a[1]), 1e-6);
}

bool top_view_place(top_view_grid *grid, const lane_ground *g, double far_m, error *e)
{
    double bottom = g->height - 1.0, top = line_of(g, far_m);
    double near_m = distance_of(g, bottom, 0.3, far_m);
    grid->cell_m = cell_m;
    if (!(top < bottom - LEAST_ROWS) || !(line_of(g, near_m) < g->height))
        return error_set(e, "by its mount, the camera does not see the road ahead (up to %.0f m)", far_m);
    double from = line_of(g, near_m), span = from - fmax(top, 0.0);
    grid->rows = (int)fmin(TOP_VIEW_MOST_ROWS, fmax(LEAST_ROWS, floor(span / 2.0)));
    grid->spacing_px = span / (grid->rows - 1);
    for (int i = 0; i < grid->rows; i++) {
        grid->x_m[i] = distance_of(g, from - (grid->rows - 1 - i) * grid->spacing_px, 0.3, 2.0 * far_m);
        grid->pixel_m[i] = pixel_width(g, grid->x_m[i]);
    }
    return true;
}

/* ---- a plane */

static int samples_of(const top_view *v, int level)
{
    return v->level_width[level] * (v->bottom - v->top);
}

static bool allocate(top_view *v)
{
    size_t cells = (size_t)v->rows * TOP_VIEW_COLUMNS;
    v->taps = malloc(cells * (size_t)v->subs * sizeof *v->taps);
    v->values = calloc(cells, sizeof *v->values);
    return v->taps && v->values;
}

static bool allocate_levels(top_view *v)
{
    for (int i = 0; i < LEVELS; i++) {
        v->level_width[i] = v->width >> i;
        v->level[i] = calloc((size_t)samples_of(v, i) + 2, sizeof **v->level);
        if (!v->level[i])
            return false;
    }
    return true;
}

/* The line along the road of one of a row's `subs`, about the row's own. */
static double sub_distance(const top_view *v, const top_view_grid *grid, int row, int sub)
{
    double here = 1.0 / grid->x_m[row];
    double step = row + 1 < grid->rows ? 1.0 / grid->x_m[row + 1] - here : here - 1.0 / grid->x_m[row - 1];
    return 1.0 / (here + ((sub + 0.5) / v->subs - 0.5) * step);
}

/* Lines of the plane are put to the nearest; across it is between two samples. */
static tap find_tap(const top_view *v, const lane_ground *g, int level, double x_m, double y_m)
{
    const tap outside = {.weight = OUTSIDE};
    double uv[2];
    if (!lane_ground_to_pixel(g, x_m, y_m, uv))
        return outside;
    double across = (uv[0] + 0.5) * v->width / g->width / (1 << level) - 0.5;
    double down = floor((uv[1] + 0.5) * v->height / g->height);
    int width = v->level_width[level];
    if (!(across >= 0.0 && across < width - 1 && down >= v->top && down < v->bottom))
        return outside;
    int column = (int)across, line = (int)down - v->top;
    return (tap){.at = (uint32_t)(line * width + column), .weight = (uint16_t)(256.0 * (across - column))};
}

/* The widest run of cells about the middle whose taps are all in the picture. */
static void find_extent(top_view *v, int row)
{
    const tap *taps = v->taps + (size_t)row * (size_t)v->subs * TOP_VIEW_COLUMNS;
    int best = 0, start = 0;
    for (int c = 0; c <= TOP_VIEW_COLUMNS; c++) {
        bool good = c < TOP_VIEW_COLUMNS;
        for (int s = 0; good && s < v->subs; s++)
            good = taps[s * TOP_VIEW_COLUMNS + c].weight != OUTSIDE;
        if (good)
            continue;
        if (c - start > best) {
            best = c - start;
            v->first[row] = start;
            v->end[row] = c;
        }
        start = c + 1;
    }
}

static void map_row(top_view *v, const top_view_grid *grid, const lane_ground *g, int row)
{
    double samples = grid->cell_m / grid->pixel_m[row] * v->width / g->width; /* in a cell */
    int level = (int)fmin(fmax(floor(log2(samples) + 0.25), 0.0), LEVELS - 1);
    tap *taps = v->taps + (size_t)row * (size_t)v->subs * TOP_VIEW_COLUMNS;
    v->row_level[row] = (uint8_t)level;
    for (int s = 0; s < v->subs; s++) {
        double x_m = sub_distance(v, grid, row, s);
        for (int c = 0; c < TOP_VIEW_COLUMNS; c++)
            taps[s * TOP_VIEW_COLUMNS + c] = find_tap(v, g, level, x_m, top_view_left(grid, c));
    }
    find_extent(v, row);
}

/* The lines of the plane that rows can come from: those of the rows' ends, roll and distortion included. */
static void find_lines(top_view *v, const top_view_grid *grid, const lane_ground *g)
{
    double least = v->height, most = 0.0;
    for (int i = 0; i < 2; i++) {
        for (int c = 0; c < TOP_VIEW_COLUMNS; c += 16) {
            double uv[2], x_m = sub_distance(v, grid, i ? grid->rows - 1 : 0, i ? v->subs - 1 : 0);
            if (!lane_ground_to_pixel(g, x_m, top_view_left(grid, c), uv) || uv[0] < 0.0 || uv[0] >= g->width)
                continue;
            least = fmin(least, floor((uv[1] + 0.5) * v->height / g->height) - 1.0);
            most = fmax(most, floor((uv[1] + 0.5) * v->height / g->height) + 2.0);
        }
    }
    v->top = (int)fmax(least, 0.0);
    v->bottom = (int)fmax(fmin(most, v->height), v->top);
}

top_view *top_view_create(const top_view_grid *grid, const lane_ground *g, int width, int height)
{
    top_view *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->rows = grid->rows;
    v->width = width;
    v->height = height;
    v->subs = (int)fmin(fmax(round(grid->spacing_px * height / g->height), 1.0), MOST_SUBS);
    find_lines(v, grid, g);
    if (!allocate(v) || !allocate_levels(v)) {
        top_view_destroy(v);
        return NULL;
    }
    for (int row = 0; row < v->rows; row++)
        map_row(v, grid, g, row);
    return v;
}

void top_view_destroy(top_view *v)
{
    if (!v)
        return;
    for (int i = 0; i < LEVELS; i++)
        free(v->level[i]);
    free(v->taps);
    free(v->values);
    free(v);
}

static void shrink(top_view *v, const uint8_t *plane, ptrdiff_t stride)
{
    for (int y = v->top; y < v->bottom; y++) {
        const uint8_t *from = plane + y * stride;
        uint16_t *to = v->level[0] + (ptrdiff_t)(y - v->top) * v->width;
        for (int x = 0; x < v->width; x++)
            to[x] = (uint16_t)(from[x] * SUM);
    }
    for (int l = 1; l < LEVELS; l++) {
        int width = v->level_width[l], wide = v->level_width[l - 1];
        for (int y = 0; y < v->bottom - v->top; y++) {
            const uint16_t *from = v->level[l - 1] + (ptrdiff_t)y * wide;
            uint16_t *to = v->level[l] + (ptrdiff_t)y * width;
            for (int x = 0; x < width; x++)
                to[x] = (uint16_t)((from[2 * x] + from[2 * x + 1] + 1) >> 1);
        }
    }
}

void top_view_sample(top_view *v, const uint8_t *plane, ptrdiff_t stride)
{
    shrink(v, plane, stride);
    float share = 1.0f / (256.0f * SUM * (float)v->subs);
    for (int row = 0; row < v->rows; row++) {
        const uint16_t *level = v->level[v->row_level[row]];
        const tap *taps = v->taps + (size_t)row * (size_t)v->subs * TOP_VIEW_COLUMNS;
        float *out = v->values + (size_t)row * TOP_VIEW_COLUMNS;
        for (int c = v->first[row]; c < v->end[row]; c++) {
            uint32_t sum = 0;
            for (int s = 0; s < v->subs; s++) {
                const tap *t = &taps[s * TOP_VIEW_COLUMNS + c];
                sum += level[t->at] * (256u - t->weight) + level[t->at + 1] * (uint32_t)t->weight;
            }
            out[c] = (float)sum * share;
        }
    }
}

top_view_row top_view_get(const top_view *v, int row)
{
    return (top_view_row){v->values + (size_t)row * TOP_VIEW_COLUMNS, v->first[row], v->end[row]};
}
