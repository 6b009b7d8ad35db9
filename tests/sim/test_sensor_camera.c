/*
 * The simulated camera: detection by distance, light and weather, wrong classes, lane lines, health.
 */
#include "tests/sim/sensor_rig.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BINS = 10, BIN_M = 10 };

static rig *g;
static sim_camera_errors *set;
static const frame_landmarks *seen;
static const frame_lanes *lanes;
static const frame_camera_health *health;

static void setup(void)
{
    g = rig_open(&sim_sensor_camera);
    g->set->mount = (mount_settings){.x_m = 1.7, .z_m = 1.3};
    set = &g->set->of.camera;
    seen = &g->frames[FRAME_LANDMARKS].u.landmarks;
    lanes = &g->frames[FRAME_LANES].u.lanes;
    health = &g->frames[FRAME_CAMERA_HEALTH].u.camera_health;
}

static void teardown(void)
{
    rig_close(g);
}

typedef struct {
    double tried[BINS], found[BINS], right_class;
    stats bearing;
    stats range;
} tally;

/* The camera's own view of a thing, computed apart from the simulator's. */
static double bearing_of(const sim_element *e, double *range_m)
{
    double x = e->plane_m[0] - g->now.plane_m[0], y = e->plane_m[1] - g->now.plane_m[1];
    double c = cos(g->now.yaw_rad), s = sin(g->now.yaw_rad);
    double ahead = c * x + s * y - 1.7, left = -s * x + c * y, up = e->plane_m[2] - g->now.plane_m[2] - 1.3;
    *range_m = sqrt(ahead * ahead + left * left + up * up);
    return atan2(left, ahead);
}

static bool alone(const sim_element *all, size_t n, size_t i, double bearing)
{
    for (size_t k = 0; k < n; k++) {
        double range_m;
        if (k != i && all[k].kind <= ELEMENT_TAG &&
            fabs(bearing_of(&all[k], &range_m) - bearing) < radians(1.5))
            return false;
    }
    return true;
}

static void match(tally *t, const sim_element *e, double bearing, double range_m)
{
    int bin = (int)(range_m / BIN_M);
    t->tried[bin]++;
    for (int i = 0; i < seen->count; i++) {
        const camera_landmark *l = &seen->landmarks[i];
        double off = (double)l->azimuth_rad - bearing;
        if (fabs(off) > radians(0.7))
            continue;
        t->found[bin]++;
        stats_add(&t->bearing, off);
        t->right_class += strcmp(l->class_name, sim_element_word(e->kind)) == 0;
        double far = (double)l->range_m / range_m - 1;
        if (e->kind == ELEMENT_TAG && l->id == e->id && fabs(far) < 0.3) /* beyond it is a gross error */
            stats_add(&t->range, far);
        if (e->kind != ELEMENT_TAG && (l->id != 0 || !isnan(l->range_m)))
            ck_abort_msg("a %s with identity or range", sim_element_word(e->kind));
        return;
    }
}

/* Along the road; things that stand alone in the picture count. */
static tally drive(bool tags)
{
    tally t = {.right_class = 0};
    rig_start(g, 3);
    for (double s_m = 20; s_m < 900; s_m += 0.3) {
        const sim_element *all;
        rig_place(g, s_m, 0, 10);
        rig_step(g, 0.1);
        rig_sample(g);
        size_t n = sim_world_elements(g->world, s_m - 100, s_m + 100, &all);
        for (size_t i = 0; i < n; i++) {
            double range_m, bearing = bearing_of(&all[i], &range_m);
            if (all[i].kind > ELEMENT_TAG || (all[i].kind == ELEMENT_TAG) != tags || range_m > 99 ||
                fabs(bearing) > radians(29) || range_m < 10 || !alone(all, n, i, bearing))
                continue;
            match(&t, &all[i], bearing, range_m);
        }
    }
    return t;
}

static double rate(const tally *t, int bin)
{
    ck_assert_double_gt(t->tried[bin], 100);
    return t->found[bin] / t->tried[bin];
}

static double total(const double bins[BINS])
{
    double sum = 0;
    for (int i = 0; i < BINS; i++)
        sum += bins[i];
    return sum;
}

