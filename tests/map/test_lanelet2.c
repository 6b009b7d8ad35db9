/*
 * Lanelet2 maps: what is read of the tags, what is refused, and that nothing that is cut or bent crashes.
 */
#include "map/lanelet2.h"
#include "map/lanelet2_tags.h"
#include "tests/map/map_rig.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static rig r;

START_TEST (reads_lanelets) {
    ck_assert_msg(rig_read(&r, rig_two_lanes), "%s", r.e.text);
    rig_print(&r);
    ck_assert_uint_eq(r.p.count, 0);
    ck_assert_uint_eq(r.m.node_count, 6);
    ck_assert_uint_eq(r.m.way_count, 4);
    ck_assert_uint_eq(r.m.lanelet_count, 2);
    const map_lanelet *l = &r.m.lanelets[0];
    ck_assert_int_eq(l->id, 101);
    ck_assert_uint_eq(l->place, 1);
    ck_assert(l->vehicles && l->one_way);
    ck_assert_int_eq(r.m.ways[l->left].id, 11);
    ck_assert_int_eq(r.m.ways[l->left].type, MAP_LINE_DASHED);
    ck_assert_int_eq(r.m.ways[l->right].type, MAP_LINE_CURB);
    ck_assert(isnan(l->speed_limit_mps));
    ck_assert(isnan(r.m.nodes[0].height_m));
    rig_finish(&r);
}
END_TEST

/* Lanelet2 writes "yes"; others what they have for true. */
START_TEST (reads_who_may_drive_there) {
    static const struct {
        const char *value;
        bool yes;
    } words[] = {{"yes", true}, {"true", true}, {"True", true}, {"Yes", true},
                 {"1", true},   {"no", false},  {"", false}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const osm_tag tags[] = {
            {"subtype", "road"}, {"one_way", words[i].value}, {"participant:vehicle", words[i].value}};
        const osm_element e = {.kind = OSM_RELATION, .tags = tags, .tag_count = 3};
        map_lanelet l = {0};
        lanelet2_describe(&l, &e, &(tag_context){0});
        ck_assert_msg(l.vehicles == words[i].yes && l.one_way == words[i].yes, "\"%s\"", words[i].value);
    }
}
END_TEST

START_TEST (reads_things) {
    ck_assert(
        rig_read(&r, OSM("<relation id='9'><tag k='type' v='posed:map'/><tag k='posed:height_m' v='100'/>"
                         "<tag k='posed:geoid_m' v='48'/><tag k='posed:sigma_m' v='0.2'/>"
                         "<tag k='survey:date' v='2024-02-29'/><tag k='posed:datum' v='WGS84'/></relation>"
                         "<node id='1' lat='49' lon='8'><tag k='ele' v='115.5'/></node>"
                         "<node id='2' lat='49' lon='8.00002'><tag k='ele' v='115.5'/></node>"
                         "<node id='3' lat='49.001' lon='8.001'><tag k='type' v='pole'/></node>"
                         "<node id='4' lat='49.002' lon='8.001'><tag k='type' v='apriltag'/>"
                         "<tag k='posed:tag_id' v='17'/><tag k='height' v='1'/></node>"
                         "<way id='5'><nd ref='1'/><nd ref='2'/><tag k='type' v='traffic_sign'/>"
                         "<tag k='subtype' v='de274-60'/><tag k='height' v='0.6'/>"
                         "<tag k='posed:sigma_m' v='0.05'/><tag k='posed:section' v='3'/></way>"
                         "<node id='6' visible='false' lat='49' lon='8'><tag k='type' v='pole'/></node>")));
    rig_print(&r);
    ck_assert_uint_eq(r.p.count, 0);
    ck_assert_uint_eq(r.m.thing_count, 3);
    const map_thing *pole = &r.m.things[0], *tag = &r.m.things[1], *sign = &r.m.things[2];
    ck_assert_int_eq(pole->kind, MAP_CLASS_POLE);
    ck_assert_double_eq(map_thing_height_m(&r.m, pole), 100); /* the file's default */
    ck_assert_float_eq_tol(pole->survey.sigma_m, 0.2F, 1e-6F);
    ck_assert_int_eq(pole->survey.day, 19782);
    ck_assert_int_eq(tag->id, 17);
    ck_assert_double_eq_tol(tag->height_m, 100.5, 1e-9);
    ck_assert_int_eq(sign->id, 5);
    ck_assert_double_eq_tol(sign->longitude_deg, 8.00001, 1e-12);
    ck_assert_double_eq_tol(sign->height_m, 115.5 + 48 + 0.3, 1e-9);
    ck_assert_float_eq_tol(sign->survey.sigma_m, 0.05F, 1e-6F);
    ck_assert_uint_eq(sign->survey.section, 3);
    ck_assert(r.m.files[0].datum_stated);
    rig_finish(&r);
}
END_TEST

