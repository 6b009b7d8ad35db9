/* Forces that no vehicle on wheels is under, a gyro that leaves the wheels' yaw rate: the IMU is named and
 * left out, at once and before anybody else is, with whatever else the vehicle has. */
#include "tests/fusion/sim_watch.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { GNSS_AND_IMU = SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_IMU) };
static const double fault_at_s = 40.0;

typedef struct {
    int source;
    void (*spoil)(frame *f);
} trouble;

static double since_s; /* the fault began, in meddle */

static bool meddle(void *context, double t, frame *f)
{
    const trouble *m = context;
    if (f->source == SIM_WHEEL) { /* off by a bias of its own */
        double speed, rate;
        sim_city(t, &speed, &rate);
        f->u.wheel.yaw_rate_radps = (float)rate + 0.002f;
    }
    if (m->spoil && f->source == m->source && t >= fault_at_s - 1e-6) {
        since_s = t - fault_at_s;
        m->spoil(f);
    }
    return true;
}

static void drive(sim_watch *w, trouble *m, unsigned sources, uint64_t seed)
{
    sim_options o = sim_usual();
    o.seconds = 80.0;
    o.sources = sources;
    o.seed = seed;
    o.change = meddle;
    o.context = m;
    sim_run(w, &o, NULL);
}

static void swap(float v[3], int a, int b)
{
    float value = v[a];
    v[a] = v[b];
    v[b] = value;
}

static void swap_xy(frame *f)
{
    swap(f->u.imu.gyro_radps, 0, 1);
    swap(f->u.imu.accel_mps2, 0, 1);
}

static void swap_xz(frame *f)
{
    swap(f->u.imu.gyro_radps, 0, 2);
    swap(f->u.imu.accel_mps2, 0, 2);
}

/* The holder has given way: 15 degrees about the direction of travel. */
static void lean(frame *f)
{
    float *v[] = {f->u.imu.gyro_radps, f->u.imu.accel_mps2};
    for (int i = 0; i < 2; i++) {
        float y = v[i][1], z = v[i][2];
        v[i][1] = 0.9659f * y + 0.2588f * z;
        v[i][2] = 0.9659f * z - 0.2588f * y;
    }
}

/* Within half a second: what leaps is followed. */
static void gyro_leaps(frame *f)
{
    f->u.imu.gyro_radps[2] += (float)(0.0175 * fmin(since_s / 0.5, 1.0));
}

static const struct {
    const char *legend;
    void (*spoil)(frame *f);
    unsigned sources;
    double within_s;
} faults[] = {
    {"x and y swapped", swap_xy, SIM_CAR, 3.0},
    {"x and z swapped", swap_xz, SIM_CAR, 1.0},
    {"leaning", lean, SIM_CAR, 1.0},
    {"leaning, a receiver beside it", lean, GNSS_AND_IMU, 1.0},
    {"gyro off by 1 deg/s", gyro_leaps, SIM_CAR, 10.0},
};

START_TEST (named_first) {
    for (int seed = 1; seed <= seeds(3); seed++) {
        trouble m = {.source = SIM_IMU, .spoil = faults[_i].spoil};
        sim_watch w;
        double excluded = INFINITY, first = INFINITY, other = INFINITY;
        drive(&w, &m, faults[_i].sources, (uint64_t)seed);
        for (int i = 0; i < w.fault_count; i++) {
            const sim_fault *f = &w.faults[i];
            double *earliest = f->source == SIM_IMU ? &first : &other;
            *earliest = fmin(*earliest, f->from);
            if (f->source == SIM_IMU && f->code == FAULT_EXCLUDED)
                excluded = fmin(excluded, f->from);
        }
        ck_assert_msg(first <= other, "%s: IMU at %.2f s, another at %.2f s", faults[_i].legend, first,
                      other);
        ck_assert_msg(excluded > fault_at_s && excluded < fault_at_s + faults[_i].within_s,
                      "%s: left out at %.2f s", faults[_i].legend, excluded);
        sim_done(&w);
    }
}
END_TEST

/* An IMU whose axes are forward, right, down, in settings that do not say so: it is not used for a moment,
 * for its gravity would have the pose fall, and no position hold it. */
static bool turned_over(void *context, double t, frame *f)
{
    (void)context, (void)t;
    for (int i = 1; f->source == SIM_IMU && i < 3; i++) {
        f->u.imu.gyro_radps[i] = -f->u.imu.gyro_radps[i];
        f->u.imu.accel_mps2[i] = -f->u.imu.accel_mps2[i];
    }
    return true;
}

START_TEST (mounted_otherwise) {
    static const unsigned sets[] = {SIM_CAR, GNSS_AND_IMU};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        sim_watch w;
        sim_options o = sim_usual();
        o.sources = sets[i];
        o.change = turned_over;
        sim_run(&w, &o, NULL);
        sim_expect(&w, SIM_IMU, FAULT_OUT_OF_RANGE, 0.0, 0.1, INFINITY, INFINITY);
        for (size_t k = 0; k < w.count; k++)
            ck_assert_msg(!(w.poses[k].over > 1.0f), "at %.2f s: error over level %.1f", w.poses[k].t,
                          (double)w.poses[k].over);
        sim_done(&w);
    }
}
END_TEST

static void fast_wheels(frame *f)
{
    f->u.wheel.speed_mps *= 1.2f;
    for (int i = 0; i < 4; i++)
        f->u.wheel.wheel_mps[i] *= 1.2f;
}

/* Nobody else has it that the vehicle turns so. */
static void yaw_rate_leaps(frame *f)
{
    f->u.wheel.yaw_rate_radps += 0.0175f;
}

static void far_away(frame *f)
{
    f->u.gnss.latitude_rad += 1e-5; /* 64 m */
}

/* Others that lie do not make the IMU one that does. */
START_TEST (others_are_not_it) {
    static void (*const spoil[])(frame * f) = {NULL, fast_wheels, yaw_rate_leaps, far_away};
    static const int source[] = {SIM_IMU, SIM_WHEEL, SIM_WHEEL, SIM_GNSS};
    for (int seed = 1; seed <= seeds(3); seed++) {
        trouble m = {.source = source[_i], .spoil = spoil[_i]};
        sim_watch w;
        drive(&w, &m, SIM_CAR, (uint64_t)seed);
        for (int i = 0; i < w.fault_count; i++)
            ck_assert_int_ne(w.faults[i].source, SIM_IMU);
        sim_done(&w);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("inertial slide");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, named_first, 0, (int)(sizeof faults / sizeof *faults));
    tcase_add_loop_test(cases, others_are_not_it, 0, 4);
    tcase_add_test(cases, mounted_otherwise);
    return run_cases("inertial slide", cases);
}
