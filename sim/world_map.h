/*
 * The map of a simulated world, as a survey would have it: what the filter is given, in memory.
 *
 * Lanes are cut into pieces inside the sections of the survey. All that lies in a section shares its error;
 * each mark has one of its own, each line one that changes slowly along it (drawn at the section's ends,
 * linear in between).
 */
#ifndef POSED_SIM_WORLD_MAP_H
#define POSED_SIM_WORLD_MAP_H

#include "fusion/map.h"
#include "sim/world.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct world_map world_map;

/* NULL: no memory. It does not need the world afterwards. */
world_map *world_map_create(const sim_world *w);
void world_map_destroy(world_map *m);

/* Valid until world_map_destroy. */
const map_view *world_map_view(const world_map *m);

/* The same, open to a test that makes the map wrong: a mark of the view. */
map_mark *world_map_mark(world_map *m, uint32_t index);

/* The id of the lane at s_m, lanes numbered from 0 at the right. */
uint64_t world_map_lane_id(const world_map *m, double s_m, int lane);

#ifdef __cplusplus
}
#endif
#endif
