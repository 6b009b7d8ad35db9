/*
 * What an explanation remembers, and what it makes of that.
 */
#include "daemon/explain/explain.h"
#include "daemon/explain/explain_cells.h"
#include "daemon/explain/explain_run.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int64_t second = INT64_C(1000000000);

static explanation *x;
static settings *config;

static void setup(void)
{
    x = calloc(1, sizeof *x);
    config = calloc(1, sizeof *config);
    ck_assert(x && config);
    settings_default(config);
    ck_assert(settings_add_source(config, "gnss/roof") && settings_add_source(config, "wheel/can") &&
              settings_add_source(config, "imu/body"));
    explain_log_init(&x->log, 100 * second, 20);
    x->runs[0].result.settings = config;
}

static void teardown(void)
{
    explain_log_finish(&x->log);
    free(x);
    free(config);
}

/* As the core does: the look, then the flag, where it moves. */
static void look(double at_s, uint16_t source, fault_code code, bool holds, float evidence)
{
    const fault_event seen = {(int64_t)(at_s * 1e9), 0, source, (uint8_t)code, holds, evidence, 8};
    explain_log_look(&x->log, &seen);
}

static void flag(double at_s, uint16_t source, fault_code code, bool raised, float evidence)
{
    const fault_event event = {(int64_t)(at_s * 1e9), 0, source, (uint8_t)code, raised, evidence, 8};
    explain_log_fault(&x->log, &event);
}

START_TEST (a_flag_from_its_first_sign_to_its_last) {
    look(98, 0, FAULT_JUMP, true, 30); /* a sign that came to nothing */
    look(99, 0, FAULT_JUMP, false, 1);
    look(100, 0, FAULT_JUMP, true, 9);
    look(101, 0, FAULT_JUMP, true, 12);
    flag(101, 0, FAULT_JUMP, true, 12);
    look(102, 0, FAULT_JUMP, true, 11);
    look(103, 0, FAULT_JUMP, false, 1);
    look(104, 0, FAULT_JUMP, true, 10); /* not away for long enough to clear */
    look(105, 0, FAULT_JUMP, false, 1);
    look(106, 0, FAULT_JUMP, false, 2);
    flag(106, 0, FAULT_JUMP, false, 2);
    look(107, 0, FAULT_JUMP, true, 99); /* of the next */
    ck_assert_uint_eq(x->log.flag_count, 1);
    const explain_flag *f = &x->log.flags[0];
    ck_assert_int_eq(f->begin_ns, 100 * second);
    ck_assert_int_eq(f->rise_ns, 101 * second);
    ck_assert_int_eq(f->gone_ns, 105 * second);
    ck_assert_int_eq(f->clear_ns, 106 * second);
    ck_assert_float_eq(f->evidence, 12);
    ck_assert_float_eq(f->worst, 12);
    ck_assert_int_eq(f->worst_ns, 101 * second);
}
END_TEST

START_TEST (the_furthest_evidence_may_lie_below_its_limit) {
    look(100, 1, FAULT_FEW_STATIC, true, 7);
    flag(100, 1, FAULT_FEW_STATIC, true, 7);
    look(101, 1, FAULT_FEW_STATIC, true, 1);
    look(102, 1, FAULT_FEW_STATIC, true, NAN);
    ck_assert_float_eq(x->log.flags[0].worst, 1);
    ck_assert_int_eq(x->log.flags[0].gone_ns, INT64_MAX);
    ck_assert_int_eq(x->log.flags[0].clear_ns, INT64_MAX);
}
END_TEST

