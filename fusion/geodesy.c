#include "fusion/geodesy.h"

#include "fusion/rotation.h"

#include <math.h>
#include <stdbool.h>

void geodetic_to_ecef(double latitude_rad, double longitude_rad, double height_m, double ecef_m[3])
{
    double s = sin(latitude_rad), c = cos(latitude_rad);
    double n = WGS84_A_M / sqrt(1.0 - WGS84_E2 * s * s);
    ecef_m[0] = (n + height_m) * c * cos(longitude_rad);
    ecef_m[1] = (n + height_m) * c * sin(longitude_rad);
    ecef_m[2] = (n * (1.0 - WGS84_E2) + height_m) * s;
}

static void axes_of(double sp, double cp, double sl, double cl, double r[3][3])
{
    r[0][0] = -sl;
    r[0][1] = cl;
    r[0][2] = 0.0;
    r[1][0] = -sp * cl;
    r[1][1] = -sp * sl;
    r[1][2] = cp;
    r[2][0] = cp * cl;
    r[2][1] = cp * sl;
    r[2][2] = sp;
}

void ecef_to_geodetic(const double ecef_m[3], double *latitude_rad, double *longitude_rad, double *height_m)
{
    double axes[3][3];
    ecef_to_geodetic_axes(ecef_m, latitude_rad, longitude_rad, height_m, axes);
}

void ecef_to_geodetic_axes(const double ecef_m[3], double *latitude_rad, double *longitude_rad,
                           double *height_m, double r[3][3])
{
    const double b = WGS84_A_M * (1.0 - WGS84_F);
    const double ep2 = WGS84_E2 / (1.0 - WGS84_E2);
    double p = sqrt(ecef_m[0] * ecef_m[0] + ecef_m[1] * ecef_m[1]);
    double z = ecef_m[2];

    bool pole = !(p > 1e-9);
    *longitude_rad = pole ? 0.0 : atan2(ecef_m[1], ecef_m[0]);
    /* tan of the parametric latitude, improved by Bowring's map; all without trigonometry */
    double u = WGS84_A_M * z, w = b * p; /* sin, cos of the parametric latitude, scaled */
    double num = z, den = p;
    for (int i = 0; i < 3; i++) {
        double norm = sqrt(u * u + w * w);
        double su = u / norm, cu = w / norm;
        num = z + ep2 * b * su * su * su;
        den = p - WGS84_E2 * WGS84_A_M * cu * cu * cu;
        u = (1.0 - WGS84_F) * num;
        w = den;
    }
    double norm = sqrt(num * num + den * den);
    double s = num / norm, c = den / norm;
    *latitude_rad = atan2(num, den);
    *height_m = p * c + z * s - WGS84_A_M * sqrt(1.0 - WGS84_E2 * s * s);
    axes_of(s, c, pole ? 0.0 : ecef_m[1] / p, pole ? 1.0 : ecef_m[0] / p, r);
}

void enu_axes(double latitude_rad, double longitude_rad, double r[3][3])
{
    axes_of(sin(latitude_rad), cos(latitude_rad), sin(longitude_rad), cos(longitude_rad), r);
}

void local_plane_begin(local_plane *p, double latitude_rad, double longitude_rad)
{
    geodetic_to_ecef(latitude_rad, longitude_rad, 0.0, p->origin_ecef_m);
    enu_axes(latitude_rad, longitude_rad, p->r_enu_ecef);
}

void local_plane_at(local_plane *p, double latitude_rad, double longitude_rad, double enu_m[3])
{
    double away[3];
    geodetic_to_ecef(latitude_rad, longitude_rad, 0.0, away);
    for (int i = 0; i < 3; i++)
        away[i] -= p->origin_ecef_m[i];
    rows_mulv(p->r_enu_ecef, away, enu_m);
}

double normal_gravity(double latitude_rad, double height_m)
{
    const double equator = 9.7803253359, k = 0.00193185265241, mu = 3.986004418e14;
    const double b = WGS84_A_M * (1.0 - WGS84_F);
    double s2 = sin(latitude_rad) * sin(latitude_rad);
    double surface = equator * (1.0 + k * s2) / sqrt(1.0 - WGS84_E2 * s2);
    double m = EARTH_RATE_RADPS * EARTH_RATE_RADPS * WGS84_A_M * WGS84_A_M * b / mu;
    double a = height_m / WGS84_A_M;
    return surface * (1.0 - 2.0 * a * (1.0 + WGS84_F + m - 2.0 * WGS84_F * s2) + 3.0 * a * a);
}
