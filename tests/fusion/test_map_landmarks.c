/*
 * Landmarks of a map: what the survey's error leaves of a hundred looks, and what is not used.
 */
#include "fusion/core/core.h"
#include "fusion/map/map_slots.h"
#include "fusion/radar/radar.h"
#include "fusion/sight/landmarks.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MARKS_MOST = 16 };
static map_mark marks[MARKS_MOST];
static map_tile tiles[MARKS_MOST];
static uint32_t listed[MARKS_MOST];
static map_view map;
static settings set;
static fusion *core;
static verdict last;
static uint32_t sequence;

static void keep_verdict(void *context, const verdict *v)
{
    (void)context;
    last = *v;
}

/* Marks ahead of the vehicle, in its axes, all in tiles of their own unless they share one. */
static void place_marks(const double (*body)[3], int count, uint8_t kind, float sigma_m, float section_m)
{
    double at[3], r[3][3], world[3];
    memcpy(at, core->f.position_ecef_m, sizeof at);
    memcpy(r, core->f.r_b_ecef, sizeof r);
    map = (map_view){.marks = marks, .tiles = tiles, .tile_marks = listed};
    for (int i = 0; i < count; i++) {
        rows_mulv(r, body[i], world);
        marks[i] = (map_mark){.id = 100 + (uint64_t)i, .sigma_m = sigma_m, .section_sigma_m = section_m};
        marks[i].kind = kind;
        for (int k = 0; k < 3; k++)
            marks[i].position_ecef_m[k] = at[k] + world[k];
        uint64_t key = map_tile_key(marks[i].position_ecef_m);
        uint32_t t = map.tile_count;
        for (; t > 0 && tiles[t - 1].key > key; t--)
            tiles[t] = tiles[t - 1];
        tiles[t] = (map_tile){.key = key, .first_mark = (uint32_t)i, .mark_count = 1};
        map.tile_count++;
        listed[map.mark_count++] = (uint32_t)i;
    }
    for (uint32_t t = 1; t < map.tile_count; t++) /* tests put their marks in order where they share a tile */
        ck_assert(tiles[t].key > tiles[t - 1].key);
}

/* A camera that looks ahead, on a vehicle at rest, known to sigma_m and a tenth of a degree. */
static void setup(float sigma_m)
{
    static const double axes[4] = {0, 0, 0, 1};
    const fusion_sinks sinks = {.verdict = keep_verdict};
    double at[3], zero[3] = {0, 0, 0};
    settings_default(&set);
    source_settings *s = settings_add_source(&set, "camera/front");
    s->of.camera.mount_sigma_deg = 0.0;
    geodetic_to_ecef(0.0, 0.0, 100.0, at);
    map = (map_view){.marks = marks, .tiles = tiles, .tile_marks = listed};
    core = fusion_create_on_map(&set, &sinks, &map);
    filter_place(&core->f, 1000000000, at, zero, axes);
    for (int i = 0; i < 3; i++) {
        covariance_reset(&core->f.p, STATE_POSITION + i, sigma_m * sigma_m);
        covariance_reset(&core->f.p, STATE_ATTITUDE + i, 3e-6f);
    }
    core->running = true;
    sequence = 0;
    core->map.held_ns = core->f.stamp_ns; /* tied to the map already */
}

static void look_at(const double body[3], const char *word, uint64_t id, float range_m)
{
    frame in;
    memset(&in, 0, sizeof in);
    in.kind = FRAME_LANDMARKS;
    in.stamp_ns = in.received_ns = 1000000000 + 100000000 * (int64_t)++sequence;
    in.u.landmarks.count = 1;
    camera_landmark *l = &in.u.landmarks.landmarks[0];
    *l = (camera_landmark){.id = id,
                           .azimuth_rad = (float)atan2(body[1], body[0]),
                           .elevation_rad = (float)atan2(body[2], hypot(body[0], body[1])),
                           .range_m = range_m,
                           .sigma_rad = 0.002f,
                           .sigma_range_m = 0.1f,
                           .score = 0.95f};
    snprintf(l->class_name, sizeof l->class_name, "%s", word);
    landmarks_fuse(core, &core->source[0], &in);
}

