/*
 * Maps into a compiled map. The same maps give the same bytes, on any machine of the same byte order.
 */
#ifndef POSED_MAP_PMAP_BUILD_H
#define POSED_MAP_PMAP_BUILD_H

#include "map/map_data.h"
#include "map/pmap.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double height_m;                 /* of what has none; NAN: a map without heights is refused */
    double sigma_m, section_sigma_m; /* of what does not state its accuracy */
} pmap_options;

/* What is assumed of a survey that does not state its accuracy: as good as vehicle-borne mapping that was
 * tied to the ground somewhere. Too small, and the filter trusts the map more than it is worth; too large,
 * and an accurate map is of little use. */
#define PMAP_SIGMA_M 0.1
#define PMAP_SECTION_SIGMA_M 0.3

/* Builds the file in memory, for the caller to free; NULL with `e` set: no memory, or no height for an
 * element. Lanelets that vehicles may not use are left out, and lines that are neither bound nor painted nor
 * kerb. Sets the directions of the lanelets in `m`. */
void *pmap_build(map_data *m, const pmap_options *o, size_t *size, error *e);

/* The file of a map in memory, for the caller to free; NULL: no memory. What such a map does not say of
 * itself (survey days, what was assumed) is not known in the file. */
void *pmap_of_view(const map_view *v, size_t *size);

/* Writes it beside its place and renames it, so that whoever has the old file open keeps it. */
bool pmap_save(const void *bytes, size_t size, const char *path, error *e);

#ifdef __cplusplus
}
#endif
#endif
