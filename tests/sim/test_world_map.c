/*
 * The map of a simulated world, and drives on it: in which order frames arrive is no matter, the pose is
 * where the truth is, and a wrong lane is never sure.
 */
#include "fusion/geodesy.h"
#include "sim/sim.h"
#include "sim/vec.h"
#include "sim/world_map.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POSES_MOST = 6000, FRAMES_MOST = 8000 };
static sim_scenario scenario;

typedef struct {
    fusion_pose poses[POSES_MOST];
    int count;
} track;

static track tracks[2];
static truth_point truth[POSES_MOST];
static int truth_count;
static frame *frames;
static int frame_count;

static void load(const char *name, double duration_s)
{
    static config_problems problems;
    char path[512];
    memset(&problems, 0, sizeof problems);
    snprintf(path, sizeof path, "%s/sim/scenarios/%s.yaml", getenv("POSED_SOURCE_ROOT"), name);
    ck_assert(sim_scenario_load(&scenario, path, &problems));
    scenario.duration_s = duration_s;
}

static double distance(const double a[3], const double b[3])
{
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                (a[2] - b[2]) * (a[2] - b[2]));
}

/* From the nearest point of a line. */
static double from_lines(const map_view *v, const double ecef_m[3])
{
    double least = INFINITY;
    for (uint32_t i = 0; i < v->point_count; i++)
        least = fmin(least, distance(v->points[i], ecef_m));
    return least;
}

START_TEST (everything_is_found_where_it_was_surveyed) {
    static const char *const names[] = {"town", "motorway"};
    for (int k = 0; k < 2; k++) {
        error e = {""};
        load(names[k], 60);
        sim_world *w = sim_world_create(&scenario, 3, &e);
        world_map *m = world_map_create(w);
        const map_view *v = world_map_view(m);
        const sim_element *all;
        size_t n = sim_world_elements(w, -1e9, 1e9, &all), mapped = 0;
        for (size_t i = 0; i < n; i++) {
            uint32_t near[64];
            double ecef[3];
            geodetic g = earth_point(sim_world_earth(w), all[i].mapped_m);
            if (all[i].kind > ELEMENT_TAG)
                continue;
            geodetic_to_ecef(g.latitude_rad, g.longitude_rad, g.height_m, ecef);
            size_t found = map_near_marks(v, ecef, 1.0, near, 64);
            bool there = false;
            for (size_t f = 0; f < found && f < 64; f++)
                there |= v->marks[near[f]].id == all[i].id &&
                         distance(v->marks[near[f]].position_ecef_m, ecef) < 1e-3;
            ck_assert_msg(there, "%s: element %lu", names[k], (unsigned long)all[i].id);
            ck_assert_double_lt(from_lines(v, ecef), 15.0); /* the lanes go on as long as anything stands */
            mapped++;
        }
        ck_assert_uint_eq(mapped, v->mark_count);
        for (uint32_t t = 1; t < v->tile_count; t++)
            ck_assert(v->tiles[t].key > v->tiles[t - 1].key);
        ck_assert_uint_gt(v->lane_count, 20);
        world_map_destroy(m);
        sim_world_destroy(w);
    }
}
END_TEST

/* Each rail is a line of the map, where it stands but for the survey; without `rails` there is none. */
START_TEST (rails_are_lines) {
    for (int with = 0; with < 2; with++) {
        error e = {""};
        load(with ? "motorway_rails" : "motorway", 60);
        sim_world *w = sim_world_create(&scenario, 3, &e);
        world_map *m = world_map_create(w);
        const map_view *v = world_map_view(m);
        const sim_element *all;
        size_t n = sim_world_elements(w, -1e9, 1e9, &all), posts = 0;
        uint32_t rails = 0;
        for (size_t i = 0; i < n; i++)
            posts += all[i].kind == ELEMENT_RAIL;
        for (uint32_t l = 0; l < v->line_count; l++) {
            if (v->lines[l].type != MAP_LINE_RAIL)
                continue;
            rails++;
            for (uint32_t i = 0; i < v->lines[l].point_count; i++) {
                geodetic g;
                double plane_m[3];
                ecef_to_geodetic(v->points[v->lines[l].first_point + i], &g.latitude_rad, &g.longitude_rad,
                                 &g.height_m);
                earth_plane(sim_world_earth(w), &g, plane_m);
                ck_assert_double_lt(sim_world_rail_distance_m(w, v->lines[l].id, plane_m), 0.5);
            }
        }
        ck_assert(with ? rails > 30 && posts == 0 : rails == 0 && posts > 500);
        world_map_destroy(m);
        sim_world_destroy(w);
    }
}
END_TEST

