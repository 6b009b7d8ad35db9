/*
 * What a picture's figures are worth: continuous, monotone, never better than what a flag makes of them.
 */
#include "fusion/core/core.h"
#include "fusion/map/map_lanes.h"
#include "fusion/sight/camera_health.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

static map_view map; /* without anything in it */
static settings set;
static fusion *core;
static verdict last;

static void keep_verdict(void *context, const verdict *v)
{
    (void)context;
    last = *v;
}

static const frame_camera_health clear_day = {0.45f, 0.02f, 0.06f, 0.22f, 24.0f, 0.03f};

static void setup(bool on_map)
{
    const fusion_sinks sinks = {.verdict = keep_verdict};
    const double axes[4] = {0, 0, 0, 1}, zero[3] = {0, 0, 0};
    double at[3];
    settings_default(&set);
    settings_add_source(&set, "camera/front");
    core = fusion_create_on_map(&set, &sinks, on_map ? &map : NULL);
    geodetic_to_ecef(0.0, 0.0, 100.0, at);
    filter_place(&core->f, 1000000000, at, zero, axes);
    core->running = true;
}

/* What is said of a bearing in such a picture, over what is said of it by day. */
static float weight_in(frame_camera_health h)
{
    frame in;
    memset(&in, 0, sizeof in);
    in.kind = FRAME_CAMERA_HEALTH;
    in.stamp_ns = 1000000000;
    in.u.camera_health = h;
    camera_health_check(core, &core->source[0], &in);
    return camera_weight(&core->source[0]);
}

START_TEST (worse_light_is_worth_less_step_by_step) {
    setup(true);
    const camera_settings *c = &core->source[0].set->of.camera;
    float before[5] = {0.0f};
    ck_assert_float_lt(weight_in(clear_day), 1.1f);
    for (int i = 0; i <= 1000; i++) {
        float way = 1e-3f * (float)i; /* to the limit */
        frame_camera_health h[5] = {clear_day, clear_day, clear_day, clear_day, clear_day};
        h[0].saturated_fraction = way * (float)c->max_saturated;
        h[1].dark_fraction = way * (float)c->max_dark;
        h[2].contrast = (float)c->min_contrast / way;
        h[3].sharpness = (float)c->min_sharpness / way;
        h[4].blocked_fraction = way * (float)c->max_blocked;
        for (int k = 0; k < 5; k++) {
            float weight = weight_in(h[k]);
            ck_assert(weight >= before[k] - 1e-6f);
            ck_assert(i == 0 || weight < 1.2f * before[k]); /* no step */
            ck_assert_float_le(weight, 3.0f + 1e-5f);
            before[k] = weight;
        }
    }
    for (int k = 0; k < 5; k++) /* where the flag goes up the weight is the flag's already */
        ck_assert_float_gt(before[k], 2.99f);
    fusion_destroy(core);
}
END_TEST

START_TEST (what_is_not_known_costs_nothing) {
    setup(true);
    ck_assert_float_eq(weight_in((frame_camera_health){NAN, NAN, NAN, NAN, NAN, NAN}), 1.0f);
    ck_assert(camera_sees(&core->source[0]));
    frame_camera_health flat = clear_day;
    flat.contrast = 0.0f;
    ck_assert_float_gt(weight_in(flat), 2.99f);
    fusion_destroy(core);
    setup(false); /* without a map nothing changes */
    ck_assert_float_eq(weight_in(flat), 1.0f);
    ck_assert(camera_sees(&core->source[0]));
    fusion_destroy(core);
}
END_TEST

START_TEST (a_blind_camera_is_not_listened_to) {
    frame in;
    frame_camera_health black = clear_day;
    memset(&in, 0, sizeof in);
    in.kind = FRAME_LANES;
    in.stamp_ns = 1100000000;
    setup(true);
    black.dark_fraction = 0.95f;
    weight_in(black);
    ck_assert(!camera_sees(&core->source[0]));
    map_lanes_fuse(core, &core->source[0], &in);
    ck_assert_int_eq(last.decision, DECISION_REJECTED);
    ck_assert_int_eq(last.reason, REASON_FLAGGED);
    weight_in(clear_day);
    map_lanes_fuse(core, &core->source[0], &in);
    ck_assert_int_ne(last.reason, REASON_FLAGGED);
    fusion_destroy(core);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("camera_health");
    tcase_add_test(cases, worse_light_is_worth_less_step_by_step);
    tcase_add_test(cases, what_is_not_known_costs_nothing);
    tcase_add_test(cases, a_blind_camera_is_not_listened_to);
    return run_cases("camera_health", cases);
}
