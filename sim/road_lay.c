/* The generated roads, a kind each. Radii and grades are those of the German road design guides: RASt 06 for
 * streets of towns, RAA 2008 for motorways, RAL 2012 for country roads. */
#include "sim/road.h"
#include "sim/vec.h"

#include <stdlib.h>

static double any_sign(road *r, double value)
{
    return rng_chance(&r->random, 0.5) ? value : -value;
}

static double between(road *r, double low, double high)
{
    return rng_between(&r->random, low, high);
}

/* A straight with a change of grade inside the scenario's limit, by a vertical curve. */
static void straight(road *r, double length_m)
{
    double most = r->scenario->road.grade, grade = between(r, -most, most) * 0.6;
    road_go(r, fmin(length_m / 2, 60), 0, grade);
    road_go(r, fmax(length_m - 60, length_m / 2), 0, grade);
}

/* A bend to either side, its angle drawn before its radius: in which order arguments are drawn is the
 * compiler's choice, and the road of a seed is the same with all of them. */
static void any_bend(road *r, double least_m, double most_m, double least_rad, double most_rad, double ramp_m)
{
    double turn_rad = between(r, least_rad, most_rad);
    road_bend(r, any_sign(r, between(r, least_m, most_m)), turn_rad, ramp_m);
}

/* Halts come as often as the scenario says, at the ends of straights. */
static void maybe_halt(road *r, double straight_m)
{
    if (rng_chance(&r->random, r->scenario->road.stops_per_km * straight_m / 1000))
        road_halt(r, between(r, 4, 20));
}

void road_lay_town(road *r)
{
    r->pen.kerb = true;
    straight(r, between(r, 60, 120));
    while (!road_is_long_enough(r)) {
        double length_m = between(r, 60, 220), way = rng_uniform(&r->random);
        straight(r, length_m);
        maybe_halt(r, 2 * length_m);
        if (way < 0.45) /* turning at a junction */
            any_bend(r, 9, 15, 1.3, 1.8, 7);
        else if (way < 0.85) /* the street bends */
            any_bend(r, 50, 180, 0.2, 0.9, 15);
        else /* straight over a junction */
            straight(r, 30);
    }
}

void road_lay_motorway(road *r)
{
    straight(r, 200);
    while (!road_is_long_enough(r)) {
        any_bend(r, 700, 3000, 0.15, 0.5, between(r, 120, 200));
        straight(r, between(r, 80, 500));
    }
}

/* Banked as far as 6 %, in proportion to the bend. */
static void bank_by_curvature(road *r)
{
    for (size_t i = 0; i < r->count; i++) {
        double bank = -2.4 * r->samples[i].curvature_1pm;
        r->samples[i].bank_rad = fmax(fmin(bank, 0.06), -0.06);
    }
}

void road_lay_mountain(road *r)
{
    const double most = r->scenario->road.grade;
    double up = any_sign(r, 1);
    straight(r, between(r, 60, 150));
    while (!road_is_long_enough(r)) {
        double way = rng_uniform(&r->random), grade = up * between(r, 0.4, 1) * most;
        road_go(r, between(r, 40, 80), 0, grade);
        road_go(r, between(r, 30, 150), 0, grade);
        if (way < 0.25) /* a hairpin */
            any_bend(r, 13, 18, 2.6, 3.1, 12);
        else
            any_bend(r, 30, 120, 0.4, 1.4, 20);
        if (rng_chance(&r->random, 0.1))
            up = -up;
    }
    bank_by_curvature(r);
}

void road_lay_tunnel(road *r)
{
    straight(r, 150);
    while (!road_is_long_enough(r)) {
        any_bend(r, 500, 1500, 0.15, 0.5, between(r, 60, 100));
        straight(r, between(r, 60, 250));
    }
}

void road_lay_car_park(road *r)
{
    const sim_road_settings *set = &r->scenario->road;
    double in_m = set->tunnel_after_s * set->speed_mps, ramp_m = 30, side = any_sign(r, 1);
    r->pen.kerb = true;
    road_go(r, fmax(in_m - ramp_m, 10), 0, 0);
    road_go(r, ramp_m / 3, 0, -0.1);
    road_go(r, ramp_m / 3, 0, -0.1);
    road_go(r, ramp_m / 3, 0, 0);
    while (!road_is_long_enough(r)) { /* up one row, down the next */
        road_go(r, between(r, 20, 50), 0, 0);
        road_bend(r, side * between(r, 6, 8), PI / 2, 4);
        road_go(r, between(r, 4, 10), 0, 0);
        road_bend(r, side * between(r, 6, 8), PI / 2, 4);
        side = -side;
    }
}

/* In, around, out: right, left, right. */
static void roundabout(road *r)
{
    double radius_m = between(r, 14, 20), around = rng_chance(&r->random, 0.6) ? PI : 1.5 * PI;
    road_bend(r, -radius_m * 1.2, 0.8, 7);
    road_bend(r, radius_m, around - 1.4, 7);
    road_bend(r, -radius_m * 1.2, 0.8, 7);
}

void road_lay_ring(road *r)
{
    r->pen.kerb = true;
    straight(r, between(r, 60, 150));
    while (!road_is_long_enough(r)) {
        double length_m = between(r, 80, 250), way = rng_uniform(&r->random);
        double turn_rad = between(r, 0.15, 0.4);
        road_bend(r, between(r, 200, 500), turn_rad, 40);
        straight(r, length_m);
        maybe_halt(r, 2 * length_m);
        if (way < 0.3)
            roundabout(r);
    }
}
