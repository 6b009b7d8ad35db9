/*
 * The pictures of one video file, picture file or capture device, one after the other.
 */
#ifndef POSED_SENSORS_CAMERA_DECODER_H
#define POSED_SENSORS_CAMERA_DECODER_H

#include "common/error.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct AVFrame;
struct AVDictionary;

typedef enum {
    DECODER_PICTURE,
    DECODER_NOT_YET, /* a device has none at the moment */
    DECODER_BAD,     /* one that could not be read; `e` says which; there may be more */
    DECODER_END,
    DECODER_FAILED, /* nothing more will come; `e` says why */
} decoder_result;

typedef struct decoder decoder;

typedef struct {
    const char *path;
    const char *device_format;     /* "v4l2"; NULL: a file */
    struct AVDictionary **options; /* of the device; NULL: none */
} decoder_input;

/* NULL with `e` set. Reads nothing but local files, whatever a file refers to. */
decoder *decoder_open(const decoder_input *input, error *e);
void decoder_close(decoder *d);

decoder_result decoder_next(decoder *d, error *e);

/* The last picture, until the next call. */
const struct AVFrame *decoder_picture(const decoder *d);
/* Its time by the file's or device's own clock; INT64_MIN: it has none. */
int64_t decoder_time_ns(const decoder *d);
/* The usual time between two pictures; 0: unknown. */
int64_t decoder_interval_ns(const decoder *d);
/* Pictures of a device that were passed over for newer ones. */
uint64_t decoder_passed_over(const decoder *d);

#ifdef __cplusplus
}
#endif
#endif
