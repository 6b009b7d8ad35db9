/* The lane detector on rendered roads: right where it is sure, unsure where there is nothing, and steady from
 * picture to picture. lane_table.c has the whole table. */
#include "tests/sensors/lane_road.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 640, HEIGHT = 360, SEEDS = 6, STEPS = 20 };
static const lanes_options options = {.width_m = LANES_WIDTH_M};

static lane_finder *create(const lane_ground *g)
{
    error e = {""};
    lane_finder *f = lanes_create(&options, g, &e);
    ck_assert_msg(f != NULL, "%s", e.text);
    return f;
}

static lanes_view look_at(const road_scene *s, road_picture *p, lane_finder *f)
{
    lanes_view v;
    const colour_view view = road_picture_view(p);
    road_render(s, p);
    ck_assert(lanes_look(f, &view, 0.04, &v));
    return v;
}

static bool is_right(const road_scene *s, const lanes_view *v, int side)
{
    return s->painted[side] && fabs(v->offset_m[side] - road_offset(s, side)) < 0.15 &&
           fabs(v->heading_rad - road_heading(s)) < 0.0175;
}

/* Something else than the line. */
static bool is_another(const road_scene *s, const lanes_view *v, int side)
{
    return !s->painted[side] || fabs(v->offset_m[side] - road_offset(s, side)) > 0.5;
}

/* By condition: lines that are sure (0.8 and more) of 2 x SEEDS, at least. None of them is something else,
 * and one may be more than 0.15 m off: 0.8 does not promise more. */
static const int least_sure[ROAD_CONDITIONS] = {
    [ROAD_DAY] = 8,     [ROAD_DUSK] = 6,    [ROAD_NIGHT] = 5, [ROAD_RAIN] = 2,
    [ROAD_WORN] = 5,    [ROAD_SHADOWS] = 4, [ROAD_GLARE] = 5, [ROAD_CONCRETE] = 2,
    [ROAD_CLUTTER] = 4, [ROAD_DECOYS] = 5,  [ROAD_BARE] = 0,
};

START_TEST (sure_is_right) {
    road_picture p = road_picture_create(WIDTH, HEIGHT);
    int sure = 0, off = 0;
    for (uint64_t seed = 5000; seed < 5000 + SEEDS; seed++) {
        const road_scene s = road_draw((road_condition)_i, seed, WIDTH, HEIGHT);
        lane_finder *f = create(&s.ground);
        const lanes_view v = look_at(&s, &p, f);
        for (int side = 0; side < LANE_SIDES; side++) {
            if (!(v.score[side] >= 0.8))
                continue;
            sure++;
            off += !is_right(&s, &v, side);
            ck_assert_msg(!is_another(&s, &v, side),
                          "%s, seed %d, side %d: %.2f m with a score of %.2f, is %.2f m", road_names[_i],
                          (int)seed, side, v.offset_m[side], v.score[side], road_offset(&s, side));
        }
        lanes_destroy(f);
    }
    printf("%s: %d of %d lines with a score of 0.8 or more, %d of them not within 0.15 m\n", road_names[_i],
           sure, 2 * SEEDS, off);
    ck_assert_int_le(off, 1);
    ck_assert_int_ge(sure, least_sure[_i]);
    road_picture_destroy(&p);
}
END_TEST

/* What a picture without a road may score at most. */
static const float nothing_score = 0.4F;

START_TEST (no_road_is_no_lane) {
    road_picture p = road_picture_create(WIDTH, HEIGHT);
    for (uint64_t seed = 1; seed <= 4; seed++) {
        const road_scene s = road_draw(ROAD_DAY, seed, WIDTH, HEIGHT);
        lane_finder *f = create(&s.ground);
        const colour_view view = road_picture_view(&p);
        lanes_view v;
        road_render_nothing((road_nothing)_i, seed, &p);
        for (int i = 0; i < 3; i++) { /* and it does not grow surer by looking again */
            ck_assert(lanes_look(f, &view, 0.04, &v));
            for (int k = 0; k < v.frame.count; k++)
                ck_assert_msg(v.frame.lanes[k].score <= nothing_score, "nothing %d, seed %d: %.2f", _i,
                              (int)seed, (double)v.frame.lanes[k].score);
        }
        lanes_destroy(f);
    }
    road_picture_destroy(&p);
}
END_TEST

