/*
 * From rest to a start: the gyro begins with what it was off by, and with the turn that it shows. Whose word
 * makes a rest.
 */
#include "fusion/core/core.h"
#include "fusion/inertial/inertial.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static settings defaults;
static fusion *core;
static uint32_t sequence;
static int64_t now_ns;
static double way_m;
static const float gyro_off[3] = {0.004f, -0.01f, 0.03f};

/* What the vehicle does, and who says what of it. */
typedef struct {
    double speed_mps, accel_mps2;
    float yaw_rate_radps;    /* what it turns by */
    bool wheels, receiver;   /* speak */
    float wheels_stuck_mps;  /* NAN: they say the truth */
    float receiver_off_mps;  /* its velocity to the north */
    float gyro_noise, shake; /* rad/s, m/s^2 */
} drive;

static const drive standing = {
    .wheels = true, .receiver = true, .wheels_stuck_mps = NAN, .gyro_noise = 0.002f, .shake = 0.02f};

static void setup(void)
{
    const fusion_sinks none = {0};
    srand(5);
    settings_default(&defaults);
    settings_add_source(&defaults, "imu/main");
    settings_add_source(&defaults, "wheel/can");
    settings_add_source(&defaults, "gnss/roof");
    core = fusion_create(&defaults, &none);
    sequence = 0;
    way_m = 0.0;
    now_ns = 1000000000;
}

static void teardown(void)
{
    fusion_destroy(core);
}

static float noise(float sigma)
{
    float sum = -6.0f;
    for (int i = 0; i < 12; i++)
        sum += (float)rand() / (float)RAND_MAX;
    return sigma * sum;
}

static void push(frame *f)
{
    f->stamp_ns = f->received_ns = now_ns;
    f->sequence = ++sequence;
    ck_assert(fusion_push(core, f));
}

static void push_imu(const drive *d)
{
    frame f = {.kind = FRAME_IMU, .source = 0};
    const float rate[3] = {0.0f, 0.0f, d->yaw_rate_radps};
    for (int i = 0; i < 3; i++) {
        f.u.imu.gyro_radps[i] = gyro_off[i] + rate[i] + noise(d->gyro_noise);
        f.u.imu.accel_mps2[i] = noise(d->shake);
    }
    f.u.imu.accel_mps2[0] += (float)d->accel_mps2;
    f.u.imu.accel_mps2[1] += (float)d->speed_mps * d->yaw_rate_radps;
    f.u.imu.accel_mps2[2] += 9.78f;
    push(&f);
}

static void push_wheels(const drive *d)
{
    frame f = {.kind = FRAME_WHEEL, .source = 1};
    for (int i = 0; i < 4; i++)
        f.u.wheel.wheel_mps[i] = NAN;
    f.u.wheel.speed_mps = isfinite(d->wheels_stuck_mps) ? d->wheels_stuck_mps : (float)d->speed_mps;
    f.u.wheel.yaw_rate_radps = f.u.wheel.steering_wheel_rad = NAN;
    push(&f);
}

static void push_fix(const drive *d, double east_m)
{
    frame f = {.kind = FRAME_GNSS, .source = 2};
    f.u.gnss = (frame_gnss){.longitude_rad = east_m / 6378137.0, .height_m = 100.0, .fix = GNSS_FIX_3D};
    f.u.gnss.h_acc_m = 1.0f;
    f.u.gnss.v_acc_m = 2.0f;
    f.u.gnss.velocity_enu_mps[0] = (float)d->speed_mps;
    f.u.gnss.velocity_enu_mps[1] = d->receiver_off_mps + noise(0.02f); /* else it is frozen */
    f.u.gnss.speed_mps = f.u.gnss.course_rad = f.u.gnss.hdop = NAN;
    f.u.gnss.speed_acc_mps = 0.1f;
    f.u.gnss.jamming = f.u.gnss.spoofing = NAN;
    push(&f);
}

/* East on the equator; the IMU at 100 Hz, wheels at 20, fixes at 10. */
static void go(drive d, double time_s)
{
    for (int k = 0; k < (int)(time_s * 100.0 + 0.5); k++) {
        now_ns += 10000000;
        d.speed_mps += d.accel_mps2 * 0.01;
        way_m += d.speed_mps * 0.01;
        push_imu(&d);
        if (d.wheels && k % 5 == 0)
            push_wheels(&d);
        if (d.receiver && k % 10 == 0)
            push_fix(&d, way_m);
    }
    fusion_advance(core, now_ns);
}

/* Moves off until there is a pose. */
static void move_off(drive d)
{
    d.receiver = true;
    d.accel_mps2 = 1.5;
    d.wheels_stuck_mps = NAN;
    d.receiver_off_mps = 0.0f;
    go(d, 3.0);
    ck_assert(core->running);
}