/* A lane's bounds are a lane apart, and go on where the one before ends. */
START_TEST (lanes_go_on) {
    error e = {""};
    load("town", 60);
    sim_world *w = sim_world_create(&scenario, 5, &e);
    world_map *m = world_map_create(w);
    const map_view *v = world_map_view(m);
    for (uint32_t i = 0; i < v->lane_count; i++) {
        const map_lane *lane = &v->lanes[i];
        const map_line *left = &v->lines[lane->left_line], *right = &v->lines[lane->right_line];
        ck_assert_double_eq_tol(distance(v->points[left->first_point], v->points[right->first_point]), 3.5,
                                0.3);
        if (lane->followers[0] != MAP_NONE) {
            const map_line *next = &v->lines[v->lanes[lane->followers[0]].left_line];
            ck_assert_double_lt(
                distance(v->points[left->first_point + left->point_count - 1], v->points[next->first_point]),
                0.3);
            ck_assert_uint_eq(v->lanes[lane->followers[0]].predecessors[0], i);
        }
    }
    world_map_destroy(m);
    sim_world_destroy(w);
}
END_TEST

static void keep(void *context, const fusion_pose *p)
{
    track *t = context;
    if (t->count < POSES_MOST)
        t->poses[t->count++] = *p;
}

/* Simulates once; the frames stay. */
static world_map *simulate(uint64_t seed)
{
    static sim_item item;
    error e = {""};
    sim_item_kind kind;
    sim *m = sim_create(&scenario, seed, &e);
    ck_assert_ptr_nonnull(m);
    world_map *map = world_map_create(sim_get_world(m));
    scenario.config = *sim_settings(m);
    frame_count = truth_count = 0;
    while ((kind = sim_next(m, &item)) != SIM_END) {
        if (kind == SIM_FRAME && frame_count < FRAMES_MOST)
            frames[frame_count++] = item.frame;
        if (kind == SIM_TRUTH && truth_count < POSES_MOST)
            truth[truth_count++] = item.truth;
    }
    sim_destroy(m);
    return map;
}

/* `looks`: with a look ahead at every seventh frame, which is each kind in its turn. */
static void drive(const map_view *map, bool looks, track *out)
{
    const fusion_sinks sinks = {.context = out, .pose = keep};
    fusion *core = fusion_create_on_map(&scenario.config, &sinks, map);
    out->count = 0;
    for (int i = 0; i < frame_count; i++) {
        fusion_pose ahead;
        fusion_push(core, &frames[i]);
        if (looks && i % 7 == 0)
            (void)fusion_look_ahead(core, frames[i].received_ns, &ahead, NULL);
    }
    fusion_flush(core);
    fusion_destroy(core);
}

static bool same(const track *a, const track *b)
{
    bool equal = a->count == b->count;
    for (int i = 0; equal && i < a->count; i++) {
        const fusion_pose *p = &a->poses[i], *q = &b->poses[i];
        equal = memcmp(p->position_ecef_m, q->position_ecef_m, sizeof p->position_ecef_m) == 0 &&
                memcmp(p->q_body_enu, q->q_body_enu, sizeof p->q_body_enu) == 0 &&
                memcmp(p->covariance, q->covariance, sizeof p->covariance) == 0 && p->lane_id == q->lane_id &&
                memcmp(&p->lane_probability, &q->lane_probability, sizeof p->lane_probability) == 0;
    }
    return equal;
}

/* Neighbours change places where their receptions are near; all take the time of the later one. */
static void shuffle(void)
{
    for (int i = 0; i + 1 < frame_count; i += 2) {
        frame first = frames[i];
        int64_t at = frames[i + 1].received_ns;
        frames[i] = frames[i + 1];
        frames[i + 1] = first;
        frames[i + 1].received_ns = at;
    }
}

