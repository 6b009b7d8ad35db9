/*
 * Finds and loads the camera module (sensors/camera/module.h).
 */
#ifndef POSED_SENSORS_CAMERA_LOADER_H
#define POSED_SENSORS_CAMERA_LOADER_H

#include "sensors/camera/module.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Why this build has none. */
#define CAMERA_MODULE_MISSING "built without FFmpeg or apriltag"

/* Beside the program in its build directory, else where it is installed. It stays loaded. NULL with `e` set:
 * not there, or of another version. */
const camera_module *camera_module_load(error *e);

#ifdef __cplusplus
}
#endif
#endif
