#include "sensors/gnss/gnss_time.h"

#include <stdio.h>

static const int64_t second_ns = 1000000000;
static const int64_t day_ns = 86400 * second_ns;
static const int64_t week_ns = 7 * day_ns;
static const int32_t gps_epoch_day = 3657; /* 1980-01-06 */

/* Leap seconds since GPS time began, as UTC days from which GPS is ahead by their count. Source: IERS
 * Bulletin C, file leap-seconds.list; none has been announced after 2017-01-01. */
static const int32_t leap_days[] = {
    4199,  /* 1981-07-01 */
    4564,  /* 1982-07-01 */
    4929,  /* 1983-07-01 */
    5660,  /* 1985-07-01 */
    6574,  /* 1988-01-01 */
    7305,  /* 1990-01-01 */
    7670,  /* 1991-01-01 */
    8217,  /* 1992-07-01 */
    8582,  /* 1993-07-01 */
    8947,  /* 1994-07-01 */
    9496,  /* 1996-01-01 */
    10043, /* 1997-07-01 */
    10592, /* 1999-01-01 */
    13149, /* 2006-01-01 */
    14245, /* 2009-01-01 */
    15522, /* 2012-07-01 */
    16617, /* 2015-07-01 */
    17167, /* 2017-01-01 */
};

static bool is_leap_year(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int32_t gnss_day(int year, int month, int day)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    if (!(year >= 1980 && year < 2200 && month >= 1 && month <= 12 && day >= 1))
        return GNSS_NO_DAY;
    bool leap = is_leap_year(year);
    int length = before[month] - before[month - 1] + (leap && month == 2);
    if (!(day <= length))
        return GNSS_NO_DAY;
    int y = year - 1;
    int leaps = y / 4 - y / 100 + y / 400 - 477; /* 477 leap years before 1970 */
    return 365 * (year - 1970) + leaps + before[month - 1] + (leap && month > 2) + day - 1;
}

int gnss_full_year(int two_digits)
{
    return two_digits + (two_digits >= 80 ? 1900 : 2000);
}

bool gnss_parse_date(const char *text, int64_t *noon_ns)
{
    int year, month, day, length = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &length) != 3 || text[length] != '\0' ||
        gnss_day(year, month, day) == GNSS_NO_DAY)
        return false;
    *noon_ns = gnss_utc(gnss_day(year, month, day), day_ns / 2);
    return true;
}

int64_t gnss_utc(int32_t day, int64_t of_day_ns)
{
    return day * day_ns + of_day_ns;
}

static int64_t gps_ns(int week, int64_t of_week_ns)
{
    return gps_epoch_day * day_ns + week * week_ns + of_week_ns;
}

/* The n-th leap second takes effect when GPS time is n seconds past the midnight; the leap second itself
 * still counts with those before it. */
static int leap_at(int64_t gps)
{
    int n = (int)(sizeof leap_days / sizeof leap_days[0]);
    while (n > 0 && gps < leap_days[n - 1] * day_ns + n * second_ns)
        n--;
    return n;
}

int gnss_leap_seconds(int week, int64_t of_week_ns)
{
    return leap_at(gps_ns(week, of_week_ns));
}

int64_t gnss_gps_to_utc(int week, int64_t of_week_ns, int leap_s)
{
    int64_t gps = gps_ns(week, of_week_ns);
    return gps - (leap_s >= 0 ? leap_s : leap_at(gps)) * second_ns;
}

/* t + k * period nearest to `near`. */
static int64_t nearest(int64_t t, int64_t period, int64_t near)
{
    int64_t off = near - t;
    int64_t turns = off / period;
    int64_t rest = off % period;
    if (rest > period / 2)
        turns++;
    else if (rest < -period / 2)
        turns--;
    return t + turns * period;
}

int64_t gnss_near_day(int64_t of_day_ns, int64_t near_ns)
{
    return nearest(of_day_ns, day_ns, near_ns);
}

int64_t gnss_near_week(int64_t of_week_ns, int leap_s, int64_t near_ns)
{
    int leap = leap_s >= 0 ? leap_s : leap_at(near_ns);
    return nearest(gnss_gps_to_utc(0, of_week_ns, leap), week_ns, near_ns);
}

int64_t gnss_unroll(int64_t utc_ns, int64_t near_ns)
{
    int64_t moved = nearest(utc_ns, 1024 * week_ns, near_ns);
    int64_t apart = moved > near_ns ? moved - near_ns : near_ns - moved;
    return apart < 26 * week_ns ? moved : utc_ns;
}
