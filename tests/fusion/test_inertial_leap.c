/*
 * A yaw rate that leaps from one sample to the next is off by that; a vehicle that begins to turn is not.
 */
#include "fusion/inertial/inertial_leap.h"
#include "tests/draws.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

typedef double rate_of(double t_s);

/* Four seconds; how often it is found, and the last of these. */
static int run(rate_of *rate, double hz, double sigma, uint64_t seed, leap_found *out)
{
    leap_watch w;
    int found = 0;
    leap_reset(&w);
    for (int k = 0; k < (int)(4.0 * hz); k++) {
        const double t_s = k / hz;
        found += inertial_leap_take(&w, llround(t_s * 1e9) + 1, rate(t_s) + draw_noise(&seed, sigma), out);
    }
    return found;
}

/* Before and after it the vehicle moves as ever. */
static double leaps(double t_s)
{
    return 0.2 * sin(t_s) + (t_s > 1.999 ? 0.0175 : 0.0);
}

static double plain(double t_s)
{
    return t_s > 1.999 ? 0.0175 : 0.0;
}

/* The wheel is thrown round: within 0.1 s to 3 rad/s^2, the most that tyres do, for half a second. */
static double thrown_round(double t_s)
{
    const double s = t_s - 2.0;
    return s < 0.0 ? 0.0 : s < 0.1 ? 15.0 * s * s : s < 0.5 ? 0.15 + 3.0 * (s - 0.1) : 1.35;
}

static double pothole(double t_s)
{
    const double s = t_s - 2.0;
    return s > 0.0 ? 0.2 * exp(-8.0 * s) * sin(40.0 * s) : 0.0;
}

static double spike(double t_s)
{
    return t_s > 1.999 && t_s < 2.035 ? 0.1 : 0.0;
}

static double bends(double t_s)
{
    return 0.3 * sin(2.0 * t_s);
}

START_TEST (a_leap_is_found) {
    leap_found leap;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        ck_assert_int_eq(run(leaps, 100.0, 0.0009, seed, &leap), 1);
        ck_assert_double_eq_tol(leap.by, 0.0175, 0.006);
        ck_assert_double_gt(leap.sigma, 2e-4);
        ck_assert_double_lt(leap.sigma, 0.0175 / 8.0);
        ck_assert_double_eq_tol(leap.since_s, 0.1, 0.0101); /* the middle, or the sample beside it */
    }
}
END_TEST

/* Nor is what samples say that are far apart. */
START_TEST (a_vehicle_that_turns_is_none) {
    static rate_of *const rates[] = {thrown_round, pothole, spike, bends};
    leap_found leap;
    for (uint64_t seed = 1; seed <= 50; seed++)
        ck_assert_int_eq(run(rates[_i], 100.0, 0.0009, seed, &leap), 0);
    ck_assert_int_eq(run(rates[_i], 50.0, 0.0, 1, &leap), 0);
    ck_assert_int_eq(run(plain, 20.0, 0.0, 1, &leap), 0);
}
END_TEST

START_TEST (noise_is_none) {
    leap_found leap;
    const double sigma[] = {0.0009, 0.004, 0.02};
    for (int i = 0; i < 3; i++) {
        for (uint64_t seed = 1; seed <= 250; seed++)
            ck_assert_int_eq(run(bends, 100.0, sigma[i], seed, &leap), 0);
    }
}
END_TEST

/* A rate that is said in steps, and stays at one. */
static double coarse(double t_s)
{
    return 0.0048 * floor(t_s / 0.9);
}

START_TEST (a_step_of_the_bus_is_none) {
    leap_found leap;
    ck_assert_int_eq(run(coarse, 50.0, 0.0, 1, &leap), 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("inertial_leap");
    tcase_add_test(cases, a_leap_is_found);
    tcase_add_loop_test(cases, a_vehicle_that_turns_is_none, 0, 4);
    tcase_add_test(cases, noise_is_none);
    tcase_add_test(cases, a_step_of_the_bus_is_none);
    return run_cases("inertial_leap", cases);
}
