#include "tests/fusion/sim_drive.h"

#include "fusion/geodesy.h"
#include "fusion/rotation.h"
#include "tests/draws.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TICKS_PER_S = 200, STATIC_RETURNS = 20, MOVING_RETURNS = 4 };
static const double tick_s = 1.0 / TICKS_PER_S;
static const int64_t start_ns = INT64_C(1700000000000000000);

static const double antenna_m[3] = {1.0, 0.0, 1.5}, second_antenna_m[3] = {-0.5, 0.4, 1.5},
                    radar_m[3] = {3.5, 0.0, 0.5};
static const double gyro_bias[3] = {0.004, -0.003, 0.006}, accel_bias[3] = {0.05, -0.08, 0.04};
static const double gyro_sigma = 0.002, accel_sigma = 0.05, wheel_sigma = 0.02, radar_sigma = 0.1;
static const double gnss_velocity_sigma = 0.05, wheel_scale = 1.004, gnss_correlation_s = 100.0;

/* Truth at one tick. */
typedef struct {
    double ecef_m[3], r[3][3]; /* body to ECEF */
    double speed, accel, yaw_rate, down_rate;
} moment;

typedef struct {
    int64_t received_ns;
    size_t offset;
} arrival;

struct sim_drive {
    sim_options o;
    moment *moments;
    int ticks;
    unsigned char *bytes; /* frames, each as long as it needs, 16-byte aligned */
    size_t used, room;
    arrival *at; /* in the order of reception */
    size_t count, count_room;
    uint64_t random;
    double slow[2][3];
    uint32_t sequence[SIM_SOURCES];
};

/* ---- chance */

static double normal(sim_drive *d, double sigma)
{
    double radius = sqrt(-2.0 * log(draw_unit(&d->random)));
    return sigma * radius * cos(6.283185307179586 * draw_unit(&d->random));
}

/* ---- motion */

void sim_city(double t, double *speed, double *yaw_rate)
{
    *speed = 14.0 + 4.0 * sin(0.4 * t);
    *yaw_rate = 0.15 * sin(0.23 * t) + 0.05 * sin(0.71 * t);
}

void sim_straight(double t, double *speed, double *yaw_rate)
{
    (void)t;
    *speed = 15.0;
    *yaw_rate = 0.0;
}

void sim_standing(double t, double *speed, double *yaw_rate)
{
    (void)t;
    *speed = *yaw_rate = 0.0;
}

void sim_start(double t, double *speed, double *yaw_rate)
{
    double s = t - 20.0;
    *speed = s <= 0.0 ? 0.0 : s < 8.0 ? 12.0 * s * s * (3.0 - s / 4.0) / 64.0 : 12.0;
    *yaw_rate = *speed / 12.0 * 0.15 * sin(0.2 * s);
}

/* Body axes level with the ellipsoid at its point, nose kept; height kept. */
static void level(moment *m, double height_m)
{
    double latitude, longitude, h, enu[3][3], dot = 0.0, norm = 0.0, x[3];
    ecef_to_geodetic(m->ecef_m, &latitude, &longitude, &h);
    enu_axes(latitude, longitude, enu);
    const double *up = enu[2];
    for (int i = 0; i < 3; i++)
        dot += m->r[i][0] * up[i];
    for (int i = 0; i < 3; i++) {
        x[i] = m->r[i][0] - dot * up[i];
        norm += x[i] * x[i];
    }
    norm = sqrt(norm);
    for (int i = 0; i < 3; i++) {
        m->ecef_m[i] += (height_m - h) * up[i];
        m->r[i][0] = x[i] / norm;
        m->r[i][2] = up[i];
    }
    for (int i = 0; i < 3; i++) {
        int a = (i + 1) % 3, b = (i + 2) % 3;
        m->r[i][1] = m->r[a][2] * m->r[b][0] - m->r[b][2] * m->r[a][0]; /* y = z cross x */
    }
}

static void turn(double r[3][3], const double by[3])
{
    double q[4], step[3][3];
    quat_exp(by, q);
    quat_to_rows(q, step);
    rows_mul(r, step, r);
}

static void describe(const sim_options *o, double t, moment *m)
{
    double before, after, yaw_rate;
    o->motion(t - 1e-4, &before, &yaw_rate);
    o->motion(t + 1e-4, &after, &yaw_rate);
    o->motion(t, &m->speed, &m->yaw_rate);
    m->accel = (after - before) / 2e-4;
    m->down_rate = m->speed / 6.371e6; /* the nose follows the earth's curve */
}

