/*
 * What is made of a campaign's rows: which run counts in which figure, groups, failing runs, aims.
 */
#include "campaign/aim.h"
#include "campaign/summary.h"
#include "made_rows.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

typedef struct {
    result_row rows[MOST];
    results r;
    campaign_summary s;
} made;

static void add(made *m, result_row row)
{
    ck_assert_uint_lt(m->r.count, MOST);
    m->rows[m->r.count++] = row;
}

static made *made_begin(void)
{
    made *m = calloc(1, sizeof *m);
    ck_assert_ptr_nonnull(m);
    m->r = (results){.name = "x", .plan_path = "a plan/it's.yaml", .version = "1", .rows = m->rows};
    return m;
}

static void work_out(made *m)
{
    error e = {""};
    ck_assert_msg(summary_make(&m->s, &m->r, &e), "%s", e.text);
}

static void made_end(made *m)
{
    summary_finish(&m->s);
    free(m);
}

static const summary_group *find(const made *m, summary_by by, bool faulted, const char *name)
{
    for (size_t i = 0; i < m->s.group_count; i++) {
        const summary_group *g = &m->s.groups[i];
        const char *own = by == BY_SCENARIO  ? g->scenario
                          : by == BY_SENSORS ? g->sensors
                          : by == BY_FAULT   ? g->fault
                          : by == BY_ROAD    ? g->road
                                             : "";
        if (g->by == by && g->faulted == faulted && strcmp(own, name) == 0)
            return g;
    }
    return NULL;
}

START_TEST (faults_are_apart) {
    made *m = made_begin();
    add(m, made_row(0, "town", "all", ""));
    add(m, made_row(1, "ring", "all", ""));
    add(m, made_row(2, "town", "no imu", ""));
    add(m, made_fault(3, "jump", true, true, 1));
    m->rows[3].false_alarms = 7;
    m->rows[3].coverage95 = 0.1;
    work_out(m);
    const summary_group *clean = summary_total(&m->s, false), *faulted = summary_total(&m->s, true);
    ck_assert_uint_eq(clean->f.runs, 3);
    ck_assert_double_eq_tol(clean->f.coverage95.value, 0.95, 1e-12);
    ck_assert_int_eq(clean->f.false_alarms, 0);
    ck_assert_double_eq_tol(clean->f.false_alarms_per_h.high, 0.99858, 1e-4); /* 2.9957 in 3 h */
    ck_assert_int_eq(faulted->f.false_alarms, 7);
    ck_assert_uint_eq(find(m, BY_SCENARIO, false, "town")->f.runs, 2);
    ck_assert_uint_eq(find(m, BY_SENSORS, false, "all")->f.runs, 2);
    ck_assert_uint_eq(find(m, BY_FAULT, true, "jump")->f.injected, 1);
    ck_assert_uint_eq(find(m, BY_ROAD, false, "local")->f.runs, 3);
    ck_assert_ptr_null(find(m, BY_FAULT, false, ""));
    made_end(m);
}
END_TEST

/* Along 0.1 to 0.126 m; the horizontal error is the grid's first bin, the bound its second. */
START_TEST (errors_come_from_histograms) {
    made *m = made_begin();
    add(m, made_row(0, "town", "all", ""));
    add(m, made_row(1, "town", "all", ""));
    work_out(m);
    const summary_figures *f = &summary_total(&m->s, false)->f;
    ck_assert_double_eq_tol(f->along_m.p50.value, pow(10, -0.95), 1e-6);
    ck_assert_double_eq_tol(f->cross_m.p95.value, pow(10, -1.905), 1e-6);
    ck_assert_double_eq_tol(f->horizontal_m.p95.value, pow(10, -0.9), 1e-6);
    ck_assert_double_eq_tol(f->along_m.p95.low, f->along_m.p95.high, 1e-9); /* both drives are alike */
    const summary_grids *g = &m->s.grids[ROAD_LOCAL];
    ck_assert(g->has_bound && !g->has_level && g->bound.cells[30][40] == 190 && g->bound.cells[39][30] == 10);
    ck_assert_uint_eq(m->s.unreadable, 0);
    made_end(m);
}
END_TEST

