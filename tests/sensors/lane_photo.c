#include "tests/sensors/lane_photo.h"
#include "sensors/camera/source.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What `posed camera calibrate` and `posed camera pose` make of the folder's own pictures (docs/CAMERA.md).
 */
static const camera_model models[2] = {
    {1162.71, 1158.20, 663.60, 388.71, -0.2558, 0.0260, -0.00010, -0.00027, 0.0},
    {903.4, 903.4, 479.5, 269.5, 0.0, 0.0, 0.0, 0.0, 0.0},
};
static const lane_mount mounts[2] = {
    {.height_m = 1.251, .pitch_rad = -0.02635, .yaw_rad = -0.02011},
    {.height_m = 1.243, .pitch_rad = -0.03862, .yaw_rad = 0.00258},
};

/* What the detector found in the picture as it is, on the day when it was compared with the markings by eye;
 * in test2.jpg the right line is by the reflectors at 6 m. It stays, whatever the detector learns. */
static const struct {
    const char *file;
    int camera, frame;
    double offset_m[LANE_SIDES], heading_rad, curvature_1pm, pitch_rad;
} photos[PHOTOS] = {
    {"straight_lines1.jpg", 0, 0, {1.810, -1.923}, -0.0022, 0.00022, -0.0013},
    {"straight_lines2.jpg", 0, 0, {1.727, -1.945}, 0.0034, -0.00024, 0.0012},
    {"test2.jpg", 0, 0, {1.480, -2.080}, -0.0171, 0.00180, 0.0054},
    {"test4.jpg", 0, 0, {1.526, -2.186}, 0.0019, -0.00069, 0.0029},
    {"solidWhiteCurve.jpg", 1, 0, {1.588, -2.206}, 0.0015, 0.00002, -0.0045},
    {"solidWhiteRight.jpg", 1, 0, {1.782, -1.933}, -0.0013, 0.00015, -0.0028},
    {"solidYellowCurve2.jpg", 1, 0, {1.667, -2.075}, 0.0052, -0.00024, -0.0047},
    {"whiteCarLaneSwitch.jpg", 1, 0, {1.616, -2.151}, 0.0013, -0.00037, -0.0075},
    {"solidWhiteRight.mp4", 1, 40, {1.707, -1.922}, 0.0043, -0.00022, 0.0018},
    {"solidWhiteRight.mp4", 1, 110, {1.821, -1.806}, -0.0049, 0.00014, 0.0010},
    {"solidWhiteRight.mp4", 1, 190, {1.585, -2.150}, -0.0026, 0.00011, 0.0034},
};

bool road_photo_allocate(road_photo *p)
{
    size_t size = (size_t)p->width * (size_t)p->height;
    p->light = malloc(size);
    p->cb = malloc(size);
    p->ahead = malloc(size * sizeof *p->ahead);
    p->aside = malloc(size * sizeof *p->aside);
    return p->light && p->cb && p->ahead && p->aside;
}

static void take_planes(road_photo *p, const colour_view *v)
{
    for (int y = 0; y < p->height; y++) {
        for (int x = 0; x < p->width; x++) {
            size_t at = (size_t)y * (size_t)p->width + (size_t)x;
            p->light[at] = v->light.data[y * v->light.stride + x];
            p->cb[at] =
                v->cb ? v->cb[y * v->cb_height / p->height * v->cb_stride + x * v->cb_width / p->width] : 128;
        }
    }
}

static bool read_picture(const char *path, int number, road_photo *p)
{
    error e = {""};
    const source_options o = {.input = path, .rate_hz = 25.0, .pixel_format = ""};
    source *s = source_open(&o, &e);
    colour *c = colour_create();
    colour_view v;
    int64_t time_ns;
    bool good = s && c;
    for (int i = 0; good && i <= number; i++)
        good = source_next(s, &time_ns, &e) == DECODER_PICTURE;
    good = good && colour_of(c, source_picture(s), &v, &e);
    if (good) {
        p->width = v.light.width;
        p->height = v.light.height;
        good = road_photo_allocate(p);
        if (good)
            take_planes(p, &v);
    }
    colour_destroy(c);
    if (s)
        source_close(s);
    return good;
}

