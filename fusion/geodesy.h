/*
 * The earth: WGS84 ellipsoid, local frames, normal gravity. Doubles throughout.
 *
 * Sources: P. D. Groves, "Principles of GNSS, Inertial, and Multisensor Integrated Navigation Systems", 2nd
 * ed., 2013 (section numbers below); NIMA TR8350.2 for the constants.
 */
#ifndef POSED_FUSION_GEODESY_H
#define POSED_FUSION_GEODESY_H

#ifdef __cplusplus
extern "C" {
#endif

#define WGS84_A_M 6378137.0                  /* semi-major axis */
#define WGS84_F (1.0 / 298.257223563)        /* flattening */
#define WGS84_E2 (WGS84_F * (2.0 - WGS84_F)) /* first eccentricity squared */
#define EARTH_RATE_RADPS 7.292115e-5         /* about the ECEF z axis */

/* Geodetic latitude, longitude (rad) and ellipsoidal height (m) to ECEF (m). Groves 2.4.3, (2.112). */
void geodetic_to_ecef(double latitude_rad, double longitude_rad, double height_m, double ecef_m[3]);

/* ECEF to geodetic: Bowring's start and two refinements, exact to 1e-9 m from -10 km to 10,000 km height,
 * poles included (there longitude is 0). Groves C.2. */
void ecef_to_geodetic(const double ecef_m[3], double *latitude_rad, double *longitude_rad, double *height_m);

/* The same, and enu_axes of the result without trigonometry. */
void ecef_to_geodetic_axes(const double ecef_m[3], double *latitude_rad, double *longitude_rad,
                           double *height_m, double r_enu_ecef[3][3]);

/* Rows: unit vectors east, north, up in ECEF axes, so that enu = r * ecef. Groves (2.150) with ENU order. */
void enu_axes(double latitude_rad, double longitude_rad, double r_enu_ecef[3][3]);

/* East, north and up of a place, where the earth may be taken for flat: the origin and its axes. */
typedef struct {
    double origin_ecef_m[3], r_enu_ecef[3][3];
} local_plane;

/* From this place on the ellipsoid. */
void local_plane_begin(local_plane *p, double latitude_rad, double longitude_rad);

/* Where a place on the ellipsoid is, m. */
void local_plane_at(local_plane *p, double latitude_rad, double longitude_rad, double enu_m[3]);

/* Normal gravity along the ellipsoid's normal, down positive (m/s^2): Somigliana's formula and its
 * second-order continuation in height. Groves 2.4.7, (2.134), (2.139). Includes the centrifugal part. */
double normal_gravity(double latitude_rad, double height_m);

#ifdef __cplusplus
}
#endif
#endif
