/* A look at sub-solutions that are made by hand: how far each is from the filter and how far it may be, when
 * it starts anew, and what it weighs. */
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/integrity.h"
#include "tests/fusion/bank_host.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

enum { ROOF, BOX, WHEELS };
static const int64_t second = 1000000000;
static settings set;
static fusion *core;

/* Up, east, north; the heading has 2e-4 rad^2, a half of it the mount's. */
static const float filter_m2[3] = {0.25f, 0.04f, 0.09f};

/* A vehicle that drives to the east, and all sub-solutions where the filter is. */
static void setup(void)
{
    const double east[4] = {0.5, 0.5, 0.5, 0.5}, speed[3] = {0, 20, 0};
    core = bank_host_core(&set, NULL, "gnss/roof imu/box wheel/abs");
    bank_host_place(core, east, speed);
    core->inertial_source = BOX;
    for (int i = 0; i < core->f.p.n; i++)
        covariance_reset(&core->f.p, i, i < 3 ? filter_m2[i] : 1e-4f);
    for (int h = 0; h < core->bank.count; h++)
        bank_copy(core, h);
}

static void teardown(void)
{
    fusion_destroy(core);
}

static bank_hypothesis *without(int source)
{
    return bank_host_without(core, 1u << source);
}

static float *error_of(int source)
{
    return bank_error(core, (int)(without(source) - core->bank.of));
}

static void spread(int source, int state, float variance)
{
    covariance p = bank_covariance(core, (int)(without(source) - core->bank.of));
    bank_reset_row(&p, state, variance);
}

static void look(void)
{
    integrity_look(core, core->f.stamp_ns);
}

/* ---- by direction */

START_TEST (separations_are_along_across_up_and_round) {
    bank_hypothesis *of = without(WHEELS);
    float *d = error_of(WHEELS);
    d[STATE_POSITION] = 2.0f;
    d[STATE_POSITION + 1] = 3.0f;
    d[STATE_POSITION + 2] = 4.0f; /* to the left */
    d[STATE_ATTITUDE] = 0.01f;
    look();
    ck_assert_float_eq_tol(of->separation[BANK_ALONG], 3.0f, 1e-5f);
    ck_assert_float_eq_tol(of->separation[BANK_CROSS], 4.0f, 1e-5f);
    ck_assert_float_eq_tol(of->separation[BANK_VERTICAL], 2.0f, 1e-5f);
    ck_assert_float_eq_tol(of->separation[BANK_HEADING], 0.01f, 1e-6f);
    for (int i = 0; i < BANK_DIRECTIONS; i++)
        ck_assert_float_eq(of->last[i], 0.0f); /* there was no look before */
    d[STATE_POSITION + 1] = 5.0f;
    look();
    ck_assert_float_eq_tol(of->last[BANK_ALONG], 3.0f, 1e-5f);
    ck_assert_float_eq_tol(of->separation[BANK_ALONG], 5.0f, 1e-5f);
    ck_assert(core->bank.judged);
    /* 5 m and 2 more until the next look, and then sigmas of 0.2 m; what is covered beside it is added */
    ck_assert_float_eq_tol(core->bank.level[BANK_ALONG], 7.0f + 4.4172f * 0.2f, 1e-3f);
    core->f.model.accel_missing = true; /* roads climb by 12 % */
    core->since_height_m = 1000.0;
    look();
    ck_assert_float_eq_tol(core->bank.level[BANK_VERTICAL], core->bank.found[BANK_VERTICAL] + 120.0f, 1e-2f);
}
END_TEST

/* By (0.4, 0.5, 0) rad about the vertical and the axis ahead, the way that it faces, (0, 1, 0), turns to
 * (0.0967, 0.9227, 0.3732): by atan(0.3732 / 0.9227). */
