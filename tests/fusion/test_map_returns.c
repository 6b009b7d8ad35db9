/*
 * A radar's returns against the map: what they say of the place, and what is not used.
 */
#include "fusion/core/core.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/map/map_returns.h"
#include "fusion/map/map_stand.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { MOST = 8 };
static map_mark marks[MOST];
static map_tile tiles[MOST];
static uint32_t listed[MOST];
static map_view map;
static settings set;
static fusion *core;
static uint32_t used, rejected, ambiguous;
static uint64_t element;
static float off[2], variance[2];

/* What stands, in the axes of the vehicle as it is at the start: x ahead, y left. */
static double standing[MOST][2];
static int standing_count;
/* Where the vehicle is, and where the filter has it, at the start. */
static double truly_m[2];
static bool stamped, moves;
static double field_deg = 60.0;

static const double speed_mps = 10;

static void keep_verdict(void *context, const verdict *v)
{
    (void)context;
    if (v->quantity != QUANTITY_RETURN)
        return;
    used += v->decision == DECISION_FUSED || v->decision == DECISION_DOWN_WEIGHTED;
    rejected += v->decision == DECISION_REJECTED;
    ambiguous += v->reason == REASON_AMBIGUOUS;
    element = v->decision == DECISION_FUSED ? v->element : element;
    memcpy(off, v->innovation, sizeof off);
    memcpy(variance, v->variance, sizeof variance);
}

/* At the equator, so that ECEF z is north: the vehicle drives up the z axis, its left is west, -y. */
static void to_ecef(const double body[2], double out[3])
{
    geodetic_to_ecef(0.0, 0.0, 100.0, out);
    out[2] += body[0];
    out[1] -= body[1];
}

static void add_mark(double x_m, double y_m, uint8_t kind, bool stands)
{
    const double body[2] = {x_m, y_m};
    map_mark *k = &marks[map.mark_count];
    *k = (map_mark){.id = 100 + map.mark_count, .sigma_m = 0.03f, .section_sigma_m = 0.02f, .kind = kind};
    to_ecef(body, k->position_ecef_m);
    uint64_t key = map_tile_key(k->position_ecef_m);
    uint32_t t = 0;
    while (t < map.tile_count && tiles[t].key != key)
        t++;
    if (t == map.tile_count) { /* of one tile one after the other */
        for (t = map.tile_count++; t > 0 && tiles[t - 1].key > key; t--)
            tiles[t] = tiles[t - 1];
        tiles[t] = (map_tile){.key = key, .first_mark = map.mark_count};
    }
    ck_assert_uint_eq(tiles[t].first_mark + tiles[t].mark_count, map.mark_count);
    tiles[t].mark_count++;
    listed[map.mark_count] = map.mark_count;
    map.mark_count++;
    if (stands)
        memcpy(standing[standing_count++], body, sizeof body);
}

/* The newest one hangs so high above the radar. */
static void hang(double up_m)
{
    marks[map.mark_count - 1].position_ecef_m[0] += 0.5 + up_m;
}

static void setup_with(bool map_returns)
{
    const fusion_sinks sinks = {.verdict = keep_verdict};
    double at[3], q[4];
    const double velocity[3] = {0, 0, speed_mps};
    double axes[3][3] = {{0, 0, 1}, {0, -1, 0}, {1, 0, 0}}; /* columns: forward z, left -y, up x */
    settings_default(&set);
    source_settings *s = settings_add_source(&set, "radar/front");
    s->mount = (mount_settings){.x_m = 3.6, .z_m = 0.5};
    s->of.radar.map_returns = map_returns;
    s->of.radar.field_deg = field_deg;
    map = (map_view){.marks = marks, .tiles = tiles, .tile_marks = listed};
    core = fusion_create_on_map(&set, &sinks, &map);
    geodetic_to_ecef(0.0, 0.0, 100.0, at);
    quat_from_rows(axes, q);
    filter_place(&core->f, 1000000000, at, velocity, q);
    for (int i = 0; i < 3; i++) {
        covariance_reset(&core->f.p, STATE_POSITION + i, 0.25f);
        covariance_reset(&core->f.p, STATE_VELOCITY + i, 1e-4f);
        covariance_reset(&core->f.p, STATE_ATTITUDE + i, 1e-6f);
    }
    core->running = true;
    core->map.held_ns = core->f.stamp_ns; /* tied to the map already */
    used = rejected = ambiguous = 0;
    element = 0;
    standing_count = 0;
    truly_m[0] = truly_m[1] = 0;
    stamped = true;
    moves = false;
}