static void first_moment(const sim_options *o, moment *m)
{
    double enu[3][3];
    geodetic_to_ecef(o->latitude_rad, o->longitude_rad, o->height_m, m->ecef_m);
    enu_axes(o->latitude_rad, o->longitude_rad, enu);
    for (int i = 0; i < 3; i++)
        m->r[i][0] = sin(o->heading_rad) * enu[0][i] + cos(o->heading_rad) * enu[1][i];
    level(m, o->height_m);
    describe(o, 0.0, m);
}

static void next_moment(const sim_options *o, double t, const moment *from, moment *to)
{
    double speed, yaw_rate;
    o->motion(t + 0.5 * tick_s, &speed, &yaw_rate);
    const double half[3] = {0.0, 0.5 * tick_s * speed / 6.371e6, 0.5 * tick_s * yaw_rate};
    *to = *from;
    turn(to->r, half);
    for (int i = 0; i < 3; i++)
        to->ecef_m[i] += to->r[i][0] * speed * tick_s;
    turn(to->r, half);
    level(to, o->height_m);
    describe(o, t + tick_s, to);
}

/* ---- frames */

static void keep(sim_drive *d, frame *f, double t, double delay)
{
    f->stamp_ns = start_ns + llround(t * 1e9);
    f->received_ns = f->stamp_ns + llround(delay * 1e9);
    f->sequence = ++d->sequence[f->source];
    if (d->o.change && !d->o.change(d->o.context, t, f))
        return;
    size_t size = (frame_used_size(f) + 15) / 16 * 16;
    if (d->used + size > d->room) {
        d->room = 2 * d->room + 65536;
        d->bytes = realloc(d->bytes, d->room);
    }
    if (d->count == d->count_room) {
        d->count_room = 2 * d->count_room + 1024;
        d->at = realloc(d->at, d->count_room * sizeof *d->at);
    }
    memcpy(d->bytes + d->used, f, frame_used_size(f));
    d->at[d->count++] = (arrival){f->received_ns, d->used};
    d->used += size;
}

static frame blank(int source, frame_kind kind)
{
    frame f;
    memset(&f, 0, sizeof f);
    f.source = (uint16_t)source;
    f.kind = (uint8_t)kind;
    return f;
}

static void make_gnss(sim_drive *d, double t, const moment *m, int source, const double antenna[3])
{
    frame f = blank(source, FRAME_GNSS);
    double *slow = d->slow[source == SIM_SECOND_GNSS], at[3], swing[3], error[3], enu[3][3], v[3];
    double phi = exp(-1.0 / (d->o.gnss_hz * gnss_correlation_s)),
           claim = hypot(d->o.gnss_slow_m, d->o.gnss_white_m);
    rows_mulv((double(*)[3])(uintptr_t)m->r, antenna, at);
    enu_axes(d->o.latitude_rad, d->o.longitude_rad, enu);
    for (int i = 0; i < 3; i++) {
        double most = d->o.gnss_slow_m * (i == 2 ? 2.0 : 1.0);
        slow[i] = phi * slow[i] + normal(d, most * sqrt(1.0 - phi * phi));
        error[i] = slow[i] + normal(d, d->o.gnss_white_m * (i == 2 ? 2.0 : 1.0));
    }
    rows_mulv_transposed(enu, error, error);
    for (int i = 0; i < 3; i++)
        at[i] += m->ecef_m[i] + error[i];
    const double body[3] = {m->speed - m->yaw_rate * antenna[1], m->yaw_rate * antenna[0], 0.0};
    rows_mulv((double(*)[3])(uintptr_t)m->r, body, swing);
    frame_gnss *g = &f.u.gnss;
    ecef_to_geodetic(at, &g->latitude_rad, &g->longitude_rad, &g->height_m);
    enu_axes(g->latitude_rad, g->longitude_rad, enu);
    rows_mulv(enu, swing, v);
    for (int i = 0; i < 3; i++)
        g->velocity_enu_mps[i] = (float)(v[i] + normal(d, gnss_velocity_sigma));
    g->h_acc_m = (float)claim;
    g->v_acc_m = (float)(2.0 * claim);
    g->speed_acc_mps = (float)(2.0 * gnss_velocity_sigma);
    g->speed_mps = g->course_rad = g->hdop = g->jamming = g->spoofing = NAN;
    g->satellites = 14;
    g->fix = GNSS_FIX_3D;
    keep(d, &f, t, d->o.gnss_delay_s);
}

