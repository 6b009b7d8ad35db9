#include "tests/sensors/lane_decoy.h"
#include "tests/sensors/lane_noise.h"
#include "tests/sensors/lane_vary.h"

#include <math.h>
#include <stdlib.h>

const char *const photo_names[PHOTO_VARIANT_COUNT] = {
    [PHOTO_CLEAN] = "as it is",
    [PHOTO_DAPPLE] = "tree shadows",
    [PHOTO_BRIDGE] = "a bridge's shadow",
    [PHOTO_VEHICLE] = "a vehicle's shadow",
    [PHOTO_BARRIER] = "a barrier's shadow",
    [PHOTO_GAP] = "sun between two shadows",
    [PHOTO_RAIL] = "a guard rail's shadow",
    [PHOTO_TAR] = "a tar stripe",
    [PHOTO_TARS] = "two tar stripes",
    [PHOTO_OLD] = "an old marking",
    [PHOTO_SEAM] = "a seam along the lane",
    [PHOTO_STEP] = "half of another pavement",
    [PHOTO_STRIP] = "a strip of another pavement",
    [PHOTO_CONCRETE] = "pale concrete",
    [PHOTO_FAINT] = "concrete, paint 2 to 5 % brighter",
    [PHOTO_CONCRETE_DAPPLE] = "concrete, tree shadows",
    [PHOTO_CONCRETE_BARRIER] = "concrete, a barrier's shadow",
    [PHOTO_CONCRETE_SEAM] = "concrete, a seam along the lane",
    [PHOTO_GLARE] = "low sun",
    [PHOTO_DARK] = "underexposed, noise",
    [PHOTO_BRIGHT] = "overexposed",
    [PHOTO_GAMMA] = "another gamma",
    [PHOTO_NOISE] = "noise",
    [PHOTO_BLUR] = "blur",
    [PHOTO_RAIN] = "rain",
    [PHOTO_FADED] = "one line faded",
    [PHOTO_CAR] = "a car on the lane or a line",
    [PHOTO_BONNET] = "a bonnet",
    [PHOTO_MIRROR] = "mirrored",
    [PHOTO_ROLLED] = "roll 1 deg off",
    [PHOTO_PITCHED] = "pitch 1.5 deg off",
    [PHOTO_ONE] = "one line gone",
    [PHOTO_ONE_DECOY] = "one line gone, something like it there",
    [PHOTO_NONE] = "no line",
    [PHOTO_NONE_DECOY] = "no line, something like it there",
    [PHOTO_NONE_CONCRETE] = "no line, concrete",
    [PHOTO_BEND] = "a bend of 150 to 500 m",
    [PHOTO_TIGHT] = "a bend of 70 to 150 m",
    [PHOTO_HAIRPIN] = "a bend of 40 to 70 m",
    [PHOTO_SWING] = "an S of 60 to 200 m",
    [PHOTO_CREST] = "a crest of 400 to 1500 m",
    [PHOTO_SAG] = "a sag of 400 to 1500 m",
    [PHOTO_NARROW] = "a lane of 2.8 to 3.1 m",
    [PHOTO_WIDE] = "a lane of 3.9 to 4.2 m",
    [PHOTO_LOW] = "a camera 1.0 to 1.1 m high",
    [PHOTO_HIGH] = "a camera 1.5 to 1.8 m high",
    [PHOTO_SMALL] = "a camera of 640 x 480",
    [PHOTO_LARGE] = "a camera of 1920 x 1080",
    [PHOTO_DISTORTED] = "a lens that bends, not calibrated",
    [PHOTO_TURNED] = "turned by 3 deg",
    [PHOTO_ASIDE] = "0.8 m off the middle",
    [PHOTO_CHANGE] = "changing lanes",
    [PHOTO_BEND_DAPPLE] = "a bend of 150 to 500 m, tree shadows",
    [PHOTO_TIGHT_DAPPLE] = "a bend of 70 to 150 m, tree shadows",
    [PHOTO_TIGHT_CONCRETE] = "a bend of 70 to 150 m, concrete",
    [PHOTO_CREST_DAPPLE] = "a crest, tree shadows",
    [PHOTO_WOODS] = "a narrow, bent road in woods, any camera",
    [PHOTO_BEND_ONE] = "a bend of 150 to 500 m, one line gone",
    [PHOTO_TIGHT_ONE] = "a bend of 70 to 150 m, one line gone",
    [PHOTO_TIGHT_NONE] = "a bend of 70 to 150 m, no line",
    [PHOTO_STREAKS] = "tree shadows along the lane",
    [PHOTO_CONCRETE_STREAKS] = "concrete, tree shadows along the lane",
    [PHOTO_SUNLIT] = "black tree shadows, sun near white",
    [PHOTO_SEALING] = "sealed cracks",
    [PHOTO_GUTTER] = "a gutter and a kerb",
    [PHOTO_VERGE] = "no right line, a verge",
    [PHOTO_TRACKS] = "wheel tracks",
    [PHOTO_CONCRETE_TRACKS] = "concrete, wheel tracks",
    [PHOTO_CONCRETE_BRIDGE] = "concrete, a bridge's shadow",
    [PHOTO_DOUBLED] = "old paint beside the new",
    [PHOTO_ROADWORKS] = "road works: yellow beside white",
    [PHOTO_WORN] = "half of the paint gone",
    [PHOTO_ARROWS] = "an arrow in the lane",
    [PHOTO_WORDS] = "words on the road",
    [PHOTO_CROSSING] = "a stop line and a crossing",
    [PHOTO_FORK] = "an exit",
    [PHOTO_RUMBLE] = "rumble strips",
    [PHOTO_DOTS] = "studs instead of dashes",
    [PHOTO_WET] = "low sun on a wet road",
    [PHOTO_TRUCK] = "a vehicle hides one line from 5 to 9 m on",
    [PHOTO_BESIDE] = "a white vehicle beside",
    [PHOTO_JPEG] = "JPEG of quality 20",
    [PHOTO_GREY] = "grey",
    [PHOTO_MOTION] = "motion blur",
    [PHOTO_DROPS] = "drops on the lens",
    [PHOTO_ROLLED_MORE] = "roll 2 to 3 deg off",
    [PHOTO_PITCHED_MORE] = "pitch 2 to 3 deg off",
    [PHOTO_ALL_AT_ONCE] = "two of these at once",
    [PHOTO_SOFT] = "soft tree shadows",
    [PHOTO_CONCRETE_SOFT] = "concrete, paint 8 to 25 % brighter, soft tree shadows",
    [PHOTO_ONE_SOFT] = "the same, one line gone",
    [PHOTO_NONE_SOFT] = "the same, no line",
};

