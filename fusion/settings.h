/*
 * Everything that can be set, as plain structs with units in the names. Defaults work.
 *
 * The rows of the settings_*.def files are the only definition: fields, defaults, YAML keys and the reference
 * page come from them.
 */
#ifndef POSED_FUSION_SETTINGS_H
#define POSED_FUSION_SETTINGS_H

#include "fusion/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SETTINGS_MAX_SOURCES = 32,
    SETTINGS_MAX_LANDMARKS = 1024,
};

#define NUM(name, unit, min, max, value, meaning) double name;
#define FLAG(name, value, meaning) bool name;

typedef struct {
#include "fusion/settings_filter.def"
} filter_settings;

typedef struct {
#include "fusion/settings_output.def"
} output_settings;

typedef struct {
#include "fusion/settings_integrity.def"
} integrity_settings;

typedef struct {
#include "fusion/settings_gnss.def"
} gnss_settings;

typedef struct {
#include "fusion/settings_imu.def"
} imu_settings;

typedef struct {
#include "fusion/settings_wheel.def"
} wheel_settings;

typedef struct {
#include "fusion/settings_radar.def"
} radar_settings;

typedef struct {
#include "fusion/settings_camera.def"
} camera_settings;

typedef struct {
#include "fusion/settings_roadside.def"
} roadside_settings;

typedef struct {
#include "fusion/settings_odometry.def"
} odometry_settings;

/* Where the sensor sits: its origin in body axes, and the turn from body axes to sensor axes as
 * yaw (about z), then pitch (about the new y), then roll (about the new x): R_body_sensor = Rz Ry Rx. */
typedef struct {
    double x_m, y_m, z_m;
    double roll_deg, pitch_deg, yaw_deg;
} mount_settings;

typedef struct {
    char name[FRAME_SOURCE_NAME_SIZE]; /* "<kind>/<name>" */
    source_kind kind;
    mount_settings mount;
#include "fusion/settings_source.def"
    union {
        gnss_settings gnss;
        imu_settings imu;
        wheel_settings wheel;
        radar_settings radar;
        camera_settings camera;
        roadside_settings roadside;
        odometry_settings odometry;
    } of;
} source_settings;

#undef NUM
#undef FLAG

/* A landmark at a known position, WGS84; sigma_m per axis. facing_deg: where the face of an upright tag
 * looks, clockwise from north; anything below 0: not known. */
typedef struct {
    uint64_t id;
    double latitude_deg, longitude_deg, height_m;
    double sigma_m;
    double facing_deg;
} landmark_settings;

/* Largest tolerable errors on one class of road. */
typedef struct {
    double lateral_m, longitudinal_m, vertical_m, heading_deg;
} alert_limits;

typedef enum { ROAD_FREEWAY, ROAD_LOCAL, ROAD_CLASS_COUNT } road_class;

typedef struct {
    filter_settings filter;
    output_settings output;
    integrity_settings integrity;
    road_class road;                      /* which alert limits hold */
    alert_limits alert[ROAD_CLASS_COUNT]; /* defaults: Reid et al. 2019, SAE 12-02-03-0012 */
    mount_settings truth;                 /* the point that a drive's truth describes, in body axes */
    size_t source_count;
    source_settings sources[SETTINGS_MAX_SOURCES];
    size_t landmark_count;
    landmark_settings landmarks[SETTINGS_MAX_LANDMARKS];
} settings;

/* Fills in every default; no sources, no landmarks. */
void settings_default(settings *s);

/* The defaults of one source. `name` is "<kind>/<name>" with kind one of source_kind_word; false when it is
 * not, or too long. */
bool source_settings_default(source_settings *s, const char *name);

/* The source of that name, NULL when there is none. */
source_settings *settings_find_source(settings *s, const char *name);

/* Finds the source or adds it with its defaults. NULL when the name is not one or the table is full. */
source_settings *settings_add_source(settings *s, const char *name);

#ifdef __cplusplus
}
#endif
#endif
