/*
 * Pictures and videos for `posed camera`, through the camera module, with the calibration of a configuration.
 */
#ifndef POSED_DAEMON_CAMERA_CAMERA_INPUT_H
#define POSED_DAEMON_CAMERA_CAMERA_INPUT_H

#include "config/config.h"
#include "sensors/adapter_host.h"
#include "sensors/camera_settings.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    char source[FRAME_SOURCE_NAME_SIZE]; /* "camera/front" */
    camera_settings_read set;            /* its texts are the adapter's */
    adapter *adapter;
    const camera_module *module;
} camera_input;

/* Loads the module and the camera of `config` (NULL: none, defaults). `name`: which of its cameras,
 * "camera/front"; NULL: the only one. False with `e` set: no module, problems in the file (they are printed),
 * no such camera. To be finished even then. */
bool camera_input_load(camera_input *in, const char *config, const char *name, error *e);
void camera_input_finish(camera_input *in);

/* Opens one file; NULL with `e` set. */
camera *camera_input_open(camera_input *in, const char *path, error *e);

/* The camera model for pictures of this size; false with `e` set: they are of another shape, or there is no
 * calibration. */
bool camera_input_model(const camera_input *in, int width, int height, camera_model *out, error *e);

#ifdef __cplusplus
}
#endif
#endif