/* ---- shadows */

static bool is_soft(photo_variant v)
{
    return v >= PHOTO_SOFT && v <= PHOTO_NONE_SOFT;
}

static bool is_shadow(photo_variant v, const double at[4], double ahead, double aside, uint64_t seed)
{
    double leaves = road_noise(ahead * 0.7 * at[0], aside * at[0], seed) +
                    0.5 * road_noise(ahead * 3.0 * at[0], aside * 3.0 * at[0], seed + 1);
    double across = ahead + (2.0 * at[1] - 2.0) * aside;
    if (v == PHOTO_BRIDGE || v == PHOTO_CONCRETE_BRIDGE)
        return across > 4.0 + 10.0 * at[2] && across < 9.0 + 25.0 * at[2];
    if (v == PHOTO_VEHICLE)
        return ahead > 3.0 + 6.0 * at[2] && ahead < 12.0 + 6.0 * at[2] &&
               (at[3] > 0.5 ? aside > 4.0 * at[3] - 3.0 : aside < 4.0 * at[3] - 1.0);
    return leaves > -0.1;
}

/* Crowns with gaps, their edges blurred as the sun's width does it: 1 in full shade. */
static double soft_shadow(const double at[4], double ahead, double aside, uint64_t seed)
{
    double crowns = road_noise(ahead * 0.2 * at[0], aside * 0.3 * at[0], seed),
           leaves = road_noise(ahead * 1.2 * at[0], aside * 1.8 * at[0], seed + 1),
           gaps = road_noise(ahead * 3.0 * at[0], aside * 4.0 * at[0], seed + 2);
    double dark = 1.4 * crowns + 0.6 * leaves + 0.35 * gaps + 0.3 * (at[2] - 0.3);
    return fmin(fmax(dark / 0.12 + 0.5, 0.0), 1.0);
}

static void shade(road_photo *p, photo_variant v, uint64_t seed)
{
    uint64_t r = seed;
    double at[4] = {road_uniform(&r, 0.7, 2.2), road_uniform(&r, 0.5, 1.5), road_uniform(&r, 0, 1),
                    road_uniform(&r, 0, 1)};
    double dark = road_uniform(&r, 0.25, 0.5);
    for (size_t i = 0; i < size_of(p); i++) {
        double ahead = (double)p->ahead[i], aside = (double)p->aside[i], share = 0.0;
        if (ahead > 0.0)
            share = is_soft(v) ? soft_shadow(at, ahead, aside, seed) : is_shadow(v, at, ahead, aside, seed);
        p->light[i] = to_byte((1.0 + (dark - 1.0) * share) * p->light[i]);
    }
}

