#include "sensors/camera/module.h"
#include "sensors/camera/health.h"

#include <math.h>
#include <stdlib.h>

struct camera {
    source *source;
    health_meter *health;
    tag_finder *tags; /* NULL: none are looked for */
    colour *colour;
    lane_finder *lanes; /* for pictures of `size` */
    bool find_lanes;
    lanes_options lane_options;
    lane_mount mount;
    camera_model given, model;
    int made_for[2]; /* 0: any */
    int size[2];     /* of the picture that `model` holds for */
    int64_t last_ns; /* time of the last picture that was looked at; INT64_MIN: none */
};

static void close_camera(camera *c)
{
    if (!c)
        return;
    source_close(c->source);
    health_destroy(c->health);
    tags_destroy(c->tags);
    colour_destroy(c->colour);
    lanes_destroy(c->lanes);
    free(c);
}

static bool start(camera *c, const camera_options *o, error *e)
{
    if (!(c->health = health_create()) || !(c->colour = colour_create()))
        return error_set(e, "out of memory");
    if (o->tags.families[0] != '\0' && o->model.fx > 0.0 && !(c->tags = tags_create(&o->tags, e)))
        return false;
    c->source = source_open(&o->source, e);
    return c->source != NULL;
}

static camera *open_camera(const camera_options *o, error *e)
{
    camera *c = calloc(1, sizeof *c);
    if (!c) {
        error_set(e, "out of memory");
        return NULL;
    }
    c->given = o->model;
    c->made_for[0] = o->width;
    c->made_for[1] = o->height;
    c->find_lanes = o->find_lanes && o->model.fx > 0.0;
    c->lane_options = o->lanes;
    c->mount = o->mount;
    c->last_ns = INT64_MIN;
    if (start(c, o, e))
        return c;
    close_camera(c);
    return NULL;
}

/* The same camera, when the picture is of the same shape: within the rounding of its sides. */
static bool same_shape(const int a[2], const int b[2])
{
    double scale = (double)a[0] / b[0];
    return fabs(b[1] * scale - a[1]) <= fmax(1.0, scale);
}

/* The model for pictures of this size; lanes are looked for anew when it changes. */
static bool fit_model(camera *c, const luma_view *view, error *e)
{
    const int size[2] = {view->width, view->height};
    const int from[2] = {c->made_for[0] ? c->made_for[0] : size[0],
                         c->made_for[1] ? c->made_for[1] : size[1]};
    if (size[0] == c->size[0] && size[1] == c->size[1])
        return true;
    if (!same_shape(size, from))
        return error_set(e, "pictures of %d x %d, the calibration is for %d x %d", size[0], size[1], from[0],
                         from[1]);
    c->model = c->given;
    model_complete(&c->model, from);
    model_scale(&c->model, from, size);
    c->size[0] = size[0];
    c->size[1] = size[1];
    lanes_destroy(c->lanes);
    c->lanes = NULL;
    return true;
}

static decoder_result next(camera *c, int64_t *time_ns, error *e)
{
    return source_next(c->source, time_ns, e);
}

static bool find_tags(camera *c, const luma_view *view, camera_view *out, error *e)
{
    out->has_landmarks = c->tags != NULL;
    out->left_out = 0;
    out->landmarks.count = 0;
    if (!c->tags)
        return true;
    if (!fit_model(c, view, e))
        return false;
    out->left_out = tags_find(c->tags, view, &c->model, &out->landmarks);
    return true;
}

static bool make_finder(camera *c, error *e)
{
    lane_ground ground;
    if (c->lanes)
        return true;
    if (!lane_ground_set(&ground, &c->model, c->size[0], c->size[1], &c->mount))
        return error_set(e, "lanes need a mount above the ground, and a calibration that covers the picture");
    c->lanes = lanes_create(&c->lane_options, &ground, e);
    return c->lanes != NULL;
}

static bool find_lanes(camera *c, int64_t time_ns, camera_view *out, error *e)
{
    colour_view picture;
    out->has_lanes = c->find_lanes;
    if (!c->find_lanes)
        return true;
    if (!colour_of(c->colour, source_picture(c->source), &picture, e) || !fit_model(c, &picture.light, e) ||
        !make_finder(c, e))
        return false;
    bool known = time_ns != INT64_MIN && c->last_ns != INT64_MIN && time_ns > c->last_ns;
    int64_t after_ns = known ? time_ns - c->last_ns : source_interval_ns(c->source);
    c->last_ns = time_ns;
    return lanes_look(c->lanes, &picture, (double)after_ns * 1e-9, &out->lanes) ||
           error_set(e, "out of memory");
}

static bool look(camera *c, int64_t time_ns, camera_view *out, error *e)
{
    luma_view view;
    if (!source_luma(c->source, &view, e))
        return false;
    if (!health_measure(c->health, &view, &out->health))
        return error_set(e, "out of memory");
    return find_tags(c, &view, out, e) && find_lanes(c, time_ns, out, e);
}

static bool picture(camera *c, colour_view *out, error *e)
{
    return colour_of(c->colour, source_picture(c->source), out, e);
}

static bool rgb(camera *c, uint8_t *out, error *e)
{
    return colour_rgb(c->colour, source_picture(c->source), out, e);
}

static int64_t interval_ns(const camera *c)
{
    return source_interval_ns(c->source);
}

static uint64_t passed_over(const camera *c)
{
    return source_passed_over(c->source);
}

extern const camera_module posed_camera_module;
__attribute__((visibility("default"))) const camera_module posed_camera_module = {
    .version = CAMERA_MODULE_VERSION,
    .build = POSED_VERSION,
    .open = open_camera,
    .close = close_camera,
    .next = next,
    .look = look,
    .picture = picture,
    .rgb = rgb,
    .interval_ns = interval_ns,
    .passed_over = passed_over,
    .writer_open = writer_open,
    .writer_write = writer_write,
    .writer_close = writer_close,
};
