/*
 * Landmarks in GeoJSON: what is read, and what is wrong with a feature, by its number.
 */
#include "map/geojson.h"
#include "tests/map/map_rig.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static rig r;

static bool read_text(const char *text, size_t size)
{
    r = (rig){0};
    return geojson_parse(&r.m, "my.geojson", text, size, &r.p, &r.e);
}

#define COLLECTION(features) "{\"type\": \"FeatureCollection\", \"features\": [" features "]}"
#define POINT(at, properties)                                                                                \
    "{\"type\": \"Feature\", \"geometry\": {\"type\": \"Point\", \"coordinates\": " at                       \
    "}, \"properties\": {" properties "}}"
#define GOOD POINT("[8.4, 49, 115]", "\"id\": 7, \"class\": \"sign\", \"sigma_m\": 0.05, \"section\": 2")

START_TEST (reads) {
    const char *text = "{\"type\": \"FeatureCollection\","
                       " \"posed\": {\"datum\": \"WGS84\", \"height_m\": 110, \"section_sigma_m\": 0.1,"
                       " \"survey_date\": \"2025-06-01\"}, \"features\": [" GOOD
                       "," POINT("[8.5, 49.1]", "\"id\": 3, \"class\": \"tag\", \"height_m\": 112.5") "]}";
    ck_assert_msg(read_text(text, strlen(text)), "%s", r.e.text);
    rig_print(&r);
    ck_assert_uint_eq(r.p.count, 0);
    ck_assert_uint_eq(r.m.thing_count, 2);
    const map_thing *sign = &r.m.things[0], *tag = &r.m.things[1];
    ck_assert_int_eq(sign->id, 7);
    ck_assert_int_eq(sign->kind, MAP_CLASS_SIGN);
    ck_assert_double_eq(sign->longitude_deg, 8.4);
    ck_assert_double_eq(sign->height_m, 115);
    ck_assert_uint_eq(sign->survey.section, 2);
    ck_assert_float_eq_tol(sign->survey.sigma_m, 0.05F, 1e-6F);
    ck_assert_float_eq_tol(sign->survey.section_sigma_m, 0.1F, 1e-6F);
    ck_assert_int_eq(sign->survey.day, 20240);
    ck_assert_double_eq(tag->height_m, 112.5);
    ck_assert(isnan(tag->survey.sigma_m));
    rig_finish(&r);
}
END_TEST

/* The second feature is bad: what, and the code that says so. */
static const struct {
    const char *text, *code;
} bad[] = {
    {COLLECTION(GOOD ", 7"), "no_feature"},
    {COLLECTION(GOOD "," POINT("[8]", "\"id\": 1, \"class\": \"sign\"")), "bad_position"},
    {COLLECTION(GOOD "," POINT("[49, 8, \"x\"]", "\"id\": 1, \"class\": \"sign\"")), "bad_position"},
    {COLLECTION(GOOD "," POINT("[8, 149]", "\"id\": 1, \"class\": \"sign\"")), "bad_position"},
    {COLLECTION(GOOD "," POINT("[8, 49]", "\"class\": \"sign\"")), "bad_id"},
    {COLLECTION(GOOD "," POINT("[8, 49]", "\"id\": 1, \"class\": \"tree\"")), "bad_class"},
    {COLLECTION(GOOD "," POINT("[8, 49]", "\"id\": 1, \"class\": \"pole\", \"sigma_m\": -1")), "bad_number"},
    {COLLECTION(GOOD ",{\"type\": \"Feature\", \"geometry\": {\"type\": \"LineString\"}}"), "no_point"},
    {COLLECTION(GOOD ",{\"type\": \"Feature\", \"geometry\": null}"), "no_point"},
    {COLLECTION(GOOD "," POINT("[8, 49]", "\"id\": 1.5, \"class\": \"sign\"")), "bad_id"},
    {COLLECTION(GOOD "," POINT("[8, 49]", "\"id\": 1e300, \"class\": \"sign\"")), "bad_id"},
    {COLLECTION(GOOD "," POINT("[8, 49]", "\"id\": \"7b\", \"class\": \"sign\"")), "bad_id"},
    {COLLECTION(GOOD "," POINT("[8, 49]", "\"id\": \"\", \"class\": \"sign\"")), "bad_id"},
    {COLLECTION(GOOD "," POINT("[8, 49]", "\"id\": \"1234567890123456789\", \"class\": \"sign\"")), "bad_id"},
};

