#include "sensors/camera/lane_ground.h"

#include <math.h>
#include <stddef.h>

/* Directions this much further out than a picture's corner are still taken from the model: lines leave the
 * picture, and a model is smooth a little beyond it. */
static const double margin = 1.1;

static void set_axes(lane_ground *g)
{
    const lane_mount *m = &g->mount;
    double cr = cos(m->roll_rad), sr = sin(m->roll_rad), cp = cos(m->pitch_rad), sp = sin(m->pitch_rad);
    double cy = cos(m->yaw_rad), sy = sin(m->yaw_rad);
    const double rows[3][3] = {{cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr},
                               {sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr},
                               {-sp, cp * sr, cp * cr}};
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++)
            g->axes[i][k] = rows[i][k];
    }
}

bool lane_ground_set(lane_ground *g, const camera_model *m, int width, int height, const lane_mount *mount)
{
    *g = (lane_ground){.model = *m, .width = width, .height = height, .mount = *mount};
    set_axes(g);
    for (int corner = 0; corner < 4; corner++) {
        const double uv[2] = {corner & 1 ? width - 0.5 : -0.5, corner & 2 ? height - 0.5 : -0.5};
        double xy[2];
        if (!model_to_ray(m, uv, xy))
            return false;
        g->reach2 = fmax(g->reach2, margin * margin * (xy[0] * xy[0] + xy[1] * xy[1]));
    }
    return mount->height_m > 0.0;
}

bool lane_ground_to_pixel(const lane_ground *g, double x_m, double y_m, double uv[2])
{
    const double body[3] = {x_m, y_m, -g->mount.height_m};
    double camera[3];
    for (int k = 0; k < 3; k++)
        camera[k] = g->axes[0][k] * body[0] + g->axes[1][k] * body[1] + g->axes[2][k] * body[2];
    if (!(camera[0] > 1e-3))
        return false;
    const double xy[2] = {-camera[1] / camera[0], -camera[2] / camera[0]};
    if (!(xy[0] * xy[0] + xy[1] * xy[1] <= g->reach2))
        return false;
    model_to_pixel(&g->model, xy, uv, NULL);
    return true;
}

bool lane_ground_from_pixel(const lane_ground *g, const double uv[2], double xy_m[2])
{
    double xy[2], body[3];
    if (!model_to_ray(&g->model, uv, xy))
        return false;
    for (int i = 0; i < 3; i++)
        body[i] = g->axes[i][0] - g->axes[i][1] * xy[0] - g->axes[i][2] * xy[1];
    if (!(body[2] < -1e-6))
        return false;
    xy_m[0] = -body[0] / body[2] * g->mount.height_m;
    xy_m[1] = -body[1] / body[2] * g->mount.height_m;
    return true;
}

lane_pitched lane_ground_pitched(double x_m, double height_m, double pitch_rad)
{
    double c = cos(pitch_rad), s = sin(pitch_rad), down = c + s * x_m / height_m;
    if (!(down > 1e-3))
        return (lane_pitched){INFINITY, 0.0};
    return (lane_pitched){(x_m * c - height_m * s) / down, 1.0 / down};
}

double lane_ground_crested(double x_m, double height_m, double crest_1pm)
{
    double under = 1.0 - 2.0 * crest_1pm * x_m * x_m / height_m;
    return under > 0.0 ? 2.0 / (1.0 + sqrt(under)) : 0.0;
}
