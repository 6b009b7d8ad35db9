/* What sub-solutions know of a heading that nothing measures, and what of it is not forgotten. */
#include "fusion/inertial/inertial.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/bank_measure.h"
#include "fusion/integrity/blame.h"
#include "fusion/integrity/exclusion.h"
#include "fusion/integrity/integrity.h"
#include "fusion/motion/vehicle.h"
#include "tests/fusion/bank_host.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROOF, BOX, WHEELS };
static settings set;
static fusion *core;
static int without[3]; /* the hypothesis that leaves out this source */

/* A receiver, an IMU that drives the filter, and wheels; 20 m/s along x. */
static void setup(void)
{
    const double axes[4] = {0, 0, 0, 1}, speed[3] = {20, 0, 0};
    core = bank_host_core(&set, NULL, "gnss/roof imu/box wheel/abs");
    bank_host_place(core, axes, speed);
    core->inertial_source = BOX;
    core->f.model = (inertial_model){.gyro_psd = 1e-8f, .accel_psd = 1e-6f};
    for (int i = 0; i < 9; i++)
        covariance_reset(&core->f.p, i, i < 3 ? 0.04f : 1e-4f);
    for (int h = 0; h < core->bank.count; h++) {
        bank_copy(core, h);
        for (int i = 0; i < 3; i++)
            without[i] = core->bank.of[h].sources == 1u << i ? h : without[i];
    }
}

static float sigma_of(int h, int state)
{
    covariance p = bank_covariance(core, h);
    return sqrtf(covariance_at(&p, state, state));
}

/* ---- velocities in the vehicle's own axes show no heading */

static float noise(uint32_t *random)
{
    *random = *random * 1664525u + 1013904223u;
    return (float)(*random >> 8) / 8388608.0f - 1.0f;
}

/* The velocity along, to the side and up, with noise; and another one moves the filter's. */
static void see_velocity(uint32_t *random)
{
    measurement m;
    vec3 origin = {0.0f, 0.0f, 0.0f}, velocity;
    measurement_start(&m, 3);
    vehicle_velocity(&core->f, origin, &m, velocity);
    memset(core->f.correction, 0, sizeof core->f.correction);
    for (int k = 0; k < 3; k++) {
        m.noise[k][k] = 0.0025f;
        m.innovation[k] = (k == 0 ? 20.0f : 0.0f) + 0.08f * noise(random) - velocity[k];
        core->f.correction[STATE_VELOCITY + k] =
            (k == 0 ? 20.0f : 0.0f) + 0.3f * noise(random) - (float)core->f.velocity_ecef_mps[k];
    }
    m.nis = 1.0f;
    filter_correct(&core->f, core->f.correction);
    bank_measure(core, &core->source[WHEELS], &m,
                 (fuse_how){.quantity = QUANTITY_NON_HOLONOMIC, .ungated = true}, true);
}

/* Of the speed along a heading, m/s. */
static float speed_sigma(const covariance *p, float heading_rad)
{
    const int x = STATE_VELOCITY, y = STATE_VELOCITY + 1;
    const float c = cosf(heading_rad), s = sinf(heading_rad);
    return sqrtf(c * c * covariance_at(p, x, x) + 2.0f * c * s * covariance_at(p, x, y) +
                 s * s * covariance_at(p, y, y));
}

/* Of a sub-solution without a gyro, and of one with, that is turned by this, rad: small, at the edge of
 * small, and not. */
static const struct {
    int out; /* what it leaves out */
    float turned;
} turned[] = {{BOX, 0.0f}, {BOX, 0.02f}, {BOX, 0.2f}, {ROOF, 0.0f}, {ROOF, 0.02f}, {ROOF, 0.2f}};

START_TEST (speeds_show_no_heading) {
    const int axis = STATE_ATTITUDE + 2;
    const float by = turned[_i].turned;
    uint32_t random = 7;
    setup();
    const int h = without[turned[_i].out];
    covariance p = bank_covariance(core, h);
    float *d = bank_error(core, h);
    bank_reset_row(&p, axis, 0.01f);
    for (int i = 0; i < 3; i++)
        bank_reset_row(&p, STATE_VELOCITY + i, 100.0f);
    d[axis] = by;
    d[STATE_VELOCITY] = 20.0f * (cosf(by) - 1.0f);
    d[STATE_VELOCITY + 1] = 20.0f * sinf(by);
    for (int i = 0; i < 500; i++)
        see_velocity(&random);
    ck_assert_double_gt((double)sigma_of(h, axis), 0.095);
    const float along = core->bank.of[h].alone ? by : 0.0f;
    ck_assert_double_lt((double)speed_sigma(&p, along), 0.02); /* the speed, they do */
    fusion_destroy(core);
}
END_TEST