/* The same order as the list of a replay, so that numbers mean the same. */
START_TEST (flags_are_numbered_as_in_a_replay) {
    static const struct {
        double at_s;
        uint16_t source;
        fault_code code;
    } given[] = {{5, FAULT_SOURCE_SYSTEM, FAULT_ALERT},
                 {3, 1, FAULT_STALE},
                 {3, 0, FAULT_STALE},
                 {3, 0, FAULT_LATE},
                 {4, FAULT_SOURCE_MAP, FAULT_MAP_MISMATCH}};
    fault_log list;
    fault_log_init(&list);
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        const fault_event event = {.stamp_ns = (int64_t)(given[i].at_s * 1e9),
                                   .source = given[i].source,
                                   .code = (uint8_t)given[i].code,
                                   .raised = true};
        fault_log_add(&list, &event);
        explain_log_fault(&x->log, &event);
    }
    fault_log_sort(&list);
    explain_log_sort(&x->log);
    ck_assert_uint_eq(x->log.flag_count, list.count);
    for (size_t i = 0; i < list.count; i++) {
        ck_assert_int_eq(x->log.flags[i].rise_ns, list.spans[i].from_ns);
        ck_assert_uint_eq(x->log.flags[i].source, list.spans[i].source);
        ck_assert_uint_eq(x->log.flags[i].code, list.spans[i].code);
    }
    fault_log_finish(&list);
}
END_TEST

static void say(double at_s, uint16_t source, verdict_quantity quantity, float off)
{
    const verdict v = {.stamp_ns = (int64_t)(at_s * 1e9),
                       .source = source,
                       .quantity = (uint8_t)quantity,
                       .decision = DECISION_REJECTED,
                       .dim = 2,
                       .innovation = {0, off}};
    explain_log_verdict(&x->log, &v);
}

static void monitor_sees(double at_s)
{
    const int64_t now_ns = (int64_t)(at_s * 1e9);
    fusion_status status = {.stamp_ns = now_ns, .looked_ns = now_ns, .hypothesis_count = 3};
    for (size_t i = 0; i < 3; i++) {
        fusion_hypothesis *of = &status.hypotheses[i];
        *of = (fusion_hypothesis){
            .sources = UINT32_C(1) << i, .live = true, .doubt = i == 0 ? 1 : 30 + (float)i};
        for (int k = 0; k < EXPLAIN_DIRECTIONS; k++)
            of->threshold[k] = 5;
        of->separation[EXPLAIN_CROSS] = i == 0 ? -7.5f : 1;
        of->separation[EXPLAIN_VERTICAL] = 100; /* does not count */
    }
    explain_log_status(&x->log, &status);
}

START_TEST (an_exclusion_and_what_was_said_meanwhile) {
    say(109, 0, QUANTITY_POSITION, 3);
    monitor_sees(110);
    look(110, 0, FAULT_EXCLUDED, true, 6);
    flag(110, 0, FAULT_EXCLUDED, true, 6);
    look(110, 2, FAULT_EXCLUDED, true, 6);
    flag(110, 2, FAULT_EXCLUDED, true, 6);
    say(111, 1, QUANTITY_SPEED, 50);
    say(111, 0, QUANTITY_POSITION, 4);
    say(112, 0, QUANTITY_VELOCITY, 70);
    say(113, 0, QUANTITY_POSITION, 20);
    say(114, 0, QUANTITY_POSITION, 10);
    look(115, 0, FAULT_EXCLUDED, false, NAN); /* it is back; the flag stays for a while */
    say(116, 0, QUANTITY_POSITION, 90);
    flag(120, 0, FAULT_EXCLUDED, false, NAN);
    ck_assert_uint_eq(x->log.exclusion_count, 1);
    const explain_exclusion *e = &x->log.exclusions[0];
    ck_assert_uint_eq(e->sources, 5);
    ck_assert_float_eq(e->after[0].innovation[1], 4);
    ck_assert_float_eq(e->furthest[0].innovation[1], 20);
    ck_assert_uint_eq(e->after[1].dim, 0);
    ck_assert_int_eq(explain_exclusion_end(x, e), 115 * second);
}
END_TEST

