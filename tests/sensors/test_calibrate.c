/* Calibration from rendered chessboards: corners where they are, the camera that drew them, and clear
 * refusals. */
#include "sensors/camera/calibrate.h"
#include "tests/sensors/camera_picture.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 1280, HEIGHT = 720, COLUMNS = 9, ROWS = 6, VIEWS = 12, CORNERS = COLUMNS * ROWS };
static const camera_model truth = {
    .fx = 1100, .fy = 1095, .cx = 655, .cy = 370, .k1 = -0.24, .k2 = 0.05, .p1 = 8e-4, .p2 = -6e-4};

typedef struct {
    double r[3][3], t[3]; /* board in squares, its middle at 0, to optical axes */
} pose;

static void turn(double r[3][3], int axis, double angle)
{
    double c = cos(angle), s = sin(angle), out[3][3];
    int i = (axis + 1) % 3, j = (axis + 2) % 3;
    memcpy(out, r, sizeof out);
    for (int k = 0; k < 3; k++) {
        out[i][k] = c * r[i][k] - s * r[j][k];
        out[j][k] = s * r[i][k] + c * r[j][k];
    }
    memcpy(r, out, sizeof out);
}

static pose some_pose(picture *p)
{
    pose at = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {0, 0, 0}};
    turn(at.r, 2, picture_uniform(p, -0.4, 0.4));
    turn(at.r, 0, picture_uniform(p, -0.6, 0.6));
    turn(at.r, 1, picture_uniform(p, -0.6, 0.6));
    at.t[2] = picture_uniform(p, 17, 30);
    at.t[0] = picture_uniform(p, -0.25, 0.25) * at.t[2];
    at.t[1] = picture_uniform(p, -0.12, 0.12) * at.t[2];
    return at;
}

static double board_light(double x, double y)
{
    if (fabs(x) > 6.0 || fabs(y) > 4.5)
        return 0.45; /* the wall */
    if (fabs(x) > 5.0 || fabs(y) > 3.5)
        return 0.85; /* the margin */
    return ((int)floor(x) + (int)floor(y + 0.5)) % 2 == 0 ? 0.08 : 0.85;
}

/* 4 x 4 rays a pixel against the board's plane. */
static void draw(picture *p, const picture_rays *rays, const pose *at)
{
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            double sum = 0.0;
            for (int k = 0; k < 16; k++) {
                const double part[2] = {(k % 4 + 0.5) / 4.0, (k / 4 + 0.5) / 4.0};
                double ray[2];
                picture_ray(rays, x, y, part, ray);
                const double d[3] = {ray[0], ray[1], 1.0};
                double up = 0.0, down = 0.0, b[2] = {0.0, 0.0};
                for (int i = 0; i < 3; i++) {
                    up += at->r[i][2] * at->t[i];
                    down += at->r[i][2] * d[i];
                }
                for (int i = 0; i < 3; i++) {
                    double q = d[i] * up / down - at->t[i];
                    b[0] += at->r[i][0] * q;
                    b[1] += at->r[i][1] * q;
                }
                sum += board_light(b[0], b[1]) / 16.0;
            }
            p->light[y * WIDTH + x] = (float)sum;
        }
    }
}

static bool in_picture(const pose *at)
{
    for (int c = 0; c < 4; c++) {
        double q[3], uv[2];
        for (int i = 0; i < 3; i++)
            q[i] = at->r[i][0] * (c & 1 ? 5.2 : -5.2) + at->r[i][1] * (c & 2 ? 3.7 : -3.7) + at->t[i];
        const double xy[2] = {q[0] / q[2], q[1] / q[2]};
        model_to_pixel(&truth, xy, uv, NULL);
        if (uv[0] < 5 || uv[1] < 5 || uv[0] > WIDTH - 5 || uv[1] > HEIGHT - 5)
            return false;
    }
    return true;
}

/* Where a corner is, of those that are nearest to `uv`. */
static double off_truth(const pose *at, const double uv[2])
{
    double least = INFINITY;
    for (int i = 0; i < CORNERS; i++) {
        double q[3], seen[2];
        const double b[2] = {i % COLUMNS - 4.0, i / COLUMNS - 2.5};
        for (int k = 0; k < 3; k++)
            q[k] = at->r[k][0] * b[0] + at->r[k][1] * b[1] + at->t[k];
        const double xy[2] = {q[0] / q[2], q[1] / q[2]};
        model_to_pixel(&truth, xy, seen, NULL);
        least = fmin(least, hypot(seen[0] - uv[0], seen[1] - uv[1]));
    }
    return least;
}

