/* A sub-solution that has lost its way: when it begins anew, and that its bound holds all the while. */
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/bank_measure.h"
#include "fusion/integrity/bank_turn.h"
#include "tests/fusion/bank_host.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static settings set;
static fusion *core;
static int lost = -1; /* the sub-solution without the receiver */

/* A camera and a receiver; what leaves the receiver out believes that the vehicle is off by half a radian and
 * 40 m, and is sure of it. */
static void setup(void)
{
    const double axes[4] = {0, 0, 0, 1}, speed[3] = {0, 20, 0};
    core = bank_host_core(&set, NULL, "camera/front gnss/roof");
    bank_host_place(core, axes, speed);
    for (int i = 0; i < 9; i++)
        covariance_reset(&core->f.p, i, i < 3 ? 0.04f : 1e-4f);
    for (int h = 0; h < core->bank.count; h++) {
        bank_copy(core, h);
        if (core->bank.of[h].sources == 2)
            lost = h;
    }
    float *d = bank_error(core, lost);
    d[STATE_POSITION + 1] = -20.0f;
    d[STATE_POSITION + 2] = 35.0f;
    d[STATE_VELOCITY + 2] = 9.6f;
    d[STATE_ATTITUDE] = 0.5f;
}

/* A bearing of the camera that the filter agrees with, so well, or not; time_s later. */
static void see_at(verdict_quantity quantity, bool fused, float nis, double time_s)
{
    measurement m;
    mat3 rows = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    measurement_start(&m, 3);
    measurement_columns(&m, STATE_POSITION, rows);
    measurement_columns(&m, STATE_ATTITUDE, rows);
    for (int k = 0; k < 3; k++)
        m.noise[k][k] = 0.01f;
    core->f.stamp_ns += (int64_t)(time_s * 1e9);
    m.nis = nis;
    memset(core->f.correction, 0, sizeof core->f.correction);
    bank_measure(core, &core->source[0], &m, (fuse_how){.quantity = quantity}, fused);
}

static void see(verdict_quantity quantity, bool fused, double time_s)
{
    see_at(quantity, fused, 1.0f, time_s);
}

static bool is_lost(void)
{
    return bank_is_astray(bank_error(core, lost));
}

static float spread(const covariance *p, const float *t)
{
    float sum = 0.0f;
    for (int i = 0; i < p->n; i++) {
        for (int j = 0; j < p->n; j++)
            sum += t[i] * covariance_at(p, i, j) * t[j];
    }
    return sqrtf(sum);
}

static float along(const float *t, const float *d)
{
    float sum = 0.0f;
    for (int i = 0; i < core->f.p.n; i++)
        sum += t[i] * d[i];
    return fabsf(sum);
}

START_TEST (bearings_that_agree_with_the_filter_bring_it_back) {
    setup();
    for (int i = 0; i < 20; i++)
        see(QUANTITY_LANDMARK, true, 0.04); /* many of them, but for less than a second */
    ck_assert(is_lost());
    for (int i = 0; i < 10; i++)
        see(QUANTITY_LANDMARK, true, 0.04);
    ck_assert(!is_lost());
    for (int i = 0; i < 20; i++)
        see(QUANTITY_LANDMARK, true, 0.04);
    covariance p = bank_covariance(core, lost);
    const float *d = bank_error(core, lost);
    ck_assert_double_lt(sqrt((double)covariance_at(&p, STATE_POSITION + 2, STATE_POSITION + 2)), 0.2);
    ck_assert_double_lt(sqrt((double)covariance_at(&p, STATE_ATTITUDE, STATE_ATTITUDE)), 0.02);
    ck_assert_double_lt(fabs((double)d[STATE_POSITION + 2]), 0.2);
    fusion_destroy(core);
}
END_TEST

/* The k-th of some directions; the first one is that in which the bound holds by a hair: as far off as a
 * standard deviation over K. */
static void direction(int k, float *t, int n, float missed, uint32_t *random)
{
    for (int i = 0; i < n; i++) {
        *random = *random * 1664525u + 1013904223u;
        t[i] = k > 0 && i < 9 ? (float)(*random >> 8) / 8388608.0f - 1.0f : 0.0f;
    }
    if (k == 0) {
        t[0] = 1.0f;
        t[1] = 0.2f / missed / 20.0f;
    }
}

/* The bound of the moment before, in any direction, is held. */
START_TEST (its_bound_is_nowhere_narrower) {
    enum { DIRECTIONS = 64 };
    float t[STATE_MAX], before[DIRECTIONS];
    setup();
    covariance p = bank_covariance(core, lost);
    const float missed = core->bank.of[lost].missed;
    uint32_t random = 1;
    for (int k = 0; k < DIRECTIONS; k++) {
        direction(k, t, p.n, missed, &random);
        before[k] = along(t, bank_error(core, lost)) + missed * spread(&p, t);
    }
    for (int i = 0; i < 30 && is_lost(); i++)
        see(QUANTITY_LANDMARK, true, 0.15);
    ck_assert(!is_lost());
    random = 1;
    for (int k = 0; k < DIRECTIONS; k++) {
        direction(k, t, p.n, missed, &random);
        ck_assert_double_ge((double)(missed * spread(&p, t)), 0.9999 * (double)before[k]);
    }
    fusion_destroy(core);
}
END_TEST

