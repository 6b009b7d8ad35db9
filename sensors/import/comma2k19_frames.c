/* GNSS, wheels and radar of a comma2k19 log as frames. */
#include "sensors/import/comma2k19.h"

#include <math.h>

#define RADIANS (3.14159265358979323846 / 180.0)

/* Every time of the log is one of arrival: the latency is for the filter to find. */
static void set_times(frame *f, frame_kind kind, int64_t ns)
{
    f->kind = (uint8_t)kind;
    f->stamp_ns = f->received_ns = ns;
}

/* A receiver without a fix reports zeros. */
static bool position_usable(double latitude_deg, double longitude_deg)
{
    return fabs(latitude_deg) <= 90.0 && fabs(longitude_deg) <= 180.0 &&
           !(latitude_deg == 0.0 && longitude_deg == 0.0);
}

bool comma2k19_add_gnss(frame_store *store, series *fixes, const char *source, error *e)
{
    /* columns; the UTC time in [3] jumps by 0.2 s against arrival and is no clock */
    enum { LATITUDE, LONGITUDE, SPEED, UTC_MS, HEIGHT, COURSE };
    for (size_t i = 0; i < fixes->count; i++) {
        double latitude = series_value(fixes, i, LATITUDE), longitude = series_value(fixes, i, LONGITUDE);
        double speed = series_value(fixes, i, SPEED), course = series_value(fixes, i, COURSE);
        if (!position_usable(latitude, longitude)) {
            fixes->dropped++;
            continue;
        }
        frame f;
        set_times(&f, FRAME_GNSS, fixes->rows[i].ns);
        f.u.gnss = (frame_gnss){
            .latitude_rad = latitude * RADIANS,
            .longitude_rad = longitude * RADIANS,
            .height_m = series_value(fixes, i, HEIGHT),
            .h_acc_m = NAN,
            .v_acc_m = NAN,
            .velocity_enu_mps = {NAN, NAN, NAN},
            .speed_mps = speed >= 0.0 ? (float)speed : NAN,
            .course_rad = (float)(course * RADIANS),
            .speed_acc_mps = NAN,
            .hdop = NAN,
            .jamming = NAN,
            .spoofing = NAN,
            .satellites = -1,
            .fix = GNSS_FIX_UNKNOWN,
            .datum = HEIGHT_ELLIPSOID,
        };
        if (!frame_store_add(store, &f, source, e))
            return false;
    }
    return true;
}

/* Advances to the last row at or before `ns`; false when there is none yet. */
static bool latest(const series *s, size_t *next, int64_t ns)
{
    while (*next < s->count && s->rows[*next].ns <= ns)
        ++*next;
    return *next > 0;
}

/* The angle of the steering wheel at `ns`, left positive as logged; NaN when the last one is old. */
static float steering_at(const series *steering, size_t *next, int64_t ns)
{
    const int64_t old_ns = 1000000000; /* it comes at 80 Hz */
    if (!latest(steering, next, ns) || !(ns - steering->rows[*next - 1].ns <= old_ns))
        return NAN;
    return (float)(series_value(steering, *next - 1, 0) * RADIANS);
}

/* The bus's own speed where it was logged in the same message. */
static float speed_at(const series *speed, size_t *next, int64_t ns)
{
    if (!latest(speed, next, ns) || speed->rows[*next - 1].ns != ns)
        return NAN;
    return (float)series_value(speed, *next - 1, 0);
}

static bool says_nothing(const frame_wheel *w)
{
    bool silent = isnan(w->speed_mps);
    for (int i = 0; i < 4; i++)
        silent = silent && isnan(w->wheel_mps[i]);
    return silent;
}

bool comma2k19_add_wheels(frame_store *store, series *wheels, const series *speed, const series *steering,
                          error *e)
{
    size_t next_speed = 0, next_steering = 0;
    const series *base = wheels->count > 0 ? wheels : speed; /* some cars log no wheels */
    for (size_t i = 0; i < base->count; i++) {
        int64_t ns = base->rows[i].ns;
        frame f;
        set_times(&f, FRAME_WHEEL, ns);
        frame_wheel *w = &f.u.wheel;
        w->speed_mps = base == speed ? (float)series_value(speed, i, 0) : speed_at(speed, &next_speed, ns);
        for (size_t j = 0; j < 4; j++)
            w->wheel_mps[j] = base == wheels ? (float)series_value(wheels, i, j) : NAN;
        w->yaw_rate_radps = NAN;
        w->steering_wheel_rad = steering_at(steering, &next_steering, ns);
        if (says_nothing(w))
            wheels->dropped++;
        else if (!frame_store_add(store, &f, "wheel/can", e))
            return false;
    }
    return true;
}

static bool has_track(const frame_radar *scan, int32_t id)
{
    for (size_t i = 0; i < scan->count; i++) {
        if (scan->detections[i].track_id == id)
            return true;
    }
    return false;
}

/* Columns: forward m, left m, relative speed m/s (along the line of sight, positive moving away), two of NaN,
 * CAN address, flag. False when the row says nothing. */
static bool read_track(const series *tracks, size_t i, radar_detection *d)
{
    double forward = series_value(tracks, i, 0), left = series_value(tracks, i, 1);
    double rate = series_value(tracks, i, 2), address = series_value(tracks, i, 5);
    double range = hypot(forward, left);
    if (!(range > 0.0 && range < 10000.0 && fabs(rate) < 1000.0 && address >= 0.0 && address <= 0x1fffffff))
        return false;
    *d = (radar_detection){.range_m = (float)range,
                           .azimuth_rad = (float)atan2(left, forward),
                           .elevation_rad = NAN,
                           .doppler_mps = (float)rate,
                           .rcs_dbsm = NAN,
                           .track_id = (int32_t)address};
    return true;
}

static bool publish_scan(frame_store *store, frame *scan, error *e)
{
    bool ok = scan->u.radar.count == 0 || frame_store_add(store, scan, "radar/front", e);
    scan->u.radar.count = 0;
    return ok;
}

/* The radar sends its tracks in a burst of some milliseconds every 50 ms (0.2 ms to 6 ms apart within, 35 ms
 * and more between, on a Toyota). */
bool comma2k19_add_radar(frame_store *store, series *tracks, error *e)
{
    const int64_t gap_ns = 15000000;
    frame scan;
    set_times(&scan, FRAME_RADAR, 0);
    scan.u.radar.count = 0;
    for (size_t i = 0; i < tracks->count; i++) {
        int64_t ns = tracks->rows[i].ns;
        radar_detection d;
        if (!read_track(tracks, i, &d)) {
            tracks->dropped++;
            continue;
        }
        if (ns - scan.stamp_ns > gap_ns || has_track(&scan.u.radar, d.track_id) ||
            scan.u.radar.count == FRAME_MAX_DETECTIONS) {
            if (!publish_scan(store, &scan, e))
                return false;
        }
        scan.u.radar.detections[scan.u.radar.count++] = d;
        scan.stamp_ns = scan.received_ns = ns;
    }
    return publish_scan(store, &scan, e);
}
