/*
 * Where pictures come from: a video file, a directory of pictures, or a V4L2 device.
 */
#ifndef POSED_SENSORS_CAMERA_SOURCE_H
#define POSED_SENSORS_CAMERA_SOURCE_H

#include "sensors/camera/decoder.h"
#include "sensors/camera/luma.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *input;        /* a path; below /dev/ it is a device */
    double rate_hz;           /* of the pictures of a directory */
    const char *pixel_format; /* of a device: "mjpeg", "yuyv422", ...; "": its own choice */
    int width, height;        /* of a device; 0: its own choice */
    double device_rate_hz;    /* of a device; 0: its own choice */
} source_options;

typedef struct source source;

/* NULL with `e` set. The options' texts need not outlive the call. */
source *source_open(const source_options *o, error *e);
void source_close(source *s);

/* As decoder_next. `time_ns`: of a device, by its own clock, INT64_MIN when it does not say; otherwise since
 * the first picture, and growing. */
decoder_result source_next(source *s, int64_t *time_ns, error *e);
/* The last picture's luminance, until the next call. */
bool source_luma(source *s, luma_view *view, error *e);
/* The last picture itself, until the next call. */
const struct AVFrame *source_picture(const source *s);

bool source_is_device(const char *input);
int64_t source_interval_ns(const source *s);
uint64_t source_passed_over(const source *s);

#ifdef __cplusplus
}
#endif
#endif
