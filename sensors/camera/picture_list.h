/*
 * The picture files of a directory, in the order that a person would put them: 2.png before 10.png.
 */
#ifndef POSED_SENSORS_CAMERA_PICTURE_LIST_H
#define POSED_SENSORS_CAMERA_PICTURE_LIST_H

#include "common/error.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    char **names; /* of files in the directory, without it */
    size_t count;
    size_t other; /* files that are no pictures by their names */
} picture_list;

/* Fills `list`, to be finished even on failure. False with `e` set: not readable, no picture in it, or out
 * of memory. Names decide, not contents: png, jpg, jpeg, bmp, pgm, ppm, pnm, tif, tiff, webp, in any case.
 * Hidden files are passed over. */
bool picture_list_read(picture_list *list, const char *directory, error *e);
void picture_list_finish(picture_list *list);

/* < 0, 0, > 0: `a` comes before, is, comes after `b`. Runs of digits compare as numbers. */
int picture_order(const char *a, const char *b);

#ifdef __cplusplus
}
#endif
#endif
