/*
 * A recorded motion that is driven again: against the trajectory that the reference was made of.
 */
#include "sim/motion.h"
#include "sim/rng.h"
#include "sim/vec.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>

enum { COUNT = 20 * 60 + 1 };

static truth_point points[COUNT];
static const geodetic datum = {0.65, -2.1, 40};

/* A slalom at a speed that changes, standing at first. */
typedef struct {
    double at_m[3], velocity_mps[3], yaw_rad, yaw_rate_radps;
} place;

static double speed_at(double t)
{
    return t < 5 ? 0 : 12 * (1 - cos(0.2 * (t - 5)));
}

static place places[COUNT * 10];

/* 200 Hz, by the trapezoidal rule. */
static void drive(void)
{
    double x = 0, y = 0;
    for (int i = 0; i < COUNT * 10; i++) {
        double t = 0.005 * i, moving = t < 5 ? 0 : t - 5, v = speed_at(t),
               yaw = 0.5 + 0.6 * sin(0.3 * moving);
        place *p = &places[i];
        p->yaw_rad = yaw;
        p->yaw_rate_radps = t < 5 ? 0 : 0.18 * cos(0.3 * moving);
        p->velocity_mps[0] = v * cos(yaw);
        p->velocity_mps[1] = v * sin(yaw);
        if (i > 0) {
            x += 0.0025 * (p[-1].velocity_mps[0] + p->velocity_mps[0]);
            y += 0.0025 * (p[-1].velocity_mps[1] + p->velocity_mps[1]);
        }
        p->at_m[0] = x;
        p->at_m[1] = y;
    }
}

/* What a reference at `mount` says of it, 20 times a second. */
static void record(const mount_settings *mount, double noise_m, double noise_mps, bool heading)
{
    rng r = rng_seed(1, 2);
    sim_earth earth = sim_earth_at(datum);
    for (int i = 0; i < COUNT; i++) {
        const place *p = &places[10 * i];
        double c = cos(p->yaw_rad), s = sin(p->yaw_rad), w = p->yaw_rate_radps;
        double lx = c * mount->x_m - s * mount->y_m, ly = s * mount->x_m + c * mount->y_m, at[3], v[3],
               enu[3];
        const double lever[3] = {lx, ly, mount->z_m}, spin[3] = {-w * ly, w * lx, 0};
        for (int j = 0; j < 3; j++) {
            at[j] = p->at_m[j] + lever[j] + rng_normal(&r, noise_m);
            v[j] = p->velocity_mps[j] + spin[j] + rng_normal(&r, noise_mps);
        }
        geodetic g = earth_point(&earth, at);
        earth_local(&earth, &g, v, enu);
        points[i] = (truth_point){.stamp_ns = 1000 + (int64_t)i * 50000000,
                                  .latitude_rad = g.latitude_rad,
                                  .longitude_rad = g.longitude_rad,
                                  .height_m = g.height_m,
                                  .velocity_enu_mps = {(float)enu[0], (float)enu[1], (float)enu[2]},
                                  .heading_rad =
                                      heading ? (float)(PI / 2 - p->yaw_rad - radians(mount->yaw_deg)) : NAN};
    }
}

