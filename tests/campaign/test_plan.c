/*
 * Plans out of YAML: what is read, what is refused and where, what fits, and which drive a number is.
 */
#include "campaign/plan.h"
#include "tests/page.h"
#include "tests/scratch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char scratch[SCRATCH_SIZE], dir[64], path[128];
static config_problems *p;

/* In a directory whose name is a pattern that does not fit itself. */
static void setup(void)
{
    make_directory(scratch);
    snprintf(dir, sizeof dir, "%s/[x]", scratch);
    snprintf(path, sizeof path, "%s/my.yaml", dir);
    p = calloc(1, sizeof *p);
    ck_assert(p);
    write_text(dir, "town.yaml",
               "road: {kind: town}\nsensors: {gnss/roof: {}, imu/box: {}, camera/front: {}}\n");
    write_text(dir, "motorway.yaml",
               "road: {kind: motorway}\nsensors: {gnss/roof: {}, imu/box: {}, radar/front: {}}\n"
               "config: {alert_limits: {road_class: freeway}}\n");
    write_text(dir, "tags.yaml", "base: town.yaml\nroad: {tags_per_km: 100}\n");
    write_text(dir, "gnss_off.yaml", "faults: [{fault: 'off', source: gnss, from_s: 10, for_s: 5}]\n");
    write_text(dir, "gnss_stuck.yaml", "faults: [{fault: stuck, source: gnss, from_s: 10, for_s: 5}]\n");
    write_text(dir, "radar_off.yaml", "faults: [{fault: 'off', source: radar, from_s: 10, for_s: 5}]\n");
    write_text(dir, "map_repainted.yaml", "faults: [{fault: repainted, source: map, share: 0.5}]\n");
    write_text(dir, "map_gone.yaml", "faults: [{fault: gone, source: map, share: 0.5}]\n");
}

static void teardown(void)
{
    remove_directory(scratch);
    free(p);
}

static campaign_plan *load(const char *text)
{
    memset(p, 0, sizeof *p);
    return campaign_plan_load_text(path, text, strlen(text), p);
}

static campaign_plan *must_load(const char *text)
{
    campaign_plan *plan = load(text);
    ck_assert_msg(plan, "%s", p->text[0]);
    return plan;
}

START_TEST (reads) {
    size_t size;
    const char *text = "about: a test\n"
                       "scenarios: [town.yaml, moto*.yaml]\n"
                       "sensors: {full: {}, no_imu: {without: [imu]}}\n"
                       "faults: [none, gnss_off.yaml]\n"
                       "seeds: {first: 7, count: 3}\n"
                       "duration_s: 30\n"
                       "timeout_s: 5\n"
                       "runs: 20\n";
    campaign_plan *plan = must_load(text);
    ck_assert_str_eq(campaign_plan_name(plan), "my"); /* after its file */
    ck_assert_str_eq(campaign_plan_about(plan), "a test");
    ck_assert_str_eq(campaign_plan_text(plan, &size), text);
    ck_assert_uint_eq(size, strlen(text));
    ck_assert_uint_eq(campaign_plan_size(plan), 2 * 2 * 2 * 3);
    ck_assert_uint_eq(campaign_plan_runs(plan), 20);
    ck_assert_double_eq(campaign_plan_timeout_s(plan), 5);
    for (uint64_t run = 0; run < 24; run++) {
        campaign_drive d = campaign_plan_drive(plan, run);
        ck_assert_double_eq(d.duration_s, 30);
        ck_assert(d.seed >= 7 && d.seed <= 9);
        ck_assert_uint_eq(d.fault_count, d.fault[0] ? 1 : 0);
    }
    campaign_plan_destroy(plan);
}
END_TEST

