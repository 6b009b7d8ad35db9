#include "fusion/ticks.h"

#include <math.h>

/* Times are split at whole thousands of seconds so that nothing overflows. */
static const int64_t kilosecond_ns = INT64_C(1000000000000);

int64_t tick_rate(double rate_hz)
{
    return (int64_t)llround(rate_hz * 1000.0);
}

int64_t tick_time_ns(int64_t rate, int64_t tick)
{
    const int64_t whole = tick / rate, part = tick % rate;
    return whole * kilosecond_ns + part * kilosecond_ns / rate;
}

int64_t tick_from(int64_t rate, int64_t time_ns)
{
    const int64_t whole = time_ns / kilosecond_ns, part = time_ns % kilosecond_ns;
    int64_t tick = whole * rate + part / 1000 * rate / (kilosecond_ns / 1000) - 1;
    while (tick_time_ns(rate, tick) < time_ns)
        tick++;
    return tick;
}
