/*
 * What stands, as a radar has it over scans: which returns are of one thing, which things are to be trusted,
 * and who their neighbours are.
 */
#include "fusion/radar/radar_things.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static radar_things things;
static int64_t now_ns;

static void setup(void)
{
    radar_things_clear(&things);
    now_ns = 1000000000;
}

/* Roughly normal, one sigma. */
static float noise(void)
{
    float sum = 0.0f;
    for (int i = 0; i < 12; i++)
        sum += (float)rand() / (float)RAND_MAX;
    return sum - 6.0f;
}

/* A return at x along and y across, measured to 0.2 m and 0.3 m. */
static radar_place at(float x, float y)
{
    return (radar_place){.at_m = {x, y, 0.0f},
                         .along = {1.0f, 0.0f, 0.0f},
                         .across = {0.0f, 1.0f, 0.0f},
                         .along_variance = 0.04f,
                         .across_variance = 0.09f};
}

static int take(float x, float y)
{
    radar_place p = at(x, y);
    return radar_things_take(&things, 0, &p, now_ns);
}

static void next_scan(void)
{
    now_ns += 50000000;
}

START_TEST (what_answers_again_is_a_thing) {
    double sum[2] = {0, 0};
    int first = take(30, 4), count = 1, strays = 0;
    sum[0] = 30;
    sum[1] = 4;
    ck_assert(!radar_things_is_proven(&things, first));
    for (; count < 40; count++) {
        next_scan();
        float x = 30.0f + 0.2f * noise(), y = 4.0f + 0.3f * noise();
        strays += take(x, y) != first; /* beyond three sigmas; the next may be of the stray */
        sum[0] += (double)x;
        sum[1] += (double)y;
    }
    ck_assert_int_le(strays, 4);
    ck_assert(radar_things_is_proven(&things, first));
    /* the textbook: the mean of all */
    ck_assert_double_eq_tol((double)things.of[first].at_m[0], sum[0] / count, 0.06);
    ck_assert_double_eq_tol((double)things.of[first].at_m[1], sum[1] / count, 0.1);
    ck_assert_float_lt(things.of[first].variance, 0.02f);
}
END_TEST

START_TEST (neighbours_are_known) {
    radar_place p = at(30, 4);
    int pole = -1, post = -1;
    for (int i = 0; i < 20; i++, next_scan()) {
        pole = take(30, 4);
        post = take(32, 4);
    }
    ck_assert_int_ne(pole, post);
    ck_assert(radar_things_is_alone(&things, pole, &p, 1.9f, now_ns));
    ck_assert(!radar_things_is_alone(&things, pole, &p, 2.1f, now_ns));
    ck_assert_float_eq_tol(radar_things_density(&things, pole, &p, now_ns), 1.0f / 314.16f, 1e-5f);
    for (int i = 0; i < 20; i++, next_scan()) {
        take(30, 4);
        take(32, 4);
        take(30, 9);
        take(26, 4);
    }
    ck_assert_float_eq_tol(radar_things_density(&things, pole, &p, now_ns), 3.0f / 314.16f, 1e-5f);
    /* another radar's things are no neighbours: its errors are its own */
    radar_things_clear(&things);
    for (int i = 0; i < 20; i++, next_scan()) {
        radar_place other = at(30.5f, 4);
        pole = take(30, 4);
        radar_things_take(&things, 1, &other, now_ns);
    }
    ck_assert(radar_things_is_alone(&things, pole, &p, 5.0f, now_ns));
}
END_TEST

/* Each thing answers once: two at one time are two, however near. */
START_TEST (two_answers_are_two_things) {
    radar_place p = at(30, 4);
    int first = take(30, 4), second = take(30.1f, 4);
    ck_assert_int_ne(first, second);
    ck_assert(!radar_things_is_alone(&things, first, &p, 1.0f, now_ns));
}
END_TEST

/* What answers from here and there joins things by chance: that is not what a radar scatters by. */
START_TEST (a_rail_says_nothing_of_the_noise) {
    for (int i = 0; i < 300; i++, next_scan()) { /* each place answers five times at most */
        float place = 20.0f + 5.0f * (float)(i / 5);
        take(place + (i % 2 ? 0.5f : -0.5f), 4);
    }
    ck_assert_float_eq(things.noise[0], 1.0f);
    ck_assert_float_eq(things.noise[1], 1.0f);
    for (int i = 0; i < 300; i++, next_scan()) /* one that stands does say it */
        take(30, 4);
    ck_assert_float_lt(things.noise[0], 0.5f);
}
END_TEST

/* A wall answers from here and there, a post from one place. The radar's own scatter is learned from all. */
START_TEST (a_long_thing_is_no_post) {
    int post = -1, wall = -1;
    for (int i = 0; i < 400; i++, next_scan()) {
        for (int k = 0; k < 6; k++)
            post = take(20.0f + 6.0f * (float)k + 0.1f * noise(), 4.0f + 0.1f * noise());
        int seen = take(30.0f + (i % 2 ? 0.3f : -0.3f), -8);
        wall = wall < 0 ? seen : wall;
    }
    ck_assert_float_lt(things.noise[0], 0.7f);
    ck_assert_float_lt(things.noise[1], 0.5f);
    ck_assert(radar_things_is_proven(&things, post));
    ck_assert(!radar_things_is_proven(&things, wall));
}
END_TEST

START_TEST (what_is_gone_is_forgotten) {
    radar_place p = at(30, 4);
    int pole = -1, post;
    for (int i = 0; i < 20; i++, next_scan()) {
        pole = take(30, 4);
        take(31.5f, 4);
    }
    now_ns += 2900000000;
    post = take(31.5f, 4);
    ck_assert(!radar_things_is_alone(&things, post, &p, 2.0f, now_ns));
    now_ns += 200000000;
    ck_assert(radar_things_is_alone(&things, post, &p, 2.0f, now_ns));
    take(30, 4); /* a new one, perhaps in the same entry */
    ck_assert(!radar_things_is_proven(&things, pole) || things.of[pole].seen_ns != now_ns);
    /* more than there is room for: the oldest go */
    for (int i = 0; i < 5 * RADAR_THINGS; i++, next_scan())
        ck_assert_int_lt(take(10.0f * (float)i, 50), RADAR_THINGS);
}
END_TEST

START_TEST (the_anchor_follows) {
    const double start[3] = {4000000, 0, 0}, near[3] = {4000300, 0, 0}, far[3] = {4000800, 0, 0};
    radar_things_follow(&things, start);
    ck_assert_double_eq(things.anchor_ecef_m[0], 4000000);
    int pole = take(100, 4);
    radar_things_follow(&things, near);
    ck_assert_float_eq(things.of[pole].at_m[0], 100);
    radar_things_follow(&things, far);
    ck_assert_float_eq(things.of[pole].at_m[0], -700);
    ck_assert_double_eq(things.anchor_ecef_m[0], 4000800);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("radar_things");
    tcase_add_checked_fixture(cases, setup, NULL);
    tcase_add_test(cases, what_answers_again_is_a_thing);
    tcase_add_test(cases, neighbours_are_known);
    tcase_add_test(cases, two_answers_are_two_things);
    tcase_add_test(cases, a_rail_says_nothing_of_the_noise);
    tcase_add_test(cases, a_long_thing_is_no_post);
    tcase_add_test(cases, what_is_gone_is_forgotten);
    tcase_add_test(cases, the_anchor_follows);
    return run_cases("radar_things", cases);
}
