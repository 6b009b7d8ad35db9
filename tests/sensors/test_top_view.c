/* The road from above: geometry there and back, and a picture whose light tells the place that it shows. */
#include "sensors/camera/top_view.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 960, HEIGHT = 540 };
static const camera_model bent = {
    .fx = 800, .fy = 805, .cx = 482, .cy = 265, .k1 = -0.2, .k2 = 0.05, .p1 = 1e-3, .p2 = -5e-4};
static const camera_model straight = {.fx = 800, .fy = 800, .cx = 479.5, .cy = 269.5};

static lane_ground ground_of(const camera_model *m, double roll_rad, double pitch_rad, double yaw_rad)
{
    lane_ground g;
    const lane_mount mount = {
        .height_m = 1.4, .roll_rad = roll_rad, .pitch_rad = pitch_rad, .yaw_rad = yaw_rad};
    ck_assert(lane_ground_set(&g, m, WIDTH, HEIGHT, &mount));
    return g;
}

START_TEST (a_place_is_where_its_pixel_shows) {
    const lane_ground g = ground_of(&bent, 0.02, 0.05, -0.03);
    for (double x = 4.0; x < 60.0; x *= 1.3) {
        for (double y = -3.0; y <= 3.0; y += 0.5) {
            double uv[2], xy[2];
            ck_assert(lane_ground_to_pixel(&g, x, y, uv));
            if (uv[0] < 0 || uv[1] < 0 || uv[0] > WIDTH || uv[1] > HEIGHT)
                continue;
            ck_assert(lane_ground_from_pixel(&g, uv, xy));
            ck_assert_double_eq_tol(xy[0], x, 1e-6 * x);
            ck_assert_double_eq_tol(xy[1], y, 1e-6 * x);
        }
    }
}
END_TEST

/* Signs: left is left in the picture, looking down shows nearer road, a turn to the left shows what is there.
 */
START_TEST (axes_are_those_of_the_body) {
    const lane_ground level = ground_of(&straight, 0, 0, 0), down = ground_of(&straight, 0, 0.1, 0),
                      left = ground_of(&straight, 0, 0, 0.1), leaning = ground_of(&straight, 0.1, 0, 0);
    double a[2], b[2];
    ck_assert(lane_ground_to_pixel(&level, 20, 2, a));
    ck_assert_double_lt(a[0], straight.cx);
    ck_assert_double_gt(a[1], straight.cy);
    ck_assert(lane_ground_to_pixel(&down, 20, 2, b));
    ck_assert_double_lt(b[1], a[1]);
    ck_assert(lane_ground_to_pixel(&left, 20, 2, b));
    ck_assert_double_eq_tol(b[0], straight.cx, 2.0);
    ck_assert(
        lane_ground_to_pixel(&leaning, 20, 0, b)); /* to the right: the road below moves to the left... */
    ck_assert_double_gt(fabs(b[0] - straight.cx), 3.0);
    const double sky[2] = {480, 100};
    ck_assert(!lane_ground_from_pixel(&level, sky, a));
    ck_assert(!lane_ground_to_pixel(&level, -5, 0, a));
}
END_TEST

/* The formula of the header against the mount itself. */
START_TEST (a_pitched_car_sees_it_elsewhere) {
    const double pitch = 0.012, h = 1.4;
    const lane_ground mount = ground_of(&straight, 0, 0.03, 0),
                      nodding = ground_of(&straight, 0, 0.03 + pitch, 0);
    for (double x = 5.0; x < 50.0; x += 5.0) {
        double uv[2], true_xy[2];
        ck_assert(lane_ground_to_pixel(&mount, x, 1.7, uv));
        ck_assert(lane_ground_from_pixel(&nodding, uv, true_xy));
        const lane_pitched p = lane_ground_pitched(x, h, pitch);
        ck_assert_double_eq_tol(p.x_m, true_xy[0], 1e-6);
        ck_assert_double_eq_tol(p.scale * 1.7, true_xy[1], 1e-6);
    }
    ck_assert_double_eq(lane_ground_pitched(500.0, h, -0.05).scale, 0.0);
}
END_TEST

/* Light that grows to the left, 20 steps a metre: each cell must show its own place. */
START_TEST (cells_show_their_places) {
    const lane_ground g = ground_of(&bent, 0.01, 0.04, 0.02);
    error e = {""};
    top_view_grid grid;
    ck_assert_msg(top_view_place(&grid, &g, 60.0, &e), "%s", e.text);
    uint8_t *picture = calloc(WIDTH, HEIGHT);
    for (int v = 0; v < HEIGHT; v++) {
        for (int u = 0; u < WIDTH; u++) {
            const double uv[2] = {u, v};
            double xy[2];
            if (lane_ground_from_pixel(&g, uv, xy))
                picture[v * WIDTH + u] = (uint8_t)fmin(fmax(128.0 + 20.0 * xy[1] + 0.5, 0.0), 255.0);
        }
    }
    top_view *view = top_view_create(&grid, &g, WIDTH, HEIGHT);
    ck_assert_ptr_nonnull(view);
    top_view_sample(view, picture, WIDTH);
    for (int row = 0; row < grid.rows; row++) {
        const top_view_row r = top_view_get(view, row);
        ck_assert_int_gt(r.end - r.first, 30);
        for (int c = r.first; c < r.end; c++) {
            double y = top_view_left(&grid, c);
            if (fabs(y) < 4.0) /* a line of the picture is up to so many steps at 60 m */
                ck_assert_double_eq_tol((double)r.values[c], 128.0 + 20.0 * y,
                                        1.5 + 0.04 * grid.x_m[row] * fabs(y));
        }
    }
    ck_assert_double_gt(grid.x_m[0], 40.0);
    ck_assert_double_lt(grid.x_m[grid.rows - 1], 6.0);
    top_view_destroy(view);
    free(picture);
}
END_TEST

START_TEST (a_camera_that_sees_no_road_is_refused) {
    const lane_ground up = ground_of(&straight, 0, -0.6, 0);
    lane_ground below;
    error e = {""};
    top_view_grid grid;
    ck_assert(!top_view_place(&grid, &up, 60.0, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "does not see the road"));
    ck_assert(!lane_ground_set(&below, &straight, WIDTH, HEIGHT, &(lane_mount){.height_m = 0}));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("top_view");
    tcase_add_test(cases, a_place_is_where_its_pixel_shows);
    tcase_add_test(cases, axes_are_those_of_the_body);
    tcase_add_test(cases, a_pitched_car_sees_it_elsewhere);
    tcase_add_test(cases, cells_show_their_places);
    tcase_add_test(cases, a_camera_that_sees_no_road_is_refused);
    return run_cases("top_view", cases);
}
