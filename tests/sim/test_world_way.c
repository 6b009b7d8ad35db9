/*
 * Roads of maps: a generated road is written, read again, found without error and driven; a way through the
 * real streets of Karlsruhe stays in its lanes.
 */
#include "map/check.h"
#include "map/pmap_build.h"
#include "sim/scenario_table.h"
#include "sim/vec.h"
#include "sim/vehicle.h"
#include "sim/world.h"
#include "tests/suite.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static sim_scenario *s;
static char path[] = "/tmp/posed-world-XXXXXX.osm";

/* One for all tests: a test that fails ends before its own fixture could remove it. */
static void make_file(void)
{
    int file = mkstemps(path, 4);
    ck_assert_int_ge(file, 0);
    close(file);
}

static void remove_file(void)
{
    remove(path);
}

static void setup(void)
{
    s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    sim_scenario_default(s);
    s->duration_s = 40;
}

static void teardown(void)
{
    free(s);
}

static sim_world *create(uint64_t seed)
{
    error e = {""};
    sim_world *w = sim_world_create(s, seed, &e);
    ck_assert_msg(w != NULL, "%s", e.text);
    return w;
}

typedef struct {
    map_data m;
    map_problems p;
    map_lanes l;
} found_map;

static void read_map(found_map *f)
{
    error e = {""};
    *f = (found_map){0};
    ck_assert_msg(map_read(&f->m, path, &f->p, &e), "%s", e.text);
    ck_assert(map_lanes_find(&f->l, &f->m) && map_check(&f->l, &f->p));
    for (size_t i = 0; i < f->p.count; i++) {
        const map_problem *p = &f->p.list[i];
        if (p->severity != MAP_NOTE)
            printf("%s %" PRId64 ": %s [%s]\n", p->at.kind, p->at.id, p->text, p->code);
    }
}

static void finish_map(found_map *f)
{
    map_lanes_finish(&f->l);
    map_problems_finish(&f->p);
    map_data_finish(&f->m);
}

static const map_class classes[ELEMENT_KINDS] = {[ELEMENT_SIGN] = MAP_CLASS_SIGN,
                                                 [ELEMENT_LIGHT] = MAP_CLASS_LIGHT,
                                                 [ELEMENT_POLE] = MAP_CLASS_POLE,
                                                 [ELEMENT_TAG] = MAP_CLASS_TAG};

/* Every mark of the world is a thing of the map: its class, id, and place as surveyed. */
static void same_elements(const sim_world *w, const map_data *m)
{
    const sim_element *list;
    size_t n = sim_world_elements(w, -1, 1e9, &list), marks = 0;
    for (size_t i = 0; i < n; i++) {
        const sim_element *e = &list[i];
        bool is_there = false;
        if (e->kind > ELEMENT_TAG)
            continue;
        marks++;
        for (size_t k = 0; k < m->thing_count; k++) {
            const map_thing *t = &m->things[k];
            if (t->id != (int64_t)e->id || t->kind != classes[e->kind])
                continue;
            geodetic at = {radians(t->latitude_deg), radians(t->longitude_deg), t->height_m};
            double plane_m[3];
            earth_plane(sim_world_earth(w), &at, plane_m);
            for (int j = 0; j < 3; j++)
                ck_assert_double_eq_tol(plane_m[j], e->mapped_m[j], 2e-4);
            ck_assert_float_eq_tol(t->survey.sigma_m, (float)s->survey.independent_m, 1e-6F);
            is_there = true;
        }
        ck_assert_msg(is_there, "%s %" PRIu64 " is not in the map", sim_element_word(e->kind), e->id);
    }
    ck_assert_uint_eq(m->thing_count, marks);
}

