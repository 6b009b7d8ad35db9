/*
 * Pictures for the camera's tests, rendered: a road, tags at known poses through the camera's model, and what
 * spoils a picture. Everything is drawn in linear steps of luminance, 0..1, and made bytes at the end.
 */
#ifndef POSED_TESTS_CAMERA_PICTURE_H
#define POSED_TESTS_CAMERA_PICTURE_H

#include "sensors/camera/luma.h"
#include "sensors/camera/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int width, height;
    float *light;   /* 0..1, width x height */
    uint8_t *bytes; /* as the camera gives them, after picture_expose */
    uint64_t random;
} picture;

/* Black; the same seed gives the same picture everywhere. Aborts when there is no memory. */
picture picture_create(int width, int height, uint64_t seed);
void picture_destroy(picture *p);
/* As it is now, and with what comes next of its random numbers. */
picture picture_copy(const picture *from);

double picture_uniform(picture *p, double from, double to);
double picture_normal(picture *p);

/* A flat wall of one luminance; a road under a sky, with trees, markings and asphalt. */
void picture_wall(picture *p, double luminance);
void picture_road(picture *p);

typedef struct {
    const char *family; /* "tag36h11" */
    int number;
    double edge_m;      /* between the corners that a detector finds */
    double r[3][3];     /* tag axes (right, down, into the wall) to optical axes, row after row */
    double centre_m[3]; /* in optical axes */
} picture_tag_pose;

/* A pose somewhere in view, looked at from up to `most_tilt_rad` off its normal. */
picture_tag_pose picture_random_pose(picture *p, const camera_model *m, double edge_m, double near_m,
                                     double far_m, double most_tilt_rad);
/* The rays of a camera's picture: those of its pixels' corners, and straight lines between them, some 1e-4 px
 * off the model's own; a model takes a microsecond for each, and a picture wants millions. Aborts where the
 * model does not reach. */
typedef struct {
    const camera_model *model; /* the caller's, kept as long as this */
    int width, height;
    double (*corners)[2]; /* (width + 1) x (height + 1), the first of the pixel at 0, 0 */
} picture_rays;

picture_rays picture_rays_create(const camera_model *m, int width, int height);
void picture_rays_destroy(picture_rays *r);
/* The ray through a place in pixel x, y; `part`: how far across and down it, 0..1. */
void picture_ray(const picture_rays *r, int x, int y, const double part[2], double xy[2]);

/* Draws it with 6 x 6 rays a pixel. White and black are luminances. */
void picture_tag(picture *p, const picture_rays *rays, const picture_tag_pose *tag, double black,
                 double white);

/* ---- what spoils it; `amount` 0: nothing, 1: all of it */
void picture_blur(picture *p, double sigma_px);
void picture_darken(picture *p, double amount);
/* A low sun: a clipped disk and the light that it scatters over everything. */
void picture_glare(picture *p, double amount);
/* Something on the lens, far out of focus, over this share of the picture. */
void picture_dirt(picture *p, double amount, double luminance);
/* Headlights on a dark road, lamps far off; `gain` 1: exposed as they do it. */
void picture_night(picture *p);

/* Noise of this sigma (of 255) per pixel, then bytes. */
void picture_expose(picture *p, double noise);
luma_view picture_view(const picture *p);
/* False: could not be written. */
bool picture_write_pgm(const picture *p, const char *path);

#ifdef __cplusplus
}
#endif
#endif
