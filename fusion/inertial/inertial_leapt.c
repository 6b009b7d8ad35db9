#include "fusion/inertial/inertial_leapt.h"

#include "fusion/core/core.h"
#include "fusion/inertial/inertial_leap.h"
#include "fusion/integrity/bank_steer.h"

#include <math.h>
#include <string.h>

/* A leap is told for this long, s: longer than a flag takes to rise, and not much, for it is followed. */
static const double told_s = 1.0;

/* No part's bias leaps by more, rad/s (6 deg/s). Too large: a drive that was made without regard to how a
 * vehicle begins to turn is held against its gyro. */
static const double most_radps = 0.1;

/* The bias goes along with the leap, and may be off by this share of it, one sigma: it may have been the
 * vehicle after all, that was hit. Too small: a blow turns the pose, which is sure of it; too large: a leap
 * in a tunnel loses the heading. */
static const float left_share = 0.3f;

/* Slower than this a vehicle may be about to stand, or to move off, m/s: the last jerk of a halt in a bend
 * ends a turn within some samples. */
static const double slow_mps = 3.0;
/* And it has come to rest where it turns by less than this then, rad/s. */
static const double rests_radps = 0.01;
/* Wheels speak that were heard this recently, s. */
static const double recent_s = 1.0;

void inertial_leapt_tell(fusion *c, int source, int64_t now_ns, float sigmas)
{
    c->leapt = (gyro_leap){.source = source, .found_ns = now_ns, .sigmas = sigmas};
}

float inertial_leapt_lately(const fusion *c, int source, int64_t now_ns)
{
    const gyro_leap *l = &c->leapt;
    const bool lately = l->found_ns != INT64_MIN && seconds_between(l->found_ns, now_ns) < told_s;
    return lately && l->source == source ? l->sigmas : 0.0f;
}

/* Bias and attitude go along, in all sub-solutions alike, whose errors are against the filter's: what the
 * leap has turned the filter by it has turned them by. The one that does not turn with it begins anew. */
static void follow(fusion *c, const leap_found *leap)
{
    float *d = c->f.correction;
    const float left = hypotf(left_share * (float)leap->by, (float)leap->sigma);
    memset(d, 0, (size_t)c->f.p.n * sizeof *d);
    d[STATE_GYRO_BIAS + 2] = (float)leap->by;
    for (int i = 0; i < 3; i++)
        d[STATE_ATTITUDE + i] = -(float)(c->f.r_b_ecef[i][2] * leap->by * leap->since_s);
    filter_correct(&c->f, d);
    bank_steer_reset(c);
    core_widen(c, STATE_GYRO_BIAS + 2, left * left);
}

static bool has_wheels(const fusion *c, int64_t now_ns)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (s->set->kind == SOURCE_WHEEL && !s->out.banned && s->seen_ns != INT64_MIN &&
            seconds_between(s->seen_ns, now_ns) < recent_s)
            return true;
    }
    return false;
}

/* It may be that it comes to rest, or moves off. Where there are wheels, these tell: rest.c. */
static bool may_be_a_halt(const fusion *c, int64_t now_ns)
{
    return filter_speed(&c->f) < slow_mps && (has_wheels(c, now_ns) || fabs(c->f.rate_b[2]) < rests_radps);
}

/* Of an IMU alone: a bus speaks in steps, and a yaw rate on it is zeroed, filtered and held by whoever sends
 * it.
 */
void inertial_leapt_hear(fusion *c, const source_run *s, int64_t stamp_ns, const inertial_input *input)
{
    leap_found leap;
    if (s->set->kind != SOURCE_IMU || !inertial_leap_take(&c->leap, stamp_ns, input->gyro_radps[2], &leap) ||
        fabs(leap.by) > most_radps || may_be_a_halt(c, stamp_ns))
        return;
    inertial_leapt_tell(c, (int)s->index, stamp_ns, (float)(fabs(leap.by) / leap.sigma));
    follow(c, &leap);
    inertial_turn_leapt(c, (float)leap.by, (float)leap.since_s);
}