/* A run with twice the samples weighs twice as much. */
START_TEST (shares_are_of_samples) {
    made *m = made_begin();
    add(m, made_row(0, "town", "all", ""));
    add(m, made_row(1, "town", "all", ""));
    m->rows[1].samples = 200;
    m->rows[1].coverage95 = 0.65;
    work_out(m);
    ck_assert_double_eq_tol(summary_total(&m->s, false)->f.coverage95.value, 0.75, 1e-12);
    made_end(m);
}
END_TEST

START_TEST (what_cannot_be_judged_does_not_count) {
    made *m = made_begin();
    add(m, made_row(0, "town", "all", ""));
    add(m, made_row(1, "town", "all", ""));
    add(m, made_row(2, "town", "all", ""));
    m->rows[1].trouble = "gave up";
    m->rows[1].coverage95 = 0;
    m->rows[2].samples = -1;
    m->rows[2].false_alarms = 100;
    m->rows[0].along_histogram = "what?";
    work_out(m);
    const summary_figures *f = &summary_total(&m->s, false)->f;
    ck_assert_uint_eq(f->runs, 3);
    ck_assert_uint_eq(f->judged, 1);
    ck_assert_uint_eq(f->troubled, 1);
    ck_assert_double_eq_tol(f->coverage95.value, 0.95, 1e-12);
    ck_assert(isnan(f->coverage95.low)); /* one drive says nothing of others */
    ck_assert_int_eq(f->false_alarms, 0);
    ck_assert(isnan(f->along_m.p50.value));
    ck_assert_uint_eq(m->s.unreadable, 1);
    made_end(m);
}
END_TEST

START_TEST (named_is_of_detected) {
    made *m = made_begin();
    for (int i = 0; i < 10; i++)
        add(m, made_fault(i, "jump", i < 3 || i > 4, i < 3 || i > 6, 10 - i));
    m->rows[0].detected = -1; /* could not be told */
    m->rows[3].named = 1;     /* named without detected is nothing */
    work_out(m);
    const summary_figures *f = &find(m, BY_FAULT, true, "jump")->f;
    ck_assert_uint_eq(f->injected, 9);
    ck_assert_uint_eq(f->detected, 7);
    ck_assert_uint_eq(f->named, 5);
    ck_assert_double_eq_tol(f->named_share.value, 5.0 / 7, 1e-12);
    ck_assert_uint_eq(f->detect_count, 7);
    ck_assert(f->detect_sorted_s[0] == 1 && f->detect_sorted_s[6] == 9 && f->detect_s.p50.value == 4);
    made_end(m);
}
END_TEST

START_TEST (no_protection_levels_is_not_zero) {
    made *m = made_begin();
    add(m, made_row(0, "town", "all", ""));
    work_out(m);
    const summary_figures *f = &summary_total(&m->s, false)->f;
    ck_assert(f->hazardous == -1 && f->misleading == -1 && f->unsafe == -1 && f->epochs == -1);
    ck_assert(isnan(f->hazardous_run_share.value) && isnan(f->error_over_pl_max) &&
              isnan(f->available_fraction.value));
    ck_assert(!summary_has_levels(&m->s));
    aim aims[AIM_COUNT];
    aims_judge(&m->s, aims);
    ck_assert_int_eq(aims[4].verdict, AIM_UNKNOWN);
    made_end(m);
}
END_TEST

START_TEST (integrity) {
    made *m = made_begin();
    for (int i = 0; i < 3; i++) {
        result_row r = made_row(i, "town", "all", "");
        r.epochs = 100;
        r.misleading = i == 1 ? 20 : 0;
        r.hazardous = i == 1 ? 10 : 0;
        r.unsafe = 0;
        r.pl_along_p50_m = 1 + i;
        r.error_over_pl_max = 0.5 + i;
        r.available_fraction = 0.5;
        r.stanford_grid = "-3,5:90 6,5:10";
        add(m, r);
    }
    work_out(m);
    const summary_figures *f = &summary_total(&m->s, false)->f;
    ck_assert(f->epochs == 300 && f->misleading == 20 && f->hazardous == 10 && f->unsafe == 0 &&
              f->level_runs == 3);
    ck_assert(f->hazardous_runs == 1 && f->pl_along_m.p50.value == 2 && f->error_over_pl_max == 2.5);
    ck_assert_double_eq_tol(f->unsafe_run_share.high, 1 - pow(0.05, 1.0 / 3), 1e-12);
    ck_assert(m->s.grids[ROAD_LOCAL].level.cells[46][45] == 30);
    aim aims[AIM_COUNT];
    aims_judge(&m->s, aims);
    ck_assert_int_eq(aims[4].verdict, AIM_MISSED);
    made_end(m);
}
END_TEST