START_TEST (what_the_monitor_saw) {
    monitor_sees(110);
    flag(110, 0, FAULT_EXCLUDED, true, 6);
    const explain_exclusion *e = &x->log.exclusions[0];
    const fusion_hypothesis *of = explain_exclusion_hypothesis(e);
    ck_assert(of && of->sources == 1);
    ck_assert_double_eq_tol(explain_separation(of, 6), 9, 1e-6);
    ck_assert_double_eq_tol(explain_exclusion_doubt(e), 32, 1e-6);
    fusion_hypothesis dead = *of;
    dead.live = false;
    ck_assert(isnan(explain_separation(&dead, 6)));
}
END_TEST

START_TEST (a_hypothesis_of_exactly_these_sources_comes_first) {
    explain_exclusion e = {.sources = 1, .status = {.hypothesis_count = 2}};
    e.status.hypotheses[0] = (fusion_hypothesis){.sources = 3, .live = true};
    e.status.hypotheses[1] = (fusion_hypothesis){.sources = 1, .live = true};
    ck_assert_uint_eq(explain_exclusion_hypothesis(&e)->sources, 1);
    e.status.hypotheses[1].live = false;
    ck_assert_uint_eq(explain_exclusion_hypothesis(&e)->sources, 3);
    e.sources = 4;
    ck_assert_ptr_null(explain_exclusion_hypothesis(&e));
}
END_TEST

START_TEST (the_jump_is_that_of_the_reset) {
    fusion_pose poses[] = {{.stamp_ns = 1 * second, .resets = 4, .reset_m = 9},
                           {.stamp_ns = 2 * second, .resets = 4, .reset_m = 9},
                           {.stamp_ns = 3 * second, .resets = 5, .reset_m = 1.5f}};
    explain_exclusion e = {.stamp_ns = 2 * second};
    uint32_t resets = 0;
    x->runs[0].result.poses = poses;
    x->runs[0].result.pose_count = 3;
    ck_assert_double_eq_tol(explain_exclusion_jump(x, &e, &resets), 1.5, 1e-6);
    ck_assert_uint_eq(resets, 5);
    x->runs[0].result.pose_count = 2; /* the drive ended first */
    ck_assert(isnan(explain_exclusion_jump(x, &e, &resets)));
}
END_TEST

/* What is kept whole is about the moment; what was said last is what was said before it. */
START_TEST (the_moment) {
    const double times_s[] = {50, 80, 99, 101, 120, 130};
    for (size_t i = 0; i < sizeof times_s / sizeof *times_s; i++) {
        frame f = {.stamp_ns = (int64_t)(times_s[i] * 1e9), .kind = FRAME_WHEEL, .source = 1};
        explain_log_frame(&x->log, &f);
        say(times_s[i], 1, QUANTITY_SPEED, (float)times_s[i]);
        look(times_s[i], 1, FAULT_SLIP, false, 1);
        monitor_sees(times_s[i]);
    }
    ck_assert_uint_eq(x->log.drive.frame_count, 4);
    ck_assert_uint_eq(x->log.drive.verdict_count, 4);
    ck_assert_uint_eq(x->log.drive.status_count, 4);
    ck_assert_uint_eq(x->log.look_count, 4);
    ck_assert_int_eq(x->log.voices[1].stamp_ns, 99 * second);
    ck_assert_float_eq(x->log.voices[1].last[QUANTITY_SPEED].innovation[1], 99);
    ck_assert(!x->log.voices[1].judged[QUANTITY_POSITION]);
    ck_assert_int_eq(explain_log_status_at(&x->log, 100 * second)->stamp_ns, 99 * second);
    ck_assert_ptr_null(explain_log_status_at(&x->log, 79 * second));
}
END_TEST

START_TEST (names) {
    char out[64], small[12];
    explain_name_sources(config, 1, out, sizeof out);
    ck_assert_str_eq(out, "gnss/roof");
    explain_name_sources(config, 5, out, sizeof out);
    ck_assert_str_eq(out, "gnss/roof and imu/body");
    explain_name_sources(config, 7, out, sizeof out);
    ck_assert_str_eq(out, "gnss/roof, wheel/can and imu/body");
    explain_name_sources(config, 7, small, sizeof small);
    ck_assert_uint_lt(strlen(small), sizeof small);
}
END_TEST

