/*
 * Inside the fusion core: what is seen some metres beside an element of the map.
 */
#ifndef POSED_FUSION_MAP_BESIDE_H
#define POSED_FUSION_MAP_BESIDE_H

#include "fusion/map/map_pairs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fills in what a picture shows beside an element of that kind. The pairings must have their probabilities.
 */
void map_beside_look(const source_run *s, const map_work *w, const frame_landmarks *f, uint8_t kind,
                     view_mark *v);

#ifdef __cplusplus
}
#endif
#endif