static void make_imu(sim_drive *d, double t, const moment *m)
{
    frame f = blank(SIM_IMU, FRAME_IMU);
    double v[3], world[3], latitude, longitude, height, g, turned[3];
    const double body[3] = {m->accel, m->speed * m->yaw_rate, -m->speed * m->down_rate};
    const double forward[3] = {m->speed, 0.0, 0.0}, earth[3] = {0.0, 0.0, EARTH_RATE_RADPS};
    double(*r)[3] = (double(*)[3])(uintptr_t)m->r;
    rows_mulv(r, body, world);
    rows_mulv(r, forward, v);
    ecef_to_geodetic(m->ecef_m, &latitude, &longitude, &height);
    g = normal_gravity(latitude, height);
    world[0] += -2.0 * EARTH_RATE_RADPS * v[1] + g * r[0][2];
    world[1] += 2.0 * EARTH_RATE_RADPS * v[0] + g * r[1][2];
    world[2] += g * r[2][2];
    rows_mulv_transposed(r, world, world);
    rows_mulv_transposed(r, earth, turned);
    const double rate[3] = {turned[0], turned[1] + m->down_rate, turned[2] + m->yaw_rate};
    for (int i = 0; i < 3; i++) {
        f.u.imu.accel_mps2[i] = (float)(world[i] + accel_bias[i] + normal(d, accel_sigma));
        f.u.imu.gyro_radps[i] = (float)(rate[i] + gyro_bias[i] + normal(d, gyro_sigma));
    }
    keep(d, &f, t, 0.004);
}

static void make_wheel(sim_drive *d, double t, const moment *m)
{
    frame f = blank(SIM_WHEEL, FRAME_WHEEL);
    for (int i = 0; i < 4; i++) {
        double side = i % 2 ? 0.75 : -0.75, v = m->speed + side * m->yaw_rate;
        f.u.wheel.wheel_mps[i] = m->speed > 0.0 ? (float)(v * wheel_scale + normal(d, wheel_sigma)) : 0.0f;
    }
    f.u.wheel.speed_mps = 0.5f * (f.u.wheel.wheel_mps[2] + f.u.wheel.wheel_mps[3]);
    f.u.wheel.yaw_rate_radps = f.u.wheel.steering_wheel_rad = NAN;
    keep(d, &f, t, 0.006);
}

static void make_radar(sim_drive *d, double t, const moment *m)
{
    frame f = blank(SIM_RADAR, FRAME_RADAR);
    double vx = m->speed, vy = m->yaw_rate * radar_m[0];
    for (int i = 0; i < STATIC_RETURNS + MOVING_RETURNS; i++) {
        double azimuth = 1.4 * draw_unit(&d->random) - 0.7,
               own = i < STATIC_RETURNS ? 0.0 : 12.0 * draw_unit(&d->random);
        f.u.radar.detections[f.u.radar.count++] = (radar_detection){
            .range_m = (float)(5.0 + 100.0 * draw_unit(&d->random)),
            .azimuth_rad = (float)(azimuth + normal(d, 0.005)),
            .elevation_rad = NAN,
            .doppler_mps = (float)((own - vx) * cos(azimuth) - vy * sin(azimuth) + normal(d, radar_sigma)),
            .rcs_dbsm = NAN,
            .track_id = -1};
    }
    keep(d, &f, t, 0.03);
}

static void make_camera(sim_drive *d, double t)
{
    frame f = blank(SIM_CAMERA, FRAME_CAMERA_HEALTH);
    f.u.camera_health = (frame_camera_health){.mean_luminance = 0.4f,
                                              .saturated_fraction = 0.01f,
                                              .dark_fraction = 0.1f,
                                              .contrast = (float)(0.2 + normal(d, 0.002)),
                                              .sharpness = 20.0f,
                                              .blocked_fraction = 0.05f};
    keep(d, &f, t, 0.05);
}

static bool fires(const sim_drive *d, int source, int tick, double hz, int phase)
{
    return (d->o.sources & SIM_BIT(source)) && tick % (int)lround(TICKS_PER_S / hz) == phase;
}

static void make_frames(sim_drive *d, int tick)
{
    const moment *m = &d->moments[tick];
    double t = tick * tick_s;
    if (fires(d, SIM_IMU, tick, d->o.imu_hz, 0))
        make_imu(d, t, m);
    if (fires(d, SIM_WHEEL, tick, d->o.wheel_hz, 0))
        make_wheel(d, t, m);
    if (fires(d, SIM_GNSS, tick, d->o.gnss_hz, 0))
        make_gnss(d, t, m, SIM_GNSS, antenna_m);
    if (fires(d, SIM_SECOND_GNSS, tick, d->o.gnss_hz, 5))
        make_gnss(d, t, m, SIM_SECOND_GNSS, second_antenna_m);
    if (fires(d, SIM_RADAR, tick, 10.0, 7))
        make_radar(d, t, m);
    if (fires(d, SIM_CAMERA, tick, 10.0, 3))
        make_camera(d, t);
}

