/* The judge of a run and of its alarms, on records made by hand. */
#include "campaign/alarms.h"
#include "campaign/judge.h"
#include "sim/sim.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static run_record *record;
static settings *config;
static inject_plan *faults;
static campaign_row *a;

static void setup(void)
{
    record = calloc(1, sizeof *record);
    config = calloc(1, sizeof *config);
    a = calloc(1, sizeof *a);
    ck_assert(record && config && a);
    settings_default(config);
    settings_add_source(config, "gnss/roof");
    settings_add_source(config, "radar/front");
    settings_add_source(config, "camera/front");
    run_record_begin(record, config, NULL);
    campaign_row_clear(a);
    a->duration_s = 60;
}

static void teardown(void)
{
    run_record_finish(record);
    inject_plan_destroy(faults);
    faults = NULL;
    free(record);
    free(config);
    free(a);
}

static void inject_text(const char *text)
{
    config_problems *p = calloc(1, sizeof *p);
    faults = inject_plan_load_text("f.yaml", text, strlen(text), p);
    ck_assert_msg(faults, "%s", p->text[0]);
    free(p);
}

static void inject_gnss(void)
{
    inject_text("faults: [{fault: 'off', source: gnss, from_s: 20, for_s: 10, expect: [STALE]}]\n");
}

/* Ten metres north a second, from 0 to 60 s; the pose is `east_m` beside it, one sigma of a metre. */
static void drive(double (*east_m)(double s))
{
    const fusion_sinks sinks = run_record_sinks(record);
    for (int i = 0; i <= 6000; i++) {
        double s = 0.01 * i;
        truth_point t = {.stamp_ns = SIM_BEGIN_NS + i * INT64_C(10000000),
                         .latitude_rad = 0.9 + 10 * s / 6.37e6,
                         .velocity_enu_mps = {0, 10, 0},
                         .sigma_m = NAN};
        fusion_pose p = {.stamp_ns = t.stamp_ns,
                         .latitude_rad = t.latitude_rad,
                         .q_body_enu = {0, 0, (float)sqrt(0.5), (float)sqrt(0.5)},
                         .velocity_enu_mps = {0, 10, 0},
                         .covariance = {[0][0] = 1, [1][1] = 1, [2][2] = 1},
                         .mode = MODE_NOMINAL,
                         .usable = true};
        const double R = 6.378137e6, f = 1 / 298.257223563, e2 = f * (2 - f);
        double normal = R / sqrt(1 - e2 * sin(p.latitude_rad) * sin(p.latitude_rad));
        p.position_ecef_m[0] = normal * cos(p.latitude_rad);
        p.position_ecef_m[1] = east_m(s); /* at longitude 0 */
        p.position_ecef_m[2] = normal * (1 - e2) * sin(p.latitude_rad);
        if (east_m(s) < 1000)
            sinks.pose(sinks.context, &p);
        run_record_truth(record, &t);
    }
}

static double nowhere(double s)
{
    (void)s;
    return 0.1;
}

START_TEST (accuracy) {
    drive(nowhere);
    ck_assert(judge_run(record, NULL, a));
    ck_assert_int_eq(a->samples, 1201); /* 20 a second */
    ck_assert_double_eq_tol(a->distance_m, 600.1, 1e-6);
    ck_assert_double_eq_tol(a->horizontal_rmse_m, 0.1, 1e-6);
    ck_assert_double_eq_tol(a->cross_p95_m, 0.1, 1e-6);
    ck_assert_double_lt(a->along_p95_m, 1e-6);
    ck_assert_double_eq_tol(a->nees, 0.01, 1e-6);
    ck_assert_double_eq(a->coverage50, 1);
    ck_assert_double_eq(a->inside_alert, 1);
    ck_assert_double_eq(a->availability, 1);
    ck_assert_double_eq(a->initialised_s, 0);
    ck_assert_double_eq(a->nominal, 1);
    ck_assert_str_eq(a->cross_histogram, "-10:1201");    /* just below 0.1 or at it */
    ck_assert_str_eq(a->error_bound_grid, "-10,3:1201"); /* 2.45 m */
}
END_TEST