START_TEST (why_a_pose_is_not_usable) {
    char why[256];
    explain_why_unusable(x, why, sizeof why);
    ck_assert_str_eq(why, "there is no pose yet");
    x->posed = true;
    x->pose.mode = MODE_LOST;
    explain_why_unusable(x, why, sizeof why);
    ck_assert_str_eq(why, "the mode is LOST");
    x->pose.mode = MODE_NOMINAL;
    for (int i = 0; i < EXPLAIN_DIRECTIONS; i++)
        x->bounds[i] = (explain_bound){.level = 0.2, .alert = 0.3};
    x->bounds[EXPLAIN_CROSS].level = 0.5;
    x->bounds[EXPLAIN_HEADING].level = NAN; /* not known is not below */
    explain_why_unusable(x, why, sizeof why);
    ck_assert_ptr_nonnull(strstr(why, "across 0.50 m, limit 0.30"));
    ck_assert_ptr_nonnull(strstr(why, "heading"));
    ck_assert_ptr_null(strstr(why, "along"));
    x->pose.usable = true;
    explain_why_unusable(x, why, sizeof why);
    ck_assert_str_eq(why, "");
}
END_TEST

/* ---- time in cells */

static void say_so(double at_s, uint16_t source, verdict_decision decision)
{
    const frame f = {.stamp_ns = (int64_t)(at_s * 1e9), .source = source};
    const verdict v = {.stamp_ns = f.stamp_ns,
                       .source = source,
                       .quantity = QUANTITY_POSITION,
                       .decision = (uint8_t)decision};
    explain_log_frame(&x->log, &f);
    explain_log_verdict(&x->log, &v);
}

/* What a source says stands until it speaks again; what was both used and refused is both. */
START_TEST (cells_of_a_source) {
    unsigned char cells[40];
    explain_cells c = {80, 120, 40, cells};
    fusion_status status = {.source_count = 1};
    status.sources[0].rate_hz = 0.8f; /* every 1.25 s: a word stands for a second */
    x->status = &status;
    say_so(81.5, 0, DECISION_FUSED);
    say_so(85.5, 0, DECISION_REJECTED);
    say_so(90.5, 0, DECISION_REJECTED);
    say_so(90.6, 0, DECISION_FUSED);
    say_so(95.5, 0, DECISION_IGNORED);
    say_so(119.9, 0, DECISION_FUSED); /* up to the end and no further */
    explain_cells_of_source(x, 0, &c);
    ck_assert_uint_eq(cells[0], 0);
    ck_assert_uint_eq(cells[1], CELL_CAME | CELL_USED);
    ck_assert_uint_eq(cells[2], CELL_CAME | CELL_USED);
    ck_assert_uint_eq(cells[3], 0);
    ck_assert_uint_eq(cells[5], CELL_CAME | CELL_REFUSED);
    ck_assert_uint_eq(cells[10], CELL_CAME | CELL_REFUSED | CELL_USED);
    ck_assert_uint_eq(cells[15], CELL_CAME);
    ck_assert_uint_eq(cells[39], CELL_CAME | CELL_USED);
    explain_cells_of_source(x, 1, &c);
    for (size_t i = 0; i < 40; i++)
        ck_assert_uint_eq(cells[i], 0);
}
END_TEST

/* An IMU gets no verdicts: its count says that it was used. */
START_TEST (cells_of_an_input) {
    unsigned char cells[40];
    explain_cells c = {80, 120, 40, cells};
    for (int i = 0; i < 40; i++) {
        fusion_status status = {.stamp_ns = (80 + i) * second, .looked_ns = INT64_MIN};
        status.sources[2].used = (uint64_t)(i < 20 ? i : 20);
        explain_log_status(&x->log, &status);
    }
    explain_cells_of_source(x, 2, &c);
    ck_assert_uint_eq(cells[10], CELL_USED);
    ck_assert_uint_eq(cells[19], CELL_USED);
    ck_assert_uint_eq(cells[20], 0);
}
END_TEST

