/*
 * A receiver that contradicts the pose for long: who gives way, and when.
 */
#include "fusion/core/core.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

/* What each receiver has said. */
enum { MOST = 700 };
typedef struct {
    frame said[2][MOST];
    int count[2];
} memory;

static const double back_s = 20.0;

/* From 30 to 50 s it says what it said twenty seconds before, with the times of now. */
static bool is_replayed(void *context, double t, frame *f)
{
    memory *m = context;
    if (f->kind != FRAME_GNSS)
        return true;
    const int who = f->source == SIM_GNSS ? 0 : 1;
    if (m->count[who] < MOST)
        m->said[who][m->count[who]++] = *f;
    if (t < 30.0 || t > 50.0)
        return true;
    for (int i = 0; i < m->count[who]; i++) {
        if ((double)(f->stamp_ns - m->said[who][i].stamp_ns) * 1e-9 <= back_s) {
            f->u.gnss = m->said[who][i].u.gnss;
            break;
        }
    }
    return true;
}

/* How far the pose is off at the end of it, and ten seconds later, m. */
static void replayed(unsigned sources, float *then_m, float *later_m)
{
    sim_watch w;
    sim_options o = sim_usual();
    memory *m = calloc(1, sizeof *m);
    o.sources = sources;
    o.change = is_replayed;
    o.context = m;
    sim_run(&w, &o, NULL);
    *then_m = sim_at(&w, 49.5)->horizontal_m;
    *later_m = sim_at(&w, 59.5)->horizontal_m;
    sim_done(&w);
    free(m);
}

/* All receivers leap at once, out of reach of every bound; then the bounds grow, for sub-solutions follow. */
START_TEST (nobody_goes_back_by_twenty_seconds) {
    static const unsigned sets[] = {SIM_CAR, SIM_CAR | SIM_BIT(SIM_SECOND_GNSS), SIM_CAR & ~SIM_BIT(SIM_IMU)};
    float then_m, later_m;
    replayed(sets[_i], &then_m, &later_m);
    ck_assert_float_lt(then_m, 60.0f); /* what is replayed is 265 m off */
    ck_assert_float_lt(later_m, 30.0f);
}
END_TEST

/* All begin so many metres aside, and leap to where they are; none claims anything. */
static bool begins_aside(void *context, double t, frame *f)
{
    const double *aside_m = context;
    if (f->kind != FRAME_GNSS)
        return true;
    f->u.gnss.h_acc_m = f->u.gnss.v_acc_m = f->u.gnss.speed_acc_mps = NAN;
    if (t < 10.0)
        f->u.gnss.latitude_rad += *aside_m / 6.37e6;
    return true;
}

static void drive_aside(sim_watch *w, unsigned sources, double aside_m)
{
    sim_options o = sim_usual();
    o.sources = sources;
    o.change = begins_aside;
    o.context = &aside_m;
    sim_run(w, &o, NULL);
}

/* Who has left the pose together is as one that has: it may have been wrong, and says so. */
START_TEST (a_pose_that_all_have_left_is_in_doubt) {
    sim_watch w;
    drive_aside(&w, SIM_CAR | SIM_BIT(SIM_SECOND_GNSS), 500.0);
    ck_assert_float_gt(sim_at(&w, 9.0)->horizontal_m, 400.0f); /* nothing can tell */
    ck_assert_float_lt(sim_at(&w, 25.0)->d, 2.45f);
    ck_assert_float_lt(sim_at(&w, 55.0)->d, 2.45f);
    sim_done(&w);
}
END_TEST

/* Half a minute in, all leap by 200 m, and back after twelve seconds. */
static bool leaps_and_returns(void *context, double t, frame *f)
{
    (void)context;
    if (f->kind == FRAME_GNSS && t >= 25.0 && t < 37.0)
        f->u.gnss.latitude_rad += 200.0 / 6.37e6;
    return true;
}

/* In doubt meanwhile, and no longer: nobody goes from right to wrong just where the pose was. */
START_TEST (who_comes_back_has_been_wrong) {
    static const unsigned sets[] = {SIM_CAR, SIM_CAR | SIM_BIT(SIM_SECOND_GNSS), SIM_CAR & ~SIM_BIT(SIM_IMU)};
    sim_watch w;
    sim_options o = sim_usual();
    o.sources = sets[_i];
    o.change = leaps_and_returns;
    sim_run(&w, &o, NULL);
    ck_assert_float_gt(sim_at(&w, 36.5)->sigma_m, 30.0f);
    for (double t = 26.0; t < 59.0; t += 1.0)
        ck_assert_msg(sim_at(&w, t)->horizontal_m < 15.0f, "%.0f s: %.1f m off", t,
                      (double)sim_at(&w, t)->horizontal_m);
    ck_assert_float_lt(sim_at(&w, 42.0)->sigma_m, 10.0f);
    sim_done(&w);
}
END_TEST

/* From 30 s on 300 m aside, and faster. */
static bool is_elsewhere(void *context, double t, frame *f)
{
    (void)context;
    if (f->kind == FRAME_GNSS && t >= 30.0) {
        f->u.gnss.latitude_rad += 300.0 / 6.37e6;
        f->u.gnss.velocity_enu_mps[1] += 6.0f;
    }
    return true;
}

/* An IMU vouches for nothing: the pose goes with its receiver, and may have been right before. */
START_TEST (who_is_taken_elsewhere_is_unsure) {
    sim_watch w;
    sim_options o = sim_usual();
    o.sources = SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_IMU);
    o.change = is_elsewhere;
    sim_run(&w, &o, NULL);
    ck_assert_float_lt(sim_at(&w, 38.0)->horizontal_m, 20.0f);
    ck_assert_float_gt(sim_at(&w, 45.0)->horizontal_m, 250.0f);
    for (double t = 42.0; t < 51.0; t += 1.0)
        ck_assert_msg(sim_at(&w, t)->d < 2.45f, "%.0f s: %.1f m off, %.1f sigma", t,
                      (double)sim_at(&w, t)->horizontal_m, (double)sim_at(&w, t)->d);
    sim_done(&w);
}
END_TEST

/* Nothing else measures the motion: positions are refused for a while, and then pull the pose along, each a
 * little. */
START_TEST (nor_is_a_pose_sure_that_follows_by_halves) {
    sim_watch w;
    drive_aside(&w, SIM_BIT(SIM_GNSS), 100.0);
    for (double t = 30.0; t < 59.0; t += 1.0)
        ck_assert_msg(sim_at(&w, t)->d < 2.45f, "%.0f s: %.1f m off, %.1f sigma", t,
                      (double)sim_at(&w, t)->horizontal_m, (double)sim_at(&w, t)->d);
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("receivers that contradict");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, nobody_goes_back_by_twenty_seconds, 0, 3);
    tcase_add_test(t, a_pose_that_all_have_left_is_in_doubt);
    tcase_add_loop_test(t, who_comes_back_has_been_wrong, 0, 3);
    tcase_add_test(t, who_is_taken_elsewhere_is_unsure);
    tcase_add_test(t, nor_is_a_pose_sure_that_follows_by_halves);
    return run_cases("gnss_contradiction", t);
}