/* Without more than scenarios: everything, no fault, a hundred seeds, 60 to 120 s. */
START_TEST (defaults) {
    campaign_plan *plan = must_load("scenarios: [town.yaml]\n");
    double least_s = INFINITY, most_s = 0;
    ck_assert_uint_eq(campaign_plan_size(plan), 100);
    ck_assert_uint_eq(campaign_plan_runs(plan), 100);
    for (uint64_t run = 0; run < 100; run++) {
        campaign_drive d = campaign_plan_drive(plan, run);
        ck_assert_str_eq(d.sensors, "full");
        ck_assert_str_eq(d.fault, "");
        least_s = fmin(least_s, d.duration_s);
        most_s = fmax(most_s, d.duration_s);
    }
    ck_assert(least_s >= 60 && least_s < 65 && most_s > 115 && most_s <= 120);
    campaign_plan_destroy(plan);
}
END_TEST

/* The scenario of a drive lacks what the set leaves out, and lasts as long as the drive. */
START_TEST (drive_scenario) {
    sim_scenario *s = calloc(1, sizeof *s);
    campaign_plan *plan =
        must_load("scenarios: [town.yaml]\nsensors: {a: {without: [imu, camera/front]}}\nduration_s: 33\n");
    campaign_drive d = campaign_plan_drive(plan, 5);
    campaign_drive_scenario(&d, s);
    ck_assert_uint_eq(s->sensor_count, 1);
    ck_assert_str_eq(s->sensors[0].name, "gnss/roof");
    ck_assert_uint_eq(s->config.source_count, 1);
    ck_assert_double_eq(s->duration_s, 33);
    campaign_plan_destroy(plan);
    free(s);
}
END_TEST

/* How many combinations (seeds: 1) fit. */
static const struct {
    const char *text;
    unsigned size;
    const char *legend;
} fitting[] = {
    {"scenarios: [town.yaml, motorway.yaml]\nfaults: [radar_off.yaml]\n", 1, "the town has no radar"},
    {"scenarios: [town.yaml, motorway.yaml]\nsensors: {a: {without: [radar]}, b: {}}\n", 3,
     "nor can it leave one out"},
    {"scenarios: [motorway.yaml]\nsensors: {a: {without: [radar]}, b: {}}\nfaults: [radar_off.yaml]\n", 1,
     "a fault of what is left out"},
    {"scenarios: [town.yaml, tags.yaml]\nfaults: [map_gone.yaml]\n", 1, "a map without landmarks"},
    {"scenarios: [tags.yaml]\nsensors: {a: {}, b: {without: [camera]}}\nfaults: [map_gone.yaml]\n", 1,
     "a map that nobody looks at"},
    {"scenarios: [town.yaml]\nsensors: {a: {}, b: {map: true}}\nfaults: [map_gone.yaml]\n", 1,
     "a set that is driven on a map"},
    {"scenarios: [motorway.yaml]\nsensors: {a: {}, b: {map: true}, c: {without: [radar], map: true}}\n"
     "faults: [map_gone.yaml]\n",
     1, "a radar looks at a map"},
    {"scenarios: [tags.yaml]\nfaults: ['map_*.yaml']\n", 1, "a pattern of which one does not fit"},
    {"scenarios: [tags.yaml]\nsensors: {a: {map: false}, b: {map: true}}\nfaults: [map_repainted.yaml]\n", 1,
     "fiducials have no lines"},
    {"scenarios: [motorway.yaml]\npairs: ['*_off.yaml', gnss_stuck.yaml]\n", 2, "two of one source"},
    {"scenarios: [motorway.yaml]\nfaults: [[gnss_off.yaml, gnss_stuck.yaml]]\n", 1,
     "two of one source, as told"},
    {"scenarios: [motorway.yaml, town.yaml]\nfaults: [none, 'gnss_*.yaml']\n", 6, "a pattern"},
};

START_TEST (fits) {
    char text[300];
    snprintf(text, sizeof text, "%sseeds: 1\n", fitting[_i].text);
    campaign_plan *plan = must_load(text);
    ck_assert_msg(campaign_plan_size(plan) == fitting[_i].size, "%s: %lu", fitting[_i].legend,
                  (unsigned long)campaign_plan_size(plan));
    campaign_plan_destroy(plan);
}
END_TEST

