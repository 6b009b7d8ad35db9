/*
 * The way of a vehicle for other programs: points with a time, in the formats that they read.
 */
#ifndef POSED_DAEMON_EXPORT_EXPORT_TRACK_H
#define POSED_DAEMON_EXPORT_EXPORT_TRACK_H

#include "fusion/fusion.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int64_t stamp_ns;
    double latitude_rad, longitude_rad, height_m; /* WGS84; height NAN: not known */
    double roll_rad, pitch_rad, heading_rad;      /* NAN each: not known */
    const fusion_pose *pose;                      /* what it is of; NULL: of no pose */
    const char *mode;                             /* of a pose: "NOMINAL"...; "": it has none */
} track_point;

/* One track while it is written. All zeros but `out` and `name` to begin with. */
typedef struct {
    FILE *out;
    const char *name; /* what it is: "pose", "truth", "gnss/roof" */
    size_t points;
    size_t stretch; /* points since the way last went on apart */
    track_point last;
    double origin_ecef_m[3], r_enu_ecef[3][3]; /* of formats that count from the first point */
} track_writer;

typedef struct {
    const char *name, *summary;
    void (*begin)(track_writer *w);
    /* `apart`: the way does not go on from the last point: a gap in time, or another mode. */
    void (*point)(track_writer *w, const track_point *p, bool apart);
    void (*end)(track_writer *w);
    bool lost_too; /* says the mode, so that a pose that is LOST can be told */
} track_format;

extern const track_format track_geojson, track_gpx, track_nmea, track_tum;

#ifdef __cplusplus
}
#endif
#endif
