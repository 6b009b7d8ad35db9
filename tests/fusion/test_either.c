/* Other answers than the pose: what is published holds them, by numbers that are worked out by hand. */
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/either.h"
#include "tests/fusion/bank_host.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { GNSS = 1, WHEEL = 2 };
static const float close = 1e-3f;
static settings set;
static fusion *core;
static float facing_east[4][POSE_COLUMNS];

/* What the sub-solution without the receiver holds the gyro's bias to be, less the filter. */
static float *its_bias(void)
{
    int h = 0;
    while (core->bank.of[h].sources != GNSS)
        h++;
    return &bank_error(core, h)[STATE_GYRO_BIAS + 2];
}

/* At the equator, 20 m/s to the north: there x is up, y east and z north. The vehicle's axis is held to be
 * east, and the sub-solution without the receiver 10 m ahead, 4 m to the left of it, turned to the left. */
static void setup(void)
{
    const double level[4] = {0.0, 0.0, 0.0, 1.0}, north_mps[3] = {0.0, 0.0, 20.0};
    core = bank_host_core(&set, NULL, "gnss/roof wheel/rear");
    bank_host_place(core, level, north_mps);
    facing_east[BANK_ALONG][1] = 1.0f;
    bank_hypothesis *of = bank_host_without(core, GNSS);
    of->live = of->live_looks = true;
    of->separation[BANK_ALONG] = 10.0f;
    of->separation[BANK_CROSS] = 4.0f;
    of->separation[BANK_HEADING] = 0.5f;
    for (int i = 0; i < BANK_DIRECTIONS; i++)
        of->separation_variance[i] = 1e6f;
    *its_bias() = 0.0f;
}

static void teardown(void)
{
    fusion_destroy(core);
}

static fusion_pose held(void)
{
    fusion_pose p;
    memset(&p, 0, sizeof p);
    either_hold(core, &p);
    return p;
}

/* A prior of 1e-2 is made up for by 3.035 sigmas. */
static fusion_pose look_at(float sigmas)
{
    bank_hypothesis *of = bank_host_without(core, GNSS);
    of->separation_variance[BANK_ALONG] = 100.0f / (sigmas * sigmas);
    either_look(core, 0.1f, facing_east);
    return held();
}

START_TEST (a_likelier_one_is_held) {
    fusion_pose p = look_at(3.1f);
    ck_assert_float_eq_tol(p.covariance[0][0], 50.0f, close);
    ck_assert_float_eq_tol(p.covariance[0][1], 20.0f, close);
    ck_assert_float_eq_tol(p.covariance[1][0], 20.0f, close);
    ck_assert_float_eq_tol(p.covariance[1][1], 8.0f, close);
    ck_assert_float_eq_tol(p.covariance[5][5], 0.125f, close);
    p = look_at(3.0f);
    ck_assert(p.covariance[0][0] == 0.0f && p.covariance[5][5] == 0.0f);
}
END_TEST

START_TEST (one_that_has_no_say_is_not) {
    bank_host_without(core, GNSS)->live = false;
    ck_assert(look_at(9.0f).covariance[0][0] == 0.0f);
    bank_host_without(core, GNSS)->live = true;
    bank_host_without(core, GNSS)->prior = 0.0f;
    ck_assert(look_at(9.0f).covariance[0][0] == 0.0f);
}
END_TEST

/* Half of what is further counts, in each of the two. */
START_TEST (the_furthest_counts) {
    bank_hypothesis *wheels = bank_host_without(core, WHEEL);
    wheels->live = wheels->live_looks = true;
    wheels->separation[BANK_CROSS] = -12.0f;
    for (int i = 0; i < BANK_DIRECTIONS; i++)
        wheels->separation_variance[i] = 1.0f;
    fusion_pose p = look_at(4.0f);
    ck_assert_float_eq_tol(p.covariance[0][0], 0.0f, close);
    ck_assert_float_eq_tol(p.covariance[1][1], 72.0f, close);
    ck_assert_float_eq_tol(p.covariance[5][5], 0.125f, close);
}
END_TEST

static void leave(void)
{
    for (int h = 0; h < core->bank.count; h++) {
        if (core->bank.of[h].sources == GNSS)
            either_leave(core, h);
    }
}

