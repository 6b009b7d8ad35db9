/*
 * Inside the fusion core: lines that are not where the map has them.
 */
#ifndef POSED_FUSION_MAP_PAINT_H
#define POSED_FUSION_MAP_PAINT_H

#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How many lines have lately been seen beside their places. */
int map_paint_count(const fusion *c, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
