/*
 * Whether there is a map where the vehicle is (MAP_MISSING).
 */
#include "fusion/map/map_missing.h"

#include "fusion/core/core.h"

#include <math.h>

/* Nothing of the map within this: further than any camera that is not set otherwise looks (reach_m). Too
 * small, and a gap between two roads of the map is the map's end; too large, and its end is noticed late. */
static const float around_m = 100.0f;

/* Beyond this nothing can be looked for (map_near.c); a pose so unsure says nothing of where the map ends. */
static const float farthest_m = 500.0f;

static float position_sigma(const fusion *c)
{
    float most = 0.0f;
    for (int i = 0; i < 3; i++)
        most = fmaxf(most, covariance_at(&c->f.p, STATE_POSITION + i, STATE_POSITION + i));
    return sqrtf(most);
}

static bool is_near(const fusion *c, float radius_m)
{
    uint32_t one;
    return map_near_lanes(c->map.view, c->f.position_ecef_m, (double)radius_m, &one, 1) > 0 ||
           map_near_marks(c->map.view, c->f.position_ecef_m, (double)radius_m, &one, 1) > 0;
}

void map_missing_look(fusion *c, int64_t now_ns)
{
    if (!c->map.view)
        return;
    const float radius_m = around_m + 3.0f * position_sigma(c);
    const bool missing = c->running && radius_m < farthest_m && !is_near(c, radius_m);
    core_fault(c, &c->map.faults, FAULT_MAP_MISSING, missing, now_ns, 0.0f, 1.0f);
}