/* The points of the map's lines lie on the world's lines, as far as the survey is right. */
static void same_lines(const sim_world *w, const map_data *m)
{
    double square = 0;
    size_t count = 0;
    for (size_t i = 0; i < m->lanelet_count; i++) {
        const map_way *way = &m->ways[m->lanelets[i].right];
        double first_s =
            (double)((way->id - 20000000) / 16) * s->survey.section_m / ceil(s->survey.section_m / 60);
        const map_node *n = &m->nodes[m->refs[way->first_ref]];
        geodetic at = {radians(n->latitude_deg), radians(n->longitude_deg), n->height_m};
        double plane_m[3];
        sim_road_point p;
        sim_lane_line l;
        earth_plane(sim_world_earth(w), &at, plane_m);
        sim_world_road(w, first_s, &p);
        sim_world_lane_line(w, first_s, (int)((way->id - 20000000) % 16), &l);
        double side =
            -(plane_m[0] - p.plane_m[0]) * sin(p.yaw_rad) + (plane_m[1] - p.plane_m[1]) * cos(p.yaw_rad);
        square += pow(side - l.offset_m, 2);
        count++;
    }
    ck_assert_uint_gt(count, 10);
    ck_assert_double_lt(sqrt(square / (double)count), 4 * hypot(s->survey.independent_m, s->survey.common_m));
    ck_assert_double_gt(square, 0);
}

static const sim_road_kind kinds[] = {SIM_ROAD_TOWN,   SIM_ROAD_MOTORWAY, SIM_ROAD_MOUNTAIN,
                                      SIM_ROAD_TUNNEL, SIM_ROAD_CAR_PARK, SIM_ROAD_RING};
enum { KINDS = sizeof kinds / sizeof *kinds };

START_TEST (written_and_read) {
    error e = {""};
    found_map f;
    s->road.kind = kinds[_i];
    s->road.tags_per_km = 20;
    s->road.stops_per_km = 2;
    s->road.speed_mps = kinds[_i] == SIM_ROAD_CAR_PARK ? 4 : 14;
    sim_world *w = create(5 + (uint64_t)_i);
    ck_assert_msg(sim_world_write_map(w, path, &e), "%s", e.text);
    read_map(&f);
    ck_assert_uint_eq(f.p.counts[MAP_ERROR], 0);
    ck_assert_uint_eq(f.p.counts[MAP_WARNING], 0);
    ck_assert_uint_eq(f.m.files[0].datum_stated, 1);
    same_elements(w, &f.m);
    same_lines(w, &f.m);
    size_t ends = 0;
    for (size_t i = 0; i < f.m.lanelet_count; i++)
        ends += f.l.links[i].followers[0] == MAP_NONE;
    ck_assert_uint_eq(ends, (size_t)s->road.lanes);
    finish_map(&f);
    sim_world_destroy(w);
}
END_TEST

static double from_line_m(const found_map *f, const sim_world *w, const map_way *way, const double at_m[3])
{
    double least_m = INFINITY, before[3] = {0};
    for (uint32_t i = 0; i < way->ref_count; i++) {
        const map_node *n = &f->m.nodes[f->m.refs[way->first_ref + i]];
        geodetic at = {radians(n->latitude_deg), radians(n->longitude_deg), n->height_m};
        double here[3], d[3], away[3];
        earth_plane(sim_world_earth(w), &at, here);
        for (int k = 0; k < 3; k++) {
            d[k] = here[k] - before[k];
            away[k] = at_m[k] - before[k];
        }
        double share = i > 0 ? fmax(fmin(dot(away, d) / dot(d, d), 1), 0) : 0;
        for (int k = 0; k < 3; k++)
            away[k] -= share * d[k];
        if (i > 0)
            least_m = fmin(least_m, norm(away));
        memcpy(before, here, sizeof before);
    }
    return least_m;
}

/* Without errors of the survey, the lines of the map are those of the world: chords leave out little, also
 * where a bend begins. */
START_TEST (lines_are_exact) {
    error e = {""};
    found_map f;
    s->road.kind = kinds[_i];
    s->road.speed_mps = kinds[_i] == SIM_ROAD_CAR_PARK ? 4 : 14;
    s->survey.independent_m = s->survey.common_m = 0;
    sim_world *w = create(5);
    double piece_m = s->survey.section_m / ceil(s->survey.section_m / 60), most_m = 0;
    ck_assert_msg(sim_world_write_map(w, path, &e), "%s", e.text);
    read_map(&f);
    for (size_t i = 0; i < f.m.lanelet_count; i++) {
        const map_way *way = &f.m.ways[f.m.lanelets[i].right];
        double first_m = (double)((way->id - 20000000) / 16) * piece_m;
        for (double at = first_m; at < first_m + piece_m; at += 0.5) {
            sim_road_point p;
            sim_lane_line l;
            sim_world_road(w, at, &p);
            sim_world_lane_line(w, at, (int)((way->id - 20000000) % 16), &l);
            const double at_m[3] = {p.plane_m[0] - l.offset_m * sin(p.yaw_rad),
                                    p.plane_m[1] + l.offset_m * cos(p.yaw_rad),
                                    p.plane_m[2] + l.offset_m * p.bank_rad};
            most_m = fmax(most_m, from_line_m(&f, w, way, at_m));
        }
    }
    ck_assert_msg(most_m < 0.025, "%g m", most_m);
    finish_map(&f);
    sim_world_destroy(w);
}
END_TEST

