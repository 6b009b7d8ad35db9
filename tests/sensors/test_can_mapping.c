/* Mapping files: what they say, and every problem with its place. */
#include "sensors/can/can_mapping.h"
#include "tests/scratch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char directory[SCRATCH_SIZE], database[128];
static config_problems problems;

static const char dbc_text[] =
    "BO_ 100 WHEELS: 8 N\n SG_ FL : 0|16@1+ (0.01,0) [0|0] \"km/h\" N\n SG_ FR : 16|16@1+ (0.01,0) [0|0] "
    "\"\" N\n"
    " SG_ OK : 32|1@1+ (1,0) [0|0] \"\" N\n"
    "BO_ 101 STEER: 8 N\n SG_ ANGLE : 0|16@1- (1,0) [0|0] \"\" N\n"
    "BO_ 200 T_00: 8 N\n SG_ X : 0|16@1+ (1,0) [0|0] \"\" N\n SG_ Y : 16|16@1- (1,0) [0|0] \"\" N\n"
    " SG_ V : 32|16@1- (1,0) [0|0] \"\" N\n"
    "BO_ 201 T_01: 8 N\n SG_ X : 0|16@1+ (1,0) [0|0] \"\" N\n SG_ Y : 16|16@1- (1,0) [0|0] \"\" N\n"
    " SG_ V : 32|16@1- (1,0) [0|0] \"\" N\n"
    "BO_ 300 HEAD: 1 N\n SG_ COUNT : 0|8@1+ (1,0) [0|0] \"\" N\n"
    "BO_ 301 ITEM: 8 N\n SG_ ID : 0|8@1+ (1,0) [0|0] \"\" N\n SG_ X : 8|8@1+ (1,0) [0|0] \"\" N\n"
    " SG_ Y : 16|8@1- (1,0) [0|0] \"\" N\n SG_ V : 24|8@1- (1,0) [0|0] \"\" N\n"
    "BO_ 302 MORE: 8 N\n SG_ ID : 0|8@1+ (1,0) [0|0] \"\" N\n SG_ STATE : 8|8@1+ (1,0) [0|0] \"\" N\n";

static void setup(void)
{
    make_directory(directory);
    write_text(directory, "x.dbc", dbc_text);
    snprintf(database, sizeof database, "%s/x.dbc", directory);
    memset(&problems, 0, sizeof problems);
}

static void teardown(void)
{
    remove_directory(directory);
}

static can_mapping *read_as(can_mapping_kind kind, const char *text)
{
    return can_mapping_parse("m.yaml", text, strlen(text), kind, database, &problems);
}

static can_mapping *take(can_mapping_kind kind, const char *text)
{
    can_mapping *m = read_as(kind, text);
    ck_assert_msg(m != NULL, "%s", problems.text[0]);
    return m;
}

START_TEST (a_vehicle) {
    can_mapping *m = take(CAN_MAPPING_VEHICLE,
                          "vehicle:\n  wheel_front_left: {message: WHEELS, signal: FL, unit: km/h}\n"
                          "  speed: [{message: WHEELS, signal: FL, scale: 0.5, unit: km/h}, "
                          "{message: WHEELS, signal: FR, scale: 0.5, offset: 1, unit: km/h}]\n"
                          "  steering_wheel: {message: STEER, signal: ANGLE, unit: deg}\n  max_age_s: 2\n"
                          "  when: {message: WHEELS, signal: OK, is: 1}\n");
    const can_wheel_rules *w = can_mapping_wheels(m);
    can_bus_frame f = {.id = 100, .size = 8, .data = {0x10, 0x0e, 0x20, 0x1c, 1}}; /* 36 and 72 km/h */
    ck_assert_double_eq_tol(can_value_read(&w->fields[CAN_WHEEL_FRONT_LEFT], &f), 10.0, 1e-12);
    ck_assert_double_eq_tol(can_value_read(&w->fields[CAN_WHEEL_SPEED], &f), (18.0 + 36.0 + 1.0) / 3.6,
                            1e-12);
    ck_assert(can_condition_holds(&w->conditions[0], &f));
    f.data[4] = 0;
    ck_assert(!can_condition_holds(&w->conditions[0], &f));
    f.size = 3; /* FR is not there: no half of a sum */
    ck_assert_double_nan(can_value_read(&w->fields[CAN_WHEEL_SPEED], &f));
    ck_assert(!can_condition_holds(&w->conditions[0], &f));
    ck_assert(w->trigger_count == 1 && w->triggers[0]->id == 100 && w->max_age_s == 2.0);
    can_mapping_destroy(m);
}
END_TEST