START_TEST (a_turn_that_is_large_is_a_rotation) {
    bank_hypothesis *of = without(WHEELS);
    float *d = error_of(WHEELS);
    d[STATE_ATTITUDE] = 0.4f;
    d[STATE_ATTITUDE + 1] = 0.5f;
    look();
    ck_assert_float_eq_tol(of->separation[BANK_HEADING], 0.38437f, 2e-5f);
    for (int i = BANK_ALONG; i <= BANK_VERTICAL; i++)
        ck_assert_float_eq(of->separation[i], 0.0f);
}
END_TEST

/* One sigma squared of a separation: the sub-solution's less the filter's, 15 % of its sigma, and what single
 * precision leaves: 3 cm along and across, 5 cm up, 2 mrad. */
START_TEST (what_may_separate_them_by_chance) {
    const bank_hypothesis *of = without(WHEELS);
    const float m2 = 0.15f * 0.15f;
    look();
    ck_assert_float_eq_tol(of->separation_variance[BANK_ALONG], 0.0009f + m2 * 0.04f, 1e-7f);
    ck_assert_float_eq_tol(of->separation_variance[BANK_CROSS], 0.0009f + m2 * 0.09f, 1e-7f);
    ck_assert_float_eq_tol(of->separation_variance[BANK_VERTICAL], 0.0025f + m2 * 0.25f, 1e-7f);
    ck_assert_float_eq_tol(of->separation_variance[BANK_HEADING], 4e-6f + m2 * 2e-4f, 1e-9f);
    spread(WHEELS, STATE_POSITION + 1, 1.04f);
    spread(WHEELS, STATE_POSITION + 2, 0.01f); /* it cannot know more than the filter */
    look();
    ck_assert_float_eq_tol(of->separation_variance[BANK_ALONG], 1.0f + 0.0009f + m2 * 1.04f, 1e-5f);
    ck_assert_float_eq_tol(of->separation_variance[BANK_CROSS], 0.0009f + m2 * 0.01f, 1e-7f);
    ck_assert_float_eq_tol(of->variance[BANK_ALONG], 1.04f, 1e-6f);
}
END_TEST

/* What it started from counts, or what its receiver is seen to hide now: a height hides twice as much, a
 * heading 0.02 rad. */
START_TEST (what_may_have_been_hidden_is_in_the_variance) {
    bank_hypothesis *of = without(ROOF);
    core->source[ROOF].place.hidden_m = 5.0f;
    core->source[ROOF].place.covered_m = 4.0f;
    bank_anchor(core, (int)(of - core->bank.of));
    look();
    ck_assert_float_eq_tol(of->start_variance, 25.0f, 1e-4f);
    ck_assert_float_eq_tol(of->variance[BANK_ALONG], 25.04f, 1e-4f);
    ck_assert_float_eq_tol(of->variance[BANK_VERTICAL], 100.25f, 1e-4f);
    ck_assert_float_eq_tol(of->variance[BANK_HEADING], 2e-4f + 4e-4f, 1e-7f);
    core->source[ROOF].place.covered_m = 6.0f;
    of->weakness = 2.0f; /* nothing vouches for the heading: 3 times the square of that, 0.24 rad */
    look();
    ck_assert_float_eq_tol(of->start_variance, 36.0f, 1e-4f);
    ck_assert_float_eq_tol(of->variance[BANK_CROSS], 36.09f, 1e-4f);
    ck_assert_float_eq_tol(of->variance[BANK_HEADING], 2e-4f + 0.0576f, 1e-6f);
    of->anchor_variance = 0.5f; /* however little it was */
    of->weakness = 1.0f;
    look();
    ck_assert_float_eq_tol(of->variance[BANK_CROSS], 36.09f, 1e-4f);
    ck_assert_float_eq_tol(of->variance[BANK_HEADING], 2e-4f + 4e-4f, 1e-7f);
    ck_assert_float_eq(without(WHEELS)->start_variance, 0.0f); /* it says nothing of the place */
    ck_assert_float_eq_tol(without(WHEELS)->variance[BANK_HEADING], 2e-4f, 1e-8f);
}
END_TEST