START_TEST (limits_of_speed) {
    ck_assert(rig_read(
        &r, OSM("<node id='1' lat='49' lon='8'/><node id='2' lat='49.001' lon='8'/>"
                "<node id='3' lat='49' lon='8.0001'/><node id='4' lat='49.001' lon='8.0001'/>"
                "<way id='1'><nd ref='1'/><nd ref='2'/></way><way id='2'><nd ref='3'/><nd ref='4'/></way>"
                "<way id='3'><nd ref='1'/><nd ref='2'/><tag k='type' v='traffic_sign'/>"
                "<tag k='subtype' v='de274_1'/></way>"
                "<relation id='7'><tag k='type' v='regulatory_element'/><tag k='subtype' v='speed_limit'/>"
                "<member type='way' ref='3' role='refers'/></relation>"
                "<relation id='5'><tag k='type' v='regulatory_element'/><tag k='subtype' v='speed_limit'/>"
                "<tag k='sign_type' v='50 km/h'/></relation>"
                "<relation id='6'><tag k='type' v='regulatory_element'/><tag k='subtype' v='speed_limit'/>"
                "<tag k='sign_type' v='usR2-1'/></relation>"
                "<relation id='8'><tag k='type' v='lanelet'/><tag k='subtype' v='highway'/>"
                "<member type='way' ref='1' role='left'/><member type='way' ref='2' role='right'/>"
                "<member type='relation' ref='6' role='regulatory_element'/>"
                "<member type='relation' ref='5' role='regulatory_element'/>"
                "<member type='relation' ref='7' role='regulatory_element'/></relation>")));
    ck_assert_uint_eq(r.m.lanelet_count, 1); /* the lowest limit that can be read counts */
    ck_assert_float_eq_tol(r.m.lanelets[0].speed_limit_mps, 30 / 3.6F, 1e-4F);
    ck_assert_int_eq(r.m.lanelets[0].road, 0);
    rig_finish(&r);
    ck_assert_float_eq_tol(lanelet2_speed_mps("50"), 50 / 3.6F, 1e-4F);
    ck_assert_float_eq_tol(lanelet2_speed_mps("30 mph"), 13.4112F, 1e-4F);
    ck_assert(isnan(lanelet2_speed_mps("fast")));
    ck_assert(isnan(lanelet2_speed_mps("-5")));
    ck_assert_float_eq_tol(lanelet2_sign_speed_mps("de274-60"), 60 / 3.6F, 1e-4F);
    ck_assert(isnan(lanelet2_sign_speed_mps("de206")));
}
END_TEST

/* What is wrong with single elements, and the code that says so. */
static const struct {
    const char *text, *code;
} bad[] = {
    {OSM("<way id='1'><nd ref='5'/></way>"), "missing_node"},
    {OSM("<node id='x' lat='1' lon='1'/>"), "bad_id"},
    {OSM("<node id='1' lat='91' lon='1'/>"), "bad_position"},
    {OSM("<node id='1' lat='nan' lon='1'/>"), "bad_position"},
    {OSM("<node id='1' lat='0x1' lon='1'/>"), "bad_position"},
    {OSM("<node id='1' lon='1'/>"), "bad_position"},
    {OSM("<node id='1' lat='1' lon='1'/><node id='1' lat='2' lon='1'/>"), "duplicate_id"},
    {OSM("<node id='1' lat='1' lon='1'><tag k='ele' v='high'/></node>"), "bad_number"},
    {OSM("<node id='1' lat='1' lon='1'><tag k='type' v='apriltag'/></node>"), "bad_tag_id"},
    {OSM("<way id='1'><nd ref='five'/></way>"), "bad_ref"},
    {OSM("<relation id='1'><member type='moon' ref='1' role=''/></relation>"), "bad_ref"},
    {OSM("<relation id='1'><tag k='type' v='lanelet'/></relation>"), "missing_bound"},
    {OSM("<relation id='1'><member type='way' ref='7' role='left'/><tag k='type' v='lanelet'/></relation>"),
     "missing_bound"},
    {OSM("<way id='2'/><relation id='1'><member type='way' ref='2' role='left'/>"
         "<member type='way' ref='2' role='left'/><tag k='type' v='lanelet'/></relation>"),
     "two_bounds"},
    {OSM("<relation id='1'><member type='relation' ref='5' role='regulatory_element'/><tag k='type' "
         "v='lanelet'/></relation>"),
     "missing_rule"},
    {OSM("<relation id='1'><member type='way' ref='5' role='refers'/><tag k='subtype' v='speed_limit'/>"
         "<tag k='type' v='regulatory_element'/></relation>"),
     "missing_rule"},
    {OSM("<relation id='1'><tag k='type' v='lanelet'/><tag k='one_way' v='-1'/></relation>"), "bad_tag"},
    {OSM("<relation id='1'><tag k='type' v='lanelet'/></relation>"), "unknown_subtype"},
    {OSM("<relation id='1'><tag k='type' v='lanelet'/><tag k='subtype' v='raod'/></relation>"),
     "unknown_subtype"},
    {OSM("<way id='1'><tag k='type' v='pole'/></way>"), "short_line"},
    {OSM("<node id='1' lat='1' lon='1'><tag k='survey:date' v='2023-02-29'/></node>"), "bad_date"},
    {OSM("<relation id='1'><tag k='type' v='posed:map'/><tag k='posed:height_m' v='1'/></relation>"
         "<relation id='2'><tag k='type' v='posed:map'/><tag k='posed:height_m' v='2'/></relation>"),
     "two_statements"},
};

