#include "tests/sensors/lane_noise.h"
#include "tests/sensors/lane_vary.h"

#include <math.h>

/* What is drawn for a picture: numbers of 0..1, each with a meaning of its own by the variant. */
enum { NUMBERS = 8 };
typedef struct {
    photo_variant kind;
    uint64_t seed;
    double n[NUMBERS];
    double left_m, right_m; /* the lane's lines, left of its middle */
    int side;               /* where one of them has it: 1 left */
} drawing;

/* What a place becomes: its own light times `factor`, then paint over it. */
typedef struct {
    double factor, paint;
    bool yellow;
} place;

static double between(double from, double to, double share)
{
    return from + (to - from) * share;
}

/* How much of a place is within half the width of a middle. */
static double strip(double off, double width_m, double blur_m)
{
    return fmin(fmax((0.5 * width_m - fabs(off)) / blur_m + 0.5, 0.0), 1.0);
}

static double repeat(double along, double period_m)
{
    return along - period_m * floor(along / period_m);
}

static double side_line(const drawing *d)
{
    return d->side > 0 ? d->left_m : d->right_m;
}

/* Paint that has been driven over: holes of a few centimetres, more of them where it is old. */
static double wear(const drawing *d, double along, double aside, double least)
{
    return road_noise(along * 2.0, aside * 9.0, d->seed + 31) > least ? 1.0 : 0.0;
}

/* ---- shadows of trees with the sun along the road: the gaps between them run along it as well */

static double streaks(const drawing *d, double along, double aside)
{
    double wide = between(0.6, 2.0, d->n[0]), lengthy = between(0.05, 0.2, d->n[1]);
    double skewed = aside - between(-0.06, 0.06, d->n[2]) * along;
    double leaves = road_noise(along * lengthy, skewed * wide, d->seed) +
                    0.4 * road_noise(along * 1.2, skewed * 2.5 * wide, d->seed + 1);
    return leaves > -0.1 ? between(0.2, 0.5, d->n[3]) : 1.0;
}

static double sunlit(const drawing *d, double along, double aside)
{
    double fine = between(0.4, 2.0, d->n[0]);
    double leaves = road_noise(along * 0.5 * fine, aside * fine, d->seed) +
                    0.5 * road_noise(along * 2.5 * fine, aside * 4.0 * fine, d->seed + 1);
    return leaves > between(-0.2, 0.1, d->n[1]) ? between(0.12, 0.3, d->n[3]) : between(1.3, 1.9, d->n[4]);
}

/* ---- the road's own */

static double sealing(const drawing *d, double along, double aside, double blur_m)
{
    double most = 0.0;
    for (int i = 0; i < 7; i++) {
        double middle = 5.0 * road_lattice(i, 40, d->seed), turn = 0.1 * road_lattice(i, 41, d->seed);
        double stray =
            0.9 * road_noise(along * 0.25, i, d->seed + 2) + 0.2 * road_noise(along * 1.3, i, d->seed + 3);
        most = fmax(most, strip(aside - middle - turn * along - stray, 0.09, blur_m) *
                              (road_noise(along * 0.1, i, d->seed + 4) > -0.1));
        double across = 6.0 + 8.0 * i + 5.0 * road_lattice(i, 42, d->seed) +
                        0.8 * road_noise(aside * 0.5, i, d->seed + 5);
        most = fmax(most, strip(along - across, 0.1, 10.0 * blur_m));
    }
    return between(1.0, between(0.4, 0.65, d->n[0]), most);
}

/* A pale gutter beside a line, the dark face of a kerb, and what grows behind it. */
static double gutter(const drawing *d, double along, double aside, double blur_m)
{
    double out = d->side * (aside - side_line(d)) - between(0.12, 0.6, d->n[0]),
           wide = between(0.3, 0.6, d->n[1]);
    double pale = between(1.25, 1.7, d->n[2]), grass = between(0.5, 1.3, d->n[3]);
    if (out < 0.0)
        return 1.0;
    if (out < wide)
        return between(1.0, pale, fmin(out / blur_m, 1.0));
    return out < wide + 0.12  ? 0.6
           : out < wide + 0.3 ? pale
                              : grass * (1.0 + 0.5 * road_noise(along * 3.0, aside * 6.0, d->seed));
}