START_TEST (tracks) {
    can_mapping *m =
        take(CAN_MAPPING_RADAR, "radar:\n  tracks: T_{00..01}\n  forward: X\n"
                                "  left: {signal: Y, scale: -1, unit: cm}\n  range_rate: V\n"
                                "  when: [{signal: X, above: 0, below: 200}, {signal: Y, is_not: [5, 6]}]\n"
                                "  ends_with: T_01\n  gap_s: 0.02\n");
    ck_assert_uint_eq(can_mapping_radar_count(m), 1);
    const can_radar_rules *r = can_mapping_radar(m, 0);
    ck_assert(!r->is_list && r->part_count == 2 && r->last->id == 201 && r->gap_s == 0.02 && !r->header);
    can_bus_frame f = {.id = 201, .size = 8, .data = {10, 0, 0x9c, 0xff, 3}};
    ck_assert_double_eq_tol(can_value_read(&r->parts[1].fields[CAN_RADAR_LEFT], &f), 1.0, 1e-12);
    ck_assert(can_condition_holds(&r->parts[1].conditions[0], &f));
    ck_assert(can_condition_holds(&r->parts[1].conditions[1], &f));
    f.data[0] = 200;
    f.data[2] = 5;
    f.data[3] = 0;
    ck_assert(!can_condition_holds(&r->parts[1].conditions[0], &f));
    ck_assert(!can_condition_holds(&r->parts[1].conditions[1], &f));
    can_mapping_destroy(m);
}
END_TEST

START_TEST (a_list) {
    can_mapping *m =
        take(CAN_MAPPING_RADAR,
             "radar:\n- header: {message: HEAD, count: COUNT}\n"
             "  items: [ITEM, MORE]\n  id: ID\n  forward: X\n  left: Y\n  range_rate: V\n"
             "  when: {signal: STATE, is: [1, 2]}\n"
             "- header: HEAD\n  items: ITEM\n  id: ID\n  range: X\n  azimuth: {signal: Y, unit: deg}\n"
             "  forward_rate: V\n  left_rate: V\n");
    ck_assert_uint_eq(can_mapping_radar_count(m), 2);
    const can_radar_rules *r = can_mapping_radar(m, 0);
    ck_assert(r->is_list && r->part_count == 2 && r->header->id == 300 && r->count.count == 1);
    ck_assert(r->parts[0].condition_count == 0 && r->parts[1].condition_count == 1);
    ck_assert_str_eq(r->parts[1].id->name, "ID");
    ck_assert_uint_eq(can_mapping_radar(m, 1)->count.count, 0);
    can_mapping_destroy(m);
}
END_TEST

