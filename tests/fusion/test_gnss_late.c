/* A receiver that is later than was assumed. */
#include "fusion/core/core.h"
#include "tests/fusion/sim_watch.h"

#include <check.h>
#include <math.h>

enum { HELD = 256, SILENCE_S = 130 }; /* longer than can be bridged by motion */

/* Each fix says what the receiver said so many fixes before. Nothing comes for SILENCE_S from silent_s on
 * (0: never). */
typedef struct {
    int behind, count;
    double silent_s;
    frame_gnss held[HELD];
} delay;

static bool hold_back(void *context, double t, frame *f)
{
    delay *d = context;
    double speed_mps, rate_radps;
    sim_city(t, &speed_mps, &rate_radps);
    if (f->kind == FRAME_WHEEL)
        f->u.wheel.yaw_rate_radps = (float)rate_radps;
    if (d->silent_s > 0.0 && t > d->silent_s && t < d->silent_s + SILENCE_S) {
        d->count = 0;
        return false;
    }
    if (f->kind != FRAME_GNSS || f->source != SIM_GNSS)
        return true;
    d->held[d->count % HELD] = f->u.gnss;
    if (d->count++ < d->behind)
        return false;
    f->u.gnss = d->held[(d->count - 1 - d->behind) % HELD];
    return true;
}

static void run(sim_watch *w, delay *d, unsigned sources, double seconds)
{
    sim_options o = sim_usual();
    o.sources = SIM_BIT(SIM_GNSS) | sources;
    o.change = hold_back;
    o.context = d;
    o.seconds = seconds;
    o.gnss_hz = 10;
    d->count = 0;
    sim_run(w, &o, NULL);
}

static const unsigned with_imu = SIM_BIT(SIM_WHEEL) | SIM_BIT(SIM_IMU);

/* Half a second, and no accelerometer to show it: found within a minute, and the pose is no longer behind. */
START_TEST (late_is_found) {
    sim_watch w;
    delay d = {.behind = 5};
    run(&w, &d, SIM_BIT(SIM_WHEEL), 90.0);
    ck_assert_float_gt(sim_at(&w, 8.0)->horizontal_m, 2.0f);
    ck_assert_double_lt(sim_judge(&w, 60.0, 89.0).worst_m, 2.5);
    ck_assert_double_gt(sim_judge(&w, 60.0, 89.0).coverage, 0.95); /* 0 where it is not looked for */
    ck_assert_float_eq_tol(w.status.sources[SIM_GNSS].latency_s, 0.5f, 0.1f);
    sim_done(&w);
}
END_TEST

/* After a silence of all sources the filter starts anew, and knows how late the receiver is. */
START_TEST (it_is_known_after_a_start_anew) {
    sim_watch w;
    delay d = {.behind = 5, .silent_s = 90.0};
    run(&w, &d, with_imu, 232.0);
    ck_assert_double_lt(sim_judge(&w, 225.0, 231.0).worst_m, 2.5);
    ck_assert_float_eq_tol(w.status.sources[SIM_GNSS].latency_s, 0.5f, 0.1f);
    sim_done(&w);
}
END_TEST

/* One that is as late as it says stays as it is. */
START_TEST (in_time_is_left_alone) {
    sim_watch w;
    delay d = {.behind = 0};
    run(&w, &d, with_imu, 90.0);
    ck_assert_double_lt(sim_judge(&w, 20.0, 89.0).worst_m, 2.5);
    ck_assert_float_eq_tol(w.status.sources[SIM_GNSS].latency_s, 0.0f, 0.03f);
    sim_expect_no_more(&w);
    sim_done(&w);
}
END_TEST

/* Of another clock: no pose, instead of one that is where the vehicle was. */
START_TEST (another_clock_is_left_out) {
    sim_watch w;
    delay d = {.behind = 100};
    run(&w, &d, with_imu, 120.0);
    const sim_pose *last = &w.poses[w.count - 1];
    ck_assert(!last->usable || last->horizontal_m < last->bound_m);
    ck_assert_int_eq(last->mode, MODE_LOST);
    bool out = false;
    for (int i = 0; i < w.fault_count; i++)
        out |= w.faults[i].source == SIM_GNSS && w.faults[i].code == FAULT_EXCLUDED && w.faults[i].to > 120.0;
    ck_assert(out);
    sim_done(&w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("gnss_late");
    TCase *t = tcase_create("late receivers");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, late_is_found);
    tcase_add_test(t, it_is_known_after_a_start_anew);
    tcase_add_test(t, in_time_is_left_alone);
    tcase_add_test(t, another_clock_is_left_out);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