START_TEST (detection_by_distance) {
    tally t = drive(false);
    double kept = 1 - set->gross;
    ck_assert_double_eq_tol(rate(&t, 2), 0.8 * kept, 0.05);
    for (int bin = 3; bin < 8; bin++) /* 0.8 at 30 m, 0 at 80 m */
        ck_assert_double_eq_tol(rate(&t, bin), 0.8 * (7.5 - bin) / 5 * kept, 0.05);
    ck_assert_double_lt(rate(&t, 8), 0.005);
    ck_assert_double_eq_tol(stats_rms(&t.bearing), radians(0.1), radians(0.02));
    ck_assert_double_eq_tol(1 - t.right_class / total(t.found), 0.01, 0.008);
}
END_TEST

START_TEST (fiducials_have_number_and_range) {
    set->tag_m = 30;
    tally t = drive(true);
    ck_assert_double_gt(t.range.n, 100);
    ck_assert_double_eq_tol(t.range.n, total(t.found), 0.02 * t.range.n + 3);
    ck_assert_double_lt(rate(&t, 4), 0.005);
    ck_assert_double_eq_tol(stats_rms(&t.range), set->range_fraction, 0.01);
}
END_TEST

/* What is no value of a frame is nothing, as in a frame that was read back: a payload is held against the one
 * before by its bytes. */
START_TEST (the_rest_of_a_frame_is_nothing) {
    const frame_landmarks none = {0};
    const frame_lanes no_lanes = {0};
    rig_start(g, 3);
    for (double s_m = 20; s_m < 300; s_m += 1) {
        rig_place(g, s_m, 0, 10);
        rig_step(g, 0.1);
        rig_sample(g);
        const size_t gap = sizeof seen->count, head = offsetof(frame_landmarks, landmarks);
        ck_assert(memcmp((const char *)seen + gap, (const char *)&none + gap, head - gap) == 0);
        for (int i = 0; i < lanes->count; i++) {
            const char *type = lanes->lanes[i].type;
            size_t used = strlen(type), left = sizeof(camera_lane) - offsetof(camera_lane, type) - used;
            ck_assert(memcmp(type + used, &no_lanes, left) == 0);
        }
    }
}
END_TEST

START_TEST (weather_and_light_cost) {
    tally day = drive(false), t;
    g->scenario.weather.light = SIM_LIGHT_NIGHT;
    t = drive(false);
    ck_assert_double_lt(total(t.found) / total(t.tried), 0.7 * total(day.found) / total(day.tried));
    ck_assert_double_gt(stats_rms(&t.bearing), 1.3 * stats_rms(&day.bearing));
    g->scenario.weather.light = SIM_LIGHT_DAY;
    g->scenario.weather.fog = 1;
    t = drive(false);
    ck_assert_double_lt(rate(&t, 5), 0.005);
    g->scenario.weather.fog = 0;
    g->scenario.weather.rain = 1;
    t = drive(false);
    ck_assert_double_lt(total(t.found) / total(t.tried), 0.75 * total(day.found) / total(day.tried));
}
END_TEST

/* Health says what the light is; an undisturbed day, night or tunnel is no fault, a low sun ahead is. */
START_TEST (health_follows_the_light) {
    static const struct {
        sim_light light;
        float least_luminance, most_luminance, most_saturated, least_saturated;
    } rows[] = {{SIM_LIGHT_DAY, 0.4f, 0.5f, 0.05f, 0},
                {SIM_LIGHT_NIGHT, 0.1f, 0.2f, 0.05f, 0},
                {SIM_LIGHT_DUSK, 0.2f, 0.4f, 0.05f, 0},
                {SIM_LIGHT_GLARE, 0.6f, 0.9f, 0.5f, 0.25f}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        g->scenario.weather.light = rows[i].light;
        g->moment.road.sky = SKY_OPEN;
        rig_start(g, 3);
        rig_step(g, 0.1);
        rig_sample(g);
        ck_assert(g->got[FRAME_CAMERA_HEALTH]);
        ck_assert(health->mean_luminance > rows[i].least_luminance &&
                  health->mean_luminance < rows[i].most_luminance);
        ck_assert(health->saturated_fraction <= rows[i].most_saturated &&
                  health->saturated_fraction >= rows[i].least_saturated);
        ck_assert(health->dark_fraction < 0.8f && health->sharpness > 0.5f &&
                  health->blocked_fraction < 0.7f);
    }
    g->scenario.weather.light = SIM_LIGHT_DAY;
    g->moment.road.sky = SKY_TUNNEL;
    rig_start(g, 3);
    for (int i = 0; i < 20; i++) {
        rig_step(g, 0.1);
        rig_sample(g);
    }
    ck_assert(health->mean_luminance < 0.3f);
    g->moment.road.sky = SKY_OPEN;
    rig_step(g, 0.2);
    rig_sample(g);
    ck_assert_msg(health->saturated_fraction > 0.2f, "%g", (double)health->saturated_fraction);
    for (int i = 0; i < 20; i++) {
        rig_step(g, 0.1);
        rig_sample(g);
    }
    ck_assert(health->saturated_fraction < 0.05f);
}
END_TEST