/* Legend: v a vehicle, r a radar; the text; each problem that must be among those told. */
static const struct {
    char kind;
    const char *text, *told[4];
} bad[] = {
    {'v', "", {"m.yaml: the mapping is empty"}},
    {'v', "radar: {}\n", {"m.yaml:1:1: there is no \"vehicle\" in this mapping"}},
    {'v', "vehicel: {}\n", {"m.yaml:1:1: there is no key \"vehicel\" here; did you mean vehicle?"}},
    {'v', "vehicle: [1]\n", {"m.yaml:1:10: expected a block"}},
    {'v',
     "vehicle:\n  speed: {message: WHEELS, signal: FL, unit: deg}\n",
     {"m.yaml:2:46: speed in \"deg\" cannot be; units for it: m/s, km/h, mph, kn"}},
    {'v',
     "vehicle:\n  speed: {message: WHELS, signal: FL}\n  wheel_fl: x\n  max_age_s: -1\n",
     {"m.yaml:2:20: the DBC file has no message \"WHELS\"; did you mean WHEELS?",
      "m.yaml:3:3: there is no key \"wheel_fl\" here", "m.yaml:4:14: -1 is out of range"}},
    {'v',
     "vehicle:\n  speed: {message: WHEELS, signal: LF}\n",
     {"m.yaml:2:36: message WHEELS has no signal \"LF\""}},
    {'v', "vehicle:\n  speed: {message: WHEELS}\n", {"m.yaml:2:10: \"signal\" is missing"}},
    {'v', "vehicle:\n  speed: FL\n", {"m.yaml:2:10: \"message\" is missing beside the signal"}},
    {'v',
     "vehicle:\n  speed: {message: WHEELS, signal: FL, scale: fast}\n",
     {"m.yaml:2:47: expected a number, not \"fast\""}},
    {'v', "vehicle:\n  speed: []\n", {"m.yaml:2:10: expected at least one signal"}},
    {'v',
     "vehicle:\n  speed: [{message: WHEELS, signal: FL}, {message: STEER, signal: ANGLE}]\n",
     {"m.yaml:2:42: the terms of one value must be of one message, WHEELS"}},
    {'v',
     "vehicle:\n  steering_wheel: {message: STEER, signal: ANGLE}\n",
     {"m.yaml:2:3: neither a speed, nor a wheel, nor a yaw rate is mapped"}},
    {'v', "vehicle:\n  yaw_rate: {message: STEER, signal: ANGLE}\n", {"publish_with is missing"}},
    {'v',
     "vehicle:\n  speed: {message: WHEELS, signal: FL}\n  speed: {message: WHEELS, signal: FL}\n",
     {"m.yaml:3:3: speed is there twice; the first is in line 2"}},
    {'v',
     "vehicle:\n  speed: {message: WHEELS, signal: FL}\n  when: {message: WHEELS, signal: OK}\n",
     {"m.yaml:3:9: a condition needs"}},
    {'v',
     "vehicle:\n  speed: {message: WHEELS, signal: FL}\n  when: {message: WHEELS, signal: OK, is: 1, is_not: "
     "2}\n",
     {"either \"is\" or \"is_not\""}},
    {'v', "vehicle: {\n", {"m.yaml:2:1: not valid YAML"}},
    {'r', "radar: {}\n", {"m.yaml:1:8: either \"tracks\""}},
    {'r', "radar: []\n", {"m.yaml:1:8: expected at least one block"}},
    {'r', "radar: {tracks: T_00}\n", {"m.yaml:1:8: a place is needed", "m.yaml:1:8: a speed is needed"}},
    {'r',
     "radar: {tracks: T_00, forward: X, left: Y, range: X, azimuth: Y, range_rate: V}\n",
     {"a place is needed"}},
    {'r', "radar: {tracks: T_00, forward: X, left: Y}\n", {"a speed is needed"}},
    {'r',
     "radar: {tracks: 'T_{0..1', forward: X, left: Y, range_rate: V}\n",
     {"m.yaml:1:17: expected a range"}},
    {'r',
     "radar: {tracks: 'T_{1..0}', forward: X, left: Y, range_rate: V}\n",
     {"m.yaml:1:17: expected a range"}},
    {'r', "radar: {tracks: 'T_{00..02}', forward: X, left: Y, range_rate: V}\n", {"no message \"T_02\""}},
    {'r',
     "radar: {tracks: [T_00, T_00], forward: X, left: Y, range_rate: V}\n",
     {"m.yaml:1:24: T_00 is there twice"}},
    {'r',
     "radar: {tracks: T_00, id: X, forward: X, left: Y, range_rate: V}\n",
     {"m.yaml:1:27: \"id\" belongs to \"items\""}},
    {'r',
     "radar: {tracks: T_00, forward: {message: T_01, signal: X}, left: Y, range_rate: V}\n",
     {"m.yaml:1:32: with \"tracks\""}},
    {'r', "radar: {items: ITEM, forward: X, left: Y, range_rate: V}\n", {"m.yaml:1:8: \"id\" is missing"}},
    {'r',
     "radar: {items: [ITEM, HEAD], id: ID, forward: X, left: Y, range_rate: V}\n",
     {"m.yaml:1:34: message HEAD has no signal \"ID\""}},
    {'r',
     "radar: {items: ITEM, id: ID, forward: {message: T_00, signal: X}, left: Y, range_rate: V}\n",
     {"T_00 is none of the items"}},
    {'r',
     "radar: {items: ITEM, id: ID, forward: X, left: Y, range_rate: V, gap_s: 5}\n",
     {"m.yaml:1:73: 5 is out of range, expected 0.0001 to 1"}},
};

