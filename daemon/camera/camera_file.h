/*
 * The configuration that `posed camera` writes: one camera's adapter with its calibration, and its mount.
 */
#ifndef POSED_DAEMON_CAMERA_CAMERA_FILE_H
#define POSED_DAEMON_CAMERA_CAMERA_FILE_H

#include "common/error.h"
#include "sensors/camera/lane_ground.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *name; /* "camera/front" */
    camera_model model;
    int width, height; /* of the pictures that the model is for */
    bool has_mount;
    lane_mount mount;
    const char *comment; /* a line about where it comes from; NULL: none */
} camera_file_contents;

/* YAML into the file; NULL: on standard output. False with `e` set: it cannot be written. */
bool camera_file_write(const char *path, const camera_file_contents *c, error *e);

#ifdef __cplusplus
}
#endif
#endif
