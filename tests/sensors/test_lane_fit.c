/* Vote and fit on marks of a known lane: what comes out is it, within what is claimed, whatever lies beside
 * it. */
#include "sensors/camera/lane_fit.h"
#include "sensors/camera/lane_prior.h"
#include "sensors/camera/lane_rival.h"
#include "sensors/camera/lane_vote.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 100, RUNS = 40 };
static const double height_m = 1.4;
static const lane_search search = {3.5, 0.5, 0.015, 0.15, 0.005, 0.0};

typedef struct {
    top_view_grid grid;
    lane_marks marks;
    uint64_t random;
} scene;

static double uniform(scene *s, double from, double to)
{
    s->random = s->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return from + (to - from) * (double)(s->random >> 11) * 0x1p-53;
}

static double normal(scene *s)
{
    double sum = 0.0;
    for (int i = 0; i < 12; i++)
        sum += uniform(s, -0.5, 0.5);
    return sum;
}

static scene *create(uint64_t seed)
{
    scene *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    s->random = seed * 7919 + 1;
    s->grid = (top_view_grid){.rows = ROWS, .cell_m = 0.05, .spacing_px = 2};
    for (int i = 0; i < ROWS; i++) {
        s->grid.x_m[i] = 1.0 / (1.0 / 60.0 + (1.0 / 4.5 - 1.0 / 60.0) * i / (ROWS - 1));
        s->grid.pixel_m[i] = s->grid.x_m[i] / 850.0;
        s->marks.reach_m[i][0] = -0.55F * (float)s->grid.x_m[i];
        s->marks.reach_m[i][1] = 0.55F * (float)s->grid.x_m[i];
    }
    return s;
}

static void mark(scene *s, double y_m)
{
    s->marks.marks[s->marks.count++] = (lane_mark){.y_m = (float)y_m, .width_m = 0.15F, .strength = 0.9F};
}

/* Marks of both lines where paint is seen, and clutter. */
static void paint(scene *s, const lane_shape *lane, const bool there[2], double clutter)
{
    s->marks.count = 0;
    for (int row = 0; row < ROWS; row++) {
        const lane_pitched p = lane_shape_place(lane, s->grid.x_m[row], height_m);
        s->marks.first[row] = s->marks.count;
        for (int side = 0; side < LANE_SIDES; side++) {
            bool dash = side == LANE_LEFT || fmod(p.x_m, 12.0) < 4.0;
            if (there[side] && dash && p.scale > 0.0)
                mark(s, (lane_shape_y(lane, side, p.x_m) + 0.02 * normal(s)) / p.scale +
                            0.3 * s->grid.pixel_m[row] * normal(s));
        }
        for (int i = 0; i < 3; i++) {
            if (uniform(s, 0, 1) < clutter)
                mark(s, uniform(s, -6, 6));
        }
        for (int i = s->marks.first[row]; i < s->marks.count; i++)
            s->marks.marks[i].row = (uint8_t)row;
    }
    s->marks.first[ROWS] = s->marks.count;
}

static lane_shape some_lane(scene *s)
{
    return (lane_shape){{uniform(s, -0.7, 0.7), uniform(s, 3.1, 3.9), uniform(s, -0.04, 0.04),
                         uniform(s, -0.002, 0.002), uniform(s, -1e-5, 1e-5), uniform(s, -0.012, 0.012), 0.0}};
}

static bool fit(const scene *s, lane_fit *out)
{
    lane_belief before;
    lane_guess guess;
    lane_prior_first(LANE_GENTLE, 3.5, &before);
    return lane_vote(&s->grid, &s->marks, height_m, &search, &guess) &&
           lane_fit_find(&s->grid, &s->marks, height_m, &before, &guess.shape, 0.5, out);
}

static const struct {
    const char *legend;
    double clutter;
    int least; /* found of RUNS: the right line shows 15 marks, and the more clutter the less they are */
} clutters[] = {
    {"clean", 0.0, 40}, {"some clutter", 0.2, 38}, {"more marks beside the lines than on them", 0.6, 34}};
enum { CLUTTERS = sizeof clutters / sizeof *clutters };

