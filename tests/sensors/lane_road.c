#include "tests/sensors/lane_road.h"
#include "tests/sensors/lane_noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const road_names[ROAD_CONDITIONS] = {"day",   "dusk",     "night",   "rain",   "worn", "shadows",
                                                 "glare", "concrete", "clutter", "decoys", "bare"};
static const double pi = 3.14159265358979323846;

/* ---- the scene */

static void draw_lines(road_scene *s, uint64_t *r)
{
    double missing = s->condition == ROAD_BARE     ? 1.0
                     : s->condition == ROAD_DECOYS ? 0.3
                     : s->condition == ROAD_DAY    ? 0.03
                                                   : 0.08;
    for (int side = 0; side < LANE_SIDES; side++) {
        s->painted[side] = road_uniform(r, 0, 1) >= missing;
        s->dashed[side] = road_uniform(r, 0, 1) < 0.5;
        s->yellow[side] = side == LANE_LEFT && road_uniform(r, 0, 1) < 0.3;
    }
    bool american = road_uniform(r, 0, 1) < 0.4;
    s->dash_m = american ? 3.05 : road_uniform(r, 0, 1) < 0.5 ? 6.0 : 4.0;
    s->period_m = american ? 12.2 : s->dash_m * 3.0;
    s->paint_m = road_uniform(r, 0.10, 0.22);
    s->along_m = road_uniform(r, 0, 100);
    s->paint = road_uniform(r, 0.6, 0.9);
    s->road = s->condition == ROAD_CONCRETE ? road_uniform(r, 0.5, 0.66) : road_uniform(r, 0.2, 0.4);
    s->worn = s->condition == ROAD_WORN ? road_uniform(r, 0.35, 0.85) : road_uniform(r, 0.0, 0.3);
}

/* Most roads have something on them that looks like a line. */
static void draw_decoys(road_scene *s, uint64_t *r)
{
    static const double likely[ROAD_CONDITIONS] = {
        [ROAD_DAY] = 0.15,    [ROAD_DUSK] = 0.15,   [ROAD_NIGHT] = 0.1,  [ROAD_RAIN] = 0.15,
        [ROAD_WORN] = 0.25,   [ROAD_SHADOWS] = 0.4, [ROAD_GLARE] = 0.15, [ROAD_CONCRETE] = 0.4,
        [ROAD_CLUTTER] = 0.3, [ROAD_DECOYS] = 1.0,  [ROAD_BARE] = 0.6,
    };
    bool sun = s->condition != ROAD_NIGHT && s->condition != ROAD_RAIN && s->condition != ROAD_DUSK;
    for (int i = 0; i < ROAD_MOST_DECOYS; i++) {
        bool there = road_uniform(r, 0, 1) < (i == 0 ? likely[s->condition] : 0.5 * likely[s->condition]);
        s->decoys[i] = road_decoy_draw(r, s->shape.at[LANE_WIDTH], sun);
        s->decoys[i].kind = there ? s->decoys[i].kind : DECOY_NONE;
    }
}

road_scene road_draw(road_condition condition, uint64_t seed, int width, int height)
{
    road_scene s = {.condition = condition, .seed = seed * 1000 + condition};
    uint64_t r = s.seed;
    double f = road_uniform(&r, 0.75, 1.1) * width, pitch = road_uniform(&r, -2.0, 5.0) * pi / 180.0;
    const camera_model m = {.fx = f, .fy = f, .cx = 0.5 * (width - 1), .cy = 0.5 * (height - 1)};
    const lane_mount mount = {.forward_m = 1.5,
                              .height_m = road_uniform(&r, 1.15, 1.7),
                              .pitch_rad = pitch,
                              .yaw_rad = road_uniform(&r, -0.01, 0.01)};
    lane_ground_set(&s.ground, &m, width, height, &mount);
    s.pitch_rad = road_uniform(&r, -0.012, 0.012);
    s.roll_rad = road_uniform(&r, -0.005, 0.005);
    double bend = road_uniform(&r, -1, 1);
    s.shape.at[LANE_WIDTH] = road_uniform(&r, 3.0, 3.9);
    s.shape.at[LANE_CENTRE] = road_uniform(&r, -0.6, 0.6);
    s.shape.at[LANE_HEADING] = road_uniform(&r, -0.03, 0.03);
    s.shape.at[LANE_CURVATURE] = 0.003 * bend * bend * bend;
    s.shape.at[LANE_RATE] = road_uniform(&r, -1e-5, 1e-5);
    s.shape.at[LANE_PITCH] = s.pitch_rad;
    draw_lines(&s, &r);
    s.crest_1pm =
        road_uniform(&r, -1, 1) * road_uniform(&r, 0, 1) / 1200.0; /* a motorway's is less than 1 / 3000 */
    s.taper = road_uniform(&r, -1, 1) * road_uniform(&r, 0, 1) * 0.006;
    s.wobble_m = road_uniform(&r, 0.0, 0.06);
    draw_decoys(&s, &r);
    return s;
}

