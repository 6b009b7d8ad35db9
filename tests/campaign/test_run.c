/* One run: a function of its number, the same as a replay of its drive. */
#include "campaign/run.h"
#include "tests/campaign/plan_text.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static campaign_plan *plan;
static campaign_run *room;
static campaign_row *a, *b;

static void setup(void)
{
    plan = load_plan("scenarios: [../scenarios/town.yaml, ../scenarios/motorway.yaml]\n"
                     "sensors: {full: {}, no_imu: {without: [imu]}}\n"
                     "faults: [none, ../faults/gnss_jump_50.yaml, ../faults/clock_step.yaml,\n"
                     "         [../faults/gnss_off.yaml, ../faults/radar_off.yaml]]\n"
                     "seeds: 2\nduration_s: {least: 55, most: 65}\n");
    room = campaign_run_create();
    a = calloc(1, sizeof *a);
    b = calloc(1, sizeof *b);
    ck_assert(room && a && b);
}

static void teardown(void)
{
    campaign_plan_destroy(plan);
    campaign_run_destroy(room);
    free(a);
    free(b);
}

/* The first run with that fault. */
static uint64_t find_run(const char *fault)
{
    for (uint64_t run = 0; run < campaign_plan_size(plan); run++) {
        if (strcmp(campaign_plan_drive(plan, run).fault, fault) == 0)
            return run;
    }
    ck_abort_msg("no run with %s", fault);
    return 0;
}

static void do_run(uint64_t run, campaign_row *row)
{
    campaign_run_do(room, plan, run, NULL, row);
    ck_assert_str_eq(row->trouble, "");
}

static void assert_same(const campaign_row *x, const campaign_row *y)
{
    for (size_t i = 0; i < campaign_column_count; i++) {
        const campaign_column *c = &campaign_columns[i];
        if (strcmp(c->name, "cpu_s") == 0)
            continue;
        ck_assert_msg(memcmp((const char *)x + c->offset, (const char *)y + c->offset, c->size) == 0, "%s",
                      c->name);
    }
}

/* Whatever was run before in the same memory. */
START_TEST (function_of_number) {
    for (uint64_t run = 0; run < campaign_plan_size(plan); run += 5) {
        do_run(run, a);
        do_run((run + 7) % campaign_plan_size(plan), b);
        campaign_run *fresh = campaign_run_create();
        campaign_run_do(fresh, plan, run, NULL, b);
        campaign_run_destroy(fresh);
        assert_same(a, b);
    }
}
END_TEST

/* No column is left as it was cleared, but for those that do not apply. */
START_TEST (fills_in_every_column) {
    static const char *const not_here[] = {"trouble",      "nis_camera",        "nis_roadside",
                                           "nis_odometry", "false_alarm_names", "recover_s"};
    static const char *const of_maps[] = {"map_", "lane_", "pairings", "returns", "elements_"};
    do_run(find_run("gnss_jump_50"), a);
    for (size_t i = 0; i < campaign_column_count; i++) {
        const campaign_column *c = &campaign_columns[i];
        const void *at = (const char *)a + c->offset;
        bool filled = c->type == COLUMN_INTEGER ? *(const int64_t *)at >= 0
                      : c->type == COLUMN_REAL  ? isfinite(*(const double *)at)
                                                : *(const char *)at != '\0';
        for (size_t k = 0; k < sizeof not_here / sizeof *not_here; k++)
            filled = filled || strcmp(c->name, not_here[k]) == 0;
        for (size_t k = 0; k < sizeof of_maps / sizeof *of_maps; k++)
            filled = filled || strncmp(c->name, of_maps[k], strlen(of_maps[k])) == 0;
        ck_assert_msg(filled, "%s", c->name);
    }
    ck_assert_double_gt(a->distance_m, 100);
    ck_assert_int_gt(a->samples, 1000);
    ck_assert_double_gt(a->cpu_s, 0);
}
END_TEST

