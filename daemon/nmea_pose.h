/*
 * A pose as NMEA 0183 sentences, for programs that know a receiver only: chart plotters, gpsd, navigation.
 *
 * GGA: place, height, quality (1; 6, estimated, in DEAD_RECKONING; 0 without a pose). RMC: course and speed,
 * date, and as its navigational status S (safe) for a pose that is usable, U (unsafe) for one that is not, V
 * without one. GST: one sigma, with the error ellipse. HDT: heading. The talker is IN, integrated navigation.
 * NMEA 0183, version 4.10.
 */
#ifndef POSED_DAEMON_NMEA_POSE_H
#define POSED_DAEMON_NMEA_POSE_H

#include "fusion/fusion.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int64_t stamp_ns; /* UTC */
    fusion_mode mode; /* LOST and INITIALIZING: sentences without a place */
    bool usable;
    double latitude_deg, longitude_deg; /* WGS84 */
    double height_m;                    /* above the ellipsoid; NAN, as of all below: not known */
    double v_east_mps, v_north_mps;
    double heading_rad; /* clockwise from north */
    double variance_east_m2, variance_north_m2, covariance_m2, variance_up_m2;
} nmea_pose;

/* Four lines, each with its checksum and CR LF. */
void nmea_pose_write(FILE *out, const nmea_pose *p);

#ifdef __cplusplus
}
#endif
#endif
