#include "sensors/camera/homography.h"

#include <math.h>
#include <string.h>

enum { UNKNOWNS = 8 };

bool dense_factor(double *a, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        double original = a[j * n + j], sum = original;
        for (size_t k = 0; k < j; k++)
            sum -= a[j * n + k] * a[j * n + k];
        if (!(sum > 1e-14 * original))
            return false;
        a[j * n + j] = sqrt(sum);
        for (size_t i = j + 1; i < n; i++) {
            sum = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = sum / a[j * n + j];
        }
    }
    return true;
}

void dense_solve(const double *a, size_t n, double *x)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            x[i] -= a[i * n + k] * x[k];
        x[i] /= a[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            x[i] -= a[k * n + i] * x[k];
        x[i] /= a[i * n + i];
    }
}

/* u (h6 x + h7 y + 1) = h0 x + h1 y + h2, and v alike; weighted by the last denominator, so that the second
 * round minimizes what is seen. */
static void add_corner(double x, double y, const double uv[2], double weight, double *a, double *b)
{
    for (int k = 0; k < 2; k++) {
        double row[UNKNOWNS] = {0};
        row[3 * k] = x;
        row[3 * k + 1] = y;
        row[3 * k + 2] = 1.0;
        row[6] = -uv[k] * x;
        row[7] = -uv[k] * y;
        for (int i = 0; i < UNKNOWNS; i++) {
            for (int j = 0; j < UNKNOWNS; j++)
                a[i * UNKNOWNS + j] += weight * row[i] * row[j];
            b[i] += weight * row[i] * uv[k];
        }
    }
}

/* Board coordinates -1..1, pixels in hundreds. */
static bool solve_scaled(const board_corner *corners, int columns, int rows, const double middle[2],
                         double h[9])
{
    memset(h, 0, 9 * sizeof *h);
    for (int round = 0; round < 3; round++) {
        double a[UNKNOWNS * UNKNOWNS] = {0}, b[UNKNOWNS] = {0};
        for (int i = 0; i < columns * rows; i++) {
            double x = 2.0 * (i % columns) / (columns - 1) - 1.0, y = 2.0 * (i / columns) / (rows - 1) - 1.0;
            const double uv[2] = {(corners[i].uv[0] - middle[0]) / 100.0,
                                  (corners[i].uv[1] - middle[1]) / 100.0};
            double w = h[6] * x + h[7] * y + 1.0;
            add_corner(x, y, uv, 1.0 / (w * w), a, b);
        }
        if (!dense_factor(a, UNKNOWNS))
            return false;
        dense_solve(a, UNKNOWNS, b);
        memcpy(h, b, sizeof b);
    }
    h[8] = 1.0;
    return true;
}

bool homography_of_board(const board_corner *corners, int columns, int rows, const double middle[2],
                         double h[9])
{
    double scale_x = 2.0 / (columns - 1), scale_y = 2.0 / (rows - 1);
    if (!solve_scaled(corners, columns, rows, middle, h))
        return false;
    for (int r = 0; r < 3; r++) { /* x = scale_x column - 1 */
        double *row = h + 3 * r, size = r < 2 ? 100.0 : 1.0;
        row[2] = size * (row[2] - row[0] - row[1]);
        row[0] *= size * scale_x;
        row[1] *= size * scale_y;
    }
    if (!(fabs(h[8]) > 1e-9))
        return false;
    for (int i = 0; i < 9; i++)
        h[i] /= h[8] == 0.0 ? 1.0 : (i == 8 ? 1.0 : h[8]);
    h[8] = 1.0;
    return true;
}
