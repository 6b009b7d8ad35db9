/* The only receiver moves away from the pose that rests on it. Was it wrong before, or is it now? */
#include "fusion/core/core.h"
#include "tests/fusion/sim_watch.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static const double earth_m = 6371000.0;

/* How far north it is off, and until when from when. */
typedef struct {
    double off_m, from_s, to_s;
    double shake_m;               /* and by how much from fix to fix, all the time in it, either way */
    double drag_s;                /* it takes so long to get there, and back again after to_s */
    float claim_m, worse_claim_m; /* the second every other ten seconds, where it is not 0 */
    int fixes;
} move;

/* The share of the way that it has been dragged at `t`. */
static double dragged(const move *k, double t)
{
    if (!(k->drag_s > 0.0))
        return t >= k->from_s && t < k->to_s ? 1.0 : 0.0;
    return fmin(fmax((t - k->from_s) / k->drag_s, 0.0), 1.0) -
           fmin(fmax((t - k->to_s) / k->drag_s, 0.0), 1.0);
}

static bool move_fix(void *context, double t, frame *f)
{
    move *k = context;
    if (f->kind != FRAME_GNSS || f->source != SIM_GNSS)
        return true;
    float claim_m = k->worse_claim_m > 0.0f && fmod(t, 20.0) < 10.0 ? k->worse_claim_m : k->claim_m;
    f->u.gnss.h_acc_m = claim_m;
    f->u.gnss.v_acc_m = 1.5f * claim_m;
    double share = dragged(k, t);
    if (!(share > 0.0))
        return true;
    double shake = k->shake_m * sin(0.7 * k->fixes++);
    f->u.gnss.latitude_rad += (share * k->off_m + shake) / earth_m;
    f->u.gnss.longitude_rad += shake / (earth_m * cos(f->u.gnss.latitude_rad));
    return true;
}

static void drive_with(sim_watch *w, move *k, double seconds, unsigned others, int seed)
{
    sim_options o = sim_usual();
    o.sources = SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_WHEEL) | others;
    o.change = move_fix;
    o.context = k;
    o.seconds = seconds;
    o.seed += (uint64_t)seed;
    sim_run(w, &o, NULL);
}

static void drive(sim_watch *w, move *k, double seconds, bool with_second, int seed)
{
    unsigned others = SIM_BIT(SIM_IMU) | (with_second ? SIM_BIT(SIM_SECOND_GNSS) : 0u);
    drive_with(w, k, seconds, others, seed);
}

/* The farthest that the pose goes between two that follow each other, beyond the way, over from..to. */
static float largest_step_m(const sim_watch *w, double from, double to)
{
    float largest = 0.0f;
    for (size_t i = 1; i < w->count; i++) {
        const sim_pose *a = &w->poses[i - 1], *b = &w->poses[i];
        if (a->t >= from && b->t <= to)
            largest = fmaxf(largest, hypotf(b->east_m - a->east_m, b->north_m - a->north_m));
    }
    return largest;
}

/* Forty metres off from the first fix on, and right after half a minute. */
START_TEST (wrong_from_the_start_is_admitted) {
    sim_watch w;
    drive(&w, &(move){.off_m = 40.0, .from_s = -1e9, .to_s = 30.0, .claim_m = 1.5f}, 120.0, false, _i);
    ck_assert_float_gt(sim_at(&w, 29.0)->d, 5.0f); /* nothing says so yet */
    ck_assert_double_eq(sim_judge(&w, 45.0, 119.0).coverage, 1.0);
    ck_assert_float_gt(sim_at(&w, 45.0)->sigma_m, 10.0f);
    ck_assert_float_lt(largest_step_m(&w, 30.0, 119.0), 5.0f);
    sim_done(&w);
}
END_TEST

/* The other way round: the pose stays, no less uncertain. */
START_TEST (wrong_later_does_not_move_the_pose) {
    sim_watch w;
    drive(&w, &(move){.off_m = 40.0, .from_s = 30.0, .to_s = 70.0, .claim_m = 1.5f}, 120.0, false, _i);
    sim_score s = sim_judge(&w, 30.0, 119.0);
    ck_assert_double_eq(s.coverage, 1.0);
    ck_assert_double_lt(s.worst_m, 15.0);
    ck_assert_float_gt(sim_at(&w, 50.0)->sigma_m, 10.0f);
    sim_done(&w);
}
END_TEST

/* Who has been right for long is wrong now. */
START_TEST (long_agreement_holds_the_pose) {
    sim_watch w;
    drive(&w, &(move){.off_m = 40.0, .from_s = 600.0, .to_s = 640.0, .claim_m = 1.5f}, 680.0, false, _i);
    ck_assert_float_lt(sim_at(&w, 615.0)->sigma_m, 6.0f);
    ck_assert_double_lt(sim_judge(&w, 600.0, 679.0).worst_m, 6.0);
    sim_done(&w);
}
END_TEST

