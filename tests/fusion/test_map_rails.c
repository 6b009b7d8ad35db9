/*
 * A radar's returns against the rails of the map: what they say across the way, and what is not used.
 */
#include "fusion/core/core.h"
#include "fusion/map/map_returns.h"
#include "fusion/map/map_stand.h"
#include "fusion/radar/radar_rails.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 60, LINES = 2, SEGMENTS = POINTS * LINES };
static double points[SEGMENTS][3];
static uint32_t point_line[SEGMENTS], listed[SEGMENTS];
static map_line lines[LINES];
static map_tile tiles[SEGMENTS];
static map_view map;
static settings set;
static fusion *core;
static uint32_t used, ambiguous;
static uint64_t elements;

/* Where the rails are, to the left of the way: in the map; what truly answers; NAN: nothing. */
static double mapped_m[LINES], truly_m[LINES];
static double off_m; /* by how much the filter has the vehicle too far to the left */
static float doppler_off;
static const double speed_mps = 20;

static void keep_verdict(void *context, const verdict *v)
{
    (void)context;
    if (v->quantity != QUANTITY_RAIL)
        return;
    ck_assert(v->decision == DECISION_IGNORED || v->dim == 1);
    used += v->decision == DECISION_FUSED || v->decision == DECISION_DOWN_WEIGHTED;
    ambiguous += v->reason == REASON_AMBIGUOUS;
    elements |= v->element;
}

/* At the equator, so that ECEF z is north: the vehicle drives up the z axis, its left is west, -y. */
static void to_ecef(double x_m, double y_m, double out[3])
{
    geodetic_to_ecef(0.0, 0.0, 100.0, out);
    out[2] += x_m;
    out[1] -= y_m;
}

static int by_key(const void *a, const void *b)
{
    const map_tile *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* A point each 4 m; one rail is drawn the other way round. Each segment in a tile of its own entry. */
static void make_map(void)
{
    map = (map_view){.points = (const double(*)[3])points,
                     .point_line = point_line,
                     .lines = lines,
                     .line_count = LINES,
                     .tiles = tiles,
                     .tile_segments = listed};
    for (uint32_t l = 0; l < LINES; l++) {
        lines[l] = (map_line){.id = 1u << l,
                              .first_point = map.point_count,
                              .point_count = POINTS,
                              .sigma_m = 0.05f,
                              .section_sigma_m = 0.05f,
                              .section = 1,
                              .type = MAP_LINE_RAIL};
        for (int i = 0; i < POINTS; i++) {
            to_ecef(4.0 * (l ? POINTS - i : i) - 20, mapped_m[l], points[map.point_count]);
            point_line[map.point_count++] = l;
        }
    }
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        if (i % POINTS == POINTS - 1)
            continue;
        tiles[map.tile_count] =
            (map_tile){.key = map_tile_key(points[i]), .first_segment = map.tile_count, .segment_count = 1};
        map.tile_count++;
    }
    for (uint32_t i = 0, k = 0; i < SEGMENTS; i++) {
        if (i % POINTS != POINTS - 1)
            listed[k++] = i;
    }
    qsort(tiles, map.tile_count, sizeof *tiles, by_key);
}

static void begin(float position_sigma_m)
{
    const fusion_sinks sinks = {.verdict = keep_verdict};
    const double velocity[3] = {0, 0, speed_mps};
    double at[3], q[4], axes[3][3] = {{0, 0, 1}, {0, -1, 0}, {1, 0, 0}};
    make_map();
    settings_default(&set);
    source_settings *s = settings_add_source(&set, "radar/front");
    s->mount = (mount_settings){.x_m = 3.6, .z_m = 0.5};
    core = fusion_create_on_map(&set, &sinks, &map);
    to_ecef(0, off_m, at);
    quat_from_rows(axes, q);
    filter_place(&core->f, 1000000000, at, velocity, q);
    for (int i = 0; i < 3; i++) {
        covariance_reset(&core->f.p, STATE_POSITION + i, position_sigma_m * position_sigma_m);
        covariance_reset(&core->f.p, STATE_VELOCITY + i, 1e-4f);
        covariance_reset(&core->f.p, STATE_ATTITUDE + i, 1e-6f);
    }
    core->running = true;
}

static void setup(void)
{
    memset(tiles, 0, sizeof tiles);
    used = ambiguous = 0;
    elements = 0;
    mapped_m[0] = truly_m[0] = -5;
    mapped_m[1] = truly_m[1] = 9;
    off_m = 0;
    doppler_off = 0;
}

static void teardown(void)
{
    fusion_destroy(core);
    core = NULL;
}

