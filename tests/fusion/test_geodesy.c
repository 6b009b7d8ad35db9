/* The earth: published points and gravity, poles, the date line, round trips. */
#include "fusion/geodesy.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static const double pi = 3.14159265358979323846, rad = 0.017453292519943295;

/* Points whose coordinates follow from the ellipsoid's published constants (NIMA TR8350.2: a, b, e2), and one
 * worked example: Misra & Enge give ITRF coordinates of this kind to the millimetre. */
static const struct {
    const char *legend;
    double latitude_deg, longitude_deg, height_m;
    double ecef_m[3];
} known[] = {
    {"equator, Greenwich", 0, 0, 0, {6378137.0, 0, 0}},
    {"equator, 90 east", 0, 90, 0, {0, 6378137.0, 0}},
    {"equator, date line", 0, 180, 0, {-6378137.0, 0, 0}},
    {"equator, 90 west, 1 km up", 0, -90, 1000, {0, -6379137.0, 0}},
    {"north pole: semi-minor axis", 90, 0, 0, {0, 0, 6356752.314245}},
    {"south pole, 2800 m up", -90, 0, 2800, {0, 0, -6359552.314245}},
    /* N = a / sqrt(1 - e2/2), x = N / sqrt(2), z = (1 - e2) N / sqrt(2) */
    {"45 north, Greenwich", 45, 0, 0, {4517590.878849, 0, 4487348.408866}},
};

START_TEST (known_points) {
    double e[3], latitude, longitude, height;
    geodetic_to_ecef(known[_i].latitude_deg * rad, known[_i].longitude_deg * rad, known[_i].height_m, e);
    for (int i = 0; i < 3; i++)
        ck_assert_msg(fabs(e[i] - known[_i].ecef_m[i]) < 2e-6, "%s: %.7f", known[_i].legend, e[i]);
    ecef_to_geodetic(known[_i].ecef_m, &latitude, &longitude, &height);
    ck_assert_msg(fabs(latitude - known[_i].latitude_deg * rad) < 1e-12, "%s", known[_i].legend);
    ck_assert_msg(fabs(height - known[_i].height_m) < 2e-6, "%s: %.9f", known[_i].legend, height);
    if (fabs(known[_i].latitude_deg) < 90.0)
        ck_assert_msg(fabs(longitude - known[_i].longitude_deg * rad) < 1e-12, "%s", known[_i].legend);
}
END_TEST

/* How far a point moves on its way there and back, m. */
static double round_trip_m(double latitude, double longitude, double height)
{
    double e[3], back[3], a, b, h;
    geodetic_to_ecef(latitude, longitude, height, e);
    ecef_to_geodetic(e, &a, &b, &h);
    geodetic_to_ecef(a, b, h, back);
    ck_assert(fabs(a) <= pi / 2 && fabs(b) <= pi);
    ck_assert_msg(fabs(h - height) < 5e-9, "%.17g %.17g %g: height %.12g", latitude, longitude, height, h);
    return hypot(hypot(back[0] - e[0], back[1] - e[1]), back[2] - e[2]);
}

START_TEST (round_trips) {
    static const double heights[] = {-10e3, -430.0, 0.0, 8848.0, 100e3, 1000e3};
    double worst = 0.0;
    for (int i = -180; i <= 180; i += every(20)) {
        for (int j = -12; j <= 12; j++) {
            for (size_t k = 0; k < sizeof heights / sizeof *heights; k++)
                worst = fmax(worst, round_trip_m(0.5 * i * rad, 15.0 * j * rad, heights[k]));
        }
    }
    ck_assert_msg(worst < 5e-9, "%g",
                  worst); /* a double holds 1e-9 m at the earth's radius, the trip rounds thrice */
}
END_TEST

START_TEST (near_poles) {
    static const double off_rad[] = {1e-15, 1e-12, 1e-9, 1e-6, 1e-3};
    for (size_t i = 0; i < sizeof off_rad / sizeof *off_rad; i++) {
        for (int sign = -1; sign <= 1; sign += 2)
            ck_assert_double_lt(round_trip_m(sign * (pi / 2 - off_rad[i]), 2.0, 123.0), 5e-9);
    }
    const double axis[3] = {0.0, 0.0, 6356752.314245 + 50.0};
    double latitude, longitude, height;
    ecef_to_geodetic(axis, &latitude, &longitude, &height);
    ck_assert_double_eq(longitude, 0.0);
    ck_assert_double_eq_tol(latitude, pi / 2, 1e-15);
    ck_assert_double_eq_tol(height, 50.0, 1e-6);
}
END_TEST

