/*
 * What is seen some metres beside an element's place: of its kind, near enough, and nothing else of the map.
 */
#include "fusion/map/map_beside.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

static settings set;
static fusion *core;
static frame_landmarks picture;

static void setup(void)
{
    const fusion_sinks sinks = {0};
    static const map_view map = {0};
    settings_default(&set);
    settings_add_source(&set, "camera/front");
    core = fusion_create_on_map(&set, &sinks, &map);
    core->work->problem_of[0] = -1;
    core->work->match.pair_count = 0;
}

static void teardown(void)
{
    fusion_destroy(core);
}

/* A sign that stands 20 m ahead, one metre above the camera, and one thing seen, so far to its left. */
static view_mark look(const char *class_name, float left_m)
{
    view_mark v = {.bearing = {0.1f, 0.05f, 20.0f}};
    picture = (frame_landmarks){.count = 1};
    picture.landmarks[0] = (camera_landmark){.azimuth_rad = 0.1f + left_m / 20.0f,
                                             .elevation_rad = 0.05f,
                                             .range_m = NAN,
                                             .sigma_rad = NAN,
                                             .score = 0.9f};
    strcpy(picture.landmarks[0].class_name, class_name);
    map_beside_look(&core->source[0], core->work, &picture, MAP_CLASS_SIGN, &v);
    return v;
}

START_TEST (what_stands_some_metres_aside) {
    ck_assert(look("sign", 3.0f).beside > 10.0f);
    ck_assert(look("sign", -2.0f).beside > 10.0f);
    ck_assert(look("sign", 9.0f).beside < 1.0f);  /* too far */
    ck_assert(look("pole", 3.0f).beside < 1e-6f); /* not of its kind */
}
END_TEST

START_TEST (what_is_another_element_says_nothing) {
    match_problem *p = &core->work->match;
    core->work->problem_of[0] = 0;
    p->pair_count = 1;
    p->pairs[0] = (match_pair){.detection = 0, .probability = 1.0f};
    ck_assert(look("sign", 3.0f).beside < 1e-6f);
    p->pairs[0].probability = 0.5f;
    ck_assert(look("sign", 3.0f).beside > 5.0f);
}
END_TEST

/* Beside an element at the picture's edge half of the places lie outside. */
START_TEST (what_is_out_of_the_picture_is_not_seen) {
    view_mark v = look("sign", 3.0f);
    ck_assert(v.beside_view > 0.95f);
    v.bearing[0] = (float)(set.sources[0].of.camera.field_deg * 0.017453292519943295);
    map_beside_look(&core->source[0], core->work, &picture, MAP_CLASS_SIGN, &v);
    ck_assert_double_eq_tol((double)v.beside_view, 0.5, 0.01);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("map_beside");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, what_stands_some_metres_aside);
    tcase_add_test(cases, what_is_another_element_says_nothing);
    tcase_add_test(cases, what_is_out_of_the_picture_is_not_seen);
    return run_cases("map_beside", cases);
}
