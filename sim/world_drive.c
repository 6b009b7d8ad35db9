/* The road under a recorded drive: its way is the middle line. */
#include "sim/record.h"
#include "sim/vec.h"
#include "sim/world_private.h"

#include <stdlib.h>

/* What is laid beyond the end: radars and cameras look ahead. */
static const double reserve_m = 400;
/* A direction is that of the chord over so many metres to each side, and so are grade and curvature. */
enum { YAW_M = 2, CURVATURE_M = 4, GRADE_M = 10 };

static void put(road *r, const double plane_m[3])
{
    if (r->count == r->capacity)
        return;
    r->samples[r->count] = r->pen;
    for (int i = 0; i < 3; i++)
        r->samples[r->count].plane_m[i] = plane_m[i];
    r->count++;
}

/* A sample for each metre of the way forward; where it stands or rolls back there is none. */
static void sample_way(road *r, const sim_motion *m)
{
    const sim_motion_state *states = sim_motion_states(m);
    const double *last = states[0].plane_m;
    put(r, last);
    for (size_t i = 1; i < sim_motion_count(m); last = states[i++].plane_m) {
        const double *at = states[i].plane_m, *from = r->samples[r->count - 1].plane_m;
        double away = hypot(at[0] - from[0], at[1] - from[1]);
        double ahead =
            (at[0] - from[0]) * cos(states[i].yaw_rad) + (at[1] - from[1]) * sin(states[i].yaw_rad);
        if (ahead <= 0 || away < 1)
            continue;
        double before = hypot(last[0] - from[0], last[1] - from[1]);
        double f = before < 1 ? (1 - before) / (away - before) : 1;
        put(r, (double[3]){last[0] + f * (at[0] - last[0]), last[1] + f * (at[1] - last[1]),
                           last[2] + f * (at[2] - last[2])});
    }
}

/* Straight on from the end, level. */
static void go_on(road *r, double yaw_rad)
{
    while (r->count < r->capacity) {
        const double *from = r->samples[r->count - 1].plane_m;
        put(r, (double[3]){from[0] + cos(yaw_rad), from[1] + sin(yaw_rad), from[2]});
    }
}

static size_t ahead_of(const road *r, size_t i, size_t by)
{
    return i + by < r->count ? i + by : r->count - 1;
}

static size_t behind(size_t i, size_t by)
{
    return i > by ? i - by : 0;
}

static void find_directions(road *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const double *a = r->samples[behind(i, YAW_M)].plane_m,
                     *b = r->samples[ahead_of(r, i, YAW_M)].plane_m;
        double yaw = atan2(b[1] - a[1], b[0] - a[0]), last = i > 0 ? r->samples[i - 1].yaw_rad : yaw;
        r->samples[i].yaw_rad = last + remainder(yaw - last, 2 * PI);
        size_t from = behind(i, GRADE_M), to = ahead_of(r, i, GRADE_M);
        r->samples[i].grade = (r->samples[to].plane_m[2] - r->samples[from].plane_m[2]) / (double)(to - from);
    }
    for (size_t i = 0; i < r->count; i++) {
        size_t from = behind(i, CURVATURE_M), to = ahead_of(r, i, CURVATURE_M);
        r->samples[i].curvature_1pm =
            (r->samples[to].yaw_rad - r->samples[from].yaw_rad) / (double)(to - from);
    }
}

bool world_make_drive(sim_world *w, road *r, const sim_scenario *s, rng random, error *e)
{
    if (!s->motion && !(w->own_motion = sim_record_motion(s->road.file, &s->vehicle, e)))
        return false;
    const sim_motion *m = w->motion = s->motion ? s->motion : w->own_motion;
    size_t count = sim_motion_count(m);
    w->earth = *sim_motion_earth(m);
    *r = (road){.scenario = s, .random = random};
    r->capacity = (size_t)(sim_motion_length_m(m) + reserve_m);
    r->samples = calloc(r->capacity, sizeof *r->samples);
    if (!r->samples)
        return error_set(e, "out of memory");
    r->pen = (road_sample){.limit_mps = (float)s->road.speed_mps,
                           .lane_width_m = (float)s->road.lane_width_m,
                           .lanes = (uint8_t)s->road.lanes,
                           .road = (uint8_t)s->config.road};
    sample_way(r, m);
    go_on(r, sim_motion_states(m)[count - 1].yaw_rad);
    find_directions(r);
    road_draw_sky(r);
    return true;
}
