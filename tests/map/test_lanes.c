/*
 * How lanelets hang together: whichever way their bounds run in the file.
 */
#include "map/lanes.h"
#include "tests/map/map_rig.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static rig r;
static map_lanes l;

static void find(const char *text)
{
    ck_assert_msg(rig_read(&r, text), "%s", r.e.text);
    ck_assert(map_lanes_find(&l, &r.m));
}

static void finish(void)
{
    map_lanes_finish(&l);
    rig_finish(&r);
}

START_TEST (follow) {
    find(rig_two_lanes);
    ck_assert(!r.m.lanelets[0].left_reversed && !r.m.lanelets[0].right_reversed);
    ck_assert_uint_eq(l.links[0].followers[0], 1);
    ck_assert_uint_eq(l.links[0].followers[1], MAP_NONE);
    ck_assert_uint_eq(l.links[0].predecessors[0], MAP_NONE);
    ck_assert_uint_eq(l.links[1].predecessors[0], 0);
    map_gate begin = map_lane_begin(&l, 1);
    ck_assert_double_eq_tol(begin.right_m[0] - begin.left_m[0], 3.5, 0.01); /* east */
    map_gate end = map_lane_finish(&l, 1);
    ck_assert_double_eq_tol(end.left_m[1] - begin.left_m[1], 20, 0.02); /* north */
    finish();
}
END_TEST

/* The way `id` of the two lanes runs the other way. */
START_TEST (bounds_run_either_way) {
    static const char *const forward[] = {"<nd ref='1'/><nd ref='3'/>", "<nd ref='2'/><nd ref='4'/>"};
    static const char *const backward[] = {"<nd ref='3'/><nd ref='1'/>", "<nd ref='4'/><nd ref='2'/>"};
    for (int which = 1; which < 4; which++) {
        char *text = strdup(rig_two_lanes);
        for (int i = 0; i < 2; i++) {
            if (which & (1 << i))
                memcpy(strstr(text, forward[i]), backward[i], strlen(backward[i]));
        }
        find(text);
        ck_assert_int_eq(r.m.lanelets[0].left_reversed, which & 1);
        ck_assert_int_eq(r.m.lanelets[0].right_reversed, which >> 1);
        ck_assert_uint_eq(l.links[0].followers[0], 1);
        finish();
        free(text);
    }
}
END_TEST

/* A lanelet whose left and right are swapped goes south. */
START_TEST (left_and_right_say_which_way) {
    char *text = strdup(rig_two_lanes);
    memcpy(strstr(text, "ref='11' role='left'"), "ref='21' role='left'", 20);
    memcpy(strstr(text, "ref='21' role='right'"), "ref='11' role='right'", 21);
    find(text);
    ck_assert(r.m.lanelets[0].left_reversed && r.m.lanelets[0].right_reversed);
    ck_assert_uint_eq(l.links[0].followers[0], MAP_NONE);
    finish();
    free(text);
}
END_TEST

START_TEST (beside) {
    find(OSM("<node id='1' lat='49' lon='8'/><node id='2' lat='49.001' lon='8'/>"
             "<node id='3' lat='49' lon='8.00005'/><node id='4' lat='49.001' lon='8.00005'/>"
             "<node id='5' lat='49' lon='8.0001'/><node id='6' lat='49.001' lon='8.0001'/>"
             "<node id='7' lat='49' lon='7.99995'/><node id='8' lat='49.001' lon='7.99995'/>"
             "<way id='1'><nd ref='1'/><nd ref='2'/></way><way id='2'><nd ref='4'/><nd ref='3'/></way>"
             "<way id='3'><nd ref='5'/><nd ref='6'/></way><way id='4'><nd ref='7'/><nd ref='8'/></way>"
             "<relation id='1'><member type='way' ref='1' role='left'/><member type='way' ref='2' "
             "role='right'/><tag k='type' v='lanelet'/><tag k='subtype' v='road'/></relation>"
             "<relation id='2'><member type='way' ref='2' role='left'/><member type='way' ref='3' "
             "role='right'/><tag k='type' v='lanelet'/><tag k='subtype' v='road'/></relation>"
             /* oncoming: it shares way 1 with the first, as its left too */
             "<relation id='3'><member type='way' ref='1' role='left'/><member type='way' ref='4' "
             "role='right'/><tag k='type' v='lanelet'/><tag k='subtype' v='road'/></relation>"));
    ck_assert_uint_eq(l.links[0].right_lane, 1);
    ck_assert_uint_eq(l.links[1].left_lane, 0);
    ck_assert_uint_eq(l.links[0].left_lane, MAP_NONE);
    ck_assert_uint_eq(l.links[2].left_lane, MAP_NONE);
    ck_assert_uint_eq(l.links[2].right_lane, MAP_NONE);
    finish();
}
END_TEST

START_TEST (empty_map) {
    find(OSM(""));
    ck_assert_uint_eq(l.end_count, 0);
    finish();
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("all");
    tcase_add_test(c, follow);
    tcase_add_test(c, bounds_run_either_way);
    tcase_add_test(c, left_and_right_say_which_way);
    tcase_add_test(c, beside);
    tcase_add_test(c, empty_map);
    return run_cases("lanes", c);
}
