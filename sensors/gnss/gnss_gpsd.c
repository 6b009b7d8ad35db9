/* What gpsd says, by libgps. Source: gpsd_json(5), libgps(3) of gpsd 3.22. */
#include "sensors/gnss/gnss_output.h"

#ifdef POSED_GPSD

#include "fusion/geodesy.h"

#include <errno.h>
#include <fcntl.h>
#include <gps.h>
#include <math.h>
#include <stdlib.h>

static const double radians = 0.017453292519943295;
static const double retry_s = 0.25;

typedef struct {
    gnss_output *out;
    struct gps_data_t data;
    int64_t last_ns; /* stamp of the last fix */
} gpsd_link;

const char *gnss_gpsd_unavailable(void)
{
    return NULL;
}

static uint8_t fix_type(const struct gps_fix_t *f)
{
    if (f->mode < MODE_2D)
        return GNSS_FIX_NONE;
    if (f->status == STATUS_RTK_FIX)
        return GNSS_FIX_FIXED;
    if (f->status == STATUS_RTK_FLT)
        return GNSS_FIX_FLOAT;
    if (f->mode == MODE_2D || f->status == STATUS_DR)
        return GNSS_FIX_2D;
    return f->status == STATUS_DGPS_FIX ? GNSS_FIX_DGNSS : GNSS_FIX_3D;
}

/* ECEF where there is any: gpsd 3.22 turns only the first one into latitude, longitude and height, and keeps
 * these. */
static void fill_position(const struct gps_fix_t *f, frame_gnss *g)
{
    g->latitude_rad = f->latitude * radians;
    g->longitude_rad = f->longitude * radians;
    g->h_acc_m = (float)f->eph;
    bool above_ellipsoid = isfinite(f->altHAE);
    g->height_m = above_ellipsoid ? f->altHAE : f->altMSL;
    g->datum = above_ellipsoid ? HEIGHT_ELLIPSOID : HEIGHT_MSL;
    g->v_acc_m = (float)f->epv;
    const double ecef_m[3] = {f->ecef.x, f->ecef.y, f->ecef.z};
    if (!isfinite(ecef_m[0] + ecef_m[1] + ecef_m[2]))
        return;
    ecef_to_geodetic(ecef_m, &g->latitude_rad, &g->longitude_rad, &g->height_m);
    g->datum = HEIGHT_ELLIPSOID;
}

static void fill_velocity(const struct gps_fix_t *f, frame_gnss *g)
{
    double r[3][3];
    g->speed_mps = (float)f->speed;
    g->course_rad = (float)(f->track * radians);
    g->speed_acc_mps = (float)f->eps;
    const double *ecef = &f->ecef.vx;
    if (isfinite(f->NED.velN) && isfinite(f->NED.velE)) {
        g->velocity_enu_mps[0] = (float)f->NED.velE;
        g->velocity_enu_mps[1] = (float)f->NED.velN;
        g->velocity_enu_mps[2] = (float)-f->NED.velD;
    }
    if (!isfinite(f->ecef.x) || !isfinite(ecef[0] + f->ecef.vy + f->ecef.vz))
        return;
    enu_axes(g->latitude_rad, g->longitude_rad, r);
    for (int i = 0; i < 3; i++)
        g->velocity_enu_mps[i] = (float)(r[i][0] * f->ecef.vx + r[i][1] * f->ecef.vy + r[i][2] * f->ecef.vz);
    g->speed_mps = hypotf(g->velocity_enu_mps[0], g->velocity_enu_mps[1]);
    g->course_rad = atan2f(g->velocity_enu_mps[0], g->velocity_enu_mps[1]);
}

static void fill(const struct gps_data_t *data, gnss_fix *out)
{
    const struct gps_fix_t *f = &data->fix;
    bool timed = f->time.tv_sec > 0;
    out->stamp_ns = timed ? (int64_t)f->time.tv_sec * 1000000000 + f->time.tv_nsec : GNSS_NO_TIME;
    out->gnss = gnss_fix_nothing();
    out->gnss.hdop = (float)data->dop.hdop;
    out->gnss.satellites = (int16_t)data->satellites_used;
    out->gnss.fix = fix_type(f);
    if (out->gnss.fix == GNSS_FIX_NONE)
        return;
    fill_position(f, &out->gnss);
    fill_velocity(f, &out->gnss);
}

/* gpsd repeats itself within an epoch until it has learned how the receiver's epochs end. */
static void take_report(gpsd_link *l, int64_t now_ns)
{
    gnss_fix fix;
    if (!(l->data.set & MODE_SET))
        return;
    fill(&l->data, &fix);
    if (fix.stamp_ns != GNSS_NO_TIME && fix.stamp_ns == l->last_ns)
        return;
    l->last_ns = fix.stamp_ns;
    fix.received_ns = now_ns;
    gnss_output_fix(l->out, &fix);
}

/* All that gpsd has sent. False when it is gone. */
static bool take_all(gpsd_link *l)
{
    int64_t now_ns = adapter_now_ns();
    int n;
    while (!l->out->closed && (n = gps_read(&l->data, NULL, 0)) != 0) {
        if (n < 0)
            return false;
        take_report(l, now_ns);
    }
    return true;
}

static bool connect_gpsd(gpsd_link *l)
{
    adapter *a = l->out->adapter;
    const char *device = adapter_text(a, "device");
    char port[8];
    snprintf(port, sizeof port, "%.0f", adapter_number(a, "port"));
    if (gps_open(adapter_text(a, "host"), port, &l->data) != 0) {
        adapter_say(a, LOG_WARN, "no gpsd at %s:%s yet: %s", adapter_text(a, "host"), port,
                    gps_errstr(errno));
        return false;
    }
    bool one = device[0] != '\0';
    char *name = one ? (char *)(uintptr_t)device : NULL; /* it is only read */
    int flags = fcntl(l->data.gps_fd, F_GETFL);
    if (fcntl(l->data.gps_fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
        gps_stream(&l->data, WATCH_ENABLE | WATCH_JSON | (one ? WATCH_DEVICE : 0), name) == 0) {
        adapter_say(a, LOG_NOTE, "connected to gpsd at %s:%s", adapter_text(a, "host"), port);
        return true;
    }
    gps_close(&l->data);
    return false;
}

/* True: the adapter is to stop. */
static bool follow(gpsd_link *l)
{
    adapter *a = l->out->adapter;
    while (!l->out->closed) {
        adapter_event event = adapter_wait(a, l->data.gps_fd, -1.0);
        if (event == ADAPTER_STOP)
            return true;
        if (!take_all(l)) {
            adapter_say(a, LOG_WARN, "gpsd has gone; waiting for it");
            return false;
        }
    }
    return true;
}

bool gnss_gpsd_run(gnss_output *out, error *e)
{
    gpsd_link *l = calloc(1, sizeof *l);
    if (!l)
        return error_set(e, "out of memory");
    l->out = out;
    l->last_ns = GNSS_NO_TIME;
    bool stop = false;
    while (!stop) {
        if (connect_gpsd(l)) {
            stop = follow(l);
            gps_close(&l->data);
        }
        stop = stop || adapter_wait(out->adapter, -1, retry_s) == ADAPTER_STOP;
    }
    free(l);
    return !out->closed;
}

#else

const char *gnss_gpsd_unavailable(void)
{
    return "this build is without libgps";
}

bool gnss_gpsd_run(gnss_output *out, error *e)
{
    (void)out;
    return error_set(e, "%s", gnss_gpsd_unavailable());
}

#endif
