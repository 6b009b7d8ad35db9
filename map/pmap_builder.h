/*
 * What the pmap_*.c files share: a compiled map in the making.
 */
#ifndef POSED_MAP_PMAP_BUILDER_H
#define POSED_MAP_PMAP_BUILDER_H

#include "map/lanes.h"
#include "map/pmap_build.h"
#include "map/tiling.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Elements in the order of the file: by the tile of their first point, then by id. */
typedef struct {
    uint64_t key;
    int64_t id;
    uint32_t from; /* index in the map */
} place_in_file;

typedef struct {
    map_data *m;
    const pmap_options *o;
    error *e;
    map_lanes lanes;
    tiling tiles;
    double (*nodes_ecef_m)[3];
    uint32_t *line_of_way, *lane_of_lanelet; /* MAP_NONE: it is left out */
    place_in_file *order;
    double (*points)[3];
    uint32_t *point_line;
    map_mark *marks;
    map_line *lines;
    map_lane *out_lanes;
    uint32_t point_count, mark_count, line_count, lane_count;
    pmap_about about;
} pmap_builder;

/* What is known of the whole map, as its elements come. West and east are degrees from the middle of the map
 * until the end. */
void pmap_begin_about(pmap_builder *b);
void pmap_take_bounds(pmap_builder *b, double latitude_deg, double longitude_deg, double height_m);
/* Accuracy, with what is assumed where it is not stated. */
void pmap_take_survey(pmap_builder *b, const map_survey *s, float *sigma_m, float *section_sigma_m);
void pmap_end_about(pmap_builder *b);

/* Arrays and header in one piece of memory, for the caller to free; NULL: no memory. */
void *pmap_assemble(const pmap_builder *b, size_t *size);

#ifdef __cplusplus
}
#endif
#endif
