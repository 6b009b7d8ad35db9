/* Marks in one row of the top view: paint is found where it is, and a shadow's edge is none. */
#include "sensors/camera/lane_ridge.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { COLUMNS = TOP_VIEW_COLUMNS };
static const top_view_grid grid = {.rows = 1, .cell_m = 0.05};

typedef struct {
    float values[COLUMNS];
    uint64_t random;
} row;

static double uniform(row *r)
{
    r->random = r->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(r->random >> 11) * 0x1p-53 - 0.5;
}

static row road(double light, double rough)
{
    row r = {.random = 7};
    for (int c = 0; c < COLUMNS; c++)
        r.values[c] = (float)(light + 2.0 * rough * uniform(&r));
    return r;
}

/* Adds light over a width about y, cells by their share. */
static void add(row *r, double y_m, double width_m, double light)
{
    for (int c = 0; c < COLUMNS; c++) {
        double far = fabs(top_view_left(&grid, c) - y_m) - 0.5 * width_m;
        r->values[c] += (float)(light * fmin(fmax(0.5 - far / grid.cell_m, 0.0), 1.0));
    }
}

static int find(const row *r, const lane_ridge_options *o, lane_mark *out)
{
    return lane_ridge_row(&grid, (top_view_row){r->values, 0, COLUMNS}, o, out);
}

static const struct {
    const char *legend;
    double road, rough, width_m, paint;
} paints[] = {
    {"new paint on asphalt", 80, 3, 0.15, 100},
    {"narrow", 80, 3, 0.10, 60},
    {"broad", 80, 3, 0.30, 60},
    {"pale concrete, bright on bright", 190, 3, 0.15, 20},
    {"dusk", 20, 1.5, 0.12, 10},
};
enum { PAINTS = sizeof paints / sizeof *paints };

START_TEST (paint_is_found_where_it_is) {
    for (double y = -3.0; y < 3.0; y += 0.37) {
        lane_mark marks[LANE_MARKS_PER_ROW];
        row r = road(paints[_i].road, paints[_i].rough);
        add(&r, y, paints[_i].width_m, paints[_i].paint);
        int count = find(&r, &lane_ridge_light, marks), best = 0;
        ck_assert_msg(count >= 1, "%s: nothing at %.2f", paints[_i].legend, y);
        for (int i = 1; i < count; i++)
            best = marks[i].strength > marks[best].strength ? i : best;
        ck_assert_msg(fabs((double)marks[best].y_m - y) < 0.04, "%s: %.3f, is at %.3f", paints[_i].legend,
                      (double)marks[best].y_m, y);
    }
}
END_TEST

/* Of each: no mark stronger than what noise gives. */
START_TEST (what_is_no_paint_is_none) {
    lane_mark marks[LANE_MARKS_PER_ROW];
    for (int kind = 0; kind < 4; kind++) {
        row r = road(90, 3);
        if (kind == 1)
            add(&r, 6.0, 10.0, 80); /* the edge of a shadow at 1 m */
        if (kind == 2)
            add(&r, 0.0, 0.10, -40); /* a dark seam */
        if (kind == 3)
            add(&r, 0.0, 1.5, 80); /* a bright patch, wider than paint */
        int count = find(&r, &lane_ridge_light, marks);
        for (int i = 0; i < count; i++)
            ck_assert_msg(marks[i].strength < 0.5F, "kind %d: %.2f at %.2f", kind, (double)marks[i].strength,
                          (double)marks[i].y_m);
        ck_assert_int_le(count, 4);
    }
}
END_TEST

/* Strips of road that are brighter than both of their sides, but not than the road further on; and paint
 * where the road is alike. */
static const struct {
    const char *legend;
    double aside_m[2], width_m[2], light; /* of what is beside the strip, of 0.2 m at 1 m */
    double most;                          /* strength */
} strips[] = {
    {"between two stripes of tar", {0.82, 1.18}, {0.16, 0.16}, -45, 0.3},
    {"between the shadows of a rail", {0.79, 1.21}, {0.22, 0.22}, -60, 0.3},
    {"of sun between two shadows", {0.7, 6.1}, {0.4, 10.0}, -60, 0.45},
};
enum { STRIPS = sizeof strips / sizeof *strips };

static lane_mark mark_near(const row *r, double y_m)
{
    lane_mark marks[LANE_MARKS_PER_ROW];
    int count = find(r, &lane_ridge_light, marks);
    for (int i = 0; i < count; i++) {
        if (fabs((double)marks[i].y_m - y_m) < 0.1)
            return marks[i];
    }
    return (lane_mark){.strength = 0.0F};
}

