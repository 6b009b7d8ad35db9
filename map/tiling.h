/*
 * Elements into the tiles of the grid (fusion/map.h).
 */
#ifndef POSED_MAP_TILING_H
#define POSED_MAP_TILING_H

#include "fusion/map.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { TILE_MARK, TILE_SEGMENT, TILE_LANE, TILE_KINDS } tile_kind;

typedef struct {
    uint64_t key;
    uint32_t kind, index;
} tile_entry;

/* Owned; zeroed is empty. */
typedef struct {
    tile_entry *entries;
    size_t count, room;
    map_tile *tiles;             /* after tiling_finish */
    uint32_t *lists[TILE_KINDS]; /* the same */
    uint32_t tile_count, counts[TILE_KINDS];
} tiling;

/* These return false when there is no memory. */
bool tiling_add_point(tiling *t, tile_kind kind, uint32_t index, const double at_ecef_m[3]);
/* Into every tile that the straight line between them touches. */
bool tiling_add_segment(tiling *t, tile_kind kind, uint32_t index, const double from_ecef_m[3],
                        const double to_ecef_m[3]);
/* All marks, segments and lanes of a map whose arrays but those of tiles are filled in. */
bool tiling_add_map(tiling *t, const map_view *m);
/* Sorts and groups what has been added: tiles by key, the indices of each ascending, each once. */
bool tiling_finish(tiling *t);
/* The tiles into a map's view, which are the tiling's until it is destroyed. */
void tiling_show(const tiling *t, map_view *m);
void tiling_destroy(tiling *t);

#ifdef __cplusplus
}
#endif
#endif