/* 5 m off from 22 to 37 s, where the fault is from 20 to 30 s. */
static double late_off(double s)
{
    return s >= 22 && s < 37 ? 5 : 0.1;
}

static double never_back(double s)
{
    return s >= 22 ? 5 : 0.1;
}

/* Back at 33 s, but there is no pose from 35 to 40 s. */
static double pause_after(double s)
{
    return s >= 35 && s < 40 ? 1e6 : s >= 22 && s < 33 ? 5 : 0.1;
}

static double three_times(double s)
{
    return s < 20 ? 2 : 5.9;
}

static const struct {
    double (*east_m)(double s);
    double recover_s, largest_m;
} recoveries[] = {
    {late_off, 6.95, 5},     /* the last bad sample */
    {never_back, NAN, 5},    /* it has not */
    {pause_after, 10.05, 5}, /* a pause is none; the first sample after it ends the bad time */
    {three_times, 0, 5.9},   /* was as bad before, or nearly */
    {nowhere, 0, 0.1},
};

START_TEST (recovery) {
    inject_gnss();
    drive(recoveries[_i].east_m);
    ck_assert(judge_run(record, faults, a));
    ck_assert_double_eq_tol(a->fault_max_m, recoveries[_i].largest_m, 1e-6);
    if (isnan(recoveries[_i].recover_s))
        ck_assert(isnan(a->recover_s));
    else
        ck_assert_double_eq_tol(a->recover_s, recoveries[_i].recover_s, 0.051);
}
END_TEST

START_TEST (never_initialised) {
    for (int i = 0; i < 100; i++)
        run_record_truth(record, &(truth_point){.stamp_ns = SIM_BEGIN_NS + i});
    ck_assert(judge_run(record, NULL, a));
    ck_assert_int_eq(a->samples, 0);
    ck_assert_double_eq(a->availability, 0);
    ck_assert(isnan(a->horizontal_rmse_m) && isnan(a->initialised_s));
    ck_assert_str_eq(a->cross_histogram, "");
}
END_TEST

static void raise_flag(double s, uint16_t source, fault_code code)
{
    const fusion_sinks sinks = run_record_sinks(record);
    sinks.fault(sinks.context, &(fault_event){.stamp_ns = SIM_BEGIN_NS + (int64_t)(1e9 * s),
                                              .source = source,
                                              .code = (uint8_t)code,
                                              .raised = true});
}

enum { GNSS, RADAR, CAMERA, MAP = FAULT_SOURCE_MAP, SYSTEM = FAULT_SOURCE_SYSTEM };

/* One or two flags with a GNSS fault from 20 to 30 s; a time of 0: none. */
static const struct {
    struct {
        double s;
        uint16_t source;
        fault_code code;
    } flags[2];
    int false_alarms, detected, named, named_code;
    double detect_s, named_s;
    const char *first;
} flagged[] = {
    {{{0}}, 0, 0, 0, 0, NAN, NAN, ""},
    {{{21, GNSS, FAULT_STALE}}, 0, 1, 1, 1, 1, 1, "gnss/roof STALE"},
    {{{21, GNSS, FAULT_JUMP}}, 0, 1, 1, 0, 1, 1, "gnss/roof JUMP"},
    {{{21, RADAR, FAULT_BIASED}, {25, GNSS, FAULT_STALE}}, 0, 1, 0, 1, 1, 5, "radar/front BIASED"},
    {{{21, SYSTEM, FAULT_DIVERGED}, {25, GNSS, FAULT_STALE}}, 0, 1, 1, 1, 1, 5, "system DIVERGED"},
    {{{21, SYSTEM, FAULT_DIVERGED}}, 0, 1, 0, 0, 1, NAN, "system DIVERGED"},
    {{{21, SYSTEM, FAULT_ALERT}, {25, SYSTEM, FAULT_DEAD_RECKONING}}, 0, 0, 0, 0, NAN, NAN, ""},
    {{{21, RADAR, FAULT_FEW_STATIC}}, 0, 0, 0, 0, NAN, NAN, ""},        /* severity INFO */
    {{{19, GNSS, FAULT_JUMP}}, 1, 0, 0, 0, NAN, NAN, ""},               /* before */
    {{{39, GNSS, FAULT_STALE}}, 0, 1, 1, 1, 19, 19, "gnss/roof STALE"}, /* 9 s after its end */
    {{{41, GNSS, FAULT_JUMP}}, 1, 0, 0, 0, NAN, NAN, ""},               /* 11 s after */
    {{{5, RADAR, FAULT_BIASED}, {50, MAP, FAULT_MAP_MISMATCH}}, 2, 0, 0, 0, NAN, NAN, ""},
};

