/* Whom the bank clears: a source without which the contradiction stands, while without another all agree. */
#include "fusion/integrity/acquit.h"
#include "fusion/integrity/bank.h"
#include "tests/fusion/bank_host.h"
#include "tests/suite.h"

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

/* To both sides of what is loud, 12, of what is quiet, 6, and of how long it has been heard, 2 s. */
START_TEST (where_it_begins) {
    static const struct {
        float alone, others;
        bool cleared;
    } rows[] = {{12.0f, 6.0f, true}, {11.9f, 6.0f, false}, {12.0f, 6.1f, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        core->source[GNSS].out.acquitted_ns = INT64_MIN;
        doubt(GNSS, rows[i].alone, 60);
        doubt(IMU, rows[i].others, 2);
        acquit_look(core, now_ns);
        ck_assert(is_cleared(GNSS) == rows[i].cleared);
    }
    core->source[GNSS].out.acquitted_ns = now_ns - second / 2;
    ck_assert(!is_cleared(GNSS)); /* half a second is over */
}
END_TEST

/* Neither what is not there, nor what leaves out a part of what a source says, has a say. */
START_TEST (only_what_leaves_out_all_of_a_source_speaks) {
    bank_hypothesis *both[] = {without(GNSS), without(IMU)};
    for (int i = 0; i < 4; i++) {
        doubt(GNSS, 30.0f, 60);
        doubt(IMU, 0.0f, 60);
        if (i < 2)
            both[i]->live = false;
        else
            both[i - 2]->quantities = 1u << QUANTITY_LANE;
        acquit_look(core, now_ns);
        ck_assert(!is_cleared(GNSS));
        both[0]->quantities = both[1]->quantities = 0;
    }
    doubt(IMU, 0.0f, 60);
    without(IMU)->fused_ns = INT64_MIN; /* it has heard nothing */
    acquit_look(core, now_ns);
    ck_assert(!is_cleared(GNSS));
}
END_TEST

/* Without both receivers all agree: that says nothing for the one of them. */
START_TEST (what_leaves_it_out_as_well_clears_it_not) {
    teardown();
    core = bank_host_core(&set, NULL, "gnss/roof imu/box wheel/abs gnss/rear");
    core->applied_ns = now_ns;
    bank_hypothesis *sky = bank_host_without(core, 9);
    doubt(GNSS, 30.0f, 60);
    doubt(IMU, 30.0f, 60);
    sky->live = true;
    sky->fused_ns = now_ns;
    acquit_look(core, now_ns);
    ck_assert(!is_cleared(GNSS));
    ck_assert(is_cleared(IMU));
}
END_TEST

/* Cleared once, it stays so until without it all agree (6) while without another they do not (12). */
START_TEST (what_convicts) {
    static const struct {
        float alone, another;
        bool kept;
    } rows[] = {{6.0f, 12.0f, false}, {6.1f, 12.0f, true}, {6.0f, 11.9f, true}, {8.0f, 30.0f, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        core->source[GNSS].out.acquitted_ns = now_ns;
        doubt(GNSS, rows[i].alone, 60);
        doubt(IMU, 0.0f, 60);
        doubt(WHEEL, rows[i].another, 60);
        acquit_look(core, now_ns);
        ck_assert_msg(is_cleared(GNSS) == rows[i].kept, "row %zu", i);
    }
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("acquit");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_source_is_cleared_by_what_goes_on_without_it);
    tcase_add_test(tc, nobody_is_cleared_where_nobody_explains);
    tcase_add_test(tc, one_that_began_just_now_explains_nothing);
    tcase_add_test(tc, what_explains_all_is_cleared_no_longer);
    tcase_add_test(tc, a_stepped_clock_is_followed);
    tcase_add_test(tc, where_it_begins);
    tcase_add_test(tc, only_what_leaves_out_all_of_a_source_speaks);
    tcase_add_test(tc, what_leaves_it_out_as_well_clears_it_not);
    tcase_add_test(tc, what_convicts);
    return run_cases("acquit", tc);
}
