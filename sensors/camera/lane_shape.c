#include "sensors/camera/lane_shape.h"

#include <math.h>
#include <string.h>

/* Sine of the steepest that a lane is followed to: 58 degrees. Beyond, it runs across the picture. */
static const double steepest = 0.85;

static double sine_at(const lane_shape *s, double x_m)
{
    double u = s->at[LANE_HEADING] + x_m * (s->at[LANE_CURVATURE] + x_m * s->at[LANE_RATE] / 2.0);
    return fmin(fmax(u, -steepest), steepest);
}

double lane_shape_slope(const lane_shape *s, double x_m)
{
    double u = sine_at(s, x_m);
    return u / sqrt(1.0 - u * u);
}

/* Gauss's rule of three places is exact for the clothoid's own cubic; the rest of y' is of fifth order. */
double lane_shape_middle(const lane_shape *s, double x_m)
{
    static const double near = 0.5 - 0.38729833462074170, far = 0.5 + 0.38729833462074170;
    return s->at[LANE_CENTRE] +
           x_m / 18.0 *
               (5.0 * lane_shape_slope(s, near * x_m) + 8.0 * lane_shape_slope(s, 0.5 * x_m) +
                5.0 * lane_shape_slope(s, far * x_m));
}

/* What is w/2 beside the middle, across it, is w/2 / cos to the side of it, across the car. */
double lane_shape_y(const lane_shape *s, int side, double x_m)
{
    double half = side == LANE_LEFT ? 0.5 * s->at[LANE_WIDTH] : -0.5 * s->at[LANE_WIDTH], u = sine_at(s, x_m);
    return lane_shape_middle(s, x_m) + half / sqrt(1.0 - u * u);
}

lane_pitched lane_shape_place(const lane_shape *s, double x_m, double height_m)
{
    lane_pitched p = lane_ground_pitched(x_m, height_m, s->at[LANE_PITCH]);
    double stretch = p.scale > 0.0 ? lane_ground_crested(p.x_m, height_m, s->at[LANE_CREST]) : 0.0;
    return (lane_pitched){stretch > 0.0 ? p.x_m * stretch : INFINITY, p.scale * stretch};
}

/* 1/x' = 1/x + crest x/(2 h) */
lane_pitched lane_shape_seen(const lane_shape *s, double x_m, double height_m)
{
    double crest = s->at[LANE_CREST], flat = 1.0 / (1.0 + 0.5 * crest * x_m * x_m / height_m);
    if (!(crest * x_m * x_m < 2.0 * height_m) || !(flat > 0.0))
        return (lane_pitched){INFINITY, 0.0};
    lane_pitched p = lane_ground_pitched(x_m * flat, height_m, -s->at[LANE_PITCH]);
    return (lane_pitched){p.x_m, p.scale * flat};
}

/* Cholesky: A = L L'. */
static bool factor(double a[LANE_UNKNOWNS][LANE_UNKNOWNS])
{
    for (int j = 0; j < LANE_UNKNOWNS; j++) {
        double original = a[j][j];
        for (int k = 0; k < j; k++)
            a[j][j] -= a[j][k] * a[j][k];
        if (!(a[j][j] > 1e-12 * original))
            return false;
        a[j][j] = sqrt(a[j][j]);
        for (int i = j + 1; i < LANE_UNKNOWNS; i++) {
            for (int k = 0; k < j; k++)
                a[i][j] -= a[i][k] * a[j][k];
            a[i][j] /= a[j][j];
        }
    }
    return true;
}

/* One column of the inverse, by L y = e, L' x = y. */
static void solve_unit(double a[LANE_UNKNOWNS][LANE_UNKNOWNS], int column, double x[LANE_UNKNOWNS])
{
    for (int i = 0; i < LANE_UNKNOWNS; i++) {
        x[i] = i == column;
        for (int k = 0; k < i; k++)
            x[i] -= a[i][k] * x[k];
        x[i] /= a[i][i];
    }
    for (int i = LANE_UNKNOWNS - 1; i >= 0; i--) {
        for (int k = i + 1; k < LANE_UNKNOWNS; k++)
            x[i] -= a[k][i] * x[k];
        x[i] /= a[i][i];
    }
}

bool lane_invert(double a[LANE_UNKNOWNS][LANE_UNKNOWNS])
{
    double inverse[LANE_UNKNOWNS][LANE_UNKNOWNS];
    if (!factor(a))
        return false;
    for (int c = 0; c < LANE_UNKNOWNS; c++)
        solve_unit(a, c, inverse[c]);
    memcpy(a, inverse, sizeof inverse);
    return true;
}
