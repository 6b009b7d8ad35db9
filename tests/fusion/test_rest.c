/*
 * A vehicle at rest, as a radar on a map shows it where no gyro says that it does not turn.
 */
#include "fusion/core/core.h"
#include "fusion/radar/radar.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

enum { RETURNS = 15 };
static map_view map;
static settings set;
static fusion *core;
static const int turn = STATE_GYRO_BIAS + 2;
static unsigned rests;

static void count_rest(void *context, const verdict *v)
{
    (void)context;
    rests += v->quantity == QUANTITY_STANDSTILL && v->decision == DECISION_FUSED;
}

/* At that speed, known to 0.1 m/s, east on the equator. */
static void setup_at(double speed_mps)
{
    const fusion_sinks sinks = {.verdict = count_rest};
    const double axes[4] = {0, 0, 0, 1}, speed[3] = {speed_mps, 0, 0};
    double at[3];
    settings_default(&set);
    source_settings *s = settings_add_source(&set, "radar/front");
    s->mount = (mount_settings){.x_m = 3.6, .z_m = 0.5};
    core = fusion_create_on_map(&set, &sinks, &map);
    geodetic_to_ecef(0.0, 0.0, 100.0, at);
    filter_place(&core->f, 1000000000, at, speed, axes);
    for (int i = 0; i < 3; i++)
        covariance_reset(&core->f.p, STATE_VELOCITY + i, 0.01f);
    core->running = true;
    rests = 0;
}

static void setup(void)
{
    setup_at(0.0);
}

static void teardown(void)
{
    fusion_destroy(core);
}

/* Five scans a second of a world that stands, at a speed of from_mps and by_mps2 more each second. */
static void look(double time_s, double from_mps, double by_mps2)
{
    const inertial_input none = {{0}, {0}};
    for (int i = 0; i < (int)(time_s * 5.0 + 0.5); i++) {
        frame f = {.kind = FRAME_RADAR, .source = 0, .sequence = (uint32_t)i};
        for (int k = 0; k < 20; k++)
            filter_predict(&core->f, &none, 0.01);
        core->f.stamp_ns += 200000000;
        f.stamp_ns = f.received_ns = core->f.stamp_ns;
        f.u.radar.count = RETURNS;
        double v = from_mps + by_mps2 * 0.2 * (i + 1);
        for (int k = 0; k < RETURNS; k++) {
            float azimuth = -0.7f + 0.1f * (float)k, noise = 0.1f * (float)((k + i) % 3 - 1);
            f.u.radar.detections[k] = (radar_detection){.range_m = 10.0f + 3.0f * (float)k,
                                                        .azimuth_rad = azimuth,
                                                        .elevation_rad = NAN,
                                                        .rcs_dbsm = NAN,
                                                        .track_id = -1,
                                                        .doppler_mps = noise - (float)v * cosf(azimuth)};
        }
        radar_fuse(core, &core->source[0], &f);
    }
}

/* East is y at longitude 0; the vehicle's x axis is that of ECEF here: what matters is its own. */
static double speed_ahead(void)
{
    return core->f.velocity_ecef_mps[0];
}

START_TEST (at_rest_it_does_not_turn) {
    look(4.0, 0.0, 0.0);
    ck_assert_uint_gt(rests, 10);
    ck_assert_double_lt(sqrt((double)covariance_at(&core->f.p, turn, turn)), 0.003);
    ck_assert_double_lt(fabs(speed_ahead()), 0.02);
}
END_TEST

START_TEST (one_that_creeps_is_not_held) {
    teardown();
    setup_at(0.15);
    look(4.0, 0.15, 0.0);
    ck_assert_uint_eq(rests, 0);
    ck_assert_double_eq_tol(speed_ahead(), 0.15, 0.05);
}
END_TEST

START_TEST (it_moves_off_without_delay) {
    look(4.0, 0.0, 0.0);
    unsigned before = rests;
    look(1.0, 0.0, 1.5);
    ck_assert_uint_le(rests, before);
    ck_assert_double_eq_tol(speed_ahead(), 1.5, 0.2);
}
END_TEST

START_TEST (a_gyro_says_it_itself) {
    core->f.model.gyro_missing[2] = false;
    look(4.0, 0.0, 0.0);
    ck_assert_uint_eq(rests, 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("rest");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, at_rest_it_does_not_turn);
    tcase_add_test(cases, one_that_creeps_is_not_held);
    tcase_add_test(cases, it_moves_off_without_delay);
    tcase_add_test(cases, a_gyro_says_it_itself);
    return run_cases("rest", cases);
}
