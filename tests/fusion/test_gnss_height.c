/*
 * Receivers whose heights contradict while their places do not.
 */
#include "fusion/core/core.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

typedef struct {
    double from, to, up_m;
} leap;

static bool leaps_up(void *context, double t, frame *f)
{
    const leap *l = context;
    if (f->kind == FRAME_GNSS && t >= l->from && t < l->to)
        f->u.gnss.height_m += l->up_m;
    return true;
}

static void drive(sim_watch *w, unsigned sources, leap *l)
{
    sim_options o = sim_usual();
    o.sources = sources;
    o.change = leaps_up;
    o.context = l;
    sim_run(w, &o, NULL);
}

static const unsigned sets[] = {SIM_CAR, SIM_CAR | SIM_BIT(SIM_SECOND_GNSS), SIM_CAR & ~SIM_BIT(SIM_IMU),
                                SIM_BIT(SIM_GNSS)};
enum { SETS = sizeof sets / sizeof *sets };

static bool has_jumped(const sim_watch *w, double t)
{
    for (int i = 0; i < w->fault_count; i++) {
        const sim_fault *f = &w->faults[i];
        if (f->source == SIM_GNSS && f->code == FAULT_JUMP && f->from < t && f->to > t)
            return true;
    }
    return false;
}

/* It is named, and neither the place nor the height goes along. */
START_TEST (a_height_that_leaps_takes_nothing_along) {
    sim_watch w;
    leap l = {.from = 30.0, .to = 38.0, .up_m = 300.0};
    drive(&w, sets[_i], &l);
    ck_assert(has_jumped(&w, 35.0));
    for (size_t i = 0; i < w.count; i++) {
        const sim_pose *p = &w.poses[i];
        if (p->t < 20.0)
            continue;
        ck_assert_msg(p->horizontal_m < 10.0f && fabsf(p->up_m) < 20.0f, "%.1f s: %.1f and %.1f m off", p->t,
                      (double)p->horizontal_m, (double)p->up_m);
        ck_assert_msg(p->over <= 1.0f, "%.1f s: %.2f of its level", p->t, (double)p->over);
    }
    sim_done(&w);
}
END_TEST

/* Held from before, until a fourth satellite comes: the pose was wrong, all that while. */
START_TEST (a_height_that_began_wrong_is_in_doubt_and_set_right) {
    sim_watch w;
    leap l = {.from = 0.0, .to = 10.0, .up_m = 250.0};
    drive(&w, sets[_i], &l);
    ck_assert_float_gt(fabsf(sim_at(&w, 9.0)->up_m), 200.0f);
    for (size_t i = 0; i < w.count; i++)
        ck_assert_msg(w.poses[i].t < 11.0 || w.poses[i].over <= 1.0f, "%.1f s", w.poses[i].t);
    ck_assert_float_lt(fabsf(sim_at(&w, 30.0)->up_d), 3.0f);
    ck_assert_float_lt(fabsf(sim_at(&w, 59.0)->up_m), 125.0f);
    ck_assert_float_lt(sim_at(&w, 30.0)->horizontal_m, 10.0f);
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("heights");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, a_height_that_leaps_takes_nothing_along, 0, SETS);
    tcase_add_loop_test(t, a_height_that_began_wrong_is_in_doubt_and_set_right, 0, SETS);
    return run_cases("gnss_height", t);
}
