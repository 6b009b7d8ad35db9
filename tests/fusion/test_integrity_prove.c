/* What the settings' risks amount to, and what a receiver may hide: by numbers that are worked out by hand.
 * P(|x| > K) of a normal is 1e-7 at K = 5.3267, 1e-6 at 4.8916, 1e-5 at 4.4172, 1e-4 at 3.8906, 1e-3
 * at 3.2905, 1e-2 at 2.5758, and 0.9 at 0.1257. */
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/integrity.h"
#include "tests/fusion/bank_host.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

enum { ROOF, WHEELS };
static const float close = 1e-3f;
static const map_view nothing;
static settings set;
static fusion *core;

static void teardown(void)
{
    fusion_destroy(core);
    core = NULL;
}

/* ---- the risk, by priors */

static void factors(const map_view *map, const char *sources)
{
    core = bank_host_core(&set, map, sources);
    integrity_set_factors(core);
}

START_TEST (factors_of_the_risk) {
    factors(NULL, "gnss/roof");
    ck_assert_float_eq_tol(core->factor.fault_free, 5.3267f, close); /* of a tenth of 1e-6 */
    ck_assert_float_eq_tol(core->factor.alone, 4.8916f, close);
    ck_assert_float_eq_tol(core->factor.map, 3.2905f, close);   /* 1e-7 over 1e-4 */
    ck_assert_float_eq_tol(core->factor.alarm, 5.7307f, close); /* continuity, 1e-8 */
    core->set.integrity.prior_map = 1e-9;                       /* rarer than the risk: hardly anything */
    integrity_set_factors(core);
    ck_assert_float_eq_tol(core->factor.map, 0.1257f, close);
}
END_TEST

START_TEST (every_kind_has_its_prior) {
    static const struct {
        const char *name;
        float prior, tenth, all;
    } kinds[] = {
        {"gnss/roof", 1e-2f, 4.4172f, 3.8906f},     {"imu/box", 1e-3f, 3.8906f, 3.2905f},
        {"wheel/abs", 1e-2f, 4.4172f, 3.8906f},     {"radar/front", 1e-3f, 3.8906f, 3.2905f},
        {"camera/front", 1e-2f, 4.4172f, 3.8906f},  {"odometry/eye", 1e-2f, 4.4172f, 3.8906f},
        {"roadside/mast", 1e-3f, 3.8906f, 3.2905f},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        factors(NULL, kinds[i].name);
        const bank_hypothesis *of = bank_host_without(core, 1);
        ck_assert_float_eq_tol(of->prior, kinds[i].prior, 1e-6f);
        ck_assert_float_eq_tol(of->missed, kinds[i].tenth, close);
        ck_assert_float_eq_tol(of->missed_alone, kinds[i].all, close);
        /* a length is above K with exp(-K^2 / 2) */
        ck_assert_float_eq_tol(of->prior * expf(-0.5f * of->missed_length * of->missed_length), 1e-7f,
                               1e-10f);
        teardown();
    }
}
END_TEST

/* Each setting is that of its own kind. */
START_TEST (a_prior_is_a_setting) {
    core = bank_host_core(&set, NULL,
                          "gnss/roof imu/box wheel/abs radar/front camera/front odometry/eye roadside/mast");
    integrity_settings *s = &core->set.integrity;
    double *priors[] = {&s->prior_gnss,   &s->prior_imu,      &s->prior_wheel,   &s->prior_radar,
                        &s->prior_camera, &s->prior_odometry, &s->prior_roadside};
    for (int i = 0; i < 7; i++)
        *priors[i] = 0.01 * (i + 1);
    integrity_set_factors(core);
    for (int i = 0; i < 7; i++)
        ck_assert_float_eq_tol(bank_host_without(core, 1u << i)->prior, 0.01f * (float)(i + 1), 1e-6f);
    s->prior_wheel = 1e-9; /* below the risk: nothing is left to bound */
    integrity_set_factors(core);
    const bank_hypothesis *of = bank_host_without(core, 1u << 2);
    ck_assert_float_eq_tol(of->missed, 0.1257f, close);
    ck_assert_float_eq_tol(of->missed_alone, 0.1257f, close);
    ck_assert_float_eq_tol(of->missed_length, 0.4590f, close); /* sqrt(-2 ln 0.9) */
}
END_TEST

