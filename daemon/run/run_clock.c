#include "daemon/run/run_clock.h"

#include "common/clock.h"

/* Less than this is a correction that is followed slowly: by no more than twice the 500 ppm that a clock may
 * be slewed (adjtimex(2)), so that the pose's time stays even. */
static const int64_t step_ns = 50000000, slew_per_s_ns = 1000000;

static const int64_t recent_ns = INT64_C(5000000000);

void run_clock_init(run_clock *c, bool drive)
{
    const int64_t at_ns = monotonic_ns();
    *c = (run_clock){.drive = drive,
                     .drive_ns = INT64_MIN,
                     .base_ns = utc_ns() - at_ns,
                     .followed_ns = at_ns,
                     .stepped_at_ns = INT64_MIN};
}

int64_t run_clock_now(const run_clock *c)
{
    return c->drive ? c->drive_ns : monotonic_ns() + c->base_ns;
}

void run_clock_frame(run_clock *c, int64_t received_ns)
{
    if (received_ns > c->drive_ns)
        c->drive_ns = received_ns;
}

static int64_t clamp(int64_t value, int64_t most)
{
    return value > most ? most : value < -most ? -most : value;
}

int64_t run_clock_follow(run_clock *c)
{
    if (c->drive)
        return 0;
    const int64_t at_ns = monotonic_ns(), off_ns = utc_ns() - at_ns - c->base_ns;
    const int64_t passed_ns = at_ns - c->followed_ns;
    c->followed_ns = at_ns;
    if (off_ns < step_ns && off_ns > -step_ns) {
        c->base_ns += clamp(off_ns, passed_ns / 1000 * slew_per_s_ns / 1000000);
        return 0;
    }
    c->base_ns += off_ns;
    c->stepped_ns = off_ns;
    c->stepped_at_ns = at_ns;
    return off_ns;
}

int64_t run_clock_recent_step(const run_clock *c)
{
    return c->stepped_at_ns != INT64_MIN && monotonic_ns() - c->stepped_at_ns < recent_ns ? c->stepped_ns : 0;
}