/* A drive over a road with dashes, drifting in its lane: offsets follow, types are found, the frame says it.
 */
START_TEST (a_track_follows) {
    road_picture p = road_picture_create(WIDTH, HEIGHT);
    road_scene s = road_draw(ROAD_DAY, 3, WIDTH, HEIGHT);
    lane_finder *f = create(&s.ground);
    lanes_view v = {.found = false};
    s.painted[LANE_LEFT] = s.painted[LANE_RIGHT] = true;
    s.dashed[LANE_LEFT] = false;
    s.dashed[LANE_RIGHT] = true;
    s.worn = s.crest_1pm = s.taper = s.wobble_m = 0.0;
    for (int i = 0; i < STEPS; i++, s.along_m += 1.0, s.shape.at[LANE_CENTRE] += 0.02) {
        s.shape.at[LANE_PITCH] = s.pitch_rad = 0.01 * sin(0.3 * i);
        v = look_at(&s, &p, f);
        for (int side = 0; side < LANE_SIDES; side++)
            ck_assert_double_lt(fabs(v.offset_m[side] - road_offset(&s, side)), 0.1);
        ck_assert_double_lt(fabs(v.fit.belief.mean.at[LANE_PITCH] - s.pitch_rad), 0.004);
    }
    ck_assert_str_eq(v.type[LANE_LEFT], "solid");
    ck_assert_str_eq(v.type[LANE_RIGHT], "dashed");
    ck_assert_int_eq(v.frame.count, 2);
    ck_assert_int_eq(v.frame.lanes[0].side, LANE_SIDE_LEFT);
    ck_assert_int_eq(v.frame.lanes[1].side, LANE_SIDE_RIGHT);
    ck_assert_float_gt(v.frame.lanes[0].offset_m, 0.0F);
    ck_assert_str_eq(v.frame.lanes[1].type, "dashed");
    ck_assert_float_gt(v.frame.lanes[0].score, 0.8F);
    /* The road ends: the track does not live on. */
    const colour_view view = road_picture_view(&p);
    road_render_nothing(NOTHING_GREY, 1, &p);
    ck_assert(lanes_look(f, &view, 0.04, &v));
    for (int k = 0; k < v.frame.count; k++)
        ck_assert_float_le(v.frame.lanes[k].score, nothing_score);
    lanes_destroy(f);
    road_picture_destroy(&p);
}
END_TEST

START_TEST (the_same_picture_gives_the_same_bits) {
    road_picture p = road_picture_create(WIDTH, HEIGHT);
    const road_scene s = road_draw(ROAD_SHADOWS, 8, WIDTH, HEIGHT);
    lane_finder *a = create(&s.ground), *b = create(&s.ground);
    const lanes_view first = look_at(&s, &p, a);
    look_at(&s, &p, b);
    lanes_forget(b);
    const lanes_view second = look_at(&s, &p, b);
    ck_assert_mem_eq(&first.frame, &second.frame, sizeof first.frame);
    lanes_destroy(a);
    lanes_destroy(b);
    road_picture_destroy(&p);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("lanes");
    tcase_set_timeout(cases, 300);
    tcase_add_loop_test(cases, sure_is_right, 0, ROAD_CONDITIONS);
    tcase_add_loop_test(cases, no_road_is_no_lane, 0, NOTHINGS);
    tcase_add_test(cases, a_track_follows);
    tcase_add_test(cases, the_same_picture_gives_the_same_bits);
    return run_cases("lanes", cases);
}
