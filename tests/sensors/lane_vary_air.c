#include "tests/sensors/lane_noise.h"
#include "tests/sensors/lane_vary.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* ---- water */

/* A low sun ahead stands in the wet road as a bright column; where wheels run it is smoother. */
static void wet(road_photo *p, uint64_t seed)
{
    uint64_t r = seed;
    double at = road_uniform(&r, 0.25, 0.75) * p->width, wide = road_uniform(&r, 0.06, 0.25) * p->width,
           bright = road_uniform(&r, 60, 200), dark = road_uniform(&r, 0.5, 0.8);
    for (size_t i = 0; i < size_of(p); i++) {
        double ahead = (double)p->ahead[i], aside = (double)p->aside[i];
        if (!(ahead > 0.0))
            continue;
        double off = ((double)(i % (size_t)p->width) - at) / wide;
        double track = fmin(fabs(fabs(aside) - 0.75) / 0.3, 1.0);
        double rough = 1.0 + 0.8 * road_noise(aside * 7.0, ahead * 0.8, seed) +
                       0.5 * road_noise(aside * 2.0, ahead * 0.3, seed + 1);
        p->light[i] =
            to_byte(dark * p->light[i] + bright * exp(-0.5 * off * off) * rough * (1.0 - 0.4 * track));
    }
}

/* Each drop shows the scene small and upside down: a grey blot without detail, paler on one side. */
static void drops(road_photo *p, uint64_t seed)
{
    uint64_t r = seed;
    for (int k = 0; k < 25; k++) {
        double x0 = road_uniform(&r, 0, p->width), y0 = road_uniform(&r, 0.3, 1.0) * p->height,
               size = road_uniform(&r, 0.008, 0.03) * p->width, grey = road_uniform(&r, 70, 190);
        for (int y = (int)fmax(y0 - 1.5 * size, 0); y < fmin(y0 + 1.5 * size, p->height); y++) {
            for (int x = (int)fmax(x0 - 1.5 * size, 0); x < fmin(x0 + 1.5 * size, p->width); x++) {
                size_t i = (size_t)y * (size_t)p->width + (size_t)x;
                double far = hypot(x - x0, y - y0) / size, share = fmin(fmax((1.2 - far) / 0.4, 0.0), 0.9);
                p->light[i] = to_byte(p->light[i] + share * (grey + 40.0 * (y - y0) / size - p->light[i]));
            }
        }
    }
}

/* ---- vehicles: boxes along the road, seen as they are */

typedef struct {
    double x[2], y[2], high_m; /* of the box: ahead, left, above the road */
    double light;
} box;

static bool direction_at(const lane_ground *g, size_t i, double out[3])
{
    double xy[2];
    const double uv[2] = {(double)(i % (size_t)g->width), (double)(i / (size_t)g->width)};
    if (!model_to_ray(&g->model, uv, xy))
        return false;
    for (int k = 0; k < 3; k++)
        out[k] = g->axes[k][0] - g->axes[k][1] * xy[0] - g->axes[k][2] * xy[1];
    return true;
}

/* Light of a body: wheels and sills are dark, so are windows. */
static double body(const box *b, double along, double up)
{
    double end = fmin(fabs(along - 0.18), fabs(along - 0.82));
    bool wheel = up < 0.35 && end < 0.08;
    bool window =
        b->high_m < 2.0 && up > 0.62 * b->high_m && up < 0.93 * b->high_m && along > 0.06 && along < 0.94;
    return up < 0.2 || wheel ? 25.0 : window ? 50.0 : b->light * (1.0 - 0.15 * (up < 0.5));
}

/* The light of the box in a direction; negative: it is not there. */
static double box_at(const box *b, const double d[3], double height_m)
{
    double near = b->y[0] > 0.0 ? b->y[0] : b->y[1];
    double back = b->x[0] / d[0], y = d[1] * back, up = height_m + d[2] * back;
    if (d[0] > 0.0 && y > b->y[0] && y < b->y[1] && up > 0.0 && up < b->high_m)
        return 0.8 * body(b, (y - b->y[0]) / (b->y[1] - b->y[0]), up);
    double side = near / d[1], x = d[0] * side;
    up = height_m + d[2] * side;
    if (side > 0.0 && x > b->x[0] && x < b->x[1] && up > 0.0 && up < b->high_m)
        return body(b, (x - b->x[0]) / (b->x[1] - b->x[0]), up);
    return -1.0;
}

static void park(road_photo *p, const box *b)
{
    lane_ground g;
    lane_mount m = p->ground.mount;
    m.pitch_rad += p->pitch_rad;
    lane_ground_set(&g, &p->ground.model, p->width, p->height, &m);
    for (size_t i = 0; i < size_of(p); i++) {
        double d[3];
        double light = direction_at(&g, i, d) ? box_at(b, d, m.height_m) : -1.0;
        if (light >= 0.0) {
            p->light[i] = to_byte(light);
            p->cb[i] = 128;
        }
    }
}

