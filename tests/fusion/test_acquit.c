/* Whom the bank clears: a source without which the contradiction stands, while without another all agree. */
#include "tests/fusion/bank_host.h"

#include <check.h>

enum { GNSS, IMU, WHEEL };
static settings set;
static fusion *core;
static const int64_t second = 1000000000, now_ns = 100000000000;

static void setup(void)
{
    core = bank_host_core(&set, NULL, "gnss/roof imu/box wheel/abs");
    core->applied_ns = now_ns;
}

static void teardown(void)
{
    fusion_destroy(core);
}

static bank_hypothesis *without(int source)
{
    return bank_host_without(core, UINT32_C(1) << source);
}

/* The sub-solution without this source, which began that many seconds ago. */
static void doubt(int source, float of, int64_t age_s)
{
    bank_hypothesis *h = without(source);
    h->live = true;
    h->doubt = of;
    h->anchor_ns = now_ns - age_s * second;
    h->fused_ns = now_ns;
}

static bool is_cleared(int source)
{
    return acquit_holds(&core->source[source], now_ns, ACQUIT_NOW_S);
}

START_TEST (a_source_is_cleared_by_what_goes_on_without_it) {
    doubt(GNSS, 30.0f, 60);
    doubt(IMU, 0.0f, 60);
    doubt(WHEEL, 10.0f, 60);
    acquit_look(core, now_ns);
    ck_assert(is_cleared(GNSS));   /* without it the others contradict each other still */
    ck_assert(!is_cleared(IMU));   /* it explains all */
    ck_assert(!is_cleared(WHEEL)); /* it is not plain */
    ck_assert(!acquit_holds(&core->source[GNSS], now_ns + second, ACQUIT_NOW_S));
    ck_assert(acquit_holds(&core->source[GNSS], now_ns + second, 10.0));
}
END_TEST

START_TEST (nobody_is_cleared_where_nobody_explains) {
    doubt(GNSS, 30.0f, 60);
    doubt(IMU, 30.0f, 60);
    doubt(WHEEL, 30.0f, 60);
    acquit_look(core, now_ns);
    ck_assert(!is_cleared(GNSS) && !is_cleared(IMU) && !is_cleared(WHEEL));
}
END_TEST

START_TEST (one_that_began_just_now_explains_nothing) {
    doubt(GNSS, 30.0f, 60);
    doubt(IMU, 0.0f, 1);
    doubt(WHEEL, 30.0f, 60);
    acquit_look(core, now_ns);
    ck_assert(!is_cleared(GNSS));
    without(IMU)->anchor_ns = now_ns - 3 * second;
    acquit_look(core, now_ns);
    ck_assert(is_cleared(GNSS));
}
END_TEST

START_TEST (what_explains_all_is_cleared_no_longer) {
    doubt(GNSS, 30.0f, 60);
    doubt(IMU, 0.0f, 60);
    acquit_look(core, now_ns);
    ck_assert(is_cleared(GNSS));
    doubt(GNSS, 0.0f, 60);
    acquit_look(core, now_ns);
    ck_assert(is_cleared(GNSS)); /* nothing contradicts: it is remembered */
    doubt(WHEEL, 30.0f, 60);
    acquit_look(core, now_ns);
    ck_assert(!is_cleared(GNSS) && is_cleared(WHEEL));
}
END_TEST

START_TEST (a_stepped_clock_is_followed) {
    doubt(GNSS, 30.0f, 60);
    doubt(IMU, 0.0f, 60);
    acquit_look(core, now_ns);
    fusion_shift_time(core, 3600 * second);
    ck_assert(acquit_holds(&core->source[GNSS], now_ns + 3600 * second, ACQUIT_NOW_S));
    ck_assert(!acquit_holds(&core->source[IMU], now_ns, 1e9)); /* never stays never */
}
END_TEST

int main(void)
{
    Suite *s = suite_create("acquit");
    TCase *tc = tcase_create("acquit");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_source_is_cleared_by_what_goes_on_without_it);
    tcase_add_test(tc, nobody_is_cleared_where_nobody_explains);
    tcase_add_test(tc, one_that_began_just_now_explains_nothing);
    tcase_add_test(tc, what_explains_all_is_cleared_no_longer);
    tcase_add_test(tc, a_stepped_clock_is_followed);
    suite_add_tcase(s, tc);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