/* Grass or gravel from where the line was on. */
static double verge(const drawing *d, double along, double aside)
{
    double edge = d->right_m + between(-0.3, 0.3, d->n[0]) + 0.25 * road_noise(along * 0.5, 0.0, d->seed) +
                  0.15 * road_noise(along * 2.0, 1.0, d->seed);
    double own = between(0.5, 1.5, d->n[1]) * (1.0 + 0.7 * road_noise(along * 2.0, aside * 7.0, d->seed + 1));
    return aside < edge ? own : 1.0;
}

/* Rubber or polish where wheels run: between the two it is as it was. */
static double tracks(const drawing *d, double along, double aside)
{
    double half = between(0.65, 0.85, d->n[0]), wide = between(0.2, 0.4, d->n[1]);
    double off = fmin(fabs(aside - half), fabs(aside + half)) / wide;
    double much = d->n[2] < 0.65 ? between(0.55, 0.85, d->n[3]) : between(1.15, 1.5, d->n[3]);
    return 1.0 + (much - 1.0) / (1.0 + off * off * off * off) *
                     (1.0 + 0.4 * road_noise(along * 0.2, aside, d->seed));
}

static double rumble(const drawing *d, double along, double aside, double blur_m)
{
    double off = d->side * (aside - side_line(d)) - between(0.35, 0.7, d->n[0]);
    double groove = repeat(along, 0.3) < 0.17 ? 0.65 : 1.1;
    double seen = fmin(fmax(0.02 / blur_m, 0.3), 1.0); /* further on they are one grey */
    return 1.0 + (groove - 1.0) * seen * strip(off, 0.4, blur_m);
}

/* ---- paint */

static double dashes(double along, double phase_m, bool dashed)
{
    return !dashed || repeat(along + phase_m, 12.2) < 3.5 ? 1.0 : 0.0;
}

/* A line that was there before, paler and worn, on either side of the new one. */
static double doubled(const drawing *d, double along, double aside, double blur_m)
{
    double off = between(0.25, 0.9, d->n[0]) * (d->n[1] < 0.5 ? -1.0 : 1.0);
    return between(0.2, 0.6, d->n[2]) * wear(d, along, aside, between(-0.3, 0.1, d->n[4])) *
           dashes(along, 12.0 * d->n[5], d->n[3] < 0.5) * strip(aside - side_line(d) - off, 0.13, blur_m);
}

static double arrow(const drawing *d, double along, double aside, double blur_m)
{
    double at = along - between(4.0, 14.0, d->n[0]), off = aside - between(-0.2, 0.2, d->n[1]);
    double much = 0.8 * wear(d, along, aside, -0.3);
    if (at < 0.0 || at > 6.0)
        return 0.0;
    return much * (at < 3.8 ? strip(off, 0.22, blur_m) : strip(off, 0.9 * (6.0 - at) / 2.2, blur_m));
}

/* Letters are 2.5 m high: strokes along the lane, and bars. */
static double words(const drawing *d, double along, double aside, double blur_m)
{
    double at = repeat(along - between(3.0, 9.0, d->n[0]), 8.0), start = between(3.0, 9.0, d->n[0]);
    if (along < start || along > start + 18.0 || at > 2.5)
        return 0.0;
    double cell = repeat(aside + 1.1, 0.55);
    if (fabs(aside) > 1.1)
        return 0.0;
    int letter = (int)floor((aside + 1.1) / 0.55), word = (int)floor((along - start) / 8.0);
    double bar = repeat(at + 0.6 * road_lattice(letter, word, d->seed), 1.1) < 0.3
                     ? strip(cell - 0.27, 0.4, blur_m)
                     : 0.0;
    return 0.8 * wear(d, along, aside, -0.35) *
           fmax(fmax(strip(cell - 0.08, 0.12, blur_m),
                     road_lattice(letter, word + 7, d->seed) > 0.0 ? strip(cell - 0.44, 0.12, blur_m) : 0.0),
                bar);
}

