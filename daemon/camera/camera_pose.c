#include "daemon/camera/camera_file.h"
#include "daemon/camera/camera_lanes.h"
#include "daemon/command.h"
#include "sensors/camera/road_pose.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double degrees = 57.29577951308232;

/* So many pictures are looked at, of a video evenly spread: enough that a swerve averages out. */
enum { MOST_PICTURES = 24, FOCAL_ROUNDS = 8 };

typedef struct {
    colour_view view;
    uint8_t *light, *cb; /* copies that the view points at */
    char name[256];
    bool used;
} kept_picture;

typedef struct {
    const camera_arguments *a;
    camera_input in;
    size_t count;
    kept_picture pictures[MOST_PICTURES];
    road_pose *poses; /* of those that are used, one after the other */
    size_t pose_count;
    camera_model model;
    lane_mount mount;
    double sigma[3]; /* of height (m), pitch, yaw (rad): of the mean over the pictures */
} session;

/* ---- pictures */

static uint8_t *copy_plane(const uint8_t *from, ptrdiff_t stride, int width, int height)
{
    uint8_t *to = malloc((size_t)width * (size_t)height);
    for (int y = 0; to && y < height; y++)
        memcpy(to + (size_t)y * (size_t)width, from + y * stride, (size_t)width);
    return to;
}

static bool keep(session *s, camera *c, const char *path, int64_t time_ns, error *e)
{
    kept_picture *k = &s->pictures[s->count];
    colour_view *v = &k->view;
    if (!s->in.module->picture(c, v, e))
        return false;
    if (s->count > 0 && (v->light.width != s->pictures[0].view.light.width ||
                         v->light.height != s->pictures[0].view.light.height))
        return error_set(e, "%s: another size than the pictures before it", path);
    k->light = copy_plane(v->light.data, v->light.stride, v->light.width, v->light.height);
    k->cb = v->cb ? copy_plane(v->cb, v->cb_stride, v->cb_width, v->cb_height) : NULL;
    s->count++;
    if (!k->light || (v->cb && !k->cb))
        return error_set(e, "out of memory");
    v->light.data = k->light;
    v->light.stride = v->light.width;
    v->cb = k->cb;
    v->cb_stride = v->cb_width;
    snprintf(k->name, sizeof k->name, "%.200s at %.2f s", path, (double)time_ns * 1e-9);
    return true;
}

/* Of a long video, one picture every so often; of a picture the one. */
static bool read_file(session *s, const char *path, size_t most, error *e)
{
    camera *c = camera_input_open(&s->in, path, e);
    int64_t time_ns, next_ns = INT64_MIN;
    decoder_result result = DECODER_END;
    bool good = c != NULL;
    size_t taken = 0;
    while (good && taken < most && (result = s->in.module->next(c, &time_ns, e)) == DECODER_PICTURE) {
        double t = (double)time_ns * 1e-9;
        if (time_ns < next_ns || t < s->a->from_s || (s->a->to_s > 0.0 && t > s->a->to_s))
            continue;
        good = keep(s, c, path, time_ns, e);
        next_ns = time_ns + 350 * (int64_t)1000000;
        taken++;
    }
    good = good && (result == DECODER_PICTURE || result == DECODER_END);
    if (c)
        s->in.module->close(c);
    return good;
}

/* ---- what they say together */

