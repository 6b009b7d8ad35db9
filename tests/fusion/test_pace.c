/* A speed against receivers: what the difference goes with tells which of the two is off. */
#include "fusion/integrity/pace.h"
#include "fusion/integrity/shift.h"
#include "fusion/integrity/shift_watch.h"
#include "tests/fusion/bank_host.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { GNSS, WHEEL, RADAR };
static settings set;
static fusion *core;
static int64_t now_ns;
static int slipping; /* this source is beyond its gate; -1: none is */

static void setup(void)
{
    slipping = -1;
    core = bank_host_core(&set, NULL, "gnss/roof wheel/abs radar/front");
    core->applied_ns = now_ns = 1000000000;
    core->source[GNSS].interval_s = 0.1f;
}

static void teardown(void)
{
    fusion_destroy(core);
}

/* East is x, north is y, and the vehicle heads by that angle from east to north. */
static void place(double heading, double speed, double gain)
{
    const double c = cos(heading), s = sin(heading);
    const double r[3][3] = {{c, -s, 0.0}, {s, c, 0.0}, {0.0, 0.0, 1.0}};
    const double local[3][3] = {{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}};
    memcpy(core->f.r_b_ecef, r, sizeof r);
    memcpy(core->f.r_enu_ecef, local, sizeof local);
    const double way[3] = {c, s, 0.0};
    for (int i = 0; i < 3; i++) {
        core->f.velocity_ecef_mps[i] = speed * way[i];
        core->f.accel_ecef[i] = gain * way[i];
    }
}

/* It has the filter's speed off by so much. */
static void say(int source, float off)
{
    const float forward[3] = {1.0f, 0.0f, 0.0f}, seen[3] = {off, 0.0f, 0.0f};
    measurement m;
    measurement_start(&m, 1);
    m.nis = source == slipping ? 1e3f : 1.0f;
    pace_take(core, &core->source[source], &m, forward, seen, now_ns);
}

/* A tenth of a second: the wheels are off by `wheel`, the receiver by `receiver`, m/s. */
static void step(float wheel, float receiver)
{
    now_ns += 100000000;
    core->applied_ns = now_ns;
    say(WHEEL, wheel);
    say(GNSS, receiver);
    for (size_t i = 0; i < core->source_count; i++)
        pace_fade(&core->source[i], expf(-0.1f / 4.0f));
}

static fault_code named(void)
{
    return pace_names(core, &core->source[WHEEL], FAULT_BIASED);
}

static bool cleared(fault_code code)
{
    return pace_clears(core, &core->source[WHEEL], code);
}

START_TEST (a_share_of_the_speed_is_the_speeds_own) {
    for (int i = 0; i < 200; i++) { /* a bend, and another pace after it */
        double speed = i < 100 ? 8.0 : 16.0;
        place(0.015 * i, speed, 0.0);
        step(-0.03f * (float)speed, 0.0f);
    }
    ck_assert(!cleared(FAULT_BIASED));
    ck_assert_int_eq(named(), FAULT_COUNT);
    ck_assert(pace_differs(core));
}
END_TEST

START_TEST (a_vector_that_is_fixed_to_the_earth_is_the_receivers) {
    for (int i = 0; i < 130; i++) { /* north, and then west: led away to the east by 0.5 m/s */
        double heading = 1.57 + fmin(fmax(0.05 * (i - 60), 0.0), 1.57);
        place(heading, 10.0, 0.0);
        step(0.0f, 0.5f * (float)cos(heading));
    }
    ck_assert(cleared(FAULT_BIASED));
    ck_assert_int_eq(named(), FAULT_BIASED);
}
END_TEST

START_TEST (straight_on_nothing_tells) {
    for (int i = 0; i < 200; i++) {
        place(1.0, 10.0, 0.0);
        step(0.0f, -0.3f);
    }
    ck_assert(!cleared(FAULT_BIASED));
}
END_TEST

START_TEST (what_goes_with_the_gain_is_late) {
    for (int i = 0; i < 200; i++) { /* to and fro about 10 m/s */
        double gain = 1.5 * cos(0.1 * i);
        place(1.0, 10.0 + 1.5 * sin(0.1 * i), gain);
        step(0.0f, -0.3f * (float)gain);
    }
    ck_assert(cleared(FAULT_BIASED)); /* the receiver is */
    ck_assert_int_eq(named(), FAULT_LATENCY_SHIFT);
    ck_assert(cleared(FAULT_LATENCY_SHIFT));
}
END_TEST

START_TEST (a_speed_that_is_late_itself_is_not_cleared) {
    for (int i = 0; i < 200; i++) {
        double gain = 1.5 * cos(0.1 * i);
        place(1.0, 10.0 + 1.5 * sin(0.1 * i), gain);
        step(-0.3f * (float)gain, 0.0f);
    }
    ck_assert(!cleared(FAULT_LATENCY_SHIFT));
    ck_assert(!cleared(FAULT_BIASED));
}
END_TEST

START_TEST (another_speed_that_agrees_with_receivers_seconds_them) {
    for (int i = 0; i < 130; i++) {
        double heading = 1.57 + fmin(fmax(0.05 * (i - 60), 0.0), 1.57);
        place(heading, 10.0, 0.0);
        say(RADAR, 0.5f * (float)cos(heading));
        step(0.0f, 0.5f * (float)cos(heading));
    }
    ck_assert(!cleared(FAULT_BIASED)); /* then the wheels are what is off, however it looks */
}
END_TEST

START_TEST (wheels_that_slip_are_not_compared) {
    slipping = WHEEL;
    for (int i = 0; i < 100; i++) {
        place(1.0, 10.0, 0.0);
        step(-2.0f, 0.0f);
    }
    ck_assert(!pace_differs(core));
}
END_TEST