static void setup(void)
{
    setup_with(true);
}

static void teardown(void)
{
    fusion_destroy(core);
}

/* The scan of what stands, without noise, at a time after the start. */
static void scan(double t_s, frame *in)
{
    memset(in, 0, sizeof *in);
    in->kind = FRAME_RADAR;
    in->stamp_ns = 1000000000 + (int64_t)(t_s * 1e9);
    in->received_ns = in->stamp_ns + (stamped ? 40000000 : 0);
    for (int i = 0; i < standing_count; i++) {
        double x = standing[i][0] - truly_m[0] - speed_mps * t_s - 3.6, y = standing[i][1] - truly_m[1];
        radar_detection *d = &in->u.radar.detections[in->u.radar.count++];
        *d = (radar_detection){.range_m = (float)hypot(x, y),
                               .azimuth_rad = (float)atan2(y, x),
                               .elevation_rad = NAN,
                               .rcs_dbsm = NAN,
                               .track_id = -1};
        d->doppler_mps = -(float)(speed_mps * x / hypot(x, y)) + (moves ? 5.0f : 0.0f);
    }
}

/* As apply.c does: every scan is noted, every fourth fused. The pose goes on by its velocity. */
static void drive(int scans)
{
    static frame in;
    for (int k = 0; k < scans; k++) {
        scan(0.05 * k, &in);
        if (k % 4) {
            map_returns_note(core, &core->source[0], &in);
            continue;
        }
        if (k > 0) {
            core->f.stamp_ns = in.stamp_ns;
            core->f.position_ecef_m[2] += 0.2 * speed_mps;
        }
        map_returns_note(core, &core->source[0], &in);
        map_returns_fuse(core, &core->source[0], &in);
    }
}

/* Where the filter has the vehicle, less where it is, after so many scans: forward and left. */
static void error_after(int scans, double out[2])
{
    const double truth[2] = {truly_m[0] + 0.2 * speed_mps * ((scans - 1) / 4), truly_m[1]};
    double at[3];
    to_ecef(truth, at);
    out[0] = core->f.position_ecef_m[2] - at[2];
    out[1] = -(core->f.position_ecef_m[1] - at[1]);
}

static double sigma(int state)
{
    return sqrt((double)covariance_at(&core->f.p, state, state));
}

START_TEST (a_pole_says_where_along_the_way) {
    double error[2];
    add_mark(45, -6, MAP_CLASS_POLE, true);
    add_mark(48, 7, MAP_CLASS_POLE, true);
    truly_m[0] = 0.4;
    truly_m[1] = -0.2;
    drive(45);
    error_after(45, error);
    ck_assert_uint_gt(used, 4);
    ck_assert_uint_ge(element, 100);
    ck_assert_double_lt(fabs(error[0]), 0.15);
    ck_assert_double_lt(fabs(error[1]), 0.2);
    ck_assert_double_lt(sigma(STATE_POSITION + 2), 0.25);
    ck_assert_double_gt(sigma(STATE_POSITION + 2),
                        0.05); /* survey, stamp, thickness: no hundred looks undo them */
    ck_assert(core->source[0].returned_ns != INT64_MIN);
}
END_TEST

/* What stands beside it is in no map: which of the two is the pole is not asked. */
START_TEST (a_post_beside_the_pole_spoils_it) {
    add_mark(45, -6, MAP_CLASS_POLE, true);
    standing[standing_count][0] = 46.2;
    standing[standing_count++][1] = -6;
    drive(60);
    ck_assert_uint_eq(used, 0);
    ck_assert_uint_eq(rejected, 0);
    ck_assert_double_gt(sigma(STATE_POSITION + 2), 0.49);
}
END_TEST

START_TEST (twins_of_the_map_are_not_told_apart) {
    add_mark(45, -6, MAP_CLASS_POLE, true);
    add_mark(46, -6, MAP_CLASS_SIGN, false);
    drive(60);
    ck_assert_uint_eq(used, 0);
}
END_TEST

START_TEST (what_is_not_in_the_map_is_not_used) {
    add_mark(45, -6, MAP_CLASS_RAIL, true);
    add_mark(48, -20, MAP_CLASS_POLE, false);
    add_mark(48, 3, MAP_CLASS_TAG, true);
    standing[standing_count][0] = 30;
    standing[standing_count++][1] = 5;
    drive(60);
    ck_assert_uint_eq(used, 0);
}
END_TEST

