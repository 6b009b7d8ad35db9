/*
 * Where sub-solutions start: before the first that what they leave out says of the place, or after it.
 */
#include "fusion/core/core.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static const map_view nothing;
static settings set;
static fusion *core;
static const uint32_t camera = 2, landmarks = UINT32_C(1) << QUANTITY_LANDMARK,
                      lanes = UINT32_C(1) << QUANTITY_LANE;
/* One sigma of the pose, of a landmark, and how far it is seen beside its place, m. */
static const float pose_m = 1.2f, landmark_m = 0.5f, beside_m = 2.6f;

static void begin(const map_view *map)
{
    const fusion_sinks sinks = {0};
    const double axes[4] = {0, 0, 0, 1}, at[3] = {6378237.0, 0, 0}, speed[3] = {0, 10, 0};
    settings_default(&set);
    settings_add_source(&set, "gnss/roof");
    settings_add_source(&set, "camera/front");
    core = fusion_create_on_map(&set, &sinks, map);
    filter_place(&core->f, 1000000000, at, speed, axes);
    core->running = true;
    for (int i = 0; i < 3; i++)
        covariance_reset(&core->f.p, STATE_POSITION + i, pose_m * pose_m);
}

/* Something that the camera sees says that the pose is that far off along the first axis. */
static void see(verdict_quantity quantity)
{
    const frame in = {.kind = FRAME_LANDMARKS, .stamp_ns = 1000000000, .received_ns = 1000000000};
    measurement m;
    measurement_start(&m, 1);
    measurement_column(&m, STATE_POSITION, 1.0f, 0.0f, 0.0f);
    m.innovation[0] = beside_m;
    m.noise[0][0] = landmark_m * landmark_m;
    ck_assert_int_eq(core_fuse(core, &core->source[1], &in, &m, (fuse_how){.quantity = quantity}),
                     DECISION_FUSED);
}

static int find(uint32_t sources, uint32_t quantities)
{
    for (int h = 0; h < core->bank.count; h++) {
        const bank_hypothesis *of = &core->bank.of[h];
        if (of->sources == sources && of->quantities == quantities)
            return h;
    }
    ck_abort_msg("there is no such hypothesis");
}

static float variance(int h)
{
    const covariance p = bank_covariance(core, h);
    return covariance_at(&p, STATE_POSITION, STATE_POSITION);
}

/* Gain 1.44 / (1.44 + 0.25) = 0.852: the filter moves by 2.215 m, and is known to 0.213 m^2 then. */
static const float moved_m = 2.2154f, after = 0.21302f;

/* It started where the filter is once that has been fused. */
static void check_starts_after(int h)
{
    ck_assert(core->bank.of[h].live);
    ck_assert_float_eq_tol(variance(h), after, 1e-4f);
    ck_assert_float_eq(bank_error(core, h)[STATE_POSITION], 0.0f);
    ck_assert_float_gt(core->bank.of[h].start_variance, 0.0f);
}

/* Of a pose that was led away by what it saw first the one without that knows. */
START_TEST (before_the_first_look_at_the_map) {
    begin(&nothing);
    see(QUANTITY_LANDMARK);
    const int h = find(camera, landmarks);
    ck_assert(core->bank.of[h].live);
    ck_assert_float_eq_tol(variance(h), pose_m * pose_m, 1e-4f);
    ck_assert_float_eq_tol(bank_error(core, h)[STATE_POSITION], -moved_m, 1e-3f);
    ck_assert_float_eq(core->bank.of[h].start_variance, 0.0f); /* nothing of the camera's is in it */
    ck_assert(!core->bank.of[find(camera, lanes)].live);
    fusion_destroy(core);
}
END_TEST

/* What is bounded by what is assumed of the survey starts where the map has put the pose. */
START_TEST (what_rests_on_the_survey_starts_on_the_map) {
    begin(&nothing);
    see(QUANTITY_LANDMARK);
    check_starts_after(find(camera, 0));
    fusion_destroy(core);
}
END_TEST

/* When it starts again what the camera has said is in it. */
START_TEST (after_what_has_been_said_before) {
    begin(&nothing);
    see(QUANTITY_LANDMARK);
    bank_restart(core);
    for (int i = 0; i < 3; i++)
        covariance_reset(&core->f.p, STATE_POSITION + i, pose_m * pose_m);
    see(QUANTITY_LANDMARK);
    check_starts_after(find(camera, landmarks));
    fusion_destroy(core);
}
END_TEST

START_TEST (without_a_map_after_it) {
    begin(NULL);
    see(QUANTITY_LANDMARK);
    const int h = find(camera, 0);
    ck_assert(core->bank.of[h].live);
    ck_assert_float_eq_tol(variance(h), after, 1e-4f);
    fusion_destroy(core);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("bank_start");
    tcase_add_test(cases, before_the_first_look_at_the_map);
    tcase_add_test(cases, what_rests_on_the_survey_starts_on_the_map);
    tcase_add_test(cases, after_what_has_been_said_before);
    tcase_add_test(cases, without_a_map_after_it);
    return run_cases("bank_start", cases);
}
