/* What comes in: frames in any order, which the window puts in that of their stamps. */
#include "fusion/fusion.h"

#include "fusion/core/core.h"

#include <math.h>
#include <string.h>

/* A reception that leaps ahead by more than this is believed when a second one confirms it. */
static const double leap_s = 60.0, confirm_s = 1.0;

static int64_t window_ns(const fusion *c)
{
    return (int64_t)(c->set.filter.window_s * 1e9);
}

static void close_window(fusion *c, int64_t until_ns)
{
    const frame *oldest;
    while ((oldest = window_oldest(c->waiting)) && oldest->stamp_ns <= until_ns) {
        core_apply(c, oldest);
        window_drop(c->waiting);
    }
    if (until_ns > c->closed_ns)
        c->closed_ns = until_ns;
}

/* Time of reception: leaps need a second witness. */
static bool take_time(fusion *c, int64_t received_ns)
{
    if (c->now_ns != INT64_MIN && seconds_between(c->now_ns, received_ns) > leap_s &&
        (c->suspect_ns == INT64_MIN || fabs(seconds_between(c->suspect_ns, received_ns)) > confirm_s)) {
        c->suspect_ns = received_ns;
        return false;
    }
    c->suspect_ns = INT64_MIN;
    if (received_ns > c->now_ns)
        c->now_ns = received_ns;
    return true;
}

static bool belongs(const fusion *c, const frame *in)
{
    return in->source < c->source_count && in->kind < FRAME_KIND_COUNT &&
           frame_kind_source((frame_kind)in->kind) == c->set.sources[in->source].kind &&
           !(in->kind == FRAME_RADAR && in->u.radar.count > FRAME_MAX_DETECTIONS) &&
           !(in->kind == FRAME_LANDMARKS && in->u.landmarks.count > FRAME_MAX_LANDMARKS) &&
           !(in->kind == FRAME_LANES && in->u.lanes.count > FRAME_MAX_LANES);
}

static bool refuse(fusion *c, source_run *s, const frame *in, fault_set *set, fault_code code,
                   verdict_reason reason, double evidence, double limit)
{
    core_fault(c, set, code, true, c->applied_ns == INT64_MIN ? in->stamp_ns : c->applied_ns, (float)evidence,
               (float)limit);
    core_refuse(c, s, in, QUANTITY_FRAME, DECISION_REJECTED, reason);
    return false;
}

/* A stamp that its reception allows; both within 146 years of the epoch, so that what is computed from them
 * fits. */
static bool stamp_is_possible(const source_run *s, const frame *in)
{
    const int64_t most = INT64_C(1) << 62;
    double behind = seconds_between(in->stamp_ns, in->received_ns);
    return in->received_ns > -most && in->received_ns < most && behind <= s->set->max_latency_s &&
           behind >= -s->set->max_future_s;
}

static window_result put(fusion *c, const frame *in, int64_t stamp_ns)
{
    frame older;
    if (stamp_ns == in->stamp_ns)
        return window_put(c->waiting, stamp_ns, in);
    memcpy(&older, in, frame_used_size(in));
    older.stamp_ns = stamp_ns;
    return window_put(c->waiting, stamp_ns, &older);
}

bool fusion_push(fusion *c, const frame *in)
{
    if (!belongs(c, in))
        return false;
    source_run *s = &c->source[in->source];
    s->frames++;
    if (!s->set->enabled)
        return false;
    if (!stamp_is_possible(s, in)) {
        double ahead_s = seconds_between(in->received_ns, in->stamp_ns);
        s->rejected++;
        return refuse(c, s, in, &s->faults, FAULT_TIME_JUMP, REASON_TIME_JUMP, fabs(ahead_s),
                      ahead_s > 0.0 ? s->set->max_future_s : s->set->max_latency_s);
    }
    if (!take_time(c, in->received_ns))
        return refuse(c, s, in, &s->faults, FAULT_TIME_JUMP, REASON_TIME_JUMP, NAN, NAN);
    close_window(c, c->now_ns - window_ns(c)); /* whoever told the time, so that it is no matter who did */
    const int64_t stamp_ns = wheel_clock_stamp(c, s, in->stamp_ns);
    if (stamp_ns <= c->closed_ns) {
        s->late++;
        return refuse(c, s, in, &s->faults, FAULT_LATE, REASON_LATE, seconds_between(stamp_ns, c->now_ns),
                      c->set.filter.window_s);
    }
    if (put(c, in, stamp_ns) == WINDOW_FULL)
        return refuse(c, s, in, &c->system, FAULT_OVERLOAD, REASON_LATE, NAN, NAN);
    return true;
}

void fusion_advance(fusion *c, int64_t now_ns)
{
    if (now_ns <= c->now_ns)
        return;
    c->now_ns = now_ns;
    int64_t until = now_ns - window_ns(c);
    close_window(c, until);
    if (c->first_ns == INT64_MIN)
        return;
    core_pass_time(c, until);
}

void fusion_flush(fusion *c)
{
    close_window(c, INT64_MAX);
}