START_TEST (says_what_is_wrong) {
    ck_assert_msg(rig_read(&r, bad[_i].text), "%s", r.e.text);
    if (rig_count(&r, bad[_i].code) == 0) {
        rig_print(&r);
        ck_abort_msg("no %s in: %s", bad[_i].code, bad[_i].text);
    }
    ck_assert_uint_eq(r.p.list[0].at.place, 1);
    rig_finish(&r);
}
END_TEST

/* What cannot be read at all. */
static const struct {
    const char *text, *says;
} refused[] = {
    {"", "no element found"},
    {"<osm><node id='1'", "my.osm:1: not well-formed"},
    {"<html></html>", "the root is not <osm>"},
    {"<!DOCTYPE osm [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><osm/>", "document type is refused"},
    {"<!DOCTYPE osm SYSTEM 'file:///etc/passwd'><osm/>", "document type is refused"},
    {"<osm>&undefined;</osm>", "not well-formed"},
    {"<osm>\n<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>", "my.osm:2: nested deeper"},
    {OSM("<relation id='1'><tag k='type' v='posed:map'/><tag k='posed:datum' v='ED50'/></relation>"),
     "only WGS84 is read"},
};

START_TEST (refuses) {
    ck_assert(!rig_read(&r, refused[_i].text));
    ck_assert_msg(strstr(r.e.text, refused[_i].says), "\"%s\" does not say \"%s\"", r.e.text,
                  refused[_i].says);
    rig_finish(&r);
}
END_TEST

START_TEST (cut_at_every_byte) {
    size_t size = strlen(rig_two_lanes);
    for (size_t i = 0; i < size; i++) {
        char *text = malloc(i + 1); /* exactly as long, so that a read beyond it is seen */
        memcpy(text, rig_two_lanes, i);
        text[i] = '\0';
        ck_assert(!rig_read(&r, text));
        ck_assert(strncmp(r.e.text, "my.osm:1: ", 10) == 0);
        rig_finish(&r);
        free(text);
    }
}
END_TEST

START_TEST (every_byte_bent) {
    size_t size = strlen(rig_two_lanes);
    char *text = strdup(rig_two_lanes);
    for (size_t i = 0; i < size; i++) {
        for (int bit = 0; bit < 7; bit++) {
            text[i] = (char)(rig_two_lanes[i] ^ (1 << bit));
            map_lanes lanes;
            if (text[i] != '\0' && rig_read(&r, text) && map_lanes_find(&lanes, &r.m))
                map_lanes_finish(&lanes);
            if (text[i] != '\0')
                rig_finish(&r);
        }
        text[i] = rig_two_lanes[i];
    }
    free(text);
}
END_TEST

START_TEST (days) {
    int32_t day;
    ck_assert(map_parse_day("1970-01-01", &day) && day == 0);
    ck_assert(map_parse_day("2000-03-01", &day) && day == 11017);
    ck_assert(map_parse_day("2024", &day) && day == 19723);
    ck_assert(!map_parse_day("2024-13-01", &day));
    ck_assert(!map_parse_day("2024-1-1", &day));
    ck_assert(!map_parse_day("2024-01-01T00:00", &day));
    ck_assert(!map_parse_day("", &day));
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("all");
    tcase_add_test(c, reads_lanelets);
    tcase_add_test(c, reads_who_may_drive_there);
    tcase_add_test(c, reads_things);
    tcase_add_test(c, limits_of_speed);
    tcase_add_loop_test(c, says_what_is_wrong, 0, sizeof bad / sizeof *bad);
    tcase_add_loop_test(c, refuses, 0, sizeof refused / sizeof *refused);
    tcase_add_test(c, cut_at_every_byte);
    tcase_add_test(c, every_byte_bent);
    tcase_add_test(c, days);
    tcase_set_timeout(c, 120);
    return run_cases("lanelet2", c);
}
