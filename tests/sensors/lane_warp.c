#include "tests/sensors/lane_warp.h"
#include "tests/sensors/lane_vary.h"

#include <stdlib.h>

/* The lane's middle, every STEP from BEHIND the vehicle. What turns by more than `most_turn_rad` goes on
 * straight: each place beside the road is then beside one place of it. */
enum { KNOTS = 600, BEHIND = 60 };
static const double step_m = 0.25, most_turn_rad = 1.0, far_m = 110.0;

typedef struct {
    double x[KNOTS], y[KNOTS], turn[KNOTS], bend[KNOTS];
} middle_line;

typedef struct {
    const road_photo *from;
    const road_warp *w;
    middle_line line;
    lane_ground out, in; /* the cameras as they are */
    double near_m;       /* nearest place that the picture shows */
} warp;

static double limited(double x, double most)
{
    return fmin(fmax(x, -most), most);
}

static void draw_line(const road_photo *p, const road_warp *w, middle_line *l)
{
    double first = p->heading_rad - w->turn_rad;
    for (int way = -1; way <= 1; way += 2) {
        double x = 0.0, y = 0.5 * (p->offset_m[0] + p->offset_m[1]) - w->aside_m, turn = first;
        for (int i = BEHIND; i >= 0 && i < KNOTS; i += way) {
            double bend = limited(w->curvature_1pm + w->rate_1pm2 * (i - BEHIND) * step_m, w->most_1pm);
            bend = fabs(turn - first) < most_turn_rad ? bend : 0.0;
            l->x[i] = x;
            l->y[i] = y;
            l->turn[i] = turn;
            l->bend[i] = bend;
            turn += 0.5 * way * step_m * bend;
            x += way * step_m * cos(turn);
            y += way * step_m * sin(turn);
            turn += 0.5 * way * step_m * bend;
        }
    }
}

/* Way along the middle and left of it, of a place on the ground; `sn` holds a guess. */
static void along_line(const middle_line *l, double x, double y, double sn[2])
{
    for (int i = 0; i < 12; i++) {
        int k = (int)limited(sn[0] / step_m + BEHIND, KNOTS - 1);
        k = k < 0 ? 0 : k;
        double off = sn[0] - (k - BEHIND) * step_m, c = cos(l->turn[k]), s = sin(l->turn[k]);
        double dx = x - l->x[k], dy = y - l->y[k], by = dx * c + dy * s;
        sn[1] = dy * c - dx * s - 0.5 * l->bend[k] * off * off;
        by = by / fmax(1.0 - l->bend[k] * sn[1], 0.3);
        double change = by - off;
        sn[0] = limited(sn[0] + change, 140.0);
        sn[0] = fmax(sn[0], -14.0);
        if (fabs(change) < 0.002)
            break;
    }
}

/* y of what lies `n` left of the middle, at x. */
static double line_y(const middle_line *l, double n, double at_m)
{
    double last[2] = {0.0, 0.0};
    for (int i = 0; i < KNOTS; i++) {
        double x = l->x[i] - n * sin(l->turn[i]), y = l->y[i] + n * cos(l->turn[i]);
        if (i > 0 && last[0] < at_m && x >= at_m)
            return last[1] + (y - last[1]) * (at_m - last[0]) / (x - last[0]);
        last[0] = x;
        last[1] = y;
    }
    return NAN;
}

/* ---- pixels */

static bool direction_of(const lane_ground *g, const double uv[2], double out[3])
{
    double xy[2];
    if (!model_to_ray(&g->model, uv, xy))
        return false;
    for (int i = 0; i < 3; i++)
        out[i] = g->axes[i][0] - g->axes[i][1] * xy[0] - g->axes[i][2] * xy[1];
    return true;
}

static bool pixel_of(const lane_ground *g, const double d[3], double uv[2])
{
    double c[3];
    for (int k = 0; k < 3; k++)
        c[k] = g->axes[0][k] * d[0] + g->axes[1][k] * d[1] + g->axes[2][k] * d[2];
    if (!(c[0] > 1e-3))
        return false;
    const double xy[2] = {limited(-c[1] / c[0], 0.7), limited(-c[2] / c[0], 0.5)};
    model_to_pixel(&g->model, xy, uv, NULL);
    return true;
}

/* How far ahead a direction meets the road; INFINITY: nowhere. With the height h, a slope m and a crest c:
 * h + m x + c x^2/2 = 0. */
static double meets(const double d[3], double height_m, double crest_1pm)
{
    double slope = d[2] / d[0], inside = slope * slope - 2.0 * crest_1pm * height_m;
    double under = inside >= 0.0 ? sqrt(inside) - slope : 0.0;
    return d[0] > 0.0 && under > 0.0 ? 2.0 * height_m / under : INFINITY;
}