/* Drives the world's road, and returns how far it strays from the middle of its lane at most. */
static double drive(const sim_world *w)
{
    double most_m = 0;
    sim_vehicle *v = sim_vehicle_create(s, w, 1);
    ck_assert(v != NULL);
    for (long i = 0; i < (long)(s->duration_s * SIM_STEPS_PER_S); i++) {
        sim_vehicle_step(v);
        const sim_state *x = sim_vehicle_state(v);
        if (i > SIM_STEPS_PER_S)
            most_m = fmax(most_m, fabs(x->lateral_m));
    }
    ck_assert_double_gt(sim_vehicle_state(v)->s_m, 60);
    sim_vehicle_destroy(v);
    return most_m;
}

/* A road that was written is a map to drive on; lanes of several become one. */
START_TEST (written_and_driven) {
    error e = {""};
    s->road.kind = SIM_ROAD_TOWN;
    s->duration_s = 80;
    sim_world *w = create(3);
    ck_assert_msg(sim_world_write_map(w, path, &e), "%s", e.text);
    sim_world_destroy(w);
    s->road.kind = SIM_ROAD_MAP;
    s->road.route_count = 1;
    s->road.route[0] = 10000000;
    s->duration_s = 60;
    snprintf(s->road.file, sizeof s->road.file, "%s", path);
    w = create(4);
    ck_assert_double_lt(drive(w), 0.6);
    sim_world_destroy(w);
    s->duration_s = 200; /* more than there is */
    ck_assert(!sim_world_create(s, 4, &e));
    ck_assert_msg(strstr(e.text, "m/s a drive of "), "%s", e.text);
    s->road.route_count = 2;
    s->road.route[1] = 10000032; /* the one after the next */
    e = (error){""};
    ck_assert(!sim_world_create(s, 4, &e));
    ck_assert_msg(strstr(e.text, "lanelet 10000032 does not follow lanelet 10000000"), "%s", e.text);
}
END_TEST

/* A point of a bound at a share of its length, in the world's plane. */
static void bound_at(const found_map *f, const sim_world *w, uint32_t way, bool reversed, double share,
                     double out_m[3])
{
    const map_way *a = &f->m.ways[way];
    double length_m = 0, passed_m = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i + 1 < a->ref_count; i++) {
            const double *p = map_bound_point_m(&f->l, way, reversed, i),
                         *q = map_bound_point_m(&f->l, way, reversed, i + 1);
            double step_m = hypot(q[0] - p[0], q[1] - p[1]), wanted_m = share * length_m;
            if (pass == 0)
                length_m += step_m;
            else if (passed_m + step_m >= wanted_m || i + 2 == a->ref_count) {
                uint32_t k = reversed ? a->ref_count - 1 - i : i, next = reversed ? k - 1 : k + 1;
                const map_node *m = &f->m.nodes[f->m.refs[a->first_ref + k]],
                               *n = &f->m.nodes[f->m.refs[a->first_ref + next]];
                double part = fmin((wanted_m - passed_m) / step_m, 1);
                geodetic at = {radians(m->latitude_deg + part * (n->latitude_deg - m->latitude_deg)),
                               radians(m->longitude_deg + part * (n->longitude_deg - m->longitude_deg)),
                               s->datum_height_m};
                earth_plane(sim_world_earth(w), &at, out_m);
                return;
            } else
                passed_m += step_m;
        }
    }
}