START_TEST (failing_runs) {
    made *m = made_begin();
    char text[600];
    for (int i = 0; i < 5; i++)
        add(m, made_row(i, "town", "all", i == 3 ? "jump" : ""));
    m->rows[0].coverage999 = 0.85; /* far off */
    m->rows[1].hazardous = 2;
    m->rows[1].epochs = 9;
    m->rows[2].trouble = "gave up after 60 s";
    m->rows[3].coverage999 = 0.1; /* with a fault that may be */
    m->rows[4].coverage999 = 0.95;
    work_out(m);
    ck_assert_uint_eq(m->s.failing_count, 3);
    ck_assert(m->s.failing[0].row->run == 2 && m->s.failing[1].row->run == 1 &&
              m->s.failing[2].row->run == 0);
    summary_command(&m->s, m->s.failing[0].row, text, sizeof text);
    ck_assert_str_eq(text, "posed campaign run 'a plan/it'\\''s.yaml' 2");
    summary_reason(&m->s.failing[0], text, sizeof text);
    ck_assert_str_eq(text, "gave up after 60 s");
    summary_reason(&m->s.failing[1], text, sizeof text);
    ck_assert_str_eq(text, "hazardous in 2 of 9 epochs");
    made_end(m);
}
END_TEST

START_TEST (aims_of_a_good_campaign) {
    made *m = made_begin();
    aim aims[AIM_COUNT];
    for (int i = 0; i < 30; i++) {
        add(m, made_row(i, "town", "all", ""));
        m->rows[i].nees = i % 2 ? 2.4 : 1.6;
    }
    for (int i = 30; i < 50; i++)
        add(m, made_fault(i, i % 2 ? "gnss_jump_50" : "gnss_drift_01", true, true, i % 2 ? 0.5 : 12));
    work_out(m);
    ck_assert_uint_eq(aims_judge(&m->s, aims), 9);
    const aim_verdict expected[9] = {AIM_MET,     AIM_MET, AIM_MET, AIM_MET,   AIM_UNKNOWN,
                                     AIM_UNKNOWN, AIM_MET, AIM_MET, AIM_MISSED};
    for (size_t i = 0; i < 9; i++)
        ck_assert_msg(aims[i].verdict == expected[i], "%s: %s", aims[i].what, aims[i].measured);
    made_end(m);
    m = made_begin(); /* right in all, and wrong in each */
    for (int i = 0; i < 4; i++) {
        add(m, made_row(i, i < 2 ? "town" : "ring", "all", ""));
        m->rows[i].coverage95 = i < 2 ? 0.985 : 0.895;
    }
    work_out(m);
    aims_judge(&m->s, aims);
    ck_assert(aims[0].verdict == AIM_MET && aims[1].verdict == AIM_MISSED);
    ck_assert_msg(strncmp(aims[1].measured, "0 of 2 inside", 13) == 0, "%s", aims[1].measured);
    made_end(m);
}
END_TEST

START_TEST (no_rows) {
    made *m = made_begin();
    aim aims[AIM_COUNT];
    work_out(m);
    ck_assert_uint_eq(m->s.group_count, 0);
    ck_assert_ptr_null(summary_total(&m->s, false));
    size_t count = aims_judge(&m->s, aims);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(aims[i].verdict, AIM_UNKNOWN);
    made_end(m);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("all");
    tcase_add_test(c, faults_are_apart);
    tcase_add_test(c, errors_come_from_histograms);
    tcase_add_test(c, shares_are_of_samples);
    tcase_add_test(c, what_cannot_be_judged_does_not_count);
    tcase_add_test(c, named_is_of_detected);
    tcase_add_test(c, no_protection_levels_is_not_zero);
    tcase_add_test(c, integrity);
    tcase_add_test(c, failing_runs);
    tcase_add_test(c, aims_of_a_good_campaign);
    tcase_add_test(c, no_rows);
    return run_cases("summary", c);
}
