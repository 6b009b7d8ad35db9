/* The bank of sub-solutions: it watches without a trace, bounds the error, names who lies, and takes back. */
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What happens to the frames of one source from..to. */
typedef struct lie lie;
struct lie {
    unsigned sources; /* SIM_BIT */
    double from, to;
    void (*tell)(lie *l, double t, frame *f);
};

static bool meddle(void *context, double t, frame *f)
{
    lie *l = context;
    if ((l->sources & SIM_BIT(f->source)) && t >= l->from && t < l->to)
        l->tell(l, t, f);
    return true;
}

static void drive(sim_watch *w, lie *l, unsigned sources, double seconds, const settings *s)
{
    sim_options o = sim_usual();
    o.sources = sources;
    o.seconds = seconds;
    o.change = meddle;
    o.context = l;
    sim_run(w, &o, s);
}

static double worst_over(const sim_watch *w, double from, double to)
{
    double most = 0.0;
    for (size_t i = 0; i < w->count; i++) {
        const sim_pose *p = &w->poses[i];
        if (p->t >= from && p->t <= to && p->mode >= MODE_NOMINAL && p->mode <= MODE_DEAD_RECKONING)
            most = fmax(most, (double)p->over);
    }
    return most;
}

static const sim_fault *find(const sim_watch *w, int source, fault_code code)
{
    for (int i = 0; i < w->fault_count; i++) {
        if (w->faults[i].source == source && w->faults[i].code == code)
            return &w->faults[i];
    }
    return NULL;
}

static void say_nothing(lie *l, double t, frame *f)
{
    (void)l, (void)t, (void)f;
}

/* ---- without a fault */

/* Place, attitude, velocity and covariances are the same to the last bit, bank or not. */
START_TEST (watching_leaves_no_trace) {
    static const unsigned sets[] = {SIM_CAR, SIM_BIT(SIM_GNSS), SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_RADAR),
                                    SIM_CAR | SIM_BIT(SIM_SECOND_GNSS) | SIM_BIT(SIM_CAMERA)};
    lie none = {.tell = say_nothing};
    settings s;
    sim_watch with, without;
    sim_settings(&s);
    drive(&with, &none, sets[_i], 60.0, &s);
    s.integrity.enabled = false;
    drive(&without, &none, sets[_i], 60.0, &s);
    ck_assert_uint_eq(with.count, without.count);
    for (size_t i = 0; i < with.count; i++)
        ck_assert_msg(with.poses[i].estimate == without.poses[i].estimate, "at %.2f s", with.poses[i].t);
    ck_assert_ptr_null(find(&with, SIM_GNSS, FAULT_EXCLUDED));
    ck_assert_double_lt(worst_over(&with, 0.0, 60.0), 1.0);
    sim_done(&with);
    sim_done(&without);
}
END_TEST

/* The bank can only widen the bound. */
START_TEST (bank_bounds_more_than_the_filter) {
    lie none = {.tell = say_nothing};
    settings s;
    sim_watch with, without;
    sim_settings(&s);
    drive(&with, &none, SIM_CAR, 30.0, &s);
    s.integrity.enabled = false;
    drive(&without, &none, SIM_CAR, 30.0, &s);
    for (size_t i = 0; i < with.count; i++)
        ck_assert(!(with.poses[i].bound_m < without.poses[i].bound_m));
    ck_assert_float_gt(sim_at(&with, 25.0)->bound_m, 2.0f * sim_at(&without, 25.0)->bound_m);
    sim_done(&with);
    sim_done(&without);
}
END_TEST

/* Over the limit: ALERT, and not usable; unless the settings say that ALERT is enough. */
START_TEST (over_the_limit) {
    lie none = {.tell = say_nothing};
    settings s;
    sim_watch w;
    sim_settings(&s);
    s.alert[s.road] = (alert_limits){1.0, 1.0, 1.0, 1.0};
    s.integrity.gate_usable = _i == 0;
    drive(&w, &none, SIM_CAR, 20.0, &s);
    ck_assert_ptr_nonnull(find(&w, SIM_SYSTEM, FAULT_ALERT));
    ck_assert_int_eq(sim_judge(&w, 5.0, 20.0).usable, _i == 0 ? 0 : sim_judge(&w, 5.0, 20.0).poses);
    ck_assert_float_lt(sim_at(&w, 15.0)->confidence, 1.0f);
    sim_done(&w);
}
END_TEST

/* ---- what cannot be told must be covered */

static void claim_too_much(lie *l, double t, frame *f)
{
    (void)l, (void)t;
    f->u.gnss.h_acc_m *= 0.1f;
    f->u.gnss.v_acc_m *= 0.1f;
}

static void lead_away(lie *l, double t, frame *f)
{
    double off_m = t - l->from; /* 1 m/s, to the north */
    f->u.gnss.latitude_rad += off_m / 6.37e6;
    f->u.gnss.velocity_enu_mps[1] += 1.0f;
}

/* A receiver alone, and with one sensor of motion: nobody contradicts it for long. */
START_TEST (covered) {
    static const unsigned beside[] = {0, SIM_BIT(SIM_WHEEL), SIM_BIT(SIM_RADAR), SIM_CAR};
    lie boast = {.sources = SIM_BIT(SIM_GNSS), .to = 1e9, .tell = claim_too_much};
    lie spoof = {.sources = SIM_BIT(SIM_GNSS), .from = 30.0, .to = 60.0, .tell = lead_away};
    sim_watch w;
    drive(&w, &boast, SIM_BIT(SIM_GNSS) | beside[_i], 60.0, NULL);
    ck_assert_double_lt(worst_over(&w, 0.0, 60.0), 1.0);
    sim_done(&w);
    drive(&w, &spoof, SIM_BIT(SIM_GNSS) | beside[_i], 60.0, NULL);
    ck_assert_double_lt(worst_over(&w, 0.0, 60.0), 1.0);
    sim_done(&w);
}
END_TEST

