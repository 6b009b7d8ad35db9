/*
 * The simulated radar: how much it returns, of what, and how well that agrees with the vehicle's motion.
 */
#include "tests/sim/sensor_rig.h"
#include "tests/suite.h"

#include <check.h>

enum { SCANS = 2000 };

static rig *g;
static sim_radar_errors *set;
static const frame_radar *scan;
static const double speed_mps = 15;

static void setup(void)
{
    g = rig_open(&sim_sensor_radar);
    g->set->mount = (mount_settings){.x_m = 3.6, .z_m = 0.5};
    set = &g->set->of.radar;
    scan = &g->frames[FRAME_RADAR].u.radar;
}

static void teardown(void)
{
    rig_close(g);
}

typedef struct {
    stats count, off, azimuth;
    double still, all;
} summary;

/* Along the road at the same speed; `off` is what a range rate of a thing that stands is off by. */
static summary scans(const sim_traffic *traffic)
{
    summary m = {0};
    rig_start(g, 7);
    g->moment.traffic = traffic;
    for (int k = 0; k < SCANS; k++) {
        rig_place(g, 100 + 0.3 * k, -1.75, speed_mps);
        rig_step(g, 0.05);
        rig_sample(g);
        stats_add(&m.count, scan->count);
        for (int i = 0; i < scan->count; i++) {
            const radar_detection *d = &scan->detections[i];
            double off = (double)d->doppler_mps + speed_mps * cos((double)d->azimuth_rad);
            m.all++;
            m.still += fabs(off) < 1;
            if (fabs(off) < 1)
                stats_add(&m.off, off);
            stats_add(&m.azimuth, fabs((double)d->azimuth_rad));
            if (!(d->range_m > 0 && (double)d->range_m < set->max_range_m + 20))
                ck_abort_msg("range %g", (double)d->range_m);
        }
    }
    return m;
}

START_TEST (returns_and_what_stands) {
    set->doppler_scale = 0;
    summary m = scans(NULL);
    ck_assert_double_eq_tol(stats_mean(&m.count), set->returns + set->clutter, 0.5);
    ck_assert_double_eq_tol(stats_sigma(&m.count), sqrt(set->returns), 0.4);
    /* Ghosts and clutter are the rest; an azimuth's error adds to the range rate's at the sides. */
    ck_assert_double_eq_tol(m.still / m.all, (20 * 0.95) / 20.5, 0.02);
    ck_assert_double_gt(stats_sigma(&m.off), set->doppler_mps);
    ck_assert_double_lt(stats_sigma(&m.off), 0.16);
    ck_assert_double_eq_tol(stats_mean(&m.off), 0, 0.02);
}
END_TEST

START_TEST (share_of_what_moves) {
    g->scenario.road.traffic_per_km = 200;
    sim_traffic *traffic = sim_traffic_create(&g->scenario, g->world, 1);
    ck_assert(traffic != NULL);
    double without = scans(NULL).still, with = scans(traffic).still;
    sim_traffic_destroy(traffic);
    /* Slow queues apart, what moves does not look as if it stood. */
    ck_assert_double_eq_tol(1 - with / without, set->moving_share, 0.06);
}
END_TEST

START_TEST (rain_brings_clutter) {
    double dry = scans(NULL).count.sum / SCANS;
    g->scenario.weather.rain = 1;
    ck_assert_double_gt(scans(NULL).count.sum / SCANS, dry + 1.5);
}
END_TEST

START_TEST (scale_of_range_rates) {
    stats scale = {0};
    set->doppler_mps = set->ghost_share = set->clutter = 0;
    set->azimuth_deg = 0;
    set->doppler_scale = 0.01;
    for (int drive = 0; drive < 1000; drive++) {
        rig_place(g, 100, 0, speed_mps);
        rig_start(g, (uint64_t)drive);
        rig_step(g, 0.05);
        rig_sample(g);
        const radar_detection *d = &scan->detections[0];
        stats_add(&scale, -(double)d->doppler_mps / cos((double)d->azimuth_rad) / speed_mps - 1);
    }
    ck_assert_double_eq_tol(stats_sigma(&scale), 0.01, 0.001);
}
END_TEST

