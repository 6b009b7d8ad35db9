/*
 * Scenarios out of YAML: what is read, what is refused and where, and that printing loads back.
 */
#include "sim/scenario.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static sim_scenario *s, *again;
static config_problems *p;

static void setup(void)
{
    s = calloc(1, sizeof *s);
    again = calloc(1, sizeof *again);
    p = calloc(1, sizeof *p);
    ck_assert(s && again && p);
}

static void teardown(void)
{
    free(s);
    free(again);
    free(p);
}

static bool load(const char *text)
{
    memset(p, 0, sizeof *p);
    return sim_scenario_load_text(s, "dir/my.yaml", text, strlen(text), p);
}

START_TEST (reads) {
    ck_assert(load("about: a test\n"
                   "road: {kind: motorway, speed_mps: 30}\n"
                   "weather: {light: night, rain: 0.25}\n"
                   "sensors:\n"
                   "  gnss/roof: {mount: {x_m: 0.5}, grade: rtk, rate_hz: 5}\n"
                   "  imu/box: {}\n"
                   "config: {filter: {window_s: 0.7}, sources: {imu/box: {stale_after_s: 0.4}}}\n"));
    ck_assert_str_eq(s->name, "my"); /* after its file */
    ck_assert_int_eq(s->road.kind, SIM_ROAD_MOTORWAY);
    ck_assert_double_eq(s->road.speed_mps, 30);
    ck_assert_int_eq(s->weather.light, SIM_LIGHT_NIGHT);
    ck_assert_uint_eq(s->sensor_count, 2);
    ck_assert_int_eq(s->sensors[0].of.gnss.grade, SIM_GNSS_RTK);
    ck_assert_double_eq(s->sensors[0].rate_hz, 5);
    ck_assert_double_eq(s->sensors[1].rate_hz, 100); /* of its kind */
    ck_assert_double_eq(s->config.filter.window_s, 0.7);
    ck_assert_uint_eq(s->config.source_count, 2);
    ck_assert_double_eq(s->config.sources[0].mount.x_m, 0.5); /* the sensor's mount is the source's */
    ck_assert_double_eq(s->config.sources[1].stale_after_s, 0.4);
}
END_TEST

/* text, what the problem must say */
static const struct {
    const char *text, *says;
} refused[] = {
    {"", "empty"},
    {"road: {kind: town}\n", "no sensors"},
    {"sensors: {gnss/roof: {open_least_m: 0.2}}\n", "1:37: open_least_m"}, /* better than a real part */
    {"sensors: {gnss/roof: {rate_hz: 7}}\n", "200 divided by a whole number"},
    {"sensors: {gnss/roof: {open_least_m: 5, open_most_m: 2}}\n", "larger than its"},
    {"sensors: {laser/roof: {}}\n", "laser/roof"},
    {"sensors: {imu/a: {}, imu/a: {}}\n", "given twice"},
    {"sensors: [imu/a]\n", "expected sensors"},
    {"rad: {}\nsensors: {imu/a: {}}\n", "no setting \"rad\" in a scenario"},
    {"road: {kind: sea}\nsensors: {imu/a: {}}\n", "1:14: kind: expected one of town, motorway"},
    {"road: {kind: map}\nsensors: {imu/a: {}}\n", "needs a file"},
    {"road: {kind: map, file: a.osm, route: 7}\nsensors: {imu/a: {}}\n",
     "route: expected a list of lanelets"},
    {"road: {kind: map, file: a.osm, route: [7, x]}\nsensors: {imu/a: {}}\n", "1:43: route: expected the id"},
    {"road: {kind: map, file: a.osm, route: [99999999999999999999]}\nsensors: {imu/a: {}}\n",
     "expected the id"},
    {"weather: {light: 3}\nsensors: {imu/a: {}}\n", "expected one of day"},
    {"name: a b\nsensors: {imu/a: {}}\n", "a name has letters"},
    {"config: {filter: {windows: 1}}\nsensors: {imu/a: {}}\n", "1:19: no setting"},
    {"base: none.yaml\nsensors: {imu/a: {}}\n", "dir/none.yaml: No such file"},
    {"duration_s: 1e9\nsensors: {imu/a: {}}\n", "duration_s"},
    {"{", "dir/my.yaml:"},
};

START_TEST (refuses) {
    ck_assert_msg(!load(refused[_i].text), "accepted: %s", refused[_i].text);
    ck_assert_uint_ge(p->count, 1);
    ck_assert_msg(strstr(p->text[0], refused[_i].says), "\"%s\" says: %s", refused[_i].text, p->text[0]);
}
END_TEST

START_TEST (every_problem_at_once) {
    ck_assert(!load("road: {kind: sea}\nweather: {fog: 2}\nsensors: {imu/a: {x: 1}}\n"));
    ck_assert_uint_eq(p->count, 3);
}
END_TEST

