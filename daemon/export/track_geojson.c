/* GeoJSON (RFC 7946): a line for each stretch of one mode, coloured as the simplestyle convention has it. */
#include "daemon/export/export_track.h"
#include "daemon/utc_text.h"

#include <math.h>
#include <string.h>

static const double deg = 180 / M_PI;

static const char *colour_of(const char *mode)
{
    static const char *const colours[][2] = {
        {"NOMINAL", "#1a9641"}, {"DEGRADED", "#e69f00"}, {"DEAD_RECKONING", "#8e44ad"}, {"LOST", "#d7191c"}};
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        if (strcmp(mode, colours[i][0]) == 0)
            return colours[i][1];
    }
    return "#2166ac";
}

static void begin(track_writer *w)
{
    fputs("{\"type\": \"FeatureCollection\", \"features\": [\n", w->out);
}

static void write_place(track_writer *w, const track_point *p, const char *before)
{
    fprintf(w->out, "%s[%.9f, %.9f", before, p->longitude_rad * deg, p->latitude_rad * deg);
    if (isfinite(p->height_m))
        fprintf(w->out, ", %.3f", p->height_m);
    fputc(']', w->out);
}

static void begin_line(track_writer *w, const track_point *p)
{
    char time[UTC_TEXT_SIZE];
    utc_text(p->stamp_ns, time);
    fprintf(w->out, "{\"type\": \"Feature\", \"properties\": {\"name\": \"%s\", ", w->name);
    if (p->mode[0] != '\0')
        fprintf(w->out, "\"mode\": \"%s\", ", p->mode);
    fprintf(w->out, "\"from\": \"%s\", \"stroke\": \"%s\", \"stroke-width\": 3}, ", time, colour_of(p->mode));
    fputs("\"geometry\": {\"type\": \"LineString\", \"coordinates\": [\n", w->out);
    write_place(w, p, "");
}

/* A line has two points at least: a single one comes twice. */
static void end_line(track_writer *w)
{
    if (w->stretch == 1)
        write_place(w, &w->last, ",\n");
    fputs("]}}", w->out);
}

static void point(track_writer *w, const track_point *p, bool apart)
{
    if (w->points > 0 && apart) {
        end_line(w);
        fputs(",\n", w->out);
    }
    if (w->points == 0 || apart)
        begin_line(w, p);
    else
        write_place(w, p, ",\n");
}

static void end(track_writer *w)
{
    if (w->points > 0)
        end_line(w);
    fputs("\n]}\n", w->out);
}

const track_format track_geojson = {.name = "geojson",
                                    .summary = "GeoJSON, a coloured line for each stretch of one mode",
                                    .begin = begin,
                                    .point = point,
                                    .end = end,
                                    .lost_too = true};
