/*
 * Fiducials that are not where the settings have them. A fault of the map follows the place, one of the
 * camera follows the camera: one that is refused at every look, while those before and beside it agree, has
 * been moved, or was surveyed wrongly.
 */
#include "fusion/sight/fiducials.h"

#include "fusion/core/core.h"

#include <math.h>

/* So many looks at it, all of them refused. Too small: a pose that one look puts right is held to be the
 * fiducial's fault; too large: the camera has been blamed by then. */
enum { FIDUCIALS_REFUSED = 6 };

/* So many that agree make another one a witness, and it is one for so long, s: dead reckoning has hardly lost
 * anything. */
enum { FIDUCIALS_AGREED = 2 };
static const double witness_s = 10.0;

/* One that has moved is off by more than this, m, rms. Too small: what dead reckoning has lost since the last
 * one, with wheels that are off by 3 %, is held to be the map's; too large: one that was put up anew a step
 * aside is the camera's fault. */
static const float moved_m = 1.0f;

/* A range agrees within so many sigmas. */
static const float reach_sigmas = 3.0f;

/* For so long after the last look at one that has moved the flag stands, s, and is nobody else to be blamed
 * for what it did. Too small: the means of shift_judge.c still hold it. */
static const double stands_s = 3.0, remembered_s = 10.0;

static mark_seen *entry_of(fusion *c, uint64_t id)
{
    mark_seen *oldest = &c->marks.of[0];
    for (int i = 0; i < MARKS_SEEN; i++) {
        mark_seen *e = &c->marks.of[i];
        if (e->seen_ns != INT64_MIN && e->id == id)
            return e;
        if (e->seen_ns < oldest->seen_ns)
            oldest = e;
    }
    *oldest = (mark_seen){.id = id, .seen_ns = INT64_MIN};
    return oldest;
}

/* The share of the squares that their mean leaves. */
static float spread(const float sum[2], float square, float count)
{
    float mean2 = (sum[0] * sum[0] + sum[1] * sum[1]) / count;
    return square > 0.0f ? (square - mean2) / square : 1.0f;
}

/* What it is off by is of a camera that has been turned: the same angle at every range, and most ranges are
 * right. What has been moved is off by the same way. */
static bool looks_turned(const mark_seen *e)
{
    float count = (float)e->in_reach;
    return 2 * e->in_reach > e->refused &&
           spread(e->turn, e->turn2, count) < spread(e->shift_m, e->shift2, count);
}

/* By so much, across the line of sight or, most ranges being off, along it, that it is not the way of the
 * vehicle since the last one. */
static bool is_far_off(const mark_seen *e)
{
    return 2 * e->in_reach <= e->refused || e->shift2 > moved_m * moved_m * (float)e->in_reach;
}

static bool has_moved(const mark_seen *e)
{
    return e->seen_ns != INT64_MIN && e->agreed == 0 && e->refused >= FIDUCIALS_REFUSED && e->witnessed &&
           is_far_off(e) && !looks_turned(e);
}

/* Another one agreed when it was last looked at, and not long ago. */
static bool is_witnessed(const fusion *c, const mark_seen *of, int64_t now_ns)
{
    for (int i = 0; i < MARKS_SEEN; i++) {
        const mark_seen *e = &c->marks.of[i];
        if (e != of && e->seen_ns != INT64_MIN && e->refused == 0 && e->agreed >= FIDUCIALS_AGREED &&
            seconds_between(e->seen_ns, now_ns) < witness_s)
            return true;
    }
    return false;
}

void fiducials_reset(fusion *c)
{
    c->marks.moved_ns = INT64_MIN;
    for (int i = 0; i < MARKS_SEEN; i++)
        c->marks.of[i] = (mark_seen){.seen_ns = INT64_MIN};
}

bool fiducials_moved(const fusion *c, uint64_t id)
{
    for (int i = 0; i < MARKS_SEEN; i++) {
        if (c->marks.of[i].id == id && has_moved(&c->marks.of[i]))
            return true;
    }
    return false;
}

static void add_refused(mark_seen *e, const measurement *m, float range_m)
{
    e->refused++;
    if (m->dim == 3 && !(fabsf(m->innovation[2]) < reach_sigmas * sqrtf(m->variance[2])))
        return;
    e->in_reach++;
    for (int i = 0; i < 2; i++) {
        float turn = m->innovation[i], way = turn * range_m;
        e->turn[i] += turn;
        e->turn2 += turn * turn;
        e->shift_m[i] += way;
        e->shift2 += way * way;
    }
}

size_t fiducials_missed(const fusion *c, uint64_t *ids, size_t size)
{
    size_t n = 0;
    for (int i = 0; i < MARKS_SEEN; i++) {
        const mark_seen *e = &c->marks.of[i];
        if (!has_moved(e) || seconds_between(e->seen_ns, c->applied_ns) >= stands_s)
            continue;
        if (n < size)
            ids[n] = e->id;
        n++;
    }
    return n;
}

void fiducials_take(fusion *c, uint64_t id, const measurement *m, float range_m, verdict_decision decision,
                    int64_t now_ns)
{
    mark_seen *e = entry_of(c, id);
    if (decision == DECISION_REJECTED) {
        add_refused(e, m, range_m);
    } else if (decision == DECISION_FUSED || decision == DECISION_DOWN_WEIGHTED) {
        *e = (mark_seen){.id = id, .agreed = e->agreed};
        e->agreed++;
    }
    e->seen_ns = now_ns;
    e->witnessed |= e->refused > 0 && is_witnessed(c, e, now_ns);
    if (has_moved(e))
        c->marks.moved_ns = now_ns;
}

void fiducials_tick(fusion *c, int64_t now_ns)
{
    const int64_t moved_ns = c->marks.moved_ns;
    const bool moved = moved_ns != INT64_MIN && seconds_between(moved_ns, now_ns) < stands_s;
    if (!c->map.view)
        core_fault(c, &c->map.faults, FAULT_MAP_MISMATCH, moved, now_ns, moved ? 1.0f : 0.0f, 0.0f);
}

bool fiducials_explain(const fusion *c, const source_run *s, int64_t now_ns)
{
    return s->set->kind == SOURCE_CAMERA && c->marks.moved_ns != INT64_MIN &&
           seconds_between(c->marks.moved_ns, now_ns) < remembered_s;
}