START_TEST (without) {
    ck_assert(load("sensors: {gnss/a: {}, gnss/b: {}, imu/box: {}, camera/front: {}}\n"));
    ck_assert(!sim_scenario_without(s, "radar"));
    ck_assert(sim_scenario_without(s, "gnss/a"));
    ck_assert(sim_scenario_without(s, "box"));
    ck_assert_uint_eq(s->sensor_count, 2);
    ck_assert_uint_eq(s->config.source_count, 2);
    ck_assert_str_eq(s->config.sources[0].name, "gnss/b");
    ck_assert(sim_scenario_without(s, "gnss"));
    ck_assert_str_eq(s->sensors[0].name, "camera/front");
}
END_TEST

START_TEST (prints_what_loads_back) {
    char *text = NULL, *second = NULL;
    size_t size = 0, second_size = 0;
    ck_assert(load("about: 'odd: \"text\"'\nduration_s: 33.25\nroad: {kind: ring, canyon: 0.3}\n"
                   "sensors: {gnss/a: {grade: rtk, white_m: 0.31}, roadside/x: {reach_m: 77}}\n"
                   "config: {filter: {window_s: 0.7}}\n"));
    FILE *out = open_memstream(&text, &size);
    ck_assert(sim_scenario_print(out, s));
    fclose(out);
    ck_assert_msg(sim_scenario_load_text(again, "again.yaml", text, size, p), "%s", p->text[0]);
    ck_assert_double_eq(again->sensors[0].of.gnss.white_m, 0.31);
    out = open_memstream(&second, &second_size);
    ck_assert(sim_scenario_print(out, again));
    fclose(out);
    ck_assert_str_eq(text, second);
    free(text);
    free(second);
}
END_TEST

/* A map's file is found from the scenario, or from where the real data are once the world is made. */
START_TEST (reads_roads_of_maps) {
    char *text = NULL;
    size_t size = 0;
    ck_assert(load("road: {kind: map, file: a.osm, route: [7, -8]}\nsensors: {imu/a: {}}\n"));
    ck_assert_str_eq(s->road.file, "dir/a.osm");
    ck_assert_uint_eq(s->road.route_count, 2);
    ck_assert_int_eq(s->road.route[1], -8);
    ck_assert(load("road: {kind: map, file: $POSED_REAL_DATA/b/a.osm, route: [9223372036854775807]}\n"
                   "sensors: {imu/a: {}}\n"));
    ck_assert_str_eq(s->road.file, "$POSED_REAL_DATA/b/a.osm");
    FILE *out = open_memstream(&text, &size);
    ck_assert(sim_scenario_print(out, s));
    fclose(out);
    ck_assert_msg(sim_scenario_load_text(again, "other/again.yaml", text, size, p), "%s", p->text[0]);
    ck_assert_str_eq(again->road.file, s->road.file);
    ck_assert_int_eq(again->road.route[0], INT64_MAX);
    free(text);
}
END_TEST

/* Every scenario that is shipped loads. */
START_TEST (shipped) {
    static const char *const names[] = {"town",
                                        "town_canyon",
                                        "town_night",
                                        "motorway",
                                        "mountain",
                                        "tunnel",
                                        "car_park",
                                        "ring",
                                        "roadside",
                                        "motorway_rtk",
                                        "car",
                                        "karlsruhe",
                                        "town_glare",
                                        "tunnel_long",
                                        "tunnel_long_bare",
                                        "motorway_changes",
                                        "motorway_poles",
                                        "town_poles",
                                        "tunnel_odometry",
                                        "tunnel_monocular",
                                        "town_odometry",
                                        "town_driver_stamps",
                                        "motorway_driver_stamps",
                                        "town_precise",
                                        "motorway_precise",
                                        "town_telephone",
                                        "motorway_telephone",
                                        "ring_telephone",
                                        "mountain_telephone"};
    const char *root = getenv("POSED_SOURCE_ROOT");
    char path[4096];
    ck_assert(root);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/sim/scenarios/%s.yaml", root, names[i]);
        ck_assert_msg(sim_scenario_load(s, path, p), "%s", p->text[0]);
        ck_assert_str_eq(s->name, names[i]);
        ck_assert_uint_ge(s->sensor_count, 5);
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("scenario");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, reads);
    tcase_add_loop_test(t, refuses, 0, sizeof refused / sizeof *refused);
    tcase_add_test(t, every_problem_at_once);
    tcase_add_test(t, without);
    tcase_add_test(t, prints_what_loads_back);
    tcase_add_test(t, reads_roads_of_maps);
    tcase_add_test(t, shipped);
    return run_cases("scenario", t);
}
