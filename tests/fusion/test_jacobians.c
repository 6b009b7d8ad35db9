/*
 * Every measurement's H against the numeric derivative of its own innovation, at random states over the
 * earth, poles and date line included.
 */
#include "tests/fusion/any_measurement.h"
#include "tests/suite.h"

#include "fusion/motion/vehicle.h"
#include "fusion/sight/sight.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* ---- comparison */

static double wrapped(double d) /* of angles; others are far below pi */
{
    return fabs(d) > pi ? remainder(d, 2.0 * pi) : d;
}

static double largest_of_row(const measurement *m, int row)
{
    double most = 0.0;
    for (int i = 0; i < m->columns; i++)
        most = fmax(most, fabs((double)m->h[i][row]));
    return most;
}

/* What a state does to an innovation, by both sides. */
static void numeric_of(void (*measure)(void), int state, double step, int expected,
                       double out[MOST_CAUGHT][3])
{
    float above[MOST_CAUGHT][3], below[MOST_CAUGHT][3];
    innovations(measure, state, step, above);
    innovations(measure, state, -step, below);
    for (int k = 0; k < expected; k++) {
        for (int row = 0; row < 3; row++)
            out[k][row] = -wrapped((double)above[k][row] - (double)below[k][row]) / (2.0 * step);
    }
}

/* The same, but that of a turn only a share tells how late a picture is. */
static void numeric_late(void (*measure)(void), int state, double step, int expected,
                         double out[MOST_CAUGHT][3])
{
    double still[MOST_CAUGHT][3], before[3];
    vec3 rate;
    vehicle_rate(&core->f, rate);
    memcpy(before, core->f.rate_b, sizeof before);
    memset(core->f.rate_b, 0, sizeof core->f.rate_b);
    numeric_of(measure, state, step, expected, still);
    memcpy(core->f.rate_b, before, sizeof before);
    for (int k = 0; k < expected; k++) {
        for (int row = 0; row < 3; row++)
            out[k][row] = still[k][row] + (double)sight_turn_tells(rate) * (out[k][row] - still[k][row]);
    }
}

/* A latency that is considered is no column of a GNSS position, nor of what a camera sees. */
static bool is_considered(int state)
{
    const bool camera = core->map.view && state == core->source[CAMERA].first_state + CAMERA_LATENCY;
    return (camera || state == core->source[GNSS].first_state + GNSS_LATENCY) &&
           core->f.considered >> state & 1;
}

/* `tolerance` is relative to the row's largest entry. */
static void compare(const char *what, void (*measure)(void), int expected, bool is_position, double tolerance)
{
    measurement seen[MOST_CAUGHT];
    float zero[MOST_CAUGHT][3];
    double does[MOST_CAUGHT][3];
    innovations(measure, STATE_POSITION, 0.0, zero);
    ck_assert_msg(caught_count == expected, "%s: %d measurements", what, caught_count);
    memcpy(seen, caught, sizeof seen);
    /* errors of the map are considered: nothing moves with them but the covariance */
    const int last = core->map.view ? core->map.first_state : core->f.p.n;
    for (int state = 0; state < last; state++) {
        double step = any_state_step(state, is_position);
        numeric_of(measure, state, step, expected, does);
        if (core->map.view && state == core->source[CAMERA].first_state + CAMERA_LATENCY)
            numeric_late(measure, state, step, expected, does);
        for (int k = 0; k < expected; k++) {
            for (int row = 0; row < seen[k].dim; row++) {
                if ((is_position || core->map.view) && is_considered(state)) /* gnss_latency_doubt */
                    continue;
                double numeric = does[k][row];
                double off = column(&seen[k], state, row) - numeric;
                double scale = largest_of_row(&seen[k], row);
                ck_assert_msg(fabs(off) <= tolerance * scale,
                              "%s %d, row %d, state %d: %g, numeric %g (largest %g)", what, k, row, state,
                              numeric + off, numeric, scale);
            }
        }
    }
}

static void compare_all(bool with_imu)
{
    srand(ANY_STATES_SEED);
    for (int round = 0; round < ANY_STATES; round++) {
        any_state_create(with_imu);
        any_state_take(round);
        memcpy(core->start.fix_ecef_m, core->f.position_ecef_m, sizeof core->start.fix_ecef_m);
        /* of the turn over the latency the second order is left out */
        compare("GNSS position", measure_gnss, 1, true, 1e-2);
        compare("GNSS velocity", measure_gnss_velocity, 1, false, 1e-2);
        compare("wheel speed", measure_speed, 1, false, 1e-3);
        compare("standstill", measure_rest, 2, false, 1e-3);
        compare("radar", measure_radar, 1, false, 5e-3);
        compare("landmark", measure_landmark, 1, true, 2e-3);
        compare("roadside", measure_roadside, 2, true, 1e-3);
        measure_odometry_as_expected();
        compare("odometry", measure_odometry, 2, false, 1e-3);
        compare("constraints", measure_constraints, with_imu ? 1 : 2, false, 1e-3);
        fusion_destroy(core);
    }
}

/* The columns of the map's own error are minus those of the place. */
static void check_survey_columns(void)
{
    float out[MOST_CAUGHT][3];
    innovations(measure_map_landmark, STATE_POSITION, 0.0, out);
    for (int slot = 0; slot < 2; slot++) {
        for (int i = 0; i < 3; i++) {
            for (int row = 0; row < 2; row++)
                ck_assert_double_eq(column(&caught[0], core->map.first_state + 3 * slot + i, row),
                                    -column(&caught[0], STATE_POSITION + i, row));
        }
    }
}

START_TEST (measurements_on_a_map) {
    srand(ANY_STATES_SEED);
    on_map = true;
    for (int round = 0; round < ANY_STATES; round++) {
        any_state_create(round % 2);
        any_state_take(round);
        compare("landmark of the map", measure_map_landmark, 1, true, 2e-3);
        see_return();
        compare("return of the map", measure_return, 1, true, 3e-3);
        /* the cut runs over chords of a metre: direction and curvature are of them */
        compare("lane lines", measure_lanes, 2, true, 3e-2);
        check_survey_columns();
        fusion_destroy(core);
    }
    on_map = false;
}
END_TEST

START_TEST (measurements_without_imu) {
    compare_all(false);
}
END_TEST

START_TEST (measurements_with_imu) {
    compare_all(true);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("jacobians");
    printf("seed %d\n", ANY_STATES_SEED);
    tcase_set_timeout(cases, 120.0);
    tcase_add_test(cases, measurements_with_imu);
    tcase_add_test(cases, measurements_without_imu);
    tcase_add_test(cases, measurements_on_a_map);
    return run_cases("jacobians", cases);
}
