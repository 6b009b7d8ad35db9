/*
 * The vehicle on every kind of road: it stays in its lane and its limits, and what its states say leads a
 * perfect strapdown back to where it really was.
 */
#include "sim/scenario_table.h"
#include "sim/vec.h"
#include "sim/vehicle.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { SECONDS = 90 };

static sim_scenario *scenario;
static sim_world *world;
static sim_vehicle *vehicle;

static const struct {
    sim_road_kind kind;
    double speed_mps, grade, tunnel_m;
    int lanes;
} roads[] = {
    {SIM_ROAD_TOWN, 13, 0.03, 0, 2},    {SIM_ROAD_MOTORWAY, 33, 0.03, 0, 3},
    {SIM_ROAD_MOUNTAIN, 16, 0.1, 0, 1}, {SIM_ROAD_TUNNEL, 22, 0.03, 600, 2},
    {SIM_ROAD_CAR_PARK, 4, 0, 100, 1},  {SIM_ROAD_RING, 14, 0.03, 0, 2},
};
enum { ROADS = sizeof roads / sizeof *roads };

static void start(int i, uint64_t seed)
{
    error e = {""};
    scenario = calloc(1, sizeof *scenario);
    ck_assert(scenario != NULL);
    sim_scenario_default(scenario);
    scenario->road.kind = roads[i].kind;
    scenario->road.speed_mps = roads[i].speed_mps;
    scenario->road.grade = roads[i].grade;
    scenario->road.tunnel_m = roads[i].tunnel_m;
    scenario->road.lanes = roads[i].lanes;
    scenario->road.stops_per_km = 1;
    scenario->duration_s = SECONDS;
    world = sim_world_create(scenario, seed, &e);
    ck_assert_msg(world != NULL, "%s", e.text);
    vehicle = sim_vehicle_create(scenario, world, seed);
    ck_assert(vehicle != NULL);
}

static void finish(void)
{
    sim_vehicle_destroy(vehicle);
    sim_world_destroy(world);
    free(scenario);
}

/* Attitude and velocity integrated from the mean rate and force of each step. */
typedef struct {
    double p[3], v[3], R[3][3];
} strapdown;

static void turn_by(double R[3][3], const double w[3], double dt)
{
    double angle = norm(w) * dt, S[3][3], out[3][3], turned[3][3];
    double axis[3] = {0, 0, 1}, k = norm(w);
    for (int i = 0; k > 0 && i < 3; i++)
        axis[i] = w[i] / k;
    double c = cos(angle), s = sin(angle);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            S[i][j] = (1 - c) * axis[i] * axis[j] + (i == j ? c : 0);
    S[0][1] -= s * axis[2], S[1][0] += s * axis[2];
    S[0][2] += s * axis[1], S[2][0] -= s * axis[1];
    S[1][2] -= s * axis[0], S[2][1] += s * axis[0];
    chain(R, S, out);
    memcpy(turned, out, sizeof turned);
    memcpy(R, turned, sizeof turned);
}

