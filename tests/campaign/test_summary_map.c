/* What is made of the rows of drives on a map: figures, and aims. */
#include "campaign/aim.h"
#include "made_rows.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

enum { MOST = 16 };

static result_row rows[MOST];
static results r;
static campaign_summary s;
static aim aims[AIM_COUNT];

static void setup(void)
{
    memset(&s, 0, sizeof s);
    r = (results){.name = "x", .plan_path = "x.yaml", .version = "1", .rows = rows};
}

static void teardown(void)
{
    summary_finish(&s);
}

/* A good drive on a map. */
static result_row *add(const char *road, const char *fault)
{
    result_row *row = &rows[r.count];
    *row = made_row((int64_t)r.count++, "town", "map", fault);
    row->road = road;
    row->map_samples = 100;
    row->map_along_histogram = "-7:100"; /* 0.200 to 0.251 m */
    row->map_cross_histogram = "-12:100";
    row->map_heading_histogram = "-10:100";
    row->map_coverage95 = 0.95;
    row->lane_poses = 1000;
    row->lane_sure = 900;
    row->lane_wrong = 0;
    row->lane_right_s = 5;
    row->lane_changes = 2;
    row->lane_changes_followed = 2;
    row->pairings = 20000;
    row->pairings_wrong = 0;
    row->returns = 20000;
    row->returns_wrong = 0;
    row->returns_beside = 7;
    row->elements_wrong = row->elements_missed = row->elements_missed_right = 0;
    return row;
}

static size_t work_out(void)
{
    error e = {""};
    ck_assert_msg(summary_make(&s, &r, &e), "%s", e.text);
    return aims_judge(&s, aims);
}

static const aim *find(const char *what)
{
    for (size_t i = 0; i < AIM_COUNT; i++) {
        if (strstr(aims[i].what, what))
            return &aims[i];
    }
    ck_abort_msg("no aim %s", what);
    return NULL;
}

START_TEST (without_a_map) {
    rows[r.count++] = made_row(0, "town", "all", "");
    ck_assert_uint_eq(work_out(), AIM_COUNT - AIM_MAP_COUNT);
    const map_figures *f = &summary_total(&s, false)->f.map;
    ck_assert(f->runs == 0 && f->lane_wrong == -1 && f->pairings == -1 && f->elements_missed == -1);
    ck_assert(isnan(f->cross_m.p95.value) && isnan(f->lane_sure.value) && !summary_has_map(&s));
    ck_assert_uint_eq(s.unreadable, 0);
}
END_TEST

START_TEST (sums_and_shares) {
    add("local", ""), add("local", "");
    rows[r.count++] = made_row(2, "town", "plain", ""); /* without a map */
    rows[1].lane_sure = 300;
    rows[1].lane_right_s = NAN;
    rows[1].pairings_wrong = 3;
    rows[0].returns_wrong = 2;
    work_out();
    const map_figures *f = &summary_total(&s, false)->f.map;
    ck_assert_uint_eq(f->runs, 2);
    ck_assert_double_eq_tol(f->lane_sure.value, 0.6, 1e-12);
    ck_assert_uint_eq(f->lane_never_runs, 1);
    ck_assert_double_eq_tol(f->lane_right_s.p50.value, 5, 1e-12);
    ck_assert(f->lane_sure_poses == 1200 && f->lane_changes == 4 && f->lane_changes_followed == 4);
    ck_assert(f->pairings == 40000 && f->pairings_wrong == 3 && f->pairings_wrong_runs == 1);
    ck_assert(f->returns == 40000 && f->returns_wrong == 2 && f->returns_wrong_runs == 1 &&
              f->returns_beside == 14);
    ck_assert_double_eq_tol(f->cross_m.p95.value, pow(10, -1.105), 1e-6);
}
END_TEST

START_TEST (good_drives) {
    add("local", ""), add("local", ""), add("freeway", ""), add("freeway", "");
    result_row *faulted = add("local", "map_gone");
    faulted->elements_wrong = 5;
    faulted->elements_missed = faulted->elements_missed_right = 1;
    ck_assert_uint_eq(work_out(), AIM_COUNT);
    for (size_t i = AIM_COUNT - AIM_MAP_COUNT; i < AIM_COUNT; i++)
        ck_assert_msg(aims[i].verdict == AIM_MET, "%s: %s", aims[i].what, aims[i].measured);
}
END_TEST

/* Each is missed by one thing that is wrong with it. */
static void across(result_row *clean, result_row *faulted)
{
    (void)faulted;
    clean->map_cross_histogram = "-9:100"; /* 0.126 to 0.158 m */
}

static void wrong_lane(result_row *clean, result_row *faulted)
{
    (void)clean;
    faulted->lane_wrong = 1;
}

static void mistaken(result_row *clean, result_row *faulted)
{
    (void)faulted;
    clean->pairings_wrong = 5; /* of 40,000 with the other one */
}

static void mistaken_return(result_row *clean, result_row *faulted)
{
    (void)clean;
    faulted->returns_wrong = 5;
}

static void too_sure(result_row *clean, result_row *faulted)
{
    (void)faulted;
    clean->map_coverage95 = 0.92;
}

static void not_named(result_row *clean, result_row *faulted)
{
    (void)clean;
    faulted->elements_missed_right = 0; /* another was */
}

static const struct {
    const char *aim;
    void (*spoil)(result_row *clean, result_row *faulted);
} spoilt[] = {{"local roads, on a map: across", across},
              {"sure of a wrong lane", wrong_lane},
              {"detections used as another element", mistaken},
              {"returns of radars used as another element", mistaken_return},
              {"on a map: coverage", too_sure},
              {"one of them named", not_named}};

START_TEST (drives_that_fall_short) {
    result_row *clean = add("local", ""), *faulted = add("local", "map_gone");
    faulted->elements_wrong = 5;
    faulted->elements_missed = faulted->elements_missed_right = 1;
    spoilt[_i].spoil(clean, faulted);
    work_out();
    for (size_t i = 0; i < sizeof spoilt / sizeof *spoilt; i++) {
        const aim *a = find(spoilt[i].aim);
        ck_assert_msg(a->verdict == (i == (size_t)_i ? AIM_MISSED : AIM_MET), "%s: %s", a->what, a->measured);
    }
    ck_assert_int_eq(find("freeways, on a map: across")->verdict, AIM_UNKNOWN);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("all");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, without_a_map);
    tcase_add_test(c, sums_and_shares);
    tcase_add_test(c, good_drives);
    tcase_add_loop_test(c, drives_that_fall_short, 0, sizeof spoilt / sizeof *spoilt);
    return run_cases("summary map", c);
}