static sim_motion *make(const mount_settings *mount)
{
    error e = {""};
    const sim_record r = {points, COUNT, *mount, 0};
    sim_motion *m = sim_motion_create(&r, &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    return m;
}

/* Largest differences from what was driven, and from the derivative of the position. */
static void compare(const sim_motion *m, double off_m, double off_mps, double off_rad, double moving_mps)
{
    const sim_motion_state *x = sim_motion_states(m);
    double datum_m[3];
    sim_earth earth = sim_earth_at(datum);
    geodetic at = sim_motion_earth(m)->datum;
    earth_plane(&earth, &at, datum_m);
    for (size_t i = 0; i < sim_motion_count(m); i++) {
        const place *p = &places[i];
        double away =
            hypot(x[i].plane_m[0] + datum_m[0] - p->at_m[0], x[i].plane_m[1] + datum_m[1] - p->at_m[1]);
        double faster =
            hypot(x[i].velocity_mps[0] - p->velocity_mps[0], x[i].velocity_mps[1] - p->velocity_mps[1]);
        ck_assert_msg(away < off_m, "%g m at %g s", away, 0.005 * (double)i);
        ck_assert_msg(faster < off_mps, "%g m/s at %g s", faster, 0.005 * (double)i);
        if (speed_at(0.005 * (double)i) >= moving_mps)
            ck_assert_msg(fabs(remainder(x[i].yaw_rad - p->yaw_rad, 2 * PI)) < off_rad, "%g rad at %g s",
                          x[i].yaw_rad - p->yaw_rad, 0.005 * (double)i);
        for (int j = 0; i > 0 && j < 3; j++) {
            double mean = (x[i].velocity_mps[j] + x[i - 1].velocity_mps[j]) / 2;
            ck_assert_double_lt(fabs((x[i].plane_m[j] - x[i - 1].plane_m[j]) / 0.005 - mean), 1e-6);
        }
    }
}

START_TEST (follows_what_was_driven) {
    const mount_settings mount = {.x_m = 1.7, .y_m = -0.3, .z_m = 1.2, .yaw_deg = 1};
    record(&mount, 0, 0, true);
    sim_motion *m = make(&mount);
    compare(m, 0.06, 0.15, 0.02, 0);
    ck_assert(sim_motion_begin_ns(m) == 1000);
    ck_assert_double_eq_tol(sim_motion_duration_s(m), 60, 0.006);
    sim_motion_destroy(m);
}
END_TEST

START_TEST (takes_the_noise_off) {
    const mount_settings mount = {.x_m = 1.7};
    record(&mount, 0.02, 0.02, true);
    sim_motion *m = make(&mount);
    compare(m, 0.12, 0.2, 0.05, 3);
    const sim_motion_state *x = sim_motion_states(m);
    double worst = 0; /* it stands for 5 s */
    for (int i = 0; i < 900; i++)
        worst = fmax(worst, hypot(x[i].velocity_mps[0], x[i].velocity_mps[1]));
    ck_assert_double_lt(worst, 0.02);
    sim_motion_destroy(m);
}
END_TEST

/* Without headings the course says it, and what is not known while it stands is that of when it goes. */
START_TEST (finds_the_direction_alone) {
    const mount_settings mount = {0};
    record(&mount, 0, 0, false);
    sim_motion *m = make(&mount);
    compare(m, 0.06, 0.15, 0.02, 1.5);
    /* At 7.04 s it is faster than 1 m/s, and has turned by 0.6 sin(0.61) = 0.344 rad. */
    ck_assert_double_eq_tol(remainder(sim_motion_states(m)[0].yaw_rad - 0.5, 2 * PI), 0.344, 0.02);
    sim_motion_destroy(m);
}
END_TEST

START_TEST (velocities_out_of_positions) {
    const mount_settings mount = {0};
    record(&mount, 0, 0, true);
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < 3; j++)
            points[i].velocity_enu_mps[j] = NAN;
    sim_motion *m = make(&mount);
    compare(m, 0.1, 0.2, 0.03, 1);
    sim_motion_destroy(m);
}
END_TEST

START_TEST (the_longest_stretch) {
    const mount_settings mount = {0};
    error e = {""};
    record(&mount, 0, 0, true);
    for (int i = 400; i < COUNT; i++)
        points[i].stamp_ns += 2000000000;
    sim_motion *m = make(&mount);
    ck_assert(sim_motion_begin_ns(m) == points[400].stamp_ns);
    sim_motion_destroy(m);
    const sim_record brief = {points, 90, mount, 0};
    ck_assert(!sim_motion_create(&brief, &e));
    ck_assert(e.text[0] != '\0');
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("motion");
    drive();
    tcase_add_test(t, follows_what_was_driven);
    tcase_add_test(t, takes_the_noise_off);
    tcase_add_test(t, finds_the_direction_alone);
    tcase_add_test(t, velocities_out_of_positions);
    tcase_add_test(t, the_longest_stretch);
    return run_cases("motion", t);
}