double road_offset(const road_scene *s, int side)
{
    return lane_shape_y(&s->shape, side, -s->ground.mount.forward_m) + s->ground.mount.left_m;
}

double road_heading(const road_scene *s)
{
    return lane_shape_slope(&s->shape, -s->ground.mount.forward_m);
}

/* ---- what lies on the ground */

/* Lines from the left: that beyond the left one, left, right, beyond the right one. */
static double paint_at(const road_scene *s, double along, double aside, double blur_m, bool *yellow)
{
    const double width = s->shape.at[LANE_WIDTH];
    double best = 0.0;
    const double stray = s->wobble_m * (road_noise(along * 0.12, 1.0, s->seed + 30) +
                                        0.5 * road_noise(along * 0.5, 2.0, s->seed + 31));
    aside += stray;
    for (int line = -1; line <= 2; line++) {
        double far = fabs(aside - (0.5 - line) * width) - 0.5 * s->paint_m;
        if (far > 0.5 * blur_m)
            continue;
        int side = line <= 0 ? LANE_LEFT : LANE_RIGHT;
        bool own = line == 0 || line == 1;
        bool there =
            own ? s->painted[side] : s->condition != ROAD_BARE && road_lattice(line, 7, s->seed) > -0.2;
        bool dashed = own ? s->dashed[side] : road_lattice(line, 8, s->seed) > 0.0;
        double at = along / s->period_m + 0.37 * line;
        if (!there || (dashed && (at - floor(at)) * s->period_m > s->dash_m))
            continue;
        double cover = far < -0.5 * blur_m ? 1.0 : 0.5 - far / blur_m;
        double wear = 0.5 + road_noise(along * 2.5, aside * 9.0, s->seed + 40) +
                      0.6 * road_noise(along * 0.4, line, s->seed + 41);
        cover *= wear > s->worn ? 1.0 : fmax(0.0, 1.0 - 4.0 * (s->worn - wear));
        if (cover > best) {
            best = cover;
            *yellow = own && s->yellow[side];
        }
    }
    return best;
}

/* A straight arrow every 40 m in the middle of the lane. */
static double arrow_at(const road_scene *s, double along, double aside)
{
    double at = along - 40.0 * floor(along / 40.0);
    if (s->condition != ROAD_CLUTTER || at > 5.0)
        return 0.0;
    return at < 3.0 ? fabs(aside) < 0.1 : fabs(aside) < 0.45 * (5.0 - at) / 2.0;
}

/* What is bright along the road and no paint: the gap between two shadows, a strip of older concrete, spilt
 * lime. */
static double strip_at(const road_scene *s, double along, double aside)
{
    bool may = s->condition == ROAD_SHADOWS || s->condition >= ROAD_CONCRETE;
    if (!may || road_lattice(20, 1, s->seed) > 0.1)
        return 0.0;
    double middle = 4.4 * road_lattice(20, 2, s->seed) + 0.012 * along * road_lattice(20, 3, s->seed) +
                    0.25 * road_noise(along * 0.15, 3.0, s->seed + 21) +
                    0.1 * road_noise(along * 0.8, 4.0, s->seed + 22);
    double half = 0.06 + 0.14 * (road_lattice(20, 4, s->seed) + 0.5) +
                  0.08 * road_noise(along * 1.1, 5.0, s->seed + 23);
    bool there = road_noise(along * 0.12, 6.0, s->seed + 24) > -0.15;
    return there && fabs(aside - middle) < half ? 0.15 + 0.5 * (road_lattice(20, 5, s->seed) + 0.5) : 0.0;
}