static float sigma_of(int state)
{
    return sqrtf(covariance_at(&core->f.p, state, state));
}

/* Before the pose, of the watch. */
static bool is_known(void)
{
    float bias[3], sigma;
    return standstill_bias(&core->source[0].imu.still, &defaults.sources[0].of.imu, now_ns, bias, &sigma);
}

START_TEST (a_start_from_rest_knows_the_gyro) {
    go(standing, 12.0);
    ck_assert(!core->running);
    move_off(standing);
    for (int i = 0; i < 3; i++) {
        float off = (float)core->f.gyro_bias[i] - gyro_off[i];
        ck_assert_float_lt(sigma_of(STATE_GYRO_BIAS + i), 0.001f);
        ck_assert_float_le(fabsf(off), 3.0f * sigma_of(STATE_GYRO_BIAS + i));
    }
    ck_assert(!is_known()); /* from now on the filter knows better */
}
END_TEST

START_TEST (a_start_without_rest_knows_nothing_of_it) {
    go(standing, 1.0);
    move_off(standing);
    ck_assert_float_gt(sigma_of(STATE_GYRO_BIAS + 2), 0.002f);
}
END_TEST

START_TEST (a_receiver_says_it_where_there_are_no_wheels) {
    drive d = standing;
    d.wheels = false;
    go(d, 9.0);
    ck_assert(!is_known());
    go(d, 6.0);
    ck_assert(is_known());
}
END_TEST

/* Constant speed on a straight and very smooth road, and nobody who says anything of it. */
START_TEST (quiet_samples_alone_are_no_rest) {
    drive d = standing;
    d.wheels = d.receiver = false;
    d.speed_mps = 30.0;
    d.gyro_noise = 0.0005f;
    d.shake = 0.005f;
    go(d, 60.0);
    ck_assert(!is_known());
}
END_TEST

START_TEST (a_receiver_that_moves_denies_it) {
    drive d = standing;
    d.receiver_off_mps = 1.5f;
    go(d, 30.0);
    ck_assert(!is_known());
}
END_TEST

START_TEST (one_that_is_not_sure_says_nothing) {
    drive d = standing;
    d.wheels = false;
    d.receiver_off_mps = 0.6f;
    go(d, 30.0);
    ck_assert(!is_known());
}
END_TEST

/* In a long bend in a tunnel, with a dead wheel sensor: the turn is taken for a bias until the receiver is
 * heard. */
START_TEST (wheels_that_are_stuck_are_found_out) {
    drive d = standing;
    d.speed_mps = 20.0;
    d.yaw_rate_radps = 0.03f;
    d.wheels_stuck_mps = 0.0f;
    d.receiver = false;
    go(d, 10.0);
    ck_assert(is_known());
    d.receiver = true;
    go(d, 1.0);
    ck_assert(!is_known());
}
END_TEST

/* Measurements of the stamp at which a gyro begins are compared with the turn that it shows. */
START_TEST (the_first_sample_shows_the_turn) {
    const double axes[4] = {0, 0, 0, 1}, still[3] = {0, 0, 0};
    double at[3];
    geodetic_to_ecef(0.0, 0.0, 100.0, at);
    filter_place(&core->f, now_ns, at, still, axes);
    core->running = true;
    frame f = {.kind = FRAME_IMU, .source = 0, .stamp_ns = now_ns, .received_ns = now_ns};
    for (int i = 0; i < 3; i++)
        f.u.imu.gyro_radps[i] = 0.1f * (float)(i + 1);
    f.u.imu.accel_mps2[2] = 9.78f;
    core->saved_gyro_bias[0][2] = 0.05;
    core->bias_saved[0] = true;
    inertial_take(core, &core->source[0], &f);
    ck_assert_double_eq_tol(core->f.rate_b[0], 0.1, 1e-6);
    ck_assert_double_eq_tol(core->f.rate_b[1], 0.2, 1e-6);
    ck_assert_double_eq_tol(core->f.rate_b[2], 0.3 - 0.05, 1e-6);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("rest_start");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_start_from_rest_knows_the_gyro);
    tcase_add_test(cases, a_start_without_rest_knows_nothing_of_it);
    tcase_add_test(cases, a_receiver_says_it_where_there_are_no_wheels);
    tcase_add_test(cases, quiet_samples_alone_are_no_rest);
    tcase_add_test(cases, a_receiver_that_moves_denies_it);
    tcase_add_test(cases, one_that_is_not_sure_says_nothing);
    tcase_add_test(cases, wheels_that_are_stuck_are_found_out);
    tcase_add_test(cases, the_first_sample_shows_the_turn);
    return run_cases("rest_start", cases);
}