/* Middle of the lane at x, less its offset at the camera. */
static double bend(const road_photo *p, double x)
{
    return x * (p->heading_rad + 0.5 * p->curvature_1pm * x);
}

static void place_pixels(road_photo *p)
{
    lane_ground g;
    lane_mount m = p->ground.mount;
    m.pitch_rad += p->pitch_rad;
    lane_ground_set(&g, &p->ground.model, p->width, p->height, &m);
    for (int y = 0; y < p->height; y++) {
        for (int x = 0; x < p->width; x++) {
            size_t at = (size_t)y * (size_t)p->width + (size_t)x;
            double uv[2] = {x, y}, xy[2];
            bool road = lane_ground_from_pixel(&g, uv, xy) && xy[0] > 1.0 && xy[0] < 75.0;
            p->ahead[at] = road ? (float)xy[0] : 0.0f;
            p->aside[at] = road ? (float)(xy[1] - bend(p, xy[0]) -
                                          0.5 * (p->offset_m[LANE_LEFT] + p->offset_m[LANE_RIGHT]))
                                : 0.0f;
        }
    }
}

static void take_truth(int photo, road_photo *p)
{
    p->heading_rad = photos[photo].heading_rad;
    p->curvature_1pm = photos[photo].curvature_1pm;
    p->pitch_rad = photos[photo].pitch_rad;
    for (int side = 0; side < LANE_SIDES; side++) {
        p->painted[side] = true;
        p->offset_m[side] = photos[photo].offset_m[side];
        p->ahead_m[side] = p->offset_m[side] + bend(p, PHOTO_AHEAD_M);
    }
}

bool road_photo_load(int photo, const char *data, road_photo *out)
{
    char path[512];
    int camera = photos[photo].camera;
    memset(out, 0, sizeof *out);
    snprintf(path, sizeof path, "%s/lanes/%s", data, photos[photo].file);
    snprintf(out->name, sizeof out->name, "%s, %d", photos[photo].file, photos[photo].frame);
    FILE *there = fopen(path, "rb");
    if (!there)
        return false;
    fclose(there);
    if (!read_picture(path, photos[photo].frame, out) ||
        !lane_ground_set(&out->ground, &models[camera], out->width, out->height, &mounts[camera])) {
        road_photo_destroy(out);
        return false;
    }
    take_truth(photo, out);
    place_pixels(out);
    return true;
}

road_photo road_photo_copy(const road_photo *from)
{
    road_photo to = *from;
    size_t size = (size_t)from->width * (size_t)from->height;
    if (!road_photo_allocate(&to))
        abort();
    memcpy(to.light, from->light, size);
    memcpy(to.cb, from->cb, size);
    memcpy(to.ahead, from->ahead, size * sizeof *to.ahead);
    memcpy(to.aside, from->aside, size * sizeof *to.aside);
    return to;
}

void road_photo_destroy(road_photo *p)
{
    free(p->light);
    free(p->cb);
    free(p->ahead);
    free(p->aside);
    memset(p, 0, sizeof *p);
}

colour_view road_photo_view(const road_photo *p)
{
    return (colour_view){.light = {p->light, p->width, p->width, p->height, false},
                         .cb = p->cb,
                         .cb_stride = p->width,
                         .cb_width = p->width,
                         .cb_height = p->height};
}

double road_photo_off(const road_photo *p, const lanes_view *v, int side, bool ahead)
{
    return ahead ? lane_shape_y(&v->fit.belief.mean, side, PHOTO_AHEAD_M) - p->ahead_m[side]
                 : v->offset_m[side] - p->offset_m[side];
}

bool road_photo_right(const road_photo *p, const lanes_view *v, int side)
{
    return v->found && p->painted[side] && fabs(road_photo_off(p, v, side, false)) < 0.2 &&
           fabs(road_photo_off(p, v, side, true)) < 0.2;
}