/* Three returns of each rail, each time from somewhere else along it. */
static void scan(double t_s, frame *in)
{
    const uint32_t turn = (uint32_t)lround(t_s * 20);
    memset(in, 0, sizeof *in);
    in->kind = FRAME_RADAR;
    in->stamp_ns = 1000000000 + (int64_t)(t_s * 1e9);
    in->received_ns = in->stamp_ns + 40000000;
    for (uint32_t i = 0; i < 3 * LINES; i++) {
        double y = truly_m[i / 3], x = 8.0 + (double)((turn * 7919 + i * 104729) % 1500) / 100;
        radar_detection *d = &in->u.radar.detections[in->u.radar.count];
        if (isnan(y))
            continue;
        *d = (radar_detection){.range_m = (float)hypot(x, y),
                               .azimuth_rad = (float)atan2(y, x),
                               .elevation_rad = NAN,
                               .doppler_mps = doppler_off - (float)(speed_mps * x / hypot(x, y)),
                               .track_id = -1};
        in->u.radar.count++;
    }
}

static void drive(int scans)
{
    static frame in;
    for (int k = 0; k < scans; k++) {
        scan(0.05 * k, &in);
        if (k > 0) {
            core->f.stamp_ns = in.stamp_ns;
            core->f.position_ecef_m[2] += 0.05 * speed_mps;
        }
        map_returns_note(core, &core->source[0], &in);
        map_returns_fuse(core, &core->source[0], &in);
    }
}

/* How far the filter has the vehicle too far to the left. */
static double left_of(void)
{
    return -core->f.position_ecef_m[1];
}

static double sigma(int state)
{
    return sqrt((double)covariance_at(&core->f.p, state, state));
}

START_TEST (rails_say_where_across_and_nothing_along) {
    off_m = _i ? 0.9 : -1.4;
    begin(1.0f);
    drive(60);
    ck_assert_uint_gt(used, 20);
    ck_assert_uint_eq(elements, 3); /* both */
    ck_assert_double_lt(fabs(left_of()), 0.1);
    ck_assert_double_lt(sigma(STATE_POSITION + 1), 0.25); /* with the mount's yaw */
    ck_assert_double_gt(sigma(STATE_POSITION + 1),
                        0.05); /* the survey's and the rail's own are not averaged */
    ck_assert_double_gt(sigma(STATE_POSITION + 2), 0.97);
    ck_assert(core->source[0].returned_ns != INT64_MIN);
}
END_TEST

START_TEST (a_rail_that_is_not_there) {
    truly_m[0] = truly_m[1] = NAN;
    begin(1.0f);
    drive(60);
    ck_assert_uint_eq(used, 0);
    ck_assert_double_gt(sigma(STATE_POSITION + 1), 0.99);
}
END_TEST

/* One of two contradicts the other: nobody knows which. */
START_TEST (one_that_was_moved) {
    truly_m[0] = -6;
    begin(1.0f);
    drive(60);
    ck_assert_uint_eq(used, 0);
    ck_assert_uint_gt(ambiguous, 0);
}
END_TEST

/* The pose is sure: both lie elsewhere, and do not drag it. */
START_TEST (both_were_moved) {
    truly_m[0] = -6;
    truly_m[1] = 8;
    begin(0.15f);
    covariance_reset(&core->f.p, core->source[0].first_state + RADAR_YAW, 1e-6f);
    drive(60);
    ck_assert_uint_eq(used, 0);
    ck_assert_uint_gt(ambiguous, 0);
    ck_assert_double_lt(fabs(left_of()), 0.01);
}
END_TEST

/* A fence behind it that answers as often: which of the two is the rail is not asked. */
START_TEST (two_lines_where_the_map_has_one) {
    truly_m[1] = -6.5;
    begin(1.0f);
    drive(60);
    ck_assert_uint_eq(used, 0);
}
END_TEST

START_TEST (vehicles_beside_are_no_rail) {
    truly_m[0] = -4.2;
    truly_m[1] = NAN;
    doppler_off = 5;
    begin(1.0f);
    drive(60);
    ck_assert_uint_eq(used, 0);
}
END_TEST

START_TEST (a_pose_that_knows_nothing_is_not_told) {
    begin(6.0f);
    drive(60);
    ck_assert_uint_eq(used, 0);
}
END_TEST

START_TEST (the_clock_takes_it_along) {
    const int64_t hour_ns = INT64_C(3600000000000);
    begin(1.0f);
    drive(10);
    int rail = radar_rails_find(&core->map.rails, 0, 0, core->f.stamp_ns);
    ck_assert_int_ne(rail, RADAR_NO_RAIL);
    const int64_t seen_ns = core->map.rails.of[rail].seen_ns;
    fusion_shift_time(core, hour_ns);
    ck_assert_int_eq(core->map.rails.of[rail].seen_ns, seen_ns + hour_ns);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("map rails");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, rails_say_where_across_and_nothing_along, 0, 2);
    tcase_add_test(cases, a_rail_that_is_not_there);
    tcase_add_test(cases, one_that_was_moved);
    tcase_add_test(cases, both_were_moved);
    tcase_add_test(cases, two_lines_where_the_map_has_one);
    tcase_add_test(cases, vehicles_beside_are_no_rail);
    tcase_add_test(cases, a_pose_that_knows_nothing_is_not_told);
    tcase_add_test(cases, the_clock_takes_it_along);
    return run_cases("map rails", cases);
}