/* `over`: its side stands in the lane; else in the next one. */
static void vehicle(road_photo *p, bool over, uint64_t seed)
{
    uint64_t r = seed;
    int side = road_uniform(&r, 0, 1) < 0.5 ? LANE_LEFT : LANE_RIGHT;
    double sign = side == LANE_LEFT ? 1.0 : -1.0,
           off = over ? road_uniform(&r, -0.9, -0.2) : road_uniform(&r, 0.25, 1.0);
    double ahead = over ? road_uniform(&r, 5, 9) : road_uniform(&r, 2.5, 9),
           wide = road_uniform(&r, 1.8, 2.5);
    double near = p->offset_m[side] + ahead * p->heading_rad + sign * off;
    bool truck = road_uniform(&r, 0, 1) < 0.4;
    box b = {{ahead, ahead + (truck ? 12.0 : 4.6)},
             {fmin(near, near + sign * wide), fmax(near, near + sign * wide)},
             truck ? 3.2 : 1.5,
             over ? road_uniform(&r, 30, 240) : road_uniform(&r, 190, 250)};
    park(p, &b);
}

/* ---- the picture */

/* Everything runs from the middle of the picture outwards while the shutter is open. */
static void motion(road_photo *p, uint64_t seed)
{
    uint64_t r = seed;
    const road_photo from = road_photo_copy(p);
    double most = road_uniform(&r, 0.03, 0.1), shake = road_uniform(&r, 0.0, 6.0);
    for (size_t i = 0; i < size_of(p); i++) {
        double x = (double)(i % (size_t)p->width), y = (double)(i / (size_t)p->width), sum = 0.0;
        for (int k = 0; k < 8; k++) {
            double share = most * k / 8.0;
            const double uv[2] = {x + share * (p->ground.model.cx - x),
                                  y + share * (0.56 * p->height - y) + shake * k / 8.0};
            sum += road_photo_sample(&from, from.light, uv);
        }
        p->light[i] = to_byte(sum / 8.0);
    }
    road_photo copy = from;
    road_photo_destroy(&copy);
}

/* The tables of ITU-T T.81, annex K, at the quality 20 of libjpeg: times 2.5. */
static const uint8_t light_steps[64] = {
    16, 11,  10,  16, 24, 40, 51, 61, 12,  12,  14,  19,  26, 58, 60, 55,  14,  13,  16,  24, 40, 57,
    69, 56,  14,  17, 22, 29, 51, 87, 80,  62,  18,  22,  37, 56, 68, 109, 103, 77,  24,  35, 55, 64,
    81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98,  112, 100, 103, 99};
static const uint8_t colour_steps[64] = {17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
                                         24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
                                         99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
                                         99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

static void transform(double block[64], double base[8][8], bool back)
{
    for (int pass = 0; pass < 2; pass++) {
        double out[64];
        for (int i = 0; i < 8; i++) {
            for (int k = 0; k < 8; k++) {
                double sum = 0.0;
                for (int j = 0; j < 8; j++)
                    sum += (back ? base[j][k] : base[k][j]) * block[i * 8 + j];
                out[k * 8 + i] = sum; /* turned: the second pass takes the other way */
            }
        }
        memcpy(block, out, sizeof out);
    }
}

/* One plane; `step` samples of it are one of the codec's. */
static void code_plane(uint8_t *plane, int width, int height, int step, const uint8_t steps[64])
{
    double base[8][8];
    for (int k = 0; k < 8; k++) {
        for (int j = 0; j < 8; j++)
            base[k][j] = (k ? 0.5 : sqrt(0.125)) * cos((2 * j + 1) * k * pi / 16.0);
    }
    for (int y0 = 0; y0 + 8 * step <= height; y0 += 8 * step) {
        for (int x0 = 0; x0 + 8 * step <= width; x0 += 8 * step) {
            double block[64];
            for (int i = 0; i < 64; i++)
                block[i] = plane[(y0 + i / 8 * step) * width + x0 + i % 8 * step] - 128.0;
            transform(block, base, false);
            for (int i = 0; i < 64; i++) {
                double size = 2.5 * steps[i];
                block[i] = size * floor(block[i] / size + 0.5);
            }
            transform(block, base, true);
            for (int i = 0; i < 64 * step * step; i++) {
                int y = i / (8 * step), x = i % (8 * step);
                plane[(y0 + y) * width + x0 + x] = to_byte(block[y / step * 8 + x / step] + 128.0);
            }
        }
    }
}

void road_photo_film(road_photo *p, photo_variant v, uint64_t seed)
{
    switch (v) {
    case PHOTO_WET:
        wet(p, seed);
        break;
    case PHOTO_DROPS:
        drops(p, seed);
        break;
    case PHOTO_TRUCK:
    case PHOTO_BESIDE:
        vehicle(p, v == PHOTO_TRUCK, seed);
        break;
    case PHOTO_MOTION:
        motion(p, seed);
        break;
    case PHOTO_GREY:
        memset(p->cb, 128, size_of(p));
        break;
    case PHOTO_JPEG:
        code_plane(p->light, p->width, p->height, 1, light_steps);
        code_plane(p->cb, p->width, p->height, 2, colour_steps);
        break;
    default:
        break;
    }
}