/* Another source of positions has a say: nothing is opened up for the one that has moved. */
START_TEST (not_alone) {
    sim_watch w;
    drive(&w, &(move){.off_m = 40.0, .from_s = 30.0, .to_s = 70.0, .claim_m = 1.5f}, 90.0, true, _i);
    ck_assert_float_lt(sim_at(&w, 50.0)->sigma_m, 3.0f);
    sim_done(&w);
}
END_TEST

/* Off by the same from the start and shaking by as much as no receiver that claims a metre: never rejected,
 * and as uncertain as that. */
START_TEST (shaken_is_uncertain) {
    sim_watch w;
    drive(&w, &(move){.off_m = 0.0, .from_s = 20.0, .to_s = 90.0, .shake_m = 14.0, .claim_m = 1.5f}, 90.0,
          false, _i);
    ck_assert_float_gt(sim_at(&w, 80.0)->sigma_m, 4.0f);
    ck_assert_double_eq(sim_judge(&w, 20.0, 89.0).coverage, 1.0);
    sim_done(&w);
}
END_TEST

/* Dragged away within half a minute, so slowly that without a gyro nothing is rejected, and back: the pose
 * that went along says so. */
START_TEST (dragged_is_admitted) {
    sim_watch w;
    drive_with(&w, &(move){.off_m = 40.0, .from_s = 40.0, .to_s = 90.0, .drag_s = 30.0, .claim_m = 1.5f},
               180.0, 0, _i);
    sim_score s = sim_judge(&w, 60.0, 179.0);
    ck_assert_double_gt(s.coverage, 0.9);
    ck_assert_float_gt(sim_at(&w, 100.0)->sigma_m, 6.0f);
    sim_done(&w);
}
END_TEST

/* The same beside an IMU, from the first fix on: nothing is rejected, and its velocity is right all the
 * while. */
START_TEST (dragged_beside_an_imu_is_admitted) {
    sim_watch w;
    drive(&w, &(move){.off_m = 60.0, .from_s = 0.0, .to_s = 400.0, .drag_s = 70.0, .claim_m = 1.5f}, 80.0,
          false, _i);
    sim_score s = sim_judge(&w, 30.0, 79.0);
    ck_assert_double_gt(s.coverage, 0.9);
    sim_done(&w);
}
END_TEST

/* Where the receiver has gone to is as likely as where the pose is: the region reaches it. */
START_TEST (both_places_are_possible) {
    sim_watch w;
    drive(&w, &(move){.off_m = 60.0, .from_s = 0.0, .to_s = 140.0, .claim_m = 1.5f}, 200.0, false, _i);
    sim_score s = sim_judge(&w, 165.0, 199.0);
    ck_assert_double_gt(s.coverage, 0.95);
    sim_done(&w);
}
END_TEST

/* Without an IMU the same agreement says less: the pose may have been dragged along all the while. */
START_TEST (agreement_may_have_been_dragged) {
    sim_watch w;
    drive_with(&w, &(move){.off_m = 40.0, .from_s = 400.0, .to_s = 440.0, .claim_m = 1.5f}, 420.0, 0, _i);
    ck_assert_float_gt(sim_at(&w, 415.0)->sigma_m, 10.0f);
    sim_done(&w);
}
END_TEST

/* Claims that waver are no new errors: the pose is never surer than the better of them. */
START_TEST (wavering_claims_are_no_news) {
    sim_watch w;
    drive(&w, &(move){.claim_m = 1.5f, .worse_claim_m = 6.0f}, 120.0, false, _i);
    ck_assert_float_gt(sim_at(&w, 118.0)->sigma_m, 1.2f);
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("the only receiver");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, wrong_from_the_start_is_admitted, 0, seeds(3));
    tcase_add_loop_test(t, wrong_later_does_not_move_the_pose, 0, seeds(3));
    tcase_add_test(t, long_agreement_holds_the_pose);
    tcase_add_test(t, not_alone);
    tcase_add_loop_test(t, shaken_is_uncertain, 0, seeds(3));
    tcase_add_loop_test(t, dragged_is_admitted, 0, seeds(3));
    tcase_add_loop_test(t, dragged_beside_an_imu_is_admitted, 0, seeds(3));
    tcase_add_loop_test(t, both_places_are_possible, 0, seeds(3));
    tcase_add_loop_test(t, agreement_may_have_been_dragged, 0, seeds(3));
    tcase_add_loop_test(t, wavering_claims_are_no_news, 0, seeds(3));
    return run_cases("gnss_moved", t);
}
