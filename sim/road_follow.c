/* A road along a way through a map. The way is a chain of points, as good as a surveyor's; a vehicle needs a
 * curvature without steps. So the way is smoothed, and the pen that lays the road is steered along it. */
#include "sim/road.h"
#include "sim/vec.h"

#include <stdlib.h>

/* Width of the smoothing, m. Too small, and the corners of the map's chains are felt in the steering; too
 * large, and the road leaves the lane in bends, of 6 m of radius by 4 cm with this. */
enum { SMOOTH_M = 4, REACH_M = 3 * SMOOTH_M };
/* The pen is back on the way after about this distance, m; no sharper than that. */
static const double return_m = 4, sharpest_1pm = 0.2;
/* Nor does the curvature change faster than this, 1/m in a metre: a wheel is turned from straight on to 10 m
 * of radius over 2 m. */
static const double quickest_1pm2 = 0.05;
/* The same for the height. */
static const double climb_m = 12;
/* The first halt comes no earlier than this, m. */
static const double first_halt_m = 60;

/* What is smoothed of a place. */
enum { EAST, NORTH, UP, WIDTH, PLACE_SIZE };
typedef double place[PLACE_SIZE];

typedef struct {
    const road_way_point *way;
    size_t way_count, count;
    place *raw, *rest, *once, *smooth;
    size_t *from; /* of each metre, the way's point before it */
} track;

static double distance_m(const road_way_point *a, const road_way_point *b)
{
    return hypot(b->plane_m[0] - a->plane_m[0], b->plane_m[1] - a->plane_m[1]);
}

static double way_length_m(const road_way_point *way, size_t count)
{
    double sum = 0;
    for (size_t i = 1; i < count; i++)
        sum += distance_m(&way[i - 1], &way[i]);
    return sum;
}

/* A place each metre of the chain. */
static void resample(track *t)
{
    double passed_m = 0, next_m = 0;
    size_t n = 0;
    for (size_t i = 1; i < t->way_count; i++) {
        const road_way_point *a = &t->way[i - 1], *b = &t->way[i];
        double length_m = distance_m(a, b);
        for (; n < t->count && next_m <= passed_m + length_m && length_m > 0; next_m++, n++) {
            double share = (next_m - passed_m) / length_m;
            for (int k = 0; k < 3; k++)
                t->raw[n][k] = a->plane_m[k] + share * (b->plane_m[k] - a->plane_m[k]);
            t->raw[n][WIDTH] = (double)a->width_m + share * (double)(b->width_m - a->width_m);
            t->from[n] = i - 1;
        }
        passed_m += length_m;
    }
    t->count = n;
}

/* Beyond its ends the chain goes on as its mirror image through them. */
static double beyond(const track *t, place *from, long i, int k)
{
    long last = (long)t->count - 1;
    if (i < 0)
        return 2 * from[0][k] - from[-i < last ? -i : last][k];
    if (i > last)
        return 2 * from[last][k] - from[2 * last - i > 0 ? 2 * last - i : 0][k];
    return from[i][k];
}

static void blur(const track *t, place *from, place *to)
{
    double weight[2 * REACH_M + 1], sum = 0;
    for (int j = -REACH_M; j <= REACH_M; j++)
        sum += weight[j + REACH_M] = exp(-0.5 * j * j / (double)(SMOOTH_M * SMOOTH_M));
    for (size_t i = 0; i < t->count; i++) {
        for (int k = 0; k < PLACE_SIZE; k++) {
            to[i][k] = 0;
            for (int j = -REACH_M; j <= REACH_M; j++)
                to[i][k] += weight[j + REACH_M] / sum * beyond(t, from, (long)i + j, k);
        }
    }
}

/* A Gaussian pulls a bend of radius R inwards, by 1 - g of R with g = exp(-width^2 / 2 R^2). What it left out
 * is smoothed and added, twice: (1 - g)^3 remains. */
static void smooth(track *t)
{
    blur(t, t->raw, t->smooth);
    for (int again = 0; again < 2; again++) {
        for (size_t i = 0; i < t->count; i++) {
            for (int k = 0; k < PLACE_SIZE; k++)
                t->rest[i][k] = t->raw[i][k] - t->smooth[i][k];
        }
        blur(t, t->rest, t->once);
        for (size_t i = 0; i < t->count; i++) {
            for (int k = 0; k < PLACE_SIZE; k++)
                t->smooth[i][k] += t->once[i][k];
        }
    }
}

/* The way at a place between two metres: where, and its derivatives. */
typedef struct {
    double at_m[3], yaw_rad, curvature_1pm, grade, width_m;
} reference;

static void first_and_second(place *p, size_t i, int k, double *first, double *second)
{
    *first = (p[i + 1][k] - p[i - 1][k]) / 2;
    *second = p[i + 1][k] - 2 * p[i][k] + p[i - 1][k];
}