START_TEST (all_receivers_fail_in_a_fifth_of_the_cases) {
    factors(NULL, "gnss/roof gnss/rear");
    const bank_hypothesis *sky = bank_host_without(core, 3);
    ck_assert_float_eq_tol(sky->prior, 2e-3f, 1e-7f);
    ck_assert_float_eq_tol(sky->missed, 4.0556f, close);
    ck_assert_float_eq_tol(sky->missed_alone, 3.4808f, close);
    ck_assert_float_eq_tol(bank_host_without(core, 1)->prior, 1e-2f, 1e-6f);
}
END_TEST

START_TEST (on_a_map_by_what_is_left_out) {
    core = bank_host_core(&set, &nothing, "camera/front radar/front");
    integrity_settings *s = &core->set.integrity;
    s->prior_returns = 2e-2;
    integrity_set_factors(core);
    for (int h = 0; h < core->bank.count; h++) {
        const bank_hypothesis *of = &core->bank.of[h];
        const bool whole = bank_rests_on_map(core, of);
        const double prior = whole                            ? s->prior_map
                             : of->quantities == BANK_RETURNS ? 2e-2
                             : of->sources == 2               ? s->prior_radar
                                                              : s->prior_camera;
        ck_assert_float_eq_tol(of->prior, (float)prior, 1e-7f);
    }
}
END_TEST

/* ---- what a receiver may hide: 5 m once it is proven over 300 m, 20 m until then, and 22 m in levels */

static void begin(double speed_mps)
{
    const double axes[4] = {0, 0, 0, 1}, speed[3] = {0, speed_mps, 0};
    core = bank_host_core(&set, NULL, "gnss/roof wheel/abs");
    bank_host_place(core, axes, speed);
    core->source[WHEELS].fused_ns = core->applied_ns;
    core->source[ROOF].place.apart_m = core->source[ROOF].place.off_m = 0.0f;
}

static const source_run *prove(double way_m, float sigma_m, verdict_decision decision)
{
    core->odometer_m += way_m;
    integrity_prove(core, &core->source[ROOF], sigma_m, decision);
    return &core->source[ROOF];
}

START_TEST (a_receiver_is_proven_by_the_way) {
    begin(30.0);
    const source_run *s = prove(0.0, 2.5f, DECISION_FUSED);
    ck_assert_float_eq_tol(s->place.hidden_m, 20.0f, close);
    ck_assert_float_eq_tol(s->place.covered_m, 22.0f, close);
    prove(150.0, 2.5f, DECISION_FUSED); /* half the way; at doubt_claims_m it proves half: 22 - 17 / 4 */
    ck_assert_float_eq_tol(s->place.hidden_m, 12.5f, close);
    ck_assert_float_eq_tol(s->place.covered_m, 17.75f, close);
    prove(0.0, 1.25f, DECISION_FUSED); /* 1 / (1 + 1/16) */
    ck_assert_float_eq_tol(s->place.covered_m, 14.0f, close);
    core->source[ROOF].noise_scale = 2.0f;
    prove(0.0, 1.25f, DECISION_FUSED);
    ck_assert_float_eq_tol(s->place.covered_m, 17.75f, close);
    core->source[ROOF].noise_scale = 0.5f; /* it is no better than it says */
    prove(0.0, 2.5f, DECISION_FUSED);
    ck_assert_float_eq_tol(s->place.covered_m, 17.75f, close);
    prove(400.0, 0.01f, DECISION_DOWN_WEIGHTED);
    ck_assert_float_eq_tol(s->place.hidden_m, 5.0f, close);
    ck_assert_float_eq_tol(s->place.covered_m, 5.0f, close);
    prove(0.0, 0.01f, DECISION_REJECTED); /* all of the way is known, and a tenth of it lost */
    ck_assert_float_eq_tol(s->place.hidden_m, 6.5f, close);
    ck_assert_float_eq_tol(s->place.covered_m, 6.7f, close);
}
END_TEST

START_TEST (streets_prove_nothing_to_levels) {
    static const double speeds[] = {19.0, 23.5, 27.0, 60.0};
    static const float covered[] = {22.0f, 17.75f, 13.5f, 13.5f}; /* 22 - 17 / 2 times 0, 1/2, 1, 1 */
    begin(speeds[_i]);
    const source_run *s = prove(150.0, 0.01f, DECISION_FUSED);
    ck_assert_float_eq_tol(s->place.hidden_m, 12.5f, close);
    ck_assert_float_eq_tol(s->place.covered_m, covered[_i], close);
}
END_TEST