/* Turned as the filter is, but 40 m off, and sure of it: it refuses what says so. */
START_TEST (places_that_it_refuses_bring_it_back) {
    setup();
    float *d = bank_error(core, lost);
    d[STATE_ATTITUDE] = 0.0f;
    for (int i = 0; i < 40; i++)
        see_at(QUANTITY_LANDMARK, true, 14.0f, 0.04); /* the filter is off by itself */
    ck_assert_double_gt((double)d[STATE_POSITION + 2], 30.0);
    for (int i = 0; i < 20; i++)
        see(QUANTITY_LANDMARK, true, 0.04);
    ck_assert_double_gt((double)d[STATE_POSITION + 2], 30.0);
    for (int i = 0; i < 20; i++)
        see(QUANTITY_LANDMARK, true, 0.04);
    ck_assert_double_lt(fabs((double)d[STATE_POSITION + 2]), 0.2);
    fusion_destroy(core);
}
END_TEST

/* It takes what is near, and is not lost for what is not. */
START_TEST (places_that_it_takes_keep_it) {
    setup();
    float *d = bank_error(core, lost);
    memset(d, 0, sizeof(float) * (size_t)core->f.p.n);
    for (int i = 0; i < 100; i++) {
        d[STATE_POSITION + 2] = i % 5 > 0 ? 35.0f : 0.0f;
        see(QUANTITY_LANDMARK, true, 0.04);
    }
    d[STATE_POSITION + 2] = 35.0f;
    for (int i = 0; i < 20; i++)
        see(QUANTITY_LANDMARK, true, 0.04);
    ck_assert_double_gt((double)d[STATE_POSITION + 2], 30.0);
    fusion_destroy(core);
}
END_TEST

/* A heading that is lost is taken from the filter's course, where what measures it is honest. */
START_TEST (a_lost_heading_is_begun_anew_at_a_course) {
    for (int is_lost_too = 0; is_lost_too < 2; is_lost_too++) {
        setup();
        covariance p = bank_covariance(core, lost);
        float *d = bank_error(core, lost);
        for (int i = 0; i < 3 && is_lost_too; i++)
            covariance_row(&p, STATE_ATTITUDE + i)[STATE_ATTITUDE + i] = 0.5f;
        see_at(QUANTITY_VELOCITY, true, 14.0f, 0.1); /* the filter does not agree with it */
        see(QUANTITY_VELOCITY, false, 0.1);
        ck_assert(is_lost());
        see(QUANTITY_VELOCITY, true, 0.1);
        ck_assert_int_eq(is_lost(), !is_lost_too);
        ck_assert_double_eq((double)d[STATE_POSITION + 2], is_lost_too ? 0.0 : 35.0);
        fusion_destroy(core);
    }
}
END_TEST

START_TEST (what_speaks_against_the_filter_does_not) {
    setup();
    for (int i = 0; i < 100; i++)
        see(QUANTITY_LANDMARK, i % 5 > 0, 0.04); /* some of them contradict the filter as well */
    ck_assert(is_lost());
    for (int i = 0; i < 100; i++)
        see(QUANTITY_TRANSLATION, true, 0.04); /* how it has moved: any heading does */
    ck_assert(is_lost());
    fusion_destroy(core);
}
END_TEST

/* A clock that is set does not make a second of a moment. */
START_TEST (time_that_is_shifted_is_no_time) {
    setup();
    for (int i = 0; i < 5; i++)
        see(QUANTITY_LANDMARK, true, 0.01);
    fusion_shift_time(core, INT64_C(3600000000000));
    for (int i = 0; i < 20; i++)
        see(QUANTITY_LANDMARK, true, 0.01);
    ck_assert(is_lost());
    fusion_destroy(core);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("astray");
    tcase_add_test(tcase, bearings_that_agree_with_the_filter_bring_it_back);
    tcase_add_test(tcase, its_bound_is_nowhere_narrower);
    tcase_add_test(tcase, places_that_it_refuses_bring_it_back);
    tcase_add_test(tcase, places_that_it_takes_keep_it);
    tcase_add_test(tcase, a_lost_heading_is_begun_anew_at_a_course);
    tcase_add_test(tcase, what_speaks_against_the_filter_does_not);
    tcase_add_test(tcase, time_that_is_shifted_is_no_time);
    return run_cases("bank_astray", tcase);
}
