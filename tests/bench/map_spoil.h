/*
 * What can be wrong with a map, done to the map of a simulated world: a sign that was moved, a map that lies
 * elsewhere as a whole, elements that were taken away, lines that were painted anew.
 */
#ifndef POSED_TESTS_BENCH_MAP_SPOIL_H
#define POSED_TESTS_BENCH_MAP_SPOIL_H

#include "sim/sim.h"
#include "sim/world_map.h"

typedef struct {
    bool move_sign;    /* the first sign behind 200 m is 3 m off in the map */
    double shift_m;    /* the whole map lies that far to the north-east; 0: it does not */
    double gone;       /* share of the marks that are in the map and not there */
    double repaint_m;  /* lines from 300 m to 700 m are that far to the left in the map; 0: they are not */
    uint64_t ids[512]; /* out: of what is wrong, in ascending order of the array of marks or lines */
    size_t id_count;   /* out; 0 with shift_m: the map as a whole */
} map_spoil;

/* Spoils the map and, of what is gone, the world, before the drive begins. */
void map_spoil_apply(map_spoil *s, sim *m, world_map *map);
/* Whether an element is one of those. */
bool map_spoil_has(const map_spoil *s, uint64_t id);

#endif
