/*
 * posed map check: each kind of problem, by its code and element, in a map that has no other.
 */
#include "map/check.h"
#include "tests/map/map_rig.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rig r;

static void look(const char *text)
{
    map_lanes l;
    ck_assert_msg(rig_read(&r, text), "%s", r.e.text);
    ck_assert(map_lanes_find(&l, &r.m));
    ck_assert(map_check(&l, &r.p));
    map_lanes_finish(&l);
}

START_TEST (good_map) {
    look(rig_two_lanes);
    rig_print(&r);
    ck_assert_uint_eq(r.p.counts[MAP_ERROR], 0);
    ck_assert_uint_eq(r.p.counts[MAP_WARNING], 0);
    ck_assert_uint_eq(rig_count(&r, "no_successor"), 1); /* of 102 */
    ck_assert_uint_eq(rig_count(&r, "no_height"), 1);
    rig_finish(&r);
}
END_TEST

/* What is replaced in the two lanes, by what, and the problem that it makes. Bounds 11 and 12 are on the
 * left, nodes 1, 3, 5 going north; 1 m is 8.993e-6 deg of latitude, 1.367e-5 of longitude. */
static const struct {
    const char *from, *to, *code, *kind;
    int64_t id;
    map_severity severity;
} wrong[] = {
    /* the left bound wanders over the right one and back */
    {"<nd ref='1'/><nd ref='3'/>", "<nd ref='1'/><nd ref='8'/><nd ref='9'/><nd ref='3'/>", "bounds_cross",
     "lanelet", 101, MAP_ERROR},
    /* back over itself */
    {"<nd ref='1'/><nd ref='3'/>", "<nd ref='1'/><nd ref='9'/><nd ref='10'/><nd ref='8'/><nd ref='3'/>",
     "crosses_itself", "way", 11, MAP_ERROR},
    {"<nd ref='1'/><nd ref='3'/>", "<nd ref='1'/><nd ref='1'/><nd ref='3'/>", "zero_length", "way", 11,
     MAP_ERROR},
    /* 1 m wide at its end */
    {"<way id='12'><nd ref='3'/><nd ref='5'/>", "<way id='12'><nd ref='3'/><nd ref='12'/>", "narrow",
     "lanelet", 102, MAP_WARNING},
    {"<way id='12'><nd ref='3'/><nd ref='5'/>", "<way id='12'><nd ref='3'/><nd ref='14'/>", "wide", "lanelet",
     102, MAP_WARNING},
    {"<way id='12'><nd ref='3'/><nd ref='5'/>", "<way id='12'><nd ref='3'/><nd ref='15'/>", "long_segment",
     "way", 12, MAP_ERROR},
    {"<way id='12'><nd ref='3'/>", "<way id='12'><nd ref='13'/>", "gap", "lanelet", 101, MAP_ERROR},
    {"<way id='12'><nd ref='3'/>", "<way id='12'><nd ref='16'/>", "loose_joint", "lanelet", 101, MAP_WARNING},
    {"ref='12' role='left'/><member type='way' ref='22' role='right'",
     "ref='22' role='left'/><member type='way' ref='12' role='right'", "swapped", "lanelet", 102, MAP_ERROR},
    {"<way id='12'>", "<node id='99' lat='49.01' lon='8'><tag k='type' v='pole'/></node><way id='12'>",
     "far_mark", "node", 99, MAP_NOTE},
    {"<way id='12'>",
     "<node id='98' lat='49' lon='8'><tag k='type' v='tag'/><tag k='posed:tag_id' v='4'/></node>"
     "<node id='99' lat='49' lon='8'><tag k='type' v='tag'/><tag k='posed:tag_id' v='4'/></node><way "
     "id='12'>",
     "duplicate_id", "node", 4, MAP_ERROR},
    {"<node id='1' lat='49.0' lon='8.0'/>", "<node id='1' lat='49.0' lon='8.0'><tag k='ele' v='90'/></node>",
     "no_height", "file", 0, MAP_WARNING},
};

static const char more_nodes[] =
    "<node id='8' lat='49.00005' lon='8.0001'/><node id='9' lat='49.0001' lon='8.0001'/>"
    "<node id='10' lat='49.00005' lon='7.99999'/><node id='12' lat='49.00035972' lon='8.0000342'/>"
    "<node id='13' lat='49.00019' lon='8.0'/><node id='14' lat='49.00035972' lon='7.9999'/>"
    "<node id='15' lat='49.1' lon='8.0'/><node id='16' lat='49.0001803' lon='8.0'/>";

/* The two lanes with one thing replaced, and nodes that it may use. */
static char *altered(const char *from, const char *to)
{
    static const char begin[] = "<osm version='0.6'>";
    const char *at = strstr(rig_two_lanes, from);
    size_t size = strlen(rig_two_lanes) + strlen(to) + sizeof more_nodes;
    ck_assert_msg(at != NULL, "nothing to replace: %s", from);
    char *text = malloc(size);
    snprintf(text, size, "%s%s%.*s%s%s", begin, more_nodes, (int)(at - rig_two_lanes - (long)strlen(begin)),
             rig_two_lanes + strlen(begin), to, at + strlen(from));
    return text;
}

START_TEST (finds) {
    char *text = altered(wrong[_i].from, wrong[_i].to);
    look(text);
    bool found = false;
    for (size_t i = 0; i < r.p.count; i++) {
        const map_problem *p = &r.p.list[i];
        found |= strcmp(p->code, wrong[_i].code) == 0 && strcmp(p->at.kind, wrong[_i].kind) == 0 &&
                 p->at.id == wrong[_i].id && p->severity == wrong[_i].severity;
    }
    if (!found)
        rig_print(&r);
    ck_assert_msg(found, "no %s of %s %d", wrong[_i].code, wrong[_i].kind, (int)wrong[_i].id);
    rig_finish(&r);
    free(text);
}
END_TEST

START_TEST (sorted_by_place) {
    map_problems p = {0};
    map_problem_add(&p, MAP_NOTE, "b", (map_place){"way", 2, 0, 7}, "x");
    map_problem_add(&p, MAP_ERROR, "a", (map_place){"way", 1, 0, 7}, "x");
    map_problem_add(&p, MAP_ERROR, "a", (map_place){"node", 9, 0, 3}, "%d", 5);
    map_problems_sort(&p);
    ck_assert_int_eq(p.list[0].at.id, 9);
    ck_assert_str_eq(p.list[0].text, "5");
    ck_assert_int_eq(p.list[1].at.id, 1);
    ck_assert_uint_eq(p.counts[MAP_ERROR], 2);
    for (int i = 0; i < MAP_PROBLEMS_KEPT; i++)
        map_problem_add(&p, MAP_NOTE, "c", (map_place){"way", i, 0, 0}, "x");
    ck_assert_uint_eq(p.count, MAP_PROBLEMS_KEPT);
    ck_assert_uint_eq(p.counts[MAP_NOTE], MAP_PROBLEMS_KEPT + 1);
    map_problems_finish(&p);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("all");
    tcase_add_test(c, good_map);
    tcase_add_loop_test(c, finds, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(c, sorted_by_place);
    return run_cases("check", c);
}
