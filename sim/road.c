#include "sim/road.h"

#include "sim/vec.h"

#include <stdlib.h>

/* What is laid beyond the way that the vehicle can go: radars and cameras look ahead. */
static const double reserve_m = 400;

/* The lowest and highest stretch of houses or trees. */
static const double least_stretch_m = 50, most_stretch_m = 400;

double road_length_m(const road *r)
{
    return (double)r->count;
}

bool road_is_long_enough(const road *r)
{
    return r->count >= r->capacity;
}

void road_step(road *r, double curvature_1pm, double grade)
{
    road_sample *p = &r->pen;
    double k = (p->curvature_1pm + curvature_1pm) / 2, middle = p->yaw_rad + p->curvature_1pm / 2;
    r->samples[r->count++] = *p;
    p->plane_m[0] += cos(middle);
    p->plane_m[1] += sin(middle);
    p->plane_m[2] += (p->grade + grade) / 2;
    p->yaw_rad += k;
    p->curvature_1pm = curvature_1pm;
    p->grade = grade;
}

void road_go(road *r, double length_m, double curvature_1pm, double grade)
{
    long n = lround(length_m < 1 ? 1 : length_m);
    double k0 = r->pen.curvature_1pm, g0 = r->pen.grade;
    for (long i = 1; i <= n && !road_is_long_enough(r); i++) {
        double share = (double)i / (double)n;
        road_step(r, k0 + (curvature_1pm - k0) * share, g0 + (grade - g0) * share);
    }
}

void road_bend(road *r, double radius_m, double angle_rad, double spiral_m)
{
    double k = 1 / radius_m, turned = fabs(k) * spiral_m; /* by both spirals */
    double arc_m = fmax(angle_rad - turned, 0) / fabs(k), grade = r->pen.grade;
    road_go(r, spiral_m, k, grade);
    if (arc_m >= 1)
        road_go(r, arc_m, k, grade);
    road_go(r, spiral_m, 0, grade);
}

void road_halt(road *r, double wait_s)
{
    if (r->stop_count < ROAD_MAX_STOPS)
        r->stops[r->stop_count++] = (road_stop){road_length_m(r), wait_s};
}

/* Marks stretches of that sky until `share` of the open road has it. */
static void draw_stretches(road *r, sim_sky sky, double share)
{
    double wanted = share * (double)r->count;
    for (int tries = 0; wanted > 0 && tries < 200; tries++) {
        size_t from = (size_t)(rng_uniform(&r->random) * (double)r->count);
        size_t to = from + (size_t)rng_between(&r->random, least_stretch_m, most_stretch_m);
        for (size_t i = from; i < to && i < r->count && wanted > 0; i++) {
            if (r->samples[i].sky != SKY_OPEN)
                continue;
            r->samples[i].sky = (uint8_t)sky;
            wanted--;
        }
    }
}

void road_draw_sky(road *r)
{
    const sim_road_settings *set = &r->scenario->road;
    double from = set->tunnel_after_s * set->speed_mps, to = from + set->tunnel_m;
    for (size_t i = 0; i < r->count; i++) {
        if (set->tunnel_m > 0 && (double)i >= from && (double)i < to)
            r->samples[i].sky = SKY_TUNNEL;
    }
    draw_stretches(r, SKY_CANYON, set->canyon);
    draw_stretches(r, SKY_TREES, set->trees);
}

static void (*const layers[SIM_ROAD_COUNT])(road *) = {
    [SIM_ROAD_TOWN] = road_lay_town,         [SIM_ROAD_MOTORWAY] = road_lay_motorway,
    [SIM_ROAD_MOUNTAIN] = road_lay_mountain, [SIM_ROAD_TUNNEL] = road_lay_tunnel,
    [SIM_ROAD_CAR_PARK] = road_lay_car_park, [SIM_ROAD_RING] = road_lay_ring,
};

bool road_begin(road *r, const sim_scenario *s, rng random)
{
    *r = (road){.scenario = s, .random = random};
    r->capacity = (size_t)(s->duration_s * s->road.speed_mps + reserve_m);
    r->samples = calloc(r->capacity, sizeof *r->samples);
    if (!r->samples)
        return false;
    r->pen = (road_sample){.yaw_rad = rng_between(&r->random, -PI, PI),
                           .limit_mps = (float)s->road.speed_mps,
                           .lane_width_m = (float)s->road.lane_width_m,
                           .lanes = (uint8_t)s->road.lanes,
                           .road = (uint8_t)s->config.road,
                           .sky = SKY_OPEN};
    return true;
}

bool road_make(road *r, const sim_scenario *s, rng random)
{
    if (!road_begin(r, s, random))
        return false;
    if (layers[s->road.kind])
        layers[s->road.kind](r);
    road_draw_sky(r);
    return true;
}
