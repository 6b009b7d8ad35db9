/*
 * Inside the fusion core: a camera's landmarks against the map.
 */
#ifndef POSED_FUSION_MAP_LANDMARKS_H
#define POSED_FUSION_MAP_LANDMARKS_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* True while the pose rests on the map. */
bool map_holds(const fusion *c, int64_t now_ns);
/* How much larger the pose's variance is taken to be where it is compared with the map to find out what was
 * seen: 1 while it rests on landmarks of the map. */
float map_doubt(const fusion *c, int64_t now_ns);
/* MAP_CLASS_... that a detection says to be; its score as a probability; the density, 1/sr, of those that are
 * none of the map. */
uint8_t map_landmarks_class(const char *word);
float map_landmarks_real(const camera_landmark *seen);
float map_landmarks_nothing(const camera_landmark *seen);
/* Which of a picture's landmarks is which element: fuses nothing. */
void map_landmarks_pair(fusion *c, const source_run *s, const frame *in);
void map_landmarks_fuse(fusion *c, source_run *s, const frame *in);

#ifdef __cplusplus
}
#endif
#endif
