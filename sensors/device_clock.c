#include "sensors/device_clock.h"

/* A bin collects so long (seconds): shorter, and its earliest arrival is less sure to be near the line;
 * longer, and the line follows a crystal that warms up less well. */
static const double BIN_S = 1.0;

/* The clocks disagree by so much (seconds) over a gap only when one of them was set or began anew. Smaller,
 * and a machine that hangs looks like it; larger, and stamps of a device that restarted are wrong longer. */
static const double RESET_S = 2.0;

/* What a ceramic resonator is off at most, with room (1: one second a second); anything steeper is made by
 * few arrivals with much jitter. */
static const double SKEW_MAX = 0.01;

/* A clock is followed no longer than this (nanoseconds, a year), so that no sum overflows. */
#define SPAN_MAX_NS (INT64_C(365) * 86400 * 1000000000)

static device_clock_point *bin(device_clock *c, size_t i)
{
    return &c->bins[(c->first + i) % DEVICE_CLOCK_BINS];
}

static void start(device_clock *c, int64_t device_ns, int64_t host_ns)
{
    uint64_t resets = c->resets + c->started;
    *c = (device_clock){.started = true, .resets = resets};
    c->device_origin_ns = c->last_device_ns = device_ns;
    c->host_origin_ns = c->last_host_ns = c->last_stamp_ns = host_ns;
}

/* False when a time is out of reach of the origin. */
static bool since(int64_t now_ns, int64_t origin_ns, int64_t *since_ns)
{
    return !__builtin_sub_overflow(now_ns, origin_ns, since_ns) && *since_ns >= 0 && *since_ns <= SPAN_MAX_NS;
}

static bool goes_on(const device_clock *c, int64_t device_ns, int64_t host_ns)
{
    int64_t device_since_ns, host_since_ns;
    if (!since(device_ns, c->device_origin_ns, &device_since_ns) ||
        !since(host_ns, c->host_origin_ns, &host_since_ns) || device_ns < c->last_device_ns)
        return false;
    int64_t device_step_ns = device_ns - c->last_device_ns, host_step_ns = host_ns - c->last_host_ns;
    double difference_s = 1e-9 * (double)(device_step_ns - host_step_ns);
    return difference_s <= RESET_S && difference_s >= -RESET_S;
}

/* Puts the point into its bin. True when that changed one, so that the line may move. */
static bool take(device_clock *c, device_clock_point p)
{
    device_clock_point *last = c->count > 0 ? bin(c, c->count - 1) : NULL;
    if (last && (int64_t)(p.device_s / BIN_S) == (int64_t)(last->device_s / BIN_S)) {
        bool earlier = p.ahead_s < last->ahead_s;
        if (earlier)
            *last = p;
        return earlier;
    }
    if (c->count == DEVICE_CLOCK_BINS)
        c->first = (c->first + 1) % DEVICE_CLOCK_BINS;
    else
        c->count++;
    *bin(c, c->count - 1) = p;
    return true;
}

/* Whether b is on or above the line from a to d: not part of a lower hull. */
static bool above(const device_clock_point *a, const device_clock_point *b, const device_clock_point *d)
{
    return (b->ahead_s - a->ahead_s) * (d->device_s - a->device_s) >=
           (d->ahead_s - a->ahead_s) * (b->device_s - a->device_s);
}

/* Lower hull of the bins, which are in order of time (Andrew's monotone chain). */
static size_t lower_hull(device_clock *c, device_clock_point hull[DEVICE_CLOCK_BINS])
{
    size_t size = 0;
    for (size_t i = 0; i < c->count; i++) {
        const device_clock_point *p = bin(c, i);
        while (size >= 2 && above(&hull[size - 2], &hull[size - 1], p))
            size--;
        hull[size++] = *p;
    }
    return size;
}

static double mean_device_s(device_clock *c)
{
    double sum = 0.0;
    for (size_t i = 0; i < c->count; i++)
        sum += bin(c, i)->device_s;
    return sum / (double)c->count;
}

/* Lays the line of this slope under all bins. */
static void lay_under(device_clock *c, double skew)
{
    c->skew = skew;
    for (size_t i = 0; i < c->count; i++) {
        double offset_s = bin(c, i)->ahead_s - skew * bin(c, i)->device_s;
        if (i == 0 || offset_s < c->offset_s)
            c->offset_s = offset_s;
    }
}

static void fit(device_clock *c)
{
    device_clock_point hull[DEVICE_CLOCK_BINS];
    size_t size = lower_hull(c, hull), i = 1;
    double mean_s = mean_device_s(c), skew = 0.0;
    while (i + 1 < size && hull[i].device_s < mean_s)
        i++;
    if (size > 1)
        skew = (hull[i].ahead_s - hull[i - 1].ahead_s) / (hull[i].device_s - hull[i - 1].device_s);
    lay_under(c, skew > SKEW_MAX ? SKEW_MAX : skew < -SKEW_MAX ? -SKEW_MAX : skew);
}

int64_t device_clock_stamp(device_clock *c, int64_t device_ns, int64_t host_ns)
{
    if (!c->started || !goes_on(c, device_ns, host_ns))
        start(c, device_ns, host_ns);
    int64_t device_since_ns = device_ns - c->device_origin_ns, host_since_ns = host_ns - c->host_origin_ns;
    const device_clock_point p = {1e-9 * (double)device_since_ns,
                                  1e-9 * (double)(host_since_ns - device_since_ns)};
    if (take(c, p))
        fit(c);
    int64_t stamp_ns =
        c->host_origin_ns + device_since_ns + (int64_t)(1e9 * (c->offset_s + c->skew * p.device_s));
    if (stamp_ns < c->last_stamp_ns)
        stamp_ns = c->last_stamp_ns;
    if (stamp_ns > host_ns)
        stamp_ns = host_ns;
    c->last_device_ns = device_ns;
    c->last_host_ns = host_ns;
    return c->last_stamp_ns = stamp_ns;
}

int64_t device_time_unwrap(int64_t last, uint32_t low)
{
    return last + (int32_t)(low - (uint32_t)last);
}