START_TEST (together) {
    campaign_plan *plan =
        must_load("scenarios: [motorway.yaml]\nfaults: [[gnss_off.yaml, radar_off.yaml]]\nseeds: 1\n");
    campaign_drive d = campaign_plan_drive(plan, 0);
    ck_assert_str_eq(d.fault, "gnss_off+radar_off");
    ck_assert_uint_eq(d.fault_count, 2);
    ck_assert_str_eq(inject_plan_get(d.faults[0], 0).source, "gnss");
    ck_assert_str_eq(inject_plan_get(d.faults[1], 0).source, "radar");
    campaign_plan_destroy(plan);
}
END_TEST

/* Which of the drives there are, as a number of its own: 2 scenarios, 2 sets, 3 faults, 4 seeds. */
static unsigned element_of(const campaign_drive *d)
{
    unsigned fault = d->fault_count == 0 ? 0 : strcmp(d->fault, "gnss_off") == 0 ? 1 : 2;
    unsigned scenario = strcmp(d->scenario->name, "town") == 0, set = strcmp(d->sensors, "full") == 0;
    return ((fault * 2 + scenario) * 2 + set) * 4 + (unsigned)(d->seed - 1);
}

static const char product[] = "scenarios: [town.yaml, motorway.yaml]\n"
                              "sensors: {full: {}, no_imu: {without: [imu]}}\n"
                              "faults: [none, 'gnss_*.yaml']\n";

/* Every drive is there once; any first N hold each fault and scenario N / their number times, or nearly. */
START_TEST (spreads_evenly) {
    char text[300];
    unsigned seen[48] = {0}, faults[3] = {0}, scenarios[2] = {0};
    snprintf(text, sizeof text, "%sseeds: 4\n", product);
    campaign_plan *plan = must_load(text);
    ck_assert_uint_eq(campaign_plan_size(plan), 48);
    for (uint64_t run = 0; run < 48; run++) {
        campaign_drive d = campaign_plan_drive(plan, run);
        unsigned element = element_of(&d);
        seen[element]++;
        faults[element / 16]++;
        scenarios[element / 8 % 2]++;
        for (int i = 0; i < 3; i++)
            ck_assert_msg(fabs(faults[i] - (run + 1) / 3.0) < 3, "fault %d of %lu", i, (unsigned long)run);
        for (int i = 0; i < 2; i++)
            ck_assert_msg(fabs(scenarios[i] - (run + 1) / 2.0) < 4, "scenario %d of %lu", i,
                          (unsigned long)run);
    }
    for (int i = 0; i < 48; i++)
        ck_assert_uint_eq(seen[i], 1);
    campaign_plan_destroy(plan);
}
END_TEST

/* A run is the same whatever number of them is wanted. */
START_TEST (run_is_function_of_number) {
    char few[300], many[300];
    snprintf(few, sizeof few, "%sseeds: 4\nruns: 5\n", product);
    snprintf(many, sizeof many, "# a comment\n%sabout: other words\nseeds: 4\nruns: 40\n", product);
    campaign_plan *a = must_load(few), *b = must_load(many);
    ck_assert_str_eq(campaign_plan_hash(a), campaign_plan_hash(b));
    for (uint64_t run = 0; run < 48; run++) {
        campaign_drive x = campaign_plan_drive(a, run), y = campaign_plan_drive(b, run);
        ck_assert_uint_eq(element_of(&x), element_of(&y));
        ck_assert_double_eq(x.duration_s, y.duration_s);
    }
    campaign_plan_destroy(a);
    campaign_plan_destroy(b);
}
END_TEST