/* Nobody vouches, or the receiver contradicts itself: a tenth of what was proven is gone. */
START_TEST (what_is_no_agreement) {
    begin(30.0);
    source_run *roof = &core->source[ROOF];
    roof->first_state = STATE_SOURCES;
    double *off = &core->f.source[GNSS_SLOW_VELOCITY];
    core->f.slow[GNSS_SLOW_VELOCITY].stationary = 0.01f; /* 5.3267 sigma: 0.533 m/s */
    off[0] = 0.3;
    off[1] = -0.4;
    prove(100.0, 0.01f, DECISION_FUSED);
    ck_assert_float_eq_tol(roof->place.agreed_m, 100.0f, close);
    off[1] = -0.45;
    prove(100.0, 0.01f, DECISION_FUSED);
    ck_assert_float_eq_tol(roof->place.agreed_m, 90.0f, close);
    ck_assert_float_eq_tol(roof->place.opened_m, 90.0f, close);
    core->f.slow[GNSS_SLOW_VELOCITY].stationary = 0.0f; /* none lasts */
    prove(10.0, 0.01f, DECISION_FUSED);
    ck_assert_float_eq_tol(roof->place.agreed_m, 100.0f, close);
    core->source[WHEELS].out.banned = true;
    prove(100.0, 0.01f, DECISION_FUSED);
    ck_assert_float_eq_tol(roof->place.agreed_m, 90.0f, close);
}
END_TEST

START_TEST (what_wobbles_hides_more) {
    begin(30.0);
    core->source[ROOF].place.off_m = 100.0f;
    const source_run *s = prove(0.0, 0.01f, DECISION_FUSED);
    ck_assert_float_eq_tol(s->place.wobble, 200.0f, close);     /* a fiftieth of the square */
    ck_assert_float_eq_tol(s->place.hidden_m, 42.4264f, close); /* three times its root */
    ck_assert_float_eq_tol(s->place.covered_m, 42.4264f, close);
    core->source[ROOF].place.off_m = 0.0f;
    prove(0.0, 0.01f, DECISION_FUSED);
    ck_assert_float_eq_tol(s->place.wobble, 196.0f, close);
}
END_TEST

START_TEST (what_has_strayed_is_forgotten_over_the_way) {
    begin(30.0);
    core->source[ROOF].place.apart_m = 200.0f;
    const source_run *s = prove(0.0, 0.01f, DECISION_FUSED);
    ck_assert_float_eq_tol(s->place.covered_m, 100.0f, close); /* half of it */
    ck_assert_float_eq_tol(s->place.hidden_m, 20.0f, close);   /* which blames nobody */
    core->source[ROOF].place.apart_m = 1.0f;
    prove(300.0, 0.01f, DECISION_FUSED);
    ck_assert_float_eq_tol(s->place.strayed_m, 73.5759f, close); /* 200 / e */
    ck_assert_float_eq_tol(s->place.covered_m, 36.7879f, close);
}
END_TEST

START_TEST (settings_that_say_less_do_not_hide_less) {
    begin(30.0);
    core->set.integrity.hidden_unproven_m = 3.0; /* below what a proven one hides */
    const source_run *s = prove(0.0, 0.01f, DECISION_FUSED);
    ck_assert_float_eq_tol(s->place.hidden_m, 5.0f, close);
    ck_assert_float_eq_tol(s->place.covered_m, 5.0f, close);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("prove");
    tcase_add_checked_fixture(cases, NULL, teardown);
    tcase_add_test(cases, factors_of_the_risk);
    tcase_add_test(cases, every_kind_has_its_prior);
    tcase_add_test(cases, a_prior_is_a_setting);
    tcase_add_test(cases, all_receivers_fail_in_a_fifth_of_the_cases);
    tcase_add_test(cases, on_a_map_by_what_is_left_out);
    tcase_add_test(cases, a_receiver_is_proven_by_the_way);
    tcase_add_loop_test(cases, streets_prove_nothing_to_levels, 0, 4);
    tcase_add_test(cases, what_is_no_agreement);
    tcase_add_test(cases, what_wobbles_hides_more);
    tcase_add_test(cases, what_has_strayed_is_forgotten_over_the_way);
    tcase_add_test(cases, settings_that_say_less_do_not_hide_less);
    return run_cases("integrity of sources", cases);
}