START_TEST (date_line) {
    double west[3], east[3], latitude, longitude, height;
    geodetic_to_ecef(-0.3, pi - 1e-9, 10.0, west);
    geodetic_to_ecef(-0.3, -pi + 1e-9, 10.0, east);
    double apart = hypot(hypot(west[0] - east[0], west[1] - east[1]), west[2] - east[2]);
    ck_assert_double_eq_tol(apart, 2e-9 * 6378137.0 * cos(0.3), 1e-4);
    ecef_to_geodetic(west, &latitude, &longitude, &height);
    ck_assert_double_eq_tol(longitude, pi - 1e-9, 1e-15);
    ecef_to_geodetic(east, &latitude, &longitude, &height);
    ck_assert_double_eq_tol(longitude, -pi + 1e-9, 1e-15);
    geodetic_to_ecef(-0.3, pi, 10.0, west);
    geodetic_to_ecef(-0.3, -pi, 10.0, east);
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol(west[i], east[i], 2e-9);
}
END_TEST

/* Published: WGS84 normal gravity at the equator and the pole, NIMA TR8350.2 table 3.4. */
START_TEST (gravity) {
    ck_assert_double_eq_tol(normal_gravity(0.0, 0.0), 9.7803253359, 1e-10);
    ck_assert_double_eq_tol(normal_gravity(pi / 2, 0.0), 9.8321849379, 2e-10);
    ck_assert_double_eq_tol(normal_gravity(-pi / 2, 0.0), 9.8321849379, 2e-10);
    ck_assert_double_eq_tol(normal_gravity(45 * rad, 0.0), 9.8061977, 1e-7);
    /* free air: -3.0877e-6 + 4.4e-9 sin^2 per metre (Heiskanen & Moritz 2-124) */
    ck_assert_double_eq_tol(normal_gravity(45 * rad, 100.0) - normal_gravity(45 * rad, 0.0), -3.0855e-4,
                            1e-6);
    ck_assert_double_gt(normal_gravity(0.7, -100.0), normal_gravity(0.7, 0.0));
}
END_TEST

START_TEST (axes_are_orthonormal) {
    static const double at[][2] = {
        {0, 0}, {0.8, -2.1}, {-1.2, 3.1}, {1.5707963267948966, 0}, {-1.5707963267948966, 1}};
    for (size_t n = 0; n < sizeof at / sizeof *at; n++) {
        double r[3][3];
        enu_axes(at[n][0], at[n][1], r);
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++) {
                double dot = r[i][0] * r[j][0] + r[i][1] * r[j][1] + r[i][2] * r[j][2];
                ck_assert_double_eq_tol(dot, i == j, 1e-15);
            }
            int a = (i + 1) % 3, b = (i + 2) % 3;
            ck_assert_double_eq_tol(r[0][i], r[1][a] * r[2][b] - r[1][b] * r[2][a],
                                    1e-15); /* east = north x up */
        }
    }
}
END_TEST

/* Each axis is where a small step in latitude, longitude or height leads. */
START_TEST (axes_follow_coordinates) {
    const double latitude = -0.6, longitude = 2.5, height = 300.0, step = 1e-6;
    double r[3][3], from[3], to[3];
    enu_axes(latitude, longitude, r);
    geodetic_to_ecef(latitude, longitude, height, from);
    for (int axis = 0; axis < 3; axis++) {
        geodetic_to_ecef(latitude + (axis == 1) * step, longitude + (axis == 0) * step,
                         height + (axis == 2) * step * 6.4e6, to);
        double d[3] = {to[0] - from[0], to[1] - from[1], to[2] - from[2]};
        double length = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
        double along = d[0] * r[axis][0] + d[1] * r[axis][1] + d[2] * r[axis][2];
        ck_assert_double_eq_tol(along / length, 1.0, 1e-11);
    }
}
END_TEST

/* On the equator the radii of curvature are those of the ellipse: a to the east, a (1 - e^2) to the north. */
START_TEST (a_plane_is_flat_nearby) {
    local_plane p;
    double enu[3];
    local_plane_begin(&p, 0.0, 0.5);
    local_plane_at(&p, 0.0, 0.5, enu);
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol(enu[i], 0.0, 1e-9);
    local_plane_at(&p, 1e-6, 0.5 + 2e-6, enu);
    ck_assert_double_eq_tol(enu[0], 12.756274, 1e-6);
    ck_assert_double_eq_tol(enu[1], 6.335439, 1e-6);
    ck_assert_double_eq_tol(enu[2], 0.0, 1e-4);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("geodesy");
    tcase_add_loop_test(cases, known_points, 0, (int)(sizeof known / sizeof *known));
    tcase_add_test(cases, round_trips);
    tcase_add_test(cases, near_poles);
    tcase_add_test(cases, date_line);
    tcase_add_test(cases, gravity);
    tcase_add_test(cases, axes_are_orthonormal);
    tcase_add_test(cases, axes_follow_coordinates);
    tcase_add_test(cases, a_plane_is_flat_nearby);
    return run_cases("geodesy", cases);
}