/* What makes it another plan: file that is written anew, its text; the plan's text. */
static const struct {
    const char *file, *content, *text;
} others[] = {
    {NULL, NULL, "seeds: 5\n"},
    {NULL, NULL, "seeds: {first: 2, count: 4}\n"},
    {NULL, NULL, "seeds: 4\nduration_s: {least: 60, most: 121}\n"},
    {"gnss_off.yaml", "faults: [{fault: 'off', source: gnss, from_s: 11, for_s: 5}]\n", "seeds: 4\n"},
    {"gnss_new.yaml", "faults: [{fault: 'off', source: gnss, from_s: 11, for_s: 5}]\n", "seeds: 4\n"},
    {"town.yaml",
     "road: {kind: town, canyon: 0.1}\nsensors: {gnss/roof: {}, imu/box: {}, camera/front: {}}\n",
     "seeds: 4\n"},
};

START_TEST (other_plans) {
    char text[400];
    snprintf(text, sizeof text, "%sseeds: 4\n", product);
    campaign_plan *a = must_load(text);
    if (others[_i].file)
        write_text(dir, others[_i].file, others[_i].content);
    snprintf(text, sizeof text, "%s%s", product, others[_i].text);
    campaign_plan *b = must_load(text);
    ck_assert_str_ne(campaign_plan_hash(a), campaign_plan_hash(b));
    campaign_plan_destroy(a);
    campaign_plan_destroy(b);
}
END_TEST

START_TEST (a_map_makes_another_plan) {
    campaign_plan *a = must_load("scenarios: [town.yaml]\nsensors: {s: {map: false}}\n");
    campaign_plan *b = must_load("scenarios: [town.yaml]\nsensors: {s: {map: true}}\n");
    ck_assert(!campaign_plan_drive(a, 0).on_map && campaign_plan_drive(b, 0).on_map);
    ck_assert_str_ne(campaign_plan_hash(a), campaign_plan_hash(b));
    campaign_plan_destroy(a);
    campaign_plan_destroy(b);
}
END_TEST

/* text, what the problem must say */
static const struct {
    const char *text, *says;
} refused[] = {
    {"", "there are no scenarios"},
    {"{", "my.yaml:"},
    {"scenarios: town.yaml\n", "1:12: scenarios: expected a list"},
    {"scenarios: [none.yaml]\n", "none.yaml: No such file"},
    {"scenarios: ['none*.yaml']\n", "1:13: scenarios: no file is called like that"},
    {"scenarios: [town.yaml, 'town*']\n", "1:24: scenarios:"},
    {"scenarios: [gnss_off.yaml]\n", "gnss_off.yaml:1:1: no setting \"faults\" in a scenario"},
    {"scenarios: [town.yaml]\nfaults: [town.yaml]\n", "town.yaml:1:1: no setting \"road\""},
    {"scenarios: [town.yaml]\nfaults: [none, none]\n", "2:16: none: given twice, first on line 2"},
    {"scenarios: [town.yaml]\nfaults: [gnss_off.yaml, gnss_off.yaml]\n", "2:25: gnss_off: given twice"},
    {"scenarios: [town.yaml]\nfaults: [radar_off.yaml]\n", "2:10: faults: radar_off fits no scenario"},
    {"scenarios: [town.yaml]\npairs: [gnss_off.yaml]\n", "2:8: pairs: one file makes no pair"},
    {"scenarios: [town.yaml]\npairs: [gnss_off.yaml, gnss_stuck.yaml]\n", "nothing fits"},
    {"scenarios: [town.yaml]\nsensors: [imu]\n", "2:10: sensors: expected sensor sets"},
    {"scenarios: [town.yaml]\nsensors: {a: {without: imu}}\n", "2:24: without: expected a list"},
    {"scenarios: [town.yaml]\nsensors: {a: {without: [laser]}}\n", "2:11: sensors: a fits no scenario"},
    {"scenarios: [town.yaml]\nsensors: {a: {without: [gnss, imu, camera]}}\n", "2:11: sensors: a fits no"},
    {"scenarios: [town.yaml]\nsensors: {a: {with: [gnss]}}\n", "2:15: no setting \"with\" in a"},
    {"scenarios: [town.yaml]\nsensors: {a: {}, a: {}}\n", "given twice"},
    {"scenarios: [town.yaml]\nsensors: {'a b': {}}\n", "2:11: sensors: a name has letters"},
    {"scenarios: [town.yaml]\nseeds: 0\n", "2:8: seeds"},
    {"scenarios: [town.yaml]\nseeds: 1.5\n", "seeds: expected a whole number"},
    {"scenarios: [town.yaml]\nseeds: {count: x}\n", "2:16: count"},
    {"scenarios: [town.yaml]\nduration_s: 3\n", "2:13: duration_s"},
    {"scenarios: [town.yaml]\nduration_s: {least: 90, most: 60}\n", "2:13: duration_s: least is larger"},
    {"scenarios: [town.yaml]\nruns: 101\n", "there are only 100 drives"},
    {"scenarios: [town.yaml]\nrun: 10\n", "2:1: no setting \"run\" in a campaign; did you mean runs?"},
    {"scenarios: [town.yaml]\nname: a b\n", "2:7: name: a name has letters"},
};

