#include "daemon/camera/camera_lanes.h"
#include "common/clock.h"
#include "daemon/command.h"
#include "daemon/printable.h"
#include "sensors/camera/overlay.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double degrees = 57.29577951308232;

typedef struct {
    const camera_arguments *a;
    camera_input in;
    lane_ground ground;
    lane_finder *finder;
    int size[2];
    writer *writer;
    uint8_t *rgb;
    uint64_t pictures;
    int64_t spent_ns;
} session;

/* A detector for pictures of this size; the old one stays where they are as before. */
static bool fit(session *s, const luma_view *v, error *e)
{
    camera_model model;
    if (s->finder && s->size[0] == v->width && s->size[1] == v->height)
        return true;
    lanes_destroy(s->finder);
    s->finder = NULL;
    free(s->rgb);
    s->rgb = malloc((size_t)v->width * (size_t)v->height * 3);
    s->size[0] = v->width;
    s->size[1] = v->height;
    if (!s->rgb)
        return error_set(e, "out of memory");
    if (!camera_input_model(&s->in, v->width, v->height, &model, e))
        return false;
    const lane_mount *mount = &s->in.set.module.mount;
    if (!(mount->height_m > 0.0))
        return error_set(e, "the camera's height is not known: give %s a mount with z_m (posed camera pose)",
                         s->in.source);
    if (!lane_ground_set(&s->ground, &model, v->width, v->height, mount))
        return error_set(e, "the calibration does not cover the picture");
    s->finder = lanes_create(&s->in.set.module.lanes, &s->ground, e);
    return s->finder != NULL;
}

static void print_line(const lanes_view *v, int side)
{
    if (!v->found || v->fit.support[side].hits == 0)
        printf("\"offset_m\": null, \"sigma_m\": null, \"score\": 0, \"type\": \"\"}");
    else
        printf("\"offset_m\": %.3f, \"sigma_m\": %.3f, \"score\": %.3f, \"type\": \"%s\"}", v->offset_m[side],
               v->sigma_m[side], v->score[side], v->type[side]);
}

/* As a JSON string. */
static void print_text(const char *text)
{
    char clean[4096];
    printable_copy(text, strlen(text), clean, sizeof clean);
    putchar('"');
    for (const char *c = clean; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            putchar('\\');
        putchar(*c);
    }
    putchar('"');
}

static void print_view(const char *path, int64_t time_ns, const lanes_view *v)
{
    const double *at = v->fit.belief.mean.at;
    printf("{\"file\": ");
    print_text(path);
    printf(", \"t_s\": %.3f, \"left\": {", (double)time_ns * 1e-9);
    print_line(v, LANE_LEFT);
    printf(", \"right\": {");
    print_line(v, LANE_RIGHT);
    if (v->found)
        printf(", \"width_m\": %.3f, \"heading_deg\": %.3f, \"curvature_1pm\": %.6f, \"pitch_deg\": %.3f}\n",
               at[LANE_WIDTH], v->heading_rad * degrees, at[LANE_CURVATURE], at[LANE_PITCH] * degrees);
    else
        printf(", \"width_m\": null, \"heading_deg\": null, \"curvature_1pm\": null, \"pitch_deg\": null}\n");
}

static bool draw(session *s, camera *c, const lanes_view *v, error *e)
{
    const overlay o = {s->rgb, s->size[0], s->size[1]};
    const camera_module *m = s->in.module;
    if (!s->a->output)
        return true;
    if (!s->writer) {
        double rate_hz = 1e9 / (double)m->interval_ns(c);
        if (!(s->writer = m->writer_open(s->a->output, o.width, o.height, rate_hz, e)))
            return false;
    }
    if (!m->rgb(c, s->rgb, e))
        return false;
    overlay_lanes(&o, &s->ground, s->finder, v);
    return m->writer_write(s->writer, s->rgb, e);
}

static bool take(session *s, camera *c, const char *path, int64_t time_ns, double after_s, error *e)
{
    colour_view picture;
    lanes_view v;
    if (!s->in.module->picture(c, &picture, e) || !fit(s, &picture.light, e))
        return false;
    int64_t began_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    if (!lanes_look(s->finder, &picture, after_s, &v))
        return error_set(e, "out of memory");
    s->spent_ns += clock_ns(CLOCK_THREAD_CPUTIME_ID) - began_ns;
    s->pictures++;
    print_view(path, time_ns, &v);
    return draw(s, c, &v, e);
}

static bool wanted(const session *s, int64_t time_ns)
{
    double t = (double)time_ns * 1e-9;
    return t >= s->a->from_s && (!(s->a->to_s > 0.0) || t < s->a->to_s);
}

/* All pictures of one file. One that cannot be read is told and passed over. */
static bool look_at(session *s, const char *path, error *e)
{
    camera *c = camera_input_open(&s->in, path, e);
    int64_t time_ns, last_ns = -1;
    decoder_result result;
    bool good = c != NULL;
    if (s->finder)
        lanes_forget(s->finder);
    while (good && (result = s->in.module->next(c, &time_ns, e)) != DECODER_END) {
        if (result == DECODER_BAD) {
            fprintf(stderr, "posed camera: %s\n", e->text);
            e->text[0] = '\0';
            continue;
        }
        good = result == DECODER_PICTURE;
        if (!good || !wanted(s, time_ns))
            continue;
        double after_s = last_ns >= 0 ? (double)(time_ns - last_ns) * 1e-9 : 0.04;
        last_ns = time_ns;
        good = take(s, c, path, time_ns, after_s, e);
    }
    if (c)
        s->in.module->close(c);
    return good;
}

int camera_lanes_run(const camera_arguments *a)
{
    session s = {.a = a};
    error e = {""};
    bool good = camera_input_load(&s.in, a->config, a->name, &e);
    for (size_t i = 0; good && i < a->count; i++)
        good = look_at(&s, a->paths[i], &e);
    if (good && s.pictures == 0)
        good = error_set(&e, "no picture was looked at");
    if (s.writer && !s.in.module->writer_close(s.writer, &e))
        good = false;
    if (good && (fflush(stdout) != 0 || ferror(stdout)))
        good = error_set(&e, "standard output cannot be written");
    if (!good)
        fprintf(stderr, "posed camera: %s\n", e.text);
    else if (a->time)
        fprintf(stderr, "%llu pictures, %.2f ms each\n", (unsigned long long)s.pictures,
                (double)s.spent_ns * 1e-6 / (double)(s.pictures ? s.pictures : 1));
    lanes_destroy(s.finder);
    free(s.rgb);
    camera_input_finish(&s.in);
    return good ? EXIT_OK : EXIT_BAD;
}