START_TEST (leads_back) {
    start(_i, 3);
    const double dt = 1.0 / SIM_STEPS_PER_S;
    strapdown n;
    memcpy(n.p, sim_vehicle_state(vehicle)->plane_m, sizeof n.p);
    memcpy(n.v, sim_vehicle_state(vehicle)->velocity_mps, sizeof n.v);
    memcpy(n.R, sim_vehicle_state(vehicle)->R, sizeof n.R);
    for (int i = 0; i < 60 * SIM_STEPS_PER_S; i++) {
        sim_state before = *sim_vehicle_state(vehicle);
        sim_vehicle_step(vehicle);
        const sim_state *x = sim_vehicle_state(vehicle);
        double force[3], felt[3], mean[3][3], world_force[3];
        for (int k = 0; k < 3; k++)
            force[k] = (x->velocity_mps[k] - before.velocity_mps[k]) / dt;
        for (int k = 0; k < 9; k++)
            mean[k / 3][k % 3] = (before.R[k / 3][k % 3] + x->R[k / 3][k % 3]) / 2;
        turn_back(mean, force, felt);
        double half[3][3];
        memcpy(half, n.R, sizeof half);
        turn_by(half, x->rate_radps, dt / 2);
        turn(half, felt, world_force);
        turn_by(n.R, x->rate_radps, dt);
        for (int k = 0; k < 3; k++) {
            double v = n.v[k] + dt * world_force[k];
            n.p[k] += dt * (n.v[k] + v) / 2;
            n.v[k] = v;
        }
    }
    const sim_state *x = sim_vehicle_state(vehicle);
    double off[3] = {n.p[0] - x->plane_m[0], n.p[1] - x->plane_m[1], n.p[2] - x->plane_m[2]};
    double turned = acos(fmin(1, (n.R[0][0] * x->R[0][0] + n.R[1][0] * x->R[1][0] + n.R[2][0] * x->R[2][0])));
    ck_assert_msg(norm(off) < 0.1, "%s: %.3f m off", sim_road_word(roads[_i].kind), norm(off));
    ck_assert_msg(degrees(turned) < 0.02, "%s: %.4f deg off", sim_road_word(roads[_i].kind), degrees(turned));
    finish();
}
END_TEST

/* In its lane or between two of them, on the ground, at speeds and accelerations of people. */
START_TEST (drives_like_people) {
    for (uint64_t seed = 1; seed <= 5; seed++) {
        start(_i, seed);
        double worst_side = -INFINITY, worst_lateral = 0, worst_along = 0, top = 0;
        for (int i = 0; i < SECONDS * SIM_STEPS_PER_S; i++) {
            sim_vehicle_step(vehicle);
            const sim_state *x = sim_vehicle_state(vehicle);
            sim_road_point p;
            sim_world_road(world, x->s_m, &p);
            double c = cos(x->yaw_rad), s = sin(x->yaw_rad);
            double along = x->accel_mps2[0] * c + x->accel_mps2[1] * s,
                   left = x->accel_mps2[1] * c - x->accel_mps2[0] * s;
            worst_side = fmax(worst_side, fabs(x->lateral_m) - 0.5 * p.lanes * p.lane_width_m);
            worst_along = fmax(worst_along, fabs(along));
            worst_lateral = fmax(worst_lateral, fabs(left));
            top = fmax(top, hypot(x->velocity_mps[0], x->velocity_mps[1]));
            double ground = p.plane_m[2] + x->lateral_m * p.bank_rad;
            ck_assert_msg(fabs(x->plane_m[2] - ground) < 0.3, "%s: %.2f m above the road at %.0f m",
                          sim_road_word(roads[_i].kind), x->plane_m[2] - ground, x->s_m);
        }
        const char *word = sim_road_word(roads[_i].kind);
        ck_assert_msg(worst_side < 0, "%s, seed %d: %.2f m off the road", word, (int)seed, worst_side);
        ck_assert_msg(worst_lateral < 4.5, "%s: %.2f m/s^2 to the side", word, worst_lateral);
        ck_assert_msg(worst_along < 3.5, "%s: %.2f m/s^2 along", word, worst_along);
        ck_assert_msg(top > 0.5 * roads[_i].speed_mps && top < 1.1 * roads[_i].speed_mps, "%s: %.1f m/s",
                      word, top);
        finish();
    }
}
END_TEST

START_TEST (same_seed_same_drive) {
    double at[2][3];
    for (int k = 0; k < 2; k++) {
        start(_i, 9);
        for (int i = 0; i < 20 * SIM_STEPS_PER_S; i++)
            sim_vehicle_step(vehicle);
        memcpy(at[k], sim_vehicle_state(vehicle)->plane_m, sizeof at[k]);
        finish();
    }
    ck_assert_mem_eq(at[0], at[1], sizeof at[0]);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("vehicle");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, leads_back, 0, ROADS);
    tcase_add_loop_test(t, drives_like_people, 0, ROADS);
    tcase_add_loop_test(t, same_seed_same_drive, 0, ROADS);
    return run_cases("vehicle", t);
}
