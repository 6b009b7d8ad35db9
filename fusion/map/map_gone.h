/*
 * Inside the fusion core: whether elements that were not seen are gone.
 */
#ifndef POSED_FUSION_MAP_GONE_H
#define POSED_FUSION_MAP_GONE_H

#include "fusion/map/map_run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of a map's elements so many are gone or stand elsewhere: what is known of one that nobody has looked for,
 * on a map that is out of date. */
extern const float map_gone_share;

/* Call once a picture, when its elements have been weighed. */
void map_gone_count(map_run *run);
/* It is missed: it alone says so, or the map is out of date, and it is one of those that say that. */
bool map_gone_is(const map_run *run, const map_watched *e);

#ifdef __cplusplus
}
#endif
#endif
