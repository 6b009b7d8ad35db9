/*
 * What a receiver's fixes say together: an error that they share is not averaged away.
 */
#include "fusion/core/core.h"
#include "fusion/gnss/gnss.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static settings set;
static fusion *core;

/* A vehicle at rest that knows nothing of its velocity; it stays at one moment, so that nothing is lost. */
static void setup(void)
{
    static const double axes[4] = {0, 0, 0, 1}, still[3] = {0, 0, 0};
    const fusion_sinks sinks = {0};
    double at[3];
    settings_default(&set);
    settings_add_source(&set, "gnss/roof");
    geodetic_to_ecef(0.0, 0.0, 100.0, at); /* up is x, north z */
    core = fusion_create(&set, &sinks);
    filter_place(&core->f, 1000000000, at, still, axes);
    for (int i = 0; i < 3; i++) {
        covariance_reset(&core->f.p, STATE_POSITION + i, 100.0f);
        covariance_reset(&core->f.p, STATE_VELOCITY + i, 1.0f);
    }
    core->running = true;
}

static void teardown(void)
{
    fusion_destroy(core);
}

static void fix(int count)
{
    frame in = {.kind = FRAME_GNSS, .stamp_ns = 1000000000, .received_ns = 1000000000};
    in.u.gnss = (frame_gnss){.height_m = 100.0,
                             .h_acc_m = 1.0f,
                             .v_acc_m = 2.0f,
                             .speed_acc_mps = 0.1f,
                             .speed_mps = NAN,
                             .course_rad = NAN,
                             .fix = GNSS_FIX_3D};
    core->source[0].interval_s = 0.1f;
    core->source[0].tried_ns = in.stamp_ns; /* it is no newcomer */
    for (int i = 0; i < count; i++)
        gnss_fuse(core, &core->source[0], &in);
}

static double velocity_sigma(int axis)
{
    return sqrt((double)covariance_at(&core->f.p, STATE_VELOCITY + axis, STATE_VELOCITY + axis));
}

START_TEST (what_lasts_of_a_velocity_is_known_no_better) {
    const double lasts = 0.1 * set.sources[0].of.gnss.velocity_slow_fraction; /* claim and share */
    fix((int)(2.0 * set.sources[0].of.gnss.velocity_slow_s / 0.1));
    ck_assert_double_gt(velocity_sigma(1), 0.9 * lasts);
    ck_assert_double_lt(velocity_sigma(1), 1.2 * lasts);
    /* Upwards it is twice as much, and without a state all fixes together are one more of that: 1 / sqrt(2).
     * Were each new, a fifth would be left. */
    ck_assert_double_gt(velocity_sigma(0), 0.65 * 2.0 * lasts);
    ck_assert_double_lt(velocity_sigma(0), 1.2 * 2.0 * lasts);
}
END_TEST

/* A smooth receiver's own error lasts longer; what it has moved away by does not. */
START_TEST (what_it_moved_by_is_forgotten_as_fast) {
    const slow_state *slow = &core->f.slow[core->source[0].first_state - STATE_SOURCES];
    const double rate = 1.0 / set.sources[0].of.gnss.correlation_s;
    core->source[0].noise_scale = 0.5f;
    fix(1);
    ck_assert_double_lt((double)slow->rate, 0.3 * rate);
    core->source[0].noise_scale = 0.5f;
    core->source[0].gnss.moved_variance = 400.0f;
    fix(1);
    ck_assert_double_gt((double)slow->rate, 0.95 * rate);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("gnss");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, what_it_moved_by_is_forgotten_as_fast);
    tcase_add_test(cases, what_lasts_of_a_velocity_is_known_no_better);
    return run_cases("gnss", cases);
}