/* One sigma of the place to the side, as seen from the vehicle (ECEF y here). */
static double side_sigma(void)
{
    return sqrt((double)covariance_at(&core->f.p, STATE_POSITION + 1, STATE_POSITION + 1));
}

START_TEST (a_hundred_looks_are_no_survey) {
    static const double sign[1][3] = {{12, -2, 1}};
    setup(1.0f);
    place_marks(sign, 1, MAP_CLASS_TAG, 0.2f, 0.1f);
    marks[0].id = 7;
    for (int i = 0; i < 200; i++)
        look_at(sign[0], "tag", 7, (float)sqrt(149));
    ck_assert_int_eq(last.decision, DECISION_FUSED);
    /* sign and section together, beside what was known: 1 / (1 / 0.05 + 1 / 1) */
    ck_assert_double_gt(side_sigma(), 0.97 * sqrt(0.05 / 1.05));
    ck_assert_double_lt(side_sigma(), 0.25);
    fusion_destroy(core);
}
END_TEST

/* What is seen of another map is not what was seen of the old one, and does not make the pose surer than its
 * survey. */
START_TEST (another_map_is_another_survey) {
    static const double sign[1][3] = {{12, -2, 1}};
    setup(1.0f);
    place_marks(sign, 1, MAP_CLASS_TAG, 0.2f, 0.1f);
    marks[0].id = 7;
    for (int i = 0; i < 100; i++)
        look_at(sign[0], "tag", 7, (float)sqrt(149));
    const double before = side_sigma();
    map_view other = map;
    ck_assert(!fusion_change_map(core, NULL));
    ck_assert(fusion_change_map(core, &other));
    ck_assert_double_gt(side_sigma(), 1.0);
    for (int i = 0; i < core->map.slot_count; i++)
        ck_assert_int_eq(core->map.slots[i].kind, MAP_SLOT_FREE);
    core->map.held_ns = 1000000000 + 100000000 * (int64_t)sequence; /* tied to it already */
    for (int i = 0; i < 100; i++)
        look_at(sign[0], "tag", 7, (float)sqrt(149));
    ck_assert_int_eq(last.decision, DECISION_FUSED);
    ck_assert_double_gt(side_sigma(), 0.97 * before);
    ck_assert_double_lt(side_sigma(), 1.1 * before);
    fusion_destroy(core);
}
END_TEST

START_TEST (elements_of_one_section_share_its_error) {
    static const double signs[6][3] = {{10, -2, 1}, {10, 2, 1},  {11, -3, 1},
                                       {11, 3, 1},  {12, -2, 2}, {12, 2, 2}};
    setup(1.0f);
    for (int i = 0; i < 6; i++) {
        place_marks(&signs[i], 1, MAP_CLASS_TAG, 0.01f, 0.2f);
        marks[0].id = 7 + (uint64_t)i;
        core->map.slots[0].number += core->map.slots[0].kind == MAP_SLOT_MARK; /* another mark than before */
        for (int k = 0; k < 50; k++)
            look_at(signs[i], "tag", 7 + (uint64_t)i,
                    (float)sqrt(signs[i][0] * signs[i][0] + signs[i][1] * signs[i][1] +
                                signs[i][2] * signs[i][2]));
    }
    ck_assert_double_gt(side_sigma(), 0.97 * sqrt(0.04 / 1.04));
    fusion_destroy(core);
}
END_TEST

