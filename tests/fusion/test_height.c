/* What is known of the height: nothing, where no fix has one. */
#include "fusion/core/core.h"
#include "fusion/core/height.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/cover.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

/* Fixes have a height from..to seconds after the start. */
typedef struct {
    double from, to;
} told;

static const double height_m = 560.0;

static bool tell(void *context, double t, frame *f)
{
    const told *when = context;
    if (f->kind == FRAME_GNSS && !(t >= when->from && t < when->to))
        f->u.gnss.height_m = NAN;
    return true;
}

static sim_options drive(told *when, unsigned sources)
{
    sim_options o = sim_usual();
    o.sources = sources;
    o.height_m = height_m;
    o.change = tell;
    o.context = when;
    o.seconds = 60.0;
    return o;
}

static const unsigned car[2] = {SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_WHEEL), SIM_CAR};

static void within_levels(const sim_watch *w)
{
    for (size_t i = 0; i < w->count; i++)
        ck_assert_msg(!(w->poses[i].over > 1.0f), "%.2f of its level at %.1f s", (double)w->poses[i].over,
                      w->poses[i].t);
}

START_TEST (never_told) {
    told never = {INFINITY, INFINITY};
    sim_options o = drive(&never, car[_i]);
    sim_watch w;
    sim_run(&w, &o, NULL);
    within_levels(&w);
    const sim_pose *last = sim_at(&w, 59.0);
    ck_assert_float_eq_tol(last->up_m, (float)-height_m, 10.0f);
    ck_assert_float_lt(fabsf(last->up_d), 1.0f);
    ck_assert_float_lt(last->horizontal_m, 5.0f);
    sim_done(&w);
}
END_TEST

/* The first height is no contradiction, and moves nothing else. */
START_TEST (told_late) {
    told late = {30.0, INFINITY};
    sim_options o = drive(&late, car[_i]);
    sim_watch w;
    sim_run(&w, &o, NULL);
    within_levels(&w);
    ck_assert_float_gt(fabsf(sim_at(&w, 29.0)->up_m), 500.0f);
    ck_assert_float_lt(fabsf(sim_at(&w, 31.0)->up_m), 20.0f);
    ck_assert_float_lt(sim_at(&w, 31.0)->horizontal_m, 5.0f);
    for (int i = 0; i < w.fault_count; i++)
        ck_assert_int_ne(w.faults[i].source, SIM_GNSS);
    sim_done(&w);
}
END_TEST

/* What the level has for roads that climb. */
static float climbed_of(fusion *f)
{
    float before = f->bank.level[BANK_VERTICAL];
    cover_more(f, f->applied_ns);
    float climbed = f->bank.level[BANK_VERTICAL] - before;
    f->bank.level[BANK_VERTICAL] = before;
    return climbed;
}

/* What was known stays so, with what roads climb, while fixes have none any more. */
START_TEST (told_at_first) {
    told first = {-INFINITY, 20.0};
    sim_options o = drive(&first, car[0]);
    sim_watch w;
    fusion *f = sim_watch_core(&w, sim_drive_make(&o), NULL);
    sim_feed(w.drive, f, -1e9, 20.0);
    ck_assert_float_lt(climbed_of(f), 3.0f);
    sim_feed(w.drive, f, 20.0, 1e9);
    fusion_flush(f);
    ck_assert_float_lt(fabsf(sim_at(&w, 59.0)->up_m), 30.0f);
    ck_assert_float_gt(climbed_of(f), 45.0f); /* 0.12 of some 450 m */
    core_give_up(f, f->applied_ns);           /* what starts anew starts there */
    const frame_gnss fix = {.height_m = (double)NAN};
    ck_assert_double_eq_tol(height_at_start(f, &fix), height_m, 30.0);
    fusion_destroy(f);
    within_levels(&w);
    sim_done(&w);
}
END_TEST

/* A pose of which nobody has said the height is saved as such. */
START_TEST (saved_as_unknown) {
    told when = {_i ? -INFINITY : INFINITY, INFINITY};
    sim_options o = drive(&when, car[0]);
    settings *set = sim_settings_new();
    sim_drive *d = sim_drive_make(&o);
    const fusion_sinks none = {0};
    fusion *f = fusion_create(set, &none), *again = fusion_create(set, &none);
    unsigned char *state = malloc(fusion_state_size());
    sim_feed(d, f, -1e9, 30.0);
    size_t size = fusion_save(f, state, fusion_state_size());
    ck_assert(size > 0 && fusion_restore(again, state, size, 0.0));
    ck_assert_int_eq(again->height_known, _i);
    free(state);
    fusion_destroy(again);
    fusion_destroy(f);
    sim_drive_free(d);
    free(set);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("fixes");
    tcase_set_timeout(tcase, 120.0);
    tcase_add_loop_test(tcase, never_told, 0, 2);
    tcase_add_loop_test(tcase, told_late, 0, 2);
    tcase_add_test(tcase, told_at_first);
    tcase_add_loop_test(tcase, saved_as_unknown, 0, 2);
    return run_cases("height", tcase);
}
