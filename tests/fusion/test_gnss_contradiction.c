/*
 * A receiver that contradicts the pose for long: who gives way, and when.
 */
#include "fusion/core/core.h"
#include "tests/fusion/sim_watch.h"

#include <check.h>
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
    ck_assert_float_lt(then_m, 30.0f);
    ck_assert_float_lt(later_m, 30.0f);
}
END_TEST

/* Both begin half a kilometre aside, and leap to where they are. */
static bool begins_aside(void *context, double t, frame *f)
{
    (void)context;
    if (f->kind == FRAME_GNSS && t < 10.0)
        f->u.gnss.latitude_rad += 500.0 / 6.37e6;
    return true;
}

/* Who has left the pose together is as one that has: it may have been wrong, and says so. */
START_TEST (a_pose_that_all_have_left_is_in_doubt) {
    sim_watch w;
    sim_options o = sim_usual();
    o.sources = SIM_CAR | SIM_BIT(SIM_SECOND_GNSS);
    o.change = begins_aside;
    sim_run(&w, &o, NULL);
    ck_assert_float_gt(sim_at(&w, 9.0)->horizontal_m, 400.0f); /* nothing can tell */
    ck_assert_float_lt(sim_at(&w, 25.0)->d, 2.45f);
    ck_assert_float_lt(sim_at(&w, 55.0)->d, 2.45f);
    sim_done(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gnss_contradiction");
    TCase *t = tcase_create("receivers that contradict");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, nobody_goes_back_by_twenty_seconds, 0, 3);
    tcase_add_test(t, a_pose_that_all_have_left_is_in_doubt);
    suite_add_tcase(suite, t);
    SRunner *r = srunner_create(suite);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