static bool told(const char *text)
{
    for (size_t i = 0; i < problems.count; i++) {
        if (strstr(problems.text[i], text))
            return true;
    }
    return false;
}

START_TEST (every_problem) {
    can_mapping *m = read_as(bad[_i].kind == 'v' ? CAN_MAPPING_VEHICLE : CAN_MAPPING_RADAR, bad[_i].text);
    ck_assert_msg(m == NULL, "%s", bad[_i].text);
    for (size_t i = 0; i < 4 && bad[_i].told[i]; i++)
        ck_assert_msg(told(bad[_i].told[i]), "%s\nnot told: %s\nbut: %s", bad[_i].text, bad[_i].told[i],
                      problems.text[0]);
}
END_TEST

START_TEST (files) {
    char path[128];
    write_text(directory, "m.yaml", "vehicle:\n  dbc: x.dbc\n  speed: {message: WHEELS, signal: FL}\n");
    snprintf(path, sizeof path, "%s/m.yaml", directory);
    can_mapping *m = can_mapping_load(path, CAN_MAPPING_VEHICLE, NULL, &problems);
    ck_assert_msg(m != NULL, "%s", problems.text[0]); /* the DBC file is looked for beside the mapping */
    can_mapping_destroy(m);
    ck_assert(!can_mapping_load("/nowhere.yaml", CAN_MAPPING_VEHICLE, NULL, &problems));
    ck_assert(told("/nowhere.yaml: No such file or directory"));
    ck_assert(!can_mapping_load(path, CAN_MAPPING_VEHICLE, "/nowhere.dbc", &problems));
    ck_assert(told("m.yaml:2:3: /nowhere.dbc: No such file or directory"));
    write_text(directory, "x.dbc", "BO_ x");
    ck_assert(!can_mapping_load(path, CAN_MAPPING_VEHICLE, NULL, &problems));
    ck_assert(told("m.yaml:2:8: ") && told("x.dbc:1:5: found \"x\""));
}
END_TEST

START_TEST (no_database) {
    const char text[] = "vehicle:\n  speed: {message: WHEELS, signal: FL}\n";
    ck_assert(!can_mapping_parse("m.yaml", text, sizeof text - 1, CAN_MAPPING_VEHICLE, NULL, &problems));
    ck_assert(told("m.yaml:2:3: no DBC file"));
}
END_TEST

/* What ships is right in itself. */
START_TEST (shipped) {
    char path[512];
    snprintf(path, sizeof path, "%s/ars408.yaml", getenv("CAN_CONFIG"));
    can_mapping *m = can_mapping_load(path, CAN_MAPPING_RADAR, NULL, &problems);
    ck_assert_msg(m != NULL, "%s", problems.text[0]);
    ck_assert_uint_eq(can_mapping_radar_count(m), 2);
    can_mapping_destroy(m);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("can_mapping");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_vehicle);
    tcase_add_test(tests, tracks);
    tcase_add_test(tests, a_list);
    tcase_add_loop_test(tests, every_problem, 0, sizeof bad / sizeof *bad);
    tcase_add_test(tests, files);
    tcase_add_test(tests, no_database);
    tcase_add_test(tests, shipped);
    return run_cases("can_mapping", tests);
}
