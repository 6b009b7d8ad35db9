#include "daemon/run/rate_limit.h"

#include <math.h>

bool rate_limit_pass(rate_limit *l, double rate_hz, double burst_s, int64_t now_ns)
{
    const double elapsed_s =
        l->last_ns == 0 || now_ns < l->last_ns ? 0.0 : 1e-9 * (double)(now_ns - l->last_ns);
    const double earned = rate_hz * elapsed_s;
    if (earned > 0.0)
        l->spent = fmax(0.0, l->spent - earned);
    l->last_ns = now_ns;
    if (!(l->spent + 1.0 <= fmax(4.0, rate_hz * burst_s)))
        return false;
    l->spent += 1.0;
    return true;
}

void rate_limit_shift(rate_limit *l, int64_t delta_ns)
{
    if (l->last_ns != 0)
        l->last_ns += delta_ns;
}