/* An element that was moved further than the pose can be off does not drag it. */
START_TEST (what_stands_elsewhere_is_not_used) {
    add_mark(45, -6, MAP_CLASS_POLE, false);
    standing[standing_count][0] = 45;
    standing[standing_count++][1] = -8.5;
    for (int i = 0; i < 3; i++)
        covariance_reset(&core->f.p, STATE_POSITION + i, 0.01f);
    drive(60);
    ck_assert_uint_eq(used, 0);
}
END_TEST

/* What stands 2.2 m beside a pole that is silent, the pose being known to half a metre: nothing else has
 * answered, it fits within five sigmas, and it is the pole's with a probability of less than nine in ten. */
START_TEST (a_stranger_is_not_taken_for_a_silent_pole) {
    add_mark(45, -6, MAP_CLASS_POLE, false);
    standing[standing_count][0] = 45;
    standing[standing_count++][1] = -8.2;
    drive(45);
    ck_assert_uint_eq(used, 0);
    ck_assert_uint_gt(ambiguous, 0);
}
END_TEST

START_TEST (who_stamps_at_reception_is_not_compared) {
    add_mark(45, -6, MAP_CLASS_POLE, true);
    stamped = false;
    drive(60);
    ck_assert_uint_eq(used, 0);
}
END_TEST

START_TEST (what_moves_is_no_pole) {
    add_mark(45, -6, MAP_CLASS_POLE, true);
    moves = true;
    drive(60);
    ck_assert_uint_eq(used, 0);
}
END_TEST

START_TEST (it_can_be_turned_off) {
    teardown();
    setup_with(false);
    add_mark(45, -6, MAP_CLASS_POLE, true);
    drive(60);
    ck_assert_uint_eq(used, 0);
    ck_assert_uint_eq(ambiguous, 0);
}
END_TEST

/* A pose that nobody has confirmed is not confirmed by a post. */
START_TEST (a_claim_is_not_confirmed) {
    add_mark(45, -6, MAP_CLASS_POLE, true);
    core->claim.open = true;
    drive(60);
    ck_assert_uint_eq(used, 0);
    ck_assert(core->claim.open);
}
END_TEST

static void know_to(float sigma_m)
{
    for (int i = 0; i < 3; i++)
        covariance_reset(&core->f.p, STATE_POSITION + i, sigma_m * sigma_m);
}

static void again(void)
{
    teardown();
    setup();
}

/* A pose that is not sure to 1.5 m is not told by posts that look all alike. */
START_TEST (a_vague_pose_is_not_told) {
    add_mark(45, -6, MAP_CLASS_POLE, true);
    know_to(1.03f); /* per axis: 1.46 m in the plane */
    drive(45);
    ck_assert_uint_gt(used + ambiguous, 0);
    again();
    add_mark(45, -6, MAP_CLASS_POLE, true);
    know_to(1.09f);
    drive(45);
    ck_assert_uint_eq(used + ambiguous, 0);
}
END_TEST

/* Beyond 60 m a pole is not told from the next; it is used as soon as it is nearer. */
START_TEST (what_is_far_is_not_used_yet) {
    add_mark(80, -6, MAP_CLASS_POLE, true);
    drive(32); /* 61 m */
    ck_assert_uint_eq(used, 0);
    again();
    add_mark(80, -6, MAP_CLASS_POLE, true);
    drive(45);
    ck_assert_uint_gt(used, 0);
}
END_TEST

START_TEST (what_is_beside_the_field_is_not_used) {
    for (int wide = 0; wide < 2; wide++) {
        field_deg = wide ? 90.0 : 60.0;
        again();
        add_mark(15, -40, MAP_CLASS_POLE, true); /* 74 degrees and more */
        drive(25);
        ck_assert_int_eq(used > 0, wide);
    }
    field_deg = 60.0;
}
END_TEST

/* A sign within the beam answers from where it hangs or with its post: half of that is taken off. One that is
 * above it does not answer. */
START_TEST (what_hangs_answers_within_the_beam) {
    const double ahead = 45 - 3.6 - 2.2 * speed_mps, flat = hypot(ahead, 6.0);
    add_mark(45, -6, MAP_CLASS_SIGN, true);
    hang(3.0);
    know_to(0.01f);
    drive(45);
    ck_assert_uint_gt(used, 4);
    ck_assert_double_eq_tol((double)off[0], -0.5 * (hypot(flat, 3.0) - flat), 0.02);
    again();
    add_mark(45, -6, MAP_CLASS_LIGHT, true);
    hang(12.0);
    drive(45);
    ck_assert_uint_eq(used, 0);
    again();
    add_mark(45, -6, MAP_CLASS_POST, true); /* a post reaches from the ground up */
    hang(12.0);
    drive(45);
    ck_assert_uint_gt(used, 4);
}
END_TEST