/* A 25th of the difference at each look. */
START_TEST (what_the_input_is_off_by_is_smoothed) {
    float *d = error_of(BOX);
    for (int i = 0; i < 6; i++)
        d[STATE_GYRO_BIAS + i] = 1e-3f * (float)(i + 1);
    look();
    for (int i = 0; i < 6; i++)
        ck_assert_float_eq_tol(without(BOX)->drive[i], 4e-5f * (float)(i + 1), 1e-9f);
    look();
    ck_assert_float_eq_tol(without(BOX)->drive[0], 4e-5f + 0.04f * (1e-3f - 4e-5f), 1e-9f);
}
END_TEST

/* ---- when they start */

/* A sub-solution without a source of position has none until that has been fused. */
static bool starts(int source)
{
    without(source)->live = false;
    look();
    return without(source)->live && without(source)->looked;
}

START_TEST (one_that_lives_not_starts_when_its_source_has_spoken) {
    bank_hypothesis *of = without(ROOF);
    of->anchor_variance = 0.01f; /* it would be worn, if it were there */
    of->separation[BANK_ALONG] = 7.0f;
    of->variance[BANK_ALONG] = 1.0f;
    ck_assert(!starts(ROOF) && !of->live); /* the receiver has not */
    ck_assert_float_eq(of->separation[BANK_ALONG], 7.0f);
    core->source[ROOF].fused_ns = core->f.stamp_ns;
    core->source[ROOF].out.banned = true;
    ck_assert(!starts(ROOF));
    core->source[ROOF].out.banned = false;
    ck_assert(starts(ROOF));
    ck_assert_float_eq_tol(of->anchor_variance, 400.0f, 1e-3f);
    core->source[ROOF].place.hidden_m = 0.5f;
    ck_assert(starts(ROOF)); /* however little it hides */
    core->source[WHEELS].fused_ns = core->f.stamp_ns;
    ck_assert(!starts(WHEELS)); /* they hide no place */
    ck_assert(!without(WHEELS)->looked);
}
END_TEST

/* ---- when they start anew */

/* What the receiver hides is proven to be 1 m; dead reckoning has lasted so long and so far, and is as unsure
 * as this. */
static bank_hypothesis *reckon(double lasted_s, double way_m, float variance_m2)
{
    bank_hypothesis *of = without(ROOF);
    core->source[ROOF].place.hidden_m = core->source[ROOF].place.covered_m = 1.0f;
    of->weakness = 1.0f;
    of->live_looks = false;
    bank_anchor(core, (int)(of - core->bank.of));
    of->anchor_ns = core->f.stamp_ns - (int64_t)llround(lasted_s * 1e9);
    of->anchor_at_m = -way_m;
    spread(ROOF, STATE_POSITION + 1, variance_m2);
    return of;
}

static bool is_anew(const bank_hypothesis *of)
{
    return of->anchor_ns == core->f.stamp_ns;
}