/* Seams, sealed cracks, patches, kerbs and verges: the road's own light. */
static double road_at(const road_scene *s, double along, double aside, double blur_m)
{
    bool clutter = s->condition >= ROAD_CONCRETE;
    double half = s->shape.at[LANE_WIDTH] * (1.6 + 0.4 * road_lattice(1, 1, s->seed));
    double base =
        s->road * (1.0 + 0.25 * road_noise(along * 0.3, aside * 0.8, s->seed + 50) +
                   0.15 * road_noise(along * 2.0, aside * 6.0, s->seed + 51) +
                   0.1 * road_noise(along * 9.0, aside * 30.0, s->seed + 52) * fmin(1.0, 0.03 / blur_m));
    base *= 1.0 + 0.08 * cos(pi * fmod(fabs(aside), 0.9) / 0.45); /* wheel tracks */
    if (fabs(aside) > half)
        return fabs(aside) < half + 0.25 && clutter
                   ? 0.6
                   : 0.3 + 0.35 * road_noise(along * 1.5, aside * 3.0, s->seed + 60) +
                         0.2 * road_noise(along * 7, aside * 9, 61);
    if (!clutter)
        return base;
    double seam = 3.0 * road_lattice(2, 2, s->seed), step = 3.0 * road_lattice(3, 3, s->seed);
    if (fabs(aside - seam) < 0.03 || along - 6.0 * floor(along / 6.0) < 0.04)
        base *= 0.6;
    if (aside > step && road_lattice(4, 4, s->seed) > 0.0) /* a lane that was laid anew */
        base *= 0.6;
    if (road_noise(along * 0.1, aside * 0.25, s->seed + 70) > 0.22)
        base *= 0.7;
    return base;
}

/* Light that comes to a place: trees' dapples, a building's edge, bars of a bridge. */
static double light_at(const road_scene *s, double along, double aside, double ahead)
{
    double light = 1.0;
    if (s->condition == ROAD_SHADOWS || s->condition == ROAD_BARE) {
        double leaves = road_noise(along * 0.5, aside * 0.5, s->seed + 80) +
                        0.6 * road_noise(along * 2.2, aside * 2.2, s->seed + 81);
        double edge = aside - 3.0 * road_lattice(5, 5, s->seed) + 0.05 * along * road_lattice(6, 6, s->seed);
        bool bars = road_lattice(7, 7, s->seed) > 0.2 && along - 9.0 * floor(along / 9.0) < 2.5;
        light = leaves > 0.0 ? 0.35 : 1.0;
        light = (edge > 0.0 && road_lattice(8, 8, s->seed) > 0.0) || bars ? 0.35 : light;
    }
    if (s->condition == ROAD_DUSK)
        light = 0.22;
    if (s->condition == ROAD_NIGHT) {
        double beam = exp(-pow((aside + 0.5) / (1.5 + 0.12 * ahead), 2.0)) / (1.0 + pow(ahead / 18.0, 2.0));
        light = 0.015 + 0.75 * beam;
    }
    return light;
}

typedef struct {
    double light, cb;
} shade;

static shade ground_shade(const road_scene *s, double x, double y, double pixel_m)
{
    double along = s->along_m + x, centre = lane_shape_middle(&s->shape, x);
    double slope = lane_shape_slope(&s->shape, x);
    double aside = (y - centre) / sqrt(1.0 + slope * slope) / (1.0 + s->taper * x / s->shape.at[LANE_WIDTH]);
    bool yellow = false;
    double paint = fmax(paint_at(s, along, aside, fmax(pixel_m, 0.01), &yellow), arrow_at(s, along, aside));
    double shadow = 1.0, surface = 1.0;
    for (int i = 0; i < ROAD_MOST_DECOYS; i++)
        road_decoy_at(&s->decoys[i], along, aside, fmax(pixel_m, 0.01), &shadow, &surface);
    double white = yellow ? 0.75 * s->paint : s->paint;
    double cb = 126.0 - (yellow ? 34.0 * paint : 0.0);
    double own = road_at(s, along, aside, fmax(pixel_m, 0.01)) * (1.0 + strip_at(s, along, aside)) * surface;
    double v = own + paint * (fmax(white, own + 0.02) - own);
    return (shade){v * shadow * light_at(s, along, aside, x), cb};
}