/* ---- who lies is named, left out, and taken back */

/* Within half a second: what leaps is followed. */
static void slip(lie *l, double t, frame *f)
{
    const float times = 1.0f + 0.4f * (float)fmin((t - l->from) / 0.5, 1.0);
    f->u.wheel.speed_mps *= times;
    for (int i = 0; i < 4; i++)
        f->u.wheel.wheel_mps[i] *= times;
}

static void turn_more(lie *l, double t, frame *f)
{
    f->u.imu.gyro_radps[2] += (float)(0.03 * fmin((t - l->from) / 0.5, 1.0));
}

static void lead_away_fast(lie *l, double t, frame *f)
{
    double off_m = 3.0 * (t - l->from);
    f->u.gnss.latitude_rad += off_m / 6.37e6;
    f->u.gnss.velocity_enu_mps[1] += 3.0f;
}

static const struct {
    int source;
    void (*tell)(lie *l, double t, frame *f);
    double within_s;
} lies[] = {{SIM_WHEEL, slip, 3.0}, {SIM_IMU, turn_more, 12.0}, {SIM_GNSS, lead_away_fast, 12.0}};

START_TEST (named_and_taken_back) {
    lie l = {.sources = SIM_BIT(lies[_i].source), .from = 40.0, .to = 60.0, .tell = lies[_i].tell};
    sim_watch w;
    drive(&w, &l, SIM_CAR, 180.0, NULL);
    const sim_fault *out = find(&w, lies[_i].source, FAULT_EXCLUDED);
    ck_assert_ptr_nonnull(out);
    ck_assert_msg(out->from > 40.0 && out->from < 40.0 + lies[_i].within_s, "at %.2f s", out->from);
    ck_assert_msg(isfinite(out->to), "never taken back");
    for (int i = 0; i < SIM_SOURCES; i++)
        ck_assert(i == lies[_i].source || !find(&w, i, FAULT_EXCLUDED));
    ck_assert_double_lt(worst_over(&w, 0.0, 180.0), 1.0);
    ck_assert_double_lt((double)sim_at(&w, 175.0)->horizontal_m, 6.0);
    sim_done(&w);
}
END_TEST

/* With exclusion off it only watches: the flag stays down, the bound holds. */
START_TEST (watch_only) {
    lie l = {.sources = SIM_BIT(SIM_WHEEL), .from = 40.0, .to = 60.0, .tell = slip};
    settings s;
    sim_watch w;
    sim_settings(&s);
    s.integrity.exclude = false;
    drive(&w, &l, SIM_CAR, 70.0, &s);
    ck_assert_ptr_null(find(&w, SIM_WHEEL, FAULT_EXCLUDED));
    ck_assert_double_lt(worst_over(&w, 0.0, 70.0), 1.0);
    sim_done(&w);
}
END_TEST

/* Two, one after the other. */
static void two_lies(lie *l, double t, frame *f)
{
    if (f->source == SIM_WHEEL && t < 50.0)
        slip(l, t, f);
    if (f->source == SIM_IMU && t > 80.0 && t < 100.0)
        turn_more(&(lie){.from = 80.0}, t, f);
}

START_TEST (two_in_a_row) {
    lie l = {.sources = SIM_BIT(SIM_WHEEL) | SIM_BIT(SIM_IMU), .from = 40.0, .to = 100.0, .tell = two_lies};
    sim_watch w;
    drive(&w, &l, SIM_CAR, 120.0, NULL);
    ck_assert_ptr_nonnull(find(&w, SIM_WHEEL, FAULT_EXCLUDED));
    ck_assert_ptr_nonnull(find(&w, SIM_IMU, FAULT_EXCLUDED));
    ck_assert_ptr_null(find(&w, SIM_GNSS, FAULT_EXCLUDED));
    ck_assert_double_lt(worst_over(&w, 0.0, 120.0), 1.0);
    sim_done(&w);
}
END_TEST

/* 25 s without a fix, and then one that is 5 km away. */
static void lose_and_leap(lie *l, double t, frame *f)
{
    if (t < l->from + 25.0)
        f->u.gnss.fix = GNSS_FIX_NONE;
    else
        f->u.gnss.latitude_rad += 8e-4;
}

/* Dead reckoning that vouches for nothing accuses nobody when positions come back; that of wheels and a gyro
 * does. */
START_TEST (worn_reckoning_accuses_nobody) {
    static const unsigned sources[] = {SIM_BIT(SIM_GNSS), SIM_CAR};
    lie l = {.sources = SIM_BIT(SIM_GNSS), .from = 20.0, .to = 1e9, .tell = lose_and_leap};
    sim_watch w;
    drive(&w, &l, sources[_i], 50.0, NULL);
    bool accused = find(&w, SIM_GNSS, FAULT_JUMP) || find(&w, SIM_GNSS, FAULT_REJECTED);
    ck_assert_int_eq(accused, _i == 1);
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("integrity");
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, watching_leaves_no_trace, 0, 4);
    tcase_add_test(cases, bank_bounds_more_than_the_filter);
    tcase_add_loop_test(cases, over_the_limit, 0, 2);
    tcase_add_loop_test(cases, covered, 0, 4);
    tcase_add_loop_test(cases, named_and_taken_back, 0, 3);
    tcase_add_test(cases, watch_only);
    tcase_add_test(cases, two_in_a_row);
    tcase_add_loop_test(cases, worn_reckoning_accuses_nobody, 0, 2);
    return run_cases("integrity", cases);
}