/* How far a point is from the nearest middle of a lane of the map. */
static double from_lanes_m(const found_map *f, const sim_world *w, const double at_m[3])
{
    double least_m = INFINITY;
    for (uint32_t i = 0; i < f->m.lanelet_count; i++) {
        const map_lanelet *l = &f->m.lanelets[i];
        double before[2] = {NAN, NAN};
        for (int k = 0; l->vehicles && k <= 40; k++) {
            double left[3], right[3];
            bound_at(f, w, l->left, l->left_reversed, k / 40.0, left);
            bound_at(f, w, l->right, l->right_reversed, k / 40.0, right);
            double middle[2] = {(left[0] + right[0]) / 2, (left[1] + right[1]) / 2};
            double d[2] = {middle[0] - before[0], middle[1] - before[1]}, square = d[0] * d[0] + d[1] * d[1];
            double share = ((at_m[0] - before[0]) * d[0] + (at_m[1] - before[1]) * d[1]) / square;
            if (k > 0 && share >= -0.1 && share <= 1.1)
                least_m = fmin(least_m,
                               hypot(at_m[0] - before[0] - share * d[0], at_m[1] - before[1] - share * d[1]));
            memcpy(before, middle, sizeof before);
        }
    }
    return least_m;
}

/* How far the road is from the middle of the map's lanes: root mean square, and at most. */
static void compare_with_map(const sim_world *w, const char *file)
{
    found_map f = {0};
    error e = {""};
    double square = 0, most_m = 0, count = 0;
    ck_assert(map_read(&f.m, file, &f.p, &e) && map_lanes_find(&f.l, &f.m));
    for (double at = 5; at < sim_world_length_m(w) - 5; at += 2, count++) {
        sim_road_point p;
        sim_world_road(w, at, &p);
        double d = from_lanes_m(&f, w, p.plane_m);
        square += d * d;
        most_m = fmax(most_m, d);
    }

    printf("from the middle of the map's lanes %.3f m rms, %.2f m at most\n", sqrt(square / count), most_m);
    ck_assert_double_lt(sqrt(square / count), 0.11);
    ck_assert_double_lt(most_m, 0.6);
    finish_map(&f);
}

/* The road of the real map: smooth, inside its lanes, the same each time. */
START_TEST (karlsruhe) {
    const char *directory = getenv("POSED_REAL_DATA");
    char file[4096];
    snprintf(file, sizeof file, "%s/lanelet2/mapping_example.osm", directory ? directory : "");
    if (!directory || access(file, R_OK) != 0) {
        printf("SKIPPED: %s is not there\n", file);
        return;
    }
    snprintf(s->road.file, sizeof s->road.file, SIM_REAL_DATA "lanelet2/mapping_example.osm");
    s->road.kind = SIM_ROAD_MAP;
    s->road.speed_mps = 10;
    s->duration_s = 42;
    s->road.route_count = 1;
    s->road.route[0] = 45252;
    sim_world *w = create(1), *again = create(1);
    double sharpest = 0, steepest_change = 0;
    sim_road_point before, p, q;
    sim_world_road(w, 0, &before);
    for (double at = 1; at < sim_world_length_m(w) - 1; at++) {
        sim_world_road(w, at, &p);
        sim_world_road(again, at, &q);
        ck_assert_mem_eq(p.plane_m, q.plane_m, sizeof p.plane_m);
        sharpest = fmax(sharpest, fabs(p.curvature_1pm));
        steepest_change = fmax(steepest_change, fabs(p.curvature_1pm - before.curvature_1pm));
        before = p;
    }
    double astray_m = drive(w);
    printf("length %.0f m, sharpest bend %.1f m, curvature changes by %.3f 1/m in a metre, vehicle %.2f m "
           "from the "
           "middle at most\n",
           sim_world_length_m(w), 1 / sharpest, steepest_change, astray_m);
    ck_assert_double_ge(sim_world_length_m(w), 450);
    ck_assert_double_le(sharpest, 0.2);
    ck_assert_double_le(steepest_change, 0.0501);
    ck_assert_double_lt(astray_m, 0.8);
    compare_with_map(w, file);
    sim_world_destroy(w);
    sim_world_destroy(again);
    s->road.route_count = 0;
    s->duration_s = 200; /* the map has one way that never ends: round its roundabout */
    w = create(1);
    ck_assert_double_ge(sim_world_length_m(w), 2000);
    ck_assert_double_lt(drive(w), 1);
    sim_world_destroy(w);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("all");
    tcase_add_unchecked_fixture(c, make_file, remove_file);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, written_and_read, 0, KINDS);
    tcase_add_loop_test(c, lines_are_exact, 0, KINDS);
    tcase_add_test(c, written_and_driven);
    tcase_add_test(c, karlsruhe);
    tcase_set_timeout(c, 120);
    return run_cases("world way", c);
}