START_TEST (twins_are_not_told_apart) {
    static const double poles[2][3] = {{20, -2, 1}, {20, -2.5, 1}};
    setup(0.3f);
    place_marks(poles, 1, MAP_CLASS_POLE, 0.03f, 0.0f);
    look_at(poles[0], "pole", 0, NAN);
    ck_assert_int_eq(last.decision, DECISION_FUSED);
    ck_assert_uint_eq(last.element, 100);
    fusion_destroy(core);
    setup(0.3f);
    place_marks(poles, 1, MAP_CLASS_POLE, 0.03f, 0.0f);
    marks[1] = marks[0]; /* beside it, in the same tile */
    marks[1].id = 101;
    marks[1].position_ecef_m[1] += 0.5;
    tiles[0].mark_count = map.mark_count = 2;
    listed[1] = 1;
    look_at(poles[0], "pole", 0, NAN);
    ck_assert_int_eq(last.decision, DECISION_IGNORED);
    ck_assert_int_eq(last.reason, REASON_AMBIGUOUS);
    ck_assert_double_gt(side_sigma(), 0.29);
    fusion_destroy(core);
}
END_TEST

START_TEST (what_is_not_there_is_not_used) {
    static const double poles[1][3] = {{20, -2, 1}}, elsewhere[3] = {20, 3, 1};
    setup(0.2f);
    place_marks(poles, 1, MAP_CLASS_POLE, 0.03f, 0.0f);
    look_at(elsewhere, "pole", 0, NAN);
    ck_assert_int_eq(last.decision, DECISION_IGNORED);
    ck_assert_int_eq(last.reason, REASON_UNKNOWN_LANDMARK);
    look_at(poles[0], "sign", 0, NAN); /* there, and called something else */
    ck_assert_int_eq(last.decision, DECISION_IGNORED);
    look_at(poles[0], "tag", 7, NAN); /* a fiducial is the one with its number or none */
    ck_assert_int_eq(last.decision, DECISION_IGNORED);
    fusion_destroy(core);
}
END_TEST

/* A bearing that fits badly counts less than one that fits, but it counts: were it left out, only those were
 * used that agree with a pose that is off. */
START_TEST (what_fits_badly_is_weighed) {
    static const double pole[1][3] = {{20, -2, 1}};
    double moved[2];
    for (int i = 0; i < 2; i++) {
        setup(0.1f);
        place_marks(pole, 1, MAP_CLASS_POLE, 0.03f, 0.0f);
        const double seen[3] = {20, -2 + (i ? 0.4 : 0.2), 1}; /* three and a half sigmas, and less than two */
        look_at(seen, "pole", 0, NAN);
        ck_assert(last.decision == DECISION_FUSED || last.decision == DECISION_DOWN_WEIGHTED);
        moved[i] = fabs(core->f.position_ecef_m[1]);
        fusion_destroy(core);
    }
    ck_assert_double_gt(moved[1], moved[0]);
    ck_assert_double_lt(moved[1], 0.99 * 0.4 / 0.2 * moved[0]);
}
END_TEST

/* What is in view keeps its slot, and with it its error, though it is not seen for long. */
START_TEST (what_is_in_view_is_not_forgotten) {
    static const double poles[1][3] = {{20, -2, 1}}, elsewhere[3] = {20, 8, 1};
    setup(0.1f);
    place_marks(poles, 1, MAP_CLASS_POLE, 0.03f, 0.0f);
    look_at(poles[0], "pole", 0, NAN);
    int slot = map_slot_find(core, MAP_SLOT_MARK, 0);
    ck_assert_int_ne(slot, MAP_NO_SLOT);
    int64_t then = core->map.slots[slot].used_ns;
    for (int i = 0; i < 20; i++)
        look_at(elsewhere, "sign", 0, NAN);
    ck_assert_int_eq(core->map.slots[slot].used_ns, then + 2000000000);
    fusion_destroy(core);
}
END_TEST

static bool is_looked_for(uint32_t mark)
{
    for (int i = 0; i < MAP_WATCHED_MOST; i++) {
        const map_watched *e = &core->map.watched[i];
        if (e->seen_ns != INT64_MIN && e->mark == mark)
            return e->looked_at;
    }
    return false;
}