/* ---- an input that turns as no vehicle does */

START_TEST (a_wild_turn_is_held) {
    setup();
    core->bank.level[BANK_HEADING] = 0.1f;
    core->f.rate_b[2] = 1.0; /* a vehicle does */
    integrity_follow_turn(core, 0.01);
    ck_assert_double_lt((double)sigma_of(without[BOX], STATE_ATTITUDE + 2), 0.02);
    core->f.rate_b[2] = -20.0;
    for (int i = 0; i < 5; i++)
        integrity_follow_turn(core, 0.01);
    ck_assert_double_eq_tol((double)sigma_of(without[BOX], STATE_ATTITUDE + 2), 1.0, 0.01);
    ck_assert_double_lt((double)sigma_of(without[WHEELS], STATE_ATTITUDE + 2), 0.02); /* it believes it */
    ck_assert_double_eq_tol((double)core->bank.level[BANK_HEADING], 1.1, 1e-4);
    bank_restart(core);
    ck_assert_float_eq(core->bank.wild_rad, 0.0f);
    fusion_destroy(core);
}
END_TEST

/* ---- a source that drives the filter, and is back */

START_TEST (a_flag_that_fades_drives_nobody_away) {
    setup();
    source_run *s = &core->source[WHEELS];
    core->inertial_source = WHEELS;
    core->input_ns = core->f.stamp_ns;
    s->faults.raised_mask = UINT64_C(1) << FAULT_EXCLUDED;
    inertial_advance(core, core->f.stamp_ns + 10000000);
    ck_assert_int_eq(core->inertial_source, WHEELS);
    s->out.banned = true;
    inertial_advance(core, core->f.stamp_ns + 10000000);
    ck_assert_int_eq(core->inertial_source, -1);
    fusion_destroy(core);
}
END_TEST

/* ---- a turn that no vehicle makes, and whose it is */

/* Without the IMU all agree, and it turns by 0.5 rad/s; without the wheels nobody does. */
static void contradict(void)
{
    setup();
    for (int i = 0; i < 3; i++) {
        bank_hypothesis *of = &core->bank.of[without[i]];
        of->fused_ns = core->f.stamp_ns;
        of->anchor_ns = core->f.stamp_ns - 60000000000;
        for (int k = 0; k < BANK_DIRECTIONS; k++)
            of->separation_variance[k] = 1.0f;
    }
    core->bank.of[without[ROOF]].doubt = 12.0f;
    core->bank.of[without[WHEELS]].doubt = 40.0f;
    core->bank.of[without[BOX]].separation[BANK_HEADING] = 30.0f;
    core->bank.of[without[BOX]].drive[2] = 0.5f;
    core->bank.judged = true;
}

START_TEST (a_receiver_that_has_leapt_is_asked_first) {
    fault_flag *jump;
    contradict();
    ck_assert_int_eq(blame_find(core, core->f.stamp_ns), without[BOX]);
    jump = &core->source[ROOF].faults.flags[FAULT_JUMP];
    jump->raised_ns = core->f.stamp_ns - 15000000000;
    ck_assert_int_eq(blame_find(core, core->f.stamp_ns), without[BOX]); /* without it, others disagree */
    core->bank.of[without[ROOF]].doubt = 0.0f;
    ck_assert_int_eq(blame_find(core, core->f.stamp_ns), -1);
    fusion_destroy(core);
}
END_TEST

/* What was covered was about the pose before. */
START_TEST (a_pose_that_jumps_takes_its_cover_along) {
    contradict();
    float *d = bank_error(core, without[BOX]);
    core->bank.level[BANK_ALONG] = 3.0f;
    core->bank.level[BANK_HEADING] = 0.1f;
    d[STATE_POSITION + 1] = 4.0f;
    d[STATE_ATTITUDE] = 0.2f;
    exclusion_decide(core, core->f.stamp_ns);
    ck_assert(core->source[BOX].out.banned);
    ck_assert_double_eq_tol((double)core->bank.held[BANK_ALONG], 7.0, 1e-4);
    ck_assert_double_eq_tol((double)core->bank.held[BANK_HEADING], 0.3, 1e-4);
    fusion_destroy(core);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("heading");
    tcase_add_loop_test(tcase, speeds_show_no_heading, 0, sizeof turned / sizeof *turned);
    tcase_add_test(tcase, a_wild_turn_is_held);
    tcase_add_test(tcase, a_flag_that_fades_drives_nobody_away);
    tcase_add_test(tcase, a_receiver_that_has_leapt_is_asked_first);
    tcase_add_test(tcase, a_pose_that_jumps_takes_its_cover_along);
    return run_cases("bank_heading", tcase);
}