static void assert_seconds(double is, double should)
{
    if (isnan(should))
        ck_assert(isnan(is));
    else
        ck_assert_double_eq_tol(is, should, 1e-6);
}

START_TEST (flags) {
    inject_gnss();
    for (int i = 0; i < 2 && flagged[_i].flags[i].s > 0; i++)
        raise_flag(flagged[_i].flags[i].s, flagged[_i].flags[i].source, flagged[_i].flags[i].code);
    alarms_judge(record, faults, a);
    ck_assert_int_eq(a->false_alarms, flagged[_i].false_alarms);
    ck_assert_int_eq(a->detected, flagged[_i].detected);
    ck_assert_int_eq(a->named, flagged[_i].named);
    ck_assert_int_eq(a->named_code, flagged[_i].named_code);
    assert_seconds(a->detect_s, flagged[_i].detect_s);
    assert_seconds(a->named_s, flagged[_i].named_s);
    ck_assert_str_eq(a->first_flag, flagged[_i].first);
}
END_TEST

START_TEST (fault_of_the_map) {
    inject_text("faults: [{fault: gone, source: map, share: 0.5}]\n");
    raise_flag(3, MAP, FAULT_MAP_MISMATCH);
    alarms_judge(record, faults, a);
    ck_assert_int_eq(a->named, 1);
    ck_assert_int_eq(a->named_code, -1); /* it expects none */
    ck_assert_double_eq_tol(a->detect_s, 3, 1e-6);
    ck_assert(isnan(a->fault_to_s));
    ck_assert_int_eq(a->false_alarms, 0);
}
END_TEST

START_TEST (names_of_false_alarms) {
    raise_flag(3, GNSS, FAULT_JUMP);
    raise_flag(4, SYSTEM, FAULT_DIVERGED);
    alarms_judge(record, NULL, a);
    ck_assert_str_eq(a->false_alarm_names, "gnss/roof JUMP, system DIVERGED");
    for (int i = 0; i < RECORD_MAX_EVENTS + 10; i++)
        raise_flag(5, RADAR, FAULT_BIASED);
    alarms_judge(record, NULL, a);
    ck_assert_int_eq(a->false_alarms, RECORD_MAX_EVENTS + 12); /* counted, though there is no room for all */
    ck_assert_uint_lt(strlen(a->false_alarm_names), sizeof a->false_alarm_names);
}
END_TEST

static frame frame_at(double s, uint16_t source, frame_kind kind, uint32_t sequence, double delay_s)
{
    frame f = {.stamp_ns = SIM_BEGIN_NS + (int64_t)(1e9 * s),
               .received_ns = SIM_BEGIN_NS + (int64_t)(1e9 * (s + delay_s)),
               .sequence = sequence,
               .source = source,
               .kind = (uint8_t)kind};
    return f;
}

/* A radar that is silent from 10 to 13 s, loses a frame at 14 s, and is late at 15 s: what is received until
 * then, or after. */
static void speak(double until_s, bool after)
{
    uint32_t n = 0;
    for (int i = 0; i < 300; i++) {
        double s = 0.1 * i, delay_s = i == 150 ? 0.7 : 0.05;
        if (s > 10 && s < 13)
            continue;
        n += i == 140;
        frame f = frame_at(s, RADAR, FRAME_RADAR, n++, delay_s);
        if ((s + delay_s > until_s) == after)
            run_record_frame(record, &f);
    }
}