static int smaller_first(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median, and the sigma of it by the spread. */
static double median(double *values, size_t count, double *sigma)
{
    double middle, spread[MOST_PICTURES];
    qsort(values, count, sizeof *values, smaller_first);
    middle = 0.5 * (values[(count - 1) / 2] + values[count / 2]);
    for (size_t i = 0; i < count; i++)
        spread[i] = fabs(values[i] - middle);
    qsort(spread, count, sizeof *spread, smaller_first);
    *sigma = 1.4826 * spread[count / 2] * 1.25 / sqrt((double)count);
    return middle;
}

static void combine(session *s)
{
    double values[3][MOST_PICTURES];
    for (size_t i = 0; i < s->pose_count; i++) {
        values[0][i] = s->poses[i].mount.height_m;
        values[1][i] = s->poses[i].mount.pitch_rad;
        values[2][i] = s->poses[i].mount.yaw_rad;
    }
    s->mount.height_m = median(values[0], s->pose_count, &s->sigma[0]);
    s->mount.pitch_rad = median(values[1], s->pose_count, &s->sigma[1]);
    s->mount.yaw_rad = median(values[2], s->pose_count, &s->sigma[2]);
}

/* Every picture by this model; `say`: why one is not used. The first round searches in each. */
static bool solve(session *s, bool say, error *e)
{
    s->pose_count = 0;
    for (size_t i = 0; i < s->count; i++) {
        error why = {""};
        kept_picture *k = &s->pictures[i];
        const lane_mount *start = s->mount.height_m > 0.0 ? &s->mount : NULL;
        k->used =
            road_pose_find(&k->view, &s->model, s->a->lane_width_m, start, &s->poses[s->pose_count], &why);
        if (k->used)
            s->pose_count++;
        else if (say)
            fprintf(stderr, "%s: not used: %s\n", k->name, why.text);
    }
    if (s->pose_count == 0)
        return error_set(e, "none of %zu pictures shows two straight lines", s->count);
    double forward_m = s->mount.forward_m, left_m = s->mount.left_m, roll_rad = s->mount.roll_rad;
    combine(s);
    s->mount.forward_m = forward_m;
    s->mount.left_m = left_m;
    s->mount.roll_rad = roll_rad;
    return true;
}

/* The focal length by the dashes: distances grow with it, and the pitch changes with it, so more than once.
 */
static bool solve_focal(session *s, error *e)
{
    for (int i = 0; i < FOCAL_ROUNDS; i++) {
        s->mount.height_m = i == 0 ? 0.0 : s->mount.height_m;
        if (!solve(s, false, e))
            return false;
        double stretch = road_pose_stretch(s->poses, s->pose_count, s->a->dash_period_m);
        if (!isfinite(stretch))
            return error_set(e, "the focal length is not known, and no dashes of %.1f m to tell it by",
                             s->a->dash_period_m);
        double old = s->model.fx;
        s->model.fx *= stretch;
        s->model.fy *= stretch;
        s->mount.pitch_rad = atan(tan(s->mount.pitch_rad) * old / s->model.fx);
        s->mount.yaw_rad = atan(tan(s->mount.yaw_rad) * old / s->model.fx);
        if (fabs(stretch - 1.0) < 0.006)
            return true;
    }
    return error_set(e, "the dashes tell no focal length that they agree with");
}

static bool start_model(session *s, error *e)
{
    const luma_view *v = &s->pictures[0].view.light;
    const int size[2] = {v->width, v->height};
    s->mount = s->in.set.module.mount;
    if (s->in.set.module.model.fx > 0.0)
        return camera_input_model(&s->in, v->width, v->height, &s->model, e);
    if (!(s->a->dash_period_m > 0.0))
        return error_set(e, "not calibrated, and no dashes to tell the focal length by (--dash-period)");
    s->model = (camera_model){.fx = 0.9 * size[0], .cx = NAN, .cy = NAN};
    model_complete(&s->model, size);
    return true;
}

static bool report(const session *s, error *e)
{
    const luma_view *v = &s->pictures[0].view.light;
    camera_file_contents f = {.name = s->in.source,
                              .model = s->model,
                              .width = v->width,
                              .height = v->height,
                              .has_mount = true,
                              .mount = s->mount};
    fprintf(stderr, "%zu of %zu pictures used\n", s->pose_count, s->count);
    fprintf(stderr, "height %.3f m (sigma %.3f), pitch %.2f deg (%.2f), yaw %.2f deg (%.2f), fx %.1f\n",
            s->mount.height_m, s->sigma[0], s->mount.pitch_rad * degrees, s->sigma[1] * degrees,
            s->mount.yaw_rad * degrees, s->sigma[2] * degrees, s->model.fx);
    return camera_file_write(s->a->output, &f, e);
}

static bool find_pose(session *s, error *e)
{
    bool calibrated = s->in.set.module.model.fx > 0.0 && !s->a->find_focal;
    if (!start_model(s, e))
        return false;
    s->mount.height_m = 0.0;
    if (!calibrated && !solve_focal(s, e))
        return false;
    /* From the mean once more, so that a picture that found other lines finds the same as the rest. */
    return solve(s, false, e) && solve(s, true, e) && report(s, e);
}

int camera_pose_run(const camera_arguments *given)
{
    camera_arguments a = *given;
    error e = {""};
    session *s = calloc(1, sizeof *s);
    a.lane_width_m = a.lane_width_m > 0.0 ? a.lane_width_m : 3.7;
    bool good = s && (s->poses = calloc(MOST_PICTURES, sizeof *s->poses));
    if (!good) {
        error_set(&e, "out of memory");
    } else {
        s->a = &a;
        good = camera_input_load(&s->in, a.config, a.name, &e);
        for (size_t i = 0; good && i < a.count && s->count < MOST_PICTURES; i++)
            good = read_file(s, a.paths[i], (MOST_PICTURES - s->count) / (a.count - i), &e);
        good = good && find_pose(s, &e);
    }
    if (!good)
        fprintf(stderr, "posed camera: %s\n", e.text);
    for (size_t i = 0; s && i < s->count; i++) {
        free(s->pictures[i].light);
        free(s->pictures[i].cb);
    }
    if (s) {
        camera_input_finish(&s->in);
        free(s->poses);
    }
    free(s);
    return good ? EXIT_OK : EXIT_BAD;
}