START_TEST (the_order_of_arrival_is_no_matter) {
    load("town", 40);
    world_map *map = simulate(11);
    memset(tracks, 0, sizeof tracks);
    drive(world_map_view(map), false, &tracks[0]);
    ck_assert_int_gt(tracks[0].count, 2000);
    shuffle();
    drive(world_map_view(map), true, &tracks[1]);
    ck_assert(same(&tracks[0], &tracks[1]));
    int in_lane = 0;
    for (int i = 0; i < tracks[0].count; i++)
        in_lane += tracks[0].poses[i].lane_id != 0;
    ck_assert_int_gt(in_lane, 500);
    drive(NULL, false, &tracks[1]);
    ck_assert(!same(&tracks[0], &tracks[1]));
    ck_assert_uint_eq(tracks[1].poses[tracks[1].count - 100].lane_id, 0);
    world_map_destroy(map);
}
END_TEST

static double horizontal_error(const fusion_pose *p, const truth_point *t)
{
    double at[3], d[3], enu[3][3];
    geodetic_to_ecef(t->latitude_rad, t->longitude_rad, t->height_m, at);
    enu_axes(t->latitude_rad, t->longitude_rad, enu);
    for (int i = 0; i < 3; i++)
        d[i] = p->position_ecef_m[i] - at[i];
    return hypot(enu[0][0] * d[0] + enu[0][1] * d[1] + enu[0][2] * d[2],
                 enu[1][0] * d[0] + enu[1][1] * d[1] + enu[1][2] * d[2]);
}

/* The id of the lane that the truth is in; `s_m` is moved along. At a seam the one before is `other`. */
static uint64_t true_lane(const sim_world *w, const world_map *map, const truth_point *t, double *s_m,
                          uint64_t *other)
{
    double plane[3], lateral = 0;
    sim_road_point p;
    earth_plane(sim_world_earth(w), &(geodetic){t->latitude_rad, t->longitude_rad, t->height_m}, plane);
    for (int i = 0; i < 6; i++) {
        sim_world_road(w, *s_m, &p);
        double x = plane[0] - p.plane_m[0], y = plane[1] - p.plane_m[1];
        *s_m += cos(p.yaw_rad) * x + sin(p.yaw_rad) * y;
        lateral = cos(p.yaw_rad) * y - sin(p.yaw_rad) * x;
    }
    int lane = (int)floor(lateral / p.lane_width_m + 0.5 * p.lanes);
    *other = world_map_lane_id(map, *s_m - 1, lane);
    return world_map_lane_id(map, *s_m + 1, lane);
}

/* No pose is sure of a wrong lane, and most are sure of the right one. */
static void check_lanes(const track *t, const world_map *map, uint64_t seed, const char *name)
{
    error e = {""};
    sim_world *w = sim_world_create(&scenario, seed, &e);
    double s_m = 0;
    int sure = 0, next = 0;
    for (int i = 0; i < t->count; i++) {
        const fusion_pose *p = &t->poses[i];
        uint64_t other;
        while (next + 1 < truth_count && truth[next].stamp_ns < p->stamp_ns)
            next++;
        uint64_t lane = true_lane(w, map, &truth[next], &s_m, &other);
        if (truth[next].stamp_ns != p->stamp_ns || !(p->lane_probability > 0.99f))
            continue;
        sure++;
        ck_assert_msg(p->lane_id == lane || p->lane_id == other, "%s, seed %d, pose %d: lane %lu, true %lu",
                      name, (int)seed, i, (unsigned long)p->lane_id, (unsigned long)lane);
    }
    ck_assert_int_gt(sure, t->count / 2);
    sim_world_destroy(w);
}