/* ---- what looks like a line: lane_decoy.h, most of it beside a line, within the lane */

static void decoy(road_photo *p, road_decoy_kind kind, uint64_t seed)
{
    uint64_t r = seed;
    road_decoy d = road_decoy_draw(&r, line_at(p, LANE_LEFT) * 2.0, 1);
    while (d.kind != kind)
        d = road_decoy_draw(&r, line_at(p, LANE_LEFT) * 2.0, 1);
    for (size_t i = 0; i < size_of(p); i++) {
        double light = 1.0, surface = 1.0;
        if (!(p->ahead[i] > 0.0f))
            continue;
        road_decoy_at(&d, (double)p->ahead[i], (double)p->aside[i], blur_at(p, i), &light, &surface);
        p->light[i] = to_byte(light * surface * p->light[i]);
    }
}

static road_decoy_kind any_decoy(uint64_t seed)
{
    uint64_t r = seed + 5;
    return (road_decoy_kind)(DECOY_GAP + (int)road_uniform(&r, 0, DECOYS - DECOY_GAP));
}

/* ---- concrete */

static int smaller_first(const void *a, const void *b)
{
    return *(const uint8_t *)a - *(const uint8_t *)b;
}

double road_photo_light(const road_photo *p, int y)
{
    uint8_t inside[4096];
    int count = 0;
    for (int x = 0; x < p->width && count < 4096; x++) {
        size_t i = (size_t)y * (size_t)p->width + (size_t)x;
        if (p->ahead[i] > 0.0f && fabs((double)p->aside[i]) < line_at(p, LANE_LEFT) - 0.3)
            inside[count++] = p->light[i];
    }
    if (count < 5)
        return NAN;
    qsort(inside, (size_t)count, 1, smaller_first);
    return inside[count / 2];
}

/* Paint is brighter by `contrast`; the slabs have joints, lines of yellow paint half of their colour. */
static void concrete(road_photo *p, const double range[2], uint64_t seed)
{
    uint64_t r = seed;
    double contrast = road_uniform(&r, range[0], range[1]), base = road_uniform(&r, 150, 205);
    double joint = road_uniform(&r, -1.2, 1.2), phase = road_uniform(&r, 0, 4.6);
    for (int y = 0; y < p->height; y++) {
        double road = road_photo_light(p, y);
        for (int x = 0; x < p->width && !isnan(road); x++) {
            size_t i = (size_t)y * (size_t)p->width + (size_t)x;
            double ahead = (double)p->ahead[i], aside = (double)p->aside[i];
            if (!(ahead > 0.0) || aside > line_at(p, LANE_LEFT) + 1.6 || aside < -7.0)
                continue;
            double paint = fmin(fmax((p->light[i] - road) / fmax(215.0 - road, 40.0), -0.4), 1.3);
            double sharp = fmin(1.0, 0.03 / blur_at(p, i));
            double grain = 1.0 + 0.05 * road_noise(ahead * 0.4, aside * 1.2, seed) +
                           0.05 * sharp * road_noise(ahead * 4.0, aside * 12.0, seed + 1);
            bool dark = fmod(ahead + phase, 4.6) < 0.05 || fabs(aside - joint) < 0.02;
            p->light[i] =
                to_byte(base * grain * (1.0 + contrast * paint) * (dark ? 1.0 - 0.35 * sharp : 1.0));
            p->cb[i] = to_byte(128.0 + 0.5 * (p->cb[i] - 128.0));
        }
    }
}

/* ---- paint */

double road_photo_sample(const road_photo *p, const uint8_t *plane, const double uv[2])
{
    double x = fmin(fmax(uv[0], 0.0), p->width - 1.001), y = fmin(fmax(uv[1], 0.0), p->height - 1.001);
    size_t w = (size_t)p->width, i = (size_t)y * w + (size_t)x;
    double a = x - floor(x), b = y - floor(y);
    return (plane[i] * (1.0 - a) + plane[i + 1] * a) * (1.0 - b) +
           (plane[i + w] * (1.0 - a) + plane[i + w + 1] * a) * b;
}