START_TEST (a_strip_of_road_is_weak) {
    row r = road(100, 3);
    for (int i = 0; i < 2; i++)
        add(&r, strips[_i].aside_m[i], strips[_i].width_m[i], strips[_i].light);
    lane_mark m = mark_near(&r, 1.0);
    ck_assert_msg((double)m.strength <= strips[_i].most, "%s: %.2f", strips[_i].legend, (double)m.strength);
    add(&r, 1.0, 0.15, 60); /* and with paint on it, it is one */
    m = mark_near(&r, 1.0);
    ck_assert_msg(m.strength > 0.9F, "paint %s: %.2f", strips[_i].legend, (double)m.strength);
    ck_assert_float_gt(m.lit, 0.9F);
    ck_assert_float_gt(m.apart, 0.9F);
}
END_TEST

START_TEST (paint_in_a_shadow_is_found) {
    row r = road(100, 3);
    add(&r, 5.8, 10.0, -60); /* from 0.8 m on */
    add(&r, 1.2, 0.15, 40);
    lane_mark m = mark_near(&r, 1.2);
    ck_assert_float_gt(m.strength, 0.35F);
    ck_assert_float_gt(m.rise, 0.9F);
    ck_assert_float_lt(m.lit, 0.5F);
}
END_TEST

/* Leaves' shadows of 0.8 m all over the row, and paint a tenth brighter than the road in one of them. */
START_TEST (faint_paint_among_shadows_is_found_by_the_fine_sieve) {
    lane_ridge_options fine = lane_ridge_light;
    fine.fine = true;
    lane_mark marks[LANE_MARKS_PER_ROW];
    row r = road(180, 1);
    for (int i = 0; i < 12; i++)
        add(&r, -8.8 + 1.6 * i, 0.8, -120);
    add(&r, 0.8, 0.15, 8);
    bool coarse_has = false, fine_has = false;
    int count = find(&r, &lane_ridge_light, marks);
    for (int i = 0; i < count; i++)
        coarse_has = coarse_has || fabs((double)marks[i].y_m - 0.8) < 0.06;
    count = find(&r, &fine, marks);
    for (int i = 0; i < count; i++)
        fine_has = fine_has || fabs((double)marks[i].y_m - 0.8) < 0.06;
    ck_assert(!coarse_has);
    ck_assert(fine_has);
}
END_TEST

START_TEST (the_fine_sieve_takes_no_texture_for_paint) {
    lane_ridge_options fine = lane_ridge_light;
    fine.fine = true;
    int coarse_count = 0, fine_count = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        lane_mark marks[LANE_MARKS_PER_ROW];
        row r = {.random = seed};
        for (int c = 0; c < COLUMNS; c++)
            r.values[c] = (float)(90.0 + 6.0 * (uniform(&r) + uniform(&r) + uniform(&r)));
        coarse_count += find(&r, &lane_ridge_light, marks);
        fine_count += find(&r, &fine, marks);
    }
    ck_assert_msg(fine_count <= coarse_count + 20, "%d marks, %d by the coarse one", fine_count,
                  coarse_count);
}
END_TEST

START_TEST (a_wide_strip_is_weak) {
    row narrow = road(100, 3), wide = road(100, 3);
    add(&narrow, 1.0, 0.3, 60);
    add(&wide, 1.0, 0.6, 60);
    ck_assert_float_gt(mark_near(&narrow, 1.0).strength, 0.9F);
    ck_assert_float_lt(fmaxf(mark_near(&wide, 1.0).strength, mark_near(&wide, 1.2).strength), 0.4F);
}
END_TEST

START_TEST (the_strongest_stay) {
    lane_mark marks[LANE_MARKS_PER_ROW];
    row r = road(80, 2);
    for (int i = 0; i < 15; i++)
        add(&r, -7.7 + 1.1 * i, 0.15, i == 7 ? 120 : 40);
    ck_assert_int_eq(find(&r, &lane_ridge_light, marks), LANE_MARKS_PER_ROW);
    bool there = false;
    for (int i = 0; i < LANE_MARKS_PER_ROW; i++)
        there = there || fabs((double)marks[i].y_m) < 0.05;
    ck_assert(there);
}
END_TEST

START_TEST (a_row_too_short_has_none) {
    lane_mark marks[LANE_MARKS_PER_ROW];
    row r = road(80, 2);
    ck_assert_int_eq(lane_ridge_row(&grid, (top_view_row){r.values, 100, 120}, &lane_ridge_light, marks), 0);
    ck_assert_int_eq(lane_ridge_row(&grid, (top_view_row){r.values, 0, 0}, &lane_ridge_light, marks), 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("lane_ridge");
    tcase_add_loop_test(cases, paint_is_found_where_it_is, 0, PAINTS);
    tcase_add_test(cases, what_is_no_paint_is_none);
    tcase_add_loop_test(cases, a_strip_of_road_is_weak, 0, STRIPS);
    tcase_add_test(cases, paint_in_a_shadow_is_found);
    tcase_add_test(cases, faint_paint_among_shadows_is_found_by_the_fine_sieve);
    tcase_add_test(cases, the_fine_sieve_takes_no_texture_for_paint);
    tcase_add_test(cases, a_wide_strip_is_weak);
    tcase_add_test(cases, the_strongest_stay);
    tcase_add_test(cases, a_row_too_short_has_none);
    return run_cases("lane_ridge", cases);
}