static const struct {
    double s;
    uint16_t source;
    fault_code code;
    bool is_alarm;
} statements[] = {
    {10.6, RADAR, FAULT_STALE, false},
    {5, RADAR, FAULT_STALE, true},
    {10.6, GNSS, FAULT_STALE, false},
    {31, RADAR, FAULT_STALE, false}, /* after its last frame */
    {14.1, RADAR, FAULT_SEQUENCE_GAP, false},
    {5, RADAR, FAULT_SEQUENCE_GAP, true},
    {15.71, RADAR, FAULT_LATE, false},
    {5, RADAR, FAULT_LATE, true},
    {5, GNSS, FAULT_NO_FIX, true},
    {5, GNSS, FAULT_MULTIPATH, true},
    {5, CAMERA, FAULT_GLARE, true},
    {5, SYSTEM, FAULT_ALERT, false},
    {5, SYSTEM, FAULT_DEAD_RECKONING, false},
    {5, SYSTEM, FAULT_DIVERGED, true},
};

/* A flag is no alarm when the frames show what it says; without a word of the surroundings nothing excuses.
 */
START_TEST (true_statements) {
    speak(statements[_i].s, false);
    raise_flag(statements[_i].s, statements[_i].source, statements[_i].code);
    speak(statements[_i].s, true);
    alarms_judge(record, NULL, a);
    ck_assert_int_eq(a->false_alarms, statements[_i].is_alarm);
}
END_TEST

START_TEST (without_fix) {
    for (int i = 0; i < 100; i++) {
        frame f = frame_at(0.1 * i, GNSS, FRAME_GNSS, (uint32_t)i, 0.1);
        f.u.gnss.fix = i >= 30 && i < 50 ? GNSS_FIX_NONE : GNSS_FIX_3D;
        run_record_frame(record, &f);
    }
    raise_flag(3.6, GNSS, FAULT_NO_FIX);
    alarms_judge(record, NULL, a);
    ck_assert_int_eq(a->false_alarms, 0);
    raise_flag(2.5, GNSS, FAULT_NO_FIX);
    raise_flag(9, GNSS, FAULT_NO_FIX);
    alarms_judge(record, NULL, a);
    ck_assert_int_eq(a->false_alarms, 2);
}
END_TEST

START_TEST (consistency) {
    const fusion_sinks sinks = run_record_sinks(record);
    const verdict v = {
        .source = GNSS, .quantity = QUANTITY_POSITION, .decision = DECISION_FUSED, .dim = 3, .nis = 6};
    verdict w = v;
    sinks.verdict(sinks.context, &w);
    w.nis = 3, w.decision = DECISION_REJECTED, w.reason = REASON_INNOVATION;
    sinks.verdict(sinks.context, &w);
    w.reason = REASON_FLAGGED; /* these do not count: */
    sinks.verdict(sinks.context, &w);
    w = v, w.nis = NAN;
    sinks.verdict(sinks.context, &w);
    w = v, w.quantity = QUANTITY_NON_HOLONOMIC;
    sinks.verdict(sinks.context, &w);
    w = v, w.dim = 0;
    sinks.verdict(sinks.context, &w);
    drive(nowhere);
    ck_assert(judge_run(record, NULL, a));
    ck_assert_double_eq(a->nis_gnss, 1.5);
    ck_assert(isnan(a->nis_radar));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("judge");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, accuracy);
    tcase_add_loop_test(cases, recovery, 0, sizeof recoveries / sizeof *recoveries);
    tcase_add_test(cases, never_initialised);
    tcase_add_loop_test(cases, flags, 0, sizeof flagged / sizeof *flagged);
    tcase_add_test(cases, fault_of_the_map);
    tcase_add_test(cases, names_of_false_alarms);
    tcase_add_loop_test(cases, true_statements, 0, sizeof statements / sizeof *statements);
    tcase_add_test(cases, without_fix);
    tcase_add_test(cases, consistency);
    return run_cases("judge", cases);
}
