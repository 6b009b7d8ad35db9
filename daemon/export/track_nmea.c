/* NMEA 0183: what programs read that know a receiver only. */
#include "daemon/export/export_track.h"
#include "daemon/nmea_pose.h"

#include <math.h>

static const double deg = 180 / M_PI;

static void begin(track_writer *w)
{
    (void)w;
}

static void add_pose(nmea_pose *n, const fusion_pose *p)
{
    n->mode = (fusion_mode)p->mode;
    n->usable = p->usable;
    n->v_east_mps = (double)p->velocity_enu_mps[0];
    n->v_north_mps = (double)p->velocity_enu_mps[1];
    n->variance_east_m2 = (double)p->covariance[0][0];
    n->variance_north_m2 = (double)p->covariance[1][1];
    n->covariance_m2 = (double)p->covariance[0][1];
    n->variance_up_m2 = (double)p->covariance[2][2];
}

/* Truth and fixes are places that nothing is said of. */
static void point(track_writer *w, const track_point *p, bool apart)
{
    (void)apart;
    nmea_pose n = {.stamp_ns = p->stamp_ns,
                   .mode = MODE_NOMINAL,
                   .usable = true,
                   .latitude_deg = p->latitude_rad * deg,
                   .longitude_deg = p->longitude_rad * deg,
                   .height_m = p->height_m,
                   .v_east_mps = NAN,
                   .v_north_mps = NAN,
                   .heading_rad = p->heading_rad,
                   .variance_east_m2 = NAN,
                   .variance_north_m2 = NAN,
                   .covariance_m2 = NAN,
                   .variance_up_m2 = NAN};
    if (p->pose)
        add_pose(&n, p->pose);
    nmea_pose_write(w->out, &n);
}

static void end(track_writer *w)
{
    (void)w;
}

const track_format track_nmea = {.name = "nmea",
                                 .summary = "NMEA 0183: GGA, RMC, GST, HDT",
                                 .begin = begin,
                                 .point = point,
                                 .end = end,
                                 .lost_too = true};
