/*
 * Times of receivers: days, leap seconds at their boundaries, week rollover, two-digit years.
 */
#include "sensors/gnss/gnss_time.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <time.h>

static const int64_t second_ns = 1000000000;

static int64_t utc_of(int year, int month, int day, int hour, int minute, int second)
{
    struct tm t = {.tm_year = year - 1900,
                   .tm_mon = month - 1,
                   .tm_mday = day,
                   .tm_hour = hour,
                   .tm_min = minute,
                   .tm_sec = second};
    return (int64_t)timegm(&t) * second_ns;
}

START_TEST (days_are_those_of_the_calendar) {
    for (int32_t day = gnss_day(1980, 1, 1); day <= gnss_day(2199, 12, 31); day += every(61)) {
        time_t at = (time_t)day * 86400;
        struct tm t;
        gmtime_r(&at, &t);
        ck_assert_int_eq(gnss_day(t.tm_year + 1900, t.tm_mon + 1, t.tm_mday), day);
    }
}
END_TEST

START_TEST (days_that_are_none_are_refused) {
    static const int bad[][3] = {{1979, 12, 31}, {2200, 1, 1},  {2021, 0, 1},  {2021, 13, 1}, {2021, 1, 0},
                                 {2021, 1, 32},  {2021, 2, 29}, {2100, 2, 29}, {2021, 4, 31}, {-1, 1, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_int_eq(gnss_day(bad[i][0], bad[i][1], bad[i][2]), GNSS_NO_DAY);
    ck_assert_int_ne(gnss_day(2000, 2, 29), GNSS_NO_DAY);
    ck_assert_int_ne(gnss_day(2024, 2, 29), GNSS_NO_DAY);
}
END_TEST

START_TEST (two_digits_are_a_year_since_gps_began) {
    ck_assert_int_eq(gnss_full_year(80), 1980);
    ck_assert_int_eq(gnss_full_year(99), 1999);
    ck_assert_int_eq(gnss_full_year(0), 2000);
    ck_assert_int_eq(gnss_full_year(79), 2079);
}
END_TEST

/* GPS week and time of week of a UTC time while GPS is `leap` seconds ahead. */
static void gps_of(int64_t utc_ns, int leap, int *week, int64_t *of_week_ns)
{
    int64_t gps = utc_ns - utc_of(1980, 1, 6, 0, 0, 0) + leap * second_ns;
    *week = (int)(gps / (604800 * second_ns));
    *of_week_ns = gps % (604800 * second_ns);
}

START_TEST (leap_seconds_change_at_their_midnight) {
    static const struct {
        int year, month, after;
    } steps[] = {{1981, 7, 1},  {1982, 7, 2},  {1983, 7, 3},  {1985, 7, 4},  {1988, 1, 5},  {1990, 1, 6},
                 {1991, 1, 7},  {1992, 7, 8},  {1993, 7, 9},  {1994, 7, 10}, {1996, 1, 11}, {1997, 7, 12},
                 {1999, 1, 13}, {2006, 1, 14}, {2009, 1, 15}, {2012, 7, 16}, {2015, 7, 17}, {2017, 1, 18}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        int64_t midnight = utc_of(steps[i].year, steps[i].month, 1, 0, 0, 0), of_week;
        int after = steps[i].after, week;
        gps_of(midnight, after, &week, &of_week);
        ck_assert_int_eq(gnss_leap_seconds(week, of_week), after);
        ck_assert_int_eq(gnss_gps_to_utc(week, of_week, -1), midnight);
        gps_of(midnight - 1, after - 1, &week, &of_week);
        ck_assert_int_eq(gnss_leap_seconds(week, of_week), after - 1);
        ck_assert_int_eq(gnss_gps_to_utc(week, of_week, -1), midnight - 1);
        /* within 23:59:60, which POSIX has no number for but that of the next second */
        gps_of(midnight + second_ns / 2, after - 1, &week, &of_week);
        ck_assert_int_eq(gnss_leap_seconds(week, of_week), after - 1);
        ck_assert_int_eq(gnss_gps_to_utc(week, of_week, -1), midnight + second_ns / 2);
    }
}
END_TEST

START_TEST (the_receiver_knows_better_than_the_table) {
    ck_assert_int_eq(gnss_gps_to_utc(2024, 420964000 * INT64_C(1000000), -1),
                     utc_of(2018, 10, 25, 20, 55, 46));
    ck_assert_int_eq(gnss_gps_to_utc(2024, 420964000 * INT64_C(1000000), 19),
                     utc_of(2018, 10, 25, 20, 55, 45));
    ck_assert_int_eq(gnss_gps_to_utc(0, 0, -1), utc_of(1980, 1, 6, 0, 0, 0));
}
END_TEST

START_TEST (a_time_of_day_finds_its_day) {
    int64_t before = 86399 * second_ns, after = second_ns, midnight = utc_of(2021, 3, 1, 0, 0, 0);
    ck_assert_int_eq(gnss_near_day(after, midnight - 5 * second_ns), midnight + after);
    ck_assert_int_eq(gnss_near_day(before, midnight + 5 * second_ns), midnight - second_ns);
    ck_assert_int_eq(gnss_near_day(before, midnight - 5 * second_ns), midnight - second_ns);
}
END_TEST

START_TEST (a_time_of_week_finds_its_week) {
    int64_t sunday = utc_of(2021, 6, 13, 0, 0, 0); /* GPS weeks begin 18 s earlier */
    ck_assert_int_eq(gnss_near_week(0, -1, sunday + 3600 * second_ns), sunday - 18 * second_ns);
    ck_assert_int_eq(gnss_near_week(0, -1, sunday - 3600 * second_ns), sunday - 18 * second_ns);
    ck_assert_int_eq(gnss_near_week(604799 * second_ns, 18, sunday), sunday - 19 * second_ns);
}
END_TEST

START_TEST (a_rollover_is_undone_only_if_that_fits) {
    int64_t now = utc_of(2026, 11, 24, 4, 0, 0), round = 1024 * 604800 * second_ns;
    ck_assert_int_eq(gnss_unroll(now, now), now);
    ck_assert_int_eq(gnss_unroll(now - round + 5, now), now + 5);
    ck_assert_int_eq(gnss_unroll(now - 2 * round - 5, now), now - 5);
    ck_assert_int_eq(gnss_unroll(now + round, now), now);
    int64_t old = utc_of(2015, 3, 18, 17, 19, 26); /* 2034 is no better */
    ck_assert_int_eq(gnss_unroll(old, now), old);
    ck_assert_int_eq(gnss_unroll(now, 0), now); /* a clock that nobody has set */
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("gnss_time");
    tcase_add_test(c, days_are_those_of_the_calendar);
    tcase_add_test(c, days_that_are_none_are_refused);
    tcase_add_test(c, two_digits_are_a_year_since_gps_began);
    tcase_add_test(c, leap_seconds_change_at_their_midnight);
    tcase_add_test(c, the_receiver_knows_better_than_the_table);
    tcase_add_test(c, a_time_of_day_finds_its_day);
    tcase_add_test(c, a_time_of_week_finds_its_week);
    tcase_add_test(c, a_rollover_is_undone_only_if_that_fits);
    return run_cases("gnss_time", c);
}