/* ---- drives */

sim_options sim_usual(void)
{
    return (sim_options){.sources = SIM_CAR,
                         .seconds = 60.0,
                         .motion = sim_city,
                         .latitude_rad = 0.84,
                         .longitude_rad = 0.2,
                         .height_m = 300.0,
                         .heading_rad = 0.7,
                         .seed = 1,
                         .gnss_hz = 10.0,
                         .imu_hz = 100.0,
                         .wheel_hz = 50.0,
                         .gnss_slow_m = 0.8,
                         .gnss_white_m = 0.25,
                         .gnss_delay_s = 0.12};
}

static void place(settings *s, const char *name, const double at[3])
{
    source_settings *source = settings_add_source(s, name);
    ck_assert_ptr_nonnull(source);
    source->mount.x_m = at[0];
    source->mount.y_m = at[1];
    source->mount.z_m = at[2];
}

void sim_settings(settings *s)
{
    static const double origin[3] = {0.0, 0.0, 0.0};
    settings_default(s);
    s->filter.side_slip_rad_per_mps2 = 0.0;    /* these tyres do not slip */
    for (int i = 0; i < ROAD_CLASS_COUNT; i++) /* what is tested here is not how tight the bounds are */
        s->alert[i] = (alert_limits){1e9, 1e9, 1e9, 1e9};
    place(s, "gnss/roof", antenna_m);
    place(s, "imu/middle", origin);
    place(s, "wheel/bus", origin);
    place(s, "radar/front", radar_m);
    place(s, "camera/front", origin);
    place(s, "gnss/rear", second_antenna_m);
    ck_assert_uint_eq(s->source_count, SIM_SOURCES);
}

settings *sim_settings_new(void)
{
    settings *s = malloc(sizeof *s);
    sim_settings(s);
    return s;
}

static int by_reception(const void *a, const void *b)
{
    const arrival *x = a, *y = b;
    if (x->received_ns != y->received_ns)
        return x->received_ns < y->received_ns ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

sim_drive *sim_drive_make(const sim_options *o)
{
    sim_drive *d = calloc(1, sizeof *d);
    d->o = *o;
    d->random = o->seed * UINT64_C(7919) + 17;
    d->ticks = (int)lround(o->seconds * TICKS_PER_S) + 1;
    d->moments = calloc((size_t)d->ticks, sizeof *d->moments);
    for (int i = 0; i < 6; i++)
        d->slow[i / 3][i % 3] = normal(d, o->gnss_slow_m * (i % 3 == 2 ? 2.0 : 1.0));
    first_moment(o, &d->moments[0]);
    for (int i = 1; i < d->ticks; i++)
        next_moment(o, (i - 1) * tick_s, &d->moments[i - 1], &d->moments[i]);
    for (int i = 0; i < d->ticks; i++)
        make_frames(d, i);
    if (d->count)
        qsort(d->at, d->count, sizeof *d->at, by_reception);
    return d;
}

void sim_drive_free(sim_drive *d)
{
    free(d->moments);
    free(d->bytes);
    free(d->at);
    free(d);
}

size_t sim_frame_count(const sim_drive *d)
{
    return d->count;
}

const frame *sim_frame(const sim_drive *d, size_t i)
{
    return (const frame *)(const void *)(d->bytes + d->at[i].offset);
}

int64_t sim_start_ns(const sim_drive *d)
{
    (void)d;
    return start_ns;
}

void sim_truth(const sim_drive *d, double t, double ecef_m[3], double r[3][3], double *speed_mps)
{
    int i = (int)lround(t * TICKS_PER_S);
    const moment *m = &d->moments[i < 0 ? 0 : i >= d->ticks ? d->ticks - 1 : i];
    memcpy(ecef_m, m->ecef_m, sizeof m->ecef_m);
    memcpy(r, m->r, sizeof m->r);
    *speed_mps = m->speed;
}

void sim_feed(const sim_drive *d, fusion *f, double from, double to)
{
    for (size_t i = 0; i < d->count; i++) {
        const frame *in = sim_frame(d, i);
        double t = (double)(in->received_ns - start_ns) * 1e-9;
        if (t >= from && t < to)
            fusion_push(f, in);
    }
}
