/*
 * The sub-solution without the IMU that turns as the wheels say.
 */
#include "fusion/core/core.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_steer.h"
#include "fusion/integrity/levels.h"
#include "fusion/motion/vehicle.h"
#include "tests/fusion/sim_drive.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static const map_view nothing;
static const double fault_s = 50.0;

/* The wheels' own yaw rate, off by a bias and a noise. */
static bool say_turn(void *context, double t, frame *f)
{
    double speed, rate;
    (void)context;
    sim_city(t, &speed, &rate);
    if (f->kind == FRAME_WHEEL)
        f->u.wheel.yaw_rate_radps = (float)(rate + 0.004 + 0.003 * sin(1234.5 * t));
    return true;
}

/* The gyro is off by 2 deg/s, within half a second: what leaps is followed. */
static bool leap(void *context, double t, frame *f)
{
    if (f->kind == FRAME_IMU && t > fault_s)
        f->u.imu.gyro_radps[2] += (float)(0.035 * fmin((t - fault_s) / 0.5, 1.0));
    return say_turn(context, t, f);
}

static bool fall_silent(void *context, double t, frame *f)
{
    return t > fault_s || say_turn(context, t, f);
}

static bool vanish(void *context, double t, frame *f)
{
    return f->kind != FRAME_WHEEL || (t < fault_s && say_turn(context, t, f));
}

static settings set;
static sim_drive *drive;
static fusion *core;

/* The drive until then, its frames changed so. */
static void setup(sim_change *change)
{
    const fusion_sinks sinks = {0};
    sim_options o = sim_usual();
    o.sources = SIM_CAR;
    o.seconds = 70.0;
    o.change = change;
    sim_settings(&set);
    set.integrity.exclude = false;
    drive = sim_drive_make(&o);
    core = fusion_create_on_map(&set, &sinks, &nothing);
}

static void teardown(void)
{
    fusion_destroy(core);
    sim_drive_free(drive);
}

static const bank_hypothesis *plain(void)
{
    return bank_undriven(core);
}

/* Heading of the filter less the truth at t, left positive. */
static float heading_error(double t)
{
    double at[3], truth[3][3], own[3][3], cross = 0.0, dot = 0.0, up[3], c[3];
    sim_truth(drive, t, at, truth, &(double){0});
    vehicle_rotation(&core->f, own);
    for (int i = 0; i < 3; i++)
        up[i] = core->f.r_enu_ecef[2][i];
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3, k = (i + 2) % 3;
        c[i] = truth[j][0] * own[k][0] - truth[k][0] * own[j][0];
        dot += truth[i][0] * own[i][0];
    }
    for (int i = 0; i < 3; i++)
        cross += up[i] * c[i];
    return (float)atan2(cross, dot);
}

/* It is surer of the heading than one that takes any turn for possible, and as right. */
START_TEST (it_knows_the_turn) {
    setup(say_turn);
    sim_feed(drive, core, 0.0, 45.0);
    ck_assert_ptr_nonnull(plain());
    const bank_hypothesis *twin = bank_steered_twin(core, plain());
    ck_assert_ptr_nonnull(twin);
    ck_assert_float_lt(sqrtf(twin->variance[BANK_HEADING]), 0.7f * sqrtf(plain()->variance[BANK_HEADING]));
    ck_assert_float_lt(fabsf(twin->separation[BANK_HEADING]), 3.0f * sqrtf(twin->variance[BANK_HEADING]));
    teardown();
}
END_TEST

/* The gyro turns the filter away: it does not go with it, and what it bounds holds. */
START_TEST (a_gyro_that_lies_is_not_in_it) {
    setup(leap);
    sim_feed(drive, core, 0.0, fault_s + 3.0);
    const bank_hypothesis *twin = bank_steered_twin(core, plain());
    float error = fabsf(heading_error((double)(core->f.stamp_ns - sim_start_ns(drive)) * 1e-9));
    ck_assert_ptr_nonnull(twin);
    ck_assert_float_gt(error, 0.02f);
    ck_assert_float_gt(fabsf(twin->separation[BANK_HEADING]), 0.7f * error);
    ck_assert_float_gt(levels_of(core, twin, BANK_HEADING), error);
    teardown();
}
END_TEST

/* Nobody steers when the wheels say no yaw rate. */
START_TEST (it_needs_wheels) {
    static sim_change *const changes[] = {fall_silent, vanish};
    for (int i = 0; i < 2; i++) {
        setup(changes[i]);
        sim_feed(drive, core, 0.0, fault_s - 1.0);
        ck_assert_ptr_nonnull(bank_steered_twin(core, plain()));
        sim_feed(drive, core, fault_s - 1.0, fault_s + 5.0);
        ck_assert_ptr_nonnull(plain());
        ck_assert_ptr_null(bank_steered_twin(core, plain()));
        teardown();
    }
}
END_TEST

/* It is of use where levels are compared with a lane, and costs nothing elsewhere. */
START_TEST (it_is_there_on_a_map_alone) {
    const fusion_sinks sinks = {0};
    sim_settings(&set);
    fusion *bare = fusion_create(&set, &sinks), *mapped = fusion_create_on_map(&set, &sinks, &nothing);
    int count = 0;
    for (int h = 0; h < bare->bank.count; h++)
        ck_assert(!bank_is_steered(&bare->bank.of[h]));
    for (int h = 0; h < mapped->bank.count; h++)
        count += bank_is_steered(&mapped->bank.of[h]);
    ck_assert_int_eq(count, 1);
    fusion_destroy(bare);
    fusion_destroy(mapped);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("wheels");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, it_knows_the_turn);
    tcase_add_test(cases, a_gyro_that_lies_is_not_in_it);
    tcase_add_test(cases, it_needs_wheels);
    tcase_add_test(cases, it_is_there_on_a_map_alone);
    return run_cases("bank steer", cases);
}
