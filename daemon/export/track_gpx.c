/* GPX 1.1 (Topografix, https://www.topografix.com/GPX/1/1/): what maps and bicycle computers read. */
#include "daemon/export/export_track.h"
#include "daemon/utc_text.h"

#include <math.h>

static const double deg = 180 / M_PI;

static void begin(track_writer *w)
{
    fprintf(w->out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<gpx version=\"1.1\" creator=\"posed " POSED_VERSION
            "\" xmlns=\"http://www.topografix.com/GPX/1/1\">\n"
            "<trk><name>%s</name>\n",
            w->name);
}

static void point(track_writer *w, const track_point *p, bool apart)
{
    char time[UTC_TEXT_SIZE];
    if (w->points == 0 || apart)
        fputs(w->points == 0 ? "<trkseg>\n" : "</trkseg>\n<trkseg>\n", w->out);
    utc_text(p->stamp_ns, time);
    fprintf(w->out, "<trkpt lat=\"%.9f\" lon=\"%.9f\">", p->latitude_rad * deg, p->longitude_rad * deg);
    if (isfinite(p->height_m))
        fprintf(w->out, "<ele>%.3f</ele>", p->height_m);
    fprintf(w->out, "<time>%s</time></trkpt>\n", time);
}

static void end(track_writer *w)
{
    fprintf(w->out, "%s</trk>\n</gpx>\n", w->points > 0 ? "</trkseg>\n" : "");
}

const track_format track_gpx = {.name = "gpx",
                                .summary = "GPX 1.1, for maps",
                                .begin = begin,
                                .point = point,
                                .end = end,
                                .lost_too = false};
