#include "sensors/camera/tag_edges.h"

#include <math.h>
#include <string.h>

/* As many as the detector takes, evenly, without the corners. */
enum { SAMPLES = 16 };

/* normal . uv = offset */
typedef struct {
    double normal[2], offset;
} line;

static void project(const camera_model *m, const double p[3], double uv[2])
{
    const double xy[2] = {p[0] / p[2], p[1] / p[2]};
    model_to_pixel(m, xy, uv, NULL);
}

/* The line of least squares across it: the normal is the direction of the least spread. */
static line fit(const camera_model *m, const double from[3], const double to[3])
{
    double mean[2] = {0}, uv[SAMPLES][2], xx = 0.0, xy = 0.0, yy = 0.0;
    for (int s = 0; s < SAMPLES; s++) {
        double p[3], part = (s + 1.0) / (SAMPLES + 1.0);
        for (int k = 0; k < 3; k++)
            p[k] = from[k] + part * (to[k] - from[k]);
        project(m, p, uv[s]);
        for (int k = 0; k < 2; k++)
            mean[k] += uv[s][k] / SAMPLES;
    }
    for (int s = 0; s < SAMPLES; s++) {
        double dx = uv[s][0] - mean[0], dy = uv[s][1] - mean[1];
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
    }
    double along = 0.5 * atan2(2.0 * xy, xx - yy);
    line l = {.normal = {-sin(along), cos(along)}};
    l.offset = l.normal[0] * mean[0] + l.normal[1] * mean[1];
    return l;
}

static void meet(const line *a, const line *b, double uv[2])
{
    double determinant = a->normal[0] * b->normal[1] - a->normal[1] * b->normal[0];
    uv[0] = (a->offset * b->normal[1] - b->offset * a->normal[1]) / determinant;
    uv[1] = (b->offset * a->normal[0] - a->offset * b->normal[0]) / determinant;
}

void tag_edges_shift(const camera_model *m, double points[4][3], double shift[4][2])
{
    line edge[4];
    for (int i = 0; i < 4; i++)
        edge[i] = fit(m, points[i], points[(i + 1) % 4]);
    for (int i = 0; i < 4; i++) {
        double corner[2], met[2];
        project(m, points[i], corner);
        meet(&edge[(i + 3) % 4], &edge[i], met);
        for (int k = 0; k < 2; k++)
            shift[i][k] = corner[k] - met[k];
    }
}