static reference look(const track *t, size_t i)
{
    place *p = t->smooth;
    double x[2], y[2], z[2];
    reference r;
    i = i < 1 ? 1 : i > t->count - 2 ? t->count - 2 : i;
    first_and_second(p, i, EAST, &x[0], &x[1]);
    first_and_second(p, i, NORTH, &y[0], &y[1]);
    first_and_second(p, i, UP, &z[0], &z[1]);
    double speed = fmax(hypot(x[0], y[0]), 1e-3);
    for (int k = 0; k < 3; k++)
        r.at_m[k] = p[i][k];
    r.yaw_rad = atan2(y[0], x[0]);
    r.curvature_1pm = (x[0] * y[1] - y[0] * x[1]) / (speed * speed * speed);
    r.grade = z[0] / speed;
    r.width_m = p[i][WIDTH];
    return r;
}

static double wrapped(double angle)
{
    return angle - 2 * PI * floor((angle + PI) / (2 * PI));
}

/* How far the pen is beyond a place of the way, along it. */
static double ahead_m(const road_sample *pen, const reference *r)
{
    return (pen->plane_m[0] - r->at_m[0]) * cos(r->yaw_rad) +
           (pen->plane_m[1] - r->at_m[1]) * sin(r->yaw_rad);
}

/* The curvature that brings the pen back, critically damped: off'' + 2 off'/L + off/L^2 = 0. */
static double steer(const road_sample *pen, const reference *here, const reference *next)
{
    double off_m = -(pen->plane_m[0] - here->at_m[0]) * sin(here->yaw_rad) +
                   (pen->plane_m[1] - here->at_m[1]) * cos(here->yaw_rad);
    double turned = wrapped(pen->yaw_rad - here->yaw_rad);
    double k = next->curvature_1pm - 2 * turned / return_m - off_m / (return_m * return_m);
    k = fmax(fmin(k, pen->curvature_1pm + quickest_1pm2), pen->curvature_1pm - quickest_1pm2);
    return fmax(fmin(k, sharpest_1pm), -sharpest_1pm);
}

static void take_attributes(road *r, const track *t, size_t i)
{
    const road_way_point *w = &t->way[t->from[i]];
    double wanted_mps = r->scenario->road.speed_mps;
    r->pen.limit_mps = (float)fmin(wanted_mps, (double)w->limit_mps);
    r->pen.lane_width_m = (float)fmax(t->smooth[i][WIDTH], 0.5);
    r->pen.road = w->road == 255 ? (uint8_t)r->scenario->config.road : w->road;
    r->pen.edges[0] = w->edges[0];
    r->pen.edges[1] = w->edges[1];
}

static void lay(road *r, const track *t)
{
    reference begin = look(t, 0);
    size_t at = 1;
    r->pen.lanes = 1;
    r->pen.yaw_rad = begin.yaw_rad;
    r->pen.curvature_1pm = begin.curvature_1pm;
    r->pen.grade = begin.grade;
    for (int k = 0; k < 3; k++)
        r->pen.plane_m[k] = begin.at_m[k];
    while (at + 2 < t->count && !road_is_long_enough(r)) {
        reference here = look(t, at);
        while (at + 2 < t->count && ahead_m(&r->pen, &here) > 0.5)
            here = look(t, ++at);
        reference next = look(t, at + 1);
        double climb = (here.at_m[2] - r->pen.plane_m[2]) / climb_m;
        take_attributes(r, t, at);
        road_step(r, steer(&r->pen, &here, &next), next.grade + climb);
    }
}

/* Red lights and queues, as often as the scenario says. */
static void halt_on_the_way(road *r)
{
    double per_m = r->scenario->road.stops_per_km / 1000, at_m = first_halt_m;
    while (per_m > 0 && r->stop_count < ROAD_MAX_STOPS) {
        at_m += -log(1 - rng_uniform(&r->random)) / per_m;
        if (at_m >= road_length_m(r))
            return;
        r->stops[r->stop_count++] = (road_stop){at_m, rng_between(&r->random, 4, 20)};
    }
}

static bool start(track *t, const road_way_point *way, size_t count)
{
    *t = (track){.way = way, .way_count = count, .count = (size_t)way_length_m(way, count) + 1};
    t->raw = calloc(t->count, sizeof *t->raw);
    t->rest = calloc(t->count, sizeof *t->rest);
    t->once = calloc(t->count, sizeof *t->once);
    t->smooth = calloc(t->count, sizeof *t->smooth);
    t->from = calloc(t->count, sizeof *t->from);
    return t->raw && t->rest && t->once && t->smooth && t->from;
}

bool road_follow(road *r, const sim_scenario *s, const road_way_point *way, size_t count, rng random)
{
    track t = {0};
    bool good = road_begin(r, s, random) && start(&t, way, count);
    if (good)
        resample(&t);
    if (good && t.count > 2 * REACH_M) {
        smooth(&t);
        lay(r, &t);
        halt_on_the_way(r);
        road_draw_sky(r);
    }
    free(t.raw);
    free(t.rest);
    free(t.once);
    free(t.smooth);
    free(t.from);
    return good;
}