/* Where the picture shows what a pixel of the new one does; `sn`: the place on the road, 0 ahead: none. */
static bool source_of(const warp *k, const double uv[2], double sn[2], double from_uv[2])
{
    const road_photo *p = k->from;
    double d[3];
    if (!direction_of(&k->out, uv, d))
        return false;
    double x = meets(d, k->out.mount.height_m, k->w->crest_1pm);
    if (!(x < far_m)) { /* beyond the road, whose horizon a crest lowers: the same direction, against the
                           lane's */
        double turn = k->w->turn_rad, crest = sqrt(2.0 * fmax(k->w->crest_1pm, 0.0) * k->out.mount.height_m);
        const double there[3] = {d[0] * cos(turn) - d[1] * sin(turn), d[1] * cos(turn) + d[0] * sin(turn),
                                 d[2] + crest * d[0]};
        sn[0] = 0.0;
        return pixel_of(&k->in, there, from_uv);
    }
    sn[0] = sn[0] > 0.0 ? sn[0] : x;
    along_line(&k->line, x, x * d[1] / d[0], sn);
    double s = fmax(sn[0], k->near_m), n = limited(sn[1] / k->w->wider, 30.0);
    double y =
        0.5 * (p->offset_m[0] + p->offset_m[1]) + s * (p->heading_rad + 0.5 * s * p->curvature_1pm) + n;
    const double ground[3] = {s, y, -k->in.mount.height_m};
    return pixel_of(&k->in, ground, from_uv);
}

static void fill_pixel(const warp *k, road_photo *to, size_t i, int samples, double guess[2])
{
    double light = 0.0, cb = 0.0, sn[2] = {guess[0], 0.0};
    for (int j = 0; j < samples * samples; j++) {
        double u = (double)(i % (size_t)to->width) + (j % samples + 0.5) / samples - 0.5,
               v = (double)(i / (size_t)to->width) + (j / samples + 0.5) / samples - 0.5;
        double from_uv[2] = {0.0, 0.0};
        const double uv[2] = {u, v};
        if (!source_of(k, uv, sn, from_uv))
            sn[0] = 0.0;
        light += road_photo_sample(k->from, k->from->light, from_uv);
        cb += road_photo_sample(k->from, k->from->cb, from_uv);
    }
    bool road = sn[0] > 1.0 && sn[0] < 75.0;
    to->light[i] = to_byte(light / (samples * samples));
    to->cb[i] = to_byte(cb / (samples * samples));
    to->ahead[i] = road ? (float)sn[0] : 0.0f;
    to->aside[i] = road ? (float)sn[1] : 0.0f;
    guess[0] = sn[0];
}

/* ---- all */

static lane_ground true_camera(const lane_ground *told, const camera_model *seen, double pitch_rad)
{
    lane_ground g;
    lane_mount m = told->mount;
    m.pitch_rad += pitch_rad;
    if (!lane_ground_set(&g, seen, told->width, told->height, &m))
        abort();
    return g;
}

static double nearest(const lane_ground *g)
{
    const double uv[2] = {g->model.cx, g->height - 2.0};
    double xy[2];
    return lane_ground_from_pixel(g, uv, xy) ? xy[0] : 1.0;
}

static void carry_truth(const warp *k, road_photo *to)
{
    double half = 0.5 * k->w->wider * (k->from->offset_m[LANE_LEFT] - k->from->offset_m[LANE_RIGHT]);
    for (int side = 0; side < LANE_SIDES; side++) {
        double n = side == LANE_LEFT ? half : -half;
        to->offset_m[side] = line_y(&k->line, n, 0.0);
        to->ahead_m[side] = line_y(&k->line, n, PHOTO_AHEAD_M);
    }
    to->heading_rad = k->line.turn[BEHIND];
    to->curvature_1pm = k->line.bend[BEHIND];
}

road_warp road_warp_none(const road_photo *p)
{
    return (road_warp){.curvature_1pm = p->curvature_1pm,
                       .most_1pm = 1.0,
                       .wider = 1.0,
                       .told = p->ground,
                       .seen = p->ground.model};
}

road_photo road_photo_warp(const road_photo *from, const road_warp *w)
{
    warp *k = calloc(1, sizeof *k);
    road_photo to = *from;
    to.width = w->told.width;
    to.height = w->told.height;
    to.ground = w->told;
    if (!k || !road_photo_allocate(&to))
        abort();
    k->from = from;
    k->w = w;
    k->in = true_camera(&from->ground, &from->ground.model, from->pitch_rad);
    k->out = true_camera(&w->told, &w->seen, from->pitch_rad);
    k->near_m = nearest(&k->in);
    draw_line(from, w, &k->line);
    carry_truth(k, &to);
    int samples = w->seen.fx < 0.8 * from->ground.model.fx ? 2 : 1;
    double guess[2] = {0.0, 0.0};
    for (size_t i = 0; i < size_of(&to); i++) {
        guess[0] = i % (size_t)to.width ? guess[0] : 0.0;
        fill_pixel(k, &to, i, samples, guess);
    }
    free(k);
    return to;
}
