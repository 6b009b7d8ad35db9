/* Runs on the map of their road: what it is worth, and what a wrong one does. */
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
    plan = load_plan("scenarios: [../scenarios/town.yaml]\n"
                     "sensors: {plain: {without: [imu, wheel]}, map: {without: [imu, wheel], map: true}}\n"
                     "faults: [none, ../faults/map_shifted.yaml, ../faults/map_repainted.yaml]\n"
                     "seeds: 2\nduration_s: 60\n");
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

static void do_run(const char *sensors, const char *fault, uint64_t seed, campaign_row *row)
{
    for (uint64_t run = 0; run < campaign_plan_size(plan); run++) {
        campaign_drive d = campaign_plan_drive(plan, run);
        if (strcmp(d.fault, fault) != 0 || strcmp(d.sensors, sensors) != 0 || d.seed != seed)
            continue;
        ck_assert(d.on_map == (strcmp(sensors, "map") == 0));
        campaign_run_do(room, plan, run, NULL, row);
        ck_assert_str_eq(row->trouble, "");
        return;
    }
    ck_abort_msg("no run with %s and %s", sensors, fault);
}

START_TEST (a_map_is_worth_metres) {
    do_run("plain", "", 1, a);
    do_run("map", "", 1, b);
    ck_assert_double_gt(a->horizontal_p50_m, 0.5);
    ck_assert_double_lt(b->horizontal_p50_m, 0.4);
    ck_assert(isfinite(b->nis_camera) && isnan(a->nis_camera));
}
END_TEST

/* Every column of drives on a map is filled in, and in those of others none is. */
START_TEST (fills_in_the_columns_of_the_map) {
    static const char *const of_maps[] = {"map_", "lane_", "pairings", "returns", "elements_"};
    do_run("map", "", 1, a);
    do_run("plain", "", 1, b);
    for (size_t i = 0; i < campaign_column_count; i++) {
        const campaign_column *c = &campaign_columns[i];
        const void *at = (const char *)a + c->offset, *none = (const char *)b + c->offset;
        bool of_map = false;
        for (size_t k = 0; k < sizeof of_maps / sizeof *of_maps; k++)
            of_map = of_map || strncmp(c->name, of_maps[k], strlen(of_maps[k])) == 0;
        if (!of_map || strcmp(c->name, "lane_change_s") == 0) /* the town has one lane */
            continue;
        bool filled = c->type == COLUMN_INTEGER ? *(const int64_t *)at >= 0
                      : c->type == COLUMN_REAL  ? isfinite(*(const double *)at)
                                                : *(const char *)at != '\0';
        bool empty = c->type == COLUMN_INTEGER ? *(const int64_t *)none == -1
                     : c->type == COLUMN_REAL  ? isnan(*(const double *)none)
                                               : *(const char *)none == '\0';
        ck_assert_msg(filled && empty, "%s", c->name);
    }
    ck_assert_int_gt(a->pairings, 500);
    ck_assert_int_eq(a->pairings_wrong, 0);
    ck_assert_int_gt(a->returns, 100);
    ck_assert_int_eq(a->returns_wrong, 0);
    ck_assert_int_gt(a->lane_sure, a->lane_poses / 2);
    ck_assert_double_lt(a->map_cross_p95_m, 0.3);
}
END_TEST

/* The vehicle believes its map: the pose goes where that lies, 1.8 m off. */
START_TEST (a_wrong_map_is_what_the_vehicle_gets) {
    do_run("map", "", 1, a);
    do_run("map", "map_shifted", 1, b);
    ck_assert_double_lt(a->horizontal_p50_m, 0.4);
    ck_assert_double_gt(b->horizontal_p50_m, 1);
    ck_assert_int_eq(b->injected, 1);
    ck_assert_str_eq(b->fault_source, "map");
    ck_assert_int_gt(b->elements_wrong, 20);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("map run");
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_map_is_worth_metres);
    tcase_add_test(cases, fills_in_the_columns_of_the_map);
    tcase_add_test(cases, a_wrong_map_is_what_the_vehicle_gets);
    return run_cases("map run", cases);
}
