/* Faults of the map on a map in memory: a straight road to the north with marks beside it. */
#include "fusion/geodesy.h"
#include "map/tiling.h"
#include "tests/inject/fixture.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIECES = 10, POINTS = 11, LINES = 3 * PIECES, MARKS = 120, TAGS = 40, PIECE_M = 100 };

/* Three lines, the middle one against the traffic: two lanes, each piece a section of its own. Marks stand
 * each 8 m, 6 m to the right, every third a fiducial; those of the settings' numbers come first. */
static struct {
    double points[LINES * POINTS][3];
    uint32_t point_line[LINES * POINTS];
    map_mark marks[MARKS];
    map_line lines[LINES];
    map_lane lanes[2 * PIECES];
    tiling tiles;
    map_view view;
} road;
static double origin_m[3], axes[3][3];
static settings *s;
static config_problems problems;

static void at(double east_m, double north_m, double up_m, double out[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = origin_m[i] + axes[0][i] * east_m + axes[1][i] * north_m + axes[2][i] * up_m;
}

/* East, north and up of where it was. */
static void moved(const double now[3], const double before[3], double enu_m[3])
{
    for (int k = 0; k < 3; k++) {
        enu_m[k] = 0;
        for (int i = 0; i < 3; i++)
            enu_m[k] += axes[k][i] * (now[i] - before[i]);
    }
}

static void make_line(uint32_t piece, uint32_t side)
{
    uint32_t line = piece * 3 + side, first = line * POINTS;
    for (uint32_t i = 0; i < POINTS; i++) {
        double along_m = PIECE_M * (piece + (side == 1 ? POINTS - 1 - i : i) / (double)(POINTS - 1));
        at(3.5 * side - 3.5, along_m, 0, road.points[first + i]);
        road.point_line[first + i] = line;
    }
    road.lines[line] = (map_line){.id = 500 + line,
                                  .first_point = first,
                                  .point_count = POINTS,
                                  .section = piece + 1,
                                  .type = MAP_LINE_SOLID};
}

static void make_road(void)
{
    memset(&road, 0, sizeof road);
    geodetic_to_ecef(52 * M_PI / 180, 10 * M_PI / 180, 80, origin_m);
    enu_axes(52 * M_PI / 180, 10 * M_PI / 180, axes);
    for (uint32_t i = 0; i < PIECES; i++) {
        for (uint32_t side = 0; side < 3; side++)
            make_line(i, side);
        for (uint32_t k = 0; k < 2; k++) /* the left one comes first */
            road.lanes[2 * i + k] = (map_lane){.id = 900 + 2 * i + k,
                                               .left_line = 3 * i + k,
                                               .right_line = 3 * i + k + 1,
                                               .left_reversed = k == 1,
                                               .right_reversed = k == 0};
    }
    for (uint32_t i = 0; i < MARKS; i++) {
        bool tag = i < TAGS;
        road.marks[i] = (map_mark){.id = i + 1, .kind = tag ? MAP_CLASS_TAG : MAP_CLASS_SIGN};
        at(9.5, tag ? 4 + 24 * i : 12 + 24 * ((i - TAGS) / 2) + 8 * (i % 2), 2,
           road.marks[i].position_ecef_m);
    }
    road.view = (map_view){.points = (const double(*)[3])road.points,
                           .point_line = road.point_line,
                           .marks = road.marks,
                           .lines = road.lines,
                           .lanes = road.lanes,
                           .point_count = LINES * POINTS,
                           .mark_count = MARKS,
                           .line_count = LINES,
                           .lane_count = 2 * PIECES};
    ck_assert(tiling_add_map(&road.tiles, &road.view) && tiling_finish(&road.tiles));
    tiling_show(&road.tiles, &road.view);
}

static void setup(void)
{
    s = malloc(sizeof *s);
    ck_assert(s);
    fixture_settings(s);
    make_road();
    memset(&problems, 0, sizeof problems);
}

static void teardown(void)
{
    tiling_destroy(&road.tiles);
    free(s);
}

static inject_map *change(const char *yaml)
{
    char text[256];
    snprintf(text, sizeof text, "faults: [{source: map, %s}]", yaml);
    inject_plan *p = fixture_plan(text);
    ck_assert(inject_plan_changes_map(p));
    inject_map *m = inject_map_create(p, &road.view, 3);
    ck_assert(m);
    inject_plan_destroy(p);
    return m;
}

static bool is_found(const map_view *v, uint32_t mark)
{
    uint32_t near[MARKS];
    size_t n = map_near_marks(v, v->marks[mark].position_ecef_m, 1, near, MARKS);
    bool found = false;
    for (size_t i = 0; i < n && i < MARKS; i++)
        found = found || near[i] == mark;
    return found;
}

static const struct {
    const char *yaml;
    int least_moved, most_moved; /* of the marks */
    double least_m, most_m;
    int least_unread, most_unread; /* marks with another number */
    int least_lines, most_lines;
} faults[] = {
    {"fault: shifted, east_m: 3, north_m: -4, up_m: 12", MARKS, MARKS, 13, 13, 0, 0, LINES, LINES},
    {"fault: shifted, east_m: 3, elements: [7, 502]", 1, 1, 3, 3, 0, 0, 1, 1},
    {"fault: moved, share: 0.5, by_m: 2", 40, 80, 2, 2, 0, 0, 0, 0},
    {"fault: moved, share: 0, by_m: 2", 0, 0, 0, 0, 0, 0, 0, 0},
    {"fault: gone, share: 0.25", 8, 32, 8, 20, 15, 45, 0, 0},
    {"fault: gone, share: 1", MARKS - TAGS, MARKS - TAGS, 8, 20, MARKS, MARKS, 0, 0},
    {"fault: stale, share: 1, by_m: 3", 60, 110, 3, 20, 40, 80, 0, 0},
    {"fault: repainted, share: 1, left_m: 0.5", 0, 0, 0, 0, 0, 0, LINES, LINES},
    {"fault: repainted, share: 0.5, left_m: 0.5", 0, 0, 0, 0, 0, 0, 6, LINES - 6},
};

START_TEST (acts_on_its_share) {
    int marks = 0, unread = 0, lines = 0;
    double enu_m[3];
    inject_map *m = change(faults[_i].yaml);
    const map_view *v = inject_map_view(m);
    ck_assert_uint_eq(v->mark_count, MARKS);
    for (uint32_t i = 0; i < MARKS; i++) {
        moved(v->marks[i].position_ecef_m, road.marks[i].position_ecef_m, enu_m);
        double by_m = hypot(hypot(enu_m[0], enu_m[1]), enu_m[2]);
        bool other = v->marks[i].id != road.marks[i].id, away = by_m > 1e-6;
        marks += away;
        unread += other;
        ck_assert(!away || (by_m > faults[_i].least_m - 1e-3 && by_m < faults[_i].most_m + 1e-3));
        ck_assert(inject_map_is_wrong(m, v->marks[i].id) == (away || other));
        ck_assert_msg(is_found(v, i), "%s: mark %u is not in its tile", faults[_i].yaml, i);
    }
    for (uint32_t i = 0; i < LINES; i++) {
        const uint32_t first = v->lines[i].first_point;
        bool away = memcmp(v->points[first], road.points[first], sizeof v->points[first]) != 0;
        lines += away;
        ck_assert(inject_map_is_wrong(m, v->lines[i].id) == away);
    }
    ck_assert_int_ge(marks, faults[_i].least_moved);
    ck_assert_int_le(marks, faults[_i].most_moved);
    ck_assert_int_ge(unread, faults[_i].least_unread);
    ck_assert_int_le(unread, faults[_i].most_unread);
    ck_assert_int_ge(lines, faults[_i].least_lines);
    ck_assert_int_le(lines, faults[_i].most_lines);
    inject_map_destroy(m);
}
END_TEST

/* To the west of a road to the north, whichever way a line's points run; a section as one. */
START_TEST (lines_go_to_the_left) {
    inject_map *m = change("fault: repainted, share: 0.5, left_m: 0.5");
    const map_view *v = inject_map_view(m);
    double enu_m[3];
    for (uint32_t i = 0; i < LINES; i++) {
        bool wrong = inject_map_is_wrong(m, v->lines[i].id);
        for (uint32_t k = 0; k < POINTS; k++) {
            const uint32_t point = v->lines[i].first_point + k;
            moved(v->points[point], road.points[point], enu_m);
            ck_assert_double_eq_tol(enu_m[0], wrong ? -0.5 : 0, 1e-3);
            ck_assert_double_eq_tol(enu_m[1], 0, 1e-3);
        }
        ck_assert(wrong == inject_map_is_wrong(m, v->lines[i / 3 * 3].id));
    }
    inject_map_destroy(m);
}
END_TEST

/* What is gone stands further along, at the same distance from the road, and not where something is. */
START_TEST (what_is_gone_stands_where_nothing_is) {
    inject_map *m = change("fault: gone, share: 0.5");
    const map_view *v = inject_map_view(m);
    uint32_t near[1];
    double enu_m[3];
    size_t count = 0;
    for (uint32_t i = TAGS; i < MARKS; i++) {
        moved(v->marks[i].position_ecef_m, road.marks[i].position_ecef_m, enu_m);
        if (!(fabs(enu_m[1]) > 1e-6))
            continue;
        count++;
        ck_assert(fabs(enu_m[1]) >= 8 && fabs(enu_m[1]) <= 20 && fabs(enu_m[0]) < 0.01);
    }
    ck_assert_uint_gt(count, 20);
    inject_map_destroy(m);

    road.view.mark_count = TAGS + 1; /* with room between them */
    m = change("fault: gone, share: 1");
    ck_assert_uint_eq(map_near_marks(&road.view, inject_map_view(m)->marks[TAGS].position_ecef_m, 4, near, 1),
                      0);
    inject_map_destroy(m);
}
END_TEST

/* A fiducial that is in the settings and on the map stays one. */
START_TEST (settings_and_map_agree) {
    inject_plan *p = fixture_plan("faults: [{fault: stale, source: map, share: 0.8, by_m: 3}]");
    double ecef_m[3], was_m[3], enu_m[3], of_map_m[3];
    settings *now = malloc(sizeof *now);
    memcpy(now, s, sizeof *now);
    ck_assert(inject_apply_settings(p, now, &road.view, 3, &problems));
    inject_map *m = inject_map_create(p, &road.view, 3);
    const map_view *v = inject_map_view(m);
    for (size_t i = 0; i < TAGS; i++) {
        const landmark_settings *k = &now->landmarks[i], *b = &s->landmarks[i];
        const double rad = M_PI / 180;
        ck_assert_uint_eq(b->id, road.marks[i].id);
        ck_assert_uint_eq(k->id, v->marks[i].id);
        geodetic_to_ecef(k->latitude_deg * rad, k->longitude_deg * rad, k->height_m, ecef_m);
        geodetic_to_ecef(b->latitude_deg * rad, b->longitude_deg * rad, b->height_m, was_m);
        moved(ecef_m, was_m, enu_m);
        moved(v->marks[i].position_ecef_m, road.marks[i].position_ecef_m, of_map_m);
        for (int a = 0; a < 2; a++)
            ck_assert_double_eq_tol(enu_m[a], of_map_m[a], 1e-3);
    }
    inject_map_destroy(m);
    inject_plan_destroy(p);
    free(now);
}
END_TEST

/* The number of the element that is not there, or what the map lacks. */
START_TEST (refuses_what_is_not_there) {
    static const struct {
        const char *yaml, *why;
        uint32_t marks, lines;
        bool fits;
    } cases[] = {
        {"fault: gone, elements: [7, 120]", "", MARKS, LINES, true},
        {"fault: gone, elements: [7, 121]", "no element 121", MARKS, LINES, false},
        {"fault: repainted, elements: [529]", "", MARKS, LINES, true},
        {"fault: repainted", "no lane lines", MARKS, 0, false},
        {"fault: moved", "no elements", 0, LINES, false},
        {"fault: moved", "no map", 0, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        map_view v = road.view;
        snprintf(text, sizeof text, "faults: [{source: map, %s}]", cases[i].yaml);
        inject_plan *p = fixture_plan(text);
        s->landmark_count = 0;
        v.mark_count = cases[i].marks;
        v.line_count = cases[i].lines;
        problems.count = 0;
        ck_assert(inject_apply_settings(p, s, &v, 1, &problems) == cases[i].fits);
        ck_assert_msg(cases[i].fits || strstr(problems.text[0], cases[i].why), "%s", problems.text[0]);
        inject_plan_destroy(p);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("map");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, acts_on_its_share, 0, sizeof faults / sizeof *faults);
    tcase_add_test(cases, lines_go_to_the_left);
    tcase_add_test(cases, what_is_gone_stands_where_nothing_is);
    tcase_add_test(cases, settings_and_map_agree);
    tcase_add_test(cases, refuses_what_is_not_there);
    return run_cases("inject map", cases);
}
