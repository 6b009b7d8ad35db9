/*
 * What is near a place, by the grid and by looking at everything: the same.
 */
#include "fusion/geodesy.h"
#include "fusion/map.h"
#include "map/pmap_build.h"
#include "tests/map/map_rig.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 30, ROOM = 4096 };

static void *bytes;
static pmap *p;
static const map_view *v;
static uint32_t found[ROOM], wanted[ROOM];

static void setup(void)
{
    const pmap_options o = {110, 0.1, 0.3};
    map_data m;
    size_t size;
    error e = {""};
    ck_assert(rig_grid(&m, SIDE, SIDE));
    bytes = pmap_build(&m, &o, &size, &e);
    map_data_finish(&m);
    p = bytes ? pmap_use("grid", bytes, size, &e) : NULL;
    ck_assert_msg(p != NULL, "%s", e.text);
    v = pmap_view(p);
}

static void teardown(void)
{
    pmap_close(p);
    free(bytes);
}

static double distance_m(const double a[3], const double b[3])
{
    return sqrt(pow(a[0] - b[0], 2) + pow(a[1] - b[1], 2) + pow(a[2] - b[2], 2));
}

static size_t all_marks(const double at[3], double radius_m)
{
    size_t n = 0;
    for (uint32_t i = 0; i < v->mark_count; i++) {
        if (distance_m(v->marks[i].position_ecef_m, at) <= radius_m)
            wanted[n++] = i;
    }
    return n;
}

static void pick(unsigned *seed, double at[3])
{
    *seed = *seed * 1664525 + 1013904223;
    double a = *seed / 4294967296.0;
    *seed = *seed * 1664525 + 1013904223;
    double b = *seed / 4294967296.0;
    geodetic_to_ecef((49 + a * 0.03 - 0.002) * M_PI / 180, (8 + b * 0.045 - 0.002) * M_PI / 180, 100, at);
}

START_TEST (marks) {
    static const double radii_m[] = {0, 1, 12, 50, 80, 149, 500};
    unsigned seed = 1;
    size_t sum = 0;
    for (int i = 0; i < 300; i += every(10)) {
        double at[3], radius_m = radii_m[i % 7];
        pick(&seed, at);
        size_t n = all_marks(at, radius_m);
        ck_assert_uint_eq(map_near_marks(v, at, radius_m, found, ROOM), n);
        ck_assert_mem_eq(found, wanted, n * sizeof *found);
        sum += n;
    }
    ck_assert_uint_gt(sum, 1000 / (size_t)every(10));
}
END_TEST

/* Every lane with a point of a bound within the radius is found, and none that is further than the tiles. */
START_TEST (lanes) {
    unsigned seed = 2;
    for (int i = 0; i < 100; i += every(9)) {
        double at[3], radius_m = 20 + i;
        pick(&seed, at);
        size_t n = map_near_lanes(v, at, radius_m, found, ROOM), next = 0;
        for (uint32_t lane = 0; lane < v->lane_count; lane++) {
            const map_line *l = &v->lines[v->lanes[lane].left_line];
            double least = 1e9;
            for (uint32_t k = 0; k < l->point_count; k++)
                least = fmin(least, distance_m(v->points[l->first_point + k], at));
            bool is_found = next < n && found[next] == lane;
            next += is_found;
            ck_assert_msg(is_found || least > radius_m, "lane %u at %g m is missing", lane, least);
            ck_assert_msg(!is_found || least < 2 * (radius_m + 2 * MAP_TILE_M), "lane %u at %g m", lane,
                          least);
        }
        ck_assert_uint_eq(next, n); /* ascending, each once */
    }
}
END_TEST

START_TEST (more_than_fit) {
    double at[3];
    geodetic_to_ecef(49.01 * M_PI / 180, 8.02 * M_PI / 180, 100, at);
    size_t n = map_near_marks(v, at, 300, found, ROOM);
    ck_assert_uint_gt(n, 20);
    uint32_t few[5];
    ck_assert_uint_eq(map_near_marks(v, at, 300, few, 5), n);
    for (int i = 1; i < 5; i++)
        ck_assert_uint_lt(few[i - 1], few[i]);
    ck_assert_uint_eq(map_near_marks(v, at, 300, NULL, 0), n);
    n = map_near_lanes(v, at, 300, found, ROOM); /* each is in more than one tile */
    ck_assert_uint_gt(n, 20);
    ck_assert_uint_eq(map_near_lanes(v, at, 300, NULL, 0), n);
    ck_assert_uint_eq(map_near_lanes(v, at, 300, few, 5), n);
    ck_assert_mem_eq(few, found, sizeof few);
}
END_TEST

/* Segments: the tiles of a line's every place name one of its segments. */
START_TEST (segments_are_in_their_tiles) {
    size_t looked = 0;
    for (uint32_t i = 0; i + 1 < v->point_count; i++) {
        if (v->point_line[i] != v->point_line[i + 1])
            continue;
        for (int k = 0; k <= 10; k++) {
            double at[3];
            for (int j = 0; j < 3; j++)
                at[j] = v->points[i][j] + (v->points[i + 1][j] - v->points[i][j]) * k / 10;
            uint64_t key = map_tile_key(at);
            bool is_there = false;
            for (uint32_t t = 0; t < v->tile_count; t++) {
                for (uint32_t s = 0; v->tiles[t].key == key && s < v->tiles[t].segment_count; s++)
                    is_there |= v->tile_segments[v->tiles[t].first_segment + s] == i;
            }
            ck_assert(is_there);
            looked++;
        }
        if (looked > 2000)
            break;
    }
}
END_TEST

START_TEST (far_and_mad) {
    const double nowhere[3] = {0, 0, 0}, nan[3] = {NAN, 0, 0}, far[3] = {1e300, -1e300, 1e9};
    ck_assert_uint_eq(map_near_marks(v, nowhere, 500, found, ROOM), 0);
    ck_assert_uint_eq(map_near_marks(v, nan, 500, found, ROOM), 0);
    ck_assert_uint_eq(map_near_lanes(v, far, 500, found, ROOM), 0);
    ck_assert_uint_eq(map_near_marks(v, v->marks[0].position_ecef_m, NAN, found, ROOM), 1);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("all");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, marks);
    tcase_add_test(c, lanes);
    tcase_add_test(c, more_than_fit);
    tcase_add_test(c, segments_are_in_their_tiles);
    tcase_add_test(c, far_and_mad);
    tcase_set_timeout(c, 60);
    return run_cases("near", c);
}