START_TEST (cells_of_a_flag) {
    unsigned char cells[40];
    explain_cells c = {80, 120, 40, cells};
    explain_flag f = {
        90 * second, 92 * second, 95 * second + 1, 98 * second + 1, 0, FAULT_JUMP, 0, 0, 0, 0, 0, 0, 0};
    explain_cells_of_flag(x, &f, &c);
    ck_assert_uint_eq(cells[9], 0);
    ck_assert_uint_eq(cells[10], CELL_HELD);
    ck_assert_uint_eq(cells[12], CELL_HELD | CELL_UP);
    ck_assert_uint_eq(cells[97 - 80], CELL_UP);
    ck_assert_uint_eq(cells[99 - 80], 0);
    f.begin_ns = f.rise_ns = 3 * second; /* long before, and up to the end */
    f.gone_ns = f.clear_ns = INT64_MAX;
    explain_cells_of_flag(x, &f, &c);
    ck_assert_uint_eq(cells[0], CELL_HELD | CELL_UP);
    ck_assert_uint_eq(cells[39], CELL_HELD | CELL_UP);
}
END_TEST

/* What keeps a source out by itself, and what follows from the monitor's doing. */
START_TEST (flags_that_exclude) {
    flag(101, 0, FAULT_SPOOFED, true, 1);
    flag(105, 1, FAULT_FROZEN, true, 1);
    flag(105, 1, FAULT_SLIP, true, 1);
    flag(105, 0, FAULT_EXCLUDED, true, 1);
    flag(106, 0, FAULT_FROZEN, true, 1);
    flag(121, 2, FAULT_FROZEN, true, 1); /* not about the moment */
    const bool excludes[] = {true, true, false, false, false, false};
    ck_assert_uint_eq(x->log.flag_count, sizeof excludes / sizeof *excludes);
    for (size_t i = 0; i < x->log.flag_count; i++)
        ck_assert_msg(explain_flag_excludes(x, &x->log.flags[i]) == excludes[i], "flag %zu", i);
}
END_TEST

/* Of its own source, and while it is up. */
START_TEST (the_effect_of_a_flag) {
    say_so(99, 0, DECISION_REJECTED);
    flag(100, 0, FAULT_JUMP, true, 9);
    flag(100, 1, FAULT_SLIP, true, 9);
    say_so(101, 0, DECISION_REJECTED);
    say_so(102, 0, DECISION_FUSED);
    say_so(103, 0, DECISION_DOWN_WEIGHTED);
    say_so(104, 0, DECISION_IGNORED);
    flag(105, 0, FAULT_JUMP, false, 1);
    say_so(106, 0, DECISION_FUSED);
    ck_assert_uint_eq(x->log.flags[0].fused, 2);
    ck_assert_uint_eq(x->log.flags[0].refused, 1);
    ck_assert_uint_eq(x->log.flags[1].fused + x->log.flags[1].refused, 0);
}
END_TEST

/* ---- what a replay amounts to */

static error_sample off_by(double at_s, double along_m, double level_m)
{
    error_sample e = {.stamp_ns = (int64_t)(at_s * 1e9), .enu_m = {along_m, 0, 0}, .along_m = along_m};
    for (int i = 0; i < POSE_PROTECTIONS; i++)
        e.protection[i] = level_m;
    return e;
}

