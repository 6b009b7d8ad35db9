/*
 * The earth under a simulated drive: a plane fixed to the earth at a datum (east, north, up there), and
 * WGS84.
 *
 * It shares nothing with the filter's geodesy on purpose: what is wrong in both would cancel out.
 */
#ifndef POSED_SIM_EARTH_H
#define POSED_SIM_EARTH_H

#ifdef __cplusplus
extern "C" {
#endif

/* A point, geodetic. */
typedef struct {
    double latitude_rad, longitude_rad, height_m; /* WGS84, height above the ellipsoid */
} geodetic;

typedef struct {
    geodetic datum;
    double origin_m[3]; /* earth-centred, earth-fixed */
    double axes[3][3];  /* columns: east, north, up at the datum, in earth-centred axes */
} sim_earth;

sim_earth sim_earth_at(geodetic datum);
/* The point at `plane_m` (east, north, up of the datum; metres). */
geodetic earth_point(const sim_earth *e, const double plane_m[3]);
/* The same backwards. */
void earth_plane(const sim_earth *e, const geodetic *at, double plane_m[3]);
/* Turns a vector of the plane into east, north, up at `at`. */
void earth_local(const sim_earth *e, const geodetic *at, const double plane[3], double enu[3]);
/* Gravity (centrifugal force included) at a point of the plane, as a vector of the plane, m/s^2.
 * Normal gravity of WGS84: Somigliana, and its second-order change with height (Groves 2013, 2.134, 2.139).
 */
void earth_gravity(const sim_earth *e, const double plane_m[3], double out[3]);
/* Rotation of the earth as a vector of the plane, rad/s. */
void earth_rate(const sim_earth *e, double out[3]);

#ifdef __cplusplus
}
#endif
#endif