/* What is seen in the direction of two poles may be of either: it says of neither that it was overlooked. */
START_TEST (one_behind_another_is_not_missed) {
    static const double elsewhere[3] = {20, 8, 1};
    for (int i = 0; i < 3; i++) {
        const double poles[2][3] = {{40, -3, 1}, {65, i ? -4.9 : 3, 1.6}};
        setup(0.1f);
        place_marks(poles, 2, MAP_CLASS_POLE, 0.03f, 0.0f);
        if (i == 2)
            marks[1].kind = MAP_CLASS_SIGN; /* that is told by what it is */
        look_at(elsewhere, "sign", 0, NAN);
        ck_assert(is_looked_for(0) == (i != 1) && is_looked_for(1) == (i != 1));
        fusion_destroy(core);
    }
}
END_TEST

/* On a map a radar is heard at rest: what stands still holds the place. */
START_TEST (a_world_at_rest_is_heard) {
    const fusion_sinks sinks = {.verdict = keep_verdict};
    frame in;
    for (int on_map = 0; on_map < 2; on_map++) {
        static const double axes[4] = {0, 0, 0, 1}, still[3] = {0.2, 0, 0};
        double at[3];
        settings_default(&set);
        settings_add_source(&set, "radar/front");
        geodetic_to_ecef(0.0, 0.0, 100.0, at);
        map = (map_view){.marks = marks, .tiles = tiles, .tile_marks = listed};
        core = fusion_create_on_map(&set, &sinks, on_map ? &map : NULL);
        filter_place(&core->f, 1000000000, at, still, axes);
        for (int i = 0; i < 3; i++)
            covariance_reset(&core->f.p, STATE_VELOCITY + i, 0.04f);
        memset(&in, 0, sizeof in);
        in.kind = FRAME_RADAR;
        in.u.radar.count = 12;
        for (int i = 0; i < 12; i++)
            in.u.radar.detections[i] = (radar_detection){.range_m = 20.0f,
                                                         .azimuth_rad = 0.1f * (float)(i - 6),
                                                         .elevation_rad = NAN,
                                                         .doppler_mps = 0.0f,
                                                         .rcs_dbsm = NAN,
                                                         .track_id = -1};
        radar_fuse(core, &core->source[0], &in);
        ck_assert_int_eq(last.decision, on_map ? DECISION_FUSED : DECISION_IGNORED);
        fusion_destroy(core);
    }
}
END_TEST

START_TEST (the_mount_is_found) {
    static const double poles[2][3] = {{15, -3, 1}, {30, 4, 2}};
    setup(0.02f);
    int yaw = core->source[0].first_state + CAMERA_TURN + 2;
    covariance_reset(&core->f.p, yaw, 1e-4f);
    for (int i = 0; i < 60; i++) {
        const double *p = poles[i % 2];
        const double turned[3] = {p[0] + 0.006 * p[1], p[1] - 0.006 * p[0], p[2]};
        place_marks(&poles[i % 2], 1, MAP_CLASS_POLE, 0.01f, 0.0f);
        core->map.slots[0].number = 0;
        look_at(turned, "pole", 0, NAN);
    }
    ck_assert_double_eq_tol(core->f.source[yaw - STATE_SOURCES], 0.006, 0.003);
    ck_assert_float_lt(covariance_at(&core->f.p, yaw, yaw), 1e-5f);
    fusion_destroy(core);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("map_landmarks");
    tcase_add_test(cases, a_hundred_looks_are_no_survey);
    tcase_add_test(cases, elements_of_one_section_share_its_error);
    tcase_add_test(cases, another_map_is_another_survey);
    tcase_add_test(cases, twins_are_not_told_apart);
    tcase_add_test(cases, what_is_not_there_is_not_used);
    tcase_add_test(cases, what_fits_badly_is_weighed);
    tcase_add_test(cases, what_is_in_view_is_not_forgotten);
    tcase_add_test(cases, one_behind_another_is_not_missed);
    tcase_add_test(cases, a_world_at_rest_is_heard);
    tcase_add_test(cases, the_mount_is_found);
    return run_cases("map_landmarks", cases);
}