/* A line's error against the true line, at each half metre of the road. */
START_TEST (lane_lines) {
    enum { N = 100000, LAG = 100 };
    static double error_m[N];
    sim_lane_line line;
    double here = 0, ahead = 0, pairs = 0, found = 0;
    set->lane_wrong = 0;
    rig_place(g, 200, 0.4, 10);
    g->now.lane = 0;
    rig_start(g, 3);
    sim_world_lane_line(g->world, 200, 0, &line);
    for (int i = 0; i < N; i++) {
        g->now.s_m = 200 + 0.5 * (i % 2); /* the same line; what counts is the way between */
        rig_step(g, 0.1);
        rig_sample(g);
        error_m[i] = NAN;
        for (int k = 0; k < lanes->count; k++) {
            if (lanes->lanes[k].side != LANE_SIDE_RIGHT)
                continue;
            found++;
            error_m[i] = (double)lanes->lanes[k].offset_m - (line.offset_m - 0.4);
        }
    }
    stats all = {0};
    for (int i = 0; i + LAG < N; i++) {
        if (isnan(error_m[i]) || isnan(error_m[i + LAG]))
            continue;
        stats_add(&all, error_m[i]);
        here += error_m[i] * error_m[i];
        ahead += error_m[i] * error_m[i + LAG];
        pairs++;
    }
    ck_assert_double_gt(pairs, N / 4);
    ck_assert_double_eq_tol(stats_rms(&all), hypot(0.04, 0.04), 0.004);
    ck_assert_double_eq_tol(ahead / here, exp(-1) / 2, 0.06);
    ck_assert_double_eq_tol(found / N, 0.97 * line.paint, 0.02);
}
END_TEST

START_TEST (lanes_turn_with_the_mount) {
    stats heading = {0};
    set->lane_wrong = 0;
    g->set->mount_sigma_deg = 1;
    rig_place(g, 200, 0, 10);
    for (int drive_no = 0; drive_no < 2000; drive_no++) {
        rig_start(g, (uint64_t)drive_no);
        rig_step(g, 0.1);
        rig_sample(g);
        for (int k = 0; k < lanes->count; k++)
            stats_add(&heading, (double)lanes->lanes[k].heading_rad);
    }
    ck_assert_double_eq_tol(stats_rms(&heading), radians(hypot(1, 0.2)), radians(0.05));
}
END_TEST

/* A lane of 3 m that is 6 m wide after 200 m, as a map. */
static void write_widening_lane(const char *path)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs("<osm version='0.6'>", f);
    for (int i = 0; i < 4; i++)
        fprintf(f, "<node id='%d' lat='%.9f' lon='%.9f'/>", i + 1, 49 + (i < 2 ? 3 + 3 * i : 0) / 111230.0,
                8.4 + (i % 2) * 200 / 73174.0);
    fputs("<way id='11'><nd ref='1'/><nd ref='2'/><tag k='type' v='line_thin'/><tag k='subtype' "
          "v='solid'/></way>"
          "<way id='12'><nd ref='3'/><nd ref='4'/><tag k='type' v='line_thin'/><tag k='subtype' "
          "v='solid'/></way>"
          "<relation id='21'><member type='way' ref='11' role='left'/><member type='way' ref='12' "
          "role='right'/>"
          "<tag k='type' v='lanelet'/><tag k='subtype' v='road'/><tag k='location' v='urban'/>"
          "<tag k='one_way' v='yes'/></relation></osm>",
          f);
    ck_assert_int_eq(fclose(f), 0);
}

/* A point of a line against the vehicle: ahead, left. */
static void line_point(double s_m, int line, double out[2])
{
    double c = cos(g->now.yaw_rad), s = sin(g->now.yaw_rad);
    sim_road_point p;
    sim_lane_line l;
    sim_world_road(g->world, s_m, &p);
    sim_world_lane_line(g->world, s_m, line, &l);
    double x = p.plane_m[0] - l.offset_m * sin(p.yaw_rad) - g->now.plane_m[0];
    double y = p.plane_m[1] + l.offset_m * cos(p.yaw_rad) - g->now.plane_m[1];
    out[0] = c * x + s * y;
    out[1] = c * y - s * x;
}

