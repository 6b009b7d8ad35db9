/*
 * Time as receivers tell it: GPS week and time of week, UTC dates with two-digit years, bare times of day.
 * Everything becomes int64 nanoseconds UTC since the Unix epoch, counted without leap seconds as POSIX has
 * it.
 */
#ifndef POSED_SENSORS_GNSS_GNSS_TIME_H
#define POSED_SENSORS_GNSS_GNSS_TIME_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GNSS_NO_TIME INT64_MIN
#define GNSS_NO_DAY INT32_MIN

/* Days since 1970-01-01 of a date in the Gregorian calendar; GNSS_NO_DAY when there is no such date, or it is
 * not in 1980..2199. */
int32_t gnss_day(int year, int month, int day);

/* The year that two digits mean: 80..99 are of the last century, as GPS began in 1980. */
int gnss_full_year(int two_digits);

/* Noon of "2026-01-31"; false when that is no date from 1980 on. */
bool gnss_parse_date(const char *text, int64_t *noon_ns);

/* The moment `of_day_ns` (0 to a day and the leap second) after the start of a day. */
int64_t gnss_utc(int32_t day, int64_t of_day_ns);

/* Seconds by which GPS time is ahead of UTC at a moment of GPS time, given as week and time of week. */
int gnss_leap_seconds(int week, int64_t of_week_ns);

/* GPS time to UTC, up to week 11000. `leap_s` as the receiver reports it; negative: by the table of
 * gnss_leap_seconds. */
int64_t gnss_gps_to_utc(int week, int64_t of_week_ns, int leap_s);

/* The moment nearest to `near_ns` that lies `of_day_ns` after some midnight UTC. */
int64_t gnss_near_day(int64_t of_day_ns, int64_t near_ns);

/* The moment nearest to `near_ns` that lies `of_week_ns` into some GPS week; `leap_s` as above. */
int64_t gnss_near_week(int64_t of_week_ns, int leap_s, int64_t near_ns);

/* Moves a time by a multiple of 1024 weeks if that brings it within half a year of `near_ns`: a receiver that
 * is older than the present round of the 10-bit week number is late by so much (IS-GPS-200, 20.3.3.3.1.1).
 * Otherwise it stays as it is: either of both may be wrong. */
int64_t gnss_unroll(int64_t utc_ns, int64_t near_ns);

#ifdef __cplusplus
}
#endif
#endif