/* A car ahead hides the road: a box with a bright back or a dark one. */
static bool car_at(const road_scene *s, double x, double y, double up, shade *out)
{
    if (s->condition != ROAD_CLUTTER && s->condition != ROAD_GLARE)
        return false;
    double ahead = 14.0 + 60.0 * (road_lattice(9, 9, s->seed) + 0.5),
           lane = floor(3.0 * (road_lattice(10, 10, s->seed) + 0.5)) - 1.0;
    double scale = ahead / x, middle = lane_shape_middle(&s->shape, ahead) + lane * s->shape.at[LANE_WIDTH];
    double aside = y * scale - middle, height = up * scale;
    if (x < ahead || fabs(aside) > 0.9 || height > 1.5)
        return false;
    out->light = road_lattice(11, 11, s->seed) > 0.0 ? 0.75 : 0.12;
    out->light = height < 0.3 ? 0.05 : fabs(aside) > 0.7 && height < 0.9 ? 0.5 : out->light;
    return true;
}

static double above_horizon(const road_scene *s, double across, double up)
{
    double trees = 0.03 + 0.12 * fabs(road_noise(across * 6.0, 0.0, s->seed + 3));
    double day = up < trees ? 0.2 + 0.3 * road_noise(across * 60.0, up * 60.0, s->seed + 5) : 0.75;
    return s->condition == ROAD_NIGHT
               ? (road_lattice((int)(across * 300), (int)(up * 300), s->seed) > 0.4985 ? 1.0 : 0.01)
           : s->condition == ROAD_DUSK ? 0.4 * day
                                       : day;
}

/* What the lens, the windscreen and the wet road add. */
static double veil(const road_scene *s, double u, double v, bool ground)
{
    double width = s->ground.width, height = s->ground.height;
    if (s->condition == ROAD_GLARE) {
        double far =
            hypot(u - width * (0.5 + 0.4 * road_lattice(12, 12, s->seed)), v - 0.3 * height) / height;
        return (0.25 + 0.2 * road_lattice(13, 13, s->seed)) + 0.9 * exp(-far / 0.22);
    }
    if (s->condition == ROAD_RAIN && ground) { /* streaks of the sky and of lamps, upright in the picture */
        double streak = road_noise(u * 40.0 / width, v * 2.0 / height, s->seed + 90) +
                        0.7 * road_noise(u * 9.0 / width, 0.0, s->seed + 91);
        return 0.1 + 0.35 * fmax(streak, 0.0);
    }
    return 0.0;
}

static double sensor_noise(const road_scene *s)
{
    return s->condition == ROAD_NIGHT  ? 5.0
           : s->condition == ROAD_DUSK ? 4.0
           : s->condition == ROAD_RAIN ? 3.0
                                       : 2.0;
}

static double gain(const road_scene *s)
{
    return s->condition == ROAD_DUSK    ? 1.8
           : s->condition == ROAD_NIGHT ? 1.6
           : s->condition == ROAD_RAIN  ? 0.8
                                        : 1.0;
}

/* One sample a pixel: paint is blurred on the ground by a pixel's width. */
static shade pixel_shade(const road_scene *s, const lane_ground *true_ground, double u, double v)
{
    shade out = {0.0, 128.0};
    double uv[2] = {u, v}, xy[2] = {0.0, 0.0}, horizon[2];
    bool ground = lane_ground_from_pixel(true_ground, uv, xy) && xy[0] < 150.0 && xy[0] > 0.5;
    const double flat = xy[0];
    for (int i = 0; ground && i < 4; i++) { /* the ray meets the road below or above the plane */
        double scale = (1.0 + 0.5 * s->crest_1pm * xy[0] * xy[0] / s->ground.mount.height_m) * flat / xy[0];
        xy[0] *= scale;
        xy[1] *= scale;
        ground = scale > 0.0 && xy[0] < 150.0 && xy[0] > 0.5;
    }
    if (ground) {
        out = ground_shade(s, xy[0], xy[1], xy[0] / s->ground.model.fx);
        car_at(s, xy[0], xy[1], 0.0, &out);
    } else {
        lane_ground_to_pixel(true_ground, 1000.0, 0.0, horizon);
        out.light = above_horizon(s, (u - horizon[0]) / s->ground.width, (horizon[1] - v) / s->ground.height);
    }
    if (ground) { /* cars stand up: what is behind their foot is hidden up to their height */
        double up = 1.5;
        for (double h = 0.0; h < up; h += 0.1)
            if (car_at(s, xy[0] * (1.0 - h / s->ground.mount.height_m), xy[1], h, &out))
                break;
    }
    double wash = s->condition == ROAD_GLARE ? 0.5 : s->condition == ROAD_RAIN ? 0.75 : 1.0;
    out.light = gain(s) * out.light * wash + veil(s, u, v, ground);
    return out;
}

