/*
 * What a radar has had of rails lately: when it is a line, and where.
 */
#include "fusion/radar/radar_rails.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static radar_rails t;
static const int64_t step_ns = 50000000;
static int64_t now_ns;

static void setup(void)
{
    radar_rails_clear(&t);
    now_ns = 1000000000;
}

/* Returns of a line, 0.5 m wide, one each 50 ms. */
static void answer(uint32_t line, float at_m, float left, int count)
{
    for (int i = 0; i < count; i++, now_ns += step_ns)
        radar_rails_take(&t,
                         &(rail_return){.line = line,
                                        .off_m = at_m + 0.5f * ((float)(i % 5) / 4.0f - 0.5f),
                                        .left = left,
                                        .sigma_m = 0.05f},
                         now_ns);
}

static bool peak(uint32_t line, float band_m, float *mean_m)
{
    int rail = radar_rails_find(&t, 0, line, now_ns);
    return rail != RADAR_NO_RAIL && radar_rails_peak(&t, rail, band_m, mean_m);
}

START_TEST (a_line_that_answers_is_a_rail) {
    float mean_m = 9;
    answer(7, 0.8f, 1, 11);
    ck_assert(!peak(7, 4, &mean_m)); /* too few yet */
    answer(7, 0.8f, 1, 20);
    ck_assert(peak(7, 4, &mean_m));
    ck_assert_float_eq_tol(mean_m, 0.8f, 0.13f);
    ck_assert(!peak(7, 0.5f, &mean_m)); /* further off than it is looked for */
    ck_assert(!peak(8, 4, &mean_m));
}
END_TEST

START_TEST (two_lines_are_none) {
    float mean_m;
    for (int i = 0; i < 10; i++) {
        answer(7, 0, 1, 5);
        answer(7, 2, 1, 3);
    }
    ck_assert(!peak(7, 4, &mean_m));
    ck_assert(peak(7, 1.4f, &mean_m)); /* the pose knows which */
}
END_TEST

START_TEST (clutter_is_no_line) {
    float mean_m;
    for (int i = 0; i < 40; i++)
        answer(7, -4 + 0.2f * (float)i, 1, 1);
    ck_assert(!peak(7, 5, &mean_m));
}
END_TEST

/* To half a bin. */
START_TEST (it_moves_with_the_pose) {
    float mean_m;
    answer(7, 1, 1, 30);
    radar_rails_move(&t, radar_rails_find(&t, 0, 7, now_ns), -0.9f);
    ck_assert(peak(7, 4, &mean_m));
    ck_assert_float_eq_tol(mean_m, 0.1f, 0.13f);
    answer(7, 0.1f, 1, 30);
    ck_assert(peak(7, 4, &mean_m));
    ck_assert_float_eq_tol(mean_m, 0.1f, 0.13f);
}
END_TEST

/* Drawn either way, or moved. */
START_TEST (rails_agree_or_do_not) {
    for (int i = 0; i < 10; i++) {
        answer(7, 0.6f, 1, 3);
        answer(8, _i ? 0.6f : -0.6f, -1, 3);
    }
    ck_assert(radar_rails_agree(&t, radar_rails_find(&t, 0, 7, now_ns), 4, now_ns) == (_i == 0));
    ck_assert(radar_rails_agree(&t, radar_rails_find(&t, 0, 8, now_ns), 4, now_ns) == (_i == 0));
}
END_TEST

START_TEST (what_is_gone_is_forgotten) {
    float mean_m;
    answer(7, 0, 1, 30);
    ck_assert(peak(7, 4, &mean_m));
    now_ns += 1100000000;
    ck_assert(!peak(7, 4, &mean_m));
    for (uint32_t line = 20; line < 20 + 2 * RADAR_RAILS; line++)
        answer(line, 0, 1, 1);
    ck_assert_int_ne(radar_rails_find(&t, 0, 20 + 2 * RADAR_RAILS - 1, now_ns), RADAR_NO_RAIL);
    ck_assert_int_eq(radar_rails_find(&t, 1, 20 + 2 * RADAR_RAILS - 1, now_ns), RADAR_NO_RAIL);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("radar rails");
    tcase_add_checked_fixture(cases, setup, NULL);
    tcase_add_test(cases, a_line_that_answers_is_a_rail);
    tcase_add_test(cases, two_lines_are_none);
    tcase_add_test(cases, clutter_is_no_line);
    tcase_add_test(cases, it_moves_with_the_pose);
    tcase_add_loop_test(cases, rails_agree_or_do_not, 0, 2);
    tcase_add_test(cases, what_is_gone_is_forgotten);
    return run_cases("radar rails", cases);
}
