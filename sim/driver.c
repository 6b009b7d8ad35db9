#include "sim/driver.h"

#include <math.h>
#include <stdlib.h>

/* Feet and hands take this long, s. */
static const double pedal_tau_s = 0.35, hands_tau_s = 0.12;
/* A lane is changed at this speed to the side, m/s. */
static const double lane_change_mps = 0.8;
/* How far the driver looks ahead to steer: seconds, and metres at least. */
static const double look_s = 0.9, look_least_m = 4.0;
/* A standstill counts as reached within this of the line, m. */
static const double at_line_m = 1.5;
/* How long straying in the lane lasts, s. */
static const double wander_tau_s = 8;
/* Share of the tyres' grip that the driver uses. */
static const double grip_share = 0.45;
static const double gravity_mps2 = 9.81;

/* Bends limit the speed, and the brakes how late it can be lowered. */
static void profile(driver *d, double wanted_mps, double lateral_mps2)
{
    for (size_t i = 0; i < d->bend_count; i++) {
        sim_road_point p;
        sim_world_road(d->world, (double)i, &p);
        double bend = sqrt(lateral_mps2 / fmax(fabs(p.curvature_1pm), 1e-6));
        d->bend_mps[i] = (float)fmin(fmin(wanted_mps, p.limit_mps), bend);
    }
    for (size_t i = d->bend_count - 1; i-- > 0;) {
        double next = (double)d->bend_mps[i + 1];
        double reach = sqrt(next * next + 2 * 0.8 * d->vehicle->brake_mps2);
        d->bend_mps[i] = (float)fmin((double)d->bend_mps[i], reach);
    }
}

static void plan_change(driver *d, double s_m)
{
    double rate = d->vehicle->lane_changes_per_km;
    d->next_change_m = rate > 0 ? s_m - log(1 - rng_uniform(&d->random)) * 1000 / rate : INFINITY;
}

bool driver_start(driver *d, const sim_world *w, const sim_vehicle_settings *set, double wanted_mps,
                  double friction, rng random)
{
    double grip = grip_share * friction * gravity_mps2;
    *d = (driver){.world = w, .vehicle = set, .random = random};
    d->bend_count = (size_t)sim_world_length_m(w);
    d->bend_mps = malloc(d->bend_count * sizeof *d->bend_mps);
    if (!d->bend_mps)
        return false;
    profile(d, wanted_mps, fmin(set->lateral_mps2, grip));
    if (rng_chance(&d->random, set->start_standing))
        d->wait_s = rng_between(&d->random, 2, 6);
    d->wander = drift_start(&d->random, set->wander_m, wander_tau_s);
    d->wander_m = d->wander.value;
    sim_road_point p;
    sim_world_road(w, 0, &p);
    d->lane = (int)(rng_uniform(&d->random) * p.lanes);
    d->offset_m = sim_lane_offset_m(&p, d->lane);
    plan_change(d, 100);
    return true;
}

void driver_finish(driver *d)
{
    free(d->bend_mps);
    d->bend_mps = NULL;
}

double driver_speed(const driver *d, double s_m)
{
    double at = fmin(fmax(s_m, 0), (double)(d->bend_count - 1));
    return (double)d->bend_mps[(size_t)at];
}

/* The speed that still allows to stop at the next line; counts the wait there. */
static double before_line(driver *d, const driver_view *v, double dt_s)
{
    double wait_s, line_m = sim_world_next_stop_m(d->world, d->passed_m, &wait_s);
    double left_m = line_m - v->s_m;
    if (left_m > 200)
        return INFINITY;
    if (left_m < at_line_m && v->speed_mps < 0.1) { /* there */
        d->wait_s += wait_s;
        d->passed_m = line_m + 0.1;
    } else if (left_m < -5) { /* too fast to stop: the light was green */
        d->passed_m = line_m + 0.1;
    }
    (void)dt_s;
    return sqrt(2 * 0.7 * d->vehicle->brake_mps2 * fmax(left_m - 0.3, 0));
}

static double wanted_accel(driver *d, const driver_view *v, double dt_s)
{
    double line_mps = before_line(d, v, dt_s);
    if (d->wait_s > 0) {
        d->wait_s -= dt_s;
        return -1;
    }
    double want_mps = fmin(driver_speed(d, v->s_m + 0.5 * v->speed_mps), line_mps);
    double accel = (want_mps - v->speed_mps) / 0.7;
    return fmax(fmin(accel, d->vehicle->accel_mps2), -1.3 * d->vehicle->brake_mps2);
}

/* Where the rear axle should be, across the road. */
static double wanted_offset(driver *d, const driver_view *v, const sim_road_point *here, double dt_s)
{
    if (v->s_m >= d->next_change_m) {
        if (here->lanes > 1)
            d->lane = d->lane == 0                                                ? 1
                      : d->lane == here->lanes - 1 || rng_chance(&d->random, 0.5) ? d->lane - 1
                                                                                  : d->lane + 1;
        plan_change(d, v->s_m + 100);
    }
    double target = sim_lane_offset_m(here, d->lane),
           step = lane_change_mps * dt_s * fmin(v->speed_mps / 5, 1);
    d->offset_m += fmax(fmin(target - d->offset_m, step), -step);
    if (v->speed_mps > 1) {
        drift_next(&d->wander, &d->random, dt_s);
        d->wander_m += dt_s / 1.5 * (d->wander.value - d->wander_m);
    }
    return d->offset_m + d->wander_m;
}

/* Feed-forward by the curvature ahead and the vehicle's understeer, feedback by offset and course with the
 * damping of a pure pursuit (sqrt(1/2)) at that distance. */
static double wanted_steer(driver *d, const driver_view *v, double dt_s)
{
    const sim_vehicle_settings *set = d->vehicle;
    sim_road_point here, ahead;
    sim_world_road(d->world, v->s_m, &here);
    sim_world_road(d->world, v->s_m + v->speed_mps * (hands_tau_s + 0.05), &ahead);
    double off = v->lateral_m - wanted_offset(d, v, &here, dt_s);
    double look = fmax(look_s * v->speed_mps, look_least_m);
    double rear = set->wheelbase_m - set->front_to_cog_m, u2 = v->speed_mps * v->speed_mps;
    double understeer = set->mass_kg / set->wheelbase_m *
                        (rear / set->cornering_front_npr - set->front_to_cog_m / set->cornering_rear_npr);
    double curvature = ahead.curvature_1pm / (1 - ahead.curvature_1pm * v->lateral_m);
    curvature -= 2 * off / (look * look) + 2 * v->course_rad / look;
    return curvature * (set->wheelbase_m + understeer * u2);
}

driver_action driver_act(driver *d, const driver_view *v, double dt_s)
{
    double accel = wanted_accel(d, v, dt_s), steer = fmax(fmin(wanted_steer(d, v, dt_s), 0.6), -0.6);
    d->now.accel_mps2 += dt_s / pedal_tau_s * (accel - d->now.accel_mps2);
    d->now.steer_rad += dt_s / hands_tau_s * (steer - d->now.steer_rad);
    return d->now;
}