START_TEST (the_camera_is_found) {
    static board_corner corners[VIEWS][CORNERS];
    calibrate_view views[VIEWS];
    picture p = picture_create(WIDTH, HEIGHT, 5);
    picture_rays rays = picture_rays_create(&truth, WIDTH, HEIGHT);
    double squares = 0.0;
    error e = {""};
    for (int v = 0; v < VIEWS; v++) {
        pose at = some_pose(&p);
        while (!in_picture(&at))
            at = some_pose(&p);
        draw(&p, &rays, &at);
        picture_blur(&p, 0.7);
        picture_expose(&p, 3.0);
        const luma_view view = picture_view(&p);
        ck_assert_msg(board_find(&view, COLUMNS, ROWS, corners[v], &e), "view %d: %s", v, e.text);
        for (int i = 0; i < CORNERS; i++)
            squares += pow(off_truth(&at, corners[v][i].uv), 2.0) / (VIEWS * CORNERS);
        views[v] = (calibrate_view){.corners = corners[v]};
    }
    picture_rays_destroy(&rays);
    picture_destroy(&p);
    ck_assert_double_lt(sqrt(squares), 0.12);
    const calibrate_board board = {COLUMNS, ROWS, WIDTH, HEIGHT, false};
    calibration c;
    ck_assert_msg(calibrate(&board, views, VIEWS, &c, &e), "%s", e.text);
    printf("corners %.3f px, reprojection %.3f px, fx %.2f (%.2f) fy %.2f cx %.2f cy %.2f k1 %.4f k2 %.4f p1 "
           "%.5f p2 %.5f\n",
           sqrt(squares), c.misfit_px, c.model.fx, c.sigma[0], c.model.fy, c.model.cx, c.model.cy, c.model.k1,
           c.model.k2, c.model.p1, c.model.p2);
    const double off[8] = {c.model.fx - truth.fx, c.model.fy - truth.fy, c.model.cx - truth.cx,
                           c.model.cy - truth.cy, c.model.k1 - truth.k1, c.model.k2 - truth.k2,
                           c.model.p1 - truth.p1, c.model.p2 - truth.p2};
    for (int i = 0; i < 8; i++)
        ck_assert_msg(fabs(off[i]) < 4.0 * c.sigma[i], "intrinsic %d: off by %g, sigma %g", i, off[i],
                      c.sigma[i]);
    ck_assert_double_lt(fabs(off[0]), 3.0);
    ck_assert_double_lt(fabs(off[2]), 3.0);
    ck_assert_double_lt(c.misfit_px, 0.15);
}
END_TEST

START_TEST (what_is_no_board_is_refused) {
    picture p = picture_create(WIDTH, HEIGHT, 9);
    board_corner corners[CORNERS];
    error none = {""}, part = {""}, other = {""};
    picture_road(&p);
    picture_expose(&p, 2.0);
    luma_view view = picture_view(&p);
    ck_assert(!board_find(&view, COLUMNS, ROWS, corners, &none));
    ck_assert_ptr_nonnull(strstr(none.text, "board"));
    pose at = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {0, 0, 20}};
    picture_rays rays = picture_rays_create(&truth, WIDTH, HEIGHT);
    draw(&p, &rays, &at);
    picture_rays_destroy(&rays);
    picture_expose(&p, 2.0);
    view = picture_view(&p);
    ck_assert(board_find(&view, COLUMNS, ROWS, corners, &part));
    ck_assert(!board_find(&view, 8, 6, corners, &other));
    ck_assert_ptr_nonnull(strstr(other.text, "9 x 6"));
    for (int y = 200; y < 330; y++) /* a hand over it */
        memset(p.bytes + y * WIDTH + 560, 90, 200);
    ck_assert(!board_find(&view, COLUMNS, ROWS, corners, &part));
    ck_assert_ptr_nonnull(strstr(part.text, "not all of a board"));
    picture_destroy(&p);
}
END_TEST

/* Straight on, all pictures: no perspective, no focal length. */
START_TEST (what_does_not_tell_is_refused) {
    board_corner corners[3][CORNERS];
    calibrate_view views[3];
    error few = {""}, flat = {""};
    for (int v = 0; v < 3; v++) {
        for (int i = 0; i < CORNERS; i++)
            corners[v][i] =
                (board_corner){{100.0 + 30.0 * v + 50.0 * (i % COLUMNS), 100.0 + 50.0 * (i / COLUMNS)}};
        views[v] = (calibrate_view){.corners = corners[v]};
    }
    const calibrate_board board = {COLUMNS, ROWS, WIDTH, HEIGHT, false};
    calibration c;
    ck_assert(!calibrate(&board, views, 2, &c, &few));
    ck_assert_ptr_nonnull(strstr(few.text, "3 pictures"));
    ck_assert(!calibrate(&board, views, 3, &c, &flat));
    ck_assert_ptr_nonnull(strstr(flat.text, "focal length"));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("calibrate");
    tcase_set_timeout(cases, 300);
    tcase_add_test(cases, the_camera_is_found);
    tcase_add_test(cases, what_is_no_board_is_refused);
    tcase_add_test(cases, what_does_not_tell_is_refused);
    return run_cases("calibrate", cases);
}