static bool is_near(const lane_shape *a, const lane_shape *b)
{
    return fabs(a->at[LANE_CENTRE] - b->at[LANE_CENTRE]) < 0.1 &&
           fabs(a->at[LANE_WIDTH] - b->at[LANE_WIDTH]) < 0.15 &&
           fabs(a->at[LANE_PITCH] - b->at[LANE_PITCH]) < 0.003;
}

static void check_support(const lane_fit *out)
{
    ck_assert_int_gt(out->support[LANE_LEFT].hits, 80);
    ck_assert_double_gt(out->support[LANE_LEFT].duty, 0.8);
    ck_assert_double_lt(out->support[LANE_RIGHT].duty, 0.7);
    ck_assert_double_gt(out->support[LANE_RIGHT].gap_m, 3.0);
}

START_TEST (the_lane_is_found) {
    double squares[LANE_UNKNOWNS] = {0};
    int found = 0;
    for (uint64_t seed = 0; seed < RUNS; seed++) {
        scene *s = create(seed);
        const lane_shape truth = some_lane(s);
        lane_fit out;
        paint(s, &truth, (bool[2]){true, true}, clutters[_i].clutter);
        ck_assert(fit(s, &out));
        free(s);
        if (!is_near(&out.belief.mean, &truth))
            continue; /* the score is to say so: test_lanes.c */
        found++;
        check_support(&out);
        for (int i = 0; i < LANE_UNKNOWNS; i++) {
            double off = out.belief.mean.at[i] - truth.at[i];
            squares[i] += off * off / out.belief.covariance[i][i];
        }
    }
    printf("%s: %d of %d, mean squares in sigmas, centre %.2f width %.2f heading %.2f curvature %.2f rate "
           "%.2f pitch "
           "%.2f\n",
           clutters[_i].legend, found, RUNS, squares[0] / found, squares[1] / found, squares[2] / found,
           squares[3] / found, squares[4] / found, squares[5] / found);
    ck_assert_int_ge(found, clutters[_i].least);
    for (int i = 0; i < LANE_UNKNOWNS; i++) /* independent marks here: the claim is for ones that err alike */
        ck_assert_double_lt(squares[i], 1.6 * found);
}
END_TEST

/* One line alone: it is where it is; the other has no support, and its place is the width's. */
START_TEST (one_line_is_enough_for_itself) {
    for (uint64_t seed = 0; seed < RUNS; seed++) {
        scene *s = create(seed);
        const lane_shape truth = some_lane(s);
        lane_fit out;
        paint(s, &truth, (bool[2]){true, false}, 0.05);
        ck_assert(fit(s, &out));
        double off = lane_shape_y(&out.belief.mean, LANE_LEFT, 0) - lane_shape_y(&truth, LANE_LEFT, 0);
        ck_assert_double_lt(fabs(off), 0.25);
        ck_assert_int_gt(out.support[LANE_LEFT].hits, 70);
        ck_assert_int_lt(out.support[LANE_RIGHT].hits, 20);
        ck_assert_double_gt(out.belief.covariance[LANE_WIDTH][LANE_WIDTH], 0.01);
        free(s);
    }
}
END_TEST

/* Roads that are neither straight nor level: both lines are where they are, 15 m ahead too. */
static const struct {
    const char *legend;
    lane_road_kind kind;
    lane_shape lane;
} roads[] = {
    {"a bend of 50 m", LANE_WINDING, {{0.2, 3.3, 0.01, 0.02, 0.0, 0.003, 0.0}}},
    {"a bend of 40 m, to the right", LANE_WINDING, {{-0.3, 3.5, 0.0, -0.025, 0.0, 0.0, 0.0}}},
    {"a bend of 100 m that gets tighter", LANE_WINDING, {{0.0, 3.5, 0.02, 0.01, 2e-4, -0.004, 0.0}}},
    {"a crest of 1000 m", LANE_HILLY, {{0.2, 3.6, 0.01, 0.0005, 0.0, 0.003, 0.001}}},
    {"a sag of 1000 m", LANE_HILLY, {{-0.2, 3.6, -0.01, 0.001, 0.0, 0.0, -0.001}}},
};
enum { ROADS = sizeof roads / sizeof *roads };

