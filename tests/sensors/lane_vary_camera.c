#include "tests/sensors/lane_noise.h"
#include "tests/sensors/lane_vary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void expose(road_photo *p, double gain, double offset, double gamma, double noise, uint64_t seed)
{
    uint64_t r = seed;
    for (size_t i = 0; i < size_of(p); i++) {
        double grain = noise * (road_uniform(&r, -1, 1) + road_uniform(&r, -1, 1) + road_uniform(&r, -1, 1));
        p->light[i] = to_byte(gain * 255.0 * pow(p->light[i] / 255.0, gamma) + offset + grain);
        p->cb[i] = to_byte(128.0 + fmin(gain, 1.0) * (p->cb[i] - 128.0) + 0.5 * grain);
    }
}

static void veil(road_photo *p, photo_variant v, uint64_t seed)
{
    uint64_t r = seed;
    double x0 = road_uniform(&r, 0.2, 0.8), y0 = road_uniform(&r, 0.2, 0.5),
           size = road_uniform(&r, 0.2, 0.5), bright = road_uniform(&r, 120, 255),
           flat = road_uniform(&r, 20, 70);
    for (size_t i = 0; i < size_of(p); i++) {
        double x = (double)(i % (size_t)p->width) / p->width, y = (double)(i / (size_t)p->width) / p->height;
        double far = hypot((x - x0) * p->width / p->height, y - y0);
        double streak = fmax(road_noise(x * 40.0, y * 2.0, seed), 0.0);
        p->light[i] = v == PHOTO_GLARE ? to_byte(0.7 * p->light[i] + flat + bright * exp(-far / size))
                                       : to_byte(0.6 * p->light[i] + 25.0 + 70.0 * streak);
    }
}

/* A box of ones, twice in both directions. */
static void blur(road_photo *p, int half)
{
    uint8_t *from = malloc(size_of(p));
    if (!from)
        abort();
    for (int pass = 0; pass < 4; pass++) {
        memcpy(from, p->light, size_of(p));
        for (int y = 0; y < p->height; y++) {
            for (int x = 0; x < p->width; x++) {
                int sum = 0;
                for (int k = -half; k <= half; k++) {
                    int u = pass % 2 ? x : x + k, w = pass % 2 ? y + k : y;
                    u = u < 0 ? 0 : u >= p->width ? p->width - 1 : u;
                    w = w < 0 ? 0 : w >= p->height ? p->height - 1 : w;
                    sum += from[(size_t)w * (size_t)p->width + (size_t)u];
                }
                p->light[(size_t)y * (size_t)p->width + (size_t)x] = to_byte((double)sum / (2 * half + 1));
            }
        }
    }
    free(from);
}

static void bonnet(road_photo *p, uint64_t seed)
{
    uint64_t r = seed;
    double top = road_uniform(&r, 0.82, 0.9), light = road_uniform(&r, 20, 120);
    for (int y = 0; y < p->height; y++) {
        for (int x = 0; x < p->width; x++) {
            double across = 2.0 * x / p->width - 1.0, edge = p->height * (top + 0.06 * across * across);
            size_t i = (size_t)y * (size_t)p->width + (size_t)x;
            double mirrored = fmax(2.0 * edge - y - 0.25 * p->height, 0.0), near = (y - edge - 6.0) / 4.0;
            if (y > edge)
                p->light[i] = to_byte(0.5 * p->light[(size_t)mirrored * (size_t)p->width + (size_t)x] +
                                      light + 60.0 * exp(-near * near));
        }
    }
}

static void car(road_photo *p, uint64_t seed)
{
    uint64_t r = seed;
    double ahead = road_uniform(&r, 9, 16), light = road_uniform(&r, 20, 240);
    double middle = line_at(p, LANE_LEFT) * floor(road_uniform(&r, -1, 2)) + road_uniform(&r, -0.3, 0.3);
    double foot = NAN, from = INFINITY, to = -INFINITY;
    for (size_t i = 0; i < size_of(p); i++) {
        if (fabs((double)p->ahead[i] - ahead) < 0.15 && fabs((double)p->aside[i] - middle) < 0.9) {
            from = fmin(from, (double)(i % (size_t)p->width));
            to = fmax(to, (double)(i % (size_t)p->width));
            foot = (double)(i / (size_t)p->width);
        }
    }
    double height = 1.5 * p->ground.model.fy / ahead;
    for (int y = (int)fmax(foot - height, 0.0); y <= foot; y++) {
        for (int x = (int)from; x <= to; x++)
            p->light[(size_t)y * (size_t)p->width + (size_t)x] =
                to_byte(y > foot - 0.2 * height ? 20.0 : light);
    }
}