/* The mean of what has answered has to be where the map has the pole. */
START_TEST (what_is_beside_its_place_is_not_used) {
    for (int far = 0; far < 2; far++) {
        again();
        add_mark(45, -6, MAP_CLASS_POLE, false);
        standing[standing_count][0] = 45 + (far ? 0.9 : 0.3);
        standing[standing_count++][1] = -6;
        know_to(0.1f);
        drive(30);
        ck_assert_int_eq(used > 0, !far);
    }
}
END_TEST

/* Posts hold a pose that rests on the map; that it does they do not say. */
START_TEST (posts_hold_and_do_not_begin) {
    add_mark(45, -6, MAP_CLASS_POLE, true);
    drive(45);
    ck_assert_uint_gt(used, 0);
    ck_assert_int_eq(core->map.held_ns, core->f.stamp_ns);
    again();
    add_mark(45, -6, MAP_CLASS_POLE, true);
    core->map.held_ns = INT64_MIN;
    drive(45);
    ck_assert_uint_gt(used, 0);
    ck_assert_int_eq(core->map.held_ns, INT64_MIN);
    ck_assert_int_eq(core->source[0].returned_ns, core->f.stamp_ns);
}
END_TEST

/* Thickness, survey, stamp and the slant of what hangs are in what is expected of a return. */
START_TEST (how_far_a_return_may_be_off) {
    const double ahead = 45 - 3.6 - 2.2 * speed_mps, flat2 = ahead * ahead + 36.0, flat = sqrt(flat2);
    for (int sign = 0; sign < 2; sign++) {
        const radar_settings *own = &set.sources[0].of.radar;
        const double slant = sign ? sqrt(flat2 + 9.0) - flat : 0.0, survey2 = 0.03 * 0.03 + 0.02 * 0.02,
                     way = own->stamp_sigma_s * speed_mps / flat;
        again();
        add_mark(45, -6, sign ? MAP_CLASS_SIGN : MAP_CLASS_POLE, true);
        hang(sign ? 3.0 : 0.0);
        know_to(0.001f);
        drive(45);
        ck_assert_uint_gt(used, 4);
        ck_assert_double_eq_tol((double)variance[0],
                                own->range_sigma_m * own->range_sigma_m + 0.15 * 0.15 + survey2 +
                                    slant * slant / 12.0 + way * way * ahead * ahead,
                                0.0015);
    }
}
END_TEST

START_TEST (a_radar_that_is_doubted_counts_less) {
    double left[2];
    for (int doubted = 0; doubted < 2; doubted++) {
        again();
        add_mark(45, -6, MAP_CLASS_POLE, true);
        core->source[0].down_weighted = doubted;
        drive(37);
        ck_assert_uint_gt(used, 0);
        left[doubted] = sigma(STATE_POSITION + 2);
    }
    ck_assert_double_gt(left[1], 1.3 * left[0]);
}
END_TEST

/* The last states for errors of elements are a camera's. */
START_TEST (some_states_are_left_to_cameras) {
    for (int left = 3; left <= 4; left++) {
        again();
        add_mark(45, -6, MAP_CLASS_POLE, true);
        for (int i = 0; i < core->map.slot_count - left; i++)
            core->map.slots[i] =
                (map_slot){.kind = MAP_SLOT_MARK, .number = 900 + (uint32_t)i, .used_ns = INT64_C(1) << 60};
        drive(45);
        ck_assert_int_eq(used > 0, left == 4);
    }
}
END_TEST

/* By how much ranges are later than their stamps is not known to begin with. */
START_TEST (the_stamp_is_a_state) {
    const int state = core->source[0].first_state + RADAR_STAMP;
    const double of = set.sources[0].of.radar.stamp_sigma_s;
    add_mark(45, -6, MAP_CLASS_POLE, true);
    ck_assert_double_eq_tol(sigma(state), of, 1e-6);
    ck_assert_double_eq_tol((double)core->f.slow[state - STATE_SOURCES].walk, 1e-9, 1e-12);
    know_to(0.01f);
    standing[0][0] += 0.2; /* 20 ms at 10 m/s */
    drive(45);
    ck_assert_double_lt(core->f.source[state - STATE_SOURCES], -0.0003);
    ck_assert_double_lt(sigma(state), 0.99 * of);
}
END_TEST

