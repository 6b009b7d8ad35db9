/* A line per point, "time x y z qx qy qz qw", metres east, north and up of the first one: the format of the
 * RGB-D benchmark of TU Munich, which tools for trajectories read. */
#include "daemon/export/export_track.h"
#include "fusion/geodesy.h"
#include "fusion/rotation.h"
#include "sensors/import/csv_row.h"

#include <math.h>

static const double deg = 180 / M_PI;

static void begin(track_writer *w)
{
    fputs("# time, s; x east, y north, z up, m; attitude of forward, left, up in these axes: qx qy qz qw\n",
          w->out);
}

static double height_of(const track_point *p)
{
    return isfinite(p->height_m) ? p->height_m : 0.0;
}

static void set_origin(track_writer *w, const track_point *p)
{
    geodetic_to_ecef(p->latitude_rad, p->longitude_rad, height_of(p), w->origin_ecef_m);
    enu_axes(p->latitude_rad, p->longitude_rad, w->r_enu_ecef);
    fprintf(w->out, "# origin: latitude %.10f deg, longitude %.10f deg, height %.4f m\n",
            p->latitude_rad * deg, p->longitude_rad * deg, height_of(p));
}

/* What is not known is level, and looks east. */
static void attitude_of(const track_point *p, double q[4])
{
    quat_from_euler(isfinite(p->roll_rad) ? p->roll_rad : 0.0, isfinite(p->pitch_rad) ? -p->pitch_rad : 0.0,
                    isfinite(p->heading_rad) ? M_PI / 2 - p->heading_rad : 0.0, q);
}

static void point(track_writer *w, const track_point *p, bool apart)
{
    (void)apart;
    double ecef_m[3], enu_m[3], q[4];
    if (w->points == 0)
        set_origin(w, p);
    geodetic_to_ecef(p->latitude_rad, p->longitude_rad, height_of(p), ecef_m);
    for (int i = 0; i < 3; i++)
        ecef_m[i] -= w->origin_ecef_m[i];
    rows_mulv(w->r_enu_ecef, ecef_m, enu_m);
    attitude_of(p, q);
    csv_write_time(w->out, p->stamp_ns);
    fprintf(w->out, " %.4f %.4f %.4f %.7f %.7f %.7f %.7f\n", enu_m[0], enu_m[1], enu_m[2], q[0], q[1], q[2],
            q[3]);
}

static void end(track_writer *w)
{
    (void)w;
}

const track_format track_tum = {.name = "tum",
                                .summary = "time, metres and quaternion, for tools that compare trajectories",
                                .begin = begin,
                                .point = point,
                                .end = end,
                                .lost_too = false};
