#include "daemon/nmea_pose.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

static const double deg = 180 / M_PI;
static const double mps_per_knot = 1852.0 / 3600.0;

enum { SENTENCE_SIZE = 160, TIME_SIZE = 24, ANGLE_SIZE = 32, CELL_SIZE = 24 };

/* A number of a sentence. */
typedef struct {
    char text[CELL_SIZE];
} cell;

/* Empty when it is not known. */
static cell say(double value, int digits)
{
    cell c = {""};
    if (isfinite(value))
        snprintf(c.text, sizeof c.text, "%.*f", digits, value);
    return c;
}

/* "$INGGA,...", its checksum and the end of the line. */
__attribute__((format(printf, 2, 3))) static void write_sentence(FILE *out, const char *format, ...)
{
    char text[SENTENCE_SIZE];
    unsigned sum = 0;
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    for (const char *c = text; *c != '\0'; c++)
        sum ^= (unsigned char)*c;
    fprintf(out, "$%s*%02X\r\n", text, sum);
}

/* "hhmmss.ss" and "ddmmyy". */
static void say_time(int64_t stamp_ns, char of_day[TIME_SIZE], char date[TIME_SIZE])
{
    const int64_t hundredth_ns = 10000000;
    int64_t hundredths = stamp_ns / hundredth_ns - (stamp_ns % hundredth_ns < 0);
    int64_t whole = hundredths / 100 - (hundredths % 100 < 0);
    time_t seconds = (time_t)whole;
    struct tm t;
    gmtime_r(&seconds, &t);
    snprintf(of_day, TIME_SIZE, "%02d%02d%02d.%02d", t.tm_hour, t.tm_min, t.tm_sec,
             (int)(hundredths - 100 * whole));
    snprintf(date, TIME_SIZE, "%02d%02d%02d", t.tm_mday, t.tm_mon + 1, t.tm_year % 100);
}

/* "ddmm.mmmmmm,N": what rounds up to 60 minutes is the next degree. */
static void say_angle(double angle_deg, int digits, const char *ends, char text[ANGLE_SIZE])
{
    int64_t millionths = llround(fabs(angle_deg) * 60e6);
    int64_t whole = millionths / 60000000, rest = millionths % 60000000;
    snprintf(text, ANGLE_SIZE, "%0*d%02d.%06d,%c", digits, (int)whole, (int)(rest / 1000000),
             (int)(rest % 1000000), angle_deg < 0 ? ends[1] : ends[0]);
}

static void say_place(const nmea_pose *p, char text[2 * ANGLE_SIZE])
{
    char latitude[ANGLE_SIZE], longitude[ANGLE_SIZE];
    say_angle(p->latitude_deg, 2, "NS", latitude);
    say_angle(p->longitude_deg, 3, "EW", longitude);
    snprintf(text, 2 * ANGLE_SIZE, "%s,%s", latitude, longitude);
}

static double turn_deg(double angle_rad)
{
    double turn = fmod(angle_rad * deg, 360.0);
    return turn < 0 ? turn + 360.0 : turn;
}

/* Semi-axes and the direction of the larger one, clockwise from north. */
static void write_errors(FILE *out, const nmea_pose *p, const char *of_day)
{
    double mean = (p->variance_east_m2 + p->variance_north_m2) / 2;
    double apart = (p->variance_north_m2 - p->variance_east_m2) / 2;
    double radius = hypot(apart, p->covariance_m2);
    double smaller = mean - radius < 0 ? 0 : mean - radius;
    double direction_rad = atan2(p->covariance_m2, apart) / 2;
    write_sentence(out, "INGST,%s,,%s,%s,%s,%s,%s,%s", of_day, say(sqrt(mean + radius), 3).text,
                   say(sqrt(smaller), 3).text, say(fmod(turn_deg(direction_rad), 180.0), 1).text,
                   say(sqrt(p->variance_north_m2), 3).text, say(sqrt(p->variance_east_m2), 3).text,
                   say(sqrt(p->variance_up_m2), 3).text);
}

/* At rest it is noise, and left empty. */
static double course_deg(const nmea_pose *p)
{
    const double least_mps = 0.3;
    return hypot(p->v_east_mps, p->v_north_mps) >= least_mps ? turn_deg(atan2(p->v_east_mps, p->v_north_mps))
                                                             : NAN;
}

static void write_pose(FILE *out, const nmea_pose *p, const char *of_day, const char *date)
{
    char place[2 * ANGLE_SIZE];
    bool estimated = p->mode == MODE_DEAD_RECKONING, high = isfinite(p->height_m);
    say_place(p, place);
    write_sentence(out, "INGGA,%s,%s,%d,,,%s,M,%s,M,,", of_day, place, estimated ? 6 : 1,
                   say(p->height_m, 3).text, high ? "0.0" : "");
    write_sentence(out, "INRMC,%s,A,%s,%s,%s,%s,,,%c,%c", of_day, place,
                   say(hypot(p->v_east_mps, p->v_north_mps) / mps_per_knot, 2).text,
                   say(course_deg(p), 1).text, date, estimated ? 'E' : 'A', p->usable ? 'S' : 'U');
    write_errors(out, p, of_day);
    write_sentence(out, "INHDT,%s,T", say(turn_deg(p->heading_rad), 2).text);
}

void nmea_pose_write(FILE *out, const nmea_pose *p)
{
    char of_day[TIME_SIZE], date[TIME_SIZE];
    bool there = p->mode == MODE_NOMINAL || p->mode == MODE_DEGRADED || p->mode == MODE_DEAD_RECKONING;
    say_time(p->stamp_ns, of_day, date);
    if (there) {
        write_pose(out, p, of_day, date);
        return;
    }
    write_sentence(out, "INGGA,%s,,,,,0,,,,M,,M,,", of_day);
    write_sentence(out, "INRMC,%s,V,,,,,,,%s,,,N,V", of_day, date);
    write_sentence(out, "INGST,%s,,,,,,,", of_day);
    write_sentence(out, "INHDT,,T");
}
