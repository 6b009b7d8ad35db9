/*
 * The camera module: what of the camera adapter needs large libraries (FFmpeg, apriltag), as a shared object
 * that is loaded only where a camera runs. posed itself is not linked with them.
 *
 * Both sides are built from the same sources; the handshake refuses any other pair.
 */
#ifndef POSED_SENSORS_CAMERA_MODULE_H
#define POSED_SENSORS_CAMERA_MODULE_H

#include "sensors/camera/model.h"
#include "sensors/camera/source.h"
#include "sensors/camera/tags.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Counts up when anything in this header, or in those that it includes, changes. */
enum { CAMERA_MODULE_VERSION = 1 };
#define CAMERA_MODULE_SYMBOL "posed_camera_module"

typedef struct {
    source_options source;
    tags_options tags;  /* without families or without fx: no landmarks are looked for */
    camera_model model; /* cx or cy NAN: the middle of the picture; fy 0: fx */
    int width, height;  /* of the pictures that the model was made for; 0: those that come */
} camera_options;

typedef struct {
    frame_camera_health health;
    frame_landmarks landmarks;
    bool has_landmarks; /* they were looked for */
    size_t left_out;    /* tags that are not in the list, see tags_find */
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
    /* Looks at the last picture. False with `e` set: this one cannot be looked at; there may be more. */
    bool (*look)(camera *c, camera_view *out, error *e);
    int64_t (*interval_ns)(const camera *c);
    uint64_t (*passed_over)(const camera *c);
} camera_module;

#ifdef __cplusplus
}
#endif
#endif
