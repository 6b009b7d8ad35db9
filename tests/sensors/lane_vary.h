/* Parts of lane_photo.h. */
#ifndef POSED_TESTS_LANE_VARY_H
#define POSED_TESTS_LANE_VARY_H

#include "tests/sensors/lane_photo.h"

#include <math.h>

static inline uint8_t to_byte(double v)
{
    return (uint8_t)fmin(fmax(floor(v + 0.5), 0.0), 255.0);
}

static inline size_t size_of(const road_photo *p)
{
    return (size_t)p->width * (size_t)p->height;
}

/* Left of the lane's middle; positive on the left. */
static inline double line_at(const road_photo *p, int side)
{
    return 0.5 * (p->offset_m[side] - p->offset_m[!side]);
}

/* A plane between its samples; beyond its edges the nearest. */
double road_photo_sample(const road_photo *p, const uint8_t *plane, const double uv[2]);

/* Another road, place on it or camera (lane_warp.h); nothing for other variants. */
void road_photo_bend(road_photo *p, photo_variant v, uint64_t seed);

/* What the light, the air, the camera and its mount do to a picture; nothing for other variants. */
void road_photo_expose(road_photo *p, photo_variant v, uint64_t seed);

/* The road's own light in a row of the picture: the median of the lane, without its lines. NAN: no road. */
double road_photo_light(const road_photo *p, int y);

/* Width on the road of a pixel. */
static inline double blur_at(const road_photo *p, size_t i)
{
    return fmax((double)p->ahead[i] / p->ground.model.fx, 0.004);
}

/* Puts the road 0.75 m further in over a line, by so much. */
void road_photo_cover(road_photo *p, int side, double share);

/* What lies on the road, or is painted there; nothing for other variants. */
void road_photo_litter(road_photo *p, photo_variant v, uint64_t seed);

/* What is between the road and the picture: vehicles, water, lenses, codecs; nothing for other variants. */
void road_photo_film(road_photo *p, photo_variant v, uint64_t seed);

#endif