START_TEST (a_bent_road_is_followed) {
    const lane_shape *truth = &roads[_i].lane;
    lane_search s = search;
    lane_belief before;
    lane_guess guess;
    lane_fit out;
    if (roads[_i].kind == LANE_WINDING) {
        s.most_curvature_1pm = 0.028;
        s.least_curvature_1pm = 0.005;
    }
    scene *marks = create(5);
    paint(marks, truth, (bool[2]){true, true}, 0.1);
    lane_prior_first(roads[_i].kind, 3.5, &before);
    ck_assert(lane_vote(&marks->grid, &marks->marks, height_m, &s, &guess));
    ck_assert(lane_fit_find(&marks->grid, &marks->marks, height_m, &before, &guess.shape, 0.5, &out));
    for (int side = 0; side < LANE_SIDES; side++) {
        for (double x = 0.0; x <= 15.0; x += 15.0) {
            double off = lane_shape_y(&out.belief.mean, side, x) - lane_shape_y(truth, side, x);
            ck_assert_msg(fabs(off) < 0.15, "%s: side %d, at %.0f m off by %.2f m", roads[_i].legend, side, x,
                          off);
        }
    }
    free(marks);
}
END_TEST

/* A lane along a circle: its lines are circles about the same middle. */
START_TEST (a_circle_is_a_circle) {
    const double radius = 50.0, half = 1.75;
    const lane_shape s = {{0.0, 2.0 * half, 0.0, 1.0 / radius, 0.0, 0.0, 0.0}};
    for (double x = 0.0; x < 25.0; x += 5.0) {
        double left = radius - sqrt((radius - half) * (radius - half) - x * x),
               right = radius - sqrt((radius + half) * (radius + half) - x * x);
        ck_assert_double_eq_tol(lane_shape_y(&s, LANE_LEFT, x), left, 0.03);
        ck_assert_double_eq_tol(lane_shape_y(&s, LANE_RIGHT, x), right, 0.03);
    }
}
END_TEST

/* What the road shows and what the picture shows are each other's inverse; beyond a crest there is nothing.
 */
START_TEST (a_crest_hides_what_is_behind_it) {
    lane_shape s = {{0.0, 3.5, 0.0, 0.0, 0.0, 0.004, 0.002}};
    for (double x = 4.0; x < 30.0; x += 2.0) {
        const lane_pitched seen = lane_shape_seen(&s, x, height_m),
                           back = lane_shape_place(&s, seen.x_m, height_m);
        ck_assert_double_eq_tol(back.x_m, x, 0.01);
        ck_assert_double_eq_tol(back.scale * seen.scale, 1.0, 1e-3);
    }
    ck_assert_double_eq(lane_shape_seen(&s, 40.0, height_m).scale, 0.0);
    ck_assert_double_eq(lane_shape_place(&s, 25.0, height_m).scale, 0.0);
    s.at[LANE_CREST] = -0.002; /* a sag shows what a level road would not */
    ck_assert_double_lt(lane_shape_place(&s, 25.0, height_m).x_m, 25.0);
}
END_TEST

/* A second line, parallel to the one at `side`, at so much of its height. */
static void paint_beside(scene *s, const lane_shape *lane, int side, double aside_m, float strength)
{
    lane_mark *marks = calloc(LANE_MOST_MARKS, sizeof *marks);
    int count = 0;
    ck_assert_ptr_nonnull(marks);
    for (int row = 0; row < ROWS; row++) {
        const lane_pitched p = lane_shape_place(lane, s->grid.x_m[row], height_m);
        int first = count;
        for (int i = s->marks.first[row]; i < s->marks.first[row + 1]; i++)
            marks[count++] = s->marks.marks[i];
        if (p.scale > 0.0)
            marks[count++] =
                (lane_mark){.y_m = (float)((lane_shape_y(lane, side, p.x_m) + aside_m) / p.scale),
                            .width_m = 0.15F,
                            .strength = strength,
                            .row = (uint8_t)row};
        s->marks.first[row] = first;
    }
    s->marks.first[ROWS] = s->marks.count = count;
    memcpy(s->marks.marks, marks, (size_t)count * sizeof *marks);
    free(marks);
}

