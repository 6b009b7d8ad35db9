#include "daemon/utc_text.h"

#include <stdio.h>
#include <time.h>

void utc_text(int64_t stamp_ns, char text[UTC_TEXT_SIZE])
{
    const int64_t second_ns = 1000000000;
    int64_t whole = stamp_ns / second_ns - (stamp_ns % second_ns < 0);
    time_t seconds = (time_t)whole;
    struct tm t;
    char date[24];
    gmtime_r(&seconds, &t);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &t);
    snprintf(text, UTC_TEXT_SIZE, "%s.%03dZ", date, (int)((stamp_ns - whole * second_ns) / 1000000));
}
