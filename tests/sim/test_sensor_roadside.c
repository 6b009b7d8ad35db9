/*
 * Simulated roadside units: near them, with their own survey error, and not elsewhere.
 */
#include "tests/sim/sensor_rig.h"
#include "tests/suite.h"

#include <check.h>

static rig *g;
static sim_roadside_errors *set;
static const frame_roadside *said;

static void setup(void)
{
    g = rig_open(&sim_sensor_roadside);
    set = &g->set->of.roadside;
    said = &g->frames[FRAME_ROADSIDE].u.roadside;
}

static void teardown(void)
{
    rig_close(g);
}

static void miss(double out[3])
{
    geodetic at = {said->latitude_rad, said->longitude_rad, 0}, up = at;
    earth_plane(sim_world_earth(g->world), &up, out);
    for (int i = 0; i < 3; i++)
        out[i] -= g->now.plane_m[i];
}

START_TEST (speaks_within_reach) {
    rig_start(g, 1);
    for (double s_m = 0; s_m < 1000; s_m += 5) {
        sim_road_point unit;
        double to_unit = 0;
        rig_place(g, s_m, 1.5, 10);
        rig_sample(g);
        sim_world_road(g->world, (floor(s_m / 400) + 0.5) * 400, &unit);
        for (int i = 0; i < 3; i++)
            to_unit += (unit.plane_m[i] - g->now.plane_m[i]) * (unit.plane_m[i] - g->now.plane_m[i]);
        ck_assert_msg(g->got[FRAME_ROADSIDE] == (sqrt(to_unit) <= 80), "at %g m", s_m);
    }
}
END_TEST

START_TEST (noise_and_survey) {
    stats east = {0}, mean = {0}, heading = {0};
    double e[3], first = 0;
    rig_place(g, 200, 0, 10);
    for (int drive = 0; drive < 400; drive++) {
        stats here = {0};
        rig_start(g, (uint64_t)drive);
        for (int i = 0; i < 100; i++) {
            rig_sample(g);
            miss(e);
            stats_add(&here, e[0]);
            double true_heading = PI / 2 - g->now.yaw_rad;
            double off = (double)said->heading_rad - true_heading;
            stats_add(&heading, off - 2 * PI * round(off / (2 * PI)));
        }
        stats_add(&mean, stats_mean(&here));
        stats_add(&east, stats_sigma(&here));
        first = drive == 0 ? stats_mean(&here) : first;
    }
    ck_assert_double_eq_tol(stats_mean(&east), 0.2, 0.005);
    ck_assert_double_eq_tol(stats_rms(&mean), hypot(0.05, 0.2 / 10), 0.006);
    ck_assert_double_eq_tol(stats_rms(&heading), radians(2), radians(0.1));
    /* A unit keeps its survey error when the vehicle comes back to it. */
    rig_start(g, 0);
    rig_place(g, 600, 0, 10);
    rig_sample(g);
    rig_place(g, 200, 0, 10);
    stats again = {0};
    for (int i = 0; i < 400; i++) {
        rig_sample(g);
        miss(e);
        stats_add(&again, e[0]);
    }
    ck_assert_double_eq_tol(stats_mean(&again), first, 0.07);
}
END_TEST

START_TEST (latency) {
    stats delay = {0};
    rig_place(g, 200, 0, 10);
    rig_start(g, 1);
    for (int i = 0; i < 3000; i++) {
        rig_step(g, 1);
        rig_sample(g);
        double d = (double)(g->frames[FRAME_ROADSIDE].received_ns - g->moment.stamp_ns) * 1e-9;
        if (d < 0.05)
            ck_abort_msg("%g s", d);
        stats_add(&delay, d);
    }
    ck_assert_double_eq_tol(stats_mean(&delay), 0.08, 0.003);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("roadside");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, speaks_within_reach);
    tcase_add_test(t, noise_and_survey);
    tcase_add_test(t, latency);
    return run_cases("sensor_roadside", t);
}
