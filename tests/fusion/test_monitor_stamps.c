/* Stamps that cannot be, sequences with gaps, frames that come late: each is flagged as what it is and
 * clears, and what the source gives is not lost by it. */
#include "tests/fusion/sim_trouble.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static const double first_at[SIM_SOURCES] = {20.0, 20.0, 20.0, 20.035, 20.015, 20.0};
static const double interval[SIM_SOURCES] = {0.1, 0.01, 0.02, 0.1, 0.1, 0.1};

/* With a camera, and settings of its own (NULL: sim_settings). */
static void drive_with(sim_watch *w, sim_trouble *m, double seconds, const settings *s)
{
    sim_options o = sim_with_trouble(m);
    o.sources |= SIM_BIT(SIM_CAMERA);
    o.seconds = seconds;
    sim_run(w, &o, s);
}

static void drive(sim_watch *w, sim_trouble *m, double seconds)
{
    drive_with(w, m, seconds, NULL);
}

static void from_the_future(sim_trouble *m, frame *f)
{
    (void)m;
    f->stamp_ns += 1000000000;
}

static void from_long_ago(sim_trouble *m, frame *f)
{
    (void)m;
    f->stamp_ns -= INT64_C(8000000000);
}

static void backwards(sim_trouble *m, frame *f)
{
    (void)m;
    f->stamp_ns -= 250000000;
}

static const struct {
    const char *legend;
    int source;
    sim_spoiler *spoil;
} stamps[] = {
    {"gnss from the future", SIM_GNSS, from_the_future},
    {"imu from the future", SIM_IMU, from_the_future},
    {"wheels from the future", SIM_WHEEL, from_the_future},
    {"gnss from long ago", SIM_GNSS, from_long_ago},
    {"imu from long ago", SIM_IMU, from_long_ago},
    {"gnss backwards", SIM_GNSS, backwards},
    {"imu backwards", SIM_IMU, backwards},
};

/* One frame with a wrong stamp: an alarm of two seconds at most, no loss of what the source gives. */
START_TEST (time_jump) {
    int source = stamps[_i].source;
    sim_trouble m = {.source = source, .from = 19.999, .to = 20.001, .spoil = stamps[_i].spoil};
    sim_watch w;
    drive(&w, &m, 30.0);
    sim_expect(&w, source, FAULT_TIME_JUMP, 19.4, 20.1, 21.4, 22.2);
    sim_allow(&w, source, FAULT_SEQUENCE_GAP); /* where it should have been, one is missing */
    if (stamps[_i].spoil == backwards && source == SIM_GNSS)
        sim_expect(&w, source, FAULT_JUMP, 19.75, 19.75, 22.8, 22.9); /* it is where the vehicle was not */
    sim_expect_no_more(&w);
    sim_usable_inside(&w, 1.0, 30.0);
    sim_done(&w);
}
END_TEST

/* A clock that runs too slow for two seconds, and is put right. */
static void lag_behind(sim_trouble *m, frame *f)
{
    f->stamp_ns -= llround(fmin(0.15 * (m->t - 20.0), 0.3) * 1e9);
}

/* A link that is congested: nothing is wrong with its stamps. */
static void come_late(sim_trouble *m, frame *f)
{
    (void)m;
    f->received_ns += 300000000;
}

/* A stamp that leaps forward by more than the gap that is allowed, while reception does not. */
START_TEST (stamps_leap) {
    static const struct {
        double max_gap_s;
        sim_spoiler *spoil;
        bool flagged;
    } all[] = {{0.25, lag_behind, true}, {60.0, lag_behind, false}, {0.25, come_late, false}};
    sim_trouble m = {.source = SIM_CAMERA, .from = 20.0, .to = 24.0, .spoil = all[_i].spoil};
    settings s;
    sim_watch w;
    sim_settings(&s);
    s.sources[SIM_CAMERA].max_gap_s = all[_i].max_gap_s;
    drive_with(&w, &m, 60.0, &s);
    if (all[_i].flagged)
        sim_expect(&w, SIM_CAMERA, FAULT_TIME_JUMP, 23.9, 24.1, 26.0, 26.2);
    sim_expect_no_more(&w);
    sim_done(&w);
}
END_TEST