static double crossing(const drawing *d, double along, double aside, double blur_m)
{
    double at = along - between(5.0, 14.0, d->n[0]);
    double stop = strip(at + 1.5, 0.5, 10.0 * blur_m) * (aside < d->left_m);
    double bars =
        at > 0.0 && at < 3.0 && d->n[1] < 0.7 ? strip(repeat(aside + d->n[2], 1.1) - 0.5, 0.5, blur_m) : 0.0;
    return 0.8 * wear(d, along, aside, -0.35) * fmax(stop, bars);
}

/* A line that parts from one of the lane's. */
static double fork(const drawing *d, double along, double aside, double blur_m)
{
    double past = along - between(4.0, 20.0, d->n[0]);
    if (past < 0.0)
        return 0.0;
    double off = d->side * (between(0.04, 0.12, d->n[1]) * past + 0.0005 * past * past);
    return 0.8 * dashes(along, 0.0, d->n[2] < 0.3) * strip(aside - side_line(d) - off, 0.15, blur_m);
}

/* Lines that hold for now, both as far aside of those that do not. */
static double road_works(const drawing *d, double along, double aside, double blur_m)
{
    double off = between(0.3, 0.9, d->n[0]) * (d->n[1] < 0.5 ? -1.0 : 1.0);
    return fmax(dashes(along, 4.0, d->n[2] < 0.5) * strip(aside - d->left_m - off, 0.12, blur_m),
                strip(aside - d->right_m - off, 0.12, blur_m));
}

/* Four studs of 0.1 m, 1.2 m apart, every 14.6 m; the near ones are ovals. */
static double studs(const drawing *d, double along, double aside, double blur_m)
{
    double at = repeat(along + 14.6 * d->n[0], 14.6);
    return at < 4.8 && repeat(at, 1.2) < 0.1 + 8.0 * blur_m * blur_m * fmax(along, 1.0)
               ? 0.9 * strip(aside - side_line(d), 0.1, blur_m)
               : 0.0;
}

static place place_at(const drawing *d, double along, double aside, double blur_m)
{
    switch (d->kind) {
    case PHOTO_STREAKS:
    case PHOTO_CONCRETE_STREAKS:
        return (place){.factor = streaks(d, along, aside)};
    case PHOTO_SUNLIT:
        return (place){.factor = sunlit(d, along, aside)};
    case PHOTO_SEALING:
        return (place){.factor = sealing(d, along, aside, blur_m)};
    case PHOTO_GUTTER:
        return (place){.factor = gutter(d, along, aside, blur_m)};
    case PHOTO_VERGE:
        return (place){.factor = verge(d, along, aside)};
    case PHOTO_TRACKS:
    case PHOTO_CONCRETE_TRACKS:
        return (place){.factor = tracks(d, along, aside)};
    case PHOTO_RUMBLE:
        return (place){.factor = rumble(d, along, aside, blur_m)};
    case PHOTO_DOUBLED:
        return (place){1.0, doubled(d, along, aside, blur_m), false};
    case PHOTO_ROADWORKS:
        return (place){1.0, road_works(d, along, aside, blur_m), true};
    case PHOTO_ARROWS:
        return (place){1.0, arrow(d, along, aside, blur_m), false};
    case PHOTO_WORDS:
        return (place){1.0, words(d, along, aside, blur_m), false};
    case PHOTO_CROSSING:
        return (place){1.0, crossing(d, along, aside, blur_m), false};
    case PHOTO_FORK:
        return (place){1.0, fork(d, along, aside, blur_m), false};
    case PHOTO_DOTS:
        return (place){1.0, studs(d, along, aside, blur_m), false};
    default:
        return (place){.factor = 1.0};
    }
}

