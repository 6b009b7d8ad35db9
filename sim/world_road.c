/* The road under the world: generated, with its datum where the scenario says. */
#include "sim/vec.h"
#include "sim/world_private.h"

bool world_make_road(sim_world *w, road *r, const sim_scenario *s, rng random, error *e)
{
    if (s->road.kind == SIM_ROAD_MAP)
        return world_drive_map(w, r, s, random, e);
    if (s->road.kind == SIM_ROAD_DRIVE)
        return world_make_drive(w, r, s, random, e);
    w->earth = sim_earth_at(
        (geodetic){radians(s->datum_latitude_deg), radians(s->datum_longitude_deg), s->datum_height_m});
    return road_make(r, s, random) || error_set(e, "out of memory");
}