void road_photo_cover(road_photo *p, int side, double share)
{
    const road_photo from = road_photo_copy(p);
    lane_ground g;
    lane_mount m = p->ground.mount;
    m.pitch_rad += p->pitch_rad;
    lane_ground_set(&g, &p->ground.model, p->width, p->height, &m);
    double middle = line_at(p, side), in = side == LANE_LEFT ? -0.75 : 0.75;
    for (size_t i = 0; i < size_of(p); i++) {
        double ahead = (double)from.ahead[i], uv[2], xy[2];
        const double here[2] = {(double)(i % (size_t)p->width), (double)(i / (size_t)p->width)};
        if (!(ahead > 0.0) || !(fabs((double)from.aside[i] - middle) < 0.33 + 0.012 * ahead) ||
            !lane_ground_from_pixel(&g, here, xy) || !lane_ground_to_pixel(&g, xy[0], xy[1] + in, uv))
            continue;
        p->light[i] = to_byte(p->light[i] + share * (road_photo_sample(&from, from.light, uv) - p->light[i]));
        p->cb[i] = to_byte(p->cb[i] + share * (road_photo_sample(&from, from.cb, uv) - p->cb[i]));
    }
    road_photo copy = from;
    road_photo_destroy(&copy);
    if (share >= 1.0)
        p->painted[side] = false;
}

/* ---- all */

static void paint_over(road_photo *p, photo_variant v, uint64_t seed)
{
    uint64_t r = seed + 3;
    int side = road_uniform(&r, 0, 1) < 0.5 ? LANE_LEFT : LANE_RIGHT;
    if (v == PHOTO_FADED || v == PHOTO_ONE || v == PHOTO_ONE_DECOY || v == PHOTO_BEND_ONE ||
        v == PHOTO_TIGHT_ONE || v == PHOTO_ONE_SOFT)
        road_photo_cover(p, side, v == PHOTO_FADED ? road_uniform(&r, 0.6, 0.85) : 1.0);
    if (v == PHOTO_NONE || v == PHOTO_NONE_DECOY || v == PHOTO_NONE_CONCRETE || v == PHOTO_TIGHT_NONE ||
        v == PHOTO_NONE_SOFT) {
        road_photo_cover(p, LANE_LEFT, 1.0);
        road_photo_cover(p, LANE_RIGHT, 1.0);
    }
}

static bool is_concrete(photo_variant v)
{
    return (v >= PHOTO_CONCRETE && v <= PHOTO_CONCRETE_SEAM) || v == PHOTO_FAINT ||
           v == PHOTO_NONE_CONCRETE || v == PHOTO_TIGHT_CONCRETE || v == PHOTO_CONCRETE_STREAKS ||
           v == PHOTO_CONCRETE_TRACKS || v == PHOTO_CONCRETE_BRIDGE || (is_soft(v) && v != PHOTO_SOFT);
}

/* What paint on concrete is brighter by. */
static const double *contrast_of(photo_variant v)
{
    static const double faint[2] = {0.02, 0.05}, usual[2] = {0.04, 0.14}, clear[2] = {0.08, 0.25};
    return v == PHOTO_FAINT ? faint : is_soft(v) ? clear : usual;
}

static bool is_shaded(photo_variant v)
{
    return v == PHOTO_DAPPLE || v == PHOTO_BRIDGE || v == PHOTO_VEHICLE || v == PHOTO_CONCRETE_DAPPLE ||
           v == PHOTO_CONCRETE_BRIDGE || v == PHOTO_BEND_DAPPLE || v == PHOTO_TIGHT_DAPPLE ||
           v == PHOTO_CREST_DAPPLE || v == PHOTO_WOODS || is_soft(v);
}

road_photo road_photo_vary(const road_photo *from, photo_variant v, uint64_t seed)
{
    road_photo p = road_photo_copy(from);
    paint_over(&p, v, seed);
    road_photo_bend(&p, v, seed);
    if (is_concrete(v))
        concrete(&p, contrast_of(v), seed);
    if (is_shaded(v))
        shade(&p, v, seed);
    if (v >= PHOTO_BARRIER && v <= PHOTO_STRIP)
        decoy(&p, (road_decoy_kind)(DECOY_BARRIER + (int)(v - PHOTO_BARRIER)), seed);
    if (v == PHOTO_CONCRETE_BARRIER || v == PHOTO_CONCRETE_SEAM)
        decoy(&p, v == PHOTO_CONCRETE_SEAM ? DECOY_SEAM : DECOY_BARRIER, seed);
    if (v == PHOTO_ONE_DECOY || v == PHOTO_NONE_DECOY)
        decoy(&p, any_decoy(seed), seed);
    road_photo_litter(&p, v, seed);
    road_photo_film(&p, v, seed);
    road_photo_expose(&p, v, seed);
    return p;
}

_Static_assert(PHOTO_STRIP - PHOTO_BARRIER == DECOY_STRIP - DECOY_BARRIER, "the same order");
