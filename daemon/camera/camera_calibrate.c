#include "daemon/camera/camera_file.h"
#include "daemon/camera/camera_lanes.h"
#include "daemon/command.h"
#include "sensors/camera/calibrate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A picture whose corners fit so many times worse than the median is not used: a bent board, a blurred one.
 */
static const double worst_ratio = 3.0;
enum { LEAST_GOOD = 6, MOST_PICTURES = 100 };

typedef struct {
    const char *path;
    board_corner corners[BOARD_MOST_CORNERS];
    double misfit_px;
    bool used;
    error why; /* it is not used */
} board_picture;

typedef struct {
    const camera_arguments *a;
    camera_input in;
    board_picture *pictures;
    calibrate_view *views;
    calibrate_board board;
    calibration result;
} session;

static bool read_picture(session *s, board_picture *p)
{
    colour_view view;
    int64_t time_ns;
    camera *c = camera_input_open(&s->in, p->path, &p->why);
    bool good = c && s->in.module->next(c, &time_ns, &p->why) == DECODER_PICTURE &&
                s->in.module->picture(c, &view, &p->why);
    if (good && s->board.width == 0) {
        s->board.width = view.light.width;
        s->board.height = view.light.height;
    }
    if (good && (view.light.width != s->board.width || view.light.height != s->board.height))
        good = error_set(&p->why, "%d x %d, the first is %d x %d", view.light.width, view.light.height,
                         s->board.width, s->board.height);
    good = good && board_find(&view.light, s->board.columns, s->board.rows, p->corners, &p->why);
    if (c)
        s->in.module->close(c);
    return good;
}

static bool solve(session *s, error *e)
{
    size_t count = 0;
    for (size_t i = 0; i < s->a->count; i++) {
        if (s->pictures[i].used)
            s->views[count++] = (calibrate_view){.corners = s->pictures[i].corners};
    }
    if (!calibrate(&s->board, s->views, count, &s->result, e))
        return false;
    count = 0;
    for (size_t i = 0; i < s->a->count; i++) {
        if (s->pictures[i].used)
            s->pictures[i].misfit_px = s->views[count++].misfit_px;
    }
    return true;
}

static int smaller_first(const void *a, const void *b)
{
    double x = ((const calibrate_view *)a)->misfit_px, y = ((const calibrate_view *)b)->misfit_px;
    return (x > y) - (x < y);
}

/* Leaves out what does not fit; whether there was any. */
static bool leave_out(session *s)
{
    size_t count = 0;
    bool any = false;
    for (size_t i = 0; i < s->a->count; i++)
        count += s->pictures[i].used;
    qsort(s->views, count, sizeof *s->views, smaller_first);
    double limit = worst_ratio * s->views[count / 2].misfit_px + 0.05;
    for (size_t i = 0; i < s->a->count; i++) {
        board_picture *p = &s->pictures[i];
        if (!p->used || !(p->misfit_px > limit))
            continue;
        p->used = false;
        any = true;
        error_set(
            &p->why,
            "its corners are off by %.2f px, those of the others by %.2f: is the board flat, and sharp?",
            p->misfit_px, s->views[count / 2].misfit_px);
    }
    return any;
}

static bool covers(const session *s, error *e)
{
    for (int i = 0; i < 4; i++) {
        const double uv[2] = {i & 1 ? s->board.width - 1.0 : 0.0, i & 2 ? s->board.height - 1.0 : 0.0};
        double xy[2];
        if (!model_to_ray(&s->result.model, uv, xy))
            return error_set(
                e, "the distortion folds before the picture's corners: hold the board into the corners "
                   "too");
    }
    return true;
}

static void report(const session *s)
{
    const camera_model *m = &s->result.model;
    const double *g = s->result.sigma;
    size_t used = 0;
    for (size_t i = 0; i < s->a->count; i++) {
        const board_picture *p = &s->pictures[i];
        used += p->used;
        if (p->used)
            fprintf(stderr, "%s: %.3f px\n", p->path, p->misfit_px);
        else
            fprintf(stderr, "%s: not used: %s\n", p->path, p->why.text);
    }
    fprintf(stderr, "%zu of %zu pictures used", used, s->a->count);
    if (!(m->fx > 0)) { /* too few of them: there is no result */
        fputc('\n', stderr);
        return;
    }
    fprintf(stderr, ", reprojection error %.3f px (root mean square)\n", s->result.misfit_px);
    fprintf(stderr, "fx %.2f (sigma %.2f)  fy %.2f (%.2f)  cx %.2f (%.2f)  cy %.2f (%.2f)\n", m->fx, g[0],
            m->fy, g[1], m->cx, g[2], m->cy, g[3]);
    fprintf(stderr, "k1 %.4f (%.4f)  k2 %.4f (%.4f)  p1 %.5f (%.5f)  p2 %.5f (%.5f)  k3 %.4f (%.4f)\n", m->k1,
            g[4], m->k2, g[5], m->p1, g[6], m->p2, g[7], m->k3, g[8]);
}

static bool run(session *s, error *e)
{
    bool found = false;
    for (size_t i = 0; i < s->a->count; i++) {
        s->pictures[i].path = s->a->paths[i];
        s->pictures[i].used = read_picture(s, &s->pictures[i]);
        found = found || s->pictures[i].used;
    }
    bool good = solve(s, e);
    while (good && s->a->count >= LEAST_GOOD && leave_out(s))
        good = solve(s, e);
    report(s);
    if (!good || !covers(s, e))
        return false;
    camera_file_contents f = {.name = s->in.source,
                              .model = s->result.model,
                              .width = s->board.width,
                              .height = s->board.height,
                              .mount = s->in.set.module.mount,
                              .has_mount = s->in.set.module.mount.height_m > 0.0};
    return camera_file_write(s->a->output, &f, e);
}

int camera_calibrate_run(const camera_arguments *a)
{
    session s = {.a = a, .board = {.columns = a->columns, .rows = a->rows, .third = a->third}};
    error e = {""};
    s.pictures = a->count <= MOST_PICTURES ? calloc(a->count, sizeof *s.pictures) : NULL;
    s.views = calloc(a->count, sizeof *s.views);
    bool good = a->count <= MOST_PICTURES || error_set(&e, "more than %d pictures: fewer do", MOST_PICTURES);
    good = good && ((s.pictures && s.views) || error_set(&e, "out of memory"));
    good = good && camera_input_load(&s.in, a->config, a->name, &e) && run(&s, &e);
    if (!good)
        fprintf(stderr, "posed camera: %s\n", e.text);
    camera_input_finish(&s.in);
    free(s.views);
    free(s.pictures);
    return good ? EXIT_OK : EXIT_BAD;
}