static const struct {
    const char *legend;
    double width_m, aside_m;
    float strength;
    bool both;          /* the right line has such a one too */
    double least, most; /* of the left line's rival */
} rivals[] = {
    {"none", 3.5, -20.0, 0.9F, false, 0.0, 0.15},
    {"as strong, in the lane", 3.5, -0.6, 0.9F, false, 0.6, 1.1},
    {"half as strong", 3.5, -0.6, 0.45F, false, 0.3, 0.6},
    {"the other half of a double line", 3.5, 0.2, 0.9F, false, 0.0, 0.15},
    {"that would make a lane of 5 m", 3.5, 1.5, 0.9F, false, 0.0, 0.15},
    {"a third as strong, that would make a lane of 2.6 m a common one", 2.6, 0.9, 0.3F, false, 1.0, 2.0},
    {"the whole lane again, beside it", 3.5, 0.8, 0.9F, true, 0.85, 1.15},
    {"the whole lane again, on its other side", 3.5, -1.2, 0.9F, true, 0.85, 1.15},
    {"the whole lane, worn", 3.5, 0.8, 0.3F, true, 0.2, 0.5},
    {"a line of the next lane, and nothing on the right", 3.5, 1.2, 0.9F, false, 0.0, 0.15},
};
enum { RIVALS = sizeof rivals / sizeof *rivals };

START_TEST (a_rival_is_told) {
    scene *s = create(3);
    const lane_shape lane = {{0.1, rivals[_i].width_m, 0.01, 0.0005, 0.0, 0.004, 0.0}};
    const bool there[LANE_SIDES] = {true, true};
    paint(s, &lane, (bool[2]){true, true}, 0.05);
    paint_beside(s, &lane, LANE_LEFT, rivals[_i].aside_m, rivals[_i].strength);
    if (rivals[_i].both)
        paint_beside(s, &lane, LANE_RIGHT, rivals[_i].aside_m, rivals[_i].strength);
    const lane_rivals found = lane_rivals_find(&s->grid, &s->marks, height_m, &lane, there, 3.5);
    double rival = found.line[LANE_LEFT];
    ck_assert_msg(rival >= rivals[_i].least && rival <= rivals[_i].most, "%s: %.2f", rivals[_i].legend,
                  rival);
    ck_assert_msg(rivals[_i].both ? fabs(found.again - rival) < 0.01 : found.again < 0.1, "%s: %.2f",
                  rivals[_i].legend, found.again);
    free(s);
}
END_TEST

START_TEST (no_marks_are_no_lane) {
    scene *s = create(1);
    lane_guess guess;
    const lane_shape any = some_lane(s);
    paint(s, &any, (bool[2]){false, false}, 0.0);
    ck_assert(!lane_vote(&s->grid, &s->marks, height_m, &search, &guess));
    free(s);
}
END_TEST

START_TEST (a_matrix_is_inverted_or_refused) {
    double a[LANE_UNKNOWNS][LANE_UNKNOWNS], b[LANE_UNKNOWNS][LANE_UNKNOWNS];
    for (int i = 0; i < LANE_UNKNOWNS; i++) {
        for (int j = 0; j < LANE_UNKNOWNS; j++)
            a[i][j] = i == j ? 3.0 + i : 1.0 / (1 + i + j);
    }
    memcpy(b, a, sizeof a);
    ck_assert(lane_invert(b));
    for (int i = 0; i < LANE_UNKNOWNS; i++) {
        for (int j = 0; j < LANE_UNKNOWNS; j++) {
            double sum = 0.0;
            for (int k = 0; k < LANE_UNKNOWNS; k++)
                sum += a[i][k] * b[k][j];
            ck_assert_double_eq_tol(sum, i == j, 1e-12);
        }
    }
    a[2][2] = -1.0;
    ck_assert(!lane_invert(a));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("lane_fit");
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, the_lane_is_found, 0, CLUTTERS);
    tcase_add_test(cases, one_line_is_enough_for_itself);
    tcase_add_loop_test(cases, a_bent_road_is_followed, 0, ROADS);
    tcase_add_test(cases, a_circle_is_a_circle);
    tcase_add_test(cases, a_crest_hides_what_is_behind_it);
    tcase_add_loop_test(cases, a_rival_is_told, 0, RIVALS);
    tcase_add_test(cases, no_marks_are_no_lane);
    tcase_add_test(cases, a_matrix_is_inverted_or_refused);
    return run_cases("lane_fit", cases);
}