START_TEST (refuses) {
    ck_assert_msg(!load(refused[_i].text), "accepted: %s", refused[_i].text);
    ck_assert_uint_ge(p->count, 1);
    ck_assert_msg(strstr(p->text[0], refused[_i].says), "\"%s\" says: %s", refused[_i].text, p->text[0]);
}
END_TEST

START_TEST (every_problem_at_once) {
    ck_assert(!load("scenarios: [none.yaml, town.yaml]\nfaults: [no.yaml]\nseeds: 0\nruns: x\n"));
    ck_assert_uint_eq(p->count, 4);
}
END_TEST

/* name, runs, drives at least */
static const struct {
    const char *file;
    uint64_t runs;
} shipped[] = {{"fault_free", 2000}, {"faults", 10000},     {"two_faults", 1000}, {"smoke", 48},
               {"map_town", 100},    {"map_motorway", 100}, {"map_tunnel", 60},   {"map_tunnel_bare", 60},
               {"map_survey", 180},  {"map_faults", 280},   {"map_light", 300},   {"map_lanes", 1000},
               {"map_roads", 280},   {"map_poles", 200}};

START_TEST (shipped_campaigns) {
    char file[1024];
    snprintf(file, sizeof file, "%s/sim/campaigns/%s.yaml", POSED_SOURCE_ROOT, shipped[_i].file);
    campaign_plan *plan = campaign_plan_load(file, p);
    ck_assert_msg(plan, "%s", p->text[0]);
    ck_assert_uint_eq(campaign_plan_runs(plan), shipped[_i].runs);
    campaign_plan_destroy(plan);
}
END_TEST

START_TEST (page_is_current) {
    check_page(POSED_SOURCE_ROOT "/docs/CAMPAIGN.md", campaign_write_reference, "posed campaign --reference");
    check_full_disk(campaign_write_reference);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("plan");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, reads);
    tcase_add_test(cases, defaults);
    tcase_add_test(cases, drive_scenario);
    tcase_add_loop_test(cases, fits, 0, sizeof fitting / sizeof *fitting);
    tcase_add_test(cases, together);
    tcase_add_test(cases, spreads_evenly);
    tcase_add_test(cases, run_is_function_of_number);
    tcase_add_test(cases, a_map_makes_another_plan);
    tcase_add_loop_test(cases, other_plans, 0, sizeof others / sizeof *others);
    tcase_add_loop_test(cases, refuses, 0, sizeof refused / sizeof *refused);
    tcase_add_test(cases, every_problem_at_once);
    tcase_add_loop_test(cases, shipped_campaigns, 0, sizeof shipped / sizeof *shipped);
    tcase_add_test(cases, page_is_current);
    return run_cases("plan", cases);
}