static void repeat_sequence(sim_trouble *m, frame *f)
{
    (void)m;
    f->sequence--;
}

START_TEST (sequence_gap) {
    int source = _i;
    double at = first_at[source], step = interval[source];
    sim_trouble m = {.source = source, .from = at - 0.001, .to = at + 2.5 * step};
    sim_watch w;
    drive(&w, &m, 30.0);
    double rise = at + 3 * step, fall = rise + step + 2.0;
    sim_expect(&w, source, FAULT_SEQUENCE_GAP, rise, rise, fall, fall + step);
    sim_expect_no_more(&w);
    sim_usable_inside(&w, 1.0, 30.0);
    sim_done(&w);
}
END_TEST

START_TEST (sequence_repeats) {
    sim_trouble m = {.source = SIM_WHEEL, .from = 19.999, .to = 20.001, .spoil = repeat_sequence};
    sim_watch w;
    drive(&w, &m, 30.0);
    sim_expect(&w, SIM_WHEEL, FAULT_SEQUENCE_GAP, 20.0, 20.0, 22.04, 22.06);
    sim_expect_no_more(&w);
    sim_done(&w);
}
END_TEST

static void no_counting(sim_trouble *m, frame *f)
{
    (void)m;
    f->sequence = 0;
}

/* A source that does not count sends nought throughout, and is not blamed. */
START_TEST (no_sequence) {
    sim_trouble m = {.source = SIM_IMU, .from = 0.0, .to = 61.0, .spoil = no_counting};
    sim_watch w;
    drive(&w, &m, 60.0);
    sim_expect_no_more(&w);
    sim_done(&w);
}
END_TEST

/* A receiver that stamps its fixes by their reception, and one of them comes after the next. */
static void overtaken(sim_trouble *m, frame *f)
{
    if (m->t > 19.95 && m->t < 20.05)
        f->stamp_ns += 150000000;
    f->received_ns = f->stamp_ns;
}

START_TEST (overtaken_on_the_way) {
    sim_trouble m = {.source = SIM_GNSS, .from = 0.0, .to = 61.0, .spoil = overtaken};
    sim_watch w;
    drive(&w, &m, 60.0);
    sim_expect_no_more(&w);
    ck_assert_uint_eq(w.status.sources[SIM_GNSS].late, 1);
    ck_assert_uint_eq(w.status.sources[SIM_GNSS].rejected, 0);
    sim_usable_inside(&w, 1.0, 30.0);
    sim_done(&w);
}
END_TEST

static void delayed(sim_trouble *m, frame *f)
{
    (void)m;
    f->received_ns += 900000000;
}

START_TEST (late) {
    sim_trouble m = {.source = SIM_WHEEL, .from = 19.999, .to = 20.001, .spoil = delayed};
    sim_watch w;
    drive(&w, &m, 30.0);
    sim_expect(&w, SIM_WHEEL, FAULT_LATE, 20.3, 20.5, 22.3, 22.6);
    sim_expect(&w, SIM_WHEEL, FAULT_SEQUENCE_GAP, 20.04, 20.04, 22.06, 22.08); /* nor has it been overtaken */
    sim_expect_no_more(&w);
    ck_assert_uint_eq(w.status.sources[SIM_WHEEL].late, 1);
    sim_usable_inside(&w, 1.0, 30.0);
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("monitor_stamps");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, time_jump, 0, (int)(sizeof stamps / sizeof *stamps));
    tcase_add_loop_test(cases, stamps_leap, 0, 3);
    tcase_add_loop_test(cases, sequence_gap, 0, SIM_SECOND_GNSS);
    tcase_add_test(cases, sequence_repeats);
    tcase_add_test(cases, no_sequence);
    tcase_add_test(cases, overtaken_on_the_way);
    tcase_add_test(cases, late);
    return run_cases("monitor_stamps", cases);
}
