/*
 * AprilTags as landmarks: bearings and range with what they are worth. docs/ADAPTERS.md has the formulae.
 */
#ifndef POSED_SENSORS_CAMERA_TAGS_H
#define POSED_SENSORS_CAMERA_TAGS_H

#include "common/error.h"
#include "fusion/frame.h"
#include "sensors/camera/luma.h"
#include "sensors/camera/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A family's numbers begin this far after those of the one before it in the list. */
enum { TAGS_FAMILY_STEP = 100000 };

typedef struct {
    const char *families; /* "tag36h11,tag25h9" */
    double decimate;      /* the picture is shrunk by this for the search; corners are found in full */
    double size_m;        /* edge of the square whose corners are found; 0: unknown, no range then */
    double corner_px;     /* noise of a corner, one sigma per axis */
    uint64_t id_offset;   /* id = id_offset + TAGS_FAMILY_STEP x place of the family + number of the tag */
} tags_options;

typedef struct tag_finder tag_finder;

/* NULL with `e` set: a family that does not exist, or out of memory. */
tag_finder *tags_create(const tags_options *o, error *e);
void tags_destroy(tag_finder *t);

/* All tags in the picture, at most FRAME_MAX_LANDMARKS; the number of those that were left out for want of
 * room, or because their corners are no picture of a square. */
size_t tags_find(tag_finder *t, const luma_view *view, const camera_model *m, frame_landmarks *out);

#ifdef __cplusplus
}
#endif
#endif
