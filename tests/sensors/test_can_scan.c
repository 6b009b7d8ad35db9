/* Scans: where they end, by the messages alone. */
#include "sensors/can/can_scan.h"
#include "tests/scratch.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

enum { MS = 1000000 };

static char directory[SCRATCH_SIZE];
static can_mapping *mapping;
static can_scan *scan;

/* A list whose ids have 16 bits may have more items than a scan has detections. */
static void setup(void)
{
    config_problems p = {.count = 0};
    char path[128], lines[4096] = "";
    make_directory(directory);
    for (int i = 0; i < 4; i++)
        snprintf(
            lines + strlen(lines), sizeof lines - strlen(lines),
            "BO_ %d T%d: 8 N\n SG_ ID : 0|16@1+ (1,0) [0|0] \"\" N\n SG_ X : 16|8@1+ (1,0) [0|0] \"\" N\n"
            " SG_ Y : 24|8@1- (1,0) [0|0] \"\" N\n SG_ V : 32|8@1- (1,0) [0|0] \"\" N\n",
            10 + i, i);
    write_text(directory, "x.dbc", lines);
    snprintf(path, sizeof path, "%s/x.dbc", directory);
    static const char text[] =
        "radar:\n"
        "- {tracks: 'T{0..2}', forward: X, left: Y, range_rate: V, gap_s: 0.01, ends_with: T3}\n"
        "- {items: T0, id: ID, header: T3, forward: X, left: Y, range_rate: V}\n";
    mapping = can_mapping_parse("m", text, sizeof text - 1, CAN_MAPPING_RADAR, path, &p);
    ck_assert_msg(mapping != NULL, "%s", p.text[0]);
}

static void teardown(void)
{
    can_scan_destroy(scan);
    scan = NULL;
    can_mapping_destroy(mapping);
    remove_directory(directory);
}

static can_scan_result offer(unsigned message, unsigned id, int64_t ns)
{
    const can_bus_frame f = {
        .id = 10 + message, .stamp_ns = ns, .size = 8, .data = {(uint8_t)id, (uint8_t)(id >> 8), 50, 0, 1}};
    return can_scan_take(scan, &f);
}

START_TEST (slots) {
    frame out;
    scan = can_scan_create(can_mapping_radar(mapping, 0));
    ck_assert(!can_scan_finish(scan, &out));
    ck_assert(can_scan_deadline(scan) == INT64_MAX);
    ck_assert_int_eq(offer(3, 0, 0), CAN_SCAN_NOTHING); /* an end of nothing */
    ck_assert_int_eq(offer(0, 0, 100 * MS), CAN_SCAN_TAKEN);
    ck_assert(can_scan_deadline(scan) == 110 * MS + 1);
    ck_assert_int_eq(offer(1, 0, 110 * MS), CAN_SCAN_TAKEN); /* just in time */
    ck_assert_int_eq(offer(2, 0, 120 * MS + 1), CAN_SCAN_NEXT);
    ck_assert(can_scan_finish(scan, &out));
    ck_assert(out.u.radar.count == 2 && out.stamp_ns == 110 * MS && out.received_ns == 110 * MS);
    ck_assert_int_eq(offer(2, 0, 120 * MS + 1), CAN_SCAN_TAKEN);
    ck_assert_int_eq(offer(3, 0, 121 * MS), CAN_SCAN_DONE);
    ck_assert(can_scan_finish(scan, &out) && out.u.radar.count == 1);
    ck_assert_int_eq(offer(0, 0, 200 * MS), CAN_SCAN_TAKEN);
    ck_assert_int_eq(offer(0, 0, 201 * MS), CAN_SCAN_NEXT);
    ck_assert(can_scan_finish(scan, &out));
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(offer(i, 0, 300 * MS), i < 2 ? CAN_SCAN_TAKEN : CAN_SCAN_DONE);
}
END_TEST

START_TEST (more_items_than_a_scan_has_room_for) {
    static frame out;
    scan = can_scan_create(can_mapping_radar(mapping, 1));
    ck_assert_int_eq(offer(3, 0, 0), CAN_SCAN_TAKEN);
    for (unsigned i = 0; i < 300; i++)
        ck_assert_int_eq(offer(0, i, MS), CAN_SCAN_TAKEN);
    ck_assert_int_eq(offer(3, 0, 2 * MS), CAN_SCAN_NEXT);
    ck_assert(can_scan_finish(scan, &out));
    ck_assert_uint_eq(out.u.radar.count, FRAME_MAX_DETECTIONS);
    ck_assert_uint_eq(can_scan_dropped(scan), 300 - FRAME_MAX_DETECTIONS);
    ck_assert_int_eq(out.u.radar.detections[255].track_id, 255);
}
END_TEST

START_TEST (what_has_no_data_is_none_of_it) {
    scan = can_scan_create(can_mapping_radar(mapping, 0));
    const can_bus_frame remote = {.id = 10, .remote = true, .size = 8}, broken = {.id = 10, .error = true};
    const can_bus_frame wide = {.id = 10, .extended = true, .size = 8};
    ck_assert_int_eq(can_scan_take(scan, &remote), CAN_SCAN_NOTHING);
    ck_assert_int_eq(can_scan_take(scan, &broken), CAN_SCAN_NOTHING);
    ck_assert_int_eq(can_scan_take(scan, &wide), CAN_SCAN_NOTHING);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("can_scan");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, slots);
    tcase_add_test(tests, more_items_than_a_scan_has_room_for);
    tcase_add_test(tests, what_has_no_data_is_none_of_it);
    return run_cases("can_scan", tests);
}