/* A bumper that turns the radar to the left moves what it sees to the right. */
START_TEST (mount) {
    set->ghost_share = set->clutter = 0;
    stats forward = {0};
    g->set->mount.yaw_deg = 20;
    rig_place(g, 100, 0, speed_mps);
    rig_start(g, 1);
    for (int k = 0; k < 200; k++) {
        rig_sample(g);
        for (int i = 0; i < scan->count; i++) {
            const radar_detection *d = &scan->detections[i];
            double body = (double)d->azimuth_rad + radians(20);
            stats_add(&forward, (double)d->doppler_mps + speed_mps * cos(body));
        }
    }
    ck_assert_double_lt(stats_rms(&forward), 0.3);
}
END_TEST

/* What it says a return is of is where the return is; what has no place is of nothing. */
START_TEST (returns_know_what_they_are_of) {
    const sim_element *all;
    size_t n = sim_world_elements(g->world, 0, 1e9, &all), of_things = 0, of_nothing = 0;
    set->range_m = set->azimuth_deg = 0;
    rig_start(g, 3);
    for (int k = 0; k < 200; k++) {
        const sim_return *of = NULL;
        rig_place(g, 100 + 1.5 * k, -1.75, speed_mps);
        rig_step(g, 0.05);
        rig_sample(g);
        const frame *f = &g->frames[FRAME_RADAR];
        ck_assert_uint_eq(sim_sensor_radar.returns(g->self, f->sequence, &of), scan->count);
        ck_assert_uint_eq(sim_sensor_radar.returns(g->self, f->sequence + 1, &of), 0);
        sim_sensor_radar.returns(g->self, f->sequence, &of);
        for (int i = 0; i < scan->count; i++) {
            const radar_detection *d = &scan->detections[i];
            double yaw = atan2(g->now.R[1][0], g->now.R[0][0]) + (double)d->azimuth_rad, off = INFINITY;
            double at[2] = {g->now.plane_m[0] + 3.6 * g->now.R[0][0] + (double)d->range_m * cos(yaw),
                            g->now.plane_m[1] + 3.6 * g->now.R[1][0] + (double)d->range_m * sin(yaw)};
            for (size_t e = 0; e < n; e++) {
                if (sim_return_is_of(&of[i], all[e].id))
                    off = fmin(off, hypot(all[e].plane_m[0] - at[0], all[e].plane_m[1] - at[1]));
            }
            of_things += of[i].things[0] != 0;
            of_nothing += of[i].things[0] == 0;
            bool hangs = false; /* a sign is further away in the air than on the ground */
            for (size_t e = 0; e < n; e++)
                hangs |= all[e].id == of[i].things[0] && all[e].kind == ELEMENT_SIGN;
            ck_assert(of[i].things[0] == 0 || off < (hangs ? 0.6 : 0.01));
            ck_assert(of[i].range_m == d->range_m && of[i].doppler_mps == d->doppler_mps);
        }
    }
    ck_assert_uint_gt(of_things, 1000);
    ck_assert_uint_gt(of_nothing, 100);
}
END_TEST

/* From anywhere along a rail, and weaker than from a pole. */
START_TEST (rails_answer_along_their_line) {
    stats rails = {0}, others = {0};
    double least_m = INFINITY, most_m = 0;
    g->scenario.road.rails = 1;
    sim_world_destroy(g->world);
    error e = {""};
    g->world = sim_world_create(&g->scenario, 1, &e);
    ck_assert_msg(g->world, "%s", e.text);
    g->moment.world = g->world;
    rig_start(g, 3);
    for (int k = 0; k < 200; k++) {
        const sim_return *of = NULL;
        rig_place(g, 100 + 0.5 * k, -1.75, speed_mps);
        rig_step(g, 0.05);
        rig_sample(g);
        sim_sensor_radar.returns(g->self, g->frames[FRAME_RADAR].sequence, &of);
        for (int i = 0; i < scan->count; i++) {
            bool rail = sim_world_rail_distance_m(g->world, of[i].things[0], of[i].plane_m) < 0.3;
            stats_add(rail ? &rails : &others, (double)scan->detections[i].rcs_dbsm);
            least_m = rail ? fmin(least_m, of[i].plane_m[0]) : least_m;
            most_m = rail ? fmax(most_m, of[i].plane_m[0]) : most_m;
        }
    }
    ck_assert(rails.n > 200 && rails.n < others.n);
    ck_assert_double_gt(most_m - least_m, 60);
    ck_assert_double_eq_tol(stats_mean(&rails), stats_mean(&others) - 6, 1.5);
}
END_TEST

