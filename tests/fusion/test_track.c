/* A receiver's way against dead reckoning: which turn lies between the two, on ways whose turn is known. */
#include "fusion/gnss/track.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static const int64_t second_ns = 1000000000;

/* A way that bends, of `length_m`; the receiver has it turned by `turn_rad`, longer by `scale`, and off by
 * off_m one way and the other. */
static track_turn fit_of(double length_m, double turn_rad, double scale, double off_m)
{
    track_fit f = {.way_m = 0.0};
    track_turn out = {.turn_rad = NAN};
    double at[2] = {500.0, -300.0};
    for (double s = 0.0; s < length_m; s += 2.0) {
        double heading = 0.5 + 0.4 * sin(s / 60.0), off = off_m * sin(s / 25.0);
        double z[2] = {scale * (cos(turn_rad) * at[0] - sin(turn_rad) * at[1]) + 7000.0 + off,
                       scale * (sin(turn_rad) * at[0] + cos(turn_rad) * at[1]) - 4000.0 - off};
        track_fit_take(&f, at, z, 2.0);
        at[0] += 2.0 * cos(heading);
        at[1] += 2.0 * sin(heading);
    }
    ck_assert(track_fit_find(&f, &out));
    return out;
}

START_TEST (a_turn_is_found) {
    const double turns[] = {0.0, 1.2, -2.9, 3.1};
    track_turn t = fit_of(250.0, turns[_i], 1.02, 0.0);
    ck_assert_double_eq_tol(t.turn_rad, turns[_i], 1e-3);
    ck_assert_double_eq_tol(t.scale, 1.02, 1e-3);
    ck_assert_double_lt(t.rest_m, 2.0);
    ck_assert_double_gt(t.spread_m, 50.0);
}
END_TEST

/* What a receiver is off by is left over, and turns little. */
START_TEST (what_is_off_is_left_over) {
    track_turn t = fit_of(400.0, 1.0, 1.0, 8.0);
    ck_assert_double_eq_tol(t.turn_rad, 1.0, 0.1);
    ck_assert_double_gt(t.rest_m, 4.0);
    ck_assert_double_lt(t.rest_m, 12.0);
}
END_TEST

/* Stands for a while, at a yaw rate that is off, and then drives straight on. */
static track_log stand_and_drive(double stands_s, double bias_radps)
{
    track_log t = {.source = -1, .stamp_ns = INT64_MIN};
    for (int i = 0; i < (int)((stands_s + 20.0) * 50.0); i++) {
        bool rests = i < (int)(stands_s * 50.0);
        track_hear_rate(&t, 1, i * second_ns / 50, rests ? 0.0 : 10.0, bias_radps, rests, 0.0);
    }
    return t;
}

START_TEST (the_bias_shows_at_rest) {
    track_log t = stand_and_drive(10.0, 0.008);
    ck_assert(track_knows_bias(&t));
    ck_assert_double_eq_tol(t.heading_rad, 0.0, 0.06); /* of 0.24, until it was known */
    ck_assert_double_eq_tol(t.way_m, 200.0, 1.0);
    t = stand_and_drive(3.0, 0.008);
    ck_assert(!track_knows_bias(&t));
    t = stand_and_drive(10.0, 0.2); /* that is a turn */
    ck_assert(!track_knows_bias(&t));
}
END_TEST

START_TEST (a_gap_begins_another_part) {
    track_log t = stand_and_drive(10.0, 0.0);
    double at[2], heading;
    uint32_t part = t.part;
    ck_assert(track_at(&t, t.stamp_ns + second_ns / 2, at, &heading));
    ck_assert_double_eq_tol(hypot(at[0], at[1]), 205.0, 1.0);
    ck_assert(!track_at(&t, t.stamp_ns + 2 * second_ns, at, &heading));
    track_hear_rate(&t, 1, t.stamp_ns + 2 * second_ns, 10.0, 0.0, false, 0.0);
    ck_assert_uint_ne(t.part, part);
    ck_assert_double_lt(t.way_m, 1e-6);
    ck_assert(track_knows_bias(&t));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("track");
    tcase_add_loop_test(tcase, a_turn_is_found, 0, 4);
    tcase_add_test(tcase, what_is_off_is_left_over);
    tcase_add_test(tcase, the_bias_shows_at_rest);
    tcase_add_test(tcase, a_gap_begins_another_part);
    return run_cases("track", tcase);
}
