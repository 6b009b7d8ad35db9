/* A receiver that begins to claim centimetres: right, wrong by decimetres, or far away for a while. */
#include "fusion/core/core.h"
#include "tests/fusion/sim_watch.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static const double earth_m = 6371000.0;

/* It claims centimetres from fixed_s on. From from_s until to_s it is off_m north, and shakes by shake_m. */
typedef struct {
    double fixed_s, from_s, to_s, off_m, shake_m;
    int fixes;
} fix_plan;

static bool change_fix(void *context, double t, frame *f)
{
    fix_plan *k = context;
    if (f->kind != FRAME_GNSS || f->source != SIM_GNSS)
        return true;
    bool fixed = t >= k->fixed_s && t < 70.0;
    f->u.gnss.h_acc_m = fixed ? 0.02f : 1.5f;
    f->u.gnss.v_acc_m = fixed ? 0.03f : 2.0f;
    f->u.gnss.fix = fixed ? GNSS_FIX_FIXED : GNSS_FIX_3D;
    if (t >= k->from_s && t < k->to_s) {
        double shake = k->shake_m * sin(0.7 * k->fixes++);
        f->u.gnss.latitude_rad += (k->off_m + shake) / earth_m;
        f->u.gnss.longitude_rad += shake / (earth_m * cos(f->u.gnss.latitude_rad));
    }
    return true;
}

/* `slow_m`: what the receiver is off by all the while, one sigma; what is new with each fix is a quarter. */
static void drive(sim_watch *w, fix_plan *k, double slow_m, unsigned others, int seed)
{
    sim_options o = sim_usual();
    o.sources = SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_WHEEL) | SIM_BIT(SIM_IMU) | others;
    o.gnss_slow_m = slow_m;
    o.gnss_white_m = 0.25 * slow_m;
    o.gnss_delay_s = 0.0;
    o.change = change_fix;
    o.context = k;
    o.seconds = 90.0;
    o.seed += (uint64_t)seed;
    sim_run(w, &o, NULL);
}

/* The code's errors, and a claim of 2 cm: the pose is as unsure as before, and stays so when the claim ends.
 */
START_TEST (a_wrong_fix_is_given_back) {
    sim_watch w;
    drive(&w, &(fix_plan){.fixed_s = 40.0, .from_s = 40.0, .to_s = 70.0, .off_m = 0.8, .shake_m = 0.4}, 1.5,
          0, _i);
    float before = sim_at(&w, 39.0)->sigma_m;
    ck_assert_float_gt(before, 1.0f);
    for (double t = 42.0; t < 70.0; t += 1.0)
        ck_assert_float_gt(sim_at(&w, t)->sigma_m, 0.8f * before);
    ck_assert_float_gt(sim_at(&w, 85.0)->sigma_m, 0.8f * before);
    ck_assert_double_gt(sim_judge(&w, 41.0, 89.0).coverage, 0.95);
    sim_done(&w);
}
END_TEST

/* Nothing contradicts: centimetres it is. */
START_TEST (a_right_fix_stays_sure) {
    sim_watch w;
    drive(&w, &(fix_plan){.fixed_s = 0.0}, 0.02, 0, _i);
    ck_assert_float_lt(sim_at(&w, 40.0)->sigma_m, 0.3f);
    ck_assert_float_lt(sim_at(&w, 68.0)->sigma_m, 0.3f);
    sim_done(&w);
}
END_TEST

/* Nor does it when it replaces the code, once it has held for some seconds. */
START_TEST (a_fix_has_to_hold) {
    sim_watch w;
    drive(&w, &(fix_plan){.fixed_s = 40.0}, 0.02, 0, _i);
    float before = sim_at(&w, 39.5)->sigma_m;
    ck_assert_float_gt(before, 0.8f);
    ck_assert_float_gt(sim_at(&w, 41.0)->sigma_m, 0.9f * before);
    ck_assert_float_lt(sim_at(&w, 43.0)->sigma_m, 0.3f);
    sim_done(&w);
}
END_TEST

/* One odd fix among right ones. */
START_TEST (one_odd_fix_costs_nothing) {
    sim_watch w;
    drive(&w, &(fix_plan){.fixed_s = 0.0, .from_s = 40.0, .to_s = 40.15, .off_m = 3.0}, 0.02, 0, _i);
    for (double t = 40.0; t < 50.0; t += 0.5)
        ck_assert_float_lt(sim_at(&w, t)->sigma_m, 0.3f);
    sim_done(&w);
}
END_TEST

/* It leaps, and either may be wrong: by the distance while it lasts. The pose does not go along. */
START_TEST (a_leap_is_admitted_at_once) {
    sim_watch w;
    drive(&w, &(fix_plan){.fixed_s = 0.0, .from_s = 40.0, .to_s = 48.0, .off_m = 12.0}, 0.02, 0, _i);
    ck_assert_float_lt(sim_at(&w, 39.0)->sigma_m, 0.3f);
    ck_assert_float_gt(sim_at(&w, 42.0)->sigma_m, 0.6f * 12.0f);
    ck_assert_double_lt(sim_judge(&w, 40.0, 48.0).worst_m, 1.0);
    ck_assert_float_lt(sim_at(&w, 60.0)->sigma_m, 3.0f);
    ck_assert_float_gt(sim_at(&w, 60.0)->sigma_m, 1.5f); /* the code's: it may not hold what it claims */
    sim_done(&w);
}
END_TEST

/* A second receiver holds the pose. */
START_TEST (another_one_decides) {
    sim_watch w;
    drive(&w, &(fix_plan){.fixed_s = 0.0, .from_s = 40.0, .to_s = 48.0, .off_m = 12.0}, 0.1,
          SIM_BIT(SIM_SECOND_GNSS), _i);
    ck_assert_float_lt(sim_at(&w, 42.0)->sigma_m, 1.0f);
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("claims of centimetres");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, a_wrong_fix_is_given_back, 0, seeds(3));
    tcase_add_loop_test(t, a_right_fix_stays_sure, 0, seeds(3));
    tcase_add_loop_test(t, a_fix_has_to_hold, 0, seeds(3));
    tcase_add_loop_test(t, one_odd_fix_costs_nothing, 0, seeds(3));
    tcase_add_loop_test(t, a_leap_is_admitted_at_once, 0, seeds(3));
    tcase_add_test(t, another_one_decides);
    return run_cases("gnss_fix", t);
}
