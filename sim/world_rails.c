/* Guard rails beside the road: sim/world.h. */
#include "sim/vec.h"
#include "sim/world_private.h"

#include <stdlib.h>

/* How long a rail is, m; ids, far from those of elements, lanes and lines. */
static const double stretch_m = 100;
static const uint64_t first_id = 30000000;

/* Away from the edge of the carriageway: as the posts of rails that stand where no map has them. */
static const double away_least_m = 0.8, away_most_m = 1.2;

bool world_place_rails(sim_world *w, const sim_scenario *s, rng r)
{
    if (!(s->road.rails > 0))
        return true;
    w->rail_count = (size_t)(sim_world_length_m(w) / stretch_m);
    w->rails = calloc(w->rail_count + 1, sizeof *w->rails);
    for (size_t i = 0; w->rails && i < w->rail_count; i++) {
        for (int side = 0; side < SIM_RAIL_SIDES; side++) {
            double away_m = rng_between(&r, away_least_m, away_most_m);
            double error_m = rng_normal(&r, s->survey.independent_m);
            bool there = rng_chance(&r, s->road.rails);
            w->rails[i][side][0] = there ? (float)away_m : NAN;
            w->rails[i][side][1] = (float)(away_m + error_m);
        }
    }
    return w->rails != NULL;
}

bool sim_world_rail(const sim_world *w, double s_m, int side, sim_rail *out)
{
    double stretch = floor(s_m / stretch_m);
    if (!(stretch >= 0 && stretch < (double)w->rail_count) || isnan(w->rails[(size_t)stretch][side][0]))
        return false;
    const float *rail = w->rails[(size_t)stretch][side];
    *out = (sim_rail){.id = first_id + (uint64_t)stretch * SIM_RAIL_SIDES + (uint64_t)side,
                      .from_m = stretch * stretch_m,
                      .to_m = (stretch + 1) * stretch_m,
                      .away_m = (double)rail[0],
                      .mapped_away_m = (double)rail[1]};
    return true;
}

void sim_world_rail_point(const sim_world *w, double s_m, int side, double away_m, double plane_m[3])
{
    sim_road_point p;
    sim_world_road(w, s_m, &p);
    double out = 0.5 * p.lanes * p.lane_width_m + away_m, left = side == 0 ? -out : out;
    plane_m[0] = p.plane_m[0] - left * sin(p.yaw_rad);
    plane_m[1] = p.plane_m[1] + left * cos(p.yaw_rad);
    plane_m[2] = p.plane_m[2] + left * p.bank_rad + 0.5;
}

double sim_world_rail_distance_m(const sim_world *w, uint64_t id, const double plane_m[2])
{
    const double step_m = 0.1, beyond_m = 5; /* its line goes on there */
    double nearest_m = INFINITY, at_m[3];
    sim_rail rail;
    if (id < first_id || id - first_id >= (uint64_t)w->rail_count * SIM_RAIL_SIDES)
        return INFINITY;
    int side = (int)((id - first_id) % SIM_RAIL_SIDES);
    if (!sim_world_rail(w, ((double)((id - first_id) / SIM_RAIL_SIDES) + 0.5) * stretch_m, side, &rail))
        return INFINITY;
    for (double s_m = rail.from_m - beyond_m; s_m <= rail.to_m + beyond_m; s_m += step_m) {
        sim_world_rail_point(w, s_m, side, rail.away_m, at_m);
        nearest_m = fmin(nearest_m, hypot(at_m[0] - plane_m[0], at_m[1] - plane_m[1]));
    }
    return nearest_m;
}
