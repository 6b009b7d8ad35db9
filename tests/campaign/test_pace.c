/*
 * What is said of how far a campaign is.
 */
#include "campaign/pace.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static const struct {
    uint64_t done, all;
    double passed_s;
    const char *text;
} rows[] = {
    {0, 10000, 5, "  0 %  0 of 10000 runs"},
    {1, 10000, 0, "  0 %  1 of 10000 runs"},
    {250, 1000, 10, " 25 %  250 of 1000 runs, 25/s, 30 s left"},
    {100, 10000, 10, "  1 %  100 of 10000 runs, 10/s, 16 min 30 s left"},
    {1, 1000, 20, "  0 %  1 of 1000 runs, 0.05/s, 5 h 33 min left"},
    {999, 1000, 100, " 99 %  999 of 1000 runs, 9.99/s, 1 s left"},
    {1000, 1000, 100, "100 %  1000 of 1000 runs, 10/s, 0 s left"},
};

START_TEST (says) {
    char text[160], small[12];
    pace_text(rows[_i].done, rows[_i].all, rows[_i].passed_s, text, sizeof text);
    ck_assert_str_eq(text, rows[_i].text);
    pace_text(rows[_i].done, rows[_i].all, rows[_i].passed_s, small, sizeof small);
    ck_assert_int_eq(strncmp(small, rows[_i].text, sizeof small - 1), 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("pace");
    tcase_add_loop_test(cases, says, 0, sizeof rows / sizeof *rows);
    return run_cases("pace", cases);
}