/* What stands with a place answers from where it truly is, wherever the survey has put it. */
START_TEST (things_answer_from_where_they_are) {
    const sim_element *all;
    size_t n = sim_world_elements(g->world, 0, 1e9, &all), poles = 0, of_poles = 0, near_poles = 0;
    set->ghost_share = set->clutter = 0;
    set->range_m = set->azimuth_deg = 0;
    for (size_t i = 0; i < n; i++)
        poles += all[i].kind == ELEMENT_POLE;
    ck_assert_uint_gt(poles, 10);
    rig_start(g, 3);
    for (int k = 0; k < 200; k++) {
        rig_place(g, 100 + 1.5 * k, -1.75, speed_mps);
        rig_step(g, 0.05);
        rig_sample(g);
        for (int i = 0; i < scan->count; i++) {
            const radar_detection *d = &scan->detections[i];
            double yaw = atan2(g->now.R[1][0], g->now.R[0][0]) + (double)d->azimuth_rad, best = 0.5;
            double at[2] = {g->now.plane_m[0] + 3.6 * g->now.R[0][0] + (double)d->range_m * cos(yaw),
                            g->now.plane_m[1] + 3.6 * g->now.R[1][0] + (double)d->range_m * sin(yaw)};
            for (size_t e = 0; e < n; e++) {
                if (all[e].kind == ELEMENT_POLE)
                    best = fmin(best, hypot(all[e].plane_m[0] - at[0], all[e].plane_m[1] - at[1]));
            }
            of_poles += best < 0.003;
            near_poles += best < 0.1; /* the survey is off by 0.05 */
        }
    }
    ck_assert_uint_gt(of_poles, 100);
    ck_assert_double_gt((double)of_poles, 0.95 * (double)near_poles);
}
END_TEST

/* Two things in one cell are one, from between them: fewer answer. */
START_TEST (cells_merge) {
    set->ghost_share = set->clutter = 0;
    set->returns = 64;
    double apart = scans(NULL).count.sum / SCANS;
    for (int coarse = 0; coarse < 2; coarse++) {
        double least = 1e9;
        set->resolution_m = coarse ? 3 : 0;
        set->resolution_deg = 3;
        set->range_m = set->azimuth_deg = 0;
        rig_start(g, 5);
        for (int k = 0; k < 100; k++) {
            rig_place(g, 100 + 3.0 * k, -1.75, speed_mps);
            rig_step(g, 0.05);
            rig_sample(g);
            for (int i = 0; i < scan->count; i++) {
                for (int j = 0; j < i && i < 10; j++) { /* the ground answers when all places have */
                    double r =
                        fabs((double)scan->detections[i].range_m - (double)scan->detections[j].range_m);
                    double a = fabs((double)scan->detections[i].azimuth_rad -
                                    (double)scan->detections[j].azimuth_rad);
                    least = fmin(least, fmax(r / 3, a / radians(3)));
                }
            }
        }
        if (!coarse)
            ck_assert_double_lt(least, 0.3);
        else
            ck_assert_double_gt(least, 0.3); /* a merged one may have come nearer to a third */
    }
    ck_assert_double_eq_tol(apart, 64, 1);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("radar");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, returns_and_what_stands);
    tcase_add_test(t, share_of_what_moves);
    tcase_add_test(t, rain_brings_clutter);
    tcase_add_test(t, scale_of_range_rates);
    tcase_add_test(t, mount);
    tcase_add_test(t, returns_know_what_they_are_of);
    tcase_add_test(t, rails_answer_along_their_line);
    tcase_add_test(t, things_answer_from_where_they_are);
    tcase_add_test(t, cells_merge);
    return run_cases("sensor_radar", t);
}
