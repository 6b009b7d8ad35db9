#include "tests/sensors/camera_picture.h"

#include <apriltag/apriltag.h>
#include <apriltag/tag16h5.h>
#include <apriltag/tag25h9.h>
#include <apriltag/tag36h11.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RAYS = 6 };

static void rotate(double r[3][3], int axis, double angle)
{
    int a = (axis + 1) % 3, b = (axis + 2) % 3;
    for (int k = 0; k < 3; k++) {
        double u = r[a][k], v = r[b][k];
        r[a][k] = cos(angle) * u - sin(angle) * v;
        r[b][k] = sin(angle) * u + cos(angle) * v;
    }
}

/* In the middle nine tenths of the picture; turned about its normal by anything. */
picture_tag_pose picture_random_pose(picture *p, const camera_model *m, double edge_m, double near_m,
                                     double far_m, double most_tilt_rad)
{
    picture_tag_pose t = {.family = "tag36h11", .edge_m = edge_m, .r = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    double xy[2], range = picture_uniform(p, near_m, far_m);
    const double uv[2] = {p->width * picture_uniform(p, 0.1, 0.9), p->height * picture_uniform(p, 0.1, 0.9)};
    if (!model_to_ray(m, uv, xy))
        abort();
    double scale = range / sqrt(1.0 + xy[0] * xy[0] + xy[1] * xy[1]);
    t.centre_m[0] = xy[0] * scale;
    t.centre_m[1] = xy[1] * scale;
    t.centre_m[2] = scale;
    t.number = (int)picture_uniform(p, 1, 500);
    rotate(t.r, 2, picture_uniform(p, -3.14159, 3.14159));
    rotate(t.r, 1, picture_uniform(p, -most_tilt_rad, most_tilt_rad));
    rotate(t.r, 0, picture_uniform(p, -most_tilt_rad, most_tilt_rad));
    /* then as it stands in the line of sight */
    rotate(t.r, 0, -atan2(xy[1], 1.0));
    rotate(t.r, 1, atan2(xy[0], hypot(1.0, xy[1])));
    return t;
}

typedef struct {
    image_u8_t *image; /* a pixel a bit */
    double bits;       /* from corner to corner */
} pattern;

static pattern make_pattern(const picture_tag_pose *tag)
{
    apriltag_family_t *f = strcmp(tag->family, "tag16h5") == 0   ? tag16h5_create()
                           : strcmp(tag->family, "tag25h9") == 0 ? tag25h9_create()
                                                                 : tag36h11_create();
    pattern made = {apriltag_to_image(f, (uint32_t)tag->number), f->width_at_border};
    if (strcmp(tag->family, "tag16h5") == 0)
        tag16h5_destroy(f);
    else if (strcmp(tag->family, "tag25h9") == 0)
        tag25h9_destroy(f);
    else
        tag36h11_destroy(f);
    return made;
}

/* Where a ray meets the tag's plane, in edges from its centre. */
static bool meet(const picture_tag_pose *t, const double xy[2], double on_tag[2])
{
    const double ray[3] = {xy[0], xy[1], 1.0};
    double toward = 0.0, distance = 0.0;
    for (int k = 0; k < 3; k++) {
        toward += t->r[k][2] * ray[k];
        distance += t->r[k][2] * t->centre_m[k];
    }
    double scale = distance / toward;
    if (!(scale > 0.0))
        return false;
    on_tag[0] = on_tag[1] = 0.0;
    for (int k = 0; k < 3; k++) {
        double arm = ray[k] * scale - t->centre_m[k];
        on_tag[0] += t->r[k][0] * arm / t->edge_m;
        on_tag[1] += t->r[k][1] * arm / t->edge_m;
    }
    return true;
}

/* -1: beside the tag and its white border. */
static double luminance(const pattern *of, const double on_tag[2], double black, double white)
{
    double x = on_tag[0] * of->bits + 0.5 * of->image->width,
           y = on_tag[1] * of->bits + 0.5 * of->image->height;
    if (!(x >= 0.0 && y >= 0.0 && x < of->image->width && y < of->image->height))
        return -1.0;
    return of->image->buf[(int)y * of->image->stride + (int)x] ? white : black;
}

static void draw_pixel(picture *p, const picture_rays *rays, const picture_tag_pose *t, const pattern *of,
                       int x, int y, double black, double white)
{
    float *v = &p->light[(size_t)y * (size_t)p->width + (size_t)x];
    double sum = 0.0;
    for (int i = 0; i < RAYS * RAYS; i++) {
        const double part[2] = {(i % RAYS + 0.5) / RAYS, (i / RAYS + 0.5) / RAYS};
        double xy[2], on_tag[2], light = -1.0;
        picture_ray(rays, x, y, part, xy);
        if (meet(t, xy, on_tag))
            light = luminance(of, on_tag, black, white);
        sum += light < 0.0 ? (double)*v : light;
    }
    *v = (float)(sum / (RAYS * RAYS));
}

void picture_tag(picture *p, const picture_rays *rays, const picture_tag_pose *t, double black, double white)
{
    pattern of = make_pattern(t);
    double left = p->width, top = p->height, right = 0.0, bottom = 0.0,
           half = 0.5 * of.image->width / of.bits;
    for (int c = 0; c < 4; c++) {
        double q[3], uv[2], a = (c & 1 ? half : -half) * t->edge_m, b = (c & 2 ? half : -half) * t->edge_m;
        for (int k = 0; k < 3; k++)
            q[k] = t->centre_m[k] + t->r[k][0] * a + t->r[k][1] * b;
        const double xy[2] = {q[0] / q[2], q[1] / q[2]};
        model_to_pixel(rays->model, xy, uv, NULL);
        left = fmin(left, uv[0]);
        right = fmax(right, uv[0]);
        top = fmin(top, uv[1]);
        bottom = fmax(bottom, uv[1]);
    }
    int x1 = (int)fmin(right + 2.0, p->width - 1.0), y1 = (int)fmin(bottom + 2.0, p->height - 1.0);
    for (int y = (int)fmax(top - 2.0, 0.0); y <= y1; y++) {
        for (int x = (int)fmax(left - 2.0, 0.0); x <= x1; x++)
            draw_pixel(p, rays, t, &of, x, y, black, white);
    }
    free(of.image->buf); /* the library keeps its own function for this to itself */
    free(of.image);
}
