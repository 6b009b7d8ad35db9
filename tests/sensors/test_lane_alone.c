/* A line that is none does not bend the one beside it, where both are sure nothing changes, and two lanes in
 * the place of one are not sure. */
#include "sensors/camera/lane_alone.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 100 };
static const double height_m = 1.4, width_m = 3.5, ahead_m = 15.0;

typedef struct {
    top_view_grid grid;
    lane_marks marks;
} scene;

static lane_mark paint_at(double y_m)
{
    return (lane_mark){
        .y_m = (float)y_m, .width_m = 0.15F, .strength = 1.0F, .rise = 1.0F, .apart = 1.0F, .lit = 1.0F};
}

/* Solid paint on the left; on the right paint, or the edge of a verge that runs away by `verge` a metre:
 * wide, dark on one side and uneven. */
static scene *create(double verge)
{
    scene *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    s->grid = (top_view_grid){.rows = ROWS, .cell_m = 0.05, .spacing_px = 2};
    for (int i = 0; i < ROWS; i++) {
        double x = 1.0 / (1.0 / 60.0 + (1.0 / 4.5 - 1.0 / 60.0) * i / (ROWS - 1));
        s->grid.x_m[i] = x;
        s->grid.pixel_m[i] = x / 850.0;
        s->marks.reach_m[i][0] = -0.55F * (float)x;
        s->marks.reach_m[i][1] = 0.55F * (float)x;
        s->marks.first[i] = s->marks.count;
        lane_mark left = paint_at(0.5 * width_m), right = paint_at(-0.5 * width_m - verge * x);
        left.row = right.row = (uint8_t)i;
        if (verge > 0.0) {
            right.y_m += 0.06F * (float)(i * 7 % 5 - 2);
            right.width_m = 0.1F + 0.1F * (float)(i * 3 % 4);
            right.strength = 0.5F;
            right.rise = right.apart = right.lit = 0.2F;
            right.skew = 0.7F;
        }
        s->marks.marks[s->marks.count++] = left;
        if (verge == 0.0 || x < 25.0)
            s->marks.marks[s->marks.count++] = right;
    }
    s->marks.first[ROWS] = s->marks.count;
    return s;
}

/* The same lane again, beside it: marks of both lines in every row. */
static void paint_again(scene *s, double aside_m)
{
    lane_marks *from = malloc(sizeof *from);
    ck_assert_ptr_nonnull(from);
    *from = s->marks;
    s->marks.count = 0;
    for (int row = 0; row < ROWS; row++) {
        s->marks.first[row] = s->marks.count;
        for (int i = from->first[row]; i < from->first[row + 1]; i++) {
            lane_mark again = from->marks[i];
            again.y_m += (float)aside_m;
            s->marks.marks[s->marks.count++] = from->marks[i];
            s->marks.marks[s->marks.count++] = again;
        }
    }
    s->marks.first[ROWS] = s->marks.count;
    free(from);
}

static double score_of(const lane_fit *fit, int side)
{
    return lane_judge(fit, side, width_m).score;
}

static lane_scene see(const scene *s)
{
    return (lane_scene){&s->grid, &s->marks, height_m, width_m};
}

START_TEST (a_verge_does_not_bend_a_line) {
    scene *s = create(0.06);
    const lane_scene seen = see(s);
    lane_finding found;
    ck_assert(lane_find_anew(&seen, &found));
    double before = fabs(lane_shape_y(&found.fit.belief.mean, LANE_LEFT, ahead_m) - 0.5 * width_m);
    ck_assert_double_gt(before, 0.2); /* or it shows nothing */
    lane_alone_settle(&seen, &found);
    ck_assert_double_lt(fabs(lane_shape_y(&found.fit.belief.mean, LANE_LEFT, ahead_m) - 0.5 * width_m), 0.1);
    ck_assert_double_lt(fabs(lane_shape_y(&found.fit.belief.mean, LANE_LEFT, 0.0) - 0.5 * width_m), 0.05);
    ck_assert_double_gt(found.fit.support[LANE_LEFT].parts, 0.1);
    ck_assert_double_lt(found.judged[LANE_RIGHT].score, 0.5);
    free(s);
}
END_TEST

START_TEST (two_sure_lines_are_left_as_they_are) {
    scene *s = create(0.0);
    const lane_scene seen = see(s);
    lane_finding found;
    ck_assert(lane_find_anew(&seen, &found));
    ck_assert_double_gt(score_of(&found.fit, LANE_LEFT), 0.9);
    ck_assert_double_gt(score_of(&found.fit, LANE_RIGHT), 0.9);
    const lane_shape before = found.fit.belief.mean;
    lane_alone_settle(&seen, &found);
    ck_assert_mem_eq(&before, &found.fit.belief.mean, sizeof before);
    ck_assert(found.fit.support[LANE_LEFT].parts == 0.0);
    ck_assert(found.fit.support[LANE_RIGHT].parts == 0.0);
    free(s);
}
END_TEST

/* Which of the two holds, nothing tells. */
START_TEST (a_lane_that_is_there_twice_is_not_sure) {
    scene *s = create(0.0);
    const lane_scene seen = see(s);
    lane_finding found;
    paint_again(s, -0.7);
    ck_assert(lane_find_anew(&seen, &found));
    lane_alone_settle(&seen, &found);
    for (int side = 0; side < LANE_SIDES; side++) {
        ck_assert_double_gt(found.fit.support[side].again, 0.8);
        ck_assert_double_lt(found.judged[side].score, 0.65);
    }
    free(s);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("lane alone");
    tcase_add_test(tcase, a_verge_does_not_bend_a_line);
    tcase_add_test(tcase, two_sure_lines_are_left_as_they_are);
    tcase_add_test(tcase, a_lane_that_is_there_twice_is_not_sure);
    return run_cases("lane alone", tcase);
}
