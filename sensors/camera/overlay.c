#include "sensors/camera/overlay.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Five rows of three dots, the left one 4; rows from the top, an octal digit each. */
static const struct {
    char c;
    uint16_t rows;
} font[] = {
    {'0', 075557}, {'1', 026227}, {'2', 071747}, {'3', 071717}, {'4', 055711}, {'5', 074717}, {'6', 074757},
    {'7', 071122}, {'8', 075757}, {'9', 075717}, {'.', 000002}, {'-', 000700}, {'+', 002720}, {'%', 051245},
    {':', 002020}, {'/', 011244}, {'A', 025755}, {'B', 065656}, {'C', 034443}, {'D', 065556}, {'E', 074647},
    {'F', 074644}, {'G', 034553}, {'H', 055755}, {'I', 072227}, {'J', 011152}, {'K', 055655}, {'L', 044447},
    {'M', 057755}, {'N', 065555}, {'O', 025552}, {'P', 065644}, {'Q', 025563}, {'R', 065655}, {'S', 034216},
    {'T', 072222}, {'U', 055557}, {'V', 055552}, {'W', 055775}, {'X', 055255}, {'Y', 055222}, {'Z', 071247},
};

static void put(const overlay *o, int x, int y, const uint8_t paint[3])
{
    if (x >= 0 && y >= 0 && x < o->width && y < o->height)
        memcpy(o->rgb + 3 * ((size_t)y * (size_t)o->width + (size_t)x), paint, 3);
}

static void block(const overlay *o, int x, int y, int size, const uint8_t paint[3])
{
    for (int dy = 0; dy < size; dy++) {
        for (int dx = 0; dx < size; dx++)
            put(o, x + dx, y + dy, paint);
    }
}

void overlay_dot(const overlay *o, double x, double y, int half, const uint8_t paint[3])
{
    if (fabs(x) < 1e5 && fabs(y) < 1e5)
        block(o, (int)floor(x + 0.5) - half, (int)floor(y + 0.5) - half, 2 * half + 1, paint);
}

static unsigned glyph(char c)
{
    for (size_t i = 0; i < sizeof font / sizeof *font; i++) {
        if (font[i].c == toupper((unsigned char)c))
            return font[i].rows;
    }
    return 0;
}

void overlay_text(const overlay *o, int x, int y, int scale, const char *text)
{
    static const uint8_t white[3] = {255, 255, 255}, black[3] = {0, 0, 0};
    for (int pass = 0; pass < 2; pass++) { /* a shadow, so that it can be read on anything */
        int shift = pass ? 0 : scale / 2 + 1, at = x;
        for (const char *c = text; *c != '\0'; c++, at += 4 * scale) {
            unsigned rows = glyph(*c);
            for (int bit = 0; bit < 15; bit++) {
                if (rows >> (14 - bit) & 1)
                    block(o, at + bit % 3 * scale + shift, y + bit / 3 * scale + shift, scale,
                          pass ? white : black);
            }
        }
    }
}

/* Where a place on the road is seen by the pitched car. */
static bool seen_at(const lane_ground *g, const lane_shape *s, double x_m, double y_m, double uv[2])
{
    lane_pitched p = lane_shape_seen(s, x_m, g->mount.height_m);
    return p.scale > 0.0 && lane_ground_to_pixel(g, p.x_m, y_m * p.scale, uv);
}

static const uint8_t *colour_of_score(double score)
{
    static const uint8_t colours[3][3] = {{40, 230, 60}, {250, 210, 30}, {240, 40, 40}};
    return colours[score >= 0.8 ? 0 : score >= 0.4 ? 1 : 2];
}

static void draw_line(const overlay *o, const lane_ground *g, const lanes_view *v, int side)
{
    const lane_shape *s = &v->fit.belief.mean;
    double far_m = fmin(fmax(v->fit.support[side].far_m, 15.0), 60.0);
    for (double x = 2.0; x < far_m; x += 0.002 * x * x + 0.01) {
        double uv[2];
        if (seen_at(g, s, x, lane_shape_y(s, side, x), uv))
            overlay_dot(o, uv[0], uv[1], x < 12.0 ? 1 : 0, colour_of_score(v->score[side]));
    }
}

static void draw_marks(const overlay *o, const lane_ground *g, const lane_finder *f)
{
    static const uint8_t light[3] = {60, 200, 255}, yellow[3] = {255, 100, 255};
    const lane_marks *marks = lanes_marks(f);
    for (int i = 0; i < marks->count; i++) {
        const lane_mark *m = &marks->marks[i];
        double uv[2];
        if (lane_ground_to_pixel(g, lanes_grid(f)->x_m[m->row], (double)m->y_m, uv))
            overlay_dot(o, uv[0], uv[1], m->strength > 0.6f ? 1 : 0, m->yellow ? yellow : light);
    }
}

static void draw_numbers(const overlay *o, const lanes_view *v)
{
    static const char *const names[LANE_SIDES] = {"left ", "right"};
    int scale = o->width >= 1200 ? 4 : 3, y = 2 * scale;
    char text[96];
    for (int side = 0; side < LANE_SIDES; side++, y += 7 * scale) {
        snprintf(text, sizeof text, "%s %+.2f m  %.2f %s", names[side], v->offset_m[side], v->score[side],
                 v->type[side]);
        overlay_text(o, 2 * scale, y, scale, v->found ? text : names[side]);
    }
    const double *at = v->fit.belief.mean.at;
    snprintf(text, sizeof text, "width %.2f m  heading %+.2f  curve %+.5f  pitch %+.2f", at[LANE_WIDTH],
             v->heading_rad * 57.29578, at[LANE_CURVATURE], at[LANE_PITCH] * 57.29578);
    overlay_text(o, 2 * scale, y, scale, v->found ? text : "no lane");
}

void overlay_lanes(const overlay *o, const lane_ground *g, const lane_finder *f, const lanes_view *v)
{
    for (int side = 0; v->found && side < LANE_SIDES; side++)
        draw_line(o, g, v, side);
    draw_marks(o, g, f);
    draw_numbers(o, v);
}
