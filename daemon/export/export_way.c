#include "daemon/export/export_way.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A receiver of one fix a second goes on; one that was out for longer does not. */
static const double gap_s = 2.5;

static track_point of_pose(const fusion_pose *p)
{
    return (track_point){.stamp_ns = p->stamp_ns,
                         .latitude_rad = p->latitude_rad,
                         .longitude_rad = p->longitude_rad,
                         .height_m = p->height_m,
                         .roll_rad = (double)p->roll_rad,
                         .pitch_rad = (double)p->pitch_rad,
                         .heading_rad = (double)p->heading_rad,
                         .pose = p,
                         .mode = fusion_mode_word((fusion_mode)p->mode)};
}

static track_point of_truth(const truth_point *t)
{
    return (track_point){.stamp_ns = t->stamp_ns,
                         .latitude_rad = t->latitude_rad,
                         .longitude_rad = t->longitude_rad,
                         .height_m = t->height_m,
                         .roll_rad = (double)t->roll_rad,
                         .pitch_rad = (double)t->pitch_rad,
                         .heading_rad = (double)t->heading_rad,
                         .mode = ""};
}

static track_point of_fix(const frame *f)
{
    const frame_gnss *g = &f->u.gnss;
    return (track_point){.stamp_ns = f->stamp_ns,
                         .latitude_rad = g->fix == GNSS_FIX_NONE ? NAN : g->latitude_rad,
                         .longitude_rad = g->longitude_rad,
                         .height_m = g->height_m,
                         .roll_rad = NAN,
                         .pitch_rad = NAN,
                         .heading_rad = NAN,
                         .mode = ""};
}

/* The item as a point of what is asked for; false: it is none of it. */
static bool point_of(const char *of, export_item_kind kind, const export_item *item, track_point *p)
{
    switch (kind) {
    case EXPORT_POSE:
        *p = of_pose(&item->pose);
        return strcmp(of, "pose") == 0;
    case EXPORT_TRACK:
        *p = of_pose(&item->pose);
        return strcmp(of, "track") == 0;
    case EXPORT_TRUTH:
        *p = of_truth(&item->truth);
        return strcmp(of, "truth") == 0;
    case EXPORT_FRAME:
        *p = item->frame.kind == FRAME_GNSS ? of_fix(&item->frame) : (track_point){0};
        return item->frame.kind == FRAME_GNSS && strcmp(of, item->source) == 0;
    default:
        return false;
    }
}

static bool is_shown(const track_format *format, const track_point *p)
{
    return isfinite(p->latitude_rad) && isfinite(p->longitude_rad) &&
           (format->lost_too || strcmp(p->mode, "LOST") != 0);
}

static void take(track_writer *w, const export_options *o, const track_point *p)
{
    double since_s = (double)(p->stamp_ns - w->last.stamp_ns) * 1e-9;
    bool other = w->points > 0 && o->format->lost_too && strcmp(p->mode, w->last.mode) != 0;
    if (w->points > 0 && since_s < o->every_s && !other)
        return;
    bool apart = w->points > 0 && (other || fabs(since_s) > fmax(gap_s, 2.5 * o->every_s));
    o->format->point(w, p, apart);
    w->stretch = apart ? 1 : w->stretch + 1;
    w->points++;
    w->last = *p;
}

static bool refuse_empty(const export_options *o, const char *of, error *e)
{
    if (strcmp(of, "pose") == 0)
        return error_set(e, "%s holds no poses; posed replay %s -o POSES.mcap makes them", o->drive,
                         o->drive);
    return error_set(e, "%s holds no point of %s", o->drive, of);
}

bool export_way(export_items *x, const export_options *o, FILE *out, export_way_count *count, error *e)
{
    track_writer w = {.out = out, .name = o->of ? o->of : "pose"};
    export_item *item = calloc(1, sizeof *item);
    export_item_kind kind;
    track_point p;
    int64_t first_ns = 0;
    if (!item)
        return error_set(e, "out of memory");
    while ((kind = export_items_next(x, item)) != EXPORT_NOTHING && !ferror(out)) {
        if (!point_of(w.name, kind, item, &p) || !is_shown(o->format, &p))
            continue;
        if (w.points == 0) {
            first_ns = p.stamp_ns;
            o->format->begin(&w);
        }
        take(&w, o, &p);
    }
    free(item);
    if (w.points == 0)
        return refuse_empty(o, w.name, e);
    o->format->end(&w);
    *count = (export_way_count){w.points, (double)(w.last.stamp_ns - first_ns) * 1e-9};
    return true;
}
