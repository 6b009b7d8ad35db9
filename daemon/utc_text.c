#include "daemon/export/export_track.h"

#include <time.h>

void track_time(int64_t stamp_ns, char text[TRACK_TIME_SIZE])
{
    const int64_t second_ns = 1000000000;
    int64_t whole = stamp_ns / second_ns - (stamp_ns % second_ns < 0);
    time_t seconds = (time_t)whole;
    struct tm t;
    char date[24];
    gmtime_r(&seconds, &t);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &t);
    snprintf(text, TRACK_TIME_SIZE, "%s.%03dZ", date, (int)((stamp_ns - whole * second_ns) / 1000000));
}