START_TEST (says_what_is_wrong) {
    ck_assert_msg(read_text(bad[_i].text, strlen(bad[_i].text)), "%s", r.e.text);
    ck_assert_msg(rig_count(&r, bad[_i].code) == 1, "no %s in %s", bad[_i].code, bad[_i].text);
    ck_assert_uint_eq(r.p.list[0].at.place, 2);
    ck_assert_uint_eq(r.m.thing_count, 1); /* the good one is read */
    rig_finish(&r);
}
END_TEST

/* One landmark, of id 12, as different programs write it. */
static const char *const written[] = {
    COLLECTION(POINT("[8.4, 49]", "\"id\": 12, \"class\": \"sign\"")),
    COLLECTION(POINT("[8.4, 49]", "\"id\": 12.0, \"class\": \"sign\"")),
    COLLECTION(POINT("[84e-1, 4.9e+1, 1.15E2]", "\"id\": 1.2e1, \"class\": \"sign\"")),
    COLLECTION(POINT("[8.4, 49]", "\"id\": \"12\", \"class\": \"sign\"")),
    COLLECTION("{\"type\": \"Feature\", \"id\": \"12\", \"geometry\": {\"type\": \"Point\", \"coordinates\": "
               "[8.4, 49]}, \"properties\": {\"id\": null, \"class\": \"sign\"}}"),
    "\xef\xbb\xbf" COLLECTION(POINT("[8.4, 49]", "\"id\": 12, \"class\": \"sign\"")),
    POINT("[8.4, 49]", "\"id\": 12, \"class\": \"sign\""),
    "{\"crs\": {\"properties\": {\"name\": \"urn:ogc:def:crs:EPSG::4326\"}}, \"type\": "
    "\"FeatureCollection\", "
    "\"features\": [" POINT("[8.4, 49]", "\"id\": 12, \"class\": \"sign\"") "]}",
};

START_TEST (reads_what_others_write) {
    ck_assert_msg(read_text(written[_i], strlen(written[_i])), "%s: %s", written[_i], r.e.text);
    rig_print(&r);
    ck_assert_uint_eq(r.p.count, 0);
    ck_assert_uint_eq(r.m.thing_count, 1);
    ck_assert_int_eq(r.m.things[0].id, 12);
    ck_assert_double_eq_tol(r.m.things[0].longitude_deg, 8.4, 1e-12);
    ck_assert_double_eq_tol(r.m.things[0].latitude_deg, 49, 1e-12);
    rig_finish(&r);
}
END_TEST

static const struct {
    const char *text, *says;
} refused[] = {
    {"", "my.geojson:1: not JSON"},
    {"[1, 2]", "no GeoJSON FeatureCollection"},
    {"{\"type\": \"Point\", \"coordinates\": [8.4, 49]}", "its type is \"Point\", and it has no features"},
    {"{\"type\": \"FeatureCollection\"}", "no GeoJSON FeatureCollection"},
    {"{\"type\": \"FeatureCollection\", \"type\": \"x\", \"features\": []}", "not JSON: duplicate"},
    {"{\"type\": \"FeatureCollection\", \"crs\": {\"properties\": {\"name\": \"EPSG:25832\"}}, \"features\": "
     "[]}",
     "a datum other than WGS84"},
    {"{\"type\": \"FeatureCollection\", \"posed\": {\"datum\": \"ED50\"}, \"features\": []}",
     "a datum other than WGS84"},
};

START_TEST (refuses) {
    ck_assert(!read_text(refused[_i].text, strlen(refused[_i].text)));
    ck_assert_msg(strstr(r.e.text, refused[_i].says), "\"%s\"", r.e.text);
    rig_finish(&r);
}
END_TEST

START_TEST (cut_and_bent) {
    static const char text[] = COLLECTION(GOOD);
    for (size_t i = 0; i < sizeof text - 1; i++) {
        char *copy = malloc(i ? i : 1);
        memcpy(copy, text, i);
        ck_assert(!read_text(copy, i));
        rig_finish(&r);
        free(copy);
        char *whole = strdup(text);
        for (int bit = 0; bit < 8; bit++) {
            whole[i] = (char)(text[i] ^ (1 << bit));
            (void)read_text(whole, sizeof text - 1);
            rig_finish(&r);
        }
        free(whole);
    }
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("all");
    tcase_add_test(c, reads);
    tcase_add_loop_test(c, says_what_is_wrong, 0, sizeof bad / sizeof *bad);
    tcase_add_loop_test(c, reads_what_others_write, 0, sizeof written / sizeof *written);
    tcase_add_loop_test(c, refuses, 0, sizeof refused / sizeof *refused);
    tcase_add_test(c, cut_and_bent);
    return run_cases("geojson", c);
}
