#include "fusion/filter/motion_log.h"

#include <string.h>

/* Points are kept no closer than this, s. */
static const double spacing_s = 0.005;

/* Accelerations are averaged over this, s: vibration is shorter, manoeuvres are longer. */
static const double average_s = 0.05;

void motion_log_clear(motion_log *log)
{
    memset(&log->now, 0, sizeof log->now);
    log->count = 0;
}

static const motion_point *kept(const motion_log *log, uint32_t age)
{
    return &log->kept[(log->count - 1 - age) % MOTION_LOG_SIZE];
}

void motion_log_step(motion_log *log, const double accel[3], double dt)
{
    if (log->count == 0 || log->now.time_s - kept(log, 0)->time_s >= spacing_s)
        log->kept[log->count++ % MOTION_LOG_SIZE] = log->now;
    motion_point *p = &log->now;
    p->time_s += dt;
    for (int i = 0; i < 3; i++) {
        p->x[i] += (p->v[i] + 0.5 * accel[i] * dt) * dt;
        p->v[i] += accel[i] * dt;
    }
}

/* Between two points the acceleration is constant; outside of them it is held. */
static void blend(const motion_point *a, const motion_point *b, double time_s, motion_point *out)
{
    double span = b->time_s - a->time_s, t = time_s - a->time_s;
    out->time_s = time_s;
    for (int i = 0; i < 3; i++) {
        double accel = span > 0.0 ? (b->v[i] - a->v[i]) / span : 0.0;
        out->v[i] = a->v[i] + accel * t;
        out->x[i] = a->x[i] + (a->v[i] + 0.5 * accel * t) * t;
    }
}

/* The motion at an earlier (or, held, later) time. */
static void look_up(const motion_log *log, double time_s, motion_point *out)
{
    uint32_t have = log->count < MOTION_LOG_SIZE ? log->count : MOTION_LOG_SIZE;
    if (have == 0) {
        *out = log->now;
        return;
    }
    const motion_point *newer = &log->now, *older = kept(log, 0);
    for (uint32_t age = 1; age < have && older->time_s > time_s; age++) {
        newer = older;
        older = kept(log, age);
    }
    if (newer->time_s <= older->time_s && have > 1)
        older = kept(log, 1);
    blend(older, newer, time_s, out);
}

void motion_log_delta(const motion_log *log, double latency_s, motion_delta *out)
{
    motion_point then, before, after;
    double at = log->now.time_s - latency_s;
    look_up(log, at, &then);
    look_up(log, at - 0.5 * average_s, &before);
    look_up(log, at + 0.5 * average_s, &after);
    for (int i = 0; i < 3; i++) {
        out->velocity_change[i] = log->now.v[i] - then.v[i];
        out->way_change[i] = latency_s * log->now.v[i] - (log->now.x[i] - then.x[i]);
        out->accel_then[i] = (after.v[i] - before.v[i]) / average_s;
    }
}