/* The camera as it is, not as the detector is told. A turn of the picture about its middle for the roll. */
static lane_ground true_ground_of(const road_scene *s)
{
    lane_ground g;
    lane_mount m = s->ground.mount;
    m.pitch_rad += s->pitch_rad;
    m.roll_rad += s->roll_rad;
    lane_ground_set(&g, &s->ground.model, s->ground.width, s->ground.height, &m);
    return g;
}

static uint8_t to_byte(double v)
{
    return (uint8_t)fmin(fmax(floor(v + 0.5), 0.0), 255.0);
}

void road_render(const road_scene *s, road_picture *p)
{
    const lane_ground g = true_ground_of(s);
    uint64_t r = s->seed + 12345 + (uint64_t)(s->along_m * 100.0);
    double grain = sensor_noise(s);
    for (int y = 0; y < p->height; y++) {
        for (int x = 0; x < p->width; x++) {
            shade a = pixel_shade(s, &g, x, y);
            double white =
                road_uniform(&r, -1, 1) + road_uniform(&r, -1, 1) + road_uniform(&r, -1, 1); /* variance 1 */
            p->light[(size_t)y * (size_t)p->width + (size_t)x] = to_byte(255.0 * a.light + grain * white);
            if (x % 2 == 0 && y % 2 == 0)
                p->cb[(size_t)(y / 2) * (size_t)(p->width / 2) + (size_t)(x / 2)] = to_byte(
                    128.0 + (a.cb - 128.0) * fmin(1.0, gain(s) * light_at(s, 0, 0, 10)) + 0.5 * white);
        }
    }
}

/* ---- none */

static double nothing_light(road_nothing what, uint64_t seed, double x, double y)
{
    switch (what) {
    case NOTHING_ROOM: { /* boards of a floor, a wall, a door */
        double board = floor(x * 14.0 / (0.2 + fmax(y - 0.4, 0.0)));
        return y < 0.5 ? (fabs(x - 0.1) < 0.12 ? 0.3 : 0.7) : 0.35 + 0.2 * road_lattice((int)board, 0, seed);
    }
    case NOTHING_LEAVES:
        return 0.4 + 0.5 * road_noise(x * 40, y * 40, seed) + 0.4 * road_noise(x * 150, y * 150, seed + 1);
    case NOTHING_STRIPES: /* a jalousie: as bright and dark as paint, and not where a lane would be */
        return fmod(fabs(y * 30.0 + x * 4.0), 1.0) < 0.3 ? 0.9 : 0.3;
    default:
        return 0.5;
    }
}

void road_render_nothing(road_nothing what, uint64_t seed, road_picture *p)
{
    uint64_t r = seed * 77 + what;
    double grain = what == NOTHING_NOISE ? 50.0 : 2.0;
    memset(p->cb, 128, (size_t)(p->width / 2) * (size_t)(p->height / 2));
    for (int y = 0; y < p->height; y++) {
        for (int x = 0; x < p->width; x++) {
            double v = nothing_light(what, seed, (double)x / p->width - 0.5, (double)y / p->height);
            double white = road_uniform(&r, -1, 1) + road_uniform(&r, -1, 1) + road_uniform(&r, -1, 1);
            p->light[(size_t)y * (size_t)p->width + (size_t)x] = to_byte(255.0 * v + grain * white);
        }
    }
}

road_picture road_picture_create(int width, int height)
{
    road_picture p = {width, height, calloc((size_t)width, (size_t)height),
                      calloc((size_t)width / 2, (size_t)height / 2)};
    if (!p.light || !p.cb)
        abort();
    return p;
}

void road_picture_destroy(road_picture *p)
{
    free(p->light);
    free(p->cb);
}

colour_view road_picture_view(const road_picture *p)
{
    return (colour_view){.light = {p->light, p->width, p->width, p->height, false},
                         .cb = p->cb,
                         .cb_stride = p->width / 2,
                         .cb_width = p->width / 2,
                         .cb_height = p->height / 2};
}
