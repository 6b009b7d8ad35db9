#include "sensors/camera/lane_shape.h"

#include <math.h>
#include <string.h>

double lane_shape_y(const lane_shape *s, int side, double x_m)
{
    double half = side == LANE_LEFT ? 0.5 * s->at[LANE_WIDTH] : -0.5 * s->at[LANE_WIDTH];
    return s->at[LANE_CENTRE] + half +
           x_m * (s->at[LANE_HEADING] + x_m * (s->at[LANE_CURVATURE] / 2.0 + x_m * s->at[LANE_RATE] / 6.0));
}

double lane_shape_slope(const lane_shape *s, double x_m)
{
    return s->at[LANE_HEADING] + x_m * (s->at[LANE_CURVATURE] + x_m * s->at[LANE_RATE] / 2.0);
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
