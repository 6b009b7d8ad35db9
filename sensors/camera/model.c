#include "sensors/camera/model.h"

#include <math.h>

void model_to_pixel(const camera_model *m, const double xy[2], double uv[2], double jacobian[4])
{
    double x = xy[0], y = xy[1], r2 = x * x + y * y;
    double radial = 1.0 + r2 * (m->k1 + r2 * (m->k2 + r2 * m->k3));
    uv[0] = m->fx * (x * radial + 2.0 * m->p1 * x * y + m->p2 * (r2 + 2.0 * x * x)) + m->cx;
    uv[1] = m->fy * (y * radial + m->p1 * (r2 + 2.0 * y * y) + 2.0 * m->p2 * x * y) + m->cy;
    if (!jacobian)
        return;
    double slope = 2.0 * (m->k1 + r2 * (2.0 * m->k2 + r2 * 3.0 * m->k3)); /* d radial/d r2, times 2 */
    double across = slope * x * y + 2.0 * m->p1 * x + 2.0 * m->p2 * y;
    jacobian[0] = m->fx * (radial + slope * x * x + 2.0 * m->p1 * y + 6.0 * m->p2 * x);
    jacobian[1] = m->fx * across;
    jacobian[2] = m->fy * across;
    jacobian[3] = m->fy * (radial + slope * y * y + 6.0 * m->p1 * y + 2.0 * m->p2 * x);
}

/* Newton's method from the direction without distortion. Where the Jacobian's determinant has turned, the
 * model has folded the picture over. */
bool model_to_ray(const camera_model *m, const double uv[2], double xy[2])
{
    enum { STEPS = 20 };
    static const double close_px = 1e-9;
    xy[0] = (uv[0] - m->cx) / m->fx;
    xy[1] = (uv[1] - m->cy) / m->fy;
    for (int i = 0; i < STEPS; i++) {
        double at[2], j[4];
        model_to_pixel(m, xy, at, j);
        double du = uv[0] - at[0], dv = uv[1] - at[1], determinant = j[0] * j[3] - j[1] * j[2];
        if (!(determinant > 0.0))
            return false;
        if (hypot(du, dv) < close_px)
            return true;
        xy[0] += (j[3] * du - j[1] * dv) / determinant;
        xy[1] += (j[0] * dv - j[2] * du) / determinant;
    }
    return false;
}

void model_complete(camera_model *m, const int size[2])
{
    if (!(m->fy > 0.0))
        m->fy = m->fx;
    if (!isfinite(m->cx))
        m->cx = 0.5 * (size[0] - 1);
    if (!isfinite(m->cy))
        m->cy = 0.5 * (size[1] - 1);
}

/* Pixel edges, half a pixel off its middle, keep their place. */
void model_scale(camera_model *m, const int from[2], const int to[2])
{
    double across = (double)to[0] / from[0], down = (double)to[1] / from[1];
    m->fx *= across;
    m->fy *= down;
    m->cx = (m->cx + 0.5) * across - 0.5;
    m->cy = (m->cy + 0.5) * down - 0.5;
}

camera_bearing model_bearing(const double point[3], double jacobian[9])
{
    double x = point[2], y = -point[0], z = -point[1]; /* in the axes of frame.h */
    double flat2 = x * x + y * y, flat = sqrt(flat2), range2 = flat2 + z * z, range = sqrt(range2);
    if (jacobian) {
        const double rows[9] = {
            -x / flat2,
            0.0,
            -y / flat2, /* azimuth by right, down, ahead */
            y * z / (flat * range2),
            -flat / range2,
            -x * z / (flat * range2), /* elevation */
            -y / range,
            -z / range,
            x / range,
        };
        for (int i = 0; i < 9; i++)
            jacobian[i] = rows[i];
    }
    return (camera_bearing){atan2(y, x), atan2(z, flat), range};
}