/* What the filter was, a sub-solution later: as far, the other way, and it drives on. */
START_TEST (what_was_left_drives_on) {
    core->bank.held_s[BANK_ALONG] = core->bank.held_s[BANK_HEADING] = 10.0f;
    look_at(4.0f);
    leave();
    fusion_pose p = held();
    ck_assert_float_eq_tol(p.covariance[0][0], 50.0f, close);
    ck_assert_float_eq_tol(p.covariance[0][1], 20.0f, close);
    ck_assert_float_eq_tol(p.covariance[5][5], 0.125f, close);
    bank_host_without(core, GNSS)->live = false;
    either_look(core, 1.0f, facing_east); /* to the right of north: 9.589 m east, 2.448 m less north */
    const bank_answer *left = &core->bank.either.left;
    ck_assert_float_eq_tol(left->at_m[0], -10.0f + 9.589f, close);
    ck_assert_float_eq_tol(left->at_m[1], -4.0f - 2.448f, close);
}
END_TEST

/* It had a gyro's bias of its own. */
START_TEST (what_was_left_turns_on) {
    core->bank.held_s[BANK_ALONG] = core->bank.held_s[BANK_HEADING] = 10.0f;
    *its_bias() = -0.01f;
    look_at(4.0f);
    leave();
    bank_host_without(core, GNSS)->live = false;
    either_look(core, 10.0f, facing_east);
    ck_assert_float_eq_tol(core->bank.either.left.turned_rad, -0.6f, close);
    either_look(core, 1000.0f, facing_east); /* half a turn is all that there is */
    ck_assert_float_eq_tol(core->bank.either.left.turned_rad, -3.1415927f, close);
}
END_TEST

/* Of two in a row the further counts: back to where the first was is none. */
START_TEST (left_twice) {
    core->bank.held_s[BANK_ALONG] = core->bank.held_s[BANK_HEADING] = 10.0f;
    look_at(4.0f);
    leave();
    bank_hypothesis *of = bank_host_without(core, GNSS);
    of->separation[BANK_ALONG] = -10.0f;
    of->separation[BANK_CROSS] = -4.0f;
    of->separation[BANK_HEADING] = 0.0f;
    leave();
    ck_assert_float_eq_tol(core->bank.either.left.at_m[0], 10.0f, close);
    ck_assert_float_eq_tol(core->bank.either.left.turned_rad, -0.5f, close);
    of->separation[BANK_ALONG] = 3.0f;
    of->separation[BANK_CROSS] = -4.0f;
    leave();
    ck_assert_float_eq_tol(core->bank.either.left.at_m[0], 7.0f, close);
    ck_assert_float_eq_tol(core->bank.either.left.at_m[1], 8.0f, close);
}
END_TEST

START_TEST (what_counts_no_more_is_forgotten) {
    core->bank.held_s[BANK_ALONG] = core->bank.held_s[BANK_HEADING] = 10.0f;
    look_at(4.0f);
    leave();
    bank_host_without(core, GNSS)->live = false;
    core->bank.held_s[BANK_HEADING] = 0.0f;
    either_look(core, 1.0f, facing_east);
    ck_assert_float_eq_tol(held().covariance[0][0], 50.0f, close);
    ck_assert(held().covariance[5][5] == 0.0f);
    core->bank.held_s[BANK_ALONG] = 0.0f;
    either_look(core, 1.0f, facing_east);
    ck_assert(held().covariance[0][0] == 0.0f && held().covariance[1][1] == 0.0f);
}
END_TEST

/* Half a second of 20 m/s to the north, and of a bend. */
START_TEST (a_latency_that_is_suspected) {
    fusion_pose p;
    memset(&p, 0, sizeof p);
    p.velocity_enu_mps[1] = 20.0f;
    p.rate_body_radps[2] = 0.2f;
    core->late.of[0].suspected_s = 0.5;
    either_hold(core, &p);
    ck_assert(p.covariance[1][1] == 0.0f); /* of one that has never been fused */
    core->source[0].fused_ns = core->f.stamp_ns;
    either_hold(core, &p);
    ck_assert_float_eq_tol(p.covariance[1][1], 50.0f, close);
    ck_assert_float_eq_tol(p.covariance[5][5], 0.005f, close);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("either");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_likelier_one_is_held);
    tcase_add_test(tests, one_that_has_no_say_is_not);
    tcase_add_test(tests, the_furthest_counts);
    tcase_add_test(tests, what_was_left_drives_on);
    tcase_add_test(tests, what_was_left_turns_on);
    tcase_add_test(tests, left_twice);
    tcase_add_test(tests, what_counts_no_more_is_forgotten);
    tcase_add_test(tests, a_latency_that_is_suspected);
    return run_cases("other answers", tests);
}
