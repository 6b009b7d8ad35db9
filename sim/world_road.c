/* The road under the world: generated, with its datum where the scenario says. */
#include "sim/vec.h"
#include "sim/world_private.h"

bool world_make_road(sim_world *w, road *r, const sim_scenario *s, rng random, error *e)
{
    if (s->road.kind == SIM_ROAD_MAP)
        return error_set(e, "road: kind map is not there yet");
    if (s->road.kind == SIM_ROAD_DRIVE)
        return world_make_drive(w, r, s, random, e);
    w->earth = sim_earth_at(
        (geodetic){radians(s->datum_latitude_deg), radians(s->datum_longitude_deg), s->datum_height_m});
    return road_make(r, s, random) || error_set(e, "out of memory");
}

bool sim_world_write_map(const sim_world *w, const char *path, error *e)
{
    (void)w;
    return error_set(e, "%s: maps cannot be written yet", path);
}