START_TEST (without_fault) {
    do_run(find_run(""), a);
    ck_assert_int_eq(a->injected, 0);
    ck_assert_int_eq(a->detected, -1);
    ck_assert_int_eq(a->named, -1);
    ck_assert(isnan(a->fault_from_s) && isnan(a->detect_s) && isnan(a->fault_max_m));
    ck_assert_str_eq(a->fault, "");
}
END_TEST

/* A GNSS position that jumps by 50 m is seen at once, whoever drives where. */
START_TEST (finds_a_jump) {
    do_run(find_run("gnss_jump_50"), a);
    ck_assert_int_eq(a->injected, 1);
    ck_assert_str_eq(a->fault_source, "gnss");
    ck_assert_double_eq(a->fault_from_s, 30);
    ck_assert_double_eq(a->fault_to_s, 55);
    ck_assert_int_eq(a->detected, 1);
    ck_assert_int_eq(a->named, 1);
    ck_assert_int_eq(a->named_code, 1);
    ck_assert_double_ge(a->detect_s, 0);
    ck_assert_double_lt(a->detect_s, 1);
    ck_assert_str_eq(a->first_flag, "gnss/roof JUMP");
}
END_TEST

/* Flags of frames that are not let in have the time of these frames, so that none precedes its fault. */
START_TEST (flags_do_not_precede_the_fault) {
    do_run(find_run("clock_step"), a);
    ck_assert_int_eq(a->false_alarms, 0);
    ck_assert_int_eq(a->named_code, 1);
    ck_assert_double_ge(a->detect_s, 0);
    ck_assert_double_lt(a->detect_s, 1);
}
END_TEST

START_TEST (two_faults) {
    do_run(find_run("gnss_off+radar_off"), a);
    ck_assert_int_eq(a->injected, 2);
    ck_assert_str_eq(a->fault_source, "gnss");
    ck_assert_int_eq(a->detected, 1);
}
END_TEST

typedef struct {
    long frames, truths;
    const settings *config;
} heard;

static void begin(void *context, const settings *config, const map_view *map)
{
    ck_assert(!map);
    ((heard *)context)->config = config;
}

static void hear_frame(void *context, const frame *f)
{
    heard *h = context;
    ck_assert_uint_lt(f->source, h->config->source_count);
    h->frames++;
}

static void hear_truth(void *context, const truth_point *t)
{
    (void)t;
    ((heard *)context)->truths++;
}

/* Who listens gets everything, and changes nothing. */
START_TEST (tap) {
    heard h = {0};
    const campaign_tap t = {&h, begin, hear_frame, hear_truth};
    uint64_t run = find_run("gnss_jump_50");
    do_run(run, a);
    campaign_run_do(room, plan, run, &t, b);
    assert_same(a, b);
    ck_assert_int_gt(h.frames, 5000);
    ck_assert_int_eq(h.truths, lround(a->duration_s * 100) + 1);
}
END_TEST

START_TEST (gives_up) {
    campaign_run_give_up(plan, 3, "it hung", a);
    do_run(3, b);
    ck_assert_int_eq(a->run, 3);
    ck_assert_str_eq(a->scenario, b->scenario);
    ck_assert_str_eq(a->fault, b->fault);
    ck_assert_int_eq(a->seed, b->seed);
    ck_assert_str_eq(a->trouble, "it hung");
    ck_assert(isnan(a->nees));
    ck_assert_int_eq(a->samples, -1);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("run");
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, function_of_number);
    tcase_add_test(cases, fills_in_every_column);
    tcase_add_test(cases, without_fault);
    tcase_add_test(cases, finds_a_jump);
    tcase_add_test(cases, flags_do_not_precede_the_fault);
    tcase_add_test(cases, two_faults);
    tcase_add_test(cases, tap);
    tcase_add_test(cases, gives_up);
    return run_cases("run", cases);
}
