/*
 * The camera module: what of the camera adapter needs large libraries (FFmpeg, apriltag), as a shared object
 * that is loaded only where a camera runs. posed itself is not linked with them.
 *
 * Both sides are built from the same sources; the handshake refuses any other pair.
 */
#ifndef POSED_SENSORS_CAMERA_MODULE_H
#define POSED_SENSORS_CAMERA_MODULE_H

#include "sensors/camera/colour.h"
#include "sensors/camera/lanes.h"
#include "sensors/camera/model.h"
#include "sensors/camera/source.h"
#include "sensors/camera/tags.h"
#include "sensors/camera/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Counts up when anything in this header, or in those that it includes, changes. */
enum { CAMERA_MODULE_VERSION = 2 };
#define CAMERA_MODULE_SYMBOL "posed_camera_module"

typedef struct {
    source_options source;
    tags_options tags;  /* without families or without fx: no landmarks are looked for */
    camera_model model; /* cx or cy NAN: the middle of the picture; fy 0: fx */
    int width, height;  /* of the pictures that the model was made for; 0: those that come */
    bool find_lanes;    /* needs fx and a mount above the ground */
    lanes_options lanes;
    lane_mount mount;
} camera_options;

typedef struct {
    frame_camera_health health;
    frame_landmarks landmarks;
    bool has_landmarks; /* they were looked for */
    size_t left_out;    /* tags that are not in the list, see tags_find */
    lanes_view lanes;
    bool has_lanes; /* they were looked for */
} camera_view;

typedef struct camera camera;

typedef struct {
    uint32_t version;
    const char *build; /* POSED_VERSION */

    /* NULL with `e` set. */
    camera *(*open)(const camera_options *o, error *e);
    void (*close)(camera *c);
    /* See source_next. */
    decoder_result (*next)(camera *c, int64_t *time_ns, error *e);
    /* Looks at the last picture, of the time `time_ns` (see next). False with `e` set: this one cannot be
     * looked at; there may be more. */
    bool (*look)(camera *c, int64_t time_ns, camera_view *out, error *e);
    /* The last picture's planes until the next one, and its colours (colour_rgb). */
    bool (*picture)(camera *c, colour_view *out, error *e);
    bool (*rgb)(camera *c, uint8_t *out, error *e);
    int64_t (*interval_ns)(const camera *c);
    uint64_t (*passed_over)(const camera *c);

    /* See writer.h. */
    writer *(*writer_open)(const char *path, int width, int height, double rate_hz, error *e);
    bool (*writer_write)(writer *w, const uint8_t *rgb, error *e);
    bool (*writer_close)(writer *w, error *e);
} camera_module;

#ifdef __cplusplus
}
#endif
#endif
