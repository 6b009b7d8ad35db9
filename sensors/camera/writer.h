/*
 * Pictures into a file: PNG, or a video, by what the file's name ends with.
 */
#ifndef POSED_SENSORS_CAMERA_WRITER_H
#define POSED_SENSORS_CAMERA_WRITER_H

#include "common/error.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct writer writer;

/* For pictures of this size; `rate_hz` is of a video. NULL with `e` set: a name that no format goes by, no
 * encoder for it in this FFmpeg, or the file cannot be made. */
writer *writer_open(const char *path, int width, int height, double rate_hz, error *e);

/* One picture in RGB, 3 x width x height bytes. A picture file takes one. */
bool writer_write(writer *w, const uint8_t *rgb, error *e);

/* Completes the file. Always frees; false with `e` set: it could not be completed. */
bool writer_close(writer *w, error *e);

#ifdef __cplusplus
}
#endif
#endif
