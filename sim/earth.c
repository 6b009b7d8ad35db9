#include "sim/earth.h"

#include "sim/vec.h"

/* WGS84 (NIMA TR8350.2). */
static const double A = 6378137.0, F = 1 / 298.257223563, GM = 3.986004418e14, OMEGA = 7.292115e-5;

static void ecef(const geodetic *g, double out[3])
{
    double e2 = F * (2 - F), s = sin(g->latitude_rad), c = cos(g->latitude_rad);
    double n = A / sqrt(1 - e2 * s * s);
    out[0] = (n + g->height_m) * c * cos(g->longitude_rad);
    out[1] = (n + g->height_m) * c * sin(g->longitude_rad);
    out[2] = (n * (1 - e2) + g->height_m) * s;
}

/* Columns: east, north, up at `g` in earth-centred axes. */
static void axes(const geodetic *g, double R[3][3])
{
    double sf = sin(g->latitude_rad), cf = cos(g->latitude_rad);
    double sl = sin(g->longitude_rad), cl = cos(g->longitude_rad);
    double m[3][3] = {{-sl, -sf * cl, cf * cl}, {cl, -sf * sl, cf * sl}, {0, cf, sf}};
    for (int i = 0; i < 9; i++)
        R[i / 3][i % 3] = m[i / 3][i % 3];
}

/* Iterated until it stands still: eight times is enough to the last bit. */
static geodetic from_ecef(const double x[3])
{
    double e2 = F * (2 - F), p = hypot(x[0], x[1]);
    geodetic g = {atan2(x[2], p * (1 - e2)), atan2(x[1], x[0]), 0};
    for (int i = 0; i < 8; i++) {
        double s = sin(g.latitude_rad), n = A / sqrt(1 - e2 * s * s);
        g.height_m = p / cos(g.latitude_rad) - n;
        g.latitude_rad = atan2(x[2], p * (1 - e2 * n / (n + g.height_m)));
    }
    return g;
}

sim_earth sim_earth_at(geodetic datum)
{
    sim_earth e = {.datum = datum};
    ecef(&datum, e.origin_m);
    axes(&datum, e.axes);
    return e;
}

geodetic earth_point(const sim_earth *e, const double plane_m[3])
{
    double at[3];
    turn((double(*)[3])e->axes, plane_m, at);
    for (int i = 0; i < 3; i++)
        at[i] += e->origin_m[i];
    return from_ecef(at);
}

void earth_plane(const sim_earth *e, const geodetic *at, double plane_m[3])
{
    double x[3];
    ecef(at, x);
    for (int i = 0; i < 3; i++)
        x[i] -= e->origin_m[i];
    turn_back((double(*)[3])e->axes, x, plane_m);
}

void earth_local(const sim_earth *e, const geodetic *at, const double plane[3], double enu[3])
{
    double R[3][3], x[3];
    axes(at, R);
    turn((double(*)[3])e->axes, plane, x);
    turn_back(R, x, enu);
}

static double normal_gravity(const geodetic *g)
{
    double e2 = F * (2 - F), s2 = sin(g->latitude_rad) * sin(g->latitude_rad), h = g->height_m;
    double g0 = 9.7803253359 * (1 + 0.001931853 * s2) / sqrt(1 - e2 * s2);
    double m = OMEGA * OMEGA * A * A * A * (1 - F) / GM;
    return g0 * (1 - 2 / A * (1 + F * (1 - 2 * s2) + m) * h + 3 / (A * A) * h * h);
}

void earth_gravity(const sim_earth *e, const double plane_m[3], double out[3])
{
    geodetic at = earth_point(e, plane_m);
    double R[3][3], down[3] = {0, 0, -normal_gravity(&at)}, x[3];
    axes(&at, R);
    turn(R, down, x);
    turn_back((double(*)[3])e->axes, x, out);
}

void earth_rate(const sim_earth *e, double out[3])
{
    out[0] = 0;
    out[1] = OMEGA * cos(e->datum.latitude_rad);
    out[2] = OMEGA * sin(e->datum.latitude_rad);
}