/* After the first quarter nearly all poses are within decimetres, without an IMU and wheels. */
START_TEST (the_map_holds_the_pose) {
    static const char *const names[] = {"town", "motorway"};
    for (int k = 0; k < 2; k++) {
        for (uint64_t seed = 1; seed <= (uint64_t)seeds(2); seed++) {
            int bad = 0, counted = 0, next = 0;
            load(names[k], 40);
            ck_assert(sim_scenario_without(&scenario, "imu") && sim_scenario_without(&scenario, "wheel"));
            world_map *map = simulate(seed);
            drive(world_map_view(map), false, &tracks[0]);
            for (int i = 0; i < tracks[0].count; i++) {
                const fusion_pose *p = &tracks[0].poses[i];
                while (next + 1 < truth_count && truth[next].stamp_ns < p->stamp_ns)
                    next++;
                if (p->stamp_ns - SIM_BEGIN_NS < 10000000000 || truth[next].stamp_ns != p->stamp_ns)
                    continue;
                counted++;
                bad += !(horizontal_error(p, &truth[next]) < 0.6);
            }
            ck_assert_int_gt(counted, 2500);
            ck_assert_msg(bad * 100 < counted * 2, "%s, seed %d: %d of %d", names[k], (int)seed, bad,
                          counted);
            check_lanes(&tracks[0], map, seed, names[k]);
            world_map_destroy(map);
        }
    }
}
END_TEST

static int mismatches, blind;

static void count_fault(void *context, const fault_event *e)
{
    (void)context;
    mismatches += e->raised && e->code == FAULT_MAP_MISMATCH && e->source == FAULT_SOURCE_MAP;
    blind += e->raised && e->code == FAULT_NO_LANDMARKS;
}

/* Drives with what the camera sees changed; every missed element is put into `ids`. */
static size_t drive_watching(const map_view *map, bool blinded, uint64_t *ids, size_t size)
{
    const fusion_sinks sinks = {.fault = count_fault};
    fusion *core = fusion_create_on_map(&scenario.config, &sinks, map);
    size_t n = 0;
    mismatches = blind = 0;
    for (int i = 0; i < frame_count; i++) {
        uint64_t now[8];
        frame in = frames[i];
        if (blinded && in.kind == FRAME_LANDMARKS && in.stamp_ns - SIM_BEGIN_NS > 20000000000)
            in.u.landmarks.count = 0;
        fusion_push(core, &in);
        size_t missed = fusion_map_missed(core, now, 8);
        for (size_t k = 0; k < missed && k < 8; k++) {
            bool known = false;
            for (size_t j = 0; j < n; j++)
                known |= ids[j] == now[k];
            if (!known && n < size)
                ids[n++] = now[k];
        }
    }
    fusion_flush(core);
    fusion_destroy(core);
    return n;
}

/* A sign that was moved is named, and only it; a camera that goes blind is the camera. */
START_TEST (what_is_not_seen_is_told_apart) {
    uint64_t ids[8];
    for (uint64_t seed = 1; seed <= (uint64_t)seeds(3); seed++) {
        load("town", 50);
        world_map *map = simulate(seed);
        const map_view *v = world_map_view(map);
        ck_assert_uint_eq(drive_watching(v, false, ids, 8), 0);
        ck_assert_int_eq(mismatches + blind, 0);
        (void)drive_watching(v, true, ids, 8);
        ck_assert_int_eq(blind, 1);
        ck_assert_int_eq(mismatches, 0);
        int moved = 0;
        for (uint32_t i = v->mark_count / 4; i < v->mark_count && !moved; i++) {
            map_mark *m = world_map_mark(map, i);
            if (m->kind != MAP_CLASS_SIGN)
                continue;
            for (int k = 0; k < 3; k++)
                m->position_ecef_m[k] += 1.73;
            moved = 1;
            size_t n = drive_watching(v, false, ids, 8);
            ck_assert_msg(n == 1 && ids[0] == m->id, "seed %d: %zu missed", (int)seed, n);
            ck_assert_int_eq(mismatches, 1);
        }
        ck_assert_int_eq(moved, 1);
        world_map_destroy(map);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("world_map");
    frames = calloc(FRAMES_MOST, sizeof *frames);
    if (!frames)
        return EXIT_FAILURE;
    puts("seeds 1, 2, 3, 5, 11");
    tcase_set_timeout(cases, 120.0);
    tcase_add_test(cases, everything_is_found_where_it_was_surveyed);
    tcase_add_test(cases, rails_are_lines);
    tcase_add_test(cases, lanes_go_on);
    tcase_add_test(cases, the_order_of_arrival_is_no_matter);
    tcase_add_test(cases, the_map_holds_the_pose);
    tcase_add_test(cases, what_is_not_seen_is_told_apart);
    int code = run_cases("world_map", cases);
    free(frames);
    return code;
}
