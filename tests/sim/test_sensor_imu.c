/*
 * The simulated inertial unit: without errors it measures what physics says on a circle; with them, the Allan
 * deviation of its settings.
 */
#include "tests/sim/sensor_rig.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>

static rig *g;
static sim_imu_errors *set;
static const frame_imu *read;

static void setup(void)
{
    g = rig_open(&sim_sensor_imu);
    set = &g->set->of.imu;
    read = &g->frames[FRAME_IMU].u.imu;
}

static void teardown(void)
{
    rig_close(g);
}

static void without_errors(void)
{
    double gyro = set->gyro_range_dps, accel = set->accel_range_mps2, tau_s = set->gyro_instability_s;
    *set = (sim_imu_errors){.gyro_range_dps = gyro, .accel_range_mps2 = accel, .gyro_instability_s = tau_s};
}

/* A circle of 50 m to the left at 10 m/s, level at the datum. */
static void on_circle(double t_s)
{
    double w = 0.2, r = 50, yaw = w * t_s;
    sim_state *x = &g->now;
    rotation(yaw, 0, 0, x->R);
    for (int i = 0; i < 2; i++) {
        x->plane_m[i] = -r * x->R[i][1];
        x->velocity_mps[i] = w * r * x->R[i][0];
        x->accel_mps2[i] = w * w * r * x->R[i][1];
    }
    x->plane_m[2] = x->velocity_mps[2] = 0;
    x->rate_radps[2] = w;
}

static void sample_on_circle(void)
{
    for (int i = 0; i < 2; i++) {
        on_circle(g->now.t_s + 0.005);
        rig_step(g, 0.005);
    }
    rig_sample(g);
    ck_assert(g->got[FRAME_IMU]);
}

START_TEST (physics) {
    without_errors();
    set->gyro_range_dps = 20; /* steps smaller than the earth's rate */
    g->set->mount = (mount_settings){.x_m = 1, .y_m = 0.5, .yaw_deg = 90};
    on_circle(0);
    rig_start(g, 1);
    for (int i = 0; i < 300; i++)
        sample_on_circle();
    /* The sensor's x axis is the body's y axis, its y axis the body's -x axis. The lever's end is pulled
     * towards the middle of the circle, which is 1 m behind it and 49.5 m to its left. */
    double step = set->accel_range_mps2 / 32768, earth = 7.292115e-5 * sin(radians(52.27));
    ck_assert_double_eq_tol((double)read->gyro_radps[2], 0.2 + earth, radians(20) / 32768);
    ck_assert_double_eq_tol((double)read->accel_mps2[0], 0.04 * 49.5, 2e-3);
    ck_assert_double_eq_tol((double)read->accel_mps2[1], 0.04, 2e-3 + step);
    ck_assert_double_eq_tol((double)read->accel_mps2[2], 9.8125, 4e-3);
}
END_TEST

START_TEST (turn_on_bias_scale_and_mount) {
    stats bias = {0}, accel = {0}, scale = {0};
    for (int i = 0; i < 3; i++)
        g->now.rate_radps[i] = 0;
    set->gyro_noise_dps_rthz = 0.0001;
    for (int drive = 0; drive < 3000; drive++) {
        g->now.rate_radps[2] = 0;
        rig_start(g, (uint64_t)drive);
        rig_sample(g);
        double still = (double)read->gyro_radps[2];
        stats_add(&bias, (double)read->gyro_radps[0]);
        stats_add(&accel, (double)read->accel_mps2[0]);
        g->now.rate_radps[2] = 1;
        rig_start(g, (uint64_t)drive);
        rig_sample(g);
        stats_add(&scale, (double)read->gyro_radps[2] - still - 1);
    }
    ck_assert_double_eq_tol(stats_rms(&bias), radians(0.5), radians(0.03));
    /* The mount is exact here, but axes lean by 0.3 degrees: 0.05 m/s^2 and a share of gravity. */
    ck_assert_double_eq_tol(stats_rms(&accel), hypot(0.05, 9.81 * radians(0.3)), 0.004);
    ck_assert_double_eq_tol(stats_rms(&scale), 0.003, 0.0003);
}
END_TEST

