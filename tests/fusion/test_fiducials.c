/* A fiducial that is not where the settings have it, and a camera that has been turned. */
#include "fusion/core/core.h"
#include "fusion/sight/fiducials.h"
#include "tests/suite.h"

#include <check.h>

static settings set;
static fusion *core;
static int64_t now_ns;

static void setup(void)
{
    const fusion_sinks sinks = {0};
    settings_default(&set);
    settings_add_source(&set, "camera/front");
    core = fusion_create(&set, &sinks);
    now_ns = 1000000000;
}

static void teardown(void)
{
    fusion_destroy(core);
}

/* One look at a range, off by that to the left, rad, and in range, m. */
static void look(uint64_t id, verdict_decision decision, float range_m, float turn, float reach_m)
{
    measurement m;
    measurement_start(&m, 3);
    m.innovation[0] = turn;
    m.innovation[2] = reach_m;
    m.variance[0] = m.variance[1] = 1e-4f;
    m.variance[2] = 0.25f;
    now_ns += 100000000;
    fiducials_take(core, id, &m, range_m, decision, now_ns);
    fiducials_tick(core, now_ns);
}

static void pass(uint64_t id)
{
    for (int i = 0; i < 10; i++)
        look(id, DECISION_FUSED, 18.0f - (float)i, 0.0f, 0.0f);
}

/* It stands 2 m to the side. */
static void pass_moved(uint64_t id, int looks)
{
    for (int i = 0; i < looks; i++)
        look(id, DECISION_REJECTED, 18.0f - (float)i, 2.0f / (18.0f - (float)i), 0.1f);
}

static bool is_flagged(void)
{
    return fault_is_raised(&core->map.faults, FAULT_MAP_MISMATCH);
}

START_TEST (one_that_is_refused_at_every_look_has_moved) {
    pass(1);
    pass_moved(2, 5);
    ck_assert(!fiducials_moved(core, 2)); /* too early to say */
    pass_moved(2, 1);
    ck_assert(fiducials_moved(core, 2) && !fiducials_moved(core, 1));
    uint64_t id = 0;
    core->applied_ns = now_ns;
    ck_assert_uint_eq(fusion_map_missed(core, &id, 1), 1);
    ck_assert_uint_eq(id, 2);
    pass(3);
    ck_assert(is_flagged());
    ck_assert(fiducials_explain(core, &core->source[0], now_ns)); /* the camera has nothing to do with it */
    for (id = 4; id < 18; id++)
        pass(id);
    ck_assert(!is_flagged());
    ck_assert(!fiducials_explain(core, &core->source[0], now_ns));
}
END_TEST

START_TEST (what_the_camera_is_off_by_is_not_the_maps) {
    pass(1);
    for (int i = 0; i < 10; i++) /* by 2 degrees, at every range */
        look(2, DECISION_REJECTED, 18.0f - (float)i, 0.035f, 0.1f);
    ck_assert(!fiducials_moved(core, 2));
    ck_assert(!is_flagged());
}
END_TEST

START_TEST (one_that_is_further_off_in_range_has_moved) {
    pass(1);
    for (int i = 0; i < 10; i++)
        look(2, DECISION_REJECTED, 18.0f - (float)i, 0.0f, 3.0f);
    ck_assert(fiducials_moved(core, 2));
}
END_TEST

START_TEST (what_dead_reckoning_has_lost_is_not_the_maps) {
    pass(1);
    for (int i = 0; i < 10; i++)
        look(2, DECISION_REJECTED, 18.0f - (float)i, 0.5f / (18.0f - (float)i), 0.6f);
    ck_assert(!fiducials_moved(core, 2));
}
END_TEST

START_TEST (without_a_witness_it_may_be_the_pose) {
    pass_moved(1, 10);
    pass_moved(2, 10);
    ck_assert(!fiducials_moved(core, 1) && !fiducials_moved(core, 2));
    pass(3);
    now_ns += 11000000000; /* too long ago */
    pass_moved(4, 10);
    ck_assert(!fiducials_moved(core, 4));
    ck_assert(!is_flagged());
}
END_TEST

START_TEST (one_that_was_accepted_once_stands_where_it_should) {
    pass(1);
    pass_moved(2, 4);
    look(2, DECISION_DOWN_WEIGHTED, 13.0f, 0.01f, 0.1f);
    pass_moved(2, 8);
    ck_assert(!fiducials_moved(core, 2));
}
END_TEST

START_TEST (a_stepped_clock_is_followed) {
    pass(1);
    pass_moved(2, 6);
    fusion_shift_time(core, INT64_C(3600000000000));
    now_ns += INT64_C(3600000000000);
    ck_assert(fiducials_explain(core, &core->source[0], now_ns));
    pass_moved(3, 6); /* and the witness is one still */
    ck_assert(fiducials_moved(core, 3));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("fiducials");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, one_that_is_refused_at_every_look_has_moved);
    tcase_add_test(tc, what_the_camera_is_off_by_is_not_the_maps);
    tcase_add_test(tc, one_that_is_further_off_in_range_has_moved);
    tcase_add_test(tc, what_dead_reckoning_has_lost_is_not_the_maps);
    tcase_add_test(tc, without_a_witness_it_may_be_the_pose);
    tcase_add_test(tc, one_that_was_accepted_once_stands_where_it_should);
    tcase_add_test(tc, a_stepped_clock_is_followed);
    return run_cases("fiducials", tc);
}
