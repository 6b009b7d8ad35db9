/* Words for numbers, and what follows from a pose. */
#include "client/posed_client.h"
#include "fusion/fusion.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

START_TEST (words_are_those_of_the_filter) {
    for (int i = MODE_INITIALIZING; i < MODE_COUNT; i++)
        ck_assert_str_eq(posed_mode_name((posed_mode)i), fusion_mode_word((fusion_mode)i));
    for (int i = 0; i < FAULT_COUNT; i++) {
        const fault_info *fault = fault_describe((fault_code)i);
        ck_assert_str_eq(posed_fault_name((uint32_t)fault->id), fault->name);
        ck_assert_str_eq(posed_fault_text((uint32_t)fault->id), fault->text);
    }
    for (uint32_t i = 0; i < REASON_COUNT; i++)
        ck_assert_str_eq(posed_reason_name(i), verdict_reason_word((verdict_reason)i));
    for (uint32_t i = 1; i < QUANTITY_COUNT; i++)
        ck_assert_str_eq(posed_quantity_name(i), verdict_quantity_word((verdict_quantity)i));
}
END_TEST

START_TEST (every_number_has_a_word) {
    ck_assert_str_eq(posed_mode_name((posed_mode)99), "UNKNOWN");
    ck_assert_str_eq(posed_source_state_name(POSED_SOURCE_NEVER_SEEN), "NEVER_SEEN");
    ck_assert_str_eq(posed_source_state_name((posed_source_state)99), "UNKNOWN");
    ck_assert_str_eq(posed_severity_name(POSED_SEVERITY_ERROR), "ERROR");
    ck_assert_str_eq(posed_decision_name(POSED_DECISION_DOWN_WEIGHTED), "down-weighted");
    ck_assert_str_eq(posed_quantity_name(0), "unknown");
    ck_assert_str_eq(posed_quantity_name(UINT32_MAX), "unknown");
    ck_assert_str_eq(posed_reason_name(UINT32_MAX), "unknown");
    ck_assert_str_eq(posed_fault_name(0), "UNKNOWN");
    ck_assert_str_eq(posed_fault_text(0), "");
}
END_TEST

/*  usable  stamp  expires   now   may be used */
static const struct {
    bool usable;
    int64_t stamp_ns, expires_ns, now_ns;
    bool expected;
} times[] = {
    {true, 1000, 1100, 1000, true},
    {true, 1000, 1100, 1099, true},
    {true, 1000, 1100, 1100, false},
    {true, 1000, 1100, 5000, false},
    {true, 1000, 1100, 901, true},  /* the clocks of two machines differ a little */
    {true, 1000, 1100, 900, false}, /* the clock was set back: who knows how old it is */
    {true, 1000, 1100, -500, false},
    {true, 1000, 1000, 999, false}, /* lasts no time at all */
    {true, 1000, 900, 800, false},
    {true, 1000, 0, 5000, true}, /* final */
    {false, 1000, 0, 1000, false},
    {false, 1000, 1100, 1050, false},
    {true, INT64_MIN, INT64_MAX, INT64_MIN, true}, /* no overflow */
};

START_TEST (a_pose_may_be_used_for_a_while) {
    const posed_pose p = {
        .usable = times[_i].usable, .stamp_ns = times[_i].stamp_ns, .expires_ns = times[_i].expires_ns};
    ck_assert_int_eq(posed_pose_usable(&p, times[_i].now_ns), times[_i].expected);
}
END_TEST

START_TEST (no_pose_is_not_usable) {
    ck_assert(!posed_pose_usable(NULL, 0));
}
END_TEST

/* A covariance made of two half axes and a direction gives them back. */
START_TEST (the_ellipse_has_the_axes_of_the_covariance) {
    const double azimuth = _i * 0.2, major_m = 3, minor_m = 0.5;
    const double s = sin(azimuth), c = cos(azimuth), a = major_m * major_m, b = minor_m * minor_m;
    posed_pose p = {.mode = POSED_MODE_NOMINAL};
    p.covariance[0][0] = (float)(a * s * s + b * c * c);
    p.covariance[1][1] = (float)(a * c * c + b * s * s);
    p.covariance[0][1] = p.covariance[1][0] = (float)((a - b) * s * c);
    posed_ellipse e = posed_pose_ellipse95(&p);
    const double scale = 2.4477; /* sqrt of the 95 % point of chi-square with 2 degrees of freedom, 5.9915 */
    ck_assert_double_eq_tol((double)e.major_m, scale * major_m, 1e-3);
    ck_assert_double_eq_tol((double)e.minor_m, scale * minor_m, 1e-3);
    ck_assert(e.azimuth_rad >= 0 && e.azimuth_rad < 3.1416f);
    ck_assert_double_eq_tol(sin((double)e.azimuth_rad - azimuth), 0, 1e-3);
}
END_TEST

START_TEST (an_unknown_covariance_has_no_ellipse) {
    posed_pose p = {.mode = POSED_MODE_NOMINAL};
    p.covariance[0][0] = NAN;
    ck_assert(isnan(posed_pose_ellipse95(&p).major_m));
    p.velocity_enu_mps[0] = 3;
    p.velocity_enu_mps[1] = -4;
    ck_assert_float_eq(posed_pose_speed_mps(&p), 5);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("words");
    tcase_add_test(tc, words_are_those_of_the_filter);
    tcase_add_test(tc, every_number_has_a_word);
    tcase_add_loop_test(tc, a_pose_may_be_used_for_a_while, 0, sizeof times / sizeof *times);
    tcase_add_test(tc, no_pose_is_not_usable);
    tcase_add_loop_test(tc, the_ellipse_has_the_axes_of_the_covariance, 0, 16);
    tcase_add_test(tc, an_unknown_covariance_has_no_ellipse);
    return run_cases("words", tc);
}