START_TEST (errors_over_the_story) {
    error_sample samples[] = {off_by(95, 90, 1),   off_by(99, 3, 10),   off_by(100, -4, 10),
                              off_by(101, 12, 10), off_by(102, 11, 10), off_by(103, 1, NAN),
                              off_by(200, 90, 1)};
    fusion_pose poses[] = {{.stamp_ns = 99 * second, .usable = true, .protection_horizontal_m = 8},
                           {.stamp_ns = 101 * second, .protection_horizontal_m = 9},
                           {.stamp_ns = 150 * second, .usable = true, .protection_horizontal_m = 99}};
    explain_run *run = &x->runs[1];
    x->at_ns = 100 * second;
    x->from_ns = 98 * second;
    x->to_ns = 110 * second;
    run->samples = samples;
    run->sample_count = sizeof samples / sizeof *samples;
    run->result.poses = poses;
    run->result.pose_count = 3;
    explain_run_judge(x, run);
    ck_assert_double_eq_tol(run->error_at_m, 4, 1e-9);
    ck_assert_double_eq_tol(run->error_max_m, 12, 1e-9);
    ck_assert_double_eq_tol(run->error_max_s, 101, 1e-9);
    ck_assert_double_eq_tol(run->error_rms_m, sqrt((9 + 16 + 144 + 121 + 1) / 5.0), 1e-9);
    ck_assert_double_eq_tol(run->worst_ratio, 1.2, 1e-9);
    ck_assert_double_eq_tol(run->outside_s, 2, 1e-9);
    ck_assert_double_eq_tol(run->level_at_m, 8, 1e-6);
    ck_assert_double_eq_tol(run->level_max_m, 9, 1e-6);
    ck_assert_double_eq_tol(run->usable_share, 0.5, 1e-9);
    run->sample_count = 0; /* no truth in the story: nothing is known, and nothing is good */
    explain_run_judge(x, run);
    ck_assert(isnan(run->error_max_m) && isnan(run->worst_ratio) && isnan(run->outside_s));
}
END_TEST

static fusion_pose standing_at(int64_t at_s, double x_m, fusion_mode mode)
{
    return (fusion_pose){
        .stamp_ns = at_s * second, .position_ecef_m = {6378137 + 1, x_m, 0}, .mode = (uint8_t)mode};
}

/* Poses of one time are compared, where both are claimed; the height does not count. */
START_TEST (tracks_apart) {
    fusion_pose was[] = {standing_at(99, 0, MODE_NOMINAL), standing_at(100, 0, MODE_NOMINAL),
                         standing_at(101, 0, MODE_LOST), standing_at(102, 0, MODE_NOMINAL)};
    fusion_pose is[] = {standing_at(98, 50, MODE_NOMINAL), standing_at(100, 3, MODE_DEGRADED),
                        standing_at(101, 70, MODE_NOMINAL), standing_at(102, 7, MODE_DEAD_RECKONING)};
    explain_run *run = &x->runs[1];
    is[1].position_ecef_m[0] += 40; /* up, on the equator */
    x->at_ns = x->from_ns = 100 * second;
    x->to_ns = 110 * second;
    x->runs[0].result.poses = was;
    x->runs[0].result.pose_count = 4;
    run->result.poses = is;
    run->result.pose_count = 4;
    run->apart_at_m = run->apart_max_m = NAN;
    ck_assert(explain_run_compare(x, run));
    ck_assert_uint_eq(run->apart_count, 2);
    ck_assert_double_eq_tol(run->apart_at_m, 3, 1e-6);
    ck_assert_double_eq_tol(run->apart_max_m, 7, 1e-6);
    free(run->apart);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("explain");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_flag_from_its_first_sign_to_its_last);
    tcase_add_test(t, the_furthest_evidence_may_lie_below_its_limit);
    tcase_add_test(t, flags_are_numbered_as_in_a_replay);
    tcase_add_test(t, an_exclusion_and_what_was_said_meanwhile);
    tcase_add_test(t, what_the_monitor_saw);
    tcase_add_test(t, a_hypothesis_of_exactly_these_sources_comes_first);
    tcase_add_test(t, the_jump_is_that_of_the_reset);
    tcase_add_test(t, the_moment);
    tcase_add_test(t, names);
    tcase_add_test(t, why_a_pose_is_not_usable);
    tcase_add_test(t, cells_of_a_source);
    tcase_add_test(t, cells_of_an_input);
    tcase_add_test(t, cells_of_a_flag);
    tcase_add_test(t, flags_that_exclude);
    tcase_add_test(t, the_effect_of_a_flag);
    tcase_add_test(t, errors_over_the_story);
    tcase_add_test(t, tracks_apart);
    return run_cases("explain", t);
}