/* Returns of nonsense, as many as a frame holds: nothing happens, nothing breaks. */
START_TEST (nonsense_is_no_thing) {
    static const float odd[] = {NAN, INFINITY, -INFINITY, 0.0f, -5.0f, 1e30f, 50.0f};
    static frame in;
    const size_t n = sizeof odd / sizeof *odd;
    add_mark(45, -6, MAP_CLASS_POLE, false);
    for (int k = 0; k < 40; k++) {
        memset(&in, 0, sizeof in);
        in.kind = FRAME_RADAR;
        in.stamp_ns = 1000000000 + 50000000 * (int64_t)k;
        in.received_ns = in.stamp_ns + 40000000;
        in.u.radar.count = FRAME_MAX_DETECTIONS;
        for (size_t i = 0; i < FRAME_MAX_DETECTIONS; i++)
            in.u.radar.detections[i] = (radar_detection){.range_m = odd[i % n],
                                                         .azimuth_rad = odd[i / n % n],
                                                         .elevation_rad = odd[i / n / n % n],
                                                         .doppler_mps = odd[(i + 3) % n],
                                                         .rcs_dbsm = odd[i % n],
                                                         .track_id = -1};
        core->f.stamp_ns = in.stamp_ns;
        map_returns_note(core, &core->source[0], &in);
        map_returns_fuse(core, &core->source[0], &in);
    }
    ck_assert_uint_eq(used, 0);
    for (int i = 0; i < 3; i++)
        ck_assert(isfinite(core->f.position_ecef_m[i]) && isfinite(sigma(STATE_POSITION + i)));
}
END_TEST

/* Radar and camera are two witnesses, and share the map. */
START_TEST (each_witness_has_a_hypothesis) {
    const uint32_t returns = BANK_RETURNS, landmarks = UINT32_C(1) << QUANTITY_LANDMARK,
                   lanes = UINT32_C(1) << QUANTITY_LANE;
    const fusion_sinks sinks = {0};
    bool found[3] = {false, false, false};
    settings_add_source(&set, "camera/front");
    settings_add_source(&set, "gnss/roof");
    fusion *c = fusion_create_on_map(&set, &sinks, &map);
    for (int h = 0; h < c->bank.count; h++) {
        const bank_hypothesis *of = &c->bank.of[h];
        found[0] |= of->sources == 1 && of->quantities == returns && of->prior == 1e-2f;
        found[1] |= of->sources == 2 && of->quantities == landmarks;
        found[2] |= of->sources == 3 && of->quantities == (landmarks | lanes | returns) &&
                    of->prior == 1e-4f && bank_rests_on_map(c, of);
    }
    ck_assert(found[0] && found[1] && found[2]);
    int with = c->bank.count;
    fusion_destroy(c);
    set.sources[0].of.radar.map_returns = false;
    c = fusion_create_on_map(&set, &sinks, &map);
    ck_assert_int_eq(c->bank.count, with - 2);
    fusion_destroy(c);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("map_returns");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_pole_says_where_along_the_way);
    tcase_add_test(cases, a_post_beside_the_pole_spoils_it);
    tcase_add_test(cases, twins_of_the_map_are_not_told_apart);
    tcase_add_test(cases, what_is_not_in_the_map_is_not_used);
    tcase_add_test(cases, what_stands_elsewhere_is_not_used);
    tcase_add_test(cases, a_stranger_is_not_taken_for_a_silent_pole);
    tcase_add_test(cases, who_stamps_at_reception_is_not_compared);
    tcase_add_test(cases, what_moves_is_no_pole);
    tcase_add_test(cases, it_can_be_turned_off);
    tcase_add_test(cases, a_claim_is_not_confirmed);
    tcase_add_test(cases, a_vague_pose_is_not_told);
    tcase_add_test(cases, what_is_far_is_not_used_yet);
    tcase_add_test(cases, what_is_beside_the_field_is_not_used);
    tcase_add_test(cases, what_hangs_answers_within_the_beam);
    tcase_add_test(cases, what_is_beside_its_place_is_not_used);
    tcase_add_test(cases, posts_hold_and_do_not_begin);
    tcase_add_test(cases, how_far_a_return_may_be_off);
    tcase_add_test(cases, a_radar_that_is_doubted_counts_less);
    tcase_add_test(cases, some_states_are_left_to_cameras);
    tcase_add_test(cases, the_stamp_is_a_state);
    tcase_add_test(cases, nonsense_is_no_thing);
    tcase_add_test(cases, each_witness_has_a_hypothesis);
    return run_cases("map_returns", cases);
}