START_TEST (an_input_cannot_make_them_differ) {
    for (int i = 0; i < 100; i++) { /* both have the filter off by the same */
        place(0.02 * i, 10.0, 1.0);
        step(-0.6f, -0.6f);
    }
    ck_assert(!pace_differs(core));
    ck_assert(!cleared(FAULT_BIASED));
}
END_TEST

/* ---- the sums and what follows from them, by their formulas */

/* Off by 0.3 m/s, at an angle of which sine and cosine differ. */
START_TEST (a_difference_is_laid_at_each_cause) {
    const float c = cosf(2.2f), s = sinf(2.2f);
    const pace_watch *p = &core->source[WHEEL].shift.against;
    place(2.2, 10.0, 1.5);
    say(WHEEL, 0.1f);
    say(GNSS, 0.4f);
    const float x[PACE_CAUSES] = {10.0f, c, s, 1.5f};
    for (int i = 0; i < PACE_CAUSES; i++) {
        ck_assert_float_eq_tol(p->of[i], x[i] * x[i], 1e-4f);
        ck_assert_float_eq_tol(p->by[i], x[i] * 0.3f, 1e-4f);
    }
    ck_assert_float_eq_tol(p->both, c * s, 1e-4f);
    ck_assert_float_eq_tol(p->square, 0.09f, 1e-5f);
    ck_assert_float_eq(p->weight, 1.0f);
    ck_assert_float_eq_tol(p->lately, 0.03f, 1e-5f); /* a tenth of a second */
}
END_TEST

/* What lasts: smoothed over a second. */
START_TEST (they_differ_by_more_than_what_a_receiver_is_off) {
    core->source[WHEEL].speed.pace_ns = core->applied_ns;
    core->source[WHEEL].shift.against.lately = -0.14f;
    ck_assert(!pace_differs(core));
    core->source[WHEEL].shift.against.lately = -0.16f;
    ck_assert(pace_differs(core));
    core->applied_ns += 2100000000; /* it has not spoken since */
    ck_assert(!pace_differs(core));
}
END_TEST

/* A speed along (0.6, 0.8), and states of its own that have moved since they were learned. */
START_TEST (a_speed_is_taken_as_it_was_learned) {
    source_run *wheels = &core->source[WHEEL];
    const float forward[3] = {0.6f, 0.8f, 0.0f}, seen[3] = {0.12f, 0.16f, 0.0f};
    measurement m;
    measurement_start(&m, 2);
    m.nis = 1.0f;
    place(0.0, 10.0, 0.0);
    pace_take(core, wheels, &m, forward, seen, now_ns);
    ck_assert_float_eq_tol(wheels->speed.pace_mps, 0.2f, 1e-6f);
    for (int row = 0; row < 2; row++) { /* scale and latency */
        const int state = wheels->first_state + shift_rows[1 + row].state;
        wheels->shift.state[row].learned = 0.01f * (float)(1 + row);
        core->f.source[state - STATE_SOURCES] = 0.05;
        measurement_column(&m, state, 6.0f * (float)(1 + row), 8.0f * (float)(1 + row),
                           0.0f); /* 10, 20 along */
    }
    wheels->speed.pace_ns = INT64_MIN;
    wheels->speed.pace_mps = 0.0f;
    pace_take(core, wheels, &m, forward, seen, now_ns);
    ck_assert_float_eq_tol(wheels->speed.pace_mps, 0.2f + 10.0f * 0.04f + 20.0f * 0.03f, 1e-5f);
}
END_TEST

/* Least squares of a vector, d = a east + b north: of 100 comparisons with sums as given it explains what the
 * normal equations say. */
START_TEST (a_vector_explains_what_least_squares_say) {
    pace_watch *p = &core->source[WHEEL].shift.against;
    *p = (pace_watch){.weight = 100.0f, .of = {1.0f, 70.0f, 30.0f, 1.0f}, .both = 20.0f};
    p->by[PACE_EAST] = 7.0f;
    p->by[PACE_NORTH] = -3.0f;
    /* b' A^-1 b, A = (70 20; 20 30): (49 * 30 + 2 * 21 * 20 + 9 * 70) / (2100 - 400) = 1.7294 */
    p->square = 1.7294f / 0.16f;
    ck_assert(cleared(FAULT_BIASED));
    p->square = 1.7294f / 0.14f;
    ck_assert(!cleared(FAULT_BIASED));
    p->both = 45.5f; /* det = 30: straight on, of 100 headings, less than a hundredth of the squared weight */
    p->square = 1.0f;
    ck_assert(!cleared(FAULT_BIASED));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("pace");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_share_of_the_speed_is_the_speeds_own);
    tcase_add_test(tc, a_vector_that_is_fixed_to_the_earth_is_the_receivers);
    tcase_add_test(tc, straight_on_nothing_tells);
    tcase_add_test(tc, what_goes_with_the_gain_is_late);
    tcase_add_test(tc, a_speed_that_is_late_itself_is_not_cleared);
    tcase_add_test(tc, another_speed_that_agrees_with_receivers_seconds_them);
    tcase_add_test(tc, wheels_that_slip_are_not_compared);
    tcase_add_test(tc, an_input_cannot_make_them_differ);
    tcase_add_test(tc, a_difference_is_laid_at_each_cause);
    tcase_add_test(tc, they_differ_by_more_than_what_a_receiver_is_off);
    tcase_add_test(tc, a_speed_is_taken_as_it_was_learned);
    tcase_add_test(tc, a_vector_explains_what_least_squares_say);
    return run_cases("pace", tc);
}