START_TEST (saturates) {
    without_errors();
    g->now.rate_radps[2] = 10;
    rig_start(g, 1);
    rig_sample(g);
    ck_assert_double_eq_tol((double)read->gyro_radps[2], radians(250), 1e-3);
    g->now.rate_radps[2] = -10;
    rig_sample(g);
    ck_assert_double_eq_tol((double)read->gyro_radps[2], -radians(250), 1e-3);
}
END_TEST

START_TEST (vibration_and_white_noise) {
    stats quiet = {0}, shaken = {0};
    double last = 0;
    rig_start(g, 1);
    for (int i = 0; i < 20000; i++) {
        g->now.vibration_mps2 = i < 10000 ? 0 : 0.2;
        rig_step(g, 0.01);
        rig_sample(g);
        if (i > 0)
            stats_add(i < 10000 ? &quiet : &shaken, ((double)read->accel_mps2[0] - last) / sqrt(2));
        last = (double)read->accel_mps2[0];
    }
    double white = 100e-6 * 9.80665 * sqrt(100), step = 39.0 / 32768 / sqrt(12);
    ck_assert_double_eq_tol(stats_rms(&quiet), hypot(white, step), 0.0005);
    ck_assert_double_eq_tol(stats_rms(&shaken), 0.2, 0.005);
}
END_TEST

/* Allan deviation of cluster means, overlapping by none. */
static double allan(const double *x, int n, int m)
{
    double last = 0, sum = 0;
    int clusters = n / m;
    for (int k = 0; k < clusters; k++) {
        double mean = 0;
        for (int i = 0; i < m; i++)
            mean += x[k * m + i] / m;
        if (k > 0)
            sum += (mean - last) * (mean - last);
        last = mean;
    }
    return sqrt(sum / (2 * (clusters - 1)));
}

/* 30 h at 10 Hz, three axes: angle random walk at 1 s, and a floor that is flat and not below its setting. */
START_TEST (allan_deviation) {
    enum { RATE = 10, N = 30 * 3600 * RATE };
    double *x = malloc(3 * N * sizeof *x);
    ck_assert(x != NULL);
    g->set->rate_hz = RATE;
    set->warm_up_c = 0;
    rig_start(g, 8);
    for (int i = 0; i < N; i++) {
        rig_step(g, 1.0 / RATE);
        rig_sample(g);
        for (int j = 0; j < 3; j++)
            x[j * N + i] = degrees((double)read->gyro_radps[j]) * 3600;
    }
    static const struct {
        int tau_s;
        double least_dph, most_dph;
    } rows[] = {{1, 18 * 0.98, 25}, {20, 9, 14}, {60, 9, 14}, {200, 9, 15}, {600, 8.5, 18}};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        double mean = 0;
        for (int j = 0; j < 3; j++)
            mean += allan(x + j * N, N, rows[k].tau_s * RATE) / 3;
        ck_assert_msg(mean > rows[k].least_dph && mean < rows[k].most_dph, "%d s: %.2f deg/h", rows[k].tau_s,
                      mean);
    }
    free(x);
}
END_TEST

/* A box that is known to be turned, in a holder that shakes three times as much. */
START_TEST (turned_and_shaken) {
    stats forward = {0}, up = {0};
    without_errors();
    set->shake = 3;
    g->set->mount_sigma_deg = 0;
    g->set->turned_pitch_deg = 5;
    g->now.vibration_mps2 = 0.2;
    rig_start(g, 1);
    for (int i = 0; i < 20000; i++) {
        rig_step(g, 0.01);
        rig_sample(g);
        stats_add(&forward, (double)read->accel_mps2[0]);
        stats_add(&up, (double)read->accel_mps2[2]);
    }
    /* Nose down: the sensor's x axis points below the horizon and feels less than nothing of what carries it.
     */
    ck_assert_double_eq_tol(stats_mean(&forward), -9.813 * sin(radians(5)), 0.02);
    ck_assert_double_eq_tol(stats_sigma(&up), 0.6, 0.02);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("imu");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, physics);
    tcase_add_test(t, turn_on_bias_scale_and_mount);
    tcase_add_test(t, saturates);
    tcase_add_test(t, vibration_and_white_noise);
    tcase_add_test(t, allan_deviation);
    tcase_add_test(t, turned_and_shaken);
    return run_cases("sensor_imu", t);
}