/* Where the y axis cuts the lines as they lie in the plane, found by walking along them. */
static void compare_with_the_plane(double s_m)
{
    for (int k = 0; k < 2; k++) {
        int line = lanes->lanes[k].side == LANE_SIDE_LEFT ? g->now.lane + 1 : g->now.lane;
        double best = INFINITY, best_m = 0, at[2], before[2], after[2];
        for (double at_m = s_m - 3; at_m < s_m + 3; at_m += 0.002) {
            line_point(at_m, line, at);
            best_m = fabs(at[0]) < best ? at_m : best_m;
            best = fmin(best, fabs(at[0]));
        }
        line_point(best_m, line, at);
        line_point(best_m - 0.5, line, before);
        line_point(best_m + 0.5, line, after);
        double heading = atan2(after[1] - before[1], after[0] - before[0]);
        ck_assert_double_eq_tol((double)lanes->lanes[k].offset_m, at[1], 0.002);
        ck_assert_double_eq_tol((double)lanes->lanes[k].heading_rad, heading, radians(0.2));
    }
}

static void see_without_error(void)
{
    set->lane_wrong = 0;
    set->lane_white_m = set->lane_slow_m = set->lane_heading_deg = 1e-9;
    set->lane_seen = 1;
}

/* In the sharpest bend of the road, turned against it. */
START_TEST (lines_lie_where_the_road_has_them) {
    double sharp_m = 50, most_1pm = 0;
    see_without_error();
    for (double s_m = 50; s_m < sim_world_length_m(g->world) - 50; s_m++) {
        sim_road_point p;
        sim_world_road(g->world, s_m, &p);
        if (fabs(p.curvature_1pm) > most_1pm) {
            most_1pm = fabs(p.curvature_1pm);
            sharp_m = s_m;
        }
    }
    ck_assert_double_gt(most_1pm, 0.03);
    for (int i = -2; i <= 2; i++) {
        rig_place(g, sharp_m + i, 0.3, 5);
        g->now.lane = g->moment.road.lanes / 2;
        g->now.yaw_rad += 0.05 * i;
        do
            rig_start(g, (uint64_t)rand());
        while (rig_sample(g), lanes->count < 2);
        compare_with_the_plane(sharp_m + i);
    }
}
END_TEST

/* The lines of a lane that grows wider do not run as the road does. */
START_TEST (lines_of_a_lane_that_widens) {
    char path[] = "/tmp/posed-lane-XXXXXX.osm";
    error e = {""};
    int file = mkstemps(path, 4);
    ck_assert_int_ge(file, 0);
    close(file);
    write_widening_lane(path);
    g->scenario.road.kind = SIM_ROAD_MAP;
    g->scenario.duration_s = 10;
    g->scenario.road.speed_mps = 10;
    snprintf(g->scenario.road.file, sizeof g->scenario.road.file, "%s", path);
    sim_world_destroy(g->world);
    g->world = sim_world_create(&g->scenario, 1, &e);
    remove(path);
    ck_assert_msg(g->world != NULL, "%s", e.text);
    see_without_error();
    rig_place(g, 100, 0.2, 10);
    g->now.lane = 0;
    do
        rig_start(g, (uint64_t)rand());
    while (rig_sample(g), lanes->count < 2);
    compare_with_the_plane(100);
    double off = (double)(lanes->lanes[0].heading_rad - lanes->lanes[1].heading_rad);
    ck_assert_double_eq_tol(fabs(off), atan(3 / 200.0), 0.001);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("camera");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, detection_by_distance);
    tcase_add_test(t, fiducials_have_number_and_range);
    tcase_add_test(t, the_rest_of_a_frame_is_nothing);
    tcase_add_test(t, weather_and_light_cost);
    tcase_add_test(t, health_follows_the_light);
    tcase_add_test(t, lane_lines);
    tcase_add_test(t, lanes_turn_with_the_mount);
    tcase_add_test(t, lines_lie_where_the_road_has_them);
    tcase_add_test(t, lines_of_a_lane_that_widens);
    return run_cases("sensor_camera", t);
}