static void mirror(road_photo *p)
{
    for (size_t y = 0; y < (size_t)p->height; y++) {
        size_t row = y * (size_t)p->width;
        for (size_t x = 0; x < (size_t)p->width / 2; x++) {
            size_t a = row + x, b = row + (size_t)p->width - 1 - x;
            uint8_t light = p->light[a], cb = p->cb[a];
            p->light[a] = p->light[b];
            p->cb[a] = p->cb[b];
            p->light[b] = light;
            p->cb[b] = cb;
        }
    }
    double left = p->offset_m[LANE_LEFT];
    p->offset_m[LANE_LEFT] = -p->offset_m[LANE_RIGHT];
    p->offset_m[LANE_RIGHT] = -left;
    left = p->ahead_m[LANE_LEFT];
    p->ahead_m[LANE_LEFT] = -p->ahead_m[LANE_RIGHT];
    p->ahead_m[LANE_RIGHT] = -left;
    p->heading_rad = -p->heading_rad;
    p->curvature_1pm = -p->curvature_1pm;
    camera_model m = p->ground.model;
    lane_mount mount = p->ground.mount;
    m.cx = p->width - 1.0 - m.cx;
    m.p2 = -m.p2;
    mount.yaw_rad = -mount.yaw_rad;
    lane_ground_set(&p->ground, &m, p->width, p->height, &mount);
}

/* What the detector is told of the mount is wrong. */
static void remount(road_photo *p, double roll_rad, double pitch_rad)
{
    camera_model m = p->ground.model;
    lane_mount mount = p->ground.mount;
    mount.roll_rad += roll_rad;
    mount.pitch_rad += pitch_rad;
    lane_ground_set(&p->ground, &m, p->width, p->height, &mount);
}

void road_photo_expose(road_photo *p, photo_variant v, uint64_t seed)
{
    uint64_t r = seed;
    double much = road_uniform(&r, 0, 1), sign = road_uniform(&r, -1, 1) < 0.0 ? -1.0 : 1.0;
    switch (v) {
    case PHOTO_GLARE:
    case PHOTO_RAIN:
        veil(p, v, seed);
        break;
    case PHOTO_DARK:
        expose(p, 0.1 + 0.15 * much, 0.0, 1.0, 2.0, seed);
        break;
    case PHOTO_BRIGHT:
        expose(p, 1.6 + much, 0.0, 1.0, 0.0, seed);
        break;
    case PHOTO_GAMMA:
        expose(p, 1.0, 0.0, sign > 0.0 ? 1.7 + much : 0.35 + 0.2 * much, 0.0, seed);
        break;
    case PHOTO_NOISE:
        expose(p, 1.0, 0.0, 1.0, 8.0 + 12.0 * much, seed);
        break;
    case PHOTO_BLUR:
        blur(p, 2);
        break;
    case PHOTO_ROLLED:
        remount(p, sign * 0.0175, 0.0);
        break;
    case PHOTO_PITCHED:
        remount(p, 0.0, sign * 0.026);
        break;
    case PHOTO_ROLLED_MORE:
        remount(p, sign * (0.035 + 0.0175 * much), 0.0);
        break;
    case PHOTO_PITCHED_MORE:
        remount(p, 0.0, sign * (0.035 + 0.0175 * much));
        break;
    case PHOTO_BONNET:
        bonnet(p, seed);
        break;
    case PHOTO_CAR:
        car(p, seed);
        break;
    case PHOTO_MIRROR:
        mirror(p);
        break;
    default:
        break;
    }
}
