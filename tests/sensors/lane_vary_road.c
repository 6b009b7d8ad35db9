#include "tests/sensors/lane_noise.h"
#include "tests/sensors/lane_vary.h"
#include "tests/sensors/lane_warp.h"

#include <math.h>

/* A camera of another size: as wide an angle as the picture itself has, or less. */
static void resize(road_warp *w, int width, int height, double width_rad)
{
    double f = 0.5 * width / tan(0.5 * width_rad);
    const camera_model m = {.fx = f, .fy = f, .cx = 0.5 * width - 0.5, .cy = 0.5 * height - 0.5};
    const lane_mount mount = w->told.mount;
    lane_ground_set(&w->told, &m, width, height, &mount);
    w->seen = w->told.model;
}

static void raise(road_warp *w, double height_m)
{
    const camera_model m = w->told.model;
    lane_mount mount = w->told.mount;
    mount.height_m = height_m;
    lane_ground_set(&w->told, &m, w->told.width, w->told.height, &mount);
}

static void bend(road_warp *w, double sign, double radius_m)
{
    w->curvature_1pm = sign / radius_m;
}

/* From one bend into the other within `length_m`, somewhere ahead. */
static void swing(road_warp *w, double sign, double radius_m, double length_m, double from_m)
{
    w->most_1pm = 1.0 / radius_m;
    w->rate_1pm2 = 2.0 * sign / (radius_m * length_m);
    w->curvature_1pm = -w->rate_1pm2 * (from_m + 0.5 * length_m);
}

/* A narrow road through woods, by whatever camera. */
static void woods(road_warp *w, double sign, uint64_t *r)
{
    if (road_uniform(r, 0, 1) < 0.5)
        resize(w, 1280, 720, road_uniform(r, 0.8, 1.05));
    raise(w, road_uniform(r, 1.1, 1.6));
    bend(w, sign, 1.0 / road_uniform(r, 1.0 / 150.0, 1.0 / 45.0));
    w->rate_1pm2 = road_uniform(r, -1, 1) * 2e-4;
    w->most_1pm = 1.0 / 40.0;
    w->crest_1pm = road_uniform(r, -1, 1) / 1000.0;
    w->wider = road_uniform(r, 0.78, 0.95);
    w->aside_m = road_uniform(r, -0.4, 0.4);
    w->turn_rad = road_uniform(r, -0.03, 0.03);
}

/* What is drawn for a picture: which way, how much of it, and the chance of all else. */
typedef struct {
    double sign, much;
    uint64_t random;
} drawing;

/* False: the road stays as it is. */
static bool draw_road(road_warp *w, photo_variant v, drawing *d)
{
    const double sign = d->sign, much = d->much;
    switch (v) {
    case PHOTO_BEND:
    case PHOTO_BEND_DAPPLE:
    case PHOTO_BEND_ONE:
        bend(w, sign, 1.0 / (1.0 / 500.0 + much * (1.0 / 150.0 - 1.0 / 500.0)));
        break;
    case PHOTO_TIGHT:
    case PHOTO_TIGHT_DAPPLE:
    case PHOTO_TIGHT_CONCRETE:
    case PHOTO_TIGHT_ONE:
    case PHOTO_TIGHT_NONE:
        bend(w, sign, 1.0 / (1.0 / 150.0 + much * (1.0 / 70.0 - 1.0 / 150.0)));
        break;
    case PHOTO_HAIRPIN:
        bend(w, sign, 1.0 / (1.0 / 70.0 + much * (1.0 / 40.0 - 1.0 / 70.0)));
        break;
    case PHOTO_SWING:
        swing(w, sign, 60.0 + 140.0 * much, 40.0, road_uniform(&d->random, -10, 10));
        break;
    case PHOTO_CREST:
    case PHOTO_CREST_DAPPLE:
        w->crest_1pm = 1.0 / (400.0 + 1100.0 * much);
        break;
    case PHOTO_SAG:
        w->crest_1pm = -1.0 / (400.0 + 1100.0 * much);
        break;
    case PHOTO_WOODS:
        woods(w, sign, &d->random);
        break;
    default:
        return false;
    }
    return true;
}

/* False: the lane, the place on it and the camera stay as they are. */
static bool draw_view(const road_photo *p, road_warp *w, photo_variant v, drawing *d)
{
    const double sign = d->sign, much = d->much;
    switch (v) {
    case PHOTO_NARROW:
        w->wider = 0.757 + 0.08 * much; /* 2.8 to 3.1 m */
        break;
    case PHOTO_WIDE:
        w->wider = 1.05 + 0.085 * much; /* 3.9 to 4.2 m */
        break;
    case PHOTO_LOW:
        raise(w, 1.0 + 0.12 * much);
        break;
    case PHOTO_HIGH:
        raise(w, 1.5 + 0.3 * much);
        break;
    case PHOTO_SMALL:
        resize(w, 640, 480, 0.8 + 0.2 * much);
        break;
    case PHOTO_LARGE:
        resize(w, 1920, 1080, 0.7 + 0.3 * much);
        break;
    case PHOTO_DISTORTED:
        w->seen.k1 -= 0.02 + 0.06 * much;
        break;
    case PHOTO_TURNED:
        w->turn_rad = sign * 0.0524;
        break;
    case PHOTO_ASIDE:
        w->aside_m = sign * 0.8;
        break;
    case PHOTO_CHANGE:
        w->aside_m = p->offset_m[sign > 0.0 ? LANE_LEFT : LANE_RIGHT] - sign * (0.3 + 0.4 * much);
        w->turn_rad = road_uniform(&d->random, -0.02, 0.07) * sign;
        break;
    default:
        return false;
    }
    return true;
}

void road_photo_bend(road_photo *p, photo_variant v, uint64_t seed)
{
    road_warp w = road_warp_none(p);
    drawing d = {.random = seed + 9};
    d.sign = road_uniform(&d.random, -1, 1) < 0.0 ? -1.0 : 1.0;
    d.much = road_uniform(&d.random, 0, 1);
    if (!draw_road(&w, v, &d) && !draw_view(p, &w, v, &d))
        return;
    road_photo bent = road_photo_warp(p, &w);
    road_photo_destroy(p);
    *p = bent;
}
