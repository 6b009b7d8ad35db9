/*
 * What should be seen and is not. A camera that misses everything that the map has is blind (NO_LANDMARKS);
 * one that sees the rest and misses one element, time and again, says that the element is gone or has moved
 * (MAP_MISMATCH). The pose must be sure, or nothing can be expected.
 */
#include "fusion/core.h"

#include <math.h>
#include <string.h>

/* A pose that is less sure than this expects nothing. */
static const float sure_m = 0.5f, sure_rad = 0.03f;
/* What is looked for: at these ranges (the farther as a share of the camera's reach), and so far inside the
 * picture's edge, rad. Fiducials are left out: how far they are read is not known. */
static const float nearest_m = 4.0f, reach_share = 0.42f, edge_rad = 0.05f;
/* Over so long a camera's share of what it should see is taken, s; before so many were expected, it is not.
 */
static const float share_tau_s = 4.0f, least_expected = 8.0f;
/* A camera that sees less than this of what it should is blind. */
static const float blind_share = 0.1f;
/* An element is missed when that it was overlooked each time has this probability (log). A camera overlooks
 * the rest as well: by how much is its own share, and that of this element may be smaller by the factor. */
static const float missed_log = 9.0f, harder = 0.8f;
/* For so long after it has gone out of view an element that is missed keeps the flag up, s. */
static const double missed_lasts_s = 3.0;

static map_watched *entry_of(map_run *run, uint32_t mark)
{
    map_watched *oldest = &run->watched[0];
    for (int i = 0; i < MAP_WATCHED_MOST; i++) {
        map_watched *e = &run->watched[i];
        if (e->seen_ns != INT64_MIN && e->mark == mark)
            return e;
        if (e->seen_ns < oldest->seen_ns)
            oldest = e;
    }
    *oldest = (map_watched){.mark = mark, .seen_ns = INT64_MIN};
    return oldest;
}

void map_watch_begin(fusion *c, source_run *s, int64_t now_ns, float place_m, float turn_rad)
{
    float dt = s->watch_ns == INT64_MIN ? 0.0f : (float)seconds_between(s->watch_ns, now_ns);
    float keep = expf(-fmaxf(dt, 0.0f) / share_tau_s);
    s->expected *= keep;
    s->noticed *= keep;
    s->watch_ns = now_ns;
    c->map.watching = place_m < sure_m && turn_rad < sure_rad;
}

void map_watch_mark(fusion *c, source_run *s, int64_t now_ns, uint32_t index, const float bearing[3],
                    bool seen)
{
    const camera_settings *set = &s->set->of.camera;
    const uint8_t kind = c->map.view->marks[index].kind;
    if (!c->map.watching || !(fabsf(bearing[0]) < (float)(set->field_deg * RADIANS_PER_DEGREE) - edge_rad) ||
        !(bearing[2] > nearest_m && bearing[2] < reach_share * (float)set->reach_m) ||
        !(kind == MAP_CLASS_SIGN || kind == MAP_CLASS_LIGHT || kind == MAP_CLASS_POLE))
        return;
    float share = s->expected > least_expected ? fminf(s->noticed / s->expected, 0.95f) : 0.0f;
    s->expected += s->clarity;
    s->noticed += seen ? 1.0f : 0.0f;
    map_watched *e = entry_of(&c->map, index);
    e->seen_ns = now_ns;
    if (seen || c->map.sees) /* a frame that shows nothing at all speaks of the camera */
        e->missed = seen ? 0.0f : e->missed - log1pf(-harder * share * s->clarity);
}

void map_watch_end(fusion *c, source_run *s, int64_t now_ns)
{
    int missed = 0;
    float share = s->expected > 0.0f ? s->noticed / s->expected : 1.0f;
    for (int i = 0; i < MAP_WATCHED_MOST; i++) {
        const map_watched *e = &c->map.watched[i];
        missed += e->seen_ns != INT64_MIN && e->missed > missed_log &&
                  seconds_between(e->seen_ns, now_ns) < missed_lasts_s;
    }
    bool blind = c->map.watching && s->expected > least_expected && share < blind_share;
    core_fault(c, &s->faults, FAULT_NO_LANDMARKS, blind, now_ns, share, blind_share);
    core_fault(c, &c->map.faults, FAULT_MAP_MISMATCH, missed > 0, now_ns, (float)missed, 0.0f);
}

size_t fusion_map_missed(const fusion *c, uint64_t *ids, size_t size)
{
    size_t n = 0;
    for (int i = 0; c->map.view && i < MAP_WATCHED_MOST; i++) {
        const map_watched *e = &c->map.watched[i];
        if (e->seen_ns == INT64_MIN || !(e->missed > missed_log))
            continue;
        if (n < size)
            ids[n] = c->map.view->marks[e->mark].id;
        n++;
    }
    return n;
}
