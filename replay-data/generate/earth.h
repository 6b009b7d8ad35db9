/*
 * The earth under the town: a plane fixed to the earth at the datum (east, north, up there), and WGS84.
 */
#ifndef POSED_GENERATE_EARTH_H
#define POSED_GENERATE_EARTH_H

#ifdef __cplusplus
extern "C" {
#endif

/* A point, geodetic. */
typedef struct {
    double latitude_rad, longitude_rad, height_m; /* WGS84, height above the ellipsoid */
} geodetic;

/* The point at `plane_m` (east, north, up of the datum; metres). */
geodetic earth_point(const double plane_m[3]);
/* Turns a vector of the plane into east, north, up at `at`. */
void earth_local(const geodetic *at, const double plane[3], double enu[3]);
/* Gravity (centrifugal force included) at a point of the plane, as a vector of the plane, m/s^2.
 * Normal gravity of WGS84: Somigliana, and its second-order change with height (Groves 2013, 2.134, 2.139).
 */
void earth_gravity(const double plane_m[3], double out[3]);
/* Rotation of the earth as a vector of the plane, rad/s. */
void earth_rate(double out[3]);

#ifdef __cplusplus
}
#endif
#endif