/* ---- all */

/* Before anything lies there: lines that are gone, and what of them is worn. */
static void unpaint(road_photo *p, const drawing *d)
{
    int side = d->side > 0 ? LANE_LEFT : LANE_RIGHT;
    if (d->kind == PHOTO_VERGE)
        road_photo_cover(p, LANE_RIGHT, 1.0);
    if (d->kind == PHOTO_DOTS)
        road_photo_cover(p, side, 1.0);
    p->painted[side] = p->painted[side] || d->kind == PHOTO_DOTS;
    if (d->kind != PHOTO_WORN)
        return;
    road_photo bare = road_photo_copy(p);
    road_photo_cover(&bare, LANE_LEFT, 0.95);
    road_photo_cover(&bare, LANE_RIGHT, 0.95);
    for (size_t i = 0; i < size_of(p); i++) {
        double along = (double)p->ahead[i], aside = (double)p->aside[i];
        double hole = road_noise(along * 0.4, aside * 2.0, d->seed) +
                      0.7 * road_noise(along * 1.5, aside * 8.0, d->seed + 1);
        if (along > 0.0 && hole > between(-0.25, 0.0, d->n[0]))
            p->light[i] = bare.light[i], p->cb[i] = bare.cb[i];
    }
    road_photo_destroy(&bare);
}

static void draw(road_photo *p, const drawing *d)
{
    unpaint(p, d);
    for (int y = 0; y < p->height; y++) {
        double road = road_photo_light(p, y), white = fmin(fmax(road + 90.0, 1.25 * road), 250.0);
        for (int x = 0; x < p->width && !isnan(road); x++) {
            size_t i = (size_t)y * (size_t)p->width + (size_t)x;
            if (!(p->ahead[i] > 0.0f) || fabs((double)p->aside[i]) > 9.0)
                continue;
            const place at = place_at(d, (double)p->ahead[i], (double)p->aside[i], blur_at(p, i));
            double light = at.factor * p->light[i];
            double paint = at.yellow ? 0.85 * white : white;
            p->light[i] = to_byte(paint > light ? light + at.paint * (paint - light) : light);
            if (at.yellow)
                p->cb[i] = to_byte(p->cb[i] - 38.0 * at.paint);
        }
    }
}

/* The lines that hold are the yellow ones. */
static void move_truth(road_photo *p, const drawing *d)
{
    double off = between(0.3, 0.9, d->n[0]) * (d->n[1] < 0.5 ? -1.0 : 1.0);
    for (int side = 0; d->kind == PHOTO_ROADWORKS && side < LANE_SIDES; side++) {
        p->offset_m[side] += off;
        p->ahead_m[side] += off;
    }
}

void road_photo_litter(road_photo *p, photo_variant v, uint64_t seed)
{
    uint64_t r = seed + 17;
    drawing d = {
        .kind = v, .seed = seed + 19, .left_m = line_at(p, LANE_LEFT), .right_m = line_at(p, LANE_RIGHT)};
    if (v == PHOTO_ALL_AT_ONCE) {
        int all = PHOTO_WET - PHOTO_STREAKS;
        for (uint64_t i = 0; i < 2; i++)
            road_photo_litter(p, (photo_variant)(PHOTO_STREAKS + (int)road_uniform(&r, 0, all)),
                              seed + 3 + i);
        return;
    }
    if (v < PHOTO_STREAKS || v >= PHOTO_WET)
        return;
    for (int i = 0; i < NUMBERS; i++)
        d.n[i] = road_uniform(&r, 0, 1);
    d.side = road_uniform(&r, 0, 1) < 0.5 ? 1 : -1;
    draw(p, &d);
    move_truth(p, &d);
}
