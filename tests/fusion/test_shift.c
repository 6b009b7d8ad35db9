/* What was learned of a source stops to hold, or what it says is off for long: one flag, of that source and
 * of that kind, that rises and clears; the new value is learned, and the pose stays inside its covariance
 * meanwhile. */
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static const double worst_d = 3.72; /* P = 0.999 of one independent error */

typedef struct {
    int source;
    double from, to;
    void (*spoil)(frame *f, double for_s); /* since `from` */
} trouble;

static bool meddle(void *context, double t, frame *f)
{
    const trouble *m = context;
    if (f->source == m->source && t >= m->from - 1e-6 && t < m->to - 1e-6)
        m->spoil(f, t - m->from);
    return true;
}

static void drive(sim_watch *w, trouble *m)
{
    sim_options o = sim_usual();
    o.seconds = 100.0;
    o.seed = 5;
    o.change = meddle;
    o.context = m;
    sim_run(w, &o, NULL);
}

static void inside(const sim_watch *w, double from, double to)
{
    sim_score s = sim_judge(w, from, to);
    ck_assert_msg(s.worst_d < worst_d && s.worst_heading_d < 4.0, "errors in sigmas: %.2f, heading %.2f",
                  s.worst_d, s.worst_heading_d);
}

static void late(frame *f, double by_s)
{
    f->stamp_ns += llround(by_s * 1e9);
    f->received_ns += llround(by_s * 1e9);
}

static void wheels_late(frame *f, double for_s)
{
    (void)for_s;
    late(f, 0.2);
}

/* Over two seconds: what leaps is followed at once. */
static void other_tyres(frame *f, double for_s)
{
    const float scale = 1.0f - 0.03f * (float)fmin(for_s / 2.0, 1.0);
    f->u.wheel.speed_mps *= scale;
    for (int i = 0; i < 4; i++)
        f->u.wheel.wheel_mps[i] *= scale;
}

static void radar_turned(frame *f, double for_s)
{
    (void)for_s;
    for (int i = 0; i < f->u.radar.count; i++)
        f->u.radar.detections[i].azimuth_rad -= 0.0524f; /* 3 degrees */
}

static void radar_scaled(frame *f, double for_s)
{
    (void)for_s;
    for (int i = 0; i < f->u.radar.count; i++)
        f->u.radar.detections[i].doppler_mps *= 1.05f;
}

static void bracket_loose(frame *f, double for_s)
{
    (void)for_s;
    f->u.imu.accel_mps2[0] += 0.5f;
}

/* For good, from 40 s on: the flag rises within so long, and clears when the new value has been learned. */
static const struct {
    const char *legend;
    int source;
    void (*spoil)(frame *f, double for_s);
    fault_code code;
    double within_s;
} shifts[] = {
    {"wheels 0.2 s late", SIM_WHEEL, wheels_late, FAULT_LATENCY_SHIFT, 10.0},
    {"speed 3 % too small", SIM_WHEEL, other_tyres, FAULT_BIASED, 15.0},
    {"radar turned by 3 degrees", SIM_RADAR, radar_turned, FAULT_EXTRINSIC_SHIFT, 15.0},
    {"range rates 5 % too large", SIM_RADAR, radar_scaled, FAULT_BIASED, 12.0},
    {"accelerometer 0.5 m/s^2 off", SIM_IMU, bracket_loose, FAULT_BIASED, 6.0},
};

static const sim_fault *find(const sim_watch *w, int source, fault_code code)
{
    for (int i = 0; i < w->fault_count; i++) {
        if (w->faults[i].source == source && w->faults[i].code == code)
            return &w->faults[i];
    }
    return NULL;
}

START_TEST (named_and_learned) {
    trouble m = {.source = shifts[_i].source, .from = 40.0, .to = 1e9, .spoil = shifts[_i].spoil};
    sim_watch w;
    drive(&w, &m);
    const sim_fault *f = find(&w, m.source, shifts[_i].code);
    ck_assert_msg(f, "%s: not seen", shifts[_i].legend);
    ck_assert_msg(f->from > 40.0 && f->from < 40.0 + shifts[_i].within_s, "%s: at %.2f s", shifts[_i].legend,
                  f->from);
    ck_assert_msg(f->to < 80.0, "%s: until %.2f s", shifts[_i].legend, f->to);
    for (int i = 0; i < w.fault_count; i++)
        ck_assert_msg(w.faults[i].source == m.source, "%s: %s of %d", shifts[_i].legend,
                      fault_describe(w.faults[i].code)->name, w.faults[i].source);
    inside(&w, 1.0, 100.0);
    sim_done(&w);
}
END_TEST

/* What ends is over: the flag clears after it, and the old value is learned again. */
START_TEST (clears) {
    trouble m = {.source = SIM_IMU, .from = 40.0, .to = 41.0, .spoil = bracket_loose};
    sim_watch w;
    drive(&w, &m);
    for (int i = 0; i < w.fault_count; i++)
        ck_assert_double_lt(w.faults[i].to, 70.0);
    inside(&w, 1.0, 100.0);
    sim_done(&w);
}
END_TEST

static void outlier(frame *f, double for_s)
{
    (void)for_s;
    if (f->sequence % 20 == 0)
        f->u.wheel.wheel_mps[2] += 6.0f;
}

/* One value in twenty that is far off is no shift. */
START_TEST (outliers) {
    trouble m = {.source = SIM_WHEEL, .from = 40.0, .to = 100.0, .spoil = outlier};
    sim_watch w;
    drive(&w, &m);
    ck_assert_ptr_null(find(&w, SIM_WHEEL, FAULT_BIASED));
    ck_assert_ptr_null(find(&w, SIM_WHEEL, FAULT_LATENCY_SHIFT));
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("shift");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, named_and_learned, 0, (int)(sizeof shifts / sizeof *shifts));
    tcase_add_test(cases, clears);
    tcase_add_test(cases, outliers);
    return run_cases("shift", cases);
}