START_TEST (what_wears_out_early_vouches_for_nothing) {
    static const struct {
        double lasted_s, way_m;
        float variance_m2, weakness;
        bool anew;
    } rows[] = {
        /* not worn: as it was */
        {10.0, 60.0, 0.5f, 3.0f, false},
        {19.9, 900.0, 0.5f, 3.0f, false},
        {90.0, 49.0, 0.5f, 3.0f, false},
        /* 20 s over how long it lasted: four at most, and no less than one */
        {10.0, 60.0, 2.0f, 2.0f, true},
        {8.0, 500.0, 2.0f, 2.5f, true},
        {19.0, 60.0, 2.0f, 20.0f / 19.0f, true},
        {1.0, 60.0, 2.0f, 4.0f, true},
        {40.0, 49.0, 2.0f, 1.0f, true},
        /* it vouches */
        {20.0, 50.0, 0.5f, 1.0f, false},
        {20.0, 50.0, 2.0f, 1.0f, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bank_hypothesis *of = reckon(rows[i].lasted_s, rows[i].way_m, rows[i].variance_m2);
        of->weakness = 3.0f;
        of->hidden_variance = 1.0f;
        look();
        ck_assert_float_eq_tol(of->weakness, rows[i].weakness, 1e-4f);
        ck_assert_msg(is_anew(of) == rows[i].anew, "row %zu", i);
    }
}
END_TEST

/* The larger of the two directions, less what it started from. */
START_TEST (either_direction_wears_out) {
    bank_hypothesis *of = reckon(60.0, 900.0, 0.5f);
    spread(ROOF, STATE_POSITION + 2, 1.2f);
    look();
    ck_assert(is_anew(of));
    ck_assert_float_eq_tol(core->bank.weight, 0.011f,
                           1e-5f); /* and what it says from now on is not known yet */
}
END_TEST

START_TEST (one_that_hears_a_place_does_not_wear_out) {
    bank_hypothesis *of = reckon(60.0, 900.0, 2.0f);
    of->absolute = true;
    look();
    ck_assert(!is_anew(of));
    of->absolute = false;
    core->bank.alarm_ns = core->f.stamp_ns; /* while one alarms all stay as they are */
    without(WHEELS)->separation[BANK_ALONG] = 100.0f;
    look();
    ck_assert(!is_anew(of));
    spread(WHEELS, STATE_POSITION + 1, 900.0f); /* it started from no source of position */
    without(WHEELS)->anchor_ns = 0;
    core->bank.alarm_ns = INT64_MIN;
    look();
    ck_assert_int_eq(without(WHEELS)->anchor_ns, 0);
}
END_TEST

/* Its receiver has been proven since: by more than 30 % of the variance. */
START_TEST (what_is_proven_since_is_no_longer_hidden) {
    bank_hypothesis *of = reckon(60.0, 900.0, 0.5f);
    of->hidden_variance = 1.29f;
    look();
    ck_assert(!is_anew(of));
    of->hidden_variance = 1.31f;
    look();
    ck_assert(is_anew(of));
}
END_TEST

/* ---- who is at fault is left out in the same look */

/* Without the IMU all agree, and it turns by 0.5 rad/s; without the wheels nobody does. */
static void a_look_that_decides(void)
{
    static const float doubts[] = {12.0f, 0.0f, 40.0f};
    for (int i = 0; i < 3; i++) {
        without(i)->fused_ns = core->f.stamp_ns;
        without(i)->anchor_ns = core->f.stamp_ns - 60 * second;
        without(i)->doubt = doubts[i];
    }
    without(BOX)->drive[2] = 0.5f;
    error_of(BOX)[STATE_ATTITUDE] = 0.5f;
}

START_TEST (a_look_decides) {
    a_look_that_decides();
    look();
    ck_assert(core->source[BOX].out.banned);
    ck_assert(!core->source[ROOF].out.banned && !core->source[WHEELS].out.banned);
}
END_TEST

/* The pose is dead reckoned, and no receiver speaks: against the input that is a word only where the
 * sub-solution without it hears where the vehicle is, which the filter may refuse. */
START_TEST (who_hears_a_place_is_not_blind) {
    a_look_that_decides();
    fault_report(&core->system, FAULT_DEAD_RECKONING, true, core->f.stamp_ns, NAN, NAN, NULL, NULL);
    without(BOX)->placed_ns = core->f.stamp_ns - 3 * second;
    look();
    ck_assert(!core->source[BOX].out.banned);
    without(BOX)->placed_ns = core->f.stamp_ns - second;
    look();
    ck_assert(core->source[BOX].out.banned);
}
END_TEST

/* ---- a pose that has been dead reckoned, by what wears out */

START_TEST (a_worn_pose_accuses_nobody) {
    const source_run *roof = &core->source[ROOF];
    const int64_t now_ns = core->f.stamp_ns;
    bank_hypothesis *of = without(ROOF);
    of->anchor_variance = 1.0f;
    of->weakness = 1.1f;
    ck_assert(!integrity_is_worn(core, roof, now_ns)); /* it never was */
    core->unsettled_ns = now_ns - 7 * second;
    ck_assert(integrity_is_worn(core, roof, now_ns));
    ck_assert(!integrity_is_worn(core, &core->source[WHEELS], now_ns));
    core->unsettled_ns = now_ns - 8 * second;
    ck_assert(!integrity_is_worn(core, roof, now_ns));
    core->unsettled_ns = now_ns;
    of->weakness = 1.0f; /* it lasts */
    ck_assert(!integrity_is_worn(core, roof, now_ns));
    of->weakness = 2.0f;
    of->anchor_variance = 0.0f;
    ck_assert(!integrity_is_worn(core, roof, now_ns));
}
END_TEST

/* ---- the confidence's part */

/* Inside 2 m along, and hardly bounded otherwise. */
static void limit_along(void)
{
    core->set.alert[core->set.road] =
        (alert_limits){.lateral_m = 1e3, .longitudinal_m = 2.0, .vertical_m = 1e3, .heading_deg = 180.0};
}

/* Priors 0.01, 0.001 and 0.01; those of 0.2 m of sigma are inside. */
START_TEST (they_weigh_what_their_priors_say) {
    limit_along();
    look();
    ck_assert_float_eq_tol(core->bank.weight, 0.021f, 1e-5f);
    ck_assert_float_eq_tol(core->bank.inside, 0.021f, 1e-5f);
    spread(WHEELS, STATE_POSITION + 1, 4.0f); /* one sigma: 0.6827 */
    look();
    ck_assert_float_eq_tol(core->bank.inside, 0.011f + 0.01f * 0.68269f, 1e-5f);
    core->set.alert[core->set.road].longitudinal_m = 1e3;
    core->set.alert[core->set.road].lateral_m = 0.3; /* sqrt(0.09) */
    spread(BOX, STATE_POSITION + 2, 1e-6f);
    spread(ROOF, STATE_POSITION + 2, 1e-6f);
    look();
    ck_assert_float_eq_tol(core->bank.inside, 0.011f + 0.01f * 0.68269f, 1e-5f);
    core->set.alert[core->set.road].lateral_m = 1e3;
    core->set.alert[core->set.road].heading_deg = 1.0;
    spread(BOX, STATE_ATTITUDE, 1e-8f);
    spread(BOX, STATE_MOUNT + 1, 1e-8f);
    look(); /* 0.0174533 rad are 1.2341 of the sigmas of the others, 0.7828 */
    ck_assert_float_eq_tol(core->bank.inside, 0.001f + 0.02f * 0.7828f, 1e-5f);
    without(BOX)->live = false;
    look();
    ck_assert_float_eq_tol(core->bank.weight, 0.02f, 1e-5f);
}
END_TEST

/* 2 m beside it with 2 m of sigma P(-2 < x < 2) is 0.4772; off by 1 sigma it weighs exp(1/2) times as much,
 * and never more than exp(15) times. */
START_TEST (the_more_they_are_separated_the_more_they_weigh) {
    const float s2 = 3.96f + 0.0009f + 0.0225f * 4.0f, more = expf(0.5f * 4.0f / s2);
    limit_along();
    spread(WHEELS, STATE_POSITION + 1, 4.0f);
    error_of(WHEELS)[STATE_POSITION + 1] = 2.0f;
    look();
    ck_assert_float_eq_tol(core->bank.weight, 0.011f + 0.01f * more, 1e-5f);
    ck_assert_float_eq_tol(core->bank.inside, 0.011f + 0.01f * more * 0.47725f, 1e-5f);
    error_of(WHEELS)[STATE_POSITION + 1] = -1000.0f;
    look();
    ck_assert_float_eq_tol(core->bank.weight, 0.011f + 0.01f * expf(15.0f), 1.0f);
    ck_assert_float_eq_tol(core->bank.inside, 0.011f, 1e-5f);
}
END_TEST

/* ---- a turn that no vehicle makes: more than 2 rad/s, about whatever axis */

START_TEST (a_wild_turn_is_added_at_once) {
    const covariance p = bank_covariance(core, (int)(without(BOX) - core->bank.of)),
                     q = bank_covariance(core, (int)(without(WHEELS) - core->bank.of));
    float before[STATE_MAX];
    for (int i = 0; i < core->f.p.n; i++)
        before[i] = covariance_at(&p, i, i);
    core->f.rate_b[0] = core->f.rate_b[1] = core->f.rate_b[2] = -1.1; /* 1.905 rad/s */
    integrity_follow_turn(core, 0.1);
    ck_assert_float_eq(core->bank.level[BANK_HEADING], 0.0f);
    core->f.rate_b[0] = core->f.rate_b[2] = 1.5;
    core->f.rate_b[1] = -3.0; /* 3.674 rad/s, for a tenth of a second, twice */
    for (int i = 1; i <= 2; i++) {
        const float sum = (float)i * 0.367423f;
        integrity_follow_turn(core, 0.1);
        ck_assert_float_eq_tol(core->bank.level[BANK_HEADING], sum, 1e-5f);
        ck_assert_float_eq_tol(core->bank.wild_rad, sum, 1e-5f);
        for (int k = 0; k < 3; k++) {
            ck_assert_float_eq_tol(covariance_at(&p, STATE_ATTITUDE + k, STATE_ATTITUDE + k),
                                   1e-4f + sum * sum, 1e-5f);
            ck_assert_float_eq_tol(covariance_at(&q, STATE_ATTITUDE + k, STATE_ATTITUDE + k), 1e-4f, 1e-8f);
        }
    }
    for (int i = 0; i < core->f.p.n; i++) {
        if (i < STATE_ATTITUDE || i >= STATE_ATTITUDE + 3)
            ck_assert_float_eq(covariance_at(&p, i, i), before[i]);
    }
    core->bank.count = 0;
    integrity_follow_turn(core, 0.1);
    ck_assert_float_eq_tol(core->bank.wild_rad, 2.0f * 0.367423f, 1e-5f);
    core->f.rate_b[0] = 0.0;
    integrity_look(core, core->f.stamp_ns); /* and nothing to look at */
    ck_assert(!core->bank.judged);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("look");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, separations_are_along_across_up_and_round);
    tcase_add_test(cases, a_turn_that_is_large_is_a_rotation);
    tcase_add_test(cases, what_may_separate_them_by_chance);
    tcase_add_test(cases, what_may_have_been_hidden_is_in_the_variance);
    tcase_add_test(cases, what_the_input_is_off_by_is_smoothed);
    tcase_add_test(cases, one_that_lives_not_starts_when_its_source_has_spoken);
    tcase_add_test(cases, what_wears_out_early_vouches_for_nothing);
    tcase_add_test(cases, either_direction_wears_out);
    tcase_add_test(cases, one_that_hears_a_place_does_not_wear_out);
    tcase_add_test(cases, what_is_proven_since_is_no_longer_hidden);
    tcase_add_test(cases, a_look_decides);
    tcase_add_test(cases, who_hears_a_place_is_not_blind);
    tcase_add_test(cases, a_worn_pose_accuses_nobody);
    tcase_add_test(cases, they_weigh_what_their_priors_say);
    tcase_add_test(cases, the_more_they_are_separated_the_more_they_weigh);
    tcase_add_test(cases, a_wild_turn_is_added_at_once);
    return run_cases("integrity's look", cases);
}
