/* Marks that go on along the road keep their strength, whatever way they lead; those that stand alone lose
 * it. */
#include "sensors/camera/lane_lined.h"
#include "tests/suite.h"

#include <check.h>

enum { ROWS = 30, MIDDLE = ROWS / 2 };

/* Rows of a camera 1.25 m above the road, 3 pixels of 1/1000 rad apart. */
static top_view_grid grid;

static void place_rows(void)
{
    grid.rows = ROWS;
    grid.cell_m = 0.05;
    for (int i = 0; i < ROWS; i++) {
        grid.x_m[i] = 1.25 / (0.05 + 0.003 * i);
        grid.pixel_m[i] = 0.001 * grid.x_m[i];
    }
}

/* One mark in each row of `shown` that says so, along a line that leads `slope` to the left. */
static lane_marks line(double slope, double bend_1pm, bool (*shown)(int row))
{
    lane_marks m = {.count = 0};
    for (int row = 0; row < ROWS; row++) {
        double x = grid.x_m[row];
        m.first[row] = m.count;
        if (shown(row))
            m.marks[m.count++] = (lane_mark){.y_m = (float)(1.8 + slope * x + 0.5 * bend_1pm * x * x),
                                             .strength = 1.0F,
                                             .row = (uint8_t)row};
    }
    m.first[ROWS] = m.count;
    return m;
}

static bool all(int row)
{
    return row >= 0;
}

static bool middle_alone(int row)
{
    return row == MIDDLE;
}

static bool a_dash(int row)
{
    return row >= MIDDLE && row < MIDDLE + 5;
}

static float weakest(const lane_marks *m)
{
    float least = 1.0F;
    for (int i = 0; i < m->count; i++)
        least = m->marks[i].strength < least ? m->marks[i].strength : least;
    return least;
}

START_TEST (a_line_keeps_its_strength) {
    static const double slopes[] = {-0.25, -0.1, 0.0, 0.03, 0.2};
    place_rows();
    for (size_t i = 0; i < sizeof slopes / sizeof *slopes; i++) {
        lane_marks m = line(slopes[i], 0.004, all);
        lane_lined_weigh(&grid, &m);
        ck_assert_msg(m.marks[MIDDLE].strength > 0.99F, "slope %.2f: %.2f", slopes[i],
                      (double)m.marks[MIDDLE].strength);
        ck_assert_msg(weakest(&m) > 0.7F, "slope %.2f: %.2f", slopes[i], (double)weakest(&m)); /* the ends */
    }
}
END_TEST

START_TEST (a_dash_keeps_most) {
    place_rows();
    lane_marks m = line(0.0, 0.0, a_dash);
    lane_lined_weigh(&grid, &m);
    ck_assert_int_eq(m.count, 5);
    ck_assert_float_gt(weakest(&m), 0.8F);
}
END_TEST

START_TEST (a_spot_is_weak) {
    place_rows();
    lane_marks m = line(0.0, 0.0, middle_alone);
    lane_lined_weigh(&grid, &m);
    ck_assert_int_eq(m.count, 1);
    ck_assert_float_lt(m.marks[0].strength, 0.35F);
    ck_assert_float_gt(m.marks[0].strength, 0.2F); /* a stud is one too */
}
END_TEST

START_TEST (what_runs_across_is_weak) {
    place_rows();
    lane_marks m = line(2.0, 0.0, all);
    lane_lined_weigh(&grid, &m);
    ck_assert_float_lt(m.marks[MIDDLE].strength, 0.35F);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("lane_lined");
    tcase_add_test(cases, a_line_keeps_its_strength);
    tcase_add_test(cases, a_dash_keeps_most);
    tcase_add_test(cases, a_spot_is_weak);
    tcase_add_test(cases, what_runs_across_is_weak);
    return run_cases("lane_lined", cases);
}
