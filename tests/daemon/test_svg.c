/* Drawings: lines with gaps, panels that hold their values, texts that are no markup. */
#include "daemon/explain/svg.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *drawn;
static size_t drawn_size;

static svg paper(void)
{
    return (svg){.out = open_memstream(&drawn, &drawn_size), .from_s = 0, .to_s = 10};
}

static size_t count_of(const char *what)
{
    size_t count = 0;
    for (const char *p = drawn; (p = strstr(p, what)); p++)
        count++;
    return count;
}

START_TEST (a_line_breaks_where_nothing_is) {
    const svg_point points[] = {{-1, 5}, {1, 1}, {2, 2}, {3, NAN}, {4, 1}, {5, 2}, {8, 3}, {9, 4}, {11, 5}};
    svg s = paper();
    svg_panel(&s, 50, 100, "A");
    svg_scale(&s, 0, 4, false, "");
    svg_line(&s, points, sizeof points / sizeof *points, 1.5, "red", "");
    fclose(s.out);
    ck_assert_uint_eq(count_of("<polyline"), 3);
    ck_assert_uint_eq(count_of("stroke=\"red\""), 3);
    ck_assert_ptr_null(strstr(drawn, "nan"));
    free(drawn);
}
END_TEST

START_TEST (values_stay_in_their_panel) {
    const svg_point points[] = {{1, 1e9}, {2, 0}, {3, 1e-9}};
    svg s = paper();
    svg_panel(&s, 50, 100, "A");
    svg_scale(&s, 0.1, 100, true, " m");
    svg_line(&s, points, 3, 2, "red", "");
    fclose(s.out);
    ck_assert_ptr_nonnull(strstr(drawn, ",50.0 "));
    ck_assert_uint_eq(count_of(",150.0 "), 2);
    ck_assert_ptr_nonnull(strstr(drawn, ">10 m<"));
    free(drawn);
}
END_TEST

/* Names come out of files that others made. */
START_TEST (text_is_no_markup) {
    svg s = paper();
    svg_begin(&s, 100, "<script>&\x01\xff\"");
    svg_end(&s);
    fclose(s.out);
    ck_assert_ptr_null(strstr(drawn, "<script"));
    ck_assert_ptr_nonnull(strstr(drawn, "&lt;script&gt;&amp;??"));
    free(drawn);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("svg");
    tcase_add_test(t, a_line_breaks_where_nothing_is);
    tcase_add_test(t, values_stay_in_their_panel);
    tcase_add_test(t, text_is_no_markup);
    return run_cases("svg", t);
}
